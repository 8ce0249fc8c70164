import { inWords, showReceived, type Words } from '@ecobalyse/schema';
import {
  countries,
  findCountry,
  findMaterial,
  findProduct,
  findTrim,
  materials,
  products,
  trims,
} from './catalogue.js';
import { type Limit, limits } from './figures/figures.js';
import type { ReadQuery } from './query.js';

/** What is wrong with the value of a field that was read, or `null`. */
type Check<Field extends keyof ReadQuery> = (value: NonNullable<ReadQuery[Field]>) => Words | null;

const vocabulary = (values: readonly string[]) => values.join(', ');
const COUNTRY_CODES = vocabulary(countries.map(({ code }) => code));
const MATERIAL_IDS = vocabulary(materials.map(({ id }) => id));
const PRODUCT_IDS = vocabulary(products.map(({ id }) => id));
const TRIM_IDS = vocabulary(trims.map(({ id }) => id));

const unknown = (what: Words, received: string, expected: string): Words => ({
  fr: `${what.fr} : ${showReceived(received)} ; attendu : ${expected}`,
  en: `${what.en}: ${showReceived(received)}; expected: ${expected}`,
});

const UNKNOWN_COUNTRY: Words = {
  fr: 'pays inconnu ou non utilisable pour le textile',
  en: 'country that is unknown or cannot be used for textiles',
};
const checkCountry = (code: string): Words | null =>
  findCountry(code) === undefined ? unknown(UNKNOWN_COUNTRY, code, COUNTRY_CODES) : null;

const inFrench = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 10, useGrouping: false });

function bounds({ min = 0, exclusiveMin, max = 0, unit }: Limit): Words {
  const of = unit === '' ? '' : ` ${unit}`;
  if (exclusiveMin !== undefined) {
    return {
      fr: `une valeur strictement supérieure à ${inFrench.format(exclusiveMin)}${of}`,
      en: `a value above ${exclusiveMin}${of}`,
    };
  }
  return {
    fr: `une valeur comprise entre ${inFrench.format(min)} et ${inFrench.format(max)}${of}`,
    en: `a value from ${min} to ${max}${of}`,
  };
}

/** Checks a value against its bounds; `written` is the value as received when it is not the one that is checked. */
function within(limit: Limit): (value: number, written?: number | string) => Words | null {
  const { min = -Infinity, exclusiveMin = -Infinity, max = Infinity } = limit;
  const expected = bounds(limit);
  return (value, written = value) => {
    if (value >= min && value > exclusiveMin && value <= max) return null;
    const received = showReceived(written);
    return {
      fr: `hors limites : ${received} ; attendu : ${expected.fr}`,
      en: `out of bounds: ${received}; expected: ${expected.en}`,
    };
  };
}

const withinYarnSizes = within(limits.yarnSize);

const EMPTY_MATERIALS: Words = {
  fr: 'liste vide : [] ; attendu : au moins une matière',
  en: 'empty list: []; expected: at least one material',
};

const checkMaterials: Check<'materials'> = (entries) => {
  if (entries.length === 0) return EMPTY_MATERIALS;
  for (const { country, id } of entries) {
    const fault = country === null ? null : checkCountry(country);
    if (fault !== null) return fault;
    if (findMaterial(id) === undefined)
      return unknown({ fr: 'matière inconnue', en: 'unknown material' }, id, MATERIAL_IDS);
  }
  return null;
};

const checkProduct: Check<'product'> = (product) =>
  findProduct(product) === undefined
    ? unknown({ fr: 'produit inconnu', en: 'unknown product' }, product, PRODUCT_IDS)
    : null;

const checkTrims: Check<'trims'> = (items) => {
  const stranger = items.find(({ id }) => findTrim(id) === undefined);
  return stranger === undefined
    ? null
    : unknown({ fr: 'accessoire inconnu', en: 'unknown trim' }, stranger.id, TRIM_IDS);
};

/** The bounds and identifiers of METHOD §4.1, in its order, which is also the alphabetical order of the fields. */
export const CHECKS: { readonly [Field in keyof ReadQuery]?: Check<Field> } = {
  countryDyeing: checkCountry,
  countryFabric: checkCountry,
  countryMaking: checkCountry,
  countrySpinning: checkCountry,
  makingDeadStock: within(limits.makingDeadStock),
  makingWaste: within(limits.makingWaste),
  mass: within(limits.mass),
  materials: checkMaterials,
  numberOfReferences: within(limits.numberOfReferences),
  physicalDurability: within(limits.physicalDurability),
  price: within(limits.price),
  product: checkProduct,
  surfaceMass: within(limits.surfaceMass),
  trims: checkTrims,
  yarnSize: ({ nm, written }) => withinYarnSizes(nm, written),
};

/**
 * The faults of a query that was read (METHOD §4.1, §4.2).
 *
 * @returns one message per faulty field, fields in alphabetical order.
 */
export function faultsOf(query: ReadQuery): Record<string, string> {
  let faults: Record<string, string> = {};
  for (const [field, check] of Object.entries(CHECKS)) {
    const value = query[field as keyof ReadQuery];
    const message = value === null ? null : check(value as never);
    if (message === null) continue;
    // An empty list of materials hides the faults found before it (METHOD §4.2).
    if (message === EMPTY_MATERIALS) faults = {};
    faults[field] = inWords(message, 'fr');
  }
  return faults;
}
