import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImpactDocument, STATISTIC_NAMES } from '@ecobalyse/schema';
import {
  completeDocuments,
  confirmImpacts,
  deleteImpact,
  ensureIndexes,
  findStatistic,
  insertImpacts,
  openStore,
  type Store,
  streamFlatSources,
  upsertImpacts,
} from '@ecobalyse/store';
import { databaseOf, emptyDatabase, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { computeContractStatistics, countCoverage } from './contract-statistics.js';
import { loadGarments } from './garment-table.js';
import { loadKeptGarments } from './kept-rows.js';
import { loadOutlierInputs } from './outlier-inputs.js';
import { runStatistics } from './statistics-run.js';
import { dyingAfter } from './testing/dying-files.js';
import { garments } from './testing/garments.js';
import { openWorkbench, type Workbench } from './workbench.js';

let mongodb: TestMongodb;
let store: Store;
let folder: string;
const idle: Workbench[] = [];
const all = garments();
const stored = all.slice(0, 30);
const others = all.slice(30, 40);
/** As many as are there: with them, both files become one. */
const asMany = all.slice(40, 70);

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await beginAnew();
});
afterAll(async () => {
  for (const bench of idle) await bench.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-kept-rows-'));
  await emptyDatabase(store);
  await insertImpacts(store, copies(stored));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An empty database, with its indexes. */
async function beginAnew(): Promise<void> {
  await databaseOf(store).dropDatabase();
  await ensureIndexes(store);
}

const impacts = () => store.collection('impacts');
const copies = (documents: readonly ImpactDocument[]) => documents.map((document) => structuredClone(document));
const identities = (documents: readonly ImpactDocument[]) => documents.map(({ md5_id }) => md5_id);

/** Sums of other orders may differ in their last digits, beyond the collections of the contract. */
const CONTRACT: readonly string[] = ['countries', 'days_of_wear', 'impacts', 'outliers', 'ranking'];
const settled = (rows: unknown) =>
  JSON.parse(JSON.stringify(rows, (_, value) => (typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value)));

/** All that a run published, and what it says of itself but for its times. */
async function published(options: Partial<Parameters<typeof runStatistics>[0]>) {
  const { finishedAt: _, milliseconds: __, ...summary } = await runStatistics({ store, memoryMb: 256, ...options });
  const statistics = STATISTIC_NAMES.map(async (name) => {
    const rows = await findStatistic(store, name);
    return [name, CONTRACT.includes(name) ? rows : settled(rows)];
  });
  return { summary, statistics: await Promise.all(statistics) };
}

/** Gives a workbench without tables: one that another run has left, since opening one takes as long as a small run. */
async function withWorkbench(work: (bench: Workbench) => Promise<void>): Promise<void> {
  const bench = idle.pop() ?? (await openWorkbench({ memoryMb: 256, threads: 1 }));
  try {
    await work(bench);
  } finally {
    for (const { name } of await bench.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables()'))
      await bench.run(`DROP TABLE ${name}`);
    idle.push(bench);
  }
}

/** Loads what changed: the line that tells how much that was. It has to come to what reading every document comes to. */
async function runAgain({ countedVersion = '7.0.0', isCompared = true } = {}): Promise<string> {
  const said: string[] = [];
  const log = async (line: string) => void said.push(line);
  await withWorkbench(async (bench) => {
    const loaded = await loadKeptGarments(bench, store, { folder, filter: { countedVersion }, log });
    if (!isCompared) return;
    const { readMs: _, loadMs: __, ...found } = loaded;
    await bench.run('ALTER TABLE garments RENAME TO found');
    const full = await loadGarments(bench, streamFlatSources(store, { state: 'counted', countedVersion }));
    expect({ ...full, ...found }).toEqual(full);
    const rowsOf = (table: string) => bench.rows(`FROM ${table} ORDER BY md5_id, mark`);
    expect(await rowsOf('found')).toEqual(await rowsOf('garments'));
  });
  return said.join();
}

/** The same, where what it comes to is not what the test asks. */
const keepRows = () => runAgain({ isCompared: false });

/** Keeps rows and inputs as a run does, without what else it computes; the line about the inputs. */
async function keepInputs(place = folder): Promise<string> {
  const said: string[] = [];
  await withWorkbench(async (bench) => {
    await loadKeptGarments(bench, store, { folder: place, filter: { countedVersion: '7.0.0' } });
    await computeContractStatistics(bench, await countCoverage(bench));
    await loadOutlierInputs(bench, store, { folder: place, log: async (line) => void said.push(line) });
  });
  return said.join();
}

async function filesOf(place = folder): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

it('reads every document once, and then those that were added, changed, deleted or confirmed', async () => {
  expect(await runAgain()).toBe('every document is read: none were kept');
  expect(await runAgain()).toBe('0 of 30 documents are read, the others were kept');

  await insertImpacts(store, copies(others));
  expect(await runAgain()).toBe('10 of 40 documents are read, the others were kept');

  const changed = copies(stored.slice(3, 7)).map((document, index) => ({
    ...document,
    daysOfWear: 500 + index,
    impacts: { ...document.impacts, ecs: document.impacts.ecs * 2 },
    _platform: { ...document._platform, answerHash: `another ${index}` },
  }));
  expect(await upsertImpacts(store, changed)).toHaveLength(1);
  expect(await runAgain()).toBe('4 of 40 documents are read, the others were kept');

  for (const md5Id of identities(stored.slice(10, 20))) await deleteImpact(store, md5Id);
  expect(await runAgain()).toBe('0 of 30 documents are read, the others were kept');

  // Undone: the same documents come back, of which nothing has to be read.
  await insertImpacts(store, copies(stored.slice(10, 20)));
  expect(await runAgain()).toBe('0 of 40 documents are read, the others were kept');

  const doubtful = identities(stored.slice(20, 23));
  await impacts().updateMany({ md5_id: { $in: doubtful } }, { $set: { '_platform.state': 'to-check' } });
  expect(await runAgain()).toBe('0 of 37 documents are read, the others were kept');
  await confirmImpacts(store, { invalidate: async () => undefined }, doubtful, { by: null, at: new Date() });
  expect(await runAgain()).toBe('0 of 40 documents are read, the others were kept');
});

it('reads a document that was deleted and added again as another one of the same query', async () => {
  await keepRows();
  const [document] = copies(stored.slice(0, 1)) as [ImpactDocument];
  await deleteImpact(store, document.md5_id);
  document._platform = { ...document._platform, scenario: null, createdAt: '2030-01-01T00:00:00.000Z' };
  await insertImpacts(store, [document]);
  expect(await runAgain()).toBe('1 of 30 documents are read, the others were kept');
});

it('reads what another platform put in the place of its own documents, and documents that nothing names', async () => {
  const { _platform, ...foreign } = stored[0] as ImpactDocument;
  await impacts().replaceOne({ md5_id: foreign.md5_id }, foreign as ImpactDocument);
  await completeDocuments(store);
  await keepRows();
  const heavier = { ...foreign, inputs: { ...foreign.inputs, mass: 9 }, daysOfWear: 12 };
  await impacts().replaceOne({ md5_id: foreign.md5_id }, heavier as ImpactDocument);
  expect(await runAgain()).toBe('1 of 30 documents are read, the others were kept');
  await completeDocuments(store);
  expect(await runAgain()).toBe('1 of 30 documents are read, the others were kept');
  expect(await runAgain()).toBe('0 of 30 documents are read, the others were kept');

  const { md5_id: _id, ...nameless } = structuredClone(others[0]) as ImpactDocument;
  await impacts().insertOne({ ...nameless, durability: 'x' } as unknown as ImpactDocument);
  await impacts().insertOne({ ...structuredClone(others[1]), product_id: null } as unknown as ImpactDocument);
  expect(await runAgain()).toBe('2 of 32 documents are read, the others were kept');
  // A document without an identity cannot be kept.
  expect(await runAgain()).toBe('1 of 32 documents are read, the others were kept');
});

it('reads everything where a document is not what was kept of it, however it came to that', async () => {
  await keepRows();
  await impacts().updateOne({ md5_id: stored[5]?.md5_id as string }, { $set: { daysOfWear: 1 } });
  expect(await runAgain()).toBe('every document is read: a document differs from what was kept of it');
  expect(await runAgain()).toBe('0 of 30 documents are read, the others were kept');
});

it('takes documents of the version that counts, and those that do not tell theirs', async () => {
  await keepRows();
  const versionOf = (index: number, methodVersion: string | null) =>
    impacts().updateOne(
      { md5_id: stored[index]?.md5_id as string },
      { $set: { '_platform.methodVersion': methodVersion } },
    );
  await Promise.all([versionOf(1, '8.5.0'), versionOf(2, null)]);
  expect(await runAgain()).toBe('1 of 29 documents are read, the others were kept');
  await versionOf(1, '7.0.0');
  expect(await runAgain()).toBe('0 of 30 documents are read, the others were kept');
  await versionOf(1, '8.5.0');
  expect(await runAgain({ countedVersion: '8.5.0' })).toBe('1 of 2 documents are read, the others were kept');
});

it('fetches up to 200 documents, or a fifth of them, and reads all where more have changed', async () => {
  await keepRows();
  await insertImpacts(store, copies(all.slice(90, 290)));
  expect(await keepRows()).toBe('200 of 230 documents are read, the others were kept');
  await impacts().updateMany({}, { $set: { '_platform.answerHash': 'another' } });
  expect(await runAgain()).toBe('every document is read: 230 of 230 changed');
});

it('takes a document by one of its marks, though the index names two', async () => {
  const unique = (await impacts().indexes()).find(({ key, unique: isUnique }) => isUnique && 'md5_id' in key);
  await impacts().dropIndex(unique?.name as string);
  const [twin] = copies(stored) as [ImpactDocument];
  const { insertedId } = await impacts().insertOne({
    ...twin,
    daysOfWear: 7,
    _platform: { ...twin._platform, answerHash: 'another', contentHash: 'another' },
  });
  await keepRows();
  await impacts().updateOne({ _id: insertedId }, { $set: { '_platform.answerHash': 'a third', daysOfWear: 8 } });
  expect(await runAgain()).toBe('1 of 31 documents are read, the others were kept');
  await beginAnew();
});

it('takes rows and inputs once, though two runs have kept them', async () => {
  const [own, other] = [join(folder, 'own'), join(folder, 'other')];
  await keepInputs(own);
  await insertImpacts(store, copies(others));
  await keepInputs(other);
  for (const file of await filesOf(other)) await cp(file, file.replace(other, own));
  expect(await published({ folder: own })).toEqual(await published({}));
});

it('needs nothing anew after a dump was restored, also into another database', async () => {
  await keepRows();
  const documents = await impacts()
    .find({}, { projection: { _id: 0 } })
    .toArray();
  await beginAnew();
  await impacts().insertMany(documents.reverse());
  expect(await runAgain()).toBe('0 of 30 documents are read, the others were kept');
});

it('mends files that are lost, cut or changed, or that a killed run left', async () => {
  await keepRows();
  await insertImpacts(store, copies(others));
  await keepRows();
  const [small, large] = await sizedFiles();
  expect(await filesOf()).toHaveLength(2);

  await rm(small);
  expect(await runAgain()).toBe('10 of 40 documents are read, the others were kept');
  await truncate(small, 200);
  expect(await runAgain()).toBe('10 of 40 documents are read, the others were kept');
  const bytes = await readFile(small);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  await writeFile(small, bytes);
  expect(await runAgain()).toBe('10 of 40 documents are read, the others were kept');
  await rm(large);
  expect(await runAgain()).toBe('30 of 40 documents are read, the others were kept');

  // A run that was killed while it wrote, and rows of an earlier version of the platform.
  const place = join(small, '..');
  await mkdir(join(place, 'run-999999999-x'));
  await writeFile(join(place, 'run-999999999-x', 'new.parquet'), 'half');
  await mkdir(join(folder, 'rows-former'));
  await writeFile(join(folder, 'mine.txt'), 'kept');
  await runAgain();
  expect(await readdir(place)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.parquet$/)]);
  expect((await readdir(folder)).sort()).toEqual(['mine.txt', expect.stringMatching(/^rows-[0-9a-f]{8}$/)]);
});

/** The files by the number of their bytes. */
async function sizedFiles(): Promise<[string, string]> {
  const files = await Promise.all(
    (await filesOf()).map(async (path) => ({ path, size: (await readFile(path)).length })),
  );
  return files.sort((a, b) => a.size - b.size).map(({ path }) => path) as [string, string];
}

it('gives two runs at once the same, and the next one too', async () => {
  await keepRows();
  await insertImpacts(store, copies(others));
  await Promise.all([runAgain(), runAgain()]);
  expect(await runAgain()).toBe('0 of 40 documents are read, the others were kept');
});

it('keeps what it had when a run is stopped, at whatever step', async () => {
  await keepRows();
  await insertImpacts(store, copies(others));
  for (const step of ['log', 'onRead'] as const) {
    const stopping = new AbortController();
    const stop = async () => stopping.abort(new Error('stopped by the test'));
    await expect(
      runStatistics({ store, memoryMb: 256, folder, signal: stopping.signal, [step]: stop }),
    ).rejects.toThrow('stopped by the test');
    expect(
      (await readdir(join(folder, (await readdir(folder))[0] as string))).filter((name) => name.startsWith('run-')),
    ).toEqual([]);
  }
  expect(await runAgain()).toBe('10 of 40 documents are read, the others were kept');
});

it('is right after a run that died at whatever change of a file', async () => {
  await keepRows();
  const first = await filesOf();
  const before = await mkdtemp(join(tmpdir(), 'ecobalyse-kept-before-'));
  await cp(folder, before, { recursive: true });
  await insertImpacts(store, copies(asMany));
  const kept = (await readFile(first[0] as string)).length;
  for (let steps = 0; ; steps += 1) {
    const isDone = await dyingAfter(steps, folder, keepRows);
    if (isDone) {
      // Folder, list, present, new file, replaced one, end.
      expect(steps).toBeGreaterThanOrEqual(7);
      break;
    }
    const whole = (await readdir(join(first[0] as string, '..'))).filter((name) => name.endsWith('.parquet'));
    // Nothing is lost: the rows are in the old file, in the new one, or in both.
    expect(whole.length).toBeGreaterThanOrEqual(1);
    const said = await runAgain();
    expect(said).toMatch(/^(30|0) of 60 documents are read, the others were kept$/);
    // From the same beginning again.
    await rm(folder, { recursive: true });
    await cp(before, folder, { recursive: true });
  }
  await rm(before, { recursive: true });
  expect(await runAgain()).toBe('0 of 60 documents are read, the others were kept');
  expect((await filesOf()).map((path) => path.endsWith('.parquet'))).toEqual([true]);
  expect((await readFile((await filesOf())[0] as string)).length).toBeGreaterThan(kept);
});

it('reads inputs of outliers only of those that are new', async () => {
  const readIn = (said: string) => /inputs of (\d+) of (\d+) outliers/.exec(said)?.slice(1).map(Number);
  const readOf = async () => readIn(await keepInputs());
  const said: string[] = [];
  await runStatistics({ store, memoryMb: 256, folder, log: async (line) => void said.push(line) });
  const [fetched, first] = readIn(said.join()) as [number, number];
  // Every garment of three kilos.
  expect([fetched, first]).toEqual([6, 6]);
  expect(await readOf()).toEqual([0, first]);
  const heavy = copies(
    all.filter(({ inputs }) => Number(inputs.mass) >= 3 && !stored.some((one) => one.inputs === inputs)),
  );
  await insertImpacts(store, heavy.slice(-2));
  const [added, now] = (await readOf()) as [number, number];
  expect(added).toBeLessThanOrEqual(now - first + 2);
  expect(await readOf()).toEqual([0, now]);
  // What another platform put in its place is read, whatever is kept.
  await rm(folder, { recursive: true });
  expect(await readOf()).toEqual([now, now]);
});

it('keeps few files, and no rows of documents that are gone', async () => {
  for (const document of copies(others.slice(0, 3))) {
    await insertImpacts(store, [document]);
    await keepRows();
  }
  expect(await filesOf()).toHaveLength(2);
  const [, large] = await sizedFiles();
  await impacts().deleteMany({ md5_id: { $in: identities(stored.slice(0, 20)) } });
  expect(await runAgain()).toBe('0 of 13 documents are read, the others were kept');
  expect(existsSync(large)).toBe(true);
});
