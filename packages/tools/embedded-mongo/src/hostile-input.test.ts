import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { TYPE, validateDocument } from './bson/values.js';
import { useEmbedded } from './test-support/database.js';
import { createDraw, type Draw } from './test-support/random.js';

const CASES = Number(process.env.EMBEDDED_MONGO_FUZZ ?? 3000);
const SEED = Number(process.env.EMBEDDED_MONGO_SEED ?? 1);
const PER_CONNECTION = 10;
const server = useEmbedded();

function message(opCode: number, body: Buffer, requestId = 7): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + body.length, 0);
  header.writeInt32LE(requestId, 4);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, body]);
}

function opMsg(command: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(flags);
  return message(2013, Buffer.concat([head, command]));
}

function command(fields: Document): Buffer {
  return Buffer.from(BSON.serialize({ ...fields, $db: 'fuzz' }));
}

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.uri);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and gives the first whole reply, or undefined when the connection ends without one. */
async function exchange(bytes: Buffer): Promise<Document | undefined> {
  const socket = await open();
  socket.write(bytes);
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (replies(received).length > 0) break;
  }
  socket.destroy();
  return replies(received)[0];
}

/** The whole replies in what was received. */
function replies(received: Buffer): Document[] {
  const found: Document[] = [];
  for (let at = 0; at + 21 <= received.length; ) {
    const end = at + received.readInt32LE(at);
    if (end > received.length) break;
    const bodyAt = received.readInt32LE(at + 12) === 1 ? at + 36 : at + 21;
    found.push({ ...BSON.deserialize(received.subarray(bodyAt, end)), responseTo: received.readInt32LE(at + 8) });
    at = end;
  }
  return found;
}

/** Commands to break: of every kind that takes documents. */
const SEEDS: Document[] = [
  { insert: 'rows', documents: [{ a: 1, b: 'text', c: [1, { d: null }], e: new Date(0), f: /x/i }] },
  { find: 'rows', filter: { a: { $gt: 1 }, b: { $in: ['x', /y/] } }, sort: { a: 1 }, projection: { a: 1 } },
  { update: 'rows', updates: [{ q: { a: 1 }, u: { $set: { 'c.0': 1 }, $push: { g: { $each: [1] } } }, upsert: true }] },
  {
    aggregate: 'rows',
    pipeline: [{ $match: { a: 1 } }, { $group: { _id: '$b', n: { $sum: { $add: ['$a', 1] } } } }],
    cursor: {},
  },
  { delete: 'rows', deletes: [{ q: { a: { $lt: 0 } }, limit: 1 }] },
  { findAndModify: 'rows', query: { a: 1 }, update: { $inc: { a: 1 } }, fields: { a: 1 } },
  { createIndexes: 'rows', indexes: [{ key: { a: 1, 'b.c': -1 }, name: 'x' }] },
  { getMore: BSON.Long.fromNumber(5), collection: 'rows' },
  { hello: 1, speculativeAuthenticate: { saslStart: 1, db: 'admin' } },
];

/** Changes a few bytes: random ones, lengths, types; cuts and repeats. */
function mutate(bytes: Buffer, draw: Draw): Buffer {
  const changed = Buffer.from(bytes);
  for (let n = 1 + draw.below(4); n > 0; n--) {
    const at = draw.below(changed.length);
    switch (draw.below(4)) {
      case 0:
        changed[at] = draw.below(256);
        break;
      case 1:
        changed[at] = draw.pick([0, 1, 127, 128, 255]);
        break;
      case 2:
        if (at + 4 <= changed.length)
          changed.writeInt32LE(draw.pick([-1, 0, 1, 4, 5, 2 ** 31 - 1, changed.length]), at);
        break;
      default:
        changed[at] = (changed[at] as number) ^ (1 << draw.below(8));
    }
  }
  if (draw.chance(0.1)) return changed.subarray(0, draw.below(changed.length));
  return draw.chance(0.05) ? Buffer.concat([changed, changed.subarray(draw.below(changed.length))]) : changed;
}

