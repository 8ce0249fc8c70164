import { BSON, type Document, Double, Int32, Long } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../test-support/database.js';

const server = useDatabase({ promoteValues: false });

type Fields = Document;
/** Canonical text: shows the type of every number and the order of the fields. */
function canonical(document: unknown): string {
  return BSON.EJSON.stringify(document as object, { relaxed: false });
}
const i = (n: number) => new Int32(n);
const d = (n: number) => new Double(n);
const l = (n: number | string) => Long.fromString(String(n));

/** An update of one document: what it is before, and after. */
const CASES: [name: string, before: Fields, update: Fields, after: Fields][] = [
  ['$set adds a field at the end', { b: i(1) }, { $set: { a: i(2) } }, { b: i(1), a: i(2) }],
  [
    'new fields come in the order of their names, numbers in that of the numbers',
    { z: i(0) },
    { $set: { b: i(1), 'x.q': i(1), 'x.p': i(2), '10': i(1), '9': i(1) }, $inc: { a: i(1) } },
    { z: i(0), '9': i(1), '10': i(1), a: i(1), b: i(1), x: { p: i(2), q: i(1) } },
  ],
  ['$set replaces in place', { a: i(1), b: i(2) }, { $set: { a: 'x' } }, { a: 'x', b: i(2) }],
  ['$set changes the type of a number', { a: d(1) }, { $set: { a: i(2) } }, { a: i(2) }],
  ['$set makes parents', {}, { $set: { 'a.b.c': i(1) } }, { a: { b: { c: i(1) } } }],
  ['$set inside a document', { a: { x: i(1), y: i(2) } }, { $set: { 'a.y': i(3) } }, { a: { x: i(1), y: i(3) } }],
  ['$set an array element', { a: [i(1), i(2)] }, { $set: { 'a.1': i(9) } }, { a: [i(1), i(9)] }],
  [
    '$set past the end of an array fills with null',
    { a: [i(1)] },
    { $set: { 'a.3': i(4) } },
    { a: [i(1), null, null, i(4)] },
  ],
  ['$set a field of an array element', { a: [{ b: i(1) }] }, { $set: { 'a.0.b': i(2) } }, { a: [{ b: i(2) }] }],
  ['$set keeps untouched types', { x: d(1), y: l(1) }, { $set: { z: i(1) } }, { x: d(1), y: l(1), z: i(1) }],
  ['$unset', { a: i(1), b: i(2) }, { $unset: { a: '' } }, { b: i(2) }],
  ['$unset a nested field', { a: { b: i(1), c: i(2) } }, { $unset: { 'a.b': 1 } }, { a: { c: i(2) } }],
  ['$unset an array element leaves null', { a: [i(1), i(2)] }, { $unset: { 'a.0': 1 } }, { a: [null, i(2)] }],
  ['$unset of nothing', { a: i(1) }, { $unset: { 'b.c': 1 } }, { a: i(1) }],
  ['$inc int32', { a: i(1) }, { $inc: { a: i(2) } }, { a: i(3) }],
  ['$inc int32 past its end gives a long', { a: i(2147483647) }, { $inc: { a: i(1) } }, { a: l(2147483648) }],
  ['$inc int32 by a double', { a: i(1) }, { $inc: { a: d(0.5) } }, { a: d(1.5) }],
  ['$inc a double by an int stays a double', { a: d(1) }, { $inc: { a: i(1) } }, { a: d(2) }],
  ['$inc a long', { a: l('9007199254740993') }, { $inc: { a: i(1) } }, { a: l('9007199254740994') }],
  ['$inc of a missing field', {}, { $inc: { a: i(5) } }, { a: i(5) }],
  ['$inc nested', { a: { b: i(1) } }, { $inc: { 'a.b': i(-3) } }, { a: { b: i(-2) } }],
  ['$mul', { a: i(6) }, { $mul: { a: i(7) } }, { a: i(42) }],
  ['$mul by a double', { a: i(3) }, { $mul: { a: d(0.5) } }, { a: d(1.5) }],
  ['$mul of a missing field is zero of that type', {}, { $mul: { a: l(5) } }, { a: l(0) }],
  ['$mul int32 past its end', { a: i(2147483647) }, { $mul: { a: i(2) } }, { a: l(4294967294) }],
  ['$min replaces a larger value', { a: i(5) }, { $min: { a: i(3) } }, { a: i(3) }],
  ['$min keeps a smaller value', { a: i(2) }, { $min: { a: i(3) } }, { a: i(2) }],
  ['$max replaces a smaller value', { a: i(5) }, { $max: { a: d(7.5) } }, { a: d(7.5) }],
  ['$max of a missing field', {}, { $max: { a: 'x' } }, { a: 'x' }],
  ['$max compares across types', { a: i(99) }, { $max: { a: 'text' } }, { a: 'text' }],
  ['$rename', { a: i(1), b: i(2) }, { $rename: { a: 'c' } }, { b: i(2), c: i(1) }],
  ['$rename to a nested field', { a: i(1) }, { $rename: { a: 'b.c' } }, { b: { c: i(1) } }],
  ['$rename over another field', { b: i(1), a: i(2) }, { $rename: { b: 'a' } }, { a: i(1) }],
  ['$rename of nothing', { a: i(1) }, { $rename: { x: 'y' } }, { a: i(1) }],
  [
    '$setOnInsert does nothing to what is there',
    { a: i(1) },
    { $setOnInsert: { b: i(1) }, $set: { a: i(2) } },
    { a: i(2) },
  ],
  ['$push', { a: [i(1)] }, { $push: { a: i(2) } }, { a: [i(1), i(2)] }],
  ['$push to nothing', {}, { $push: { a: i(1) } }, { a: [i(1)] }],
  ['$push an array as one element', { a: [] }, { $push: { a: [i(1)] } }, { a: [[i(1)]] }],
  ['$push $each', { a: [i(1)] }, { $push: { a: { $each: [i(2), i(3)] } } }, { a: [i(1), i(2), i(3)] }],
  [
    '$push $slice keeps the last ones',
    { a: [i(1), i(2)] },
    { $push: { a: { $each: [i(3), i(4)], $slice: -3 } } },
    { a: [i(2), i(3), i(4)] },
  ],
  [
    '$push $slice keeps the first ones',
    { a: [i(1), i(2)] },
    { $push: { a: { $slice: i(3), $each: [i(3), i(4)] } } },
    { a: [i(1), i(2), i(3)] },
  ],
  ['$push $slice 0', { a: [i(1)] }, { $push: { a: { $each: [i(2)], $slice: 0 } } }, { a: [] }],
  ['$push $slice of fewer', {}, { $push: { a: { $each: [i(1)], $slice: -2 } } }, { a: [i(1)] }],
  ['$addToSet adds', { a: [i(1)] }, { $addToSet: { a: i(2) } }, { a: [i(1), i(2)] }],
  ['$addToSet leaves what is there', { a: [i(1)] }, { $addToSet: { a: d(1) } }, { a: [i(1)] }],
  ['$addToSet $each', { a: [i(1)] }, { $addToSet: { a: { $each: [i(1), i(2), i(2)] } } }, { a: [i(1), i(2)] }],
  [
    '$addToSet of documents heeds the order of keys',
    { a: [{ x: i(1), y: i(2) }] },
    { $addToSet: { a: { y: i(2), x: i(1) } } },
    {
      a: [
        { x: i(1), y: i(2) },
        { y: i(2), x: i(1) },
      ],
    },
  ],
  ['$pull a value', { a: [i(1), i(2), d(1)] }, { $pull: { a: i(1) } }, { a: [i(2)] }],
  ['$pull by a condition', { a: [i(1), i(5), i(9)] }, { $pull: { a: { $gte: 5 } } }, { a: [i(1)] }],
  [
    '$pull documents',
    {
      a: [
        { k: i(1), v: i(1) },
        { k: i(2), v: i(1) },
      ],
    },
    { $pull: { a: { k: 1 } } },
    { a: [{ k: i(2), v: i(1) }] },
  ],
  [
    '$pull by a condition enters arrays inside the array',
    { a: [[i(1), i(5)], [i(1)], i(7)] },
    { $pull: { a: { $gt: 3 } } },
    { a: [[i(1)]] },
  ],
  ['$pull with $in', { a: ['x', 'y', 'z'] }, { $pull: { a: { $in: ['x', 'z'] } } }, { a: ['y'] }],
  [
    'several operators',
    { a: i(1), b: [i(1)] },
    { $inc: { a: i(1) }, $push: { b: i(2) }, $set: { c: true } },
    { a: i(2), b: [i(1), i(2)], c: true },
  ],
  ['a replacement keeps _id', { a: i(1), b: i(2) }, { c: i(3) }, { c: i(3) }],
  [
    'names that look like numbers keep their order',
    { z: i(1), '2': i(2), '1': i(3) },
    { $inc: { z: i(1) } },
    { z: i(2), '2': i(2), '1': i(3) },
  ],
];

