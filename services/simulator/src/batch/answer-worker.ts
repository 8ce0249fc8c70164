import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type AnsweredGroup, answerGroup, type QueryGroup } from './answer-group.js';

/**
 * What a thread does: answers a group. The bytes of the answers change hands, without a copy.
 *
 * @returns an {@link AnsweredGroup}, whose `lines` arrive as a `Uint8Array`.
 */
export default function answerInThread({ items, wish }: QueryGroup): unknown {
  const group: AnsweredGroup = answerGroup(items, wish);
  return move({ [transferableSymbol]: [group.lines.buffer], [valueSymbol]: group });
}
