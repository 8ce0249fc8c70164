import { IMPACT_CODES } from '@ecobalyse/schema';
import type { DetailedAnswer, StageObject, TransportObject } from '@ecobalyse/textile-method';
import { anything, fewTexts, list, number, shared, text, type Writer } from './json-writers.js';

/**
 * The JSON of a detailed answer, of which there are thousands a second: 20 kB, most of it field names, zeros, and the same
 * countries and labels over and over. Written field by field in the order of the answer; tests compare every field with
 * `JSON.stringify`.
 */

const label = fewTexts();

/** Whether the indicators without a published figure are 0, as they are (METHOD §1.1). Spelt out: a loop costs ten times more. */
const hasOnlyPublished = (value: DetailedAnswer['impacts']) =>
  value.acd === 0 &&
  value.cch === 0 &&
  value.etf === 0 &&
  value['etf-c'] === 0 &&
  value.fru === 0 &&
  value.fwe === 0 &&
  value.htc === 0 &&
  value['htc-c'] === 0 &&
  value.htn === 0 &&
  value['htn-c'] === 0 &&
  value.ior === 0 &&
  value.ldu === 0 &&
  value.mru === 0 &&
  value.ozd === 0 &&
  value.pco === 0 &&
  value.pma === 0 &&
  value.swe === 0 &&
  value.tre === 0 &&
  value.wtu === 0;

/** What stands before the published indicators, several dozens of times: a third of an answer. */
const ZEROS = IMPACT_CODES.slice(0, -2)
  .map((code) => `"${code}":0,`)
  .join('');

const complements = shared(
  (value: DetailedAnswer['complementsImpacts']) =>
    `{"cropDiversity":${number(value.cropDiversity)}` +
    `,"hedges":${number(value.hedges)}` +
    `,"livestockDensity":${number(value.livestockDensity)}` +
    `,"microfibers":${number(value.microfibers)}` +
    `,"outOfEuropeEOL":${number(value.outOfEuropeEOL)}` +
    `,"permanentPasture":${number(value.permanentPasture)}` +
    `,"plotSize":${number(value.plotSize)}}`,
);
const country = shared(anything);
const product = shared(anything);

const material = shared(anything);
const materialEntry = (entry: DetailedAnswer['inputs']['materials'][number]) =>
  `{${entry.country === undefined ? '' : `"country":${label(entry.country)},`}` +
  `"material":${material(entry.material)}` +
  `,"share":${number(entry.share)}` +
  `${entry.spinning === undefined ? '' : `,"spinning":${label(entry.spinning)}`}}`;

const trimItem = (item: DetailedAnswer['inputs']['trims'][number]) =>
  item.custom === undefined ? `{"id":${label(item.id)},"quantity":${number(item.quantity)}}` : anything(item);

const processInfo = shared(
  (info: StageObject['processInfo']) =>
    `{"airTransport":${label(info.airTransport)}` +
    `,"airTransportRatio":${label(info.airTransportRatio)}` +
    `,"countryElec":${label(info.countryElec)}` +
    `,"countryHeat":${label(info.countryHeat)}` +
    `,"distribution":${label(info.distribution)}` +
    `,"endOfLife":${label(info.endOfLife)}` +
    `,"fabric":${label(info.fabric)}` +
    `,"fading":${label(info.fading)}` +
    `,"making":${label(info.making)}` +
    `,"passengerCar":${label(info.passengerCar)}` +
    `,"roadTransport":${label(info.roadTransport)}` +
    `,"seaTransport":${label(info.seaTransport)}` +
    `,"useIroning":${label(info.useIroning)}` +
    `,"useNonIroning":${label(info.useNonIroning)}}`,
);

const printing = ({ kind, ratio }: NonNullable<DetailedAnswer['inputs']['printing']>) =>
  `{"kind":${label(kind)},"ratio":${number(ratio)}}`;

