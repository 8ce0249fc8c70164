import type { FieldColumn } from '@ecobalyse/product-documents';
import { expect, it } from 'vitest';
import { EXPORT_FORMATS, type ExportRow, mapBatches } from './table-export.js';

it('writes no cell that a spreadsheet computes, and numbers as they are', async () => {
  const columns: FieldColumn[] = [
    { name: 'name', kind: 'text' },
    { name: 'difference', kind: 'number' },
  ];
  const rows: ExportRow[] = [
    { name: '=HYPERLINK("http://evil.example","x")', difference: -1.5 },
    { name: '@SUM(A1)', difference: -2e-9 },
    { name: 'jean', difference: null },
  ];
  async function* batches() {
    yield rows;
  }
  let text = '';
  for await (const part of EXPORT_FORMATS.csv.encode(columns, batches())) text += part;
  expect(text.trimEnd().split('\n')).toEqual([
    'name,difference',
    `"'=HYPERLINK(""http://evil.example"",""x"")",-1.5`,
    "'@SUM(A1),-2e-9",
    'jean,',
  ]);
});

it('writes what is not known as nothing: an empty cell, a null', async () => {
  const columns: FieldColumn[] = [
    { name: 'name', kind: 'text' },
    { name: 'ecs', kind: 'number' },
  ];
  async function* batches(): AsyncGenerator<ExportRow[]> {
    yield [{ name: null, ecs: 0 }, {}];
    yield [{ name: '', ecs: undefined }];
  }
  const parts: Record<string, string> = {};
  for (const format of ['csv', 'ndjson'] as const)
    for await (const part of EXPORT_FORMATS[format].encode(columns, batches()))
      parts[format] = (parts[format] ?? '') + part;
  expect(parts.csv).toBe('name,ecs\n,0\n,\n,\n');
  expect(parts.ndjson).toBe('{"name":null,"ecs":0}\n{"name":null,"ecs":null}\n{"name":"","ecs":null}\n');
});

it('writes a Parquet file by groups of 10,000 rows, each when it is full, with texts where a column has some', async () => {
  const columns: FieldColumn[] = [
    { name: 'name', kind: 'text' },
    { name: 'ecs', kind: 'number' },
  ];
  let read = 0;
  async function* batches(): AsyncGenerator<ExportRow[]> {
    for (const rows of [1, 9998, 1, 3]) {
      read += rows;
      yield Array.from({ length: rows }, () => ({ name: 4711, ecs: 0.5 }));
    }
  }
  const parts: { bytes: Buffer; read: number }[] = [];
  for await (const part of EXPORT_FORMATS.parquet.encode(columns, batches()))
    parts.push({ bytes: Buffer.from(part), read });
  expect(parts.map((part) => part.read)).toEqual([10_000, 10_003, 10_003]);
  expect(parts[0]?.bytes.includes('4711')).toBe(true);
  const file = Buffer.concat(parts.map(({ bytes }) => bytes));
  expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  expect(file.includes('ecobalyse-platform')).toBe(true);
});

it.each([
  ['csv', 'text/csv; charset=utf-8'],
  ['ndjson', 'application/x-ndjson; charset=utf-8'],
  ['parquet', 'application/vnd.apache.parquet'],
] as const)('%s has its own type', (format, type) => expect(EXPORT_FORMATS[format].contentType).toBe(type));

it('makes rows of every batch, in their order', async () => {
  async function* batches() {
    yield [1, 2];
    yield [];
    yield [3];
  }
  const made: ExportRow[][] = [];
  for await (const rows of mapBatches(batches(), (ecs) => ({ ecs }))) made.push(rows);
  expect(made).toEqual([[{ ecs: 1 }, { ecs: 2 }], [], [{ ecs: 3 }]]);
});
