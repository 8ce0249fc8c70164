/** Cross products of the columns of a linear model and of its target, all centred on their means. */
export interface CentredModel {
  /** Sums of products of the columns, symmetric. */
  gram: readonly Float64Array[];
  /** Sums of products of each column with the target. */
  cross: Float64Array;
  /** Sum of squares of the target. */
  total: number;
  /** Columns of each factor. */
  factors: readonly (readonly number[])[];
}

/** What a column adds to those before it is rounding when it is below this part of its own variance. */
const COLLINEAR = 1e-9;

interface Reduced {
  column: number;
  /** Its row of the triangular factor. */
  lower: Float64Array;
  projection: number;
}

/**
 * Share of the target's variance that a least-squares fit on these columns explains (R²), by a Cholesky factorisation that
 * leaves out the columns which depend on earlier ones.
 */
export function rSquared({ gram, cross, total }: CentredModel, columns: readonly number[]): number {
  if (total <= 0) return 0;
  const kept: Reduced[] = [];
  let explained = 0;
  for (const column of columns) {
    const products = gram[column] as Float64Array;
    const own = products[column] as number;
    const lower = new Float64Array(kept.length + 1);
    let residual = own;
    let projection = cross[column] as number;
    for (const [index, other] of kept.entries()) {
      let product = products[other.column] as number;
      for (let inner = 0; inner < index; inner += 1) {
        product -= (other.lower[inner] as number) * (lower[inner] as number);
      }
      const value = product / (other.lower[index] as number);
      lower[index] = value;
      residual -= value * value;
      projection -= value * other.projection;
    }
    if (residual <= COLLINEAR * own) continue;
    const diagonal = Math.sqrt(residual);
    lower[kept.length] = diagonal;
    kept.push({ column, lower, projection: projection / diagonal });
    explained += (projection / diagonal) ** 2;
  }
  return Math.min(1, explained / total);
}

/** How much of the variance each factor explains. */
export interface VarianceShares {
  /** R² of each factor alone: η² when its columns are the indicators of its groups. */
  alone: number[];
  /** Shapley value of each factor: they add up to `together`. */
  shapley: number[];
  /** R² of all factors. */
  together: number;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/**
 * Shares the R² of an additive model out among its factors: what a factor adds to those before it, on average over every
 * order of the factors (Lindeman, Merenda and Gold 1980; the Shapley value of the game whose worth is R²).
 */
export function shareVariance(model: CentredModel): VarianceShares {
  const count = model.factors.length;
  const subsets = 1 << count;
  const worth = Array.from({ length: subsets }, (_, subset) =>
    rSquared(
      model,
      model.factors.flatMap((columns, factor) => (subset & (1 << factor) ? columns : [])),
    ),
  );
  const sizeOf = (subset: number) => subset.toString(2).replaceAll('0', '').length;
  const weights = Array.from(
    { length: count },
    (_, size) => (factorial(size) * factorial(count - size - 1)) / factorial(count),
  );
  const shapley = model.factors.map((_, factor) => {
    let value = 0;
    for (let subset = 0; subset < subsets; subset += 1) {
      if (subset & (1 << factor)) continue;
      const gain = (worth[subset | (1 << factor)] as number) - (worth[subset] as number);
      value += (weights[sizeOf(subset)] as number) * gain;
    }
    return value;
  });
  return {
    alone: model.factors.map((_, factor) => worth[1 << factor] as number),
    shapley,
    together: worth[subsets - 1] as number,
  };
}
