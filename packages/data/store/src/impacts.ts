import { bsonOfJson, joinBson, jsonValueOf } from '@ecobalyse/bson';
import type { BsonDocument } from '@ecobalyse/product-documents';
import { type ImpactDocument, type PlatformFields, tagsOfReplaced } from '@ecobalyse/schema';
import { type AnyBulkWriteOperation, MongoBulkWriteError, ObjectId } from 'mongodb';
import type { Store } from './connection.js';
import { impactQuery } from './impact-filter.js';
import { insertBytes } from './insert-bytes.js';
import { type Invalidates, withInvalidation } from './invalidations.js';
import { keepFormerVersions } from './method-versions.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';

const DUPLICATE_KEY = 11_000;

const impactsOf = (store: Store) => store.collection('impacts');

/** Distinct product types, in alphabetical order. */
export async function listProductIds(store: Store, { maxTimeMs }: SearchBounds = {}): Promise<string[]> {
  // The driver cannot break this command off.
  const ids = await impactsOf(store).distinct('product_id', {}, boundsOf({ maxTimeMs }));
  return ids.sort();
}

/** Whether a product with this identity is stored. */
export async function hasImpact(store: Store, md5Id: string): Promise<boolean> {
  const found = await impactsOf(store).findOne({ md5_id: md5Id }, { projection: { _id: 1 } });
  return found !== null;
}

/** What is known of a stored product that is to be added. */
export interface KnownProduct {
  md5_id: string;
  ecs: number;
  insertedBy: string | null;
  /** Version of the method that the cost is by. */
  methodVersion: string | null;
}

/** The products among these identities that are stored, by identity. */
export async function findKnownProducts(store: Store, md5Ids: readonly string[]): Promise<Map<string, KnownProduct>> {
  const found = await impactsOf(store)
    .find({ md5_id: { $in: [...md5Ids] } })
    .project<{
      md5_id: string;
      impacts: { ecs: number };
      _platform?: { insertedByRun?: string | null; methodVersion?: string | null };
    }>({
      ...{ _id: 0, md5_id: 1, 'impacts.ecs': 1 },
      ...{ '_platform.insertedByRun': 1, '_platform.methodVersion': 1 },
    })
    .toArray();
  return new Map(
    found.map(({ md5_id, impacts: { ecs }, _platform: { insertedByRun = null, methodVersion = null } = {} }) => [
      md5_id,
      { md5_id, ecs, insertedBy: insertedByRun, methodVersion },
    ]),
  );
}

/** The type of a product; null when none has this identity. */
export async function findProductType(store: Store, md5Id: string): Promise<string | null> {
  const found = await impactsOf(store).findOne({ md5_id: md5Id }, { projection: { product_id: 1 } });
  return found?.product_id ?? null;
}

/**
 * Adds products at once; those whose identity is there already are left out, whoever added them.
 *
 * @returns whether all of them were new.
 */
export async function insertImpacts(store: Store, documents: readonly ImpactDocument[]): Promise<boolean> {
  if (documents.length === 0) return true;
  try {
    await impactsOf(store).insertMany([...documents], { ordered: false });
    return true;
  } catch (error) {
    if (onlyDuplicates(error)) return false;
    throw error;
  }
}

/** Deletes a product; false when there was none. */
export async function deleteImpact(store: Store, md5Id: string): Promise<boolean> {
  const { deletedCount } = await impactsOf(store).deleteOne({ md5_id: md5Id });
  for (const name of ['impact_versions', 'method_changes'] as const)
    await store.collection(name).deleteMany({ md5_id: md5Id });
  return deletedCount > 0;
}

/**
 * Confirms doubtful products, which count in statistics and training from then on.
 *
 * @returns how many of them were to be checked.
 */
export async function confirmImpacts(
  store: Store,
  cache: Invalidates,
  md5Ids: readonly string[],
  { by, at }: { by: string | null; at: Date },
): Promise<number> {
  const waiting = { md5_id: { $in: [...md5Ids] }, ...impactQuery({ state: 'to-check' }) };
  const tags = tagsOfReplaced(await impactsOf(store).distinct('product_id', waiting));
  const confirmed = { '_platform.state': 'confirmed', '_platform.confirmed': { by, at: at.toISOString() } } as const;
  const write = () => impactsOf(store).updateMany(waiting, { $set: confirmed });
  return (await withInvalidation(store, cache, { tags, write })).modifiedCount;
}

export async function countImpacts(store: Store): Promise<number> {
  return impactsOf(store).countDocuments();
}

type StoredVersion = Pick<ImpactDocument, 'md5_id'> & {
  _platform: Pick<
    PlatformFields,
    'answerHash' | 'createdAt' | 'insertedByRun' | 'source' | 'methodVersion' | 'state' | 'confirmed'
  >;
};

/** Whether a write of several documents failed for nothing but keys that are there already. */
export function onlyDuplicates(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const writeErrors = [error.writeErrors].flat();
  return writeErrors.length > 0 && writeErrors.every(({ code }) => code === DUPLICATE_KEY);
}

