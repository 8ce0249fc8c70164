import { buffer } from 'node:stream/consumers';
import { writeWorkbook } from '@ecobalyse/product-files';
import { type Language, showReceived, type Words } from '@ecobalyse/schema';
import { stringify } from 'csv-stringify/sync';
import { HEADERS, MATERIAL_RANKS, TRIM_HEADERS } from './columns.js';
import { type Declaration, RATIO_DECIMALS } from './declaration.js';
import { FIELDS } from './fields.js';
import { type DeclarationTable, MAX_FILE_BYTES } from './read-table.js';
import { simplify } from './simplify.js';
import { COUNTRIES, MATERIALS, TRIMS, type Vocabulary } from './vocabulary.js';

/** Files are cut well before the portal's limit. */
const CUT_BYTES = Math.floor(0.95 * MAX_FILE_BYTES);
/** Rows of a book for a first try; one that turns out too large is cut in two. */
const BOOK_ROWS = 4000;

/** Where numbers begin to be written with exponents: one below 1 has a hyphen, which the portal drops: 1e-7 would be 10,000,000. */
const LEAST_WITHOUT_EXPONENT = 0.000_001;
const FIRST_EXPONENT = 1e21;

/** A declaration that the portal's file cannot say. */
export class UnwritableDeclarationError extends Error {
  override readonly name = 'UnwritableDeclarationError';
  /**
   * @param reference - of the declaration.
   * @param field - its path in the declaration, such as `materials.0.share`.
   * @param words - what is wrong with it.
   */
  constructor(
    readonly reference: string,
    readonly field: string,
    readonly words: Words,
  ) {
    super(`${reference}: ${field}: ${words.en}`);
  }
}

/** Forms of the portal's file. */
export type DeclarationForm = DeclarationTable['form'];
/** A cell: text, or a number of which a book keeps all digits. */
type Cell = string | number;
type Fail = (field: string, fr: string, en: string) => never;

/** A number in digits with a point: never a sign or an exponent, which the portal would read as another number. */
const digits = (number: number) => (number >= FIRST_EXPONENT ? BigInt(number).toString() : String(number));

/** A ratio from 0 to 1 as a percentage with its sign, moving the point of its decimals so that none changes. */
const percent = (ratio: number) => `${digits(Number(`${ratio.toFixed(RATIO_DECIMALS)}e2`))} %`;

function checkedNumber(value: number, field: string, fail: Fail): number {
  if (!Number.isFinite(value) || value < 0 || (value > 0 && value < LEAST_WITHOUT_EXPONENT)) {
    const [least, received] = [LEAST_WITHOUT_EXPONENT, showReceived(value)];
    fail(
      field,
      `attendu : 0 ou un nombre à partir de ${least} ; reçu : ${received}`,
      `expected 0 or a number from ${least}; received: ${received}`,
    );
  }
  return value;
}

/** A ratio is refused where the file would hold fewer digits than it has. */
function ratioCell(value: number, field: string, form: DeclarationForm, fail: Fail): Cell {
  if (Number(checkedNumber(value, field, fail).toFixed(RATIO_DECIMALS)) !== value) {
    fail(
      field,
      `${RATIO_DECIMALS} décimales au plus ; reçu : ${value}`,
      `at most ${RATIO_DECIMALS} decimals can be written; received: ${value}`,
    );
  }
  return form === 'csv' ? percent(value) : value;
}

/** What would not come back from a cell as it is: blanks around a text, control characters, and in a CSV what a spreadsheet computes. */
const UNSAFE = { csv: /^\s|\s$|\p{Cc}|\p{Cs}|^[=+\-@]/u, xlsx: /^\s|\s$|\p{Cc}|\p{Cs}/u } as const;

function textCell(text: string, field: string, form: DeclarationForm, fail: Fail): string {
  if (UNSAFE[form].test(text)) {
    const received = showReceived(text);
    fail(
      field,
      `ne peut pas être écrit tel quel dans un ${form} : ${received}`,
      `cannot be written in a ${form} file as it is: ${received}`,
    );
  }
  return text;
}

const CSV_BARCODES = ';';
const YES_NO = { fr: ['Non', 'Oui'], en: ['No', 'Yes'] } as const;

/** Which trims the cells below a header number. */
const TRIM_LABELS = TRIM_HEADERS.map((header) => {
  return [header, TRIMS.labelOf(simplify(header).replace('quantitede', '')) as string] as const;
});

