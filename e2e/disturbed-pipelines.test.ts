import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '@ecobalyse/api-client';
import type { PipelineName, RunParameters, RunView } from '@ecobalyse/schema';
import { countImpacts, openStore, type Store } from '@ecobalyse/store';
import {
  freePort,
  type ServiceProcess,
  startFaultyUpstream,
  startService,
  startTestRedis,
  startTestSimulator,
  type TestRedis,
  type TestSimulator,
  waitUntil,
} from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

/** Services as processes of their own, each of which a test can kill, and a run after the other. */

const KEY = 'a-key-of-the-tests-0123456789';
const PRODUCTS = 120;
/** Long enough for many processes that start at once on a slow machine. */
const STARTED_WITHIN_MS = 60_000;
/** Half of what a test may take: what failed a batch often on a slow machine is tried again after a minute. */
const ENDED_WITHIN_MS = 240_000;

vi.setConfig({ testTimeout: 480_000 });

let redis: TestRedis;
let simulator: TestSimulator;
let folder: string;
let env: Record<string, string>;
let store: Store;
let mongodb: ServiceProcess;
let api: ApiClient;
let orchestrator: ServiceProcess;
/** Those of one test. */
let workers: ServiceProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-pipelines-'));
  [redis, simulator] = await Promise.all([startTestRedis(), startTestSimulator()]);
  const [orchestratorPort, mongodbPort] = await Promise.all([freePort(), freePort()]);
  env = {
    MONGODB_URI: `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true`,
    REDIS_URL: redis.url,
    ECOBALYSE_API_URL: simulator.apiUrl,
    ECOBALYSE_REQUESTS_PER_SECOND: '50',
    EXTRACTION_BATCH_SIZE: '20',
    API_KEY: KEY,
    ORCHESTRATOR_PORT: String(orchestratorPort),
    PRODUCTS_FOLDER: join(folder, 'products'),
    INGEST_SETTLE_SECONDS: '0',
    TASK_RETRY_DELAY_MS: '500',
    JOB_LOCK_MS: '3000',
    SCHEDULE_ECOBALYSE_EXTRACT: 'off',
    SCHEDULE_ECOBALYSE_TRAINING: 'off',
    SCHEDULE_ECOBALYSE: 'off',
  };
  const orchestratorUrl = `http://127.0.0.1:${orchestratorPort}`;
  api = createApiClient({ apiUrl: orchestratorUrl, orchestratorUrl, key: KEY });
  store = openStore({ uri: env.MONGODB_URI as string, dbName: 'ecobalyse', appName: 'e2e' });
  startDatabase();
  orchestrator = startProgram('orchestrator');
  await waitUntil(
    'the orchestrator answers',
    async () => (await fetch(`${orchestratorUrl}/health/ready`)).ok,
    STARTED_WITHIN_MS,
  );
});
afterAll(async () => {
  await orchestrator.end();
  await store.close();
  await Promise.all([mongodb.end(), redis.close(), simulator.close()]);
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => store.collection('impacts').deleteMany({}));
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.end()));
  workers = [];
});

function startDatabase(): void {
  const { port } = new URL(env.MONGODB_URI as string);
  const place = ['--dir', join(folder, 'mongodb'), '--port', port];
  mongodb = startService('packages/tools/embedded-mongo/bundle/main.js', {}, place);
}

const startProgram = (name: string, changed: Record<string, string> = {}) =>
  startService(`services/${name}/bundle/main.js`, { ...env, ...changed });

/** A worker that ends with the test. */
function start(name: string, changed?: Record<string, string>): ServiceProcess {
  const worker = startProgram(name, changed);
  workers.push(worker);
  return worker;
}

const run = (name: PipelineName, parameters: RunParameters = {}) =>
  api.ask('POST /orchestrator/pipelines/{name}/runs', { path: { name }, body: { parameters } });

