import { type Country, type Process, role } from '../catalogue.js';
import type { StageMass } from '../mass-chain.js';
import type { Garment } from '../resolve.js';
import { type KWh, kWh, type MJ, mj, NO_SCORES, type Scores, scores, surfaceMassInKg } from '../units.js';
import { NO_WORK, type StageWork, stageWork } from './stage-work.js';

/** What is done to the fibres before dyeing, shown apart in an answer (METHOD §9.1). */
export interface PreTreatments {
  readonly elecKWh: KWh;
  readonly heatMJ: MJ;
  readonly energy: Scores;
  readonly toxicity: Scores;
  /** The distinct operations, in order of first use. */
  readonly operations: readonly Process[];
}

export const NO_PRE_TREATMENTS: PreTreatments = Object.freeze({
  elecKWh: kWh(0),
  heatMJ: mj(0),
  energy: NO_SCORES,
  toxicity: NO_SCORES,
  operations: Object.freeze([]),
});

export interface EnnoblingWork {
  readonly work: StageWork;
  readonly preTreatments: PreTreatments;
}

export const NO_ENNOBLING_WORK: EnnoblingWork = Object.freeze({ work: NO_WORK, preTreatments: NO_PRE_TREATMENTS });

/** What the processes applied one after the other draw and weigh. */
interface Tally {
  elecKWh: number;
  heatMJ: number;
  ecs: number;
  pef: number;
}

/** Adds `p` applied to an amount of it: its energy, from the mixes of a country, and its own impact (METHOD §9). */
function apply(tally: Tally, process: Process, amount: number, { electricity, ennoblingHeat }: Country): void {
  const elecKWh = process.elecKWh * amount;
  const heatMJ = process.heatMJ * amount;
  tally.elecKWh += elecKWh;
  tally.heatMJ += heatMJ;
  tally.ecs += amount * process.ecs + heatMJ * ennoblingHeat.ecs + elecKWh * electricity.ecs;
  tally.pef += amount * process.pef + heatMJ * ennoblingHeat.pef + elecKWh * electricity.pef;
}

/** Adds the pollution that reaches rivers from an amount of process; it draws no energy. */
function pollute(tally: Tally, process: Process, pollutingAmount: number): void {
  tally.ecs += pollutingAmount * process.ecs;
  tally.pef += pollutingAmount * process.pef;
}

/** Pre-treatments: energy from the mixes of the country, toxicity by its aquatic pollution ratio (METHOD §9.1). */
function preTreat({ fibres, countryDyeing }: Garment, inputKg: number): PreTreatments {
  const { electricity, heat, aquaticPollutionRatio } = countryDyeing;
  const toxicity: Tally = { elecKWh: 0, heatMJ: 0, ecs: 0, pef: 0 };
  const operations: Process[] = [];
  let elecKWh = 0;
  let heatMJ = 0;
  for (const { material, share } of fibres) {
    const massKg = inputKg * share;
    for (const operation of material.preTreatments) {
      elecKWh += operation.elecKWh * massKg;
      heatMJ += operation.heatMJ * massKg;
      pollute(toxicity, operation, aquaticPollutionRatio * massKg);
      if (!operations.includes(operation)) operations.push(operation);
    }
  }
  return {
    elecKWh: kWh(elecKWh),
    heatMJ: mj(heatMJ),
    energy: scores(elecKWh * electricity.ecs + heatMJ * heat.ecs, elecKWh * electricity.pef + heatMJ * heat.pef),
    toxicity: scores(toxicity.ecs, toxicity.pef),
    operations,
  };
}

/** Pre-treatments, dyeing, printing and finishing (METHOD §9). */
export function ennoblingWork(garment: Garment, { inputKg, outputKg }: StageMass): EnnoblingWork {
  const { fibres, countryDyeing: country, printing, surfaceMass } = garment;
  const preTreatments = preTreat(garment, inputKg);
  const tally: Tally = {
    elecKWh: preTreatments.elecKWh,
    heatMJ: preTreatments.heatMJ,
    ecs: preTreatments.energy.ecs + preTreatments.toxicity.ecs,
    pef: preTreatments.energy.pef + preTreatments.toxicity.pef,
  };
  apply(tally, garment.dyeing, outputKg, country);
  for (const { material, share } of fibres) {
    pollute(tally, material.dyeingToxicity, country.aquaticPollutionRatio * share * outputKg);
  }
  if (printing !== null) {
    const printedM2 = (outputKg / surfaceMassInKg(surfaceMass)) * printing.ratio;
    apply(tally, printing.technique.process, printedM2, country);
    pollute(tally, printing.technique.toxicity, country.aquaticPollutionRatio * printedM2);
  }
  apply(tally, role.finishing, outputKg, country);
  return { work: stageWork(tally.elecKWh, tally.heatMJ, tally.ecs, tally.pef), preTreatments };
}
