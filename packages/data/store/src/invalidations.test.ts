import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openInvalidationSweep, openStore, type Store, withInvalidation } from './index.js';

let server: TestMongodb;
let store: Store;
let dropped: string[][];
let redisIsAway: boolean;
const cache = {
  async invalidate(tags: readonly string[]) {
    if (redisIsAway) throw new Error('Redis does not answer');
    dropped.push([...tags]);
  },
};

beforeAll(async () => {
  server = await startTestMongodb();
});
afterAll(() => server.close());
beforeEach(() => {
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  dropped = [];
  redisIsAway = false;
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
});

const pending = () => store.collection('cache_invalidations').countDocuments();

it('drops what a write made out of date, after the write, and leaves nothing behind', async () => {
  const result = await withInvalidation(store, cache, {
    tags: ['a', 'b'],
    async write() {
      expect(await pending()).toBe(1);
      expect(dropped).toEqual([]);
      return 7;
    },
    stale: () => ['b'],
  });
  expect([result, dropped, await pending()]).toEqual([7, [['b']], 0]);
});

it('drops nothing when nothing changed', async () => {
  await withInvalidation(store, cache, { tags: ['a'], write: async () => [], stale: (changed) => changed });
  expect([dropped, await pending()]).toEqual([[], 0]);
});

it('drops all that a failed write may have changed, and passes its failure on', async () => {
  const write = () => Promise.reject(new Error('connection lost'));
  await expect(withInvalidation(store, cache, { tags: ['a'], write })).rejects.toThrow('connection lost');
  expect([dropped, await pending()]).toEqual([[['a']], 0]);
});

it('does not fail the write when Redis is away: it is made up for once Redis is back', async () => {
  redisIsAway = true;
  expect(await withInvalidation(store, cache, { tags: ['a'], write: async () => 1 })).toBe(1);
  const sweep = openInvalidationSweep(store, cache);
  await expect(sweep()).rejects.toThrow('Redis');
  expect(await pending()).toBe(1);
  redisIsAway = false;
  await sweep();
  expect([dropped, await pending()]).toEqual([[['a']], 0]);
});

it('remembers of an invalidation that Redis did not hear exactly what is out of date', async () => {
  redisIsAway = true;
  for (const from of [cache, null])
    await withInvalidation(store, from, { tags: ['a', 'b'], write: async () => 1, stale: () => ['b'] });
  await expect(
    withInvalidation(store, null, { tags: ['c'], write: () => Promise.reject(new Error('no')) }),
  ).rejects.toThrow('no');
  await withInvalidation(store, null, { tags: ['a'], write: async () => 1, stale: () => [] });
  expect(
    await store
      .collection('cache_invalidations')
      .find({}, { projection: { _id: 0 } })
      .sort({ 'tags.0': 1 })
      .toArray(),
  ).toEqual([
    { tags: ['b'], written: true },
    { tags: ['b'], written: true },
    { tags: ['c'], written: true },
  ]);
  redisIsAway = false;
  await openInvalidationSweep(store, cache)();
  expect([dropped, await pending()]).toEqual([[expect.arrayContaining(['b', 'c'])], 0]);
  expect(dropped[0]).toHaveLength(2);
});

it('makes up for a thousand at once', async () => {
  await store
    .collection('cache_invalidations')
    .insertMany(Array.from({ length: 1001 }, (_, index) => ({ _id: `${index}`, tags: [`${index}`], written: true })));
  const sweep = openInvalidationSweep(store, cache);
  await sweep();
  expect([dropped[0]?.length, await pending()]).toEqual([1000, 1]);
  await sweep();
  expect([dropped[1]?.length, await pending()]).toEqual([1, 0]);
});

it('leaves a write that has just begun to its writer, and takes one that stays for one whose writer may be dead', async () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  await store.collection('cache_invalidations').insertOne({ _id: 'dead', tags: ['a'], written: false });
  const sweep = openInvalidationSweep(store, cache);
  await sweep();
  expect(dropped).toEqual([]);
  await sweep();
  // It may still be under way at the server, for as long as a connection waits for an answer.
  now = 150_000;
  await sweep();
  expect([dropped, await pending()]).toEqual([[['a'], ['a']], 1]);
  now = 150_001;
  await sweep();
  expect([dropped, await pending()]).toEqual([[['a'], ['a'], ['a']], 0]);
  clock.mockRestore();
});
