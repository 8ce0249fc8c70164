import {
  COST_PARTS,
  type CostPart,
  type Finding,
  IMPACT_CODES,
  type ImpactCode,
  impactType,
  STAGE_CODES,
} from '@ecobalyse/schema';
import { type Fields, fieldsOf, textOf } from './fields.js';
import { stagesOf } from './stages.js';

/**
 * One `impacts` document as a flat row: what statistics are computed from and what `/export/impacts.*` answers.
 */

/** Labels of the parts of the cost that are no stage, in the language of the method; those of the stages come with its answer. */
export const COST_PART_LABELS = {
  transport: 'Transport',
  trims: 'Accessoires',
  complements: 'Compléments hors ACV',
} as const satisfies Partial<Record<CostPart, string>>;

/** Families of fibres, by the `origin` of a material in upstream's answer. */
export const MATERIAL_FAMILIES = {
  NaturalFromVegetal: 'natural_vegetal',
  NaturalFromAnimal: 'natural_animal',
  ArtificialFromOrganic: 'artificial_organic',
  ArtificialFromInorganic: 'artificial_inorganic',
  Synthetic: 'synthetic',
} as const;
export type MaterialFamily = (typeof MATERIAL_FAMILIES)[keyof typeof MATERIAL_FAMILIES];

export interface FlatColumn {
  readonly name: string;
  readonly kind: 'text' | 'number';
  /** What it holds, with its unit. */
  readonly about: string;
}

const text = (name: string, about: string): FlatColumn => ({ name, kind: 'text', about });
const number = (name: string, about: string): FlatColumn => ({ name, kind: 'number', about });

/** Columns of a flat row, in the order of the exports. */
export const FLAT_COLUMNS: readonly FlatColumn[] = [
  text('md5_id', 'Identity of the product'),
  text('content_hash', 'Hash of what was asked: equal for two identities of one garment'),
  text('source', 'extraction; api for a product that a user added; other for what another platform wrote'),
  text('scenario', 'Scenario of the extraction grid; empty for a product that a user added'),
  text('method_version', 'Version of the method that computed the impacts'),
  text('product_id', 'Product type'),
  text('product_name', 'Name of the product type'),
  number('mass', 'Mass of the finished garment, kg'),
  number('material_count', 'Number of materials'),
  text('first_material', 'Id of the first material'),
  number('first_material_share', 'Share of the first material, 0 to 1'),
  text(
    'first_material_country',
    'Code of the country that the first material comes from; empty when none was asked for',
  ),
  text('second_material', 'Id of the second material'),
  number('second_material_share', 'Share of the second material, 0 to 1'),
  text('second_material_country', 'The same of the second material'),
  text('materials', 'Every material with its share, such as ei-coton:0.9;ei-pet:0.1'),
  ...Object.values(MATERIAL_FAMILIES).map((family) =>
    number(`share_${family}`, `Share of the ${family.replace('_', ', ')} fibres, 0 to 1`),
  ),
  text('country_spinning', 'Code of the country of spinning, as asked'),
  text('country_fabric', 'Code of the country of fabric'),
  text('country_fabric_name', 'Name of the country of fabric'),
  text('country_dyeing', 'Code of the country of dyeing'),
  text('country_making', 'Code of the country of making'),
  text('country_making_name', 'Name of the country of making'),
  text('fabric_process', 'Fabric process: the one asked for, or that of the product type'),
  number('air_share', 'Share of air transport after making, 0 to 1'),
  number('transport_air_km', 'Transport by air, km'),
  number('transport_road_km', 'Transport by road, km'),
  number('transport_sea_km', 'Transport by sea, km'),
  number('durability', 'Durability coefficient'),
  number('days_of_wear', 'Days of wear'),
  number('use_cycles', 'Care cycles'),
  ...IMPACT_CODES.map((code) => number(impactType(code), `Impact ${code}; empty when upstream gave no figure`)),
  ...COST_PARTS.map((part) => number(`cost_${part}`, `Share of ${part} in ecs, Pts, divided by the durability`)),
  text('state', 'Of a doubtful product: to-check, or confirmed'),
  text('warnings', 'Rules that find something of a doubtful product, parted by semicolons'),
];

/** A flat row: a value for each column, null for what the document does not have. */
export type FlatImpact = Record<string, string | number | null>;

/** Fields of an `impacts` document that a flat row is made from, as a MongoDB projection. */
export const FLAT_SOURCE_FIELDS: readonly string[] = [
  'md5_id',
  'product_id',
  '_platform.contentHash',
  '_platform.coveredImpacts',
  '_platform.scenario',
  '_platform.source',
  '_platform.methodVersion',
  '_platform.query.countrySpinning',
  '_platform.state',
  '_platform.warnings',
  ...IMPACT_CODES.map((code) => `impacts.${code}`),
  'inputs.mass',
  'inputs.materials.material.id',
  'inputs.materials.material.origin',
  'inputs.materials.share',
  'inputs.materials.country',
  'inputs.product.name',
  'inputs.product.fabric',
  'inputs.fabricProcess',
  'inputs.countryFabric.code',
  'inputs.countryFabric.name',
  'inputs.countryDyeing.code',
  'inputs.countryMaking.code',
  'inputs.countryMaking.name',
  'lifeCycle.label',
  'lifeCycle.enabled',
  'lifeCycle.airTransportRatio',
  'lifeCycle.impacts.ecs',
  'lifeCycle.transport.impacts.ecs',
  'trimsImpacts.ecs',
  'complementsImpacts',
  'transport.air',
  'transport.road',
  'transport.sea',
  'durability',
  'daysOfWear',
  'useNbCycles',
];

