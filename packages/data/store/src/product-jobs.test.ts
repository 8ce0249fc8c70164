import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addProductJobChunks,
  countEarlierProductJobs,
  createProductJob,
  delayProductJob,
  endProductJob,
  findProductJob,
  findProductJobChunk,
  finishProductJobChunk,
  isProductJobOpen,
  leaveProductJob,
  listOpenProductJobs,
  listProductJobs,
  openStore,
  queueProductJob,
  removeProductJobs,
  type Store,
  startProductJob,
  streamProductJobResult,
  streamProductJobRows,
} from './index.js';

let server: TestMongodb;
let store: Store;
beforeAll(async () => {
  server = await startTestMongodb();
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await server.close();
});
const T0 = Date.UTC(2026, 0, 1);
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: T0 }));
afterEach(async () => {
  vi.useRealTimers();
  for (const name of ['product_jobs', 'product_job_chunks'] as const) await store.collection(name).deleteMany({});
});

const at = (ms: number) => vi.setSystemTime(T0 + ms);
const receive = (_id: string) =>
  createProductJob(store, { _id, createdBy: 'bot', requestId: 'r', traceparent: null, format: 'csv', name: 'f.csv' });
/** A job that was uploaded whole, of so many chunks. */
async function queued(id: string, chunks = 1): Promise<void> {
  await receive(id);
  await addProductJobChunks(
    store,
    id,
    0,
    Array.from({ length: chunks }, (_, n) => `[${n}]`),
  );
  await queueProductJob(store, id, { format: 'ndjson', bytes: 7, planned: chunks * 2, chunks });
}
const ids = (jobs: readonly { _id: string }[]) => jobs.map(({ _id }) => _id);
const counts = (changed: object) => ({ added: 0, changed: 0, existing: 0, refused: 0, failed: 0, ...changed });
async function resultOf(id: string): Promise<string> {
  let text = '';
  for await (const lines of streamProductJobResult(store, id)) text += lines;
  return text;
}

describe('a job', () => {
  it('is there for whoever sees its catalogue, and for all when it is for none', async () => {
    for (const [id, catalogue] of [['none'], ['mine', 'spring'], ['theirs', 'winter']] as const) {
      await queued(id);
      if (catalogue) await store.collection('product_jobs').updateOne({ _id: id }, { $set: { catalogue } });
    }
    const seenWith = async (catalogues?: readonly string[]) => {
      const found = await Promise.all(['none', 'mine', 'theirs'].map((id) => findProductJob(store, id, catalogues)));
      const listed = ids((await listProductJobs(store, { offset: 0, limit: 9 }, catalogues)).items);
      expect(listed.toSorted()).toEqual(ids(found.filter((job) => job !== null)).toSorted());
      return listed.toSorted();
    };
    expect(await seenWith()).toEqual(['mine', 'none', 'theirs']);
    expect(await seenWith(['spring'])).toEqual(['mine', 'none']);
    expect(await seenWith([])).toEqual(['none']);
  });

  it('is there for everybody once its file was uploaded whole', async () => {
    await receive('a');
    expect([
      await findProductJob(store, 'a'),
      await listProductJobs(store, { offset: 0, limit: 9 }),
      await isProductJobOpen(store, 'a'),
    ]).toEqual([null, { total: 0, items: [] }, false]);
    expect(await startProductJob(store, 'a')).toBeNull();
    at(5);
    const columns = { columns: ['a', 'b'], unreadColumns: ['b'] };
    await queueProductJob(store, 'a', { format: 'ndjson', bytes: 7, planned: 3, chunks: 2, ...columns });
    expect(await findProductJob(store, 'a')).toEqual({
      _id: 'a',
      createdBy: 'bot',
      catalogue: null,
      requestId: 'r',
      traceparent: null,
      status: 'queued',
      file: { name: 'f.csv', format: 'ndjson', bytes: 7 },
      planned: 3,
      ...counts({}),
      done: 0,
      chunks: 2,
      ...columns,
      nextChunk: 0,
      starts: 0,
      createdAt: new Date(T0),
      updatedAt: new Date(T0 + 5),
      startedAt: null,
      endedAt: null,
      error: null,
    });
    expect(await isProductJobOpen(store, 'a')).toBe(true);
  });

  it('counts its starts from the last chunk that was done, or the last worker that left it', async () => {
    await queued('a', 2);
    at(1);
    expect(await startProductJob(store, 'a')).toMatchObject({ status: 'running', starts: 1 });
    at(2);
    expect(await startProductJob(store, 'a')).toMatchObject({ starts: 2, startedAt: new Date(T0 + 1) });
    await delayProductJob(store, 'a', 'upstream is away');
    expect(await findProductJob(store, 'a')).toMatchObject({ error: 'upstream is away', updatedAt: new Date(T0 + 2) });
    await finishProductJobChunk(store, 'a', 0, { result: 'x\n', counts: counts({ added: 2 }) });
    expect(await findProductJob(store, 'a')).toMatchObject({ starts: 0, error: null, nextChunk: 1, done: 2, added: 2 });
    expect(await startProductJob(store, 'a')).toMatchObject({ starts: 1 });
    await leaveProductJob(store, 'a');
    expect(await findProductJob(store, 'a')).toMatchObject({ starts: 0, status: 'running' });
  });

  it('ends once, and nothing moves it then', async () => {
    await queued('a');
    at(9);
    expect(await endProductJob(store, 'a', 'failed', 'no')).toBe(true);
    expect(await endProductJob(store, 'a', 'done', null)).toBe(false);
    at(10);
    // A worker may take it up before it hears that it has ended.
    await delayProductJob(store, 'a', 'late');
    await leaveProductJob(store, 'a');
    expect(await startProductJob(store, 'a')).toBeNull();
    expect([await isProductJobOpen(store, 'a'), await findProductJob(store, 'a')]).toMatchObject([
      false,
      { status: 'failed', error: 'no', startedAt: null, endedAt: new Date(T0 + 9), updatedAt: new Date(T0 + 9) },
    ]);
  });

  it('counts a chunk once, whoever does it, and keeps what the first one said', async () => {
    await queued('a', 2);
    const first = {
      products: '[{}]',
      result: 'first\n',
      counts: counts({ added: 1, existing: 2, refused: 3, failed: 4 }),
    };
    await finishProductJobChunk(store, 'a', 0, first);
    await finishProductJobChunk(store, 'a', 0, { result: 'again\n', counts: counts({ added: 10 }) });
    expect(await findProductJob(store, 'a')).toMatchObject({ done: 10, nextChunk: 1, ...first.counts });
    expect(await findProductJobChunk(store, 'a', 0)).toEqual({ _id: 'a:0', job: 'a', n: 0, ...first });
    const rows = [];
    for await (const row of streamProductJobRows(store, 'a')) rows.push(row);
    expect(rows).toEqual([expect.objectContaining({ result: 'first\n', products: '[{}]' })]);
    // A worker died between storing the result and counting it.
    await store.collection('product_jobs').updateOne({ _id: 'a' }, { $set: { nextChunk: 0, ...counts({}), done: 0 } });
    await finishProductJobChunk(store, 'a', 0, first);
    expect(await findProductJob(store, 'a')).toMatchObject({ done: 10, nextChunk: 1, ...first.counts });
    expect(await findProductJobChunk(store, 'a', 2)).toBeNull();
  });
});

