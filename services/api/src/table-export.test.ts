import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { EXPORT_FORMATS, type ExportRow } from './table-export.js';

const COLUMNS = [
  { name: 'id', kind: 'text' },
  { name: 'value', kind: 'number' },
  { name: 'mixed', kind: 'text' },
  { name: 'nothing', kind: 'number' },
] as const;

const row = (index: number): ExportRow => ({
  id: `"é", ${index}\n`,
  value: index % 3 ? index / 7 : null,
  mixed: index % 2 ? index : 'text',
});

async function* batches(count: number, size: number): AsyncGenerator<ExportRow[]> {
  for (let start = 0; start < count; start += size) {
    yield Array.from({ length: Math.min(size, count - start) }, (_, index) => row(start + index));
  }
}

it('writes Parquet of several row groups, one after the other, that DuckDB reads', async () => {
  const count = 24_500;
  const chunks: Uint8Array[] = [];
  for await (const chunk of EXPORT_FORMATS.parquet.encode([...COLUMNS], batches(count, 999))) chunks.push(chunk);
  expect(chunks.length).toBeGreaterThan(3);

  const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-export-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const file = join(folder, 'table.parquet');
    await writeFile(file, Buffer.concat(chunks));
    const found = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
    const expected = Array.from({ length: count }, (_, index) => {
      const { id, value, mixed } = row(index);
      return { id, value, mixed: String(mixed), nothing: null };
    });
    expect(found.getRowObjectsJS()).toEqual(expected);
    const types = await connection.runAndReadAll(`SELECT DISTINCT row_group_id FROM parquet_metadata('${file}')`);
    expect(types.getRows()).toHaveLength(3);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
});

it('hands rows on before it reads further ones', async () => {
  for (const { encode } of Object.values(EXPORT_FORMATS)) {
    let read = 0;
    const source = (async function* () {
      for await (const batch of batches(60_000, 1000)) {
        read += batch.length;
        yield batch;
      }
    })();
    const chunks = encode([...COLUMNS], source);
    await chunks.next();
    expect(read).toBeLessThanOrEqual(10_000);
    await chunks.return(undefined);
  }
});