/** Copied for each row. As parsed JSON its fields have fixed places, which makes a row faster to fill. */
const EMPTY_ROW: FlatImpact = JSON.parse(
  JSON.stringify(Object.fromEntries(FLAT_COLUMNS.map(({ name }) => [name, null]))),
);

/** A document as it was read: nothing about it is certain. */
export type FlatSource = Fields;

/** A flat row, and the paths of the values that were expected as numbers or names and are not. */
export interface FlattenedImpact {
  row: FlatImpact;
  faults: string[];
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const numberOf = (value: unknown): number | null => (isNumber(value) ? value : null);

const MAKING = STAGE_CODES.indexOf('making');

/** Names of the cost columns, made once. */
const STAGE_COST_COLUMNS = STAGE_CODES.map((code) => `cost_${code}`);
const FAMILY_COLUMNS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(MATERIAL_FAMILIES).map(([origin, family]) => [origin, `share_${family}`]),
);
const IMPACT_COLUMNS = IMPACT_CODES.map((code) => [code, impactType(code), `impacts.${code}`] as const);

/** The complement that belongs to the end of life; all others are the material's (METHOD §10). */
const EOL_COMPLEMENT = 'outOfEuropeEOL';

type Fault = (path: string) => void;

/**
 * Splits `ecs` into its parts (METHOD §14): stages without their complements, then transport, trims and complements, all
 * divided by the durability, so that the parts add up to `ecs`. Disabled stages cost nothing.
 */
function addCostParts(
  row: FlatImpact,
  document: Fields,
  lifeCycle: readonly Fields[],
  durability: number | null,
  fault: Fault,
): void {
  const divided = (cost: number | null) => (cost === null || durability === null ? null : cost / durability);

  let transport: number | null = 0;
  for (let index = 0; index < STAGE_COST_COLUMNS.length; index += 1) {
    const column = STAGE_COST_COLUMNS[index] as string;
    const stage = lifeCycle[index] as Fields;
    if (stage.enabled === false) {
      row[column] = 0;
      continue;
    }
    const cost = numberOf(fieldsOf(stage.impacts).ecs);
    const leg = numberOf(fieldsOf(fieldsOf(stage.transport).impacts).ecs);
    if (cost === null) fault(`lifeCycle.${index}.impacts.ecs`);
    if (leg === null) fault(`lifeCycle.${index}.transport.impacts.ecs`);
    row[column] = divided(cost);
    transport = transport === null || leg === null ? null : transport + leg;
  }
  row.cost_transport = divided(transport);

  const trims = numberOf(fieldsOf(document.trimsImpacts).ecs);
  if (trims === null) fault('trimsImpacts.ecs');
  row.cost_trims = divided(trims);

  // Those of the answer are divided by the durability already, and leave disabled stages out.
  const complements = fieldsOf(document.complementsImpacts);
  let total: number | null = 0;
  let ofEol = 0;
  for (const name in complements) {
    const complement = numberOf(complements[name]);
    if (complement === null) fault(`complementsImpacts.${name}`);
    total = total === null || complement === null ? null : total + complement;
    if (name === EOL_COMPLEMENT) ofEol = complement ?? 0;
  }
  row.cost_complements = total;
  const less = (column: string, complement: number | null) => {
    const cost = row[column];
    row[column] = typeof cost === 'number' && complement !== null ? cost - complement : null;
  };
  less('cost_material', total === null ? null : total - ofEol);
  less('cost_eol', total === null ? null : ofEol);
}

/** What was found of a doubtful product. */
export const findingsOf = ({ warnings }: Fields): Finding[] => (Array.isArray(warnings) ? warnings : []);

/** Where a material comes from: a code in the method's answer; an object with a code in those of other versions. */
export function materialCountry(country: unknown): string | null {
  return textOf(country) ?? textOf(fieldsOf(country).code);
}

/** A material of a garment as it was read. */
export interface MaterialShare {
  readonly id: string | null;
  readonly share: number | null;
}

/**
 * The material of the greatest share, the first in the alphabet among equals: not the one that is written first.
 *
 * @returns its id; null where a material has no id or share, or there is none.
 */
export function mainMaterial(materials: readonly MaterialShare[]): string | null {
  let main: { id: string; share: number } | undefined;
  for (const { id, share } of materials) {
    if (id === null || share === null) return null;
    if (main === undefined || share > main.share || (share === main.share && id < main.id)) main = { id, share };
  }
  return main?.id ?? null;
}

