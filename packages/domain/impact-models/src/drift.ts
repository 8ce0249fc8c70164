/**
 * Whether a model still keeps what its intervals promise, by the products that arrived since it was trained: how many of the
 * last ones cost something outside of theirs.
 */

/** The last products that are looked at. */
export const DRIFT_WINDOW = 500;
/** Of fewer nothing is said. */
export const DRIFT_LEAST = 200;
/** The chance below which it is not luck that so many lie outside, and that from which it may be luck again. */
const BEGINS_BELOW = 0.001;
const ENDS_FROM = 0.05;

/** How many products were looked at, and how many of them cost something outside of the interval. */
export interface Arrivals {
  readonly checked: number;
  readonly outside: number;
}

/** The chance that of so many trials at least so many succeed (exact upper tail of the binomial distribution). */
export function binomialTail(trials: number, successes: number, chance: number): number {
  const odds = Math.log(chance) - Math.log1p(-chance);
  let log = trials * Math.log1p(-chance);
  let tail = successes <= 0 ? Math.exp(log) : 0;
  for (let count = 1; count <= trials; count++) {
    log += Math.log(trials - count + 1) - Math.log(count) + odds;
    if (count >= successes) tail += Math.exp(log);
  }
  return tail;
}

/**
 * Whether more products lie outside of the intervals than luck explains.
 *
 * @param level - share of the products that the intervals promise to hold.
 * @param drifted - whether it was so before: it then ends at a larger chance than it begins at, so that it does not come and go.
 */
export const isDrifting = ({ checked, outside }: Arrivals, level: number, drifted = false): boolean =>
  checked >= DRIFT_LEAST && binomialTail(checked, outside, 1 - level) < (drifted ? ENDS_FROM : BEGINS_BELOW);

/** The fewest products outside of their intervals that are a drift, of so many; null where nothing can be said. */
export function driftsFrom(checked: number, level: number): number | null {
  for (let outside = 0; outside <= checked; outside++) if (isDrifting({ checked, outside }, level)) return outside;
  return null;
}
