import { Readable } from 'node:stream';
import { csvLines, frenchCsvLines } from './csv-lines.js';
import { type WrittenTable, writeWorkbook } from './write-workbook.js';

/** Forms of a table for spreadsheets: of English ones, of French ones, and of any. */
export const TABLE_FORMATS = ['csv', 'csv-fr', 'xlsx'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** Without it Excel takes UTF-8 for Windows-1252. */
const BYTE_ORDER_MARK = '\ufeff';

const writeCsv = (lines: typeof csvLines) => (table: WrittenTable) => {
  async function* text(): AsyncGenerator<string> {
    yield BYTE_ORDER_MARK + lines([table.headers]);
    for await (const rows of table.rows) yield lines(rows);
  }
  return Readable.from(text(), { objectMode: false });
};

/** How a table is written in each form, as its rows come and in flat memory. */
export const TABLE_WRITERS: Readonly<
  Record<
    TableFormat,
    {
      readonly contentType: string;
      readonly ending: string;
      readonly write: (table: WrittenTable, name: string) => Readable;
    }
  >
> = {
  csv: { contentType: 'text/csv; charset=utf-8', ending: 'csv', write: writeCsv(csvLines) },
  'csv-fr': { contentType: 'text/csv; charset=utf-8', ending: 'csv', write: writeCsv(frenchCsvLines) },
  xlsx: {
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ending: 'xlsx',
    write: (table, name) => writeWorkbook([{ ...table, name }]),
  },
};
