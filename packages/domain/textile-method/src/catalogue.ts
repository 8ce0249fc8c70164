import type { DyeingProcessType, FabricProcess, PrintingKind, SpinningTechnique } from '@ecobalyse/schema';
import {
  constants,
  countryFigures,
  defaultSpinningByOrigin,
  distanceRows,
  dyeingFigures,
  fabricFigures,
  materialFigures,
  preTreatmentsByOrigin,
  printingFigures,
  processFigures,
  productFigures,
  roles,
  spinningFigures,
  trimFigures,
} from './figures/figures.js';
import { gramsPerM2, type Km, km, type Scores, scores, yarnSizeFromNm } from './units.js';

/**
 * The figures joined and indexed once, in the shape that the formulas read: a country knows its energy mixes, a
 * material the impact of its kilogram, a product the energy of its care cycle. Nothing here depends on a query.
 */

/** A process of the figures, per unit of it (METHOD §1.2: `I(p)`, `e(p)`, `h(p)`). */
export interface Process {
  readonly id: string;
  readonly label: string | null;
  readonly unit: string;
  /** `I(p)` for the two published indicators, in Pts per unit. */
  readonly ecs: number;
  readonly pef: number;
  /** `e(p)`, in kWh per unit. */
  readonly elecKWh: number;
  /** `h(p)`, in MJ per unit. */
  readonly heatMJ: number;
  readonly wasteRatio: number;
  readonly densityKgPerUnit: number;
}

const processes = new Map<string, Process>(
  Object.entries(processFigures).map(([id, figures]) => [
    id,
    {
      id,
      label: figures.label ?? null,
      unit: figures.unit,
      ecs: figures.ecsPerUnit,
      pef: figures.pefPerUnit,
      elecKWh: (figures.electricityMJPerUnit ?? 0) / constants.kWhInMJ,
      heatMJ: figures.heatMJPerUnit ?? 0,
      wasteRatio: figures.wasteRatio ?? 0,
      densityKgPerUnit: figures.densityKgPerUnit ?? 0,
    },
  ]),
);

/** @returns `undefined` for an id that the figures do not have: only a query can name one (METHOD §13.5). */
export const findProcess = (id: string): Process | undefined => processes.get(id);

function processOf(id: string): Process {
  const process = processes.get(id);
  if (process === undefined) throw new Error(`figures name the process ${id}, which processes.json does not have`);
  return process;
}

/** The processes that play a fixed part in the formulas (METHOD §1.2: `role.x`). */
export const role = Object.fromEntries(Object.entries(roles).map(([name, id]) => [name, processOf(id)])) as Readonly<
  Record<keyof typeof roles, Process>
>;

export const countries = countryFigures.map((figures, index) => {
  const inEurope = figures.zone === constants.europeZone;
  return {
    /** Rank in the figures: index of the distance table. */
    index,
    code: figures.code,
    name: figures.nameFr,
    scopes: figures.scopes,
    aquaticPollutionScenario: figures.aquaticPollutionScenario,
    /** `q(c)` (METHOD §1.2). */
    aquaticPollutionRatio: constants.aquaticPollutionRatio[figures.aquaticPollutionScenario],
    /** `El(c)` and `He(c)` (METHOD §1.2). */
    electricity: processOf(figures.electricityProcessId),
    heat: processOf(figures.heatProcessId),
    /** `H` of METHOD §9. */
    ennoblingHeat: inEurope ? role.ennoblingHeatEurope : role.ennoblingHeatRestOfWorld,
    /** Making there is not followed by air transport unless the query asks for it (METHOD §11.3). */
    reachedBySurface: inEurope || figures.code === constants.turkeyCountryCode,
  };
});
export type Country = (typeof countries)[number];

const countriesByCode = new Map(countries.map((country) => [country.code, country]));

/** @returns `undefined` for a code that cannot be used for textiles (METHOD §4.1). */
export const findCountry = (code: string): Country | undefined => countriesByCode.get(code);

