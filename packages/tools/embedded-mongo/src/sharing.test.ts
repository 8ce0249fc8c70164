import { type Document, MongoClient } from 'mongodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createSorter } from './language/sort.js';
import { createPace } from './pace.js';
import { type Row, useEmbedded } from './test-support/database.js';
import { createDraw } from './test-support/random.js';

const server = useEmbedded();
const DOCUMENTS = 5000;
/** A filter that keeps the server busy for longer than a test may take. */
const LONG = { $or: Array.from({ length: 3000 }, (_, i) => ({ [`missing.${i}`]: { $gt: i } })) };

beforeAll(async () => {
  const rows = server.db.collection<Row>('rows');
  await rows.insertMany(Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i, n: i % 10, tags: [1, 2] })));
});

async function active(): Promise<number> {
  return (await server.client.db('admin').command({ serverStatus: 1 })).globalLock.activeClients.total;
}

const untilActive = (n: number) => expect.poll(active, { interval: 5 }).toBe(n);

describe('a regular expression that backtracks for ever', () => {
  const text = `${'a'.repeat(30)}!`;
  const q = { s: { $regex: '^(a+)+$' } };
  const commands: [string, Document][] = [
    ['find', { find: 'texts', filter: q }],
    ['count', { count: 'texts', query: q }],
    ['distinct', { distinct: 'texts', key: 's', query: q }],
    ['aggregate', { aggregate: 'texts', pipeline: [{ $match: q }], cursor: {} }],
    ['a later $match', { aggregate: 'texts', pipeline: [{ $set: { x: 1 } }, { $match: q }], cursor: {} }],
    ['$not', { find: 'texts', filter: { s: { $not: q.s } } }],
    ['$in', { find: 'texts', filter: { s: { $in: [/(a|aa)+$/] } } }],
    ['$elemMatch', { find: 'texts', filter: { list: { $elemMatch: { $regex: '^(a*)*b' } } } }],
    ['findAndModify', { findAndModify: 'texts', query: q, remove: true }],
    ['many repetitions', { find: 'texts', filter: { s: { $regex: 'a*a*a*a*a*a*a*a*a*a*a*a*b' } } }],
    ['many choices', { find: 'texts', filter: { s: { $regex: `${'a?'.repeat(30)}${'a'.repeat(31)}` } } }],
    ['updateMany', { update: 'texts', updates: [{ q, u: { $set: { x: 1 } }, multi: true }] }],
    ['deleteMany', { delete: 'texts', deletes: [{ q, limit: 0 }] }],
    ['$pull', { update: 'texts', updates: [{ q: {}, u: { $pull: { list: /^(a+)+$/ } } }] }],
  ];
  beforeAll(async () => {
    await server.db.collection('texts').insertOne({ s: text, list: [text] });
  });

  it.each(commands)('%s ends within its time', async (_, command) => {
    const reply = await server.db.command({ ...command, maxTimeMS: 2000 }).catch((error) => error);
    expect(reply.writeErrors?.[0]?.code ?? reply.code).toBe(50);
    expect(await server.db.collection('texts').findOne({}, { projection: { _id: 0 } })).toEqual({
      s: text,
      list: [text],
    });
  });

  it('is told from those that take their time on long texts only', async () => {
    await server.db.collection('long').insertOne({ s: `${'coton bio '.repeat(2000)}jean` });
    for (const pattern of ['coton.*jean', '(coton|lin) bio', '(?i)^(COTON BIO )+jean$', '^[a-z ]+$'])
      expect(await server.db.collection('long').countDocuments({ s: { $regex: pattern } })).toBe(1);
    await server.db.collection('long').insertOne({ list: Array.from({ length: 4000 }, () => 'a'.repeat(3000)) });
    await expect(server.db.collection('long').countDocuments({ list: /a*b/ })).rejects.toMatchObject({ code: 50 });
  });
});

