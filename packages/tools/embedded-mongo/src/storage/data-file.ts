import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { findDamagedPage } from './page-check.js';

/**
 * LMDB trusts its file: a foreign, shortened or damaged one would end the process inside native code, without a word. So the
 * two meta pages at the file's beginning are looked at first, and then the structure of every page. The offsets are those of lmdb 3.5 (data format 2).
 */
const MAGIC = 0xbeefc0de;
const DATA_FORMAT = 2;
const MAGIC_AT = 24;
const FORMAT_AT = 28;
const PAGE_SIZE_AT = 48;
/** Of the list of free pages, and of the data. */
const ROOTS_AT = [88, 136];
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const META_BYTES = 160;

interface MetaPage {
  readonly pageSize: number;
  readonly roots: bigint[];
  readonly lastPage: number;
  readonly transaction: bigint;
}

function damaged(file: string, how: string): Error {
  return new Error(`${file} ${how}. Restore it from a copy, or move it away to start with an empty database.`);
}

function readMeta(fd: number, file: string, at: number): MetaPage {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(fd, bytes, 0, META_BYTES, at) < META_BYTES || bytes.readUInt32LE(MAGIC_AT) !== MAGIC) {
    throw damaged(file, 'is not a data file of this server, or its beginning is damaged');
  }
  const format = bytes.readUInt32LE(FORMAT_AT);
  if (format !== DATA_FORMAT) throw damaged(file, `has LMDB data format ${format} instead of ${DATA_FORMAT}`);
  return {
    pageSize: bytes.readUInt32LE(PAGE_SIZE_AT),
    roots: ROOTS_AT.map((place) => bytes.readBigUInt64LE(place)),
    lastPage: Number(bytes.readBigUInt64LE(LAST_PAGE_AT)),
    transaction: bytes.readBigUInt64LE(TRANSACTION_AT),
  };
}

/**
 * Checks that a data file, if there is one, can be opened.
 * @throws Error naming the file when it is foreign, damaged or cut short
 */
export function checkDataFile(file: string): void {
  // An empty file is what a first start leaves that was interrupted at once.
  if (!existsSync(file) || statSync(file).size === 0) return;
  const fd = openSync(file, 'r');
  try {
    const first = readMeta(fd, file, 0);
    const second = readMeta(fd, file, first.pageSize);
    const newest = first.transaction > second.transaction ? first : second;
    const needed = (newest.lastPage + 1) * newest.pageSize;
    const { size } = statSync(file);
    if (size < needed) throw damaged(file, `is cut short: ${size} bytes instead of ${needed}`);
    const page = findDamagedPage({ ...newest, read: (into, position) => readSync(fd, into, 0, into.length, position) });
    if (page !== undefined) throw damaged(file, `is damaged: page ${page} cannot be read`);
  } finally {
    closeSync(fd);
  }
}
