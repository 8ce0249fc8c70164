import { listMaterialDetails, simulateTotals } from '@ecobalyse/textile-method';
import { entryOf, fibreCountries, type Mix, type MixFibre } from './description.js';

/** Shares of the fibres of a mix, in their order. */
export interface FixedMix {
  readonly fibres: readonly MixFibre[];
  readonly shares: readonly number[];
  /** The mix of which these are shares. */
  readonly of: Mix;
}

/** Which bound is sought. */
export type Side = 'min' | 'max';

const ONE_KG = { mass: 1, product: 'tshirt', trims: [], physicalDurability: 0.67 };

/** Cost of a garment of 1 kg of one fibre. */
const pureCosts = new Map<string, number>();
function pureCost(id: string): number {
  const cost = pureCosts.get(id) ?? simulateTotals({ ...ONE_KG, materials: [{ id, share: 1 }] }).ecs;
  pureCosts.set(id, cost);
  return cost;
}

const origins = new Map(listMaterialDetails().map(({ id, origin }) => [id, origin]));
/** How a fibre is obtained: decides spinning, dyeing and end of life. */
const originOf = (id: string) => origins.get(id) as string;
const isSynthetic = (id: string) => originOf(id) === 'Synthetic';

/**
 * Of fibres that only differ by what a kilogram costs, those that can be in a mix of lowest or highest cost. What else
 * distinguishes fibres: how they are spun, dyed and exported, where they come from.
 */
function undominated(mix: Mix, side: Side): Mix {
  const best = new Map<string, MixFibre>();
  for (const fibre of mix) {
    const key = `${originOf(fibre.id)} ${fibreCountries(fibre)}`;
    const other = best.get(key);
    const sign = side === 'min' ? 1 : -1;
    if (other === undefined || sign * (pureCost(fibre.id) - pureCost(other.id)) < 0) best.set(key, fibre);
  }
  return [...best.values()];
}

/** Share of synthetic fibre on this side of the step of the end of life. */
const BELOW_HALF = 0.4999;
const HALF = 0.5;
const FULL = 1;

/** The corners of what the shares may be: all but one at an end of their range, the last one what is left. */
function corners(mix: Mix): number[][] {
  const found = new Map<string, number[]>();
  const tryAll = (free: number, rank: number, shares: number[], left: number) => {
    if (rank === mix.length) {
      const { from, to } = mix[free] as MixFibre;
      if (left < from - 1e-9 || left > to + 1e-9) return;
      const corner = shares.with(free, Math.min(to, Math.max(from, Number(left.toFixed(12)))));
      found.set(corner.join(), corner);
      return;
    }
    if (rank === free) return tryAll(free, rank + 1, [...shares, 0], left);
    const { from, to } = mix[rank] as MixFibre;
    for (const share of from === to ? [from] : [from, to]) tryAll(free, rank + 1, [...shares, share], left - share);
  };
  for (const [rank, { from, to }] of mix.entries()) if (from !== to) tryAll(rank, 0, [], FULL);
  return [...found.values()];
}

const syntheticShare = (fibres: Mix, shares: readonly number[]) =>
  fibres.reduce((total, { id }, rank) => total + (isSynthetic(id) ? (shares[rank] as number) : 0), 0);

/** Where the line between two lists of shares has half of synthetic fibre, and just less. */
function crossings(fibres: Mix, a: readonly number[], b: readonly number[]): number[][] {
  const [low, high] = [syntheticShare(fibres, a), syntheticShare(fibres, b)];
  if (low >= HALF === high >= HALF) return [];
  return [BELOW_HALF, HALF].flatMap((share) => {
    const at = (share - low) / (high - low);
    return at < 0 || at > 1 ? [] : [a.map((from, rank) => from + ((b[rank] as number) - from) * at)];
  });
}

/**
 * The shares at which the cost of a mix can be lowest or highest. Between corners it is nearly linear: it is the product
 * of what spinning loses and what a kilogram of fibre costs, and it steps where half is synthetic. `refineMix` sees to the rest.
 */
export function extremeShares(mix: Mix, side: Side): FixedMix[] {
  if (mix.every(({ from, to }) => from === to)) {
    return [{ fibres: mix, shares: mix.map(({ from }) => from), of: mix }];
  }
  const isFree = mix.every(({ from, to, spinning }) => from === 0 && to === 1 && spinning === undefined);
  const fibres = isFree ? undominated(mix, side) : mix;
  const ends = isFree ? fibres.map((_, one) => fibres.map((_fibre, rank) => Number(rank === one))) : corners(fibres);
  const lists = [...ends];
  for (const [rank, a] of ends.entries()) {
    for (const b of ends.slice(rank + 1)) lists.push(...crossings(fibres, a, b));
  }
  return lists.map((shares) => {
    const kept = shares.flatMap((share, rank) => (share > 0 ? [rank] : []));
    return {
      fibres: kept.map((rank) => fibres[rank] as MixFibre),
      shares: kept.map((rank) => shares[rank] as number),
      of: mix,
    };
  });
}

/** The shares at which the cost can be lowest or highest where it is not known whether fibre costs or saves. */
export const extremeSharesOfBoth = (mix: Mix): FixedMix[] => [
  ...new Map(
    (['min', 'max'] as const)
      .flatMap((side) => extremeShares(mix, side))
      .map((fixed) => [JSON.stringify([fixed.fibres, fixed.shares]), fixed]),
  ).values(),
];

/** One mix of those that are exported alike at the end of life, by fibre that is synthetic by half or not. */
export function distinctAtEnd(mixes: readonly FixedMix[]): FixedMix[] {
  const isExported = ({ fibres, shares }: FixedMix) => syntheticShare(fibres, shares) >= HALF;
  const ends = [true, false].map((exported) => mixes.find((mix) => isExported(mix) === exported));
  return ends.filter((mix) => mix !== undefined);
}

/** A mix as a query names it; a country is only named for fibres of which it was open or given. */
export const materialsOf = ({ fibres, shares }: FixedMix, countries: readonly string[] = []) =>
  fibres.map((fibre, rank) =>
    entryOf(fibre, shares[rank] as number, fibre.countries && (countries[rank] ?? fibre.countries[0])),
  );
