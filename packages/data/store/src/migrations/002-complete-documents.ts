import { MongoServerError } from 'mongodb';
import { completeDocuments } from '../adopted-documents.js';
import type { Migration } from './migration.js';

const INDEX_NOT_FOUND = 27;
const NAMESPACE_NOT_FOUND = 26;
/** Ranked without regard to coverage. */
const FORMER_INDEX = 'impacts_of_product_by_average';

/** Adds what the platform adds to every document that lacks it, and lets the index go that served the ranking before. */
export const completeAllDocuments: Migration = async (store, signal) => {
  const documentsCompleted = await completeDocuments(store, {}, signal);
  await store
    .collection('impacts')
    .dropIndex(FORMER_INDEX)
    .catch((error: unknown) => {
      const absent =
        error instanceof MongoServerError && [INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND].includes(Number(error.code));
      if (!absent) throw error;
    });
  return { documentsCompleted };
};
