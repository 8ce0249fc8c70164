import { describe, expect, it } from 'vitest';
import { drawNumber, likelihood, logUniform, triangular } from './laws.js';
import { meanOf, quantiles, standardError, width90 } from './quantiles.js';
import { drawIndex, drawOne, seededRandom } from './random.js';

describe('a triangular law from 10 over 20 to 50', () => {
  const law = triangular([10, 20, 50]);
  it.each([
    [9.99, 0, 0],
    [10, 0, 0],
    [15, 0.025, 0.0625],
    [20, 0.05, 0.25],
    [35, 0.025, 0.8125],
    [50, 0, 1],
    [50.01, 0, 1],
  ])('at %d has the density %d, and %d up to there', (value, density, upTo) => {
    expect(law.density(value)).toBeCloseTo(density, 12);
    expect(law.upTo(value)).toBeCloseTo(upTo, 12);
  });
  it.each([
    [0, 10],
    [0.0625, 15],
    [0.25, 20],
    [0.8125, 35],
    [1, 50],
  ])('has a share of %d up to %d', (share, value) => expect(law.at(share)).toBeCloseTo(value, 12));

  it('may rise to its end or fall from its beginning', () => {
    expect(triangular([10, 50, 50]).density(50)).toBeCloseTo(0.05, 12);
    expect(triangular([10, 50, 50]).at(0.25)).toBeCloseTo(30, 12);
    expect(triangular([10, 10, 50]).density(10)).toBeCloseTo(0.05, 12);
    expect(triangular([10, 10, 50]).upTo(30)).toBeCloseTo(0.75, 12);
  });
});

describe('a law of magnitudes from 1 to 100', () => {
  const law = logUniform([1, 100]);
  it.each([
    [0.99, 0, 0],
    [1, 1 / Math.log(100), 0],
    [10, 0.1 / Math.log(100), 0.5],
    [100, 0.01 / Math.log(100), 1],
    [101, 0, 1],
  ])('at %d has the density %d, and %d up to there', (value, density, upTo) => {
    expect(law.density(value)).toBeCloseTo(density, 12);
    expect(law.upTo(value)).toBeCloseTo(upTo, 12);
  });
  it.each([
    [0, 1],
    [0.5, 10],
    [1, 100],
  ])('has a share of %d up to %d', (share, value) => expect(law.at(share)).toBeCloseTo(value, 10));
});

describe('a number', () => {
  const law = triangular([10, 20, 50]);
  const range = (from: number, to: number, whole = false) => ({ from, to, whole });
  it.each([
    [15, undefined, 0.025],
    [undefined, undefined, 1],
    [null, undefined, 1],
    [undefined, range(15, 35), 0.75],
    [undefined, { values: [15, 20, 60] }, 0.075],
  ])('that is %j, or in %j, goes as well with its law as %d', (known, domain, fit) =>
    expect(likelihood(law, known, domain)).toBeCloseTo(fit, 12),
  );

  it.each([
    [range(15, 35), 0.25, 20],
    [range(10, 50), 0.0625, 15],
    // Where the law says nothing: evenly, to a ten-thousandth.
    [range(60, 70), 0.123_456, 61.2346],
    [range(60, 70, true), 0.26, 63],
    [range(10.4, 10.6, true), 0, 10.4],
    [range(10.6, 10.7, true), 0.9, 10.7],
    [range(15.00001, 15.00002), 0.5, 15.00001],
    [{ values: [5, 20, 15] }, 0.66, 20],
    [{ values: [5, 20, 15] }, 0.67, 15],
    [{ values: [60, 70, 80] }, 0.34, 70],
  ])('of %j is, by the die %d, %d', (domain, die, drawn) =>
    expect(drawNumber(law, domain, () => die)).toBeCloseTo(drawn, 9),
  );
});

describe('numbers of a generator', () => {
  it('are those of Mulberry32', () => {
    const random = seededRandom(1);
    expect([random(), random(), random()]).toEqual([
      0.627_073_940_588_161_3, 0.002_735_721_180_215_478, 0.527_447_039_959_952_2,
    ]);
    expect(seededRandom(2 ** 32 + 1)()).toBe(0.627_073_940_588_161_3);
  });

  it.each([
    [0, 1],
    [0.24, 1],
    [0.25, 3],
    [0.99, 3],
    [1, 3],
  ])('pick by weights: by the die %d the one at %d', (die, at) => expect(drawIndex([0, 1, 0, 3], () => die)).toBe(at));

  it.each([
    [0, 'a'],
    [0.34, 'b'],
    [0.99, 'c'],
  ])('pick evenly: by the die %d %s', (die, value) => expect(drawOne(['a', 'b', 'c'], () => die)).toBe(value));
});

describe('what numbers are like', () => {
  it.each([
    [
      [4, 1, 3, 2],
      [0, 0.125, 0.25, 0.5, 0.875, 1],
      [1, 1, 1.5, 2.5, 4, 4],
    ],
    [
      [1, 1, 2],
      [0.33, 1 / 3, 7 / 12, 5 / 6, 0.9],
      [1, 1, 1.5, 2, 2],
    ],
    [[7], [0.1, 0.9], [7, 7]],
  ])('of %j the quantiles %j are %j', (numbers, shares, values) => {
    quantiles(numbers, shares).forEach((value, at) => {
      expect(value).toBeCloseTo(values[at] as number, 12);
    });
  });

  it('are their mean, the error of it and the width of the middle nine tenths', () => {
    expect(meanOf([1, 2, 6])).toBe(3);
    expect(standardError([1, 2, 6])).toBeCloseTo(Math.sqrt((4 + 1 + 9) / 2 / 3), 12);
    expect(standardError([5])).toBe(0);
    // Hazen: places 1 and 19 of 20 halves.
    expect(width90(Array.from({ length: 20 }, (_, at) => at))).toBeCloseTo(18, 12);
  });
});
