import type { BuiltInCatalogue, ImpactCode, StateFilter } from '@ecobalyse/schema';
import type { Document, Filter } from 'mongodb';

/** What a search of the `impacts` documents asks for; every condition has to hold. Lists are alternatives. */
export interface ImpactFilter {
  md5Id?: string | undefined;
  /** Product types. */
  products?: readonly string[] | undefined;
  /** Materials, any of which the garment has. */
  materials?: readonly string[] | undefined;
  countrySpinning?: string | undefined;
  countryFabric?: string | undefined;
  countryDyeing?: string | undefined;
  countryMaking?: string | undefined;
  /** Country of spinning, fabric, dyeing or making. */
  country?: string | undefined;
  /** Country of fabric or making. */
  countryFabricOrMaking?: string | undefined;
  /** Fabric process: the one asked for, or that of the product type. */
  process?: string | undefined;
  /** Scenario of the extraction grid; null for products that users added. */
  scenario?: string | null | undefined;
  minEcs?: number | undefined;
  maxEcs?: number | undefined;
  /** In kg. */
  minMass?: number | undefined;
  maxMass?: number | undefined;
  /** Catalogue of the platform: the documents of the extraction, or all others. */
  catalogue?: BuiltInCatalogue | undefined;
  /** Doubtful products by what became of them, or all that count. */
  state?: StateFilter | undefined;
  /** Rule that finds something of the product. */
  warning?: string | undefined;
  /** Version of the method. */
  methodVersion?: string | undefined;
  /** The same, and products that do not tell theirs. */
  countedVersion?: string | undefined;
  /** Words, each of which has to be found. */
  words?: readonly SoughtWord[] | undefined;
}

/** A word that is looked for, and the ids of what it is a name of. */
export interface SoughtWord {
  /** As it is written. */
  text: string;
  /** Without accents, plural and what parts it. */
  plain?: string;
  products?: readonly string[];
  materials?: readonly string[];
  countries?: readonly string[];
  processes?: readonly string[];
}

/** Where documents of a collection hold what a filter asks about. */
export interface FilterPaths {
  md5Id: string;
  product: string;
  materials: string;
  materialCountries: string;
  countries: Readonly<Record<(typeof COUNTRIES)[number], string>>;
  scenario: string;
  ecs: string;
  mass: string;
  state: string;
  warnings: string;
  methodVersion: string;
  /** Documents of a fabric process. */
  ofProcess(process: string | { $in: string[] }): Filter<Document>;
  /** Documents whose texts hold a word. */
  withText(word: SoughtWord): Filter<Document>[];
}

const COUNTRIES = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const;

const IMPACT_PATHS: FilterPaths = {
  md5Id: 'md5_id',
  product: 'product_id',
  materials: 'inputs.materials.material.id',
  materialCountries: 'inputs.materials.country',
  countries: {
    countrySpinning: '_platform.query.countrySpinning',
    countryFabric: 'inputs.countryFabric.code',
    countryDyeing: 'inputs.countryDyeing.code',
    countryMaking: 'inputs.countryMaking.code',
  },
  scenario: '_platform.scenario',
  ecs: 'impacts.ecs',
  mass: 'inputs.mass',
  state: '_platform.state',
  warnings: '_platform.warnings.id',
  methodVersion: '_platform.methodVersion',
  ofProcess: (process) => ({
    $or: [{ 'inputs.fabricProcess': process }, { 'inputs.fabricProcess': null, 'inputs.product.fabric': process }],
  }),
  withText: ({ text }) =>
    ['product_id', 'inputs.product.name', 'inputs.materials.material.id', 'inputs.materials.material.name'].map(
      (path) => ({ [path]: { $regex: patternOf(text), $options: 'i' } }),
    ),
};

/** Letters that are looked for with and without their accents, as people type them without. */
const ACCENTED = ['aàâä', 'cç', 'eéèêë', 'iîï', 'oôö', 'uùûü'];
const LETTERS = new Map(ACCENTED.flatMap((letters) => [...letters].map((letter) => [letter, `[${letters}]`] as const)));

