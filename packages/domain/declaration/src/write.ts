import { showReceived } from '@ecobalyse/schema';
import { stringify } from 'csv-stringify/sync';
import { HEADERS, MATERIAL_RANKS, TRIM_HEADERS } from './columns.js';
import { type Declaration, RATIO_DECIMALS } from './declaration.js';
import { FIELDS } from './fields.js';
import { MAX_FILE_BYTES } from './read-table.js';
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
   */
  constructor(
    readonly reference: string,
    readonly field: string,
    problem: string,
  ) {
    super(`${reference}: ${field}: ${problem}`);
  }
}

/** A cell: text, or a number of which a book keeps all digits. */
type Cell = string | number;
type Fail = (field: string, problem: string) => never;

/** A number in digits with a point: never a sign or an exponent, which the portal would read as another number. */
const digits = (number: number) => (number >= FIRST_EXPONENT ? BigInt(number).toString() : String(number));

/** A ratio from 0 to 1 as a percentage, moving the point of its decimals so that none changes. */
const percent = (ratio: number) => digits(Number(`${ratio.toFixed(RATIO_DECIMALS)}e2`));

function checkedNumber(value: number, field: string, fail: Fail): number {
  if (!Number.isFinite(value) || value < 0 || (value > 0 && value < LEAST_WITHOUT_EXPONENT)) {
    fail(field, `expected 0 or a number from ${LEAST_WITHOUT_EXPONENT}; received: ${showReceived(value)}`);
  }
  return value;
}

/** A ratio is refused where the file would hold fewer digits than it has. */
function ratioCell(value: number, field: string, form: 'csv' | 'xlsx', fail: Fail): Cell {
  if (Number(checkedNumber(value, field, fail).toFixed(RATIO_DECIMALS)) !== value) {
    fail(field, `at most ${RATIO_DECIMALS} decimals can be written; received: ${value}`);
  }
  return form === 'csv' ? percent(value) : value;
}

const labelCell = (id: string | undefined, { labelOfId, labels }: Vocabulary, field: string, fail: Fail): string =>
  id === undefined
    ? ''
    : (labelOfId(id) ?? fail(field, `the file has no word for ${showReceived(id)}; expected: ${labels.join(', ')}`));

/** What would not come back from a cell as it is: blanks around a text, control characters, and in a CSV what a spreadsheet computes. */
const UNSAFE = { csv: /^\s|\s$|\p{Cc}|\p{Cs}|^[=+\-@]/u, xlsx: /^\s|\s$|\p{Cc}|\p{Cs}|_x[0-9a-f]{4}_/iu } as const;

function textCell(text: string, field: string, form: 'csv' | 'xlsx', fail: Fail): string {
  if (UNSAFE[form].test(text)) fail(field, `cannot be written in a ${form} file as it is: ${showReceived(text)}`);
  return text;
}

const CSV_BARCODES = ';';

