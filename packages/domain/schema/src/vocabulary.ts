/** The closed lists of the platform, without a schema: the dashboard takes them into the browser, where no zod is. */

/** Indicator codes with their units, in the order used everywhere (METHOD §1.1). */
export const IMPACT_UNITS = {
  acd: 'mol H+ eq',
  cch: 'kg CO2 eq',
  etf: 'CTUe',
  'etf-c': 'CTUe',
  fru: 'MJ',
  fwe: 'kg P eq',
  htc: 'CTUh',
  'htc-c': 'CTUh',
  htn: 'CTUh',
  'htn-c': 'CTUh',
  ior: 'kBq U-235 eq',
  ldu: 'Pt',
  mru: 'kg Sb eq',
  ozd: 'kg CFC-11 eq',
  pco: 'kg NMVOC eq',
  pma: 'disease incidence',
  swe: 'kg N eq',
  tre: 'mol N eq',
  wtu: 'm3 world eq',
  ecs: 'Pts',
  pef: 'Pts',
} as const;

export type ImpactCode = keyof typeof IMPACT_UNITS;
export const IMPACT_CODES = Object.keys(IMPACT_UNITS) as unknown as readonly [ImpactCode, ...ImpactCode[]];

/** Stage codes, in life cycle order (METHOD §2). */
export const STAGE_CODES = [
  'material',
  'spinning',
  'fabric',
  'ennobling',
  'making',
  'distribution',
  'use',
  'eol',
] as const;

export const BUSINESSES = [
  'small-business',
  'large-business-with-services',
  'large-business-without-services',
] as const;

export const DYEING_PROCESS_TYPES = ['average', 'continuous', 'discontinuous'] as const;

export const FABRIC_PROCESSES = [
  'knitting-mix',
  'knitting-fully-fashioned',
  'knitting-integral',
  'knitting-circular',
  'knitting-straight',
  'weaving',
] as const;

export const MAKING_COMPLEXITIES = ['very-high', 'high', 'medium', 'low', 'very-low', 'not-applicable'] as const;

export const PRINTING_KINDS = ['pigment', 'substantive'] as const;

export const SPINNING_TECHNIQUES = ['ConventionalSpinning', 'UnconventionalSpinning', 'SyntheticSpinning'] as const;

/** Sectors that a custom trim may name; they have no effect (METHOD §3.4). */
export const TRIM_SCOPES = ['food', 'object', 'textile', 'veli'] as const;

export type StageCode = (typeof STAGE_CODES)[number];
export type Business = (typeof BUSINESSES)[number];
export type DyeingProcessType = (typeof DYEING_PROCESS_TYPES)[number];
export type FabricProcess = (typeof FABRIC_PROCESSES)[number];
export type MakingComplexity = (typeof MAKING_COMPLEXITIES)[number];
export type PrintingKind = (typeof PRINTING_KINDS)[number];
export type SpinningTechnique = (typeof SPINNING_TECHNIQUES)[number];

/** An impact code as the statistics write it: `etf-c` is `etf_c` (CONTRACT, `impact_type`). */
export function impactType(code: ImpactCode): string {
  return code.replace('-', '_');
}

/** The 21 values of `impact_type`, in the order of the method. */
export const IMPACT_TYPES: readonly string[] = IMPACT_CODES.map(impactType);

/** What makes up the environmental cost of a garment: the eight stages, and what is counted beside them. */
export const COST_PARTS = [...STAGE_CODES, 'transport', 'trims', 'complements'] as const;
export type CostPart = (typeof COST_PARTS)[number];

/** What costs are compared by: a garment, 100 g of it, a day for which it is worn. */
export const MEASURES = ['item', 'per_100g', 'per_day'] as const;
export type Measure = (typeof MEASURES)[number];

/** The two scenarios that extraction simulates for each garment, mass and country. */
export const SCENARIOS = ['regular', 'low-cost'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Product types of the garments that an extraction simulates. */
export const EXTRACTED_PRODUCTS = ['chemise', 'jean', 'jupe', 'manteau', 'pantalon', 'pull', 'tshirt'] as const;

/** What a key may do; each role may do what those before it may. */
export const ROLES = ['reader', 'writer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role is at least the one that is needed. */
export function mayActAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export const MODEL_FAMILIES = [
  'mean-baseline',
  'ridge',
  'random-forest',
  'boosted-trees',
  'neural-network',
  'stage-ridge',
] as const;
export type ModelFamily = (typeof MODEL_FAMILIES)[number];

/** Fields of a textile query by the names that the contract's prediction request gives them. */
export const PREDICTION_FIELDS = {
  ProductId: 'product',
  Mass: 'mass',
  CountrySpinningCode: 'countrySpinning',
  CountryFabricCode: 'countryFabric',
  CountryDyeingCode: 'countryDyeing',
  CountryMakingCode: 'countryMaking',
  FabricProcess: 'fabricProcess',
  AirTransportRatio: 'airTransportRatio',
  DisabledSteps: 'disabledSteps',
  Business: 'business',
  MakingComplexity: 'makingComplexity',
  NumberOfReferences: 'numberOfReferences',
  PhysicalDurability: 'physicalDurability',
  Price: 'price',
  SurfaceMass: 'surfaceMass',
} as const;

export const PIPELINE_NAMES = ['ecobalyse_extract', 'ecobalyse_training', 'ecobalyse', 'ecobalyse_rescore'] as const;
export type PipelineName = (typeof PIPELINE_NAMES)[number];

/** What stands for the scenario of products that have none, because users added them. */
export const NO_SCENARIO = 'none';

/** What products can be sorted by: columns of the flat table that documents hold as they are, and `created_at`. */
export const IMPACT_SORTS = [
  'md5_id',
  'product_id',
  'product_name',
  'source',
  'scenario',
  'method_version',
  'created_at',
  'mass',
  'country_spinning',
  'country_fabric',
  'country_fabric_name',
  'country_dyeing',
  'country_making',
  'country_making_name',
  'transport_air_km',
  'transport_road_km',
  'transport_sea_km',
  'durability',
  'days_of_wear',
  'use_cycles',
  ...IMPACT_TYPES,
] as const;

/** The countries of the four stages that a garment tells of. */
const COUNTRIES = ['country_spinning', 'country_fabric', 'country_dyeing', 'country_making'] as const;

/** What products can be grouped by. */
export const IMPACT_GROUPINGS = ['product', ...COUNTRIES, 'material', 'process', 'scenario'] as const;
export type ImpactGrouping = (typeof IMPACT_GROUPINGS)[number];

/** What costs are told for: a garment, 100 g of it, a day of its wear. */
export const COST_UNITS = ['item', '100g', 'day'] as const;
export type CostUnit = (typeof COST_UNITS)[number];

/** What analyses of catalogues group products by. A product counts for each of its tags. */
export const STRATUM_GROUPINGS = [
  'product',
  'main_material',
  ...COUNTRIES,
  'process',
  'scenario',
  'brand',
  'tag',
] as const;
export type StratumGrouping = (typeof STRATUM_GROUPINGS)[number];

/** What is changed of a garment to see what it does; `country` is that of all four stages at once. */
export const EFFECT_FACTORS = ['country', ...COUNTRIES, 'process', 'material', 'air', 'scenario'] as const;
export type EffectFactor = (typeof EFFECT_FACTORS)[number];

/** What garments are told apart by into segments. */
export const SEGMENT_FEATURES = ['shares', 'cost_per_100g'] as const;
export type SegmentFeature = (typeof SEGMENT_FEATURES)[number];
