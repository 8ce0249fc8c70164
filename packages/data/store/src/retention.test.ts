import { createHash, randomUUID } from 'node:crypto';
import { CACHE_TAGS, type RetentionKind } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  applyRetention,
  deleteFileMapping,
  findFileMapping,
  listFileMappings,
  openStore,
  previewRetention,
  type RetentionPolicy,
  type Store,
  sampleGridCosts,
  sampleQueries,
  saveFileMapping,
} from './index.js';
import { judgeProducts } from './migrations/004-judge-products.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
});
afterAll(() => mongodb.close());
beforeEach(() => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
});

const DAY_MS = 86_400_000;
const NOW = new Date(Date.UTC(2026, 5, 1));
const ago = (days: number) => new Date(NOW.getTime() - days * DAY_MS);
type Name = Parameters<Store['collection']>[0];
/** Documents as far as this reads them. */
const insert = (name: Name, ...documents: object[]) => store.collection(name).insertMany(documents as never);
const left = async (name: Name) =>
  (await databaseOf(store).collection(name).find({}).sort({ _id: 1 }).toArray()).map(({ _id }) => String(_id));
const KEEP: RetentionPolicy = { days: 30, newest: 0, most: null };
const remove = (kind: RetentionKind, policy: Partial<RetentionPolicy> = {}, more: object = {}) =>
  applyRetention(store, null, [kind, { ...KEEP, ...policy }], { now: NOW, ...more });
const preview = async (kind: RetentionKind, policy: Partial<RetentionPolicy> = {}) =>
  (await previewRetention(store, { [kind]: { ...KEEP, ...policy } }, NOW))[0];

describe('runs', () => {
  const run = (_id: string, state: string, days: number, more: object = {}) => ({
    ...{ _id, pipeline: 'p', state, createdAt: ago(days + 1), finishedAt: state === 'running' ? null : ago(days) },
    ...more,
  });
  beforeEach(async () => {
    await insert(
      'pipeline_runs',
      run('a', 'failed', 100),
      run('b', 'succeeded', 90),
      run('c', 'succeeded', 80),
      run('d', 'running', 70),
      run('e', 'failed', 60),
      run('f', 'failed', 30),
      run('g', 'failed', 10),
      run('h', 'succeeded', 99, { pipeline: 'q' }),
    );
    await insert('task_attempts', ...['a', 'c', 'e'].map((of) => ({ _id: `of ${of}`, run: of })));
  });

  it('go when they are older than they may be, but for those that go on and the last success of each pipeline', async () => {
    expect(await preview('runs')).toEqual({
      ...{ kind: 'runs', policy: KEEP },
      goes: { count: 3, oldest: ago(100).toISOString(), newest: ago(60).toISOString(), bytes: null },
      stays: {
        count: 5,
        reasons: expect.arrayContaining([
          { reason: 'recent', count: 2 },
          { reason: 'open', count: 1 },
          { reason: 'succeeded', count: 2 },
        ]),
      },
    });
    expect(await remove('runs')).toEqual({ kind: 'runs', removed: 3, left: 0 });
    expect([await left('pipeline_runs'), await left('task_attempts')]).toEqual([['c', 'd', 'f', 'g', 'h'], ['of c']]);
  });

  it.each<[Partial<RetentionPolicy>, string]>([
    [{ days: 29 }, 'cdgh'],
    [{ newest: 3 }, 'cdefgh'],
    [{ newest: 7 }, 'abcdefgh'],
    [{ days: null }, 'abcdefgh'],
    [{ days: null, most: 2 }, 'cdfgh'],
    [{ days: 500, most: 1, newest: 2 }, 'cdfgh'],
  ])('stay as %j says: %s', async (policy, stay) => {
    await remove('runs', policy);
    expect((await left('pipeline_runs')).join('')).toBe(stay);
  });

  it('go oldest first, so many at once as is said, and until it is ended', async () => {
    expect(await remove('runs', {}, { signal: AbortSignal.abort() })).toEqual({ kind: 'runs', removed: 0, left: 3 });
    expect(await remove('runs', {}, { most: 2 })).toEqual({ kind: 'runs', removed: 2, left: 1 });
    expect((await left('pipeline_runs')).join('')).toBe('cdefgh');
  });

  it('go beyond one batch', async () => {
    await insert('pipeline_runs', ...Array.from({ length: 450 }, (_, at) => run(`old ${at}`, 'failed', 200 + at)));
    expect(await remove('runs')).toEqual({ kind: 'runs', removed: 453, left: 0 });
    expect(await left('pipeline_runs')).toHaveLength(5);
  });
});

