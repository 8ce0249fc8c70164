import { move, transferableSymbol, valueSymbol } from 'piscina';
import { answerGroup, type QueryGroup } from './answer-group.js';

/** What a thread that works out batches does; the bytes of its answers are handed over without a copy. */
export default function answerInThread(group: QueryGroup): unknown {
  const answered = answerGroup(group);
  return move({ [transferableSymbol]: answered.lines.buffer, [valueSymbol]: answered });
}
