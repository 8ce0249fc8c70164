import { createHash } from 'node:crypto';
import type { Sample } from './families/family.js';

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

/**
 * Splits samples by their identity: two samples with one identity are in one set, and a sample stays in its set as the
 * data grows, so that no later model is tested on what an earlier one was trained on.
 */
export function splitSamples(samples: readonly Sample[], seed: number, shares = DEFAULT_SHARES): Split {
  const split: Split = { train: [], calibration: [], test: [] };
  for (const sample of samples) {
    const at = position(sample.id, seed);
    const set = at < shares.test ? 'test' : at < shares.test + shares.calibration ? 'calibration' : 'train';
    split[set].push(sample);
  }
  return split;
}

/** The k pairs of training and test samples of a cross-validation, by identity. */
export function folds(samples: readonly Sample[], seed: number, count: number): { train: Sample[]; test: Sample[] }[] {
  const foldOf = ({ id }: Sample) => Math.floor(position(id, seed) * count);
  return Array.from({ length: count }, (_, fold) => ({
    train: samples.filter((sample) => foldOf(sample) !== fold),
    test: samples.filter((sample) => foldOf(sample) === fold),
  }));
}
