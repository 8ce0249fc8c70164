import { describe, expect, it } from 'vitest';
import reference from '../reference/values.json' with { type: 'json' };
import { adjustedRand } from './clusters.js';
import { medianRank, stratumOf, studentT } from './describe.js';
import { effects } from './effects.js';
import { outliers } from './outliers.js';
import { type SobolAnswers, sobolIndices } from './sobol.js';
import { againstGarments, standing } from './standing.js';
import { madeRow } from './testing/rows.js';

/** Values of numpy, SciPy, pandas, scikit-learn and SALib (`reference/make-reference.py`). */

const PRECISION = 1e-9;

/** Numbers that differ by rounding at most, wherever they stand. */
function expectAlike(found: unknown, expected: unknown, at = 'value'): void {
  if (typeof expected === 'number' && typeof found === 'number') {
    if (Math.abs(found - expected) > PRECISION * Math.max(1, Math.abs(expected)))
      throw new Error(`${at}: ${found} instead of ${expected}`);
    return;
  }
  if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(found as object).sort(), at).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected))
      expectAlike((found as Record<string, unknown>)[key], value, `${at}.${key}`);
    return;
  }
  expect(found, at).toBe(expected);
}

it.each(reference.strata)('describes $stratum.count values as numpy and SciPy do', ({ values, stratum }) => {
  expectAlike(stratumOf(values), stratum);
});

it.each(Object.entries(reference.student))('knows Student’s t of %s degrees of freedom', (freedom, value) => {
  expectAlike(studentT(Number(freedom)), value);
});

it.each(Object.entries(reference.median_ranks))('knows the ranks around the median of %s values', (count, rank) => {
  expect(medianRank(Number(count))).toBe(rank);
});

describe.each(['FR', 'CN'] as const)('effects paired against %s', (country) => {
  const garments = reference.effects.rows.map(({ product, mass, material, country: code, cost }, rank) =>
    madeRow(String(rank), cost, {
      product_id: product,
      query: {
        ...{ product, mass, materials: [{ id: material, share: 1 }], yarnSize: rank % 2 === 0 ? null : undefined },
        ...{ countrySpinning: code, countryFabric: code, countryDyeing: code, countryMaking: code },
      },
    }),
  );
  const { types, how } = effects(garments, 'country', country, 'item', true);

  it.each(Object.entries(reference.effects[country]))('are those of pandas for the type "%s"', (product, levels) => {
    expect(how).toBe('paired');
    const found = types.find(({ product_id }) => (product_id ?? '') === product)?.levels ?? [];
    expectAlike(Object.fromEntries(found.map(({ level, name: _, ...own }) => [level, own])), levels);
    const medians = found.map(({ percent }) => percent.median);
    expect(medians).toEqual([...medians].sort((a, b) => a - b));
  });
});

it('has the Sobol indices of SALib', () => {
  const { answers, mean, deviation, first, total, second } = reference.sobol;
  const typed = (values: readonly number[]) => Float64Array.from(values);
  const found = sobolIndices(
    { a: typed(answers.a), b: typed(answers.b), ab: answers.ab.map(typed), ba: answers.ba.map(typed) } as SobolAnswers,
    1,
  );
  expectAlike([found.mean, found.deviation], [mean, deviation]);
  expectAlike(
    found.first.map(({ value }) => value),
    first,
  );
  expectAlike(
    found.total.map(({ value }) => value),
    total,
  );
  expectAlike(Object.fromEntries([...found.second].map(([pair, { value }]) => [pair, value])), second);
});

it('finds the outliers that numpy finds', () => {
  const { costs, low, high, median, outside } = reference.outliers;
  const garments = costs.map((cost, rank) => madeRow(String(rank), cost));
  const found = outliers(garments, 'item', 10);
  expect([found.judged, found.total]).toEqual([costs.length, outside.length]);
  expect(found.outliers.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(outside);
  for (const one of found.outliers) {
    expectAlike([one.low, one.high, one.median], [low, high, median]);
    expectAlike(one.ratio, one.cost / median);
  }
});

it('places products as SciPy does', () => {
  const { own, there, median, percentiles, ratios, cheaper } = reference.standing;
  const made = (costs: readonly number[]) => costs.map((cost, rank) => madeRow(String(rank), cost));
  const name = { en: 'there', fr: 'là' };
  const found = standing(
    made(own),
    againstGarments(name, made(there)),
    'item',
    3,
    own.map((_, rank) => String(rank)),
  );
  expectAlike(
    found.asked.map(({ ratio }) => ratio),
    ratios,
  );
  // Told with one decimal.
  expectAlike(
    found.asked.map(({ percentile }) => percentile),
    percentiles.map((one) => Math.round(10 * one) / 10),
  );
  expectAlike([found.cheaper, found.types[0]?.against_median], [cheaper, median]);
});

it.each(reference.adjusted_rand)('has the adjusted Rand index of scikit-learn', ({ one, other, index }) => {
  expectAlike(adjustedRand(one, other), index);
});
