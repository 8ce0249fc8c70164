/**
 * Throughput of the running simulator over loopback HTTP: detailed simulations one by one, and by batch.
 *
 * The simulator is a process of its own, whose threads share the cores with this one, which plays its clients. Queries are
 * drawn with a fixed seed over products, materials, countries and options, so that no two in a row are alike. Every answer
 * is checked: a wrong status, or a batch with an error line, ends the benchmark.
 *
 * Run after `npm run build`: `node bench/dist/simulator-http.js [seconds]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { listCountries, listMaterials, listProducts } from '@ecobalyse/textile-method';

const SIMULATOR_MAIN = fileURLToPath(new URL('../../services/simulator/bundle/main.js', import.meta.url));
const SECONDS = Number(process.argv[2] ?? 5);
const CONNECTIONS = 16;
const BATCH_QUERIES = 20_000;
const DISTINCT_QUERIES = 2_000;
const GOALS = { oneByOne: 2_000, batch: 8_000 };

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawQueries(count: number): string[] {
  const random = seededRandom(20_240_701);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const countries = listCountries().map(({ code }) => code);
  const materials = listMaterials().map(({ id }) => id);
  const products = listProducts().map(({ id }) => id);
  return Array.from({ length: count }, () => {
    const share = Math.round(random() * 100) / 100;
    return JSON.stringify({
      mass: Math.round((0.1 + random()) * 1000) / 1000,
      materials: [
        { id: pick(materials), share },
        { id: pick(materials), share: 1 - share, country: pick(countries) },
      ],
      product: pick(products),
      countrySpinning: pick(countries),
      countryFabric: pick(countries),
      countryDyeing: pick(countries),
      countryMaking: pick(countries),
      ...(random() < 0.5 ? { airTransportRatio: Math.round(random() * 100) / 100 } : {}),
      ...(random() < 0.3 ? { printing: { kind: 'pigment', ratio: 0.2 } } : {}),
      ...(random() < 0.3 ? { fabricProcess: 'weaving', surfaceMass: 200, yarnSize: 40 } : {}),
    });
  });
}

async function startSimulator(): Promise<{ child: ChildProcess; url: URL }> {
  const child = spawn(process.execPath, [SIMULATOR_MAIN], {
    env: { ...process.env, SIMULATOR_HOST: '127.0.0.1', SIMULATOR_PORT: '0', LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /listening at (http:[^"]+)/.exec(line)?.[1];
    if (address !== undefined) return { child, url: new URL(address) };
  }
  throw new Error('the simulator ended before it listened: run "npm run build" first');
}

async function post(url: URL, agent: Agent, contentType: string, body: string | Buffer): Promise<IncomingMessage> {
  const call = request(url, {
    agent,
    method: 'POST',
    timeout: 60_000,
    headers: { 'content-type': contentType, 'content-length': Buffer.byteLength(body) },
  });
  call.on('timeout', () => call.destroy(new Error(`no answer from ${url} in a minute`)));
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode} from ${url}`);
  return response;
}

async function bytesOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  return bytes;
}

interface Measure {
  readonly simulations: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly latenciesMs: number[];
}

/** Keeps `CONNECTIONS` requests under way for a time. */
async function measureOneByOne(url: URL, queries: readonly string[], seconds: number): Promise<Measure> {
  const target = new URL('/api/textile/simulator/detailed', url);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const latenciesMs: number[] = [];
  let bytes = 0;
  let sent = 0;
  const start = performance.now();
  const client = async () => {
    while (performance.now() - start < seconds * 1000) {
      const query = queries[sent++ % queries.length] as string;
      const began = performance.now();
      const size = await bytesOf(await post(target, agent, 'application/json', query));
      bytes += size;
      latenciesMs.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return { simulations: latenciesMs.length, seconds: (performance.now() - start) / 1000, bytes, latenciesMs };
}

/** Where a line tells what it is: a refusal begins with `{"line"`, an answer with another name. */
const MARK_OFFSET = 2;
const REFUSAL_MARK = 'l'.charCodeAt(0);
const NEWLINE = 10;

/**
 * Counts the lines of a batch's answer and looks at the beginning of each. The client shares the cores with the simulator:
 * searching all the text for an error took it longer than receiving it.
 *
 * @throws Error at the first line that is a refusal.
 */
function answerCounter(): { read(chunk: Buffer): void; count(): number } {
  let lines = 0;
  let markAt = MARK_OFFSET;
  return {
    read(chunk) {
      let searchFrom = 0;
      for (;;) {
        if (markAt < chunk.length && chunk[markAt] === REFUSAL_MARK)
          throw new Error('a query of the batch was refused');
        const end = chunk.indexOf(NEWLINE, searchFrom);
        if (end === -1) break;
        lines += 1;
        searchFrom = end + 1;
        markAt = searchFrom + MARK_OFFSET;
      }
      // Beyond the chunk: it stands in the next one. Otherwise the mark was seen.
      markAt = markAt >= chunk.length ? markAt - chunk.length : Number.POSITIVE_INFINITY;
    },
    count: () => lines,
  };
}

/** Sends whole batches, one after the other, for a time, one at least; counts the answer's lines. */
async function measureBatch(url: URL, queries: readonly string[], path: string, seconds: number): Promise<Measure> {
  const target = new URL(path, url);
  const agent = new Agent({ keepAlive: true });
  const body = Buffer.from(
    Array.from({ length: BATCH_QUERIES }, (_, index) => `${queries[index % queries.length]}\n`).join(''),
  );
  const latenciesMs: number[] = [];
  let bytes = 0;
  const start = performance.now();
  do {
    const began = performance.now();
    const response = await post(target, agent, 'application/x-ndjson', body);
    const answers = answerCounter();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      answers.read(chunk);
    }
    const lines = answers.count();
    if (lines !== BATCH_QUERIES) throw new Error(`${lines} lines for ${BATCH_QUERIES} queries`);
    latenciesMs.push(performance.now() - began);
  } while (performance.now() - start < seconds * 1000);
  agent.destroy();
  return {
    simulations: latenciesMs.length * BATCH_QUERIES,
    seconds: (performance.now() - start) / 1000,
    bytes,
    latenciesMs,
  };
}

function report(name: string, { simulations, seconds, bytes, latenciesMs }: Measure, goal?: number): void {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const quantile = (p: number) => (sorted[Math.ceil(p * sorted.length) - 1] as number).toFixed(1);
  const rate = simulations / seconds;
  const verdict = goal === undefined ? '' : `  goal ${goal}/s: ${rate >= goal ? 'reached' : 'MISSED'}`;
  console.log(
    `${name.padEnd(34)} ${rate.toFixed(0).padStart(7)} simulations/s  ${(bytes / simulations / 1000).toFixed(1).padStart(5)} kB each` +
      `  p50 ${quantile(0.5)} ms  p99 ${quantile(0.99)} ms${verdict}`,
  );
}

const queries = drawQueries(DISTINCT_QUERIES);
const { child, url } = await startSimulator();
try {
  await measureOneByOne(url, queries, 1);
  console.log(`${SECONDS} s each after 1 s of warm-up; ${CONNECTIONS} connections one by one, 1 by batch`);
  report('detailed, one by one', await measureOneByOne(url, queries, SECONDS), GOALS.oneByOne);
  const batch = '/api/textile/simulator/batch';
  // Its threads start and warm up; what a caller sees who sends one batch a day.
  report('detailed, the first batch', await measureBatch(url, queries, batch, 0));
  report('detailed, by batch', await measureBatch(url, queries, batch, SECONDS), GOALS.batch);
  report('simple (ecs), by batch', await measureBatch(url, queries, `${batch}?answer=simple&impact=ecs`, SECONDS));
} finally {
  child.kill('SIGTERM');
}
