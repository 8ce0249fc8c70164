import { IMPACT_CODES, type ImpactCode, STAGE_CODES } from './textile-query.js';

/**
 * One `impacts` document as a flat row: what statistics are computed from and what `/export/impacts.*` answers.
 */

/** What makes up the environmental cost of a garment: the eight stages, and what is counted beside them. */
export const COST_PARTS = [...STAGE_CODES, 'transport', 'trims', 'complements'] as const;
export type CostPart = (typeof COST_PARTS)[number];

/** Families of fibres, by the `origin` of a material in upstream's answer. */
export const MATERIAL_FAMILIES = {
  NaturalFromVegetal: 'natural_vegetal',
  NaturalFromAnimal: 'natural_animal',
  ArtificialFromOrganic: 'artificial_organic',
  ArtificialFromInorganic: 'artificial_inorganic',
  Synthetic: 'synthetic',
} as const;
export type MaterialFamily = (typeof MATERIAL_FAMILIES)[keyof typeof MATERIAL_FAMILIES];

/** An impact code as the statistics write it: `etf-c` is `etf_c` (CONTRACT, `impact_type`). */
export function impactType(code: ImpactCode): string {
  return code.replace('-', '_');
}

/** The 21 values of `impact_type`, in the order of the method. */
export const IMPACT_TYPES: readonly string[] = IMPACT_CODES.map(impactType);

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
  text('source', 'extraction, or api for a product that a user added'),
  text('scenario', 'Scenario of the extraction grid; empty for a product that a user added'),
  text('method_version', 'Version of the method that computed the impacts'),
  text('product_id', 'Product type'),
  text('product_name', 'Name of the product type'),
  number('mass', 'Mass of the finished garment, kg'),
  number('material_count', 'Number of materials'),
  text('first_material', 'Id of the first material'),
  number('first_material_share', 'Share of the first material, 0 to 1'),
  text('second_material', 'Id of the second material'),
  number('second_material_share', 'Share of the second material, 0 to 1'),
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
];

/** A flat row; null is what the document does not have. */
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
  ...IMPACT_CODES.map((code) => `impacts.${code}`),
  'inputs.mass',
  'inputs.materials.material.id',
  'inputs.materials.material.origin',
  'inputs.materials.share',
  'inputs.product.name',
  'inputs.product.fabric',
  'inputs.fabricProcess',
  ...['countryFabric', 'countryDyeing', 'countryMaking'].flatMap((role) => [
    `inputs.${role}.code`,
    `inputs.${role}.name`,
  ]),
  'lifeCycle.enabled',
  'lifeCycle.airTransportRatio',
  'lifeCycle.impacts.ecs',
  'lifeCycle.complementsImpacts',
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

/** A document as it was read: nothing about it is certain. */
export type FlatSource = Record<string, unknown>;

