import type { Words } from '@ecobalyse/schema';
import {
  type CsvHeader,
  CsvHeaderError,
  fieldsNamed,
  RowError,
  readCsvHeader,
  type TableOptions,
} from './csv-columns.js';
import type { Cell, ReadFault, ReadProduct } from './product-text.js';

/** Rows above the header that may be a title. */
const MOST_TITLE_ROWS = 20;
/** Fields that a row names at least if it is the header. */
const LEAST_NAMED = 2;

interface Candidate {
  readonly line: number;
  readonly cells: readonly Cell[];
  readonly isDecimalComma: boolean;
  readonly named: number;
}

/** A table of products while its rows come: what stands above the header is passed over, and what is below it are products. */
export interface ProductTable {
  /** Undefined as long as it was not met. */
  readonly header: CsvHeader | undefined;
  /** Whether nothing more will be read, since no header says what the rows are. */
  readonly isBad: boolean;
  /** A fault of a row, whatever its cells say; of the file as a whole where no header was met. */
  refuse(fault: ReadFault): ReadFault;
  /** What a row is; undefined for a title, the header and an empty row. */
  take(line: number, cells: readonly Cell[], isDecimalComma: boolean): ReadProduct | ReadFault | undefined;
  /** The fault of a table that ends without a header. */
  end(): ReadFault | undefined;
}

/** Opens a table of products. */
export function productTable(options: TableOptions): ProductTable {
  let header: CsvHeader | undefined;
  let isBad = false;
  const candidates: Candidate[] = [];

  const refuse = (fault: ReadFault): ReadFault => {
    isBad = header === undefined;
    return isBad ? { ...fault, fault: 'bad-header' } : fault;
  };
  const badRow = (line: number, message: Words) => refuse({ line, fault: 'bad-csv', message });

  /** Takes the row that names most fields for the header, for lack of a better one. */
  function open({ line, cells, isDecimalComma }: Candidate): ReadFault | undefined {
    try {
      header = readCsvHeader(cells.map(String), line, isDecimalComma, options);
    } catch (error) {
      if (error instanceof CsvHeaderError) return badRow(line, error.words);
      throw error;
    }
    return undefined;
  }
  const openBest = () => {
    const most = Math.max(...candidates.map(({ named }) => named));
    return open(candidates.find(({ named }) => named === most) as Candidate);
  };

  return {
    get header() {
      return header;
    },
    get isBad() {
      return isBad;
    },
    refuse,
    take(line, cells, isDecimalComma) {
      if (header === undefined) {
        const candidate = { line, cells, isDecimalComma, named: fieldsNamed(cells.map(String), options.mapping) };
        if (candidate.named >= LEAST_NAMED) return open(candidate);
        candidates.push(candidate);
        return candidates.length > MOST_TITLE_ROWS ? openBest() : undefined;
      }
      // Spreadsheets write the rows below the last one, too.
      if (cells.every((cell) => String(cell).trim() === '')) return undefined;
      const wrong = header.faultOf(cells);
      if (wrong !== undefined) return { ...badRow(line, wrong), cells };
      try {
        return { line, product: header.toProduct(cells), cells };
      } catch (error) {
        if (error instanceof RowError) {
          return { line, fault: 'bad-cell', message: error.words, cells, of: error.cells, known: error.known };
        }
        throw error;
      }
    },
    end: () => (header === undefined && !isBad && candidates.length > 0 ? openBest() : undefined),
  };
}
