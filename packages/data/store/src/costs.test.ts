import { IMPACT_CODES } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFlatSources, openStore, referenceCosts, type Store } from './index.js';

let server: TestMongodb;
let store: Store;
beforeAll(async () => {
  server = await startTestMongodb();
  store = openStore({ uri: server.uri, dbName: 'test-costs', appName: 'test' });
  const document = (md5_id: string, product_id: string, scenario: string | null, ecs: unknown) => ({
    ...{
      md5_id,
      product_id,
      impacts: { ecs },
      _platform: { scenario },
      lifeCycle: [{ waste: 'x', impacts: { ecs: 1 } }],
    },
  });
  await databaseOf(store)
    .collection('impacts')
    .insertMany([
      document('a', 'jean', 'regular', 30),
      document('b', 'jean', 'low-cost', 4),
      document('c', 'jean', 'regular', 200),
      document('d', 'jean', null, 1),
      document('e', 'pull', 'regular', 2),
      document('f', 'jean', 'regular', null),
    ]);
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await server.close();
});

it('the reference grid of a type is what the extraction drew of it, from the lowest cost on', async () => {
  expect([...(await referenceCosts(store, 'jean'))]).toEqual([4, 30, 200]);
  expect([...(await referenceCosts(store, 'hat'))]).toEqual([]);
});

it('the grid is by one version of the method: that of the most products unless one is named', async () => {
  const impacts = databaseOf(store).collection('impacts');
  const of = (md5_id: string, ecs: number, methodVersion: string) => ({
    ...{ md5_id, product_id: 'hat', impacts: { ecs }, _platform: { scenario: 'regular', methodVersion } },
  });
  await impacts.insertMany([of('m', 5, '7.0.0'), of('n', 9, '8.5.0'), of('o', 7, '8.5.0')]);
  expect([...(await referenceCosts(store, 'hat'))]).toEqual([7, 9]);
  expect([...(await referenceCosts(store, 'hat', null))]).toEqual([7, 9]);
  expect([...(await referenceCosts(store, 'hat', '7.0.0'))]).toEqual([5]);
  // Those that do not tell theirs count along.
  expect([...(await referenceCosts(store, 'jean', '7.0.0'))]).toEqual([4, 30, 200]);
  await impacts.deleteMany({ product_id: 'hat' });
});

it('what flat rows are made from is found by identity, in catalogues too, without the rest', async () => {
  const kept = {
    _id: 'k',
    document: '{"inputs":{"product":{"id":"pull"}},"impacts":{"ecs":9,"pef":4}}',
    method_version: '8.5.0',
  };
  await store.collection('catalogue_simulations').insertOne({ ...kept, created_at: new Date() });
  const zeros = Object.fromEntries(IMPACT_CODES.map((code) => [code, 0]));
  const whole = { md5_id: 'k', product_id: 'pull', impacts: { ...zeros, ecs: 9, pef: 4 } };
  const _platform = { methodVersion: '8.5.0' };
  expect((await findFlatSources(store, ['k'])).get('k')).toEqual({
    ...{ inputs: { product: { id: 'pull' } }, ...whole, _platform },
  });
  const found = await findFlatSources(store, ['a', 'e', 'z']);
  expect([...found.keys()].sort()).toEqual(['a', 'e']);
  expect(found.get('a')).toMatchObject({
    product_id: 'jean',
    impacts: { ecs: 30 },
    lifeCycle: [{ impacts: { ecs: 1 } }],
  });
  expect(JSON.stringify(found.get('a'))).not.toContain('waste');
});
