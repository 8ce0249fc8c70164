import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { createPipelineClient, QUEUES, startTaskWorker, type TaskContext } from '@ecobalyse/pipeline';
import {
  countImpacts,
  createRun,
  ensureIndexes,
  findRun,
  openRunHistory,
  openStore,
  type Store,
} from '@ecobalyse/store';
import {
  databaseOf,
  type FaultyUpstream,
  type SharedSimulator,
  sharedTestSimulator,
  startFaultyUpstream,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { addFolder } from './add-folder.js';
import type { FileReport } from './product-folder.js';

const SAMPLES = new URL('../samples/', import.meta.url);
const GOOD = {
  mass: 0.2,
  materials: [{ id: 'ei-coton', share: 1 }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let faulty: FaultyUpstream;
let upstream: EcobalyseClient;
let store: Store;
let folder: string;

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
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
});
afterAll(async () => {
  upstream.close();
  faulty.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  beforeScoring = async () => undefined;
  faulty.mend();
  await store.collection('impacts').deleteMany({});
  await store.collection('pipeline_runs').deleteMany({});
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-products-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

/** Done before a product is scored. */
let beforeScoring: (product: unknown) => Promise<void>;

/** What the task does, as a worker would have it done. */
const addProducts = (context: Pick<TaskContext, 'payload' | 'signal' | 'progress' | 'log'>, settleMs = 0) => {
  const resources = {
    store,
    concurrency: 4,
    cache: { invalidate: async () => undefined },
    upstream: {
      ...upstream,
      simulateTogether: async (queries: readonly object[]) => queries.map(() => null),
      simulateDetailed: async (...call: Parameters<EcobalyseClient['simulateDetailed']>) => {
        await beforeScoring(call[0]);
        return upstream.simulateDetailed(...call);
      },
    },
    pause: async () => undefined as never,
  };
  return addFolder(context, resources, { folder, settleMs });
};

/** Runs the task once. */
async function ingest({ settleMs = 0, signal = new AbortController().signal } = {}) {
  const log: string[] = [];
  const progress: number[][] = [];
  const runId = randomUUID();
  const result = await addProducts(
    {
      payload: { runId, pipeline: 'ecobalyse_training', parameters: {} },
      signal,
      progress: async (done, planned) => void progress.push([done, planned]),
      log: async (line) => void log.push(line),
    },
    settleMs,
  );
  return { runId, result, log, progress };
}

const put = (name: string, content: string) => writeFile(join(folder, name), content);
const waiting = async () => (await readdir(folder)).filter((name) => name !== 'processed').sort();
const processed = async () => (await readdir(join(folder, 'processed'))).sort();

async function reports(): Promise<FileReport[]> {
  const names = (await processed()).filter((name) => name.endsWith('.report.json'));
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, 'processed', name), 'utf8')) as FileReport),
  );
}

