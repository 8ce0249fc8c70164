import { Binary, Long } from 'bson';
import { toNumber } from '../bson/order.js';
import { arrayPosition } from '../bson/path.js';
import { documentValue, elements, isNumber, TYPE, text, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import { compileOptionalFilter } from '../language/match.js';
import { type Collection, indexField } from '../storage/catalogue.js';
import { type Index, indexEntries, keyPattern } from '../storage/index-entries.js';
import { inTransaction } from '../storage/writes.js';
import { encodeReply, type Reply } from '../wire/reply.js';
import { createArguments } from './arguments.js';
import type { Call, Command } from './command.js';
import { checkedNamespace, collectionsOf, existingCollection, namespaceOf } from './namespace.js';
import { batchSize, oneBatch } from './read.js';
import { dataSize, everything, storageStats } from './statistics.js';

/** What `listIndexes` shows of an index. */
function indexDocument(index: Index): Buffer {
  const { name, unique, sparse } = index;
  // MongoDB does not show that the index on _id is unique.
  const shown = { unique: (unique && name !== '_id_') || undefined, sparse: sparse || undefined };
  return encodeReply({ v: 2, key: keyPattern(index), name, ...shown });
}

interface IndexSpec {
  readonly name: string;
  readonly fields: { path: string; direction: number }[];
  readonly unique: boolean;
  readonly sparse: boolean;
}

const INDEX_FIELDS = ['key', 'name', 'unique', 'sparse', 'v', 'ns', 'background'];

/** @throws CommandError 67 for kinds of indexes that are left out */
function parseIndexSpec(document: Buffer): IndexSpec {
  const source = documentValue(document);
  const unsupported = elements(source).find(({ name }) => !INDEX_FIELDS.includes(name));
  if (unsupported) fail(67, `The index option '${unsupported.name}' is not implemented by the embedded server`);
  const args = createArguments(source, 'createIndexes.indexes', INDEX_FIELDS);
  const key = args.document('key') ?? fail(67, 'An index needs a key');
  const fields = elements(key).map(({ name: path, value }) => {
    if (!isNumber(value)) fail(67, `Unsupported kind of index on '${path}': only 1 and -1 are implemented`);
    if (Math.abs(toNumber(value)) !== 1) fail(67, `Index key values must be 1 or -1: '${path}'`);
    const names = path.split('.');
    if (names.some((name) => name === '' || name.startsWith('$')))
      fail(67, `Index keys cannot have empty or '$'-prefixed names: '${path}'`);
    if (names.some((name) => arrayPosition(name) !== -1))
      fail(67, `Indexes on array positions are not implemented: '${path}'`);
    return { path, direction: toNumber(value) };
  });
  if (fields.length === 0 || fields.length > 32) fail(67, 'An index needs 1 to 32 fields');
  if (args.value('name') === undefined) fail(9, "The 'name' field is a required property of an index specification");
  const name = args.text('name');
  if (name === '' || name === '*') fail(67, `Invalid index name '${name}'`);
  return { name, fields, unique: args.flag('unique'), sparse: args.flag('sparse') };
}

function sameFields(index: Index, spec: IndexSpec): boolean {
  return (
    index.fields.length === spec.fields.length &&
    index.fields.every(
      ({ path, direction }, i) => path.text === spec.fields[i]?.path && direction === spec.fields[i]?.direction,
    )
  );
}

/** Whether an index is there already. @throws CommandError 85 or 86 when it is there in another form */
function isPresent(collection: Collection, spec: IndexSpec): boolean {
  const byName = collection.indexes.find(({ name }) => name === spec.name);
  const byKey = collection.indexes.find((index) => sameFields(index, spec));
  if (byKey?.name === '_id_') return true;
  if (byName) {
    const same = sameFields(byName, spec) && byName.unique === spec.unique && byName.sparse === spec.sparse;
    return (
      same ||
      fail(86, `An existing index has the same name as the requested index but another definition: ${spec.name}`)
    );
  }
  if (byKey) fail(85, `Index already exists with a different name: ${byKey.name}`);
  return false;
}

/** Adds indexes and fills them, in one transaction; on a refusal none of them stays. */
async function createIndexes(call: Call): Promise<Reply> {
  const { storage } = call.server;
  const ns = namespaceOf(call);
  const specs = call.args.documents('indexes').map(parseIndexSpec);
  if (specs.length === 0) fail(2, 'Must specify at least one index to create');
  const reply = await inTransaction(storage, () => {
    const known = storage.collection(ns);
    const collection = known ?? storage.create(ns);
    const numIndexesBefore = collection.indexes.length;
    const added: Index[] = [];
    try {
      for (const spec of specs) {
        if (isPresent(collection, spec)) continue;
        const index = storage.addIndex(collection, { ...spec, fields: spec.fields.map(indexField) });
        added.push(index);
        storage.fillIndex(collection, index);
      }
    } catch (error) {
      for (const index of added) storage.dropIndex(collection, index);
      return { error };
    }
    const numIndexesAfter = collection.indexes.length;
    return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically: known === undefined };
  });
  if (!('error' in reply)) return reply;
  purge(call);
  throw reply.error;
}

