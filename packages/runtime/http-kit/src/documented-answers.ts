import { STATUS_CODES } from 'node:http';
import { groupBy } from '@ecobalyse/schema';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { knowsItsParameters } from './unknown-parameters.js';

const component = (id: string) => ({ $ref: `#/components/schemas/${id}` });
const refusal = (description: string) => ({ description, ...component('Error') });

/** What any route may answer, whatever it does itself: refusals of what stands in front of it. */
const ANSWERS_OF_ALL: Readonly<Record<string, object>> = {
  307: { description: 'The path has a slash too much at its end; Location tells the route' },
  400: refusal('This is no HTTP request'),
  405: refusal('The path does not have this method; Allow tells those that it has'),
  408: refusal('The request took too long to come'),
  414: refusal('The URL is too long'),
  429: refusal('Too many requests; Retry-After tells when to try again'),
  431: refusal('The headers are too long'),
  503: refusal('Too much is under way; Retry-After tells when to try again'),
};
/** And what those may answer that read a body. */
const ANSWERS_WITH_BODY: Readonly<Record<string, object>> = {
  413: refusal('The body is too large, as it came or inflated'),
  415: refusal('The content-encoding of the body is none of gzip, deflate and br'),
};
/** What writes may answer. */
const ANSWERS_OF_WRITES: Readonly<Record<string, object>> = { 507: refusal('The database has no room left') };
/** What routes may answer that refuse parameters which they do not know. */
const UNKNOWN_PARAMETER = { 422: { description: 'Invalid request', ...component('InvalidRequest') } };

/** Answers that say when to try again. */
const FOR_LATER = [429, 502, 503] as const;
const RETRY_AFTER = { 'retry-after': { type: 'integer', minimum: 0, description: 'Seconds to wait' } };

type Transform = typeof jsonSchemaTransform;
const onlyReads = (methods: string | string[]) => [methods].flat().every((method) => ['GET', 'HEAD'].includes(method));

/** A body that may come in several types, each with its schema, as Fastify takes it and the transform does not. */
interface BodyByType {
  content: Record<string, { schema: unknown }>;
}
const isByType = (body: unknown): body is BodyByType => typeof body === 'object' && body !== null && 'content' in body;

const EXAMPLE = 'x-example';

function transformed(route: Parameters<Transform>[0]): ReturnType<Transform> {
  const body: unknown = route.schema?.body;
  const withBody = (part: unknown) => {
    const { schema, url } = jsonSchemaTransform({ ...route, schema: { ...route.schema, body: part } as never });
    // They are lost on the way where something in the body is read in more than one form.
    const examples = (part as z.ZodType | undefined)?.meta()?.examples as readonly unknown[] | undefined;
    if (examples === undefined) return { schema, url };
    // Beside a reference they would be lost again.
    return { schema: { ...schema, [EXAMPLE]: examples[0], body: { ...(schema.body as object), examples } }, url };
  };
  if (!isByType(body)) return withBody(body);
  const types = Object.entries(body.content).map(([type, { schema }]) => [
    type,
    { schema: withBody(schema).schema.body },
  ]);
  const { schema, url } = withBody(undefined);
  return { schema: { ...schema, body: { content: Object.fromEntries(types) } }, url };
}

/** Makes JSON schemas of a route's zod schemas, and documents what the guards in front of it answer. */
export const documentRoute: Transform = (route) => {
  const { schema, url } = transformed(route);
  if (schema?.hide) return { schema, url };
  const response: Record<string, object> = {
    ...ANSWERS_OF_ALL,
    ...(route.schema?.body !== undefined && ANSWERS_WITH_BODY),
    ...(!onlyReads(route.route.method) && ANSWERS_OF_WRITES),
    ...(knowsItsParameters(route.route) && UNKNOWN_PARAMETER),
    ...(schema.response as Record<string, object> | undefined),
  };
  for (const status of FOR_LATER)
    if (response[status]) response[status] = { ...response[status], headers: RETRY_AFTER };
  return { schema: { ...schema, response }, url };
};

