import { simulateTotals } from '@ecobalyse/textile-method';
import type { Mix } from './description.js';
import type { Query } from './fields.js';

type Entry = { readonly id: string; readonly share: number; readonly country?: string; readonly spinning?: string };

/** Steps along a line of shares, from the one end to the other. */
const STEPS = 16;
const MAX_ROUNDS = 8;
/** Shares are tried to the hundredth of a percent. */
const inSteps = (share: number) => Number(share.toFixed(4));

/**
 * Moves share from one fibre to another for as long as that lowers (or, for a sign of -1, raises) the cost: between corners the
 * cost bends a little, because less fibre is lost when synthetic fibre is spun.
 *
 * @param mix the mix that the query was made of, its shares open.
 */
export function refineMix(query: Query, mix: Mix, sign: 1 | -1): Query {
  const costOf = (candidate: Query) => sign * simulateTotals(candidate).ecs;
  let best = { query, cost: costOf(query) };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = best.cost;
    for (const entries of neighbours(best.query.materials as readonly Entry[], mix)) {
      const candidate = { ...best.query, materials: entries };
      const cost = costOf(candidate);
      if (cost < best.cost - 1e-9) best = { query: candidate, cost };
    }
    if (best.cost === before) break;
  }
  return best.query;
}

/** The mixes in which some share went from one fibre to another. */
function* neighbours(entries: readonly Entry[], mix: Mix): Generator<Entry[]> {
  const shareOf = ({ id, spinning }: { id: string; spinning?: string }) =>
    entries.find((entry) => entry.id === id && entry.spinning === spinning)?.share ?? 0;
  const open = mix.filter(({ from, to }) => from !== to);
  for (const giver of open) {
    const most = shareOf(giver) - giver.from;
    if (most <= 0) continue;
    for (const taker of open) {
      const room = Math.min(most, taker.to - shareOf(taker));
      if (taker === giver || room <= 0) continue;
      for (let step = 1; step <= STEPS; step++) {
        const moved = step === STEPS ? room : inSteps((room * step) / STEPS);
        const shares = mix.map((fibre) => {
          const share = shareOf(fibre) + (fibre === taker ? moved : 0) - (fibre === giver ? moved : 0);
          return Number(share.toFixed(12));
        });
        yield mix.flatMap(({ id, spinning, countries }, rank) => {
          const share = shares[rank] as number;
          if (share <= 0) return [];
          const country = entries.find((entry) => entry.id === id)?.country ?? countries?.[0];
          return [{ id, share, ...(country ? { country } : {}), ...(spinning ? { spinning } : {}) }];
        });
      }
    }
  }
}
