import type { Collection } from '../storage/catalogue.js';
import type { Index } from '../storage/index-entries.js';
import { FULL_SCAN } from '../storage/planner.js';
import { matchingChunks } from '../storage/query.js';
import type { StoredRecord } from '../storage/records.js';
import type { Reply } from '../wire/reply.js';
import type { Call } from './command.js';

/** All records of a collection, giving way to other clients. */
export async function* everything({ server, pace }: Call, collection: Collection): AsyncGenerator<StoredRecord[]> {
  const filter = { matches: () => true, conditions: [] };
  for (const chunk of matchingChunks(server.storage, collection, filter, FULL_SCAN)) {
    yield chunk;
    await pace.giveWay();
  }
}

const sizes = new WeakMap<Collection, { version: number; bytes: number }>();

/** The bytes of a collection's documents, counted anew after a write. */
export async function dataSize(call: Call, collection: Collection): Promise<number> {
  const known = sizes.get(collection);
  if (known?.version === collection.version) return known.bytes;
  const { version } = collection;
  let bytes = 0;
  for await (const chunk of everything(call, collection)) for (const record of chunk) bytes += record.bytes.length;
  sizes.set(collection, { version, bytes });
  return bytes;
}

const CHUNK = 1000;

/** The bytes of an index's keys. */
async function indexSize({ server, pace }: Call, index: Index): Promise<number> {
  const all = { from: Buffer.alloc(0), to: undefined };
  let bytes = 0;
  for (let after: Buffer | undefined; ; ) {
    const chunk = server.storage.scanIndex(index, all, false, CHUNK, after);
    for (const { key } of chunk) bytes += key.length;
    if (chunk.length < CHUNK) return bytes;
    after = chunk.at(-1)?.key;
    await pace.giveWay();
  }
}

/** What `collStats` and `$collStats` say of a collection, in bytes. */
export async function storageStats(call: Call, collection: Collection | undefined): Promise<Reply> {
  if (collection === undefined) return { size: 0, count: 0, nindexes: 0, storageSize: 0, totalSize: 0 };
  const { count, indexes } = collection;
  const size = await dataSize(call, collection);
  const indexSizes: Record<string, number> = {};
  for (const index of indexes) indexSizes[index.name] = await indexSize(call, index);
  const totalIndexSize = Object.values(indexSizes).reduce((sum, bytes) => sum + bytes, 0);
  return {
    size,
    count,
    ...(count > 0 && { avgObjSize: Math.round(size / count) }),
    storageSize: size,
    freeStorageSize: 0,
    capped: false,
    nindexes: indexes.length,
    totalIndexSize,
    indexSizes,
    totalSize: size + totalIndexSize,
    scaleFactor: 1,
  };
}
