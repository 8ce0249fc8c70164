import { stringify } from 'csv-stringify/sync';
import { isNumberText } from './csv-columns.js';

/**
 * Where a text begins what a spreadsheet takes for a formula, in its full-width forms as well; LF and CR may stand before it. A
 * spreadsheet that parts cells by semicolons, as French ones do, or by tabs begins one within a text, too.
 */
const FORMULA = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=["']*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** A text that a spreadsheet would compute has an apostrophe before what it would; numbers stay numbers. */
const harmless = (cell: unknown): unknown =>
  typeof cell === 'string' && !isNumberText(cell) ? cell.replace(FORMULA, "'") : cell;

const HARMLESS = /^'(?=[\t\r\n])|(?<=^|[;\t\r\n])'(?=["']*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** A text of a CSV as it was before {@link csvLines} kept spreadsheets from computing it. */
export const asBefore = (cell: string): string => (cell.includes("'") ? cell.replace(HARMLESS, '') : cell);

/** A number as French spreadsheets write it. */
const withComma = (cell: unknown): unknown => (typeof cell === 'number' ? String(cell).replace('.', ',') : cell);

/**
 * Rows as lines of CSV, for whoever opens them in a spreadsheet: no cell is a formula. Every CSV that the platform writes
 * comes from here.
 */
export const csvLines = (rows: readonly (readonly unknown[])[]): string =>
  stringify(rows.map((cells) => cells.map(harmless)));

/** The same for French spreadsheets: cells parted by semicolons, decimals by commas. */
export const frenchCsvLines = (rows: readonly (readonly unknown[])[]): string =>
  stringify(
    rows.map((cells) => cells.map((cell) => withComma(harmless(cell)))),
    { delimiter: ';' },
  );
