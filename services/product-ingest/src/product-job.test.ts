import { randomUUID } from 'node:crypto';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import {
  addProductJobChunks,
  createProductJob,
  deleteImpact,
  endProductJob,
  ensureIndexes,
  findProductJob,
  findProductJobChunk,
  finishProductJobChunk,
  openStore,
  queueProductJob,
  type Store,
  streamProductJobResult,
} from '@ecobalyse/store';
import {
  databaseOf,
  type FaultyUpstream,
  type SharedSimulator,
  sharedTestSimulator,
  startFaultyUpstream,
  startTestMongodb,
  type TestMongodb,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { prepareChunk } from './product-chunk.js';
import { runProductJob } from './product-job.js';
import { dyingStore } from './testing/dying-store.js';

const PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};
/** Upstream breaks off the connections for this product, and no others. */
const BROKEN_OFF = 0.777;

let mongodb: TestMongodb;
let simulator: SharedSimulator;
let faulty: FaultyUpstream;
let upstream: EcobalyseClient;
let store: Store;

beforeAll(async () => {
  [mongodb, simulator] = await Promise.all([startTestMongodb(), sharedTestSimulator()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  faulty = await startFaultyUpstream(simulator.apiUrl);
  upstream = createEcobalyseClient({
    baseUrl: faulty.apiUrl,
    concurrency: 4,
    timeoutMs: 60_000,
    retries: 1,
    retryDelayMs: 1,
  });
  // What goes wrong with one product is seen where each is asked for by itself; catalogue-job.test.ts asks for many at once.
  upstream.simulateTogether = async (queries) => queries.map(() => null);
});
afterAll(async () => {
  upstream.close();
  faulty.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});
beforeEach(async () => {
  faulty.mend();
  await store.collection('impacts').deleteMany({});
});

const stored = (...masses: number[]) =>
  JSON.stringify(masses.map((mass, index) => ({ line: index + 1, index, product: { ...PRODUCT, mass } })));
const resources = () => ({
  store,
  upstream,
  concurrency: 4,
  cache: { invalidate: async () => undefined },
  logger: { info: () => undefined, warn: () => undefined },
  pause: async () => undefined as never,
});
const never = new AbortController().signal;
const add = async (products: string, chunk: string) => (await prepareChunk(products, chunk, resources(), never))();

async function upload(...chunks: string[]): Promise<string> {
  const job = randomUUID();
  await createProductJob(store, {
    _id: job,
    format: 'json',
    name: null,
    createdBy: null,
    requestId: null,
    traceparent: null,
  });
  await addProductJobChunks(store, job, 0, chunks);
  expect(await findProductJob(store, job)).toBeNull();
  await queueProductJob(store, job, { format: 'ndjson', bytes: 1, planned: chunks.length, chunks: chunks.length });
  return job;
}
const statuses = ({ result }: { result: string }) =>
  result
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).status as string);

it('tells the same when it is done again, and what another chunk has added as existing', async () => {
  const products = stored(0.1, 0.2, 0.1);
  const first = await add(products, 'job#0');
  expect(statuses(first)).toEqual(['added', 'added', 'existing']);
  expect(first).toMatchObject({ counts: { added: 2, existing: 1, refused: 0, failed: 0 } });
  expect(await add(products, 'job#0')).toEqual(first);

  // A worker that was killed had added one of two.
  const [line] = first.result.split('\n');
  await deleteImpact(store, JSON.parse(line as string).md5_id);
  expect(await add(products, 'job#0')).toEqual(first);
  const other = await add(products, 'job#1');
  expect(statuses(other)).toEqual(['existing', 'existing', 'existing']);
});

