/**
 * Quality of the model families and duration of the whole training task.
 *
 * 1. On `../shared/data/original-dataset.csv`, when it is there: the original's columns only, split by row as the
 *    original did, and split so that equal columns are in one set. Where Python has scikit-learn (`PYTHON`, default
 *    `python3`), the original's pipeline on the same split stands in the same table.
 * 2. On the catalogue that a full extraction stores, with all features.
 * 3. The task `train` of the real service on that catalogue, on a real database and Redis.
 *
 * Run after `npm run build`: `node bench/dist/training.js [quality|task]`.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DEFAULT_SEED,
  type FamilyReport,
  garmentFromQuery,
  garmentFromRequest,
  type Sample,
  splitSamples,
  trainModels,
  type WholeGarment,
} from '@ecobalyse/impact-models';
import { createPipelineClient } from '@ecobalyse/pipeline';
import type { ImpactDocument } from '@ecobalyse/schema';
import { createRun, findRun, openStore } from '@ecobalyse/store';
import { startService, startTestMongodb, startTestRedis, waitUntil } from '@ecobalyse/test-servers';
import { catalogueDocuments } from './catalogue-documents.js';

const DATASET = fileURLToPath(new URL('../../../shared/data/original-dataset.csv', import.meta.url));
const SKLEARN_SCRIPT = fileURLToPath(new URL('../python/sklearn_original.py', import.meta.url));
const TASK_GOAL_SECONDS = 90;
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
    const { test } = splitSamples(samples, DEFAULT_SEED);
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

async function measureFamilies(title: string, samples: readonly Sample[]): Promise<void> {
  const { reports, counts } = await trainModels(samples);
  console.log(`${title}: ${counts.train} train, ${counts.calibration} calibration, ${counts.test} test`);
  for (const report of reports) show(report.family, report);
}

async function measureTask(documents: ImpactDocument[]): Promise<void> {
  const [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  const dbName = `bench-${randomUUID().slice(0, 8)}`;
  const store = openStore({ uri: mongodb.uri, dbName, appName: 'bench' });
  const connection = { redisUrl: redis.url, prefix: '{bench}' };
  const client = createPipelineClient(connection, { retryDelayMs: 1000, onError: () => undefined });
  const service = startService('services/training/bundle/main.js', {
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
    await Promise.all([mongodb.close(), redis.close()]);
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
    await measureFamilies(title, samples);
    showScikitLearn(samples);
  }
  await measureFamilies(
    'extracted catalogue',
    documents.map(({ _platform: { contentHash, query }, impacts }) => ({
      id: contentHash,
      garment: garmentFromQuery(query),
      cost: impacts.ecs,
    })),
  );
}

const documents = await catalogueDocuments();
if (PART !== 'task') await measureQuality(documents);
if (PART !== 'quality') await measureTask(documents);