const inputs = (value: DetailedAnswer['inputs']) =>
  `{"airTransportRatio":${number(value.airTransportRatio)}` +
  `,"business":${label(value.business)}` +
  `,"countryDyeing":${country(value.countryDyeing)}` +
  `,"countryFabric":${country(value.countryFabric)}` +
  `,"countryMaking":${country(value.countryMaking)}` +
  `,"disabledSteps":${list(value.disabledSteps, label)}` +
  `,"dyeingProcessType":${label(value.dyeingProcessType)}` +
  `,"fabricProcess":${label(value.fabricProcess)}` +
  `,"fading":${value.fading}` +
  `,"makingComplexity":${label(value.makingComplexity)}` +
  `,"makingDeadStock":${number(value.makingDeadStock)}` +
  `,"makingWaste":${number(value.makingWaste)}` +
  `,"mass":${number(value.mass)}` +
  `,"materials":${list(value.materials, materialEntry)}` +
  `,"numberOfReferences":${number(value.numberOfReferences)}` +
  `,"physicalDurability":${number(value.physicalDurability)}` +
  `,"price":${number(value.price)}` +
  `,"printing":${value.printing === null ? 'null' : printing(value.printing)}` +
  `,"product":${product(value.product)}` +
  `,"surfaceMass":${number(value.surfaceMass)}` +
  `,"trims":${list(value.trims, trimItem)}` +
  `,"upcycled":${value.upcycled}` +
  `,"yarnSize":${number(value.yarnSize)}}`;

/** A writer of detailed answers, with what it writes for the indicators of 0. */
function answerWriter(zeros: string): Writer<DetailedAnswer> {
  const impacts = (value: DetailedAnswer['impacts']) =>
    hasOnlyPublished(value) ? `{${zeros}"ecs":${number(value.ecs)},"pef":${number(value.pef)}}` : anything(value);

  const preTreatments = shared(
    (value: StageObject['preTreatments']) =>
      `{"elecKWh":${number(value.elecKWh)}` +
      `,"energy":${impacts(value.energy)}` +
      `,"heatMJ":${number(value.heatMJ)}` +
      `,"impacts":${impacts(value.impacts)}` +
      `,"operations":${list(value.operations, label)}` +
      `,"toxicity":${impacts(value.toxicity)}}`,
  );

  const transport = shared(
    (value: TransportObject) =>
      `{"air":${number(value.air)}` +
      `,"impacts":${impacts(value.impacts)}` +
      `,"road":${number(value.road)}` +
      `,"roadCooled":${number(value.roadCooled)}` +
      `,"sea":${number(value.sea)}` +
      `,"seaCooled":${number(value.seaCooled)}}`,
  );

  const stage = (value: StageObject) =>
    `{"airTransportRatio":${number(value.airTransportRatio)}` +
    `,"complementsImpacts":${complements(value.complementsImpacts)}` +
    `,"country":${country(value.country)}` +
    `,"deadstock":${number(value.deadstock)}` +
    `,"durability":${number(value.durability)}` +
    `,"editable":${value.editable}` +
    `,"elecKWh":${number(value.elecKWh)}` +
    `,"enabled":${value.enabled}` +
    `,"heatMJ":${number(value.heatMJ)}` +
    `,"impacts":${impacts(value.impacts)}` +
    `,"inputMass":${number(value.inputMass)}` +
    `,"label":${label(value.label)}` +
    `,"makingDeadStock":${number(value.makingDeadStock)}` +
    `,"makingWaste":${number(value.makingWaste)}` +
    `,"outputMass":${number(value.outputMass)}` +
    `,"picking":${number(value.picking)}` +
    `,"preTreatments":${preTreatments(value.preTreatments)}` +
    `,"processInfo":${processInfo(value.processInfo)}` +
    `,"surfaceMass":${number(value.surfaceMass)}` +
    `,"threadDensity":${number(value.threadDensity)}` +
    `,"transport":${transport(value.transport)}` +
    `,"waste":${number(value.waste)}` +
    `,"yarnSize":${number(value.yarnSize)}}`;

  return (answer) =>
    `{"complementsImpacts":${complements(answer.complementsImpacts)}` +
    `,"daysOfWear":${number(answer.daysOfWear)}` +
    `,"durability":${number(answer.durability)}` +
    `,"impacts":${impacts(answer.impacts)}` +
    `,"impactsWithoutDurability":${impacts(answer.impactsWithoutDurability)}` +
    `,"inputs":${inputs(answer.inputs)}` +
    `,"lifeCycle":${list(answer.lifeCycle, stage)}` +
    `,"transport":${transport(answer.transport)}` +
    `,"trimsImpacts":${impacts(answer.trimsImpacts)}` +
    `,"useNbCycles":${number(answer.useNbCycles)}` +
    `,"webUrl":${text(answer.webUrl)}}`;
}

/** Writes a detailed answer (METHOD §15.3): the same JSON as `JSON.stringify`, in plain ASCII, several times faster. */
export const detailedJson: Writer<DetailedAnswer> = answerWriter(ZEROS);

/** The same without the indicators of 0, which `withZeros` puts back. */
export const detailedJsonWithoutZeros: Writer<DetailedAnswer> = answerWriter('');