/** The cells of a declaration, by their headers. */
function cellsOf(declaration: Declaration, form: 'csv' | 'xlsx'): Readonly<Record<string, Cell | undefined>> {
  const { gtins, internalReference, brandId = '', declaredScore, materials, printing, trims } = declaration;
  const fail: Fail = (field, problem) => {
    throw new UnwritableDeclarationError(internalReference, field, problem);
  };
  const number = (value: number, field: string): Cell =>
    form === 'csv' ? digits(checkedNumber(value, field, fail)) : checkedNumber(value, field, fail);
  if (materials.length > MATERIAL_RANKS.length) fail('materials', `at most ${MATERIAL_RANKS.length} have columns`);
  if (form === 'xlsx') {
    for (const [index, gtin] of gtins.entries()) if (!/^\d+$/.test(gtin)) fail(`gtins.${index}`, 'expected digits');
  }

  const values: Readonly<Record<string, unknown>> = {
    ...declaration,
    'printing.kind': printing?.kind,
    'printing.ratio': printing?.ratio,
  };
  const fields = FIELDS.map(({ header, kind, queryName }): [string, Cell] => {
    const value = values[queryName];
    if (value === undefined) return [header, ''];
    if (kind === 'boolean') return [header, value ? 'Oui' : 'Non'];
    if ('word' in kind) return [header, labelCell(value as string, kind.word, queryName, fail)];
    const isRatio = 'oneOf' in kind || kind.number === 'percent';
    return [header, isRatio ? ratioCell(value as number, queryName, form, fail) : number(value as number, queryName)];
  });
  const ofMaterials = materials.flatMap(({ id, share, country }, index): [string, Cell][] => {
    const header = `Matière ${index + 1}`;
    const at = (field: string) => `materials.${index}.${field}`;
    return [
      [header, labelCell(id, MATERIALS, at('id'), fail)],
      [`${header} pourcentage`, ratioCell(share, at('share'), form, fail)],
      [`${header} origine`, labelCell(country, COUNTRIES, at('country'), fail)],
    ];
  });
  // One filled cell means "exactly these": the others are 0.
  const quantities = new Map(trims?.map(({ id, quantity }) => [labelCell(id, TRIMS, 'trims', fail), quantity]));
  if (trims !== undefined && quantities.size < trims.length) fail('trims', 'one entry for each kind');
  const ofTrims = TRIM_HEADERS.map((header): [string, Cell] => {
    const label = TRIMS.labelOf(simplify(header).replace('quantitede', '')) as string;
    return [header, trims === undefined ? '' : number(quantities.get(label) ?? 0, 'trims')];
  });

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

const rowOf = (declaration: Declaration, form: 'csv' | 'xlsx'): Cell[] => {
  const cells = cellsOf(declaration, form);
  return HEADERS.map((header) => cells[header] ?? '');
};

const BYTE_ORDER_MARK = '\ufeff';

/** Lines that together, with the header, are no larger than a file may be. */
function cut(lines: readonly string[], head: string): string[][] {
  const files: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line);
    if (size + bytes > CUT_BYTES) {
      files.push([]);
      size = Buffer.byteLength(head);
    }
    files.at(-1)?.push(line);
    size += bytes;
  }
  return files;
}

/**
 * Writes declarations as CSV files of the portal: UTF-8 with a byte order mark, commas, decimal points.
 *
 * @returns files under the portal's limit, in the order of the declarations; one with the header alone for none.
 * @throws UnwritableDeclarationError for what the file cannot say.
 */
export function writeCsv(declarations: readonly Declaration[]): Buffer[] {
  const head = BYTE_ORDER_MARK + stringify([HEADERS]);
  const lines = declarations.map((declaration) => stringify([rowOf(declaration, 'csv')]));
  const files = cut(lines, head);
  return (files.length === 0 ? [[]] : files).map((lines) => Buffer.from(head + lines.join('')));
}

/**
 * Writes declarations as .xlsx files of the portal, on a sheet `Produits`: barcode numbers are texts, numbers are numbers, and
 * percentages are fractions.
 *
 * @returns as {@link writeCsv}.
 * @throws UnwritableDeclarationError for what the file cannot say.
 */
export async function writeBooks(declarations: readonly Declaration[]): Promise<Buffer[]> {
  const { utils, write } = await import('xlsx');
  const rows = declarations.map((declaration) => rowOf(declaration, 'xlsx').map((cell) => (cell === '' ? null : cell)));
  const bookOf = (some: typeof rows): Buffer[] => {
    const book = utils.book_new(utils.aoa_to_sheet([[...HEADERS], ...some]), 'Produits');
    const file: Buffer = write(book, { type: 'buffer', bookType: 'xlsx', compression: true });
    if (file.length <= CUT_BYTES) return [file];
    const half = Math.ceil(some.length / 2);
    return [...bookOf(some.slice(0, half)), ...bookOf(some.slice(half))];
  };
  const count = Math.max(1, Math.ceil(rows.length / BOOK_ROWS));
  return Array.from({ length: count }, (_, index) =>
    bookOf(rows.slice(index * BOOK_ROWS, (index + 1) * BOOK_ROWS)),
  ).flat();
}
