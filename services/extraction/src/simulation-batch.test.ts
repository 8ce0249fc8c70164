import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { countImpacts, ensureIndexes, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  startTestSimulator,
  type TestMongodb,
  type TestRedis,
  type TestSimulator,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { simulateBatch } from './simulation-batch.js';

/** An upstream that answers rightly, but for the faults of each test. */
type Fault = (response: ServerResponse) => unknown;
let fault: (nth: number, query: string | undefined) => Fault | undefined = () => undefined;
let version: unknown = 'v7.0.0';
let asked = 0;
let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: TestSimulator;
let store: Store;
let cache: ResponseCache;
let upstream: EcobalyseClient;

const server = createServer(async (request, response) => {
  const path = request.url?.replace(/^\/api/, '');
  if (path === '/') return response.end(JSON.stringify({ version, info: { version: '0.0.1-alpha' } }));
  const query = request.method === 'POST' ? await text(request) : undefined;
  if (query) asked += 1;
  const wrong = fault(asked, query);
  if (wrong) return wrong(response);
  const right = await fetch(simulator.apiUrl + path, {
    method: request.method as string,
    ...(query && { body: query }),
  });
  return response.writeHead(right.status).end(await right.text());
});

/** Opens a client that has not been sent away by upstream. */
function open(retries = 1): void {
  upstream?.close();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  upstream = createEcobalyseClient({ baseUrl, concurrency: 4, timeoutMs: 2000, retries, retryDelayMs: 1 });
}

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), startTestSimulator()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 60, onError: () => undefined });
  await ensureIndexes(store);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cache.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close(), simulator.close()]);
});
beforeEach(async () => {
  [fault, version, asked] = [() => undefined, 'v7.0.0', 0];
  await store.collection('impacts').deleteMany({});
  open();
});

const COUNT = 20;
let kept: unknown;
const tryBatch = (isLast = false) =>
  simulateBatch(
    { runId: 'run', scope: { product: 'tshirt' }, offset: 40, count: COUNT },
    { store, upstream, cache },
    new AbortController().signal,
    {
      kept,
      // As it comes back from Redis.
      keep: async (outcomes) => {
        kept = JSON.parse(JSON.stringify(outcomes));
      },
      isLast,
    },
  );
beforeEach(() => {
  kept = 0;
});

const page: Fault = (response) => response.end('<html>maintenance</html>');
const cut: Fault = (response) => response.socket?.destroy();

it('gets by with an upstream whose answers are bad now and then', async () => {
  const faults: Record<number, Fault> = {
    3: page,
    5: cut,
    8: (response) => response.writeHead(429, { 'retry-after': '1' }).end('{}'),
    11: (response) => response.end('{"impacts": {'),
    14: (response) => response.writeHead(503).end('<html>'),
    17: (response) => response.end('{"impacts": {}}'),
  };
  fault = (nth) => faults[nth];
  open(6);
  expect(await tryBatch()).toEqual({ offset: 40, planned: COUNT, answered: COUNT, refused: [] });
  expect(asked).toBe(COUNT + 6);
});

it.each<[string, Fault, object]>([
  ['goes away', cut, { kind: 'unreachable' }],
  [
    'wants to be left alone',
    (response) => response.writeHead(429, { 'retry-after': '90' }).end(),
    { kind: 'rate-limited', retryAfterSeconds: 90 },
  ],
  ['takes the token back', (response) => response.writeHead(401).end('{}'), { kind: 'unauthorised' }],
])('keeps what came when upstream %s, and asks for the rest only', async (_name, goneBadly, error) => {
  fault = (nth) => (nth > 12 ? goneBadly : undefined);
  await expect(tryBatch()).rejects.toMatchObject(error);
  // Nobody asks on and on for what is away.
  expect(asked).toBeLessThan(COUNT + 4);
  const stored = Object.keys(kept as object).length;
  expect(stored).toBeGreaterThanOrEqual(9);
  const before = await countImpacts(store);
  expect(before).toBeGreaterThan(0);

  [fault, asked] = [() => undefined, 0];
  // Another worker goes on, who has not been sent away.
  open();
  expect(await tryBatch()).toMatchObject({ planned: COUNT, answered: COUNT, refused: [] });
  expect(asked).toBe(COUNT - stored);
  expect(await countImpacts(store)).toBeGreaterThan(before);
});

it('names the one simulation that upstream never answers, and keeps the others', async () => {
  let poisoned: string | undefined;
  fault = (_nth, query) => {
    poisoned ??= query;
    return query === poisoned ? page : undefined;
  };
  await expect(tryBatch()).rejects.toMatchObject({ kind: 'not-json' });
  expect(asked).toBe(COUNT + 1);
  // The last try asks once more, twice.
  expect(await tryBatch(true)).toMatchObject({
    answered: COUNT - 1,
    refused: [{ product: 'tshirt', reasons: { 'no answer': expect.stringMatching(/JSON.*ECOBALYSE_API_URL/) } }],
  });
  expect(asked).toBe(COUNT + 3);
});

it('never takes a page for every simulation for a fault of the queries', async () => {
  fault = (_nth, query) => (query ? page : undefined);
  await expect(tryBatch(true)).rejects.toMatchObject({ kind: 'not-json' });
  expect(await countImpacts(store)).toBe(0);
  // Three simulations, two times each.
  expect(asked).toBe(6);
  fault = (nth, query) => (query && nth > 10 ? page : undefined);
  await expect(tryBatch(true)).rejects.toMatchObject({ kind: 'not-json' });
  expect(Object.keys(kept as object).length).toBeGreaterThan(1);
});

it('stores the version of the method that upstream has now, whatever it had', async () => {
  const stored = () => store.collection('impacts').distinct('_platform.methodVersion');
  await tryBatch();
  expect(await stored()).toEqual(['7.0.0']);
  await store.collection('impacts').deleteMany({});
  [version, kept] = ['v9.1.0', 0];
  await tryBatch();
  expect(await stored()).toEqual(['9.1.0']);
});
