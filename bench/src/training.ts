/**
 * Quality of the model families and duration of the whole training task.
 *
 * 1. On `../shared/data/original-dataset.csv`, when it is there: the original's columns only, split by row as the
 *    original did, and split so that equal columns are in one set. Where Python has scikit-learn (`PYTHON`, default
 *    `python3`), the original's pipeline on the same split stands in the same table.
 * 2. On the catalogue that a full extraction stores, with all features.
 * 3. On drawn garments and the catalogue, judged on the suite: what production trains. Goals: see `STRANGERS`.
 * 4. The task `train` of the real service on that catalogue, on a real database and Redis.
 *
 * Run after `npm run build`: `node bench/dist/training.js [quality|strangers|task]`.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  answerFacts,
  DEFAULT_SEED,
  type FamilyReport,
  garmentFromQuery,
  garmentFromRequest,
  judge,
  loadModel,
  type ModelBundle,
  openEstimator,
  type Sample,
  splitSamples,
  trainModels,
  type WholeGarment,
} from '@ecobalyse/impact-models';
import { createPipelineClient } from '@ecobalyse/pipeline';
import type { ImpactDocument } from '@ecobalyse/schema';
import { createRun, findRun, openStore } from '@ecobalyse/store';
import { startService, startTestMongodb, startTestRedis, startTestSimulator, waitUntil } from '@ecobalyse/test-servers';
import { catalogueDocuments } from './catalogue-documents.js';
import { drawnSamples } from './drawn-samples.js';

const DATASET = fileURLToPath(new URL('../../../shared/data/original-dataset.csv', import.meta.url));
const SKLEARN_SCRIPT = fileURLToPath(new URL('../python/sklearn_original.py', import.meta.url));
const TASK_GOAL_SECONDS = 90;
const DESIGN = 4000;
/** As many of each stratum as the task has judge models of the design, and as many that nobody chose anything by. */
const IN_STRATUM = { suite: 143, strangers: 400 };
const STRANGER_SEEDS = [1_110_000, 1_220_000, 1_330_000];
/** Of 2,000 garments over all types and options; coverage in each stratum too. */
const STRANGERS = { mape: 1, r2: 0.999, coverage: [0.88, 0.92], inStratum: 0.85, widthRank: 0.6 } as const;
const INSERTED_AT_ONCE = 500;
/** Which part to run; all of them by default. */
const PART = process.argv[2];

/** Rows of the original's training data; `id` says which rows have to stay in one set. */
function originalSamples(id: (line: string, row: number) => string): Sample[] {
  return readFileSync(DATASET, 'utf8')
    .trim()
    .split('\n')
    .map((line, row) => {
      const [cost, product, first, second, share1, share2, dyeing, fabric, making, process, mass, air] = line
        .trim()
        .split(',');
      const numberOf = (cell: string | undefined) => (cell ? Number(cell) : null);
      const garment = garmentFromRequest({
        ProductId: product,
        MaterialId_1: first,
        MaterialId_2: second,
        MaterialId_1_share: numberOf(share1),
        MaterialId_2_share: numberOf(share2),
        CountryDyeingCode: dyeing,
        CountryFabricCode: fabric,
        CountryMakingCode: making,
        FabricProcess: process,
        Mass: numberOf(mass),
        AirTransportRatio: numberOf(air),
      });
      return { id: id(line, row), garment: garment as WholeGarment, cost: Number(cost) };
    });
}

function show(name: string, { metrics, coverage, seconds }: Partial<FamilyReport> & Pick<FamilyReport, 'metrics'>) {
  const { r2, rmse, mae, mape } = metrics;
  console.log(
    `  ${name.padEnd(26)} R² ${r2.toFixed(6)}  RMSE ${rmse.toFixed(2).padStart(8)}  MAE ${mae.toFixed(2).padStart(8)}  MAPE ${mape.toFixed(3).padStart(7)} %` +
      (coverage === undefined ? '' : `  coverage ${(100 * coverage).toFixed(1)} %`) +
      (seconds === undefined ? '' : `  ${seconds.toFixed(1)} s`),
  );
}

