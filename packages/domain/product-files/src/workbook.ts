import type { Words } from '@ecobalyse/schema';
import type { TableOptions } from './csv-columns.js';
import { productTable } from './product-table.js';
import { type Cell, type ReadFault, type ReadProduct, UnreadableTextError } from './product-text.js';

/** What the bytes of a workbook begin with: an archive (.xlsx, .ods), or what Excel wrote before (.xls). */
const WORKBOOK_STARTS = ['PK\x03\x04', '\xd0\xcf\x11\xe0'];
export const WORKBOOK_START_BYTES = 4;
export const isWorkbook = (head: Buffer): boolean =>
  WORKBOOK_STARTS.includes(head.toString('latin1', 0, WORKBOOK_START_BYTES));

/** The part of an .xls that Excel 97 and later write; before, texts are in one of many character sets. */
const UNICODE_BOOK = Buffer.from('Workbook', 'utf16le');

/** The largest workbook that is read, packed and unpacked, in bytes: it is read as a whole. */
const MAX_WORKBOOK_BYTES = 32 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 400_000_000;

/** Rows of a sheet as spreadsheets have them, and cells of a workbook that are read, with the empty ones of its rows. */
const MOST_ROWS = 1_048_576;
const MOST_CELLS = 20_000_000;

const ENTRY = Buffer.from('PK\x01\x02', 'latin1');
const ENTRY_BYTES = 46;

/** Bytes that the files of a ZIP archive have unpacked, as its directory says: a small one may unpack to more than memory holds. */
export function unpackedBytes(archive: Buffer): number {
  let sum = 0;
  for (let at = archive.indexOf(ENTRY); at >= 0 && at + ENTRY_BYTES <= archive.length; ) {
    sum += archive.readUInt32LE(at + 24);
    at = archive.indexOf(ENTRY, at + ENTRY_BYTES);
  }
  return sum;
}

/** A workbook that cannot be read. */
export class WorkbookError extends UnreadableTextError {
  override readonly name = 'WorkbookError';
}

/** The sheets of a workbook, or why it cannot be read. */
export type Workbook = { readonly sheets: readonly Sheet[] } | { readonly fault: Words };
/** Reads the bytes of a workbook; who must not stand still meanwhile does so in a thread ({@link sheetsOf}). */
export type WorkbookReader = (bytes: Buffer) => Promise<Workbook>;

/** A workbook that holds more than can be read as a whole. */
export const TOO_LARGE: Words = {
  fr: `le classeur est trop grand : enregistrez-le en CSV (${MAX_WORKBOOK_BYTES / 1024 / 1024} Mio au plus)`,
  en: `the workbook is too large: save it as CSV (at most ${MAX_WORKBOOK_BYTES / 1024 / 1024} MiB)`,
};
const NO_WORKBOOK: Words = {
  fr: 'ce classeur ne peut pas être lu : enregistrez-le de nouveau, en .xlsx',
  en: 'this workbook cannot be read: save it again, as .xlsx',
};

