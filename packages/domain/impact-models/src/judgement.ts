import { CORE_FIELDS } from './completions.js';
import { MISSING_FIELDS, STRATA } from './design.js';
import type { Estimate, Estimator } from './estimator.js';
import type { Sample } from './families/family.js';
import type { Garment } from './garment.js';
import { type Metrics, metricsOf, quantile, rankCorrelation } from './metrics.js';

/** What a model reached on the garments of one stratum. */
export interface StratumReport extends Metrics {
  stratum: string;
  count: number;
  /** Share of the costs inside the intervals. */
  coverage: number;
  /** Median half-width of the intervals, as a share of the prediction. */
  width: number;
}

/** What a model reached on garments unlike those that it was trained on. */
export interface Judgement {
  strata: StratumReport[];
  /** Mean over the strata of whole garments of the median absolute error, in percent. */
  error: number;
  /** Share of all costs of whole garments inside the intervals. */
  coverage: number;
  /** Median half-width of the intervals of whole garments, as a share of the prediction. */
  intervalWidth: number;
  /** Rank correlation of the width of the intervals and the error, both in Pts, over all strata. */
  widthRank: number;
  /** Whether every prediction is finite, above 0 and inside its interval. */
  sound: boolean;
}

/** Stratum of garments that were held out by their group, where there is no suite. */
const HELD_OUT = 'held out';

/** A garment without some of what it has to tell; each turn another way, never without everything. */
export function losing(garment: Garment, turn: number): Garment {
  const fields = CORE_FIELDS.filter((field) => field !== 'countrySpinning');
  const ways = (1 << fields.length) - 2;
  const lost = new Set<string>(fields.filter((_, at) => ((turn % ways) + 1) & (1 << at)));
  const known = Object.fromEntries(
    Object.entries(garment.known).map(([field, value]) => [field, lost.has(field) ? null : value]),
  ) as Garment['known'];
  return {
    ...garment,
    massKg: lost.has('mass') ? null : garment.massKg,
    materials: lost.has('materials') ? null : garment.materials,
    known: lost.has('countryFabric') ? { ...known, countrySpinning: null } : known,
  };
}

const widthOf = ({ prediction, low, high }: Estimate) => (high - low) / 2 / prediction;

/** Judges a model on the suite, stratum by stratum. */
export function judge(estimate: Estimator, suite: readonly Sample[]): Judgement {
  const judged = [...STRATA, HELD_OUT].flatMap((stratum) => {
    const members = suite.filter(({ set }) => (set ?? HELD_OUT) === stratum);
    const estimates = members.map(({ garment }, turn) =>
      estimate(stratum === MISSING_FIELDS ? losing(garment, turn) : garment),
    );
    return members.length === 0 ? [] : [{ stratum, members, estimates }];
  });
  const strata = judged.map(({ stratum, members, estimates }): StratumReport => {
    const costs = members.map(({ cost }) => cost);
    return {
      stratum,
      count: members.length,
      ...metricsOf(
        costs,
        estimates.map(({ prediction }) => prediction),
      ),
      coverage: coverage(members, estimates),
      width: quantile(estimates.map(widthOf), 0.5),
    };
  });
  const whole = judged.filter(({ stratum }) => stratum !== MISSING_FIELDS);
  const all = judged.flatMap(({ members, estimates }) =>
    members.map(({ cost }, at) => ({ cost, ...(estimates[at] as Estimate) })),
  );
  const medians = strata.filter(({ stratum }) => stratum !== MISSING_FIELDS).map(({ medianApe }) => medianApe);
  return {
    strata,
    error: medians.reduce((sum, median) => sum + median, 0) / medians.length,
    coverage: coverage(
      whole.flatMap(({ members }) => members),
      whole.flatMap(({ estimates }) => estimates),
    ),
    intervalWidth: quantile(whole.flatMap(({ estimates }) => estimates).map(widthOf), 0.5),
    widthRank: rankCorrelation(
      all.map(({ low, high }) => high - low),
      all.map(({ cost, prediction }) => Math.abs(cost - prediction)),
    ),
    sound: all.every(
      ({ prediction, low, high }) =>
        Number.isFinite(prediction) && prediction > 0 && low <= prediction && prediction <= high,
    ),
  };
}

function coverage(samples: readonly Sample[], estimates: readonly Estimate[]): number {
  const inside = samples.filter(({ cost }, at) => {
    const { low, high } = estimates[at] as Estimate;
    return low <= cost && cost <= high;
  });
  return inside.length / samples.length;
}
