import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUnits, inUnits, shapley } from './shapley.js';

const figures = (values: readonly number[]) => shapley(values).map(fromUnits);
const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n);

/** Values by hand: the glove game, where 0 has a left glove, 1 and 2 a right one each; and two that halve what they share. */
it.each<[string, number[], number[]]>([
  ['nobody', [7], []],
  ['one player', [3, 10], [7]],
  ['two that add up', [10, 12, 15, 17], [2, 5]],
  ['two that share what they make together', [0, 0, 0, 8], [4, 4]],
  ['two of which one makes the other worth less', [100, 90, 50, 48], [-6, -46]],
  ['half a millionth each, rounded down', [0, 0, 0, -1e-6], [-1e-6, 0]],
  ['three gloves', [0, 0, 0, 6, 0, 6, 0, 6], [4, 1, 1]],
])('%s', (_, values, expected) => {
  expect(figures(values)).toEqual(expected);
});

it('three that share a third each lie within a millionth of it and add up', () => {
  const parts = shapley([0, 0, 0, 0, 0, 0, 0, 1]);
  expect(parts.map(Number).sort()).toEqual([333_333, 333_333, 333_334]);
});

it('refuses values that are none of all coalitions', () => {
  expect(() => shapley([1, 2, 3])).toThrow(RangeError);
});

it('equals the mean over all orders, as reference/make-reference.py works it out', () => {
  const cases = JSON.parse(readFileSync(new URL('../reference/values.json', import.meta.url), 'utf8')) as {
    values: number[];
    shapley: number[];
  }[];
  expect(cases.map(({ shapley: parts }) => parts.length)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (const { values, shapley: expected } of cases)
    for (const [player, part] of figures(values).entries())
      expect(Math.abs(part - (expected[player] as number))).toBeLessThan(1.000001e-6);
});

describe('for any values', () => {
  const valuesOf = (players: number) =>
    fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2 ** players, maxLength: 2 ** players });
  const someValues = fc.integer({ min: 1, max: 6 }).chain(valuesOf);
  const options = { seed: 20, numRuns: 100 };

  it('the parts add up to the last digit', () => {
    fc.assert(
      fc.property(someValues, (values) => {
        expect(sum(shapley(values))).toBe(inUnits(values.at(-1) as number) - inUnits(values[0] as number));
      }),
      options,
    );
  });

  it('one that changes nothing gets nothing, two that do the same get the same', () => {
    fc.assert(
      fc.property(valuesOf(3), (values) => {
        // Player 3 changes nothing; players 0 and 1 only count by how many of them there are.
        const twins = values.map((_, coalition) => values[[0, 1, 1, 3][coalition & 3] ?? 0] as number);
        const one = (coalition: number) => (twins[coalition & 3] as number) + ((coalition & 4) === 0 ? 0 : 5);
        const [a, b, c, nobody] = shapley(Array.from({ length: 16 }, (_, coalition) => one(coalition)));
        expect(Math.abs(Number((a as bigint) - (b as bigint)))).toBeLessThanOrEqual(1);
        expect(Math.abs(Number((c as bigint) - 5_000_000n))).toBeLessThanOrEqual(1);
        expect(nobody).toBe(0n);
      }),
      options,
    );
  });

  it('seen from the other end they are the same with the other sign, within a millionth', () => {
    fc.assert(
      fc.property(someValues, (values) => {
        const there = shapley(values);
        for (const [player, part] of shapley(values.toReversed()).entries())
          expect(Math.abs(Number(part + (there[player] as bigint)))).toBeLessThanOrEqual(1);
      }),
      options,
    );
  });
});
