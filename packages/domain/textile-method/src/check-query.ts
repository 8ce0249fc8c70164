import { showReceived } from '@ecobalyse/schema';
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
type Check<Field extends keyof ReadQuery> = (value: NonNullable<ReadQuery[Field]>) => string | null;

const vocabulary = (values: readonly string[]) => values.join(', ');
const COUNTRY_CODES = vocabulary(countries.map(({ code }) => code));
const MATERIAL_IDS = vocabulary(materials.map(({ id }) => id));
const PRODUCT_IDS = vocabulary(products.map(({ id }) => id));
const TRIM_IDS = vocabulary(trims.map(({ id }) => id));

const unknown = (what: string, received: string, expected: string) =>
  `${what} : ${showReceived(received)} ; attendu : ${expected}`;

const checkCountry = (code: string): string | null =>
  findCountry(code) === undefined
    ? unknown('pays inconnu ou non utilisable pour le textile', code, COUNTRY_CODES)
    : null;

const number = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 10, useGrouping: false });

function bounds({ min, exclusiveMin, max, unit }: Limit): string {
  const shown = (bound: number) => (unit === '' ? number.format(bound) : `${number.format(bound)} ${unit}`);
  if (exclusiveMin !== undefined) return `une valeur strictement supérieure à ${shown(exclusiveMin)}`;
  return `une valeur comprise entre ${number.format(min ?? 0)} et ${shown(max ?? 0)}`;
}

/** Checks a value against its bounds; `written` is the value as received when it is not the one that is checked. */
function within(limit: Limit): (value: number, written?: number | string) => string | null {
  const { min = -Infinity, exclusiveMin = -Infinity, max = Infinity } = limit;
  const expected = bounds(limit);
  return (value, written = value) =>
    value >= min && value > exclusiveMin && value <= max
      ? null
      : `hors limites : ${showReceived(written)} ; attendu : ${expected}`;
}

const withinYarnSizes = within(limits.yarnSize);

const EMPTY_MATERIALS = 'liste vide : [] ; attendu : au moins une matière';

const checkMaterials: Check<'materials'> = (entries) => {
  if (entries.length === 0) return EMPTY_MATERIALS;
  for (const { country, id } of entries) {
    const fault = country === null ? null : checkCountry(country);
    if (fault !== null) return fault;
    if (findMaterial(id) === undefined) return unknown('matière inconnue', id, MATERIAL_IDS);
  }
  return null;
};

const checkProduct: Check<'product'> = (product) =>
  findProduct(product) === undefined ? unknown('produit inconnu', product, PRODUCT_IDS) : null;

const checkTrims: Check<'trims'> = (items) => {
  const stranger = items.find(({ id }) => findTrim(id) === undefined);
  return stranger === undefined ? null : unknown('accessoire inconnu', stranger.id, TRIM_IDS);
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
    faults[field] = message;
  }
  return faults;
}
