import { once } from 'node:events';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { CACHE_TAGS } from '@ecobalyse/schema';
import type { Logger } from '@ecobalyse/service-kit';
import { openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  freePort,
  type ServiceProcess,
  startService,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startDatabaseUpkeep } from './database-upkeep.js';
import { fixedDocuments } from './testing/fixed-documents.js';

const KEY = 'a-key-of-the-tests-0123456789';
/** Much less than the life of a cached answer, much more than the second or two that it takes. */

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let api: ServiceProcess;
/** That of another replica, which waits for Redis however busy the machine is: it never computes for want of time. */
let replica: ResponseCache;
let url: string;
const dbName = `test-upkeep-${Date.now()}`;

/** A document as the original writes it. */
const original = (md5_id: string, changed: object = {}) => {
  const [garment] = fixedDocuments().filter(({ product_id }) => product_id === 'tshirt');
  if (!garment) throw new Error('no t-shirt');
  const { _platform, ...document } = garment;
  return { ...document, md5_id, ...changed };
};
async function get<T>(path: string): Promise<T> {
  const response = await fetch(url + path, { headers: { access_token: KEY } });
  expect(response.status, path).toBe(200);
  return response.json() as Promise<T>;
}
const ranked = (route: string) =>
  get<{ average_impacts: number; covered_impacts: number }[]>(`/product/tshirt/${route}?nb_doc=1000`);

const shownByReplica = async (text: string) =>
  String((await replica.getOrCompute('tshirts', [CACHE_TAGS.product('tshirt')], async () => text)).body);

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  store = openStore({ uri: mongodb.uri, dbName, appName: 'test' });
  replica = openResponseCache({ redisUrl: redis.url, ttlSeconds: 600, budgetMs: 60_000, onError: () => undefined });
  await waitUntil('the replica is connected', () => replica.ping().then(() => true));
  const impacts = databaseOf(store).collection('impacts');
  await impacts.createIndex({ md5_id: 1 });
  await databaseOf(store).collection('countries').createIndex({ code: 1 });
  await impacts.insertMany([original('first'), original('first'), original('second')]);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  api = startService('services/api/bundle/main.js', {
    MONGODB_URI: mongodb.uri,
    DB_NAME: dbName,
    REDIS_URL: redis.url,
    API_KEY: KEY,
    API_PORT: String(port),
    LOG_LEVEL: 'info',
  });
  await waitUntil('the database is migrated', async () => {
    const { checks } = (await (await fetch(`${url}/health/ready`)).json()) as {
      checks: Record<string, { status: string }>;
    };
    return checks.schema?.status === 'up';
  });
});
afterAll(async () => {
  await api.end();
  await replica.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});

// Each goes on with what the one before it left.
describe('an API on a database of the original', { shuffle: false }, () => {
  it('adopts it at its start, and says so once', async () => {
    expect(api.output().match(/001-adopt-indexes/g)).toHaveLength(1);
    expect(api.output()).toContain('repeatedRemoved');
    expect(await ranked('good_product')).toHaveLength(2);
  });

  it('answers with what the original writes beside it, also where an answer was cached', async () => {
    expect(await ranked('bad_product')).toHaveLength(2);
    await waitUntil(
      'an answer is kept',
      async () => (await shownByReplica('before')) === 'before' && replica.counts().hits > 0,
    );
    const worst = Object.fromEntries(Object.keys(original('').impacts).map((code) => [code, 6.5e9]));
    await databaseOf(store)
      .collection('impacts')
      .insertOne(original('worst', { impacts: worst }));
    await waitUntil('it is the worst', async () => {
      const [first, ...others] = await ranked('bad_product');
      return first?.average_impacts === 6.5e9 && others.every((one) => one.covered_impacts < first.covered_impacts);
    });
    await waitUntil('the other replica sees it', async () => (await shownByReplica('alive')) === 'alive');
  });

  it('drops what was cached before a write whose process was killed', async () => {
    const pending = (filter = {}) => store.collection('cache_invalidations').countDocuments(filter);
    await waitUntil('nothing is due', async () => (await pending()) === 0);
    await shownByReplica('alive');
    expect(await shownByReplica('dead')).toBe('alive');
    const writer = startService('scripts/run-source.mjs', {}, [
      'services/api/src/testing/dying-writer.ts',
      mongodb.uri,
      dbName,
    ]);
    if (writer.child.exitCode === null && writer.child.signalCode === null) await once(writer.child, 'exit');
    expect(writer.child.signalCode, writer.output()).toBe('SIGKILL');
    expect(await pending({ written: false })).toBe(1);
    await waitUntil('it is seen', async () => (await shownByReplica('of the dead')) === 'of the dead');
  });
});

it('says once what stands in the way, tells it when asked, and goes on when it is gone', async () => {
  const broken = openStore({ uri: mongodb.uri, dbName: `${dbName}-broken`, appName: 'test' });
  const cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 60, onError: () => undefined });
  const nameless = databaseOf(broken).collection('impacts');
  await nameless.insertMany([{ product_id: 'jean' }, { product_id: 'jean' }]);
  const warnings: string[] = [];
  const logger = {
    info: () => undefined,
    debug: () => undefined,
    warn: (_: object, said: string) => warnings.push(said),
  };
  const upkeep = startDatabaseUpkeep(broken, cache, logger as unknown as Logger);
  const asked = () => upkeep.probe().catch((error: Error) => error.message);
  await waitUntil('it was tried', () => warnings.length > 0);
  expect(await asked()).toMatch(/several documents have no md5_id.*complete or delete them/);
  const collections = vi.spyOn(broken, 'collection');
  await waitUntil('it is tried again', () => collections.mock.calls.flat().includes('schema_migrations'));
  collections.mockRestore();
  await waitUntil(
    'the second try ends',
    async () => (await broken.collection('schema_migrations').countDocuments()) === 0,
  );
  expect(warnings).toHaveLength(1);

  await nameless.deleteMany({});
  await waitUntil('it is done', async () => (await asked()) === undefined);
  await upkeep.close();
  await databaseOf(broken).dropDatabase();
  await Promise.all([broken.close(), cache.close()]);
});
