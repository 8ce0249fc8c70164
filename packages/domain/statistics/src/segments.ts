import { seededRandom } from '@ecobalyse/estimation';
import { COST_PARTS, type CostPart, groupBy, type SegmentFeature, type Segments, type Words } from '@ecobalyse/schema';
import { adjustedRand, bestOf, centresOf, nearestTo, segmentations } from './clusters.js';
import { meanOf, quantileOf, sorted } from './describe.js';
import { costOf, type Garment, whichOf } from './garments.js';
import { numberIn, partName, productName, sentence } from './words.js';

/** Garments that centres are looked for on: of more, those whose identities come first are a draw. */
const SAMPLE = 1000;
const RESAMPLES = 20;
/** From this adjusted Rand index on, the mean and that of all but the worst, segments are called stable. */
const STABLE = { mean: 0.8, p5: 0.6 };
/** Fewer garments are no segments. */
const LEAST = 20;
const MOST_TYPES = 3;

const sharesOf = ({ stages, ecs }: Garment): number[] => COST_PARTS.map((part) => stages[part] / ecs);

const FEATURES: Readonly<Record<SegmentFeature, (garment: Garment) => number[]>> = {
  shares: sharesOf,
  cost_per_100g: (garment) => [Math.log(costOf(garment, '100g'))],
};

const NAMES = {
  shares: {
    en: '{part}: {own}% of the cost (among all: {usual}%)',
    fr: '{part} : {own} % du coût (dans l’ensemble : {usual} %)',
  },
  cost_per_100g: { en: '{low} to {high} points per 100 g', fr: 'de {low} à {high} points pour 100 g' },
} as const satisfies Readonly<Record<SegmentFeature, Words>>;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function stabilityOf(points: number[][], centres: readonly number[][], seed: number) {
  const random = seededRandom(seed);
  const labels = points.map((point) => nearestTo(point, centres));
  const alike = Array.from({ length: RESAMPLES }, (_, resample) => {
    const drawn = points.map(() => points[Math.floor(random() * points.length)] as number[]);
    const distinct = new Set(drawn.map((point) => JSON.stringify(point))).size;
    const found = centresOf(drawn, Math.min(centres.length, distinct), resample);
    return adjustedRand(
      labels,
      points.map((point) => nearestTo(point, found)),
    );
  });
  const [mean, p5] = [meanOf(alike), quantileOf(sorted(alike), 0.05)];
  return { mean, p5, resamples: RESAMPLES, stable: mean >= STABLE.mean && p5 >= STABLE.p5 };
}

/**
 * Groups of garments whose costs are made up alike, or cost alike by 100 g: k-means with the number of segments of the best mean
 * silhouette (Rousseeuw 1987), from the cheapest 100 g on, and how much they are the same when garments are drawn again.
 */
export function segments(
  garments: readonly Garment[],
  of: SegmentFeature,
  seed: number,
): Pick<Segments['catalogues'][number], 'silhouette' | 'silhouettes' | 'stability' | 'segments'> {
  const ordered = [...garments].sort((a, b) => (a.id < b.id ? -1 : 1));
  const points = ordered.map(FEATURES[of]);
  const sample = points.slice(0, SAMPLE);
  const candidates = ordered.length < LEAST ? new Map() : segmentations(sample);
  const best = bestOf(candidates);
  if (!best) return { silhouette: null, silhouettes: {}, stability: null, segments: [] };
  const { centres, silhouette } = best;

  const members = ordered.map((garment, index) => {
    const point = points[index] as number[];
    const label = nearestTo(point, centres);
    const centre = centres[label] as number[];
    return {
      garment,
      label,
      away: point.reduce((sum, value, axis) => sum + (value - (centre[axis] as number)) ** 2, 0),
    };
  });
  const meanShares = (some: readonly Garment[]): Record<CostPart, number> => {
    const all = some.map(sharesOf);
    return Object.fromEntries(
      COST_PARTS.map((part, axis) => [part, meanOf(all.map((one) => one[axis] as number))]),
    ) as Record<CostPart, number>;
  };
  const overall = meanShares(ordered);
  const found = [...groupBy(members, ({ label }) => label).values()].map((group) => {
    const own = group.map(({ garment }) => garment);
    const costs = sorted(own.map((garment) => costOf(garment, '100g')));
    const [median, p5, p95] = [0.5, 0.05, 0.95].map((share) => quantileOf(costs, share)) as [number, number, number];
    const shares = meanShares(own);
    const part = COST_PARTS.reduce((most, one) =>
      shares[one] - overall[one] > shares[most] - overall[most] ? one : most,
    );
    const name = sentence(NAMES[of], {
      part: partName(part),
      own: numberIn(100 * shares[part]),
      usual: numberIn(100 * overall[part]),
      low: numberIn(costs[0] as number),
      high: numberIn(costs.at(-1) as number),
    });
    const types = [...groupBy(own, ({ product_id }) => product_id)]
      .map(([product_id, some]) => ({ product_id, name: productName(product_id), share: some.length / own.length }))
      .sort((a, b) => b.share - a.share || (a.product_id < b.product_id ? -1 : 1));
    const typical = group.reduce((nearest, one) => (one.away < nearest.away ? one : nearest));
    return {
      name: { en: capital(name.en), fr: capital(name.fr) },
      count: own.length,
      share: own.length / ordered.length,
      cost_per_100g: { median, p5, p95 },
      shares,
      types: types.slice(0, MOST_TYPES),
      typical: whichOf(typical.garment),
    };
  });
  return {
    silhouette,
    silhouettes: Object.fromEntries([...candidates].map(([count, one]) => [String(count), one.silhouette])),
    stability: stabilityOf(sample, centres, seed),
    segments: found
      .sort((a, b) => a.cost_per_100g.median - b.cost_per_100g.median)
      .map((one, rank) => ({ segment: rank + 1, ...one })),
  };
}
