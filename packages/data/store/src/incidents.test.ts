import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from './connection.js';
import { beginIncident, claimIncident, endIncident, listIncidents, noteTold } from './incidents.js';
import type { Incident } from './stored-documents.js';

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
beforeEach(() => store.collection('incidents').deleteMany({}));

const words = { en: 'it is away', fr: 'il est parti' };
const START = Date.UTC(2026, 0, 1);
const after = (seconds: number) => new Date(START + seconds * 1000);

it('telling is tried again after 30 s, then each time after twice as long, an hour at most, twelve times', async () => {
  await beginIncident(store, 'a', words, after(0));
  let now = 0;
  const waits: number[] = [];
  for (let claimed = await claimIncident(store, after(0)); claimed; claimed = await claimIncident(store, after(now))) {
    await noteTold(store, claimed, after(now), 'nobody answers');
    const { next_try_at } = (await store.collection('incidents').findOne({ _id: 'a' })) as Incident;
    const wait = (next_try_at.getTime() - START) / 1000 - now;
    waits.push(wait);
    expect(await claimIncident(store, after(now + wait - 0.001))).toBeNull();
    now += wait;
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, 3600]);
});

it('one that is told of now, was told of or has ended is told of by nobody else', async () => {
  await beginIncident(store, 'a', words, after(0));
  await beginIncident(store, 'b', words, after(1));
  const first = (await claimIncident(store, after(1))) as Incident;
  expect([first._id, (await claimIncident(store, after(1)))?._id, await claimIncident(store, after(1))]).toEqual([
    'a',
    'b',
    null,
  ]);
  // Its teller does not answer.
  expect(await claimIncident(store, after(3600))).toBeNull();
  expect((await claimIncident(store, after(3601)))?._id).toBe('a');
  await noteTold(store, first, after(3602), null);
  await endIncident(store, 'b', after(3602));
  expect(await claimIncident(store, after(1e6))).toBeNull();
  // Those that go on come first, and of those that ended the ones since a moment.
  const listed = async (since: number) => (await listIncidents(store, after(since))).map(({ _id }) => _id);
  expect([await listed(3602), await listed(3602.001)]).toEqual([['a', 'b'], ['a']]);
  // It begins anew, and is told of anew.
  await endIncident(store, 'a', after(4000));
  await beginIncident(store, 'a', words, after(5000));
  expect(await claimIncident(store, after(5000))).toMatchObject({
    _id: 'a',
    since: after(5000),
    tries: 0,
    told_at: null,
  });
});
