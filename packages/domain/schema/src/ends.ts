/** First quartile, median and third of ascending values: elements of the data, the smallest whose rank is at least ceil(p n). */
export function quartilesOf(sorted: Float64Array): [q1: number, median: number, q3: number] {
  const at = (p: number) => sorted[Math.ceil(p * sorted.length) - 1] as number;
  return [at(0.25), at(0.5), at(0.75)];
}

/** What lies within so many interquartile ranges of the quartiles is never left out of a drawing (Tukey's "far out"). */
const FAR_OUT = 3;
/** Nor is more than one value in so many at each end, or one of fewer. */
const ONE_IN = 100;

/** How far ordinary values reach above a third quartile. */
export const reachAbove = (q1: number, q3: number): number => q3 + FAR_OUT * (q3 - q1);

/**
 * Where a drawing of values ends at both sides so that a typing slip flattens nothing: at the least and the greatest of them, unless
 * these would take more than half as much room again as the others do.
 *
 * @param sorted - ascending, one value or more.
 */
export function endsOf(sorted: Float64Array): readonly [low: number, high: number] {
  const [q1, , q3] = quartilesOf(sorted);
  const last = sorted.length - 1;
  const at = (index: number) => sorted[index] as number;
  const outside = Math.min(last, Math.max(1, Math.floor(sorted.length / ONE_IN)));
  const lowest = Math.min(reachAbove(q3, q1), at(outside));
  const highest = Math.max(reachAbove(q1, q3), at(last - outside));
  const low = sorted.find((value) => value >= lowest) as number;
  const high = sorted.findLast((value) => value <= highest) as number;
  const spare = (high - low) / 2;
  return [at(0) < low - spare ? low : at(0), at(last) > high + spare ? high : at(last)];
}
