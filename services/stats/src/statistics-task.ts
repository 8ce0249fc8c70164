import type { TaskContext } from '@ecobalyse/pipeline';
import type { StatisticsSummary, TaskResult } from '@ecobalyse/schema';
import { countImpacts, type Invalidates, type Store } from '@ecobalyse/store';
import type { SparkOptions } from './spark-statistics.js';

/** What the task works with. */
export interface Resources {
  store: Store;
  /** Null where nothing is cached. */
  cache: Invalidates | null;
  /** Memory that DuckDB may use. */
  memoryMb: number;
  /** Where rows are kept between two runs; undefined: every run reads all documents. */
  folder?: string | undefined;
  /** The cluster that computes the contract's statistics; undefined: DuckDB does. */
  spark?: SparkOptions | undefined;
}

const PROGRESS_EVERY = 10_000;

/** What a run tells the history of its pipeline. */
export function toTaskResult(summary: StatisticsSummary): TaskResult<'statistics'> {
  const { read, documents, duplicates, skippedDocuments, incompleteDocuments, collections, milliseconds, notes } =
    summary;
  return { read, documents, duplicates, skippedDocuments, incompleteDocuments, collections, milliseconds, notes };
}

/** Tells the progress each time that so many more documents were read; what was planned may have grown meanwhile. */
export function progressOfReading(planned: number, progress: TaskContext['progress']) {
  let reported = 0;
  return async (read: number): Promise<void> => {
    if (read - reported < PROGRESS_EVERY) return;
    reported = read;
    await progress(read, Math.max(planned, read));
  };
}

/**
 * The `statistics` task: computes and publishes every statistic, and drops the cached answers about them. Without Redis the
 * run still counts.
 */
export async function computeStatistics(
  { signal, progress, log }: Pick<TaskContext, 'signal' | 'progress' | 'log'>,
  { store, cache, memoryMb, folder, spark }: Resources,
): Promise<TaskResult<'statistics'>> {
  const onRead = progressOfReading(await countImpacts(store), progress);
  // DuckDB, which a start need not read.
  const { runStatistics } = await import('./statistics-run.js');
  const summary = await runStatistics({ store, cache, memoryMb, signal, onRead, folder, spark, log });
  await progress(summary.read, summary.read);
  for (const note of summary.notes) await log(note);
  return toTaskResult(summary);
}