/** A word as a regular expression that finds it literally, whatever its accents. */
export function patternOf(word: string): string {
  return [...word.toLowerCase()]
    .map((letter) => LETTERS.get(letter) ?? letter.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&'))
    .join('');
}

/** Documents in which a word is found: in their texts, by what it is a name of, or at the beginning of their identity. */
function conditionsOfWord(word: SoughtWord, paths: FilterPaths): Filter<Document> {
  const { text, products = [], materials = [], countries = [], processes = [] } = word;
  const prefix = text.toLowerCase();
  const meant = (ids: readonly string[], of: readonly string[]) =>
    ids.length === 0 ? [] : of.map((path): Filter<Document> => ({ [path]: { $in: [...ids] } }));
  return {
    $or: [
      ...paths.withText(word),
      ...meant(products, [paths.product]),
      ...meant(materials, [paths.materials]),
      ...meant(countries, [...Object.values(paths.countries), paths.materialCountries]),
      ...(processes.length > 0 ? [paths.ofProcess({ $in: [...processes] })] : []),
      // Identities are hexadecimal digits, before which "g" sorts last: a range can use their index.
      ...(/^[0-9a-f]{1,32}$/.test(prefix) ? [{ [paths.md5Id]: { $gte: prefix, $lt: `${prefix}g` } }] : []),
    ],
  };
}

const oneOf = (values: readonly string[] | undefined) =>
  values?.length === 1 ? values[0] : values && { $in: [...values] };

const between = (min: number | undefined, max: number | undefined) =>
  min === undefined && max === undefined
    ? undefined
    : { ...(min !== undefined && { $gte: min }), ...(max !== undefined && { $lte: max }) };

/** What counts in statistics and training: all but what has to be checked. */
const COUNTED = { $ne: 'to-check' };

/** Conditions without those that are not asked for. */
export const asked = (conditions: Filter<Document>): Filter<Document> =>
  Object.fromEntries(Object.entries(conditions).filter(([, condition]) => condition !== undefined));

/** The filter as a MongoDB query. Values only ever stand where the database expects a value, never an operator. */
export function impactQuery(filter: ImpactFilter, paths: FilterPaths = IMPACT_PATHS): Filter<Document> {
  const { country, countryFabricOrMaking, process, catalogue, words = [] } = filter;
  const { countries } = paths;
  const simple: Filter<Document> = {
    [paths.md5Id]: filter.md5Id,
    [paths.product]: oneOf(filter.products),
    [paths.materials]: oneOf(filter.materials),
    ...Object.fromEntries(COUNTRIES.map((name) => [countries[name], filter[name]])),
    [paths.scenario]: filter.scenario,
    [paths.ecs]: between(filter.minEcs, filter.maxEcs),
    [paths.mass]: between(filter.minMass, filter.maxMass),
    [paths.state]: filter.state === 'counted' ? COUNTED : filter.state,
    [paths.warnings]: filter.warning,
    [paths.methodVersion]:
      filter.countedVersion === undefined ? filter.methodVersion : { $in: [filter.countedVersion, null] },
  };
  const inOneOf = (of: readonly string[], value: string | undefined) =>
    value === undefined ? [] : [{ $or: of.map((path) => ({ [path]: value })) }];
  const alternatives: Filter<Document>[] = [
    ...inOneOf(Object.values(countries), country),
    ...inOneOf([countries.countryFabric, countries.countryMaking], countryFabricOrMaking),
    ...(process === undefined ? [] : [paths.ofProcess(process)]),
    ...(catalogue === undefined ? [] : [{ [paths.scenario]: catalogue === 'api' ? null : { $gt: '' } }]),
    ...words.map((word) => conditionsOfWord(word, paths)),
  ];
  return { ...asked(simple), ...(alternatives.length > 0 && { $and: alternatives }) };
}

/** Documents that have a figure for an impact; those of another platform do not say, and count unless they have 0. */
export function coveringQuery(code: ImpactCode): Filter<Document> | null {
  if (code === 'ecs' || code === 'pef') return null;
  return {
    $or: [
      { '_platform.coveredImpacts': code },
      { '_platform.coveredImpacts': { $exists: false }, [`impacts.${code}`]: { $ne: 0 } },
    ],
  };
}
