import type {
  Business,
  DyeingProcessType,
  FabricProcess,
  ImpactCode,
  MakingComplexity,
  PrintingKind,
  SpinningTechnique,
  StageCode,
} from '@ecobalyse/schema';
import constantsData from './constants.json' with { type: 'json' };
import countriesData from './countries.json' with { type: 'json' };
import distancesData from './distances.json' with { type: 'json' };
import impactsData from './impacts.json' with { type: 'json' };
import limitsData from './limits.json' with { type: 'json' };
import materialsData from './materials.json' with { type: 'json' };
import processesData from './processes.json' with { type: 'json' };
import productsData from './products.json' with { type: 'json' };
import provenanceData from './provenance.json' with { type: 'json' };
import rolesData from './roles.json' with { type: 'json' };
import stagesData from './stages.json' with { type: 'json' };
import techniquesData from './techniques.json' with { type: 'json' };
import trimsData from './trims.json' with { type: 'json' };

/**
 * The figures of the method, as published, with the types that JSON cannot carry. No formula here: `catalogue.ts` derives
 * what the formulas use. Every number of the method lives in the JSON files of this folder (METHOD §1.4).
 */

/** How a fibre is obtained; decides spinning, pre-treatments, dyeing toxicity and microfibres. */
export type FibreOrigin = 'ArtificialFromOrganic' | 'NaturalFromAnimal' | 'NaturalFromVegetal' | 'Synthetic';

/** Share of polluted water that reaches rivers: an answer shows the scenario, a formula uses its ratio. */
export type AquaticPollutionScenario = 'Best' | 'Average' | 'Worst';

export interface ProcessFigures {
  readonly unit: string;
  readonly ecsPerUnit: number;
  readonly pefPerUnit: number;
  readonly electricityMJPerUnit?: number;
  readonly heatMJPerUnit?: number;
  readonly wasteRatio?: number;
  readonly densityKgPerUnit?: number;
  readonly label?: string;
}

/** Figures of a file, some fields of which are known more closely than JSON tells. */
type Known<Figures, Fields> = Readonly<Omit<Figures, keyof Fields> & Fields>;

export interface FabricFigures {
  readonly id: FabricProcess;
  readonly knitted: boolean;
  readonly processId: string;
  readonly labelEn: string;
  readonly labelFr: string;
  /** Values that apply only when the query asks for the technique, never as a product's default (METHOD §17.6). */
  readonly whenRequested?: { readonly makingWasteRatio: number; readonly makingComplexity: MakingComplexity };
}

/** Bounds of a query field; inclusive, except `exclusiveMin`. */
export interface Limit {
  readonly min?: number;
  readonly exclusiveMin?: number;
  readonly max?: number;
  readonly unit: string;
}

/** Where the figures come from, and the version of the method that they make. */
export const provenance = provenanceData;

/** Version of the method that every computed document carries. */
export const methodVersion = provenance.version;

/** Every figure of the method as one text: what two builds of it may differ in. */
export const figuresText = (): string =>
  JSON.stringify([
    ...[constantsData, countriesData, distancesData, impactsData, materialsData, processesData, productsData],
    ...[rolesData, stagesData, techniquesData, trimsData],
  ]);

export const impactFigures = impactsData as readonly Known<(typeof impactsData)[number], { code: ImpactCode }>[];
export const stageFigures = stagesData as readonly Known<(typeof stagesData)[number], { code: StageCode }>[];
export const constants = constantsData as Known<
  typeof constantsData,
  { upcycledMakingComplexity: MakingComplexity; upcycledDisabledStages: readonly StageCode[] }
>;
export const limits = limitsData satisfies Readonly<Record<string, Limit>>;
export const roles = rolesData;
export const countryFigures = countriesData as readonly Known<
  (typeof countriesData)[number],
  { aquaticPollutionScenario: AquaticPollutionScenario }
>[];
export const materialFigures = materialsData as readonly Known<
  (typeof materialsData)[number],
  { origin: FibreOrigin }
>[];
type ProductFigures = (typeof productsData)[number];
export const productFigures = productsData as readonly Known<
  ProductFigures,
  {
    fabric: FabricProcess;
    making: { wasteRatio: number; complexity: MakingComplexity };
    economics: ProductFigures['economics'] & { business: Business };
  }
>[];
export const trimFigures = trimsData;
export const processFigures: Readonly<Record<string, ProcessFigures>> = processesData;

/** `[from, to, road km, sea km, air km]`, each unordered pair of countries once. */
export const distanceRows = distancesData.rows as [string, string, number, number, number][];

export const spinningFigures = techniquesData.spinning satisfies Record<
  SpinningTechnique,
  { energyFactor: number; wasteRatio: number }
>;
export const defaultSpinningByOrigin = techniquesData.defaultSpinningByOrigin as Readonly<
  Record<FibreOrigin, SpinningTechnique>
>;
export const preTreatmentsByOrigin = techniquesData.preTreatmentsByOrigin as Readonly<
  Record<FibreOrigin, readonly (keyof typeof roles)[]>
>;
export const dyeingFigures = techniquesData.dyeing satisfies Record<DyeingProcessType, { processId: string }>;
export const printingFigures = techniquesData.printing satisfies Record<
  PrintingKind,
  { processId: string; toxicityProcessId: string }
>;
export const fabricFigures = techniquesData.fabrics as readonly FabricFigures[];