it('tells of each product what became of it, in the order of the file', async () => {
  faulty.failsOn = '"mass":0.666';
  const products = [
    { line: 1, index: 0, product: { ...PRODUCT, mass: 0.1 }, cells: ['0,1'] },
    { line: 2, index: 1, fault: 'no JSON', product: { reference: 'SKU-B' }, cells: ['x', 1] },
    { line: 3, index: 2, product: { ...PRODUCT, mass: 'heavy' } },
    { line: 4, index: 3, product: { ...PRODUCT, mass: 0.666 } },
    { line: 5, index: 4, product: { ...PRODUCT, product: 'hat' } },
    { line: 6, index: 5, product: { ...PRODUCT, mass: 0.1, reference: 'SKU-A' } },
    { line: 7, index: 6, product: { mass: 0.1, materials: PRODUCT.materials, product: 'jean', reference: 12 } },
  ];
  const { result, counts, products: kept } = await add(JSON.stringify(products), 'job#0');
  // Rows as they were sent are kept of those only that may have to be corrected.
  expect(JSON.parse(kept)).toEqual([
    { product: { ...PRODUCT, mass: 0.1 } },
    { product: { reference: 'SKU-B' }, cells: ['x', 1] },
    ...products.slice(2).map(({ product }) => ({ product })),
  ]);
  const md5_id = expect.stringMatching(/^[0-9a-f]{32}$/);
  const of = { method_version: '7.0.0' };
  const lines = result
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { line: 1, index: 0, status: 'added', md5_id, ecs: expect.any(Number), ...of },
    { line: 2, index: 1, status: 'refused', reference: 'SKU-B', detail: 'no JSON' },
    {
      line: 3,
      index: 2,
      status: 'refused',
      detail: { en: expect.stringMatching(/^mass: expected/), fr: expect.stringMatching(/^mass: attendu/) },
    },
    {
      line: 4,
      index: 3,
      status: 'failed',
      md5_id,
      detail: { en: expect.stringContaining('cannot be reached'), fr: expect.stringContaining('injoignable') },
    },
    { line: 5, index: 4, status: 'refused', md5_id, detail: expect.stringMatching(/^product: /) },
    { line: 6, index: 5, status: 'existing', reference: 'SKU-A', md5_id, ecs: lines[0].ecs, ...of },
    { line: 7, index: 6, status: 'added', reference: '12', md5_id, ecs: expect.any(Number), ...of },
  ]);
  expect(counts).toEqual({ added: 2, changed: 0, existing: 1, refused: 3, failed: 1 });
});

it('fails no product and loses none when upstream restarts again and again', async () => {
  const masses = Array.from({ length: 80 }, (_, index) => 1 + index / 1000);
  const chunks = Array.from({ length: 4 }, (_, n) => stored(...masses.slice(n * 20, (n + 1) * 20)));
  const job = await upload(...chunks);
  faulty.restartAfter = 15;
  const isBack = () =>
    fetch(`${faulty.apiUrl}/textile/countries`).then(
      ({ ok }) => ok,
      () => false,
    );
  // The queue would wait longer before it calls again.
  while ((await runProductJob({ id: job }, resources(), never)) !== undefined)
    await waitUntil('upstream is back', isBack);
  expect(faulty.restarts).toBeGreaterThan(3);
  expect(await findProductJob(store, job)).toMatchObject({ status: 'done', done: 80, added: 80, failed: 0 });
  expect(await store.collection('impacts').countDocuments()).toBe(80);
}, 120_000);

it('does not work again on a chunk whose result is stored', async () => {
  const job = await upload(stored(0.1), stored(0.2));
  const outcome = await add(stored(0.1), `${job}#0`);
  await finishProductJobChunk(store, job, 0, outcome);
  // As if the worker had died before it moved the job on.
  await store.collection('product_jobs').updateOne({ _id: job }, { $set: { nextChunk: 0, done: 0, added: 0 } });
  await store.collection('impacts').deleteMany({});
  expect(await runProductJob({ id: job }, resources(), never)).toBeUndefined();
  expect(await findProductJob(store, job)).toMatchObject({ status: 'done', done: 2, added: 2 });
  expect(await store.collection('impacts').countDocuments()).toBe(1);
});

