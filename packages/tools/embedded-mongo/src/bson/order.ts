import { createHash } from 'node:crypto';
import { openWriter, readInt32, TYPE, takeBytes, type Value, type Writer, walk, writeBytes } from './values.js';

/**
 * BSON comparison order. Every value has a key of bytes whose bytewise order is MongoDB's order of the values, and
 * whose equality is MongoDB's equality (so int 1, long 1, double 1.0 and decimal 1 share a key). Sorting, grouping,
 * `distinct` and the indexes use the same keys.
 */

/** First byte of a key, in BSON order; types in the same class compare with each other. */
const CLASS: Record<number, number> = {
  [TYPE.minKey]: 1,
  [TYPE.undefined]: 2,
  [TYPE.null]: 5,
  [TYPE.int32]: 10,
  [TYPE.int64]: 10,
  [TYPE.double]: 10,
  [TYPE.decimal]: 10,
  [TYPE.string]: 15,
  [TYPE.symbol]: 15,
  [TYPE.object]: 20,
  [TYPE.array]: 25,
  [TYPE.binary]: 30,
  [TYPE.objectId]: 35,
  [TYPE.bool]: 40,
  [TYPE.date]: 45,
  [TYPE.timestamp]: 47,
  [TYPE.regex]: 50,
  [TYPE.dbPointer]: 55,
  [TYPE.code]: 60,
  [TYPE.codeWithScope]: 65,
  [TYPE.maxKey]: 127,
};

/** The comparison class of a value; a missing one counts as null. */
export function classOf(v: Value | undefined): number {
  return v === undefined ? 5 : (CLASS[v.type] as number);
}

/** A finite number as `digits * 10^exponent`. */
interface Exact {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Reads a decimal128: exact digits, or the double that stands for NaN or an infinity. */
function readDecimal(v: Value): Exact | number {
  const low = v.bytes.readBigUInt64LE(v.start);
  const high = v.bytes.readBigUInt64LE(v.start + 8);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 31n);
  if (combination === 31) return Number.NaN;
  if (combination === 30) return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  // A combination of 24 to 29 announces a coefficient beyond 34 digits, which the format defines as zero.
  const digits = combination >= 24 ? 0n : ((high & 0x1ffffffffffffn) << 64n) | low;
  const exponent = Number((high >> 49n) & 0x3fffn) - 6176;
  return { digits: digits >= 10n ** 34n ? 0n : negative ? -digits : digits, exponent };
}

/** Every finite double has an exact decimal form: mantissa * 2^-k = mantissa * 5^k / 10^k. */
function exactDouble(n: number): Exact {
  let exponent = 0;
  let mantissa = n;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  return { digits: BigInt(mantissa) * 5n ** BigInt(-exponent), exponent };
}

function compareExact(a: Exact, b: Exact): number {
  const shift = a.exponent - b.exponent;
  const left = shift > 0 ? a.digits * 10n ** BigInt(shift) : a.digits;
  const right = shift < 0 ? b.digits * 10n ** BigInt(-shift) : b.digits;
  return left < right ? -1 : left > right ? 1 : 0;
}

