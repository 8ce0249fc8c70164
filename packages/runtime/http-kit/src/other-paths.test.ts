import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openAccess, requireRole } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';

const access = openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' });
let app: HttpService;
beforeAll(async () => {
  app = await createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    title: 'test',
    description: 'test',
    access,
    protection: {
      limits: { perKey: 0, perAddress: 0 },
      load: { maxConnections: 100, maxRequests: 100, maxEventLoopDelayMs: 0 },
      corsOrigins: ['https://good.example'],
      trustedProxies: [],
    },
  });
  const answer = async () => ({});
  app.get('/', answer);
  app.get('/things', { onRequest: requireRole(access, 'reader') }, answer);
  app.post('/things', { schema: { body: z.object({}) } }, answer);
  app.get('/things/:id', answer);
  app.get('/things/:id/:part', answer);
  app.get('/pages/*', answer);
  await app.register(async (scope) => scope.get('/', answer), { prefix: '/board' });
  app.get('/alone', { exposeHeadRoute: false }, answer);
  const querystring = z.object({ limit: z.string().optional(), q: z.string().optional() });
  app.get('/strict', { schema: { querystring } }, answer);
  app.get('/plain', { schema: { summary: 'No parameters' } }, answer);
  app.get('/lenient', { config: { ofContract: true }, schema: { querystring } }, answer);
});
afterAll(async () => {
  await app.close();
  await access.close();
});

const ask = async (method: string, url: string, headers: Record<string, string> = {}) => {
  const { statusCode: status, headers: told, body } = await app.inject({ method: method as 'GET', url, headers });
  return { status, location: told.location, allow: told.allow, body, cors: told['access-control-allow-methods'] };
};

describe('a slash too much at the end', () => {
  it.each([
    ['GET', '/things/', '/things'],
    ['POST', '/things/', '/things'],
    ['DELETE', '/things/', '/things'],
    ['HEAD', '/things///', '/things'],
    ['GET', '/things/a/', '/things/a'],
    ['GET', '/things//', '/things'],
    ['GET', '/things/a/b/?x=1&y=/?/', '/things/a/b?x=1&y=/?/'],
    ['GET', '/things/%2F%2Fevil/', '/things/%2F%2Fevil'],
    ['GET', '/openapi.json/', '/openapi.json'],
  ])('%s %s leads to %s', async (method, url, location) => {
    expect(await ask(method, url)).toMatchObject({ status: 307, location });
  });

  it.each([
    '//evil.example/',
    '//',
    '///',
    '/\\evil.example/',
    '//things/',
    '/nowhere/',
    '/pages/',
    '/pages/a/',
    '/board/',
    '/',
  ])('%s leads nowhere else', async (url) => {
    const { status, location } = await ask('GET', url);
    expect([[200, 404].includes(status), location]).toEqual([true, undefined]);
  });
});

describe('a method that a path does not have', () => {
  it.each([
    ['PUT', '/things', 'GET, HEAD, POST'],
    ['OPTIONS', '/things', 'GET, HEAD, POST'],
    ['PATCH', '/things/a', 'GET, HEAD'],
    ['DELETE', '/things/a/b?x=1', 'GET, HEAD'],
    ['HEAD', '/alone', 'GET'],
    ['POST', '/pages/a/b', 'GET, HEAD'],
    ['PROPFIND', '/things', 'GET, HEAD, POST'],
  ])('%s %s is told those that it has', async (method, url, allow) => {
    const { body, ...answer } = await ask(method, url);
    expect(answer).toMatchObject({ status: 405, allow });
    if (method !== 'HEAD') expect(JSON.parse(body)).toEqual({ detail: 'Method Not Allowed' });
  });

  it.each(['PUT', 'OPTIONS', 'GET'])('%s of nobody’s path is not found', async (method) => {
    expect(await ask(method, '/nowhere')).toMatchObject({ status: 404, allow: undefined });
  });

  it('is no matter of a preflight', async () => {
    const preflight = { origin: 'https://good.example', 'access-control-request-method': 'POST' };
    for (const path of ['/things', '/things/']) {
      expect(await ask('OPTIONS', path, preflight)).toMatchObject({
        status: 204,
        cors: 'GET, POST, PUT, PATCH, DELETE',
      });
    }
  });
});

describe('parameters that a route does not know', () => {
  it('are refused by name', async () => {
    const { status, body } = await ask('GET', '/strict?limt=1&q=a&limit[$gt]=2');
    const fault = (name: string) => ({
      loc: ['query', name],
      msg: 'unknown parameter: expected one of limit, q',
      type: 'unknown_parameter',
    });
    expect([status, JSON.parse(body)]).toEqual([
      422,
      { detail: [fault('limt'), fault('limit[$gt]')], code: 'invalid_request' },
    ]);
    expect(await ask('HEAD', '/strict?limt=1')).toMatchObject({ status: 422 });
    expect(await ask('GET', '/plain?a=1')).toMatchObject({ status: 422 });
    for (const name of ['__proto__', 'constructor', 'toString', '']) {
      expect(await ask('GET', `/strict?${name}=1`)).toMatchObject({ status: 422 });
    }
  });

  it.each(['/strict?limit=1&q=a', '/strict', '/lenient?limt=1', '/plain', '/things/a?x=1'])(
    '%s passes',
    async (url) => {
      expect(await ask('GET', url)).toMatchObject({ status: 200 });
    },
  );
});