it('keeps what it scored of a chunk, and counts its waits anew after it', async () => {
  const job = await upload(stored(0.1), stored(0.2, BROKEN_OFF, 0.3));
  const run = () => runProductJob({ id: job }, resources(), never);
  faulty.isAway = true;
  expect([await run(), await run()]).toEqual([3000, 6000]);
  faulty.isAway = false;
  faulty.breaksOff = { text: `"mass":${BROKEN_OFF}`, times: Number.POSITIVE_INFINITY };
  expect(await run()).toBe(3000);
  expect(await store.collection('impacts').countDocuments()).toBe(3);
  expect(await findProductJob(store, job)).toMatchObject({
    status: 'running',
    added: 1,
    starts: 0,
    error: expect.stringMatching(/^will be tried again: .*cannot be reached/),
  });
  faulty.mend();
  expect(await run()).toBeUndefined();
  expect(await findProductJob(store, job)).toMatchObject({ status: 'done', added: 4, existing: 0, failed: 0 });
});

it('counts a chunk once, whoever says that it is done, and however often', async () => {
  const job = await upload(stored(0.1), stored(0.2));
  const outcome = await add(stored(0.1), `${job}#0`);
  await Promise.all([1, 2, 3].map(() => finishProductJobChunk(store, job, 0, outcome)));
  expect(await findProductJob(store, job)).toMatchObject({ done: 1, added: 1, nextChunk: 1 });
  const chunk = await findProductJobChunk(store, job, 0);
  expect(chunk).toMatchObject(outcome);
});

it('waits longer each time for an upstream that is away, and gives up when that came to nothing too often', async () => {
  const job = await upload(stored(0.1), stored(0.2));
  const run = () => runProductJob({ id: job }, resources(), never);
  faulty.isAway = true;
  expect([await run(), await run(), await run()]).toEqual([3000, 6000, 12_000]);
  expect(await findProductJob(store, job)).toMatchObject({
    status: 'running',
    done: 0,
    error: expect.stringMatching(/^will be tried again: .*cannot be reached/),
  });
  expect([await run(), await run(), await run(), await run()]).toEqual([24_000, 48_000, 96_000, 192_000]);
  expect(await run()).toBeUndefined();
  expect(await findProductJob(store, job)).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^the Ecobalyse API cannot be reached/),
    endedAt: expect.any(Date),
  });
  faulty.isAway = false;
  expect(await run()).toBeUndefined();
  expect(await findProductJob(store, job)).toMatchObject({ status: 'failed', done: 0 });
});

it.each([
  ['a chunk was done', [0.1, BROKEN_OFF], 3000],
  ['a product of the chunk was added', [[0.1, BROKEN_OFF]], 3000],
  ['nothing was', [BROKEN_OFF, 0.1], undefined],
])('counts a start as fruitful when %s before it was interrupted', async (_, chunks, wait) => {
  const job = await upload(...chunks.map((masses) => stored(...[masses].flat())));
  await store.collection('product_jobs').updateOne({ _id: job }, { $set: { starts: 7 } });
  let others: Promise<unknown> = Promise.resolve();
  const failing: EcobalyseClient = {
    ...upstream,
    simulateDetailed: async (query, signal) => {
      if ((query as { mass: number }).mass === BROKEN_OFF) {
        await others;
        throw new Error('away');
      }
      const answer = upstream.simulateDetailed(query, signal);
      others = answer;
      return answer;
    },
  };
  expect(await runProductJob({ id: job }, { ...resources(), upstream: failing }, never)).toBe(wait);
  expect(await findProductJob(store, job)).toMatchObject({ status: wait ? 'running' : 'failed' });
});

it.each([
  [1, 3000],
  [3, 3000],
  [4, 4000],
  [90, 90_000],
])('waits as long as upstream asks for, and no less than its own time: %i s', async (retryAfterSeconds, waitMs) => {
  const job = await upload(stored(0.1));
  const simulateDetailed = async () => {
    throw Object.assign(new Error('busy'), { retryAfterSeconds });
  };
  const busy = { ...upstream, simulateDetailed };
  expect(await runProductJob({ id: job }, { ...resources(), upstream: busy }, never)).toBe(waitMs);
});

