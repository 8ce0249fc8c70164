import { randomUUID } from 'node:crypto';
import { toImpactDocument } from '@ecobalyse/product-documents';
import { type DetailedSimulation, IMPACT_CODES, type Impacts, type Json } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { MongoServerError } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INCOMPLETE } from './adopted-documents.js';
import {
  closeRun,
  countImpacts,
  countRunEffect,
  countStored,
  createRun,
  deleteImpact,
  ensureIndexes,
  findDocuments,
  findLastRun,
  findProductType,
  findRun,
  hasImpact,
  insertImpacts,
  isStoreFull,
  isStoreUnavailable,
  listProductIds,
  listRuns,
  openRunHistory,
  openStore,
  type PipelineRun,
  pausedPipelines,
  rankProducts,
  recordSkippedRun,
  reopenRun,
  replaceReference,
  type Store,
  setPaused,
  upsertImpacts,
} from './index.js';

let server: TestMongodb;
let store: Store;

beforeAll(async () => {
  server = await startTestMongodb();
});
afterAll(() => server.close());
beforeEach(async () => {
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await ensureIndexes(store);
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
});

const impacts = (ecs: number): Impacts =>
  Object.fromEntries(
    IMPACT_CODES.map((code) => [code, code === 'ecs' ? ecs : code === 'pef' ? ecs / 2 : 0]),
  ) as Impacts;

/** An upstream answer that has what the store looks at, and a field that nobody knows. */
function answer({ product, mass, country, ecs }: { product: string; mass: number; country: string; ecs: number }) {
  const place = { code: country, name: country };
  return {
    impacts: impacts(ecs),
    inputs: { product: { id: product }, mass, countryFabric: place, countryMaking: place },
    novelty: { kept: true },
  } as unknown as DetailedSimulation;
}

function document(
  mass: number,
  changed: { product?: string; country?: string; ecs?: number; runId?: string | null } = {},
) {
  const { product = 'jean', country = 'FR', ecs = mass * 100, runId = 'run-1' } = changed;
  const query: Record<string, Json> = { mass, product, countryFabric: country };
  return toImpactDocument({
    query,
    answer: answer({ product, mass, country, ecs }),
    source: 'extraction',
    scenario: 'regular',
    methodVersion: '7.0.0',
    runId,
  });
}

