import { FLAT_SOURCE_FIELDS, type FlatSource } from '@ecobalyse/product-documents';
import {
  STATISTICS,
  STATISTICS_SUMMARY_COLLECTION,
  type StatisticName,
  type StatisticsSummary,
} from '@ecobalyse/schema';
import {
  BSON,
  type Document,
  Double,
  type FindCursor,
  type FindOptions,
  type IndexDescription,
  MongoServerError,
} from 'mongodb';
import type { BuildingName } from './collections.js';
import type { Store } from './connection.js';
import { batchesOf, READ_BATCH, rawBatchesOf } from './cursor-batches.js';
import { type ImpactFilter, impactQuery } from './impact-filter.js';
import { insertBytes } from './insert-bytes.js';
import { contentMark, MARK_FIELDS, type MarkLines, markLineReader } from './mark-lines.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';

const WRITE_BATCH = 1000;
/** A run that has not published by then died: the next one clears up after it. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

const projectionOf = (fields: readonly string[]) =>
  Object.fromEntries([['_id', 0], ...fields.map((field) => [field, 1])]);
const SOURCE_PROJECTION = projectionOf([...FLAT_SOURCE_FIELDS, ...MARK_FIELDS]);
/** Marks are small, and read from an index. In larger batches the driver's objects live long enough to be moved by the collector. */
const MARK_BATCH = 1000;
/** Of BSON: the length in front of a document, and a document without a field. */
const LENGTH_BYTES = 4;
const EMPTY_BYTES = 5;

/**
 * Streams identities and marks of all documents out of an index that holds both.
 *
 * @param isCounted - which documents are told, by the version of the method alone.
 * @param without - identities that are not.
 */
export function streamMarkLines(
  store: Store,
  isCounted: (document: FlatSource) => boolean,
  without: ReadonlySet<unknown>,
  signal?: AbortSignal,
): AsyncGenerator<MarkLines> {
  const fields = ['md5_id', ...MARK_FIELDS];
  const cursor = store.collection('impacts').find(
    {},
    {
      projection: projectionOf(fields),
      // The order of the index, without which a server may read the documents themselves.
      sort: Object.fromEntries(fields.map((field) => [field, 1])),
      batchSize: MARK_BATCH,
      raw: true,
    },
  );
  return rawBatchesOf(cursor, markLineReader(isCounted, without), signal);
}

/** Identities of the doubtful products that have to be checked. */
export async function findToCheck(store: Store): Promise<unknown[]> {
  const cursor = store.collection('impacts').find(impactQuery({ state: 'to-check' }), {
    projection: { _id: 0, md5_id: 1 },
  });
  return (await cursor.toArray()).map(({ md5_id }) => md5_id);
}

/** What flat rows are made from, of documents by their identity, whatever it is; those that are gone are left out. */
export async function findMarkedSources(store: Store, md5Ids: readonly unknown[]): Promise<FlatSource[]> {
  return store
    .collection('impacts')
    .find<FlatSource>({ md5_id: { $in: md5Ids as string[] } }, { projection: SOURCE_PROJECTION })
    .toArray();
}

/**
 * Streams what flat rows are made from ({@link FLAT_SOURCE_FIELDS}), of the documents that a filter finds, in batches whose
 * size does not depend on how many documents there are.
 */
export function streamFlatSources(
  store: Store,
  filter: ImpactFilter = {},
  signal?: AbortSignal,
): AsyncGenerator<FlatSource[]> {
  const cursor = store.collection('impacts').find(impactQuery(filter), {
    projection: SOURCE_PROJECTION,
    batchSize: READ_BATCH,
    raw: true,
  });
  return batchesOf(cursor, signal);
}

/** The resolved inputs of documents, by their identity. */
export async function findInputs(store: Store, md5Ids: readonly string[]): Promise<Map<string, Document>> {
  const documents = await store
    .collection('impacts')
    .find<{ md5_id: string; inputs: Document }>(
      { md5_id: { $in: [...md5Ids] } },
      { projection: { _id: 0, md5_id: 1, inputs: 1 } },
    )
    .toArray();
  return new Map(documents.map(({ md5_id, inputs }) => [md5_id, inputs]));
}

/** The inputs of a document with its mark. */
export interface MarkedInputs {
  md5_id: string;
  mark: string | null;
  inputs: Document;
  /** The same as they are stored: BSON. */
  bytes: Uint8Array;
}

