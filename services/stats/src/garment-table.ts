import { DOUBLE, DuckDBDataChunk, type DuckDBValue, VARCHAR } from '@duckdb/node-api';
import { FLAT_COLUMNS, type FlatSource, flattenImpact, MATERIAL_FAMILIES } from '@ecobalyse/product-documents';
import { COST_PARTS, IMPACT_TYPES, type ValueFault } from '@ecobalyse/schema';
import type { Workbench } from './workbench.js';

/** Columns of a cost part, in the order of {@link COST_PARTS}. */
export const COST_COLUMNS: readonly string[] = COST_PARTS.map((part) => `cost_${part}`);

/** Flat columns that the statistics look at. */
const LOADED: ReadonlySet<string> = new Set([
  'md5_id',
  'content_hash',
  'scenario',
  'product_id',
  'mass',
  'material_count',
  'first_material',
  ...Object.values(MATERIAL_FAMILIES).map((family) => `share_${family}`),
  'country_fabric',
  'country_fabric_name',
  'country_making_name',
  'fabric_process',
  'air_share',
  'durability',
  'days_of_wear',
  ...IMPACT_TYPES,
  ...COST_COLUMNS,
]);
const COLUMNS = FLAT_COLUMNS.filter(({ name }) => LOADED.has(name));
const TYPES = COLUMNS.map(({ kind }) => (kind === 'text' ? VARCHAR : DOUBLE));

/** Rows in one chunk: the size of DuckDB's vectors. */
const CHUNK_ROWS = 2048;

/** What was read, and what was wrong with it. */
export interface LoadReport {
  read: number;
  skippedDocuments: number;
  incompleteDocuments: number;
  duplicates: number;
  faults: ValueFault[];
  readMs: number;
  loadMs: number;
}

/**
 * Loads the documents into the table `garments`, one row for each content: of two identities of one garment the first in
 * alphabetical order stays (CONTRACT, "Collections"). A document without identity or product type is skipped; a value that
 * is missing or not a number becomes NULL, so that only the statistics of that value leave the document out. Both are
 * counted and reported.
 */
export async function loadGarments(
  bench: Workbench,
  batches: AsyncIterable<FlatSource[]>,
  onRead: (read: number) => Promise<void> = async () => undefined,
): Promise<LoadReport> {
  await bench.run(
    `CREATE TABLE garments (${COLUMNS.map(({ name, kind }) => `${name} ${kind === 'text' ? 'VARCHAR' : 'DOUBLE'}`)})`,
  );
  const appender = await bench.appender('garments');
  const faults = new Map<string, ValueFault>();
  const counts = { read: 0, skippedDocuments: 0, incompleteDocuments: 0 };
  let loadMs = 0;
  let columns: DuckDBValue[][] = COLUMNS.map(() => []);

  function flush(): void {
    const rows = columns[0]?.length ?? 0;
    if (rows === 0) return;
    const chunk = DuckDBDataChunk.create(TYPES, rows);
    chunk.setColumns(columns);
    appender.appendDataChunk(chunk);
    columns = COLUMNS.map(() => []);
  }

  function add(document: FlatSource): void {
    counts.read += 1;
    const { row, faults: found } = flattenImpact(document);
    for (const field of found) {
      const known = faults.get(field);
      if (known) known.documents += 1;
      else faults.set(field, { field, documents: 1, example: String(row.md5_id ?? 'a document without md5_id') });
    }
    if (row.md5_id === null || row.product_id === null) {
      counts.skippedDocuments += 1;
      return;
    }
    if (found.length > 0) counts.incompleteDocuments += 1;
    COLUMNS.forEach(({ name }, index) => {
      columns[index]?.push(row[name] ?? null);
    });
    if (columns[0]?.length === CHUNK_ROWS) flush();
  }

  const startedAt = performance.now();
  for await (const batch of batches) {
    const loadedAt = performance.now();
    batch.forEach(add);
    loadMs += performance.now() - loadedAt;
    await onRead(counts.read);
  }
  const readMs = performance.now() - startedAt - loadMs;
  const finishingAt = performance.now();
  flush();
  appender.closeSync();
  const duplicates = await dropDuplicates(bench);
  loadMs += performance.now() - finishingAt;
  return { ...counts, duplicates, faults: [...faults.values()], readMs, loadMs };
}

/** Deletes the rows whose content another row has as well; returns how many. */
async function dropDuplicates(bench: Workbench): Promise<number> {
  await bench.run(`
    CREATE TEMP TABLE repeated AS
    SELECT content_hash, min(md5_id) AS kept, count(*) AS copies
    FROM garments GROUP BY content_hash HAVING count(*) > 1
  `);
  const { duplicates } = await bench.row<{ duplicates: number }>(
    'SELECT coalesce(sum(copies - 1), 0)::INTEGER AS duplicates FROM repeated',
  );
  if (duplicates > 0) {
    await bench.run(`
      DELETE FROM garments USING repeated
      WHERE garments.content_hash = repeated.content_hash AND garments.md5_id <> repeated.kept
    `);
  }
  return duplicates;
}
