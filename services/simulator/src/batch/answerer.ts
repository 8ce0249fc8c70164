import { Piscina } from 'piscina';
import { type AnsweredGroup, answerGroup, type QueryGroup } from './answer-group.js';

/** Answers groups of queries, several at once if it can. */
export interface Answerer {
  /** How many groups it likes to have under way. */
  readonly groupsAtOnce: number;
  answer(group: QueryGroup): Promise<AnsweredGroup>;
  close(): Promise<void>;
}

/** A thread that has had nothing to do for so long ends, and gives its memory back. */
const IDLE_THREAD_MS = 60_000;

/** A thread finds its next group waiting when it has finished one. */
const GROUPS_PER_THREAD = 2;

/**
 * Batches are worked out by threads, so that they use every core and do not keep other requests waiting. Threads start with
 * the first batch.
 *
 * @param threads - 0 to answer in the calling thread, as on a machine with one core.
 */
export function createAnswerer(threads: number): Answerer {
  if (threads === 0) {
    return {
      groupsAtOnce: 1,
      answer: async (group) => answerGroup(group),
      close: async () => undefined,
    };
  }
  const pool = new Piscina<QueryGroup, AnsweredGroup>({
    filename: new URL('./answer-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_THREAD_MS,
    concurrentTasksPerWorker: GROUPS_PER_THREAD,
    recordTiming: false,
  });
  return {
    groupsAtOnce: threads * GROUPS_PER_THREAD,
    answer: (group) => pool.run(group),
    close: () => pool.destroy(),
  };
}