export function countryOf(code: string): Country {
  const country = countriesByCode.get(code);
  if (country === undefined) throw new Error(`unknown country ${code}`);
  return country;
}

export const UNKNOWN_COUNTRY = countryOf(constants.unknownCountryCode);
export const DOMESTIC_COUNTRY = countryOf(constants.domesticCountryCode);

/** Distances between two countries, the surface ones weighted by the road share (METHOD §11.1). */
export interface Route {
  /** `air` */
  readonly airKm: Km;
  /** `road · ρ` */
  readonly roadKm: Km;
  /** `sea · (1 − ρ)` */
  readonly seaKm: Km;
}

/** Road share `ρ` of surface transport (METHOD §11.1). */
function roadShare(roadKm: number, seaKm: number): number {
  if (roadKm === 0) return 0;
  if (seaKm === 0) return 1;
  const step = constants.roadShareByRoadDistance.find(
    ({ upToKm, inclusive }) => upToKm === null || roadKm < upToKm || (inclusive && roadKm === upToKm),
  );
  return step?.roadShare ?? 0;
}

const routes: Route[] = [];
for (const [from, to, roadKm, seaKm, airKm] of distanceRows) {
  const share = roadShare(roadKm, seaKm);
  const route: Route = { airKm: km(airKm), roadKm: km(roadKm * share), seaKm: km(seaKm * (1 - share)) };
  const [a, b] = [countryOf(from).index, countryOf(to).index];
  routes[a * countries.length + b] = route;
  routes[b * countries.length + a] = route;
}

/** The route between two countries, in either direction. */
export function routeBetween(from: Country, to: Country): Route {
  const route = routes[from.index * countries.length + to.index];
  if (route === undefined) throw new Error(`figures have no distance from ${from.code} to ${to.code}`);
  return route;
}

/** A spinning technique (METHOD §8.2). */
export interface Spinning {
  readonly id: SpinningTechnique;
  readonly energyFactor: number;
  readonly wasteRatio: number;
}

export const spinnings = Object.fromEntries(
  Object.entries(spinningFigures).map(([id, figures]) => [id, { id, ...figures }]),
) as Readonly<Record<SpinningTechnique, Spinning>>;

const materialProcessIds = new Map(materialFigures.map(({ id, processId }) => [id, processId]));

/** Impact of one kg of material: with a circular footprint, part of the virgin material's (METHOD §8.1). */
function materialImpactsPerKg(figures: (typeof materialFigures)[number]): Scores {
  const own = processOf(figures.processId);
  if (figures.recycledFrom === null || figures.circularFootprint === null) return scores(own.ecs, own.pef);
  const virgin = processOf(materialProcessIds.get(figures.recycledFrom) ?? '');
  const { manufacturerAllocation: allocation, recycledQualityRatio: quality } = figures.circularFootprint;
  return scores(
    allocation * own.ecs + (1 - allocation) * quality * virgin.ecs,
    allocation * own.pef + (1 - allocation) * quality * virgin.pef,
  );
}

export const materials = materialFigures.map((figures) => ({
  id: figures.id,
  name: figures.nameFr,
  shortName: figures.shortNameFr,
  origin: figures.origin,
  isSynthetic: figures.origin === 'Synthetic',
  processId: figures.processId,
  recycledProcessId: figures.recycledProcessId,
  recycledFrom: figures.recycledFrom,
  geographicOrigin: figures.geographicOriginFr,
  defaultCountry: countryOf(figures.defaultCountry),
  defaultSpinning: spinnings[defaultSpinningByOrigin[figures.origin]],
  /** Of one kg, recycling taken into account (METHOD §8.1). */
  impactsPerKg: materialImpactsPerKg(figures),
  wasteRatio: processOf(figures.processId).wasteRatio,
  preTreatments: preTreatmentsByOrigin[figures.origin].map((operation) => role[operation]),
  dyeingToxicity: figures.origin === 'Synthetic' ? role.dyeingToxicitySynthetic : role.dyeingToxicityOther,
  microfibresPtsPerKg: constants.microfibresMalusPtsPerKg[figures.origin],
}));
export type Material = (typeof materials)[number];

