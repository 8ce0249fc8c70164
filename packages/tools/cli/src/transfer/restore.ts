import { readFileSync } from 'node:fs';
import { BSON, type Collection, type Document, type MongoClient } from 'mongodb';
import { type Report, readFingerprint } from './dump.js';
import {
  createFingerprint,
  type DumpedCollection,
  type Fingerprint,
  pathOf,
  readDocuments,
  readManifest,
} from './dump-format.js';

const BATCH_DOCUMENTS = 1000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** What to restore. */
export interface RestoreOptions {
  readonly folder: string;
  /** Drops collections that are there already; otherwise they are refused. */
  readonly drop: boolean;
  /** Only these databases of the dump. */
  readonly databases: readonly string[];
}

/**
 * Writes a dump's documents and indexes into a server, then reads everything back and compares counts and checksums.
 * @throws Error when the dump holds nothing of these databases, when a collection is there already, cannot be written, or differs afterwards
 */
export async function restore(
  client: MongoClient,
  { folder, drop, databases }: RestoreOptions,
  report: Report,
): Promise<void> {
  const { collections } = readManifest(folder);
  const wanted = collections.filter(({ database }) => databases.includes(database));
  if (wanted.length === 0) {
    const held = [...new Set(collections.map(({ database }) => database))].join(', ') || 'nothing';
    throw new Error(`--from ${folder} holds no collection of ${databases.join(', ')}, but ${held}: --db names another`);
  }
  if (!drop) for (const one of wanted) await refuseExisting(client, one);
  // All files are read once before anything is written.
  for (const one of wanted) await checkFile(one, pathOf(folder, one.database, one.collection));
  for (const one of wanted) {
    await restoreCollection(client, one, pathOf(folder, one.database, one.collection), drop);
    report(`${one.database}.${one.collection}: ${one.count} documents, count and checksum agree`);
  }
}

async function refuseExisting(client: MongoClient, { database, collection }: DumpedCollection): Promise<void> {
  const found = await client.db(database).listCollections({ name: collection }).toArray();
  if (found.length > 0) throw new Error(`${database}.${collection} is there already: --drop replaces it`);
}

async function checkFile(dumped: DumpedCollection, path: string): Promise<void> {
  const fingerprint = createFingerprint();
  for await (const document of readDocuments(`${path}.bson`)) fingerprint.add(document);
  compare(`${path}.bson`, dumped, fingerprint.result());
}

async function restoreCollection(
  client: MongoClient,
  dumped: DumpedCollection,
  path: string,
  drop: boolean,
): Promise<void> {
  const name = `${dumped.database}.${dumped.collection}`;
  const db = client.db(dumped.database);
  const collection = db.collection(dumped.collection);
  if (drop) await collection.drop();
  let batch: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await insertRaw(collection, batch);
    batch = [];
    bytes = 0;
  };
  for await (const document of readDocuments(`${path}.bson`)) {
    batch.push(document);
    bytes += document.length;
    if (batch.length >= BATCH_DOCUMENTS || bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  const { indexes } = BSON.EJSON.parse(readFileSync(`${path}.metadata.json`, 'utf8')) as { indexes: Document[] };
  const wanted = indexes.filter((index) => index.name !== '_id_').map(({ v, ns, ...index }) => index);
  if (dumped.count === 0) await db.createCollection(dumped.collection);
  if (wanted.length > 0) await db.command({ createIndexes: dumped.collection, indexes: wanted });
  const present = await collection.listIndexes().toArray();
  if (present.length !== indexes.length)
    throw new Error(`${name} has ${present.length} indexes instead of ${indexes.length}`);
  compare(name, dumped, await readFingerprint(collection));
}

function compare(where: string, expected: Fingerprint, found: Fingerprint): void {
  if (expected.count !== found.count)
    throw new Error(`${where} has ${found.count} documents instead of ${expected.count}`);
  if (expected.checksum !== found.checksum) throw new Error(`${where} does not have the checksum of the dump`);
}

async function insertRaw(collection: Collection<Document>, batch: readonly Buffer[]): Promise<void> {
  const { writeErrors } = await collection.db.command({
    insert: collection.collectionName,
    documents: batch.map(sendable),
    ordered: false,
  });
  const [first] = (writeErrors ?? []) as { errmsg: string }[];
  if (first) throw new Error(`${collection.namespace}: ${first.errmsg}`);
}

const FAITHFUL = { promoteValues: false, bsonRegExp: true } as const;

/**
 * A form of a raw document that the driver sends as the same bytes. JavaScript objects do for nearly all; they would
 * put names that look like numbers first, so those documents go as maps.
 */
function sendable(raw: Buffer): Document {
  const plain = BSON.deserialize(raw, FAITHFUL);
  return raw.equals(BSON.serialize(plain)) ? plain : (mapOf(raw) as unknown as Document);
}

function mapOf(raw: Buffer): Map<string, unknown> {
  const entries = Array.from(BSON.onDemand.parseToElements(raw), ([type, nameAt, nameLength, at, length]) => {
    const name = raw.toString('utf8', nameAt, nameAt + nameLength);
    const value = raw.subarray(at, at + length);
    if (type === BSON.BSONType.object) return [name, mapOf(value)] as const;
    if (type === BSON.BSONType.array) return [name, [...mapOf(value).values()]] as const;
    // The byte before the name tells the type: the element is a document by itself once it has a length and an end.
    const document = Buffer.concat([Buffer.alloc(4), raw.subarray(nameAt - 1, at + length), Buffer.alloc(1)]);
    document.writeInt32LE(document.length);
    return [name, BSON.deserialize(document, FAITHFUL)[name]] as const;
  });
  return new Map(entries);
}
