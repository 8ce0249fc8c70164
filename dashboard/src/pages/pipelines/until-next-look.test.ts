import { expect, it } from 'vitest';
import { untilNextLook } from './until-next-look.js';

it.each([
  ['a month', 30 * 86_400_000, 86_400_000],
  ['a day', 86_400_000, 86_400_000],
  ['a day less what is waited after it', 86_398_000, 86_400_000],
  ['a moment less than that', 86_397_999, 86_399_999],
  ['one millisecond', 1, 2001],
  ['none', 0, 15_000],
  ['less than none: it is late', -60_000, 15_000],
])('when there is %s left', (_what, left, wait) => {
  expect(untilNextLook(left)).toBe(wait);
});
