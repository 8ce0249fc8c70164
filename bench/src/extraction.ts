import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPipelineClient } from '@ecobalyse/pipeline';
import { countImpacts, createRun, ensureIndexes, findRun, openStore } from '@ecobalyse/store';
import {
  freePort,
  type ServiceProcess,
  startService,
  startTestRedis,
  startTestSimulator,
  waitUntil,
} from '@ecobalyse/test-servers';
import { cpuSeconds } from './cpu-seconds.js';

/**
 * The pipeline `ecobalyse_extract` over all 7,638 simulations into the embedded database, with the workers given (1 by
 * default), every part a process of its own: time from the start of the run to its end, and the CPU time of each part
 * meanwhile. With `again` as a second argument it runs once more into the same database.
 */

const WORKERS = Number(process.argv[2] ?? 1);
const RUNS = process.argv[3] === 'again' ? 2 : 1;
const PIPELINE = 'ecobalyse_extract';

const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-'));
const [redis, simulator, mongodbPort] = await Promise.all([startTestRedis(), startTestSimulator(), freePort()]);
const mongodb = startService('packages/tools/embedded-mongo/bundle/main.js', {}, [
  '--dir',
  folder,
  '--port',
  String(mongodbPort),
]);
const uri = `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true`;
const store = openStore({ uri, dbName: 'ecobalyse', appName: 'bench', serverSelectionTimeoutMs: 20_000 });
await ensureIndexes(store);
const env = {
  MONGODB_URI: uri,
  DB_NAME: 'ecobalyse',
  REDIS_URL: redis.url,
  ECOBALYSE_API_URL: simulator.apiUrl,
};
const parts: Record<string, ServiceProcess> = { mongodb, simulator: simulator.process };
for (let n = 1; n <= WORKERS; n += 1) parts[`worker ${n}`] = startService('services/extraction/bundle/main.js', env);
const client = createPipelineClient(
  { redisUrl: redis.url, prefix: '{ecobalyse}' },
  {
    retryDelayMs: 1000,
    onError: (error) => console.error(error.message),
  },
);
const cpuOfParts = () => new Map(Object.entries(parts).map(([name, { child }]) => [name, cpuSeconds(child.pid)]));

try {
  await waitUntil(
    'the workers are there',
    async () =>
      (await client
        .queues()
        .find(({ name }) => name === 'simulations')
        ?.getWorkersCount()) === WORKERS,
    20_000,
  );
  for (let number = 1; number <= RUNS; number += 1) {
    const runId = `bench-${number}`;
    const cpuBefore = cpuOfParts();
    const before = performance.now();
    await createRun(store, { _id: runId, pipeline: PIPELINE, trigger: 'bench', parameters: {} });
    await client.start(PIPELINE, { runId, parameters: {} });
    await waitUntil('the run has ended', async () => (await findRun(store, runId))?.state !== 'running', 300_000);
    const seconds = (performance.now() - before) / 1000;
    const cpu = [...cpuOfParts()].map(([name, now]) => [name, now - (cpuBefore.get(name) ?? 0)] as const);
    const run = await findRun(store, runId);
    console.log(
      `${WORKERS} workers, run ${number}: ${run?.state} after ${seconds.toFixed(1)} s, ${await countImpacts(store)} documents; ` +
        `CPU ${cpu.reduce((sum, [, used]) => sum + used, 0).toFixed(1)} s: ` +
        `${cpu.map(([name, used]) => `${name} ${used.toFixed(1)}`).join(', ')}; load ${loadavg()[0]?.toFixed(1)}`,
    );
    if (run?.state !== 'succeeded') throw new Error(JSON.stringify(run?.tasks));
  }
} finally {
  await client.close();
  await store.close();
  for (const part of Object.values(parts).reverse()) await part.end();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
}
