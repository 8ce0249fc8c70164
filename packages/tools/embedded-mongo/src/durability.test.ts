import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Collection, MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { Row } from './test-support/database.js';
import { CLIENT, SERVER_MAIN, startProcess, useServers } from './test-support/process.js';
import { createDraw } from './test-support/random.js';

/** Kills of the server; `EMBEDDED_MONGO_KILLS=500` makes a long run. */
const KILLS = Number(process.env.EMBEDDED_MONGO_KILLS ?? 4);
const SEED = Number(process.env.EMBEDDED_MONGO_SEED ?? 1);
/** Acknowledged inserts of a round before its kill, however slow the machine. */
const BUSY_WRITES = 20;

const servers = useServers();

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
    const indexed = await rows.find({ group }, { projection: { _id: 1 } }).toArray();
    const scanned = await rows.find({ $nor: [{ group: { $ne: group } }] }, { projection: { _id: 1 } }).toArray();
    expect(new Set(indexed.map(({ _id }) => _id))).toEqual(new Set(scanned.map(({ _id }) => _id)));
  }
}

describe('SIGKILL', () => {
  it(`${KILLS} kills during concurrent writes lose no acknowledged write`, {
    timeout: 60_000 + KILLS * 8000,
  }, async () => {
    const draw = createDraw(SEED);
    const known: Acknowledged = { inserted: new Set(), deleted: new Set(), counters: new Map() };
    let server = await servers.start();
    for (let round = 0; round <= KILLS; round++) {
      const client = await new MongoClient(server.uri, CLIENT).connect();
      const db = client.db('test');
      if (round === 0) {
        await db.collection('rows').createIndex({ group: 1, tags: 1 });
        await db.collection('counters').createIndex({ name: 1 }, { unique: true });
      } else if (round === KILLS || round % 2 === 0) {
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
        const busy = known.inserted.size + BUSY_WRITES;
        await expect.poll(() => known.inserted.size, { interval: 2 }).toBeGreaterThan(busy);
        // Not a wait for something to happen: the moment of the kill is what is drawn.
        await delay(draw.below(150));
        await server.end('SIGKILL');
        await Promise.all(writers);
      }
      await client.close();
      if (round < KILLS) server = await servers.start();
    }
    expect(known.inserted.size).toBeGreaterThan(KILLS * BUSY_WRITES);
    expect(await server.end('SIGTERM')).toBe(0);
  });

  it('what is half done of an index and of a dropped collection is cleared away at the next start', async () => {
    let server = await servers.start();
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
    // It is gone for readers before it is gone from the disk, which it is when a later write is acknowledged.
    await client.db('test').collection<Row>('later').insertOne({ _id: 1 });
    await server.end('SIGKILL');
    await cut;
    await client.close();
    server = await servers.start();
    client = await new MongoClient(server.uri, CLIENT).connect();
    const db = client.db('test');
    expect(await db.command({ validate: 'rows' })).toMatchObject({ valid: true, nrecords: 4000 });
    await db.collection<Row>('doomed').insertOne({ _id: 1 });
    expect(await db.command({ validate: 'doomed' })).toMatchObject({ valid: true, nrecords: 1 });
    await client.close();
  });

  it('a collection that is dropped beside the building of its index does not come back over its successor', async () => {
    let server = await servers.start();
    let client = await new MongoClient(server.uri, CLIENT).connect();
    let db = client.db('test');
    const rows = db.collection<Row>('rows');
    await rows.insertMany(Array.from({ length: 4000 }, (_, i) => ({ _id: i, n: i })));
    await Promise.allSettled([rows.createIndex({ n: 1 }), rows.drop()]);
    await rows.insertOne({ _id: 'successor' });
    await client.close();
    await server.end('SIGKILL');
    server = await servers.start();
    client = await new MongoClient(server.uri, CLIENT).connect();
    db = client.db('test');
    expect(await db.collection('rows').find().toArray()).toEqual([{ _id: 'successor' }]);
    expect(await db.command({ validate: 'rows' })).toMatchObject({ valid: true, nrecords: 1 });
    await client.close();
  });

  it('a client goes on by itself after the server was killed and started again', async () => {
    const first = await servers.start();
    const client = await new MongoClient(first.uri, CLIENT).connect();
    await client.db('test').collection<Row>('rows').insertOne({ _id: 1 });
    await first.end('SIGKILL');
    const port = new URL(first.uri).port;
    const second = await startProcess(process.execPath, [SERVER_MAIN, '--dir', servers.dir, '--port', port]);
    servers.adopt(second);
    expect(await client.db('test').collection<Row>('rows').findOne({ _id: 1 })).toEqual({ _id: 1 });
    await client.close();
  });
});