const materialsById = new Map(materials.map((material) => [material.id, material]));

export const findMaterial = (id: string): Material | undefined => materialsById.get(id);

/** Knitting and weaving techniques (METHOD §8.3, §8.4). */
export const fabrics = fabricFigures.map((figures) => ({
  id: figures.id,
  name: figures.labelFr,
  knitted: figures.knitted,
  process: processOf(figures.processId),
  whenRequested: figures.whenRequested ?? null,
}));
export type Fabric = (typeof fabrics)[number];

const fabricsById = new Map(fabrics.map((fabric) => [fabric.id, fabric]));

export function fabricOf(id: FabricProcess): Fabric {
  const fabric = fabricsById.get(id);
  if (fabric === undefined) throw new Error(`unknown fabric process ${id}`);
  return fabric;
}

/** Dyeing process of each type (METHOD §9.2). */
export const dyeing = Object.fromEntries(
  Object.entries(dyeingFigures).map(([type, { processId }]) => [type, processOf(processId)]),
) as Readonly<Record<DyeingProcessType, Process>>;

/** Printing process, per m², and the process of its toxicity (METHOD §9.4). */
export interface PrintingTechnique {
  readonly process: Process;
  readonly toxicity: Process;
}

export const printingTechniques = Object.fromEntries(
  Object.entries(printingFigures).map(([kind, { processId, toxicityProcessId }]) => [
    kind,
    { process: processOf(processId), toxicity: processOf(toxicityProcessId) },
  ]),
) as Readonly<Record<PrintingKind, PrintingTechnique>>;

/** An amount of material and the transformations it goes through (METHOD §13.2). */
export interface TrimElement {
  readonly amount: number;
  readonly material: Process;
  readonly transforms: readonly Process[];
}

export const trims = trimFigures.map((figures) => ({
  id: figures.id,
  name: figures.nameFr,
  sector: figures.sector,
  elements: figures.elements.map(
    ({ amount, processId, transformProcessIds }): TrimElement => ({
      amount,
      material: processOf(processId),
      transforms: transformProcessIds.map(processOf),
    }),
  ),
}));
export type Trim = (typeof trims)[number];

const trimsById = new Map(trims.map((trim) => [trim.id, trim]));

export const findTrim = (id: string): Trim | undefined => trimsById.get(id);

export const products = productFigures.map((figures, index) => ({
  /** Rank in the figures. */
  index,
  id: figures.id,
  name: figures.nameFr,
  fabric: fabricOf(figures.fabric),
  yarnSize: yarnSizeFromNm(figures.yarnSizeNm),
  surfaceMass: gramsPerM2(figures.surfaceMassGramsPerM2),
  making: figures.making,
  economics: figures.economics,
  use: {
    daysOfWear: figures.use.daysOfWear,
    wearsPerCycle: figures.use.wearsPerCycle,
    defaultNbCycles: figures.use.defaultNbCycles,
    ratioDryer: figures.use.ratioDryer,
    ratioIroning: figures.use.ratioIroning,
    timeIroningHours: figures.use.timeIroningHours,
    /** `b` of METHOD §8.6. */
    ironingKWhPerCycle: figures.use.ironingElectricityMJPerItem / constants.kWhInMJ,
    careProcess: processOf(figures.use.careProcessId),
  },
  endOfLifeVolumeM3: figures.endOfLifeVolumeM3,
  trims: figures.trims,
}));
export type Product = (typeof products)[number];

const productsById = new Map(products.map((product) => [product.id, product]));

export const findProduct = (id: string): Product | undefined => productsById.get(id);
