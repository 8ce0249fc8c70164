import { role } from '../catalogue.js';
import { constants } from '../figures/figures.js';
import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { type StageWork, stageWork } from './stage-work.js';

/** Making: sewing is per item, fading per kg of cut fabric (METHOD §8.5). */
export function makingWork({ makingComplexity, fading, countryMaking }: Garment, { outputKg }: StageMass): StageWork {
  const minutes = constants.makingComplexityMinutes[makingComplexity];
  const fadedKg = fading ? outputKg : 0;
  const elecKWh = minutes * constants.makingElectricityKWhPerMinute + role.fading.elecKWh * fadedKg;
  const heatMJ = role.fading.heatMJ * fadedKg;
  const { electricity, heat } = countryMaking;
  return stageWork(
    elecKWh,
    heatMJ,
    elecKWh * electricity.ecs + heatMJ * heat.ecs + fadedKg * role.fading.ecs,
    elecKWh * electricity.pef + heatMJ * heat.pef + fadedKg * role.fading.pef,
  );
}
