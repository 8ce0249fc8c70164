import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient } from '@ecobalyse/api-client';
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
 * `POST /product/batch` of 10,000 products (or of the number given), with one worker and every part a process of its own:
 * time until each product is scored, stored and reported, the CPU time of each part and the most memory of the worker. With
 * `catalogue` as a second argument the products go into a catalogue.
 */

const PRODUCTS = Number(process.argv[2] ?? 10_000);
const IN_CATALOGUE = process.argv[3] === 'catalogue';
const KEY = 'a-key-of-the-benchmarks-0123456789';

const product = (index: number) =>
  JSON.stringify({
    reference: `SKU-${index}`,
    mass: 0.1 + index / 1_000_000,
    materials: [
      { id: 'ei-coton', share: 0.7, country: 'CN' },
      { id: 'ei-pet', share: 0.3 },
    ],
    product: ['tshirt', 'jean', 'pull'][index % 3],
    countrySpinning: 'CN',
    countryFabric: 'BD',
    countryDyeing: 'BD',
    countryMaking: 'TN',
    fabricProcess: 'knitting-mix',
  });

/** The most resident memory that a process ever had, and what it has now without the pages of files, in MB. */
async function memory(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  return `${megabytes('VmHWM')} MB at most, ${megabytes('RssAnon')} MB at the end without files`;
}

const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-'));
const [redis, simulator, mongodbPort, apiPort] = await Promise.all([
  startTestRedis(),
  startTestSimulator(),
  freePort(),
  freePort(),
]);
const mongodb = startService('packages/tools/embedded-mongo/bundle/main.js', {}, [
  '--dir',
  folder,
  '--port',
  String(mongodbPort),
]);
const env = {
  MONGODB_URI: `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true`,
  REDIS_URL: redis.url,
  ECOBALYSE_API_URL: simulator.apiUrl,
  API_KEY: KEY,
  API_PORT: String(apiPort),
};
const parts: Record<string, ServiceProcess> = {
  mongodb,
  simulator: simulator.process,
  api: startService('services/api/bundle/main.js', env),
  worker: startService('services/product-ingest/bundle/main.js', env),
};
const url = `http://127.0.0.1:${apiPort}`;
await waitUntil('the API answers', async () => (await fetch(`${url}/health/ready`)).ok);
/** CPU time of each part since its start. */
const cpuOfParts = (): Record<string, number> =>
  Object.fromEntries(Object.entries(parts).map(([name, { child }]) => [name, cpuSeconds(child.pid)]));
const api = createApiClient({ apiUrl: url, key: KEY });

try {
  const body = Array.from({ length: PRODUCTS }, (_, index) => product(index)).join('\n');
  const catalogue = IN_CATALOGUE ? (await api.ask('POST /catalogues', { body: { name: 'bench' } })).id : undefined;
  const cpuBefore = cpuOfParts();
  const before = performance.now();
  const { id } = await api.ask('POST /product/batch', {
    query: { catalogue },
    body,
    contentType: 'application/x-ndjson',
  });
  const uploaded = performance.now();
  // The stream of events ends with the job.
  for await (const _ of api.events('GET /jobs/{id}/events', { path: { id } }));
  const seconds = (performance.now() - before) / 1000;
  const cpuAfter = cpuOfParts();
  const job = await api.ask('GET /jobs/{id}', { path: { id } });
  const result = (await (await api.send('GET /jobs/{id}/result', { path: { id } })).text()).split('\n').length - 1;
  console.log(
    `${PRODUCTS} products (${(body.length / 1e6).toFixed(1)} MB): upload ${((uploaded - before) / 1000).toFixed(1)} s, done after ` +
      `${seconds.toFixed(1)} s, ${Math.round(PRODUCTS / seconds)}/s; ${job.added} added, ${result} lines of result; load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const [name, cpu] of Object.entries(cpuAfter)) {
    console.log(
      `${name}: ${(cpu - (cpuBefore[name] ?? 0)).toFixed(1)} s of CPU, ${await memory(parts[name]?.child.pid as number)}`,
    );
  }
} finally {
  for (const part of Object.values(parts).reverse()) await part.end();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
}
