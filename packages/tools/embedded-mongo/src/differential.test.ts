import { BSON, type Document, Double, Int32, Long, ObjectId } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, useDatabase } from './test-support/database.js';
import { createDraw, type Draw } from './test-support/random.js';

/**
 * The same random documents in a collection without indexes and in one with several: every filter and sort must give
 * the same. An index can only lose or repeat documents, and this finds it.
 */
const FILTERS = Number(process.env.EMBEDDED_MONGO_FILTERS ?? 200);
const SEED = Number(process.env.EMBEDDED_MONGO_SEED ?? 1);
const DOCUMENTS = 200;
const server = useDatabase();

const INDEXES: Record<string, 1 | -1>[] = [
  { a: 1 },
  { b: -1 },
  { a: 1, b: 1 },
  { 'c.x': 1, a: -1 },
  { d: -1, 'c.x': -1 },
  { 'c.x': 1, 'c.y': 1 },
];
const PATHS = ['a', 'b', 'd', 'c.x', 'c.y', 'c', 'u', '_id', 'nothing'];
const LONG_TEXT = 'long '.repeat(600);

/** A few values of every type, few enough that filters find something; near neighbours among them. */
function drawScalar(draw: Draw): unknown {
  if (draw.chance(0.4)) return new Int32(draw.below(6));
  return draw.pick<() => unknown>([
    () => new Int32(draw.below(6)),
    () => new Double(draw.below(6)),
    () => new Double(draw.below(12) / 2),
    () => Long.fromNumber(draw.below(6)),
    () =>
      Long.fromString(draw.pick(['9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807'])),
    () =>
      new Double(
        draw.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 9007199254740992, 5e-324]),
      ),
    () => draw.pick(['', 'a', 'b', 'ab', 'A', 'é', '😀', 'a\u0000b', 'a\u0000']),
    () => LONG_TEXT + draw.pick(['', 'x', 'y']),
    () => null,
    () => draw.chance(0.5),
    () => new Date(draw.below(4) - 2),
    () => new ObjectId(`00000000000000000000000${draw.below(4)}`),
    () => new BSON.Binary(Buffer.from([draw.below(3), draw.below(2)].slice(draw.below(2)))),
    () => new BSON.Timestamp({ t: draw.below(3), i: draw.below(2) }),
    () => new BSON.BSONRegExp(draw.pick(['a', 'b']), draw.pick(['', 'i'])),
    () => draw.pick([new BSON.MinKey(), new BSON.MaxKey()]),
  ])();
}

function drawValue(draw: Draw, depth = 0): unknown {
  if (depth < 2 && draw.chance(0.25)) return Array.from({ length: draw.below(4) }, () => drawValue(draw, depth + 1));
  if (depth < 2 && draw.chance(0.1)) return drawObject(draw, depth + 1);
  return drawScalar(draw);
}

function drawObject(draw: Draw, depth = 0): Document {
  const names = draw.pick([['x'], ['y'], ['x', 'y'], ['x', 'y'], ['y', 'x'], []]);
  // One field of it may hold arrays, as there is an index over both.
  return Object.fromEntries(names.map((name, i) => [name, drawValue(draw, i === 0 ? depth : 2)]));
}

/** Only one of `c` and `d` has arrays, as an index over two arrays is refused. */
function drawDocument(draw: Draw, _id: number): Row {
  const document: Row = { _id, u: _id };
  if (draw.chance(0.85)) document.a = drawValue(draw);
  if (draw.chance(0.85)) document.b = Array.isArray(document.a) ? drawScalar(draw) : drawValue(draw);
  const hasArray = JSON.stringify(document.a ?? null).includes('[') || JSON.stringify(document.b ?? null).includes('[');
  if (draw.chance(0.85)) {
    if (draw.chance(0.5)) document.c = drawObject(draw, hasArray ? 2 : 0);
    else if (!hasArray)
      document.c = Array.from({ length: draw.below(4) }, () =>
        draw.chance(0.8) ? drawObject(draw, 2) : drawScalar(draw),
      );
  }
  const arrays = Array.isArray(document.c) || JSON.stringify(document.c ?? null).includes('[');
  if (draw.chance(0.85)) document.d = arrays ? drawScalar(draw) : drawValue(draw, hasArray ? 2 : 0);
  return document;
}

/** Values that filters may compare with; a regular expression would match instead. */
function drawOperand(draw: Draw): unknown {
  for (;;) {
    const v = drawValue(draw);
    if (!(v instanceof BSON.BSONRegExp)) return v;
  }
}

function drawCondition(draw: Draw): Document {
  const path = draw.pick(PATHS);
  const compare = () => ({ [draw.pick(['$gt', '$gte', '$lt', '$lte'])]: drawOperand(draw) });
  const small = () => new Int32(draw.below(6));
  // Different elements of an array may meet the two ends of a range.
  const range = () => ({ [draw.pick(['$gt', '$gte'])]: small(), [draw.pick(['$lt', '$lte'])]: small() });
  const condition = draw.pick<() => unknown>([
    small,
    small,
    range,
    range,
    () => drawOperand(draw),
    () => drawOperand(draw),
    () => compare(),
    () => ({ ...compare(), ...compare() }),
    () => ({ $in: Array.from({ length: draw.below(4) }, () => drawOperand(draw)) }),
    () => ({ $ne: drawOperand(draw) }),
    () => ({ $nin: [drawOperand(draw), drawOperand(draw)] }),
    () => ({ $not: compare() }),
    () => ({ $exists: draw.chance(0.5) }),
    () => ({ $all: [drawOperand(draw), drawOperand(draw)].slice(draw.below(2)) }),
    () => ({ $elemMatch: draw.chance(0.5) ? compare() : { x: drawOperand(draw) } }),
    () => ({ $type: draw.pick(['number', 'string', 'array', 'object', 'null', 'date']) }),
    () => ({ $regex: draw.pick(['^a', 'b', '^A']), $options: draw.pick(['', 'i']) }),
    () => ({ $size: draw.below(3) }),
  ])();
  return { [path]: condition };
}

