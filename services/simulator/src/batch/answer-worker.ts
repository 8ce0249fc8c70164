import { parentPort } from 'node:worker_threads';
import { type AnsweredGroup, answerGroup, type QueryGroup } from './answer-group.js';
import type { PoolMessage } from './thread-pool.js';

/** A thread that works out batches; the bytes of its answers are handed over without a copy. */
parentPort?.on('message', ({ id, content }: PoolMessage<QueryGroup>) => {
  const answered = answerGroup(content);
  const message: PoolMessage<AnsweredGroup> = { id, content: answered };
  parentPort?.postMessage(message, [answered.lines.buffer]);
});
