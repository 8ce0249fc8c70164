import { indexTerms, termsOf } from '../interaction-terms.js';
import type { Family, Predict, Sample, TrainOptions } from './family.js';
import { type SparseRows, solve } from './sparse-rows.js';

export interface RidgeParameters {
  terms: string[];
  /** Effect of each term on the cost per kg. */
  perKg: number[];
  /** Effect of each term on the cost of a garment whatever its mass. */
  perGarment: number[];
  penalty: number;
}

/** Penalties to choose from, on terms scaled to at most 1. */
const PENALTIES = [0.003, 0.03, 0.3];
/** Every so many samples, one is left out to choose the penalty with. */
const HOLD_OUT_EVERY = 6;
/** The constant part is of the size that this mass gives the part per kg. */
const TYPICAL_MASS_KG = 0.5;

interface Encoder {
  terms: string[];
  scales: Float64Array;
  indexes: Map<string, number>;
}

function fitEncoder(rows: readonly Map<string, number>[]): Encoder {
  const largest = new Map<string, number>();
  for (const row of rows)
    for (const [term, value] of row) largest.set(term, Math.max(largest.get(term) ?? 0, Math.abs(value)));
  const terms = [...largest].filter(([, size]) => size > 0).map(([term]) => term);
  return {
    terms,
    scales: Float64Array.from(terms, (term) => 1 / (largest.get(term) as number)),
    indexes: new Map(terms.map((term, index) => [term, index])),
  };
}

/** Two columns for each term: times the mass, and as it is. */
function encode({ indexes, scales, terms }: Encoder, rows: readonly Map<string, number>[], masses: readonly number[]) {
  const starts = new Int32Array(rows.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  rows.forEach((row, at) => {
    const mass = masses[at] as number;
    for (const [term, value] of row) {
      const index = indexes.get(term);
      if (index === undefined) continue;
      const scaled = value * (scales[index] as number);
      columns.push(2 * index, 2 * index + 1);
      values.push(scaled * mass, scaled * TYPICAL_MASS_KG);
    }
    starts[at + 1] = columns.length;
  });
  const matrix: SparseRows = {
    starts,
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
    width: 2 * terms.length,
  };
  return matrix;
}

function fit(samples: readonly Sample[], penalty: number): RidgeParameters {
  const rows = samples.map(({ garment }) => termsOf(garment));
  const encoder = fitEncoder(rows);
  const matrix = encode(
    encoder,
    rows,
    samples.map(({ garment }) => garment.massKg),
  );
  const solution = solve(
    matrix,
    Float64Array.from(samples, ({ cost }) => cost),
    penalty,
  );
  const { terms, scales } = encoder;
  return {
    terms,
    perKg: terms.map((_, index) => (solution[2 * index] as number) * (scales[index] as number)),
    perGarment: terms.map(
      (_, index) => (solution[2 * index + 1] as number) * (scales[index] as number) * TYPICAL_MASS_KG,
    ),
    penalty,
  };
}

function load({ terms, perKg, perGarment }: RidgeParameters): Predict {
  const visitTerms = indexTerms(terms);
  return (garments) =>
    garments.map((garment) => {
      let [slope, constant] = [0, 0];
      visitTerms(garment, (index, value) => {
        slope += value * (perKg[index] as number);
        constant += value * (perGarment[index] as number);
      });
      return slope * garment.massKg + constant;
    });
}

function squaredError(parameters: RidgeParameters, samples: readonly Sample[]): number {
  const predictions = load(parameters)(samples.map(({ garment }) => garment));
  return samples.reduce((sum, { cost }, at) => sum + ((predictions[at] as number) - cost) ** 2, 0);
}

/** Linear regression on interactions, for the cost per kg and the cost per garment at once, with an L2 penalty. */
export const ridge: Family<RidgeParameters> = {
  hyperparameters: { penalties: PENALTIES.join(', ') },
  async train(samples, _spec, { onProgress }: TrainOptions) {
    const steps = PENALTIES.length + 1;
    const kept = samples.filter((_, index) => index % HOLD_OUT_EVERY !== 0);
    const heldOut = samples.filter((_, index) => index % HOLD_OUT_EVERY === 0);
    const trials = PENALTIES.map((penalty, index) => {
      const loss = squaredError(fit(kept, penalty), heldOut);
      onProgress(index + 1, steps, Math.sqrt(loss / Math.max(1, heldOut.length)));
      return { penalty, loss };
    });
    const best = trials.reduce((a, b) => (b.loss < a.loss ? b : a));
    const parameters = fit(samples, best.penalty);
    onProgress(steps, steps);
    return parameters;
  },
  load: (_spec, parameters) => load(parameters),
};
