import { MODEL_FAMILIES, type ModelFamily } from '@ecobalyse/schema';
import { calibrate, coverage } from './conformal.js';
import type { Family, Predict, Sample } from './families/family.js';
import { FAMILIES } from './families/index.js';
import type { TensorBackend } from './families/tensor-backend.js';
import { type FeatureSpec, fitFeatureSpec } from './feature-spec.js';
import { calibrateHalfDescribed, halfDescribedCoverage, openEstimator } from './half-described.js';
import { type Importance, permutationImportance } from './importance.js';
import { type Evaluation, evaluate, type Metrics, metricsOf } from './metrics.js';
import { BUNDLE_FORMAT, loadModel, type ModelBundle } from './model-bundle.js';
import { type Contender, type Decision, decidePromotion, type PromotionPolicy } from './promotion.js';
import { folds, type Split, splitSamples } from './split.js';

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

/** What one family reached. */
export interface FamilyReport extends Evaluation {
  family: ModelFamily;
  seconds: number;
  /** Share of the test set inside the intervals. */
  coverage: number;
  /** Half-width of the intervals, as a share of the prediction. */
  intervalWidth: number;
}

/** One point of the plots: a cost of the test set and its prediction, in Pts. */
export type PredictedPoint = readonly [cost: number, prediction: number];

export interface TrainingOutcome {
  best: ModelBundle;
  decision: Decision;
  reports: FamilyReport[];
  /** Share of the test set inside the intervals of the best model when fields are missing, every way in turn. */
  halfDescribedCoverage: number;
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

const isSound = (predictions: readonly number[]) => predictions.every((value) => Number.isFinite(value) && value > 0);

function contender(predict: Predict, test: readonly Sample[]): Contender {
  const predictions = predict(test.map(({ garment }) => garment));
  const { rmse } = metricsOf(
    test.map(({ cost }) => cost),
    predictions,
  );
  return { rmse, sound: isSound(predictions) };
}

function pointsOf(predict: Predict, test: readonly Sample[]): PredictedPoint[] {
  const predictions = predict(test.map(({ garment }) => garment));
  return test.map(({ cost }, at) => [cost, predictions[at] as number]);
}

/**
 * Trains every family on one split, evaluates them on the test set, picks the best by RMSE and decides about its
 * promotion. The same samples in the same order and the same seed give the same models and metrics.
 *
 * @throws Error when there are too few samples.
 */
export async function trainModels(samples: readonly Sample[], options: TrainingOptions = {}): Promise<TrainingOutcome> {
  const { seed = DEFAULT_SEED, families = MODEL_FAMILIES, effort = 1, now = new Date(), incumbent = null } = options;
  if (samples.length < MIN_SAMPLES)
    throw new Error(`training: expected at least ${MIN_SAMPLES} distinct products, received ${samples.length}`);
  const split = splitSamples(samples, seed);
  const specOf = (members: readonly Sample[]) =>
    fitFeatureSpec(
      members.map(({ garment }) => garment),
      seed,
    );
  const spec = specOf(split.train);
  let backend: TensorBackend | null = null;
  const fit = (family: ModelFamily, members: readonly Sample[], features: FeatureSpec) =>
    (FAMILIES[family] as Family<unknown>).train(members, features, {
      seed,
      effort,
      onProgress: (done, planned, loss) =>
        options.onProgress?.({ family, done, planned, ...(loss !== undefined && { loss }) }),
      onBackend: (used) => {
        backend = used;
      },
    });

  const trained: { bundle: Omit<ModelBundle, 'halfDescribed'>; predict: Predict; report: FamilyReport }[] = [];
  for (const family of families) {
    const start = performance.now();
    const parameters = await fit(family, split.train, spec);
    const seconds = (performance.now() - start) / 1000;
    const predict = loadModel({ family, spec, parameters });
    const conformal = calibrate(predict, split.calibration);
    trained.push({
      bundle: { format: BUNDLE_FORMAT, family, trainedAt: now.toISOString(), spec, parameters, conformal },
      predict,
      report: {
        family,
        seconds,
        ...evaluate(predict, split.test),
        coverage: coverage(predict, conformal, split.test),
        intervalWidth: conformal.relativeWidth,
      },
    });
  }
  const best = trained.reduce((a, b) => (b.report.metrics.rmse < a.report.metrics.rmse ? b : a));
  const estimate = openEstimator(spec, best.predict, best.bundle.conformal);
  const halfDescribed = calibrateHalfDescribed(estimate, split.calibration);

  return {
    best: { ...best.bundle, halfDescribed },
    halfDescribedCoverage: halfDescribedCoverage(estimate, halfDescribed, split.test),
    decision: decidePromotion(
      contender(best.predict, split.test),
      incumbent && contender(loadModel(incumbent), split.test),
      options.policy,
    ),
    reports: trained.map(({ report }) => report),
    importance: permutationImportance(best.predict, split.test, seed),
    crossValidation: options.crossValidation
      ? await crossValidate(folds(samples, seed, options.crossValidation), async (train) => {
          const { family } = best.bundle;
          // Its own vocabulary: that of the split knows garments which this fold is tested on.
          const features = specOf(train);
          return loadModel({ family, spec: features, parameters: await fit(family, train, features) });
        })
      : null,
    counts: { train: split.train.length, calibration: split.calibration.length, test: split.test.length },
    seed,
    test: pointsOf(best.predict, split.test),
    backend,
  };
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