/** The cells of a declaration, by their headers. */
function cellsOf(
  declaration: Declaration,
  form: DeclarationForm,
  language: Language,
): Readonly<Record<string, Cell | undefined>> {
  const { gtins, internalReference, brandId = '', declaredScore, materials, printing, trims } = declaration;
  const fail: Fail = (field, fr, en) => {
    throw new UnwritableDeclarationError(internalReference, field, { fr, en });
  };
  const number = (value: number, field: string): Cell =>
    form === 'csv' ? digits(checkedNumber(value, field, fail)) : checkedNumber(value, field, fail);
  const word = (id: string | undefined, { labelOfId, labels }: Vocabulary, field: string): string => {
    const known = id === undefined ? '' : labelOfId(id, language);
    if (known !== undefined) return known;
    const [received, expected] = [showReceived(id), labels.join(', ')];
    return fail(
      field,
      `le fichier n’a pas de mot pour ${received} ; attendu : ${expected}`,
      `the file has no word for ${received}; expected: ${expected}`,
    );
  };
  const most = MATERIAL_RANKS.length;
  if (materials.length > most) fail('materials', `${most} au plus ont des colonnes`, `at most ${most} have columns`);
  if (form === 'xlsx') {
    for (const [index, gtin] of gtins.entries())
      if (!/^\d+$/.test(gtin)) fail(`gtins.${index}`, 'attendu : des chiffres', 'expected digits');
  }

  const values: Readonly<Record<string, unknown>> = {
    ...declaration,
    'printing.kind': printing?.kind,
    'printing.ratio': printing?.ratio,
  };
  const fields = FIELDS.map(({ header, kind, queryName }): [string, Cell] => {
    const value = values[queryName];
    if (value === undefined) return [header, ''];
    if (kind === 'boolean') return [header, YES_NO[language][Number(value)] as string];
    if ('word' in kind) return [header, word(value as string, kind.word, queryName)];
    const isRatio = 'oneOf' in kind || kind.number === 'percent';
    return [header, isRatio ? ratioCell(value as number, queryName, form, fail) : number(value as number, queryName)];
  });
  const ofMaterials = materials.flatMap(({ id, share, country }, index): [string, Cell][] => {
    const header = `Matière ${index + 1}`;
    const at = (field: string) => `materials.${index}.${field}`;
    return [
      [header, word(id, MATERIALS, at('id'))],
      [`${header} pourcentage`, ratioCell(share, at('share'), form, fail)],
      [`${header} origine`, word(country, COUNTRIES, at('country'))],
    ];
  });
  // One filled cell means "exactly these": the others are 0.
  const quantities = new Map(trims?.map(({ id, quantity }) => [word(id, TRIMS, 'trims'), quantity]));
  if (trims !== undefined && quantities.size < trims.length)
    fail('trims', 'une entrée par sorte', 'one entry for each kind');
  const ofTrims = TRIM_LABELS.map(([header, label]): [string, Cell] => [
    header,
    trims === undefined ? '' : number(quantities.get(label) ?? 0, 'trims'),
  ]);

  return Object.fromEntries<Cell>([
    ['GTINs/EANs', textCell(gtins.join(CSV_BARCODES), 'gtins', form, fail)],
    ['Référence interne', textCell(internalReference, 'internalReference', form, fail)],
    ['Marque ID', textCell(brandId, 'brandId', form, fail)],
    ['Score', declaredScore === undefined ? '' : number(declaredScore, 'declaredScore')],
    ...fields,
    ...ofMaterials,
    ...ofTrims,
  ]);
}

function rowOf(declaration: Declaration, form: DeclarationForm, language: Language): Cell[] {
  const cells = cellsOf(declaration, form, language);
  return HEADERS.map((header) => cells[header] ?? '');
}

const KEYS = HEADERS.map(simplify);

/**
 * The table as which the portal reads a CSV of declarations.
 *
 * @throws UnwritableDeclarationError for what the file cannot say.
 */
export const tableOf = (declarations: readonly Declaration[]): DeclarationTable => ({
  form: 'csv',
  headers: HEADERS,
  keys: KEYS,
  rows: declarations.map((declaration, index) => {
    const texts = rowOf(declaration, 'csv', 'fr').map((cell, place) => [KEYS[place], String(cell)]);
    return { row: index + 1, cells: Object.fromEntries(texts) };
  }),
});

const BYTE_ORDER_MARK = '\ufeff';

type Rows = AsyncIterable<readonly (readonly Cell[])[]>;

/** CSV in UTF-8 with a byte order mark, commas, decimal points; the header alone where there are no rows. */
async function* csvFiles(rows: Rows): AsyncGenerator<Buffer> {
  const head = BYTE_ORDER_MARK + stringify([HEADERS]);
  const empty = Buffer.byteLength(head);
  let [text, size] = [head, empty];
  for await (const some of rows) {
    for (const row of some) {
      const line = stringify([row]);
      const bytes = Buffer.byteLength(line);
      if (size + bytes > CUT_BYTES && size > empty) {
        yield Buffer.from(text);
        [text, size] = [head, empty];
      }
      text += line;
      size += bytes;
    }
  }
  yield Buffer.from(text);
}

const PERCENTS = new Set(
  HEADERS.flatMap((header, column) => (/pourcentage|^Part du transport/i.test(header) ? [column] : [])),
);

/** A book, or several where one would be too large: barcode numbers are texts, numbers are numbers, and percentages fractions. */
async function* booksOf(rows: readonly (readonly Cell[])[]): AsyncGenerator<Buffer> {
  const file = await buffer(writeWorkbook([{ name: 'Produits', headers: HEADERS, rows: [rows], percents: PERCENTS }]));
  if (file.length <= CUT_BYTES || rows.length < 2) return yield file;
  const half = Math.ceil(rows.length / 2);
  yield* booksOf(rows.slice(0, half));
  yield* booksOf(rows.slice(half));
}

async function* bookFiles(rows: Rows): AsyncGenerator<Buffer> {
  let [gathered, files]: [(readonly Cell[])[], number] = [[], 0];
  for await (const some of rows) {
    gathered.push(...some);
    while (gathered.length >= BOOK_ROWS) {
      yield* booksOf(gathered.splice(0, BOOK_ROWS));
      files += 1;
    }
  }
  if (gathered.length > 0 || files === 0) yield* booksOf(gathered);
}

/**
 * Writes declarations as files of the portal, one after the other as they come, each under its limit and none within a row. Headers are
 * those of its template in either language, which it reads in French only; the words of the cells are French or English.
 *
 * @throws UnwritableDeclarationError for what the file cannot say.
 */
export function writeDeclarations(
  batches: AsyncIterable<readonly Declaration[]> | Iterable<readonly Declaration[]>,
  form: DeclarationForm,
  language: Language = 'fr',
): AsyncGenerator<Buffer> {
  async function* rows() {
    for await (const batch of batches) yield batch.map((declaration) => rowOf(declaration, form, language));
  }
  return form === 'csv' ? csvFiles(rows()) : bookFiles(rows());
}
