import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BSON, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../index.js';
import { removeFolder, temporaryFolder, useDatabase } from '../test-support/database.js';
import { buildServer } from '../test-support/process.js';
import { dump } from './dump.js';
import { pathOf } from './dump-format.js';
import { restore } from './restore.js';

const source = useDatabase();
const MAIN = fileURLToPath(new URL('../../dist/transfer/main.js', import.meta.url));
let target: EmbeddedMongo;
let client: MongoClient;
let work: string;
let folder: string;

beforeAll(async () => {
  buildServer();
  work = temporaryFolder();
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
  removeFolder(work);
});
beforeEach(async () => {
  folder = join(temporaryFolder(), 'dump');
  await client.db(source.db.databaseName).dropDatabase();
});

const quiet = (): void => undefined;
const dumpAll = () => dump(source.client, [source.db.databaseName], folder, quiet);
const restoreAll = (drop = false) => restore(client, { folder, drop, databases: [] }, quiet);

async function contents(from: MongoClient): Promise<Record<string, unknown>> {
  const db = from.db(source.db.databaseName);
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
    await expect(restoreAll()).rejects.toThrow('is there already; --drop replaces it');
    await client.db(source.db.databaseName).collection('rows').insertOne({ n: -1 });
    await restoreAll(true);
    expect(await contents(client)).toEqual(await contents(source.client));
  });

  const file = () => `${pathOf(folder, source.db.databaseName, 'rows')}.bson`;
  const DAMAGE: [string, () => void, string | RegExp][] = [
    ['a missing manifest', () => removeFolder(join(folder, 'manifest.json')), 'holds no dump, or one that did not end'],
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
    expect(await client.db(source.db.databaseName).listCollections().toArray()).toEqual([]);
  });

  it('work from the command line', async () => {
    const run = promisify(execFile);
    const dumped = await run(process.execPath, [
      MAIN,
      'dump',
      '--uri',
      source.uri,
      '--db',
      source.db.databaseName,
      '--to',
      folder,
    ]);
    expect(dumped.stdout).toContain(`${source.db.databaseName}.rows: 2500 documents`);
    const env = { ...process.env, MONGODB_URI: target.uri };
    const restored = await run(process.execPath, [MAIN, 'restore', '--from', folder], { env });
    expect(restored.stdout).toContain('rows: 2500 documents, count and checksum agree');
    await expect(run(process.execPath, [MAIN, 'restore', '--from', folder], { env })).rejects.toThrow(
      'is there already',
    );
    await expect(run(process.execPath, [MAIN, 'dump'], { env })).rejects.toThrow('A folder is missing');
    expect(existsSync(file())).toBe(true);
  });
});
