import { constants, stageFigures } from '../figures/figures.js';
import type { Simulation } from '../simulation.js';
import type { Stage } from '../stage.js';
import { NO_PRE_TREATMENTS, type PreTreatments } from '../stages/ennobling.js';
import { addTransports, NO_TRANSPORT, type Transport } from '../transport.js';
import { addScores, scores } from '../units.js';
import { complementsObject } from './complements-object.js';
import { deepFreeze } from './deep-freeze.js';
import { echoQuery } from './echoed-query.js';
import { impactObject } from './impact-object.js';
import { processInfoOf } from './process-info.js';
import { showCountry } from './shown-catalogue.js';
import { showInputs, shownRatio } from './shown-inputs.js';
import { DEFAULT_WEB_BASE_URL, webUrl } from './web-url.js';

/** Distances in km (METHOD §11.4); nothing is carried cooled. */
const transportObject = ({ airKm, impacts, roadKm, seaKm }: Transport) => ({
  air: airKm,
  impacts: impactObject(impacts),
  road: roadKm,
  roadCooled: 0,
  sea: seaKm,
  seaCooled: 0,
});
export type TransportObject = ReturnType<typeof transportObject>;

const NO_TRANSPORT_SHOWN = Object.freeze(transportObject(NO_TRANSPORT));

const showTransport = (transport: Transport): TransportObject =>
  transport === NO_TRANSPORT ? NO_TRANSPORT_SHOWN : transportObject(transport);

const preTreatmentsObject = ({ elecKWh, energy, heatMJ, operations, toxicity }: PreTreatments) => ({
  elecKWh,
  energy: impactObject(energy),
  heatMJ,
  impacts: impactObject(addScores(energy, toxicity)),
  operations: operations.map(({ id, label }) => label ?? id),
  toxicity: impactObject(toxicity),
});

const NO_PRE_TREATMENTS_SHOWN = deepFreeze(preTreatmentsObject(NO_PRE_TREATMENTS));

const showPreTreatments = (preTreatments: PreTreatments) =>
  preTreatments === NO_PRE_TREATMENTS ? NO_PRE_TREATMENTS_SHOWN : preTreatmentsObject(preTreatments);

/** One of the eight stages, as shown (METHOD §15.4). */
function showStage(simulation: Simulation, stage: Stage, rank: number) {
  const { garment, airRatio, fabric, preTreatments } = simulation;
  const { query } = garment;
  const { code, complements, mass, work } = stage;
  const malus = complements.microfibres + complements.outOfEuropeEndOfLife;
  const isFabric = code === 'fabric';
  const isMaking = code === 'making';
  return {
    airTransportRatio: isMaking ? airRatio : 0,
    complementsImpacts: complementsObject(complements),
    country: showCountry(stage.country),
    deadstock: mass.deadstockKg,
    durability: 1,
    editable: stageFigures[rank]?.editable ?? false,
    elecKWh: work.elecKWh,
    enabled: stage.enabled,
    heatMJ: work.heatMJ,
    impacts: impactObject(scores(work.impacts.ecs + malus, work.impacts.pef)),
    inputMass: mass.inputKg,
    label: stageFigures[rank]?.label ?? code,
    makingDeadStock: isMaking ? shownRatio(query.makingDeadStock) : null,
    makingWaste: isMaking ? shownRatio(query.makingWaste) : null,
    outputMass: mass.outputKg,
    picking: isFabric ? fabric.picking : null,
    preTreatments: showPreTreatments(code === 'ennobling' ? preTreatments : NO_PRE_TREATMENTS),
    processInfo: processInfoOf(stage, rank, garment),
    surfaceMass: isFabric ? query.surfaceMass : null,
    threadDensity: isFabric ? fabric.threadDensity : null,
    transport: showTransport(stage.transport),
    waste: mass.wasteKg,
    yarnSize: isFabric || code === 'spinning' ? (query.yarnSize?.nm ?? null) : null,
  };
}
export type StageObject = ReturnType<typeof showStage>;

/** What an answer is to be like. */
export interface AnswerOptions {
  /** Base address of the web simulator that `webUrl` points to; default: the official one. */
  readonly webBaseUrl?: string;
  /**
   * Whether the answer for an upcycled garment shows the four stages that do not count: the official API did until September
   * 2026, and leaves them out since; default: shown.
   */
  readonly upcycledStages?: 'shown' | 'left-out' | undefined;
}

/** Builds the detailed answer of a simulation (METHOD §15.3). Parts that do not depend on the query are shared and frozen. */
export function detailedAnswer(simulation: Simulation, options: AnswerOptions = {}) {
  const { garment, durability, stages, totals } = simulation;
  const { webBaseUrl = DEFAULT_WEB_BASE_URL, upcycledStages } = options;
  const lifeCycle = stages.map((stage, rank) => showStage(simulation, stage, rank));
  const isLeftOut = ({ code }: Stage) => constants.upcycledDisabledStages.includes(code);
  return {
    complementsImpacts: complementsObject(totals.complements),
    daysOfWear: durability.wearDays,
    durability: durability.coefficient,
    impacts: impactObject(totals.impacts),
    impactsWithoutDurability: impactObject(totals.impactsWithoutDurability),
    inputs: showInputs(garment),
    lifeCycle:
      garment.upcycled && upcycledStages === 'left-out'
        ? lifeCycle.filter((_, rank) => !isLeftOut(stages[rank] as Stage))
        : lifeCycle,
    transport: showTransport(stages.reduce((sum, { transport }) => addTransports(sum, transport), NO_TRANSPORT)),
    trimsImpacts: impactObject(garment.trims.impacts),
    useNbCycles: durability.careCycles,
    webUrl: webUrl(webBaseUrl, 'ecs', echoQuery(garment)),
  };
}

/** Answer of the detailed route (METHOD §15.3). */
export type DetailedAnswer = ReturnType<typeof detailedAnswer>;
