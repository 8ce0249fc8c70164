import type { AnyBulkWriteOperation, Collection, Document, Filter } from 'mongodb';
import type { CollectionTypes } from './collections.js';
import type { Store } from './connection.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';

/** Reference collections, and the fields that identify a document in each. */
const KEYS = {
  countries: ['code'],
  materials: ['id'],
  products: ['id'],
  fabricProcess: ['id'],
  products_details: ['product', 'label'],
  impacts_documentation: ['code'],
} as const;

export type ReferenceName = keyof typeof KEYS;

/**
 * Makes a reference collection hold exactly these documents: each is written by its key, then those that are no longer
 * listed are deleted. Readers never see it empty.
 */
export async function replaceReference<Name extends ReferenceName>(
  store: Store,
  name: Name,
  documents: readonly CollectionTypes[Name][],
): Promise<number> {
  if (documents.length === 0) throw new Error(`upstream listed nothing for ${name}: the known list is kept`);
  // Whatever the documents are: they are written as given, and only the fields of the key are looked at.
  const collection = store.collection(name) as unknown as Collection<Document>;
  const keyOf = (document: Document): Filter<Document> =>
    Object.fromEntries(KEYS[name].map((field) => [field, document[field]]));
  const writes = documents.map(
    (document): AnyBulkWriteOperation<Document> => ({
      replaceOne: { filter: keyOf(document), replacement: { ...document }, upsert: true },
    }),
  );
  await collection.bulkWrite(writes, { ordered: false });
  await collection.deleteMany({ $nor: documents.map(keyOf) });
  return documents.length;
}

/** A reference list as upstream gave it, in the order of its key; empty before the first extraction. */
export function listReference(store: Store, name: ReferenceName, bounds: SearchBounds = {}): Promise<Document[]> {
  return store
    .collection(name)
    .find<Document>({}, { projection: { _id: 0 }, ...boundsOf(bounds) })
    .sort(Object.fromEntries(KEYS[name].map((field) => [field, 1])))
    .toArray();
}
