import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import type { AnsweredGroup, QueryGroup } from './answer-group.js';

/** Threads that answer groups of queries, so that batches use every core and keep no other request waiting. */
export interface AnswerThreads {
  /** How many groups keep the threads busy while answers are being sent. */
  readonly groupsAtOnce: number;
  /** Rejects when the thread died of it, or when the threads are closed. */
  answer(group: QueryGroup): Promise<AnsweredGroup>;
  close(): Promise<void>;
}

type Pool = Piscina<QueryGroup, Omit<AnsweredGroup, 'lines'> & { lines: Uint8Array<ArrayBuffer> }>;

/** From the source and from the build alike, it is the bundle that a thread can run. */
const WORKER = fileURLToPath(new URL('../../bundle/answer-worker.js', import.meta.url));

/** Two threads keep the one that reads and writes batches busy for half of its time. */
const MAX_THREADS = 4;

/** One under way and one that waits, so that a thread goes on while answers are on their way. */
const GROUPS_PER_THREAD = 2;

/** Two threads at work take about 150 MB, which are given back after a time without batches. */
const IDLE_TIMEOUT_MS = 60_000;

/** The threads start with the first batch. One that cannot start ends the process, whose keeper then tells. */
export function answerThreads(): AnswerThreads {
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  let pool: Promise<Pool> | undefined;
  const openPool = async (): Promise<Pool> => {
    const { Piscina } = await import('piscina');
    return new Piscina({
      filename: WORKER,
      // The flags of the process say how to run it, which may be from the source.
      execArgv: [],
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_TIMEOUT_MS,
      concurrentTasksPerWorker: GROUPS_PER_THREAD,
      recordTiming: false,
    });
  };
  return {
    groupsAtOnce: threads * GROUPS_PER_THREAD,
    async answer(group) {
      pool ??= openPool();
      const open = await pool;
      const { lines, unexpected } = await open.run(group);
      return { lines: Buffer.from(lines.buffer, lines.byteOffset, lines.length), unexpected };
    },
    close: async () => (await pool)?.destroy(),
  };
}