interface Media {
  schema?: { anyOf?: { type?: string }[] };
  example?: unknown;
}
interface Response {
  content?: Record<string, Media>;
  headers?: object;
}
interface Operation {
  [EXAMPLE]?: unknown;
  operationId?: string;
  requestBody?: { required?: boolean; content?: Record<string, Media> };
  responses?: Record<string, Response>;
}
interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, object>; headers?: object; responses?: Record<string, Response> };
}
const operationsOf = ({ paths = {} }: Document) => Object.values(paths).flatMap((path) => Object.values(path));

const REFERENCE = /"#\/components\/schemas\/([^"]+)"/g;

/** Leaves out the components that no route needs; what is only read, or only written, has its own name for that. */
function tidyComponents(document: Document): Document {
  const { schemas: all = {} } = document.components ?? {};
  const needed = new Set<string>();
  const follow = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(REFERENCE)) {
      if (needed.has(name)) continue;
      needed.add(name);
      follow(all[name]);
    }
  };
  follow(document.paths);
  const shortOf = (name: string) => {
    const short = name.replace(/Input$/, '');
    return needed.has(short) ? name : short;
  };
  const schemas = Object.fromEntries([...needed].sort().map((name) => [shortOf(name), all[name]]));
  const tidy = JSON.stringify({ ...document, components: { ...document.components, schemas } });
  return JSON.parse(tidy.replace(REFERENCE, (_, name: string) => `"#/components/schemas/${shortOf(name)}"`));
}

/** Lets answers other than good ones that are the same for several routes stand once, named by their status. */
function shareResponses(document: Document): Document {
  const told = operationsOf(document).flatMap(({ responses = {} }) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 300)
      .map(([status, response]) => ({ responses, status, response, text: JSON.stringify([status, response]) })),
  );
  const shared: Record<string, Response> = {};
  for (const [text, alike] of groupBy(told, ({ text }) => text)) {
    const [status, response] = JSON.parse(text) as [string, Response];
    if (alike.length === 1) continue;
    const plain = (STATUS_CODES[status] ?? status).replace(/\W/g, '');
    const count = Object.keys(shared).filter((name) => name.replace(/\d+$/, '') === plain).length;
    const name = count === 0 ? plain : `${plain}${count + 1}`;
    shared[name] = response;
    for (const { responses } of alike) responses[status] = { $ref: `#/components/responses/${name}` } as Response;
  }
  return { ...document, components: { ...document.components, responses: shared } };
}

/** Answers to show, by the id of the operation. */
export type AnswerExamples = Readonly<Record<string, unknown>>;

const ERROR_CODE = { $ref: '#/components/headers/ErrorCode' };

/** Makes the whole document, with examples, in which a body that may be null may be left away. */
export const documentService =
  (answers: AnswerExamples): typeof jsonSchemaTransformObject =>
  (made) => {
    const document = jsonSchemaTransformObject(made) as Document;
    for (const operation of operationsOf(document)) {
      const { operationId = '', requestBody, responses = {}, [EXAMPLE]: example } = operation;
      delete operation[EXAMPLE];
      const body = requestBody?.content?.['application/json'];
      if (requestBody && body?.schema?.anyOf?.some(({ type }) => type === 'null')) requestBody.required = false;
      if (body && example !== undefined) body.example = example;
      const content = (responses[200] ?? responses[201] ?? responses[202])?.content ?? {};
      const answer = content['application/json'] ?? Object.values(content)[0];
      if (answer && operationId in answers) answer.example = answers[operationId];
      for (const [status, told] of Object.entries(responses)) {
        if (Number(status) >= 400) told.headers = { ...told.headers, 'x-error-code': ERROR_CODE };
      }
    }
    document.components = { ...document.components, headers: { ErrorCode: { schema: component('ErrorCode') } } };
    return shareResponses(tidyComponents(document)) as never;
  };
