import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openAccess, requireRole } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';
import type { LimitCounter } from './limit-counter.js';
import { createObservationServer } from './observation-server.js';
import { protectionOf } from './protection.js';

const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const apiKeys = [
  { name: 'reads', role: 'reader', key: 'reads' },
  { name: 'writes', role: 'writer', key: 'writes' },
] as const;
const access = openAccess({ apiKey: 'the-key', apiKeyName: 'access_token', apiKeys });
const written: unknown[] = [];
logger.child = () => logger as never;
logger.info = (fields: object, message?: string) => void (message === 'write' && written.push(fields));

/** How often everybody is said to have asked. */
let asked = 0;
let counts: unknown[] = [];
const counter: LimitCounter = {
  async count(...count) {
    counts.push(count);
    return { current: asked, ttl: 1000 };
  },
  take: async () => ({ taken: true, left: 0 }),
  close: async () => undefined,
};
let app: HttpService;
let guarded: HttpService;
const BODY = z.object({ a: z.unknown() });
beforeAll(async () => {
  const options = { logger, title: 'test', description: 'test', access, counter };
  app = await createHttpService(options);
  app.get('/things/:id', async () => ({}));
  app.post('/things', { schema: { body: BODY } }, async () => ({}));
  app.post('/lists', { schema: { body: z.array(z.unknown()) } }, async () => ({}));
  guarded = await createHttpService({
    ...options,
    protection: {
      limits: { perKey: 0, perAddress: 0 },
      load: { maxConnections: 7, maxRequests: 8, maxEventLoopDelayMs: 0 },
      corsOrigins: ['https://a.example'],
      trustedProxies: ['127.0.0.1'],
    },
  });
  const onRequest = requireRole(access, 'reader', 'writer');
  const subject = async (request: { subject?: string }) => {
    request.subject = 'told';
    return {};
  };
  guarded.get('/open', async () => ({}));
  guarded.get('/told', subject);
  guarded.post('/closed/:id/:part', { onRequest }, async () => ({}));
  guarded.delete('/closed', { onRequest }, async (_request, reply) => reply.code(404).send({}));
  guarded.get('/closed', { onRequest }, async () => ({}));
});
afterAll(async () => {
  await Promise.all([app.close(), guarded.close(), access.close()]);
});

describe('a service', () => {
  it('waits so long for its clients and no longer', () => {
    const { requestTimeout, headersTimeout, timeout, keepAliveTimeout, maxConnections } = app.server;
    expect({ requestTimeout, headersTimeout, timeout, keepAliveTimeout, maxConnections }).toEqual({
      requestTimeout: 600_000,
      headersTimeout: 15_000,
      timeout: 60_000,
      keepAliveTimeout: 72_000,
      maxConnections: 4096,
    });
    expect(guarded.server.maxConnections).toBe(7);
  });

  it.each([
    [3000, 200],
    [3001, 429],
  ])('that is told nothing else answers %s requests a minute of an address: %s', async (current, status) => {
    asked = current;
    counts = [];
    expect((await app.inject('/things/a')).statusCode).toBe(status);
    asked = 0;
    expect(counts).toEqual([['address:127.0.0.1', 60_000]]);
    // Keys are not limited.
    expect((await app.inject({ url: '/things/a', headers: { access_token: 'the-key' } })).statusCode).toBe(200);
    expect(counts).toHaveLength(1);
  });

  it.each([
    [8192, 200],
    [8193, 414],
  ])('reads a URL of %s characters: %s', async (length, status) => {
    expect((await app.inject(`/things/a?${'x'.repeat(length - 10)}`)).statusCode).toBe(status);
  });

  it.each([
    [300, 200],
    [301, 422],
  ])('reads a parameter of %s characters: %s', async (length, status) => {
    expect((await app.inject(`/things/${'x'.repeat(length)}`)).statusCode).toBe(status);
  });

  it.each([
    [262_144, 200],
    [262_145, 413],
  ])('reads a body of %s bytes: %s', async (length, status) => {
    const body = `{"a":"${'x'.repeat(length - 8)}"}`;
    const headers = { 'content-type': 'application/json' };
    expect((await app.inject({ method: 'POST', url: '/things', headers, body })).statusCode).toBe(status);
  });

  const nested = (levels: number): unknown =>
    levels === 0 ? 1 : levels % 2 ? [nested(levels - 1)] : { a: nested(levels - 1) };
  const post = async (url: string, body: unknown) => {
    const { statusCode, body: text } = await app.inject({ method: 'POST', url, body: body as object });
    return [statusCode, statusCode === 200 ? undefined : JSON.parse(text).detail[0].type];
  };
  it.each([
    ['64 levels', '/things', nested(64), [200, undefined]],
    ['65 levels', '/lists', nested(65), [422, 'too_deep']],
    ['a list of 10,000', '/things', { a: Array(10_000).fill(1) }, [200, undefined]],
    ['a list of 10,001', '/things', { a: Array(10_001).fill(1) }, [422, 'too_deep']],
    ['a batch of 10,001', '/lists', Array(10_001).fill(1), [200, undefined]],
    ['a list of 10,001 in a batch', '/lists', [Array(10_001).fill(1)], [422, 'too_deep']],
    ['null', '/things', { a: null }, [200, undefined]],
  ])('reads a body of %s', async (_what, url, body, answer) => expect(await post(url, body)).toEqual(answer));

  it.each(['{"__proto__":{}}', '{"a":{"constructor":{"prototype":{}}}}'])('refuses %s', async (body) => {
    const headers = { 'content-type': 'application/json' };
    expect((await app.inject({ method: 'POST', url: '/things', headers, body })).statusCode).toBe(422);
  });

  it('lets pages of the origins of its settings read what they need', async () => {
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'DELETE' };
    const { headers } = await guarded.inject({ method: 'OPTIONS', url: '/open', headers: preflight });
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-max-age': '600',
    });
    const answer = await guarded.inject({ url: '/open', headers: { origin: 'https://a.example' } });
    expect(answer.headers['access-control-expose-headers']).toBe(
      'allow, etag, location, retry-after, x-error-code, x-nb-doc-limit, x-request-id',
    );
    expect((await app.inject({ method: 'OPTIONS', url: '/things', headers: preflight })).statusCode).toBe(405);
  });

  it('leads to its documentation from where the original had a second one', async () => {
    const { statusCode, headers } = await app.inject('/redoc');
    expect([statusCode, headers.location]).toEqual([302, '/docs']);
  });

  it.each([
    ['a', 'a'],
    ['a'.repeat(128), 'a'.repeat(128)],
    ['a'.repeat(129), undefined],
    ['aZ09_.:/+=@-', 'aZ09_.:/+=@-'],
    ['a b', undefined],
    ['"a"', undefined],
    ['', undefined],
  ])('repeats the id %j of a request, if it is sane', async (id, repeated) => {
    const { headers } = await app.inject({ url: '/things/a', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toEqual(repeated ?? expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/));
  });
});

