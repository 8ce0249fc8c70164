// biome-ignore-all lint/suspicious/noThenProperty: the operators $cond and $switch have a field of that name.
import { BSON, type Document, Double, Int32, Long, ObjectId } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, useDatabase } from '../test-support/database.js';

const server = useDatabase();

const i = (n: number) => new Int32(n);
const d = (n: number) => new Double(n);
const l = (n: number | string) => Long.fromString(String(n));
function canonical(v: unknown): string {
  return BSON.EJSON.stringify({ v } as object, { relaxed: false });
}
/** Stands for a missing field in the expectations. */
const MISSING = Symbol('missing');

describe('expressions', () => {
  const DOCUMENT = {
    _id: 1,
    int: i(7),
    two: i(2),
    long: l(10),
    double: d(2.5),
    neg: i(-7),
    text: 'Hello',
    yes: true,
    no: false,
    nil: null,
    list: [i(3), i(1), i(2)],
    empty: [],
    objects: [{ k: i(1), v: 'a' }, { k: i(2) }, { v: 'c' }],
    nested: { a: { b: i(5) } },
    date: new Date('2024-01-01T00:00:00Z'),
    later: new Date('2024-01-02T00:00:00Z'),
    oid: new ObjectId('65e0f0f0f0f0f0f0f0f0f0f0'),
  };
  const CASES: [expression: unknown, expected: unknown][] = [
    ['$int', i(7)],
    ['$nested.a.b', i(5)],
    ['$nothing', MISSING],
    ['$objects.v', ['a', 'c']],
    ['$objects.k', [i(1), i(2)]],
    ['$list.k', []],
    ['$$ROOT.int', i(7)],
    ['$$CURRENT.int', i(7)],
    ['$$REMOVE', MISSING],
    [{ $literal: '$int' }, '$int'],
    [
      ['$int', '$nothing'],
      [i(7), null],
    ],
    [{ x: '$int', y: '$nothing' }, { x: i(7) }],
    [{ $add: ['$int', '$two'] }, i(9)],
    [{ $add: ['$int', '$long'] }, l(17)],
    [{ $add: ['$int', '$double'] }, d(9.5)],
    [{ $add: ['$int', '$nil'] }, null],
    [{ $add: ['$int', '$nothing'] }, null],
    [{ $add: [i(2147483647), i(1)] }, l(2147483648)],
    [{ $add: ['$date', 86400000] }, DOCUMENT.later],
    [{ $subtract: ['$int', '$two'] }, i(5)],
    [{ $subtract: ['$later', '$date'] }, l(86400000)],
    [{ $subtract: ['$later', 86400000] }, DOCUMENT.date],
    [{ $multiply: ['$int', '$two', '$long'] }, l(140)],
    [{ $multiply: ['$double', '$two'] }, d(5)],
    [{ $divide: ['$int', '$two'] }, d(3.5)],
    [{ $divide: ['$nil', '$two'] }, null],
    [{ $eq: ['$int', 7] }, true],
    [{ $eq: ['$int', l(7)] }, true],
    [{ $eq: ['$nothing', '$nil'] }, false],
    [{ $ne: ['$int', 7] }, false],
    [{ $gt: ['$int', '$two'] }, true],
    [{ $gt: ['$text', '$int'] }, true],
    [{ $gte: ['$int', 7] }, true],
    [{ $lt: ['$nothing', '$nil'] }, true],
    [{ $lte: ['$nil', '$int'] }, true],
    [{ $and: ['$yes', '$int'] }, true],
    [{ $and: ['$yes', '$no'] }, false],
    [{ $and: [] }, true],
    [{ $or: ['$no', '$nil'] }, false],
    [{ $or: ['$no', '$text'] }, true],
    [{ $or: [] }, false],
    [{ $not: ['$nil'] }, true],
    [{ $not: '$int' }, false],
    [{ $cond: ['$yes', 'a', 'b'] }, 'a'],
    [{ $cond: { if: '$no', then: 'a', else: 'b' } }, 'b'],
    [{ $ifNull: ['$nil', '$nothing', 'x'] }, 'x'],
    [{ $ifNull: ['$int', 'x'] }, i(7)],
    [{ $sum: '$list' }, i(6)],
    [{ $sum: ['$int', '$double', '$text'] }, d(9.5)],
    [{ $sum: '$nothing' }, i(0)],
    [{ $avg: '$list' }, d(2)],
    [{ $avg: ['$int', '$two', '$nothing'] }, d(4.5)],
    [{ $avg: '$text' }, null],
    [{ $min: '$list' }, i(1)],
    [{ $max: ['$int', '$long', '$nil'] }, l(10)],
    [{ $max: '$empty' }, null],
  ];
  beforeAll(async () => {
    await server.db.collection<Row>('expressions').insertOne(DOCUMENT);
  });

  it.each(
    CASES.map(
      ([expression, expected]) => [BSON.EJSON.stringify({ e: expression }).slice(5, -1), expression, expected] as const,
    ),
  )('%s', async (_, expression, expected) => {
    const [found] = await server.db
      .collection('expressions')
      .aggregate([{ $project: { _id: 0, v: expression } }], { promoteValues: false })
      .toArray();
    expect(found && 'v' in found ? canonical(found.v) : MISSING).toBe(
      expected === MISSING ? MISSING : canonical(expected),
    );
  });

  const REFUSED: [unknown, number][] = [
    [{ $frobnicate: 1 }, 31325],
    [{ $divide: [1, 0] }, 2],
    [{ $add: ['$int', '$text'] }, 14],
    [{ $subtract: [1] }, 16020],
    ['$$nobody', 17276],
  ];
  it.each(REFUSED.map(([expression, code]) => [JSON.stringify(expression), expression, code] as const))(
    'refuses %s',
    async (_, expression, code) => {
      const pipeline = [{ $project: { v: expression } }];
      await expect(server.db.collection('expressions').aggregate(pipeline).toArray()).rejects.toMatchObject({ code });
    },
  );
});

