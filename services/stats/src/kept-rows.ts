import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlatSource } from '@ecobalyse/product-documents';
import {
  findMarkedSources,
  findToCheck,
  type ImpactFilter,
  type Store,
  streamFlatSources,
  streamMarkLines,
} from '@ecobalyse/store';
import { appendRows, createRows, dropRepeated, type LoadReport, ROW_COLUMNS, settleGarments } from './garment-table.js';
import {
  type KeptFile,
  type KeptFiles,
  keepable,
  keepFetched,
  openFiles,
  readParquet,
  writeParquet,
} from './kept-files.js';
import { sqlLiteral, type Workbench } from './workbench.js';

/** Where and how rows are kept between two runs. */
export interface KeptRowsOptions {
  /** Folder of the Parquet files, which this machine's runs share. */
  folder: string;
  /** Which documents count: by their version of the method, and not those that have to be checked. */
  filter: Pick<ImpactFilter, 'countedVersion'>;
  signal?: AbortSignal | undefined;
  onRead?: ((read: number) => Promise<void>) | undefined;
  /** Told in a line what was read anew, and why. */
  log?: ((line: string) => Promise<void>) | undefined;
}

/** Documents fetched by their identity in one request. */
const FETCHED_AT_ONCE = 500;
/** Beyond this share of the documents, reading all in their order is faster than fetching those that changed. */
const MOST_FETCHED = 0.2;
/** Documents that are read and compared with what is kept of them, in each run. */
const COMPARED = 200;

const ROWS = { kind: 'rows', columns: ROW_COLUMNS } as const;
const KEEPABLE_GARMENTS = `SELECT * ${keepable('garments')}`;

/** Keeps the rows of the table `garments`, in the place of all that were kept. */
export async function keepGarments(bench: Workbench, folder: string): Promise<void> {
  const files = await openFiles(folder, ROWS);
  try {
    await files.write(bench, KEEPABLE_GARMENTS, await files.list());
  } finally {
    await files.close();
  }
}

/** What the table `garments` was made of, for another program: as long as it is used, no run removes it. */
export interface SharedRows {
  /** A folder for what the program writes. */
  folder: string;
  /** Parquet files of rows, of which some are those of documents that are gone. */
  rows: string[];
  /** A Parquet file of the identities and marks of the rows in `garments`. */
  present: string;
}

/** Lets another program read the rows of the table `garments` from the files that are kept, which may have been made anew since. */
export async function shareKeptRows(
  bench: Workbench,
  shared: string,
  use: (rows: SharedRows) => Promise<void>,
): Promise<void> {
  const files = await openFiles(shared, ROWS);
  try {
    const known = await files.list();
    const present = join(files.folder, 'present.parquet');
    // Those that no mark tells are in no file.
    const unmarked = join(files.folder, 'unmarked.parquet');
    await writeParquet(bench, 'SELECT md5_id, mark FROM garments', present);
    await writeParquet(bench, 'SELECT * FROM garments WHERE mark IS NULL', unmarked);
    await use({ folder: files.folder, rows: [...known.map(({ path }) => path), unmarked], present });
  } finally {
    await files.close();
  }
}

/**
 * Writes identities and marks of all documents that count into a file of lines, which DuckDB reads in a fraction of the time
 * that it takes to be handed their values one by one.
 *
 * @returns the identities that are no plain text: they are fetched each time, as if none were kept.
 */
async function writeMarks(
  store: Store,
  file: string,
  isCounted: (document: FlatSource) => boolean,
  signal?: AbortSignal,
): Promise<unknown[]> {
  const odd: unknown[] = [];
  const toCheck = new Set(await findToCheck(store));
  async function* lines() {
    for await (const batch of streamMarkLines(store, isCounted, toCheck, signal)) {
      odd.push(...batch.odd);
      yield batch.lines;
    }
  }
  await writeFile(file, lines());
  return odd;
}

/** Loads all rows of the files into `garments`. */
async function loadFiles(bench: Workbench, files: KeptFiles): Promise<KeptFile[]> {
  await createRows(bench, 'garments');
  const known = await files.list();
  if (known.length > 0) await bench.run(`INSERT INTO garments SELECT ${ROW_COLUMNS} FROM ${readParquet(known)}`);
  return known;
}

/** Leaves those rows in `garments` whose identity and mark a file of lines names, and tells the identities that have none. */
async function keepMarked(bench: Workbench, marks: string) {
  await bench.run(`
    CREATE TEMP TABLE present AS
    FROM read_csv(${sqlLiteral(marks)}, columns = {'md5_id': 'VARCHAR', 'mark': 'VARCHAR'}, auto_detect = false, header = false,
      delim = '\t', quote = '', escape = '')
  `);
  await bench.run(`
    CREATE TEMP TABLE unmatched AS
    SELECT garments.rowid AS gone, present.md5_id AS missing
    FROM garments FULL OUTER JOIN present USING (md5_id, mark)
    WHERE garments.rowid IS NULL OR present.md5_id IS NULL
  `);
  await bench.run('DELETE FROM garments WHERE rowid IN (SELECT gone FROM unmatched WHERE gone IS NOT NULL)');
  const missing = await textsOf(
    bench,
    'SELECT DISTINCT missing AS md5_id FROM unmatched WHERE missing IS NOT NULL ORDER BY missing',
  );
  const counts = () =>
    bench.row<{ total: number; kept: number }>(
      'SELECT (SELECT count(*) FROM present)::INTEGER AS total, (SELECT count(*) FROM garments)::INTEGER AS kept',
    );
  const { total, kept } = await counts();
  // Two runs at once may have kept the same document.
  const repeated = kept > total - missing.length ? await dropRepeated(bench, 'md5_id') : 0;
  return { total, kept: kept - repeated, missing };
}