/** The inputs of documents by their identity; those that have none are left out. */
export async function findMarkedInputs(store: Store, md5Ids: readonly string[]): Promise<MarkedInputs[]> {
  const found = await store
    .collection('impacts')
    .find(
      { md5_id: { $in: [...md5Ids] } },
      { projection: projectionOf(['md5_id', 'inputs', ...MARK_FIELDS]), raw: true },
    )
    .toArray();
  return found.flatMap((document) => {
    // Inner documents stay bytes.
    const { md5_id, inputs, _platform } = BSON.deserialize(document as unknown as Uint8Array, { raw: true });
    if (!(inputs instanceof Uint8Array)) return [];
    const mark = contentMark({ _platform: _platform instanceof Uint8Array ? BSON.deserialize(_platform) : null });
    return [{ md5_id, mark, inputs: BSON.deserialize(inputs), bytes: inputs }];
  });
}

/** The bytes of a document whose last fields are those of another one. */
function bsonWith(first: Document, last: Uint8Array): Uint8Array {
  const head = BSON.serialize(first);
  const bytes = Buffer.allocUnsafe(head.length + last.length - EMPTY_BYTES);
  bytes.set(head);
  // Behind the length of the one, in the place of the end of the other.
  bytes.set(last.subarray(LENGTH_BYTES), head.length - 1);
  bytes.writeInt32LE(bytes.length);
  return bytes;
}

/** A number that is stored as a double even when it is whole, as the original stored it. */
export function asDouble(value: number): number {
  return new Double(value) as unknown as number;
}

/** Indexes of the collections that grow with the documents, for the filters of the API. */
const STATISTICS_INDEXES: Partial<Record<StatisticName, IndexDescription[]>> = {
  outliers: [
    { name: 'outliers_of_product', key: { 'product.id': 1, _id: 1 } },
    { name: 'outliers_of_product_and_impact', key: { 'product.id': 1, impact_type: 1, _id: 1 } },
    { name: 'outliers_of_impact', key: { impact_type: 1, _id: 1 } },
  ],
};

type StatisticsCollection = (typeof STATISTICS)[StatisticName]['collection'] | typeof STATISTICS_SUMMARY_COLLECTION;

const NOT_IMPLEMENTED = 238;

/**
 * Puts a collection in the place of another, at once for its readers. A server that cannot replace while it renames
 * (FerretDB) drops the old one first: there, readers find nothing for a moment.
 */
async function replaceCollection(store: Store, from: BuildingName, to: StatisticsCollection): Promise<void> {
  try {
    await store.collection(from).rename(to, { dropTarget: true });
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === NOT_IMPLEMENTED)) throw error;
    await store.collection(to).drop();
    await store.collection(from).rename(to);
  }
}

/** New contents of the statistics collections, which readers see only once they are complete. */
export interface StatisticsPublication {
  /** Adds documents to a collection, after those that are there. */
  write(name: StatisticName, documents: readonly Document[]): Promise<void>;
  /** The same for documents whose last fields are BSON already. */
  writeBytes(name: StatisticName, documents: readonly (readonly [Document, Uint8Array])[]): Promise<void>;
  /**
   * Puts each new collection in the place of the old one, at once for its readers, and the summary last.
   */
  publish(summary: StatisticsSummary): Promise<void>;
  /** Drops what was written; the published collections stay as they are. */
  discard(): Promise<void>;
}

/**
 * Opens a publication: documents are written under temporary names, and renamed over the published ones at the end.
 */
