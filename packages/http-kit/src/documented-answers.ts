import { jsonSchemaTransform } from 'fastify-type-provider-zod';

const DETAIL = { type: 'object', properties: { detail: { type: 'string' } }, required: ['detail'] };

/** What any route may answer, whatever it does itself. */
const ANSWERS_OF_ALL: Readonly<Record<string, object>> = {
  429: { description: 'Too many requests; Retry-After tells when to try again', ...DETAIL },
  503: { description: 'Too much is under way; Retry-After tells when to try again', ...DETAIL },
};
const FORBIDDEN = 'Missing or wrong key, or a key without the role that this needs';

type Transform = typeof jsonSchemaTransform;

/** Makes JSON schemas of a route's zod schemas, and documents what the guards in front of it answer. */
export const documentRoute: Transform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  if (schema?.hide) return { schema, url };
  const response = { ...ANSWERS_OF_ALL, ...(schema.response as Record<string, object> | undefined) };
  if (response[403]) response[403] = { ...response[403], description: FORBIDDEN };
  return { schema: { ...schema, response }, url };
};
