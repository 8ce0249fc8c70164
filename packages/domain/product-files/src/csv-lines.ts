import { stringify } from 'csv-stringify/sync';
import { isNumberText } from './csv-columns.js';

/** What a spreadsheet takes for the beginning of a formula, in its full-width forms as well; LF and CR may stand before it. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A text that a spreadsheet would compute begins with an apostrophe, which it does not show; numbers stay numbers. */
const harmless = (cell: unknown): unknown =>
  typeof cell === 'string' && FORMULA.test(cell) && !isNumberText(cell) ? `'${cell}` : cell;

/**
 * Rows as lines of CSV, for whoever opens them in a spreadsheet: no cell is a formula. Every CSV that the platform writes
 * comes from here.
 */
export const csvLines = (rows: readonly (readonly unknown[])[]): string =>
  stringify(rows.map((cells) => cells.map(harmless)));
