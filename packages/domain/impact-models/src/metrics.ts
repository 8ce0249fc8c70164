import { groupBy } from '@ecobalyse/schema';
import type { Predict, Sample } from './families/family.js';
import { composition } from './garment.js';

/** Errors of predictions; costs in Pts, `mape` and `bias` in percent. */
export interface Metrics {
  r2: number;
  rmse: number;
  mae: number;
  mape: number;
  /** Median and 95th percentile of the absolute error, in percent of the cost: one garment cannot move them. */
  medianApe: number;
  p95Ape: number;
  /** Mean error in percent of the mean cost: positive when predictions are too high. */
  bias: number;
}

/** The value that a share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Rank correlation (Spearman, 1904). */
export function rankCorrelation(first: readonly number[], second: readonly number[]): number {
  const ranks = (values: readonly number[]) => {
    const order = values.map((_, at) => at).sort((a, b) => (values[a] as number) - (values[b] as number));
    const found = new Float64Array(values.length);
    order.forEach((at, rank) => {
      found[at] = rank;
    });
    return found;
  };
  const [a, b, count] = [ranks(first), ranks(second), first.length];
  const squares = a.reduce((sum, rank, at) => sum + (rank - (b[at] as number)) ** 2, 0);
  return 1 - (6 * squares) / (count * (count * count - 1));
}

/** The metrics of predictions beside the costs; both have at least one member. */
export function metricsOf(costs: readonly number[], predictions: readonly number[]): Metrics {
  const count = costs.length;
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / count;
  const relative = costs.map((cost, at) => 100 * Math.abs((predictions[at] as number) / cost - 1));
  const totals = { squared: 0, absolute: 0, relative: 0, signed: 0, variance: 0 };
  costs.forEach((cost, at) => {
    const error = (predictions[at] as number) - cost;
    totals.squared += error ** 2;
    totals.absolute += Math.abs(error);
    totals.relative += Math.abs(error / cost);
    totals.signed += error;
    totals.variance += (cost - mean) ** 2;
  });
  return {
    r2: totals.variance > 0 ? 1 - totals.squared / totals.variance : 0,
    rmse: Math.sqrt(totals.squared / count),
    mae: totals.absolute / count,
    mape: (100 * totals.relative) / count,
    medianApe: quantile(relative, 0.5),
    p95Ape: quantile(relative, 0.95),
    bias: (100 * totals.signed) / count / mean,
  };
}

/** A prediction that is far from the cost. */
export interface WorstCase {
  id: string;
  product: string;
  massKg: number;
  materials: string;
  countryMaking: string;
  fabricProcess: string;
  cost: number;
  prediction: number;
}

const WORST_CASES = 20;

export interface Evaluation {
  metrics: Metrics;
  /** Mean error in percent of the mean cost, by product type. */
  biasByProduct: Record<string, number>;
  worst: WorstCase[];
}

/** Predicts every sample and says how far that is from the costs. */
export function evaluate(predict: Predict, samples: readonly Sample[]): Evaluation {
  const predictions = predict(samples.map(({ garment }) => garment));
  const rated = samples.map(({ id, garment, cost }, at) => ({
    id,
    product: garment.known.product,
    massKg: garment.massKg,
    materials: composition(garment.materials),
    countryMaking: garment.known.countryMaking,
    fabricProcess: garment.known.fabricProcess,
    cost,
    prediction: predictions[at] as number,
  }));
  const errors = (members: readonly WorstCase[]) =>
    metricsOf(
      members.map(({ cost }) => cost),
      members.map(({ prediction }) => prediction),
    );
  return {
    metrics: errors(rated),
    biasByProduct: Object.fromEntries(
      [...groupBy(rated, ({ product }) => product)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([product, members]) => [product, errors(members).bias]),
    ),
    worst: rated
      .toSorted((a, b) => Math.abs(b.prediction - b.cost) - Math.abs(a.prediction - a.cost))
      .slice(0, WORST_CASES),
  };
}
