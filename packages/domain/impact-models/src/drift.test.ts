import { expect, it } from 'vitest';
import { binomialTail, driftsFrom, isDrifting } from './drift.js';

it.each([
  // By hand: of three throws of a coin.
  [3, 0, 0.5, 1],
  [3, 1, 0.5, 7 / 8],
  [3, 2, 0.5, 4 / 8],
  [3, 3, 0.5, 1 / 8],
  [3, 4, 0.5, 0],
  [2, 1, 0.1, 0.19],
  [0, 0, 0.1, 1],
])('of %i trials at least %i succeed, each by a chance of %f', (trials, successes, chance, tail) =>
  expect(binomialTail(trials, successes, chance)).toBeCloseTo(tail, 12),
);

it.each<[checked: number, outside: number, level: number, drifted: boolean, drifts: boolean]>([
  // Below 200 nothing is said, whatever it is.
  [199, 199, 0.9, false, false],
  // P(X >= 35) = 0.00072, P(X >= 34) = 0.0014 of 200 at 10 %.
  [200, 34, 0.9, false, false],
  [200, 35, 0.9, false, true],
  // P(X >= 28) = 0.043, P(X >= 27) = 0.067.
  [200, 28, 0.9, true, true],
  [200, 27, 0.9, true, false],
  [199, 199, 0.9, true, false],
  [500, 72, 0.9, false, false],
  [500, 73, 0.9, false, true],
  // What the intervals promise is theirs to say.
  [200, 35, 0.8, false, false],
  [200, 21, 0.95, false, false],
  [200, 22, 0.95, false, true],
])(
  'of %i products %i lie outside of intervals of %f (drifted before: %s): %s',
  (checked, outside, level, drifted, is) => expect(isDrifting({ checked, outside }, level, drifted)).toBe(is),
);

it.each([
  [199, 0.9, null],
  [200, 0.9, 35],
  [500, 0.9, 73],
])('of %i at %f it is a drift from %s on', (checked, level, from) => expect(driftsFrom(checked, level)).toBe(from));
