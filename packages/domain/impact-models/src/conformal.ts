import type { Predict, Sample } from './families/family.js';
import type { WholeGarment } from './garment.js';
import { kept } from './kept.js';
import { compile, evaluate } from './stage-ridge/evaluator.js';
import type { Factors } from './stage-ridge/factors.js';
import { fitNode, type LearntNode } from './stage-ridge/learnt-node.js';

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
const FOLDS = 5;
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

type Told = readonly (readonly [name: string, weight: number])[];

/** What a garment tells beside what every garment has. */
function toldBy({ options, numbers, trims }: WholeGarment): Told {
  const told = [
    ...Object.entries(options).flatMap(([name, value]) =>
      value === null ? [] : name === 'disabledSteps' ? value.split('+') : [name],
    ),
    ...Object.entries(numbers).flatMap(([name, value]) => (value === null ? [] : [name])),
    ...(trims === null ? [] : ['trims']),
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
  'log mass': Math.log(garment.massKg),
  size: String(sizeOf(garment.massKg)),
});

const relativeErrors = (predictions: readonly number[], samples: readonly Sample[]) =>
  samples.map(({ cost }, at) => Math.abs(cost / (predictions[at] as number) - 1));

/** Learns how large errors are, of some of the samples by their place. */
function fitErrors(places: readonly number[], samples: readonly Sample[], errors: readonly number[], level: number) {
  const rows = places.map((at) => factorsOf((samples[at] as Sample).garment));
  const logs = places.map((at) => Math.log((errors[at] as number) + LEAST_ERROR));
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
 * Measures errors on samples that the model was not trained on. The multiple comes from each fifth of them beside the sizes
 * that the others have, so that no error is measured against a size that was learnt from it.
 */
export function calibrate(predict: Predict, samples: readonly Sample[], level = INTERVAL_LEVEL): Conformal {
  const errors = relativeErrors(predict(samples.map(({ garment }) => garment)), samples);
  const all = samples.map((_, at) => at);
  const scores = Array.from({ length: FOLDS }, (_, fold) => {
    const isHeld = (at: number) => at % FOLDS === fold;
    const logError = fitErrors(
      all.filter((at) => !isHeld(at)),
      samples,
      errors,
      level,
    );
    const held = all.filter(isHeld);
    const logs = evaluate(
      logError,
      held.map((at) => factorsOf((samples[at] as Sample).garment)),
    );
    return held.map((at, place) => (errors[at] as number) / Math.exp(logs[place] as number));
  })
    .flat()
    .sort((a, b) => a - b);
  const rank = Math.min(scores.length, Math.ceil((scores.length + 1) * level));
  return {
    level,
    multiple: scores[rank - 1] ?? Number.POSITIVE_INFINITY,
    logError: fitErrors(all, samples, errors, level),
  };
}

/**
 * Half-widths of the intervals of the garments that one could be, as a share of the prediction: all of them tell the same.
 */
export function openWidths({ multiple, logError }: Conformal): (garments: readonly WholeGarment[]) => number[] {
  const isOf = (name: string) => (term: LearntNode['terms'][number]) => term.factors.includes(name);
  const [isTold, isLog] = [isOf('told'), isOf('log mass')];
  const part = (isPart: (term: LearntNode['terms'][number]) => boolean) => {
    const evaluator = compile([{ ...logError, terms: logError.terms.filter(isPart) }]);
    const slot = evaluator.slotOf(logError.name);
    return (factors: Factors) => {
      evaluator.put(factors);
      evaluator.run();
      return evaluator.numbers[slot] as number;
    };
  };
  const [toldPart, logPart, rest] = [part(isTold), part(isLog), part((term) => !isTold(term) && !isLog(term))];
  const perLog = logPart({ 'log mass': 1 });
  /** By product, technique and size. */
  const rests = new Map<string, Map<string, Map<number, number>>>();
  return (garments) => {
    const told = toldBy(garments[0] as WholeGarment);
    const byProduct = new Map<string, number>();
    return garments.map((garment) => {
      const { massKg } = garment;
      const { product, fabricProcess: process } = garment.known;
      const size = sizeOf(massKg);
      const ofProduct = kept(rests, product, () => new Map<string, Map<number, number>>());
      const ofProcess = kept(ofProduct, process, () => new Map<number, number>());
      const logOfSize = kept(ofProcess, size, () => rest({ one: 1, product, process, size: String(size) }));
      const logOfTold = kept(byProduct, product, () => toldPart({ product, told }));
      return multiple * Math.exp(logOfSize + logOfTold + perLog * Math.log(massKg));
    });
  };
}
