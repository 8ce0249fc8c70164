import { COST_PARTS } from '@ecobalyse/schema';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { COST_COLUMNS } from '../garment-table.js';
import type { Workbench } from '../workbench.js';
import { COMPLETE_COSTS } from './stages.js';

/** A row of `stats_components`. */
export interface ComponentRow {
  component: number;
  documents: number;
  eigenvalue: number;
  explained_variance: number;
  cumulative_variance: number;
  weights: Record<string, number>;
  loadings: Record<string, number>;
  means: Record<string, number>;
  deviations: Record<string, number>;
  centroids: Record<string, number>;
}

/**
 * Without the last digits, which depend on the order of the rows: documents that are as near to two centres would change their
 * segment from one run to the next.
 */
const settled = (value: number) => Number(value.toPrecision(12));

/** Below this part of the mean, the deviation of a cost is rounding. */
const CONSTANT = 1e-9;

/** One principal direction of a correlation matrix. */
export interface PrincipalAxis {
  eigenvalue: number;
  /** Unit eigenvector; its greatest coefficient is positive, so that the sign does not depend on the solver. */
  weights: number[];
}

/** Eigenvalues and eigenvectors of a symmetric matrix, greatest first. */
export function principalAxes(correlations: readonly (readonly number[])[]): PrincipalAxis[] {
  const decomposition = new EigenvalueDecomposition(new Matrix(correlations.map((row) => [...row])), {
    assumeSymmetric: true,
  });
  return decomposition.realEigenvalues
    .map((eigenvalue, index) => {
      const vector = decomposition.eigenvectorMatrix.getColumn(index);
      const greatest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) + 1e-9 ? value : best), 0);
      // A correlation matrix has no negative eigenvalue but for rounding.
      return { eigenvalue: Math.max(0, eigenvalue), weights: vector.map((value) => (greatest < 0 ? -value : value)) };
    })
    .sort((a, b) => b.eigenvalue - a.eigenvalue);
}

const alias = (index: number, other: number) => `c${index}_${other}`;

/**
 * `stats_components`: principal components of the standardised costs of the parts, over every document. A part whose cost is
 * the same everywhere has no correlation with anything and is left out.
 */
export async function computeComponents(bench: Workbench): Promise<ComponentRow[]> {
  const source = `FROM garments WHERE ${COMPLETE_COSTS}`;
  const moments = await bench.row<Record<string, number | null>>(`
    SELECT count(*)::INTEGER AS documents,
      ${COST_PARTS.map((part) => `favg(cost_${part}) AS mean_${part}, stddev_pop(cost_${part}) AS deviation_${part}`)}
    ${source}
  `);
  const documents = moments.documents ?? 0;
  const mean = (part: string) => settled(moments[`mean_${part}`] ?? 0);
  const deviation = (part: string) => settled(moments[`deviation_${part}`] ?? 0);
  const parts = COST_PARTS.filter((part) => deviation(part) > CONSTANT * Math.abs(mean(part)));
  if (documents < 3 || parts.length < 2) return [];

  const pairs = parts.flatMap((first, row) =>
    parts.slice(row + 1).map((second, skip) => ({ first, second, row, column: row + 1 + skip })),
  );
  const found = await bench.row<Record<string, number>>(
    `SELECT ${pairs.map(({ first, second, row, column }) => `corr(cost_${first}, cost_${second}) AS ${alias(row, column)}`)} ${source}`,
  );
  const matrix = parts.map((_, row) =>
    parts.map((__, column) =>
      row === column ? 1 : settled(found[alias(Math.min(row, column), Math.max(row, column))] ?? 0),
    ),
  );
  const productMeans = await bench.rows<Record<string, number | string>>(
    `SELECT product_id, ${COST_COLUMNS.map((column) => `favg(${column}) AS ${column}`)} ${source} GROUP BY ALL ORDER BY ALL`,
  );

  const named = (values: readonly number[]) =>
    Object.fromEntries(parts.map((part, index) => [part, values[index] ?? 0]));
  const means = named(parts.map(mean));
  const deviations = named(parts.map(deviation));
  let cumulative = 0;
  return principalAxes(matrix).map(({ eigenvalue, weights }, index) => {
    cumulative += eigenvalue / parts.length;
    return {
      component: index + 1,
      documents,
      eigenvalue,
      explained_variance: eigenvalue / parts.length,
      cumulative_variance: Math.min(1, cumulative),
      weights: named(weights),
      loadings: named(weights.map((weight) => weight * Math.sqrt(eigenvalue))),
      means,
      deviations,
      centroids: Object.fromEntries(
        productMeans.map((row) => [
          row.product_id,
          parts.reduce(
            (score, part, at) =>
              score + ((weights[at] ?? 0) * (Number(row[`cost_${part}`]) - mean(part))) / deviation(part),
            0,
          ),
        ]),
      ),
    };
  });
}
