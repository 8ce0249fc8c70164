import { type Document, Long, type MongoBulkWriteError, MongoClient, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { type Row, useDatabase } from '../test-support/database.js';

const server = useDatabase();

let count = 0;
/** An empty collection of its own for a check. */
function fresh() {
  return server.db.collection<Row>(`writes${count++}`);
}

describe('inserts', () => {
  it('makes an _id and puts it first', async () => {
    const collection = server.db.collection(`made ids`);
    await server.db.command({ insert: 'made ids', documents: [{ a: 1 }] });
    const found = await collection.findOne({});
    expect(found?._id).toBeInstanceOf(ObjectId);
    expect(Object.keys(found ?? {})).toEqual(['_id', 'a']);
  });

  it('moves a given _id to the front', async () => {
    await server.db.command({ insert: 'moved ids', documents: [{ a: 1, _id: 5 }] });
    expect(Object.keys((await server.db.collection('moved ids').findOne({})) ?? {})).toEqual(['_id', 'a']);
  });

  it('refuses a repeated _id', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1 });
    const error = await collection.insertOne({ _id: 1 }).catch((e) => e);
    expect(error).toMatchObject({ code: 11000 });
    expect(error.message).toMatch(/E11000 duplicate key error collection: .*writes.* index: _id_ dup key/);
  });

  it('a long, an int and a double are one _id', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1 });
    await expect(collection.insertOne({ _id: Long.fromNumber(1) as never })).rejects.toMatchObject({ code: 11000 });
  });

  it('ordered inserts stop at a refusal', async () => {
    const collection = fresh();
    const rows = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    const error: MongoBulkWriteError = await collection.insertMany(rows).catch((e) => e);
    expect(error.insertedCount).toBe(1);
    expect(await collection.countDocuments()).toBe(1);
  });

  it('statements of a bare command are ordered', async () => {
    const collection = fresh();
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    await server.db.command({ insert: collection.collectionName, documents }).catch(() => undefined);
    expect(await collection.distinct('_id')).toEqual([1]);
    await server.db.command({ insert: collection.collectionName, documents, ordered: false }).catch(() => undefined);
    expect(await collection.distinct('_id')).toEqual([1, 2]);
  });

  it('unordered inserts go on', async () => {
    const collection = fresh();
    const rows = [{ _id: 1 }, { _id: 1 }, { _id: 2 }, { _id: 1 }];
    const error: MongoBulkWriteError = await collection.insertMany(rows, { ordered: false }).catch((e) => e);
    expect(error.insertedCount).toBe(2);
    expect((error.writeErrors as unknown as { index: number }[]).map(({ index }) => index)).toEqual([1, 3]);
  });

  it('stores large documents and many documents', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 'large', text: 'x'.repeat(15 * 1024 * 1024) });
    expect((await collection.findOne({ _id: 'large' }))?.text).toHaveLength(15 * 1024 * 1024);
    await collection.insertMany(Array.from({ length: 5000 }, (_, i) => ({ _id: i })));
    expect(await collection.countDocuments()).toBe(5001);
  });

  it('stores deep documents', async () => {
    const collection = fresh();
    let deep: Document = { end: true };
    for (let i = 0; i < 80; i++) deep = { d: deep };
    await collection.insertOne({ _id: 1, deep });
    expect((await collection.findOne({ _id: 1 }))?.deep).toEqual(deep);
  });

  it('refuses an array as _id', async () => {
    await expect(fresh().insertOne({ _id: [1] as never })).rejects.toThrow(/_id/);
  });

  it('refuses an _id with a $ field', async () => {
    await expect(fresh().insertOne({ _id: { $a: 1 } as never })).rejects.toMatchObject({ code: 52 });
  });

  it('an unacknowledged write is carried out', async () => {
    const collection = fresh();
    // On a connection of its own: a server that answers all the same would confuse the checks after this one.
    const client = new MongoClient(server.uri);
    await client
      .db(server.db.databaseName)
      .collection<Row>(collection.collectionName)
      .insertOne({ _id: 1 }, { writeConcern: { w: 0 } });
    await expect.poll(() => collection.countDocuments()).toBe(1);
    await client.close();
  });
});

