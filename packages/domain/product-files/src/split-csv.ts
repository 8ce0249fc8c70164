import type { Words } from '@ecobalyse/schema';
import type { TableOptions } from './csv-columns.js';
import { asBefore } from './csv-lines.js';
import { productTable } from './product-table.js';
import { LINE, productOnLines, type ReadFault, type ReadProduct, tooLong } from './product-text.js';
import { type Line, lineSplitter } from './split-lines.js';
import type { TextReader } from './text-encoding.js';

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** The line with which Excel names the delimiter of the lines that follow. */
const DELIMITER_LINE = /^"?sep=(.)"?$/i;

/** The delimiter that stands most often in the header. */
function delimiterOf(header: string): string {
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/** The cells of a row as far as its lines were read. */
interface Cells {
  readonly cells: string[];
  /** Text of a quoted cell that is not closed at the end of the line. */
  readonly open?: string;
}

/**
 * Reads the cells of a line. A cell that begins with a quote ends at a quote before a delimiter or the end of the line, and
 * holds `""` for a quote; one whose quotes are otherwise is taken as it is written.
 *
 * @param begun - the row's lines before this one, which left a quoted cell open.
 * @returns undefined when the quote that ends the open cell stands before something else: this line is none of that cell.
 */
function readCells(text: string, delimiter: string, begun?: Cells): Cells | undefined {
  const cells = begun?.cells ?? [];
  let quoted = begun?.open;
  for (let at = 0; ; at += 1) {
    const start = at;
    const isBegun = quoted !== undefined;
    if (!isBegun && text[at] === '"') {
      quoted = '';
      at += 1;
    }
    if (quoted !== undefined) {
      let quote = text.indexOf('"', at);
      for (; quote !== -1 && text[quote + 1] === '"'; quote = text.indexOf('"', at)) {
        quoted += text.slice(at, quote + 1);
        at = quote + 2;
      }
      if (quote === -1) return { cells, open: `${quoted}${text.slice(at)}\n` };
      quoted += text.slice(at, quote);
      at = quote + 1;
      while (text[at] === ' ') at += 1;
    }
    const isClosed = quoted !== undefined && (at === text.length || text[at] === delimiter);
    if (isBegun && !isClosed) return undefined;
    if (isClosed) cells.push(quoted as string);
    else {
      const end = text.indexOf(delimiter, at);
      at = end === -1 ? text.length : end;
      cells.push(text.slice(start, at));
    }
    quoted = undefined;
    if (at === text.length) return { cells };
  }
}

/** A row whose last cell is not closed yet. */
interface OpenRow {
  readonly line: number;
  readonly lastLine: number;
  readonly begun: Cells;
  /** Number of the cell that its first line leaves open. */
  readonly openCell: number;
  /** Whether its first line is a product when its quotes are taken as they are written. */
  readonly isProduct: boolean;
  readonly bytes: number;
  /** Its lines so far, to be taken back; forgotten once it is longer than a row may be. */
  readonly lines: Line[] | undefined;
  readonly fault: Words | undefined;
}

/** What is left of an open row beyond the limit: the search for its end goes on. */
const forgotten = (): Pick<OpenRow, 'begun' | 'lines'> => ({ begun: { cells: [], open: '' }, lines: undefined });

/**
 * Splits a CSV file of products (columns: see {@link readCsvHeader}), whose delimiter is a comma, a semicolon, a tab or a bar, or the
 * one that a first line `sep=…` names. A row that is not as it should be is a fault of that row.
 *
 * A quoted cell may go over lines. One that is never closed must not swallow the rows behind it, nor may two stray quotes
 * take the rows between them for a cell. So the quote of a cell that is open at the end of its line is held to be stray, its
 * row is given up and the line behind it read as a row, when before the cell is closed
 * - a line comes that is a product by itself (as many cells as the header, a word for `product`, a number for `mass`), unless
 *   it closes the cell and goes on with the row as it should, while the row's first line is no product by itself;
 * - a line comes in which a quote stands as it cannot within a cell or at its end;
 * - the file ends.
 *
 * A line that leaves a quote open holds an odd run of quotes, at which the reading of a cell that was open before comes to an
 * end. So each line is read as part of one open cell at most, and once more when that is taken back.
 */
export function csvSplitter(limitBytes: number, read: TextReader, options: TableOptions) {
  const lines = lineSplitter(limitBytes, read);
  const table = productTable({
    ...options,
    onHeader: (header) => options.onHeader?.({ ...header, separator: delimiter }),
  });
  let delimiter: string | undefined;
  /** Whether a first line has named it. */
  let isDelimiterTold = false;
  let row: OpenRow | undefined;

  const badRow = (line: number, message: Words) => table.refuse({ line, fault: 'bad-csv', message });

  const endRow = (line: number, cells: readonly string[], fault: Words | undefined) =>
    fault === undefined ? table.take(line, cells.map(asBefore), delimiter !== ',') : badRow(line, fault);

  function* beginRow(line: Line): Generator<ReadProduct | ReadFault> {
    const { number, text, bytes, fault, tooLong: beyond } = line;
    if (beyond) {
      if (beyond.turnsQuote && table.header)
        row = { line: number, lastLine: number, openCell: 1, isProduct: false, bytes, fault, ...forgotten() };
      else yield table.refuse(tooLong(LINE, number, limitBytes));
      return;
    }
    if (text === '') return;
    if (delimiter === undefined) {
      delimiter = DELIMITER_LINE.exec(text)?.[1];
      isDelimiterTold = delimiter !== undefined;
      if (isDelimiterTold) return;
    }
    // A title tells nothing of how the rows below it are parted.
    if (!isDelimiterTold && table.header === undefined) delimiter = delimiterOf(text);
    if (delimiter === undefined) return;
    const begun = readCells(text, delimiter) as Cells;
    if (begun.open !== undefined) {
      const isProduct = table.header?.isProduct(text.split(delimiter), true) === true;
      row = {
        line: number,
        lastLine: number,
        begun,
        openCell: begun.cells.length + 1,
        isProduct,
        bytes,
        lines: [line],
        fault,
      };
      return;
    }
    const item = endRow(number, begun.cells, fault);
    if (item) yield item;
  }

  /** Gives up the open row, and reads the lines behind its first one as rows. */
  function* takeBack(given: OpenRow): Generator<ReadProduct | ReadFault> {
    row = undefined;
    if (given.lines === undefined)
      yield table.refuse(tooLong(productOnLines(given.line, given.lastLine), given.line, limitBytes));
    else {
      const [fr, en] = ['guillemet jamais refermé', 'quote that is never closed'];
      yield badRow(given.line, { fr: `${fr} (cellule ${given.openCell})`, en: `${en} (cell ${given.openCell})` });
    }
    for (const line of given.lines?.slice(1) ?? []) yield* take(line);
  }

  function* goOnWithRow(open: OpenRow, line: Line): Generator<ReadProduct | ReadFault> {
    const cellsBefore = open.begun.cells.length;
    const next = readCells(line.text, delimiter as string, open.begun);
    const fits =
      next && !open.isProduct && next.cells.length > cellsBefore && table.header?.hasRoomFor(next.cells, !next.open);
    if (next === undefined || (!fits && isProduct(line.text))) {
      yield* takeBack(open);
      yield* take(line);
      return;
    }
    const bytes = open.bytes + line.bytes;
    const isClosed = line.tooLong ? line.tooLong.turnsQuote : next.open === undefined;
    const lines = bytes > limitBytes ? undefined : open.lines;
    const fault = open.fault ?? line.fault;
    if (!isClosed) {
      lines?.push(line);
      row = { ...open, lastLine: line.number, bytes, fault, ...(lines ? { begun: next, lines } : forgotten()) };
      return;
    }
    row = undefined;
    if (lines === undefined) yield table.refuse(tooLong(productOnLines(open.line, line.number), open.line, limitBytes));
    else {
      const item = endRow(open.line, next.cells, fault);
      if (item) yield item;
    }
  }

  function isProduct(text: string): boolean {
    const { cells, open } = readCells(text, delimiter as string) as Cells;
    return table.header?.isProduct(cells, open === undefined) === true;
  }

  function* take(line: Line): Generator<ReadProduct | ReadFault> {
    if (table.isBad) return;
    if (row === undefined) yield* beginRow(line);
    else yield* goOnWithRow(row, line);
  }

  return {
    /** Whether nothing more will be read, since the header does not say what the rows are. */
    isOver: () => table.isBad,
    *push(chunk: Buffer): Generator<ReadProduct | ReadFault> {
      for (const line of lines.push(chunk)) yield* take(line);
    },
    *end(): Generator<ReadProduct | ReadFault> {
      for (const line of lines.end()) yield* take(line);
      while (row !== undefined) yield* takeBack(row);
      const fault = table.end();
      if (fault) yield fault;
    },
  };
}
