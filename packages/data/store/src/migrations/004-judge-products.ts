import { checkOf } from '@ecobalyse/product-documents';
import type { ImpactDocument, PlatformFields } from '@ecobalyse/schema';
import type { AnyBulkWriteOperation, ObjectId } from 'mongodb';
import type { Migration } from './migration.js';

const BATCH = 500;

/** Marks the doubtful ones of the products that users added before there were rules. */
export const judgeProducts: Migration = async (store, signal) => {
  const impacts = store.collection('impacts');
  const found = impacts
    .find({ '_platform.source': 'api', '_platform.state': null })
    .project<Record<string, unknown> & { _id: ObjectId; _platform?: Partial<PlatformFields> }>({
      impacts: 1,
      'inputs.mass': 1,
      'inputs.product.id': 1,
      '_platform.query': 1,
    });
  let marked = 0;
  let writes: AnyBulkWriteOperation<ImpactDocument>[] = [];
  const write = async () => {
    if (writes.length > 0) await impacts.bulkWrite(writes, { ordered: false });
    marked += writes.length;
    writes = [];
  };
  for await (const { _id, _platform, ...answer } of found) {
    signal.throwIfAborted();
    const { warnings, state } = checkOf(_platform?.query ?? {}, answer);
    if (state === undefined) continue;
    const marks = { '_platform.warnings': warnings, '_platform.state': state };
    writes.push({ updateOne: { filter: { _id }, update: { $set: marks } } });
    if (writes.length === BATCH) await write();
  }
  await write();
  return { productsToCheck: marked };
};
