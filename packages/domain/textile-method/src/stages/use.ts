import { role } from '../catalogue.js';
import type { Durability } from '../durability.js';
import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { type StageWork, stageWork } from './stage-work.js';

/** Washing, drying and ironing over the wear life, with French low-voltage electricity (METHOD §8.6). */
export function useWork({ product }: Garment, { outputKg }: StageMass, { careCycles }: Durability): StageWork {
  const { careProcess, ironingKWhPerCycle } = product.use;
  const caredKg = careCycles * outputKg;
  const elecKWh = careCycles * (ironingKWhPerCycle + outputKg * careProcess.elecKWh);
  return stageWork(
    elecKWh,
    0,
    elecKWh * role.useElectricity.ecs + caredKg * careProcess.ecs,
    elecKWh * role.useElectricity.pef + caredKg * careProcess.pef,
  );
}
