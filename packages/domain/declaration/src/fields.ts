import { BUSINESS_SIZES, CATEGORIES, COUNTRIES, PRINTINGS, type Vocabulary } from './vocabulary.js';

/** How the portal reads the cell of a field. */
export type CellKind =
  | { readonly word: Vocabulary }
  | { readonly number: 'plain' | 'percent'; readonly min?: number; readonly max?: number }
  /** A percentage out of a list, as fractions. */
  | { readonly oneOf: readonly number[] }
  | 'boolean';

/** A field of a row that has one column. */
export interface Field {
  /** As the portal names it in its errors. */
  readonly name: string;
  /** As the method names it in a query. */
  readonly queryName: string;
  readonly header: string;
  readonly kind: CellKind;
  readonly required?: true;
}

/** Shares of the surface that may be printed. */
export const PRINTED_SHARES = [0.01, 0.05, 0.2, 0.5, 0.8] as const;

export const MASS_MIN_KG = 0.01;
/** What the portal makes of higher prices before it scores, in euros. */
export const MAX_SCORED_PRICE = 1000;

const field = (name: string, header: string, kind: CellKind, queryName = name): Field => ({
  name,
  header,
  kind,
  queryName,
});

/** The fields with one column each, in the order of the portal's checks. */
export const FIELDS: readonly Field[] = [
  { ...field('category', 'Catégorie', { word: CATEGORIES }, 'product'), required: true },
  field('airTransportRatio', 'Part du transport aérien', { number: 'percent', min: 0, max: 1 }),
  field('upcycled', 'Remanufacturé', 'boolean'),
  field('business', "Taille de l'entreprise", { word: BUSINESS_SIZES }),
  field('fading', 'Délavage', 'boolean'),
  { ...field('mass', 'Masse (en kg)', { number: 'plain', min: MASS_MIN_KG }), required: true },
  field('numberOfReferences', 'Nombre de références', { number: 'plain', min: 1, max: 999_999 }),
  field('price', 'Prix (en euros, TTC)', { number: 'plain', min: 1 }),
  field('countryDyeing', "Origine de l'ennoblissement/impression", { word: COUNTRIES }),
  field('countryFabric', 'Origine de tissage/tricotage', { word: COUNTRIES }),
  { ...field('countryMaking', 'Origine de confection', { word: COUNTRIES }), required: true },
  field('countrySpinning', 'Origine de filature', { word: COUNTRIES }),
  field('impression', "Type d'impression", { word: PRINTINGS }, 'printing.kind'),
  field('impressionPercentage', "Pourcentage d'impression", { oneOf: PRINTED_SHARES }, 'printing.ratio'),
];
