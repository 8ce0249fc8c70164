import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { type StageWork, stageWork } from './stage-work.js';

/** Raw materials: no energy of their own (METHOD §8.1). */
export function materialWork({ fibres }: Garment, { outputKg }: StageMass): StageWork {
  let ecs = 0;
  let pef = 0;
  for (const { material, share } of fibres) {
    const massKg = outputKg * share;
    ecs += massKg * material.impactsPerKg.ecs;
    pef += massKg * material.impactsPerKg.pef;
  }
  return stageWork(0, 0, ecs, pef);
}
