/**
 * The embedded MongoDB-compatible server, measured through the official driver as a process of its own, against the
 * floors of its design; and FerretDB with the SQLite backend in the same run, where its binary has been built
 * (packages/tools/embedded-mongo/testing/conformance-ferretdb.mjs).
 *
 * Documents have 8 kB and about 200 values, drawn with a fixed seed. Every answer is checked for its size. A figure
 * beyond its floor ends the run with exit code 1; floors are stretched on a machine, or under a load, on which a
 * calibrating loop takes longer than on the machine of reference.
 *
 * Run after `npm run build`: `node bench/dist/embedded-mongo.js [documents]` (default 7524; floors hold for that). It takes
 * half a minute, and about six minutes more where FerretDB is there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Collection, type Document, MongoClient } from 'mongodb';

const DOCUMENTS = Number(process.argv[2] ?? 7524);
const SERVER_MAIN = fileURLToPath(new URL('../../packages/tools/embedded-mongo/bundle/main.js', import.meta.url));
const FERRETDB = fileURLToPath(new URL('../../.tools/ferretdb', import.meta.url));
/** Milliseconds that the calibrating loop takes on the machine of reference, unloaded. */
const CALIBRATION_MS = 15;

const MATCHED_PRODUCT = 'p3';
const PRODUCTS = 8;
const COUNTRIES = 25;

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

const random = seededRandom(20_240_701);

/** A document shaped like a stored simulation: nested parts, 4 impacts to average, and text to fill it up. */
function drawDocument(i: number): Document {
  const steps = Array.from({ length: 12 }, (_, step) => ({
    label: `step ${step} of the product's life, as the upstream describes it`,
    country: { code: `C${Math.floor(random() * COUNTRIES)}`, name: 'a country of the world' },
    impacts: Object.fromEntries(Array.from({ length: 8 }, (_, k) => [`impact_${k}`, random() * 1000])),
    masses: [random(), random(), random()],
    transport: { road: random() * 5000, sea: Math.floor(random() * 20000), air: 0 },
    enabled: random() > 0.5,
  }));
  return {
    md5_id: `md5-${i}`,
    product_id: `p${i % PRODUCTS}`,
    country: `C${Math.floor(i / PRODUCTS) % COUNTRIES}`,
    impacts: { ecs: random() * 5000, pef: random() * 900, cch: random() * 30, acd: random() },
    lifeCycle: steps,
    filler: 'x'.repeat(1500),
  };
}

