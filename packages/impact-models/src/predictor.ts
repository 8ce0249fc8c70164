import type { Prediction, PredictionRequest } from '@ecobalyse/schema';
import { openCompletions } from './completions.js';
import { intervalAround } from './conformal.js';
import { warningsFor } from './feature-spec.js';
import { garmentFromRequest } from './garment.js';
import { loadModel, type ModelBundle } from './model-bundle.js';

/** Answers prediction requests with one version of a model. */
export type Predictor = (request: PredictionRequest) => Prediction;

/** Share of the completions of a half-described garment that lie below and above its interval. */
const TAIL = 0.05;

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] as number;
}

/**
 * Opens a model for prediction. A garment that lacks fields is averaged over what those fields are in similar garments,
 * and its interval covers 90 % of them.
 */
export function openPredictor(bundle: ModelBundle, version: number): Predictor {
  const { spec, conformal, family, trainedAt } = bundle;
  const predict = loadModel(bundle);
  const complete = openCompletions(spec);
  const model = { family, version, trainedAt };
  return (request) => {
    const garment = garmentFromRequest(request);
    const predictions = predict(complete(garment));
    const intervals = predictions.map((prediction) => intervalAround(prediction, conformal));
    const sorted = (bound: 'low' | 'high') => intervals.map((interval) => interval[bound]).sort((a, b) => a - b);
    return {
      prediction_impact: predictions.reduce((sum, prediction) => sum + prediction, 0) / predictions.length,
      interval: {
        low: quantile(sorted('low'), TAIL),
        high: quantile(sorted('high'), 1 - TAIL),
        level: conformal.level,
      },
      model,
      warnings: warningsFor(spec, garment),
    };
  };
}
