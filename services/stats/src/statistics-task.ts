import type { TaskContext } from '@ecobalyse/pipeline';
import type { StatisticsSummary, TaskResult } from '@ecobalyse/schema';
import { countImpacts, type Invalidates, type Store } from '@ecobalyse/store';
import { runStatistics } from './statistics-run.js';

/** What the task works with. */
export interface Resources {
  store: Store;
  /** Null where nothing is cached. */
  cache: Invalidates | null;
  /** Memory that DuckDB may use. */
  memoryMb: number;
}

const PROGRESS_EVERY = 10_000;

/** What a run tells the history of its pipeline. */
export function toTaskResult(summary: StatisticsSummary): TaskResult<'statistics'> {
  const { read, documents, duplicates, skippedDocuments, incompleteDocuments, collections, milliseconds, notes } =
    summary;
  return { read, documents, duplicates, skippedDocuments, incompleteDocuments, collections, milliseconds, notes };
}

/**
 * The `statistics` task: computes and publishes every statistic, and drops the cached answers about them. Without Redis the
 * run still counts.
 */
export async function computeStatistics(
  { signal, progress, log }: Pick<TaskContext, 'signal' | 'progress' | 'log'>,
  { store, cache, memoryMb }: Resources,
): Promise<TaskResult<'statistics'>> {
  const planned = await countImpacts(store);
  let reported = 0;
  const summary = await runStatistics({
    store,
    cache,
    memoryMb,
    signal,
    async onRead(read) {
      if (read - reported < PROGRESS_EVERY) return;
      reported = read;
      await progress(read, Math.max(planned, read));
    },
  });
  await progress(summary.read, summary.read);
  for (const note of summary.notes) await log(note);
  return toTaskResult(summary);
}