it('stops work on a job within a second after it was cancelled, and leaves it cancelled', async () => {
  const job = await upload(stored(0.1), stored(0.2));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const waiting: EcobalyseClient = {
      ...upstream,
      simulateDetailed: async (_, signal) => {
        await endProductJob(store, job, 'cancelled', null);
        vi.advanceTimersByTime(1000);
        return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    expect(await runProductJob({ id: job }, { ...resources(), upstream: waiting }, never)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
  expect(await findProductJob(store, job)).toMatchObject({ status: 'cancelled', done: 0, error: null });
});

it('names the part of the file that is not there', async () => {
  const job = await upload(stored(0.1), stored(0.2), stored(0.3));
  await store.collection('product_job_chunks').deleteOne({ job, n: 1 });
  expect(await runProductJob({ id: job }, resources(), never)).toBe(3000);
  expect(await findProductJob(store, job)).toMatchObject({
    done: 1,
    error: 'will be tried again: part 2 of 3 of the file is not in the database any more',
  });
});

it('ends the same, whichever of its writes a worker dies after', async () => {
  const expected = { status: 'done', planned: 2, done: 4, added: 3, existing: 1, refused: 0, failed: 0 };
  let deaths = 0;
  for (let at = 1; ; at += 1) {
    await store.collection('impacts').deleteMany({});
    const job = await upload(stored(0.1, 0.2), stored(0.3, 0.1));
    const { store: dying, hasDied } = dyingStore(store, at);
    await runProductJob({ id: job }, { ...resources(), store: dying }, never).catch(() => undefined);
    expect(await runProductJob({ id: job }, resources(), never)).toBeUndefined();
    expect(await findProductJob(store, job), `write ${at}`).toMatchObject(expected);
    const lines = [];
    for await (const part of streamProductJobResult(store, job)) lines.push(...statuses({ result: part }));
    expect(lines, `write ${at}`).toEqual(['added', 'added', 'added', 'existing']);
    expect(await store.collection('impacts').countDocuments(), `write ${at}`).toBe(3);
    if (!hasDied()) break;
    deaths += 1;
  }
  expect(deaths).toBeGreaterThanOrEqual(9);
});

it('gives up a job that ends its workers, and does the rest of one that was left', async () => {
  const job = await upload(stored(0.1), stored(0.2));
  const set = (starts: number) => store.collection('product_jobs').updateOne({ _id: job }, { $set: { starts } });
  const stopping = new AbortController();
  stopping.abort(new Error('the worker is stopping'));
  await set(5);
  await expect(runProductJob({ id: job }, resources(), stopping.signal)).rejects.toThrow('stopping');
  expect(await findProductJob(store, job)).toMatchObject({ status: 'running', starts: 0 });
  expect(await runProductJob({ id: job }, resources(), never)).toBeUndefined();
  expect(await findProductJob(store, job)).toMatchObject({ status: 'done', done: 2, added: 2, error: null });

  const eighth = await upload(stored(0.3));
  await store.collection('product_jobs').updateOne({ _id: eighth }, { $set: { starts: 7 } });
  expect(await runProductJob({ id: eighth }, resources(), never)).toBeUndefined();
  expect(await findProductJob(store, eighth)).toMatchObject({ status: 'done', starts: 0 });

  const deadly = await upload(stored(0.3));
  await store.collection('product_jobs').updateOne({ _id: deadly }, { $set: { starts: 8 } });
  expect(await runProductJob({ id: deadly }, resources(), never)).toBeUndefined();
  expect(await findProductJob(store, deadly)).toMatchObject({
    status: 'failed',
    error: 'its workers ended 8 times at part 1 of 1',
  });
});
