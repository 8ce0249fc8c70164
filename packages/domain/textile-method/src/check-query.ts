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

/** What is wrong with one field of a query that was read, or `null`. */
type Check = (query: ReadQuery) => Words | null;

type CountryField = 'countryDyeing' | 'countryFabric' | 'countryMaking' | 'countrySpinning';

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
const unknownCountry = (code: string) => unknown(UNKNOWN_COUNTRY, code, COUNTRY_CODES);

const known =
  (field: CountryField): Check =>
  (query) => {
    const code = query[field];
    return code === null || findCountry(code) !== undefined ? null : unknownCountry(code);
  };

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

/** Checks a field against its bounds; `shown` gives the value as received when it is not the value that is checked. */
function within(
  limit: Limit,
  checked: (query: ReadQuery) => number | null | undefined,
  shown: (query: ReadQuery) => unknown = checked,
): Check {
  const { min = -Infinity, exclusiveMin = -Infinity, max = Infinity } = limit;
  const expected = bounds(limit);
  return (query) => {
    const value = checked(query) ?? null;
    if (value === null || (value >= min && value > exclusiveMin && value <= max)) return null;
    const received = showReceived(shown(query));
    return {
      fr: `hors limites : ${received} ; attendu : ${expected.fr}`,
      en: `out of bounds: ${received}; expected: ${expected.en}`,
    };
  };
}

const EMPTY_MATERIALS: Words = {
  fr: 'liste vide : [] ; attendu : au moins une matière',
  en: 'empty list: []; expected: at least one material',
};

const checkMaterials: Check = ({ materials: entries }) => {
  if (entries.length === 0) return EMPTY_MATERIALS;
  for (const { country, id } of entries) {
    if (country !== null && findCountry(country) === undefined) return unknownCountry(country);
    if (findMaterial(id) === undefined)
      return unknown({ fr: 'matière inconnue', en: 'unknown material' }, id, MATERIAL_IDS);
  }
  return null;
};

const checkProduct: Check = ({ product }) =>
  findProduct(product) === undefined
    ? unknown({ fr: 'produit inconnu', en: 'unknown product' }, product, PRODUCT_IDS)
    : null;

const checkTrims: Check = ({ trims: items }) => {
  const stranger = items?.find(({ id }) => findTrim(id) === undefined);
  return stranger === undefined
    ? null
    : unknown({ fr: 'accessoire inconnu', en: 'unknown trim' }, stranger.id, TRIM_IDS);
};

/** The checks in the order of METHOD §4.1, which is also the alphabetical order of the fields. */
const CHECKS: readonly (readonly [field: string, check: Check])[] = [
  ['countryDyeing', known('countryDyeing')],
  ['countryFabric', known('countryFabric')],
  ['countryMaking', known('countryMaking')],
  ['countrySpinning', known('countrySpinning')],
  ['makingDeadStock', within(limits.makingDeadStock, ({ makingDeadStock }) => makingDeadStock)],
  ['makingWaste', within(limits.makingWaste, ({ makingWaste }) => makingWaste)],
  ['mass', within(limits.mass, ({ mass }) => mass)],
  ['materials', checkMaterials],
  ['numberOfReferences', within(limits.numberOfReferences, ({ numberOfReferences }) => numberOfReferences)],
  ['physicalDurability', within(limits.physicalDurability, ({ physicalDurability }) => physicalDurability)],
  ['price', within(limits.price, ({ price }) => price)],
  ['product', checkProduct],
  ['surfaceMass', within(limits.surfaceMass, ({ surfaceMass }) => surfaceMass)],
  ['trims', checkTrims],
  [
    'yarnSize',
    within(
      limits.yarnSize,
      ({ yarnSize }) => yarnSize?.nm,
      ({ yarnSize }) => yarnSize?.written,
    ),
  ],
];

/**
 * Checks the bounds and the identifiers of a query that was read (METHOD §4.1, §4.2).
 *
 * @returns one message per faulty field, fields in alphabetical order; `null` when there is no fault.
 */
export function checkTextileQuery(query: ReadQuery): Record<string, string> | null {
  let faults: Record<string, string> | null = null;
  for (const [field, check] of CHECKS) {
    const message = check(query);
    if (message === null) continue;
    // An empty list of materials hides the faults found before it (METHOD §4.2).
    if (faults === null || message === EMPTY_MATERIALS) faults = {};
    faults[field] = inWords(message, 'fr');
  }
  return faults;
}
