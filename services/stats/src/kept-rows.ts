import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import type { FlatSource } from '@ecobalyse/product-documents';
import {
  contentMark,
  findMarkedSources,
  findToCheck,
  type ImpactFilter,
  type Store,
  streamFlatSources,
  streamMarks,
} from '@ecobalyse/store';
import { appendRows, createRows, type LoadReport, ROW_COLUMNS, settleGarments } from './garment-table.js';
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
/** Rows of documents that are gone, as a share of the others: beyond it all files are written anew. */
const MOST_GONE = 0.5;
/** Times that the files are listed anew since another run replaced one meanwhile. */
const LISTINGS = 10;

/** Rows of other columns stand in a folder of another name. */
const LAYOUT = `rows-${createHash('sha256').update(ROW_COLUMNS.join()).digest('hex').slice(0, 8)}`;
const FILE = /^[0-9a-f]{64}\.parquet$/;
/** The folder of a run, with the time of its beginning. */
const RUN = /^run-(\d+)-/;
/** No run takes that long: one whose folder is still there was killed. */
const ABANDONED_AFTER_MS = 48 * 3_600_000;
const PARQUET = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000';

const readParquet = (files: readonly string[]) => `read_parquet([${files.map(sqlLiteral)}])`;
/** Rows of a table that a later run can tell. */
const keepable = (table: string) => `SELECT * FROM ${table} WHERE md5_id IS NOT NULL AND mark IS NOT NULL`;
const SAME_CONTENT = 'SEMI JOIN present USING (md5_id, mark)';

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A file of rows, under the name that no other run removes. */
interface KeptFile {
  /** The hash of its content, and its name in the shared folder. */
  name: string;
  path: string;
}

/**
 * The Parquet files that runs share. Each is named by the hash of its content and never changed: a run reads links to them in
 * a folder of its own, so that another one may replace them meanwhile.
 */
async function openFiles(shared: string) {
  const folder = join(shared, LAYOUT);
  const own = join(folder, `run-${Date.now()}-${randomUUID()}`);
  await mkdir(own, { recursive: true });
  for (const name of await readdir(folder)) {
    if (Date.now() - Number(RUN.exec(name)?.[1]) > ABANDONED_AFTER_MS)
      await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of await readdir(shared))
    if (name.startsWith('rows-') && name !== LAYOUT) await rm(join(shared, name), { recursive: true, force: true });

  /** Links to the files that are whole; those that are not are removed. */
  async function list(): Promise<KeptFile[]> {
    for (let listing = 1; ; listing += 1) {
      const names = (await readdir(folder)).filter((name) => FILE.test(name)).sort();
      try {
        const files: KeptFile[] = [];
        for (const name of names) {
          const path = join(own, name);
          await rm(path, { force: true });
          // Some file systems have no links.
          await link(join(folder, name), path).catch(() => copyFile(join(folder, name), path));
          if (`${await hashOf(path)}.parquet` === name) files.push({ name, path });
          else await rm(join(folder, name), { force: true });
        }
        return files;
      } catch (error) {
        if (!isMissing(error) || listing === LISTINGS) throw error;
      }
    }
  }

  return {
    /** The run's own folder. */
    folder: own,
    list,
    /** Adds what a query gives as a file, which readers see once it is whole, and then removes those that it replaces. */
    async write(bench: Workbench, query: string, replaced: readonly KeptFile[]): Promise<void> {
      const path = join(own, 'new.parquet');
      await bench.run(`COPY (${query}) TO ${sqlLiteral(path)} (${PARQUET})`);
      const name = `${await hashOf(path)}.parquet`;
      await rename(path, join(folder, name));
      for (const file of replaced) if (file.name !== name) await rm(join(folder, file.name), { force: true });
    },
    async close(): Promise<void> {
      await rm(own, { recursive: true, force: true });
    },
  };
}

