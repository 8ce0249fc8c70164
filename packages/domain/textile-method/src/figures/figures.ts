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

export interface ImpactFigures {
  readonly code: ImpactCode;
  readonly unit: string;
  readonly labelEn: string;
  readonly labelFr: string;
}

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

export interface CountryFigures {
  readonly code: string;
  readonly nameFr: string;
  readonly nameEn: string;
  readonly zone: string;
  readonly aquaticPollutionScenario: AquaticPollutionScenario;
  readonly electricityProcessId: string;
  readonly heatProcessId: string;
  readonly scopes: readonly string[];
}

export interface MaterialFigures {
  readonly id: string;
  readonly nameFr: string;
  readonly shortNameFr: string;
  readonly nameEn: string;
  readonly origin: FibreOrigin;
  readonly processId: string;
  readonly recycledProcessId: string | null;
  readonly recycledFrom: string | null;
  readonly circularFootprint: {
    readonly manufacturerAllocation: number;
    readonly recycledQualityRatio: number;
  } | null;
  readonly defaultCountry: string;
  readonly geographicOriginFr: string;
}

export interface FabricFigures {
  readonly id: FabricProcess;
  readonly knitted: boolean;
  readonly processId: string;
  readonly labelEn: string;
  readonly labelFr: string;
  /** Values that apply only when the query asks for the technique, never as a product's default (METHOD §17.6). */
  readonly whenRequested?: { readonly makingWasteRatio: number; readonly makingComplexity: MakingComplexity };
}

export interface ListedTrimItem {
  readonly id: string;
  readonly quantity: number;
}

export interface ProductFigures {
  readonly id: string;
  readonly nameFr: string;
  readonly nameEn: string;
  readonly fabric: FabricProcess;
  readonly yarnSizeNm: number;
  readonly surfaceMassGramsPerM2: number;
  readonly making: { readonly wasteRatio: number; readonly complexity: MakingComplexity };
  readonly economics: {
    readonly business: Business;
    readonly numberOfReferences: number;
    readonly priceEuro: number;
    readonly repairCostEuro: number;
  };
  readonly use: {
    readonly daysOfWear: number;
    readonly wearsPerCycle: number;
    readonly defaultNbCycles: number;
    readonly ironingElectricityMJPerItem: number;
    readonly careProcessId: string;
    readonly ratioDryer: number;
    readonly ratioIroning: number;
    readonly timeIroningHours: number;
  };
  readonly endOfLifeVolumeM3: number;
  readonly trims: readonly ListedTrimItem[];
}

export interface TrimFigures {
  readonly id: string;
  readonly nameFr: string;
  readonly sector: string;
  readonly elements: readonly {
    readonly processId: string;
    readonly amount: number;
    readonly transformProcessIds: readonly string[];
  }[];
}

export interface Constants {
  readonly unknownCountryCode: string;
  readonly domesticCountryCode: string;
  readonly turkeyCountryCode: string;
  readonly europeZone: string;
  readonly makingElectricityKWhPerMinute: number;
  readonly weavingElectricityKWhPerPickMetre: number;
  readonly weavingShrinkageFactor: number;
  readonly spinningReferenceYarnSizeNm: number;
  readonly defaultMakingDeadStockRatio: number;
  readonly defaultPrintingRatio: number;
  readonly upcycledMakingComplexity: MakingComplexity;
  readonly upcycledDisabledStages: readonly StageCode[];
  readonly warehouseRoadDistanceKm: number;
  readonly carTrunkVolumeM3: number;
  readonly kWhInMJ: number;
  readonly airTransportRatioDurable: number;
  readonly airTransportRatioOther: number;
  readonly airTransportDurabilityThreshold: number;
  readonly aquaticPollutionRatio: Readonly<Record<AquaticPollutionScenario, number>>;
  readonly microfibresMalusPtsPerKg: Readonly<Record<FibreOrigin, number>>;
  readonly outOfEuropeEndOfLife: {
    readonly malusPtsPerKg: number;
    readonly syntheticSharePercentThreshold: number;
    readonly ratioSynthetic: number;
    readonly ratioOther: number;
  };
  readonly roadShareByRoadDistance: readonly {
    readonly upToKm: number | null;
    readonly inclusive: boolean;
    readonly roadShare: number;
  }[];
  readonly durability: {
    readonly min: number;
    readonly max: number;
    readonly defaultPhysical: number;
    readonly referencesWeight: number;
    readonly repairWeight: number;
    readonly references: { readonly fullUpTo: number; readonly halfAt: number; readonly zeroFrom: number };
    readonly repair: { readonly fullBelowRatio: number; readonly zeroAboveRatio: number };
    readonly business: Readonly<Record<Business, { readonly factor: number; readonly bonus: number }>>;
  };
  readonly makingComplexityMinutes: Readonly<Record<MakingComplexity, number>>;
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

export const impactFigures = impactsData as readonly ImpactFigures[];
export const stageFigures = stagesData as readonly {
  readonly code: StageCode;
  readonly label: string;
  readonly editable: boolean;
}[];
export const constants = constantsData as Constants;
export const limits = limitsData satisfies Readonly<Record<string, Limit>>;
export const roles = rolesData;
export const countryFigures = countriesData as readonly CountryFigures[];
export const materialFigures = materialsData as readonly MaterialFigures[];
export const productFigures = productsData as readonly ProductFigures[];
export const trimFigures = trimsData as readonly TrimFigures[];
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
