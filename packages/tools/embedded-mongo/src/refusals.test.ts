import { BSON, type Document, MongoClient } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, useEmbedded } from './test-support/database.js';

/** What the embedded server refuses, though MongoDB knows it: with MongoDB's codes, never with an approximate answer. */
const server = useEmbedded();

const find = (fields: Document) => ({ find: 'rows', ...fields });
const filter = (condition: Document) => find({ filter: condition });
const aggregate = (...pipeline: Document[]) => ({ aggregate: 'rows', pipeline, cursor: {} });
const project = (expression: unknown) => aggregate({ $addFields: { v: expression } });
const update = (u: unknown, more: Document = {}) => ({ update: 'rows', updates: [{ q: {}, u, ...more }] });
const index = (spec: Document) => ({ createIndexes: 'rows', indexes: [{ key: { a: 1 }, name: 'x', ...spec }] });
const FRENCH = { locale: 'fr' };

const REFUSED: [name: string, command: Document, code: number][] = [
  ['an unknown command', { frobnicate: 1 }, 59],
  ['a bulk write of MongoDB 8', { bulkWrite: 1, ops: [], nsInfo: [] }, 59],
  ['mapReduce', { mapReduce: 'rows' }, 59],
  ['credentials', { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('') }, 18],
  ['a transaction', find({ txnNumber: BSON.Long.fromNumber(1), startTransaction: true, autocommit: false }), 20],
  ['a transaction number', { insert: 'rows', documents: [{}], txnNumber: BSON.Long.fromNumber(1) }, 20],
  ['committing', { commitTransaction: 1 }, 20],
  ['an unknown query operator', filter({ a: { $frobnicate: 1 } }), 2],
  ['an unknown top-level operator', filter({ $frobnicate: 1 }), 2],
  ['$where', filter({ $where: 'true' }), 238],
  ['$text', filter({ $text: { $search: 'x' } }), 238],
  ['$jsonSchema', filter({ $jsonSchema: {} }), 238],
  ['$near', filter({ a: { $near: [0, 0] } }), 238],
  ['$geoWithin', filter({ a: { $geoWithin: {} } }), 238],
  ['$mod', filter({ a: { $mod: [2, 0] } }), 238],
  ['$bitsAllSet', filter({ a: { $bitsAllSet: 1 } }), 238],
  ['a bad $in', filter({ a: { $in: 5 } }), 2],
  ['a bad $size', filter({ a: { $size: 'x' } }), 2],
  ['options given twice', filter({ a: { $regex: /a/i, $options: 's' } }), 51075],
  ['a bad $type', filter({ a: { $type: 'nonsense' } }), 2],
  ['a type byte that is no type number', filter({ a: { $type: 255 } }), 2],
  ['an empty $or', filter({ $or: [] }), 2],
  ['a $ inside $in', filter({ a: { $in: [{ $gt: 1 }] } }), 2],
  ['an invalid regular expression', filter({ a: { $regex: '(' } }), 51091],
  ['an invalid regular expression option', filter({ a: { $regex: 'x', $options: 'q' } }), 51108],
  ['the extended option of a regular expression', filter({ a: { $regex: 'x', $options: 'x' } }), 238],
  ['a possessive quantifier', filter({ a: { $regex: 'a++' } }), 51091],
  ['a POSIX class', filter({ a: { $regex: '[[:alpha:]]' } }), 51091],
  ['an unknown escape', filter({ a: { $regex: '\\A' } }), 51091],
  ['a Unicode property', filter({ a: { $regex: '\\p{L}' } }), 51091],
  ['a filter that is no document', find({ filter: 5 }), 14],
  ['a collation', find({ collation: FRENCH }), 238],
  ['a collation of an update', update({ $set: { a: 1 } }, { collation: FRENCH }), 238],
  ['a collation of a collection', { create: 'other', collation: FRENCH }, 238],
  ['a collation of an index', index({ collation: FRENCH }), 67],
  ['variables', find({ let: { x: 1 } }), 238],
  ['a tailable cursor', find({ tailable: true }), 238],
  ['index bounds', find({ min: { a: 1 } }), 238],
  ['record ids', find({ showRecordId: true }), 238],
  ['the positional projection', find({ projection: { 'a.$': 1 } }), 238],
  ['$slice in a projection', find({ projection: { a: { $slice: 1 } } }), 238],
  ['$elemMatch in a projection', find({ projection: { a: { $elemMatch: { b: 1 } } } }), 238],
  ['mixed projections', find({ projection: { a: 1, b: 0 } }), 31254],
  ['a sort by score', find({ sort: { a: { $meta: 'textScore' } } }), 238],
  ['a sort by the natural order', find({ sort: { $natural: -1 } }), 238],
  ['a hint', find({ hint: { a: 1 } }), 238],
  ['a hint of a write', { delete: 'rows', deletes: [{ q: {}, limit: 1, hint: 'a_1' }] }, 238],
  ['an unknown field', find({ frobnicate: 1 }), 40415],
  ['an unknown stage', aggregate({ $frobnicate: {} }), 40324],
  ['$lookup by a pipeline', aggregate({ $lookup: { from: 'x', as: 'y', pipeline: [] } }), 238],
  ['$collStats after another stage', aggregate({ $match: {} }, { $collStats: { count: {} } }), 40602],
  ['latencies in $collStats', aggregate({ $collStats: { latencyStats: {} } }), 238],
  ['$replaceRoot', aggregate({ $replaceRoot: { newRoot: '$a' } }), 40324],
  ['$unset', aggregate({ $unset: 'a' }), 40324],
  ['a stage that is named like a property', aggregate({ constructor: {} }), 40324],
  ['$changeStream', aggregate({ $changeStream: {} }), 40573],
  ['$out', aggregate({ $out: 'x' }), 238],
  ['$merge', aggregate({ $merge: 'x' }), 238],
  ['$geoNear', aggregate({ $geoNear: {} }), 238],
  ['an aggregation of a database', { aggregate: 1, pipeline: [], cursor: {} }, 73],
  ['an unknown expression', project({ $frobnicate: 1 }), 168],
  ['$function', project({ $function: { body: 'x', args: [], lang: 'js' } }), 168],
  ...[
    '$size',
    '$arrayElemAt',
    '$filter',
    '$map',
    '$concat',
    '$toString',
    '$type',
    '$switch',
    '$round',
    '$mod',
    '$cmp',
  ].map((name): [string, Document, number] => [`${name} in an expression`, project({ [name]: '$a' }), 168]),
  ['$dateToString', project({ $dateToString: { date: '$a' } }), 168],
  ['a position that is no name', aggregate({ $unwind: { path: '$a', includeArrayIndex: 1 } }), 28810],
  ['an option that is no boolean', aggregate({ $unwind: { path: '$a', preserveNullAndEmptyArrays: 1 } }), 28809],
  ['$stdDevPop', aggregate({ $group: { _id: null, a: { $stdDevPop: '$a' } } }), 15952],
  ['an unknown accumulator', aggregate({ $group: { _id: null, a: { $frobnicate: 1 } } }), 15952],
  ['comparing a decimal', filter({ decimal: 1 }), 238],
  ['comparing with a decimal', filter({ a: { $gt: BSON.Decimal128.fromString('0.5') } }), 238],
  ['sorting a decimal', { delete: 'rows', deletes: [{ q: { $expr: { $lt: ['$decimal', 1] } }, limit: 0 }] }, 238],
  ['distinct decimals', { distinct: 'rows', key: 'decimal' }, 238],
  ['an index on decimals', index({ key: { decimal: 1 } }), 238],
  ['a decimal as _id', { insert: 'rows', documents: [{ _id: BSON.Decimal128.fromString('1') }] }, 238],
  ['decimal arithmetic', project({ $add: ['$decimal', 1] }), 238],
  ['a decimal sum', aggregate({ $group: { _id: null, s: { $sum: '$decimal' } } }), 238],
  ['an unknown update operator', update({ $frobnicate: { a: 1 } }), 9],
  ...['$bit', '$currentDate', '$pop', '$pullAll'].map((name): [string, Document, number] => [
    name,
    update({ [name]: { a: 1 } }),
    238,
  ]),
  ...['$position', '$sort'].map((name): [string, Document, number] => [
    `${name} of a $push`,
    update({ $push: { list: { $each: [1], [name]: 1 } } }),
    238,
  ]),
  ['an unknown clause of a $push', update({ $push: { list: { $each: [1], $frobnicate: 1 } } }), 2],
  ...['a.$', 'a.$[]', 'a.$[x].b'].map((path): [string, Document, number] => [
    `the position ${path}`,
    update({ $set: { [path]: 1 } }),
    238,
  ]),
  ['array filters', update({ $set: { a: 1 } }, { arrayFilters: [{ x: 1 }] }), 238],
  ['an update by pipeline', update([{ $set: { a: 1 } }]), 238],
  ['a decimal $inc', update({ $inc: { decimal: 1 } }), 238],
  ['an operator that is named like a property', update({ $set: { b: 1 }, constructor: { b: 1 } }), 9],
  ['a multi replacement', update({ b: 1 }, { multi: true }), 9],
  ['a text index', index({ key: { a: 'text' } }), 67],
  ['a hashed index', index({ key: { a: 'hashed' } }), 67],
  ['a geo index', index({ key: { a: '2dsphere' } }), 67],
  ['a wildcard index', index({ key: { '$**': 1 } }), 67],
  ['an index on an array position', index({ key: { 'a.0': 1 } }), 67],
  ['a partial index', index({ partialFilterExpression: { a: 1 } }), 67],
  ['an expiring index', index({ expireAfterSeconds: 60 }), 67],
  ['a hidden index', index({ hidden: true }), 67],
  ['a capped collection', { create: 'other', capped: true, size: 1000 }, 238],
  ['a view', { create: 'other', viewOn: 'rows', pipeline: [] }, 238],
  ['a time series', { create: 'other', timeseries: { timeField: 't' } }, 238],
  ['a validator', { create: 'other', validator: { a: 1 } }, 238],
  ['a missing namespace', { listIndexes: 'nobody' }, 26],
  ['an invalid namespace', { find: 'a$b' }, 73],
  ['an existing namespace', { create: 'rows' }, 48],
  ['a cursor that is gone', { getMore: BSON.Long.fromNumber(12345), collection: 'rows' }, 43],
  ['a cursor id that is no long', { getMore: 5, collection: 'rows' }, 14],
  ['no documents', { insert: 'rows', documents: [] }, 16],
  ['a limit of a delete', { delete: 'rows', deletes: [{ q: {}, limit: 5 }] }, 9],
  ['an unknown parameter', { getParameter: 1, frobnicate: 1 }, 72],
];

