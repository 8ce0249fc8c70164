import type { Predict, Sample } from './families/family.js';
import type { WholeGarment } from './garment.js';
import { evaluate, fitNode, type LearntNode } from './stage-ridge/learnt-node.js';

export const INTERVAL_LEVEL = 0.9;

/**
 * Normalised split-conformal intervals (Lei et al., 2018; Papadopoulos et al., 2008): the prediction, give or take a
 * multiple of the error that garments of its kind have.
 */
export interface Conformal {
  level: number;
  /** What the expected error is multiplied by. */
  multiple: number;
  /** Logarithm of the expected error, as a share of the prediction. */
  logError: LearntNode;
}

const PENALTY = 1e-2;
/** Rounds of asymmetric least squares (Newey and Powell, 1987): it is large errors that the width has to follow. */
const ROUNDS = 8;
/** Errors below it are those of the arithmetic. */
const LEAST_ERROR = 1e-7;
/** What the size of an error depends on. */
const TERMS = [
  ['one'],
  ['product'],
  ['process'],
  ['told'],
  ['product', 'told'],
  ['log mass'],
  ['size'],
  ['size', 'product'],
].map((factors) => ({
  factors,
}));

/** The same as `error_factors` of `mlflow/ecobalyse_model.py`. */
function errorFactors({ known, massKg, options, numbers, trims }: WholeGarment) {
  const told = [
    ...Object.entries(options).flatMap(([name, value]) =>
      value === null ? [] : name === 'disabledSteps' ? value.split('+') : [name],
    ),
    ...Object.entries(numbers).flatMap(([name, value]) => (value === null ? [] : [name])),
    ...(trims === null ? [] : ['trims']),
  ];
  return {
    one: [['', 1]],
    product: [[known.product, 1]],
    process: [[known.fabricProcess, 1]],
    told: told.map((name) => [name, 1]),
    'log mass': [['', Math.log(massKg)]],
    size: [[String(Math.floor(2 * Math.log10(massKg))), 1]],
  } as Record<string, [string, number][]>;
}

const relativeErrors = (predictions: readonly number[], samples: readonly Sample[]) =>
  samples.map(({ cost }, at) => Math.abs(cost / (predictions[at] as number) - 1));

/** Measures errors on samples that the model was not trained on: their sizes on every second one, the multiple on the others. */
export function calibrate(predict: Predict, samples: readonly Sample[], level = INTERVAL_LEVEL): Conformal {
  const errors = relativeErrors(predict(samples.map(({ garment }) => garment)), samples);
  const half = (rest: number) => samples.map((_, at) => at).filter((at) => at % 2 === rest);
  const rows = half(0).map((at) => errorFactors((samples[at] as Sample).garment));
  const logs = half(0).map((at) => Math.log((errors[at] as number) + LEAST_ERROR));
  const fit = (weights: readonly number[]) =>
    fitNode({ name: 'log error', terms: TERMS }, rows, logs, PENALTY, weights);
  let logError = fit(rows.map(() => 1));
  for (let round = 0; round < ROUNDS; round++) {
    const above = rows.map((row, at) => (logs[at] as number) > evaluate(logError, { ...row }));
    logError = fit(above.map((is) => Math.sqrt(is ? level : 1 - level)));
  }
  const scores = half(1)
    .map((at) => (errors[at] as number) / expectedError(logError, (samples[at] as Sample).garment))
    .sort((a, b) => a - b);
  const rank = Math.min(scores.length, Math.ceil((scores.length + 1) * level));
  return { level, multiple: scores[rank - 1] ?? Number.POSITIVE_INFINITY, logError };
}

const expectedError = (logError: LearntNode, garment: WholeGarment) =>
  Math.exp(evaluate(logError, errorFactors(garment)));

/** Half-width of the interval of a garment, as a share of the prediction. */
export const relativeWidth = ({ multiple, logError }: Conformal, garment: WholeGarment) =>
  multiple * expectedError(logError, garment);
