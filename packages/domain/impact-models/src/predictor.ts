import type { Prediction, PredictionRequest } from '@ecobalyse/schema';
import { CORE_FIELDS, missingFields, openVocabulary } from './completions.js';
import { openEstimator } from './estimator.js';
import { warningsFor } from './feature-spec.js';
import { garmentOf, queryFromRequest } from './garment.js';
import { loadModel, type ModelBundle } from './model-bundle.js';
import { materialField, requestWarnings } from './request-warnings.js';

/** A prediction; `query` is the garment as a textile query when it is described in full, else null. */
export interface Answer {
  readonly prediction: Omit<Prediction, 'exact'>;
  readonly query: Readonly<Record<string, unknown>> | null;
}

/** Answers prediction requests with one version of a model; null when the request tells nothing that it knows. */
export type Predictor = (request: PredictionRequest) => Answer | null;

/** Warnings that say how much of the garment lies outside of what the model was trained on. */
const BEYOND = 'outside-training-range';

/**
 * Opens a model for prediction. A garment that lacks fields is averaged over what those fields could be, and its interval
 * holds nine tenths of that; a garment that lies outside of what was trained on has a wider one.
 */
export function openPredictor(bundle: ModelBundle, version: number): Predictor {
  const { spec, family, trainedAt, conformal } = bundle;
  const readable = openVocabulary(spec);
  const estimate = openEstimator(bundle, loadModel(bundle));
  const model = { family, version, trainedAt };
  return (request) => {
    const query = queryFromRequest(request);
    const told = garmentOf(query);
    const garment = readable(told);
    const missing = missingFields(garment);
    if (missing.length === CORE_FIELDS.length) return null;
    const warnings = [...requestWarnings(request), ...warningsFor(spec, told, (id) => materialField(request, id))];
    const beyond = warnings.filter(({ code }) => code === BEYOND).length;
    const { prediction, low, high } = estimate(garment, beyond);
    return {
      prediction: { prediction_impact: prediction, interval: { low, high, level: conformal.level }, model, warnings },
      query:
        missing.length === 0
          ? { ...query, materials: told.materials, countrySpinning: told.known.countrySpinning }
          : null,
    };
  };
}
