import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sqlLiteral, type Workbench } from './workbench.js';

/**
 * What is kept of documents between two runs: Parquet files of rows, each with identity and mark of the document that it was made
 * of (`md5_id`, `mark`).
 */
export interface KeptTable {
  /** What its folders are called by. */
  kind: 'rows' | 'inputs';
  /** Rows of other columns stand in a folder of another name. */
  columns: readonly string[];
}

/** A file of rows, under a name that no other run removes. */
export interface KeptFile {
  /** The hash of its content, and its name in the shared folder. */
  name: string;
  path: string;
}

/** Times that the files are listed anew since another run replaced one meanwhile. */
const LISTINGS = 10;
const FILE = /^[0-9a-f]{64}\.parquet$/;
/** The folder of a run, with the time of its beginning. */
const RUN = /^run-(\d+)-/;
/** No run takes that long: one whose folder is still there was killed. */
const ABANDONED_AFTER_MS = 48 * 3_600_000;
/** Rows of documents that are gone, as a share of the others: beyond it all files are written anew. */
const MOST_GONE = 0.5;
/** Files of so few rows are not worth it. */
const FEW_ROWS = 200;
const PARQUET = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000';

/** The rows of files, as SQL reads them. */
export const readParquet = (files: readonly KeptFile[]): string =>
  `read_parquet([${files.map(({ path }) => sqlLiteral(path))}])`;

/** The rows of a table, or of a query in brackets, that a later run can tell. */
export const keepable = (table: string): string => `FROM ${table} WHERE md5_id IS NOT NULL AND mark IS NOT NULL`;

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Writes what a query gives as a Parquet file. */
export const writeParquet = (bench: Workbench, query: string, path: string): Promise<void> =>
  bench.run(`COPY (${query}) TO ${sqlLiteral(path)} (${PARQUET})`);

export type KeptFiles = Awaited<ReturnType<typeof openFiles>>;

/**
 * The Parquet files that runs share. Each is named by the hash of its content and never changed: a run reads links to them in
 * a folder of its own, so that another one may replace them meanwhile.
 *
 * @param shared - their folder, which may be gone.
 */
export async function openFiles(shared: string, { kind, columns }: KeptTable) {
  const layout = `${kind}-${createHash('sha256').update(columns.join()).digest('hex').slice(0, 8)}`;
  const folder = join(shared, layout);
  const own = join(folder, `run-${Date.now()}-${randomUUID()}`);
  await mkdir(own, { recursive: true });
  for (const name of await readdir(folder)) {
    if (Date.now() - Number(RUN.exec(name)?.[1]) > ABANDONED_AFTER_MS)
      await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of await readdir(shared))
    if (name.startsWith(`${kind}-`) && name !== layout) await rm(join(shared, name), { recursive: true, force: true });

  return {
    columns,
    /** The run's own folder. */
    folder: own,

    /** Links to the files that are whole; those that are not are removed. */
    async list(): Promise<KeptFile[]> {
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
    },

    /** Adds what a query gives as a file, which readers see once it is whole, and then removes those that it replaces. */
    async write(bench: Workbench, query: string, replaced: readonly KeptFile[]): Promise<void> {
      const path = join(own, 'new.parquet');
      await writeParquet(bench, query, path);
      const name = `${await hashOf(path)}.parquet`;
      await rename(path, join(folder, name));
      for (const file of replaced) if (file.name !== name) await rm(join(folder, file.name), { force: true });
    },

    async close(): Promise<void> {
      await rm(own, { recursive: true, force: true });
    },
  };
}

/** What a run found in the files, and what it fetched beside. */
export interface Fetched {
  known: readonly KeptFile[];
  /** Rows of the files that are in use. */
  kept: number;
  /** The table of the rows that were fetched. */
  fetched: string;
  /** The table that names the rows in use, by identity and mark. */
  present: string;
}

/**
 * Writes fetched rows into a file, together with those of files that are not much larger, so that there are few of them and each
 * row is written only as often as their number doubles.
 */
export async function keepFetched(
  bench: Workbench,
  files: KeptFiles,
  { known, kept, fetched, present }: Fetched,
): Promise<void> {
  const countOf = async (source: string) =>
    (await bench.row<{ rows: number }>(`SELECT count(*)::INTEGER AS rows ${source}`)).rows;
  const added = await countOf(keepable(fetched));
  const sized: (KeptFile & { rows: number })[] = [];
  for (const file of known) sized.push({ ...file, rows: await countOf(`FROM ${readParquet([file])}`) });
  sized.sort((a, b) => a.rows - b.rows);
  const written = sized.reduce((sum, { rows }) => sum + rows, 0);
  const isWorn = written > (1 + MOST_GONE) * Math.max(kept, FEW_ROWS);
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
      : `UNION ALL SELECT DISTINCT ON (md5_id) ${files.columns} FROM ${readParquet(merged)} SEMI JOIN ${present} USING (md5_id, mark)`;
  await files.write(bench, `SELECT ${files.columns} ${keepable(fetched)} ${others}`, merged);
}
