/**
 * The statistics, measured end to end: documents of the real shape in the embedded database (or the one that `MONGODB_URI`
 * names), then one run of the statistics as a process of its own, with the split of its time and its peak memory; and
 * DuckDB alone on a table with every impact covered.
 *
 * Run after `npm run build`: `node bench/dist/stats.js [documents] [rows of the table]` (default 7524 and 1000000; 0 leaves
 * a part out). With `--keep` the database stays open until the process is interrupted, for a look at it.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IMPACT_TYPES } from '@ecobalyse/schema';
import { computeContractStatistics, countCoverage, openWorkbench } from '@ecobalyse/stats';
import { openStore, type Store } from '@ecobalyse/store';
import { databaseOf, freePort, startService, waitUntil } from '@ecobalyse/test-servers';
import { garmentDocuments } from './garment-documents.js';

const [documents = 7524, tableRows = 1_000_000] = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith('--'))
  .map(Number);
const keep = process.argv.includes('--keep');

const BATCH = 500;
const DB_NAME = 'bench_stats';
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

async function insertDocuments(store: Store): Promise<void> {
  const impacts = store.collection('impacts');
  const startedAt = performance.now();
  // Statistics read everything in the order of storage. The API's indexes would only make the storing take ten times as long.
  await impacts.createIndex({ md5_id: 1 }, { unique: true });
  let batch = [];
  let writing: Promise<unknown> = Promise.resolve();
  for (const document of garmentDocuments(documents)) {
    batch.push(document);
    if (batch.length < BATCH) continue;
    await writing;
    writing = impacts.insertMany(batch, { ordered: false });
    batch = [];
  }
  await writing;
  if (batch.length > 0) await impacts.insertMany(batch, { ordered: false });
  const [first] = await impacts.find().limit(1).toArray();
  const kilobytes = (JSON.stringify(first).length / 1000).toFixed(1);
  console.log(
    `${documents} documents of about ${kilobytes} kB, made and stored in ${seconds(performance.now() - startedAt)}`,
  );
}

interface RunOutput {
  read: number;
  documents: number;
  milliseconds: Record<string, number>;
  collections: Record<string, number>;
  peakMemoryMb: number;
}

/** One run as its own process, so that its peak memory is its own. */
async function measureRun(uri: string): Promise<void> {
  const startedAt = performance.now();
  const run = startService('services/stats/bundle/main.js', { MONGODB_URI: uri, DB_NAME }, ['--once']);
  const [code] = await once(run.child, 'exit');
  const elapsed = performance.now() - startedAt;
  const output = run.output();
  if (code !== 0) throw new Error(`the run failed: ${output}`);
  const {
    read,
    documents: counted,
    milliseconds,
    collections,
    peakMemoryMb,
  } = JSON.parse(output.slice(output.indexOf('{'))) as RunOutput;
  const { total, ...split } = milliseconds;
  console.log(
    `run over ${read} documents (${counted} counted): ${seconds(total ?? 0)}, as a process ${seconds(elapsed)}`,
  );
  for (const [step, ms] of Object.entries(split)) {
    console.log(
      `  ${step.padEnd(8)} ${seconds(ms).padStart(10)}  ${((100 * ms) / (total ?? 1)).toFixed(0).padStart(3)} %`,
    );
  }
  console.log(`  peak memory ${peakMemoryMb} MB; collections ${JSON.stringify(collections)}`);
}

async function measureEndToEnd(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-stats-'));
  const port = await freePort();
  const server = process.env.MONGODB_URI
    ? undefined
    : startService('packages/tools/embedded-mongo/bundle/main.js', {}, ['--dir', dir, '--port', String(port)]);
  const uri = process.env.MONGODB_URI ?? `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const store = openStore({ uri, dbName: DB_NAME, appName: 'bench' });
  try {
    await waitUntil('the database answers', () => store.ping().then(() => true));
    await databaseOf(store).dropDatabase();
    await insertDocuments(store);
    await measureRun(uri);
    await measureRun(uri);
    if (keep) {
      console.log(`the database stays at ${uri} until this process is interrupted`);
      await once(process, 'SIGINT');
    }
    await databaseOf(store).dropDatabase();
  } finally {
    await store.close();
    await server?.end();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The contract's statistics in DuckDB alone: a table of 14 product types with 21 impacts of every magnitude. */
async function measureComputation(): Promise<void> {
  const bench = await openWorkbench({ memoryMb: 640 });
  try {
    const impacts = IMPACT_TYPES.map((type, index) => `exp(random() * 3.6) * 1e${(index % 13) - 9} AS ${type}`);
    await bench.run('SELECT setseed(0.42)');
    await bench.run(`
      CREATE TABLE garments AS
      SELECT md5(row::VARCHAR) AS md5_id, 'product-' || (row % 14)::VARCHAR AS product_id,
        'country-' || (random() * 20)::INTEGER AS country_fabric_name,
        'country-' || (random() * 20)::INTEGER AS country_making_name,
        round(30 + random() * 100) AS days_of_wear, ${impacts}
      FROM range(${tableRows}) AS rows(row)
    `);
    const startedAt = performance.now();
    await computeContractStatistics(bench, await countCoverage(bench));
    const elapsed = performance.now() - startedAt;
    const { outliers } = await bench.row<{ outliers: number }>(
      'SELECT count(*)::INTEGER AS outliers FROM stats_outliers',
    );
    console.log(
      `DuckDB alone, ${tableRows} rows x ${IMPACT_TYPES.length} impacts: ${seconds(elapsed)} (${outliers} outliers)`,
    );
  } finally {
    await bench.close();
  }
}

if (documents > 0) await measureEndToEnd();
if (tableRows > 0) await measureComputation();
