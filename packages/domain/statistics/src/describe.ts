import type { Stratum } from '@ecobalyse/schema';

/** How sure an interval is. */
const CONFIDENCE = 0.95;
/** Terms and steps below this change no double. */
const NEGLIGIBLE = 1e-18;
const HALVINGS = 80;

export const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] as number;
  return sum;
};
export const meanOf = (values: ArrayLike<number>): number => sumOf(values) / values.length;

/** Standard deviation of a sample (n - 1); NaN of fewer than two values. */
export function deviationOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let squares = 0;
  for (let index = 0; index < values.length; index += 1) squares += ((values[index] as number) - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** Values from the lowest on. */
export const sorted = (values: Iterable<number>): Float64Array => Float64Array.from(values).sort();

/** Quantile of sorted values, interpolated linearly between ranks (type 7 of Hyndman and Fan 1996, what numpy and Excel do). */
export function quantileOf(ordered: ArrayLike<number>, share: number): number {
  const place = share * (ordered.length - 1);
  const below = Math.floor(place);
  const low = ordered[below] as number;
  const high = ordered[Math.min(below + 1, ordered.length - 1)] as number;
  return low + (high - low) * (place - below);
}

/** P(|T| ≤ √ν tan θ) of Student's t with a whole number of degrees of freedom ν (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function withinT(theta: number, freedom: number): number {
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let n = isOdd ? 3 : 2; n < freedom && term > NEGLIGIBLE; n += 2) {
    term *= ((n - 1) / n) * cosine * cosine;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
}

const quantilesOfT = new Map<number, number>();

/** What |T| exceeds in 5 of 100 cases, T being Student's t with a whole number of degrees of freedom. */
export function studentT(freedom: number): number {
  const known = quantilesOfT.get(freedom);
  if (known !== undefined) return known;
  let [low, high] = [0, Math.PI / 2];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (withinT(middle, freedom) < CONFIDENCE) low = middle;
    else high = middle;
  }
  const found = Math.sqrt(freedom) * Math.tan((low + high) / 2);
  quantilesOfT.set(freedom, found);
  return found;
}

/**
 * Rank from 0 of the order statistic that is the lower end of the 95 % interval of the median, the upper one being as far from
 * the other end: of n tosses of a coin, at most this many are heads in less than 2.5 of 100 cases. Holds for every distribution.
 *
 * @returns -1 where there are too few values for one.
 */
export function medianRank(count: number): number {
  let log = -count * Math.LN2;
  let below = Math.exp(log);
  let rank = -1;
  while (below < (1 - CONFIDENCE) / 2) {
    rank += 1;
    log += Math.log((count - rank) / (rank + 1));
    below += Math.exp(log);
  }
  return rank;
}

/** Describes values; null when there are none. */
export function stratumOf(values: readonly number[]): Stratum | null {
  if (values.length === 0) return null;
  const ordered = sorted(values);
  const count = ordered.length;
  const [min, max] = [ordered[0] as number, ordered[count - 1] as number];
  // Sums of equal values may differ from them by a last digit.
  const mean = min === max ? min : meanOf(ordered);
  const deviation = min === max ? 0 : deviationOf(ordered);
  const half = count > 1 ? (studentT(count - 1) * deviation) / Math.sqrt(count) : null;
  const rank = medianRank(count);
  return {
    count,
    mean,
    mean_low: half === null ? null : mean - half,
    mean_high: half === null ? null : mean + half,
    deviation: count > 1 ? deviation : null,
    median: quantileOf(ordered, 0.5),
    median_low: rank < 0 ? null : (ordered[rank] as number),
    median_high: rank < 0 ? null : (ordered[count - 1 - rank] as number),
    q1: quantileOf(ordered, 0.25),
    q3: quantileOf(ordered, 0.75),
    p5: quantileOf(ordered, 0.05),
    p95: quantileOf(ordered, 0.95),
    min,
    max,
    constant: min === max,
  };
}
