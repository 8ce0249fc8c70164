import { isUtf8 } from 'node:buffer';
import { fail } from '../errors.js';

/**
 * BSON types: the type byte, the name that `$type` uses, the place in the order of comparison, which some share, and the
 * number of bytes, for types whose values differ in length the smallest.
 */
const TYPES = {
  minKey: [255, 'minKey', 1, 0],
  undefined: [6, 'undefined', 2, 0],
  null: [10, 'null', 5, 0],
  int32: [16, 'int', 10, 4],
  int64: [18, 'long', 10, 8],
  double: [1, 'double', 10, 8],
  decimal: [19, 'decimal', 10, 16],
  string: [2, 'string', 15, 5],
  symbol: [14, 'symbol', 15, 5],
  object: [3, 'object', 20, 5],
  array: [4, 'array', 25, 5],
  binary: [5, 'binData', 30, 5],
  objectId: [7, 'objectId', 35, 12],
  bool: [8, 'bool', 40, 1],
  date: [9, 'date', 45, 8],
  timestamp: [17, 'timestamp', 47, 8],
  regex: [11, 'regex', 50, 2],
  dbPointer: [12, 'dbPointer', 55, 17],
  code: [13, 'javascript', 60, 5],
  codeWithScope: [15, 'javascriptWithScope', 65, 14],
  maxKey: [127, 'maxKey', 127, 0],
} as const;

type TypeBytes = { readonly [K in keyof typeof TYPES]: (typeof TYPES)[K][0] };
/** BSON type bytes. */
export const TYPE = Object.fromEntries(Object.entries(TYPES).map(([name, [byte]]) => [name, byte])) as TypeBytes;
/** The names that `$type` uses, beside the numbers. */
export const TYPE_NAMES: Record<number, string> = {};
/** Places in the order of comparison by type byte; types of one class compare with each other. */
export const CLASSES: number[] = [];
const SIZES: number[] = [];
for (const [byte, name, place, size] of Object.values(TYPES)) {
  TYPE_NAMES[byte] = name;
  CLASSES[byte] = place;
  SIZES[byte] = size;
}

/**
 * One BSON value in place: bytes `start` to `end` of a buffer, without copying or decoding.
 * Every value in this package has this shape, computed ones too, so that types never merge.
 */