it('jobs go when they ended long ago, or were abandoned in the middle of their upload', async () => {
  const job = (_id: string, status: string, createdAt: Date, endedAt: Date | null) => ({
    ...{ _id, status, createdAt, endedAt },
  });
  const minutes = (count: number) => new Date(NOW.getTime() - count * 60_000);
  await insert(
    'product_jobs',
    job('a', 'done', ago(50), ago(40)),
    job('b', 'done', ago(51), ago(30)),
    job('c', 'running', ago(90), null),
    job('d', 'receiving', minutes(15), null),
    job('e', 'receiving', minutes(15.001), null),
  );
  await insert('product_job_chunks', { _id: 'x', job: 'a' }, { _id: 'y', job: 'b' }, { _id: 'z', job: 'e' });
  const told = await preview('jobs', { newest: 1 });
  expect(told?.goes.count).toBe(1);
  expect(told?.stays.reasons).toContainEqual({ reason: 'newest', count: 1 });
  expect(await remove('jobs')).toMatchObject({ removed: 2, left: 0 });
  expect([await left('product_jobs'), await left('product_job_chunks')]).toEqual([['b', 'c', 'd'], ['y']]);
});

it('models go with all that is theirs alone, but for those that serve', async () => {
  const version = (model: string, number: number, runId: string, days: number) => ({
    ...{ _id: `${model}/${number}`, model, version: number, runId, createdAt: ago(days) },
  });
  await insert(
    'tracking_model_versions',
    version('m', 1, 'one', 90),
    version('m', 2, 'shared', 80),
    version('m', 3, 'shared', 70),
    version('m', 4, 'four', 60),
    version('n/x', 1, 'five', 50),
  );
  await insert('tracking_model_aliases', { _id: 'm/production', version: 3 }, { _id: 'n/x/production', version: 1 });
  for (const run of ['one', 'one0', 'shared', 'four']) {
    await insert('tracking_runs', { _id: run });
    await insert('tracking_metrics', { _id: `of ${run}`, runId: run });
    for (const name of ['a', 'b/c']) {
      const stream = store.files('tracking_artifacts').openUploadStream(`${run}/${name}`);
      await new Promise<void>((done) => stream.end(Buffer.alloc(10), () => done()));
    }
  }
  await insert('model_checks', { _id: 'm/1:x', model: 'm/1' }, { _id: 'm/3:x', model: 'm/3' });
  await insert('model_watches', { _id: 'm/1' }, { _id: 'm/3' });
  expect(await preview('models', { newest: 1 })).toMatchObject({
    goes: { count: 2, oldest: ago(90).toISOString(), newest: ago(80).toISOString(), bytes: 20 },
    stays: {
      count: 3,
      reasons: expect.arrayContaining([
        { reason: 'serving', count: 2 },
        { reason: 'newest', count: 1 },
      ]),
    },
  });
  expect(await remove('models', { newest: 1 })).toMatchObject({ removed: 2, left: 0 });
  expect(await left('tracking_model_versions')).toEqual(['m/3', 'm/4', 'n/x/1']);
  expect([await left('tracking_runs'), await left('tracking_metrics')]).toEqual([
    ['four', 'one0', 'shared'],
    ['of four', 'of one0', 'of shared'],
  ]);
  const files = await store.files('tracking_artifacts').find({}).sort({ filename: 1 }).toArray();
  expect(files.map(({ filename }) => filename)).toEqual(
    ['four', 'one0', 'shared'].flatMap((run) => [`${run}/a`, `${run}/b/c`]),
  );
  expect([await left('model_checks'), await left('model_watches')]).toEqual([['m/3:x'], ['m/3']]);
});

it('former answers go when something took their place long ago, and never the only one of a product', async () => {
  const version = (md5_id: string, of: string, days?: number) => ({
    ...{ _id: `${md5_id}@${of}`, md5_id },
    ...(days !== undefined && { _platform: { updatedAt: ago(days).toISOString() } }),
  });
  await insert(
    'impact_versions',
    version('a', '6', 90),
    version('a', '7', 90),
    version('b', '6', 90),
    version('c', '6'),
    version('d', '6', 40),
  );
  const change = (md5_id: string, from: string, days: number) => ({
    ...{ _id: `${md5_id}@${from}@${days}`, md5_id, from, at: ago(days).toISOString() },
  });
  await insert('method_changes', change('a', '7', 50), change('a', '7', 10), change('a', '6', 50));
  await insert('impacts', ...['a', 'c', 'd'].map((md5_id) => ({ md5_id })));
  const dropped: string[][] = [];
  const cache = { invalidate: async (tags: readonly string[]) => void dropped.push([...tags]) };
  expect(await preview('versions')).toMatchObject({
    goes: { count: 2, oldest: ago(50).toISOString(), newest: ago(40).toISOString() },
    stays: {
      count: 3,
      reasons: expect.arrayContaining([
        { reason: 'only', count: 1 },
        { reason: 'recent', count: 2 },
      ]),
    },
  });
  expect(await applyRetention(store, cache, ['versions', KEEP], { now: NOW })).toMatchObject({ removed: 2, left: 0 });
  expect(await left('impact_versions')).toEqual(['a@7', 'b@6', 'c@6']);
  expect(dropped).toEqual([[CACHE_TAGS.impacts, CACHE_TAGS.replacedDocuments]]);
  // Beyond one look.
  await insert('impact_versions', ...Array.from({ length: 401 }, (_, at) => version('a', `5.${at}`, 90)));
  expect(await remove('versions')).toMatchObject({ removed: 401, left: 0 });
});

