import { expect, it } from 'vitest';
import { checkBlocks } from './check-blocks.js';

/** Checks, the last arrival first; those of `outside` lie outside. */
const checks = (count: number, outside: readonly number[] = []) =>
  Array.from({ length: count }, (_, at) => ({
    ...{ at: new Date(1000 * (count - at)).toISOString(), md5_id: String(at), product_id: 'tshirt' },
    ...{ catalogue: null, ecs: 100, prediction: 101, inside: !outside.includes(at) },
  }));
const second = (nth: number) => new Date(1000 * nth).toISOString();

it.each([
  ['none', checks(0), []],
  ['fewer than one part', checks(2, [1]), [{ from: second(1), to: second(2), checked: 2, inside: 0.5 }]],
  ['one part', checks(3, [0, 2]), [{ from: second(1), to: second(3), checked: 3, inside: 1 / 3 }]],
  [
    'one more, the oldest',
    checks(4, [3]),
    [
      { from: second(1), to: second(1), checked: 1, inside: 0 },
      { from: second(2), to: second(4), checked: 3, inside: 1 },
    ],
  ],
])('%s', (_, given, blocks) => expect(checkBlocks(given, 3)).toEqual(blocks));