describe('adding products', () => {
  it('adds every product of the sample, files it away with a report, and adds nothing when it comes again', async () => {
    await copyFile(new URL('products.json', SAMPLES), join(folder, 'products.json'));
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(Date.now() + 60_000) });
    const processedAt = new Date().toISOString();
    const { runId, result } = await ingest();
    vi.useRealTimers();
    expect(result).toEqual({ files: 1, added: 20, alreadyThere: 0, refused: 0, leftForNextRun: 0 });
    expect(await reports()).toEqual([
      {
        ...{ file: 'products.json', processedAt, runId, products: 20, added: 20, alreadyThere: 0 },
        ...{ refused: [], ignoredColumns: [], notRead: null },
      },
    ]);
    expect(await countImpacts(store)).toBe(20);
    expect(await waiting()).toEqual([]);
    expect(await processed()).toEqual([
      expect.stringMatching(/^\d{8}T\d{6}Z-.*products\.json$/),
      expect.stringMatching(/products\.json\.report\.json$/),
    ]);

    expect((await ingest()).result).toMatchObject({ files: 0, added: 0 });
    await copyFile(new URL('products.json', SAMPLES), join(folder, 'again.json'));
    expect((await ingest()).result).toMatchObject({ files: 1, added: 0, alreadyThere: 20 });
    expect(await countImpacts(store)).toBe(20);
  });

  it('reads the CSV template', async () => {
    await copyFile(new URL('template.csv', SAMPLES), join(folder, 'template.csv'));
    expect((await ingest()).result).toMatchObject({ added: 2, refused: 0 });
    const printed = await store.collection('impacts').findOne({ 'inputs.printing.kind': 'pigment' });
    expect(printed?.inputs).toMatchObject({ mass: 0.17, printing: { ratio: 0.1 } });
  });

  it('loses only the bad rows of a file, and says which and why', async () => {
    const rows = [
      JSON.stringify(GOOD),
      '{"mass": 0.2,',
      JSON.stringify({ ...GOOD, mass: 'heavy' }),
      JSON.stringify({ ...GOOD, mass: 0.3, countryMaking: 'XX' }),
      JSON.stringify({ ...GOOD, mass: 0.4 }),
      JSON.stringify(GOOD),
    ];
    await put('mixed.ndjson', rows.join('\n'));
    expect((await ingest()).result).toMatchObject({ added: 2, alreadyThere: 1, refused: 3 });
    const [report] = await reports();
    expect(report?.notRead).toBeNull();
    expect(report?.refused.map(({ line }) => line)).toEqual([2, 3, 4]);
    const [broken, typed, unknown] = report?.refused.map(({ reasons }) => reasons.join('; ')) ?? [];
    expect(broken).toMatch(/.{10}/);
    expect(typed).toMatch(/^mass: /);
    expect(unknown).toMatch(/^countryMaking: /);
    expect(await countImpacts(store)).toBe(2);
  });

  it('leaves a file alone that is still being copied', async () => {
    await put('fresh.json', JSON.stringify([GOOD]));
    await put('copying.json.part', '[');
    const task = await ingest({ settleMs: 60_000 });
    expect(task.result).toMatchObject({ files: 0, leftForNextRun: 1 });
    expect(task.log.join()).toContain('fresh.json');
    expect(await waiting()).toEqual(['copying.json.part', 'fresh.json']);
  });

  it('goes on whatever else is in the folder, and names what it leaves alone', async () => {
    const long = `${'l'.repeat(215)}.csv`;
    const accents = `${'é'.repeat(120)}.ndjson`;
    await put('good.ndjson', JSON.stringify(GOOD));
    await put(long, await readFile(new URL('template.csv', SAMPLES), 'utf8'));
    await put(accents, JSON.stringify({ ...GOOD, mass: 0.9 }));
    await put('empty.csv', '');
    await put('header.csv', 'product,mass,material1\n');
    await put('none.json', ' [ ]\n');
    await put('letter.csv', 'Bonjour,\nrien ici\n');
    await put('notes.txt', 'x');
    await put('packed.csv.gz', 'x');
    await put('README', 'x');
    await put('later.csv.part', 'x');
    await put('.hidden', 'x');
    await mkdir(join(folder, 'folder.csv'));
    await symlink('nowhere', join(folder, 'dangling.csv'));
    await symlink('loop.csv', join(folder, 'loop.csv'));
    await symlink('good.ndjson', join(folder, 'link.csv'));
    execFileSync('mkfifo', [join(folder, 'pipe.csv')]);

    const { result, log } = await ingest();
    expect(result).toMatchObject({ files: 7, added: 4, alreadyThere: 0, refused: 1, leftForNextRun: 0 });
    const notes = Object.fromEntries(result.notes?.map((note) => note.split(/: (.*)/s)) ?? []);
    expect(notes).toEqual({
      'empty.csv': 'no product in it',
      'header.csv': 'no product in it',
      'none.json': 'no product in it',
      'letter.csv': expect.stringMatching(/^line 1: /),
      'notes.txt': expect.stringContaining('.csv, .json'),
      'packed.csv.gz': expect.stringContaining('.csv, .json'),
      README: expect.stringContaining('.csv, .json'),
      'later.csv.part': expect.stringContaining('still being copied'),
      'folder.csv': expect.stringContaining('a folder'),
      'dangling.csv': expect.stringContaining('a link'),
      'loop.csv': expect.stringContaining('a link'),
      'link.csv': expect.stringContaining('a link'),
      'pipe.csv': expect.stringContaining('no regular file'),
    });
    for (const name of Object.keys(notes)) expect(log.join('\n')).toContain(name);
    expect((await reports()).map(({ file }) => file)).toEqual(expect.arrayContaining([long, accents]));
    const kept = (await processed()).filter((name) => !name.endsWith('.report.json'));
    expect(kept).toContainEqual(expect.stringMatching(/-l{30}~[0-9a-f]{8}\.csv$/));
    expect(kept).toContainEqual(expect.stringMatching(/-é{30}~[0-9a-f]{8}\.ndjson$/));
    expect(await waiting()).not.toContain(long);
  });

  it('names a file that something else took the place of, and adds the others', async () => {
    beforeScoring = async (product) => {
      if ((product as typeof GOOD).mass !== 0.2) return;
      await rm(join(folder, 'b.ndjson'), { force: true });
      await symlink('a.ndjson', join(folder, 'b.ndjson'));
      await rm(join(folder, 'c.ndjson'), { force: true });
      execFileSync('mkfifo', [join(folder, 'c.ndjson')]);
      await rm(join(folder, 'd.ndjson'), { force: true });
    };
    const old = (seconds: number) => new Date(Date.now() - seconds * 1000);
    for (const [rank, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      await put(`${name}.ndjson`, JSON.stringify({ ...GOOD, mass: 0.2 + rank / 10 }));
      await utimes(join(folder, `${name}.ndjson`), new Date(), old(100 - rank));
    }
    const { result } = await ingest();
    expect(result).toMatchObject({ files: 2, added: 2, leftForNextRun: 1 });
    expect(result.notes).toEqual([
      expect.stringMatching(/^b\.ndjson: ELOOP/),
      expect.stringMatching(/^c\.ndjson: still being copied/),
    ]);
  });

  it.each([
    ['written over', (path: string, text: string) => writeFile(path, text)],
    [
      'replaced',
      async (path: string, text: string) => {
        await writeFile(`${path}.tmp`, text);
        const { atime, mtime } = await stat(path);
        await utimes(`${path}.tmp`, atime, mtime);
        await rename(`${path}.tmp`, path);
      },
    ],
  ])('does not file away a file that is %s while it is read, by one of the same size', async (_, change) => {
    let isChanged = false;
    const path = join(folder, 'products.ndjson');
    beforeScoring = async () => {
      if (isChanged) return;
      isChanged = true;
      await change(path, JSON.stringify({ ...GOOD, mass: 0.8 }));
    };
    await put('products.ndjson', JSON.stringify(GOOD));
    await utimes(path, new Date(), new Date(Date.now() - 60_000));
    expect((await ingest()).result).toMatchObject({ files: 0, leftForNextRun: 1 });
    expect((await ingest()).result).toMatchObject({ files: 1, added: 1 });
    expect(await store.collection('impacts').countDocuments({ 'inputs.mass': 0.8 })).toBe(1);
  });

  it('takes a file whose time is in the future', async () => {
    await put('future.ndjson', JSON.stringify(GOOD));
    await utimes(join(folder, 'future.ndjson'), new Date(), new Date(Date.now() + 3 * 3_600_000));
    expect((await ingest()).result).toMatchObject({ files: 1, added: 1, leftForNextRun: 0 });
  });

  it('keeps a file on one product of which upstream fails, and adds the rest', async () => {
    faulty.failsOn = '"mass":0.21';
    await put('a.ndjson', [0.2, 0.21, 0.22].map((mass) => JSON.stringify({ ...GOOD, mass })).join('\n'));
    await put('b.ndjson', JSON.stringify({ ...GOOD, mass: 0.23 }));
    expect((await ingest()).result).toMatchObject({
      files: 1,
      notes: [expect.stringMatching(/^a\.ndjson: line 2: .*status 500/)],
    });
    expect(await countImpacts(store)).toBe(3);
    expect(await waiting()).toEqual(['a.ndjson']);
    faulty.mend();
    expect((await ingest()).result).toMatchObject({ files: 1, added: 1, alreadyThere: 2 });
  });

  it('lets the run go on when there is no place for processed files', async () => {
    await put('processed', 'a file');
    await put('good.ndjson', JSON.stringify(GOOD));
    const { result } = await ingest();
    expect(result).toMatchObject({ files: 0, notes: [expect.stringMatching(/^processed: no file is added/)] });
  });

  it('leaves half an array for the next run, and adds the whole once it is there', async () => {
    await put('half.json', JSON.stringify([GOOD, { ...GOOD, mass: 0.5 }]).slice(0, -10));
    expect((await ingest()).result).toMatchObject({ files: 0, leftForNextRun: 1 });
    expect(await waiting()).toEqual(['half.json']);
    await put('half.json', JSON.stringify([GOOD, { ...GOOD, mass: 0.5 }]));
    expect((await ingest()).result).toMatchObject({ files: 1, refused: 0 });
    expect(await countImpacts(store)).toBe(2);
  });

  it('fails without upstream, is tried again, and tells what it added at each try', async () => {
    // The first hundred are added, and none of the second.
    const masses = Array.from({ length: 120 }, (_, index) => 0.1 + index / 1000);
    await put('products.ndjson', masses.map((mass) => JSON.stringify({ ...GOOD, mass })).join('\n'));
    faulty.breaksOff = { text: '"mass":0.21', times: Number.POSITIVE_INFINITY };
    const connection = { redisUrl: redis.url, prefix: `{test-${randomUUID()}}` };
    const pipelines = createPipelineClient(connection, { retryDelayMs: 3_600_000, onError: () => undefined });
    const worker = startTaskWorker({
      connection,
      queue: QUEUES.ingest,
      handlers: { 'add-products': (context) => addProducts(context) },
      recorder: openRunHistory(store),
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      lockMs: 60_000,
    });
    try {
      await createRun(store, { _id: 'run', pipeline: 'ecobalyse_training', trigger: 'test', parameters: {} });
      await pipelines.start('ecobalyse_training', { runId: 'run', parameters: {} });
      const task = async () => (await findRun(store, 'run'))?.tasks['add-products'];
      await waitUntil('the first try has failed', async () => Boolean((await task())?.error));
      expect((await task())?.error).toMatch(/cannot be reached/);
      expect(await countImpacts(store)).toBeGreaterThanOrEqual(100);
      expect(await waiting()).toEqual(['products.ndjson']);
      faulty.mend();
      const queue = pipelines.queues().find(({ name }) => name === QUEUES.ingest);
      await waitUntil('the next try is begun', async () => {
        const [putOff] = (await queue?.getDelayed()) ?? [];
        await putOff?.promote();
        return putOff !== undefined;
      });
      await waitUntil('the task has succeeded', async () => (await task())?.state === 'succeeded');
      expect(await task()).toMatchObject({ attempts: 2, result: { added: 120, alreadyThere: 0 } });
    } finally {
      await worker.close();
      await pipelines.close();
    }
  });

  it('knows a product again in a later part of the same file', async () => {
    const masses = [...Array.from({ length: 100 }, (_, index) => 0.1 + index / 1000), 0.1, 0.5];
    await put('products.ndjson', masses.map((mass) => JSON.stringify({ ...GOOD, mass })).join('\n'));
    expect((await ingest()).result).toMatchObject({ files: 1, added: 101, alreadyThere: 1 });
  });

  it('adds each product once when two workers take the same file', async () => {
    await copyFile(new URL('products.json', SAMPLES), join(folder, 'products.json'));
    const results = await Promise.all([ingest(), ingest()]);
    const added = results.map(({ result }) => result.added);
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(await countImpacts(store)).toBe(20);
    expect(await waiting()).toEqual([]);
  });

  it.each([
    ['as long ago as it takes to settle', 60_000, 60_000, 1],
    ['a moment less long ago', 60_000, 60_001, 0],
    ['now, where nothing has to settle', 0, 0, 1],
    ['now, where files have to settle', 0, 1, 0],
  ])('takes a file that changed %s, or leaves it', async (_, agoMs, settleMs, files) => {
    await put('good.json', JSON.stringify([GOOD]));
    const now = holdClock();
    await utimes(join(folder, 'good.json'), now / 1000, (now - agoMs) / 1000);
    expect((await ingest({ settleMs })).result).toMatchObject({ files, leftForNextRun: 1 - files });
  });

  it.each([
    ['less than an hour ago', 3_599_000, { files: 0, leftForNextRun: 1 }],
    ['an hour ago', 3_600_000, { files: 1, leftForNextRun: 0, added: 1 }],
  ])('leaves an array without its end, or takes what is there, when it changed %s', async (_, agoMs, expected) => {
    await put('half.json', `[${JSON.stringify(GOOD)},`);
    const now = holdClock();
    await utimes(join(folder, 'half.json'), now / 1000, (now - agoMs) / 1000);
    const { result } = await ingest();
    expect(result).toMatchObject(expected);
    expect(result.notes).toEqual([
      expect.stringMatching(expected.files ? /^half\.json: line 1: / : /^half\.json: still being copied/),
    ]);
  });

  it.each([
    [50, []],
    [51, ['and 1 more, in the log']],
    [53, ['and 3 more, in the log']],
  ])('names no more than 50 files in its result: %i', async (count, more) => {
    const names = Array.from({ length: count }, (_, rank) => `n${rank + 10}.txt`);
    await Promise.all(names.map((name) => put(name, 'x')));
    const { result, log } = await ingest();
    expect(result.notes?.map((note) => note.split(':')[0])).toEqual([...names.slice(0, 50), ...more]);
    expect(log).toHaveLength(count);
  });

  it('tells in bytes how far it is, file by file, the oldest first', async () => {
    const now = holdClock();
    const sizes = [];
    for (const [rank, name] of ['new.ndjson', 'old.ndjson'].entries()) {
      const text = JSON.stringify({ ...GOOD, mass: 0.2 + rank / 10 }) + ' '.repeat(rank);
      await put(name, text);
      await utimes(join(folder, name), now / 1000, now / 1000 - rank * 10);
      sizes.push(text.length);
    }
    const [newer = 0, older = 0] = sizes;
    const { progress, log } = await ingest();
    expect(progress).toEqual([
      [older, older + newer],
      [older + newer, older + newer],
    ]);
    expect(log).toEqual(['old', 'new'].map((name) => `${name}.ndjson: 1 added, 0 already there, 0 refused`));
  });

  it('stops for its signal, between files and within one, and files nothing away', async () => {
    const stopping = new AbortController();
    await put('a.ndjson', JSON.stringify(GOOD));
    beforeScoring = async () => stopping.abort(new Error('the worker is stopping'));
    await expect(ingest({ signal: stopping.signal })).rejects.toThrow('the worker is stopping');
    beforeScoring = async () => {
      throw new Error('not to be scored');
    };
    await expect(ingest({ signal: stopping.signal })).rejects.toThrow('the worker is stopping');
    expect([await waiting(), await processed()]).toEqual([['a.ndjson'], []]);
  });
});

/** Holds the time an hour ahead, beyond that of every file; in whole seconds, which file systems keep exactly. */
function holdClock(): number {
  const now = (Math.floor(Date.now() / 1000) + 3600) * 1000;
  vi.useFakeTimers({ toFake: ['Date'], now });
  return now;
}
