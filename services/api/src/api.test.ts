import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { createLogger } from '@ecobalyse/service-kit';
import { ensureIndexes, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  freePort,
  openBridge,
  type SharedSimulator,
  sharedTestSimulator,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { openTracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildApi } from './app.js';
import type { ApiDependencies } from './dependencies.js';
import { openModelHost } from './model-host.js';

const KEY = 'a-key-of-the-tests-0123456789';
const PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};
const IDENTITY = '15a853d8fc6bee14a946559190111f51';

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let store: Store;
let cache: ResponseCache;
let upstream: EcobalyseClient;
let app: HttpService;
let productJobs: ProductJobQueue;

const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const openCache = (redisUrl: string) =>
  openResponseCache({
    redisUrl,
    prefix: `{test-${randomUUID()}}:`,
    ttlSeconds: 60,
    // Longer than a busy machine makes Redis wait: these tests are about what is cached.
    budgetMs: 10_000,
    onError: () => undefined,
  });
const connectTo = (baseUrl: string) =>
  createEcobalyseClient({ baseUrl, concurrency: 4, timeoutMs: 60_000, retries: 0 });
const build = (changed: Partial<ApiDependencies> = {}) =>
  buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 1_000_000 },
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
    cacheClearRequiresKey: false,
    ...changed,
  });

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
  upstream = connectTo(simulator.apiUrl);
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{test}' }, () => undefined);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  cache = openCache(redis.url);
  await ensureIndexes(store);
  await waitUntil('the cache is connected', async () => cache.ping().then(() => true));
  app = await build();
});
afterEach(async () => {
  await store.collection('impacts').deleteMany({});
  await cache.clear();
});
afterAll(async () => {
  await app.close();
  await cache.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  upstream.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});

type Method = 'GET' | 'POST' | 'DELETE';