/** Keeps the rows of the table `garments`, in the place of all that were kept. */
export async function keepGarments(bench: Workbench, folder: string): Promise<void> {
  const files = await openFiles(folder);
  try {
    await files.write(bench, keepable('garments'), await files.list());
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
  const files = await openFiles(shared);
  try {
    const known = await files.list();
    const present = join(files.folder, 'present.parquet');
    // Those that no mark tells are in no file.
    const unmarked = join(files.folder, 'unmarked.parquet');
    await bench.run(`COPY (SELECT md5_id, mark FROM garments) TO ${sqlLiteral(present)} (${PARQUET})`);
    await bench.run(`COPY (SELECT * FROM garments WHERE mark IS NULL) TO ${sqlLiteral(unmarked)} (${PARQUET})`);
    await use({ folder: files.folder, rows: [...known.map(({ path }) => path), unmarked], present });
  } finally {
    await files.close();
  }
}

/** Writes the identities and marks of all documents that count into the table `present`; returns the identities that are no text. */
async function loadPresent(
  bench: Workbench,
  store: Store,
  isCounted: (document: FlatSource) => boolean,
  signal?: AbortSignal,
): Promise<unknown[]> {
  await bench.run('CREATE TABLE present (md5_id VARCHAR, mark VARCHAR)');
  const appender = await bench.appender('present');
  const odd: unknown[] = [];
  const toCheck = new Set(await findToCheck(store));
  for await (const batch of streamMarks(store, signal)) {
    const ids: string[] = [];
    const marks: (string | null)[] = [];
    for (const document of batch) {
      const { md5_id } = document;
      if (toCheck.has(md5_id) || !isCounted(document)) continue;
      if (typeof md5_id !== 'string') {
        odd.push(md5_id ?? null);
        continue;
      }
      ids.push(md5_id);
      marks.push(contentMark(document));
    }
    for (let start = 0; start < ids.length; start += 2048) {
      const rows = ids.slice(start, start + 2048);
      const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR], rows.length);
      chunk.setColumns([rows, marks.slice(start, start + 2048)]);
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
  return odd;
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
  const files = await openFiles(folder);
  try {
    const known = await files.list();
    const odd = await loadPresent(bench, store, isCounted, signal);
    await createRows(bench, 'garments');
    const paths = known.map(({ path }) => path);
    if (known.length > 0) {
      await bench.run(`INSERT INTO garments SELECT ${ROW_COLUMNS} FROM ${readParquet(paths)} ${SAME_CONTENT}`);
      // Two runs at once may have kept the same document.
      await bench.run(`
        DELETE FROM garments WHERE md5_id IN (SELECT md5_id FROM garments GROUP BY md5_id HAVING count(*) > 1)
          AND rowid NOT IN (SELECT min(rowid) FROM garments GROUP BY md5_id)
      `);
    }
    const { total, kept } = await bench.row<{ total: number; kept: number }>(
      'SELECT (SELECT count(*) FROM present)::INTEGER AS total, (SELECT count(*) FROM garments)::INTEGER AS kept',
    );
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
      await files.write(bench, keepable('garments'), known);
    } else {
      await onRead?.(kept);
      const changed = await textsOf(
        bench,
        'SELECT DISTINCT md5_id FROM present ANTI JOIN garments USING (md5_id) ORDER BY md5_id',
      );
      await log(`${changed.length + odd.length} of ${total + odd.length} documents are read, the others were kept`);
      await createRows(bench, 'fetched');
      const ids = [...changed, ...odd];
      Object.assign(
        spent,
        await appendRows(
          bench,
          'fetched',
          fetched(store, ids, isCounted, signal),
          (read) => onRead?.(kept + read) ?? Promise.resolve(),
        ),
      );
      await keep(bench, files, known, kept);
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
  const ids = await textsOf(bench, `SELECT md5_id FROM garments ORDER BY md5_id < ${from}, md5_id LIMIT ${COMPARED}`);
  await createRows(bench, 'compared');
  await appendRows(bench, 'compared', fetched(store, ids, isCounted, signal));
  const { different } = await bench.row<{ different: number }>(`
    SELECT count(*)::INTEGER AS different
    FROM (
      SELECT * FROM compared SEMI JOIN garments USING (md5_id, mark)
      EXCEPT SELECT * FROM garments SEMI JOIN compared USING (md5_id)
    )
  `);
  return different > 0;
}

/**
 * Writes the rows of table `fetched` into a file, together with those of files that are not much larger, so that there are few
 * of them and each row is written only as often as their number doubles.
 */
async function keep(
  bench: Workbench,
  files: Awaited<ReturnType<typeof openFiles>>,
  known: readonly KeptFile[],
  kept: number,
): Promise<void> {
  const ownRows = keepable('fetched');
  const { added } = await bench.row<{ added: number }>(`SELECT count(*)::INTEGER AS added FROM (${ownRows})`);
  const sized = await Promise.all(
    known.map(async (file) => {
      const { rows } = await bench.row<{ rows: number }>(
        `SELECT count(*)::INTEGER AS rows FROM ${readParquet([file.path])}`,
      );
      return { ...file, rows };
    }),
  );
  sized.sort((a, b) => a.rows - b.rows);
  const written = sized.reduce((sum, { rows }) => sum + rows, 0);
  const isWorn = written > (1 + MOST_GONE) * Math.max(kept, COMPARED);
  if (added === 0 && !isWorn) return;
  const merged: KeptFile[] = [];
  let rows = added;
  for (const file of sized) {
    if (!isWorn && file.rows > 2 * rows) break;
    merged.push(file);
    rows += file.rows;
  }
  const others =
    merged.length === 0
      ? ''
      : `UNION ALL SELECT DISTINCT ON (md5_id) ${ROW_COLUMNS} FROM ${readParquet(merged.map(({ path }) => path))} ${SAME_CONTENT}`;
  await files.write(bench, `${ownRows} ${others}`, merged);
}
