import { createHash } from 'node:crypto';
import { fail } from '../errors.js';
import {
  CLASSES,
  openWriter,
  readInt32,
  TYPE,
  takeBytes,
  type Value,
  type Writer,
  walk,
  writeBytes,
} from './values.js';

/**
 * BSON comparison order. Every value has a key of bytes whose bytewise order is MongoDB's order of the values, and
 * whose equality is MongoDB's equality (so int 1, long 1 and double 1.0 share a key). Sorting, grouping,
 * `distinct` and the indexes use the same keys.
 */

/** The comparison class of a value; a missing one counts as null. */
export function classOf(v: Value | undefined): number {
  return v === undefined ? 5 : (CLASSES[v.type] as number);
}

/** The number as a double: exact for int32 and double, nearest for the others. */
export function toNumber(v: Value): number {
  switch (v.type) {
    case TYPE.int32:
      return readInt32(v.bytes, v.start);
    case TYPE.double:
      return v.bytes.readDoubleLE(v.start);
    case TYPE.decimal:
      return refuseDecimal();
    default:
      return Number(v.bytes.readBigInt64LE(v.start));
  }
}

function refuseDecimal(): never {
  return fail(238, 'Comparing and calculating with decimal128 is not implemented by the embedded server');
}

/** The 64-bit integer of an int32, int64 or date. */
export function toBigInt(v: Value): bigint {
  if (v.type === TYPE.decimal) refuseDecimal();
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
 * A long that a double holds exactly has that double's key. Any other: the next smaller double, 1, and the digits
 * (all of them lie between the same two doubles, so this decides the order).
 */
function writeLongKey(w: Writer, n: bigint): void {
  const nearest = Number(n);
  const difference = n - BigInt(nearest);
  if (difference >= 0n) writeDoubleKey(w, nearest);
  else {
    EIGHT.writeDoubleBE(nearest);
    EIGHT.writeBigInt64BE(EIGHT.readBigInt64BE() + (n > 0n ? -1n : 1n));
    writeDoubleKey(w, EIGHT.readDoubleBE());
  }
  writeByte(w, difference === 0n ? 0 : 1);
  if (difference === 0n) return;
  const digits = String(n < 0n ? -n : n);
  const body = Buffer.from(`??${digits.replace(/0+$/, '')}\0`, 'latin1');
  body.writeUInt16BE(digits.length + 0x8000);
  if (n < 0n) invert(body, 0, body.length);
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

const TEXT_CLASS = CLASSES[TYPE.string];

/** Where the text ends whose key begins at a place, two bytes before the next key; -1 where the key is that of no text. */
export function textKeyEnd(key: Buffer, start: number): number {
  if (key[start] !== TEXT_CLASS) return -1;
  let zero = start + 1;
  while (key[zero] !== 0 && zero < key.length) zero++;
  // A zero byte within a text, which is rare: whoever asks reads the document itself.
  return key[zero + 1] === 0 ? zero : -1;
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
    case TYPE.double:
    case TYPE.decimal:
      writeDoubleKey(w, toNumber(v));
      writeByte(w, 0);
      break;
    case TYPE.int64:
      writeLongKey(w, bytes.readBigInt64LE(start));
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
    default:
      // The bytes of the others are in order already, or have none that anybody asks for.
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
 * @param known keys of values that were met before, in other indexes
 */
export function indexComponent(
  v: Value | undefined,
  direction: number,
  limit: number,
  known?: Map<Value | undefined, Buffer>,
): { key: Buffer; cut: boolean } {
  let key = known?.get(v) ?? keyOf(v);
  known?.set(v, key);
  const cut = key.length > limit;
  if (cut) key = Buffer.concat([key.subarray(0, limit - HASH_BYTES), createHash('sha256').update(key).digest()]);
  return { key: direction === -1 ? inverted(key) : key, cut };
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
