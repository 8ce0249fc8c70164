import { Binary, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from '../test-support/database.js';

const server = useDatabase();

const DATE = new Date('2024-02-29T12:00:00Z');
const OBJECT_ID = new ObjectId('65e0f0f0f0f0f0f0f0f0f0f0');

/** One document per kind of value, named by its `_id`. */
const VALUES: Record<string, unknown> = {
  int1: new Int32(1),
  long1: Long.fromNumber(1),
  double1: new Double(1),
  double15: new Double(1.5),
  int5: new Int32(5),
  neg: new Int32(-3),
  big: Long.fromString('9007199254740993'),
  bigDouble: new Double(9007199254740992),
  abc: 'abc',
  ABC: 'ABC',
  empty: '',
  multiline: 'first\nsecond',
  emoji: '😀',
  null: null,
  true: true,
  false: false,
  date: DATE,
  oid: OBJECT_ID,
  bin: new Binary(Buffer.from([1, 2, 3])),
  regex: /^ab/i,
  ts: new Timestamp({ t: 100, i: 1 }),
  objXY: { x: 1, y: 2 },
  objYX: { y: 2, x: 1 },
  objDeep: { x: { z: 'deep' } },
  arr123: [1, 2, 3],
  arrEmpty: [],
  arrNested: [[1, 2], [3]],
  arrNull: [null],
  arrB: [{ b: 1 }, { b: 5, c: 2 }],
  arrBMissing: [{ b: 1 }, {}],
  arr05: [0, 5],
  arrStrings: ['abc', 'xyz'],
};
const ONES = ['int1', 'long1', 'double1'];
const ALL = [...Object.keys(VALUES), 'missing'];
const NULLISH = ['null', 'missing', 'arrNull'];

function except(...names: string[]): string[] {
  return ALL.filter((name) => !names.includes(name));
}

/** Filters with the `_id`s of the documents that they find. */
const CASES: [name: string, filter: Record<string, unknown>, ids: string[]][] = [
  ['the empty filter', {}, ALL],
  ['an int equals a number of any type, and array elements', { v: new Int32(1) }, [...ONES, 'arr123']],
  ['a long equals a number of any type', { v: Long.fromNumber(1) }, [...ONES, 'arr123']],
  ['a double equals a number of any type', { v: new Double(1) }, [...ONES, 'arr123']],
  ['a long beyond 2^53 is not its neighbour', { v: Long.fromString('9007199254740993') }, ['big']],
  ['a double of 2^53 is not its neighbour', { v: new Double(9007199254740992) }, ['bigDouble']],
  ['text is not folded', { v: 'abc' }, ['abc', 'arrStrings']],
  ['the empty text', { v: '' }, ['empty']],
  ['text beyond the basic plane', { v: '😀' }, ['emoji']],
  ['null finds null, missing and arrays with null', { v: null }, NULLISH],
  ['true is not 1', { v: true }, ['true']],
  ['false is not 0 or missing', { v: false }, ['false']],
  ['a date', { v: DATE }, ['date']],
  ['an ObjectId', { v: OBJECT_ID }, ['oid']],
  ['binary data', { v: new Binary(Buffer.from([1, 2, 3])) }, ['bin']],
  ['a timestamp', { v: new Timestamp({ t: 100, i: 1 }) }, ['ts']],
  ['a document equals only with its order of keys', { v: { x: 1, y: 2 } }, ['objXY']],
  ['a document does not equal one with more keys', { v: { x: 1 } }, []],
  ['an array equals a whole array or an element', { v: [1, 2] }, ['arrNested']],
  ['a whole array in order', { v: [1, 2, 3] }, ['arr123']],
  ['an array in another order', { v: [3, 2, 1] }, []],
  ['the empty array', { v: [] }, ['arrEmpty']],
  ['$eq', { v: { $eq: 5 } }, ['int5', 'arr05']],
  ['$eq of a document', { v: { $eq: { x: 1, y: 2 } } }, ['objXY']],
  ['$ne is the opposite of $eq, missing included', { v: { $ne: 1 } }, except(...ONES, 'arr123')],
  ['$ne null', { v: { $ne: null } }, except(...NULLISH)],
  ['$gt within numbers', { v: { $gt: 1 } }, ['double15', 'int5', 'big', 'bigDouble', 'arr123', 'arr05']],
  ['$gte within numbers', { v: { $gte: 5 } }, ['int5', 'big', 'bigDouble', 'arr05']],
  ['$lt within numbers', { v: { $lt: 1 } }, ['neg', 'arr05']],
  ['$lte within numbers', { v: { $lte: 1 } }, [...ONES, 'neg', 'arr123', 'arr05']],
  ['a range on an array may be met by two elements', { v: { $gt: 1, $lt: 2 } }, ['double15', 'arr123', 'arr05']],
  ['$gt beyond 2^53 is exact', { v: { $gt: new Double(9007199254740992) } }, ['big']],
  ['$gt within text', { v: { $gt: 'abc' } }, ['multiline', 'emoji', 'arrStrings']],
  ['$lt within text', { v: { $lt: 'abc' } }, ['ABC', 'empty']],
  ['$gte of a date', { v: { $gte: DATE } }, ['date']],
  ['$lt of a date', { v: { $lt: DATE } }, []],
  ['$lte of an ObjectId', { v: { $lte: OBJECT_ID } }, ['oid']],
  ['$gt of a boolean', { v: { $gt: false } }, ['true']],
  ['$gt of an unlike type finds nothing', { v: { $gt: new Timestamp({ t: 101, i: 0 }) } }, []],
  ['$gte null finds what equals null', { v: { $gte: null } }, NULLISH],
  ['$lte null', { v: { $lte: null } }, NULLISH],
  ['$gt null finds nothing', { v: { $gt: null } }, []],
  ['$in', { v: { $in: [5, 'abc'] } }, ['int5', 'abc', 'arr05', 'arrStrings']],
  ['$in with null', { v: { $in: [null, 5] } }, [...NULLISH, 'int5', 'arr05']],
  ['$in with an array', { v: { $in: [[1, 2]] } }, ['arrNested']],
  ['$in with a regular expression', { v: { $in: [/^a/] } }, ['abc', 'arrStrings']],
  ['$in of nothing', { v: { $in: [] } }, []],
  ['$nin', { v: { $nin: [1, null] } }, except(...ONES, ...NULLISH, 'arr123')],
  ['$nin of nothing', { v: { $nin: [] } }, ALL],
  ['$exists', { v: { $exists: true } }, except('missing')],
  ['$exists: false', { v: { $exists: false } }, ['missing']],
  ['$exists with a number', { v: { $exists: 0 } }, ['missing']],
  ['$exists inside a document', { 'v.x': { $exists: true } }, ['objXY', 'objYX', 'objDeep']],
  ['$exists of an array position', { 'v.2': { $exists: true } }, ['arr123']],
  ['$type by name', { v: { $type: 'int' } }, ['int1', 'int5', 'neg', 'arr123', 'arr05']],
  ['$type by number', { v: { $type: 18 } }, ['long1', 'big']],
  ['$type double', { v: { $type: 'double' } }, ['double1', 'double15', 'bigDouble']],
  [
    '$type number',
    { v: { $type: 'number' } },
    [...ONES, 'double15', 'int5', 'neg', 'big', 'bigDouble', 'arr123', 'arr05'],
  ],
  [
    '$type array',
    { v: { $type: 'array' } },
    ['arr123', 'arrEmpty', 'arrNested', 'arrNull', 'arrB', 'arrBMissing', 'arr05', 'arrStrings'],
  ],
  ['$type object', { v: { $type: 'object' } }, ['objXY', 'objYX', 'objDeep', 'arrB', 'arrBMissing']],
  ['$type null does not find missing', { v: { $type: 'null' } }, ['null', 'arrNull']],
  ['$type of several', { v: { $type: ['bool', 'date'] } }, ['true', 'false', 'date']],
  ['$type objectId', { v: { $type: 'objectId' } }, ['oid']],
  ['$type binData', { v: { $type: 'binData' } }, ['bin']],
  ['$type string', { v: { $type: 'string' } }, ['abc', 'ABC', 'empty', 'multiline', 'emoji', 'arrStrings']],
  ['$type regex', { v: { $type: 'regex' } }, ['regex']],
  ['$type timestamp', { v: { $type: 'timestamp' } }, ['ts']],
  ['a regular expression finds text and itself', { v: /^ab/i }, ['abc', 'ABC', 'regex', 'arrStrings']],
  ['$regex with $options', { v: { $regex: '^AB', $options: 'i' } }, ['abc', 'ABC', 'arrStrings']],
  ['$regex without an anchor', { v: { $regex: 'c' } }, ['abc', 'multiline', 'arrStrings']],
  ['$regex with inline flags', { v: { $regex: '(?i)^Ab' } }, ['abc', 'ABC', 'arrStrings']],
  ['$regex: ^ without m is the start only', { v: { $regex: '^second' } }, []],
  ['$regex: ^ with m is each line', { v: { $regex: '^second', $options: 'm' } }, ['multiline']],
  ['$regex: dot does not find a line break', { v: { $regex: 't.s' } }, []],
  ['$regex: dot with s does', { v: { $regex: 't.s', $options: 's' } }, ['multiline']],
  ['$regex: a dot is one code point', { v: { $regex: '^.$' } }, ['emoji']],
  ['$not of a regular expression', { v: { $not: /b/i } }, except('abc', 'ABC', 'arrStrings')],
  ['$size', { v: { $size: 2 } }, ['arrNested', 'arrB', 'arrBMissing', 'arr05', 'arrStrings']],
  ['$size 0', { v: { $size: 0 } }, ['arrEmpty']],
  ['$gt the smallest key finds everything else, missing too', { v: { $gt: new MinKey() } }, ALL],
  ['$lt the largest key finds everything else, missing too', { v: { $lt: new MaxKey() } }, ALL],
  ['$all', { v: { $all: [1, 2] } }, ['arr123']],
  ['$all of one', { v: { $all: [5] } }, ['int5', 'arr05']],
  ['$all of nothing', { v: { $all: [] } }, []],
  ['$all with an array', { v: { $all: [[1, 2]] } }, ['arrNested']],
  ['$all with $elemMatch', { v: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { c: 2 } }] } }, ['arrB']],
  ['$elemMatch of documents', { v: { $elemMatch: { b: { $gt: 1 }, c: 2 } } }, ['arrB']],
  ['$elemMatch asks one element for everything', { v: { $elemMatch: { b: 1, c: 2 } } }, []],
  ['$elemMatch of values', { v: { $elemMatch: { $gt: 1, $lt: 3 } } }, ['arr123']],
  ['$elemMatch is only for arrays', { v: { $elemMatch: { $eq: 5 } } }, ['arr05']],
  ['$elemMatch does not enter nested arrays', { v: { $elemMatch: { $eq: 3 } } }, ['arr123']],
  [
    '$not keeps what has no value',
    { v: { $not: { $gt: 1 } } },
    except('double15', 'int5', 'big', 'bigDouble', 'arr123', 'arr05'),
  ],
  ['$not with two operators', { v: { $not: { $gt: 1, $lt: 2 } } }, except('double15', 'arr123', 'arr05')],
  ['a dotted path', { 'v.x': 1 }, ['objXY', 'objYX']],
  ['a longer path', { 'v.x.z': 'deep' }, ['objDeep']],
  ['a path through an array', { 'v.b': 5 }, ['arrB']],
  ['a path through an array, any element', { 'v.b': 1 }, ['arrB', 'arrBMissing']],
  ['two conditions may be met by two elements', { 'v.b': 1, 'v.c': 2 }, ['arrB']],
  ['$ne on a path through an array', { 'v.b': { $ne: 5 } }, except('arrB')],
  ['an array position', { 'v.1': 2 }, ['arr123']],
  ['an array position and a field', { 'v.1.b': 5 }, ['arrB']],
  ['$and', { $and: [{ v: { $gt: 0 } }, { v: { $lt: 2 } }] }, [...ONES, 'double15', 'arr123', 'arr05']],
  ['$or', { $or: [{ v: 5 }, { v: 'abc' }] }, ['int5', 'abc', 'arr05', 'arrStrings']],
  ['$nor', { $nor: [{ v: { $exists: true } }] }, ['missing']],
  ['$or inside $and', { $and: [{ $or: [{ v: 1 }, { v: 5 }] }, { v: { $type: 'array' } }] }, ['arr123', 'arr05']],
  ['_id and another field', { _id: 'abc', v: 'abc' }, ['abc']],
  ['_id $in', { _id: { $in: ['abc', 'nobody'] } }, ['abc']],
  ['$comment changes nothing', { v: 5, $comment: 'why' }, ['int5', 'arr05']],
  ['$expr compares fields', { $expr: { $eq: ['$v.x', 1] } }, ['objXY', 'objYX']],
];

