/**
 * The structure of LMDB's pages, which LMDB trusts: a damaged page in the middle of the file would end the process inside
 * native code, or send it round in circles. Documents and keys are not looked at, so this reads a small part of the file.
 * The offsets are those of lmdb 3.5 (data format 2).
 */
const HEADER_BYTES = 24;
const FLAGS_AT = 18;
const LOWER_AT = 20;
const UPPER_AT = 22;
const PAGES_AT = 20;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;

const NODE_BYTES = 8;
const ON_OVERFLOW_PAGES = 0x01;
const IS_DATABASE = 0x02;
const OVERFLOW_REFERENCE_BYTES = 24;
const DATABASE_BYTES = 48;
const ROOT_AT = 40;
/** The root of an empty database. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** The first two pages say where everything is. */
const FIRST_PAGE = 2;

/** Where the pages are, as the file's beginning tells. */
export interface Pages {
  readonly pageSize: number;
  readonly lastPage: number;
  /** Pages on which a tree begins. */
  readonly roots: readonly bigint[];
  /** Reads bytes of the file from a position; fewer at its end. */
  read(into: Buffer, position: number): void;
}

/** The number of a page that cannot be read, or that refers to what is none; undefined when every page is sound. */
export function findDamagedPage({ pageSize, lastPage, roots, read }: Pages): number | undefined {
  const seen = new Uint8Array(lastPage + 1);
  const page = Buffer.alloc(pageSize);
  const header = Buffer.alloc(HEADER_BYTES);
  let damagedOverflow: number | undefined;
  const pending = roots.filter((root) => root !== NO_PAGE).map(Number);

  /** Claims pages for one place. */
  function claim(first: number, count: number): boolean {
    if (first < FIRST_PAGE || count < 1 || first + count - 1 > lastPage) return false;
    for (let number = first; number < first + count; number++) {
      if (seen[number] === 1) return false;
      seen[number] = 1;
    }
    return true;
  }

  function isOverflow(first: number, count: number): boolean {
    if (!claim(first, count)) return false;
    read(header, first * pageSize);
    const isSoundHeader =
      Number(header.readBigUInt64LE()) === first &&
      header.readUInt16LE(FLAGS_AT) === OVERFLOW &&
      header.readUInt32LE(PAGES_AT) === count;
    if (!isSoundHeader) damagedOverflow = first;
    return isSoundHeader;
  }

  /** Looks at a node of a leaf, whose value begins at `at`; false where it cannot be. */
  function isSoundValue(at: number, size: number, flags: number): boolean {
    if (flags === 0) return at + size <= pageSize;
    if (flags === ON_OVERFLOW_PAGES) {
      if (at + OVERFLOW_REFERENCE_BYTES > pageSize) return false;
      const count = Math.floor((HEADER_BYTES - 1 + size) / pageSize) + 1;
      return Number(page.readBigUInt64LE(at + 16)) === count && isOverflow(Number(page.readBigUInt64LE(at)), count);
    }
    if (flags !== IS_DATABASE || size !== DATABASE_BYTES || at + size > pageSize) return false;
    const root = page.readBigUInt64LE(at + ROOT_AT);
    if (root !== NO_PAGE) pending.push(Number(root));
    return true;
  }

  function isSound(number: number): boolean {
    if (!claim(number, 1)) return false;
    read(page, number * pageSize);
    const kind = page.readUInt16LE(FLAGS_AT);
    const lower = page.readUInt16LE(LOWER_AT);
    const upper = page.readUInt16LE(UPPER_AT);
    if (Number(page.readBigUInt64LE()) !== number || (kind !== BRANCH && kind !== LEAF)) return false;
    if (lower === 0 || lower % 2 !== 0 || lower > upper || upper > pageSize - HEADER_BYTES) return false;
    for (let pointer = HEADER_BYTES; pointer < HEADER_BYTES + lower; pointer += 2) {
      const node = HEADER_BYTES + page.readUInt16LE(pointer);
      if (node < HEADER_BYTES + upper || node + NODE_BYTES > pageSize) return false;
      const size = page.readUInt32LE(node);
      const flags = page.readUInt16LE(node + 4);
      const value = node + NODE_BYTES + page.readUInt16LE(node + 6);
      if (value > pageSize) return false;
      // A branch has the number of a page in place of size and flags.
      if (kind === BRANCH) pending.push(flags * 2 ** 32 + size);
      else if (!isSoundValue(value, size, flags)) return false;
    }
    return true;
  }

  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    if (!isSound(number)) return damagedOverflow ?? number;
  }
  return undefined;
}
