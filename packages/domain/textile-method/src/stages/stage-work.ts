import { type KWh, kWh, type MJ, mj, NO_SCORES, type Scores, scores } from '../units.js';

/** Energy drawn by a stage and the impacts of its work, complements and transport left out (METHOD §8). */
export interface StageWork {
  readonly elecKWh: KWh;
  readonly heatMJ: MJ;
  readonly impacts: Scores;
}

/** A stage that is not computed, or that does nothing but transport. */
export const NO_WORK: StageWork = Object.freeze({ elecKWh: kWh(0), heatMJ: mj(0), impacts: NO_SCORES });

/** Names the units of a stage's result. */
export const stageWork = (elecKWh: number, heatMJ: number, ecs: number, pef: number): StageWork => ({
  elecKWh: kWh(elecKWh),
  heatMJ: mj(heatMJ),
  impacts: scores(ecs, pef),
});
