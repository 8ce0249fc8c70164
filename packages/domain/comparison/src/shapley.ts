/** What figures are counted in: millionths, so that what adds up does so to the last digit that is written. */
const UNITS = 1_000_000;

/** A figure in millionths. */
export const inUnits = (value: number): bigint => BigInt(Math.round(value * UNITS));
/** Millionths as a figure. */
export const fromUnits = (units: bigint): number => Number(units) / UNITS;

const greatestDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestDivisor(b, a % b));
const floorDivided = (a: bigint, b: bigint): bigint => a / b - (a % b < 0n ? 1n : 0n);

/** Least common multiple of 1 to `count`: the denominator of all Shapley weights of as many players. */
function commonDenominator(count: number): bigint {
  let multiple = 1n;
  for (let number = 2n; number <= BigInt(count); number += 1n)
    multiple = (multiple / greatestDivisor(multiple, number)) * number;
  return multiple;
}

/** Weights of coalitions by their size, over the common denominator: 1 / (players × how many have that size). */
function weightsOf(players: number, denominator: bigint): bigint[] {
  let coalitions = 1n;
  return Array.from({ length: players }, (_, size) => {
    const weight = denominator / (BigInt(players) * coalitions);
    coalitions = (coalitions * BigInt(players - 1 - size)) / BigInt(size + 1);
    return weight;
  });
}

const sizeOf = (coalition: number): number => (coalition === 0 ? 0 : (coalition & 1) + sizeOf(coalition >> 1));

/**
 * The Shapley value of each player: the mean of what it adds, over every order in which the players come.
 *
 * Values are rounded to millionths once; what follows is integer arithmetic. What is told of a player is the step from the sum
 * of those before it to the sum with it, both rounded down to a millionth: so the parts add up exactly to what all players add, none gets
 * a remainder, each lies within a millionth of its own value, and one that adds nothing gets 0.
 *
 * @param values - of each coalition of players, by its bits: 2^n of them, beginning with that of nobody.
 * @returns for each player, in millionths.
 */
export function shapley(values: readonly number[]): bigint[] {
  const players = Math.log2(values.length);
  if (!Number.isInteger(players)) throw new RangeError(`${values.length} values: expected one for each coalition`);
  const worth = values.map(inUnits);
  const sizes = values.map((_, coalition) => sizeOf(coalition));
  const denominator = commonDenominator(players);
  const weights = weightsOf(players, denominator);
  let exact = 0n;
  let told = 0n;
  return Array.from({ length: players }, (_, player) => {
    const bit = 1 << player;
    const gains = Array.from({ length: players }, () => 0n);
    for (const [coalition, before] of worth.entries()) {
      if ((coalition & bit) !== 0) continue;
      const size = sizes[coalition] as number;
      gains[size] = (gains[size] as bigint) + (worth[coalition | bit] as bigint) - before;
    }
    for (const [size, gain] of gains.entries()) exact += gain * (weights[size] as bigint);
    const part = floorDivided(exact, denominator) - told;
    told += part;
    return part;
  });
}
