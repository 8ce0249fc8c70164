import type { ModelChecks } from '@ecobalyse/schema';

type Check = ModelChecks['items'][number];

/** Products that arrived one after another. */
export interface CheckBlock {
  /** When the first and the last of them arrived. */
  readonly from: string;
  readonly to: string;
  readonly checked: number;
  /** Share of the costs inside the intervals. */
  readonly inside: number;
}

/** Parts of so many checks, the oldest first; what is over stands in the oldest. @param checks - the last arrival first. */
export function checkBlocks(checks: readonly Check[], size: number): CheckBlock[] {
  const blocks: CheckBlock[] = [];
  for (let at = 0; at < checks.length; at += size) {
    const members = checks.slice(at, at + size);
    const inside = members.filter((check) => check.inside).length / members.length;
    const [last, first] = [members[0], members.at(-1)] as [Check, Check];
    blocks.unshift({ from: first.at, to: last.at, checked: members.length, inside });
  }
  return blocks;
}
