import type { FieldColumn } from '@ecobalyse/product-documents';
import { expect, it } from 'vitest';
import { EXPORT_FORMATS, type ExportRow } from './table-export.js';

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
