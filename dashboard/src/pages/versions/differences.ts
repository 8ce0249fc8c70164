import type { VersionChanges } from '@ecobalyse/schema';
import { COST_PART_ORDER } from '../../i18n/vocabulary.js';

type Costs = VersionChanges['items'][number]['before'];

/** The part of a cost that changed most, and by how much in Pts; null when no part tells both. */
export function greatestDifference(before: Costs, after: Costs): { part: string; difference: number } | null {
  const differences = COST_PART_ORDER.flatMap((part) => {
    const [one, other] = [before[part], after[part]];
    return one === null || other === null ? [] : [{ part, difference: other - one }];
  });
  return differences.sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))[0] ?? null;
}
