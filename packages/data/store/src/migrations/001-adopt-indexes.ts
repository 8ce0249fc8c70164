import { reconcileIndexes } from '../indexes.js';
import type { Migration } from './migration.js';

/** Makes the indexes of the original platform ours: its identities may be repeated, which a unique index forbids. */
export const adoptIndexes: Migration = async (store) => {
  const { created, adopted, replaced, removed } = await reconcileIndexes(store);
  const repeated = Object.keys(removed).length > 0;
  return {
    indexesCreated: created.length,
    ...(adopted.length > 0 && { indexesAdopted: adopted }),
    ...(replaced.length > 0 && { indexesReplaced: replaced }),
    ...(repeated && {
      repeatedRemoved: removed,
      kept: 'of each identity the document that covers the most impacts, of those the one that was stored first',
    }),
  };
};
