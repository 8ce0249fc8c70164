import { SECTOR_TABLE, seededRandom } from '@ecobalyse/estimation';
import { MODEL_FAMILIES, type ModelFamily } from '@ecobalyse/schema';
import { COMPLETIONS } from './completions.js';
import { calibrate, type Missed, missedBy } from './conformal.js';
import { openEstimator } from './estimator.js';
import type { Family, Predict, Sample } from './families/family.js';
import { FAMILIES } from './families/index.js';
import type { TensorBackend } from './families/tensor-backend.js';
import { type FeatureSpec, fitFeatureSpec } from './feature-spec.js';
import { type Importance, permutationImportance } from './importance.js';
import { type Judgement, judge } from './judgement.js';
import { type Evaluation, evaluate, type Metrics } from './metrics.js';
import { BUNDLE_FORMAT, loadModel, type ModelBundle } from './model-bundle.js';
import { type Decision, decidePromotion, type PromotionPolicy } from './promotion.js';
import { shuffled } from './random.js';
import { DEFAULT_SHARES, folds, groupOf, heldOut, type Split, splitSamples } from './split.js';

/** The family that learns from the stages of answers. */
const STAGED: ModelFamily = 'stage-ridge';

/** How far a training is. */
export interface TrainingProgress {
  family: ModelFamily;
  done: number;
  planned: number;
  /** Root mean square training error where the family follows one, in Pts per kg. */
  loss?: number;
}

export interface TrainingOptions {
  seed?: number;
  families?: readonly ModelFamily[];
  /** Garments that are drawn to judge models on (`Sample.set` names the stratum). */
  suite?: readonly Sample[];
  /** What has to stay in one set; the product, process and mix unless told. */
  group?: (sample: Sample) => string;
  /** Less than 1 grows fewer trees and trains fewer epochs. */
  effort?: number;
  /** Also cross-validates the best family with so many folds. */
  crossValidation?: number;
  /** The production model, to be beaten on the same test set. */
  incumbent?: ModelBundle | null;
  policy?: PromotionPolicy;
  now?: Date;
  onProgress?: (progress: TrainingProgress) => void;
}

/** What one family reached on garments unlike those that it was trained on: the suite, or else groups that were held out. */
export interface FamilyReport extends Evaluation, Omit<Judgement, 'sound'> {
  family: ModelFamily;
  seconds: number;
  /** Garments of the same products, processes and mixes as in training: the figure of an interpolation. */
  interpolation: Metrics | null;
}

/** One point of the plots: a cost of the test set and its prediction, in Pts. */
export type PredictedPoint = readonly [cost: number, prediction: number];

export interface TrainingOutcome {
  best: ModelBundle;
  decision: Decision;
  reports: FamilyReport[];
  importance: Importance[];
  /** Means over the folds, where cross-validation was asked for. */
  crossValidation: Metrics | null;
  counts: Record<keyof Split, number>;
  seed: number;
  test: PredictedPoint[];
  /** What TensorFlow.js computed with; null when no family needed it. */
  backend: TensorBackend | null;
}

export const DEFAULT_SEED = 42;
/** Fewer cannot be split into three sets that say anything. */
export const MIN_SAMPLES = 100;

/** Fewer groups cannot be split: such a catalogue is split by product, and its figures are those of an interpolation. */
const MIN_GROUPS = 20;
/** Where a suite judges, no garment to learn from has to: what is served has learnt little more than what was calibrated. */
const JUDGED_APART = { calibration: 0.15, test: 0 };
/** Parts of the garments, of each of which the errors are those of a model that has learnt from the others. */
const CALIBRATION_FOLDS = 5;
/** Share of the training garments that the interpolation is measured on. */
const INTERPOLATED = 0.05;
/** Beside the family that learns from stages the others are only compared: on so many garments, with less effort. */
const COMPARED = { garments: 1500, effort: 0.2 };

/**
 * Trains every family on one split by groups, judges them on the suite, picks the one with the least error over its strata,
 * decides about its promotion, and refits it on everything. The same samples in the same order and the same seed give the
 * same models and metrics.
 *
 * @throws Error when there are too few samples.
 */
