/** What is known about a model on the test set. */
export interface Contender {
  rmse: number;
  /** Whether every prediction is finite and above 0. */
  sound: boolean;
}

export interface PromotionPolicy {
  /** Share by which the RMSE has to fall: a hair's breadth is no reason to change what users see. */
  minImprovement: number;
}

export const DEFAULT_POLICY: PromotionPolicy = { minImprovement: 0.02 };

/** Whether the candidate becomes the production model, and why. */
export interface Decision {
  promote: boolean;
  reason: string;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/**
 * Decides about a candidate.
 *
 * @param incumbent - the production model on the same test set; null when there is none.
 */
export function decidePromotion(
  candidate: Contender,
  incumbent: Contender | null,
  { minImprovement }: PromotionPolicy = DEFAULT_POLICY,
): Decision {
  if (!candidate.sound)
    return { promote: false, reason: 'refused: a prediction on the test set is not finite or not above 0' };
  if (!incumbent) return { promote: true, reason: 'promoted: there was no production model' };
  if (!incumbent.sound)
    return {
      promote: true,
      reason: 'promoted: the production model has predictions that are not finite or not above 0',
    };
  const gain = 1 - candidate.rmse / incumbent.rmse;
  const compared = `RMSE ${candidate.rmse.toFixed(2)} against ${incumbent.rmse.toFixed(2)} Pts on the same test set`;
  return gain >= minImprovement
    ? { promote: true, reason: `promoted: ${compared}, ${percent(gain)} better` }
    : { promote: false, reason: `kept as a candidate: ${compared}, less than ${percent(minImprovement)} better` };
}
