import { constants } from '../figures/figures.js';
import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { surfaceMassInKg } from '../units.js';
import { NO_WORK, type StageWork, stageWork } from './stage-work.js';

/** The fabric stage, with what describes a woven fabric: `null` for a knitted one. */
export interface FabricWork {
  readonly work: StageWork;
  /** Number of picks. */
  readonly picking: number | null;
  /** Threads per cm. */
  readonly threadDensity: number | null;
}

export const NO_FABRIC_WORK: FabricWork = Object.freeze({ work: NO_WORK, picking: null, threadDensity: null });

/** Threads per cm of a fabric (METHOD §8.4). */
const threadDensityOf = ({ surfaceMass, yarnSize }: Garment): number =>
  (surfaceMass * yarnSize) / 100 / 2 / constants.weavingShrinkageFactor;

/** Knitting or weaving, with the electricity of the country; the technique has no impact of its own (METHOD §8.3, §8.4). */
export function fabricWork(garment: Garment, { outputKg }: StageMass): FabricWork {
  const { fabric, surfaceMass, countryFabric } = garment;
  const threadDensity = fabric.knitted ? null : threadDensityOf(garment);
  // Operations from left to right: a count that falls on a half would go the other way (METHOD §1.3 rule 3).
  const picking =
    threadDensity === null ? null : Math.round(threadDensity * (outputKg / surfaceMassInKg(surfaceMass)) * 100);
  const elecKWh =
    picking === null ? outputKg * fabric.process.elecKWh : constants.weavingElectricityKWhPerPickMetre * picking;
  const { electricity } = countryFabric;
  const work = stageWork(elecKWh, 0, elecKWh * electricity.ecs, elecKWh * electricity.pef);
  return { work, picking, threadDensity };
}