/** A random document of random types, some of them broken. */
function drawBytes(draw: Draw): Buffer {
  const parts: Buffer[] = [];
  for (let n = draw.below(6); n > 0; n--) {
    const type = draw.chance(0.9) ? draw.pick(Object.values(TYPE)) : draw.below(256);
    const body = Buffer.from(Array.from({ length: draw.below(24) }, () => draw.below(draw.chance(0.5) ? 4 : 256)));
    parts.push(Buffer.from([type]), Buffer.from(draw.pick(['a', '$set', 'find', ''])), Buffer.from([0]), body);
  }
  const inner = Buffer.concat(parts);
  const document = Buffer.concat([Buffer.alloc(4), inner, Buffer.from([0])]);
  document.writeInt32LE(document.length);
  return document;
}

function drawMessage(draw: Draw): Buffer {
  const seed = command(draw.pick(SEEDS));
  switch (draw.below(6)) {
    case 0:
      return Buffer.from(Array.from({ length: draw.below(200) }, () => draw.below(256)));
    case 1:
      return mutate(opMsg(seed), draw);
    case 2:
    case 4:
      // A sound frame, so that what is inside gets read.
      return opMsg(mutate(seed, draw), draw.pick([0, 0, 0, 1, 2, 4]));
    case 3:
      return opMsg(drawBytes(draw));
    default:
      return message(
        draw.pick([2004, 2013, 2012, 2001, 1, 0]),
        mutate(Buffer.concat([Buffer.alloc(5), Buffer.from('admin.$cmd\0'), Buffer.alloc(8), seed]), draw),
      );
  }
}

