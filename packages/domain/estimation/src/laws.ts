import type { Domain } from './fields.js';
import type { Triangle } from './profile.js';
import { drawIndex, type Random } from './random.js';

/** How a number is distributed. */
export interface Law {
  density(value: number): number;
  /** Share of the numbers up to a value. */
  upTo(value: number): number;
  /** The number up to which a share lies. */
  at(share: number): number;
}

export function triangular([least, usual, greatest]: Triangle): Law {
  const width = greatest - least;
  const rising = (usual - least) / width;
  return {
    density(value) {
      if (value < least || value > greatest) return 0;
      if (value < usual) return (2 * (value - least)) / (width * (usual - least));
      return usual === greatest ? 2 / width : (2 * (greatest - value)) / (width * (greatest - usual));
    },
    upTo(value) {
      if (value <= least) return 0;
      if (value >= greatest) return 1;
      if (value < usual) return (value - least) ** 2 / (width * (usual - least));
      return 1 - (greatest - value) ** 2 / (width * (greatest - usual));
    },
    at: (share) =>
      share < rising
        ? least + Math.sqrt(share * width * (usual - least))
        : greatest - Math.sqrt((1 - share) * width * (greatest - usual)),
  };
}

export function logUniform([least, greatest]: readonly [number, number]): Law {
  const width = Math.log(greatest / least);
  return {
    density: (value) => (value < least || value > greatest ? 0 : 1 / (value * width)),
    upTo: (value) => Math.min(1, Math.max(0, Math.log(value / least) / width)),
    at: (share) => least * Math.exp(share * width),
  };
}

/** How well a law goes with what is known of a number: its value, or what it may be. */
export function likelihood(law: Law, known: unknown, domain: Domain | undefined): number {
  if (domain === undefined) return typeof known === 'number' ? law.density(known) : 1;
  if ('from' in domain) return law.upTo(domain.to) - law.upTo(domain.from);
  return domain.values.reduce<number>((sum, value) => sum + law.density(value as number), 0);
}

const LEAST_SHARE = 1e-9;

/** Draws a number of a domain by a law; evenly where the law has nothing to say. */
export function drawNumber(law: Law, domain: Domain, random: Random): number {
  if ('values' in domain) {
    const weights = domain.values.map((value) => law.density(value as number));
    const evenly = domain.values.map(() => 1);
    return domain.values[drawIndex(weights.some((weight) => weight > 0) ? weights : evenly, random)] as number;
  }
  const { from, to, whole } = domain;
  const [before, after] = [law.upTo(from), law.upTo(to)];
  const share = random();
  const drawn = after - before < LEAST_SHARE ? from + share * (to - from) : law.at(before + share * (after - before));
  return Math.min(to, Math.max(from, whole ? Math.round(drawn) : Math.round(drawn * 1e4) / 1e4));
}