describe('stages', () => {
  const ROWS = [
    { _id: 1, p: 'a', n: 1, tags: ['x', 'y'], d: { v: 10 } },
    { _id: 2, p: 'b', n: 2, tags: [], d: { v: 20 } },
    { _id: 3, p: 'a', n: 3, tags: 'z', d: { v: 30 } },
    { _id: 4, p: 'b', n: 4.5, d: { v: 40 } },
    { _id: 5, p: null, n: null, tags: null },
    { _id: 6, n: 'text', tags: ['x'] },
  ];
  const CASES: [name: string, pipeline: Document[], expected: Document[]][] = [
    ['$match', [{ $match: { p: 'a' } }], [ROWS[0], ROWS[2]] as Document[]],
    ['$match after another stage', [{ $sort: { _id: -1 } }, { $match: { p: 'b' } }], [ROWS[3], ROWS[1]] as Document[]],
    [
      '$match $sort $limit',
      [{ $match: { n: { $gt: 1 } } }, { $sort: { n: -1 } }, { $limit: 2 }, { $project: { n: 1 } }],
      [
        { _id: 4, n: 4.5 },
        { _id: 3, n: 3 },
      ],
    ],
    [
      '$limit then $sort',
      [{ $sort: { _id: 1 } }, { $limit: 3 }, { $sort: { _id: -1 } }, { $project: { _id: 1 } }],
      [{ _id: 3 }, { _id: 2 }, { _id: 1 }],
    ],
    ['$skip', [{ $sort: { _id: 1 } }, { $skip: 4 }, { $project: { _id: 1 } }], [{ _id: 5 }, { _id: 6 }]],
    [
      '$skip and $limit',
      [{ $sort: { _id: 1 } }, { $skip: 1 }, { $limit: 2 }, { $project: { _id: 1 } }],
      [{ _id: 2 }, { _id: 3 }],
    ],
    [
      '$project computes',
      [{ $match: { _id: 1 } }, { $project: { _id: 0, twice: { $multiply: ['$n', 2] }, v: '$d.v' } }],
      [{ twice: 2, v: 10 }],
    ],
    ['$project excludes', [{ $match: { _id: 1 } }, { $project: { tags: 0, d: 0 } }], [{ _id: 1, p: 'a', n: 1 }]],
    [
      '$project nested',
      [{ $match: { _id: 1 } }, { $project: { d: { v: 1, w: { $add: ['$n', 1] } } } }],
      [{ _id: 1, d: { v: 10, w: 2 } }],
    ],
    [
      '$addFields',
      [{ $match: { _id: 3 } }, { $addFields: { m: { $add: ['$n', 1] }, 'd.w': 'new' } }],
      [{ ...ROWS[2], d: { v: 30, w: 'new' }, m: 4 }] as Document[],
    ],
    [
      '$addFields merges documents',
      [{ $match: { _id: 3 } }, { $addFields: { d: { w: 1 } } }],
      [{ ...ROWS[2], d: { v: 30, w: 1 } }] as Document[],
    ],
    [
      '$addFields replaces in place',
      [{ $match: { _id: 1 } }, { $addFields: { p: 'new' } }],
      [{ ...ROWS[0], p: 'new' }] as Document[],
    ],
    [
      '$addFields with $$REMOVE',
      [{ $match: { _id: 1 } }, { $addFields: { tags: '$$REMOVE', d: '$$REMOVE' } }],
      [{ _id: 1, p: 'a', n: 1 }],
    ],
    ['$set', [{ $match: { _id: 1 } }, { $set: { d: 1 } }], [{ ...ROWS[0], d: 1 }] as Document[]],
    ['$count', [{ $match: { p: 'a' } }, { $count: 'total' }], [{ total: 2 }]],
    ['$count of nothing', [{ $match: { p: 'nobody' } }, { $count: 'total' }], []],
    [
      '$unwind',
      [{ $unwind: '$tags' }, { $sort: { _id: 1, tags: 1 } }, { $project: { tags: 1 } }],
      [
        { _id: 1, tags: 'x' },
        { _id: 1, tags: 'y' },
        { _id: 3, tags: 'z' },
        { _id: 6, tags: 'x' },
      ],
    ],
    [
      '$unwind keeping what is empty',
      [
        { $match: { _id: { $lte: 5 } } },
        { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true } },
        { $sort: { _id: 1, tags: 1 } },
        { $project: { tags: 1 } },
      ],
      [
        { _id: 1, tags: 'x' },
        { _id: 1, tags: 'y' },
        { _id: 2 },
        { _id: 3, tags: 'z' },
        { _id: 4 },
        { _id: 5, tags: null },
      ],
    ],
    [
      '$unwind inside a document',
      [
        { $match: { _id: 1 } },
        { $project: { 'd.list': '$tags' } },
        { $unwind: { path: '$d.list', includeArrayIndex: 'd.at' } },
      ],
      [
        { _id: 1, d: { list: 'x', at: 0 } },
        { _id: 1, d: { list: 'y', at: 1 } },
      ],
    ],
    [
      '$unwind with positions',
      [
        { $match: { _id: { $in: [1, 3] } } },
        { $unwind: { path: '$tags', includeArrayIndex: 'at' } },
        { $sort: { _id: 1, at: 1 } },
        { $project: { tags: 1, at: 1 } },
      ],
      [
        { _id: 1, tags: 'x', at: 0 },
        { _id: 1, tags: 'y', at: 1 },
        { _id: 3, tags: 'z', at: null },
      ],
    ],
    [
      '$group counts and sums',
      [{ $group: { _id: '$p', count: { $sum: 1 }, sum: { $sum: '$n' }, avg: { $avg: '$n' } } }, { $sort: { _id: 1 } }],
      [
        { _id: null, count: 2, sum: 0, avg: null },
        { _id: 'a', count: 2, sum: 4, avg: 2 },
        { _id: 'b', count: 2, sum: 6.5, avg: 3.25 },
      ],
    ],
    [
      '$group of everything',
      [{ $group: { _id: null, max: { $max: '$d.v' }, min: { $min: '$d.v' } } }],
      [{ _id: null, max: 40, min: 10 }],
    ],
    ['$group of nothing', [{ $match: { _id: 99 } }, { $group: { _id: null, n: { $sum: 1 } } }], []],
    [
      '$group by a document',
      [{ $match: { _id: { $lte: 2 } } }, { $group: { _id: { p: '$p', v: '$d.v' } } }, { $sort: { '_id.v': 1 } }],
      [{ _id: { p: 'a', v: 10 } }, { _id: { p: 'b', v: 20 } }],
    ],
    [
      '$group $first and $last',
      [{ $sort: { _id: 1 } }, { $group: { _id: null, f: { $first: '$n' }, l: { $last: '$p' } } }],
      [{ _id: null, f: 1, l: null }],
    ],
    [
      '$group $push leaves out missing',
      [{ $sort: { _id: 1 } }, { $group: { _id: null, all: { $push: '$p' } } }],
      [{ _id: null, all: ['a', 'b', 'a', 'b', null] }],
    ],
    [
      '$group $push of documents',
      [
        { $match: { p: 'a' } },
        { $sort: { _id: 1 } },
        { $group: { _id: '$p', all: { $push: { id: '$_id', n: '$n' } } } },
      ],
      [
        {
          _id: 'a',
          all: [
            { id: 1, n: 1 },
            { id: 3, n: 3 },
          ],
        },
      ],
    ],
    ['$group $count', [{ $group: { _id: null, n: { $count: {} } } }], [{ _id: null, n: 6 }]],
    [
      '$group by a constant as countDocuments does',
      [{ $match: {} }, { $group: { _id: 1, n: { $sum: 1 } } }],
      [{ _id: 1, n: 6 }],
    ],
    [
      '$group by a constant after a $limit',
      [{ $limit: 4 }, { $group: { _id: 1, n: { $sum: 1 } } }],
      [{ _id: 1, n: 4 }],
    ],
    [
      'the good products of the contract',
      [
        { $match: { p: { $in: ['a', 'b'] } } },
        { $project: { _id: 0, n: 1, average: { $avg: ['$n', '$d.v'] } } },
        { $sort: { average: -1 } },
        { $limit: 2 },
      ],
      [
        { n: 4.5, average: 22.25 },
        { n: 3, average: 16.5 },
      ],
    ],
    ['$sample of more than there are', [{ $sample: { size: 9 } }, { $sort: { _id: 1 } }], ROWS],
    [
      '$facet sends the same documents through several pipelines',
      [
        { $match: { _id: { $lte: 4 } } },
        {
          $facet: {
            names: [{ $group: { _id: '$p', n: { $sum: 1 } } }, { $sort: { _id: 1 } }],
            last: [{ $sort: { _id: -1 } }, { $limit: 1 }, { $project: { n: 1 } }],
            none: [{ $match: { p: 'nobody' } }],
            all: [{ $count: 'n' }],
          },
        },
      ],
      [
        {
          names: [
            { _id: 'a', n: 2 },
            { _id: 'b', n: 2 },
          ],
          last: [{ _id: 4, n: 4.5 }],
          none: [],
          all: [{ n: 4 }],
        },
      ],
    ],
    ['$facet of nothing', [{ $match: { _id: 99 } }, { $facet: { a: [] } }], [{ a: [] }]],
    [
      '$lookup by a value, by the elements of an array, and by null',
      [
        { $lookup: { from: 'labels', localField: 'tags', foreignField: 'label.id', as: 'found' } },
        { $sort: { _id: 1 } },
        { $project: { found: '$found._id' } },
      ],
      [
        { _id: 1, found: ['ex', 'why', 'both'] },
        { _id: 2, found: [] },
        { _id: 3, found: [] },
        { _id: 4, found: ['none'] },
        { _id: 5, found: ['none'] },
        { _id: 6, found: ['ex', 'both'] },
      ],
    ],
    [
      '$lookup puts whole documents in place of a field, and of another collection that is not there none',
      [
        { $match: { _id: 1 } },
        { $lookup: { from: 'labels', localField: 'd.v', foreignField: 'n', as: 'd.v' } },
        { $lookup: { from: 'nowhere', localField: 'n', foreignField: 'n', as: 'n' } },
      ],
      [{ _id: 1, p: 'a', n: [], tags: ['x', 'y'], d: { v: [{ _id: 'ex', label: { id: 'x' }, n: 10 }] } }],
    ],
    ['$collStats counts', [{ $collStats: { count: {} } }, { $project: { count: 1 } }], [{ count: 6 }]],
    ['the empty pipeline', [], ROWS],
  ];
  beforeAll(async () => {
    await server.db.collection<Row>('stages').insertMany(ROWS);
    await server.db
      .collection<Row>('labels')
      .insertMany([
        { _id: 'ex', label: { id: 'x' }, n: 10 },
        { _id: 'why', label: { id: 'y' } },
        { _id: 'both', label: [{ id: 'x' }, { id: 'y' }] },
        { _id: 'none' },
      ]);
  });

  it.each(CASES)('%s', async (_, pipeline, expected) => {
    const found = await server.db.collection('stages').aggregate(pipeline).toArray();
    expect(found).toEqual(expected);
    expect(found.map((row) => Object.keys(row))).toEqual(expected.map((row) => Object.keys(row)));
  });

  it('work one after the other, whichever of them the collection does itself', async () => {
    type Rows = readonly { readonly _id: number }[];
    const stages: [Document, (rows: Rows) => Rows][] = [
      [{ $match: { _id: { $ne: 2 } } }, (rows) => rows.filter(({ _id }) => _id !== 2)],
      [{ $sort: { _id: -1 } }, (rows) => rows.toSorted((a, b) => b._id - a._id)],
      [{ $limit: 4 }, (rows) => rows.slice(0, 4)],
      [{ $skip: 1 }, (rows) => rows.slice(1)],
    ];
    const orders = (left: typeof stages): (typeof stages)[] =>
      left.length === 0
        ? [[]]
        : left.flatMap((one) => orders(left.filter((s) => s !== one)).map((rest) => [one, ...rest]));
    for (const order of orders(stages)) {
      const pipeline = order.map(([stage]) => stage);
      const found = await server.db.collection('stages').aggregate(pipeline).toArray();
      expect(found, JSON.stringify(pipeline)).toEqual(order.reduce((rows: Rows, [, act]) => act(rows), ROWS));
    }
  });

  it('$group $addToSet gives each value once', async () => {
    const [row] = await server.db
      .collection('stages')
      .aggregate([{ $unwind: '$tags' }, { $group: { _id: null, all: { $addToSet: '$tags' } } }])
      .toArray();
    expect([...(row?.all ?? [])].sort()).toEqual(['x', 'y', 'z']);
  });

  it('$sample gives each document with the same chance, once, in any order', async () => {
    const seen = new Map<string, number>();
    const draws = 400;
    for (let n = 0; n < draws; n++) {
      const drawn = await server.db
        .collection('stages')
        .aggregate([{ $sample: { size: 2 } }])
        .toArray();
      expect(new Set(drawn.map(({ _id }) => _id)).size).toBe(2);
      const order = drawn.map(({ _id }) => _id).join();
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    // 30 ordered pairs, of which one is missing in 400 draws once in 25,000 runs.
    expect(seen.size).toBe(30);
    for (const id of [1, 2, 3, 4, 5, 6]) {
      const times = [...seen].filter(([order]) => order.includes(String(id))).reduce((sum, [, n]) => sum + n, 0);
      expect(times / draws).toBeGreaterThan(1 / 6);
      expect(times / draws).toBeLessThan(1 / 2);
    }
  });

  it('$collStats gives sizes', async () => {
    const [found] = await server.db
      .collection('stages')
      .aggregate([{ $collStats: { storageStats: {} } }])
      .toArray();
    const documents = (await server.db.collection('stages').find({}, { raw: true }).toArray()) as unknown as Buffer[];
    expect(found?.ns).toBe(`${server.db.databaseName}.stages`);
    expect(found?.storageStats).toMatchObject({ count: 6, nindexes: 1, capped: false });
    expect(found?.storageStats.size).toBe(documents.reduce((sum, bytes) => sum + bytes.length, 0));
    expect(found?.storageStats.indexSizes._id_).toBeGreaterThan(0);
  });

  it('number types are one group', async () => {
    const collection = server.db.collection<Document>('numbers');
    await collection.insertMany([{ n: i(1) }, { n: l(1) }, { n: d(1) }, { n: '1' }]);
    const groups = await collection.aggregate([{ $group: { _id: '$n', count: { $sum: 1 } } }]).toArray();
    expect(groups.map(({ count }) => count).sort()).toEqual([1, 3]);
  });

  const REFUSED: [Document, number][] = [
    [{ $frobnicate: {} }, 40324],
    [{ $match: 5 }, 15959],
    [{ $limit: 0 }, 15958],
    [{ $limit: -1 }, 5107201],
    [{ $skip: -1 }, 5107200],
    [{ $sort: {} }, 15976],
    [{ $sort: { a: 2 } }, 15975],
    [{ $count: '' }, 40157],
    [{ $group: { n: { $sum: 1 } } }, 15955],
    [{ $group: { _id: null, n: 5 } }, 40234],
    [{ $group: { _id: null, n: { $frobnicate: 1 } } }, 15952],
    [{ $addFields: { a: { $frobnicate: 1 } } }, 168],
    [{ $unwind: 'tags' }, 28818],
    [{ $unwind: 5 }, 15981],
    [{ $project: {} }, 51272],
    [{ $project: { a: 1, b: 0 } }, 31254],
    [{ $match: {}, $limit: 1 }, 40323],
    [{ $sample: 5 }, 28745],
    [{ $sample: { size: 'x' } }, 28746],
    [{ $sample: { size: 0 } }, 28747],
    [{ $sample: {} }, 28748],
    [{ $facet: {} }, 40169],
    [{ $facet: { a: 5 } }, 40170],
    [{ $facet: { a: [{ $facet: { b: [] } }] } }, 40600],
    [{ $facet: { a: [{ $frobnicate: {} }] } }, 40324],
    [{ $lookup: { from: 'labels', localField: 'a', as: 'b' } }, 9],
    [{ $lookup: { from: 5, localField: 'a', foreignField: 'a', as: 'b' } }, 9],
    [{ $lookup: { from: 'labels', localField: 'a', foreignField: 'a', as: 'b', how: 1 } }, 9],
    [{ $lookup: { from: 'labels', localField: 'a', foreignField: '$a', as: 'b' } }, 16410],
  ];
  it.each(REFUSED.map(([stage, code]) => [JSON.stringify(stage), stage, code] as const))(
    'refuses %s',
    async (_, stage, code) => {
      await expect(server.db.collection('stages').aggregate([stage]).toArray()).rejects.toMatchObject({ code });
    },
  );

  it('refuses a pipeline without a cursor', async () => {
    await expect(server.db.command({ aggregate: 'stages', pipeline: [] })).rejects.toMatchObject({ code: 9 });
  });

  it('gives large results in batches', async () => {
    const collection = server.db.collection<Document>('many');
    await collection.insertMany(Array.from({ length: 1500 }, (_, n) => ({ _id: n, g: n % 700 })) as never);
    const rows = await collection
      .aggregate([{ $group: { _id: '$g', n: { $sum: 1 } } }, { $sort: { _id: 1 } }], { batchSize: 50 })
      .toArray();
    expect(rows).toHaveLength(700);
    expect(rows[0]).toEqual({ _id: 0, n: 3 });
    expect(rows[699]).toEqual({ _id: 699, n: 2 });
  });
});
