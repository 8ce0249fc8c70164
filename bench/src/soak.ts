/**
 * Soak and chaos: the whole platform as `npm start` runs it, pipelines one after the other, a constant load on the API,
 * and processes killed at random. In ten minutes it runs more pipelines than an hour's schedule does.
 *
 * It fails when an answer is wrong (no 5xx but 503 with Retry-After, and 502 of POST /product while upstream is killed; no
 * refused connection but while the API is killed), when an acknowledged product is lost or a document is double, when a
 * pipeline does not come to its end, or when memory grows.
 *
 *   npm run --prefix bench bench:soak -- [--seconds 600] [--seed 1] [--rate 40]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createApiClient } from '@ecobalyse/api-client';
import type { PipelineName, RunParameters, RunView } from '@ecobalyse/schema';
import { freePort, waitUntil } from '@ecobalyse/test-servers';
import { ask, garment, type Outcome, startLoad } from './soak/load.js';
import { createMemoryLog, type Kill, PARTS, type PartName, pidsOf } from './soak/parts.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '40' },
  },
});
const [seconds, seed, rate] = [values.seconds, values.seed, values.rate].map(Number) as [number, number, number];
if (!(seconds >= 30 && seconds <= 600)) throw new Error('--seconds: expected a number from 30 to 600');
if (!(rate >= 1 && rate <= 200)) throw new Error('--rate: expected requests a second, from 1 to 200');
if (!Number.isInteger(seed)) throw new Error('--seed: expected a whole number');

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));
const KEY = 'a-key-of-the-soak-test-0123456789';
const EXTRACTED = 1500;
const SAMPLE_MS = 2000;
/** Kills are apart so that each shows its own consequences, and no part dies five times a minute, when npm start gives up. */
const PAUSE_BETWEEN_KILLS_MS = [6000, 14_000] as const;
/** Clients may notice a kill so long after the part answers again: connections are tried again with growing pauses. */
const AFTERMATH_MS = 5000;
const RUN_TIMEOUT_MS = 300_000;
/** A process may grow by so much between the second and the last third of its life; caches and heaps fill at first. */
const GROWTH = { share: 0.35, mb: 60 };
const SHORTEST_LIFE_S = 90;

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
function seededRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-soak-'));
const dataFolder = join(folder, '.data');
const [api, mongodb, redis, simulator, orchestrator] = await Promise.all(Array.from({ length: 5 }, () => freePort()));
const apiUrl = `http://127.0.0.1:${api}`;
const orchestratorUrl = `http://127.0.0.1:${orchestrator}`;
const logFile = join(folder, 'platform.log');
const platform = spawn(process.execPath, [START, '--no-extract'], {
  cwd: folder,
  env: {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATA_DIR: dataFolder,
    API_KEY: KEY,
    API_PORT: String(api),
    EMBEDDED_MONGO_PORT: String(mongodb),
    EMBEDDED_REDIS_PORT: String(redis),
    SIMULATOR_PORT: String(simulator),
    ORCHESTRATOR_PORT: String(orchestrator),
    TASK_RETRY_DELAY_MS: '2000',
    TRAINING_EFFORT: '0.1',
    TRAINING_DESIGN: '400',
    SCHEDULE_ECOBALYSE_EXTRACT: 'off',
    SCHEDULE_ECOBALYSE_TRAINING: 'off',
    SCHEDULE_ECOBALYSE: 'off',
  },
  stdio: ['ignore', 'pipe', 'pipe'],
});
const log = createWriteStream(logFile);
platform.stdout.pipe(log, { end: false });
platform.stderr.pipe(log, { end: false });
let platformEnded = false;
const exited = once(platform, 'exit').then(() => {
  platformEnded = true;
});

const kills: Kill[] = [];
/** Whether a part was away, or coming back, at some time between two. */
const wasAway = (part: PartName, from: number, to: number) =>
  kills.some((kill) => kill.part === part && kill.at <= to && (kill.backAt ?? Date.now()) + AFTERMATH_MS >= from);
function isExcused(outcome: Outcome, request: string, from: number, to: number): boolean {
  if (outcome === 'busy') return true;
  if (outcome === 'refused') return wasAway('api', from, to);
  return outcome === 'status 502' && request === 'POST /product' && wasAway('simulator', from, to);
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { headers: { access_token: KEY }, signal: AbortSignal.timeout(5000) });
  await response.arrayBuffer();
  return response.ok;
}