describe('malformed messages', () => {
  it(`${CASES} random and broken messages are answered or dropped, and nothing malformed is stored`, {
    timeout: 30_000 + CASES * 20,
  }, async () => {
    const draw = createDraw(SEED);
    /** How often each error code was answered; undefined stands for success. */
    const codes = new Map<number | undefined, number>();
    for (let sent = 0; sent < CASES; ) {
      const socket = await open();
      // Not events.once: that would fail with the error that comes before.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const received: Buffer[] = [];
      socket.on('data', (chunk) => received.push(chunk));
      for (let n = 0; n < PER_CONNECTION && !socket.destroyed && sent < CASES; n++, sent++) {
        socket.write(drawMessage(draw));
        if (draw.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
      const deadline = setTimeout(() => socket.destroy(), 2000);
      await closed;
      clearTimeout(deadline);
      for (const { code } of replies(Buffer.concat(received))) codes.set(code, (codes.get(code) ?? 0) + 1);
      if (sent % 1000 < PER_CONNECTION) expect((await server.db.command({ ping: 1 })).ok).toBe(1);
    }
    expect((await server.db.command({ ping: 1 })).ok).toBe(1);
    // Many were understood far enough to be answered, in many ways, and none met a defect.
    expect([...codes.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(CASES / 4);
    expect(codes.size).toBeGreaterThan(8);
    expect(codes.get(1)).toBeUndefined();
    const databases = (await server.client.db('admin').admin().listDatabases({ nameOnly: true })).databases;
    for (const { name } of databases) {
      for (const { name: collection } of await server.client.db(name).listCollections().toArray()) {
        for await (const raw of server.client.db(name).collection(collection).find({}, { raw: true })) {
          const bytes = Buffer.from(raw as unknown as Uint8Array);
          expect(validateDocument(bytes, 0, bytes.length)).toBe(bytes.length);
        }
        expect(await server.client.db(name).command({ validate: collection })).toMatchObject({ valid: true });
      }
    }
  });

  /** A document with one value in its bytes. */
  const withValue = (type: number, ...body: number[]): Buffer => {
    const bytes = Buffer.from([0, 0, 0, 0, type, 0x61, 0, ...body, 0]);
    bytes.writeInt32LE(bytes.length);
    return bytes;
  };
  const BAD: [string, Buffer][] = [
    ['a negative text length', withValue(2, 0xff, 0xff, 0xff, 0xff, 0)],
    ['a text length of zero', withValue(2, 0, 0, 0, 0)],
    ['a text without its end', withValue(2, 2, 0, 0, 0, 0x61, 0x62)],
    ['a text longer than the document', withValue(2, 200, 0, 0, 0, 0x61, 0)],
    ['a text that is no UTF-8', withValue(2, 2, 0, 0, 0, 0xff, 0)],
    ['an unknown type', withValue(0x20)],
    ['a boolean of 2', withValue(8, 2)],
    ['a number cut short', withValue(1, 0, 0)],
    ['a document longer than its parent', withValue(3, 100, 0, 0, 0, 0)],
    ['a document without its end', withValue(3, 5, 0, 0, 0, 1)],
    ['a binary of negative length', withValue(5, 0xff, 0xff, 0xff, 0xff, 0)],
    ['a regular expression without its end', withValue(11, 0x61, 0x62)],
    ['code with scope of a wrong length', withValue(15, 3, 0, 0, 0, 1, 0, 0, 0, 0)],
  ];
  it.each(BAD)('refuse %s', async (_, bytes) => {
    const sequence = Buffer.concat([Buffer.alloc(4), Buffer.from('documents\0'), bytes]);
    sequence.writeInt32LE(sequence.length);
    const body = Buffer.concat([Buffer.alloc(5), command({ insert: 'never' }), Buffer.from([1]), sequence]);
    expect(await exchange(message(2013, body))).toMatchObject({ ok: 0, code: 22, responseTo: 7 });
    expect(await server.client.db('fuzz').collection('never').countDocuments()).toBe(0);
  });

  it('refuse documents that are nested too deeply', async () => {
    let deep: Document = {};
    for (let i = 0; i < 150; i++) deep = { d: deep };
    expect(await exchange(opMsg(command({ insert: 'never', documents: [deep] })))).toMatchObject({ ok: 0, code: 22 });
  });

  it.each([
    ['a length of zero', Buffer.alloc(16)],
    ['a negative length', Buffer.from('ffffffff000000000000000000000000', 'hex')],
    ['a length of two gigabytes', Buffer.from('ffffff7f000000000000000000000000', 'hex')],
  ])('end the connection at %s', async (_, bytes) => {
    expect(await exchange(bytes)).toBeUndefined();
  });

  it('a malformed document does not end the connection', async () => {
    const bad = opMsg(withValue(0x20));
    const socket = await open();
    socket.write(Buffer.concat([bad, opMsg(command({ ping: 1 }))]));
    let received = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      if (replies(received).length === 2) break;
    }
    expect(replies(received)).toMatchObject([{ ok: 0, code: 22 }, { ok: 1 }]);
  });

  it('unknown required flags and operations are refused', async () => {
    expect(await exchange(opMsg(command({ ping: 1 }), 4))).toMatchObject({ code: 22 });
    // A checksum is not read, so a message with one is refused, as the protocol asks.
    expect(await exchange(opMsg(command({ ping: 1 }), 1))).toMatchObject({ code: 22 });
    expect(await exchange(message(2001, Buffer.alloc(20)))).toMatchObject({ code: 352 });
    // Compression is never offered.
    expect(await exchange(message(2012, Buffer.alloc(20)))).toMatchObject({ code: 352 });
  });

  it('a legacy query is answered in the handshake only', async () => {
    const query = (name: string, fields: Document) =>
      message(
        2004,
        Buffer.concat([
          Buffer.alloc(4),
          Buffer.from(`${name}\0`),
          Buffer.alloc(4),
          Buffer.from([0xff, 0xff, 0xff, 0xff]),
          Buffer.from(BSON.serialize(fields)),
        ]),
      );
    expect(await exchange(query('admin.$cmd', { ismaster: 1 }))).toMatchObject({ ok: 1, ismaster: true });
    expect(await exchange(query('admin.$cmd', { ping: 1 }))).toMatchObject({ ok: 0, code: 352 });
    expect(await exchange(query('test.rows', {}))).toMatchObject({ ok: 0, code: 352 });
  });

  it('a message in many pieces is put together', async () => {
    const socket = await open();
    const bytes = opMsg(command({ ping: 1 }));
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(BSON.deserialize(reply.subarray(21))).toMatchObject({ ok: 1 });
    socket.destroy();
  });
});
