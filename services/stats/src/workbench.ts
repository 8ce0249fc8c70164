import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBAppender, DuckDBInstance } from '@duckdb/node-api';

export type SqlValue = string | number | null | SqlValue[];
export type SqlRow = Record<string, SqlValue>;

const INTERRUPT_EVERY_MS = 100;

/** A private DuckDB database in a temporary folder, which is gone when the run ends. */
export interface Workbench {
  run(sql: string): Promise<void>;
  /** All rows of a small result. */
  rows<Row = SqlRow>(sql: string): Promise<Row[]>;
  /** The only row of a result. */
  row<Row = SqlRow>(sql: string): Promise<Row>;
  /** All values of a result by column, for results of many numbers. */
  columns(sql: string): Promise<Record<string, SqlValue[]>>;
  /** Rows of a result of any size, in batches, while other queries go on; temporary tables are not seen. */
  stream<Row = SqlRow>(sql: string): AsyncGenerator<Row[]>;
  appender(table: string): Promise<DuckDBAppender>;
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  /** Memory that DuckDB may use; what does not fit goes to the temporary folder. */
  memoryMb: number;
  threads?: number;
  /** Interrupts the query under way. */
  signal?: AbortSignal | undefined;
}

/** A value as SQL text: numbers and texts only. */
export function sqlLiteral(value: string | number): string {
  return typeof value === 'number' ? `${value}::DOUBLE` : `'${value.replaceAll("'", "''")}'`;
}

const FOLDER = /^ecobalyse-statistics-(\d+)-/;
/** Folders of this process that are in use. In a container that started anew, one before it had the same number. */
const open = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes the folders of processes that were killed: each may hold the whole base, and nobody else removes it. */
async function removeAbandoned(): Promise<void> {
  const parent = tmpdir();
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    const pid = Number(FOLDER.exec(name)?.[1]);
    const isUsed = pid === process.pid ? open.has(folder) : !pid || isAlive(pid);
    if (!isUsed) await rm(folder, { recursive: true, force: true });
  }
}

/** Opens a workbench. The extensions it uses are part of the DuckDB binary: nothing is downloaded. */
export async function openWorkbench({ memoryMb, threads, signal }: WorkbenchOptions): Promise<Workbench> {
  await removeAbandoned();
  // At once with the next line, for another run of this process.
  const folder = mkdtempSync(join(tmpdir(), `ecobalyse-statistics-${process.pid}-`));
  open.add(folder);
  const instance = await DuckDBInstance.create(join(folder, 'work.duckdb'), {
    memory_limit: `${memoryMb}MB`,
    temp_directory: join(folder, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
    ...(threads !== undefined && { threads: String(threads) }),
  });
  const connection = await instance.connect();
  // The file is deleted at the end: nothing is gained by putting it in order first.
  await connection.run('PRAGMA disable_checkpoint_on_shutdown');
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt);

  async function interruptible<T>(work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    // One that comes before the query has begun does nothing.
    const again = setInterval(() => signal?.aborted && interrupt(), INTERRUPT_EVERY_MS);
    try {
      return await work();
    } catch (error) {
      // The query failed because it was interrupted: the reason is why.
      signal?.throwIfAborted();
      throw error;
    } finally {
      clearInterval(again);
    }
  }

  const rows = <Row>(sql: string) =>
    interruptible(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[]);
  return {
    run: (sql) => interruptible(async () => void (await connection.run(sql))),
    rows,
    async row<Row>(sql: string): Promise<Row> {
      const [row] = await rows<Row>(sql);
      if (row === undefined) throw new Error(`no row: ${sql}`);
      return row;
    },
    columns: (sql) =>
      interruptible(
        async () => (await connection.runAndReadAll(sql)).getColumnsObjectJS() as Record<string, SqlValue[]>,
      ),
    async *stream<Row = SqlRow>(sql: string): AsyncGenerator<Row[]> {
      signal?.throwIfAborted();
      // Of its own: a query of the same connection would end the result.
      const own = await instance.connect();
      try {
        for await (const batch of (await own.stream(sql)).yieldRowObjectJs()) {
          signal?.throwIfAborted();
          if (batch.length > 0) yield batch as Row[];
        }
      } finally {
        own.closeSync();
      }
    },
    appender: (table) => connection.createAppender(table),
    async close() {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
      await rm(folder, { recursive: true, force: true });
      open.delete(folder);
    },
  };
}
