import type { AddressInfo } from 'node:net';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { answerErrors } from '@ecobalyse/http-kit';
import type { SearchBounds } from '@ecobalyse/store';
import { startTestRedis, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import fastify, { type FastifyInstance } from 'fastify';
import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sendKept } from './cached-answer.js';
import { FAILURES } from './failures.js';

let redis: TestRedis;
let cache: ResponseCache;
let app: FastifyInstance;
let url: string;
/** What searches do; by default they go on until nobody waits for them. */
let search: (bounds: SearchBounds) => Promise<unknown>;
let running: number;
let most: number;
let release: () => void;

beforeAll(async () => {
  redis = await startTestRedis();
  cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 60, budgetMs: 10_000, onError: () => undefined });
  await waitUntil('the cache is connected', () => cache.ping().then(() => true));
  app = fastify();
  answerErrors(app as never, FAILURES);
  app.get<{ Params: { key: string }; Querystring: { scans?: string } }>('/:key', async (request, reply) => {
    const { params, query } = request;
    const compute = (bounds: SearchBounds) => search(bounds);
    return sendKept(cache, request, reply, { key: [params.key], tags: [], scans: query.scans === 'yes', compute });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  app.server.closeAllConnections();
  await app.close();
  await cache.close();
  await redis.close();
});
beforeEach(async () => {
  await cache.clear();
  [running, most] = [0, 0];
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  search = async ({ signal }) => {
    running += 1;
    most = Math.max(most, running);
    const gone = new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    try {
      await Promise.race([released, gone]);
      return ['found'];
    } finally {
      running -= 1;
    }
  };
});

function ask(path: string) {
  const client = new AbortController();
  const answer = fetch(url + path, { signal: client.signal });
  // Those who leave do not hear the end.
  answer.catch(() => undefined);
  return { answer, leave: () => client.abort() };
}

it('ends a search when the last one who waits for it has gone', async () => {
  const [first, second] = [ask('/same'), ask('/same')];
  await waitUntil('it runs', () => running === 1);
  first.leave();
  const third = ask('/same');
  second.leave();
  third.leave();
  await waitUntil('it has ended', () => running === 0);

  const again = ask('/same');
  await waitUntil('it runs again', () => running === 1);
  release();
  expect(await (await again.answer).json()).toEqual(['found']);
});

it('goes on for those who stay', async () => {
  const [leaving, staying] = [ask('/shared'), ask('/shared')];
  await waitUntil('it runs', () => running === 1);
  leaving.leave();
  release();
  expect((await staying.answer).status).toBe(200);
  expect(most).toBe(1);
});

it('says that a search took too long, and what to do', async () => {
  search = () => Promise.reject(new MongoServerError({ code: 50, errmsg: 'operation exceeded time limit' }));
  const response = await ask('/slow').answer;
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
  expect(await response.json()).toEqual({
    detail: expect.stringMatching(/longer than 30 s.*narrow it/),
    code: 'search_too_slow',
  });
});

it('bounds every search', async () => {
  search = async (bounds) => ({ maxTimeMs: bounds.maxTimeMs, isBounded: bounds.signal !== undefined });
  expect(await (await ask('/bounds').answer).json()).toEqual({ maxTimeMs: 30_000, isBounded: true });
});

it('lets few searches through all documents run at once, others beside them, and refuses a crowd', async () => {
  const crowd = Array.from({ length: 60 }, (_, index) => ask(`/scan-${index}?scans=yes`));
  await waitUntil('some run', () => running === 3);
  // Three run and fifty wait.
  const refused = await Promise.any(crowd.map(({ answer }) => answer));
  expect(refused.status).toBe(503);
  expect(await refused.json()).toEqual({
    detail: expect.stringMatching(/too many searches/i),
    code: 'searches_waiting',
  });

  const held = search;
  search = async () => ['at once'];
  expect(await (await ask('/indexed').answer).json()).toEqual(['at once']);
  search = held;
  expect([running, most]).toEqual([3, 3]);
  release();
  const statuses = (await Promise.all(crowd.map(({ answer }) => answer))).map(({ status }) => status);
  expect([
    statuses.filter((status) => status === 200).length,
    statuses.filter((status) => status === 503).length,
  ]).toEqual([53, 7]);
  expect(most).toBe(3);
});