describe('the audit log', () => {
  const line = async (method: 'GET' | 'POST' | 'DELETE', url: string, key?: string) => {
    written.length = 0;
    const headers = { 'x-forwarded-for': '203.0.113.1', ...(key && { access_token: key }) };
    await guarded.inject({ method, url, headers });
    return written;
  };
  const who = (key: string | null, role: string | null) => ({ key, role, address: '203.0.113.1' });

  it.each([
    ['DELETE', '/closed?md5_id=abc', 'writes', who('writes', 'writer'), '/closed', 'abc', 404],
    ['POST', '/closed/a/b?md5_id=abc', 'writes', who('writes', 'writer'), '/closed/:id/:part', 'a/b', 200],
    ['POST', '/closed/a/b', 'reads', who('reads', 'reader'), '/closed/:id/:part', 'a/b', 403],
    ['DELETE', '/closed', undefined, who(null, null), '/closed', undefined, 403],
    ['DELETE', `/closed?md5_id=${'x'.repeat(201)}`, 'writes', who('writes', 'writer'), '/closed', 'x'.repeat(200), 404],
    // A handler may name what it wrote.
    ['GET', '/told', undefined, who(null, null), '/told', 'told', 200],
  ] as const)('has a line for %s %s with the key %s', async (method, url, key, by, route, subject, status) => {
    expect(await line(method, url, key)).toEqual([{ audit: { ...by, method, route, subject, status } }]);
  });

  it.each([
    ['GET', '/closed', 'reads'],
    ['GET', '/closed', undefined],
    ['GET', '/open', undefined],
  ] as const)('has none for %s %s with the key %s', async (method, url, key) => {
    expect(await line(method, url, key)).toEqual([]);
  });
});

it('a service guards itself as its settings say', () => {
  expect(
    protectionOf({
      RATE_LIMIT_PER_KEY: 1,
      RATE_LIMIT_PER_ADDRESS: 2,
      MAX_CONNECTIONS: 3,
      MAX_CONCURRENT_REQUESTS: 4,
      MAX_EVENT_LOOP_DELAY_MS: 5,
      CORS_ORIGINS: ['https://a'],
      TRUSTED_PROXIES: ['loopback'],
      METRICS_REQUIRE_KEY: true,
    }),
  ).toEqual({
    limits: { perKey: 1, perAddress: 2 },
    load: { maxConnections: 3, maxRequests: 4, maxEventLoopDelayMs: 5 },
    corsOrigins: ['https://a'],
    trustedProxies: ['loopback'],
    metricsNeedKey: true,
  });
});

describe('a server that is only observed', () => {
  const up = async () => 'yes';
  const down = () => Promise.reject(new Error('no'));

  it('has short limits, and refuses no more than it must', async () => {
    const server = await createObservationServer(logger, { needed: { a: up } });
    expect([server.server.requestTimeout, server.server.timeout]).toEqual([10_000, 60_000]);
    expect([server.initialConfig.bodyLimit]).toEqual([1024]);
    const timer = vi.spyOn(globalThis, 'setTimeout');
    await server.inject('/health/ready');
    expect(timer.mock.calls.map(([, ms]) => ms)).toContain(2000);
    timer.mockRestore();
    await server.close();
  });

  it.each([
    ['ready', 200, { needed: { a: up }, useful: { b: up } }, { a: 'up', b: 'up' }],
    ['degraded', 200, { needed: { a: up }, useful: { b: down } }, { a: 'up', b: 'down' }],
    ['unavailable', 503, { needed: { a: down }, useful: { b: up } }, { a: 'down', b: 'up' }],
    ['unavailable', 503, { needed: { a: up, b: down }, useful: { c: down } }, { a: 'up', b: 'down', c: 'down' }],
    ['ready', 200, { needed: {} }, {}],
  ] as const)('is %s (%s)', async (status, code, dependencies, found) => {
    const server = await createObservationServer(logger, dependencies);
    const answer = await server.inject('/health/ready');
    const { checks, status: told } = answer.json();
    const states = Object.entries(checks as Record<string, { status: string }>).map(([name, check]) => [
      name,
      check.status,
    ]);
    expect([answer.statusCode, told, Object.fromEntries(states)]).toEqual([code, status, found]);
    expect((await server.inject('/health/live')).json()).toEqual({ status: 'live' });
    expect((await server.inject('/metrics')).statusCode).toBe(200);
    await server.close();
  });
});
