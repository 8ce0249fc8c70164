import type { Predictor } from '@ecobalyse/impact-models';
import { counter, gauge, histogram } from '@ecobalyse/telemetry';

const durations = histogram({
  name: 'model_prediction_duration_seconds',
  help: 'Predictions by the production model, each of a batch too',
  labels: ['family'],
  buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25],
});
const warnings = counter({
  name: 'model_prediction_warnings_total',
  help: 'Predictions of garments unlike those that the model has learnt from',
  labels: ['family'],
});
const version = gauge({
  name: 'model_version',
  help: 'Version of the model that this process predicts with, 0 without one',
});
const loadFailures = counter({
  name: 'model_load_failures_total',
  help: 'Looks at the registry that failed: the model stays the one it was',
});

/** Measures each prediction of a model. */
export function measured(predict: Predictor): Predictor {
  return (request) => {
    const startedAt = performance.now();
    const answer = predict(request);
    if (answer === null) return null;
    const { prediction } = answer;
    const { family } = prediction.model;
    durations.observe({ family }, (performance.now() - startedAt) / 1000);
    if (prediction.warnings.length > 0) warnings.inc({ family });
    return answer;
  };
}

/** Shows which model is in use. */
export function modelInUse(number: number | undefined): void {
  version.set(number ?? 0);
}

export function modelNotLoaded(): void {
  loadFailures.inc();
}
