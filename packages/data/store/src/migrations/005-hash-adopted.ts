import { completeDocuments } from '../adopted-documents.js';
import type { Migration } from './migration.js';

/** Gives a hash of their content to documents of another platform, which had none: statistics read anew what it tells to differ. */
export const hashAdopted: Migration = async (store, signal) => {
  await store
    .collection('impacts')
    .updateMany({ '_platform.answerHash': '' }, { $unset: { '_platform.coveredCount': '' } });
  return { documentsHashed: await completeDocuments(store, {}, signal) };
};
