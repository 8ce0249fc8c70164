import { arch, cpus, hostname, platform, totalmem } from 'node:os';
import { Long } from 'bson';
import type { Document } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { useEmbedded } from '../test-support/database.js';

const server = useEmbedded();
const ask = (command: Document, database = 'admin') => server.client.db(database).command(command);
const WHEN = { $clusterTime: undefined, operationTime: undefined };
/** What is close to now. */
const now = expect.any(Date);

describe('the server says of itself', () => {
  const greeting = {
    ...{ helloOk: true, isWritablePrimary: true, maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000 },
    ...{
      maxWriteBatchSize: 100_000,
      localTime: now,
      logicalSessionTimeoutMinutes: 30,
      connectionId: expect.anything(),
    },
    ...{ minWireVersion: 0, maxWireVersion: 21, readOnly: false, ok: 1 },
  };
  const system = {
    ...{ currentTime: now, hostname: hostname(), cpuAddrSize: 64, memSizeMB: Math.round(totalmem() / 2 ** 20) },
    ...{ numCores: cpus().length, cpuArch: arch() },
  };
  const build = {
    ...{ version: '7.0.0', versionArray: [7, 0, 0, 0], gitVersion: 'none', modules: ['ecobalyse-embedded-mongo'] },
    ...{
      sysInfo: 'deprecated',
      bits: 64,
      debug: false,
      maxBsonObjectSize: 16_777_216,
      storageEngines: ['lmdb'],
      ok: 1,
    },
  };
  const nobody = { authenticatedUsers: [], authenticatedUserRoles: [] };
  it.each<[Document, Document]>([
    [{ hello: 1 }, greeting],
    [{ isMaster: 1 }, { ...greeting, ismaster: true }],
    [{ ping: 1 }, { ok: 1 }],
    [{ buildInfo: 1 }, build],
    [{ hostInfo: 1 }, { system, os: { type: platform() }, extra: {}, ok: 1 }],
    [{ getParameter: '*' }, { featureCompatibilityVersion: { version: '7.0' }, ok: 1 }],
    [
      { getParameter: 1, featureCompatibilityVersion: 1 },
      { featureCompatibilityVersion: { version: '7.0' }, ok: 1 },
    ],
    [{ getCmdLineOpts: 1 }, { argv: [], parsed: {}, ok: 1 }],
    [{ getLog: 'global' }, { totalLinesWritten: 0, log: [], ok: 1 }],
    [{ connectionStatus: 1 }, { authInfo: nobody, ok: 1 }],
    [
      { connectionStatus: 1, showPrivileges: true },
      { authInfo: { ...nobody, authenticatedUserPrivileges: [] }, ok: 1 },
    ],
    [{ whatsmyuri: 1 }, { you: expect.stringMatching(/^127\.0\.0\.1:\d+$/), ok: 1 }],
    [{ logout: 1 }, { ok: 1 }],
    [{ endSessions: [] }, { ok: 1 }],
    [{ refreshSessions: [] }, { ok: 1 }],
    [{ killSessions: [] }, { ok: 1 }],
  ])('%j', async (command, said) => {
    expect({ ...(await ask(command)), ...WHEN }).toEqual({ ...said, ...WHEN });
  });

  it('how it is doing', async () => {
    const told = await ask({ serverStatus: 1 });
    expect(told).toMatchObject({
      ...{ host: hostname(), version: '7.0.0', process: 'ecobalyse-embedded-mongo', localTime: now },
      ...{
        pid: process.pid,
        globalLock: { activeClients: { total: expect.any(Number) } },
        metrics: { cursor: { open: { total: 0 } } },
      },
      storageEngine: { name: 'lmdb', persistent: true, supportsCommittedReads: true },
    });
    expect(told.connections.current).toBeGreaterThanOrEqual(1);
    expect([Math.round(told.uptime * 1000), told.uptime < 60, told.mem.bits]).toEqual([told.uptimeMillis, true, 64]);
    const megabytes = process.memoryUsage().rss / 2 ** 20;
    expect(told.mem.resident).toBeGreaterThan(megabytes / 2);
    expect(told.mem.heapUsed).toBeLessThan(megabytes);
    const rows = server.db.collection('open');
    await rows.insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const cursor = rows.find({}, { batchSize: 2 });
    await cursor.next();
    expect((await ask({ serverStatus: 1 })).metrics).toEqual({ cursor: { open: { total: 1 } } });
    await cursor.close();
    expect((await ask({ serverStatus: 1 })).metrics).toEqual({ cursor: { open: { total: 0 } } });
  });

  it('that it knows no other parameters', () =>
    expect(ask({ getParameter: 1, nonsense: 1 })).rejects.toMatchObject({ code: 72, codeName: 'InvalidOptions' }));
});

