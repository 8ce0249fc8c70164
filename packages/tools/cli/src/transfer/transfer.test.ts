import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedMongo, startEmbeddedMongo } from '@ecobalyse/embedded-mongo';
import { startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { BSON, type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dump } from './dump.js';
import { pathOf } from './dump-format.js';
import { restore } from './restore.js';

const NAME = `transfer_${process.pid}`;
let server: TestMongodb;
let source: { client: MongoClient; db: Db };
let target: EmbeddedMongo;
let client: MongoClient;
let work: string;
let folder: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'transfer-'));
  server = await startTestMongodb();
  const from = await new MongoClient(server.uri).connect();
  source = { client: from, db: from.db(NAME) };
  target = await startEmbeddedMongo({ dir: join(work, 'target') });
  client = await new MongoClient(target.uri).connect();
  const rows = source.db.collection<Document>('rows');
  await rows.insertMany(Array.from({ length: 2500 }, (_, n) => ({ n, text: 'x'.repeat(n % 300), list: [n, { n }] })));
  await rows.createIndex({ n: 1 }, { unique: true });
  await rows.createIndex({ text: 1, 'list.n': -1 }, { name: 'mine', sparse: true });
  // Names that look like numbers, and types that JavaScript does not tell apart.
  const exact = BSON.serialize({
    long: BSON.Long.fromNumber(1),
    int: 1,
    date: new Date(0),
    regex: new BSON.BSONRegExp('a', 'i'),
  });
  await source.db.collection('exact').insertOne(BSON.deserialize(exact, { promoteValues: false, bsonRegExp: true }));
  await source.db.command({
    insert: 'exact',
    documents: [
      new Map<string, unknown>([
        ['_id', 2],
        ['z', 1],
        ['2', new BSON.Double(1)],
        [
          '1',
          new Map([
            ['9', 1],
            ['8', 2],
          ]),
        ],
      ]),
    ],
  });
  await source.db.createCollection('a name/with: signs');
});
afterAll(async () => {
  await client.close();
  await target.close();
  await source.db.dropDatabase();
  await source.client.close();
  await server.close();
  rmSync(work, { recursive: true });
});
beforeEach(async () => {
  folder = mkdtempSync(join(work, 'dump-'));
  await client.db(NAME).dropDatabase();
});

const quiet = (): void => undefined;
const dumpAll = () => dump(source.client, [NAME], folder, quiet);
const restoreAll = (drop = false) => restore(client, { folder, drop, databases: [NAME] }, quiet);

async function contents(from: MongoClient): Promise<Record<string, unknown>> {
  const db = from.db(NAME);
  const found: Record<string, unknown> = {};
  for (const { name } of await db.listCollections().toArray()) {
    const documents = await db.collection(name).find({}, { raw: true }).sort({ _id: 1 }).toArray();
    found[name] = {
      documents: documents.map((raw) => Buffer.from(raw as unknown as Uint8Array).toString('hex')),
      indexes: await db.collection(name).listIndexes().toArray(),
    };
  }
  return found;
}

describe('dump and restore', () => {
  it('move everything, byte for byte', async () => {
    const manifest = await dumpAll();
    expect(manifest.collections.map(({ collection, count }) => [collection, count])).toEqual([
      ['a name/with: signs', 0],
      ['exact', 2],
      ['rows', 2500],
    ]);
    await restoreAll();
    const moved = await contents(client);
    expect(Object.keys(moved)).toHaveLength(3);
    expect(moved).toEqual(await contents(source.client));
  });

  it('refuse to overwrite, unless told to', async () => {
    await dumpAll();
    await expect(dumpAll()).rejects.toThrow(`${folder} is not empty`);
    await restoreAll();
    await expect(restoreAll()).rejects.toThrow('is there already: --drop replaces it');
    await client.db(NAME).collection('rows').insertOne({ n: -1 });
    await restoreAll(true);
    expect(await contents(client)).toEqual(await contents(source.client));
  });

  const file = () => `${pathOf(folder, NAME, 'rows')}.bson`;
  const DAMAGE: [string, () => void, string | RegExp][] = [
    ['a missing manifest', () => rmSync(join(folder, 'manifest.json')), 'holds no dump, or one that did not end'],
    ['a file that is cut short', () => truncateSync(file(), readFileSync(file()).length - 3), 'is cut short'],
    [
      'a document too many',
      () => appendFileSync(file(), Buffer.from(BSON.serialize({ _id: 'more', n: -1 }))),
      /has 2501 documents instead of 2500/,
    ],
    [
      'a changed byte',
      () => {
        const bytes = readFileSync(file());
        bytes[bytes.indexOf('xxxx')] = 0x79;
        writeFileSync(file(), bytes);
      },
      'does not have the checksum of the dump',
    ],
    ['a file of nonsense', () => writeFileSync(file(), 'nonsense'), 'is damaged'],
  ];
  it.each(DAMAGE)('notice %s', async (_, damage, message) => {
    await dumpAll();
    damage();
    await expect(restoreAll()).rejects.toThrow(message);
    expect(await client.db(NAME).listCollections().toArray()).toEqual([]);
  });
});

it('are written in batches of a thousand documents, and of eight megabytes', async () => {
  const watched = await new MongoClient(target.uri, { monitorCommands: true }).connect();
  const batches: [collection: string, documents: number][] = [];
  watched.on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'insert') batches.push([command.insert, command.documents.length]);
  });
  const [large, name] = ['x'.repeat(1024 * 1024), `${NAME}_batches`];
  const db = source.client.db(name);
  try {
    await db.collection<Document>('many').insertMany(Array.from({ length: 2001 }, (_, _id) => ({ _id: _id as never })));
    await db
      .collection<Document>('large')
      .insertMany(Array.from({ length: 9 }, (_, _id) => ({ _id: _id as never, large })));
    await dump(source.client, [name], folder, quiet);
    await restore(watched, { folder, drop: false, databases: [name] }, quiet);
    expect(batches).toEqual([
      ['large', 8],
      ['large', 1],
      ['many', 1000],
      ['many', 1000],
      ['many', 1],
    ]);
  } finally {
    await db.dropDatabase();
    await watched.db(name).dropDatabase();
    await watched.close();
  }
});
