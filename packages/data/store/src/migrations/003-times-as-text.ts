import { STATISTICS_SUMMARY_COLLECTION } from '@ecobalyse/schema';
import type { Migration } from './migration.js';

/** Writes the time of the last statistics as text: JSON has no dates. Those of documents came with their completion. */
export const writeTimesAsText: Migration = async (store) => {
  const summaries = store.collection(STATISTICS_SUMMARY_COLLECTION);
  const summary = await summaries.findOne({ finishedAt: { $type: 'date' } });
  if (summary) {
    const finishedAt = new Date(summary.finishedAt).toISOString();
    await summaries.updateOne({ _id: summary._id }, { $set: { finishedAt } });
  }
  return { timesWritten: summary ? 1 : 0 };
};
