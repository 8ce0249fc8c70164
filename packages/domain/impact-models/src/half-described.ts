import { openCompletions } from './completions.js';
import { type Conformal, INTERVAL_LEVEL, intervalAround } from './conformal.js';
import type { Predict, Sample } from './families/family.js';
import type { FeatureSpec } from './feature-spec.js';
import { COUNTRY_FIELDS, type Garment, type KnownField } from './garment.js';

/** A predicted cost with the bounds around it, in Pts. */
export interface Estimate {
  readonly prediction: number;
  readonly low: number;
  readonly high: number;
}

/** What the bounds of garments that lack the same fields are multiplied by, so that their share of costs lies between. */
export interface Widening {
  readonly low: number;
  readonly high: number;
}

/** Share of the costs that lie below and above the interval. */
const TAIL = (1 - INTERVAL_LEVEL) / 2;
/** Samples that each kind of half-described garment is calibrated on. */
const CALIBRATED_ON = 300;

type Loss = (garment: Garment, turn: number) => Garment;

const without = (garment: Garment, fields: readonly KnownField[]): Garment => ({
  ...garment,
  known: { ...garment.known, ...Object.fromEntries(fields.map((field) => [field, null])) },
});

/** What a garment can lack: whether it does, and how it comes to. Countries count by how many are missing. */
const LOSSES: readonly { name: string; lacks: (garment: Garment) => boolean; lose: Loss }[] = [
  {
    name: 'mass',
    lacks: ({ massKg }) => massKg === null,
    lose: (garment) => ({ ...garment, massKg: null }),
  },
  {
    name: 'materials',
    lacks: ({ materials }) => materials === null,
    lose: (garment) => ({ ...garment, materials: null }),
  },
  ...(['product', 'fabricProcess'] as const).map((field) => ({
    name: field,
    lacks: ({ known }: Garment) => known[field] === null,
    lose: (garment: Garment) => without(garment, [field]),
  })),
  ...COUNTRY_FIELDS.map((_, index) => ({
    name: `${index + 1} of ${COUNTRY_FIELDS.length} countries`,
    lacks: ({ known }: Garment) => COUNTRY_FIELDS.filter((field) => known[field] === null).length === index + 1,
    lose: (garment: Garment, turn: number) => {
      const order = COUNTRY_FIELDS.map((__, place) => COUNTRY_FIELDS[(turn + place) % COUNTRY_FIELDS.length]);
      return without(garment, order.slice(0, index + 1) as KnownField[]);
    },
  })),
];

const nameOf = (losses: readonly { name: string }[]) => losses.map(({ name }) => name).join(', ');

/** What a garment lacks, as one text; empty when it lacks nothing. */
export function missingFields(garment: Garment): string {
  return nameOf(LOSSES.filter(({ lacks }) => lacks(garment)));
}

/** Every way of lacking fields, by what {@link missingFields} calls it. */
const WAYS: ReadonlyMap<string, Loss> = new Map(
  Array.from({ length: 1 << LOSSES.length }, (_, subset) => LOSSES.filter((__, index) => subset & (1 << index)))
    .filter((lost) => lost.length > 0 && lost.filter(({ name }) => name.endsWith('countries')).length < 2)
    .map((lost): [string, Loss] => [
      nameOf(lost),
      (garment, turn) => lost.reduce((left, { lose }) => lose(left, turn), garment),
    ]),
);

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] as number;
}

/** Estimates garments that may lack fields, from the whole garments that they could be. */
export type Estimator = (garment: Garment) => Estimate;

/** An estimate is the mean over the completions of a garment; its bounds leave out a tail of theirs at either end. */
export function openEstimator(spec: FeatureSpec, predict: Predict, conformal: Conformal): Estimator {
  const complete = openCompletions(spec);
  return (garment) => {
    const predictions = predict(complete(garment));
    const intervals = predictions.map((prediction) => intervalAround(prediction, conformal));
    const sorted = (bound: 'low' | 'high') => intervals.map((interval) => interval[bound]).sort((a, b) => a - b);
    return {
      prediction: predictions.reduce((sum, prediction) => sum + prediction, 0) / predictions.length,
      low: quantile(sorted('low'), TAIL),
      high: quantile(sorted('high'), 1 - TAIL),
    };
  };
}

/** The bounds as calibrated; the prediction stays between them. */
export function widened({ prediction, low, high }: Estimate, by: Widening | undefined): Estimate {
  if (!by) return { prediction, low, high };
  return { prediction, low: Math.min(prediction, low * by.low), high: Math.max(prediction, high * by.high) };
}

/**
 * Measures how far the bounds have to be moved for each way of lacking fields, on samples that the model was not trained
 * on and that lose those fields: conformalized quantile regression (Romano, Patterson and Candès, 2019), at either end.
 * A few completions are too few to tell a tail, and those that agree most differ less than garments do.
 */
export function calibrateHalfDescribed(estimate: Estimator, samples: readonly Sample[]): Record<string, Widening> {
  const used = samples.slice(0, CALIBRATED_ON);
  const rank = Math.min(used.length, Math.ceil((used.length + 1) * (1 - TAIL)));
  const outermost = (factors: number[]) => factors.sort((a, b) => a - b)[rank - 1] ?? Number.POSITIVE_INFINITY;
  return Object.fromEntries(
    [...WAYS].map(([name, lose]) => {
      const ratios = used.map(({ garment, cost }, turn) => {
        const { low, high } = estimate(lose(garment, turn));
        return { low: low / cost, high: cost / high };
      });
      return [
        name,
        { low: 1 / outermost(ratios.map(({ low }) => low)), high: outermost(ratios.map(({ high }) => high)) },
      ];
    }),
  );
}

/** Share of samples whose cost is between the bounds when each of them has lost fields, every way in turn. */
export function halfDescribedCoverage(
  estimate: Estimator,
  widenings: Readonly<Record<string, Widening>>,
  samples: readonly Sample[],
): number {
  const ways = [...WAYS];
  const inside = samples.filter(({ garment, cost }, turn) => {
    const [name, lose] = ways[turn % ways.length] as (typeof ways)[number];
    const { low, high } = widened(estimate(lose(garment, turn)), widenings[name]);
    return low <= cost && cost <= high;
  });
  return inside.length / samples.length;
}
