import { adoptedFields } from '@ecobalyse/product-documents';
import { type ImpactDocument, tagsOfReplaced } from '@ecobalyse/schema';
import type { AnyBulkWriteOperation, Document, Filter } from 'mongodb';
import { ObjectId } from 'mongodb';
import type { Store } from './connection.js';
import { withInvalidation } from './invalidations.js';

/** Documents completed by one write. */
const BATCH = 500;

/** Documents that lack what the platform adds, or that an earlier version of it wrote; an index finds them. */
export const INCOMPLETE: Filter<Document> = { '_platform.coveredCount': null };

const addedAt = ({ _id }: Document) => (_id instanceof ObjectId ? _id.getTimestamp() : new Date());

/**
 * Adds what the platform adds to documents that another platform, or an earlier version of this one, wrote into the
 * database: at any time, also beside us. Whoever does it at the same time, or is killed meanwhile, does no harm.
 *
 * @param scope - only documents that it finds.
 * @returns how many documents were completed.
 */
export async function completeDocuments(
  store: Store,
  scope: Filter<Document> = {},
  signal?: AbortSignal,
): Promise<number> {
  const impacts = store.collection('impacts');
  for (let completed = 0; ; ) {
    signal?.throwIfAborted();
    const found = await impacts
      .find({ $and: [scope, INCOMPLETE] })
      .limit(BATCH)
      .toArray();
    if (found.length === 0) return completed;
    const writes = found.map(
      (document): AnyBulkWriteOperation<ImpactDocument> => ({
        updateOne: {
          filter: { _id: document._id, ...INCOMPLETE },
          update: { $set: { _platform: adoptedFields(document, addedAt(document)) } },
        },
      }),
    );
    const tags = tagsOfReplaced(found.map(({ product_id }: Partial<ImpactDocument>) => String(product_id)));
    await withInvalidation(store, null, { tags, write: () => impacts.bulkWrite(writes, { ordered: false }) });
    completed += found.length;
  }
}
