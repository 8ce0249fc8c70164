import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
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

it('leaves a write that has just begun to its writer, and takes one that stays for one whose writer may be dead', async () => {
  await store.collection('cache_invalidations').insertOne({ _id: 'dead', tags: ['a'], written: false });
  const sweep = openInvalidationSweep(store, cache);
  await sweep();
  expect(dropped).toEqual([]);
  await sweep();
  await sweep();
  expect(dropped).toEqual([['a'], ['a']]);
  // It may still be under way at the server.
  expect(await pending()).toBe(1);
});
