import { LEGACY_TRIM_KEY, LEGACY_TRIM_RANKS, MATERIAL_RANKS, TRIM_HEADERS } from './columns.js';
import { type CellKind, FIELDS } from './fields.js';
import type { DeclarationTable, TableRow } from './read-table.js';
import { simplify } from './simplify.js';
import { COUNTRIES, MATERIALS, TRIMS, type Vocabulary } from './vocabulary.js';

/** What the portal reads in a cell: a value, the text itself where it finds none, or nothing. */
export type Read = string | number | boolean | undefined;

/** A row as the portal reads it. Vocabulary is in the portal's labels, shares are fractions, masses in kg. */
export interface ReadRow {
  readonly row: number;
  readonly reference: string;
  readonly gtins: readonly string[];
  /** Id of the brand; empty when neither the row nor the organisation says one. */
  readonly brand: string;
  /** Null when the row declares none. */
  readonly declaredScore: number | null;
  /** By the portal's name of the field. */
  readonly values: Readonly<Record<string, Read>>;
  readonly materials: readonly { readonly slug: Read; readonly share: Read; readonly country: Read }[];
  /** The numbers that the columns of these materials have. */
  readonly materialRanks: readonly number[];
  readonly trims: readonly { readonly slug: Read; readonly quantity: Read }[];
  /** Whether the trims are those that garments of the category usually have. */
  readonly hasDefaultTrims: boolean;
}

/**
 * A number as the portal reads it: what `parseFloat` makes of the simplified text, so that "5-6" is 56 and "1e-3" is 1000. A text
 * without one stays, and a number beyond all others is lost on its way through the portal's storage.
 */
export function readNumber(text: string | undefined, factor = 1): Read {
  if (text === undefined || text === '') return undefined;
  const number = Number.parseFloat(simplify(text).replace(',', '.'));
  if (Number.isNaN(number)) return text;
  return Number.isFinite(number) ? number * factor : undefined;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['oui', 'yes', 'true'].map((word) => [word, true] as const),
  ...['non', 'no', 'false'].map((word) => [word, false] as const),
]);

const orText = (text: string | undefined, read: (text: string) => Read): Read =>
  text === undefined || text === '' ? undefined : (read(text) ?? text);

const readBoolean = (text: string | undefined) => orText(text, (word) => BOOLEANS.get(simplify(word)));
const readWord = (text: string | undefined, { labelOf }: Vocabulary) => orText(text, labelOf);

/** A book holds fractions, a CSV percentages; only of some of them the portal drops a sign that stands before the digits. */
function readPercent(text: string | undefined, form: DeclarationTable['form'], hasSign = true): Read {
  if (form === 'xlsx') return readNumber(text);
  return readNumber(hasSign ? text?.replace('%', '') : text, 0.01);
}

/** The share of a material: the portal divides it, which gives other last digits than multiplying. */
function readShare(text: string | undefined, form: DeclarationTable['form']): Read {
  const read = readNumber(form === 'csv' ? text?.replace('%', '') : text);
  return form === 'csv' && typeof read === 'number' ? read / 100 : read;
}

function readCell(kind: CellKind, text: string | undefined, form: DeclarationTable['form']): Read {
  if (kind === 'boolean') return readBoolean(text);
  if ('word' in kind) return readWord(text, kind.word);
  if ('oneOf' in kind) return readPercent(text, form);
  return kind.number === 'percent' ? readPercent(text, form, false) : readNumber(text);
}

/** Where the portal looks for barcode numbers in a cell. */
const GTIN_SEPARATORS = { csv: /;/, xlsx: /[,;\n]/ } as const;

const KEYED_FIELDS = FIELDS.map((field) => ({ ...field, key: simplify(field.header) }));
const QUANTITIES = TRIM_HEADERS.map((header) => {
  const key = simplify(header);
  return { key, slug: TRIMS.labelOf(key.replace('quantitede', '')) as string };
});

/** Text that is no score stands for -1, which the portal refuses as too small. */
const NO_SCORE = -1;

function readScore(text: string | undefined, form: DeclarationTable['form']): number | null {
  if (text === '' || (text === undefined && form === 'xlsx')) return null;
  const score = Number.parseFloat(simplify(text ?? '').replace(',', '.'));
  return Number.isNaN(score) ? NO_SCORE : score || null;
}

/**
 * Reads a row as the portal does, its misreadings included.
 *
 * @param defaultBrand - id of the brand for rows that name none.
 */
export function readRow({ form, keys }: DeclarationTable, { row, cells }: TableRow, defaultBrand: string): ReadRow {
  const materials = MATERIAL_RANKS.map((rank) => ({
    rank,
    slug: readWord(cells[`matiere${rank}`], MATERIALS),
    share: readShare(cells[`matiere${rank}pourcentage`], form),
    country: readWord(cells[`matiere${rank}origine`], COUNTRIES),
  })).filter(({ slug }) => slug !== undefined);
  const isLegacy = keys.includes(LEGACY_TRIM_KEY);
  const trims = isLegacy
    ? LEGACY_TRIM_RANKS.map((rank) => ({
        slug: readWord(cells[`accessoire${rank}`], TRIMS),
        quantity: readNumber(cells[`accessoire${rank}quantite`]),
      })).filter(({ slug }) => slug !== undefined)
    : QUANTITIES.filter(({ key }) => cells[key]).map(({ key, slug }) => ({ slug, quantity: readNumber(cells[key]) }));
  return {
    row,
    reference: cells.referenceinterne ?? '',
    gtins: (cells.gtinseans ?? '').split(GTIN_SEPARATORS[form]).map((gtin) => gtin.trim()),
    brand: (cells.marqueid || defaultBrand).trim(),
    declaredScore: readScore(cells.score, form),
    values: Object.fromEntries(KEYED_FIELDS.map(({ name, key, kind }) => [name, readCell(kind, cells[key], form)])),
    materials: materials.map(({ slug, share, country }) => ({ slug, share, country })),
    materialRanks: materials.map(({ rank }) => rank),
    trims,
    hasDefaultTrims: !isLegacy && trims.length === 0,
  };
}