/** The materials of a document, whole or projected to {@link FLAT_SOURCE_FIELDS}, as far as they are told. */
export function materialShares({ inputs }: FlatSource): MaterialShare[] {
  const { materials } = fieldsOf(inputs);
  return (Array.isArray(materials) ? materials : []).map((entry) => ({
    id: textOf(fieldsOf(fieldsOf(entry).material).id),
    share: numberOf(fieldsOf(entry).share),
  }));
}

function addMaterials(row: FlatImpact, inputs: Fields, fault: Fault): void {
  const materials = Array.isArray(inputs.materials) ? inputs.materials : [];
  if (materials.length === 0) fault('inputs.materials');
  for (const origin in FAMILY_COLUMNS) row[FAMILY_COLUMNS[origin] as string] = 0;
  let list = '';
  for (let index = 0; index < materials.length; index += 1) {
    const entry = fieldsOf(materials[index]);
    const material = fieldsOf(entry.material);
    const id = textOf(material.id);
    const share = numberOf(entry.share);
    if (share === null) fault(`inputs.materials.${index}.share`);
    const family = FAMILY_COLUMNS[String(material.origin)];
    if (family === undefined) fault(`inputs.materials.${index}.material.origin`);
    else row[family] = Number(row[family]) + (share ?? 0);
    list += `${index > 0 ? ';' : ''}${id ?? '?'}:${share ?? '?'}`;
    if (index > 1) continue;
    const place = index === 0 ? 'first' : 'second';
    row[`${place}_material`] = id;
    row[`${place}_material_share`] = share;
    row[`${place}_material_country`] = materialCountry(entry.country);
  }
  row.material_count = materials.length || null;
  row.materials = list || null;
}

/**
 * Whether a document covers an impact. One written by another platform does not say: then, as for an answer without a token,
 * ecs and pef always count, and the others unless they are 0.
 */
function isCovered(code: ImpactCode, declared: unknown, value: unknown): boolean {
  if (Array.isArray(declared)) return declared.includes(code);
  return code === 'ecs' || code === 'pef' || value !== 0;
}

/**
 * Flattens a document of `impacts`, whole or projected to {@link FLAT_SOURCE_FIELDS}.
 *
 * @returns null for each value that is missing, not a finite number, or of an impact that the document does not cover; the
 * first two are listed as faults, by their path.
 */
export function flattenImpact(document: FlatSource): FlattenedImpact {
  const faults: string[] = [];
  const fault = (path: string) => void faults.push(path);
  const named = (value: unknown, path: string): string | null => {
    const found = textOf(value);
    if (found === null) fault(path);
    return found;
  };
  const counted = (value: unknown, path: string): number | null => {
    const found = numberOf(value);
    if (found === null) fault(path);
    return found;
  };

  const platform = fieldsOf(document._platform);
  const inputs = fieldsOf(document.inputs);
  const product = fieldsOf(inputs.product);
  const fabric = fieldsOf(inputs.countryFabric);
  const making = fieldsOf(inputs.countryMaking);
  const transport = fieldsOf(document.transport);
  const impacts = fieldsOf(document.impacts);
  const md5Id = named(document.md5_id, 'md5_id');
  const durability = counted(document.durability, 'durability');

  const row = { ...EMPTY_ROW };
  row.md5_id = md5Id;
  row.content_hash = textOf(platform.contentHash) ?? md5Id;
  row.source = textOf(platform.source);
  row.scenario = textOf(platform.scenario);
  row.method_version = textOf(platform.methodVersion);
  row.state = textOf(platform.state);
  row.warnings =
    findingsOf(platform)
      .map(({ id }) => id)
      .join(';') || null;
  row.product_id = named(document.product_id, 'product_id');
  row.product_name = textOf(product.name);
  row.mass = counted(inputs.mass, 'inputs.mass');
  row.country_spinning = textOf(fieldsOf(platform.query).countrySpinning);
  row.country_fabric = textOf(fabric.code);
  row.country_fabric_name = named(fabric.name, 'inputs.countryFabric.name');
  row.country_dyeing = textOf(fieldsOf(inputs.countryDyeing).code);
  row.country_making = textOf(making.code);
  row.country_making_name = named(making.name, 'inputs.countryMaking.name');
  row.fabric_process = textOf(inputs.fabricProcess) ?? textOf(product.fabric);
  row.transport_air_km = numberOf(transport.air);
  row.transport_road_km = numberOf(transport.road);
  row.transport_sea_km = numberOf(transport.sea);
  row.durability = durability;
  row.days_of_wear = counted(document.daysOfWear, 'daysOfWear');
  row.use_cycles = numberOf(document.useNbCycles);
  for (const [code, column, path] of IMPACT_COLUMNS) {
    const value = impacts[code];
    row[column] = isCovered(code, platform.coveredImpacts, value) ? counted(value, path) : null;
  }
  addMaterials(row, inputs, fault);
  const lifeCycle = stagesOf(document.lifeCycle);
  if (lifeCycle) {
    row.air_share = counted(fieldsOf(lifeCycle[MAKING]).airTransportRatio, `lifeCycle.${MAKING}.airTransportRatio`);
    addCostParts(row, document, lifeCycle, durability, fault);
  } else fault('lifeCycle');
  return { row, faults };
}