const client = createApiClient({ apiUrl, orchestratorUrl, key: KEY, retries: 2 });

interface PipelineCount {
  succeeded: number;
  /** Runs whose task failed twice, and which went on by the operator's retry. */
  retried: number;
}

/** Starts a run and follows it to its end; one that failed is retried once, as an operator would. */
async function runPipeline(
  pipeline: PipelineName,
  parameters: RunParameters,
  counts: Map<string, PipelineCount>,
): Promise<RunView> {
  let id = '';
  let view: RunView | undefined;
  const start = async () => {
    ({ id } = await client.ask('POST /orchestrator/pipelines/{name}/runs', {
      path: { name: pipeline },
      body: { parameters },
    }));
    return true;
  };
  const ends = async () => {
    view = await client.ask('GET /orchestrator/runs/{id}', { path: { id } });
    return view.state !== 'running';
  };
  await waitUntil(`${pipeline} starts`, start, 60_000);
  await waitUntil(`${pipeline} ends`, ends, RUN_TIMEOUT_MS);
  const count = counts.get(pipeline) ?? { succeeded: 0, retried: 0 };
  if (view?.state === 'failed') {
    count.retried += 1;
    await waitUntil(
      `${pipeline} goes on`,
      () => client.ask('POST /orchestrator/runs/{id}/retry', { path: { id } }).then(() => true),
      60_000,
    );
    await waitUntil(`${pipeline} ends after its retry`, ends, RUN_TIMEOUT_MS);
  }
  if (view?.state !== 'succeeded') throw new Error(`${pipeline} ${view?.state}: ${JSON.stringify(view)}`);
  count.succeeded += 1;
  counts.set(pipeline, count);
  return view;
}

/** Kills a random part, and again after a pause, until the time is up. */
async function killAtRandom(random: () => number, until: number): Promise<void> {
  const [least, most] = PAUSE_BETWEEN_KILLS_MS;
  const readiness: Partial<Record<PartName, string>> = {
    api: `${apiUrl}/health/ready`,
    mongodb: `${apiUrl}/health/ready`,
    redis: `${orchestratorUrl}/health/ready`,
    orchestrator: `${orchestratorUrl}/health/ready`,
    simulator: `http://127.0.0.1:${simulator}/health/ready`,
  };
  for (;;) {
    await wait(least + random() * (most - least));
    if (Date.now() >= until) return;
    const part = PARTS[Math.floor(random() * PARTS.length)] as PartName;
    const pid = (await pidsOf(dataFolder))[part];
    if (pid === undefined) continue;
    const kill: Kill = { part, at: Date.now(), backAt: null };
    kills.push(kill);
    process.kill(pid, 'SIGKILL');
    const url = readiness[part];
    await waitUntil(
      `${part} is back`,
      async () => ![pid, undefined].includes((await pidsOf(dataFolder))[part]) && (!url || answers(url)),
      90_000,
    );
    kill.backAt = Date.now();
  }
}

function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) => row.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  ')).join('\n');
}

