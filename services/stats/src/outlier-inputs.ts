import { addColumn, collectColumns, type FieldColumn } from '@ecobalyse/product-documents';
import { findMarkedInputs, type Store } from '@ecobalyse/store';
import { keepFetched, openFiles, readParquet } from './kept-files.js';
import type { Workbench } from './workbench.js';

/** Where inputs are kept between two runs, if they are. */
export interface OutlierInputsOptions {
  folder?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Told in a line what was read. */
  log?: ((line: string) => Promise<void>) | undefined;
}

/** Documents whose inputs are fetched in one request. */
const FETCHED_AT_ONCE = 500;

/** `inputs` is BSON, which is published as it is, `fields` the JSON of its columns. */
const INPUTS = { kind: 'inputs', columns: ['md5_id', 'mark', 'fields', 'inputs'] } as const;

const createInputs = (bench: Workbench, table: string) =>
  bench.run(`CREATE TABLE ${table} (md5_id VARCHAR, mark VARCHAR, fields VARCHAR, inputs BLOB)`);

function columnsOf(inputs: Readonly<Record<string, unknown>>): FieldColumn[] {
  const columns = new Map<string, FieldColumn>();
  collectColumns(columns, [inputs]);
  return [...columns.values()];
}

/** Fetches the inputs of documents into a table. */
async function fetchInputs(
  bench: Workbench,
  store: Store,
  table: string,
  md5Ids: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const appender = await bench.appender(table);
  for (let start = 0; start < md5Ids.length; start += FETCHED_AT_ONCE) {
    signal?.throwIfAborted();
    for (const { md5_id, mark, inputs, bytes } of await findMarkedInputs(
      store,
      md5Ids.slice(start, start + FETCHED_AT_ONCE),
    )) {
      appender.appendVarchar(md5_id);
      if (mark === null) appender.appendNull();
      else appender.appendVarchar(mark);
      appender.appendVarchar(JSON.stringify(columnsOf(inputs)));
      appender.appendBlob(bytes);
      appender.endRow();
    }
  }
  appender.closeSync();
}

/**
 * Loads the inputs of the documents that `stats_outliers` names into the table `outlier_inputs`: out of the files that earlier runs
 * left where there is a folder, and of the others out of the database. A document that was deleted meanwhile has none.
 */
export async function loadOutlierInputs(
  bench: Workbench,
  store: Store,
  { folder, signal, log }: OutlierInputsOptions,
): Promise<void> {
  await bench.run(
    'CREATE TABLE outlying AS SELECT DISTINCT md5_id, mark FROM stats_outliers JOIN garments USING (md5_id)',
  );
  await createInputs(bench, 'outlier_inputs');
  await createInputs(bench, 'fetched_inputs');
  const files = folder === undefined ? undefined : await openFiles(folder, INPUTS);
  try {
    const known = (await files?.list()) ?? [];
    if (known.length > 0)
      await bench.run(`
        INSERT INTO outlier_inputs
        SELECT ${INPUTS.columns} FROM ${readParquet(known)} SEMI JOIN outlying USING (md5_id, mark)
      `);
    // Two runs at once may have kept the same ones.
    await bench.run(`
      DELETE FROM outlier_inputs WHERE rowid NOT IN (SELECT min(rowid) FROM outlier_inputs GROUP BY md5_id)
    `);
    const { kept } = await bench.row<{ kept: number }>('SELECT count(*)::INTEGER AS kept FROM outlier_inputs');
    const missing = await bench.columns(
      'SELECT md5_id FROM outlying ANTI JOIN outlier_inputs USING (md5_id) ORDER BY md5_id',
    );
    const fetched = missing.md5_id as string[];
    if (files)
      await log?.(`inputs of ${fetched.length} of ${kept + fetched.length} outliers are read, the others were kept`);
    await fetchInputs(bench, store, 'fetched_inputs', fetched, signal);
    if (files) await keepFetched(bench, files, { known, kept, fetched: 'fetched_inputs', present: 'outlying' });
    await bench.run('INSERT INTO outlier_inputs FROM fetched_inputs');
  } finally {
    await files?.close();
  }
}

/** An outlier as it is published: identity and impact, and the fields of its inputs as BSON. */
export type OutlierDocument = readonly [{ md5_id: string; impact_type: string }, Uint8Array];

/** The outliers in the order of their publication, in batches. */
export async function* outlierDocuments(bench: Workbench): AsyncGenerator<OutlierDocument[]> {
  const rows = bench.stream<{ md5_id: string; impact_type: string; inputs: Uint8Array }>(`
    SELECT md5_id, impact_type, inputs FROM stats_outliers JOIN outlier_inputs USING (md5_id)
    ORDER BY product_id, md5_id, impact_order
  `);
  for await (const batch of rows)
    yield batch.map(({ md5_id, impact_type, inputs }) => [{ md5_id, impact_type }, inputs] as const);
}

/** Their columns, in the order in which they come first. */
export async function outlierColumns(bench: Workbench): Promise<FieldColumn[]> {
  const found = await bench.rows<{ fields: string }>(`
    SELECT fields FROM stats_outliers JOIN outlier_inputs USING (md5_id)
    GROUP BY fields ORDER BY min((product_id, md5_id))
  `);
  const columns = new Map<string, FieldColumn>();
  for (const { fields } of found) {
    addColumn(columns, { name: 'md5_id', kind: 'text' });
    addColumn(columns, { name: 'impact_type', kind: 'text' });
    for (const column of JSON.parse(fields) as FieldColumn[]) addColumn(columns, column);
  }
  return [...columns.values()];
}