export interface Value {
  readonly type: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** One named element of a document or array. */
export interface Element {
  readonly name: string;
  readonly value: Value;
}

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** MongoDB's limit for nested documents. */
const MAX_DEPTH = 100;

const EMPTY = Buffer.alloc(0);

export function value(type: number, bytes: Buffer, start = 0, end = bytes.length): Value {
  return { type, bytes, start, end };
}

export const NULL = value(TYPE.null, EMPTY);
export const UNDEFINED = value(TYPE.undefined, EMPTY);
export const TRUE = value(TYPE.bool, Buffer.from([1]));
export const FALSE = value(TYPE.bool, Buffer.from([0]));

export function int32(n: number): Value {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(n);
  return value(TYPE.int32, bytes);
}

export function double(n: number): Value {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(n);
  return value(TYPE.double, bytes);
}

export function int64(n: bigint): Value {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(n);
  return value(TYPE.int64, bytes);
}

export function date(ms: bigint): Value {
  return { ...int64(ms), type: TYPE.date };
}

export function bool(b: boolean): Value {
  return b ? TRUE : FALSE;
}

export function string(s: string): Value {
  const length = Buffer.byteLength(s);
  const bytes = Buffer.allocUnsafe(length + 5);
  bytes.writeInt32LE(length + 1);
  bytes.write(s, 4);
  bytes[length + 4] = 0;
  return value(TYPE.string, bytes);
}

/** A whole document held in its own buffer. */
export function documentValue(bytes: Buffer): Value {
  return value(TYPE.object, bytes);
}

/** The bytes of a value, without its type and name. */
export function slice(v: Value): Buffer {
  return v.start === 0 && v.end === v.bytes.length ? v.bytes : v.bytes.subarray(v.start, v.end);
}

export function readInt32(b: Buffer, at: number): number {
  return (
    (b[at] as number) | ((b[at + 1] as number) << 8) | ((b[at + 2] as number) << 16) | ((b[at + 3] as number) << 24)
  );
}

export function isNumber(v: Value): boolean {
  return v.type === TYPE.int32 || v.type === TYPE.double || v.type === TYPE.int64 || v.type === TYPE.decimal;
}

export function isNullish(v: Value | undefined): v is undefined {
  return v === undefined || v.type === TYPE.null || v.type === TYPE.undefined;
}

/** Whether a document or array has no elements. */
export function isEmptyDocument(v: Value): boolean {
  return v.end - v.start === 5;
}

/** The text of a string, symbol or code value. */
export function text(v: Value): string {
  return v.bytes.toString('utf8', v.start + 4, v.end - 1);
}

/** Where the value that starts at `at` ends, as its bytes say; -1 for a length that none can have. */
function valueEnd(type: number, b: Buffer, at: number): number {
  const size = SIZES[type] ?? fail(22, `unknown BSON type ${type}`);
  let end: number;
  switch (type) {
    case TYPE.object:
    case TYPE.array:
    case TYPE.codeWithScope:
      end = at + readInt32(b, at);
      break;
    case TYPE.string:
    case TYPE.code:
    case TYPE.symbol:
    case TYPE.dbPointer:
      // Even the empty text has a terminator.
      end = at + size - 1 + readInt32(b, at);
      break;
    case TYPE.binary:
      end = at + size + readInt32(b, at);
      break;
    case TYPE.regex:
      end = b.indexOf(0, b.indexOf(0, at) + 1) + 1;
      break;
    default:
      return at + size;
  }
  return end < at + size ? -1 : end;
}

/** Stored documents were validated; should the file be damaged all the same, no walk may run astray. */
function within(end: number, start: number, last: number): number {
  return end >= start && end <= last ? end : fail(22, 'a stored document is damaged');
}

/**
 * Walks the elements of a document or array until `visit` returns true.
 * `nameStart` and `nameEnd` delimit the element's name in `v.bytes`. Returns whether `visit` stopped the walk.
 */
export function walk(v: Value, visit: (element: Value, nameStart: number, nameEnd: number) => boolean): boolean {
  const b = v.bytes;
  const last = v.end - 1;
  let at = v.start + 4;
  while (at < last) {
    const type = b[at] as number;
    const nameStart = at + 1;
    let nameEnd = nameStart;
    while (b[nameEnd] !== 0) nameEnd++;
    const start = nameEnd + 1;
    at = within(valueEnd(type, b, start), start, last);
    if (visit({ type, bytes: b, start, end: at }, nameStart, nameEnd)) return true;
  }
  return false;
}

/** The elements of a document with their names. */
export function elements(v: Value): Element[] {
  const found: Element[] = [];
  walk(v, (element, nameStart, nameEnd) => {
    found.push({ name: v.bytes.toString('utf8', nameStart, nameEnd), value: element });
    return false;
  });
  return found;
}

/** The values of a document or array, without names. */
export function values(v: Value): Value[] {
  const found: Value[] = [];
  walk(v, (element) => {
    found.push(element);
    return false;
  });
  return found;
}

/** The first field of that name (given as UTF-8 bytes). */
export function field(v: Value, name: Buffer): Value | undefined {
  const b = v.bytes;
  const last = v.end - 1;
  const length = name.length;
  let at = v.start + 4;
  while (at < last) {
    const type = b[at] as number;
    const nameStart = at + 1;
    let i = 0;
    while (i < length && b[nameStart + i] === name[i]) i++;
    let nameEnd = nameStart + i;
    const hit = i === length && b[nameEnd] === 0;
    while (b[nameEnd] !== 0) nameEnd++;
    const start = nameEnd + 1;
    at = within(valueEnd(type, b, start), start, last);
    if (hit) return { type, bytes: b, start, end: at };
  }
  return undefined;
}

/** Joins elements to a document (or array, whose names are then the indexes). */
export function fromElements(entries: readonly Element[]): Value {
  const writer = openWriter(roomFor(entries.map(({ value: v }) => v)));
  const at = startDocument(writer);
  for (const { name, value: v } of entries) writeElement(writer, name, v);
  endDocument(writer, at);
  return documentValue(ownBytes(writer));
}

/** A document of one element. */
export function named(name: string, v: Value): Value {
  return fromElements([{ name, value: v }]);
}

export function fromValues(items: readonly Value[]): Value {
  const writer = openWriter(roomFor(items));
  const at = startDocument(writer);
  items.forEach((item, i) => {
    writeElement(writer, String(i), item);
  });
  endDocument(writer, at);
  return { ...documentValue(ownBytes(writer)), type: TYPE.array };
}

/** For the name of an element, and what stands around it. */
const NAME_ROOM = 32;
/** Room that a document of some values takes, unless their names are long: a batch of an answer is copied as it grows otherwise. */
const roomFor = (items: readonly Value[]): number =>
  items.reduce((room, { start, end }) => room + end - start + NAME_ROOM, NAME_ROOM);
/** From this length on, copying costs more than the room that is left over. */
const LONG = 4096;
/** What was written by a writer that is not used again. */
const ownBytes = (w: Writer): Buffer => (w.at < LONG ? takeBytes(w) : w.bytes.subarray(0, w.at));

/** A growing buffer to build documents in. */
export interface Writer {
  bytes: Buffer;
  at: number;
}

export function openWriter(size = 512): Writer {
  return { bytes: Buffer.allocUnsafe(size), at: 0 };
}

function reserve(w: Writer, extra: number): void {
  if (w.at + extra <= w.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(w.bytes.length * 2, w.at + extra));
  w.bytes.copy(grown, 0, 0, w.at);
  w.bytes = grown;
}

/** Up to this length, a loop copies faster than a call that makes a view first. Most elements are shorter. */
const SHORT = 64;

export function writeBytes(w: Writer, from: Buffer, start: number, end: number): void {
  reserve(w, end - start);
  if (end - start > SHORT) from.copy(w.bytes, w.at, start, end);
  else for (let i = start, to = w.at; i < end; i++) w.bytes[to++] = from[i] as number;
  w.at += end - start;
}

export function writeElement(w: Writer, name: string, v: Value): void {
  writeName(w, v.type, name);
  writeBytes(w, v.bytes, v.start, v.end);
}

export function writeName(w: Writer, type: number, name: string): void {
  reserve(w, name.length * 3 + 2);
  w.bytes[w.at] = type;
  w.at += 1 + w.bytes.write(name, w.at + 1);
  w.bytes[w.at++] = 0;
}

/** Reserves the length prefix; give the result to {@link endDocument}. */
export function startDocument(w: Writer): number {
  reserve(w, 4);
  w.at += 4;
  return w.at - 4;
}

export function endDocument(w: Writer, start: number): void {
  reserve(w, 1);
  w.bytes[w.at++] = 0;
  w.bytes.writeInt32LE(w.at - start, start);
}

/** The written bytes in a buffer of their own; the writer is empty and reusable afterwards. */
export function takeBytes(w: Writer): Buffer {
  const taken = Buffer.allocUnsafeSlow(w.at);
  w.bytes.copy(taken, 0, 0, w.at);
  w.at = 0;
  return taken;
}

/**
 * Checks the structure of the document that starts at `start` and must end at or before `limit`: lengths, types,
 * terminators, UTF-8 and depth. Nothing else in this package reads unvalidated bytes.
 * @returns where the document ends
 * @throws CommandError 22 (InvalidBSON)
 */
export function validateDocument(b: Buffer, start: number, limit: number, depth = 0): number {
  if (depth > MAX_DEPTH) fail(22, `BSON is nested deeper than ${MAX_DEPTH} levels`);
  if (start + 5 > limit) fail(22, 'BSON document is cut short');
  const length = readInt32(b, start);
  const end = start + length;
  if (length < 5 || end > limit) fail(22, `BSON document has an impossible length of ${length} bytes`);
  if (b[end - 1] !== 0) fail(22, 'BSON document does not end with a zero byte');
  let at = start + 4;
  while (at < end - 1) {
    const type = b[at++] as number;
    at = nameEnd(b, at, end) + 1;
    at = validateValue(b, type, at, end - 1, depth);
  }
  return end;
}

function validateValue(b: Buffer, type: number, at: number, limit: number, depth: number): number {
  if (type === TYPE.object || type === TYPE.array) return validateDocument(b, at, limit, depth + 1);
  const end = valueEnd(type, b, at);
  if (end < at || end > limit) fail(22, `BSON ${TYPE_NAMES[type]} has an impossible length`);
  switch (type) {
    case TYPE.string:
    case TYPE.code:
    case TYPE.symbol:
      validateString(b, at + 4, end);
      break;
    case TYPE.dbPointer:
      validateString(b, at + 4, end - 12);
      break;
    case TYPE.regex:
      validateText(b, at, end);
      break;
    case TYPE.bool:
      if ((b[at] as number) > 1) fail(22, 'BSON boolean is neither 0 nor 1');
  }
  return end;
}

function validateString(b: Buffer, start: number, end: number): void {
  if (b[end - 1] !== 0) fail(22, 'BSON string is not terminated');
  validateText(b, start, end);
}

/** In one walk: names are half of what there is to look at. */
function nameEnd(b: Buffer, at: number, limit: number): number {
  let end = at;
  let seen = 0;
  for (let byte = b[end] as number; end < limit && byte !== 0; byte = b[++end] as number) seen |= byte;
  if (end >= limit) fail(22, 'BSON name is not terminated');
  return seen < 0x80 ? end : validateText(b, at, end);
}

function validateText(b: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if ((b[at] as number) >= 0x80) {
      if (!isUtf8(b.subarray(start, end))) fail(22, 'BSON text is not valid UTF-8');
      return end;
    }
  }
  return end;
}
