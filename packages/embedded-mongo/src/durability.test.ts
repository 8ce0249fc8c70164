import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { open } from 'lmdb';
import { type Collection, MongoClient, type MongoServerError } from 'mongodb';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Row, removeFolder, temporaryFolder } from './test-support/database.js';
import { buildServer, SERVER_MAIN, type ServerProcess, startProcess, startServer } from './test-support/process.js';
import { createDraw } from './test-support/random.js';

/** Kills of the server; `EMBEDDED_MONGO_KILLS=500` makes a long run. */
const KILLS = Number(process.env.EMBEDDED_MONGO_KILLS ?? 30);
const SEED = Number(process.env.EMBEDDED_MONGO_SEED ?? 1);
const CLIENT = { serverSelectionTimeoutMS: 5000, connectTimeoutMS: 5000 };
/** For clients whose server is stopped under them. */
const IMPATIENT = { serverSelectionTimeoutMS: 300 };

let dir: string;
const running: ServerProcess[] = [];
async function start(...more: string[]): Promise<ServerProcess> {
  const server = await startServer(dir, ...more);
  running.push(server);
  return server;
}
beforeAll(buildServer);
beforeEach(() => {
  dir = temporaryFolder();
});
afterEach(async () => {
  for (const server of running.splice(0)) if (server.child.exitCode === null) await server.end('SIGKILL');
  removeFolder(dir);
});