describe('long commands', () => {
  const set = { $set: { n: -1 } };
  const commands: [string, Document][] = [
    ['find', { find: 'rows', filter: LONG }],
    ['find in order', { find: 'rows', filter: LONG, sort: { n: 1 } }],
    ['count', { count: 'rows', query: LONG }],
    ['distinct', { distinct: 'rows', key: 'n', query: LONG }],
    ['aggregate', { aggregate: 'rows', pipeline: [{ $unwind: '$tags' }, { $match: LONG }], cursor: {} }],
    ['updateMany', { update: 'rows', updates: [{ q: LONG, u: set, multi: true }] }],
    ['updateOne', { update: 'rows', updates: [{ q: LONG, u: set }] }],
    ['deleteMany', { delete: 'rows', deletes: [{ q: LONG, limit: 0 }] }],
    ['findAndModify', { findAndModify: 'rows', query: LONG, update: set }],
  ];

  it.each(commands)('%s keeps maxTimeMS', async (_, command) => {
    await expect(server.db.command({ ...command, maxTimeMS: 30 })).rejects.toMatchObject({ code: 50 });
  });

  it('time does not pass while nothing is asked of a cursor', async () => {
    const cursor = server.db.collection('rows').find({}, { maxTimeMS: 60_000, batchSize: 10, limit: 20 });
    await cursor.next();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_001 });
    const rest = await cursor.toArray().finally(() => vi.useRealTimers());
    expect(rest).toHaveLength(19);
  });

  it.each(commands.slice(0, 5))('%s lets others in, and ends when its client hangs up', async (_, command) => {
    const client = await new MongoClient(server.uri).connect();
    const abandoned = client
      .db(server.db.databaseName)
      .command(command)
      .catch((error) => error);
    await untilActive(2);
    await client.close();
    await abandoned;
    await untilActive(1);
  });

  it('a write goes on when its client hangs up', async () => {
    const written = server.db.collection<Row>('written');
    await written.insertMany(Array.from({ length: 5000 }, (_, i) => ({ _id: i })));
    const client = await new MongoClient(server.uri).connect();
    const q = { $nor: LONG.$or.slice(0, 100) };
    const update = { update: 'written', updates: [{ q, u: { $set: { seen: true } }, multi: true }] };
    const abandoned = client
      .db(server.db.databaseName)
      .command(update)
      .catch((error) => error);
    await untilActive(2);
    await client.close();
    await abandoned;
    await untilActive(1);
    expect(await written.countDocuments({ seen: true })).toBe(5000);
  });

  it('a cursor that is killed stops working', async () => {
    const pipeline = [{ $match: { $or: [{ _id: 0 }, ...LONG.$or] } }];
    const { cursor } = await server.db.command({ aggregate: 'rows', pipeline, cursor: { batchSize: 0 } });
    const getMore = server.db.command({ getMore: cursor.id, collection: 'rows' }, { promoteLongs: false });
    const failed = getMore.catch((error) => error);
    await untilActive(2);
    expect((await server.db.command({ killCursors: 'rows', cursors: [cursor.id] })).cursorsKilled).toEqual([cursor.id]);
    expect((await failed).code).toBe(11601);
    await untilActive(1);
  });
});

describe('one large document', () => {
  const list = Array.from({ length: 50_000 }, (_, i) => i);
  beforeAll(async () => {
    await server.db.collection<Row>('large').insertOne({ _id: 1, list });
  });

  it('takes in and gives up many values at once', async () => {
    const large = server.db.collection<Row>('large');
    const more = Array.from({ length: 50_000 }, (_, i) => i + 40_000);
    await large.updateOne({ _id: 1 }, { $addToSet: { list: { $each: more } } as never });
    expect((await large.findOne({ _id: 1 }))?.list).toHaveLength(90_000);
    await large.updateOne({ _id: 1 }, { $pull: { list: { $gte: 50_000 } } as never });
    expect((await large.findOne({ _id: 1 }))?.list).toEqual(list);
  });

  it.each([
    ['$all', { $all: list }],
    ['$elemMatch', { $elemMatch: { $in: Array.from({ length: 15 }, () => /^(a|b)+$/), $gte: 0 } }],
    ['$elemMatch of many', { $elemMatch: { $nin: [-1], $not: { $all: list.slice(0, 2000) }, $lt: 0 } }],
  ])('is not searched for ever: %s', async (_, condition) => {
    const reply = await server.db
      .collection('large')
      .countDocuments({ list: condition as object }, { maxTimeMS: 500 })
      .catch((error) => error.code);
    expect([0, 50]).toContain(reply);
  });
});

describe('sorting', () => {
  const draw = createDraw(7);
  const items = Array.from({ length: 40_000 }, (_, i) => ({ i, key: Buffer.from(String(draw.below(1000))) }));
  const expected = items.toSorted((a, b) => Buffer.compare(a.key, b.key) || a.i - b.i).map(({ i }) => i);

  it.each([Number.POSITIVE_INFINITY, 10, 5000, 30_000])('gives way, and finds the first %d', async (limit) => {
    const pace = createPace();
    const giveWay = vi.spyOn(pace, 'giveWay').mockResolvedValue();
    const sorter = createSorter<number>(limit, () => 8);
    for (const { i, key } of items) {
      sorter.add(key, i);
      if (i % 256 === 0) await sorter.settle(pace);
    }
    giveWay.mockClear();
    expect(await sorter.finish(pace)).toEqual(expected.slice(0, limit));
    if (limit > 30_000) expect(giveWay.mock.calls.length).toBeGreaterThan(30);
  });
});