describe('updates', () => {
  it.each(CASES)('%s', async (name, before, update, after) => {
    const collection = server.db.collection<{ _id: string }>('updates');
    await collection.insertOne({ _id: name, ...before });
    // The command itself: the driver would not send a replacement by updateOne.
    await server.db.command({ update: 'updates', updates: [{ q: { _id: name }, u: update }] });
    const found = await collection.findOne({ _id: name });
    expect(canonical(found)).toBe(canonical({ _id: name, ...after }));
  });

  const REFUSED: [name: string, before: Fields, update: Fields, code: number][] = [
    ['$inc of text', { a: 'x' }, { $inc: { a: 1 } }, 14],
    ['$inc by text', { a: 1 }, { $inc: { a: 'x' } }, 14],
    ['$inc past 64 bits', { a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
    ['$push to a scalar', { a: 1 }, { $push: { a: 1 } }, 2],
    ['$push $slice by text', { a: [1] }, { $push: { a: { $each: [2], $slice: 'x' } } }, 2],
    ['$push $slice by a part', { a: [1] }, { $push: { a: { $each: [2], $slice: 1.5 } } }, 2],
    ['$addToSet $slice', { a: [1] }, { $addToSet: { a: { $each: [2], $slice: 1 } } }, 2],
    ['$addToSet to a scalar', { a: 1 }, { $addToSet: { a: 1 } }, 2],
    ['a path through a scalar', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
    ['a name inside an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
    ['two operators on one path', {}, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    ['a path inside another', {}, { $set: { a: {}, 'a.b': 1 } }, 40],
    ['the source of $rename', { a: 1 }, { $rename: { a: 'b' }, $set: { a: 2 } }, 40],
    ['the target of $rename', { a: 1 }, { $rename: { a: 'b' }, $set: { b: 2 } }, 40],
    ['a new _id', {}, { $set: { _id: 'other' } }, 66],
    ['an unknown operator', {}, { $frobnicate: { a: 1 } }, 9],
    ['an empty part of a path', {}, { $set: { 'a..b': 1 } }, 56],
    ['$rename into an array', { a: [1, 2], b: 5 }, { $rename: { b: 'a.0' } }, 2],
    ['$rename of an element', { a: [1, 2] }, { $rename: { 'a.0': 'b' } }, 2],
  ];

  it.each(REFUSED)('refuses %s', async (name, before, update, code) => {
    const collection = server.db.collection<{ _id: string }>('refused');
    await collection.insertOne({ _id: name, ...before });
    const reply = await server.db
      .command({ update: 'refused', updates: [{ q: { _id: name }, u: update }] })
      .catch((error: { code: number }) => ({ writeErrors: [{ code: error.code }] }));
    expect(Number(reply.writeErrors?.[0]?.code)).toBe(code);
    expect(canonical(await collection.findOne({ _id: name }))).toBe(canonical({ _id: name, ...before }));
  });
});
