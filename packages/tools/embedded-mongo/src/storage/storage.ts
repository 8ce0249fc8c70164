import { randomUUID } from 'node:crypto';
import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'bson';
import { type Database, open, type RootDatabase } from 'lmdb';
import { parsePath } from '../bson/path.js';
import { documentValue, readInt32 } from '../bson/values.js';
import { fail } from '../errors.js';
import { checkDataFile } from './data-file.js';
import { type Index, type IndexField, indexEntries } from './index-keys.js';

/** Written to the file at its creation; a higher number is refused. */
const FORMAT_VERSION = 1;

export function dataFile(dir: string): string {
  return join(dir, 'data.lmdb');
}

/** A collection as the catalogue knows it. */
export interface Collection {
  ns: string;
  readonly id: number;
  readonly uuid: string;
  readonly indexes: Index[];
  /** Number of documents. */
  count: number;
  nextRecord: number;
  /** Grows with every write, so that a reader can tell whether its answer still holds. */
  version: number;
  dropped: boolean;
}

/** A stored document and its place. */
export interface StoredRecord {
  readonly id: number;
  readonly bytes: Buffer;
}

interface StoredCollection {
  id: number;
  uuid: string;
  indexes: (Omit<Index, 'fields'> & { fields: { path: string; direction: number }[] })[];
}

const PRESENT = Buffer.from([1]);
const NEXT_ID_KEY = Buffer.from('next');
const FORMAT_KEY = Buffer.from('format');
const COLLECTION_PREFIX = 'c:';
const DROPPED_PREFIX = 'd:';
/** One transaction writes at most so many documents or bytes, or for so long: other clients are served in between. */
export const CHUNK_DOCUMENTS = 1000;
export const CHUNK_BYTES = 16 * 1024 * 1024;
export const CHUNK_MS = 50;

function idKey(id: number, record?: number): Buffer {
  const key = Buffer.allocUnsafe(record === undefined ? 4 : 10);
  key.writeUInt32BE(id);
  if (record !== undefined) key.writeUIntBE(record, 4, 6);
  return key;
}

function recordIdOf(key: Buffer, at = key.length - 6): number {
  return key.readUIntBE(at, 6);
}

/** Documents and indexes in one LMDB file. All writing functions must run inside {@link Storage.transaction}. */
export type Storage = ReturnType<typeof openStorage>;

/**
 * Opens the data file of a folder, creating both where they are missing.
 * @throws Error naming the file when it is no data file of this server or of a newer version
 */
