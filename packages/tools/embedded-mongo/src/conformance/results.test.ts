import { Double, Int32, Long, ObjectId } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, useDatabase } from '../test-support/database.js';

const server = useDatabase();

describe('sorting', () => {
  /** One document per kind of value, in the BSON order of the manual. */
  const IN_ORDER: [string, unknown][] = [
    ['emptyArray', []],
    ['null', null],
    ['neg', new Int32(-5)],
    ['zero', new Double(0)],
    ['half', new Double(0.5)],
    ['one', Long.fromNumber(1)],
    ['two', new Double(2)],
    ['2^53', new Double(9007199254740992)],
    ['2^53+1', Long.fromString('9007199254740993')],
    ['emptyText', ''],
    ['B', 'B'],
    ['a', 'a'],
    ['é', 'é'],
    ['｡', '｡'],
    ['😀', '😀'],
    ['emptyObject', {}],
    ['object1', { a: 1 }],
    ['object2', { a: 2 }],
    ['oid', new ObjectId('65e0f0f0f0f0f0f0f0f0f0f0')],
    ['false', false],
    ['true', true],
    ['date1', new Date(-1)],
    ['date2', new Date(1)],
  ];
  const collection = () => server.db.collection<Row>('sorting');
  beforeAll(async () => {
    await collection().insertMany(IN_ORDER.map(([_id, v]) => ({ _id, v })).reverse());
  });
  const names = IN_ORDER.map(([name]) => name);

  it('ascends through all types', async () => {
    const found = await collection().find().sort({ v: 1 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(names);
  });

  it('descends through all types', async () => {
    const found = await collection().find().sort({ v: -1 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([...names].reverse());
  });

  it('gives the same with an index', async () => {
    await collection().createIndex({ v: 1 });
    const up = await collection().find().sort({ v: 1 }).toArray();
    const down = await collection().find().sort({ v: -1 }).toArray();
    expect(up.map(({ _id }) => _id)).toEqual(names);
    expect(down.map(({ _id }) => _id)).toEqual([...names].reverse());
  });

  it('gives the first of a sort with a limit', async () => {
    const found = await collection().find().sort({ v: 1 }).skip(3).limit(4).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(names.slice(3, 7));
  });

  it('uses the smallest element of an array ascending and the largest descending', async () => {
    const arrays = server.db.collection<Row>('sorting arrays');
    await arrays.insertMany([
      { _id: 1, a: [5, 1] },
      { _id: 2, a: 3 },
      { _id: 3, a: [2, 9] },
    ]);
    expect((await arrays.find().sort({ a: 1 }).toArray()).map(({ _id }) => _id)).toEqual([1, 3, 2]);
    expect((await arrays.find().sort({ a: -1 }).toArray()).map(({ _id }) => _id)).toEqual([3, 1, 2]);
  });

  it('sorts by a path through an array', async () => {
    const arrays = server.db.collection<Row>('sorting paths');
    await arrays.insertMany([
      { _id: 1, a: [{ b: 7 }, { b: 2 }] },
      { _id: 2, a: [{ b: 1 }] },
      { _id: 3, a: {} },
    ]);
    expect((await arrays.find().sort({ 'a.b': 1 }).toArray()).map(({ _id }) => _id)).toEqual([3, 2, 1]);
  });

  it('sorts by several fields of one array element', async () => {
    const arrays = server.db.collection<Row>('sorting elements');
    await arrays.insertMany([
      {
        _id: 1,
        a: [
          { b: 1, c: 5 },
          { b: 2, c: 0 },
        ],
      },
      { _id: 2, a: [{ b: 1, c: 3 }] },
      { _id: 3, a: [] },
    ]);
    expect((await arrays.find().sort({ 'a.b': 1, 'a.c': 1 }).toArray()).map(({ _id }) => _id)).toEqual([3, 2, 1]);
    expect((await arrays.find().sort({ 'a.b': -1, 'a.c': 1 }).toArray()).map(({ _id }) => _id)).toEqual([1, 2, 3]);
  });

  it('refuses to sort by two arrays', async () => {
    const arrays = server.db.collection<Row>('sorting two arrays');
    await arrays.insertOne({ _id: 1, a: [1, 2], b: [3, 4] });
    await expect(arrays.find().sort({ a: 1, b: 1 }).toArray()).rejects.toMatchObject({ code: 2 });
  });

  it('sorts by several fields', async () => {
    const rows = server.db.collection<Row>('sorting rows');
    await rows.insertMany([
      { _id: 1, a: 2, b: 1 },
      { _id: 2, a: 1, b: 1 },
      { _id: 3, a: 1, b: 2 },
      { _id: 4, b: 9 },
    ]);
    expect((await rows.find().sort({ a: 1, b: -1 }).toArray()).map(({ _id }) => _id)).toEqual([4, 3, 2, 1]);
  });

  it.each([{ v: 2 }, { v: 0 }, { v: 'up' }])('refuses the direction %j', async (sort) => {
    await expect(server.db.command({ find: 'sorting', sort })).rejects.toThrow();
  });
});

describe('projections', () => {
  const DOCUMENT = {
    _id: 1,
    a: 1,
    b: { x: 1, y: { z: 2 }, w: 3 },
    list: [10, 20, 30, 40],
    items: [{ k: 1, v: 'a' }, { k: 2, v: 'b' }, 5, { k: 2, v: 'c' }],
    last: 'end',
  };
  const CASES: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['includes fields and _id', { a: 1 }, { _id: 1, a: 1 }],
    ['includes with true', { a: true }, { _id: 1, a: 1 }],
    ['leaves out _id', { a: 1, _id: 0 }, { a: 1 }],
    ['keeps the order of the document', { last: 1, a: 1 }, { _id: 1, a: 1, last: 'end' }],
    ['excludes fields', { b: 0, list: 0, items: 0 }, { _id: 1, a: 1, last: 'end' }],
    ['excludes _id only', { _id: 0 }, { a: 1, b: DOCUMENT.b, list: DOCUMENT.list, items: DOCUMENT.items, last: 'end' }],
    ['includes _id only', { _id: 1 }, { _id: 1 }],
    ['includes a nested field', { 'b.y.z': 1 }, { _id: 1, b: { y: { z: 2 } } }],
    ['includes two nested fields', { 'b.x': 1, 'b.w': 1 }, { _id: 1, b: { x: 1, w: 3 } }],
    ['excludes nested fields', { 'b.y': 0, list: 0, items: 0 }, { _id: 1, a: 1, b: { x: 1, w: 3 }, last: 'end' }],
    ['includes inside an array', { 'items.v': 1 }, { _id: 1, items: [{ v: 'a' }, { v: 'b' }, { v: 'c' }] }],
    [
      'excludes inside an array',
      { 'items.v': 0, b: 0, list: 0 },
      { _id: 1, a: 1, items: [{ k: 1 }, { k: 2 }, 5, { k: 2 }], last: 'end' },
    ],
    ['a field that is not there', { nothing: 1 }, { _id: 1 }],
    ['a path below a scalar', { 'a.x': 1 }, { _id: 1 }],
    ['a computed field', { sum: { $add: ['$a', 1] } }, { _id: 1, sum: 2 }],
    ['a renamed field', { z: '$b.y.z', a: 1 }, { _id: 1, a: 1, z: 2 }],
    ['the empty projection', {}, DOCUMENT],
  ];
  beforeAll(async () => {
    await server.db.collection('projections').insertOne(DOCUMENT as never);
  });

  it.each(CASES)('%s', async (_, projection, expected) => {
    const found = await server.db.collection('projections').findOne({}, { projection });
    expect(found).toEqual(expected);
    expect(Object.keys(found ?? {})).toEqual(Object.keys(expected));
  });

  it('refuses inclusion and exclusion together', async () => {
    await expect(server.db.command({ find: 'projections', projection: { a: 1, b: 0 } })).rejects.toMatchObject({
      code: 31254,
    });
  });

  it('refuses two rules for one path', async () => {
    await expect(server.db.command({ find: 'projections', projection: { b: 1, 'b.x': 1 } })).rejects.toThrow(
      /collision/i,
    );
  });
});

describe('cursors, counts and distinct', () => {
  const collection = () => server.db.collection<Row>('rows');
  beforeAll(async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({ _id: i, group: i % 7, text: 'x'.repeat(100) }));
    await collection().insertMany(rows);
  });
  const first = (command: Record<string, unknown>) => server.db.command({ find: 'rows', sort: { _id: 1 }, ...command });
  const size = (reply: Record<string, { firstBatch: unknown[] }>) => reply.cursor?.firstBatch.length;
  const isOpen = (reply: Record<string, { id: Long | number | bigint }>) => Number(reply.cursor?.id) !== 0;

  it('gives 101 documents first', async () => {
    const reply = await first({});
    expect(size(reply as never)).toBe(101);
    expect(isOpen(reply as never)).toBe(true);
  });

  it.each([1, 7, 100, 499])('gives a first batch of %i', async (batchSize) => {
    const reply = await first({ batchSize });
    expect(size(reply as never)).toBe(batchSize);
    expect(isOpen(reply as never)).toBe(true);
  });

  it('an empty first batch opens a cursor', async () => {
    const reply = await first({ batchSize: 0 });
    expect(size(reply as never)).toBe(0);
    expect(isOpen(reply as never)).toBe(true);
  });

  it('a batch with everything closes the cursor', async () => {
    expect(isOpen((await first({ batchSize: 501 })) as never)).toBe(false);
    expect(isOpen((await first({ limit: 5, batchSize: 5 })) as never)).toBe(false);
    expect(isOpen((await first({ limit: 5 })) as never)).toBe(false);
  });

  it('a single batch closes the cursor', async () => {
    const reply = await first({ batchSize: 5, singleBatch: true });
    expect(size(reply as never)).toBe(5);
    expect(isOpen(reply as never)).toBe(false);
  });

  it.each([1, 2, 50, 1000])('reads everything in batches of %i', async (batchSize) => {
    const found = await collection().find({}, { batchSize }).limit(300).sort({ _id: 1 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('getMore without a size gives all the rest', async () => {
    const reply = await first({ batchSize: 1 });
    const more = await server.db.command({ getMore: Long.fromValue(reply.cursor.id), collection: 'rows' });
    expect(more.cursor.nextBatch).toHaveLength(499);
    expect(Number(more.cursor.id)).toBe(0);
  });

  it('an unknown cursor is refused', async () => {
    const command = { getMore: Long.fromNumber(987654321), collection: 'rows' };
    await expect(server.db.command(command)).rejects.toMatchObject({ code: 43 });
  });

  it('a killed cursor is gone', async () => {
    const { cursor } = await first({ batchSize: 1 });
    const killed = await server.db.command({ killCursors: 'rows', cursors: [Long.fromValue(cursor.id)] });
    expect(killed.cursorsKilled).toHaveLength(1);
    await expect(server.db.command({ getMore: Long.fromValue(cursor.id), collection: 'rows' })).rejects.toMatchObject({
      code: 43,
    });
  });

  it('skips and limits', async () => {
    const found = await collection().find().sort({ _id: -1 }).skip(10).limit(3).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([489, 488, 487]);
    expect(await collection().find().skip(498).toArray()).toHaveLength(2);
    expect(await collection().find().skip(600).toArray()).toEqual([]);
    expect(await collection().find().limit(0).toArray()).toHaveLength(500);
  });

  it.each([{ skip: -1 }, { batchSize: -1 }])('refuses %j', async (option) => {
    await expect(first(option)).rejects.toThrow();
  });

  it('reads a missing collection as empty', async () => {
    const missing = server.db.collection('missing');
    expect(await missing.find({ a: 1 }).toArray()).toEqual([]);
    expect(await missing.countDocuments()).toBe(0);
    expect(await missing.estimatedDocumentCount()).toBe(0);
    expect(await missing.distinct('a')).toEqual([]);
    expect(await missing.aggregate([{ $match: {} }]).toArray()).toEqual([]);
  });

  it('counts', async () => {
    expect(await collection().estimatedDocumentCount()).toBe(500);
    expect(await collection().countDocuments()).toBe(500);
    expect(await collection().countDocuments({}, { limit: 10 })).toBe(10);
    expect(await collection().countDocuments({}, { skip: 490 })).toBe(10);
    expect(await collection().countDocuments({ group: 3 })).toBe(71);
    expect(await collection().countDocuments({ group: 3 }, { limit: 10 })).toBe(10);
    expect(await collection().countDocuments({ group: 3 }, { skip: 70 })).toBe(1);
    expect((await server.db.command({ count: 'rows', query: { group: 0 } })).n).toBe(72);
    expect((await server.db.command({ count: 'rows', query: { group: 0 }, limit: 5, skip: 70 })).n).toBe(2);
  });

  it('gives distinct values', async () => {
    expect((await collection().distinct('group')).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await collection().distinct('group', { _id: { $lt: 1 } })).toEqual([0]);
    expect(await collection().distinct('nothing')).toEqual([]);
  });

  it('takes arrays apart for distinct and merges number types', async () => {
    const arrays = server.db.collection<Row>('distinct');
    await arrays.insertMany([
      { _id: 1, a: [1, 2], b: [{ c: 'x' }, { c: 'y' }] },
      { _id: 2, a: new Double(2), b: { c: 'x' } },
      { _id: 3, a: Long.fromNumber(3), b: [] },
      { _id: 4, a: null },
    ]);
    expect(new Set(await arrays.distinct('a'))).toEqual(new Set([1, 2, 3, null]));
    expect((await arrays.distinct('b.c')).sort()).toEqual(['x', 'y']);
  });

  it('documents that are deleted or changed meanwhile come at most once', async () => {
    const moving = server.db.collection<Row>('moving');
    await moving.insertMany(Array.from({ length: 120 }, (_, i) => ({ _id: i, n: i })));
    await moving.createIndex({ n: 1 });
    const seen: Row['_id'][] = [];
    for await (const { _id } of moving.find({ n: { $gte: 0 } }, { batchSize: 10 })) {
      seen.push(_id);
      await moving.deleteOne({ _id: Number(_id) + 60 });
      if (Number(_id) % 10 === 0) await moving.updateOne({ _id }, { $inc: { n: 1000 } });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => Number(id) < 60)).toHaveLength(60);
  });
});
