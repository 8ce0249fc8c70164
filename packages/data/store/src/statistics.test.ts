import { randomUUID } from 'node:crypto';
import { STATISTICS, type StatisticsSummary } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { BSON, type Collection, MongoServerError } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  findStatistic,
  findStatisticsSummary,
  openStatisticsPublication,
  openStore,
  type Store,
  streamFlatSources,
  streamStatistic,
} from './index.js';

let server: TestMongodb;
let store: Store;

beforeAll(async () => {
  server = await startTestMongodb();
});
afterAll(() => server.close());
beforeEach(() => {
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
});

const summary = (documents: number) => ({ documents }) as unknown as StatisticsSummary;
const outliers = (generation: number, count: number) =>
  Array.from({ length: count }, (_, rank) => ({
    generation,
    rank,
    impact_type: rank % 2 === 0 ? 'ecs' : 'pef',
    product: { id: rank % 3 === 0 ? 'jean' : 'pull' },
  }));

async function publish(generation: number, count: number): Promise<void> {
  const publication = await openStatisticsPublication(store);
  await publication.write('outliers', outliers(generation, count));
  await publication.publish(summary(generation));
}

/** A store whose process dies after so many commands that change something: none of the later ones is sent. */
function dyingStore(steps: number): { store: Store; isDead: () => boolean } {
  let done = 0;
  let isDead = false;
  const WRITES = [
    'createCollection',
    'dropCollection',
    'command',
    'insertMany',
    'insertOne',
    'createIndexes',
    'rename',
  ];
  const dying = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, property) {
        const found: unknown = Reflect.get(target, property);
        if (property === 'db') return dying(found as object);
        if (typeof found !== 'function') return found;
        if (property === 'collection') return (name: string) => dying(found.call(target, name));
        if (!WRITES.includes(String(property))) return found.bind(target);
        return async (...call: unknown[]) => {
          isDead ||= done === steps;
          if (isDead) throw new Error('the process is dead');
          done += 1;
          return found.apply(target, call);
        };
      },
    });
  return { store: dying(store), isDead: () => isDead };
}

const names = async () =>
  (await databaseOf(store).listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);

describe('the sources of flat rows', () => {
  it('come all and once, in answers small enough for a slow disk', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `product-${n}`);
    await databaseOf(store)
      .collection('impacts')
      .insertMany(ids.map((md5_id) => ({ md5_id, product_id: 'jean' })));
    const read: unknown[] = [];
    for await (const batch of streamFlatSources(store)) {
      expect(batch.length).toBeLessThanOrEqual(100);
      read.push(...batch.map(({ md5_id }) => md5_id));
    }
    expect(read).toEqual(ids);
  });
});