/** A document to be stored, whole or with its answer as BSON; no value of JSON is bytes, so that they are told apart. */
export type NewImpact = ImpactDocument | BsonDocument;
const isBson = (document: NewImpact): document is BsonDocument => Buffer.isBuffer(document.bson);

function wholeOf(document: NewImpact): ImpactDocument {
  if (!isBson(document)) return document;
  const { bson, ...facts } = document;
  return { ...jsonValueOf(bson), ...facts } as ImpactDocument;
}

/** A document of nothing but an `_id`, in front of which stand its length, and the type and name of the field. */
const idDocument = (id: ObjectId) => Buffer.from([22, 0, 0, 0, 7, 0x5f, 0x69, 0x64, 0, ...id.id, 0]);

function bytesOf(document: NewImpact): Buffer {
  const id = idDocument(new ObjectId());
  if (!isBson(document)) return joinBson(id, bsonOfJson(document));
  const { bson, ...facts } = document;
  return joinBson(id, bson, bsonOfJson(facts));
}

function* eachAsBytes(documents: readonly NewImpact[]): Generator<Uint8Array> {
  for (const document of documents) yield bytesOf(document);
}

/**
 * Stores the answers of a batch by their identity: new ones are inserted, changed ones replaced, unchanged ones left
 * alone. One by another version of the method is kept beside that which takes its place. Writing the same batch twice, or by two workers at once, ends in the same documents.
 *
 * @returns the product types whose documents changed.
 */
export async function upsertImpacts(store: Store, batch: readonly NewImpact[]): Promise<string[]> {
  if (batch.length === 0) return [];
  const documents = [...new Map(batch.map((document) => [document.md5_id, document])).values()];
  const impacts = impactsOf(store);
  const known = await impacts
    .find({ md5_id: { $in: documents.map(({ md5_id }) => md5_id) } })
    .project<StoredVersion>({
      _id: 0,
      md5_id: 1,
      '_platform.answerHash': 1,
      '_platform.createdAt': 1,
      '_platform.insertedByRun': 1,
      '_platform.source': 1,
      '_platform.methodVersion': 1,
      '_platform.state': 1,
      '_platform.confirmed': 1,
    })
    .toArray();
  const stored = new Map(known.map((version) => [version.md5_id, version._platform]));

  const hasOtherVersion = ({ md5_id, _platform: { methodVersion } }: NewImpact) =>
    stored.has(md5_id) && methodVersion !== null && methodVersion !== (stored.get(md5_id)?.methodVersion ?? null);
  await keepFormerVersions(store, documents.filter(hasOtherVersion).map(wholeOf));
  const changedTypes = new Set<string>();
  const added: NewImpact[] = [];
  const writes = documents.flatMap((document): AnyBulkWriteOperation<ImpactDocument>[] => {
    const before = stored.get(document.md5_id);
    if (before?.answerHash === document._platform.answerHash && !hasOtherVersion(document)) return [];
    changedTypes.add(document.product_id);
    if (before === undefined) {
      added.push(document);
      return [];
    }
    const { createdAt, insertedByRun, source: origin, state, confirmed } = before;
    const source = origin === 'other' ? document._platform.source : origin;
    // What somebody has confirmed is what was asked for, whatever it costs.
    const isConfirmed = confirmed && { state, confirmed };
    const replacement = {
      ...wholeOf(document),
      _platform: { ...document._platform, createdAt, insertedByRun, source, ...isConfirmed },
    };
    return [{ replaceOne: { filter: { md5_id: document.md5_id }, replacement, upsert: true } }];
  });
  // What another worker inserted meanwhile is as good, and left as it is.
  await insertBytes(impacts, eachAsBytes(added), ({ code }) => code === DUPLICATE_KEY);
  if (writes.length === 0) return [...changedTypes];
  try {
    await impacts.bulkWrite(writes, { ordered: false });
  } catch (error) {
    // Somebody deleted it meanwhile, and two workers inserted it at the same time: the other one's document is as good.
    if (!onlyDuplicates(error)) throw error;
  }
  return [...changedTypes];
}

/** What a run did to the documents. */
export interface RunEffect {
  inserted: number;
  updated: number;
}

/** Counts the documents that a run inserted, and those that were there before and that it changed. */
export async function countRunEffect(store: Store, runId: string): Promise<RunEffect> {
  const impacts = impactsOf(store);
  const [inserted, changed] = await Promise.all([
    impacts.countDocuments({ '_platform.insertedByRun': runId }),
    impacts.countDocuments({ '_platform.updatedByRun': runId, '_platform.insertedByRun': { $ne: runId } }),
  ]);
  return { inserted, updated: changed };
}

/** How many of these identities are stored. */
export async function countStored(store: Store, md5Ids: readonly string[]): Promise<number> {
  const slice = 1000;
  let found = 0;
  for (let start = 0; start < md5Ids.length; start += slice) {
    found += await impactsOf(store).countDocuments({ md5_id: { $in: md5Ids.slice(start, start + slice) } });
  }
  return found;
}
