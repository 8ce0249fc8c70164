import { randomUUID } from 'node:crypto';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import {
  asKnown,
  catalogueProductId,
  checkProduct,
  type IdentifiedProduct,
  toCatalogueContent,
  toImpactDocument,
} from '@ecobalyse/product-documents';
import type { DetailedSimulation } from '@ecobalyse/schema';
import {
  applyChange,
  type CatalogueProduct,
  createCatalogue,
  deleteCatalogue,
  ensureIndexes,
  findCatalogueProducts,
  findChanges,
  findMethodChanges,
  findSimulation,
  insertImpacts,
  keepSimulations,
  listChanges,
  listHistory,
  markUndone,
  type NewChange,
  openStore,
  purgeCatalogue,
  type Store,
  summarizeMethodChanges,
  takeBack,
} from '@ecobalyse/store';
import {
  databaseOf,
  type OfficialServer,
  startOfficialServer,
  startTestMongodb,
  type TestMongodb,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rescoreProducts } from './rescore.js';

const TOKEN = 'a-token';
const [SPRING, OTHER, BIN] = ['spring', 'other', 'bin'];
let mongodb: TestMongodb;
let store: Store;
let official: OfficialServer;
let upstream: EcobalyseClient;

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `rescore-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  official = await startOfficialServer({ tokens: [TOKEN], version: 'v8.5.0' });
});
afterAll(async () => {
  official.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});
beforeEach(async () => {
  for (const name of [
    ...(['impacts', 'impact_versions', 'method_changes', 'catalogues', 'catalogue_products'] as const),
    ...(['catalogue_history', 'catalogue_changes', 'catalogue_simulations', 'catalogue_method_changes'] as const),
  ])
    await store.collection(name).deleteMany({});
  Object.assign(official, { version: 'v8.5.0', fault: null, faults: [] });
  upstream = createEcobalyseClient({
    ...{ baseUrl: official.apiUrl(), token: TOKEN, requestsPerSecond: 10_000, concurrency: 1 },
    ...{ timeoutMs: 60_000, retries: 0, retryDelayMs: 1 },
  });
  for (const id of [SPRING, OTHER, BIN] as string[])
    await createCatalogue(store, { _id: id, name: id, created_at: new Date(0), created_by: 'shop', owner: 'shop' });
  await deleteCatalogue(store, BIN as string);
  return () => upstream.close();
});

const queryOf = (grams: number, material = 'ei-coton') => ({
  ...{ mass: grams / 1000, product: 'tshirt', countryMaking: 'BD', materials: [{ id: material, share: 1 }] },
});
const identified = (grams: number, material?: string) => checkProduct(queryOf(grams, material)) as IdentifiedProduct;
const changeOf = (catalogue: string, id: string = randomUUID()): NewChange => ({
  ...{ _id: id, catalogue, kind: 'upload', at: new Date(1000), by: 'shop', file: null, job: null },
});
/** Puts a garment of so many grams into a catalogue, as version 7.0.0 scored it. */
async function put(
  catalogue: string,
  reference: string,
  grams: number,
  { change = changeOf(catalogue), version = '7.0.0' as string | null, material = 'ei-coton' } = {},
) {
  const product = identified(grams, material);
  const answer = simulateDetailed(queryOf(grams)) as unknown as DetailedSimulation;
  const { md5_id } = product;
  await keepSimulations(store, [{ md5_id, answer, methodVersion: version }]);
  const known = asKnown(product, { reference, brand: 'Marque' });
  const scored = { ...answer, md5_id, product_id: 'tshirt', _platform: { methodVersion: version } };
  const content = toCatalogueContent(known, scored);
  await applyChange(store, change, [{ id: catalogueProductId(catalogue, reference), reference, line: 1, content }]);
  return change;
}
const productOf = async (catalogue: string, reference: string) =>
  (await findCatalogueProducts(store, catalogue, [catalogueProductId(catalogue, reference)]))[0] as CatalogueProduct;
const costOf = (grams: number) => simulateDetailed(queryOf(grams)).impacts.ecs as number;
const asked = () => official.asked.filter((line) => line.endsWith('/detailed')).length;
const rescore = (runId = 'run', batchSize = 2) =>
  rescoreProducts(
    {
      ...{ payload: { runId, pipeline: 'ecobalyse_rescore', parameters: {} }, signal: new AbortController().signal },
      ...{ progress: async () => undefined, log: async () => undefined },
    },
    { store, upstream, batchSize, cache: { invalidate: async () => undefined } as never },
  );

it('puts the answers of now in the place of former ones, as one change of each catalogue', async () => {
  for (const [at, reference] of ['a', 'b', 'c'].entries()) await put(SPRING, reference, 100 + 10 * at);
  await put(OTHER, 'a', 200);
  expect(await rescore()).toMatchObject({ planned: 4, rescored: 4, inCatalogues: 4, refused: 0, examples: [] });
  for (const [at, reference] of ['a', 'b', 'c'].entries()) {
    const { content, previous } = await productOf(SPRING, reference);
    expect(content).toMatchObject({ reference, brand: 'Marque', method_version: '8.5.0' });
    expect(content?.ecs).toBeCloseTo(1.5 * costOf(100 + 10 * at), 6);
    expect([previous?.method_version, previous?.ecs]).toEqual(['7.0.0', costOf(100 + 10 * at)]);
  }
  const { items } = await listChanges(store, SPRING, 0, 10);
  expect(items.map(({ kind, by }) => [kind, by])).toContainEqual(['rescore', null]);
  expect(items.filter(({ kind }) => kind === 'rescore')).toHaveLength(1);
  expect(await rescore('again')).toMatchObject({ planned: 0, rescored: 0 });
});

it('tells the difference by stage and product of each catalogue apart', async () => {
  await put(SPRING, 'a', 100);
  await put(SPRING, 'b', 300);
  // Nobody wears it: it is to be checked, and no mean has it.
  await put(SPRING, 'c', 90_000);
  await put(OTHER, 'x', 200);
  await rescore();
  const page = { offset: 0, limit: 10 };
  const { total, items } = await findMethodChanges(store, { catalogue: SPRING }, page);
  expect([total, items.map(({ reference }) => reference).sort()]).toEqual([3, ['a', 'b', 'c']]);
  const [first] = items.filter(({ reference }) => reference === 'a');
  expect(first).toMatchObject({ from: '7.0.0', to: '8.5.0', product: catalogueProductId(SPRING, 'a') });
  expect(first?.md5_id).toBe(identified(100).md5_id);
  for (const [part, cost] of Object.entries(first?.before ?? {}))
    expect(first?.after[part as 'ecs'], part).toBeCloseTo(1.5 * Number(cost), 6);
  const [group, ...others] = await summarizeMethodChanges(store, { catalogue: SPRING });
  expect([group?.product_id, group?.count, others]).toEqual(['tshirt', 2, []]);
  expect(group?.before.ecs).toBeCloseTo((costOf(100) + costOf(300)) / 2, 6);
  expect(await summarizeMethodChanges(store)).toEqual([]);
  await purgeCatalogue(store, SPRING);
  expect((await findMethodChanges(store, { catalogue: SPRING }, page)).total).toBe(0);
  expect((await findMethodChanges(store, { catalogue: OTHER }, page)).total).toBe(1);
});

it('leaves those in the bin, those that are gone, and those of this version', async () => {
  await put(BIN, 'a', 100);
  await put(SPRING, 'now', 120, { version: '8.5.0' });
  await put(SPRING, 'gone', 140);
  const gone = catalogueProductId(SPRING, 'gone');
  await applyChange(store, changeOf(SPRING), [{ id: gone, reference: 'gone', line: null, content: null }]);
  const before = asked();
  expect(await rescore()).toMatchObject({ planned: 0, rescored: 0 });
  expect(asked()).toBe(before);
  expect((await productOf(BIN, 'a')).content?.method_version).toBe('7.0.0');
});

it('asks once for a description that several have, and not for what the products without a catalogue were asked for', async () => {
  const answer = simulateDetailed(queryOf(150)) as unknown as DetailedSimulation;
  const of = { source: 'api', scenario: null, methodVersion: '7.0.0', runId: null } as const;
  await insertImpacts(store, [toImpactDocument({ query: identified(150).product as never, answer, ...of })]);
  await put(SPRING, 'a', 150);
  await put(SPRING, 'b', 160);
  await put(OTHER, 'c', 160);
  // Else the first question is asked twice, by the id and by the UUID of its material.
  await upstream.materials();
  const before = asked();
  expect(await rescore()).toMatchObject({ planned: 4, rescored: 4, inCatalogues: 3 });
  expect(asked() - before).toBe(2);
  expect((await productOf(SPRING, 'a')).content?.ecs).toBeCloseTo(1.5 * costOf(150), 6);
});

it('keeps each detailed answer under its version', async () => {
  await put(SPRING, 'a', 100);
  await put(OTHER, 'x', 130, { version: null });
  await rescore();
  const { md5_id } = identified(100);
  const ecs = async (id: string, version: string | null) =>
    ((await findSimulation(store, id, version)) as unknown as DetailedSimulation | null)?.impacts.ecs;
  expect(await ecs(md5_id, '7.0.0')).toBe(costOf(100));
  expect(await ecs(md5_id, '8.5.0')).toBeCloseTo(1.5 * costOf(100), 6);
  expect(await ecs(md5_id, null)).toBe(undefined);
  const { items } = await findMethodChanges(store, { catalogue: OTHER }, { offset: 0, limit: 10 });
  expect(items.map(({ from, to }) => [from, to])).toEqual([['unknown', '8.5.0']]);
  expect(await ecs(identified(130).md5_id, null)).toBe(costOf(130));
  // Former answers go with the last product that needs them.
  await purgeCatalogue(store, SPRING);
  expect(await ecs(md5_id, '7.0.0')).toBe(undefined);
  expect(await ecs(identified(130).md5_id, null)).toBe(costOf(130));
});

it('stays undone by its undoing, and by that of the change before it', async () => {
  const first = await put(SPRING, 'a', 100);
  await put(SPRING, 'b', 200);
  await put(SPRING, 'a', 110);
  const second = (await productOf(SPRING, 'a')).change;
  await rescore();
  await rescore('again');
  official.version = 'v8.0.0';
  await rescore('later');
  const undo = async (change: string) => {
    const undoing = `undo-${change}`;
    await markUndone(store, change, undoing);
    await takeBack(store, change, { _id: undoing, catalogue: SPRING, at: new Date(5000) });
  };
  // Scored anew twice since, which its owner did not do.
  await undo(second);
  expect((await productOf(SPRING, 'a')).content).toMatchObject({ mass: 0.1, method_version: '7.0.0' });
  expect((await productOf(SPRING, 'b')).content?.method_version).toBe('8.0.0');
  // What it was is in its history, version by version.
  const { items } = await listHistory(store, await productOf(SPRING, 'a'), 0, 10);
  expect(items.map(({ before, after }) => [before?.method_version, after?.method_version, after?.mass])).toEqual([
    ['8.0.0', '7.0.0', 0.1],
    ['8.5.0', '8.0.0', 0.11],
    ['7.0.0', '8.5.0', 0.11],
    ['7.0.0', '7.0.0', 0.11],
    [undefined, '7.0.0', 0.1],
  ]);
  const rescored = (await productOf(SPRING, 'b')).change;
  expect((await findChanges(store, [rescored])).get(rescored)?.kind).toBe('rescore');
  await undo(rescored);
  expect((await productOf(SPRING, 'b')).content?.method_version).toBe('8.5.0');
  // One that was changed since stays.
  await undo(first._id);
  expect((await productOf(SPRING, 'a')).content?.mass).toBe(0.1);
});

it('takes a product away again that was scored anew since it was added', async () => {
  const { _id } = await put(SPRING, 'a', 100);
  await rescore();
  await takeBack(store, _id, { _id: 'undo', catalogue: SPRING, at: new Date(5000) });
  expect(await productOf(SPRING, 'a')).toMatchObject({ live: false, content: null });
});

it('keeps what its owner confirmed', async () => {
  await put(SPRING, 'a', 100);
  await store.collection('catalogue_products').updateMany({}, { $set: { 'content.state': 'confirmed' } });
  await rescore();
  expect((await productOf(SPRING, 'a')).content?.state).toBe('confirmed');
});

it('leaves what upstream refuses as it was, and tells nobody of it', async () => {
  for (const reference of ['a', 'c']) await put(SPRING, reference, 100 + reference.charCodeAt(0));
  await put(SPRING, 'b', 300);
  await store.collection('catalogue_products').updateMany({ reference: 'b' }, { $set: { 'content.query.mass': -1 } });
  expect(await rescore('run', 2)).toMatchObject({ planned: 3, rescored: 2, refused: 1, examples: [] });
  expect((await productOf(SPRING, 'b')).content?.method_version).toBe('7.0.0');
});

it('goes on where it was broken off, as the same change', async () => {
  for (const [at, reference] of ['a', 'b', 'c', 'd'].entries()) await put(SPRING, reference, 100 + 10 * at);
  await upstream.materials();
  official.faults = [null, null, { status: 503 }];
  await expect(rescore()).rejects.toMatchObject({ kind: 'unreachable' });
  expect((await productOf(SPRING, 'b')).content?.method_version).toBe('8.5.0');
  const before = asked();
  expect(await rescore()).toMatchObject({ planned: 1, rescored: 1 });
  expect(asked() - before).toBe(1);
  const { items } = await listChanges(store, SPRING, 0, 10);
  expect(items.filter(({ kind }) => kind === 'rescore')).toHaveLength(1);
});

/** Does something while upstream is asked for the first time. */
function meanwhile(act: () => Promise<unknown>): void {
  const { simulateTogether } = upstream;
  let acting: Promise<unknown> | undefined;
  upstream = {
    ...upstream,
    async simulateTogether(queries, signal) {
      acting ??= act();
      await acting;
      return simulateTogether(queries, signal);
    },
  };
}

it('reads a product again that its owner changes meanwhile', async () => {
  await put(SPRING, 'a', 100);
  meanwhile(() => put(SPRING, 'a', 180));
  expect(await rescore()).toMatchObject({ planned: 1, rescored: 1, refused: 0 });
  expect((await productOf(SPRING, 'a')).content).toMatchObject({ mass: 0.18, method_version: '8.5.0' });
  const { items } = await findMethodChanges(store, { catalogue: SPRING }, { offset: 0, limit: 10 });
  expect(items.map(({ md5_id }) => md5_id)).toEqual([identified(180).md5_id]);
});

it.each<[string, () => Promise<unknown>, object]>([
  [
    'takes out',
    () => {
      const gone = { id: catalogueProductId(SPRING, 'a'), reference: 'a', line: null, content: null };
      return applyChange(store, changeOf(SPRING), [gone]);
    },
    { live: false, content: null },
  ],
  [
    'has scored by this version',
    () => put(SPRING, 'a', 180, { version: '8.5.0' }),
    { content: { mass: 0.18, method_version: '8.5.0', ecs: costOf(180) } },
  ],
])('leaves a product that its owner %s meanwhile, and tells no difference of it', async (_, act, left) => {
  await put(SPRING, 'a', 100);
  meanwhile(act);
  expect(await rescore()).toMatchObject({ planned: 1, rescored: 0, refused: 0 });
  expect(await productOf(SPRING, 'a')).toMatchObject(left);
  expect((await findMethodChanges(store, { catalogue: SPRING }, { offset: 0, limit: 10 })).total).toBe(0);
});
