/** What is known about a model on the suite that judges it. */
export interface Contender {
  /** Mean over the strata of the median absolute error, in percent of the cost: no outlier moves it. */
  error: number;
  /** Whether every prediction is finite and above 0. */
  sound: boolean;
}

export interface PromotionPolicy {
  /** Share by which the error has to fall: a hair's breadth is no reason to change what users see. */
  minImprovement: number;
}

export const DEFAULT_POLICY: PromotionPolicy = { minImprovement: 0.02 };

/** Whether the candidate becomes the production model, and why. */
export interface Decision {
  promote: boolean;
  reason: string;
}

/** Errors that differ by less, in percentage points, are of one size. */
const SAME_POINTS = 0.01;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/**
 * Decides about a candidate.
 *
 * @param incumbent - the production model on the same suite; null when there is none.
 */
export function decidePromotion(
  candidate: Contender,
  incumbent: Contender | null,
  { minImprovement }: PromotionPolicy = DEFAULT_POLICY,
): Decision {
  if (!candidate.sound)
    return { promote: false, reason: 'refused: a prediction of the suite is not finite or not above 0' };
  if (!incumbent) return { promote: true, reason: 'promoted: there was no production model' };
  if (!incumbent.sound)
    return {
      promote: true,
      reason: 'promoted: the production model has predictions that are not finite or not above 0',
    };
  const gain = 1 - candidate.error / incumbent.error;
  const compared = `median error ${candidate.error.toFixed(3)} % against ${incumbent.error.toFixed(3)} % over the same strata`;
  return gain >= minImprovement && incumbent.error - candidate.error >= SAME_POINTS
    ? { promote: true, reason: `promoted: ${compared}, ${percent(gain)} better` }
    : { promote: false, reason: `kept as a candidate: ${compared}, less than ${percent(minImprovement)} better` };
}
