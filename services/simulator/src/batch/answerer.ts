import { type AnsweredGroup, answerGroup, type QueryGroup } from './answer-group.js';
import { threadPool } from './thread-pool.js';

/** Answers groups of queries, several at once if it can. */
export interface Answerer {
  /** How many groups it likes to have under way. */
  readonly groupsAtOnce: number;
  answer(group: QueryGroup): Promise<AnsweredGroup>;
  close(): Promise<void>;
}

/** So many that a thread need not wait while answers are being sent. */
const GROUPS_PER_THREAD = 4;

/**
 * Batches are worked out by threads, so that they use every core and do not keep other requests waiting. Threads start with
 * the first batch.
 *
 * @param threads - 0 to answer in the calling thread, as on a machine with one core.
 */
export function createAnswerer(threads: number): Answerer {
  if (threads === 0) {
    return { groupsAtOnce: 1, answer: async (group) => answerGroup(group), close: async () => undefined };
  }
  const pool = threadPool<QueryGroup, AnsweredGroup>(new URL('./answer-worker.js', import.meta.url), threads);
  return { groupsAtOnce: threads * GROUPS_PER_THREAD, answer: pool.run, close: pool.close };
}