async function call(
  method: Method,
  url: string,
  body?: unknown,
  headers: Record<string, string> = { access_token: KEY },
) {
  const response = await app.inject({
    method,
    url,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.statusCode, body: response.body, headers: response.headers };
}
const json = async (...args: Parameters<typeof call>) => {
  const { status, body } = await call(...args);
  return { status, body: JSON.parse(body) };
};
const add = (changed: object = {}) => json('POST', '/product', { ...PRODUCT, ...changed });

describe('service routes', () => {
  it('says that it works, byte for byte', async () => {
    const { status, body, headers } = await call('GET', '/', undefined, {});
    expect([status, body]).toEqual([200, '{"message":"API is working"}']);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  it('sends a browser to the page for people', async () => {
    const { status, headers } = await call('GET', '/', undefined, { accept: 'text/html,application/xhtml+xml' });
    expect([status, headers.location]).toEqual([302, '/dashboard']);
    const page = await call('GET', '/dashboard', undefined, {});
    expect(page.status).toBe(200);
    expect(page.body).toContain('<div id="app">');
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self';/);
  });

  it('tells what it depends on', async () => {
    expect(await json('GET', '/health/live', undefined, {})).toEqual({ status: 200, body: { status: 'live' } });
    expect(await json('GET', '/health/ready', undefined, {})).toEqual({
      status: 200,
      body: { status: 'ready', checks: { mongodb: { status: 'up' }, redis: { status: 'up' } } },
    });
  });

  it('answers an unknown route with 404', async () => {
    expect(await json('GET', '/nothing')).toEqual({ status: 404, body: { detail: 'Not Found' } });
  });
});

describe('the key', () => {
  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['an empty one', { access_token: '' }],
    ['a wrong one', { access_token: `${KEY}x` }],
    ['one in another header', { authorization: KEY }],
  ])('is asked for before anything else is looked at: %s', async (_what, headers) => {
    expect(await call('POST', '/product', '{', headers)).toMatchObject({
      status: 403,
      body: '{"detail":"Could not validate credentials"}',
    });
  });

  it('is looked for in the header that the settings name', async () => {
    const other = await build({ access: openAccess({ apiKey: KEY, apiKeyName: 'X-Api-Key' }) });
    const answer = (name: string) => other.inject({ url: '/product', headers: { [name]: KEY } });
    expect((await answer('access_token')).statusCode).toBe(403);
    expect((await answer('x-api-key')).statusCode).toBe(404);
    await other.close();
  });
});

describe('adding and deleting', () => {
  it('follows the contract: added, there already, deleted, not found', async () => {
    expect(await call('POST', '/product', PRODUCT)).toMatchObject({
      status: 200,
      body: `{"message":"Product added ${IDENTITY}"}`,
    });
    expect(await call('POST', '/product', PRODUCT)).toMatchObject({
      status: 200,
      body: '{"message":"Product already exist"}',
    });
    const remove = () => call('DELETE', `/product?md5_id=${IDENTITY}`);
    expect(await remove()).toMatchObject({ status: 200, body: '{"message":"Product deleted successfully"}' });
    expect(await remove()).toMatchObject({ status: 404, body: '{"detail":"Product not found"}' });
  });

  it('adds a product once when twenty requests add it at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => add()));
    const messages = answers.map(({ body }) => body.message as string);
    expect(messages.filter((message) => message.startsWith('Product added'))).toHaveLength(1);
    expect(messages.filter((message) => message === 'Product already exist')).toHaveLength(19);
    expect(await store.collection('impacts').countDocuments()).toBe(1);
  });

  it('keeps what upstream answered, and where it comes from', async () => {
    await add({ makingWaste: 0.1 });
    const document = await store.collection('impacts').findOne({});
    expect(document?.inputs).toMatchObject({ mass: 0.17, makingWaste: 0.1 });
    expect(document?._platform).toMatchObject({
      source: 'api',
      scenario: null,
      methodVersion: '7.0.0',
      coveredImpacts: ['ecs', 'pef'],
    });
    expect(document?._platform.query).toMatchObject({ makingWaste: 0.1 });
  });

  it("answers 422 with upstream's reasons when it refuses", async () => {
    const { status, body } = await add({ countryMaking: 'XX', mass: 0 });
    expect(status).toBe(422);
    expect(body.message).toBe('Not possible');
    expect(Object.keys(body.detail)).toEqual(['countryMaking', 'mass']);
    expect(await store.collection('impacts').countDocuments()).toBe(0);
  });

  describe('answers 502 with what to do about it', () => {
    let server: Server;
    let respond: (response: ServerResponse) => unknown;
    let other: HttpService;
    let away: EcobalyseClient;
    beforeAll(async () => {
      server = createServer((_request, response) => void respond(response)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = new Proxy({} as EcobalyseClient, { get: (_, name) => away[name as keyof EcobalyseClient] });
      other = await build({ upstream: client, upstreamDeadlineMs: 3000 });
    });
    // Of the test: it remembers what upstream said.
    beforeEach(() => {
      away = connectTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api`);
    });
    afterEach(() => away.close());
    afterAll(async () => {
      await other.close();
      server.closeAllConnections();
      server.close();
    });

    const answering = (status: number, body = '{}', headers = {}) =>
      [(response: ServerResponse) => response.writeHead(status, headers).end(body)] as const;
    it.each<[what: string, detail: RegExp, retryAfter: string | undefined, (response: ServerResponse) => unknown]>([
      ['refuses the token', /ECOBALYSE_API_TOKEN/, undefined, ...answering(401)],
      ['forbids', /ECOBALYSE_API_TOKEN/, undefined, ...answering(403)],
      ['is not there', /ECOBALYSE_API_URL/, undefined, ...answering(404)],
      ['answers HTML', /no Ecobalyse API: .*ECOBALYSE_API_URL/, undefined, ...answering(200, '<html>')],
      ['misses the contract', /contract.*ECOBALYSE_API_URL/, undefined, ...answering(200)],
      ['asks to be left alone', /too often/, '120', ...answering(429, '', { 'retry-after': '120' })],
      ['is overloaded', /try again later/, '90', ...answering(503, '', { 'retry-after': '90' })],
      ['hangs up', /cannot be reached.*ECOBALYSE_API_URL/, undefined, (response) => response.socket?.destroy()],
      ['never answers', /in time.*ECOBALYSE_TIMEOUT_MS/, undefined, () => undefined],
      [
        'never ends its answer',
        /in time.*ECOBALYSE_TIMEOUT_MS/,
        undefined,
        (response) => response.writeHead(200).write('{'),
      ],
    ])('when upstream %s', async (_what, detail, retryAfter, answer) => {
      respond = answer;
      const { statusCode, headers, body } = await other.inject({
        method: 'POST',
        url: '/product',
        headers: { access_token: KEY },
        payload: PRODUCT,
      });
      expect([statusCode, JSON.parse(body), headers['retry-after']]).toEqual([
        502,
        { message: 'Not possible', detail: expect.stringMatching(detail) },
        retryAfter,
      ]);
      expect(await store.collection('impacts').countDocuments()).toBe(0);
    });
  });

  const bad: [string, unknown, (string | number)[]][] = [
    ['no mass', { ...PRODUCT, mass: undefined }, ['body', 'mass']],
    ['a mass in words', { ...PRODUCT, mass: 'light' }, ['body', 'mass']],
    ['no materials', { ...PRODUCT, materials: [] }, ['body', 'materials']],
    ['a share above 1', { ...PRODUCT, materials: [{ id: 'ei-coton', share: 2 }] }, ['body', 'materials', 0, 'share']],
    ['an operator as product', { ...PRODUCT, product: { $ne: null } }, ['body', 'product']],
    ['no country of making', { ...PRODUCT, countryMaking: undefined }, ['body', 'countryMaking']],
    ['a bad optional field', { ...PRODUCT, upcycled: 'yes' }, ['body', 'upcycled']],
    ['an array', [PRODUCT], ['body']],
    ['broken JSON', '{"mass": 0.17', ['body']],
    ['nothing', '', ['body']],
  ];
  it.each(bad)('answers 422 to %s, naming the place', async (_name, payload, loc) => {
    const { status, body } = await json('POST', '/product', payload);
    expect(status).toBe(422);
    expect(body.detail[0]).toEqual({ loc, msg: expect.stringMatching(/.+/), type: expect.stringMatching(/.+/) });
  });

  it('answers 422 to a body that is not JSON, and 413 to one that is too large', async () => {
    const send = (type: string, payload: string) =>
      app.inject({ method: 'POST', url: '/product', headers: { access_token: KEY, 'content-type': type }, payload });
    expect((await send('application/x-www-form-urlencoded', 'mass=1')).statusCode).toBe(422);
    expect((await send('application/json', JSON.stringify({ x: 'y'.repeat(300 * 1024) }))).statusCode).toBe(413);
  });

  it('asks for the identity to delete', async () => {
    const { status, body } = await json('DELETE', '/product');
    expect(status).toBe(422);
    expect(body.detail[0].loc).toEqual(['query', 'md5_id']);
  });
});

describe('reading', () => {
  beforeEach(async () => {
    for (const mass of [0.1, 0.2, 0.3]) await add({ mass });
    await add({ countryFabric: 'CN', mass: 0.4 });
    await add({ product: 'jean', mass: 1 });
  });

  it('gives whole documents, without what the platform adds', async () => {
    const { body } = await json('GET', '/product/tshirt');
    expect(body).toHaveLength(4);
    for (const document of body) {
      expect(document).not.toHaveProperty('_id');
      expect(document).not.toHaveProperty('_platform');
      expect(document).toMatchObject({ product_id: 'tshirt', md5_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
      expect(document.lifeCycle).toHaveLength(8);
      expect(Object.keys(document.impacts)).toHaveLength(21);
    }
  });

  it('gives as many documents as asked for, five by default', async () => {
    await add({ mass: 0.5 });
    await add({ mass: 0.6 });
    expect((await json('GET', '/product/tshirt')).body).toHaveLength(5);
    expect((await json('GET', '/product/tshirt?nb_doc=2')).body).toHaveLength(2);
    expect((await json('GET', '/product/tshirt?nb_doc=1000')).body).toHaveLength(6);
    expect((await call('GET', '/product/tshirt?nb_doc=1000')).headers['x-nb-doc-limit']).toBeUndefined();
    const beyond = await call('GET', '/product/tshirt?nb_doc=5000');
    expect([JSON.parse(beyond.body).length, beyond.headers['x-nb-doc-limit']]).toEqual([6, '1000']);
  });
});

describe('clearing the cache', () => {
  it('can require the key', async () => {
    const strict = await build({ cacheClearRequiresKey: true });
    expect((await strict.inject('/cache/clear')).statusCode).toBe(403);
    expect((await strict.inject({ url: '/cache/clear', headers: { access_token: KEY } })).statusCode).toBe(200);
    await strict.close();
  });

  it('is limited, and says when to come back', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
    const limited = await build();
    try {
      for (let clear = 0; clear < 60; clear += 1) expect((await limited.inject('/cache/clear')).statusCode).toBe(200);
      for (const [later, seconds] of [
        [0, '60'],
        [58_001, '2'],
        [1998, '1'],
      ] as const) {
        vi.advanceTimersByTime(later);
        const refused = await limited.inject('/cache/clear');
        expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, seconds]);
        expect(refused.json()).toEqual({ detail: expect.any(String) });
      }
      vi.advanceTimersByTime(1);
      expect((await limited.inject('/cache/clear')).statusCode).toBe(200);
    } finally {
      vi.useRealTimers();
      await limited.close();
    }
  });
});

describe('when a dependency is away', () => {
  it('answers from the database without Redis, and says so', async () => {
    await add();
    const lonely = openCache(`redis://127.0.0.1:${await freePort()}`);
    const other = await build({ cache: lonely });
    const read = await other.inject({ url: '/product/tshirt', headers: { access_token: KEY } });
    expect([read.statusCode, read.json().length]).toEqual([200, 1]);
    const ready = await other.inject('/health/ready');
    expect([ready.statusCode, ready.json().status, ready.json().checks.redis.status]).toEqual([
      200,
      'degraded',
      'down',
    ]);
    const clear = await other.inject('/cache/clear');
    expect([clear.statusCode, clear.body]).toEqual([404, '{"detail":"Error clear cache"}']);
    const added = await other.inject({
      method: 'POST',
      url: '/product',
      headers: { access_token: KEY },
      payload: { ...PRODUCT, mass: 1 },
    });
    expect(added.statusCode).toBe(200);
    await other.close();
    await lonely.close();
  });

  it('answers 503 with Retry-After without a database, and recovers by itself', async () => {
    const port = await freePort();
    const away = openStore({
      uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
      dbName: 'test',
      appName: 'test',
      serverSelectionTimeoutMs: 300,
    });
    const other = await build({ store: away, cache: openCache(redis.url) });
    const read = () => other.inject({ url: '/product/tshirt', headers: { access_token: KEY } });
    const down = await read();
    expect([down.statusCode, down.headers['retry-after']]).toEqual([503, '5']);
    expect(down.json()).toEqual({ detail: expect.not.stringContaining(String(port)) });
    expect((await other.inject('/health/ready')).statusCode).toBe(503);

    const bridge = await openBridge(port, Number(new URL(mongodb.uri).port));
    await waitUntil('the API has recovered', async () => (await read()).statusCode === 404);
    await other.close();
    await away.close();
    await bridge.close();
  });
});
