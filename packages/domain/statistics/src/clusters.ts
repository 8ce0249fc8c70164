import { kmeans } from 'ml-kmeans';
import { distancesBetween, meanSilhouette } from './silhouette.js';

/** Numbers of segments that are tried. */
const CANDIDATES = [2, 3, 4, 5, 6, 7, 8];
const SILHOUETTE_SAMPLE = 500;
/** Draws of starting centres; the tightest segments are kept. */
const SEEDS = [1, 2, 3];

/** A number of segments, their centres, and how well they are apart. */
export interface Segmentation {
  centres: number[][];
  silhouette: number;
}

const distanceBetween = (point: readonly number[], centre: readonly number[]): number =>
  point.reduce((sum, value, axis) => sum + (value - (centre[axis] ?? 0)) ** 2, 0);

/** Rank of the centre that is nearest to a point. */
export function nearestTo(point: readonly number[], centres: readonly (readonly number[])[]): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [rank, centre] of centres.entries()) {
    const distance = distanceBetween(point, centre);
    if (distance >= least) continue;
    least = distance;
    nearest = rank;
  }
  return nearest;
}

/** The tightest of three runs of k-means (k-means++ starts), as the seed draws them. */
function tightest(points: number[][], count: number, seed = 0) {
  const runs = SEEDS.map((start) =>
    kmeans(points, count, { seed: seed + start, initialization: 'kmeans++', maxIterations: 100 }),
  );
  const spread = ({ clusters, centroids }: (typeof runs)[number]) =>
    points.reduce(
      (total, point, index) => total + distanceBetween(point, centroids[clusters[index] as number] as number[]),
      0,
    );
  const ranked = runs.map((run) => ({ run, spread: spread(run) })).sort((a, b) => a.spread - b.spread);
  return (ranked[0] as (typeof ranked)[number]).run;
}

/** Centres of a number of segments of points. */
export const centresOf = (points: number[][], count: number, seed?: number): number[][] =>
  tightest(points, count, seed).centroids;

/**
 * k-means with each number of segments that the points allow; silhouettes are measured on the first 500 points.
 *
 * @returns by number of segments.
 */
export function segmentations(points: number[][]): Map<number, Segmentation> {
  const distances = distancesBetween(points.slice(0, SILHOUETTE_SAMPLE));
  const distinct = new Set(points.map((point) => JSON.stringify(point))).size;
  const tried = CANDIDATES.filter((count) => count < distinct).map((count): [number, Segmentation] => {
    const run = tightest(points, count);
    const silhouette = meanSilhouette(distances, run.clusters.slice(0, SILHOUETTE_SAMPLE), count);
    return [count, { centres: run.centroids, silhouette }];
  });
  return new Map(tried);
}

/** The number of segments with the best silhouette; the smaller one of two that are as good. */
export function bestOf(candidates: ReadonlyMap<number, Segmentation>): Segmentation | undefined {
  return [...candidates.values()].reduce<Segmentation | undefined>(
    (best, candidate) => (best && best.silhouette >= candidate.silhouette ? best : candidate),
    undefined,
  );
}

/** Pairs among so many. */
const pairsAmong = (count: number): number => (count * (count - 1)) / 2;

/**
 * How alike two ways to part the same points are: the Rand index, adjusted so that chance has 0 and equal parts 1 (Hubert and
 * Arabie 1985).
 */
export function adjustedRand(one: readonly number[], other: readonly number[]): number {
  const counted = (keys: readonly (number | string)[]) => {
    const counts = new Map<number | string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].reduce((sum, count) => sum + pairsAmong(count), 0);
  };
  const together = counted(one.map((label, index) => `${label} ${other[index]}`));
  const [ofOne, ofOther] = [counted(one), counted(other)];
  const expected = (ofOne * ofOther) / pairsAmong(one.length);
  const most = (ofOne + ofOther) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}
