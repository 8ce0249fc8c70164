import { randomUUID } from 'node:crypto';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { catalogueProductId } from '@ecobalyse/product-documents';
import {
  addProductJobChunks,
  applyChange,
  beginChange,
  type CatalogueProduct,
  countTouched,
  createCatalogue,
  createProductJob,
  ensureIndexes,
  findCatalogueProducts,
  findConflicts,
  findProductJob,
  listHistory,
  markUndone,
  type NewChange,
  openStore,
  purgeCatalogue,
  queueProductJob,
  type Store,
  streamProductJobResult,
  takeBack,
} from '@ecobalyse/store';
import {
  databaseOf,
  type SharedSimulator,
  sharedTestSimulator,
  startTestMongodb,
  type TestMongodb,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareChunk } from './product-chunk.js';
import { runProductJob } from './product-job.js';
import { dyingStore } from './testing/dying-store.js';

let mongodb: TestMongodb;
let simulator: SharedSimulator;
let upstream: EcobalyseClient;
let store: Store;
let catalogue: string;

beforeAll(async () => {
  [mongodb, simulator] = await Promise.all([startTestMongodb(), sharedTestSimulator()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  upstream = createEcobalyseClient({ baseUrl: simulator.apiUrl, concurrency: 4, timeoutMs: 60_000, retries: 0 });
});
afterAll(async () => {
  upstream.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});
async function newCatalogue(): Promise<void> {
  catalogue = randomUUID();
  await createCatalogue(store, { _id: catalogue, name: catalogue, created_at: new Date(), created_by: null });
}
beforeEach(newCatalogue);

const never = new AbortController().signal;
const resources = (of = store) => ({
  store: of,
  upstream,
  concurrency: 4,
  cache: { invalidate: async () => undefined },
  logger: { info: () => undefined, warn: () => undefined },
});
const garment = (reference: string | undefined, mass: number, more: object = {}) => ({
  ...{ mass, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', reference },
  ...more,
});
const chunk = (first: number, ...products: object[]) =>
  JSON.stringify(products.map((product, at) => ({ line: first + at, index: first + at - 1, product })));

/** A job for the catalogue, whose file has these parts. */
async function upload(...chunks: string[]): Promise<string> {
  const job = randomUUID();
  const by = { createdBy: 'bot', requestId: null, traceparent: null };
  await createProductJob(store, { _id: job, format: 'csv', name: 'spring.csv', catalogue, ...by });
  await addProductJobChunks(store, job, 0, chunks);
  await queueProductJob(store, job, { format: 'csv', bytes: 1, planned: chunks.length, chunks: chunks.length });
  return job;
}
async function run(...chunks: string[]): Promise<string> {
  const job = await upload(...chunks);
  expect(await runProductJob({ id: job }, resources(), never)).toBeUndefined();
  return job;
}
async function linesOf(job: string) {
  let text = '';
  for await (const part of streamProductJobResult(store, job)) text += part;
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const statusesOf = async (job: string) => (await linesOf(job)).map(({ status }) => status);
/** References and masses of what is in the catalogue. */
const held = async () =>
  (await store.collection('catalogue_products').find({ catalogue, live: true }).sort({ reference: 1 }).toArray()).map(
    ({ reference, content }) => [reference, content?.mass],
  );
const one = async (reference: string): Promise<CatalogueProduct> => {
  const [found] = await findCatalogueProducts(store, catalogue, [catalogueProductId(catalogue, reference)]);
  return found as CatalogueProduct;
};
/** What the API does when a change is undone. */
async function undo(change: string) {
  const made = { catalogue, kind: 'undo' as const, at: new Date(), by: null, file: null, job: null };
  const _id = (await markUndone(store, change, randomUUID())) as string;
  await beginChange(store, { _id, ...made });
  await takeBack(store, change, { _id, ...made });
  return { undone: await countTouched(store, _id), conflicts: await findConflicts(store, change, _id) };
}

it('says what is doubtful of a product, and of what its row was passed over, in every language', async () => {
  const doubtful = garment('A', 170, { colour: 'red' });
  const job = await run(chunk(1, doubtful, garment('B', 0.17), { ...doubtful, mass: 'heavy' }));
  const [first, second, third] = await linesOf(job);
  expect(first.warnings.map(({ id }: { id: string }) => id)).toEqual([
    'mass_out_of_range',
    'cost_above_label',
    'field_unknown',
  ]);
  expect(first.warnings[0]).toEqual({
    id: 'mass_out_of_range',
    severity: 'doubtful',
    field: 'mass',
    message: { en: expect.stringContaining('grams'), fr: expect.stringContaining('grammes') },
  });
  expect([second, third].map((line) => 'warnings' in line)).toEqual([false, false]);
  expect(third.status).toBe('refused');
  const { content } = await one('A');
  expect([content?.state, content?.warnings.length]).toEqual(['to-check', 2]);
});

it('adds, changes and leaves products by their reference, and remembers each', async () => {
  const first = await run(chunk(1, garment('A', 0.1), garment('B', 0.2), garment(undefined, 0.3)));
  expect(await statusesOf(first)).toEqual(['added', 'added', 'added']);
  const second = await run(
    chunk(1, garment('A', 0.1), garment('B', 0.25)),
    chunk(3, garment('C', 0.1, { name: 'New' })),
  );
  expect(await statusesOf(second)).toEqual(['existing', 'changed', 'added']);
  expect(await findProductJob(store, second)).toMatchObject({ done: 3, added: 1, changed: 1, existing: 1 });
  const { md5_id } = (await linesOf(first))[2];
  expect(await held()).toEqual(
    [
      [md5_id, 0.3],
      ['A', 0.1],
      ['B', 0.25],
      ['C', 0.1],
    ].sort(),
  );
  expect(await store.collection('impacts').countDocuments()).toBe(0);
  const { items } = await listHistory(store, await one('B'), 0, 10);
  expect(items).toMatchObject([
    { change: second, line: 2, version: 2, before: { mass: 0.2 }, after: { mass: 0.25 } },
    { change: first, line: 2, version: 1, before: null, after: { mass: 0.2 } },
  ]);
  expect(await store.collection('catalogue_changes').findOne({ _id: second })).toMatchObject({
    ...{ catalogue, kind: 'upload', by: 'bot', file: 'spring.csv', job: second, undone_by: null },
  });
  // A file that says nothing new changes nothing, and is not remembered.
  const third = await run(chunk(1, garment('A', 0.1)));
  expect(await store.collection('catalogue_changes').findOne({ _id: third })).toBeNull();
});

it('refuses what is wrong by the field, and the second of two lines that say different things of one reference', async () => {
  const job = await run(
    chunk(1, garment('A', 0.1), garment('A', 0.1), garment('A', 0.2), garment('B', 0.1, { gtins: ['123'] })),
    chunk(
      5,
      garment('A', 0.3),
      garment('A', 0.1),
      garment('C', 0.1, { product: 'hat' }),
      garment('D', 0.1, { link: 'x' }),
    ),
  );
  const lines = await linesOf(job);
  expect(lines.map(({ status }) => status)).toEqual([
    ...['added', 'existing', 'refused', 'refused', 'refused', 'existing', 'refused', 'refused'],
  ]);
  expect(lines[2].detail).toEqual({
    en: expect.stringMatching(/^reference: an earlier line/),
    fr: expect.stringMatching(/^reference : une ligne précédente/),
  });
  expect(lines[3].detail).toEqual({
    en: expect.stringMatching(/^gtins\.0: expected a barcode number/),
    fr: expect.stringMatching(/^gtins\.0: attendu : un code-barres/),
  });
  expect([lines[6].detail, lines[7].detail.en]).toEqual([
    expect.stringMatching(/^product: /),
    expect.stringMatching(/^link: /),
  ]);
  expect(await held()).toEqual([['A', 0.1]]);
});

describe('a worker that dies', () => {
  it('after any of its writes loses and doubles nothing, and all of it is undone', async () => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const label = `write ${at}`;
      await run(chunk(1, garment('A', 0.11), garment('K', 0.12)));
      await store.collection('catalogue_simulations').deleteMany({});
      const job = await upload(
        chunk(1, garment('A', 0.2), garment('B', 0.2)),
        chunk(3, garment('C', 0.3), garment('K', 0.12), garment('A', 0.2)),
      );
      const { store: dying, hasDied } = dyingStore(store, at);
      await runProductJob({ id: job }, resources(dying), never).catch(() => undefined);
      expect(await runProductJob({ id: job }, resources(), never), label).toBeUndefined();
      expect(await statusesOf(job), label).toEqual(['changed', 'added', 'added', 'existing', 'existing']);
      expect(await findProductJob(store, job), label).toMatchObject({
        status: 'done',
        done: 5,
        added: 2,
        changed: 1,
        existing: 2,
      });
      expect(await held(), label).toEqual([
        ['A', 0.2],
        ['B', 0.2],
        ['C', 0.3],
        ['K', 0.12],
      ]);
      expect(
        (await listHistory(store, await one('A'), 0, 10)).items.map(({ version }) => version),
        label,
      ).toEqual([2, 1]);
      expect(await undo(job), label).toMatchObject({ undone: 3, conflicts: [] });
      expect(await held(), label).toEqual([
        ['A', 0.11],
        ['K', 0.12],
      ]);
      await newCatalogue();
      if (!hasDied()) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(10);
  });

  it('while a change is undone leaves it to be gone on with', async () => {
    for (let at = 1; ; at += 1) {
      const job = await run(chunk(1, garment('A', 0.1), garment('B', 0.2)));
      const { store: dying, hasDied } = dyingStore(store, at);
      const kept = store;
      store = dying;
      await undo(job).catch(() => undefined);
      store = kept;
      expect(await undo(job)).toEqual({ undone: 2, conflicts: [] });
      expect(await held()).toEqual([]);
      if (!hasDied()) break;
    }
  });
});

const addChunk = async (...of: Parameters<typeof prepareChunk>) => (await prepareChunk(...of))();
const changeOf = (job: string): NewChange => ({
  ...{ _id: job, catalogue, kind: 'upload', at: new Date(0), by: null, file: null, job },
});

it('what was made from a version that another change has passed is not put in its place', async () => {
  await addChunk(chunk(1, garment('A', 0.1), garment('B', 0.2)), 'job#0', resources(), never, changeOf('job'));
  const read = await Promise.all([one('A'), one('B')]);
  const kept = async (id: string, version: (typeof read)[number], name: string, more = {}) =>
    applyChange(store, { ...changeOf(id), kind: 'change', job: null }, [
      {
        ...{ id: version._id, reference: version.reference, line: null },
        content: { ...version.content, name } as never,
        ...more,
      },
    ]);
  await kept('edit', read[0], 'Edited');
  const [stale, fresh] = read.map((version) => ({ madeFrom: version.version }));
  expect(await kept('confirm', read[0], 'Stale', stale)).toEqual(['outdated']);
  expect(await kept('confirm-b', read[1], 'Fresh', fresh)).toEqual(['changed']);
  expect([(await one('A')).content, (await one('B')).content]).toMatchObject([{ name: 'Edited' }, { name: 'Fresh' }]);
});

describe('a part that is done again', () => {
  const products = () => chunk(1, garment('A', 0.1), garment('B', 0.2));
  const add = (job: string, of = store) => addChunk(products(), `${job}#0`, resources(of), never, changeOf(job));

  it('does not touch what was changed in between, and tells the same', async () => {
    const first = await add('one-job');
    const later: NewChange = { ...changeOf('edit'), kind: 'change', job: null };
    const { _id, reference, content } = await one('A');
    await applyChange(store, later, [
      { id: _id, reference, line: null, content: { ...content, name: 'Edited' } as never },
    ]);
    expect(await add('one-job')).toEqual(first);
    expect((await one('A')).content).toMatchObject({ name: 'Edited', mass: 0.1 });
    expect(await undo('one-job')).toEqual({ undone: 1, conflicts: [{ product: _id, reference: 'A' }] });
    expect(await held()).toEqual([['A', 0.1]]);
  });

  it('by a worker that did not hear that it was undone is undone too', async () => {
    const job = randomUUID();
    await add(job);
    await undo(job);
    await addChunk(chunk(3, garment('C', 0.3)), `${job}#1`, resources(), never, changeOf(job));
    expect(await held()).toEqual([]);
    expect((await one('C')).live).toBe(false);
  });

  it('by two at once is done once', async () => {
    const job = randomUUID();
    const [first, second] = await Promise.all([add(job), add(job)]);
    expect(first).toEqual(second);
    expect(first?.counts).toMatchObject({ added: 2, existing: 0 });
    for (const reference of ['A', 'B']) expect((await one(reference)).version).toBe(1);
  });
});

it('loses no change of several that meet on one product', async () => {
  const changes = Array.from({ length: 5 }, (_, at) => randomUUID() + at);
  await Promise.all(
    changes.map((job, at) =>
      addChunk(chunk(1, garment('A', 0.1 + at / 100)), `${job}#0`, resources(), never, changeOf(job)),
    ),
  );
  const { total, items } = await listHistory(store, await one('A'), 0, 10);
  expect(total).toBe(5);
  expect(items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
  expect(new Set(items.map(({ change }) => change))).toEqual(new Set(changes));
  for (const [at, { before }] of items.entries()) expect(before?.mass).toBe(items[at + 1]?.after?.mass);
});

it('fails a job whose catalogue is gone for good', async () => {
  const job = await upload(chunk(1, garment('A', 0.1)));
  await purgeCatalogue(store, catalogue);
  expect(await runProductJob({ id: job }, resources(), never)).toBeUndefined();
  expect(await findProductJob(store, job)).toMatchObject({
    status: 'failed',
    error: 'its catalogue is not there any more',
  });
  expect(await held()).toEqual([]);
});
