import { BSON } from 'mongodb';

/**
 * The JSON of documents as they come from the database, without a tree between: the driver's library takes four times as long to
 * make one as `JSON.stringify` takes to write it ([decision 43](../../../../docs/decisions/043-documents-as-bytes.md)).
 */

/** A byte takes six where it is a control character in a text. */
const MOST_GROWTH = 6;
/** Those of the list, and a comma. */
const BRACKETS = 3;
const TYPE = { double: 1, string: 2, object: 3, array: 4, boolean: 8, null: 10, int32: 16 } as const;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/** A value of which the library knows how it is written. */
class OtherValue extends Error {}

let bytes: Uint8Array;
let view: DataView;
/** Where the next byte is read, and where one is written. */
let from = 0;
let json = Buffer.alloc(0);
let at = 0;

function ascii(text: string): void {
  for (let index = 0; index < text.length; index += 1) json[at + index] = text.charCodeAt(index);
  at += text.length;
}

/** Writes a text that ends before a place, or before the first byte of 0. */
function text(end?: number): void {
  const [source, target] = [bytes, json];
  let [read, write] = [from, at];
  target[write++] = QUOTE;
  for (
    let byte = source[read] as number;
    end === undefined ? byte !== 0 : read < end;
    byte = source[++read] as number
  ) {
    if (byte >= FIRST_PRINTABLE && byte !== QUOTE && byte !== BACKSLASH) target[write++] = byte;
    else write += target.write(JSON.stringify(String.fromCharCode(byte)).slice(1, -1), write);
  }
  target[write++] = QUOTE;
  [from, at] = [read + 1, write];
}

/** Reads a number so many bytes long. */
function number(read: 'getInt32' | 'getFloat64', length: number): number {
  from += length;
  return view[read](from - length, true);
}

function value(type: number): void {
  if (type === TYPE.string) {
    const length = number('getInt32', 4);
    text(from + length - 1);
  } else if (type === TYPE.object) elements('{', '}');
  else if (type === TYPE.array) elements('[', ']');
  else ascii(scalar(type));
}

function scalar(type: number): string {
  switch (type) {
    case TYPE.double: {
      const double = number('getFloat64', 8);
      return Number.isFinite(double) ? String(double) : 'null';
    }
    case TYPE.int32:
      return String(number('getInt32', 4));
    case TYPE.boolean:
      return bytes[from++] === 1 ? 'true' : 'false';
    case TYPE.null:
      return 'null';
    default:
      throw new OtherValue();
  }
}

function elements(first: '{' | '[', last: '}' | ']'): void {
  from += 4;
  ascii(first);
  for (let isFirst = true; bytes[from] !== 0; isFirst = false) {
    const type = bytes[from++] as number;
    if (!isFirst) ascii(',');
    if (first === '{') {
      text();
      ascii(':');
    } else while (bytes[from++] !== 0);
    value(type);
  }
  from += 1;
  ascii(last);
}

function document(bson: Buffer): void {
  const start = at;
  bytes = bson;
  view = new DataView(bson.buffer, bson.byteOffset, bson.length);
  from = 0;
  try {
    elements('{', '}');
  } catch (error) {
    if (!(error instanceof OtherValue)) throw error;
    at = start + json.write(JSON.stringify(BSON.deserialize(bson)), start);
  }
}

/** A list of documents as JSON, as `JSON.stringify` writes what the driver would give for them. */
export function jsonOfBson(documents: readonly Buffer[]): Buffer {
  const largest = Math.max(0, ...documents.map(({ length }) => length));
  const all = documents.reduce((sum, { length }) => sum + length, 0);
  json = Buffer.allocUnsafe(all + MOST_GROWTH * largest + BRACKETS);
  at = 0;
  ascii('[');
  for (const [index, one] of documents.entries()) {
    const wanted = at + MOST_GROWTH * one.length + BRACKETS;
    if (wanted > json.length) json = Buffer.concat([json.subarray(0, at)], 2 * wanted);
    if (index > 0) ascii(',');
    document(one);
  }
  ascii(']');
  const made = json.subarray(0, at);
  json = Buffer.alloc(0);
  return made;
}
