import type { Readable } from 'node:stream';
import type { Language, Words } from '@ecobalyse/schema';
import type { HeaderField } from './mapping.js';
import { idsNamed, type Named, nameOf } from './names.js';
import { headerOf, namedOfField } from './write-products.js';
import { TABLE_WRITERS } from './write-tables.js';
import { columnLetters, type WrittenCell, writeWorkbook } from './write-workbook.js';

/** Columns of the template with what its example row says, by ids where a field has such. */
const EXAMPLE: readonly (readonly [field: HeaderField, value: WrittenCell, french?: string])[] = [
  ['reference', 'REF-001'],
  ['name', 'Crew neck T-shirt', 'T-shirt col rond'],
  ['brand', ''],
  ['product', 'tshirt'],
  ['mass', 0.17],
  ['material1', 'ei-coton'],
  ['material1Share', '95%'],
  ['material1Country', 'TR'],
  ['material2', 'elasthane'],
  ['material2Share', '5%'],
  ['material2Country', ''],
  ['material3', ''],
  ['material3Share', ''],
  ['material3Country', ''],
  ['countrySpinning', 'TR'],
  ['countryFabric', 'TR'],
  ['countryDyeing', 'TR'],
  ['countryMaking', 'TN'],
  ['fabricProcess', 'knitting-mix'],
  ['price', 30],
  ['numberOfReferences', 2000],
  ['business', 'small-business'],
  ['airTransportRatio', ''],
  ['fading', ''],
  ['printingKind', ''],
  ['printingRatio', ''],
  ['upcycled', 'false'],
  ['gtins', ''],
  ['collection', ''],
  ['season', ''],
  ['tags', ''],
  ['link', ''],
];

/** What the sheet of a workbook is called that holds products. */
export const PRODUCTS_SHEET: Words = { fr: 'Produits', en: 'Products' };
const CHOICES_SHEET: Words = { fr: 'Valeurs', en: 'Values' };

/** Forms of the template: `csv` is that of the spreadsheets of its language. */
export const TEMPLATE_FORMATS = ['xlsx', 'csv'] as const;
export type TemplateFormat = (typeof TEMPLATE_FORMATS)[number];

/** The form that a template is written in. */
export const templateWriter = (format: TemplateFormat, language: Language) =>
  TABLE_WRITERS[format === 'csv' && language === 'fr' ? 'csv-fr' : format];

/** A table of products to be filled in, with an example; in a workbook with what may be written, to choose from. */
export function writeTemplate(format: TemplateFormat, language: Language): Readable {
  const named = EXAMPLE.map(([field]) => namedOfField(field));
  const headers = EXAMPLE.map(([field]) => headerOf(field, language));
  const example = EXAMPLE.map(([, value, french], at): WrittenCell => {
    const kind = named[at];
    if (kind !== undefined && typeof value === 'string' && value !== '') return nameOf(kind, value, language);
    return language === 'fr' ? (french ?? value) : value;
  });
  const table = { headers, rows: [[example]] };
  const name = PRODUCTS_SHEET[language];
  if (format === 'csv') return templateWriter(format, language).write(table, name);

  const kinds = [...new Set(named.filter((kind): kind is Named => kind !== undefined))];
  const values = kinds.map((kind) =>
    idsNamed(kind)
      .map((id) => nameOf(kind, id, language))
      .sort((a, b) => a.localeCompare(b, language)),
  );
  const longest = Math.max(...values.map(({ length }) => length));
  const rangeOf = (kind: Named): string => {
    const column = kinds.indexOf(kind);
    const letters = columnLetters(column);
    return `${CHOICES_SHEET[language]}!$${letters}$2:$${letters}$${(values[column]?.length ?? 0) + 1}`;
  };
  const choices = new Map(named.flatMap((kind, column) => (kind === undefined ? [] : [[column, rangeOf(kind)]])));
  return writeWorkbook([
    { ...table, name, choices },
    {
      name: CHOICES_SHEET[language],
      headers: kinds.map((kind) => KINDS[kind][language]),
      widths: values.map((some) => Math.max(...some.map(({ length }) => length)) + 2),
      rows: [Array.from({ length: longest }, (_, row) => values.map((some) => some[row]))],
    },
  ]);
}

/** What the values of a kind are. */
const KINDS: Readonly<Record<Named, Words>> = {
  product: { fr: 'Catégories', en: 'Categories' },
  material: { fr: 'Matières', en: 'Materials' },
  country: { fr: 'Pays et régions', en: 'Countries and regions' },
  trim: { fr: 'Accessoires', en: 'Trims' },
  fabricProcess: { fr: 'Procédés d’étoffe', en: 'Fabric processes' },
  business: { fr: 'Tailles d’entreprise', en: 'Company sizes' },
  dyeingProcessType: { fr: 'Types de teinture', en: 'Dyeing processes' },
  makingComplexity: { fr: 'Complexités de confection', en: 'Making complexities' },
  printing: { fr: 'Types d’impression', en: 'Printing types' },
  spinning: { fr: 'Filatures', en: 'Spinning techniques' },
  stage: { fr: 'Étapes', en: 'Stages' },
  boolean: { fr: 'Oui ou non', en: 'Yes or no' },
};
