/**
 * Memory of the API over 200,000 requests (or as many as given): reads from the cache and from the database, searches, exports,
 * scores, writes that drop cached answers, and bad requests of each kind. Its resident memory has to be flat: after the
 * warm-up it may not grow by a tenth.
 *
 * The API, the database, Redis and the simulator are processes of their own; every status is checked.
 *
 * Run after `npm run build`: `node bench/dist/memory.js [requests]`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureIndexes, openStore, upsertImpacts } from '@ecobalyse/store';
import { freePort, startService, startTestRedis, startTestSimulator, waitUntil } from '@ecobalyse/test-servers';
import { catalogueDocuments } from './catalogue-documents.js';

const REQUESTS = Number(process.argv[2] ?? 200_000);
const ROUNDS = 10;
/** Rounds in which caches fill and code is compiled. */
const WARM_UP_ROUNDS = 4;
const CONNECTIONS = 20;
const GROWTH_LIMIT = 0.1;
const KEY = 'a-key-of-the-benchmark-0123456789';
const DB_NAME = 'bench-memory';
const WRITE_BATCH = 500;

const PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

/** What is asked, and the status that it has to be answered with. */
interface Question {
  method: 'GET' | 'POST';
  path: string;
  status: number;
  key?: string;
  body?: string;
}

const get = (path: string, status = 200): Question => ({ method: 'GET', path, status });
const post = (path: string, body: string, status = 200): Question => ({ method: 'POST', path, body, status });

/** The nth question: most of them read, one in five thousand writes, three in ten are bad. */
function question(n: number): Question {
  const count = 1 + (Math.floor(n / 10) % 50);
  if (n % 5000 === 500) return post('/product', JSON.stringify({ ...PRODUCT, mass: 1 + n / 1_000_000 }));
  if (n % 5000 === 700) return get('/export/impacts.csv?product=jupe');
  const turn: readonly Question[] = [
    get('/product'),
    get('/product/jean?nb_doc=5'),
    get(`/product/tshirt?nb_doc=${count}`),
    get(`/product/pull/CN?nb_doc=${count}`),
    get('/product/jean/good_product'),
    get(`/impacts?limit=10&offset=${count * 7}&product=jupe`),
    post('/simulate', JSON.stringify({ ...PRODUCT, mass: 0.1 + count / 100 })),
    get('/product/parapluie', 404),
    post('/product', '{"mass": "light"', 422),
    { ...get('/product', 403), key: `wrong-${count}` },
  ];
  return turn[n % turn.length] as Question;
}

const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-memory-'));
const [redis, simulator, mongoPort, port] = await Promise.all([
  startTestRedis(),
  startTestSimulator(),
  freePort(),
  freePort(),
]);
const mongodb = startService('packages/tools/embedded-mongo/bundle/main.js', {}, [
  '--dir',
  folder,
  '--port',
  String(mongoPort),
]);
const uri = `mongodb://127.0.0.1:${mongoPort}/?directConnection=true`;
const store = openStore({ uri, dbName: DB_NAME, appName: 'bench', serverSelectionTimeoutMs: 20_000 });
const api = startService('services/api/bundle/main.js', {
  MONGODB_URI: uri,
  DB_NAME,
  REDIS_URL: redis.url,
  ECOBALYSE_API_URL: simulator.apiUrl,
  API_KEY: KEY,
  API_PORT: String(port),
  RATE_LIMIT_PER_KEY: '0',
  RATE_LIMIT_PER_ADDRESS: '0',
  // Memory is measured, not how a machine that has other work refuses some.
  MAX_EVENT_LOOP_DELAY_MS: '0',
});
const url = `http://127.0.0.1:${port}`;

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function ask({ method, path, status, key = KEY, body }: Question): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { access_token: key, ...(body !== undefined && { 'content-type': 'application/json' }) };
    request({ host: '127.0.0.1', port, agent, method, path, headers, timeout: 60_000 }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === status) resolve();
        else reject(new Error(`${method} ${path}: ${answer.statusCode} instead of ${status}`));
      });
    })
      .once('error', reject)
      .end(body);
  });
}

async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${api.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

try {
  await ensureIndexes(store);
  const documents = await catalogueDocuments();
  for (let start = 0; start < documents.length; start += WRITE_BATCH)
    await upsertImpacts(store, documents.slice(start, start + WRITE_BATCH));
  await waitUntil('the API answers', async () => (await fetch(`${url}/health/live`)).ok, 60_000);
  console.log(
    `${REQUESTS} requests over ${documents.length} products, ${CONNECTIONS} connections; before: ${(await residentMegabytes()).toFixed(0)} MB; load ${loadavg()[0]?.toFixed(1)}`,
  );

  const memory: number[] = [];
  let asked = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const from = performance.now();
    const end = (REQUESTS / ROUNDS) * round;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (asked < end) {
          asked += 1;
          await ask(question(asked));
        }
      }),
    );
    memory.push(await residentMegabytes());
    const rate = REQUESTS / ROUNDS / ((performance.now() - from) / 1000);
    console.log(`after ${String(end).padStart(7)}: ${memory.at(-1)?.toFixed(0)} MB  (${rate.toFixed(0)} requests/s)`);
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const before = mean(memory.slice(WARM_UP_ROUNDS, WARM_UP_ROUNDS + 2));
  const after = mean(memory.slice(-2));
  const growth = after / before - 1;
  const flat = growth < GROWTH_LIMIT;
  console.log(
    `${before.toFixed(0)} MB after the warm-up, ${after.toFixed(0)} MB at the end: ${(growth * 100).toFixed(1)} %  ${flat ? 'flat' : 'GROWS'}`,
  );
  if (!flat) process.exitCode = 1;
} finally {
  agent.destroy();
  await store.close();
  await api.end();
  await Promise.all([mongodb.end(), redis.close(), simulator.close()]);
  await rm(folder, { recursive: true, force: true });
}
