/**
 * The embedded MongoDB-compatible server, measured through the official driver as a process of its own, against the
 * floors of its design; and FerretDB with the SQLite backend in the same run, where its binary has been built
 * (packages/embedded-mongo/scripts/build-ferretdb.sh).
 *
 * Documents have 8 kB and about 200 values, drawn with a fixed seed. Every answer is checked for its size. A figure
 * beyond its floor ends the run with exit code 1; floors are stretched on a machine, or under a load, on which a
 * calibrating loop takes longer than on the machine of reference.
 *
 * Run after `npm run build`: `node bench/dist/embedded-mongo.js [documents]` (default 7524; floors hold for that).
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
const SERVER_MAIN = fileURLToPath(new URL('../../packages/embedded-mongo/dist/main.js', import.meta.url));
const FERRETDB = fileURLToPath(new URL('../../.tools/ferretdb', import.meta.url));
/** Milliseconds that the calibrating loop takes on the machine of reference, unloaded. */
const CALIBRATION_MS = 160;

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

async function stop({ client, child, dir }: Server): Promise<void> {
  await client.close();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
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
          .find({ product_id: MATCHED_PRODUCT, country: 'C7' }, { hint: { $natural: 1 } })
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

/** Runs all steps on one server; gives milliseconds per call, or the error where a server refuses a step. */
async function measure(server: Server): Promise<Map<string, number | string>> {
  const collection = server.client.db('bench').collection('impacts');
  const results = new Map<string, number | string>();
  for (const step of STEPS) {
    try {
      const started = performance.now();
      for (let call = 0; call < step.calls; call++) await step.run(collection, call);
      results.set(step.name, (performance.now() - started) / step.calls);
    } catch (error) {
      results.set(step.name, error instanceof Error ? error.message.slice(0, 40) : String(error));
    }
  }
  return results;
}

/** How many times slower this machine is now than the machine of reference was. */
function slowness(): number {
  const started = performance.now();
  const bytes = Buffer.alloc(1 << 16);
  let mixed = 1;
  for (let round = 0; round < 400; round++) {
    for (let i = 0; i < bytes.length; i++) {
      mixed = Math.imul(mixed ^ i, 0x9e3779b1);
      bytes[i] = mixed;
    }
  }
  return Math.max(1, (performance.now() - started) / CALIBRATION_MS);
}

const stretch = slowness();
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
await stop(embedded);
let theirs: Map<string, number | string> | undefined;
if (existsSync(FERRETDB)) {
  const ferretdb = await start('FerretDB', FERRETDB, (dir, port) => [dir, String(port)]);
  theirs = await measure(ferretdb);
  await stop(ferretdb);
}

const shown = (v: number | string | undefined): string => (typeof v === 'number' ? v.toFixed(2) : (v ?? '-'));
console.log(
  `${DOCUMENTS} documents of ${Math.round(JSON.stringify(documents[0]).length / 1000)} kB; milliseconds per call; floors x ${stretch.toFixed(2)}\n`,
);
console.log('| operation | embedded | floor | FerretDB 1.24 (SQLite) |\n|---|---:|---:|---:|');
let beyond = 0;
for (const { name, floor } of STEPS) {
  const own = ours.get(name);
  const missed = typeof own !== 'number' || (floor !== undefined && DOCUMENTS <= 7524 && own > floor * stretch);
  if (missed) beyond++;
  console.log(`| ${name} | ${shown(own)}${missed ? ' (beyond)' : ''} | ${floor ?? ''} | ${shown(theirs?.get(name))} |`);
}
console.log(
  `\nembedded server: ${status.mem.resident} MB resident, ${status.mem.heapUsed} MB heap, file ${fileMegabytes.toFixed(0)} MB`,
);
if (theirs === undefined) console.log('FerretDB was not measured: .tools/ferretdb is not there.');
process.exitCode = beyond === 0 ? 0 : 1;