describe('figures of collections', () => {
  it('are their bytes and those of their indexes, and change with every write', async () => {
    const rows = server.db.collection('sized');
    await rows.insertMany([{ _id: 1, a: 'x' }, { _id: 2, a: 'y' }, { _id: 3 }] as never);
    await rows.createIndex({ a: 1 });
    // 4 + 1, then the name and value of each field.
    const size = 2 * (5 + 9 + (3 + 4 + 2)) + (5 + 9);
    const stats = await server.db.command({ collStats: 'sized' });
    expect(stats).toMatchObject({
      ...{ ns: `${server.db.databaseName}.sized`, size, count: 3, avgObjSize: Math.round(size / 3), storageSize: size },
      ...{ freeStorageSize: 0, capped: false, nindexes: 2, scaleFactor: 1, ok: 1 },
    });
    expect(Object.keys(stats.indexSizes)).toEqual(['_id_', 'a_1']);
    expect(stats.totalIndexSize).toBe(stats.indexSizes._id_ + stats.indexSizes.a_1);
    expect(stats.totalSize).toBe(size + stats.totalIndexSize);
    expect(stats.indexSizes._id_).toBeGreaterThan(0);
    const [told] = await rows.aggregate([{ $collStats: { storageStats: {}, count: {} } }]).toArray();
    expect(told).toMatchObject({ ns: stats.ns, host: hostname(), localTime: now, count: 3, storageStats: { size } });
    expect(await rows.aggregate([{ $collStats: {} }]).next()).not.toHaveProperty('count');
    expect(await server.db.command({ validate: 'sized' })).toEqual({
      ...{ ns: stats.ns, nrecords: 3, nIndexes: 2, keysPerIndex: { _id_: 3, a_1: 3 } },
      ...{ valid: true, errors: [], warnings: [], ok: 1 },
    });
    await rows.deleteOne({ _id: 3 } as never);
    expect(await server.db.command({ collStats: 'sized' })).toMatchObject({ size: size - 14, count: 2 });
    expect(await server.db.command({ collStats: 'nothing' })).toMatchObject({
      ...{ size: 0, count: 0, nindexes: 0, storageSize: 0, totalSize: 0 },
    });
    await expect(server.db.command({ validate: 'nothing' })).rejects.toMatchObject({ code: 26 });
  });

  it('are added up by database', async () => {
    const database = server.client.db(`${server.db.databaseName}_sum`);
    const empty = { collections: 0, views: 0, objects: 0, avgObjSize: 0, dataSize: 0, indexes: 0 };
    expect(await database.command({ dbStats: 1 })).toMatchObject({ db: database.databaseName, ...empty });
    await database.collection('one').insertMany([{ _id: 1 }, { _id: 2 }] as never);
    await database.collection('two').insertOne({ _id: 1, a: 'x' } as never);
    await database.collection('two').createIndex({ a: 1 });
    expect(await database.command({ dbStats: 1 })).toMatchObject({
      ...{ collections: 2, objects: 3, dataSize: 14 + 14 + 23, avgObjSize: 17, indexes: 3 },
    });
    const filter = { name: database.databaseName };
    const name = database.databaseName;
    const sizes = { sizeOnDisk: 51, empty: false };
    expect(await ask({ listDatabases: 1, filter })).toEqual({ databases: [{ name, ...sizes }], totalSize: 51, ok: 1 });
    expect(await ask({ listDatabases: 1, filter, nameOnly: true })).toEqual({ databases: [{ name }], ok: 1 });
    expect(await database.command({ drop: 'two' })).toEqual({ nIndexesWas: 2, ns: `${name}.two`, ok: 1 });
    expect(await database.command({ dropDatabase: 1 })).toEqual({ dropped: name, ok: 1 });
    expect(await database.command({ dropDatabase: 1 })).toEqual({ ok: 1 });
  });

  it.each([
    [{}, 10],
    [{ skip: 3 }, 7],
    [{ skip: 11 }, 0],
    [{ limit: 4 }, 4],
    [{ limit: -4 }, 4],
    [{ limit: 4, skip: 8 }, 2],
    [{ query: {}, skip: 3 }, 7],
    [{ query: { a: { $gte: 5 } }, skip: 1, limit: 9 }, 4],
  ])('count documents: %j: %d', async (more, n) => {
    const rows = server.db.collection('counted');
    if ((await rows.estimatedDocumentCount()) === 0)
      await rows.insertMany(Array.from({ length: 10 }, (_, a) => ({ a })));
    expect(await server.db.command({ count: 'counted', ...more })).toEqual({ n, ok: 1 });
  });
});

