/**
 * Throughput of `POST /predict` over loopback HTTP at 50 connections, and of `POST /predict/batch`.
 *
 * The API is a process of its own, single-threaded; this process plays its clients on the other core. The models are
 * trained on drawn garments first. Every answer's status is checked.
 *
 * Run after `npm run build`: `node bench/dist/predict.js [seconds] [families, with commas]`.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { CORE_FIELDS, designedQueries, trainModels, writeBundle } from '@ecobalyse/impact-models';
import { EXAMPLE_PREDICTION, MODEL_FAMILIES, type ModelFamily } from '@ecobalyse/schema';
import { openStore } from '@ecobalyse/store';
import { freePort, startService, startTestMongodb, startTestRedis, waitUntil } from '@ecobalyse/test-servers';
import { openTracker, PRODUCTION_ALIAS } from '@ecobalyse/tracking';
import { cpuSeconds } from './cpu-seconds.js';
import { drawnSamples } from './drawn-samples.js';

const SECONDS = Number(process.argv[2] ?? 5);
const CONNECTIONS = 50;
const BATCH_REQUESTS = 10_000;
const GOALS = { perSecond: 2_000, p99Ms: 20 };
const KEY = 'a-key-of-the-benchmark-0123456789';
const FAMILIES = (process.argv[3]?.split(',') ?? MODEL_FAMILIES) as readonly ModelFamily[];

async function post(url: string, agent: Agent, contentType: string, body: string): Promise<IncomingMessage> {
  const call = request(url, {
    agent,
    method: 'POST',
    timeout: 60_000,
    headers: { access_token: KEY, 'content-type': contentType, 'content-length': Buffer.byteLength(body) },
  });
  call.on('timeout', () => call.destroy(new Error('no answer in a minute')));
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${await text(response)}`);
  return response;
}

/** Garments of the sector, no two alike. */
const WHOLE = designedQueries({ design: 0, stratum: 500 })
  .filter(({ set }) => set === 'missing fields')
  .map(({ query }) => query);
/** The same without some of their fields, every way in turn but the one that leaves nothing. */
const HALF = WHOLE.map((query, turn) => {
  const lost = CORE_FIELDS.filter((_, at) => ((turn % (2 ** CORE_FIELDS.length - 2)) + 1) & (1 << at));
  return Object.fromEntries(Object.entries(query).filter(([field]) => !lost.includes(field as never)));
});
const MIXED = WHOLE.flatMap((query, at) => [query, HALF[at] as object]);

async function measure(
  name: string,
  url: string,
  bodies: readonly object[],
  seconds: number,
  judged: boolean,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const texts = bodies.map((body) => JSON.stringify(body));
  const cpu = cpuSeconds(api.child.pid);
  const latencies: number[] = [];
  let asked = 0;
  const start = performance.now();
  const client = async () => {
    while (performance.now() - start < seconds * 1000) {
      // Asked at a rate, a request that had to wait for a connection has waited since it was due.
      const at = asked++;
      const due = start + (at / perSecond) * 1000;
      if (due > performance.now()) await setTimeout(due - performance.now());
      const began = Number.isFinite(perSecond) ? due : performance.now();
      const response = await post(url, agent, 'application/json', texts[at % texts.length] as string);
      response.resume();
      await once(response, 'end');
      latencies.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (p: number) => sorted[Math.ceil(p * sorted.length) - 1] as number;
  const rate = latencies.length / ((performance.now() - start) / 1000);
  const reached = rate >= 0.995 * GOALS.perSecond && quantile(0.99) < GOALS.p99Ms;
  const cpuMs = ((cpuSeconds(api.child.pid) - cpu) / latencies.length) * 1000;
  const verdict = judged ? `  goal ${GOALS.perSecond}/s, p99 ${GOALS.p99Ms} ms: ${reached ? 'reached' : 'MISSED'}` : '';
  console.log(
    `${name.padEnd(42)} ${rate.toFixed(0).padStart(6)} requests/s  p50 ${quantile(0.5).toFixed(1)} ms  p99 ${quantile(0.99).toFixed(1)} ms  ${cpuMs.toFixed(3)} ms of CPU${verdict}`,
  );
}

async function measureBatch(url: string): Promise<void> {
  const agent = new Agent();
  const body = `${JSON.stringify(EXAMPLE_PREDICTION)}\n`.repeat(BATCH_REQUESTS);
  const start = performance.now();
  let lines = 0;
  for await (const chunk of (await post(url, agent, 'application/x-ndjson', body)) as AsyncIterable<Buffer>)
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  agent.destroy();
  if (lines !== BATCH_REQUESTS) throw new Error(`${lines} lines for ${BATCH_REQUESTS} requests`);
  console.log(
    `${'batch of lines'.padEnd(42)} ${((lines / (performance.now() - start)) * 1000).toFixed(0).padStart(6)} predictions/s`,
  );
}

const [mongodb, redis, port] = await Promise.all([startTestMongodb(), startTestRedis(), freePort()]);
const dbName = `bench-${randomUUID().slice(0, 8)}`;
const store = openStore({ uri: mongodb.uri, dbName, appName: 'bench' });
const api = startService('services/api/bundle/main.js', {
  MONGODB_URI: mongodb.uri,
  DB_NAME: dbName,
  REDIS_URL: redis.url,
  API_KEY: KEY,
  API_PORT: String(port),
  MODEL_REFRESH_SECONDS: '1',
  // A stall of the machine is measured, not refused: one of a second can leave the guard without a sample, which it takes for the worst.
  MAX_EVENT_LOOP_DELAY_MS: '0',
});
const address = `http://127.0.0.1:${port}`;
try {
  const { learnt } = drawnSamples({ design: 2000, stratum: 0 });
  const tracker = openTracker(undefined, store);
  await waitUntil('the API answers', async () => (await fetch(`${address}/health/ready`)).ok);
  for (const family of FAMILIES) {
    const { best } = await trainModels(learnt, { families: [family] });
    const run = await tracker.startRun({ name: 'bench', tags: {} });
    await run.logArtifact('model.json', writeBundle(best), 'application/json');
    await run.end('FINISHED');
    const version = await tracker.registerVersion({
      runId: run.runId,
      artifactPath: 'model.json',
      description: '',
      tags: {},
    });
    await tracker.setAlias(PRODUCTION_ALIAS, version);
    const current = async () => {
      const answer = await fetch(`${address}/predict`, {
        method: 'POST',
        body: '{"Mass":0.2}',
        headers: { access_token: KEY, 'content-type': 'application/json' },
      });
      return ((await answer.json()) as { model?: { family: string } }).model?.family;
    };
    await waitUntil('the model is served', async () => (await current()) === family);
    await measure(`warm-up, ${family}`, `${address}/predict`, MIXED, 2, false);
    for (const [name, bodies] of Object.entries({
      described: WHOLE,
      'half described': HALF,
      'every second half described': MIXED,
    })) {
      await measure(`${name}, ${family}, at most`, `${address}/predict`, bodies, SECONDS, false);
      const judged = family === 'stage-ridge';
      await measure(`${name}, ${family}`, `${address}/predict`, bodies, SECONDS, judged, GOALS.perSecond);
    }
    await measureBatch(`${address}/predict/batch`);
  }
} finally {
  await api.end();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
}