const faults: string[] = [];
let finished = false;
try {
  await waitUntil(
    'the platform starts',
    async () => {
      if (platformEnded) throw new Error(`it ended: see ${logFile}`);
      return (await answers(`${apiUrl}/health/ready`)) && answers(`${orchestratorUrl}/health/ready`);
    },
    120_000,
  );
  const pipelines = new Map<string, PipelineCount>();
  await runPipeline('ecobalyse_extract', { limit: EXTRACTED }, pipelines);
  await runPipeline('ecobalyse', {}, pipelines);
  pipelines.clear();

  console.log(`${seconds} s, seed ${seed}, ${rate} requests/s, load average before ${loadavg()[0]?.toFixed(1)}`);
  const until = Date.now() + seconds * 1000;
  const memory = createMemoryLog();
  const load = startLoad(apiUrl, KEY, rate, isExcused);
  let extraction: RunView | undefined;
  const samples = (async () => {
    while (Date.now() < until) {
      memory.sample(await pidsOf(dataFolder));
      await wait(SAMPLE_MS);
    }
  })();
  const runs = (async () => {
    while (Date.now() < until) {
      extraction = await runPipeline('ecobalyse_extract', { limit: EXTRACTED }, pipelines);
      for (const name of ['ecobalyse_training', 'ecobalyse'] as const)
        if (Date.now() < until) await runPipeline(name, {}, pipelines);
    }
  })();
  await Promise.all([samples, runs, killAtRandom(seededRandom(seed), until)]);
  await load.stop();

  for (const { at, what } of load.faults) {
    const recent = kills.filter((kill) => Math.abs(at - kill.at) < 30_000).map(({ part }) => part);
    faults.push(`${what} (killed around then: ${recent.join(', ') || 'nothing'})`);
  }

  // Clients that got no answer try again, as they should: then it is known what has to be there.
  const headers = { access_token: KEY, 'content-type': 'application/json' };
  const unknown = [...load.products].filter(([, { state }]) => state === 'unknown');
  for (const [index] of unknown) {
    const { outcome, body } = await ask(`${apiUrl}/product`, {
      method: 'POST',
      headers,
      body: JSON.stringify(garment(index)),
    });
    if (outcome !== 'ok') faults.push(`repeated product ${index}: ${outcome} ${body}`);
  }
  const acknowledged = [...load.products.values()].filter(({ state }) => state !== 'unknown');
  for (const { identity, state } of acknowledged) {
    const { outcome } = await ask(`${apiUrl}/product/by-id/${identity}`, { headers });
    const wanted = state === 'added' ? 'ok' : 'status 404';
    if (outcome !== wanted) faults.push(`${state} product ${identity}: ${outcome}`);
  }
  const loaded = extraction?.tasks.find(({ task }) => task === 'load')?.result as { products: number } | undefined;
  const remaining = [...load.products.values()].filter(({ state }) => state !== 'deleted').length;
  const expected = (loaded?.products ?? 0) + remaining;
  const { body } = await ask(`${apiUrl}/impacts?limit=0`, { headers });
  const { total } = JSON.parse(body) as { total: number };
  if (total !== expected) faults.push(`${total} documents instead of ${expected}`);

  const reports = PARTS.map((part) => ({ part, ...memory.report(part) }));
  for (const { part, lifeSeconds, middleMb, lastMb } of reports)
    if (lifeSeconds >= SHORTEST_LIFE_S && lastMb - middleMb > Math.max(GROWTH.mb, middleMb * GROWTH.share))
      faults.push(`${part} grew from ${middleMb.toFixed(0)} to ${lastMb.toFixed(0)} MB in ${lifeSeconds.toFixed(0)} s`);

  const sorted = load.latenciesMs.toSorted((a, b) => a - b);
  const quantile = (p: number) => `${(sorted[Math.ceil(p * sorted.length) - 1] ?? 0).toFixed(0)} ms`;
  console.log(`\n${table([['answer', 'count'], ...load.counts])}`);
  console.log(`\nreads: p50 ${quantile(0.5)}, p99 ${quantile(0.99)}, slowest ${quantile(1)}`);
  console.log(
    `products: ${load.products.size} sent, ${acknowledged.length} acknowledged, ${unknown.length} repeated; ${total} documents`,
  );
  console.log(
    `\n${table([['pipeline', 'succeeded', 'by retry'], ...[...pipelines].map(([name, { succeeded, retried }]) => [name, succeeded, retried])])}`,
  );
  console.log(
    `\n${table([
      ['part', 'kills', 'slowest back s', 'peak MB', 'longest life s', 'middle MB', 'last MB'],
      ...reports.map(({ part, peakMb, lifeSeconds, middleMb, lastMb }) => {
        const own = kills.filter((kill) => kill.part === part);
        const slowest = Math.max(0, ...own.map(({ at, backAt }) => ((backAt ?? Date.now()) - at) / 1000));
        return [
          part,
          own.length,
          slowest.toFixed(1),
          ...[peakMb, lifeSeconds, middleMb, lastMb].map((figure) => figure.toFixed(0)),
        ];
      }),
    ])}`,
  );
  finished = true;
  console.log(`\nload average after ${loadavg()[0]?.toFixed(1)}; ${kills.length} kills`);
} finally {
  platform.kill('SIGINT');
  await exited;
  if (finished && faults.length === 0) await rm(folder, { recursive: true, force: true });
}
if (faults.length > 0) {
  console.log(`\n${faults.length} faults; the log of the platform is ${logFile}`);
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
  process.exitCode = 1;
} else console.log('no faults');
