/**
 * BSON of values of JSON, byte for byte as the driver's library writes it, in a third of the time
 * ([decision 43](../../../../docs/decisions/043-documents-as-bytes.md)); a negative zero is 0, as in JSON.
 */

import { TYPE } from './types.js';

const FIRST_BYTES = 1 << 20;
/** The server takes no document of half of this. */
const MAX_BYTES = 1 << 25;
/** Names that are remembered; those of answers are a few hundred. */
const MAX_KNOWN_NAMES = 5000;
/** Longer texts are handed over faster than they are written letter by letter. */
const SHORT_TEXT = 24;

type Fields = Readonly<Record<string, unknown>>;

// What is written beyond the end is lost, or a RangeError: then it is written anew, into more bytes.
let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
let view = new DataView(bytes.buffer);
const knownNames = new Map<string, Uint8Array>();
/** Objects that cannot change, such as a country that answers share, are written once. */
const knownObjects = new WeakMap<object, Uint8Array>();

function bytesOfName(name: string): Uint8Array {
  if (name.includes('\0')) throw new TypeError(`expected a name without U+0000, received ${JSON.stringify(name)}`);
  const made = Buffer.from(`${name}\0`);
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.set(name, made);
  return made;
}

/** Each of these writes at a place, and gives the place behind. */
function start(at: number, type: number, name: string): number {
  const known = knownNames.get(name) ?? bytesOfName(name);
  const { length } = known;
  bytes[at] = type;
  // Faster than a copy, for names are short.
  for (let index = 0; index < length; index += 1) bytes[at + 1 + index] = known[index] as number;
  return at + 1 + length;
}

function end(at: number, from: number): number {
  bytes[at] = 0;
  view.setInt32(from, at + 1 - from, true);
  return at + 1;
}

function text(at: number, value: string): number {
  const from = at + 4;
  let to = from;
  for (let index = 0; index < value.length && to > 0; index += 1) {
    const code = value.charCodeAt(index);
    if (code < 128 && value.length <= SHORT_TEXT) bytes[to++] = code;
    else to = 0;
  }
  if (to === 0) {
    // What does not fit would be cut.
    if (from + Buffer.byteLength(value) > bytes.length) throw new RangeError('more bytes are needed');
    to = from + bytes.write(value, from);
  }
  bytes[to] = 0;
  view.setInt32(at, to + 1 - from, true);
  return to + 1;
}

function number(at: number, name: string, value: number): number {
  const isWhole = (value | 0) === value;
  const from = start(at, isWhole ? TYPE.int32 : TYPE.double, name);
  if (isWhole) view.setInt32(from, value, true);
  else view.setFloat64(from, value, true);
  return from + (isWhole ? 4 : 8);
}

function list(from: number, items: readonly unknown[]): number {
  let at = from + 4;
  for (let index = 0; index < items.length; index += 1) at = element(at, String(index), items[index] ?? null);
  return end(at, from);
}

function fieldsAt(first: number, fields: Fields): number {
  let at = first;
  for (const name in fields) at = element(at, name, fields[name]);
  return at;
}

function object(from: number, fields: Fields): number {
  if (!Object.isFrozen(fields)) return end(fieldsAt(from + 4, fields), from);
  const known = knownObjects.get(fields);
  if (known) {
    bytes.set(known, from);
    return from + known.length;
  }
  const at = end(fieldsAt(from + 4, fields), from);
  if (at <= bytes.length) knownObjects.set(fields, Buffer.from(bytes.subarray(from, at)));
  return at;
}

function element(at: number, name: string, value: unknown): number {
  switch (typeof value) {
    case 'number':
      return number(at, name, value);
    case 'string':
      return text(start(at, TYPE.string, name), value);
    case 'boolean': {
      const from = start(at, TYPE.boolean, name);
      bytes[from] = Number(value);
      return from + 1;
    }
    case 'undefined':
      return at;
    case 'object': {
      if (value === null) return start(at, TYPE.null, name);
      if (Array.isArray(value)) return list(start(at, TYPE.array, name), value);
      return object(start(at, TYPE.object, name), value as Fields);
    }
    default:
      throw new TypeError(`expected a value of JSON in ${name}, received a ${typeof value}`);
  }
}
/**
 * The BSON of a document of nothing but values of JSON; fields that are undefined are left out.
 *
 * @throws TypeError for any other value, and for a name with U+0000; RangeError for a document that no server takes.
 */
export function bsonOfJson(document: object): Buffer {
  for (;;) {
    try {
      const length = end(fieldsAt(4, document as Fields), 0);
      if (length <= bytes.length) return Buffer.from(bytes.subarray(0, length));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    if (bytes.length >= MAX_BYTES) throw new RangeError(`expected a document of at most ${MAX_BYTES} bytes`);
    bytes = Buffer.allocUnsafeSlow(2 * bytes.length);
    view = new DataView(bytes.buffer);
  }
}
