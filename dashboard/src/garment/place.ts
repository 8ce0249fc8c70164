import type { Distribution } from '@ecobalyse/schema';

/** Where a cost stands: at an end, or the share that costs less, at most 99 %; null where there is nothing to compare with. */
export type Place = 'cheapest' | 'dearest' | number | null;

/** The place of a cost in a distribution, linear within a bin. */
export function placeIn({ count, bins, below: before, min, max }: Distribution, cost: number): Place {
  if (min === null || max === null || (min === max && cost === min)) return null;
  if (cost >= max) return 'dearest';
  if (cost <= min) return 'cheapest';
  let below = before;
  for (const bin of bins) {
    if (cost >= bin.to) below += bin.count;
    else if (cost > bin.from) below += (bin.count * (cost - bin.from)) / (bin.to - bin.from);
  }
  return Math.min(0.99, below / count);
}
