import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import { checkDataFile, noteClosed } from './data-file.js';

/** Written to the file at its creation; a higher number is refused. */
const FORMAT_VERSION = 1;
const FORMAT_KEY = Buffer.from('format');
/** One transaction writes at most so many documents or bytes, or for so long: other clients are served in between. */
export const CHUNK_DOCUMENTS = 1000;
export const CHUNK_BYTES = 16 * 1024 * 1024;
export const CHUNK_MS = 50;

export type Table = Database<Buffer, Buffer>;

export function dataFile(dir: string): string {
  return join(dir, 'data.lmdb');
}

/** The length of a record id. */
export const RECORD_BYTES = 6;

/** The key of a collection or index, or of a record in a collection: keys of one id stand together. */
export function idKey(id: number, record?: number): Buffer {
  const key = Buffer.allocUnsafe(record === undefined ? 4 : 4 + RECORD_BYTES);
  key.writeUInt32BE(id);
  if (record !== undefined) key.writeUIntBE(record, 4, RECORD_BYTES);
  return key;
}

/** The record id in which a key ends, or that a value holds. */
export function recordIdOf(key: Buffer): number {
  return key.readUIntBE(key.length - RECORD_BYTES, RECORD_BYTES);
}

/** The keys of one collection or index. */
export function keysOf(id: number) {
  return { start: idKey(id), end: idKey(id + 1) };
}

/** The LMDB file: three tables of bytes, and transactions on them. */
export type LmdbFile = ReturnType<typeof openLmdbFile>;

/**
 * Opens the data file of a folder, creating both where they are missing.
 * @throws Error naming the file when it is no data file of this server or of a newer version
 */
export function openLmdbFile(dir: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = dataFile(dir);
  checkDataFile(path);
  const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
  // A commit is acknowledged when it is on the disk, and only then visible.
  const root = open<Buffer, Buffer>({ path, noSubdir: true, maxDbs: 3, overlappingSync: false, ...binary });
  // The folder's lock ends at the container; LMDB's list of the processes that have the file open does not.
  if (root.readerList() !== '(no active readers)\n') {
    throw new Error(`${path} is in use by another process; two would overwrite each other's documents.`);
  }
  // LMDB's names end with a zero byte.
  const foreign = [...root.getKeys()].find((name) => !/^(meta|rec|idx)\0?$/.test(name.toString()));
  if (foreign) throw new Error(`${path} belongs to another program: it contains the database '${foreign}'.`);
  const meta: Table = root.openDB('meta', binary);
  const records: Table = root.openDB('rec', binary);
  const entries: Table = root.openDB('idx', binary);
  const version = meta.getBinary(FORMAT_KEY)?.readUInt32BE();
  if (version === undefined) root.transactionSync(() => meta.putSync(FORMAT_KEY, idKey(FORMAT_VERSION)));
  else if (version > FORMAT_VERSION) {
    const reads = `this server reads up to format ${FORMAT_VERSION}`;
    throw new Error(`${path} has format ${version}; ${reads}. Use a newer server.`);
  }

  /**
   * Runs a function whose writes become durable together; resolves when they are on the disk. If the function throws,
   * nothing of it is stored.
   * @throws StorageFailure
   */
  async function transaction<T>(write: () => T): Promise<T> {
    try {
      return await root.childTransaction(write);
    } catch (error) {
      throw new StorageFailure(await reasonOf(error), dir);
    }
  }

  return {
    path,
    /** What there is: the catalogue. */
    meta,
    /** Documents by collection and record id. */
    records,
    /** Record ids by index and key. */
    entries,
    transaction,

    /** Removes all keys of a collection or an index in chunks, as long as it is to go on. */
    async removeAll(table: Table, id: number, goesOn: () => boolean): Promise<void> {
      while (goesOn()) {
        const keys = [...table.getKeys({ ...keysOf(id), limit: CHUNK_DOCUMENTS * 4 })];
        if (keys.length === 0) return;
        await transaction(() => {
          for (const key of keys) table.removeSync(key);
        });
      }
    },

    async close(): Promise<void> {
      await root.close();
      noteClosed(path);
    },
  };
}

/**
 * A transaction that was not stored, because the disk refused it or by a defect of this program. What is in memory
 * may no longer agree with the file, so the process has to end; the file itself is as before the transaction.
 */
export class StorageFailure extends Error {
  /** 14031 when the disk is full, otherwise 1. */
  readonly code: number;

  constructor(cause: unknown, dir: string) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const full = isFull(dir, cause);
    super(`The write could not be stored: ${full ? `no space is left on the disk of ${dir}` : message}`, { cause });
    this.code = full ? 14031 : 1;
  }
}

const ENOSPC = 28;
const EIO = 5;

/** LMDB reports a partly written page as an input/output error, so the free space decides. */
function isFull(dir: string, cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === ENOSPC) return true;
  if (code !== EIO) return false;
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < CHUNK_BYTES;
}

/** What lmdb gives for a failed commit holds a promise of the actual reason. */
async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<never> } | null)?.commitError;
  return reason === undefined ? error : reason.catch((actual: unknown) => actual);
}
