/**
 * Requests a second and latencies of `GET /product/jean?nb_doc=5` over loopback HTTP, cached and not, against a Python peer
 * (bench/peer) with the same database and the same Redis.
 *
 * The API, the database, Redis and the peer are processes of their own, the API and the peer single ones; this process plays
 * the clients. Each server is measured alone, and every byte is checked.
 *
 * Run after `npm run build`: `node bench/dist/api.js [seconds]`. The peer needs Debian's python3-fastapi, python3-uvicorn,
 * python3-redis and python3-pymongo.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureIndexes, openStore, upsertImpacts } from '@ecobalyse/store';
import { freePort, startService, startTestRedis, waitUntil } from '@ecobalyse/test-servers';
import { catalogueDocuments } from './catalogue-documents.js';
import { cpuSeconds } from './cpu-seconds.js';
import { type Load, load } from './http-load.js';

const SECONDS = Number(process.argv[2] ?? 8);
const CONNECTIONS = 50;
const WARM_UP_SECONDS = 2;
const KEY = 'a-key-of-the-benchmark-0123456789';
const DB_NAME = 'bench-api';
const WRITE_BATCH = 500;
const PATH = '/product/jean?nb_doc=5';
const GOALS = { cachedRate: 10, cachedP99: 1 / 4, uncachedRate: 2 };

interface Measured extends Load {
  /** CPU of the server for a request, in milliseconds. */
  cpuMs: number;
}

const peerFolder = fileURLToPath(new URL('../peer', import.meta.url));
const python = process.env.PYTHON ?? '/usr/bin/python3';
const headers = { access_token: KEY };

function peerIsMissing(): string | null {
  const { status, stderr } = spawnSync(python, ['-c', 'import fastapi, uvicorn, redis, pymongo'], { encoding: 'utf8' });
  if (status === 0) return null;
  return (
    'the peer cannot run: apt-get install python3-fastapi python3-uvicorn python3-redis python3-pymongo' +
    ` (${String(stderr).trim().split('\n').at(-1)})`
  );
}

async function startPeer(env: Record<string, string>): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const child = spawn(
    python,
    [
      '-m',
      'uvicorn',
      'service:app',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--no-access-log',
      '--log-level',
      'warning',
    ],
    {
      cwd: peerFolder,
      env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('the peer answers', async () => (await fetch(url + PATH, { headers })).ok);
  return { url, child };
}

async function startApi(env: Record<string, string>) {
  const port = await freePort();
  const api = startService('services/api/bundle/main.js', { API_KEY: KEY, API_PORT: String(port), ...env });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('the API answers', async () => (await fetch(url + PATH, { headers })).ok, 30_000).catch((error) => {
    throw new Error(`${error.message}: ${api.output()}`);
  });
  return { url, child: api.child, end: () => api.end() };
}

async function fire(url: string, { pid }: ChildProcess, seconds: number): Promise<Measured> {
  const body = Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
  const cpu = cpuSeconds(pid);
  const measured = await load(url, { connections: CONNECTIONS, seconds, headers, body });
  return { ...measured, cpuMs: (1000 * (cpuSeconds(pid) - cpu)) / measured.answers };
}

async function measure(name: string, url: string, server: ChildProcess): Promise<Measured> {
  await fire(url, server, WARM_UP_SECONDS);
  const measured = await fire(url, server, SECONDS);
  console.log(
    `${name.padEnd(44)} ${measured.rate.toFixed(0).padStart(7)} requests/s  p50 ${measured.p50.toFixed(0).padStart(5)} ms  p99 ${measured.p99.toFixed(0).padStart(5)} ms  CPU ${measured.cpuMs.toFixed(3)} ms`,
  );
  return measured;
}

function judge(what: string, ratio: number, reached: boolean): void {
  console.log(`${what.padEnd(44)} ${ratio.toFixed(2).padStart(7)}  ${reached ? 'reached' : 'MISSED'}`);
}

const missing = peerIsMissing();
const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-api-'));
const [redis, mongoPort] = await Promise.all([startTestRedis(), freePort()]);
const mongodb = startService('packages/tools/embedded-mongo/bundle/main.js', {}, [
  '--dir',
  folder,
  '--port',
  String(mongoPort),
]);
const uri = `mongodb://127.0.0.1:${mongoPort}/?directConnection=true`;
const store = openStore({ uri, dbName: DB_NAME, appName: 'bench', serverSelectionTimeoutMs: 20_000 });
try {
  await ensureIndexes(store);
  const documents = await catalogueDocuments();
  for (let start = 0; start < documents.length; start += WRITE_BATCH)
    await upsertImpacts(store, documents.slice(start, start + WRITE_BATCH));
  console.log(
    `${documents.length} products; ${CONNECTIONS} connections, ${SECONDS} s each after ${WARM_UP_SECONDS} s of warm-up; load before ${loadavg()[0]?.toFixed(1)}`,
  );
  const env = { MONGODB_URI: uri, DB_NAME, REDIS_URL: redis.url };

  const results: Record<string, Measured> = {};
  for (const [name, extra] of [
    ['API, cached', {}],
    // Nothing listens on port 1: every answer is computed.
    ['API, not cached', { CACHE_REDIS_URL: 'redis://127.0.0.1:1' }],
  ] as const) {
    const api = await startApi({ ...env, ...extra });
    results[name] = await measure(name, api.url + PATH, api.child);
    await api.end();
  }
  if (missing) throw new Error(missing);
  for (const [name, cache] of [
    ['peer, cached', 'on'],
    ['peer, not cached', 'off'],
  ] as const) {
    const peer = await startPeer({ ...env, API_KEY: KEY, PEER_CACHE: cache });
    results[name] = await measure(name, peer.url + PATH, peer.child);
    results[`${name}, bytes`] = await measure(
      `${name}, tuned to send bytes`,
      peer.url + PATH.replace('product', 'bytes'),
      peer.child,
    );
    peer.child.kill('SIGTERM');
    await once(peer.child, 'exit');
  }

  const of = (name: string) => results[name] as Measured;
  const cached = of('API, cached').rate / of('peer, cached').rate;
  const p99 = of('API, cached').p99 / of('peer, cached').p99;
  const uncached = of('API, not cached').rate / of('peer, not cached').rate;
  judge(`cached, times the peer's rate (goal ${GOALS.cachedRate})`, cached, cached >= GOALS.cachedRate);
  judge(`cached, p99 to the peer's (goal ${GOALS.cachedP99})`, p99, p99 <= GOALS.cachedP99);
  judge(`not cached, times the peer's rate (goal ${GOALS.uncachedRate})`, uncached, uncached >= GOALS.uncachedRate);
  console.log(
    `beside the tuned peer: cached ${(of('API, cached').rate / of('peer, cached, bytes').rate).toFixed(2)} times, not cached ${(of('API, not cached').rate / of('peer, not cached, bytes').rate).toFixed(2)} times its rate`,
  );
} finally {
  await store.close();
  await mongodb.end();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
}