function nextDown(n: number): number {
  if (n === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  if (n === 0) return -Number.MIN_VALUE;
  const bits = Buffer.allocUnsafe(8);
  bits.writeDoubleBE(n);
  bits.writeBigInt64BE(bits.readBigInt64BE() + (n > 0 ? -1n : 1n));
  return bits.readDoubleBE();
}

/** The number as a double: exact for int32 and double, nearest for the others. */
export function toNumber(v: Value): number {
  switch (v.type) {
    case TYPE.int32:
      return readInt32(v.bytes, v.start);
    case TYPE.double:
      return v.bytes.readDoubleLE(v.start);
    case TYPE.decimal: {
      const decimal = readDecimal(v);
      return typeof decimal === 'number' ? decimal : Number(`${decimal.digits}e${decimal.exponent}`);
    }
    default:
      return Number(v.bytes.readBigInt64LE(v.start));
  }
}

/** The 64-bit integer of an int32, int64 or date. */
export function toBigInt(v: Value): bigint {
  return v.type === TYPE.int32 ? BigInt(readInt32(v.bytes, v.start)) : v.bytes.readBigInt64LE(v.start);
}

function writeByte(w: Writer, byte: number): void {
  ONE[0] = byte;
  writeBytes(w, ONE, 0, 1);
}
const ONE = Buffer.alloc(1);
const EIGHT = Buffer.alloc(8);

function writeDoubleKey(w: Writer, n: number): void {
  if (Number.isNaN(n)) EIGHT.fill(0);
  else {
    EIGHT.writeDoubleBE(n === 0 ? 0 : n);
    if ((EIGHT[0] as number) & 0x80) for (let i = 0; i < 8; i++) EIGHT[i] = ~(EIGHT[i] as number);
    else EIGHT[0] = (EIGHT[0] as number) | 0x80;
  }
  writeBytes(w, EIGHT, 0, 8);
}

/**
 * A number that a double holds exactly: that double and 0. Any other: the next smaller double, 1, and the exact
 * number in scientific notation (all of them lie between the same two doubles, so this decides the order).
 */
function writeNumberKey(w: Writer, v: Value): void {
  let exact: Exact | undefined;
  if (v.type === TYPE.int64) {
    const n = v.bytes.readBigInt64LE(v.start);
    if (BigInt.asIntN(54, n) !== n) exact = { digits: n, exponent: 0 };
  } else if (v.type === TYPE.decimal) {
    const decimal = readDecimal(v);
    if (typeof decimal !== 'number') exact = decimal;
  }
  const nearest = toNumber(v);
  if (exact === undefined) {
    writeDoubleKey(w, nearest);
    writeByte(w, 0);
    return;
  }
  const difference = Number.isFinite(nearest) ? compareExact(exact, exactDouble(nearest)) : -Math.sign(nearest);
  writeDoubleKey(w, difference < 0 ? nextDown(nearest) : nearest);
  writeByte(w, difference === 0 ? 0 : 1);
  if (difference === 0) return;
  const negative = exact.digits < 0n;
  const digits = (negative ? -exact.digits : exact.digits).toString();
  const body = Buffer.from(`??${digits.replace(/0+$/, '')}\0`, 'latin1');
  body.writeUInt16BE(digits.length + exact.exponent + 0x8000);
  if (negative) for (let i = 0; i < body.length; i++) body[i] = ~(body[i] as number);
  writeBytes(w, body, 0, body.length);
}

/** Text ends with two zero bytes; a zero byte inside is followed by 255. */
function writeTextKey(w: Writer, b: Buffer, start: number, end: number): void {
  let from = start;
  for (;;) {
    const zero = b.indexOf(0, from);
    if (zero === -1 || zero >= end) break;
    writeBytes(w, b, from, zero + 1);
    writeByte(w, 255);
    from = zero + 1;
  }
  writeBytes(w, b, from, end);
  writeByte(w, 0);
  writeByte(w, 0);
}

function writeInt64Key(w: Writer, v: Value, signed: boolean): void {
  for (let i = 0; i < 8; i++) EIGHT[i] = v.bytes[v.start + 7 - i] as number;
  if (signed) EIGHT[0] = (EIGHT[0] as number) ^ 0x80;
  writeBytes(w, EIGHT, 0, 8);
}

/** Appends the key of one value. */
export function writeKey(w: Writer, v: Value | undefined): void {
  writeByte(w, classOf(v));
  if (v === undefined) return;
  const { bytes, start, end } = v;
  switch (v.type) {
    case TYPE.int32:
      writeDoubleKey(w, readInt32(bytes, start));
      writeByte(w, 0);
      break;
    case TYPE.double:
    case TYPE.int64:
    case TYPE.decimal:
      writeNumberKey(w, v);
      break;
    case TYPE.string:
    case TYPE.symbol:
    case TYPE.code:
      writeTextKey(w, bytes, start + 4, end - 1);
      break;
    case TYPE.object:
      walk(v, (element, nameStart, nameEnd) => {
        writeByte(w, classOf(element));
        writeTextKey(w, bytes, nameStart, nameEnd);
        writeKey(w, element);
        return false;
      });
      writeByte(w, 0);
      break;
    case TYPE.array:
      walk(v, (element) => {
        writeKey(w, element);
        return false;
      });
      writeByte(w, 0);
      break;
    case TYPE.binary:
      for (let i = 3; i >= 0; i--) writeByte(w, bytes[start + i] as number);
      writeBytes(w, bytes, start + 4, end);
      break;
    case TYPE.date:
      writeInt64Key(w, v, true);
      break;
    case TYPE.timestamp:
      writeInt64Key(w, v, false);
      break;
    case TYPE.codeWithScope: {
      const scope = start + 8 + readInt32(bytes, start + 4);
      writeTextKey(w, bytes, start + 8, scope - 1);
      writeKey(w, { type: TYPE.object, bytes, start: scope, end });
      break;
    }
    default:
      // objectId, bool, regex, dbPointer: their bytes are in order already.
      writeBytes(w, bytes, start, end);
  }
}

const scratch = openWriter(4096);

/** The key of one value; a missing value has the key of null. */
export function keyOf(v: Value | undefined): Buffer {
  scratch.at = 0;
  writeKey(scratch, v);
  return takeBytes(scratch);
}

/** The key as a string for a Map. */
export function keyText(v: Value | undefined): string {
  scratch.at = 0;
  writeKey(scratch, v);
  return scratch.bytes.toString('latin1', 0, scratch.at);
}

/** The keys of several values joined, `-1` meaning descending: rows of a sort compare by these bytes. */
export function sortKey(components: readonly (Value | undefined)[], directions: readonly number[]): Buffer {
  scratch.at = 0;
  components.forEach((component, i) => {
    const from = scratch.at;
    writeKey(scratch, component);
    if (directions[i] === -1) invert(scratch.bytes, from, scratch.at);
  });
  return takeBytes(scratch);
}

function invert(b: Buffer, start: number, end: number): void {
  for (let i = start; i < end; i++) b[i] = ~(b[i] as number);
}

const HASH_BYTES = 32;

/**
 * One component of an index key: at most `limit` bytes (LMDB keys are short), a longer one keeps its beginning and
 * gets the SHA-256 of the whole, so that equality still works while order past the cut does not.
 */
export function indexComponent(v: Value | undefined, direction: number, limit: number): { key: Buffer; cut: boolean } {
  let key = keyOf(v);
  const cut = key.length > limit;
  if (cut) key = Buffer.concat([key.subarray(0, limit - HASH_BYTES), createHash('sha256').update(key).digest()]);
  if (direction === -1) invert(key, 0, key.length);
  return { key, cut };
}

/** The smallest and largest bytes that {@link indexComponent} can give to the values of one range. */
export function indexBounds(
  low: Value | undefined,
  high: Value | undefined,
  valueClass: number,
  direction: number,
  limit: number,
): { from: Buffer; to: Buffer } {
  const from = low === undefined ? Buffer.from([valueClass]) : keyOf(low).subarray(0, limit - HASH_BYTES);
  const to = high === undefined ? Buffer.from([valueClass]) : keyOf(high).subarray(0, limit - HASH_BYTES);
  // No key is longer than the limit: followed by 255s, a bound is above all keys that begin with it.
  const above = (bound: Buffer): Buffer => Buffer.concat([bound, Buffer.alloc(limit - bound.length, 255)]);
  return direction === 1 ? { from, to: above(to) } : { from: inverted(to), to: above(inverted(from)) };
}

function inverted(b: Buffer): Buffer {
  const copy = Buffer.from(b);
  invert(copy, 0, copy.length);
  return copy;
}

/** Compares two values in BSON order: negative, zero or positive. A missing value counts as null. */
export function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (a !== undefined && b !== undefined) {
    if (a.type === TYPE.string && b.type === TYPE.string) {
      return a.bytes.compare(b.bytes, b.start + 4, b.end - 1, a.start + 4, a.end - 1);
    }
    if (isSmall(a) && isSmall(b)) {
      const x = toNumber(a);
      const y = toNumber(b);
      if (x < y) return -1;
      if (x > y) return 1;
      if (x === y) return 0;
      return Number(Number.isNaN(y)) - Number(Number.isNaN(x));
    }
  }
  const difference = classOf(a) - classOf(b);
  return difference === 0 ? Buffer.compare(keyOf(a), keyOf(b)) : difference;
}

function isSmall(v: Value): boolean {
  return v.type === TYPE.int32 || v.type === TYPE.double;
}

export function equalValues(a: Value | undefined, b: Value | undefined): boolean {
  return compareValues(a, b) === 0;
}

/** What the comparison operators of filters and expressions say of the order of two values. */
export const COMPARISONS = {
  $eq: (order: number) => order === 0,
  $ne: (order: number) => order !== 0,
  $gt: (order: number) => order > 0,
  $gte: (order: number) => order >= 0,
  $lt: (order: number) => order < 0,
  $lte: (order: number) => order <= 0,
} as const;
