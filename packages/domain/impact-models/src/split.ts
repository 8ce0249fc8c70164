import { createHash } from 'node:crypto';
import type { Sample } from './families/family.js';
import { composition } from './garment.js';

/** Share of the samples in each set. */
export interface SplitShares {
  calibration: number;
  test: number;
}

export const DEFAULT_SHARES: SplitShares = { calibration: 0.15, test: 0.25 };

export interface Split {
  train: Sample[];
  calibration: Sample[];
  test: Sample[];
}

/** A number in [0, 1) that depends on the identity and the seed only. */
function position(id: string, seed: number): number {
  return createHash('sha256').update(`${seed}:${id}`).digest().readUInt32BE() / 4_294_967_296;
}

/** Garments that must not be in two sets: a model that knows one of them hardly has to learn the others. */
export const groupOf = ({ garment: { known, materials } }: Sample): string =>
  `${known.product} ${known.fabricProcess} ${composition(materials)}`;

/**
 * Splits samples by a group: two samples of one group are in one set, and a sample stays in its set as the data grows, so
 * that no later model is tested on what an earlier one was trained on.
 *
 * @param of - the group of a sample; product type, process and mix by default.
 */
export function splitSamples(
  samples: readonly Sample[],
  seed: number,
  of: (sample: Sample) => string = groupOf,
  shares = DEFAULT_SHARES,
): Split {
  const split: Split = { train: [], calibration: [], test: [] };
  for (const sample of samples) {
    const at = position(of(sample), seed);
    const set = at < shares.test ? 'test' : at < shares.test + shares.calibration ? 'calibration' : 'train';
    split[set].push(sample);
  }
  return split;
}

/** Members, and a share of them that is held out, by their identity. */
export function heldOut(samples: readonly Sample[], seed: number, share: number): { kept: Sample[]; held: Sample[] } {
  const isHeld = ({ id }: Sample) => position(`held out ${id}`, seed) < share;
  return { kept: samples.filter((sample) => !isHeld(sample)), held: samples.filter(isHeld) };
}

/** The k pairs of training and test samples of a cross-validation, by group as {@link splitSamples}. */
export function folds(
  samples: readonly Sample[],
  seed: number,
  count: number,
  of: (sample: Sample) => string = groupOf,
): { train: Sample[]; test: Sample[] }[] {
  const foldOf = (sample: Sample) => Math.floor(position(of(sample), seed) * count);
  return Array.from({ length: count }, (_, fold) => ({
    train: samples.filter((sample) => foldOf(sample) !== fold),
    test: samples.filter((sample) => foldOf(sample) === fold),
  }));
}
