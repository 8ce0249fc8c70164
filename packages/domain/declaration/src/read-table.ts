import { isUtf8 } from 'node:buffer';
import { unpackedBytes } from '@ecobalyse/product-files';
import { detect } from 'chardet';
import { parse } from 'csv-parse/sync';
import { missingKeys } from './columns.js';
import { simplify } from './simplify.js';

/** The largest file that the portal takes, in bytes. */
export const MAX_FILE_BYTES = 1_048_576;
/** The most that a book may hold unpacked, in bytes: far beyond what a file of that size has. */
const MAX_UNPACKED_BYTES = 200_000_000;

/** What the portal looks for at the beginning of a file, and refuses. */
const SUSPICIOUS = /<script|<iframe|javascript:|vbscript:|onload=|onerror=|eval\(|document\.cookie|window\.location/i;
const SCANNED_BYTES = 1024;

/** Why a file is refused whole. */
export type FileReason =
  | 'extension_not_allowed'
  | 'too_large'
  | 'suspicious_content'
  | 'encoding_not_supported'
  | 'missing_columns'
  | 'ragged_rows'
  | 'csv_opening_quote'
  | 'csv_closing_quote'
  | 'csv_quote_not_closed'
  | 'csv_unreadable'
  | 'xlsx_unreadable'
  | 'xlsx_empty'
  | 'xlsx_too_large'
  | 'xlsx_header_not_text'
  | 'database_field_missing';

/** A file that the portal refuses whole: at its gate, before it is kept, or while it is parsed. */
export class RefusedFileError extends Error {
  override readonly name = 'RefusedFileError';
  /** @param columns - keys of the columns that are missing, when they are the reason. */
  constructor(
    readonly stage: 'gate' | 'parse',
    readonly reason: FileReason,
    readonly columns?: readonly string[],
  ) {
    super(`${stage}: ${reason}`);
  }
}

/** A row as the portal reads it: cells by the key of their column. */
export interface TableRow {
  /** Counted from 1; blank lines of a CSV are not counted, those of a book are. */
  readonly row: number;
  readonly cells: Readonly<Record<string, string | undefined>>;
}

/** A declaration file, read as a table. */
export interface DeclarationTable {
  readonly form: 'csv' | 'xlsx';
  /** Headers as they stand in the file. */
  readonly headers: readonly string[];
  readonly keys: readonly string[];
  readonly rows: readonly TableRow[];
}

const refuse = (reason: FileReason, columns?: readonly string[]) => new RefusedFileError('parse', reason, columns);

/** The columns' keys. @throws RefusedFileError naming those that are missing. */
function keysOf(headers: readonly string[]): string[] {
  const keys = headers.map(simplify);
  const missing = missingKeys(keys);
  if (missing.length > 0) throw refuse('missing_columns', missing);
  return keys;
}

const CSV_REASONS: Readonly<Record<string, FileReason>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'ragged_rows',
  CSV_INVALID_CLOSING_QUOTE: 'csv_closing_quote',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'csv_closing_quote',
  INVALID_OPENING_QUOTE: 'csv_opening_quote',
  CSV_QUOTE_NOT_CLOSED: 'csv_quote_not_closed',
  ERR_UNKNOWN_ENCODING: 'encoding_not_supported',
};

const DELIMITERS = [',', ';', '\t'];

/** So many characters beyond ASCII make chardet sure of UTF-8; it would weigh each byte for 26 other encodings first. */
const SURELY_UTF8 = /(?:\P{ASCII}\p{ASCII}*){4}/u;

/** The portal reads Windows-1252 as Latin-1: what differs, such as the euro sign, becomes a control character. */
function encodingOf(bytes: Buffer): BufferEncoding {
  const detected = isUtf8(bytes) && SURELY_UTF8.test(bytes.toString()) ? 'UTF-8' : detect(bytes);
  const isLatin = /^(iso-8859-1|windows-1252)$/i.test(detected ?? '');
  return (isLatin ? 'latin1' : (detected ?? 'utf-8')) as BufferEncoding;
}