describe('updates and upserts', () => {
  it('counts matched and modified', async () => {
    const collection = fresh();
    await collection.insertMany([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
      { _id: 3, a: 1 },
    ]);
    expect(await collection.updateOne({ a: 1 }, { $set: { b: 1 } })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 1,
    });
    expect(await collection.updateMany({}, { $set: { a: 1 } })).toMatchObject({ matchedCount: 3, modifiedCount: 1 });
    expect(await collection.updateOne({ _id: 1 }, { $set: { a: 1 } })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 0,
    });
    expect(await collection.updateOne({ _id: 9 }, { $set: { a: 1 } })).toMatchObject({
      matchedCount: 0,
      modifiedCount: 0,
      upsertedCount: 0,
    });
  });

  it('updates many more documents than fit into one transaction', async () => {
    const collection = fresh();
    await collection.insertMany(Array.from({ length: 1200 }, (_, i) => ({ _id: i, n: 0 })));
    expect(await collection.updateMany({}, { $inc: { n: 1 } })).toMatchObject({
      matchedCount: 1200,
      modifiedCount: 1200,
    });
    expect(await collection.countDocuments({ n: 1 })).toBe(1200);
  });

  const SEEDS: [string, Document, Document, Document][] = [
    ['equality', { _id: 1, a: 5 }, { $set: { b: 1 } }, { _id: 1, a: 5, b: 1 }],
    ['$eq', { _id: 1, a: { $eq: 5 } }, { $set: { b: 1 } }, { _id: 1, a: 5, b: 1 }],
    ['$and', { $and: [{ _id: 1 }, { a: 5 }] }, { $set: { b: 1 } }, { _id: 1, a: 5, b: 1 }],
    ['$in of one', { _id: 1, a: { $in: [5] } }, { $set: { b: 1 } }, { _id: 1, a: 5, b: 1 }],
    ['no ranges', { _id: 1, a: { $gt: 5 } }, { $set: { b: 1 } }, { _id: 1, b: 1 }],
    ['a dotted path', { _id: 1, 'a.b': 5 }, { $set: { c: 1 } }, { _id: 1, a: { b: 5 }, c: 1 }],
    ['$setOnInsert', { _id: 1 }, { $setOnInsert: { a: 1 }, $set: { b: 2 } }, { _id: 1, a: 1, b: 2 }],
    ['$inc', { _id: 1 }, { $inc: { n: 3 } }, { _id: 1, n: 3 }],
    ['the _id from the update', { a: 1 }, { $set: { _id: 7 } }, { _id: 7, a: 1 }],
    ['$push', { _id: 1 }, { $push: { list: 'x' } }, { _id: 1, list: ['x'] }],
  ];
  it.each(SEEDS)('an upsert starts with %s', async (_, filter, update, expected) => {
    const collection = fresh();
    const result = await collection.updateOne(filter, update, { upsert: true });
    expect(result).toMatchObject({ matchedCount: 0, upsertedCount: 1, upsertedId: expected._id });
    expect(await collection.findOne({})).toEqual(expected);
  });

  it('an upsert that finds something updates it', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1, a: 1 });
    const result = await collection.updateOne({ a: 1 }, { $set: { b: 2 }, $setOnInsert: { c: 3 } }, { upsert: true });
    expect(result).toMatchObject({ matchedCount: 1, upsertedCount: 0 });
    expect(await collection.findOne({})).toEqual({ _id: 1, a: 1, b: 2 });
  });

  it('replaceOne replaces and upserts', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1, a: 1, b: 2 });
    await collection.replaceOne({ a: 1 }, { c: 3 });
    expect(await collection.findOne({})).toEqual({ _id: 1, c: 3 });
    await collection.replaceOne({ _id: 2 }, { d: 4 }, { upsert: true });
    expect(await collection.findOne({ _id: 2 })).toEqual({ _id: 2, d: 4 });
  });

  it('an update into a taken unique key is refused and changes nothing', async () => {
    const collection = fresh();
    await collection.createIndex({ k: 1 }, { unique: true });
    await collection.insertMany([
      { _id: 1, k: 1 },
      { _id: 2, k: 2 },
    ]);
    await expect(collection.updateOne({ _id: 2 }, { $set: { k: 1 } })).rejects.toMatchObject({ code: 11000 });
    expect(await collection.findOne({ _id: 2 })).toEqual({ _id: 2, k: 2 });
    await collection.updateOne({ _id: 2 }, { $set: { k: 3 } });
    await collection.insertOne({ _id: 3, k: 2 });
    expect(await collection.distinct('k')).toHaveLength(3);
  });
});

