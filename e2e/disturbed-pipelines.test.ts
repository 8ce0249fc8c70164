import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunView } from '@ecobalyse/schema';
import { countImpacts, openStore, type Store } from '@ecobalyse/store';
import {
  freePort,
  type ServiceProcess,
  startService,
  startTestRedis,
  startTestSimulator,
  type TestRedis,
  type TestSimulator,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

/** Services as processes of their own, each of which a test can kill. */

const KEY = 'a-key-of-the-tests-0123456789';
const DATABASE_AWAY_MS = 20_000;

let redis: TestRedis;
let simulator: TestSimulator;
let folder: string;
let mongodbPort: number;
let mongodb: ServiceProcess;
let env: Record<string, string>;
let orchestratorUrl: string;
let store: Store;
let processes: ServiceProcess[] = [];
let closers: (() => Promise<unknown>)[] = [];
let databases = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-pipelines-'));
  [redis, simulator, mongodbPort] = await Promise.all([startTestRedis(), startTestSimulator(), freePort()]);
  startDatabase();
});
afterAll(async () => {
  await mongodb.end();
  await Promise.all([redis.close(), simulator.close()]);
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  databases += 1;
  const [apiPort, orchestratorPort] = await Promise.all([freePort(), freePort()]);
  const uri = `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true`;
  env = {
    MONGODB_URI: uri,
    DB_NAME: `pipelines-${databases}`,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: `{pipelines-${databases}}`,
    ECOBALYSE_API_URL: simulator.apiUrl,
    ECOBALYSE_REQUESTS_PER_SECOND: '200',
    EXTRACTION_BATCH_SIZE: '20',
    API_KEY: KEY,
    API_PORT: String(apiPort),
    API_URL: `http://127.0.0.1:${apiPort}`,
    ORCHESTRATOR_PORT: String(orchestratorPort),
    PRODUCTS_FOLDER: join(folder, `products-${databases}`),
    INGEST_SETTLE_SECONDS: '0',
    TASK_RETRY_DELAY_MS: '1000',
    JOB_LOCK_MS: '1000',
    SCHEDULE_ECOBALYSE_EXTRACT: 'off',
    SCHEDULE_ECOBALYSE_TRAINING: 'off',
    SCHEDULE_ECOBALYSE: 'off',
  };
  orchestratorUrl = `http://127.0.0.1:${orchestratorPort}`;
  store = openStore({ uri, dbName: env.DB_NAME as string, appName: 'e2e' });
  start('orchestrator');
  await waitUntil('the orchestrator answers', async () => (await fetch(`${orchestratorUrl}/health/ready`)).ok);
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.end()));
  processes = [];
  await store.close();
  for (const close of closers) await close();
  closers = [];
});

function startDatabase(): void {
  mongodb = startService('packages/embedded-mongo/dist/main.js', {}, [
    '--dir',
    join(folder, 'mongodb'),
    '--port',
    String(mongodbPort),
  ]);
}

function start(name: string): ServiceProcess {
  const process = startService(`services/${name}/dist/main.js`, env);
  processes.push(process);
  return process;
}

async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<RunView> {
  const response = await fetch(`${orchestratorUrl}${path}`, {
    method,
    headers: { access_token: KEY, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as RunView;
}

const task = (run: RunView, name: string) => run.tasks.find((one) => one.task === name);

/** Waits for a run's end, or for that of one of its tasks. */
async function ended(id: string, name?: string): Promise<RunView> {
  let run = await call('GET', `/runs/${id}`);
  await waitUntil(
    `the run ends (${JSON.stringify(run.tasks)})`,
    async () => {
      run = await call('GET', `/runs/${id}`);
      return run.state !== 'running' || (name !== undefined && task(run, name)?.state === 'succeeded');
    },
    90_000,
  );
  return run;
}

async function expectExtracted(run: RunView, limit: number): Promise<void> {
  expect([run.state, run.reason]).toEqual(['succeeded', null]);
  const result = task(run, 'load')?.result as Record<string, number>;
  expect(result).toMatchObject({ planned: limit, refused: 0 });
  expect((result.inserted as number) + (result.unchanged as number)).toBe(limit);
  expect(await countImpacts(store)).toBe(result.products);
}

it('loses and doubles no product when the worker is killed in the middle of a file', async () => {
  start('api');
  const first = start('product-ingest');
  const products = join(env.PRODUCTS_FOLDER as string, 'many.ndjson');
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
  await waitUntil('the API answers', async () => (await fetch(`${env.API_URL}/health/ready`)).ok);
  await mkdir(env.PRODUCTS_FOLDER as string, { recursive: true });
  await writeFile(products, Array.from({ length: 400 }, (_, index) => row(index)).join('\n'));

  const run = await call('POST', '/pipelines/ecobalyse_training/runs', {});
  await waitUntil('the worker is in the middle of the file', async () => (await countImpacts(store)) >= 50);
  await first.end('SIGKILL');
  const stored = await countImpacts(store);
  expect(stored).toBeLessThan(400);
  start('product-ingest');

  const after = await ended(run.id, 'add-products');
  expect(task(after, 'add-products')).toMatchObject({ state: 'succeeded', error: null });
  expect(await countImpacts(store)).toBe(400);
  const [reportFile] = (await readdir(join(env.PRODUCTS_FOLDER as string, 'processed'))).filter((name) =>
    name.endsWith('.report.json'),
  );
  const report = JSON.parse(
    await readFile(join(env.PRODUCTS_FOLDER as string, 'processed', reportFile as string), 'utf8'),
  );
  expect(report).toMatchObject({ products: 400, refused: [] });
  expect(report.added + report.alreadyThere).toBe(400);
  await call('POST', `/runs/${run.id}/cancel`);
}, 120_000);

it('goes on after the database was away for twenty seconds', async () => {
  start('extraction');
  const { id } = await call('POST', '/pipelines/ecobalyse_extract/runs', { parameters: { limit: 400 } });
  await waitUntil('simulations are being stored', async () => (await countImpacts(store)) >= 60);
  await mongodb.end('SIGKILL');
  await wait(DATABASE_AWAY_MS);
  startDatabase();
  await waitUntil('the database answers', async () => store.ping().then(() => true), 30_000);
  await expectExtracted(await ended(id), 400);
}, 180_000);

it('goes on after upstream answered 500 for a while', async () => {
  let failing = true;
  let refused = 0;
  const upstream = new URL(simulator.apiUrl);
  const faulty: Server = createServer((incoming, outgoing) => {
    if (failing && incoming.url?.endsWith('/detailed')) {
      refused += 1;
      incoming.resume();
      outgoing.writeHead(500).end('{}');
      return;
    }
    const { method, url, headers } = incoming;
    const forwarded = request(
      { host: upstream.hostname, port: upstream.port, method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(forwarded.on('error', () => outgoing.destroy()));
  }).listen(0, '127.0.0.1');
  await once(faulty, 'listening');
  closers.push(async () => {
    faulty.closeAllConnections();
    faulty.close();
  });
  env.ECOBALYSE_API_URL = `http://127.0.0.1:${(faulty.address() as AddressInfo).port}/api`;
  env.ECOBALYSE_RETRIES = '1';
  start('extraction');
  const { id } = await call('POST', '/pipelines/ecobalyse_extract/runs', { parameters: { limit: 100 } });
  await waitUntil('upstream has failed often', () => refused >= 40);
  failing = false;
  await expectExtracted(await ended(id), 100);
}, 120_000);
