import { BSON, type Document, Double, Int32, Long, MongoClient, ObjectId, type Sort, Timestamp, UUID } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { type Row, useDatabase } from '../test-support/database.js';

const server = useDatabase();

describe('indexes', () => {
  it('are created, listed and dropped', async () => {
    const collection = server.db.collection('indexes');
    expect(await collection.createIndex({ a: 1 })).toBe('a_1');
    expect(await collection.createIndex({ b: -1, 'c.d': 1 }, { name: 'mine', unique: true })).toBe('mine');
    expect(await collection.createIndex({ s: 1 }, { sparse: true })).toBe('s_1');
    const listed = await collection.listIndexes().toArray();
    expect(listed).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1 }, name: 'a_1' },
      { v: 2, key: { b: -1, 'c.d': 1 }, name: 'mine', unique: true },
      { v: 2, key: { s: 1 }, name: 's_1', sparse: true },
    ]);
    await collection.dropIndex('mine');
    await collection.dropIndex('s_1');
    expect(Object.keys((await collection.indexInformation()) as Document).sort()).toEqual(['_id_', 'a_1']);
    await collection.dropIndexes();
    expect(await collection.listIndexes().toArray()).toHaveLength(1);
  });

  it('creating the same again changes nothing', async () => {
    const collection = server.db.collection('again');
    await collection.createIndex({ a: 1 });
    expect(await collection.createIndex({ a: 1 })).toBe('a_1');
    expect(await collection.listIndexes().toArray()).toHaveLength(2);
  });

  it('the same name with another key is refused', async () => {
    const collection = server.db.collection('names');
    await collection.createIndex({ a: 1 }, { name: 'x' });
    await expect(collection.createIndex({ b: 1 }, { name: 'x' })).rejects.toMatchObject({ code: 86 });
  });

  it('the same key under another name is refused', async () => {
    const collection = server.db.collection('keys');
    await collection.createIndex({ a: 1 }, { name: 'x' });
    await expect(collection.createIndex({ a: 1 }, { name: 'y' })).rejects.toMatchObject({ code: 85 });
  });

  it('an index that is not there cannot be dropped, nor can that on _id', async () => {
    const collection = server.db.collection('dropping');
    await collection.insertOne({ a: 1 });
    await expect(collection.dropIndex('nobody')).rejects.toMatchObject({ code: 27 });
    await expect(collection.dropIndex('_id_')).rejects.toMatchObject({ code: 72 });
  });

  it('a unique index refuses repeated keys and says which', async () => {
    const collection = server.db.collection('unique');
    await collection.createIndex({ a: 1, b: 1 }, { unique: true });
    await collection.insertOne({ a: 1, b: 'x' });
    await collection.insertOne({ a: 1, b: 'y' });
    const error = await collection.insertOne({ a: new Double(1), b: 'x' } as never).catch((e) => e);
    expect(error).toMatchObject({ code: 11000, keyPattern: { a: 1, b: 1 }, keyValue: { a: 1, b: 'x' } });
    expect(error.message).toContain('index: a_1_b_1 dup key: { a: 1, b: "x" }');
  });

  it('a unique index holds one document without the field', async () => {
    const collection = server.db.collection('unique missing');
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertOne({ b: 1 });
    await expect(collection.insertOne({ b: 2 })).rejects.toMatchObject({ code: 11000 });
    await expect(collection.insertOne({ a: null })).rejects.toMatchObject({ code: 11000 });
  });

  it('a sparse unique index leaves out documents without the field', async () => {
    const collection = server.db.collection<Document>('sparse');
    await collection.createIndex({ a: 1 }, { unique: true, sparse: true });
    await collection.insertMany([{ b: 1 }, { b: 2 }, { a: 1 }]);
    await expect(collection.insertOne({ a: 1 })).rejects.toMatchObject({ code: 11000 });
    expect(await collection.find({ a: null }).toArray()).toHaveLength(2);
    expect(await collection.find().sort({ a: 1 }).toArray()).toHaveLength(3);
  });

  it('that hold the same fields in other orders and directions find the same, each by itself', async () => {
    const collection = server.db.collection<{ _id: number; a: unknown; b?: unknown; c: unknown; d: unknown }>(
      'overlapping',
    );
    const keys: [string, 1 | -1][][] = [
      [['a', 1]],
      [['a', -1]],
      [
        ['b', 1],
        ['a', -1],
      ],
      [
        ['a', -1],
        ['b', -1],
        ['_id', 1],
      ],
      [
        ['c.x', -1],
        ['a', 1],
      ],
      [['d', 1]],
      [['d.e', 1]],
    ];
    const names = [];
    for (const key of keys) names.push(await collection.createIndex(new Map(key)));
    // Longer than a key of one field may be, and than one of several, and of an end of its own.
    const texts = ['x', 'y', ...[900, 2000].flatMap((length) => ['1', '2'].map((end) => 'x'.repeat(length) + end))];
    const documents = Array.from({ length: 48 }, (_, _id) => ({
      ...{ _id, a: texts[_id % 6], c: [{ x: _id % 5 }, { x: 7 }, {}], d: { e: _id % 7 } },
      ...(_id % 4 > 0 && { b: _id % 4 }),
    }));
    await collection.insertMany(documents);
    const ids = async (filter: object) =>
      (await collection.find(filter).toArray()).map(({ _id }) => _id).sort((one, other) => one - other);
    const those = (holds: (one: (typeof documents)[number]) => boolean) =>
      documents.filter(holds).map(({ _id }) => _id);
    for (const name of [...names, undefined]) {
      for (const text of texts) {
        expect(await ids({ a: text })).toEqual(those(({ a }) => a === text));
        expect(await ids({ a: text, b: 2 })).toEqual(those(({ a, b }) => a === text && b === 2));
        expect(await ids({ a: text, b: null })).toEqual(those(({ a, b }) => a === text && b === undefined));
        expect(await ids({ a: text, 'c.x': 3 })).toEqual(those(({ _id, a }) => a === text && _id % 5 === 3));
        expect(await ids({ a: { $gte: text, $lt: 'xz' } })).toEqual(those(({ a = '' }) => a >= text && a < 'xz'));
      }
      expect(await ids({ 'd.e': 3 })).toEqual(those(({ d }) => d.e === 3));
      if (name !== undefined) await collection.dropIndex(name);
    }
  });

  it.each([1, -1] as const)('a unique index in direction %i serves ranges with their ends', async (direction) => {
    const collection = server.db.collection<Document>(`unique ranges ${direction}`);
    await collection.createIndex({ n: direction }, { unique: true });
    await collection.insertMany(Array.from({ length: 10 }, (_, n) => ({ n })));
    const found = async (filter: Document) =>
      (await collection.find(filter).sort({ n: 1 }).toArray()).map(({ n }) => n);
    expect(await found({ n: { $gte: 3, $lte: 5 } })).toEqual([3, 4, 5]);
    expect(await found({ n: { $gt: 3, $lt: 5 } })).toEqual([4]);
    expect(await found({ n: { $lte: 1 } })).toEqual([0, 1]);
    expect(await found({ n: { $gte: 8 } })).toEqual([8, 9]);
  });

  it('an array has one key for each element', async () => {
    const collection = server.db.collection<Document>('multikey');
    await collection.createIndex({ tags: 1 }, { unique: true });
    await collection.insertOne({ _id: 1, tags: ['a', 'b', 'a'] } as never);
    await expect(collection.insertOne({ tags: ['c', 'b'] })).rejects.toMatchObject({ code: 11000 });
    await collection.insertOne({ _id: 2, tags: ['c'] } as never);
    expect((await collection.find({ tags: 'b' }).toArray()).map(({ _id }) => _id)).toEqual([1]);
  });

  it('two arrays in one compound index are refused', async () => {
    const collection = server.db.collection('parallel');
    await collection.createIndex({ a: 1, b: 1 });
    await expect(collection.insertOne({ a: [1], b: [2] })).rejects.toMatchObject({ code: 171 });
    expect(await collection.countDocuments()).toBe(0);
  });

  it('an index on repeated values is refused and leaves no trace', async () => {
    const collection = server.db.collection<Document>('duplicates');
    await collection.insertMany(Array.from({ length: 1500 }, (_, n) => ({ n: n % 1499 })));
    await expect(collection.createIndex({ n: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
    expect(await collection.listIndexes().toArray()).toHaveLength(1);
    await collection.insertOne({ n: 5 });
  });

  it('of several new indexes none stays when one is refused', async () => {
    const collection = server.db.collection<Document>('several');
    await collection.insertMany([{ a: 1 }, { a: 1 }]);
    const several = [
      { key: { b: 1 }, name: 'fine' },
      { key: { a: 1 }, name: 'refused', unique: true },
    ];
    await expect(collection.createIndexes(several)).rejects.toMatchObject({ code: 11000 });
    expect(await collection.listIndexes().toArray()).toHaveLength(1);
  });

  it('many clients that create one index make one, which is there for each of them', async () => {
    const collection = server.db.collection<Document>('together');
    await collection.insertMany(Array.from({ length: 3000 }, (_, n) => ({ n })));
    const seen = Array.from({ length: 6 }, async () => {
      await collection.createIndex({ n: 1 });
      return JSON.stringify(await collection.find({ n: 5 }).explain('queryPlanner')).includes('IXSCAN');
    });
    expect(await Promise.all(seen)).not.toContain(false);
    expect(await collection.listIndexes().toArray()).toHaveLength(2);
  });

  it('clients that drop one index at once drop no other', async () => {
    const collection = server.db.collection<Document>('dropped together');
    await collection.createIndex({ a: 1 });
    await collection.createIndex({ b: 1 });
    // Connections of their own, so that they run at once.
    await Promise.all(Array.from({ length: 4 }, () => collection.findOne({})));
    await Promise.allSettled(Array.from({ length: 4 }, () => collection.dropIndex('a_1')));
    expect(Object.keys((await collection.indexInformation()) as Document)).toEqual(['_id_', 'b_1']);
  });

  it('hundreds of whole keys of a unique index lead to a document each, in whatever order, with null for none', async () => {
    const collection = server.db.collection<Row>('whole keys');
    await collection.createIndex({ a: 1, b: 1 }, { unique: true });
    const rows = Array.from({ length: 700 }, (_, n) => ({ _id: 700 - n, a: n % 2, b: n }));
    await collection.insertMany([...rows, { _id: 0, b: 3 }]);
    const found = async (filter: Document, sort: Sort = {}) =>
      (await collection.find(filter, { sort }).toArray()).map(({ _id }) => _id);
    const some = rows.slice(0, 600).map(({ _id }) => _id);
    expect(await found({ _id: { $in: [...some, 9999, 700, 'text'] } }, { _id: -1 })).toEqual(some);
    expect((await found({ _id: { $in: some } })).length).toBe(600);
    expect(await found({ a: 0, b: { $in: [4, 3, 2, 2] } }, { b: 1 })).toEqual([698, 696]);
    expect(await found({ a: null, b: 3 })).toEqual([0]);
    await collection.insertOne({ _id: -1, a: 0, b: [5, 7] });
    expect(await found({ a: 0, b: { $in: [5, 7, 4] } }, { _id: 1 })).toEqual([-1, 696]);
    expect((await collection.deleteMany({ _id: { $in: some.slice(0, 300) } })).deletedCount).toBe(300);
    expect(await collection.countDocuments({ _id: { $in: some } })).toBe(300);
  });

  it('explain tells whether an index is used', async () => {
    const collection = server.db.collection<Document>('explain');
    await collection.insertMany([{ a: 1 }, { a: 2 }]);
    await collection.createIndex({ a: 1 });
    const indexed = await collection.find({ a: 1 }).explain('queryPlanner');
    expect(JSON.stringify(indexed.queryPlanner.winningPlan)).toContain('"stage":"IXSCAN"');
    const covered = await collection.find({ a: 1 }, { projection: { _id: 0, a: 1 } }).explain('queryPlanner');
    expect(JSON.stringify(covered.queryPlanner.winningPlan)).toContain('"stage":"PROJECTION_COVERED"');
    const scanned = await collection.find({ b: 1 }).explain('queryPlanner');
    expect(JSON.stringify(scanned.queryPlanner.winningPlan)).toContain('"stage":"COLLSCAN"');
  });

  it('an index that holds all that is asked for answers what the documents would', async () => {
    const collection = server.db.collection<Document>('covered');
    const values = ['x', 'é\u4f60', '', 'a\0b', 5, Long.fromNumber(5), null, undefined, { c: 'x' }, new Date(0), true];
    await collection.insertMany([
      ...values.map((v, n) => ({ a: `${n}`, b: { c: v, d: 'other' }, e: v })),
      { a: 'none' },
      { b: { c: 'x' }, e: 'x' },
    ]);
    const questions: [Document, Document][] = [
      [{}, { _id: 0, a: 1, 'b.c': 1 }],
      [{ a: { $gt: '2' } }, { _id: 0, 'b.c': 1, a: true }],
      [{ e: { $ne: 'x' } }, { _id: 0, a: 1, e: 1 }],
      [{ 'b.c': 'x' }, { _id: 0, a: 1 }],
      [{ a: '1' }, { _id: 0, b: 1 }],
      [
        { a: '1', 'b.d': 'other' },
        { _id: 0, a: 1 },
      ],
    ];
    const answers = () =>
      Promise.all(
        questions.map(([filter, projection]) =>
          collection.find(filter, { projection, sort: { a: 1, 'b.c': 1, e: 1 }, promoteValues: false }).toArray(),
        ),
      );
    const before = await answers();
    expect(before.map((found) => found.length)).toEqual([13, 8, 11, 2, 1, 1]);
    await collection.createIndex({ a: 1, 'b.c': 1, e: 1 });
    expect(await answers()).toEqual(before);
    await collection.insertOne({ a: ['y', 'z'], b: { c: 'x' }, e: 'x' });
    expect(await collection.find({ a: 'z' }, { projection: { _id: 0, a: 1, e: 1 } }).toArray()).toEqual([
      { a: ['y', 'z'], e: 'x' },
    ]);
  });

  it.each([
    [['a', 'b.c', 'b.d', 'e']],
    [['b.c.x', 'b.c.y', 'b.d', 'f.g.h']],
    [['f.g.h', 'f.i', 'a']],
    [['b.c.x', 'a', 'b.d']],
  ])('an index of the texts %j answers what the documents would', async (fields) => {
    const collection = server.db.collection<Document>(`texts of ${fields}`);
    await collection.insertMany(
      ['x', 'y\u4f60', '', 'a\0b'].flatMap((t) => [
        { a: `${t}1`, b: { c: { x: t, y: `${t}2` }, d: `${t}3`.repeat(40) }, e: t, f: { g: { h: `${t}4` }, i: t } },
        { a: `${t}5`, b: { c: t, d: t }, e: t, f: { g: t, i: `${t}6` } },
      ]),
    );
    const named = (names: readonly string[], value: 1 | -1 = 1) =>
      Object.fromEntries(names.map((name) => [name, value] as const));
    const [first = '', ...others] = fields;
    const questions: [Document, Document][] = [
      [{}, named(fields)],
      [{ [first]: { $gt: 'a' } }, named(fields)],
      [{ [first]: { $gte: '' } }, named(others)],
    ];
    const answers = () =>
      Promise.all(
        questions.map(([filter, projection]) =>
          collection.find(filter, { projection: { _id: 0, ...projection }, sort: named(fields) }).toArray(),
        ),
      );
    const before = await answers();
    expect(before[0]).toHaveLength(8);
    await collection.createIndex(named(fields));
    expect(await answers()).toEqual(before);
    const found = collection.find({}, { projection: { _id: 0, ...named(fields) }, sort: named(fields, -1) });
    expect(await found.toArray()).toEqual(before[0]?.toReversed());
  });

  it('an index that does not hold what is sorted by answers in that order all the same', async () => {
    const collection = server.db.collection<Document>('sorted by another');
    await collection.insertMany([
      { a: 'x', n: 1 },
      { a: 'y', n: 3 },
      { a: 'z', n: 2 },
    ]);
    await collection.createIndex({ a: 1 });
    const found = collection.find({ a: { $gte: 'x' } }, { projection: { _id: 0, a: 1 }, sort: { n: -1 } });
    expect(await found.toArray()).toEqual([{ a: 'y' }, { a: 'z' }, { a: 'x' }]);
  });

  it('a list of any length uses an index, and finds values of all types', async () => {
    const collection = server.db.collection<Document>('long lists');
    await collection.createIndex({ a: 1 });
    const values = [1, Long.fromNumber(2), new Double(3), 'x', null, { b: 1 }, [5, 'y'], new Date(0), true];
    await collection.insertMany([...values.map((a, n) => ({ n, a })), { n: 9 }, { n: 10, a: 'nowhere' }]);
    const list = [
      3,
      2,
      new Double(1),
      'x',
      { b: 1 },
      'y',
      new Date(0),
      true,
      ...Array.from({ length: 3000 }, (_, n) => -n),
    ];
    const found = async (filter: Document) =>
      (await collection.find(filter).sort({ n: 1 }).toArray()).map(({ n }) => n);
    expect(await found({ a: { $in: list } })).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
    expect(await found({ a: { $in: [...list, null] } })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await found({ a: { $nin: list } })).toEqual([4, 9, 10]);
    const { queryPlanner } = await collection.find({ a: { $in: list } }).explain('queryPlanner');
    expect(JSON.stringify(queryPlanner.winningPlan)).toContain('"stage":"IXSCAN"');
  });

  it.each([{ a: 'text' }, { a: 'hashed' }, { a: '2dsphere' }])(
    'a kind of index is kept or refused: %j',
    async (key) => {
      // What is accepted must be listed afterwards: nothing is silently left out.
      const collection = server.db.collection(`kinds ${key.a}`);
      const name = await collection.createIndex(key as never).catch(() => undefined);
      if (name !== undefined) expect(Object.keys((await collection.indexInformation()) as Document)).toContain(name);
    },
  );

  it.each([{ a: 0 }, { a: 'nonsense' }, {}, { '': 1 }])('the key %j is refused', async (key) => {
    await expect(server.db.command({ createIndexes: 'bad keys', indexes: [{ key, name: 'x' }] })).rejects.toMatchObject(
      { code: 67 },
    );
  });
});

describe('collections and databases', () => {
  it('are listed', async () => {
    const name = `${server.db.databaseName}_listed`;
    const db = server.client.db(name);
    await db.collection('one').insertOne({});
    await db.createCollection('two');
    const collections = await db.listCollections().toArray();
    expect(collections.map((c) => c.name).sort()).toEqual(['one', 'two']);
    expect(collections[0]).toMatchObject({ type: 'collection', info: { readOnly: false } });
    expect((await db.listCollections({ name: 'two' }).toArray()).map((c) => c.name)).toEqual(['two']);
    expect((await db.listCollections({}, { nameOnly: true }).toArray()).map((c) => c.name).sort()).toEqual([
      'one',
      'two',
    ]);
    const { databases } = await server.client.db('admin').admin().listDatabases();
    expect(databases.map((d) => d.name)).toContain(name);
    await db.dropDatabase();
    expect(await db.listCollections().toArray()).toEqual([]);
    const after = await server.client.db('admin').admin().listDatabases({ nameOnly: true });
    expect(after.databases.map((d) => d.name)).not.toContain(name);
  });

  it('creating what is there is refused', async () => {
    await server.db.createCollection('created');
    await expect(server.db.createCollection('created')).rejects.toMatchObject({ code: 48 });
    const both = await Promise.allSettled([1, 2].map(() => server.db.createCollection('created at once')));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('dropping takes documents and indexes', async () => {
    const collection = server.db.collection('dropped');
    await collection.insertOne({ a: 1 });
    await collection.createIndex({ a: 1 });
    await collection.drop();
    expect(await collection.countDocuments()).toBe(0);
    await collection.insertOne({ a: 2 });
    expect(await collection.listIndexes().toArray()).toHaveLength(1);
    expect(await collection.find({ a: 1 }).toArray()).toEqual([]);
  });

  it('renaming moves documents and indexes', async () => {
    const collection = server.db.collection('before');
    await collection.insertOne({ _id: 1 as never, a: 1 });
    await collection.createIndex({ a: 1 });
    await collection.rename('after');
    expect(await server.db.collection('after').findOne({ a: 1 })).toEqual({ _id: 1, a: 1 });
    expect(await server.db.collection('after').listIndexes().toArray()).toHaveLength(2);
    expect(await collection.countDocuments()).toBe(0);
  });

  it('renaming over another collection needs dropTarget', async () => {
    await server.db.collection('source').insertOne({ v: 'new' });
    await server.db.collection('target').insertMany([{ v: 'old' }, { v: 'old' }]);
    await expect(server.db.collection('source').rename('target')).rejects.toMatchObject({ code: 48 });
    await server.db.collection('source').rename('target', { dropTarget: true });
    expect(await server.db.collection('target').distinct('v')).toEqual(['new']);
    await expect(server.db.collection('nobody').rename('target')).rejects.toMatchObject({ code: 26 });
  });

  it('readers see the old or the new collection while it is renamed', async () => {
    const write = async (name: string, version: number) => {
      await server.db.collection(name).insertMany(Array.from({ length: 50 }, () => ({ version })));
    };
    await write('live', 0);
    let done = false;
    const publish = (async () => {
      for (let version = 1; version <= 10; version++) {
        await write('next', version);
        await server.db.collection('next').rename('live', { dropTarget: true });
      }
    })().finally(() => {
      done = true;
    });
    // It is awaited when the readers have stopped.
    publish.catch(() => undefined);
    while (!done) {
      const versions = await server.db
        .collection('live')
        .find({}, { projection: { version: 1 } })
        .toArray()
        .catch((error) => {
          // On a slow machine it is replaced in the middle of the reading, which is told, and read again.
          if (![43, 175].includes(error.code)) throw error;
          return undefined;
        });
      if (versions === undefined) continue;
      expect(versions).toHaveLength(50);
      expect(new Set(versions.map(({ version }) => version)).size).toBe(1);
    }
    await publish;
  });

  it.each(['', 'a$b', '.a'])('the collection name %j is refused', async (name) => {
    await expect(server.db.command({ insert: name, documents: [{}] })).rejects.toMatchObject({ code: 73 });
  });

  it('an unknown command is refused', async () => {
    await expect(server.db.command({ frobnicate: 1 })).rejects.toMatchObject({ code: 59 });
  });

  it('an unknown field is refused', async () => {
    await expect(server.db.command({ find: 'a', frobnicate: 1 })).rejects.toMatchObject({ code: 40415 });
  });

  it('tells about itself', async () => {
    const admin = server.client.db('admin');
    expect((await admin.command({ ping: 1 })).ok).toBe(1);
    expect((await admin.command({ hello: 1 })).isWritablePrimary).toBe(true);
    expect((await admin.command({ buildInfo: 1 })).version).toMatch(/^\d+\.\d+\.\d+/);
    expect((await admin.command({ serverStatus: 1 })).ok).toBe(1);
    expect((await admin.command({ hostInfo: 1 })).system).toBeDefined();
    expect((await admin.command({ connectionStatus: 1 })).authInfo).toBeDefined();
    expect((await admin.command({ whatsmyuri: 1 })).you).toBeDefined();
    expect((await admin.command({ getCmdLineOpts: 1 })).argv).toBeDefined();
    expect((await admin.command({ getLog: 'startupWarnings' })).log).toBeInstanceOf(Array);
    expect(
      (await admin.command({ getParameter: 1, featureCompatibilityVersion: 1 })).featureCompatibilityVersion,
    ).toBeDefined();
  });

  it('gives sizes', async () => {
    const collection = server.db.collection('sized');
    await collection.insertMany(Array.from({ length: 10 }, () => ({ text: 'x'.repeat(1000) })));
    const stats = await server.db.command({ collStats: 'sized' });
    expect(stats.count).toBe(10);
    expect(stats.size).toBeGreaterThan(10_000);
    expect((await server.db.command({ dbStats: 1 })).objects).toBeGreaterThanOrEqual(10);
    expect((await server.db.command({ validate: 'sized' })).valid).toBe(true);
  });
});

describe('types', () => {
  /** Values that must come back byte for byte. */
  const KEPT: [string, unknown][] = [
    ['int32', new Int32(-1)],
    ['long', Long.MIN_VALUE],
    ['whole double', new Double(1)],
    ['NaN', new Double(Number.NaN)],
    ['negative zero', new Double(-0)],
    ['infinity', new Double(Number.POSITIVE_INFINITY)],
    ['decimal', BSON.Decimal128.fromString('1.10')],
    ['text', 'é😀\u0000x'],
    ['date before 1970', new Date(-1)],
    ['ObjectId', new ObjectId()],
    ['binary', new BSON.Binary(Buffer.from([0, 255]), 0)],
    ['UUID', new UUID('11111111-2222-4333-8444-555555555555')],
    ['regular expression', new BSON.BSONRegExp('a+b', 'im')],
    ['timestamp', new Timestamp({ t: 1, i: 2 })],
    ['MinKey', new BSON.MinKey()],
    ['MaxKey', new BSON.MaxKey()],
    ['code', new BSON.Code('x')],
    ['code with scope', new BSON.Code('x', { y: 1 })],
    ['symbol', new BSON.BSONSymbol('s')],
    ['nested arrays', [[1, [2]], []]],
    ['names that look like numbers', { '2': 1, '1': 2, x: 3 }],
    ['a $ in a nested name', { a: { $b: 1 } }],
    ['the name __proto__', JSON.parse('{"__proto__": 1}')],
  ];
  it.each(KEPT)('keeps %s', async (name, v) => {
    const collection = server.db.collection<Document>('types');
    await collection.insertOne({ _id: name, v } as Document);
    const raw = await collection.findOne({ _id: name } as never, { raw: true });
    const sent = Buffer.from(BSON.serialize({ _id: name, v }));
    expect(Buffer.from(raw as unknown as Uint8Array).equals(sent)).toBe(true);
  });

  it('orders NaN and keys at the ends', async () => {
    const collection = server.db.collection<{ _id: string }>('orders');
    const inOrder: [string, unknown][] = [
      ['min', new BSON.MinKey()],
      ['null', null],
      ['nan', new Double(Number.NaN)],
      ['-inf', new Double(Number.NEGATIVE_INFINITY)],
      ['0.1', new Double(0.1)],
      ['1', new Int32(1)],
      ['2^63-1', Long.MAX_VALUE],
      ['inf', new Double(Number.POSITIVE_INFINITY)],
      ['text', 'x'],
      ['max', new BSON.MaxKey()],
    ];
    await collection.insertMany(inOrder.map(([_id, v]) => ({ _id, v })).reverse());
    for (const index of [false, true]) {
      if (index) await collection.createIndex({ v: 1 });
      const found = await collection.find().sort({ v: 1 }).toArray();
      expect(found.map(({ _id }) => _id)).toEqual(inOrder.map(([_id]) => _id));
    }
    expect((await collection.find({ v: Number.NaN } as never).toArray()).map(({ _id }) => _id)).toEqual(['nan']);
    expect((await collection.find({ v: { $lt: 1 } } as never).toArray()).map(({ _id }) => _id).sort()).toEqual([
      '-inf',
      '0.1',
    ]);
  });
});

describe('connections', () => {
  it.each([
    { compressors: ['zlib'] as 'zlib'[] },
    { serverApi: { version: '1' as const } },
    { serverMonitoringMode: 'poll' as const },
    { serverMonitoringMode: 'stream' as const },
  ])('work with %j', async (options) => {
    const client = new MongoClient(server.uri, options);
    const collection = client.db(server.db.databaseName).collection(`connections ${Object.values(options)[0]}`);
    await collection.insertMany(Array.from({ length: 300 }, (_, n) => ({ n, text: 'x'.repeat(200) })));
    expect(await collection.countDocuments()).toBe(300);
    expect(await collection.find().toArray()).toHaveLength(300);
    await client.close();
  });

  it('work with explicit sessions', async () => {
    await server.client.withSession(async (session) => {
      const collection = server.db.collection('sessions');
      await collection.insertOne({ a: 1 }, { session });
      expect(await collection.find({}, { session }).toArray()).toHaveLength(1);
    });
  });
});
