import { documentValue, readInt32 } from '../bson/values.js';
import { fail } from '../errors.js';
import { type Collection, openCatalogue } from './catalogue.js';
import { type Index, indexEntries, keyPattern } from './index-entries.js';
import { CHUNK_BYTES, CHUNK_DOCUMENTS, idKey, keysOf, openLmdbFile, recordIdOf } from './lmdb-file.js';

/** A stored document and its place. */
export interface StoredRecord {
  readonly id: number;
  readonly bytes: Buffer;
  /** Whether an index told it, with the fields that are asked for and no others. */
  readonly isAnswer?: boolean;
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
}

/** A document's entries in one index. */
interface Prepared extends ReturnType<typeof indexEntries> {
  readonly index: Index;
}

const PRESENT = Buffer.from([1]);
const recordKey = (record: number): Buffer => idKey(0, record).subarray(4);

/** Documents and indexes in one LMDB file. All writing functions must run inside {@link Storage.transaction}. */
export type Storage = ReturnType<typeof openStorage>;

/**
 * Opens the data file of a folder, creating both where they are missing.
 * @throws Error naming the file when it is no data file of this server or of a newer version
 */
export function openStorage(dir: string) {
  const file = openLmdbFile(dir);
  const { records, entries } = file;
  const catalogue = openCatalogue(file);

  function entryKey(index: Index, key: Buffer, record: number): Buffer {
    return Buffer.concat(index.unique ? [idKey(index.id), key] : [idKey(index.id), key, recordKey(record)]);
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
      catalogue.save(collection);
    }
    const value = index.unique ? recordKey(record) : PRESENT;
    for (const { key } of made) entries.putSync(entryKey(index, key, record), value);
  }

  function removeEntries({ index, entries: made }: Prepared, record: number): void {
    for (const { key } of made) entries.removeSync(entryKey(index, key, record));
  }

  /** Damaged bytes must not be walked through: a document ends where it says, with a zero. */
  function checked(collection: Collection, record: number, bytes: Buffer): Buffer {
    if (bytes.length >= 5 && readInt32(bytes, 0) === bytes.length && bytes[bytes.length - 1] === 0) return bytes;
    throw new Error(`${file.path} is damaged: record ${record} of ${collection.ns} cannot be read`);
  }

  /** The records after `after`, at most `limit` of them or a few megabytes. */
  function scan(collection: Collection, after: number, limit: number): StoredRecord[] {
    const found: StoredRecord[] = [];
    let bytes = 0;
    const range = { ...keysOf(collection.id), start: idKey(collection.id, after + 1), limit };
    for (const { key, value } of records.getRange(range)) {
      const id = recordIdOf(key);
      found.push({ id, bytes: checked(collection, id, value) });
      bytes += value.length;
      if (bytes > CHUNK_BYTES / 4) break;
    }
    return found;
  }

  /** Collections whose number of documents a transaction changed. */
  const touched = new Set<Collection>();
  function wrote(collection: Collection, documents: number): void {
    collection.written += documents;
    touched.add(collection);
  }

  /** A transaction of the file ({@link LmdbFile}); collections have their new numbers of documents when these are on the disk. */
  async function transaction<T>(write: () => T): Promise<T> {
    let counts: (readonly [Collection, number])[] = [];
    const result = await file.transaction(() => {
      const made = write();
      counts = [...touched].map((collection) => [collection, collection.written]);
      touched.clear();
      return made;
    });
    for (const [collection, count] of counts) collection.count = count;
    return result;
  }

  return {
    ...catalogue,
    transaction,
    async close(): Promise<void> {
      await catalogue.stopPurging();
      await file.close();
    },

    /** Writes an index's entries for all records. @throws CommandError 11000 or 171; what was written then stays */
    fillIndex(collection: Collection, index: Index): void {
      for (let after = 0; ; ) {
        const chunk = scan(collection, after, CHUNK_DOCUMENTS);
        for (const { id, bytes } of chunk) {
          for (const prepared of prepare(collection, [index], bytes)) putEntries(collection, prepared, id);
          after = id;
        }
        if (chunk.length === 0) return;
      }
    },

    /** @throws CommandError 11000 or 171, before anything is written */
    insert(collection: Collection, bytes: Buffer): void {
      const prepared = prepare(collection, collection.indexes, bytes);
      const record = collection.nextRecord++;
      records.putSync(idKey(collection.id, record), bytes);
      for (const one of prepared) putEntries(collection, one, record);
      wrote(collection, 1);
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
      wrote(collection, -1);
      collection.version++;
    },

    read(collection: Collection, record: number): Buffer | undefined {
      const bytes = records.getBinary(idKey(collection.id, record));
      return bytes && checked(collection, record, bytes);
    },

    scan,

    /**
     * The entries of an index between two keys (without the index's own prefix), at most `limit`; the scan goes on
     * from the last entry's `key`.
     */
    scanIndex(index: Index, range: KeyRange, reverse: boolean, limit: number, after?: Buffer): IndexEntry[] {
      const from = Buffer.concat([idKey(index.id), range.from]);
      const to = range.to === undefined ? idKey(index.id + 1) : Buffer.concat([idKey(index.id), range.to]);
      const exclusiveStart = after !== undefined;
      const options = reverse
        ? { start: after ?? to, end: from, exclusiveStart, inclusiveEnd: true }
        : { start: after ?? from, end: to, exclusiveStart };
      // Both give keys of their own, which nothing overwrites.
      if (!index.unique)
        return [...entries.getKeys({ ...options, reverse, limit }).map((key) => ({ key, record: recordIdOf(key) }))];
      const found = entries.getRange({ ...options, reverse, limit });
      return [...found.map(({ key, value }) => ({ key, record: recordIdOf(value) }))];
    },

    /** The record that a whole key of a unique index leads to. */
    holderOf(index: Index, key: Buffer): number | undefined {
      const holder = entries.getBinary(entryKey(index, key, 0));
      return holder && recordIdOf(holder);
    },

    hasEntry(index: Index, key: Buffer, record: number): boolean {
      const value = entries.getBinary(entryKey(index, key, record));
      return value !== undefined && (!index.unique || recordIdOf(value) === record);
    },

    countEntries: (index: Index): number => entries.getKeysCount(keysOf(index.id)),
  };
}

function preparedOf(indexes: readonly Index[], bytes: Buffer): Prepared[] {
  const document = documentValue(bytes);
  const found = { walks: new Map(), keys: new Map() };
  return indexes.map((index) => ({ index, ...indexEntries(index, document, found) }));
}

function sameKeys(a: Prepared['entries'], b: Prepared['entries']): boolean {
  return a.length === b.length && a.every(({ key }, i) => key.equals(b[i]?.key as Buffer));
}

function failDuplicate(collection: Collection, index: Index, components: { shown: string; value: unknown }[]): never {
  const paths = index.fields.map(({ path }) => path.text);
  const keyValue = Object.fromEntries(paths.map((path, i) => [path, components[i]?.value]));
  const shown = paths.map((path, i) => `${path}: ${components[i]?.shown}`).join(', ');
  const message = `E11000 duplicate key error collection: ${collection.ns} index: ${index.name} dup key: { ${shown} }`;
  return fail(11000, message, { keyPattern: keyPattern(index), keyValue });
}
