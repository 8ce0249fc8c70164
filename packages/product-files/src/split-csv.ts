import { promisify } from 'node:util';
import { CsvError, parse } from 'csv-parse';
import { type CsvHeader, CsvHeaderError, readCsvHeader } from './csv-columns.js';
import { peekFirstLine } from './peek-first-line.js';
import { type ReadFault, type ReadProduct, tooLong } from './product-text.js';

const DELIMITERS = [',', ';', '\t'] as const;

/** The delimiter that stands most often in the header. */
function delimiterOf(header: string): string {
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/**
 * Reads the products of a CSV file (columns: see {@link readCsvHeader}), whose delimiter is a comma, a semicolon or a tab.
 * A row with more or fewer cells than the header is a fault of that row; a quote that is never closed ends the reading.
 *
 * @param onUnknownColumns - told the columns that are ignored, if any.
 */
export async function* readCsvProducts(
  chunks: AsyncIterable<Buffer>,
  rowLimitBytes: number,
  onUnknownColumns: (columns: readonly string[]) => void = () => undefined,
): AsyncGenerator<ReadProduct | ReadFault> {
  const { firstLine, chunks: whole } = await peekFirstLine(chunks, rowLimitBytes);
  const delimiter = delimiterOf(firstLine);
  // Rows are taken as they are parsed: a stream would drop those that wait in it when a later one is faulty.
  let rows: Row[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    max_record_size: rowLimitBytes,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    on_record: (cells: string[], { lines, empty_lines }) => {
      rows.push({ cells, lastLine: lines, emptyLines: empty_lines });
    },
  });
  parser.on('error', () => undefined);
  const write = promisify(parser.write.bind(parser) as (chunk: Buffer, done: (error?: Error | null) => void) => void);
  const end = promisify(parser.end.bind(parser) as (done: (error?: Error | null) => void) => void);

  let header: CsvHeader | undefined;
  let line = 1;
  let emptyLines = 0;

  function* takeRows(): Generator<ReadProduct | ReadFault> {
    for (const row of rows) {
      line += row.emptyLines - emptyLines;
      emptyLines = row.emptyLines;
      if (header === undefined) {
        header = readCsvHeader(
          row.cells.map((column) => column.trim()),
          delimiter !== ',',
        );
        if (header.unknownColumns.length > 0) onUnknownColumns(header.unknownColumns);
      } else if (row.cells.length !== header.columnCount) {
        const message = `${header.columnCount} cellules attendues, comme dans l’en-tête ; ${row.cells.length} reçues`;
        yield { line, fault: 'bad-csv', message };
      } else {
        yield { line, product: header.toProduct(row.cells) };
      }
      line = row.lastLine + 1;
    }
    rows = [];
  }

  try {
    for await (const chunk of whole) {
      await write(chunk);
      yield* takeRows();
    }
    await end();
    yield* takeRows();
  } catch (error) {
    if (error instanceof CsvHeaderError) {
      yield { line, fault: 'bad-header', message: error.message };
      return;
    }
    if (!(error instanceof CsvError)) throw error;
    yield* takeRows();
    yield csvFault(error, line, rowLimitBytes);
  }
}

interface Row {
  readonly cells: string[];
  /** Line on which the row ends. */
  readonly lastLine: number;
  /** Empty lines skipped so far. */
  readonly emptyLines: number;
}

function csvFault(error: CsvError, line: number, rowLimitBytes: number): ReadFault {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong('ce produit', line, rowLimitBytes);
  return { line, fault: 'bad-csv', message: `guillemet jamais refermé (${error.message}) : la suite n’est pas lue` };
}
