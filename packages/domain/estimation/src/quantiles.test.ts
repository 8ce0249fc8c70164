import { expect, it } from 'vitest';
import { quantiles, standardError, width90 } from './quantiles.js';

const HUNDRED = Array.from({ length: 100 }, (_, rank) => ((37 * rank) % 100) + 1);

it.each<[string, readonly number[], readonly number[]]>([
  ['numbers that all differ: those of Hazen', HUNDRED, [5.5, 50.5, 95.5]],
  ['equal numbers, of which half count as below', [2, 1, 1, 1, 1], [1, 1.2, 2]],
  ['one number', [3, 3], [3, 3, 3]],
])('quantiles of %s', (_what, numbers, found) => {
  quantiles(numbers, [0.05, 0.5, 0.95]).forEach((value, at) => {
    expect(value).toBeCloseTo(found[at] as number, 12);
  });
});

it('the middle 90 % of a hundred numbers spans 90', () => expect(width90(HUNDRED)).toBeCloseTo(90, 12));

it('the error of a mean is the deviation by the root of the number', () => {
  expect(standardError([4, 1, 3, 2])).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12);
});
