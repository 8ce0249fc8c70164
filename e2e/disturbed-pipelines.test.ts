import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '@ecobalyse/api-client';
import type { PipelineName, RunParameters, RunView } from '@ecobalyse/schema';
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
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

/**
 * Services as processes of their own, each of which a test can kill. The tests run beside each other, since they mostly wait:
 * each has services, a database and queues of its own.
 */

const KEY = 'a-key-of-the-tests-0123456789';
const PRODUCTS = 120;
/** Long enough for many processes that start at once on a slow machine. */
const STARTED_WITHIN_MS = 60_000;
/** Half of what a test may take: what failed a batch often on a slow machine is tried again after two minutes. */
const ENDED_WITHIN_MS = 240_000;

let redis: TestRedis;
let simulator: TestSimulator;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-pipelines-'));
  [redis, simulator] = await Promise.all([startTestRedis(), startTestSimulator()]);
});
afterAll(async () => {
  await Promise.all([redis.close(), simulator.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** Services of one test, with a database that can be killed. */
interface Stack {
  readonly env: Record<string, string>;
  readonly store: Store;
  mongodb: ServiceProcess;
  startDatabase(): void;
  start(name: string, changed?: Record<string, string>): ServiceProcess;
  readonly api: ApiClient;
  run(name: PipelineName, parameters?: RunParameters): Promise<RunView>;
  /** Waits for a run's end, or for that of one of its tasks. */
  ended(id: string, taskName?: string): Promise<RunView>;
}

async function withStack(name: string, test: (stack: Stack) => Promise<void>, queues = redis): Promise<void> {
  const [orchestratorPort, mongodbPort] = await Promise.all([freePort(), freePort()]);
  const uri = `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true`;
  const env = {
    MONGODB_URI: uri,
    DB_NAME: name,
    REDIS_URL: queues.url,
    QUEUE_PREFIX: `{${name}}`,
    ECOBALYSE_API_URL: simulator.apiUrl,
    ECOBALYSE_REQUESTS_PER_SECOND: '100',
    EXTRACTION_BATCH_SIZE: '20',
    API_KEY: KEY,
    ORCHESTRATOR_PORT: String(orchestratorPort),
    PRODUCTS_FOLDER: join(folder, `products-${name}`),
    INGEST_SETTLE_SECONDS: '0',
    TASK_RETRY_DELAY_MS: '1000',
    JOB_LOCK_MS: '3000',
    SCHEDULE_ECOBALYSE_EXTRACT: 'off',
    SCHEDULE_ECOBALYSE_TRAINING: 'off',
    SCHEDULE_ECOBALYSE: 'off',
  };
  const orchestratorUrl = `http://127.0.0.1:${orchestratorPort}`;
  const api = createApiClient({ apiUrl: orchestratorUrl, orchestratorUrl, key: KEY });
  const databaseArguments = ['--dir', join(folder, `mongodb-${name}`), '--port', String(mongodbPort)];
  const startDatabase = () => startService('packages/tools/embedded-mongo/bundle/main.js', {}, databaseArguments);
  const processes: ServiceProcess[] = [];
  const stack: Stack = {
    env,
    store: openStore({ uri, dbName: name, appName: 'e2e' }),
    mongodb: startDatabase(),
    startDatabase() {
      stack.mongodb = startDatabase();
    },
    start(service, changed = {}) {
      const process = startService(`services/${service}/bundle/main.js`, { ...env, ...changed });
      processes.push(process);
      return process;
    },
    api,
    run: (name, parameters = {}) =>
      api.ask('POST /orchestrator/pipelines/{name}/runs', { path: { name }, body: { parameters } }),
    async ended(id, taskName) {
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
    },
  };
  try {
    stack.start('orchestrator');
    await waitUntil(
      'the orchestrator answers',
      async () => (await fetch(`${orchestratorUrl}/health/ready`)).ok,
      STARTED_WITHIN_MS,
    );
    await test(stack);
  } finally {
    await Promise.all(processes.map((process) => process.end()));
    await stack.store.close();
    await stack.mongodb.end();
  }
}

/** A simulator whose simulations go wrong when `fault` says so: it answers them itself, or does not. */
async function startFaultyUpstream(fault: (nth: number, outgoing: ServerResponse) => unknown): Promise<Server> {
  const { hostname: host, port } = new URL(simulator.apiUrl);
  let simulations = 0;
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    if (url?.endsWith('/detailed')) {
      simulations += 1;
      if (fault(simulations, outgoing)) return void incoming.resume();
    }
    const forwarded = request({ host, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    return incoming.pipe(forwarded.on('error', () => outgoing.destroy()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const task = (run: RunView, name: string) => run.tasks.find((one) => one.task === name);

async function expectExtracted(store: Store, run: RunView, limit: number): Promise<void> {
  expect([run.state, run.reason]).toEqual(['succeeded', null]);
  const result = task(run, 'load')?.result as Record<string, number>;
  expect(result).toMatchObject({ planned: limit, refused: 0 });
  expect((result.inserted as number) + (result.unchanged as number)).toBe(limit);
  expect(await countImpacts(store)).toBe(result.products);
}

it.concurrent(
  'loses and doubles no product when the worker is killed in the middle of a file',
  () =>
    withStack('products', async (stack) => {
      const { env, store, start, api, ended } = stack;
      const first = start('product-ingest', { ECOBALYSE_REQUESTS_PER_SECOND: '50' });
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
      await mkdir(env.PRODUCTS_FOLDER as string, { recursive: true });
      await writeFile(products, Array.from({ length: PRODUCTS }, (_, index) => row(index)).join('\n'));

      const run = await stack.run('ecobalyse_training');
      await waitUntil(
        'the worker is in the middle of the file',
        async () => (await countImpacts(store)) >= 30,
        STARTED_WITHIN_MS,
      );
      await first.end('SIGKILL');
      const stored = await countImpacts(store);
      expect(stored).toBeLessThan(PRODUCTS);
      start('product-ingest');

      const after = await ended(run.id, 'add-products');
      expect(task(after, 'add-products')).toMatchObject({ state: 'succeeded', error: null });
      expect(await countImpacts(store)).toBe(PRODUCTS);
      const [reportFile] = (await readdir(join(env.PRODUCTS_FOLDER as string, 'processed'))).filter((name) =>
        name.endsWith('.report.json'),
      );
      const report = JSON.parse(
        await readFile(join(env.PRODUCTS_FOLDER as string, 'processed', reportFile as string), 'utf8'),
      );
      expect(report).toMatchObject({ products: PRODUCTS, refused: [] });
      expect(report).toMatchObject({ added: PRODUCTS, alreadyThere: 0 });
      await api.ask('POST /orchestrator/runs/{id}/cancel', { path: { id: run.id } });
    }),
  480_000,
);

it.concurrent(
  'goes on after the database was killed under its batches',
  () =>
    withStack('database-away', async (stack) => {
      const { store, start, run, ended } = stack;
      const extraction = start('extraction', { ECOBALYSE_REQUESTS_PER_SECOND: '50' });
      const { id } = await run('ecobalyse_extract', { limit: 200 });
      await waitUntil('simulations are being stored', async () => (await countImpacts(store)) >= 30, STARTED_WITHIN_MS);
      await stack.mongodb.end('SIGKILL');
      await waitUntil('a batch has failed', () => /batch failed/.test(extraction.output()), STARTED_WITHIN_MS);
      stack.startDatabase();
      await waitUntil('the database answers', async () => store.ping().then(() => true));
      expect(await countImpacts(store)).toBeLessThan(200);
      await expectExtracted(store, await ended(id), 200);
    }),
  480_000,
);

it.concurrent(
  'goes on after upstream answered 500 for a while',
  () =>
    withStack('upstream-away', async ({ store, start, run, ended }) => {
      let failing = true;
      let refused = 0;
      const faulty = await startFaultyUpstream((_nth, outgoing) => {
        if (!failing) return false;
        refused += 1;
        return outgoing.writeHead(500).end('{}');
      });
      start('extraction', {
        ECOBALYSE_API_URL: `http://127.0.0.1:${(faulty.address() as AddressInfo).port}/api`,
        ECOBALYSE_RETRIES: '1',
      });
      try {
        const { id } = await run('ecobalyse_extract', { limit: 100 });
        await waitUntil('upstream has failed often', () => refused >= 20, STARTED_WITHIN_MS);
        failing = false;
        await expectExtracted(store, await ended(id), 100);
      } finally {
        faulty.closeAllConnections();
        faulty.close();
      }
    }),
  480_000,
);

it.concurrent(
  'has every answer of an upstream that misbehaves in every way now and then',
  () =>
    withStack('upstream-unsound', async ({ store, start, run, ended }) => {
      let asked = 0;
      let leftAloneUntil = 0;
      let early = 0;
      const faulty = await startFaultyUpstream((nth, outgoing) => {
        asked += 1;
        if (performance.now() < leftAloneUntil) early += 1;
        if (nth % 53 === 0) return outgoing.end('<html>maintenance</html>');
        if (nth % 59 === 0) return outgoing.end('{"impacts": {"ecs":');
        if (nth % 47 === 0) return outgoing.socket?.destroy();
        if (nth % 31 === 0) return outgoing.writeHead(503).end('<html>');
        if (nth !== 100) return false;
        leftAloneUntil = performance.now() + 2000;
        return outgoing.writeHead(429, { 'retry-after': '2' }).end();
      });
      start('extraction', {
        ECOBALYSE_API_URL: `http://127.0.0.1:${(faulty.address() as AddressInfo).port}/api`,
        ECOBALYSE_CONCURRENCY: '1',
        ECOBALYSE_REQUESTS_PER_SECOND: '0',
        EXTRACTION_BATCH_SIZE: '100',
        // A machine that is busy must not have the batch done by two.
        JOB_LOCK_MS: '30000',
      });
      try {
        const { id } = await run('ecobalyse_extract', { limit: 200 });
        await expectExtracted(store, await ended(id), 200);
        expect(early).toBe(0);
        // Each simulation once, and once more for each fault.
        expect(asked).toBeLessThan(200 + 40);
      } finally {
        faulty.closeAllConnections();
        faulty.close();
      }
    }),
  480_000,
);
it.concurrent('tells that Redis lost a run, schedules again, and goes on by a retry', async () => {
  const own = await startTestRedis();
  const client = new Redis(own.url);
  try {
    await withStack(
      'redis-flushed',
      async ({ store, start, run, api, ended }) => {
        start('extraction');
        const { id } = await run('ecobalyse_extract', { limit: 150 });
        await waitUntil(
          'simulations are being stored',
          async () => (await countImpacts(store)) >= 30,
          STARTED_WITHIN_MS,
        );
        await client.flushall();
        const lost = await ended(id);
        expect([lost.state, lost.reason]).toEqual(['failed', expect.stringContaining('Redis flushed')]);
        await api.ask('POST /orchestrator/runs/{id}/retry', { path: { id } });
        await expectExtracted(store, await ended(id), 150);
      },
      own,
    );
  } finally {
    client.disconnect();
    await own.close();
  }
}, 480_000);
