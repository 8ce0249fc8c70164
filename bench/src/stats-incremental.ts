/**
 * A run of the statistics that reads every document, and one that reads only what changed since the one before it, each as a
 * process of its own on the embedded database (or the one that `MONGODB_URI` names), with the split of their time and the
 * CPU time of run and database.
 *
 * Run after `npm run build`: `node bench/dist/stats-incremental.js [documents] [changed]` (default 20000 and 1000). With
 * `--slim`, documents hold only what statistics read (4 of 22 kB): a million of them are stored in minutes, and the full read
 * of those costs less than that of real ones. With `--data=FOLDER`, database and rows stay in that folder: where it has
 * documents already, only the run after a change is measured.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImpactDocument } from '@ecobalyse/schema';
import { countImpacts, openStore, type Store } from '@ecobalyse/store';
import { databaseOf, freePort, startService, waitUntil } from '@ecobalyse/test-servers';
import type { AnyBulkWriteOperation } from 'mongodb';
import { garmentDocuments } from './garment-documents.js';

const [documents = 20_000, changed = 1000] = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith('--'))
  .map(Number);
const isSlim = process.argv.includes('--slim');
const data = process.argv.find((argument) => argument.startsWith('--data='))?.slice('--data='.length);

const BATCH = 1000;
const DATABASE_MS = 180_000;
const DB_NAME = 'bench_stats_incremental';
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function slim(document: ImpactDocument): ImpactDocument {
  const { inputs, lifeCycle, ...rest } = document;
  return {
    ...rest,
    inputs: { ...inputs, trims: [] },
    lifeCycle: lifeCycle.map(({ enabled, airTransportRatio, impacts, transport }) => ({
      enabled,
      airTransportRatio,
      impacts: { ecs: impacts.ecs },
      transport: { impacts: { ecs: transport.impacts?.ecs } },
    })),
  } as unknown as ImpactDocument;
}

async function insertDocuments(store: Store): Promise<void> {
  const impacts = store.collection('impacts');
  const startedAt = performance.now();
  // The indexes that a run needs; those of the API would make storing take ten times as long.
  await impacts.createIndex({ md5_id: 1 }, { unique: true });
  await impacts.createIndex({
    md5_id: 1,
    '_platform.answerHash': 1,
    '_platform.createdAt': 1,
    '_platform.methodVersion': 1,
  });
  await impacts.createIndex({ '_platform.state': 1, md5_id: 1 });
  await impacts.createIndex({ '_platform.methodVersion': 1 });
  await impacts.createIndex({ '_platform.coveredCount': 1 });
  const batch: ImpactDocument[] = [];
  for (const document of garmentDocuments(documents)) {
    batch.push(isSlim ? slim(document) : document);
    if (batch.length === BATCH) await impacts.insertMany(batch.splice(0), { ordered: false });
  }
  if (batch.length > 0) await impacts.insertMany(batch, { ordered: false });
  console.log(`${documents} documents stored in ${seconds(performance.now() - startedAt)}`);
}

/** Changes documents all over the collection, as a new answer to each would. */
async function change(store: Store): Promise<void> {
  const impacts = store.collection('impacts');
  const writes: AnyBulkWriteOperation<ImpactDocument>[] = [];
  for (let index = 0; index < changed; index += 1) {
    const from = randomBytes(16).toString('hex');
    const options = { projection: { _id: 0, md5_id: 1, 'impacts.ecs': 1 }, sort: { md5_id: 1 } } as const;
    const found = (await impacts.findOne({ md5_id: { $gte: from } }, options)) ?? (await impacts.findOne({}, options));
    if (!found) throw new Error('there is no document');
    const answer = { 'impacts.ecs': found.impacts.ecs * 1.01, '_platform.answerHash': `changed ${from}` };
    writes.push({ updateOne: { filter: { md5_id: found.md5_id }, update: { $set: answer } } });
  }
  await impacts.bulkWrite(writes, { ordered: false });
}

/** Seconds that a process has used the CPU for. */
async function cpuSeconds(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0;
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
}

async function measureRun(name: string, env: Record<string, string>, database: number | undefined): Promise<number> {
  const before = await cpuSeconds(database);
  const startedAt = performance.now();
  const run = startService('services/stats/bundle/main.js', env, ['--once']);
  let own = 0;
  const watch = setInterval(async () => {
    own = await cpuSeconds(run.child.pid).catch(() => own);
  }, 100);
  const [code] = await once(run.child, 'exit');
  clearInterval(watch);
  const elapsed = performance.now() - startedAt;
  const output = run.output();
  if (code !== 0) throw new Error(`the run failed: ${output}`);
  const { milliseconds, peakMemoryMb } = JSON.parse(output.slice(output.indexOf('{'))) as {
    milliseconds: Record<string, number>;
    peakMemoryMb: number;
  };
  const split = Object.entries(milliseconds).map(([step, ms]) => `${step} ${seconds(ms)}`);
  const cpu = `CPU ${own.toFixed(1)} s and ${((await cpuSeconds(database)) - before).toFixed(1)} s of the database`;
  console.log(`${name}: ${seconds(elapsed)} (${split.join(', ')}); ${cpu}; peak memory ${peakMemoryMb} MB`);
  console.log(`  ${/^.*(?:are|is) read.*$/m.exec(output)?.[0] ?? 'every document is read'}`);
  return elapsed;
}

const dir = data ?? (await mkdtemp(join(tmpdir(), 'ecobalyse-bench-stats-')));
const port = await freePort();
const server = process.env.MONGODB_URI
  ? undefined
  : startService('packages/tools/embedded-mongo/bundle/main.js', {}, [
      '--dir',
      join(dir, 'db'),
      '--port',
      String(port),
    ]);
const uri = process.env.MONGODB_URI ?? `mongodb://127.0.0.1:${port}/?directConnection=true`;
const store = openStore({ uri, dbName: DB_NAME, appName: 'bench' });
try {
  // A large file that was not closed in order is looked through first.
  await waitUntil('the database answers', () => store.ping().then(() => true), DATABASE_MS);
  const env = { MONGODB_URI: uri, DB_NAME };
  const folder = join(dir, 'kept');
  const pid = server?.child.pid;
  let full: number | undefined;
  if (data === undefined || (await countImpacts(store)) === 0) {
    await databaseOf(store).dropDatabase();
    await insertDocuments(store);
    full = await measureRun('full', env, pid);
    await measureRun('first that keeps rows', { ...env, STATISTICS_FOLDER: folder }, pid);
  }
  await change(store);
  const again = await measureRun(`${changed} changed`, { ...env, STATISTICS_FOLDER: folder }, pid);
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.parquet'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  console.log(`${files.length} files of ${(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(0)} MB`);
  if (full !== undefined) console.log(`full / incremental = ${(full / again).toFixed(1)}`);
} finally {
  await store.close();
  await server?.end();
  if (data === undefined) await rm(dir, { recursive: true, force: true });
}