/** A flat row, and the paths of the values that were expected as numbers or names and are not. */
export interface FlattenedImpact {
  row: FlatImpact;
  faults: string[];
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const numberOf = (value: unknown): number | null => (isNumber(value) ? value : null);

const MAKING = STAGE_CODES.indexOf('making');

/** Sum of numbers, or null when one of them is not. */
function sumOf(values: readonly unknown[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (!isNumber(value)) return null;
    sum += value;
  }
  return sum;
}

/**
 * Splits `ecs` into its parts (METHOD §14): stages without their complements, then transport, trims and complements, all
 * divided by the durability, so that the parts add up to `ecs`. Disabled stages cost nothing.
 */
function costParts(document: Fields, durability: number | null, fault: (path: string) => void): FlatImpact {
  const lifeCycle = Array.isArray(document.lifeCycle) ? document.lifeCycle : [];
  if (lifeCycle.length !== STAGE_CODES.length) fault('lifeCycle');
  const share = (part: string, cost: number | null, path: string): [string, number | null] => {
    if (cost === null) fault(path);
    return [`cost_${part}`, cost === null || durability === null ? null : cost / durability];
  };
  const legs: unknown[] = [];
  const complements: unknown[] = [];
  const stages = STAGE_CODES.map((code, index) => {
    const stage = fieldsOf(lifeCycle[index]);
    if (stage.enabled === false) return share(code, 0, '');
    const ofStage = sumOf(Object.values(fieldsOf(stage.complementsImpacts)));
    const cost = sumOf([fieldsOf(stage.impacts).ecs, ofStage === null ? null : -ofStage]);
    legs.push(fieldsOf(fieldsOf(stage.transport).impacts).ecs);
    complements.push(ofStage);
    return share(code, cost, `lifeCycle.${index}.impacts.ecs`);
  });
  return Object.fromEntries([
    ...stages,
    share('transport', sumOf(legs), 'lifeCycle.transport.impacts.ecs'),
    share('trims', numberOf(fieldsOf(document.trimsImpacts).ecs), 'trimsImpacts.ecs'),
    share('complements', sumOf(complements), 'lifeCycle.complementsImpacts'),
  ]);
}

function materialColumns(inputs: Fields, fault: (path: string) => void): FlatImpact {
  const materials = Array.isArray(inputs.materials) ? inputs.materials.map(fieldsOf) : [];
  if (materials.length === 0) fault('inputs.materials');
  const families: Record<string, number> = Object.fromEntries(
    Object.values(MATERIAL_FAMILIES).map((family) => [`share_${family}`, 0]),
  );
  const shares = materials.map((entry, index) => {
    const share = numberOf(entry.share);
    if (share === null) fault(`inputs.materials.${index}.share`);
    const family = MATERIAL_FAMILIES[fieldsOf(entry.material).origin as keyof typeof MATERIAL_FAMILIES];
    if (family === undefined) fault(`inputs.materials.${index}.material.origin`);
    else families[`share_${family}`] = (families[`share_${family}`] ?? 0) + (share ?? 0);
    return share;
  });
  const ids = materials.map((entry) => textOf(fieldsOf(entry.material).id));
  return {
    material_count: materials.length || null,
    first_material: ids[0] ?? null,
    first_material_share: shares[0] ?? null,
    second_material: ids[1] ?? null,
    second_material_share: shares[1] ?? null,
    materials: ids.map((id, index) => `${id ?? '?'}:${shares[index] ?? '?'}`).join(';') || null,
    ...families,
  };
}

/**
 * Impacts that a document covers. One written by another platform does not say: then, as for an answer without a token,
 * ecs and pef always count, and the others unless they are 0.
 */
function coveredCodes(document: Fields): ReadonlySet<string> {
  const covered = fieldsOf(document._platform).coveredImpacts;
  if (Array.isArray(covered)) return new Set(covered);
  const impacts = fieldsOf(document.impacts);
  return new Set(IMPACT_CODES.filter((code) => code === 'ecs' || code === 'pef' || impacts[code] !== 0));
}

/**
 * Flattens a document of `impacts`, whole or projected to {@link FLAT_SOURCE_FIELDS}.
 *
 * @returns null for each value that is missing, not a finite number, or of an impact that the document does not cover; the
 * first two are listed as faults, by their path.
 */
export function flattenImpact(document: FlatSource): FlattenedImpact {
  const faults: string[] = [];
  const fault = (path: string) => {
    if (path !== '') faults.push(path);
  };
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
  const country = (role: string) => fieldsOf(inputs[role]);
  const transport = fieldsOf(document.transport);
  const impacts = fieldsOf(document.impacts);
  const covered = coveredCodes(document);
  const md5Id = named(document.md5_id, 'md5_id');
  const durability = counted(document.durability, 'durability');
  const making = Array.isArray(document.lifeCycle) ? fieldsOf(document.lifeCycle[MAKING]) : {};

  const row: FlatImpact = {
    md5_id: md5Id,
    content_hash: textOf(platform.contentHash) ?? md5Id,
    source: textOf(platform.source),
    scenario: textOf(platform.scenario),
    method_version: textOf(platform.methodVersion),
    product_id: named(document.product_id, 'product_id'),
    product_name: textOf(product.name),
    mass: counted(inputs.mass, 'inputs.mass'),
    ...materialColumns(inputs, fault),
    country_spinning: textOf(fieldsOf(platform.query).countrySpinning),
    country_fabric: textOf(country('countryFabric').code),
    country_fabric_name: named(country('countryFabric').name, 'inputs.countryFabric.name'),
    country_dyeing: textOf(country('countryDyeing').code),
    country_making: textOf(country('countryMaking').code),
    country_making_name: named(country('countryMaking').name, 'inputs.countryMaking.name'),
    fabric_process: textOf(inputs.fabricProcess) ?? textOf(product.fabric),
    air_share: counted(making.airTransportRatio, 'lifeCycle.4.airTransportRatio'),
    transport_air_km: numberOf(transport.air),
    transport_road_km: numberOf(transport.road),
    transport_sea_km: numberOf(transport.sea),
    durability,
    days_of_wear: counted(document.daysOfWear, 'daysOfWear'),
    use_cycles: numberOf(document.useNbCycles),
  };
  for (const code of IMPACT_CODES) {
    row[impactType(code)] = covered.has(code) ? counted(impacts[code], `impacts.${code}`) : null;
  }
  Object.assign(row, costParts(document, durability, fault));
  return { row, faults };
}