function checksum(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** What the writers were told is stored. */
interface Acknowledged {
  readonly inserted: Set<string>;
  readonly deleted: Set<string>;
  readonly counters: Map<string, number>;
}

/** Writes without a pause until the server is gone; notes each write when it is acknowledged. */
async function writer(
  rows: Collection<Row>,
  counters: Collection<Row>,
  name: string,
  known: Acknowledged,
  seed: number,
): Promise<void> {
  const draw = createDraw(seed);
  const row = (key: string): Row => {
    const text = key.repeat(1 + draw.below(400));
    return { _id: key, text, sum: checksum(text), group: draw.below(5), tags: [draw.below(9), draw.below(9)] };
  };
  try {
    for (let n = 0; ; n++) {
      const key = `${name}-${n}`;
      if (n % 4 === 0) {
        const batch = Array.from({ length: 20 }, (_, i) => row(`${key}-${i}`));
        await rows.insertMany(batch);
        for (const { _id } of batch) known.inserted.add(String(_id));
      } else if (n % 4 === 1) {
        await rows.insertOne(row(key));
        known.inserted.add(key);
      } else if (n % 4 === 2) {
        const counter = `counter-${draw.below(3)}`;
        await counters.updateOne({ name: counter }, { $inc: { n: 1 } }, { upsert: true });
        known.counters.set(counter, (known.counters.get(counter) ?? 0) + 1);
      } else {
        const victim = `${name}-${n - 2}`;
        // Until the answer arrives, nobody knows whether the document is there.
        known.inserted.delete(victim);
        await rows.deleteOne({ _id: victim });
        known.deleted.add(victim);
      }
    }
  } catch (error) {
    if ((error as Error).name === 'MongoServerError') throw error;
  }
}

async function checkAll(client: MongoClient, known: Acknowledged): Promise<void> {
  const rows = client.db('test').collection<Row>('rows');
  const found = new Set<string>();
  for await (const { _id, text, sum } of rows.find()) {
    expect(checksum(text)).toBe(sum);
    found.add(String(_id));
  }
  expect([...known.inserted].filter((id) => !found.has(id))).toEqual([]);
  expect([...known.deleted].filter((id) => found.has(id))).toEqual([]);
  const counters = await client.db('test').collection<Row>('counters').find().toArray();
  for (const [name, least] of known.counters) {
    expect(counters.filter((counter) => counter.name === name)).toHaveLength(1);
    expect(counters.find((counter) => counter.name === name)?.n).toBeGreaterThanOrEqual(least);
  }
  for (const name of ['rows', 'counters']) {
    expect(await client.db('test').command({ validate: name })).toMatchObject({ valid: true, errors: [] });
  }
  for (let group = 0; group < 5; group++) {
    const indexed = await rows.find({ group }, { projection: { _id: 1 }, hint: { group: 1, tags: 1 } }).toArray();
    const scanned = await rows.find({ group }, { projection: { _id: 1 }, hint: { $natural: 1 } }).toArray();
    expect(new Set(indexed.map(({ _id }) => _id))).toEqual(new Set(scanned.map(({ _id }) => _id)));
  }
}

describe('SIGKILL', () => {
  it(`${KILLS} kills during concurrent writes lose no acknowledged write`, {
    timeout: 60_000 + KILLS * 4000,
  }, async () => {
    const draw = createDraw(SEED);
    const known: Acknowledged = { inserted: new Set(), deleted: new Set(), counters: new Map() };
    let server = await start();
    for (let round = 0; round <= KILLS; round++) {
      const client = await new MongoClient(server.uri, CLIENT).connect();
      const db = client.db('test');
      if (round === 0) {
        await db.collection('rows').createIndex({ group: 1, tags: 1 });
        await db.collection('counters').createIndex({ name: 1 }, { unique: true });
      } else if (round === KILLS || round % 5 === 0) {
        await checkAll(client, known);
      }
      if (round < KILLS) {
        const writers = Array.from({ length: 4 }, (_, w) =>
          writer(
            db.collection('rows'),
            db.collection('counters'),
            `r${round}w${w}`,
            known,
            SEED * 1000 + round * 10 + w,
          ),
        );
        // Not a wait for something to happen: the moment of the kill is what is drawn.
        await delay(20 + draw.below(150));
        await server.end('SIGKILL');
        await Promise.all(writers);
      }
      await client.close();
      if (round < KILLS) server = await start();
    }
    expect(known.inserted.size).toBeGreaterThan(KILLS * 20);
    expect(await server.end('SIGTERM')).toBe(0);
  });

  it('a half-built index and a half-dropped collection are cleared away at the next start', async () => {
    let server = await start();
    let client = await new MongoClient(server.uri, CLIENT).connect();
    const rows = client.db('test').collection<Row>('rows');
    await rows.insertMany(Array.from({ length: 4000 }, (_, i) => ({ _id: i, n: i })));
    await client
      .db('test')
      .collection<Row>('doomed')
      .insertMany(Array.from({ length: 4000 }, (_, i) => ({ _id: i })));
    const cut = Promise.allSettled([rows.createIndex({ n: 1 }), client.db('test').collection('doomed').drop()]);
    await expect
      .poll(async () => (await client.db('test').listCollections({ name: 'doomed' }).toArray()).length)
      .toBe(0);
    await server.end('SIGKILL');
    await cut;
    await client.close();
    server = await start();
    client = await new MongoClient(server.uri, CLIENT).connect();
    const db = client.db('test');
    expect(await db.command({ validate: 'rows' })).toMatchObject({ valid: true, nrecords: 4000 });
    await db.collection<Row>('doomed').insertOne({ _id: 1 });
    expect(await db.command({ validate: 'doomed' })).toMatchObject({ valid: true, nrecords: 1 });
    await client.close();
  });

  it('a client goes on by itself after the server was killed and started again', async () => {
    const first = await start();
    const client = await new MongoClient(first.uri, CLIENT).connect();
    await client.db('test').collection<Row>('rows').insertOne({ _id: 1 });
    await first.end('SIGKILL');
    const port = new URL(first.uri).port;
    const second = await startProcess(process.execPath, [SERVER_MAIN, '--dir', dir, '--port', port]);
    running.push(second);
    expect(await client.db('test').collection<Row>('rows').findOne({ _id: 1 })).toEqual({ _id: 1 });
    await client.close();
  });
});

describe('starting and stopping', () => {
  it('a second process on the same folder is refused', async () => {
    await start();
    await expect(start()).rejects.toThrow(`The data folder ${dir} is in use by another embedded server process.`);
  });

  it('a taken port is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await expect.poll(() => other.listening).toBe(true);
    const { port } = other.address() as { port: number };
    const args = [SERVER_MAIN, '--dir', dir, '--port', String(port)];
    await expect(startProcess(process.execPath, args)).rejects.toThrow(
      `code 1: embedded-mongo: port ${port} is already in use`,
    );
    other.close();
  });

  it.each([
    [['--port', '0'], '--dir is missing'],
    [['--dir', 'DIR', '--port', 'x'], '--port x is not a number'],
    [['--dir', 'DIR', '--port', '0', '--host', '0.0.0.0'], 'host 0.0.0.0 is not a loopback address'],
    [['--dir', 'DIR', '--port', '0', '--host', '192.168.0.1'], 'is not a loopback address'],
    [['--dir', 'DIR', '--frobnicate'], "Unknown option '--frobnicate'"],
  ])('refuses %j', async (args, message) => {
    const own = args.map((arg) => (arg === 'DIR' ? dir : arg));
    await expect(startProcess(process.execPath, [SERVER_MAIN, ...own])).rejects.toThrow(message);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s finishes what is running and ends with 0', async (signal) => {
    const server = await start();
    const client = await new MongoClient(server.uri, IMPATIENT).connect();
    const rows = client.db('test').collection<Row>('rows');
    const writes = Promise.allSettled(Array.from({ length: 50 }, (_, i) => rows.insertOne({ _id: i })));
    expect(await server.end(signal)).toBe(0);
    const stored = (await writes).filter(({ status }) => status === 'fulfilled').length;
    await client.close();
    const again = await start();
    const second = await new MongoClient(again.uri, CLIENT).connect();
    expect(await second.db('test').collection('rows').countDocuments()).toBeGreaterThanOrEqual(stored);
    await second.close();
  });

  it('serves a Unix socket, and writes nothing outside its folder', async () => {
    const socket = join(dir, 'mongo.sock');
    const server = await start('--socket', socket);
    expect(server.uri).toContain(encodeURIComponent(socket));
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await client.db('test').collection('rows').insertOne({ a: 1 });
    expect(await client.db('test').collection('rows').countDocuments()).toBe(1);
    await client.close();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(
      readdirSync(dir)
        .filter((name) => !name.startsWith('data.lmdb'))
        .filter((name) => existsSync(join(dir, name))),
    ).toEqual([]);
  });
});

