import type { Prediction, PredictionRequest } from '@ecobalyse/schema';
import { openVocabulary } from './completions.js';
import { warningsFor } from './feature-spec.js';
import { garmentFromRequest } from './garment.js';
import { missingFields, openEstimator, widened } from './half-described.js';
import { loadModel, type ModelBundle } from './model-bundle.js';
import { materialField, requestWarnings } from './request-warnings.js';

/** Answers prediction requests with one version of a model. */
export type Predictor = (request: PredictionRequest) => Prediction;

/**
 * Opens a model for prediction. A garment that lacks fields is averaged over what those fields are in similar garments,
 * and its interval is the one that was calibrated for garments that lack them.
 */
export function openPredictor(bundle: ModelBundle, version: number): Predictor {
  const { spec, conformal, halfDescribed, family, trainedAt } = bundle;
  const readable = openVocabulary(spec);
  const estimate = openEstimator(spec, loadModel(bundle), conformal);
  const model = { family, version, trainedAt };
  return (request) => {
    const told = garmentFromRequest(request);
    const garment = readable(told);
    const { prediction, low, high } = widened(estimate(garment), halfDescribed[missingFields(garment)]);
    return {
      prediction_impact: prediction,
      interval: { low, high, level: conformal.level },
      model,
      warnings: [...requestWarnings(request), ...warningsFor(spec, told, (id) => materialField(request, id))],
    };
  };
}