export function openStorage(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = dataFile(dir);
  checkDataFile(file);
  const root: RootDatabase<Buffer, Buffer> = open({
    path: file,
    noSubdir: true,
    keyEncoding: 'binary',
    encoding: 'binary',
    maxDbs: 3,
    // A commit is acknowledged when it is on the disk, and only then visible.
    overlappingSync: false,
  });
  // The folder's lock ends at the container; LMDB's list of the processes that have the file open does not.
  if (root.readerList() !== '(no active readers)\n') {
    throw new Error(`${file} is in use by another process; two would overwrite each other's documents.`);
  }
  // LMDB's names end with a zero byte.
  const databaseNames = [...root.getKeys()].map((key) => key.toString().replace(/\0$/, ''));
  if (databaseNames.some((name) => !['meta', 'rec', 'idx'].includes(name))) {
    throw new Error(`${file} belongs to another program: it contains the database '${databaseNames[0]}'.`);
  }
  const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
  const meta: Database<Buffer, Buffer> = root.openDB('meta', binary);
  const records: Database<Buffer, Buffer> = root.openDB('rec', binary);
  const entries: Database<Buffer, Buffer> = root.openDB('idx', binary);
  const collections = new Map<string, Collection>();
  let nextId = 1;

  const version = meta.getBinary(FORMAT_KEY)?.readUInt32BE();
  if (version !== undefined && version > FORMAT_VERSION) {
    throw new Error(
      `${file} has format ${version}; this server reads up to format ${FORMAT_VERSION}. Use a newer server.`,
    );
  }
  if (version === undefined) root.transactionSync(() => meta.putSync(FORMAT_KEY, idKey(FORMAT_VERSION)));
  nextId = meta.getBinary(NEXT_ID_KEY)?.readUInt32BE() ?? 1;
  for (const { key, value } of meta.getRange({ start: Buffer.from(COLLECTION_PREFIX), end: Buffer.from('c;') })) {
    const stored = deserialize(value) as StoredCollection;
    const last = [
      ...records.getKeys({ start: idKey(stored.id + 1), end: idKey(stored.id), reverse: true, limit: 1 }),
    ][0];
    const ns = key.toString('utf8', COLLECTION_PREFIX.length);
    collections.set(ns, {
      ns,
      id: stored.id,
      uuid: stored.uuid,
      indexes: stored.indexes.map((index) => ({ ...index, fields: index.fields.map(indexField) })),
      count: records.getKeysCount({ start: idKey(stored.id), end: idKey(stored.id + 1) }),
      nextRecord: last === undefined ? 1 : recordIdOf(last) + 1,
      version: 0,
      dropped: false,
    });
  }

  /**
   * Runs a function whose writes become durable together; resolves when they are on the disk. If the function throws,
   * nothing of it is stored.
   * @throws StorageFailure
   */
  async function transaction<T>(write: () => T): Promise<T> {
    try {
      return await root.childTransaction(write);
    } catch (error) {
      throw new StorageFailure(await reasonOf(error), dir);
    }
  }

  function allocateId(): number {
    const id = nextId++;
    meta.putSync(NEXT_ID_KEY, idKey(nextId));
    return id;
  }

  function saveCollection(collection: Collection): void {
    // Its name may be another collection's by now.
    if (collection.dropped) return;
    const { id, uuid } = collection;
    const indexes = collection.indexes.map((index) => ({
      ...index,
      fields: index.fields.map(({ path, direction }) => ({ path: path.text, direction })),
    }));
    meta.putSync(Buffer.from(COLLECTION_PREFIX + collection.ns), Buffer.from(serialize({ id, uuid, indexes })));
  }

  /** Remembers what to delete, so that a dropped collection's data goes even after a crash. */
  function markDropped(collection: Collection): void {
    collection.dropped = true;
    meta.putSync(
      Buffer.from(`${DROPPED_PREFIX}${collection.id}`),
      Buffer.from(serialize({ id: collection.id, indexes: collection.indexes.map(({ id }) => id) })),
    );
  }

  async function removeRange(database: Database<Buffer, Buffer>, id: number): Promise<void> {
    for (;;) {
      const keys = [...database.getKeys({ start: idKey(id), end: idKey(id + 1), limit: CHUNK_DOCUMENTS * 4 })];
      if (keys.length === 0) return;
      await transaction(() => {
        for (const key of keys) database.removeSync(key);
      });
    }
  }

  /** Deletes the data of dropped collections, in chunks. */
  async function purgeDropped(): Promise<void> {
    for (const { key, value } of [...meta.getRange({ start: Buffer.from(DROPPED_PREFIX), end: Buffer.from('d;') })]) {
      const { id, indexes } = deserialize(value) as { id: number; indexes: number[] };
      await removeRange(records, id);
      for (const index of indexes) await removeRange(entries, index);
      await transaction(() => meta.removeSync(key));
    }
  }

  function entryKey(index: Index, key: Buffer, record: number): Buffer {
    return Buffer.concat(index.unique ? [idKey(index.id), key] : [idKey(index.id), key, idKey(0, record).subarray(4)]);
  }

  /**
   * Works out the entries of a document in some indexes, so that every refusal comes before the first write.
   * @throws CommandError 11000 when another record holds one of the unique keys
   */
  function prepare(collection: Collection, indexes: readonly Index[], bytes: Buffer, record?: number): Prepared[] {
    const made = preparedOf(indexes, bytes);
    for (const { index, entries: keys } of made) {
      if (!index.unique) continue;
      for (const { key, components } of keys) {
        const holder = entries.getBinary(entryKey(index, key, 0));
        if (holder !== undefined && recordIdOf(holder) !== record) failDuplicate(collection, index, components());
      }
    }
    return made;
  }

  function putEntries(collection: Collection, { index, entries: made, multikey, cut }: Prepared, record: number): void {
    if ((multikey && !index.multikey) || (cut && !index.cut)) {
      index.multikey ||= multikey;
      index.cut ||= cut;
      saveCollection(collection);
    }
    const value = index.unique ? idKey(0, record).subarray(4) : PRESENT;
    for (const { key } of made) entries.putSync(entryKey(index, key, record), value);
  }

  function removeEntries({ index, entries: made }: Prepared, record: number): void {
    for (const { key } of made) entries.removeSync(entryKey(index, key, record));
  }

  /** Damaged bytes must not be walked through: a document ends where it says, with a zero. */
  function checked(collection: Collection, record: number, bytes: Buffer): Buffer {
    if (bytes.length >= 5 && readInt32(bytes, 0) === bytes.length && bytes[bytes.length - 1] === 0) return bytes;
    throw new Error(`${file} is damaged: record ${record} of ${collection.ns} cannot be read`);
  }

  const store = {
    file,
    collections,
    purgeDropped,

    /** Finishes what a crash interrupted: half-built indexes go, and so does the data of dropped collections. */
    async recover(): Promise<void> {
      await transaction(() => {
        for (const collection of collections.values()) {
          for (const index of collection.indexes.filter(({ building }) => building)) store.dropIndex(collection, index);
        }
      });
      await purgeDropped();
    },

    transaction,

    collection(ns: string): Collection | undefined {
      return collections.get(ns);
    },

    create(ns: string): Collection {
      const id = allocateId();
      const idIndex = { id: allocateId(), name: '_id_', fields: [indexField({ path: '_id', direction: 1 })] };
      const collection: Collection = {
        ns,
        id,
        uuid: randomUUID(),
        indexes: [{ ...idIndex, unique: true, sparse: false, multikey: false, cut: false, building: false }],
        count: 0,
        nextRecord: 1,
        version: 0,
        dropped: false,
      };
      collections.set(ns, collection);
      saveCollection(collection);
      return collection;
    },

    drop(collection: Collection): void {
      markDropped(collection);
      collections.delete(collection.ns);
      meta.removeSync(Buffer.from(COLLECTION_PREFIX + collection.ns));
    },

    rename(collection: Collection, ns: string): void {
      const target = collections.get(ns);
      if (target) store.drop(target);
      collections.delete(collection.ns);
      meta.removeSync(Buffer.from(COLLECTION_PREFIX + collection.ns));
      collection.ns = ns;
      collections.set(ns, collection);
      saveCollection(collection);
    },

    /** Adds an index without entries; {@link Storage.fillIndex} fills it. */
    addIndex(collection: Collection, index: Omit<Index, 'id' | 'multikey' | 'cut' | 'building'>): Index {
      const added: Index = { ...index, id: allocateId(), multikey: false, cut: false, building: collection.count > 0 };
      collection.indexes.push(added);
      saveCollection(collection);
      return added;
    },

    /** Writes an index's entries for some records. */
    fillIndex(collection: Collection, index: Index, some: readonly StoredRecord[]): void {
      for (const { id, bytes } of some) {
        for (const prepared of prepare(collection, [index], bytes, id)) putEntries(collection, prepared, id);
      }
    },

    finishIndex(collection: Collection, index: Index): void {
      index.building = false;
      saveCollection(collection);
    },

    dropIndex(collection: Collection, index: Index): void {
      const at = collection.indexes.indexOf(index);
      if (at === -1) return;
      collection.indexes.splice(at, 1);
      saveCollection(collection);
      meta.putSync(
        Buffer.from(`${DROPPED_PREFIX}i${index.id}`),
        Buffer.from(serialize({ id: 0, indexes: [index.id] })),
      );
    },

    /** @throws CommandError 11000 or 171, before anything is written */
    insert(collection: Collection, bytes: Buffer): void {
      const prepared = prepare(collection, collection.indexes, bytes);
      const record = collection.nextRecord++;
      records.putSync(idKey(collection.id, record), bytes);
      for (const one of prepared) putEntries(collection, one, record);
      collection.count++;
      collection.version++;
    },

    /** @throws CommandError 11000 or 171, before anything is written */
    replace(collection: Collection, record: number, before: Buffer, after: Buffer): void {
      const now = prepare(collection, collection.indexes, after, record);
      const old = preparedOf(collection.indexes, before);
      records.putSync(idKey(collection.id, record), after);
      now.forEach((one, i) => {
        const was = old[i] as Prepared;
        if (sameKeys(was.entries, one.entries)) return;
        removeEntries(was, record);
        putEntries(collection, one, record);
      });
      collection.version++;
    },

    remove(collection: Collection, record: number, bytes: Buffer): void {
      const old = preparedOf(collection.indexes, bytes);
      records.removeSync(idKey(collection.id, record));
      for (const one of old) removeEntries(one, record);
      collection.count--;
      collection.version++;
    },

    read(collection: Collection, record: number): Buffer | undefined {
      const bytes = records.getBinary(idKey(collection.id, record));
      return bytes && checked(collection, record, bytes);
    },

    /** The records after `after`, at most `limit` of them or a few megabytes. */
    scan(collection: Collection, after: number, limit: number): StoredRecord[] {
      const found: StoredRecord[] = [];
      let bytes = 0;
      const range = { start: idKey(collection.id, after + 1), end: idKey(collection.id + 1), limit };
      for (const { key, value } of records.getRange(range)) {
        const id = recordIdOf(key);
        found.push({ id, bytes: checked(collection, id, value) });
        bytes += value.length;
        if (bytes > CHUNK_BYTES / 4) break;
      }
      return found;
    },

    /**
     * The entries of an index between two keys (without the index's own prefix), at most `limit`; the scan goes on
     * from the last entry's `key`.
     */
    scanIndex(index: Index, range: KeyRange, reverse: boolean, limit: number, after?: Buffer): IndexEntry[] {
      const from = Buffer.concat([idKey(index.id), range.from]);
      const to = range.to === undefined ? idKey(index.id + 1) : Buffer.concat([idKey(index.id), range.to]);
      const options = reverse
        ? { start: after ?? to, end: from, exclusiveStart: after !== undefined, inclusiveEnd: true }
        : { start: after ?? from, end: to, exclusiveStart: after !== undefined };
      const found: IndexEntry[] = [];
      for (const { key, value } of entries.getRange({ ...options, reverse, limit })) {
        const own = Buffer.from(key);
        found.push({
          key: own,
          record: index.unique ? recordIdOf(value, 0) : recordIdOf(own),
          body: index.unique ? own : own.subarray(0, -6),
        });
      }
      return found;
    },

    hasEntry(index: Index, key: Buffer, record: number): boolean {
      const value = entries.getBinary(entryKey(index, key, record));
      return value !== undefined && (!index.unique || recordIdOf(value) === record);
    },

    countEntries(index: Index): number {
      return entries.getKeysCount({ start: idKey(index.id), end: idKey(index.id + 1) });
    },

    async close(): Promise<void> {
      await root.close();
    },
  };
  return store;
}