async function codeOf(command: Document): Promise<number> {
  const reply: Document = await server.db.command(command).catch((error) => error);
  return Number(reply.writeErrors?.[0]?.code ?? reply.code);
}

describe('refusals', () => {
  const DOCUMENT = { _id: 1, a: 1, decimal: BSON.Decimal128.fromString('1.5') };
  beforeAll(async () => {
    await server.db.collection<Row>('rows').insertOne(DOCUMENT);
  });

  it.each(REFUSED)('%s', async (_, command, code) => {
    expect(await codeOf(command)).toBe(code);
  });

  it('change nothing', async () => {
    const rows = server.db.collection<Row>('rows');
    expect(await rows.find().toArray()).toEqual([DOCUMENT]);
    expect(await rows.listIndexes().toArray()).toHaveLength(1);
    const names = (await server.db.listCollections().toArray()).map(({ name }) => name);
    expect(names.filter((name) => ['other', 'nobody', 'a$b'].includes(name))).toEqual([]);
  });

  it('an unknown option of a stage is named', async () => {
    const reply = await server.db
      .command(aggregate({ $unwind: { path: '$a', frobnicate: 1 } }))
      .catch((error) => error);
    expect(reply).toMatchObject({ code: 28811, errmsg: 'unrecognized option to $unwind stage: frobnicate' });
  });

  it.each([1, 20])('a decimal beside %d values of other types is not compared', async (n) => {
    const $in = Array.from({ length: n }, (_, i) => `text ${i}`);
    expect(await server.db.collection<Row>('rows').countDocuments({ decimal: { $in } })).toBe(0);
    expect(await server.db.collection<Row>('rows').countDocuments({ decimal: { $nin: $in } })).toBe(1);
  });

  it('collations that say nothing are accepted', async () => {
    expect(await codeOf(find({ collation: { locale: 'simple' } }))).toBeNaN();
  });

  it('a document beyond 16 MiB', async () => {
    const rows = server.db.collection<Row>('large');
    // The driver does not check; at this size it still fits into a message.
    const text = 'x'.repeat(16 * 1024 * 1024 - BSON.calculateObjectSize({ _id: 1, text: '' }));
    await rows.insertOne({ _id: 1, text });
    await expect(rows.insertOne({ _id: 3, text: `${text}x` })).rejects.toMatchObject({ code: 10334 });
    await rows.insertOne({ _id: 2, text: text.slice(0, 9_000_000) });
    await expect(rows.updateOne({ _id: 2 }, { $set: { more: text.slice(0, 9_000_000) } })).rejects.toMatchObject({
      code: 10334,
    });
  });

  it('a group that holds more than 100 MB', async () => {
    const rows = server.db.collection<Row>('memory');
    const text = 'x'.repeat(15_000_000);
    for (let _id = 0; _id < 7; _id++) await rows.insertOne({ _id, text, list: [] });
    await rows.insertOne({ _id: 7, text: 'x'.repeat(1_000_000), list: Array.from({ length: 106 }, (_, n) => n) });
    const unwound = [{ $match: { _id: 7 } }, { $unwind: '$list' }];
    for (const stage of [{ $group: { _id: null, all: { $push: '$text' } } }, { $sort: { list: 1 } }])
      await expect(rows.aggregate([...unwound, stage]).toArray()).rejects.toMatchObject({ code: 292 });
    // A sort of the collection itself holds keys only.
    expect(
      await rows
        .find({}, { projection: { _id: 1 } })
        .sort({ nothing: -1 })
        .toArray(),
    ).toHaveLength(8);
  });

  it('a time limit is kept', async () => {
    const rows = server.db.collection<Row>('slow');
    await rows.insertMany(
      Array.from({ length: 3000 }, (_, i) => ({ _id: i, list: Array.from({ length: 200 }, (__, n) => n) })),
    );
    const slow = rows.aggregate([{ $unwind: '$list' }, { $group: { _id: '$list', n: { $sum: '$_id' } } }], {
      maxTimeMS: 5,
    });
    await expect(slow.toArray()).rejects.toMatchObject({ code: 50 });
  });

  it('credentials in the connection string', async () => {
    const client = new MongoClient(server.uri.replace('mongodb://', 'mongodb://me:secret@'), {
      serverSelectionTimeoutMS: 60_000,
    });
    await expect(client.db('test').command({ ping: 1 })).rejects.toMatchObject({ code: 18 });
    await client.close();
  });

  it('a driver transaction', async () => {
    const attempt = server.client.withSession((session) =>
      session.withTransaction(() => server.db.collection<Row>('rows').insertOne({ _id: 'never' }, { session })),
    );
    await expect(attempt).rejects.toThrow(/ransaction|does not support/);
    expect(await server.db.collection<Row>('rows').findOne({ _id: 'never' })).toBeNull();
  });
});
