import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { purgeCatalogue } from './catalogues.js';
import { openStore, type Store } from './connection.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

const OF_CATALOGUES = [
  'catalogue_products',
  'catalogue_history',
  'catalogue_changes',
  'catalogue_method_changes',
  'product_jobs',
] as const;
/** Documents as far as this reads them. */
const insert = (name: Parameters<Store['collection']>[0], ...documents: object[]) =>
  store.collection(name).insertMany(documents as never);
const left = async (name: Parameters<Store['collection']>[0]) =>
  (
    await store
      .collection(name)
      .find({})
      .sort({ _id: 1 } as never)
      .toArray()
  ).map(({ _id }) => _id);

beforeEach(async () => {
  for (const name of ['catalogues', 'catalogue_simulations', 'product_job_chunks', ...OF_CATALOGUES] as const)
    await store.collection(name).deleteMany({});
});

it('a catalogue is forgotten with all that is in it, and what others need stays', async () => {
  await insert('catalogues', { _id: 'spring' }, { _id: 'summer' });
  for (const name of OF_CATALOGUES)
    await insert(
      name,
      ...['spring', 'summer'].map((catalogue) => ({
        ...{ _id: `${name} of ${catalogue}`, catalogue, endedAt: new Date(0) },
        simulations: ['shared', `${catalogue} ${name}`],
      })),
    );
  await insert('product_jobs', { _id: 'that goes on', catalogue: 'spring', endedAt: null });
  await insert(
    'catalogue_simulations',
    ...[
      'shared',
      'shared@7.0.0',
      'spring catalogue_products',
      'spring catalogue_products@7.0.0',
      'spring catalogue_history',
      'summer catalogue_products',
      'summer catalogue_history@7.0.0',
    ].map((_id) => ({ _id })),
  );
  await purgeCatalogue(store, 'spring');
  expect(await left('catalogues')).toEqual(['summer']);
  for (const name of OF_CATALOGUES)
    expect(await left(name)).toEqual([`${name} of summer`, ...(name === 'product_jobs' ? ['that goes on'] : [])]);
  expect(await left('catalogue_simulations')).toEqual([
    'shared',
    'shared@7.0.0',
    'summer catalogue_history@7.0.0',
    'summer catalogue_products',
  ]);
});

it('answers that nothing needs are forgotten beyond one look', async () => {
  const ids = Array.from({ length: 2001 }, (_, at) => `m${String(at).padStart(4, '0')}`);
  await insert('catalogue_simulations', ...ids.map((_id) => ({ _id })));
  await insert('catalogue_products', { _id: 'p', catalogue: 'summer', simulations: ['m0000', 'm1000', 'm1999'] });
  await purgeCatalogue(store, 'spring');
  expect(await left('catalogue_simulations')).toEqual(['m0000', 'm1000', 'm1999']);
});