interface Server {
  readonly name: string;
  readonly client: MongoClient;
  readonly child: ChildProcess;
  readonly dir: string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function start(
  name: string,
  command: string,
  makeArguments: (dir: string, port: number) => string[],
): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-mongo-'));
  const port = await freePort();
  const child = spawn(command, makeArguments(dir, port), { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('the server has no output');
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('listening on')) break;
  const client = await new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`).connect();
  return { name, client, child, dir };
}

async function stop({ client, child, dir }: Server, signal: NodeJS.Signals): Promise<void> {
  await client.close(true);
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  rmSync(dir, { recursive: true, force: true });
}

type Bench = Collection<Document>;
interface Step {
  readonly name: string;
  /** Milliseconds that one call may take on the machine of reference. */
  readonly floor?: number;
  readonly calls: number;
  readonly run: (collection: Bench, call: number) => Promise<unknown>;
}

function expectCount(found: readonly unknown[], wanted: number): void {
  if (found.length !== wanted) throw new Error(`${found.length} results instead of ${wanted}`);
}

const THREE_FIELDS = { md5_id: 1, product_id: 1, 'impacts.ecs': 1 };
const matched = Math.ceil((DOCUMENTS - 3) / PRODUCTS);

function averages(filter: Document): Document[] {
  return [
    { $match: filter },
    {
      $project: {
        _id: 0,
        product_id: 1,
        average: { $avg: ['$impacts.ecs', '$impacts.pef', '$impacts.cch', '$impacts.acd'] },
      },
    },
    { $sort: { average: 1 } },
    { $limit: 5 },
  ];
}

const documents = Array.from({ length: DOCUMENTS }, (_, i) => drawDocument(i));

const STEPS: readonly Step[] = [
  {
    name: 'insertMany in one call',
    floor: 2500,
    calls: 1,
    run: (c) => c.insertMany(documents, { forceServerObjectId: true }),
  },
  {
    name: 'match + average + sort + limit, by scan',
    floor: 130,
    calls: 3,
    run: async (c) => expectCount(await c.aggregate(averages({ product_id: MATCHED_PRODUCT })).toArray(), 5),
  },
  { name: 'create a unique index', floor: 400, calls: 1, run: (c) => c.createIndex({ md5_id: 1 }, { unique: true }) },
  { name: 'create a compound index', calls: 1, run: (c) => c.createIndex({ product_id: 1, country: 1 }) },
  {
    name: 'findOne by unique key, whole',
    floor: 1.5,
    calls: 300,
    run: async (c, i) => (await c.findOne({ md5_id: `md5-${(i * 37) % DOCUMENTS}` })) ?? fail(),
  },
  {
    name: 'findOne by unique key, 3 fields',
    floor: 1.5,
    calls: 300,
    run: async (c, i) =>
      (await c.findOne({ md5_id: `md5-${(i * 37) % DOCUMENTS}` }, { projection: THREE_FIELDS })) ?? fail(),
  },
  {
    name: 'find of two fields, limit 5, by index',
    floor: 3,
    calls: 100,
    run: async (c) => expectCount(await c.find({ product_id: MATCHED_PRODUCT, country: 'C7' }).limit(5).toArray(), 5),
  },
  {
    name: 'find of two fields, limit 5, by scan',
    floor: 20,
    calls: 20,
    run: async (c) =>
      expectCount(
        await c
          .find({ $nor: [{ product_id: { $ne: MATCHED_PRODUCT } }, { country: { $ne: 'C7' } }] })
          .limit(5)
          .toArray(),
        5,
      ),
  },
  {
    name: 'scan without a hit',
    floor: 100,
    calls: 5,
    run: async (c) => expectCount(await c.find({ 'impacts.ecs': -1 }).toArray(), 0),
  },
  {
    name: 'match + average + sort + limit, by index',
    floor: 70,
    calls: 5,
    run: async (c) => expectCount(await c.aggregate(averages({ product_id: MATCHED_PRODUCT })).toArray(), 5),
  },
  {
    name: 'group over all (count, average)',
    floor: 120,
    calls: 3,
    run: async (c) =>
      expectCount(
        await c
          .aggregate([{ $group: { _id: '$product_id', n: { $sum: 1 }, average: { $avg: '$impacts.ecs' } } }])
          .toArray(),
        PRODUCTS,
      ),
  },
  { name: 'distinct', floor: 100, calls: 3, run: async (c) => expectCount(await c.distinct('product_id'), PRODUCTS) },
  {
    name: 'stream all, 3 fields',
    floor: 300,
    calls: 2,
    run: async (c) => expectCount(await c.find({}, { projection: THREE_FIELDS }).toArray(), DOCUMENTS),
  },
  {
    name: 'stream all, whole, decoded by the driver',
    floor: 1600,
    calls: 1,
    run: async (c) => expectCount(await c.find().toArray(), DOCUMENTS),
  },
  {
    name: 'stream all, whole, raw',
    calls: 1,
    run: async (c) => expectCount(await c.find({}, { raw: true }).toArray(), DOCUMENTS),
  },
  {
    name: 'countDocuments of a product',
    calls: 5,
    run: async (c) => (await c.countDocuments({ product_id: MATCHED_PRODUCT })) === matched || fail(),
  },
  {
    name: 'updateOne $inc by key, durable',
    floor: 5,
    calls: 100,
    run: (c, i) => c.updateOne({ md5_id: `md5-${i}` }, { $inc: { n: 1 } }),
  },
  {
    name: 'insertOne, durable',
    floor: 5,
    calls: 100,
    run: (c, i) => c.insertOne({ ...drawDocument(i), md5_id: `one-${i}` }),
  },
  {
    name: '500 upserts by key in one bulkWrite',
    calls: 2,
    run: (c, call) =>
      c.bulkWrite(
        Array.from({ length: 500 }, (_, i) => ({
          updateOne: {
            filter: { md5_id: `bulk-${call}-${i}` },
            update: { $set: drawDocument(i).impacts },
            upsert: true,
          },
        })),
        { ordered: false },
      ),
  },
];

function fail(): never {
  throw new Error('a wrong answer');
}

interface Result {
  /** Milliseconds per call. */
  readonly ms?: number;
  /** How many times slower this machine was at that time than the machine of reference. */
  readonly slowness: number;
  /** Why there is no figure. */
  readonly failure?: string;
}

/** A slow server is not asked for all calls of a step. */
const ENOUGH_MS = 5000;
const STEP_LIMIT_MS = 60_000;

/** Runs all steps on one server; after a step that does not end the server is not asked again. */
async function measure(server: Server): Promise<Map<string, Result>> {
  const collection = server.client.db('bench').collection('impacts');
  const results = new Map<string, Result>();
  for (const step of STEPS) {
    const before = slowness();
    const started = performance.now();
    let done = 0;
    const calls = async (): Promise<string> => {
      while (done < step.calls && performance.now() - started < ENOUGH_MS) await step.run(collection, done++);
      return 'done';
    };
    const limit = new Promise<string>((resolve) => setTimeout(resolve, STEP_LIMIT_MS, 'more than a minute').unref());
    const ended = await Promise.race([calls(), limit]).catch((error: unknown) => String(error).slice(0, 60));
    const ms = (performance.now() - started) / done;
    const measured = Math.max(1, (before + slowness()) / 2);
    results.set(step.name, ended === 'done' ? { ms, slowness: measured } : { failure: ended, slowness: measured });
    if (ended === 'more than a minute') break;
  }
  return results;
}

/** How many times longer a fixed loop takes now than on the machine of reference. */
function slowness(): number {
  const started = performance.now();
  const bytes = Buffer.alloc(1 << 16);
  let mixed = 1;
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < bytes.length; i++) {
      mixed = Math.imul(mixed ^ i, 0x9e3779b1);
      bytes[i] = mixed;
    }
  }
  return (performance.now() - started) / CALIBRATION_MS;
}

// The first loop is not compiled yet.
slowness();
const embedded = await start('embedded', process.execPath, (dir, port) => [
  SERVER_MAIN,
  '--dir',
  dir,
  '--port',
  String(port),
]);
const ours = await measure(embedded);
const status = await embedded.client.db('admin').command({ serverStatus: 1 });
const fileMegabytes = statSync(join(embedded.dir, 'data.lmdb')).size / 2 ** 20;
await stop(embedded, 'SIGTERM');
let theirs: Map<string, Result> | undefined;
if (existsSync(FERRETDB)) {
  const ferretdb = await start('FerretDB', FERRETDB, (dir, port) => [dir, String(port)]);
  theirs = await measure(ferretdb);
  // It would first finish a step that took too long.
  await stop(ferretdb, 'SIGKILL');
}

const shown = (result: Result | undefined): string => result?.ms?.toFixed(2) ?? result?.failure ?? '-';
console.log(`${DOCUMENTS} documents of 8 kB; milliseconds per call\n`);
console.log('| operation | embedded | floor | FerretDB 1.24 (SQLite) |\n|---|---:|---:|---:|');
let beyond = 0;
for (const { name, floor } of STEPS) {
  const own = ours.get(name);
  const allowed = floor === undefined || DOCUMENTS > 7524 ? Number.POSITIVE_INFINITY : floor * (own?.slowness ?? 1);
  const missed = own?.ms === undefined || own.ms > allowed;
  if (missed) beyond++;
  console.log(`| ${name} | ${shown(own)}${missed ? ' (beyond)' : ''} | ${floor ?? ''} | ${shown(theirs?.get(name))} |`);
}
const slowest = Math.max(...[...ours.values()].map((result) => result.slowness));
if (slowest > 1.2) console.log(`\nThe machine was busy or slow: floors were stretched by up to ${slowest.toFixed(1)}.`);
console.log(
  `\nembedded server: ${status.mem.resident} MB resident, ${status.mem.heapUsed} MB heap, file ${fileMegabytes.toFixed(0)} MB`,
);
if (theirs === undefined) console.log('FerretDB was not measured: .tools/ferretdb is not there.');
process.exitCode = beyond === 0 ? 0 : 1;
