import { DOUBLE, DuckDBDataChunk, type DuckDBValue, VARCHAR } from '@duckdb/node-api';
import {
  FLAT_COLUMNS,
  type FlatSource,
  flattenImpact,
  MATERIAL_FAMILIES,
  mainMaterial,
  materialShares,
} from '@ecobalyse/product-documents';
import { COST_PARTS, IMPACT_TYPES, type ValueFault } from '@ecobalyse/schema';
import { contentMark } from '@ecobalyse/store';
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

/** What is kept of a document beside its columns: the material of the greatest share, what tells its content, the paths of its faults. */
const KEPT = [
  ...COLUMNS,
  ...(['main_material', 'mark', 'faults'] as const).map((name) => ({ name, kind: 'text' as const })),
];
const TYPES = KEPT.map(({ kind }) => (kind === 'text' ? VARCHAR : DOUBLE));
export const ROW_COLUMNS: readonly string[] = KEPT.map(({ name }) => name);

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

/** Makes an empty table of rows. It is temporary: DuckDB takes twice as long to compress one for a file that nobody keeps. */
export async function createRows(bench: Workbench, table: string): Promise<void> {
  await bench.run(
    `CREATE TEMP TABLE ${table} (${KEPT.map(({ name, kind }) => `${name} ${kind === 'text' ? 'VARCHAR' : 'DOUBLE'}`)})`,
  );
}

/**
 * Adds the rows of documents to a table.
 *
 * @param onRead - told how many were read so far, after each batch.
 * @returns how long reading took, and the rest.
 */
export async function appendRows(
  bench: Workbench,
  table: string,
  batches: AsyncIterable<FlatSource[]>,
  onRead: (read: number) => Promise<void> = async () => undefined,
): Promise<Pick<LoadReport, 'readMs' | 'loadMs'>> {
  const appender = await bench.appender(table);
  let read = 0;
  let loadMs = 0;
  let columns: DuckDBValue[][] = KEPT.map(() => []);

  function flush(): void {
    const rows = columns[0]?.length ?? 0;
    if (rows === 0) return;
    const chunk = DuckDBDataChunk.create(TYPES, rows);
    chunk.setColumns(columns);
    appender.appendDataChunk(chunk);
    columns = KEPT.map(() => []);
  }

  function add(document: FlatSource): void {
    const { row, faults } = flattenImpact(document);
    row.main_material = mainMaterial(materialShares(document));
    row.mark = contentMark(document);
    row.faults = faults.join('\n') || null;
    KEPT.forEach(({ name }, index) => {
      columns[index]?.push(row[name] ?? null);
    });
    if (columns[0]?.length === CHUNK_ROWS) flush();
  }

  const startedAt = performance.now();
  for await (const batch of batches) {
    const loadedAt = performance.now();
    batch.forEach(add);
    loadMs += performance.now() - loadedAt;
    read += batch.length;
    await onRead(read);
  }
  const readMs = performance.now() - startedAt - loadMs;
  const finishingAt = performance.now();
  flush();
  appender.closeSync();
  return { readMs, loadMs: loadMs + performance.now() - finishingAt };
}

/**
 * Leaves one row for each content in the table `garments`: of two identities of one garment the first in alphabetical order
 * (CONTRACT, "Collections"). A document without identity or product type is skipped; a value that is missing or not a number
 * is NULL, so that only the statistics of that value leave the document out. Both are counted and reported.
 */
export async function settleGarments(bench: Workbench): Promise<Omit<LoadReport, 'readMs' | 'loadMs'>> {
  const skipped = 'md5_id IS NULL OR product_id IS NULL';
  const counts = await bench.row<Record<'read' | 'skippedDocuments' | 'incompleteDocuments', number>>(`
    SELECT count(*)::INTEGER AS read, (count(*) FILTER (WHERE ${skipped}))::INTEGER AS "skippedDocuments",
      (count(*) FILTER (WHERE faults IS NOT NULL AND NOT (${skipped})))::INTEGER AS "incompleteDocuments"
    FROM garments
  `);
  const faults = await bench.rows<ValueFault>(`
    SELECT field, count(*)::INTEGER AS documents, coalesce(min(md5_id), 'a document without md5_id') AS example
    FROM (SELECT md5_id, unnest(string_split(faults, chr(10))) AS field FROM garments WHERE faults IS NOT NULL)
    GROUP BY field ORDER BY field
  `);
  if (counts.skippedDocuments > 0) await bench.run(`DELETE FROM garments WHERE ${skipped}`);
  return { ...counts, duplicates: await dropRepeated(bench, 'content_hash'), faults };
}

/** Loads documents into the table `garments`, and settles it. */
export async function loadGarments(
  bench: Workbench,
  batches: AsyncIterable<FlatSource[]>,
  onRead?: (read: number) => Promise<void>,
): Promise<LoadReport> {
  await createRows(bench, 'garments');
  const { readMs, loadMs } = await appendRows(bench, 'garments', batches, onRead);
  const settlingAt = performance.now();
  const report = await settleGarments(bench);
  return { ...report, readMs, loadMs: loadMs + performance.now() - settlingAt };
}

/**
 * Deletes the rows of `garments` that share their content or identity with another one, but for that of the first identity in
 * alphabetical order.
 *
 * @returns how many.
 */
export async function dropRepeated(bench: Workbench, by: 'content_hash' | 'md5_id'): Promise<number> {
  // Numbers are counted in half the time of texts, and few are met twice.
  await bench.run(`
    CREATE OR REPLACE TEMP TABLE repeated AS
    SELECT ${by} AS shared, arg_min(rowid, md5_id) AS kept, count(*) AS copies
    FROM garments
    WHERE hash(${by}) IN (SELECT hash(${by}) FROM garments WHERE ${by} IS NOT NULL GROUP BY 1 HAVING count(*) > 1)
    GROUP BY ${by} HAVING count(*) > 1
  `);
  const { repeated } = await bench.row<{ repeated: number }>(
    'SELECT coalesce(sum(copies - 1), 0)::INTEGER AS repeated FROM repeated',
  );
  if (repeated > 0)
    await bench.run(`DELETE FROM garments USING repeated WHERE garments.${by} = shared AND garments.rowid <> kept`);
  return repeated;
}
