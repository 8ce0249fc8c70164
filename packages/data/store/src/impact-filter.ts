import type { ImpactCode } from '@ecobalyse/schema';
import type { Document, Filter } from 'mongodb';

/** What a search of the `impacts` documents asks for; every condition has to hold. Lists are alternatives. */
export interface ImpactFilter {
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
  /** Words that all have to be found in the names or ids of the product type or the materials, or begin the identity. */
  text?: string | undefined;
}

/** Places of the four countries in a document. */
const COUNTRY_PATHS = {
  countrySpinning: '_platform.query.countrySpinning',
  countryFabric: 'inputs.countryFabric.code',
  countryDyeing: 'inputs.countryDyeing.code',
  countryMaking: 'inputs.countryMaking.code',
} as const;

const TEXT_PATHS = [
  'product_id',
  'inputs.product.name',
  'inputs.materials.material.id',
  'inputs.materials.material.name',
];

/** Letters that are looked for with and without their accents, as people type them without. */
const ACCENTED = ['aàâä', 'cç', 'eéèêë', 'iîï', 'oôö', 'uùûü'];
const LETTERS = new Map(ACCENTED.flatMap((letters) => [...letters].map((letter) => [letter, `[${letters}]`] as const)));

/** A word as a regular expression that finds it literally, whatever its accents. */
function patternOf(word: string): string {
  return [...word.toLowerCase()]
    .map((letter) => LETTERS.get(letter) ?? letter.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&'))
    .join('');
}

function conditionsOfWord(word: string): Filter<Document> {
  const $regex = patternOf(word);
  const named = TEXT_PATHS.map((path): Filter<Document> => ({ [path]: { $regex, $options: 'i' } }));
  const prefix = word.toLowerCase();
  // Identities are hexadecimal digits, before which "g" sorts last: a range can use their index.
  return { $or: /^[0-9a-f]{1,32}$/.test(prefix) ? [...named, { md5_id: { $gte: prefix, $lt: `${prefix}g` } }] : named };
}

const oneOf = (values: readonly string[] | undefined) =>
  values?.length === 1 ? values[0] : values && { $in: [...values] };

const between = (min: number | undefined, max: number | undefined) =>
  min === undefined && max === undefined
    ? undefined
    : { ...(min !== undefined && { $gte: min }), ...(max !== undefined && { $lte: max }) };

/** The filter as a MongoDB query. Values only ever stand where the database expects a value, never an operator. */
export function impactQuery(filter: ImpactFilter): Filter<Document> {
  const { country, countryFabricOrMaking, process } = filter;
  const simple: Filter<Document> = {
    product_id: oneOf(filter.products),
    'inputs.materials.material.id': oneOf(filter.materials),
    [COUNTRY_PATHS.countrySpinning]: filter.countrySpinning,
    [COUNTRY_PATHS.countryFabric]: filter.countryFabric,
    [COUNTRY_PATHS.countryDyeing]: filter.countryDyeing,
    [COUNTRY_PATHS.countryMaking]: filter.countryMaking,
    '_platform.scenario': filter.scenario,
    'impacts.ecs': between(filter.minEcs, filter.maxEcs),
    'inputs.mass': between(filter.minMass, filter.maxMass),
  };
  const inOneOf = (paths: readonly string[], value: string) => ({ $or: paths.map((path) => ({ [path]: value })) });
  const alternatives: Filter<Document>[] = [
    ...(country === undefined ? [] : [inOneOf(Object.values(COUNTRY_PATHS), country)]),
    ...(countryFabricOrMaking === undefined
      ? []
      : [inOneOf([COUNTRY_PATHS.countryFabric, COUNTRY_PATHS.countryMaking], countryFabricOrMaking)]),
    ...(process === undefined
      ? []
      : [
          {
            $or: [
              { 'inputs.fabricProcess': process },
              { 'inputs.fabricProcess': null, 'inputs.product.fabric': process },
            ],
          },
        ]),
    ...(filter.text ?? '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .map(conditionsOfWord),
  ];
  return {
    ...Object.fromEntries(Object.entries(simple).filter(([, condition]) => condition !== undefined)),
    ...(alternatives.length > 0 && { $and: alternatives }),
  };
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