describe('data files that cannot be used', () => {
  const file = () => join(dir, 'data.lmdb');

  it.each([
    ['text', () => Buffer.from('this is no database\n'.repeat(1000)), 'is not a data file of this server'],
    ['a few bytes', () => Buffer.from('x'), 'is not a data file of this server'],
    ['zeros', () => Buffer.alloc(100_000), 'is not a data file of this server'],
  ])('%s', async (_, content, message) => {
    writeFileSync(file(), content());
    await expect(start()).rejects.toThrow(`${file()} ${message}`);
  });

  async function withData(): Promise<Buffer> {
    const server = await start();
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await client
      .db('test')
      .collection('rows')
      .insertMany(Array.from({ length: 500 }, (__, n) => ({ n, text: 'x'.repeat(2000) })));
    await client.close();
    await server.end('SIGTERM');
    return readFileSync(file());
  }

  it.each([
    ['cut short', (whole: Buffer) => whole.subarray(0, whole.length - 4096), 'is cut short'],
    [
      'with a damaged beginning',
      (whole: Buffer) => Buffer.concat([Buffer.alloc(4096), whole.subarray(4096)]),
      'is not a data file',
    ],
    [
      'of another LMDB format',
      (whole: Buffer) => {
        whole.writeUInt32LE(9, 28);
        return whole;
      },
      'has LMDB data format 9',
    ],
    [
      'with nothing behind its beginning',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(whole.length - 8192)]),
      'cannot be opened',
    ],
  ])('a file %s', async (_, damage, message) => {
    writeFileSync(file(), damage(await withData()));
    await expect(start()).rejects.toThrow(`${file()} ${message}`);
  });

  it('a file of a newer version', async () => {
    await withData();
    const root = open({ path: file(), noSubdir: true, keyEncoding: 'binary', encoding: 'binary' });
    const meta = root.openDB('meta', { keyEncoding: 'binary', encoding: 'binary' });
    await meta.put(Buffer.from('format'), Buffer.from([0, 0, 0, 2]));
    await root.close();
    await expect(start()).rejects.toThrow(`${file()} has format 2; this server reads up to format 1`);
  });

  it('a file of another program', async () => {
    const root = open({ path: file(), noSubdir: true });
    await root.openDB('accounts', {}).put('a', 1);
    await root.close();
    await expect(start()).rejects.toThrow(`${file()} belongs to another program`);
  });

  it('damaged documents give errors, and the server goes on', async () => {
    const whole = await withData();
    // Before each text stands its length.
    const text = 'x'.repeat(2000);
    for (let at = whole.indexOf(text); at !== -1; at = whole.indexOf(text, at + 2000)) whole.fill(0xff, at - 4, at);
    writeFileSync(file(), whole);
    const server = await start();
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await expect(client.db('test').collection('rows').find({ nothing: 1 }).toArray()).rejects.toThrow(
      'a stored document is damaged',
    );
    expect((await client.db('test').command({ ping: 1 })).ok).toBe(1);
    await client.close();
  });
});

