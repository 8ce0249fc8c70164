import { randomUUID } from 'node:crypto';
import { deserialize, serialize } from 'bson';
import { parsePath } from '../bson/path.js';
import type { Index, IndexField } from './index-entries.js';
import { idKey, keysOf, type LmdbFile, recordIdOf } from './lmdb-file.js';

/** A collection as the catalogue knows it. */
export interface Collection {
  ns: string;
  readonly id: number;
  readonly uuid: string;
  readonly indexes: Index[];
  /** Number of documents that are on the disk, as reads find them. */
  count: number;
  /** Number of documents with the writes that are still under way. */
  written: number;
  nextRecord: number;
  /** Grows with every write, so that a reader can tell whether its answer still holds. */
  version: number;
  dropped: boolean;
}

interface StoredCollection {
  id: number;
  uuid: string;
  indexes: (Omit<Index, 'fields'> & { fields: { path: string; direction: number }[] })[];
}

const NEXT_ID_KEY = Buffer.from('next');
const keyOf = (ns: string): Buffer => Buffer.from(`c:${ns}`);

export function indexField({ path, direction }: { path: string; direction: number }): IndexField {
  return { path: parsePath(path), direction };
}

/** Which collections and indexes there are. All changes must run inside a transaction of the file. */
export function openCatalogue({ meta, records, entries, transaction, removeAll }: LmdbFile) {
  const collections = new Map<string, Collection>();
  let nextId = meta.getBinary(NEXT_ID_KEY)?.readUInt32BE() ?? 1;
  for (const { key, value } of meta.getRange({ start: keyOf(''), end: Buffer.from('c;') })) {
    const { id, uuid, indexes } = deserialize(value) as StoredCollection;
    const [last] = [...records.getKeys({ start: idKey(id + 1), end: idKey(id), reverse: true, limit: 1 })];
    const ns = key.toString('utf8', keyOf('').length);
    const count = records.getKeysCount(keysOf(id));
    collections.set(ns, {
      ns,
      id,
      uuid,
      indexes: indexes.map((index) => ({ ...index, fields: index.fields.map(indexField) })),
      count,
      written: count,
      nextRecord: last === undefined ? 1 : recordIdOf(last) + 1,
      version: 0,
      dropped: false,
    });
  }

  function allocateId(): number {
    const id = nextId++;
    meta.putSync(NEXT_ID_KEY, idKey(nextId));
    return id;
  }

  function save(collection: Collection): void {
    // Its name may be another collection's by now.
    if (collection.dropped) return;
    const { id, uuid } = collection;
    const indexes = collection.indexes.map((index) => ({
      ...index,
      fields: index.fields.map(({ path, direction }) => ({ path: path.text, direction })),
    }));
    meta.putSync(keyOf(collection.ns), Buffer.from(serialize({ id, uuid, indexes })));
  }

  function forget(collection: Collection): void {
    collections.delete(collection.ns);
    meta.removeSync(keyOf(collection.ns));
  }

  /** Remembers what to delete, so that it goes even after a crash. */
  function doom(name: string, id: number, indexes: readonly Index[]): void {
    meta.putSync(Buffer.from(`d:${name}`), Buffer.from(serialize({ id, indexes: indexes.map((index) => index.id) })));
  }

  let purging: Promise<void> | undefined;
  let isStopped = false;
  const goesOn = () => !isStopped;

  async function purge(): Promise<void> {
    for (;;) {
      const [doomed] = [...meta.getRange({ start: Buffer.from('d:'), end: Buffer.from('d;'), limit: 1 })];
      if (doomed === undefined || isStopped) break;
      const { id, indexes } = deserialize(doomed.value) as { id: number; indexes: number[] };
      await removeAll(records, id, goesOn);
      for (const index of indexes) await removeAll(entries, index, goesOn);
      if (goesOn()) await transaction(() => meta.removeSync(doomed.key));
    }
    purging = undefined;
  }

  /** Deletes the data of dropped collections and indexes; called again meanwhile, that of what was dropped since as well. */
  function purgeDropped(): Promise<void> {
    purging ??= purge();
    return purging;
  }

  /** Ends the deleting where it is: the next start goes on with it. */
  async function stopPurging(): Promise<void> {
    isStopped = true;
    await purging?.catch(() => undefined);
  }

  function drop(collection: Collection): void {
    forget(collection);
    collection.dropped = true;
    doom(String(collection.id), collection.id, collection.indexes);
  }

  /** Adds an index without entries. */
  function addIndex(collection: Collection, index: Pick<Index, 'name' | 'fields' | 'unique' | 'sparse'>): Index {
    const added: Index = { ...index, id: allocateId(), multikey: false, cut: false };
    collection.indexes.push(added);
    save(collection);
    return added;
  }

  function dropIndex(collection: Collection, index: Index): void {
    const at = collection.indexes.indexOf(index);
    if (at === -1) return;
    collection.indexes.splice(at, 1);
    save(collection);
    doom(`i${index.id}`, 0, [index]);
  }

  return {
    collections: collections as ReadonlyMap<string, Collection>,
    collection: (ns: string): Collection | undefined => collections.get(ns),
    save,
    drop,
    addIndex,
    dropIndex,
    purgeDropped,
    stopPurging,

    create(ns: string): Collection {
      const id = allocateId();
      const collection = {
        ns,
        id,
        uuid: randomUUID(),
        indexes: [],
        count: 0,
        written: 0,
        nextRecord: 1,
        version: 0,
        dropped: false,
      };
      collections.set(ns, collection);
      addIndex(collection, {
        name: '_id_',
        fields: [indexField({ path: '_id', direction: 1 })],
        unique: true,
        sparse: false,
      });
      return collection;
    },

    /** Gives a collection another name; one that has it is dropped. */
    rename(collection: Collection, ns: string): void {
      const target = collections.get(ns);
      if (target) drop(target);
      forget(collection);
      collection.ns = ns;
      collections.set(ns, collection);
      save(collection);
    },
  };
}