/** Documents by their identity, but for those that count no more. */
async function* fetched(
  store: Store,
  ids: readonly unknown[],
  isCounted: (document: FlatSource) => boolean,
  signal?: AbortSignal,
) {
  for (let start = 0; start < ids.length; start += FETCHED_AT_ONCE) {
    signal?.throwIfAborted();
    const documents = await findMarkedSources(store, ids.slice(start, start + FETCHED_AT_ONCE));
    yield documents.filter(isCounted);
  }
}

/** Tells of a document, as far as it was read, whether it counts. */
const countedBy =
  ({ countedVersion }: KeptRowsOptions['filter']) =>
  ({ _platform }: FlatSource): boolean => {
    const { state, methodVersion } = (_platform ?? {}) as Record<string, unknown>;
    return (
      state !== 'to-check' &&
      (countedVersion === undefined || [countedVersion, null, undefined].includes(methodVersion as string))
    );
  };

async function textsOf(bench: Workbench, query: string): Promise<string[]> {
  return ((await bench.columns(query)).md5_id ?? []) as string[];
}

/**
 * Loads the rows of all documents into the table `garments` out of the files that earlier runs left, and reads only those
 * documents whose content is not among them. An index of the database tells the content of every document: rows that it does
 * not name are left out, so that nothing depends on the order of writes, on clocks or on what a run before this one came to.
 * Some documents are read all the same and compared with their rows; where one differs, or too many are not there, all are
 * read and all files written anew.
 */
export async function loadKeptGarments(
  bench: Workbench,
  store: Store,
  { folder, filter, signal, onRead, log = async () => undefined }: KeptRowsOptions,
): Promise<LoadReport> {
  const startedAt = performance.now();
  const isCounted = countedBy(filter);
  const files = await openFiles(folder, ROWS);
  try {
    const marks = join(files.folder, 'present.csv');
    // The database is busy with its index meanwhile. Settled, not abandoned: the query that goes on needs the workbench.
    const [written, loaded] = await Promise.allSettled([
      writeMarks(store, marks, isCounted, signal),
      loadFiles(bench, files),
    ]);
    if (written.status === 'rejected') throw written.reason;
    if (loaded.status === 'rejected') throw loaded.reason;
    const [odd, known] = [written.value, loaded.value];
    const { total, kept, missing } = await keepMarked(bench, marks);
    const reason =
      known.length === 0
        ? 'none were kept'
        : total - kept > Math.max(COMPARED, total * MOST_FETCHED)
          ? `${total - kept} of ${total} changed`
          : (await differs(bench, store, isCounted, signal))
            ? 'a document differs from what was kept of it'
            : undefined;
    const readingAt = performance.now();
    const ownMs = readingAt - startedAt;
    const spent = { readMs: 0, loadMs: 0 };
    if (reason !== undefined) {
      await log(`every document is read: ${reason}`);
      await bench.run('DELETE FROM garments');
      Object.assign(
        spent,
        await appendRows(bench, 'garments', streamFlatSources(store, { ...filter, state: 'counted' }, signal), onRead),
      );
      await files.write(bench, KEEPABLE_GARMENTS, known);
    } else {
      await onRead?.(kept);
      await log(`${missing.length + odd.length} of ${total + odd.length} documents are read, the others were kept`);
      await createRows(bench, 'fetched');
      const ids = [...missing, ...odd];
      Object.assign(
        spent,
        await appendRows(
          bench,
          'fetched',
          fetched(store, ids, isCounted, signal),
          (read) => onRead?.(kept + read) ?? Promise.resolve(),
        ),
      );
      await keepFetched(bench, files, { known, kept, fetched: 'fetched', present: 'present' });
      // One that changed while the index was read may have been named by both marks.
      await bench.run('DELETE FROM garments WHERE md5_id IN (SELECT md5_id FROM fetched)');
      await bench.run('INSERT INTO garments SELECT * FROM fetched');
    }
    const settlingAt = performance.now();
    const report = await settleGarments(bench);
    return { ...report, readMs: spent.readMs, loadMs: ownMs + spent.loadMs + performance.now() - settlingAt };
  } finally {
    await files.close();
  }
}

/** Reads some documents whose rows were kept, from a place drawn by chance, and tells whether any row is not theirs. */
async function differs(
  bench: Workbench,
  store: Store,
  isCounted: (document: FlatSource) => boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const from = sqlLiteral(randomBytes(16).toString('hex'));
  await bench.run(`
    CREATE TEMP TABLE sampled AS FROM garments ORDER BY md5_id < ${from}, md5_id LIMIT ${COMPARED}
  `);
  const ids = await textsOf(bench, 'SELECT md5_id FROM sampled');
  await createRows(bench, 'compared');
  await appendRows(bench, 'compared', fetched(store, ids, isCounted, signal));
  const { different } = await bench.row<{ different: number }>(`
    SELECT count(*)::INTEGER AS different
    FROM (
      SELECT * FROM compared SEMI JOIN sampled USING (md5_id, mark)
      EXCEPT SELECT * FROM sampled
    )
  `);
  return different > 0;
}
