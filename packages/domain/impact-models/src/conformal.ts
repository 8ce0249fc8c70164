import type { Predict, Sample } from './families/family.js';

/** Split-conformal intervals: the prediction, give or take a share of it (Lei et al., 2018). */
export interface Conformal {
  level: number;
  /** Half-width of the interval, as a share of the prediction. */
  relativeWidth: number;
}

export const INTERVAL_LEVEL = 0.9;

/** Measures the width on samples that the model was not trained on. */
export function calibrate(predict: Predict, samples: readonly Sample[], level = INTERVAL_LEVEL): Conformal {
  const predictions = predict(samples.map(({ garment }) => garment));
  const scores = samples
    .map(({ cost }, at) => {
      const prediction = predictions[at] as number;
      return Math.abs(cost - prediction) / Math.abs(prediction);
    })
    .sort((a, b) => a - b);
  const rank = Math.min(scores.length, Math.ceil((scores.length + 1) * level));
  return { level, relativeWidth: scores[rank - 1] ?? Number.POSITIVE_INFINITY };
}

/** Bounds of the interval around a prediction. */
export function intervalAround(prediction: number, { relativeWidth }: Conformal): { low: number; high: number } {
  const half = Math.abs(prediction) * relativeWidth;
  return { low: Math.max(0, prediction - half), high: prediction + half };
}

/** Share of the samples whose cost is in the interval. */
export function coverage(predict: Predict, conformal: Conformal, samples: readonly Sample[]): number {
  const predictions = predict(samples.map(({ garment }) => garment));
  const inside = samples.filter(({ cost }, at) => {
    const { low, high } = intervalAround(predictions[at] as number, conformal);
    return cost >= low && cost <= high;
  });
  return inside.length / samples.length;
}
