import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlatSource } from '@ecobalyse/product-documents';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { computeContractStatistics, countCoverage } from './contract-statistics.js';
import { createRows, loadGarments } from './garment-table.js';
import { keepGarments } from './kept-rows.js';
import { computeContractOnSpark, type SparkRun } from './spark-statistics.js';
import { garments } from './testing/garments.js';
import { openWorkbench, type Workbench } from './workbench.js';

let folder: string;
let bench: Workbench;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-spark-'));
  bench = await openWorkbench({ memoryMb: 256, threads: 1 });
});
afterEach(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

/** A command in the place of spark-submit. */
async function commandOf(script: string): Promise<string> {
  const path = join(folder, 'spark-submit');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const compute = (options: Partial<SparkRun>) =>
  computeContractOnSpark(bench, { master: 'spark://here:7077', submit: 'none', timeoutMs: 60_000, folder, ...options });

describe('a run that cannot be', () => {
  beforeEach(() => createRows(bench, 'garments'));

  it.each<[string, Partial<SparkRun>, string]>([
    ['no master', { master: undefined }, 'STATS_ENGINE=spark needs SPARK_MASTER, such as spark://host:7077'],
    ['no folder', { folder: undefined }, 'STATS_ENGINE=spark needs STATISTICS_FOLDER, which the cluster sees as well'],
    [
      'no Spark',
      { submit: '/nowhere/spark-submit' },
      '/nowhere/spark-submit was not found: install Spark beside this service, or name its command in SPARK_SUBMIT',
    ],
  ])('%s', async (_, options, message) => {
    await expect(compute(options)).rejects.toThrow(message);
  });

  it.each<[string, string, Partial<SparkRun>, string]>([
    ['fails', 'echo first >&2; echo no executors >&2; exit 3', {}, 'Spark failed with code 3: first | no executors'],
    ['never ends', 'sleep 600 & wait', { timeoutMs: 60 }, 'Spark has not ended within 0.001 minutes'],
    ['sees others', `echo '{"documents": 7}'`, {}, 'Spark saw 7 of 0 documents'],
  ])('one that %s', async (_, script, options, message) => {
    await expect(compute({ ...options, submit: await commandOf(script) })).rejects.toThrow(message);
    // What was shared is gone with the run.
    const left = (await readdir(folder, { recursive: true })).filter((name) => name.includes('run-'));
    expect(left).toEqual([]);
  });

  it('one that is stopped', async () => {
    const stopping = new AbortController();
    const log = async (line: string) => line === 'Spark: at work' && stopping.abort(new Error('stopped by the test'));
    const submit = await commandOf("echo 'ecobalyse: at work'; sleep 600 & wait");
    const stopped = compute({ submit, signal: stopping.signal, log: async (line) => void (await log(line)) });
    await expect(stopped).rejects.toThrow('stopped by the test');
  });
});

/** The tables of the contract with the columns that tell their rows apart first. */
const TABLES = {
  countries: 'product_id, country_name',
  days_of_wear: 'product_id',
  impacts: 'product_id, impact_order',
  outliers: 'product_id, md5_id, impact_order',
  ranking: 'part, place',
} as const;
/** Of a mean, which Spark sums in an order of its own. */
const ROUNDING = 1e-12;

const submit = process.env.SPARK_TEST_SUBMIT;
const master = process.env.SPARK_TEST_MASTER ?? 'local-cluster[2,1,1024]';

it.runIf(submit)('worker processes of a real Spark come to the rows of DuckDB', { timeout: 600_000 }, async () => {
  const documents = garments().map((document, index) => ({
    ...document,
    // Two identities of one garment, a value that is missing, a document that no mark tells, and impacts of every size.
    ...(index === 3 && { daysOfWear: 'many' }),
    impacts: { ...document.impacts, acd: (index % 17) * 1e-9, cch: index % 5 === 0 ? 0 : index * 1e7 },
    _platform: {
      ...document._platform,
      coveredImpacts: index % 2 === 0 ? ['ecs', 'pef', 'acd', 'cch'] : ['ecs', 'pef', 'acd'],
      ...(index === 1 && { contentHash: garments()[0]?._platform.contentHash }),
      ...(index === 2 && { answerHash: '' }),
    },
  }));
  async function* batches() {
    yield documents as unknown as FlatSource[];
  }
  await loadGarments(bench, batches());
  await keepGarments(bench, folder);
  // As few tasks as there are rows for.
  const few = await commandOf(`exec '${submit}' --conf spark.sql.shuffle.partitions=4 "$@"`);
  const said: string[] = [];
  await compute({ master, submit: few, timeoutMs: 580_000, log: async (line) => void said.push(line) });
  expect(said).toEqual([
    `Spark computes on ${master}`,
    `Spark: ${documents.length - 1} documents`,
    ...['impacts', 'outliers', 'countries', 'days_of_wear', 'ranking'].map((name) => `Spark: ${name}`),
  ]);

  const rowsOf = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(TABLES).map(async ([name, order]) => [
          name,
          await bench.rows(`SELECT * FROM stats_${name} ORDER BY ${order}`),
        ]),
      ),
    ) as Record<keyof typeof TABLES, Record<string, unknown>[]>;
  const theirs = await rowsOf();
  for (const name of Object.keys(TABLES)) await bench.run(`DROP TABLE stats_${name}`);
  await computeContractStatistics(bench, await countCoverage(bench));
  const ours = await rowsOf();
  for (const [name, column] of [
    ['impacts', 'mean'],
    ['days_of_wear', 'moyenne'],
  ] as const) {
    expect(theirs[name].length).toBe(ours[name].length);
    for (const [index, row] of theirs[name].entries()) {
      const mean = Number(ours[name][index]?.[column]);
      expect(Math.abs(Number(row[column]) - mean)).toBeLessThanOrEqual(ROUNDING * Math.abs(mean));
      row[column] = mean;
    }
  }
  expect(ours.outliers.length).toBeGreaterThan(20);
  expect(theirs).toEqual(ours);
});
