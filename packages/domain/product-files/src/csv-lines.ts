import { stringify } from 'csv-stringify/sync';
import { isNumberText } from './csv-columns.js';

/**
 * Where a text begins what a spreadsheet takes for a formula, in its full-width forms as well; LF and CR may stand before it. A
 * spreadsheet that parts cells by semicolons, as French ones do, or by tabs begins one within a text, too.
 */
const FORMULA = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?="*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** A text that a spreadsheet would compute has an apostrophe before what it would; numbers stay numbers. */
const harmless = (cell: unknown): unknown =>
  typeof cell === 'string' && !isNumberText(cell) ? cell.replace(FORMULA, "'") : cell;

/**
 * Rows as lines of CSV, for whoever opens them in a spreadsheet: no cell is a formula. Every CSV that the platform writes
 * comes from here.
 */
export const csvLines = (rows: readonly (readonly unknown[])[]): string =>
  stringify(rows.map((cells) => cells.map(harmless)));