async function dropIndexes(call: Call): Promise<Reply> {
  const ns = namespaceOf(call);
  const { storage } = call.server;
  // Looked up at the moment when nothing else is written.
  const nIndexesWas = await inTransaction(storage, () => {
    const collection = existingCollection(call, ns);
    const { length } = collection.indexes;
    for (const index of chosenIndexes(collection, call.args.value('index'))) storage.dropIndex(collection, index);
    return length;
  });
  purge(call);
  return { nIndexesWas };
}

function chosenIndexes(collection: Collection, which: Value | undefined): Index[] {
  if (which?.type === TYPE.string && text(which) === '*')
    return collection.indexes.filter(({ name }) => name !== '_id_');
  if (which?.type !== TYPE.string && which?.type !== TYPE.object)
    fail(14, "BSON field 'dropIndexes.index' must be a string or an object");
  const found = collection.indexes.find((index) =>
    which?.type === TYPE.object
      ? sameFields(index, {
          ...index,
          fields: elements(which).map(({ name, value }) => ({ path: name, direction: toNumber(value) })),
        })
      : which?.type === TYPE.string && text(which) === index.name,
  );
  if (found === undefined) return fail(27, 'index not found with the given name or key');
  if (found.name === '_id_') fail(72, 'cannot drop _id index');
  return [found];
}

/** What was dropped is deleted beside what comes next: nobody sees it any more, and it may be much. */
function purge({ server }: Call): void {
  server.storage.purgeDropped().catch(server.failed);
}

/** Drops collections, which are looked up at the moment when nothing else is written. */
async function dropCollections(call: Call, find: () => readonly Collection[]): Promise<readonly Collection[]> {
  const { storage } = call.server;
  const dropped = await storage.transaction(() => {
    const doomed = find();
    for (const collection of doomed) storage.drop(collection);
    return doomed;
  });
  purge(call);
  return dropped;
}

async function drop(call: Call): Promise<Reply> {
  const { storage } = call.server;
  const ns = namespaceOf(call);
  const [dropped] = await dropCollections(call, () => [storage.collection(ns)].filter((c) => c !== undefined));
  // As in MongoDB 7, dropping what is not there succeeds.
  return dropped ? { nIndexesWas: dropped.indexes.length, ns } : {};
}

async function dropDatabase(call: Call): Promise<Reply> {
  const dropped = await dropCollections(call, () => collectionsOf(call));
  return dropped.length > 0 ? { dropped: call.database } : {};
}

async function renameCollection(call: Call): Promise<Reply> {
  const { storage } = call.server;
  if (call.database !== 'admin') fail(13, 'renameCollection may only be run against the admin database.');
  const from = checkedNamespace(call.args.text('renameCollection'));
  const to = checkedNamespace(call.args.text('to'));
  if (from === to) fail(20, "Can't rename a collection to itself");
  const dropTarget = call.args.flag('dropTarget');
  await inTransaction(storage, () => {
    const collection = storage.collection(from) ?? fail(26, `Source collection ${from} does not exist`);
    if (storage.collection(to) && !dropTarget) fail(48, 'target namespace exists');
    storage.rename(collection, to);
  });
  purge(call);
  return {};
}

async function create(call: Call): Promise<Reply> {
  const { storage } = call.server;
  const ns = namespaceOf(call);
  await inTransaction(storage, () => {
    if (storage.collection(ns)) fail(48, `Collection ${ns} already exists.`);
    storage.create(ns);
  });
  return {};
}

async function listIndexes(call: Call): Promise<Buffer> {
  const ns = namespaceOf(call);
  const collection = existingCollection(call, ns);
  const batch = collection.indexes.map(indexDocument);
  return call.server.cursors.first(ns, oneBatch(batch), batchSize(call.args.document('cursor')), false);
}

