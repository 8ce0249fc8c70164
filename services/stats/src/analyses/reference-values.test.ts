import { readFileSync } from 'node:fs';
import { distancesBetween, meanSilhouette, segmentations } from '@ecobalyse/statistics';
import { describe, expect, it } from 'vitest';
import { principalAxes } from './components.js';
import { averageRanks, pearsonMatrix, spearmanMatrix } from './correlation.js';
import { type CentredModel, shareVariance } from './explained-variance.js';

/** What numpy, scipy and scikit-learn find (reference/make-reference.py). */
const reference = JSON.parse(readFileSync(new URL('../../reference/values.json', import.meta.url), 'utf8'));

function expectClose(found: readonly (number | null)[], expected: readonly number[], digits = 10): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, digits);
}

describe('correlations', () => {
  const { columns, pearson, spearman, ranks_of_third } = reference.correlations;
  const arrays = columns.map((column: number[]) => Float64Array.from(column));

  it('are those of numpy (Pearson) and scipy (Spearman, with ties)', () => {
    for (const [index, row] of pearsonMatrix(arrays).entries()) expectClose(row, pearson[index]);
    for (const [index, row] of spearmanMatrix(arrays).entries()) expectClose(row, spearman[index]);
    expect([...averageRanks(arrays[2])]).toEqual(ranks_of_third);
  });

  it('are undefined for a constant, and 1 and -1 for a line', () => {
    const line = Float64Array.from([1, 2, 3, 4]);
    const constant = new Float64Array(4).fill(0.1);
    expect(pearsonMatrix([line, line.map((value) => 5 - 2 * value), constant])).toEqual([
      [1, -1, null],
      [-1, 1, null],
      [null, null, null],
    ]);
  });
});

describe('principal axes', () => {
  it('are those of numpy', () => {
    const axes = principalAxes(reference.correlations.pearson);
    expect(axes).toHaveLength(4);
    for (const [index, { eigenvalue, weights }] of axes.entries()) {
      expect(eigenvalue).toBeCloseTo(reference.principalAxes[index].eigenvalue, 10);
      expectClose(weights, reference.principalAxes[index].weights);
    }
  });

  it('of two correlated variables are their sum and their difference', () => {
    const [first, second] = principalAxes([
      [1, 0.6],
      [0.6, 1],
    ]);
    expect(first?.eigenvalue).toBeCloseTo(1.6, 12);
    expectClose(first?.weights ?? [], [Math.SQRT1_2, Math.SQRT1_2]);
    expect(second?.eigenvalue).toBeCloseTo(0.4, 12);
  });
});

describe('explained variance', () => {
  /** The centred cross products of indicator columns, straight from the rows. */
  function modelOf(groups: readonly (readonly number[])[], target: readonly number[]): CentredModel {
    const centred = (values: readonly number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.map((value) => value - mean);
    };
    const columns: number[][] = [];
    const factors = groups.map((levels) =>
      [...new Set(levels)]
        .sort((a, b) => a - b)
        .slice(1)
        .map((level) => columns.push(centred(levels.map((value) => (value === level ? 1 : 0)))) - 1),
    );
    const y = centred(target);
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
    return {
      gram: columns.map((a) => Float64Array.from(columns, (b) => dot(a, b))),
      cross: Float64Array.from(columns, (column) => dot(column, y)),
      total: dot(y, y),
      factors,
    };
  }

  it('alone, together and shared out is that of numpy, with a collinear factor', () => {
    const { groups, target, alone, together, shapley } = reference.variance;
    const names = Object.keys(groups);
    const found = shareVariance(
      modelOf(
        names.map((name) => groups[name]),
        target,
      ),
    );
    expectClose(
      found.alone,
      names.map((name) => alone[name]),
    );
    expect(found.together).toBeCloseTo(together, 10);
    expectClose(
      found.shapley,
      names.map((name) => shapley[name]),
    );
  });

  it('of a balanced design without interaction is exactly what each factor adds', () => {
    // y = 3 a + b over the four corners: variances 9 / 4 and 1 / 4.
    const found = shareVariance(
      modelOf(
        [
          [0, 0, 1, 1],
          [0, 1, 0, 1],
        ],
        [0, 1, 3, 4],
      ),
    );
    expectClose(found.alone, [0.9, 0.1], 12);
    expectClose(found.shapley, [0.9, 0.1], 12);
    expect(found.together).toBeCloseTo(1, 12);
  });
});

describe('segments', () => {
  const { points, cuts } = reference.clusters;

  it('have the silhouettes that scikit-learn finds for the same labels', () => {
    const distances = distancesBetween(points);
    for (const { clusters, labels, silhouette } of cuts) {
      expect(meanSilhouette(distances, labels, clusters)).toBeCloseTo(silhouette, 10);
    }
  });

  it('have the centres that scikit-learn finds, and the best silhouette at the true number', () => {
    const found = segmentations(points);
    const three = cuts.find(({ clusters }: { clusters: number }) => clusters === 3);
    const centres = [...(found.get(3)?.centres ?? [])].sort(([a = 0], [b = 0]) => a - b);
    for (const [index, centre] of three.centres.entries()) expectClose(centres[index] ?? [], centre, 6);
    expect(found.get(3)?.silhouette).toBeCloseTo(three.silhouette, 6);
    const best = [...found].sort(([, a], [, b]) => b.silhouette - a.silhouette)[0];
    expect(best?.[0]).toBe(3);
  });

  it.each([
    [1, []],
    [2, []],
    [3, [2]],
    [8, [2, 3, 4, 5, 6, 7]],
    [9, [2, 3, 4, 5, 6, 7, 8]],
    [10, [2, 3, 4, 5, 6, 7, 8]],
  ])('are looked for in fewer numbers than there are different points: %i', (distinct, numbers) => {
    const different = Array.from({ length: distinct }, (_, rank) => [rank, rank ** 2]);
    expect([...segmentations([...different, ...different]).keys()]).toEqual(numbers);
  });

  it('count a point that is alone in its segment as 0', () => {
    const distances = distancesBetween([[0], [1], [10]]);
    expect(meanSilhouette(distances, [0, 0, 1], 2)).toBeCloseTo((9 / 10 + 8 / 9 + 0) / 3, 12);
    expect(meanSilhouette(distances, [0, 0, 0], 1)).toBe(0);
  });
});