/** Waits for a run's end, or for that of one of its tasks. */
async function ended(id: string, taskName?: string): Promise<RunView> {
  let run = await api.ask('GET /orchestrator/runs/{id}', { path: { id } });
  await waitUntil(
    `the run ends (${JSON.stringify(run.tasks)})`,
    async () => {
      run = await api.ask('GET /orchestrator/runs/{id}', { path: { id } });
      return run.state !== 'running' || (taskName !== undefined && task(run, taskName)?.state === 'succeeded');
    },
    ENDED_WITHIN_MS,
  );
  return run;
}

const areStored = (count: number) =>
  waitUntil(`${count} products are stored`, async () => (await countImpacts(store)) >= count, STARTED_WITHIN_MS);

const task = (run: RunView, name: string) => run.tasks.find((one) => one.task === name);

async function expectExtracted(id: string, limit: number): Promise<void> {
  const run = await ended(id);
  expect([run.state, run.reason]).toEqual(['succeeded', null]);
  const result = task(run, 'load')?.result as Record<string, number>;
  expect(result).toMatchObject({ planned: limit, refused: 0 });
  expect((result.inserted as number) + (result.unchanged as number)).toBe(limit);
  expect(await countImpacts(store)).toBe(result.products);
}

it('loses no answer to a database that is killed under its batches, nor to an upstream that answers 500 for a while', async () => {
  const upstream = await startFaultyUpstream(simulator.apiUrl);
  const extraction = start('extraction', { ECOBALYSE_API_URL: upstream.apiUrl, ECOBALYSE_RETRIES: '1' });
  const failures = () => extraction.output().split('batch failed').length - 1;
  try {
    const { id } = await run('ecobalyse_extract', { limit: 120 });
    await areStored(30);
    await mongodb.end('SIGKILL');
    await waitUntil('a batch has failed', () => failures() > 0, STARTED_WITHIN_MS);
    upstream.isAway = true;
    startDatabase();
    await waitUntil('the database answers', async () => store.ping().then(() => true));
    const before = failures();
    await waitUntil('batches have failed again', () => failures() >= before + 3, STARTED_WITHIN_MS);
    expect(await countImpacts(store)).toBeLessThan(120);
    upstream.mend();
    await expectExtracted(id, 120);
  } finally {
    upstream.close();
  }
});

it('tells that Redis lost a run, schedules again, and goes on by a retry', async () => {
  start('extraction');
  const client = new Redis(redis.url);
  const { id } = await run('ecobalyse_extract', { limit: 100 });
  await areStored(30);
  await client.flushall();
  client.disconnect();
  const lost = await ended(id);
  expect([lost.state, lost.reason]).toEqual(['failed', expect.stringContaining('Redis flushed')]);
  await api.ask('POST /orchestrator/runs/{id}/retry', { path: { id } });
  await expectExtracted(id, 100);
});

it('loses and doubles no product when the worker is killed in the middle of a file', async () => {
  const folder = env.PRODUCTS_FOLDER as string;
  const row = (index: number) =>
    JSON.stringify({
      mass: 0.1 + index / 1000,
      materials: [{ id: 'ei-coton', share: 1 }],
      product: 'tshirt',
      countrySpinning: 'FR',
      countryFabric: 'FR',
      countryDyeing: 'FR',
      countryMaking: 'FR',
      fabricProcess: 'knitting-mix',
    });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'many.ndjson'), Array.from({ length: PRODUCTS }, (_, index) => row(index)).join('\n'));

  const first = start('product-ingest');
  const { id } = await run('ecobalyse_training');
  await areStored(30);
  await first.end('SIGKILL');
  expect(await countImpacts(store)).toBeLessThan(PRODUCTS);
  start('product-ingest');

  const after = await ended(id, 'add-products');
  expect(task(after, 'add-products')).toMatchObject({ state: 'succeeded', error: null });
  expect(await countImpacts(store)).toBe(PRODUCTS);
  const filed = await readdir(join(folder, 'processed'));
  const report = filed.find((name) => name.endsWith('.report.json')) as string;
  expect(JSON.parse(await readFile(join(folder, 'processed', report), 'utf8'))).toMatchObject({
    ...{ products: PRODUCTS, refused: [], added: PRODUCTS, alreadyThere: 0 },
  });
  await api.ask('POST /orchestrator/runs/{id}/cancel', { path: { id } });
});