async function collected(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_WORKBOOK_BYTES) throw new WorkbookError(TOO_LARGE);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** A sheet as rows of cells. */
export interface Sheet {
  readonly name: string;
  /** From the first row on; a row that is empty has no cells. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A unit of mass that only the format of a number tells: `0" g"`. */
const UNIT_OF_FORMAT = /"\s*(k?g)\s*"/i;

/**
 * A cell's value as somebody sees it: numbers as they are, but those shown as percent with their sign, those shown as a mass with
 * their unit, and those that a spreadsheet took for a date as the date that it shows; anything else as its text.
 */
function cellOf(
  cell: { t?: string; v?: unknown; w?: string; z?: unknown } | undefined,
  isDate: (format: string) => boolean,
): Cell {
  if (cell?.v === undefined || cell.v === null) return '';
  if (cell.t !== 'n' || typeof cell.v !== 'number') return cell.t === 'e' ? (cell.w ?? '') : String(cell.v);
  const format = String(cell.z ?? '');
  if (isDate(format)) return cell.w ?? '';
  if (format.includes('%')) return `${Number((cell.v * 100).toPrecision(15))}%`;
  const [, unit] = UNIT_OF_FORMAT.exec(format) ?? [];
  return unit === undefined ? cell.v : `${cell.v} ${unit}`;
}

interface Range {
  readonly s: { readonly r: number; readonly c: number };
  readonly e: { readonly r: number };
}

/** A text in cells that are merged downwards is that of all of their rows; a number may be their sum, and stays in the first. */
function fillMerged(rows: Cell[][], merged: readonly Range[]): void {
  // A broken file may name the same ones again and again.
  let room = MOST_CELLS;
  for (const { s, e } of merged) {
    const text = rows[s.r]?.[s.c];
    if (typeof text !== 'string' || !/^\s*\p{L}/u.test(text)) continue;
    for (let at = s.r + 1; at <= e.r && at < rows.length && room > 0; at++, room--) {
      const row = rows[at] as Cell[];
      // A row of which nothing is there has no cells.
      if (row.length > 0) row[s.c] = text;
    }
  }
}

/** Reads the bytes of a workbook, as a whole: seconds for one of many megabytes. */
export async function sheetsOf(bytes: Buffer): Promise<Workbook> {
  if (unpackedBytes(bytes) > MAX_UNPACKED_BYTES) return { fault: TOO_LARGE };
  const isArchive = bytes.toString('latin1', 0, WORKBOOK_START_BYTES) === WORKBOOK_STARTS[0];
  if (!isArchive && !bytes.includes(UNICODE_BOOK)) return { fault: NO_WORKBOOK };
  const { read, SSF, utils } = await import('xlsx');
  let left = MOST_CELLS;
  try {
    // Formats of numbers tell percent; formulas are not computed, their last values are read.
    const book = read(bytes, { type: 'buffer', dense: true, cellNF: true, cellFormula: false, cellHTML: false });
    const isHidden = (at: number) => Number((book.Workbook?.Sheets?.[at]?.Hidden ?? 0) !== 0);
    // Somebody who looks at a workbook sees no hidden sheet: another one comes before it.
    const order = [...book.SheetNames.keys()].sort((a, b) => isHidden(a) - isHidden(b));
    const sheets = order.map((at) => {
      const name = book.SheetNames[at] as string;
      const sheet = book.Sheets[name] as {
        '!data'?: ({ t?: string; v?: unknown } | undefined)[][];
        '!ref'?: string;
        '!merges'?: Range[];
      };
      const width = sheet['!ref'] ? utils.decode_range(sheet['!ref']).e.c + 1 : 0;
      const data = sheet['!data'] ?? [];
      // Numbers of rows and columns are only said: a file of a few bytes says four thousand million.
      if (data.length > MOST_ROWS) throw new WorkbookError(TOO_LARGE);
      left -= width * data.reduce((rows) => rows + 1, 0);
      if (left < 0) throw new WorkbookError(TOO_LARGE);
      const rows = Array.from(data, (row) =>
        row === undefined ? [] : Array.from({ length: width }, (_, column) => cellOf(row[column], SSF.is_date)),
      );
      fillMerged(rows, sheet['!merges'] ?? []);
      return { name, rows: rows.map((cells) => (cells.every((cell) => cell === '') ? [] : cells)) };
    });
    return { sheets };
  } catch (error) {
    return { fault: error instanceof WorkbookError ? TOO_LARGE : NO_WORKBOOK };
  }
}

/**
 * Reads the products of a workbook: those of the first sheet that has a header of products. Another one that has such a header
 * is a fault, since its products are not read.
 *
 * @throws WorkbookError for one that cannot be read, or is too large.
 */
export async function* readWorkbook(
  chunks: AsyncIterable<Buffer>,
  readSheets: WorkbookReader,
  options: TableOptions,
): AsyncGenerator<ReadProduct | ReadFault> {
  const book = await readSheets(await collected(chunks));
  if ('fault' in book) throw new WorkbookError(book.fault);
  let fault = yield* readSheetRows(book.sheets, { ...options, allowsMissing: false });
  if (fault && options.allowsMissing) fault = yield* readSheetRows(book.sheets, options);
  if (fault) yield fault;
}

/** The products of the first sheet that has some; the fault of the first one when none has. */
function* readSheetRows(
  sheets: readonly Sheet[],
  options: TableOptions,
): Generator<ReadProduct | ReadFault, ReadFault | undefined> {
  let read: string | undefined;
  let fault: ReadFault | undefined;
  for (const { name, rows } of sheets) {
    const table = productTable({
      ...options,
      onHeader: (header) => read === undefined && options.onHeader?.({ ...header, sheet: name }),
    });
    for (const [index, cells] of rows.entries()) {
      if (cells.length === 0) continue;
      const item = table.take(index + 1, cells, false);
      if (read !== undefined && table.header) {
        yield otherSheet(index + 1, read, name);
        break;
      }
      if (table.isBad) fault ??= item as ReadFault;
      if (table.isBad) break;
      if (item) yield item;
    }
    fault ??= table.end();
    if (table.header && read === undefined) read = name;
  }
  return read === undefined ? fault : undefined;
}

const otherSheet = (line: number, read: string, name: string): ReadFault => ({
  line,
  fault: 'bad-csv',
  message: {
    fr: `la feuille « ${name} » a aussi des produits et n’est pas lue (la feuille « ${read} » l’est) : envoyez-la dans un fichier à part`,
    en: `the sheet "${name}" has products, too, and is not read (the sheet "${read}" is): send it in a file of its own`,
  },
});
