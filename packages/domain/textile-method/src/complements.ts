import { constants } from './figures/figures.js';
import type { Garment } from './resolve.js';
import { type Pts, pts } from './units.js';

/** Maluses on `ecs`, positive; the other complements of an answer have no figure (METHOD §10.3). */
export interface Complements {
  readonly microfibres: Pts;
  readonly outOfEuropeEndOfLife: Pts;
}

export const NO_COMPLEMENTS: Complements = Object.freeze({ microfibres: pts(0), outOfEuropeEndOfLife: pts(0) });

const { malusPtsPerKg, syntheticSharePercentThreshold, ratioSynthetic, ratioOther } = constants.outOfEuropeEndOfLife;

/** Complements of the stage `material`: microfibres shed over the life of the item (METHOD §10.1). */
export function materialComplements({ fibres, massKg }: Garment): Complements {
  let malus = 0;
  for (const { material, share } of fibres) malus += material.microfibresPtsPerKg * massKg * share;
  return { ...NO_COMPLEMENTS, microfibres: pts(malus) };
}

/** Complements of the stage `eol`: export of the worn item out of Europe (METHOD §10.2). */
export function endOfLifeComplements({ fibres, massKg }: Garment): Complements {
  let syntheticPercent = 0;
  for (const { material, sharePercent } of fibres) if (material.isSynthetic) syntheticPercent += sharePercent;
  // Shares are not checked: more than 100 % of synthetic fibre counts as none (METHOD §17.1).
  const isSynthetic = syntheticPercent >= syntheticSharePercentThreshold && syntheticPercent <= 100;
  const malus = (isSynthetic ? ratioSynthetic : ratioOther) * massKg * malusPtsPerKg;
  return { ...NO_COMPLEMENTS, outOfEuropeEndOfLife: pts(malus) };
}