/** The original's pipeline, trained on all rows that are not tested on. */
function showScikitLearn(samples: readonly Sample[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'ecobalyse-split-'));
  try {
    const { test } = splitSamples(samples, DEFAULT_SEED, ({ id }) => id);
    const tested = new Set(test);
    const rows = samples.flatMap((sample, row) => (tested.has(sample) ? [row] : []));
    writeFileSync(join(folder, 'test-rows.json'), JSON.stringify(rows));
    const { status, stdout, stderr } = spawnSync(
      process.env.PYTHON ?? 'python3',
      [SKLEARN_SCRIPT, DATASET, join(folder, 'test-rows.json')],
      { encoding: 'utf8', timeout: 300_000 },
    );
    if (status === 0) show('original (scikit-learn)', JSON.parse(stdout));
    else console.log(`  original (scikit-learn)    not run: ${stderr.trim().split('\n').at(-1) ?? 'no Python'}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureFamilies(
  title: string,
  samples: readonly Sample[],
  options: Parameters<typeof trainModels>[1] = {},
): Promise<void> {
  const { reports, counts } = await trainModels(samples, options);
  console.log(`${title}: ${counts.train} train, ${counts.calibration} calibration, ${counts.test} test`);
  for (const report of reports) show(report.family, report);
}

/** What production trains, judged on garments that are unlike those in training. */
async function measureStrangers(catalogue: readonly Sample[]): Promise<void> {
  const { learnt } = drawnSamples({ design: DESIGN, stratum: 0 });
  const { suite } = drawnSamples({ design: 0, stratum: IN_STRATUM.suite });
  const cpu = process.cpuUsage();
  const { best, reports, counts } = await trainModels([...learnt, ...catalogue], { suite });
  console.log(
    `drawn garments: ${counts.train} train, ${counts.calibration} calibration, ${counts.test} judged, ${(process.cpuUsage(cpu).user / 1e6).toFixed(1)} s of CPU`,
  );
  for (const { family, error, widthRank, interpolation, ...report } of reports) {
    show(family, report);
    console.log(
      `    median error over the strata ${error.toFixed(4)} %, rank of the width ${widthRank.toFixed(3)}, interpolation RMSE ${interpolation?.rmse.toFixed(2)}`,
    );
  }
  for (const seed of STRANGER_SEEDS) showStrangers(best, seed);
}

/** The model that is served, judged on garments of a seed. */
function showStrangers(best: ModelBundle, seed: number): void {
  const { suite } = drawnSamples({ design: 0, stratum: IN_STRATUM.strangers, seed });
  const { strata, coverage, sound, widthRank } = judge(openEstimator(best, loadModel(best)), suite);
  console.log(`seed ${seed}: coverage of whole garments ${(100 * coverage).toFixed(1)} %`);
  for (const { stratum, count, medianApe, p95Ape, mape, r2, coverage: covered } of strata)
    console.log(
      `  ${stratum.padEnd(26)} ${count}  median ${medianApe.toFixed(4)} %  p95 ${p95Ape.toFixed(3)} %  MAPE ${mape.toFixed(3)} %  R² ${r2.toFixed(6)}  coverage ${(100 * covered).toFixed(1)} %`,
    );
  const [everything] = strata;
  const goals = {
    MAPE: (everything?.mape ?? 100) <= STRANGERS.mape,
    'R²': (everything?.r2 ?? 0) >= STRANGERS.r2,
    'coverage of everything':
      everything && everything.coverage >= STRANGERS.coverage[0] && everything.coverage <= STRANGERS.coverage[1],
    'coverage in each stratum': strata.every(({ coverage }) => coverage >= STRANGERS.inStratum),
    'rank of the width': widthRank >= STRANGERS.widthRank,
    'above 0, inside its interval': sound,
  };
  for (const [name, reached] of Object.entries(goals)) console.log(`  goal ${name}: ${reached ? 'reached' : 'MISSED'}`);
}

async function measureTask(documents: ImpactDocument[]): Promise<void> {
  const [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  const dbName = `bench-${randomUUID().slice(0, 8)}`;
  const store = openStore({ uri: mongodb.uri, dbName, appName: 'bench' });
  const connection = { redisUrl: redis.url, prefix: '{bench}' };
  const client = createPipelineClient(connection, { retryDelayMs: 1000, onError: () => undefined });
  const simulator = await startTestSimulator();
  const service = startService('services/training/bundle/main.js', {
    ECOBALYSE_API_URL: simulator.apiUrl,
    MONGODB_URI: mongodb.uri,
    DB_NAME: dbName,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: connection.prefix,
  });
  try {
    await store.ping();
    for (let start = 0; start < documents.length; start += INSERTED_AT_ONCE)
      await store.collection('impacts').insertMany(documents.slice(start, start + INSERTED_AT_ONCE));
    const runId = randomUUID();
    await createRun(store, { _id: runId, pipeline: 'ecobalyse_training', trigger: 'bench', parameters: {} });
    const start = performance.now();
    await client.start('ecobalyse_training', { runId, parameters: {} }, { number: 1, from: 'train' });
    await waitUntil('the task ends', async () => (await findRun(store, runId))?.state !== 'running', 600_000);
    const seconds = (performance.now() - start) / 1000;
    const run = await findRun(store, runId);
    console.log(
      `whole task on ${documents.length} documents: ${seconds.toFixed(1)} s  goal ${TASK_GOAL_SECONDS} s: ${run?.state === 'succeeded' && seconds <= TASK_GOAL_SECONDS ? 'reached' : 'MISSED'}`,
    );
    console.log(`  ${JSON.stringify(run?.tasks.train?.result ?? run?.tasks.train?.error)}`);
  } finally {
    await service.end();
    await client.close();
    await store.close();
    await Promise.all([mongodb.close(), redis.close(), simulator.close()]);
  }
}

async function measureQuality(documents: readonly ImpactDocument[]): Promise<void> {
  const columns = (line: string) => line.slice(line.indexOf(',') + 1).trim();
  if (!existsSync(DATASET)) console.log('original dataset: not on this machine');
  for (const [title, id] of existsSync(DATASET)
    ? ([
        ['original dataset, split by row', (_line: string, row: number) => String(row)],
        ['original dataset, equal columns in one set', columns],
      ] as const)
    : []) {
    const samples = originalSamples(id);
    await measureFamilies(title, samples, { group: (sample) => sample.id });
    showScikitLearn(samples);
  }
  await measureFamilies('extracted catalogue', samplesOf(documents));
}

const samplesOf = (documents: readonly ImpactDocument[]): Sample[] =>
  documents.map(({ _platform: { contentHash, query }, ...answer }) => ({
    id: contentHash,
    garment: garmentFromQuery(query),
    cost: answer.impacts.ecs,
    facts: answerFacts(answer),
  }));

const documents = await catalogueDocuments();
const runs = (part: string) => PART === undefined || PART === part;
if (runs('quality')) await measureQuality(documents);
if (runs('strangers')) await measureStrangers(samplesOf(documents));
if (runs('task')) await measureTask(documents);