function drawFilter(draw: Draw): Document {
  // And different elements may meet the conditions on two fields of one compound index.
  if (draw.chance(0.15)) return { 'c.x': new Int32(draw.below(6)), 'c.y': new Int32(draw.below(6)) };
  const conditions = Array.from({ length: 1 + draw.below(3) }, () => drawCondition(draw));
  if (draw.chance(0.15)) return { $or: conditions };
  if (draw.chance(0.15)) return { $and: conditions };
  return Object.assign({}, ...conditions);
}

function drawSort(draw: Draw): Record<string, 1 | -1> {
  if (draw.chance(0.5)) return draw.pick([...INDEXES, { u: 1 as const }, { u: -1 as const }]);
  const direction = (): 1 | -1 => (draw.chance(0.5) ? 1 : -1);
  return Object.fromEntries(Array.from({ length: 1 + draw.below(2) }, () => [draw.pick(PATHS), direction()]));
}

describe('with and without indexes', () => {
  const draw = createDraw(SEED);
  const plain = () => server.db.collection<Row>('plain');
  const indexed = () => server.db.collection<Row>('indexed');
  let used = 0;

  beforeAll(async () => {
    for (const key of INDEXES.slice(0, 3)) await indexed().createIndex(key);
    await indexed().createIndex({ u: -1 }, { unique: true });
    const documents = Array.from({ length: DOCUMENTS }, (_, i) => drawDocument(draw, i));
    for (const collection of [plain(), indexed()]) await collection.insertMany(documents);
    // Indexes on documents that are there take another way than those that grow with them.
    for (const key of INDEXES.slice(3)) await indexed().createIndex(key);
    for (let n = 0; n < 200; n++) {
      const _id = draw.below(DOCUMENTS);
      const { _id: __, ...fields } = drawDocument(draw, _id);
      for (const collection of [plain(), indexed()]) await collection.replaceOne({ _id }, fields);
    }
    for (const collection of [plain(), indexed()]) await collection.deleteMany({ _id: { $gte: DOCUMENTS - 20 } });
  });

  const find = async (
    collection: ReturnType<typeof plain>,
    filter: Document,
    sort: Document | undefined,
    limit: number,
  ) => {
    const reply = await server.db.command({
      find: collection.collectionName,
      filter,
      ...(sort && { sort }),
      ...(limit && { limit }),
      projection: { _id: 1 },
      singleBatch: true,
      batchSize: DOCUMENTS,
    });
    return reply.cursor.firstBatch.map(({ _id }: Row) => _id) as number[];
  };
  const shown = (v: unknown) => BSON.EJSON.stringify({ v }, { relaxed: false });

  it(`${FILTERS} filters with sorts give the same (seed ${SEED})`, { timeout: 60_000 + FILTERS * 20 }, async () => {
    let found = 0;
    for (let n = 0; n < FILTERS; n++) {
      const filter = drawFilter(draw);
      const sort = drawSort(draw);
      const limit = draw.chance(0.3) ? 1 + draw.below(20) : 0;
      const [a, b, unsortedA, unsortedB] = await Promise.all([
        find(plain(), filter, sort, limit),
        find(indexed(), filter, sort, limit),
        find(plain(), filter, undefined, 0),
        find(indexed(), filter, undefined, 0),
      ]);
      expect(b, shown({ filter, sort, limit })).toEqual(a);
      expect(
        unsortedB.sort((x, y) => x - y),
        shown({ filter }),
      ).toEqual(unsortedA.sort((x, y) => x - y));
      found += unsortedA.length;
      if (n % 20 === 0) {
        const plan = await indexed().find(filter).sort(sort).explain('queryPlanner');
        if (JSON.stringify(plan).includes('IXSCAN')) used++;
      }
    }
    // Otherwise nothing would have been compared.
    expect(found).toBeGreaterThan(FILTERS * 5);
    expect(used).toBeGreaterThan(FILTERS / 100);
    expect(await server.db.command({ validate: 'indexed' })).toMatchObject({ valid: true });
  });

  it('updates, deletes and counts by filter agree too', async () => {
    for (let n = 0; n < 60; n++) {
      const filter = drawFilter(draw);
      const [a, b] = await Promise.all([plain(), indexed()].map((collection) => collection.countDocuments(filter)));
      expect(b, shown({ filter })).toBe(a);
      const sort = { _id: 1 } as const;
      const update = draw.chance(0.5) ? { $set: { b: draw.below(5) } } : { $unset: { a: 1 } };
      const [x, y] = await Promise.all(
        [plain(), indexed()].map((collection) =>
          collection.findOneAndUpdate(filter, update, { sort, projection: { _id: 1 } }),
        ),
      );
      expect(y, shown({ filter, update })).toEqual(x);
      if (n % 10 === 0) {
        const [d, e] = await Promise.all(
          [plain(), indexed()].map((collection) => collection.findOneAndDelete(filter, { sort })),
        );
        expect(shown(e)).toBe(shown(d));
      }
    }
    expect(shown(await indexed().find().sort({ _id: 1 }).toArray())).toBe(
      shown(await plain().find().sort({ _id: 1 }).toArray()),
    );
    expect(await server.db.command({ validate: 'indexed' })).toMatchObject({ valid: true });
  });
});
