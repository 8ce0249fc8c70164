import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openResponseCache } from '@ecobalyse/cache';
import { QUEUES } from '@ecobalyse/pipeline';
import { toImpactDocument } from '@ecobalyse/product-documents';
import { CACHE_TAGS, type DetailedSimulation, type Json } from '@ecobalyse/schema';
import { closeRun, createRun, findRun, findStatistic, listAttempts, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  startService,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
const dbName = `test-${randomUUID().slice(0, 8)}`;
const env = () => ({ MONGODB_URI: mongodb.uri, DB_NAME: dbName, REDIS_URL: redis.url, QUEUE_PREFIX: '{test-stats}' });

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  store = openStore({ uri: mongodb.uri, dbName, appName: 'test' });
});
afterAll(async () => {
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  await databaseOf(store).dropDatabase();
  const documents = ['FR', 'CN', 'BD', 'TN'].map((country) => {
    const query: Record<string, Json> = {
      mass: 0.17,
      materials: [{ id: 'ei-coton', share: 1 }],
      product: 'tshirt',
      countrySpinning: country,
      countryFabric: country,
      countryDyeing: country,
      countryMaking: country,
    };
    const answer = simulateDetailed(query) as unknown as DetailedSimulation;
    return toImpactDocument({ query, answer, source: 'api', scenario: null, methodVersion: null, runId: null });
  });
  await store.collection('impacts').insertMany(documents);
});

describe('the worker', () => {
  it('waits for the end of the first extraction, performs the task, drops cached answers, and stops on SIGTERM', async () => {
    const cache = openResponseCache({
      redisUrl: redis.url,
      ttlSeconds: 60,
      // A read that takes longer than the budget would compute anew, and seem to have been dropped.
      budgetMs: 10_000,
      onError: () => undefined,
    });
    const queue = new Queue(QUEUES.statistics, { prefix: '{test-stats}', connection: { url: redis.url } });
    await createRun(store, { _id: 'first', pipeline: 'ecobalyse_extract', trigger: 'user', parameters: {} });
    const [one, ...others] = await store.collection('impacts').find().toArray();
    await store.collection('impacts').deleteMany({ md5_id: { $ne: one?.md5_id as string } });
    const worker = startService('services/stats/bundle/main.js', env());
    try {
      await waitUntil('the cache is connected', () => cache.ping().then(() => true));
      const cached = async (now: string) =>
        String((await cache.getOrCompute('stats', [CACHE_TAGS.statistics], async () => now)).body);
      expect(await cached('old')).toBe('old');
      await createRun(store, { _id: 'run-1', pipeline: 'ecobalyse', trigger: 'manual', parameters: {} });
      await queue.add('statistics', { runId: 'run-1', pipeline: 'ecobalyse', parameters: {} });
      const statistics = async () => (await findRun(store, 'run-1'))?.tasks.statistics;
      const log = async () =>
        (await listAttempts(store, 'run-1')).flatMap((one) => one.log.map(({ text }) => text)).join();
      await waitUntil('the task says that it waits', async () => /first extraction/.test(await log()));
      await store.collection('impacts').insertMany(others);
      await closeRun(store, 'first', 'succeeded', null);
      await waitUntil('the task is done', async () => (await statistics())?.state === 'succeeded');
      const task = await statistics();
      expect(task?.result).toMatchObject({ read: 4, documents: 4, skippedDocuments: 0 });
      expect(task?.progress).toEqual({ done: 4, planned: 4 });
      expect(await log()).toMatch('no document covers');
      expect(await findStatistic(store, 'impacts')).toHaveLength(2);
      await waitUntil('the cached answer was dropped', async () => (await cached('new')) === 'new');
      expect(await worker.end()).toBe(0);
    } finally {
      await worker.end('SIGKILL');
      await queue.close();
      await cache.close();
    }
  });
});

describe('by hand', () => {
  it('computes the statistics once', async () => {
    const process = startService('services/stats/bundle/main.js', env(), ['--once']);
    await once(process.child, 'close');
    expect(process.child.exitCode, process.output()).toBe(0);
    expect(JSON.parse(process.output().replace(/^[^{]*/, ''))).toMatchObject({ read: 4, documents: 4 });
    expect(await findStatistic(store, 'countries')).toHaveLength(4);
  });

  it('says in a line why there are no statistics, and fails', async () => {
    const failed = startService('services/stats/bundle/main.js', { ...env(), MONGODB_URI: 'mongodb://127.0.0.1:1/' }, [
      '--once',
    ]);
    await once(failed.child, 'close');
    expect(failed.child.exitCode).toBe(1);
    expect(failed.output()).toMatch(
      /^error: no statistics: the database cannot be reached .* is MONGODB_URI right\?$/m,
    );
  });
});