describe('bulkWrite', () => {
  it('does unordered upserts by a key', async () => {
    const collection = fresh();
    await collection.createIndex({ md5_id: 1 }, { unique: true });
    const upsert = (md5_id: string, n: number) => ({
      updateOne: { filter: { md5_id }, update: { $set: { n }, $setOnInsert: { first: n } }, upsert: true },
    });
    const operations = Array.from({ length: 160 }, (_, i) => upsert(`m${i % 130}`, i));
    const result = await collection.bulkWrite(operations as never, { ordered: false });
    expect(result).toMatchObject({ upsertedCount: 130, matchedCount: 30, modifiedCount: 30 });
    expect(await collection.findOne({ md5_id: 'm3' }, { projection: { _id: 0 } })).toEqual({
      md5_id: 'm3',
      n: 133,
      first: 3,
    });
  });

  it('mixes operations in order', async () => {
    const collection = fresh();
    const result = await collection.bulkWrite([
      { insertOne: { document: { _id: 1, a: 1 } } },
      { insertOne: { document: { _id: 2, a: 2 } } },
      { updateMany: { filter: {}, update: { $inc: { a: 10 } } } },
      { deleteOne: { filter: { _id: 1 } } },
      { replaceOne: { filter: { _id: 2 }, replacement: { b: 1 } } },
      { deleteMany: { filter: { nothing: true } } },
    ]);
    expect(result).toMatchObject({ insertedCount: 2, matchedCount: 3, modifiedCount: 3, deletedCount: 1 });
    expect(await collection.find().toArray()).toEqual([{ _id: 2, b: 1 }]);
  });

  it('ordered statements stop at the first refusal', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1, a: 'text' });
    const error: MongoBulkWriteError = await collection
      .bulkWrite([
        { updateOne: { filter: { _id: 1 }, update: { $set: { b: 1 } } } },
        { updateOne: { filter: { _id: 1 }, update: { $inc: { a: 1 } } } },
        { updateOne: { filter: { _id: 1 }, update: { $set: { c: 1 } } } },
      ])
      .catch((e) => e);
    expect(error.result.matchedCount).toBe(1);
    expect(await collection.findOne({})).toEqual({ _id: 1, a: 'text', b: 1 });
  });

  it('unordered statements go on', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1, a: 'text' });
    await collection
      .bulkWrite(
        [
          { updateOne: { filter: { _id: 1 }, update: { $inc: { a: 1 } } } },
          { updateOne: { filter: { _id: 1 }, update: { $set: { c: 1 } } } },
        ],
        { ordered: false },
      )
      .catch(() => undefined);
    expect(await collection.findOne({})).toEqual({ _id: 1, a: 'text', c: 1 });
  });
});

describe('deletes', () => {
  it('deletes one or many', async () => {
    const collection = fresh();
    await collection.insertMany(Array.from({ length: 1300 }, (_, i) => ({ _id: i, g: i % 2 })));
    expect((await collection.deleteOne({ g: 1 })).deletedCount).toBe(1);
    expect((await collection.deleteMany({ g: 1 })).deletedCount).toBe(649);
    expect((await collection.deleteMany({ g: 1 })).deletedCount).toBe(0);
    expect((await collection.deleteMany({})).deletedCount).toBe(650);
    expect(await collection.countDocuments()).toBe(0);
  });
});

describe('findAndModify', () => {
  it('gives the document before or after', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1, n: 1 });
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } })).toEqual({ _id: 1, n: 1 });
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      n: 3,
    });
    expect(await collection.findOneAndReplace({ _id: 1 }, { a: 1 }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      a: 1,
    });
    expect(await collection.findOneAndDelete({ _id: 1 })).toEqual({ _id: 1, a: 1 });
    expect(await collection.findOneAndDelete({ _id: 1 })).toBeNull();
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $set: { a: 1 } })).toBeNull();
  });

  it('sorts, projects and upserts', async () => {
    const collection = fresh();
    await collection.insertMany([
      { _id: 1, p: 5 },
      { _id: 2, p: 9 },
      { _id: 3, p: 7 },
    ]);
    const best = await collection.findOneAndUpdate(
      {},
      { $set: { done: true } },
      { sort: { p: -1 }, projection: { p: 1, _id: 0 } },
    );
    expect(best).toEqual({ p: 9 });
    expect(await collection.findOne({ done: true })).toMatchObject({ _id: 2 });
    const raw = await collection.findOneAndUpdate(
      { _id: 8 },
      { $set: { a: 1 } },
      { upsert: true, returnDocument: 'after', includeResultMetadata: true },
    );
    expect(raw.value).toEqual({ _id: 8, a: 1 });
    expect(raw.lastErrorObject).toMatchObject({ n: 1, updatedExisting: false, upserted: 8 });
  });

  it('serves a queue without giving anything twice', async () => {
    const collection = fresh();
    await collection.insertMany(Array.from({ length: 60 }, (_, i) => ({ _id: i, state: 'new' })));
    const take = () =>
      collection.findOneAndUpdate({ state: 'new' }, { $set: { state: 'taken' } }, { sort: { _id: 1 } });
    const taken = await Promise.all(Array.from({ length: 80 }, take));
    const ids = taken.flatMap((row) => (row ? [row._id] : []));
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(60);
  });
});

describe('races', () => {
  it('one of many inserts of a unique key succeeds', async () => {
    const collection = server.db.collection(`races`);
    await collection.createIndex({ k: 1 }, { unique: true });
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) => collection.insertOne({ k: i % 10 })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await collection.countDocuments()).toBe(10);
  });

  it('concurrent upserts by a unique key lose nothing', async () => {
    const collection = server.db.collection(`upserts`);
    await collection.createIndex({ k: 1 }, { unique: true });
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => collection.updateOne({ k: i % 10 }, { $inc: { n: 1 } }, { upsert: true })),
    );
    const rows = await collection.find().toArray();
    expect(rows).toHaveLength(10);
    expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(200);
  });

  it('what was acknowledged is seen by another connection', async () => {
    const collection = fresh();
    for (let i = 0; i < 50; i++) {
      await collection.insertOne({ _id: i });
      const seen = await Promise.all(Array.from({ length: 4 }, () => collection.findOne({ _id: i })));
      expect(seen.every((row) => row !== null)).toBe(true);
    }
  });
});