const INDEXES: [string, Record<string, 1 | -1>[]][] = [
  ['without an index', []],
  ['with an index', [{ v: 1 }, { 'v.b': 1 }, { 'v.x': 1 }]],
  ['with a descending compound index', [{ v: -1, _id: 1 }]],
];

describe.each(INDEXES)('filters %s', (title, keys) => {
  const collection = () => server.db.collection<{ _id: string }>(`filters ${title}`);
  const stored = new Set<string>();
  beforeAll(async () => {
    for (const key of keys) await collection().createIndex(key);
    // One by one: a server that cannot store one kind of value is still asked about the others.
    for (const _id of ALL) {
      const document = _id === 'missing' ? { _id } : { _id, v: VALUES[_id] };
      await collection()
        .insertOne(document)
        .then(
          () => stored.add(_id),
          () => undefined,
        );
    }
  });

  it.each(ALL)('stores the value %s', (name) => {
    expect(stored).toContain(name);
  });

  it.each(CASES)('%s', async (_, filter, ids) => {
    const found = await collection()
      .find(filter, { projection: { _id: 1 } })
      .toArray();
    expect(found.map(({ _id }) => _id).sort()).toEqual(ids.filter((id) => stored.has(id)).sort());
  });
});

describe('null on paths through arrays', () => {
  const DOCUMENTS = [
    { _id: 'none' },
    { _id: 'scalar', a: 5 },
    { _id: 'empty', a: [] },
    { _id: 'scalars', a: [1, 2] },
    { _id: 'all', a: [{ b: 1 }, { b: 2 }] },
    { _id: 'some', a: [{ b: 1 }, {}] },
    { _id: 'null', a: [{ b: null }] },
    { _id: 'nested', a: { b: null } },
  ];
  const NULL_CASES: [string, Record<string, unknown>, string[]][] = [
    ['equality', { 'a.b': null }, ['nested', 'none', 'null', 'scalar', 'some']],
    ['$ne', { 'a.b': { $ne: null } }, ['all', 'empty', 'scalars']],
    ['$exists', { 'a.b': { $exists: true } }, ['all', 'nested', 'null', 'some']],
    ['$exists: false', { 'a.b': { $exists: false } }, ['empty', 'none', 'scalar', 'scalars']],
    ['$in', { 'a.b': { $in: [null, 2] } }, ['all', 'nested', 'none', 'null', 'scalar', 'some']],
  ];
  const collection = () => server.db.collection<{ _id: string }>('nulls');
  beforeAll(async () => {
    await collection().insertMany(DOCUMENTS as { _id: string }[]);
  });

  it.each(NULL_CASES)('%s', async (_, filter, ids) => {
    const found = await collection().find(filter).sort({ _id: 1 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(ids);
  });
});
