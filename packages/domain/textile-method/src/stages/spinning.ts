import { constants } from '../figures/figures.js';
import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { type StageWork, stageWork } from './stage-work.js';

/** Spinning: a finer yarn takes more electricity (METHOD §8.2). */
export function spinningWork(garment: Garment, { outputKg }: StageMass): StageWork {
  const finenessFactor = garment.yarnSize / constants.spinningReferenceYarnSizeNm;
  let elecKWh = 0;
  for (const { spinning, share } of garment.fibres) {
    elecKWh += finenessFactor * spinning.energyFactor * outputKg * share;
  }
  const { electricity } = garment.countrySpinning;
  return stageWork(elecKWh, 0, elecKWh * electricity.ecs, elecKWh * electricity.pef);
}
