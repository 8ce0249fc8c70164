import {
  BUSINESSES,
  DYEING_PROCESS_TYPES,
  FABRIC_PROCESSES,
  MAKING_COMPLEXITIES,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
} from '@ecobalyse/schema';
import { listCountries, listMaterials, listProducts } from '@ecobalyse/textile-method';
import { profile } from './profile.js';

/** A textile query, or a part of one: its values are checked by the method. */
export type Query = Record<string, unknown>;

/** What an unknown field may be: one of some values, or any number between two. */
export type Domain =
  | { readonly values: readonly unknown[] }
  | { readonly from: number; readonly to: number; readonly whole: boolean };

export const UNKNOWN_COUNTRY = '---';
/** The real countries of the method: the unknown one is a legal default, not a place. */
export const COUNTRIES = listCountries().flatMap(({ code }) => (code === UNKNOWN_COUNTRY ? [] : [code]));
export const COUNTRY_FIELDS = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const;
export const MATERIAL_IDS = listMaterials().map(({ id }) => id);
export const PRODUCT_IDS = listProducts().map(({ id }) => id);

const values = (list: readonly unknown[]): Domain => ({ values: list });
const numbers = (from: number, to: number, whole = false): Domain => ({ from, to, whole });

/** Every sequence of stages that may be left out, in their order. */
const STAGE_SUBSETS = Array.from({ length: 2 ** STAGE_CODES.length }, (_, bits) =>
  STAGE_CODES.filter((_stage, rank) => (bits >> rank) & 1),
);

const PRINTED_HUNDREDTHS = 80;
/** No printing, or each kind over 1 to 80 % of the surface. */
export const PRINTINGS: readonly unknown[] = [
  null,
  ...PRINTING_KINDS.flatMap((kind) =>
    Array.from({ length: PRINTED_HUNDREDTHS }, (_, rank) => ({ kind, ratio: (rank + 1) / 100 })),
  ),
];

interface Field {
  /** Missing, it is unknown; any other field that is left out has the default of the method. */
  readonly isRequired?: true;
  /** What it may be when nothing is said of it; `by-type` when the method has no bound and the profile gives one by type. */
  readonly any: Domain | 'by-type' | 'mix';
  readonly en: string;
  readonly fr: string;
}

/**
 * The fields of a textile query, and what each may be when it is unknown: the bounds of the method (METHOD §3.1, §4.1), those
 * of the profile where it has none.
 */
export const FIELDS = {
  product: { isRequired: true, any: values(PRODUCT_IDS), en: 'for the type of garment', fr: 'le type de vêtement' },
  mass: { isRequired: true, any: 'by-type', en: 'for the mass', fr: 'la masse' },
  materials: { isRequired: true, any: 'mix', en: 'for the materials', fr: 'les matières' },
  fabricProcess: {
    isRequired: true,
    any: values(FABRIC_PROCESSES),
    en: 'for the knitting or weaving technique',
    fr: 'le procédé de tricotage ou de tissage',
  },
  countrySpinning: {
    isRequired: true,
    any: values(COUNTRIES),
    en: 'for the country of spinning',
    fr: 'le pays de filature',
  },
  countryFabric: {
    isRequired: true,
    any: values(COUNTRIES),
    en: 'for the country of knitting or weaving',
    fr: 'le pays de tricotage ou de tissage',
  },
  countryDyeing: {
    isRequired: true,
    any: values(COUNTRIES),
    en: 'for the country of dyeing',
    fr: 'le pays d’ennoblissement',
  },
  countryMaking: {
    isRequired: true,
    any: values(COUNTRIES),
    en: 'for the country of making',
    fr: 'le pays de confection',
  },
  numberOfReferences: {
    any: numbers(1, 999_999, true),
    en: 'for the number of references',
    fr: 'le nombre de références',
  },
  price: { any: numbers(1, 1000), en: 'for the price', fr: 'le prix' },
  business: { any: values(BUSINESSES), en: 'for the kind of business', fr: 'le type d’entreprise' },
  physicalDurability: {
    any: numbers(0.67, 1.45),
    en: 'for the physical durability',
    fr: 'la durabilité physique',
  },
  airTransportRatio: {
    any: numbers(0, 1),
    en: 'for the share of air transport',
    fr: 'la part de transport aérien',
  },
  dyeingProcessType: { any: values(DYEING_PROCESS_TYPES), en: 'for the kind of dyeing', fr: 'le type de teinture' },
  printing: { any: values(PRINTINGS), en: 'for the printing', fr: 'l’impression' },
  fading: { any: values([false, true]), en: 'whether it is faded', fr: 'le délavage' },
  makingComplexity: {
    any: values(MAKING_COMPLEXITIES),
    en: 'for the complexity of making',
    fr: 'la complexité de confection',
  },
  makingWaste: { any: numbers(0, 0.4), en: 'for the waste of making', fr: 'le taux de perte en confection' },
  makingDeadStock: { any: numbers(0, 0.3), en: 'for the share of dead stock', fr: 'le taux de stocks dormants' },
  surfaceMass: { any: numbers(80, 500, true), en: 'for the surface mass', fr: 'le grammage' },
  yarnSize: { any: numbers(9, 200), en: 'for the yarn size', fr: 'le titrage du fil' },
  trims: { any: 'by-type', en: 'for the trims', fr: 'les accessoires' },
  upcycled: { any: values([false, true]), en: 'whether it is upcycled', fr: 'la valorisation (upcycling)' },
  disabledSteps: {
    any: values(STAGE_SUBSETS),
    en: 'for the stages that are left out',
    fr: 'les étapes désactivées',
  },
} satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];
export const fieldOf = (name: FieldName): Field => FIELDS[name];

/** What a material may be spun by, when that is unknown. */
export const SPINNINGS: readonly string[] = SPINNING_TECHNIQUES;

/** What a field may be for a type of garment. */
export function domainFor(field: FieldName, domain: Domain | 'by-type', product: string): Domain {
  if (domain !== 'by-type') return domain;
  const { massKg, mostTrims } = profile.product(product);
  if (field === 'mass') return numbers(massKg[0], massKg[2]);
  return values(trimLists(mostTrims));
}

/** Kinds of trims of one process: a kilogram of any of them costs the same. */
const TRIMS_BY_PROCESS = [['plastic'], ['metal', 'shortZip', 'longZip']];

/**
 * The lists of trims at the corners: for each process none of its trims or the most of all. The cost is linear in the number
 * of each, and trims of one process add or save the same by kilogram: the extremes are corners.
 */
function trimLists(most: Readonly<Record<string, number>>): unknown[] {
  return Array.from({ length: 2 ** TRIMS_BY_PROCESS.length }, (_, bits) =>
    TRIMS_BY_PROCESS.flatMap((kinds, rank) =>
      (bits >> rank) & 1
        ? kinds.flatMap((kind) => (most[kind] ? [{ id: profile.trimId(kind), quantity: most[kind] }] : []))
        : [],
    ),
  );
}
