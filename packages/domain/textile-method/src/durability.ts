import { constants } from './figures/figures.js';
import type { Garment } from './resolve.js';

/** How long the item serves (METHOD §12). */
export interface Durability {
  /** `D`, which divides the totals. */
  readonly coefficient: number;
  /** Days of wear, as shown. */
  readonly wearDays: number;
  /** `N`, number of care cycles. */
  readonly careCycles: number;
}

const { min, max, referencesWeight, repairWeight, references, repair, business: businesses } = constants.durability;
const SECONDS_PER_DAY = 86_400;

/** `R`: a brand with many references makes its customers tire sooner (METHOD §12.1). */
export function referencesIndex(numberOfReferences: number): number {
  const { fullUpTo, halfAt, zeroFrom } = references;
  if (numberOfReferences <= fullUpTo) return 1;
  if (numberOfReferences <= halfAt) return 0.5 + ((halfAt - numberOfReferences) / (halfAt - fullUpTo)) * 0.5;
  if (numberOfReferences <= zeroFrom) return ((zeroFrom - numberOfReferences) / (zeroFrom - halfAt)) * 0.5;
  return 0;
}

/** `i` of METHOD §12.2: an item that is cheap to repair, for its price, is repaired. */
function repairability(priceEuro: number, repairCostEuro: number): number {
  const { fullBelowRatio, zeroAboveRatio } = repair;
  const costRatio = repairCostEuro / priceEuro;
  if (costRatio < fullBelowRatio) return 1;
  if (costRatio > zeroAboveRatio) return 0;
  const nothingAt = repairCostEuro / zeroAboveRatio;
  return (priceEuro - nothingAt) / (repairCostEuro / fullBelowRatio - nothingAt);
}

/** Non-physical durability, two decimals (METHOD §12.1 to §12.3). */
export function nonPhysicalDurability(garment: Garment): number {
  const { factor, bonus } = businesses[garment.business];
  const repairIndex = factor * repairability(garment.priceEuro, garment.product.economics.repairCostEuro) + bonus;
  const index = referencesWeight * referencesIndex(garment.numberOfReferences) + repairWeight * repairIndex;
  return Math.round(100 * (min + index * (max - min))) / 100;
}

/** Durability coefficient, days of wear and number of care cycles (METHOD §12). */
export function durabilityOf(garment: Garment): Durability {
  const { daysOfWear, wearsPerCycle } = garment.product.use;
  const coefficient = Math.min(garment.physicalDurability, nonPhysicalDurability(garment));
  return {
    coefficient,
    wearDays: Math.round((coefficient * (SECONDS_PER_DAY * daysOfWear)) / SECONDS_PER_DAY),
    careCycles: Math.round(Math.round(daysOfWear / Math.max(1, wearsPerCycle)) * coefficient),
  };
}
