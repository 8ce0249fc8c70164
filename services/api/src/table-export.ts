import type { FieldColumn } from '@ecobalyse/product-documents';
import { csvLines } from '@ecobalyse/product-files';
import type { SchemaElement } from 'hyparquet-writer';

/** A row of an export; a column without a value is empty. */
export type ExportRow = Readonly<Record<string, string | number | null | undefined>>;

/** Rows in a row group of a Parquet file: what is held in memory at once. */
const ROW_GROUP = 10_000;

async function* csv(columns: readonly FieldColumn[], batches: AsyncIterable<ExportRow[]>): AsyncGenerator<string> {
  yield csvLines([columns.map(({ name }) => name)]);
  for await (const batch of batches) yield csvLines(batch.map((row) => columns.map(({ name }) => row[name] ?? '')));
}

async function* ndjson(columns: readonly FieldColumn[], batches: AsyncIterable<ExportRow[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    const lines = batch.map((row) =>
      JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))),
    );
    yield `${lines.join('\n')}\n`;
  }
}

const PARQUET_TYPES: Readonly<Record<FieldColumn['kind'], Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  number: { type: 'DOUBLE', repetition_type: 'OPTIONAL' },
};

/** A text column may hold numbers in some rows. */
function cell(kind: FieldColumn['kind'], value: ExportRow[string]): string | number | null {
  if (value === undefined || value === null) return null;
  return kind === 'text' ? String(value) : value;
}

/** The file, row group by row group: what was written is handed on before the next one is read. */
async function* parquet(
  columns: readonly FieldColumn[],
  batches: AsyncIterable<ExportRow[]>,
): AsyncGenerator<Uint8Array> {
  // Loaded when the first file is asked for.
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, kind }) => ({ name, ...PARQUET_TYPES[kind] })),
    ],
    createdBy: 'ecobalyse-platform',
  });
  const written = () => {
    const bytes = writer.getBytes().slice();
    // The writer goes on counting offsets in the file, at the start of its buffer.
    writer.index = 0;
    return bytes;
  };
  const group = (rows: readonly ExportRow[]) => {
    const columnData = columns.map(({ name, kind }) => ({ name, data: rows.map((row) => cell(kind, row[name])) }));
    file.write({ columnData, rowGroupSize: rows.length });
    return written();
  };

  let rows: ExportRow[] = [];
  for await (const batch of batches) {
    rows.push(...batch);
    if (rows.length < ROW_GROUP) continue;
    yield group(rows);
    rows = [];
  }
  if (rows.length > 0) yield group(rows);
  file.finish();
  yield written();
}

/** The formats of exports. */
export const EXPORT_FORMATS = {
  csv: { contentType: 'text/csv; charset=utf-8', encode: csv },
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', encode: ndjson },
  parquet: { contentType: 'application/vnd.apache.parquet', encode: parquet },
} as const;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

/** Rows as flat fields, batch by batch. */
export async function* mapBatches<T>(
  batches: AsyncIterable<T[]>,
  toRow: (item: T) => ExportRow,
): AsyncGenerator<ExportRow[]> {
  for await (const batch of batches) yield batch.map(toRow);
}
