import { expect, it } from 'vitest';
import { askModel, sobolIndices } from './sobol.js';

/** Ishigami and Homma (1990): its indices are known. */
const ishigami = (place: Float64Array) => {
  const [x, y, z] = [...place].map((one) => -Math.PI + 2 * Math.PI * one) as [number, number, number];
  return Math.sin(x) + 7 * Math.sin(y) ** 2 + 0.1 * z ** 4 * Math.sin(x);
};
const FIRST = [0.3139, 0.4424, 0];
const TOTAL = [0.5576, 0.4424, 0.2437];
const SECOND = { '0 1': 0, '0 2': 0.2437, '1 2': 0 };

const answers = askModel(ishigami, 3, 4096, 7);
const found = sobolIndices(answers, 8);

it('has the known indices of Ishigami’s function within twice their errors, which are small', () => {
  const away = (index: { value: number; error: number } | undefined, known: number) => {
    expect(index?.error).toBeGreaterThan(0);
    expect(index?.error).toBeLessThan(0.12);
    return Math.abs((index?.value ?? Number.NaN) - known) / (2 * (index?.error ?? 0));
  };
  FIRST.forEach((known, rank) => {
    expect(away(found.first[rank], known)).toBeLessThan(1);
  });
  TOTAL.forEach((known, rank) => {
    expect(away(found.total[rank], known)).toBeLessThan(1);
  });
  for (const [pair, known] of Object.entries(SECOND)) expect(away(found.second.get(pair), known)).toBeLessThan(1);
  // Mean a / 2, variance a² / 8 + b π⁴ / 5 + b² π⁸ / 18 + 1 / 2.
  expect(found.mean).toBeCloseTo(3.5, 0);
  expect(found.deviation).toBeCloseTo(3.72, 1);
});

it('covers the known first order index by its interval in about 95 of 100 draws', () => {
  const inside = Array.from({ length: 60 }, (_, seed) => {
    const [index] = sobolIndices(askModel(ishigami, 3, 256, 100 + seed), seed).first;
    return Math.abs((index?.value ?? 0) - 0.3139) <= (index?.error ?? 0);
  }).filter(Boolean).length;
  expect(inside).toBeGreaterThanOrEqual(52);
});

it('is the same for a seed, and another for another', () => {
  const again = askModel(ishigami, 3, 64, 1);
  expect(askModel(ishigami, 3, 64, 1)).toEqual(again);
  expect(askModel(ishigami, 3, 64, 2).a).not.toEqual(again.a);
  expect(sobolIndices(again, 1)).toEqual(sobolIndices(again, 1));
  expect(sobolIndices(again, 1).first[0]?.error).not.toBe(sobolIndices(again, 2).first[0]?.error);
});

it('asks n (2 d + 2) times, with one column of the other sample in each', () => {
  let asked = 0;
  const { a, b, ab, ba } = askModel(
    (place) => {
      asked += 1;
      return (place[0] as number) + 10 * (place[1] as number);
    },
    2,
    4,
    1,
  );
  expect(asked).toBe(4 * 6);
  // What the two swapped places add up to is what the unswapped ones do, for a model that is a sum.
  for (let row = 0; row < 4; row += 1) {
    const sum = (a[row] as number) + (b[row] as number);
    for (const column of [0, 1])
      expect((ab[column]?.[row] as number) + (ba[column]?.[row] as number)).toBeCloseTo(sum, 12);
    expect(ab[0]?.[row]).not.toBe(ab[1]?.[row]);
  }
});

it('tells nothing of a model that answers one value', () => {
  const { first, total, deviation } = sobolIndices(
    askModel(() => 3, 2, 16, 1),
    1,
  );
  expect([deviation, ...first, ...total].map((one) => (typeof one === 'number' ? one : one.value))).toEqual([
    0, 0, 0, 0, 0,
  ]);
});