const SMALL_DISK = `
  mount -t tmpfs -o size=6m none "$1" || exit 77
  "$2" "$3" --dir "$1/data" --port 0
  mount -o remount,size=60m "$1"
  exec "$2" "$3" --dir "$1/data" --port 0`;
/** A name space of its own lets any user mount a small file system, where the kernel allows that. */
const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /tmp']).status === 0;

describe('a full disk', () => {
  it(
    canMount
      ? 'gives a write error and no damage'
      : 'NOT TESTED HERE: this machine does not allow mounting a small file system',
    async () => {
      if (!canMount) return;
      const server = await startProcess('unshare', [
        '-rm',
        'sh',
        '-c',
        SMALL_DISK,
        'sh',
        dir,
        process.execPath,
        SERVER_MAIN,
      ]);
      running.push(server);
      const second = new Promise<string>((resolve) => {
        server.child.stdout?.on('data', (chunk: Buffer) => resolve(/mongodb:\S+/.exec(chunk.toString())?.[0] ?? ''));
      });
      const client = await new MongoClient(server.uri, CLIENT).connect();
      const rows = client.db('test').collection('rows');
      let stored = 0;
      const fill = async (): Promise<void> => {
        for (;;) {
          await rows.insertMany(Array.from({ length: 10 }, () => ({ text: 'x'.repeat(10_000) })));
          stored += 10;
        }
      };
      const errors = (await Promise.allSettled([fill(), fill(), fill()])).map(
        (result) => (result as PromiseRejectedResult).reason,
      );
      const codes = errors.map((error: MongoServerError) => error.code);
      expect(codes).toContain(14031);
      await client.close();
      // The server has ended by itself; with more space the next one finds everything that was acknowledged.
      const again = await new MongoClient(await second, CLIENT).connect();
      const count = await again.db('test').collection('rows').countDocuments();
      expect(count).toBeGreaterThanOrEqual(stored);
      expect(await again.db('test').command({ validate: 'rows' })).toMatchObject({ valid: true });
      await again.db('test').collection('rows').insertOne({ again: true });
      await again.close();
    },
  );
});