describe('impact documents', () => {
  it('hold the answer as received, its identity, the mean of the 21 impacts and what they cover', () => {
    const made = document(1);
    expect(made).toMatchObject({
      product_id: 'jean',
      novelty: { kept: true },
      md5_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(made._platform.averageImpacts).toBeCloseTo(150 / 21, 12);
    expect(made._platform.coveredImpacts).toEqual(['ecs', 'pef']);
  });

  it('are inserted once, found, and deleted once', async () => {
    const made = document(1);
    expect(await insertImpacts(store, [made])).toBe(true);
    expect(await insertImpacts(store, [document(1)])).toBe(false);
    expect(await hasImpact(store, made.md5_id)).toBe(true);
    expect(await findProductType(store, made.md5_id)).toBe(made.product_id);
    expect(await deleteImpact(store, made.md5_id)).toBe(true);
    expect(await deleteImpact(store, made.md5_id)).toBe(false);
    expect(await findProductType(store, made.md5_id)).toBeNull();
    expect(await hasImpact(store, made.md5_id)).toBe(false);
  });

  it('are inserted once by racing clients', async () => {
    const inserted = await Promise.all(Array.from({ length: 20 }, () => insertImpacts(store, [document(1)])));
    expect(inserted.filter(Boolean)).toHaveLength(1);
    expect(await countImpacts(store)).toBe(1);
  });
});

describe('upsertImpacts', () => {
  const state = () =>
    store
      .collection('impacts')
      .find({}, { projection: { _id: 0 } })
      .sort({ md5_id: 1 })
      .toArray();

  it('inserts what is new and leaves alone what did not change', async () => {
    await upsertImpacts(store, [document(1), document(2)]);
    const before = await state();
    await upsertImpacts(store, [document(1, { runId: 'run-2' }), document(2, { runId: 'run-2' })]);
    expect(await state()).toEqual(before);
    expect(await countRunEffect(store, 'run-1')).toEqual({ inserted: 2, updated: 0 });
    expect(await countRunEffect(store, 'run-2')).toEqual({ inserted: 0, updated: 0 });
  });

  it('replaces what changed, and remembers when it came and from where', async () => {
    await upsertImpacts(store, [document(1)]);
    const [before] = await state();
    await upsertImpacts(store, [document(1, { ecs: 999, runId: 'run-2' }), document(3, { runId: 'run-2' })]);
    const after = (await state()).find(({ md5_id }) => md5_id === before?.md5_id);
    expect(after?.impacts.ecs).toBe(999);
    expect(after?._platform).toMatchObject({
      insertedByRun: 'run-1',
      updatedByRun: 'run-2',
      createdAt: before?._platform.createdAt,
    });
    expect(await countRunEffect(store, 'run-2')).toEqual({ inserted: 1, updated: 1 });
  });

  it('ends in the same documents when two workers write overlapping batches at once', async () => {
    const masses = Array.from({ length: 60 }, (_, index) => index + 1);
    const batch = (from: number, to: number) =>
      upsertImpacts(
        store,
        masses.slice(from, to).map((mass) => document(mass)),
      );
    await Promise.all([batch(0, 40), batch(20, 60), batch(0, 60)]);
    expect(await countImpacts(store)).toBe(60);
    expect(
      await countStored(
        store,
        masses.map((mass) => document(mass).md5_id),
      ),
    ).toBe(60);
  });

  it('writes a product once that a batch holds twice', async () => {
    await upsertImpacts(store, [document(1), document(1)]);
    expect(await countImpacts(store)).toBe(1);
  });
});

describe('reading', () => {
  beforeEach(() =>
    upsertImpacts(store, [
      document(3),
      document(1),
      document(2, { country: 'CN' }),
      document(1, { product: 'tshirt' }),
    ]),
  );

  it('lists product types in order', async () => {
    expect(await listProductIds(store)).toEqual(['jean', 'tshirt']);
  });

  it('gives documents without what the platform adds, by product and country', async () => {
    const page = { order: { by: 'md5_id', descending: false }, offset: 0, limit: 10 };
    const jeans = await findDocuments(store, { products: ['jean'] }, page);
    expect(jeans).toHaveLength(3);
    expect(jeans.every((jean) => !('_id' in jean) && !('_platform' in jean))).toBe(true);
    expect(await findDocuments(store, { products: ['jean'], countryFabric: 'CN' }, page)).toHaveLength(1);
    expect(await findDocuments(store, { products: ['jean'] }, { ...page, limit: 2 })).toEqual(jeans.slice(0, 2));
  });

  it('ranks by the average impact, both ways', async () => {
    const masses = async (order: 'best' | 'worst', limit: number) =>
      (await rankProducts(store, { products: ['jean'] }, order, { offset: 0, limit })).map(({ inputs }) => inputs.mass);
    expect(await masses('best', 10)).toEqual([1, 2, 3]);
    expect(await masses('worst', 2)).toEqual([3, 2]);
    const [best] = await rankProducts(store, { products: ['jean'] }, 'best', { offset: 0, limit: 1 });
    expect(best?.average_impacts).toBeCloseTo(150 / 21, 12);
  });

  it('serves each read by an index', async () => {
    const plans = await Promise.all([
      store.collection('impacts').find({ product_id: 'jean' }).sort({ md5_id: 1 }).explain(),
      store
        .collection('impacts')
        .find({ product_id: 'jean', 'inputs.countryFabric.code': 'FR' })
        .sort({ md5_id: 1 })
        .explain(),
      store
        .collection('impacts')
        .find({ product_id: 'jean' })
        .sort({ '_platform.coveredCount': -1, '_platform.averageImpacts': -1, md5_id: -1 })
        .explain(),
      store
        .collection('impacts')
        .find({ product_id: 'jean' })
        .sort({ '_platform.coveredCount': -1, '_platform.averageImpacts': 1, md5_id: 1 })
        .explain(),
      store.collection('impacts').find(INCOMPLETE).explain(),
    ]);
    for (const plan of plans) {
      expect(JSON.stringify(plan)).toContain('IXSCAN');
      expect(JSON.stringify(plan)).not.toContain('SORT"');
    }
  });
});

describe('reference data', () => {
  it('becomes exactly the listed documents', async () => {
    await replaceReference(store, 'countries', [
      { code: 'FR', name: 'France' },
      { code: 'XX', name: 'Gone tomorrow' },
    ]);
    await replaceReference(store, 'countries', [
      { code: 'FR', name: 'République française' },
      { code: 'BD', name: 'Bangladesh' },
    ]);
    const stored = await store
      .collection('countries')
      .find({}, { projection: { _id: 0 } })
      .sort({ code: 1 })
      .toArray();
    expect(stored).toEqual([
      { code: 'BD', name: 'Bangladesh' },
      { code: 'FR', name: 'République française' },
    ]);
  });

  it('is never emptied by an empty list', async () => {
    await replaceReference(store, 'countries', [{ code: 'FR', name: 'France' }]);
    await expect(replaceReference(store, 'countries', [])).rejects.toThrow(/countries/);
    expect(await store.collection('countries').countDocuments()).toBe(1);
  });
});

describe('history of runs', () => {
  const run = { _id: 'r1', pipeline: 'p', trigger: 'test', parameters: {} };

  it('keeps what happened to each task, and how the run ended', async () => {
    await createRun(store, run);
    await openRunHistory(store).started('r1', 'load', 1);
    await openRunHistory(store).failed('r1', 'load', 'away', false);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'running',
      tasks: { load: { state: 'running', error: 'away' } },
    });
    await openRunHistory(store).started('r1', 'load', 2);
    await openRunHistory(store).succeeded('r1', 'load', { planned: 1 }, true);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'succeeded',
      finishedAt: expect.any(Date),
      tasks: { load: { state: 'succeeded', attempts: 2, error: null, result: { planned: 1 } } },
    });
  });

  it('keeps the progress and the last lines of the log of a task', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started('r1', 'load', 1);
    await history.progressed('r1', 'load', { done: 3, planned: 10 });
    await history.logged('r1', 'load', ['one', 'two']);
    const task = (await findRun(store, 'r1'))?.tasks.load;
    expect(task).toMatchObject({ progress: { done: 3, planned: 10 }, log: ['one', 'two'] });
    // What a task of a cancelled run still tells after a retry, before it has begun again, makes no half record.
    await history.progressed('r1', 'train', { done: 1, planned: 2 });
    await history.logged('r1', 'train', ['late']);
    expect((await findRun(store, 'r1'))?.tasks.train).toBeUndefined();
  });

  it('lets one run of a pipeline go on at a time, whoever starts it', async () => {
    const created = await Promise.all(
      Array.from({ length: 10 }, (_, index) => createRun(store, { ...run, _id: `r${index}` })),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await store.collection('pipeline_runs').countDocuments()).toBe(1);
    const [going] = await listRuns(store, { states: ['running'] }, 10);
    expect(await createRun(store, { ...run, _id: 'later' })).toBe(false);
    expect(await createRun(store, { ...run, _id: 'other', pipeline: 'q' })).toBe(true);
    await closeRun(store, going?._id as string, 'succeeded', null);
    expect(await createRun(store, { ...run, _id: 'later' })).toBe(true);
  });

  it('leaves a claim alone for half a minute whose run is not written down yet', async () => {
    const claimed = (secondsAgo: number) =>
      store
        .collection('pipeline_states')
        .updateOne(
          { _id: 'p' },
          { $set: { currentRun: 'unwritten', claimedAt: new Date(Date.now() - secondsAgo * 1000) } },
          { upsert: true },
        );
    await claimed(20);
    expect(await createRun(store, run)).toBe(false);
    await claimed(40);
    expect(await createRun(store, run)).toBe(true);
  });

  it('makes a failed run go on, once, and forgets the tasks that are done again', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    for (const task of ['first', 'load']) await history.started('r1', task, 1);
    await history.failed('r1', 'load', 'no', true);
    const failed = (await findRun(store, 'r1')) as PipelineRun;
    const reopened = await Promise.all([reopenRun(store, failed, ['load']), reopenRun(store, failed, ['load'])]);
    expect(reopened.filter((retries) => retries === 1)).toHaveLength(1);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'running',
      retries: 1,
      finishedAt: null,
      tasks: { first: { attempts: 1 } },
    });
    expect((await findRun(store, 'r1'))?.tasks).not.toHaveProperty('load');
  });

  it('records what was due but did not start, and what is paused', async () => {
    await recordSkippedRun(store, run, 'still running');
    expect(await findRun(store, 'r1')).toMatchObject({ state: 'skipped', reason: 'still running' });
    await setPaused(store, 'p', true);
    expect(await pausedPipelines(store)).toEqual(new Set(['p']));
    await setPaused(store, 'p', false);
    expect(await pausedPipelines(store)).toEqual(new Set());
  });

  it('does not bring a cancelled run back to life', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started('r1', 'load', 1);
    expect(await history.isOver('r1')).toBe(false);
    await store.collection('pipeline_runs').updateOne({ _id: 'r1' }, { $set: { state: 'cancelled' } });
    await history.succeeded('r1', 'load', {}, true);
    await history.failed('r1', 'load', 'late', true);
    expect((await findRun(store, 'r1'))?.state).toBe('cancelled');
    expect(await history.isOver('r1')).toBe(true);
  });

  it('keeps the start of an attempt that goes on', async () => {
    await createRun(store, run);
    await openRunHistory(store).started('r1', 'load', 1);
    const before = await findRun(store, 'r1');
    await openRunHistory(store).started('r1', 'load', 1);
    expect(await findRun(store, 'r1')).toEqual(before);
    await openRunHistory(store).started('r1', 'load', 2);
    expect((await findRun(store, 'r1'))?.tasks.load?.attempts).toBe(2);
  });

  it('is not overwritten by recording the same run again', async () => {
    await createRun(store, run);
    await openRunHistory(store).started('r1', 'load', 1);
    await createRun(store, run);
    expect((await findRun(store, 'r1'))?.tasks).toHaveProperty('load');
  });

  it('knows the newest run of a pipeline', async () => {
    await createRun(store, run);
    await store.collection('pipeline_runs').updateOne({ _id: 'r1' }, { $set: { createdAt: new Date(0) } });
    await closeRun(store, 'r1', 'failed', 'for the test');
    await createRun(store, { ...run, _id: 'r2' });
    await createRun(store, { ...run, _id: 'r3', pipeline: 'other' });
    expect((await findLastRun(store, 'p'))?._id).toBe('r2');
    expect(await findLastRun(store, 'none')).toBeNull();
  });
});