export async function openStatisticsPublication(store: Store, now = Date.now()): Promise<StatisticsPublication> {
  const { db } = store.collection(STATISTICS_SUMMARY_COLLECTION);
  const marker = '__building_' as const;
  const unique = `${now}_${Math.random().toString(36).slice(2, 8)}`;
  const building = (collection: StatisticsCollection): BuildingName => `${collection}${marker}${unique}`;
  const collections: StatisticsCollection[] = [
    ...Object.values(STATISTICS).map(({ collection }) => collection),
    STATISTICS_SUMMARY_COLLECTION,
  ];
  const written = new Map<StatisticName, number>();

  const existing = await db.listCollections({}, { nameOnly: true }).toArray();
  const abandoned = existing.filter(({ name }) => {
    const startedAt = Number(name.split(marker)[1]?.split('_')[0]);
    return now - startedAt > ABANDONED_AFTER_MS;
  });
  await Promise.all(abandoned.map(({ name }) => db.dropCollection(name)));
  // A statistic without any document is published as well, as an empty collection.
  await Promise.all(collections.map((collection) => db.createCollection(building(collection))));
  // At first, while there is nothing: they grow with what is written, and nothing waits for them at the end.
  for (const [name, indexes] of Object.entries(STATISTICS_INDEXES))
    await store.collection(building(STATISTICS[name as StatisticName].collection)).createIndexes(indexes);

  /** Where documents go, and the number of the first: the order of writing is the order of reading. */
  const place = (name: StatisticName, count: number) => {
    const first = written.get(name) ?? 0;
    written.set(name, first + count);
    return { target: store.collection(building(STATISTICS[name].collection)), first };
  };

  return {
    async write(name, documents) {
      const { target, first } = place(name, documents.length);
      for (let start = 0; start < documents.length; start += WRITE_BATCH) {
        const batch = documents
          .slice(start, start + WRITE_BATCH)
          .map((document, index) => ({ ...document, _id: first + start + index }));
        await target.insertMany(batch, { ordered: false });
      }
    },

    async writeBytes(name, documents) {
      const { target, first } = place(name, documents.length);
      await insertBytes(
        target,
        documents.map(([head, rest], index) => bsonWith({ _id: first + index, ...head }, rest)),
      );
    },

    async publish(summary) {
      await store.collection(building(STATISTICS_SUMMARY_COLLECTION)).insertOne({ _id: 'last', ...summary });
      const replace = (collection: StatisticsCollection) => replaceCollection(store, building(collection), collection);
      await Promise.all(collections.filter((name) => name !== STATISTICS_SUMMARY_COLLECTION).map(replace));
      await replace(STATISTICS_SUMMARY_COLLECTION);
    },

    async discard() {
      await Promise.all(collections.map((collection) => db.dropCollection(building(collection))));
    },
  };
}

/** What to show of a statistic. */
export interface StatisticFilter {
  productId?: string | undefined;
  impactType?: string | undefined;
}

function statisticCursor(
  store: Store,
  name: StatisticName,
  filter: StatisticFilter,
  options: FindOptions,
): FindCursor<Document> {
  const { collection, productField } = STATISTICS[name];
  const conditions = {
    ...(filter.productId !== undefined && productField !== null && { [productField]: filter.productId }),
    ...(filter.impactType !== undefined && { impact_type: filter.impactType }),
  };
  return store.collection(collection).find<Document>(conditions, {
    projection: { _id: 0 },
    sort: { _id: 1 },
    ...options,
  });
}

/** What ends a cursor whose collection is replaced meanwhile: CursorNotFound, QueryPlanKilled. */
const REPLACED_WHILE_READ: readonly unknown[] = [43, 175];
const MAX_READS = 5;

/**
 * Documents of a statistic in the order in which they were written; all of them when `limit` is null. They are of one
 * publication: reading begins again when another takes its place.
 */
export async function findStatistic(
  store: Store,
  name: StatisticName,
  filter: StatisticFilter = {},
  limit: number | null = null,
  bounds: SearchBounds = {},
): Promise<Document[]> {
  for (let read = 1; ; read += 1) {
    try {
      return await statisticCursor(store, name, filter, { limit: limit ?? 0, ...boundsOf(bounds) }).toArray();
    } catch (error) {
      const isReplaced = error instanceof MongoServerError && REPLACED_WHILE_READ.includes(error.code);
      if (!isReplaced || read === MAX_READS) throw error;
    }
  }
}

/** The same as a stream of batches, for exports. */
export function streamStatistic(
  store: Store,
  name: StatisticName,
  filter: StatisticFilter = {},
): AsyncGenerator<Document[]> {
  return batchesOf(statisticCursor(store, name, filter, { batchSize: READ_BATCH, raw: true }));
}

/** What the last run of the statistics did; null before the first one. */
export async function findStatisticsSummary(
  store: Store,
  bounds: SearchBounds = {},
): Promise<StatisticsSummary | null> {
  return store.collection(STATISTICS_SUMMARY_COLLECTION).findOne({}, { projection: { _id: 0 }, ...boundsOf(bounds) });
}