describe('the result', () => {
  /** Chunks that are done, of which some are not. */
  const write = (chunks: number, open?: number) =>
    store.collection('product_job_chunks').insertMany(
      Array.from({ length: chunks }, (_, index) => {
        const n = chunks - 1 - index;
        return { _id: `a:${n}`, job: 'a', n, ...(n === open ? { products: '[]' } : { result: `${n} ` }) };
      }).concat({ _id: 'b:0', job: 'b', n: 0, result: 'of another job' }),
    );
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `${n} `).join('');

  it.each([0, 1, 19, 20, 21, 41])('comes in the order of the file, of %d chunks', async (chunks) => {
    await write(chunks);
    expect(await resultOf('a')).toBe(lines(chunks));
  });

  it.each([0, 3, 20])('ends before the first chunk that is not done: %d', async (open) => {
    await write(22, open);
    expect(await resultOf('a')).toBe(lines(open));
    await store.collection('product_job_chunks').deleteOne({ job: 'a', n: open });
    expect(await resultOf('a')).toBe(lines(open));
  });
});

describe('jobs', () => {
  it('are listed newest first, those to be worked on oldest first, and know their place', async () => {
    for (const [index, id] of ['b', 'a', 'd', 'e'].entries()) {
      at(index);
      await queued(id);
    }
    await queued('c');
    await endProductJob(store, 'a', 'cancelled', null);
    await startProductJob(store, 'd');
    const page = async (offset: number, limit: number) => ids((await listProductJobs(store, { offset, limit })).items);
    expect(await page(0, 3)).toHaveLength(3);
    // Those of one moment go by their id.
    expect(await page(0, 2)).toEqual(['c', 'e']);
    expect(await page(2, 9)).toEqual(['d', 'a', 'b']);
    expect(await page(0, 0)).toEqual([]);
    expect(ids(await listOpenProductJobs(store)).slice(0, 2)).toEqual(['b', 'd']);
    const places = Object.fromEntries(
      await Promise.all(['b', 'd', 'c', 'e'].map(async (id) => [id, await countEarlierProductJobs(store, id)])),
    );
    expect(places).toEqual({ b: 0, d: 1, c: 2, e: 3 });
  });

  it('wait for uploads before them for as long as a request may last', async () => {
    await receive('upload');
    at(1);
    await queued('a');
    at(900_000);
    expect(await countEarlierProductJobs(store, 'a')).toBe(1);
    at(900_001);
    expect(await countEarlierProductJobs(store, 'a')).toBe(0);
  });

  it('are removed with their chunks', async () => {
    for (const id of ['three', 'four', 'open']) await queued(id);
    const left = async () => ids(await store.collection('product_jobs').find().toArray());
    await removeProductJobs(store, ['three', 'open']);
    expect(await left()).toEqual(['four']);
    expect(await store.collection('product_job_chunks').distinct('job')).toEqual(['four']);
  });
});
