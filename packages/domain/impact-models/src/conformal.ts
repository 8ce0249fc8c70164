import { UNKNOWN_COUNTRY } from '@ecobalyse/estimation';
import type { Predict, Sample } from './families/family.js';
import { COUNTRY_FIELDS, type WholeGarment } from './garment.js';
import { kept } from './kept.js';
import { quantile } from './metrics.js';
import { compile, evaluate } from './stage-ridge/evaluator.js';
import type { Factors } from './stage-ridge/factors.js';
import { fitNode, type LearntNode } from './stage-ridge/learnt-node.js';

export const INTERVAL_LEVEL = 0.9;

/**
 * Normalised conformal intervals (Papadopoulos et al., 2008) over errors of models that had not learnt from the garment
 * (Vovk, 2015): the prediction, give or take a multiple of the error that garments of its kind have.
 */
export interface Conformal {
  level: number;
  /** Half-width of the interval of an ordinary garment, as a share of the prediction. */
  multiple: number;
  /** Logarithm of how the error of a garment stands to that of an ordinary one. */
  logError: LearntNode;
}

/** How far a prediction was from the cost of a garment that its model had not learnt from, as a share of the prediction. */
export interface Missed {
  readonly garment: WholeGarment;
  readonly error: number;
}

/** What is known of few garments is drawn to the ordinary as by so many others. */
const PENALTY = 4;
/** Rounds of asymmetric least squares (Newey and Powell, 1987): it is large errors that the width has to follow. */
const ROUNDS = 5;
const FOLDS = 3;
/** Errors below it are those of the arithmetic. */
const LEAST_ERROR = 1e-9;
/** What the size of an error depends on. */
const TERMS = [['one'], ['product'], ['process'], ['told'], ['size'], ['size', 'told']].map((factors) => ({ factors }));

type Told = readonly (readonly [name: string, weight: number])[];

/** What a garment tells beside what every garment has, and how many of its places are unknown countries. */
function toldBy({ known, options, numbers, trims, materials }: WholeGarment): Told {
  const told = [
    ...Object.entries(options).flatMap(([name, value]) =>
      value === null ? [] : name === 'disabledSteps' ? value.split('+') : [name],
    ),
    ...Object.entries(numbers).flatMap(([name, value]) => (value === null ? [] : [name])),
    ...(trims === null ? [] : ['trims']),
    ...(materials.some(({ country }) => country) ? ['origin'] : []),
    ...(materials.some(({ spinning }) => spinning) ? ['spinning technique'] : []),
    ...COUNTRY_FIELDS.flatMap((field) => (known[field] === UNKNOWN_COUNTRY ? [UNKNOWN_COUNTRY] : [])),
  ];
  return told.map((name) => [name, 1]);
}

/** Masses of one size are within a factor of about 3. */
const sizeOf = (massKg: number) => Math.floor(2 * Math.log10(massKg));

/** The same as `width_of` of `ecobalyse_model.py`. */
const factorsOf = (garment: WholeGarment): Factors => ({
  one: 1,
  product: garment.known.product,
  process: garment.known.fabricProcess,
  told: toldBy(garment),
  size: String(sizeOf(garment.massKg)),
});

/** The errors of a model on samples that it has not learnt from. */
export function missedBy(predict: Predict, samples: readonly Sample[]): Missed[] {
  const predictions = predict(samples.map(({ garment }) => garment));
  return samples.map(({ garment, cost }, at) => ({ garment, error: Math.abs(cost / (predictions[at] as number) - 1) }));
}

/** Learns how large errors are beside that of an ordinary garment, which the penalty draws all of them to. */
function fitErrors(missed: readonly Missed[], level: number): LearntNode {
  const rows = missed.map(({ garment }) => factorsOf(garment));
  const errors = missed.map(({ error }) => Math.log(error + LEAST_ERROR));
  const ordinary = quantile(errors, level);
  const logs = errors.map((error) => error - ordinary);
  const fit = (weights: readonly number[]) =>
    fitNode({ name: 'log error', terms: TERMS }, rows, logs, PENALTY, weights);
  let logError = fit(rows.map(() => 1));
  for (let round = 0; round < ROUNDS; round++) {
    const sizes = evaluate(logError, rows);
    logError = fit(logs.map((log, at) => Math.sqrt(log > (sizes[at] as number) ? level : 1 - level)));
  }
  return logError;
}

/**
 * Learns how wide intervals have to be. The multiple comes from each fifth of the errors beside the sizes that the others
 * have, so that no error is measured against a size that was learnt from it.
 */
export function calibrate(missed: readonly Missed[], level = INTERVAL_LEVEL): Conformal {
  const scores = Array.from({ length: FOLDS }, (_, fold) => {
    const logError = fitErrors(
      missed.filter((_one, at) => at % FOLDS !== fold),
      level,
    );
    const held = missed.filter((_one, at) => at % FOLDS === fold);
    const logs = evaluate(
      logError,
      held.map(({ garment }) => factorsOf(garment)),
    );
    return held.map(({ error }, at) => error / Math.exp(logs[at] as number));
  })
    .flat()
    .sort((a, b) => a - b);
  const rank = Math.min(scores.length, Math.ceil((scores.length + 1) * level));
  return { level, multiple: scores[rank - 1] ?? Number.POSITIVE_INFINITY, logError: fitErrors(missed, level) };
}

/**
 * Half-widths of the intervals of the garments that one could be, as a share of the prediction: all of them tell the same.
 */
export function openWidths({ multiple, logError }: Conformal): (garments: readonly WholeGarment[]) => number[] {
  const isTold = ({ factors }: LearntNode['terms'][number]) => factors.includes('told');
  const part = (isPart: (term: LearntNode['terms'][number]) => boolean) => {
    const evaluator = compile([{ ...logError, terms: logError.terms.filter(isPart) }]);
    const slot = evaluator.slotOf(logError.name);
    return (factors: Factors) => {
      evaluator.put(factors);
      evaluator.run();
      return evaluator.numbers[slot] as number;
    };
  };
  const [toldPart, rest] = [part(isTold), part((term) => !isTold(term))];
  /** By product, technique and size. */
  const rests = new Map<string, Map<string, Map<number, number>>>();
  return (garments) => {
    const told = toldBy(garments[0] as WholeGarment);
    const bySize = new Map<number, number>();
    return garments.map(({ massKg, known: { product, fabricProcess: process } }) => {
      const size = sizeOf(massKg);
      const ofProduct = kept(rests, product, () => new Map<string, Map<number, number>>());
      const ofProcess = kept(ofProduct, process, () => new Map<number, number>());
      const logOfSize = kept(ofProcess, size, () => rest({ one: 1, product, process, size: String(size) }));
      const logOfTold = kept(bySize, size, () => toldPart({ size: String(size), told }));
      return multiple * Math.exp(logOfSize + logOfTold);
    });
  };
}