export async function trainModels(samples: readonly Sample[], options: TrainingOptions = {}): Promise<TrainingOutcome> {
  const { seed = DEFAULT_SEED, families = MODEL_FAMILIES, effort = 1, now = new Date(), incumbent = null } = options;
  if (samples.length < MIN_SAMPLES)
    throw new Error(`training: expected at least ${MIN_SAMPLES} distinct products, received ${samples.length}`);
  const { group = groupOf } = options;
  const isVaried = new Set(samples.map(group)).size >= MIN_GROUPS;
  const shares = options.suite?.length ? JUDGED_APART : DEFAULT_SHARES;
  const apart = isVaried ? group : ({ id }: Sample) => id;
  const split = splitSamples(samples, seed, apart, shares);
  const suite = options.suite?.length ? options.suite : split.test;
  // A garment that is judged has no twin among those that were learnt from; those that intervals are calibrated on are
  // strangers already, and without the twins they would be harder to predict than what is judged.
  const judged = new Set(options.suite?.map(groupOf));
  const isStranger = (sample: Sample) => !judged.has(groupOf(sample));
  const learnt = split.train.filter(isStranger);
  const { kept, held } = heldOut(learnt, seed, INTERPOLATED);
  const isCatalogue = ({ set }: Sample) => set === undefined;
  const interpolated = held.filter(isCatalogue);
  const train = [...kept, ...held.filter((sample) => !isCatalogue(sample))];
  // Drawn garments stand for all that can be asked; a catalogue alone can only stand for itself.
  const forAll = (members: readonly Sample[]) => {
    const drawn = members.filter((sample) => !isCatalogue(sample));
    return drawn.length >= MIN_SAMPLES ? drawn : members;
  };
  const calibration = forAll(split.calibration);
  const compared = shuffled(train, seededRandom(seed)).slice(0, COMPARED.garments);
  const staged = samples.some(({ facts }) => facts);

  const specOf = (members: readonly Sample[]) => fitFeatureSpec(members.map(({ garment }) => garment));
  const spec = specOf(train);
  let backend: TensorBackend | null = null;
  const fit = (family: ModelFamily, members: readonly Sample[], features: FeatureSpec) =>
    (FAMILIES[family] as Family<unknown>).train(members, features, {
      seed,
      effort: staged ? effort * COMPARED.effort : effort,
      onProgress: (done, planned, loss) =>
        options.onProgress?.({ family, done, planned, ...(loss !== undefined && { loss }) }),
      onBackend: (used) => {
        backend = used;
      },
    });

  /** Errors of models that have learnt from nearly as much as what is served. */
  const crossMissed = async (): Promise<Missed[]> => {
    const standing = new Set(forAll(samples));
    const missed: Missed[] = [];
    for (const { train, test } of folds(samples, seed, CALIBRATION_FOLDS, apart)) {
      const predict = loadModel({ family: STAGED, spec, parameters: await fit(STAGED, train, spec) });
      missed.push(
        ...missedBy(
          predict,
          test.filter((sample) => standing.has(sample)),
        ),
      );
    }
    return missed;
  };

  const trained: { bundle: ModelBundle; predict: Predict; report: FamilyReport; sound: boolean }[] = [];
  for (const family of families) {
    if (family === STAGED && !staged) continue;
    const start = performance.now();
    const isStaged = family === STAGED;
    // Errors of all garments calibrate it: it can learn from those that stay apart for the others.
    const all = isStaged ? [...train, ...split.calibration.filter(isStranger)] : train;
    const parameters = await fit(family, staged && !isStaged ? compared : all, spec);
    const seconds = (performance.now() - start) / 1000;
    const predict = loadModel({ family, spec, parameters });
    const conformal = calibrate(isStaged ? await crossMissed() : missedBy(predict, calibration));
    const bundle: ModelBundle = {
      format: BUNDLE_FORMAT,
      family,
      trainedAt: now.toISOString(),
      spec,
      parameters,
      conformal,
      sector: { ...SECTOR_TABLE, ...COMPLETIONS },
    };
    const { sound, ...judgement } = judge(openEstimator(bundle, predict), suite);
    trained.push({
      bundle,
      predict,
      sound,
      report: {
        family,
        seconds,
        ...evaluate(predict, suite),
        ...judgement,
        interpolation: interpolated.length > 0 ? evaluate(predict, interpolated).metrics : null,
      },
    });
  }
  const best = trained.reduce((a, b) => (b.report.error < a.report.error ? b : a));
  const { family } = best.bundle;
  const everything = specOf(samples);

  return {
    // What is served has learnt from every garment; its intervals are those of the judgement.
    best: { ...best.bundle, spec: everything, parameters: await fit(family, samples, everything) },
    decision: decidePromotion(
      { error: best.report.error, sound: best.sound },
      incumbent && judge(openEstimator(incumbent, loadModel(incumbent)), suite),
      options.policy,
    ),
    reports: trained.map(({ report }) => report),
    importance: permutationImportance(best.predict, suite, seed),
    crossValidation: options.crossValidation
      ? await crossValidate(folds(samples, seed, options.crossValidation), async (members) => {
          // Its own vocabulary: that of the split knows garments which this fold is tested on.
          const features = specOf(members);
          return loadModel({ family, spec: features, parameters: await fit(family, members, features) });
        })
      : null,
    counts: { train: train.length, calibration: calibration.length, test: suite.length },
    seed,
    test: pointsOf(best.predict, suite),
    backend,
  };
}

function pointsOf(predict: Predict, test: readonly Sample[]): PredictedPoint[] {
  const predictions = predict(test.map(({ garment }) => garment));
  return test.map(({ cost }, at) => [cost, predictions[at] as number]);
}

async function crossValidate(
  pairs: ReturnType<typeof folds>,
  fit: (train: readonly Sample[]) => Promise<Predict>,
): Promise<Metrics> {
  const all: Metrics[] = [];
  for (const { train, test } of pairs) all.push(evaluate(await fit(train), test).metrics);
  const names = Object.keys(all[0] as Metrics) as (keyof Metrics)[];
  return Object.fromEntries(
    names.map((name) => [name, all.reduce((sum, metrics) => sum + metrics[name], 0) / all.length]),
  ) as unknown as Metrics;
}
