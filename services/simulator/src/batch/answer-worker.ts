import { parentPort } from 'node:worker_threads';
import { type AnsweredGroup, answerGroup, type QueryGroup } from './answer-group.js';
import type { PoolMessage } from './thread-pool.js';

/**
 * A thread that works out batches. Answers go back as texts: bytes handed over from thread to thread live outside the heap
 * of either, and made the receiving one collect its whole heap over and over.
 */
parentPort?.on('message', ({ id, content }: PoolMessage<QueryGroup>) => {
  parentPort?.postMessage({ id, content: answerGroup(content) } satisfies PoolMessage<AnsweredGroup>);
});