describe('indexes', () => {
  it('can be ensured again and again, from several places at once', async () => {
    const indexCount = await ensureIndexes(store);
    const counts = await Promise.all([ensureIndexes(store), ensureIndexes(store), ensureIndexes(store)]);
    expect(new Set(counts)).toEqual(new Set([indexCount]));
  });
});

it('tells a database that is away from one that refuses', async () => {
  const away = openStore({
    uri: 'mongodb://127.0.0.1:1/',
    dbName: 'x',
    appName: 'test',
    serverSelectionTimeoutMs: 100,
  });
  expect(isStoreUnavailable(await away.ping().catch((error: unknown) => error))).toBe(true);
  await away.close();
  // As the driver passes them on when the server dies while it writes.
  for (const fault of [
    { code: 'EPIPE', syscall: 'write', message: 'write EPIPE' },
    { code: 'EPIPE', message: 'This socket has been ended by the other party' },
    { code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' },
  ])
    expect(isStoreUnavailable(Object.assign(new Error(), fault))).toBe(true);
  expect(isStoreUnavailable(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))).toBe(false);
  for (const code of [91, 14_031])
    expect(isStoreUnavailable(new MongoServerError({ message: 'the disk is full', code }))).toBe(true);
  const refused = await store
    .collection('impacts')
    .find({ $nonsense: 1 } as object)
    .toArray()
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Error);
  expect(isStoreUnavailable(refused)).toBe(false);
  expect(isStoreFull(refused)).toBe(false);
  // As MongoDB says it of one write and of several, and Atlas of a cluster.
  const full = new MongoServerError({ message: 'no space is left on the disk', code: 14_031 });
  expect(isStoreFull(full)).toBe(true);
  expect(
    isStoreFull(new MongoServerError({ message: 'you are over your space quota, using 516 MB', code: 8000 })),
  ).toBe(true);
});
