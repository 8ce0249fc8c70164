/**
 * The five statistics of the contract, here and in PySpark, on the same documents exported to one Parquet file: are they
 * equal, and how long does each take? Documents are of the real shape; the 19 detailed impacts, which the open method does not
 * give, are drawn around ecs, so that all 21 are computed.
 *
 * Needs Python with pyspark, and Java: `python3 -m venv venv && venv/bin/pip install pyspark`. Run after `npm run build`:
 * `PYTHON=venv/bin/python node bench/dist/stats-spark.js [documents]` (default 7524). Above 10,000 documents of one product
 * type Spark's quantiles are approximate (a rank may be off by 1 in 10,000), and differences are counted, not expected to be 0.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FlatSource } from '@ecobalyse/product-documents';
import { IMPACT_TYPES } from '@ecobalyse/schema';
import {
  computeContractStatistics,
  countCoverage,
  loadGarments,
  openWorkbench,
  type Workbench,
} from '@ecobalyse/stats';
import { garmentDocuments } from './garment-documents.js';

const documents = Number(process.argv[2] ?? 7524);
const python = process.env.PYTHON ?? 'python3';
const script = fileURLToPath(new URL('../python/stats_spark.py', import.meta.url));
const run = promisify(execFile);

const BATCH = 1000;
const SPARK_TIMEOUT_MS = 600_000;

/** Relative difference that another order of summation may cause. */
const ROUNDING = 1e-12;

/** What each statistic is compared by, and its numbers. */
const COMPARED = {
  countries: { keys: ['product_id', 'country_name'], numbers: ['countryFabric_count', 'countryMaking_count', 'count'] },
  days_of_wear: { keys: ['product_id'], numbers: ['Q1', 'mediane', 'Q3', 'min', 'max', 'moyenne'] },
  impacts: {
    keys: ['product_id', 'impact_type'],
    numbers: ['Q1', 'median', 'Q3', 'mean', 'min', 'max', 'seuil_min', 'seuil_max'],
  },
  outliers: { keys: ['product_id', 'md5_id', 'impact_type'], numbers: [] },
  ranking: { keys: ['ranking', 'md5_id'], numbers: [] },
} as const;

async function* sources(): AsyncGenerator<FlatSource[]> {
  let batch: FlatSource[] = [];
  for (const document of garmentDocuments(documents)) {
    batch.push(document as unknown as FlatSource);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Writes the documents as one Parquet file, with every impact covered. */
async function exportGarments(bench: Workbench, file: string): Promise<void> {
  await loadGarments(bench, sources());
  const detailed = IMPACT_TYPES.filter((type) => type !== 'ecs' && type !== 'pef');
  const drawn = detailed.map((type, index) => `ecs * exp(3 * random()) * 1e${-(index % 12)} AS ${type}`);
  await bench.run('SELECT setseed(0.42)');
  await bench.run(`COPY (SELECT * REPLACE (${drawn}) FROM garments ORDER BY md5_id) TO '${file}' (FORMAT parquet)`);
  await bench.run('DROP TABLE garments');
}

async function compute(bench: Workbench, file: string): Promise<number> {
  for (const name of Object.keys(COMPARED)) await bench.run(`DROP TABLE IF EXISTS stats_${name}`);
  await bench.run('DROP TABLE IF EXISTS garments');
  const startedAt = performance.now();
  await bench.run(`CREATE TABLE garments AS SELECT * FROM read_parquet('${file}')`);
  await computeContractStatistics(bench, await countCoverage(bench));
  return (performance.now() - startedAt) / 1000;
}

/** Rows that only one of the two has, or whose numbers differ by more than rounding. */
async function countDifferences(bench: Workbench, name: keyof typeof COMPARED, folder: string) {
  const { keys, numbers } = COMPARED[name];
  const differs = [
    `ours."${keys[0]}" IS NULL`,
    `theirs."${keys[0]}" IS NULL`,
    ...numbers.map(
      (number) =>
        `abs(ours."${number}" - theirs."${number}") > ${ROUNDING} * greatest(abs(ours."${number}"), abs(theirs."${number}"))`,
    ),
  ];
  return bench.row<{ rows: number; different: number }>(`
    SELECT count(*)::INTEGER AS rows, count(*) FILTER (WHERE ${differs.join(' OR ')})::INTEGER AS different
    FROM stats_${name} AS ours
    FULL OUTER JOIN read_parquet('${folder}/${name}/*.parquet') AS theirs
      ON ${keys.map((key) => `ours."${key}" = theirs."${key}"`).join(' AND ')}
  `);
}

const available = await run(python, ['-c', 'import pyspark; print(pyspark.__version__)']).catch(() => undefined);
if (!available) {
  console.log(`${python} has no pyspark: install it (pip install pyspark) and name that Python in PYTHON`);
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-spark-'));
const bench = await openWorkbench({ memoryMb: 1024 });
try {
  const file = join(folder, 'garments.parquet');
  const results = join(folder, 'results');
  await mkdir(results);
  await exportGarments(bench, file);

  const { stdout } = await run(python, [script, file, results, ...IMPACT_TYPES], { timeout: SPARK_TIMEOUT_MS });
  const spark = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<'session' | 'first' | 'second', number>;
  const first = await compute(bench, file);
  const second = await compute(bench, file);

  console.log(`${documents} documents x ${IMPACT_TYPES.length} impacts, pyspark ${available.stdout.trim()}`);
  let different = 0;
  for (const name of Object.keys(COMPARED) as (keyof typeof COMPARED)[]) {
    const found = await countDifferences(bench, name, results);
    different += found.different;
    console.log(`  ${name.padEnd(13)} ${found.rows} rows, ${found.different} different`);
  }
  console.log(different === 0 ? 'equal' : `${different} rows differ`);
  const ratio = (theirs: number, ours: number) =>
    `${theirs.toFixed(2)} s / ${ours.toFixed(3)} s = ${(theirs / ours).toFixed(0)}`;
  console.log(
    `Spark / DuckDB, first run (${spark.session.toFixed(1)} s of Spark's start left out): ${ratio(spark.first, first)}`,
  );
  console.log(`Spark / DuckDB, second run in the same process: ${ratio(spark.second, second)}`);
} finally {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
}