/** A document's entries in one index. */
interface Prepared extends ReturnType<typeof indexEntries> {
  readonly index: Index;
}

function preparedOf(indexes: readonly Index[], bytes: Buffer): Prepared[] {
  const document = documentValue(bytes);
  return indexes.map((index) => ({ index, ...indexEntries(index, document) }));
}

function sameKeys(a: Prepared['entries'], b: Prepared['entries']): boolean {
  return a.length === b.length && a.every(({ key }, i) => key.equals(b[i]?.key as Buffer));
}

/** A range of index keys; without `to` it reaches the end of the index. */
export interface KeyRange {
  readonly from: Buffer;
  readonly to: Buffer | undefined;
}

export interface IndexEntry {
  /** The whole key, to go on from. */
  readonly key: Buffer;
  readonly record: number;
  /** The key without the record id: equal for equal indexed values. */
  readonly body: Buffer;
}

export function indexField({ path, direction }: { path: string; direction: number }): IndexField {
  return { path: parsePath(path), direction };
}

function failDuplicate(collection: Collection, index: Index, components: { shown: string; value: unknown }[]): never {
  const keyPattern: Record<string, unknown> = {};
  const keyValue: Record<string, unknown> = {};
  const shown = index.fields.map(({ path, direction }, i) => {
    keyPattern[path.text] = direction;
    keyValue[path.text] = components[i]?.value;
    return `${path.text}: ${components[i]?.shown}`;
  });
  const message = `E11000 duplicate key error collection: ${collection.ns} index: ${index.name} dup key: { ${shown.join(', ')} }`;
  return fail(11000, message, { keyPattern, keyValue });
}

/**
 * A transaction that was not stored, because the disk refused it or by a defect of this program. What is in memory
 * may no longer agree with the file, so the process has to end; the file itself is as before the transaction.
 */
export class StorageFailure extends Error {
  /** 14031 when the disk is full, otherwise 1. */
  readonly code: number;

  constructor(cause: unknown, dir: string) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const full = isFull(dir, cause);
    super(`The write could not be stored: ${full ? `no space is left on the disk of ${dir}` : message}`, { cause });
    this.code = full ? 14031 : 1;
  }
}

const ENOSPC = 28;
const EIO = 5;

/** LMDB reports a partly written page as an input/output error, so the free space decides. */
function isFull(dir: string, cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === ENOSPC) return true;
  if (code !== EIO) return false;
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < CHUNK_BYTES;
}

/** What lmdb gives for a failed commit holds a promise of the actual reason. */
async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<never> } | null)?.commitError;
  return reason === undefined ? error : reason.catch((actual: unknown) => actual);
}
