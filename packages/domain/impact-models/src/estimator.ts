import { completionsOf } from './completions.js';
import { INTERVAL_LEVEL, openWidths } from './conformal.js';
import type { Predict } from './families/family.js';
import type { Garment } from './garment.js';
import type { ModelBundle } from './model-bundle.js';

/** A predicted cost with the bounds around it, in Pts. */
export interface Estimate {
  readonly prediction: number;
  readonly low: number;
  readonly high: number;
}

/** Share of the costs that lie below and above the interval. */
const TAIL = (1 - INTERVAL_LEVEL) / 2;
/** No garment costs less. */
const LEAST_PTS = 0.01;
/** An interval is so many times as wide for each field that lies outside of what was trained on. */
const WIDER = 3;

/** A value with as large a share of the values below it, between the two that are nearest. */
function quantile(values: Float64Array, share: number): number {
  // Without a function that compares, typed arrays are sorted by size in native code.
  const sorted = values.sort();
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}

/** @param beyond - fields that lie outside of what was trained on. */
export type Estimator = (garment: Garment, beyond?: number) => Estimate;

/** An estimate is the mean over the whole garments that a garment could be; its bounds leave out a tail at either end. */
export function openEstimator({ conformal }: Pick<ModelBundle, 'conformal'>, predict: Predict): Estimator {
  const widthsOf = openWidths(conformal);
  return (garment, beyond = 0) => {
    const whole = completionsOf(garment);
    const predictions = predict(whole).map((prediction) => Math.max(LEAST_PTS, prediction));
    const widths = widthsOf(whole);
    const prediction = predictions.reduce((sum, one) => sum + one, 0) / predictions.length;
    const bounds = (side: number) => {
      const values = new Float64Array(predictions.length);
      for (let at = 0; at < values.length; at++)
        values[at] = (predictions[at] as number) * (1 + side * (widths[at] as number));
      return values;
    };
    const wider = WIDER ** beyond;
    return {
      prediction,
      low: Math.max(0, Math.min(prediction, quantile(bounds(-wider), TAIL))),
      high: Math.max(prediction, quantile(bounds(wider), 1 - TAIL)),
    };
  };
}
