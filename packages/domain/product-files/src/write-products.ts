import type { Language } from '@ecobalyse/schema';
import { FIELD_COLUMNS, MATERIAL_FIELD, PRINTING_COLUMNS, TRIM_COLUMNS } from './csv-columns.js';
import type { HeaderField } from './mapping.js';
import { type Named, nameOf } from './names.js';
import type { WrittenCell } from './write-workbook.js';

/**
 * Products as rows of a table that our reader reads back as they were: ids by their names, figures as numbers, and what one cell
 * cannot say otherwise as JSON.
 */

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

/** What the text of a field names. */
const NAMED_FIELDS: Readonly<Record<HeaderField, Named>> = {
  product: 'product',
  business: 'business',
  countrySpinning: 'country',
  countryFabric: 'country',
  countryDyeing: 'country',
  countryMaking: 'country',
  disabledSteps: 'stage',
  dyeingProcessType: 'dyeingProcessType',
  fabricProcess: 'fabricProcess',
  fading: 'boolean',
  makingComplexity: 'makingComplexity',
  printingKind: 'printing',
  upcycled: 'boolean',
};

/** Of a material, by the end of the column's name. */
const MATERIAL_PARTS = {
  '': { key: 'id', named: 'material', fr: 'Matière {n}', en: 'Material {n}' },
  Share: { key: 'share', named: undefined, fr: 'Part matière {n}', en: 'Material {n} share' },
  Country: { key: 'country', named: 'country', fr: 'Origine matière {n}', en: 'Material {n} country' },
  Spinning: { key: 'spinning', named: 'spinning', fr: 'Filature matière {n}', en: 'Material {n} spinning' },
} as const;
type MaterialPart = keyof typeof MATERIAL_PARTS;

/** Most materials that have columns; more of them are JSON. */
const MOST_MATERIALS = 99;

function materialsOf(product: Fields): readonly Fields[] | undefined {
  const { materials } = product;
  return Array.isArray(materials) && materials.length <= MOST_MATERIALS && materials.every(isObject)
    ? materials
    : undefined;
}

/** The columns that a product fills. */
export function filledFields(product: unknown): HeaderField[] {
  const given = fieldsOf(product);
  const materials = materialsOf(given);
  const has = (fields: Fields, key: string) => fields[key] !== undefined && fields[key] !== null;
  return [
    ...Object.keys(FIELD_COLUMNS).filter((field) => has(given, field) && (field !== 'materials' || !materials)),
    ...(materials ?? []).flatMap((material, index) =>
      Object.entries(MATERIAL_PARTS)
        .filter(([, { key }]) => has(material, key))
        .map(([part]) => `material${index + 1}${part}`),
    ),
    ...Object.entries(PRINTING_COLUMNS)
      .filter(([, [, , key]]) => has(fieldsOf(given.printing), key))
      .map(([field]) => field),
  ];
}

const partsOfMaterial = Object.keys(MATERIAL_PARTS);
const PLACES: readonly HeaderField[] = [
  ...Object.keys(FIELD_COLUMNS),
  ...Object.keys(PRINTING_COLUMNS),
  ...Object.keys(TRIM_COLUMNS),
];
const MATERIALS_PLACE = PLACES.indexOf('mass') + 0.5;

/** Where a column stands: materials behind the mass, the others as we know them. */
function placeOf(field: HeaderField): number {
  const [, rank, part = ''] = MATERIAL_FIELD.exec(field) ?? [];
  if (rank === undefined) return PLACES.indexOf(field);
  return MATERIALS_PLACE + (Number(rank) * partsOfMaterial.length + partsOfMaterial.indexOf(part)) / 1000;
}

/** Columns in our order. */
export const orderedFields = (fields: Iterable<HeaderField>): HeaderField[] =>
  [...new Set(fields)].sort((a, b) => placeOf(a) - placeOf(b));

/** Materials that a column may be told to hold, besides those that a file has. */
const MATERIALS_OFFERED = 5;

/** Every field that a column of a file may fill, of which it has some, in our order. */
export function everyField(present: readonly HeaderField[]): HeaderField[] {
  const ranks = Array.from({ length: MATERIALS_OFFERED }, (_, index) => index + 1);
  return orderedFields([
    ...present,
    ...PLACES,
    ...ranks.flatMap((rank) => partsOfMaterial.map((part) => `material${rank}${part}`)),
  ]);
}

/** What a column is called. */
export function headerOf(field: HeaderField, language: Language): string {
  const [, rank, part] = MATERIAL_FIELD.exec(field) ?? [];
  if (rank !== undefined) return MATERIAL_PARTS[part as MaterialPart][language].replace('{n}', rank);
  const columns: Readonly<Record<string, readonly [names: string, ...unknown[]]>> = {
    ...FIELD_COLUMNS,
    ...PRINTING_COLUMNS,
    ...TRIM_COLUMNS,
  };
  const [french, english] = (columns[field] as readonly [string])[0].split('|') as [string, string];
  return (language === 'fr' ? french : english).trim();
}

const isPlain = (value: unknown) => typeof value === 'string' && value !== '' && !/[|,;\n\r]|^\s|\s$|^\[/.test(value);

/** Fields that are lists of texts; other lists are written as JSON. */
const LISTS: readonly HeaderField[] = ['disabledSteps', 'gtins', 'tags'];

function listCell(values: readonly unknown[], show: (value: unknown) => string): string {
  if (!values.every(isPlain)) return JSON.stringify(values);
  // A name with a comma in it would be read as two.
  return values.map((value) => (isPlain(show(value)) ? show(value) : value)).join('|') || '|';
}

function cellOf(value: unknown, field: HeaderField, named: Named | undefined, language: Language): WrittenCell {
  if (value === undefined || value === null) return null;
  const show = (one: unknown) => (named === undefined ? String(one) : nameOf(named, String(one), language));
  if (Array.isArray(value) && LISTS.includes(field)) return listCell(value, show);
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'number' ? value : show(value);
}

/** What the words of a column name. */
export function namedOfField(field: HeaderField): Named | undefined {
  const [, rank, part] = MATERIAL_FIELD.exec(field) ?? [];
  return rank === undefined ? NAMED_FIELDS[field] : MATERIAL_PARTS[part as MaterialPart].named;
}

/** What a column says of a product. */
function fieldReader(field: HeaderField): (given: Fields) => unknown {
  const [, rank, part] = MATERIAL_FIELD.exec(field) ?? [];
  if (rank !== undefined) {
    const { key } = MATERIAL_PARTS[part as MaterialPart];
    return (given) => materialsOf(given)?.[Number(rank) - 1]?.[key];
  }
  if (Object.hasOwn(PRINTING_COLUMNS, field)) {
    const [, , key] = PRINTING_COLUMNS[field as keyof typeof PRINTING_COLUMNS];
    return ({ printing }) => fieldsOf(printing)[key];
  }
  return (given) => (field === 'materials' && materialsOf(given) ? null : given[field]);
}

/** What gives the cell of a product in a column. */
export function productCell(field: HeaderField, language: Language): (product: unknown) => WrittenCell {
  const [value, named] = [fieldReader(field), namedOfField(field)];
  return (product) => cellOf(value(fieldsOf(product)), field, named, language);
}