/** The first delimiter with which the first line names the columns; else that which is most frequent at the beginning. */
function delimiterOf(bytes: Buffer, encoding: BufferEncoding): string {
  const named = DELIMITERS.find((delimiter) => {
    try {
      parse(bytes, { columns: keysOf, delimiter, to_line: 1, skip_empty_lines: true, encoding });
      return true;
    } catch {
      return false;
    }
  });
  if (named !== undefined) return named;
  const start = bytes.toString('utf8', 0, SCANNED_BYTES);
  const [first, ...others] = DELIMITERS.map((delimiter) => ({ delimiter, count: start.split(delimiter).length }));
  return others.reduce((best, one) => (one.count > best.count ? one : best), first as (typeof others)[number])
    .delimiter;
}

function readCsv(bytes: Buffer): DeclarationTable {
  const encoding = encodingOf(bytes);
  let table: Omit<DeclarationTable, 'rows'> = { form: 'csv', headers: [], keys: [] };
  try {
    const records: Record<string, string>[] = parse(bytes, {
      columns: (headers: string[]) => {
        const keys = keysOf(headers);
        table = { form: 'csv', headers, keys };
        return keys;
      },
      delimiter: delimiterOf(bytes, encoding),
      skip_empty_lines: true,
      trim: true,
      bom: true,
      encoding,
    });
    return { ...table, rows: records.map((cells, index) => ({ row: index + 1, cells })) };
  } catch (error) {
    if (error instanceof RefusedFileError) throw error;
    throw refuse(CSV_REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'csv_unreadable');
  }
}

async function readBook(bytes: Buffer): Promise<DeclarationTable> {
  if (unpackedBytes(bytes) > MAX_UNPACKED_BYTES) throw refuse('xlsx_too_large');
  const { read, utils } = await import('xlsx');
  let lines: unknown[][];
  try {
    const { Sheets, SheetNames } = read(bytes, { type: 'buffer' });
    const sheet = Sheets.Produits ?? Sheets[SheetNames[0] as string];
    lines = utils.sheet_to_json<unknown[]>(sheet as NonNullable<typeof sheet>, { header: 1 });
  } catch {
    throw refuse('xlsx_unreadable');
  }
  const [header, ...others] = lines;
  if (header === undefined) throw refuse('xlsx_empty');
  // A hole in the header is a column without a name; a number there stops the portal.
  const headers = Array.from(header, (name) => name || '') as string[];
  if (headers.some((name) => typeof name !== 'string')) throw refuse('xlsx_header_not_text');
  const keys = keysOf(headers);

  const rows = others.flatMap((line, index): TableRow[] => {
    // Cells that are not there stay so: the portal's database refuses a category that is absent, not one that is blank.
    const texts = Array.from(line, (cell, place) => (place in line ? String(cell ?? '').trim() : undefined));
    if (texts.every((text) => !text)) return [];
    return [{ row: index + 1, cells: Object.fromEntries(keys.map((key, place) => [key, texts[place]])) }];
  });
  if (rows.some(({ cells }) => cells.categorie === undefined)) throw refuse('database_field_missing');
  return { form: 'xlsx', headers, keys, rows };
}

/**
 * Reads a declaration file as the portal does: the same encodings, delimiters, headers and sheets.
 *
 * @param name - of the file; its ending says what it is.
 * @param options.anySize - reads a file that is larger than the portal takes.
 * @throws RefusedFileError when the portal refuses the file whole.
 */
export async function readDeclarationTable(
  bytes: Buffer,
  name: string,
  { anySize = false }: { readonly anySize?: boolean } = {},
): Promise<DeclarationTable> {
  const ending = /[^/\\](\.(?:csv|xlsx))$/i.exec(name)?.[1]?.toLowerCase();
  if (ending === undefined) throw new RefusedFileError('gate', 'extension_not_allowed');
  if (bytes.length > MAX_FILE_BYTES && !anySize) throw new RefusedFileError('gate', 'too_large');
  if (SUSPICIOUS.test(bytes.toString('utf8', 0, SCANNED_BYTES))) {
    throw new RefusedFileError('gate', 'suspicious_content');
  }
  return ending === '.csv' ? readCsv(bytes) : readBook(bytes);
}