it.each([
  ['a.', 73, /Invalid namespace specified 'admin\.a\.'/],
  ['.a', 73, /Invalid namespace/],
  ['a$b', 73, /Invalid namespace/],
  ['', 73, /Invalid namespace/],
  ['é'.repeat(125), 73, /Namespace is too long/],
  [7, 73, /collection name has invalid type int/],
])('no collection is named %j', (create, code, message) =>
  expect(ask({ create })).rejects.toMatchObject({ code, message: expect.stringMatching(message) }),
);

it('names of collections take up to 255 bytes with their database, and collections come in their order', async () => {
  const database = server.client.db('names');
  const longest = 'n'.repeat(255 - 'names.'.length);
  for (const name of [longest, 'b', 'a']) await database.createCollection(name);
  await expect(database.createCollection(`${longest}n`)).rejects.toMatchObject({ code: 73 });
  const listed = await database.listCollections({}, { nameOnly: true }).toArray();
  expect(listed).toEqual(['a', 'b', longest].map((name) => ({ name, type: 'collection' })));
  const [whole] = await database.listCollections({ name: 'a' }).toArray();
  expect(whole).toMatchObject({
    ...{ name: 'a', type: 'collection', options: {}, info: { readOnly: false } },
    idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
  });
  await database.dropDatabase();
});

it('values are told apart by their type, by name and by number', async () => {
  const { BSON } = await import('mongodb');
  const values: [name: string, number: number, value: unknown][] = [
    ['double', 1, new BSON.Double(1)],
    ['string', 2, 'a'],
    ['object', 3, { a: 1 }],
    ['binData', 5, Buffer.from('a')],
    ['objectId', 7, new BSON.ObjectId()],
    ['bool', 8, true],
    ['date', 9, new Date(0)],
    ['null', 10, null],
    ['regex', 11, /a/],
    ['javascript', 13, new BSON.Code('a')],
    ['symbol', 14, new BSON.BSONSymbol('a')],
    ['int', 16, new BSON.Int32(1)],
    ['timestamp', 17, new BSON.Timestamp(1n)],
    ['long', 18, Long.fromNumber(1)],
    ['decimal', 19, BSON.Decimal128.fromString('1')],
    ['minKey', -1, new BSON.MinKey()],
    ['maxKey', 127, new BSON.MaxKey()],
  ];
  const rows = server.db.collection('types');
  await rows.insertMany(values.map(([name, , x]) => ({ _id: name, x })) as never);
  const found = async ($type: unknown) =>
    (
      await rows
        .find({ x: { $type } } as never)
        .sort({ _id: 1 })
        .toArray()
    ).map(({ _id }) => String(_id));
  for (const [name, number] of values)
    expect([await found(name), await found(number), await found([number])]).toEqual([[name], [name], [name]]);
  expect(await found('number')).toEqual(['decimal', 'double', 'int', 'long']);
  expect(await found(['null', 'number'])).toEqual(['decimal', 'double', 'int', 'long', 'null']);
});