describe('a publication of statistics', () => {
  it('is read in the order of writing, whole and by filter, and leaves nothing beside the published collections', async () => {
    await publish(1, 2500);
    const all = await findStatistic(store, 'outliers');
    expect(all).toEqual(outliers(1, 2500));
    const [jean, pef] = [
      all.filter(({ product }) => product.id === 'jean'),
      all.filter(({ impact_type }) => impact_type === 'pef'),
    ];
    expect(await findStatistic(store, 'outliers', { productId: 'jean', impactType: 'pef' }, 2)).toEqual([
      all[3],
      all[9],
    ]);
    expect(await findStatistic(store, 'outliers', { productId: 'jean' })).toEqual(jean);
    expect(await findStatistic(store, 'outliers', { impactType: 'pef' }, 7)).toEqual(pef.slice(0, 7));
    const streamed = [];
    for await (const batch of streamStatistic(store, 'outliers', { impactType: 'ecs' })) streamed.push(...batch);
    expect(streamed).toEqual(all.filter(({ impact_type }) => impact_type === 'ecs'));
    expect(await findStatistic(store, 'countries')).toEqual([]);
    expect(await findStatisticsSummary(store)).toEqual({ documents: 1 });
    expect((await names()).filter((name) => name.includes('__building_'))).toEqual([]);
  });

  it('replaces the summary last, when all that it tells of is there', async () => {
    const replaced: string[] = [];
    const watched: Store = {
      ...store,
      collection(name) {
        const collection = store.collection(name);
        const rename = collection.rename.bind(collection);
        collection.rename = async (to, options) => {
          if (to === 'stats_summary') replaced.push('summary begun');
          const renamed = await rename(to, options);
          replaced.push(to);
          return renamed;
        };
        return collection;
      },
    };
    const publication = await openStatisticsPublication(watched);
    await publication.publish(summary(1));
    expect(replaced).toHaveLength(Object.keys(STATISTICS).length + 2);
    expect(replaced.slice(-2)).toEqual(['summary begun', 'stats_summary']);
  });

  it('takes the place of the one before it', async () => {
    await publish(1, 30);
    await publish(2, 10);
    expect(await findStatistic(store, 'outliers')).toEqual(outliers(2, 10));
    expect(await findStatisticsSummary(store)).toEqual({ documents: 2 });
    const indexes = await databaseOf(store).collection('stats_outliers').indexes();
    expect(indexes.map(({ name }) => name)).toContain('outliers_of_product_and_impact');
  });

  it('is never read in part while it takes the place of another', async () => {
    await publish(1, 200);
    let reading = true;
    const seen = new Set<string>();
    const read = async () => {
      while (reading) {
        const found = await findStatistic(store, 'outliers');
        seen.add(`${new Set(found.map(({ generation }) => generation)).size} generation, ${found.length} documents`);
      }
    };
    const write = async () => {
      for (let generation = 2; generation < 5; generation += 1) await publish(generation, 200);
    };
    await Promise.all([
      read(),
      write().finally(() => {
        reading = false;
      }),
    ]);
    expect([...seen]).toEqual(['1 generation, 200 documents']);
  });

  it('that is discarded or abandoned for a day leaves the published one, and no trace', async () => {
    const now = Date.UTC(2026, 0, 2);
    await publish(1, 5);
    const discarded = await openStatisticsPublication(store);
    await discarded.write('outliers', outliers(2, 5));
    await discarded.discard();
    const begun = async () => (await names()).filter((name) => name.startsWith('stats_outliers__building_')).length;
    expect(await begun()).toBe(0);
    await openStatisticsPublication(store, now - 24 * 3_600_000 - 1);
    await openStatisticsPublication(store, now - 24 * 3_600_000);
    expect(await begun()).toBe(2);
    const last = await openStatisticsPublication(store, now);
    expect(await begun()).toBe(2);
    await last.publish(summary(3));
    expect(await findStatistic(store, 'outliers')).toEqual([]);
  });

  it('whose process dies at whatever command leaves each statistic as it was or as it is to be, and the next one whole', async () => {
    const countries = [{ product_id: 'jean', country_name: 'France' }];
    const inputs = BSON.serialize({ mass: 0.5, product: { id: 'jean' } });
    const publishBy = async (by: Store, generation: number) => {
      const publication = await openStatisticsPublication(by);
      await publication.write(
        'countries',
        countries.map((row) => ({ ...row, count: generation })),
      );
      await publication.writeBytes('outliers', [[{ md5_id: `of ${generation}`, impact_type: 'ecs' }, inputs]]);
      await publication.publish(summary(generation));
    };
    await publishBy(store, 0);
    let generation = 0;
    for (let steps = 0, isDone = false; !isDone; steps += 1) {
      const before = generation;
      generation += 1;
      const dying = dyingStore(steps);
      await publishBy(dying.store, generation).catch((error: Error) =>
        expect(error.message).toBe('the process is dead'),
      );
      isDone = !dying.isDead();
      const [country, ...noCountry] = await findStatistic(store, 'countries');
      const [outlier, ...noOutlier] = await findStatistic(store, 'outliers');
      const told = (await findStatisticsSummary(store))?.documents as number;
      expect([noCountry, noOutlier]).toEqual([[], []]);
      expect([before, generation]).toContain(country?.count);
      expect([`of ${before}`, `of ${generation}`]).toContain(outlier?.md5_id);
      // The summary is never ahead of what it tells of.
      if (told === generation) expect([country?.count, outlier?.md5_id]).toEqual([generation, `of ${generation}`]);
      else expect(told).toBe(before);
      generation += 1;
      await publishBy(store, generation);
      expect((await findStatistic(store, 'outliers'))[0]).toEqual({
        md5_id: `of ${generation}`,
        impact_type: 'ecs',
        mass: 0.5,
        product: { id: 'jean' },
      });
      expect((await findStatisticsSummary(store))?.documents).toBe(generation);
      if (isDone) expect(steps).toBeGreaterThan(20);
    }
  });

  it('numbers what is written by several calls on', async () => {
    const publication = await openStatisticsPublication(store);
    const written = outliers(1, 1005);
    for (const [from, to] of [
      [0, 2],
      [2, 1002],
      [1002, 1005],
    ])
      await publication.write('outliers', written.slice(from, to));
    await publication.publish(summary(1));
    expect(await findStatistic(store, 'outliers')).toEqual(written);
    const ids = await databaseOf(store).collection<{ _id: number }>('stats_outliers').distinct('_id');
    expect(ids.sort((a, b) => a - b)).toEqual(written.map((_, index) => index));
  });

  /** The store, of which something is done beside what a collection does. */
  const watching = (methods: (name: string, collection: Collection) => object): Store => ({
    ...store,
    collection: ((name: never) => {
      const collection = store.collection(name) as unknown as Collection;
      return Object.assign(Object.create(collection), methods(name, collection));
    }) as Store['collection'],
  });

  it('puts its summary in place when all else is, and nothing when something is not', async () => {
    const order: string[] = [];
    const publication = await openStatisticsPublication(
      watching((name, collection) => ({
        async rename(...to: Parameters<Collection['rename']>) {
          const [statistic] = name.split('__');
          order.push(`${statistic} begins`);
          const renamed = await collection.rename(...to);
          order.push(`${statistic} ends`);
          return renamed;
        },
      })),
    );
    await publication.publish(summary(1));
    expect(order.slice(-2)).toEqual(['stats_summary begins', 'stats_summary ends']);
    expect(order).toHaveLength(2 * (Object.keys(STATISTICS).length + 1));

    const broken = await openStatisticsPublication(
      watching((name) =>
        name.startsWith('stats_outliers__') ? { rename: () => Promise.reject(new Error('no')) } : {},
      ),
    );
    await expect(broken.publish(summary(2))).rejects.toThrow('no');
    expect(await findStatisticsSummary(store)).toEqual({ documents: 1 });
  });

  it('drops the old ones first where a server cannot replace while it renames', async () => {
    await publish(1, 3);
    const ferret = watching((_name, collection) => ({
      rename(to: string, options?: object) {
        if (options) throw new MongoServerError({ message: 'not supported', code: 238 });
        return collection.rename(to);
      },
    }));
    const publication = await openStatisticsPublication(ferret);
    await publication.write('outliers', outliers(2, 2));
    await publication.publish(summary(2));
    expect(await findStatistic(store, 'outliers')).toEqual(outliers(2, 2));
  });

  it('is read again when a cursor ends because another took its place, five times in all', async () => {
    await publish(1, 2);
    for (const [code, times, reads] of [
      [43, 4, 5],
      [175, 4, 5],
      [43, 5, 5],
      [26, 1, 1],
    ] as const) {
      let read = 0;
      const interrupted = watching((_name, collection) => ({
        find(...query: Parameters<Collection['find']>) {
          read += 1;
          if (read <= times) throw new MongoServerError({ message: 'replaced', code });
          return collection.find(...query);
        },
      }));
      const found = findStatistic(interrupted, 'outliers');
      if (reads > times) expect(await found).toEqual(outliers(1, 2));
      else await expect(found).rejects.toThrow('replaced');
      expect(read).toBe(reads);
    }
  });
});