async function listCollections(call: Call): Promise<Buffer> {
  const nameOnly = call.args.flag('nameOnly');
  const { matches } = compileOptionalFilter(call.args.document('filter'));
  const batch = collectionsOf(call).map((collection) => {
    const name = collection.ns.slice(call.database.length + 1);
    if (nameOnly) return encodeReply({ name, type: 'collection' });
    const uuid = new Binary(Buffer.from(collection.uuid.replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
    const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };
    return encodeReply({ name, type: 'collection', options: {}, info: { readOnly: false, uuid }, idIndex });
  });
  const wanted = batch.filter((document) => matches(documentValue(document)));
  return call.server.cursors.first(
    `${call.database}.$cmd.listCollections`,
    oneBatch(wanted),
    batchSize(call.args.document('cursor')),
    false,
  );
}

async function listDatabases(call: Call): Promise<Reply> {
  if (call.database !== 'admin') fail(13, 'listDatabases may only be run against the admin database.');
  const nameOnly = call.args.flag('nameOnly');
  const { matches } = compileOptionalFilter(call.args.document('filter'));
  const names = new Set([...call.server.storage.collections.keys()].map((ns) => ns.slice(0, ns.indexOf('.'))));
  const databases: Reply[] = [];
  let totalSize = 0;
  for (const name of [...names].sort()) {
    let size = 0;
    if (!nameOnly) for (const collection of collectionsOf(call, name)) size += await dataSize(call, collection);
    const entry = nameOnly ? { name } : { name, sizeOnDisk: Long.fromNumber(size), empty: false };
    if (!matches(documentValue(encodeReply(entry)))) continue;
    databases.push(entry);
    totalSize += size;
  }
  return nameOnly ? { databases } : { databases, totalSize: Long.fromNumber(totalSize) };
}

async function collStats(call: Call): Promise<Reply> {
  const ns = namespaceOf(call);
  return { ns, ...(await storageStats(call, call.server.storage.collection(ns))) };
}

async function dbStats(call: Call): Promise<Reply> {
  let objects = 0;
  let dataBytes = 0;
  let indexes = 0;
  const own = collectionsOf(call);
  for (const collection of own) {
    objects += collection.count;
    indexes += collection.indexes.length;
    dataBytes += await dataSize(call, collection);
  }
  const avgObjSize = objects === 0 ? 0 : dataBytes / objects;
  return { db: call.database, collections: own.length, views: 0, objects, avgObjSize, dataSize: dataBytes, indexes };
}

/** Checks that the indexes hold exactly the keys of the documents. */
async function validate(call: Call): Promise<Reply> {
  const ns = namespaceOf(call);
  const { storage } = call.server;
  const collection = existingCollection(call, ns);
  const errors: string[] = [];
  const keysPerIndex: Record<string, number> = {};
  let nrecords = 0;
  for await (const chunk of everything(call, collection)) {
    nrecords += chunk.length;
    for (const index of collection.indexes) {
      for (const { id, bytes } of chunk) {
        const made = indexEntries(index, documentValue(bytes)).entries;
        keysPerIndex[index.name] = (keysPerIndex[index.name] ?? 0) + made.length;
        for (const { key } of made) {
          if (!storage.hasEntry(index, key, id)) errors.push(`record ${id} is not in index ${index.name}`);
        }
      }
    }
  }
  for (const index of collection.indexes) {
    const expected = keysPerIndex[index.name] ?? 0;
    const found = storage.countEntries(index);
    if (found !== expected) errors.push(`index ${index.name} has ${found} keys instead of ${expected}`);
  }
  if (nrecords !== collection.count) errors.push(`${nrecords} records instead of ${collection.count}`);
  return {
    ns,
    nrecords,
    nIndexes: collection.indexes.length,
    keysPerIndex,
    valid: errors.length === 0,
    errors,
    warnings: [],
  };
}

/** Commands on collections, indexes and databases. */
export const CATALOGUE_COMMANDS: Record<string, Command> = {
  create: { fields: ['autoIndexId', 'idIndex'], run: create },
  drop: { fields: [], run: drop },
  dropDatabase: { fields: [], run: dropDatabase },
  renameCollection: { fields: ['to', 'dropTarget'], run: renameCollection },
  createIndexes: { fields: ['indexes', 'commitQuorum'], run: createIndexes },
  dropIndexes: { fields: ['index'], run: dropIndexes },
  listIndexes: { fields: ['cursor'], run: listIndexes },
  listCollections: { fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'], run: listCollections },
  listDatabases: { fields: ['filter', 'nameOnly', 'authorizedDatabases'], run: listDatabases },
  collStats: { fields: ['scale'], run: collStats },
  dbStats: { fields: ['scale', 'freeStorage'], run: dbStats },
  validate: { fields: ['full', 'repair', 'metadata', 'checkBSONConformance'], run: validate },
};
