import { DOMESTIC_COUNTRY, role } from '../catalogue.js';
import { constants } from '../figures/figures.js';
import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { type StageWork, stageWork } from './stage-work.js';

/** The item's part of a car trip to the collection point, then its treatment (METHOD §8.7). */
export function endOfLifeWork({ product }: Garment, { outputKg }: StageMass): StageWork {
  const { endOfLifePassengerCar: car, endOfLifeTreatment: treatment } = role;
  const { electricity, heat } = DOMESTIC_COUNTRY;
  const trips = product.endOfLifeVolumeM3 / constants.carTrunkVolumeM3;
  const elecKWh = car.elecKWh * trips + treatment.elecKWh * outputKg;
  const heatMJ = car.heatMJ * trips + treatment.heatMJ * outputKg;
  return stageWork(
    elecKWh,
    heatMJ,
    trips * car.ecs + outputKg * treatment.ecs + elecKWh * electricity.ecs + heatMJ * heat.ecs,
    trips * car.pef + outputKg * treatment.pef + elecKWh * electricity.pef + heatMJ * heat.pef,
  );
}