it('what has no policy is left alone, and kinds come in their order', async () => {
  expect(await previewRetention(store, {}, NOW)).toEqual([]);
  const all = await previewRetention(store, { versions: KEEP, models: KEEP, jobs: KEEP, runs: KEEP }, NOW);
  expect(all.map(({ kind }) => kind)).toEqual(['runs', 'jobs', 'models', 'versions']);
  const nothing = { count: 0, oldest: null, newest: null };
  expect(all.map(({ goes }) => goes)).toEqual([null, null, 0, null].map((bytes) => ({ ...nothing, bytes })));
});

it('mappings are saved by name, up to so many, and listed by it, a page at a time', async () => {
  const mapping = { columns: { 'a.b $': 'mass' } } as never;
  const save = (name: string, most = 3) => saveFileMapping(store, { name, mapping, updatedBy: 'me' }, most);
  for (const name of ['b', 'c', 'a']) expect(await save(name)).toMatchObject({ name, mapping, updatedBy: 'me' });
  expect([await save('d'), (await save('a'))?.name, await save('a', 2)]).toEqual([null, 'a', null]);
  const page = async (offset: number, limit: number) => {
    const { total, items } = await listFileMappings(store, { offset, limit });
    return [total, ...items.map(({ name }) => name)];
  };
  expect([await page(0, 9), await page(1, 1), await page(2, 5), await page(0, 0)]).toEqual([
    [3, 'a', 'b', 'c'],
    [3, 'b'],
    [3, 'c'],
    [3],
  ]);
  const saved = { name: 'a', mapping, updatedBy: 'me', updatedAt: expect.any(Date) };
  expect(await findFileMapping(store, 'a')).toEqual(saved);
  expect([await deleteFileMapping(store, 'a'), await deleteFileMapping(store, 'a')]).toEqual([true, false]);
  expect(await findFileMapping(store, 'a')).toBeNull();
});

it('samples of products are those that follow a seed, round to the first', async () => {
  const stored = (md5_id: string, source: string, methodVersion: string | null = '8') => ({
    ...{ md5_id, product_id: `type of ${md5_id}`, impacts: { ecs: md5_id.length } },
    _platform: { source, methodVersion, query: { of: md5_id } },
  });
  await insert(
    'impacts',
    ...['11', '5', '7b', 'ff', 'a'].map((md5_id, at) => stored(md5_id, at % 2 ? 'extraction' : 'api')),
    stored('8', 'adopted'),
    stored('9', 'extraction', null),
  );
  const start = createHash('md5').update('ecobalyse').digest('hex');
  const all = ['11', '5', '7b', '9', 'a', 'ff'];
  const inOrder = [...all.filter((id) => id >= start), ...all.filter((id) => id < start)];
  const sampled = async (size: number, seed = 'ecobalyse') =>
    (await sampleQueries(store, size, seed)).map(({ md5_id }) => md5_id);
  expect(inOrder[0]).not.toBe(all[0]);
  expect([await sampled(2), await sampled(6), await sampled(9)]).toEqual([inOrder.slice(0, 2), inOrder, inOrder]);
  expect((await sampleQueries(store, 1, 'ecobalyse'))[0]).toEqual({
    ...{ md5_id: inOrder[0], product_id: `type of ${inOrder[0]}`, query: { of: inOrder[0] } },
  });
  expect(await sampleGridCosts(store, '8', 9)).toEqual([
    { query: { of: '5' }, ecs: 1 },
    { query: { of: 'ff' }, ecs: 2 },
  ]);
  expect(await sampleGridCosts(store, null, 9)).toEqual([{ query: { of: '9' }, ecs: 1 }]);
  expect(await sampleGridCosts(store, '8', 1)).toHaveLength(1);
});

it('products that users added before there were rules are judged, beyond one batch, and no others', async () => {
  // Nobody wears a garment of a tonne.
  const product = (md5_id: string, mass: number, source = 'api') => ({
    ...{ md5_id, impacts: { ecs: 100, pef: 50 }, inputs: { mass, product: { id: 'jean' } } },
    _platform: { source, query: { product: 'jean', mass, materials: [{ id: 'ei-coton', share: 1 }] } },
  });
  await insert(
    'impacts',
    ...Array.from({ length: 501 }, (_, at) => product(`a${at}`, 1000)),
    product('b', 0.4),
    product('c', 1000, 'extraction'),
  );
  expect(await judgeProducts(store, new AbortController().signal)).toEqual({ productsToCheck: 501 });
  const marked = await store.collection('impacts').find({ '_platform.state': 'to-check' }).toArray();
  expect([marked.length, marked.every(({ md5_id }) => md5_id.startsWith('a'))]).toEqual([501, true]);
  expect(marked[0]?._platform.warnings?.length).toBeGreaterThan(0);
  expect(await judgeProducts(store, new AbortController().signal)).toEqual({ productsToCheck: 0 });
  await expect(judgeProducts(store, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});
