import { errorDetailSchema } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openAccess } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';

interface Json {
  [name: string]: Json;
}

const access = openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' });
let app: HttpService;
let document: Json;
beforeAll(async () => {
  app = await createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    title: 'test',
    description: 'test',
    access,
    answerExamples: { readThing: { name: 'shown' }, makeThing: { name: 'made' } },
  });
  const answer = async () => ({ name: 'a' }) as never;
  const thing = z.object({ name: z.string().default('x') }).meta({ id: 'Thing', examples: [{ name: 'asked' }] });
  const wanted = z.object({ size: z.number().default(1) }).meta({ id: 'InputWanted' });
  z.object({ a: z.string() }).meta({ id: 'Unneeded' });
  const own = { 502: errorDetailSchema.describe('Upstream is away'), 404: errorDetailSchema.describe('No such thing') };
  app.get('/z', { schema: { operationId: 'readThing', response: { 200: thing, ...own } } }, answer);
  app.post('/things', { schema: { operationId: 'makeThing', body: thing, response: { 201: thing, ...own } } }, answer);
  app.put('/wanted', { schema: { operationId: 'want', body: wanted.nullish() } }, answer);
  app.get('/contract', { config: { ofContract: true }, schema: { operationId: 'plain' } }, answer);
  app.post(
    '/typed',
    {
      schema: {
        operationId: 'typed',
        body: { content: { 'application/json': { schema: thing }, 'text/csv': { schema: z.string() } } },
      } as never,
    },
    answer,
  );
  app.get('/hidden', { schema: { hide: true } }, answer);
  document = (await app.inject('/openapi.json')).json();
});
afterAll(async () => {
  await app.close();
  await access.close();
});

/** An answer of a route, also where it stands among those that several have. */
function told(method: string, path: string, status: number): Json | undefined {
  const response = document.paths?.[path]?.[method]?.responses?.[status];
  const shared = String(response?.$ref ?? '').replace('#/components/responses/', '');
  return shared === '' ? response : document.components?.responses?.[shared];
}

describe('the document', () => {
  it('has the routes that are not hidden', () => {
    expect(Object.keys(document.paths as Json).sort()).toEqual(['/contract', '/things', '/typed', '/wanted', '/z']);
  });

  const OF_ALL = [307, 400, 405, 408, 414, 429, 431, 503];
  it.each<[string, string, number[]]>([
    ['get', '/z', [...OF_ALL, 200, 404, 422, 502]],
    ['get', '/contract', OF_ALL],
    ['post', '/things', [...OF_ALL, 201, 404, 413, 415, 422, 502, 507]],
    ['put', '/wanted', [...OF_ALL, 413, 415, 422, 507]],
  ])('tells what stands in front of %s %s', (method, path, statuses) => {
    const responses = document.paths?.[path]?.[method]?.responses as Json;
    expect(Object.keys(responses).map(Number)).toEqual([...statuses].sort((a, b) => a - b));
  });

  it.each([
    [429, true],
    [502, true],
    [503, true],
    [404, false],
    [307, false],
  ])('tells when to try again at %i: %s', (status, isForLater) => {
    expect(told('get', '/z', status)?.headers?.['retry-after'] !== undefined).toBe(isForLater);
  });

  it.each([
    [200, false],
    [307, false],
    [400, true],
    [404, true],
    [503, true],
  ])('names the error of %i: %s', (status, isError) => {
    const headers = told('get', '/z', status)?.headers;
    expect(headers?.['x-error-code']).toEqual(isError ? { $ref: '#/components/headers/ErrorCode' } : undefined);
    expect(document.components?.headers).toEqual({
      ErrorCode: { schema: { $ref: '#/components/schemas/ErrorCode' } },
    });
  });

  it('shows an answer of the operations that have one, and a body of those that have an example', () => {
    const shown = (method: string, path: string, status: number) =>
      document.paths?.[path]?.[method]?.responses?.[status]?.content?.['application/json']?.example;
    expect([shown('get', '/z', 200), shown('post', '/things', 201)]).toEqual([{ name: 'shown' }, { name: 'made' }]);
    const bodyOf = (method: string, path: string) => document.paths?.[path]?.[method]?.requestBody as Json;
    expect(bodyOf('post', '/things').content?.['application/json']?.example).toEqual({ name: 'asked' });
    expect(bodyOf('put', '/wanted').content?.['application/json']?.example).toBeUndefined();
    expect(JSON.stringify(document)).not.toContain('x-example');
  });

  it('lets a body that may be null be left away', () => {
    expect(document.paths?.['/wanted']?.put?.requestBody?.required).toBe(false);
    expect(document.paths?.['/things']?.post?.requestBody?.required).not.toBe(false);
  });

  it('has a schema for each type of a body', () => {
    const content = document.paths?.['/typed']?.post?.requestBody?.content as Json;
    expect(Object.keys(content)).toEqual(['application/json', 'text/csv']);
    expect(content['text/csv']?.schema).toEqual({ type: 'string' });
  });

  it('has the components that are needed, in the order of their names, and all that are referred to', () => {
    const names = Object.keys(document.components?.schemas as Json);
    // What is read and written has two names; what is only written has its own.
    expect(names).toEqual(['Error', 'ErrorCode', 'InputWanted', 'InvalidRequest', 'Thing', 'ThingInput']);
    const referred = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    expect([...new Set([...referred].map(([, name]) => name))].sort()).toEqual(names);
    expect(document.paths?.['/things']?.post?.requestBody?.content?.['application/json']?.schema).toMatchObject({
      $ref: '#/components/schemas/ThingInput',
    });
  });

  it('tells an answer that several routes have once', () => {
    const { responses = {} } = document.components as Json;
    expect(responses.TooManyRequests?.description).toMatch(/Retry-After/);
    const of = (method: string, path: string, status: number) => document.paths?.[path]?.[method]?.responses?.[status];
    expect(of('get', '/z', 429)).toEqual({ $ref: '#/components/responses/TooManyRequests' });
    expect(of('get', '/z', 404)).toEqual({ $ref: '#/components/responses/NotFound' });
    expect(of('get', '/z', 200)?.$ref).toBeUndefined();
  });
});
