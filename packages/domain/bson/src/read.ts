import { lengthAt, TYPE } from './types.js';

/** Reads documents that {@link acceptsBson} let pass, or that were written here: nothing else is safe to walk through. */

/** Calls for each value of a document or list with its name, its type, and where it begins. */
function eachValue(bytes: Buffer, from: number, visit: (name: string, type: number, at: number) => void): void {
  const last = from + lengthAt(bytes, from) - 1;
  for (let at = from + 4; at < last; ) {
    const type = bytes[at] as number;
    let nameEnd = at + 1;
    while (bytes[nameEnd] !== 0) nameEnd += 1;
    visit(bytes.toString('utf8', at + 1, nameEnd), type, nameEnd + 1);
    at = nameEnd + 1 + sizeOf(bytes, type, nameEnd + 1);
  }
}

function sizeOf(bytes: Buffer, type: number, at: number): number {
  switch (type) {
    case TYPE.double:
      return 8;
    case TYPE.int32:
      return 4;
    case TYPE.boolean:
      return 1;
    case TYPE.null:
      return 0;
    case TYPE.string:
      return 4 + lengthAt(bytes, at);
    case TYPE.object:
    case TYPE.array:
      return lengthAt(bytes, at);
    default:
      throw new TypeError(`expected a value of JSON, received BSON of the type ${type}`);
  }
}

function valueAt(bytes: Buffer, type: number, at: number): unknown {
  switch (type) {
    case TYPE.double:
      return bytes.readDoubleLE(at);
    case TYPE.int32:
      return lengthAt(bytes, at);
    case TYPE.string:
      return bytes.toString('utf8', at + 4, at + 3 + lengthAt(bytes, at));
    case TYPE.boolean:
      return bytes[at] === 1;
    case TYPE.array:
      return Object.values(fieldsAt(bytes, at));
    case TYPE.object:
      return fieldsAt(bytes, at);
    default:
      return null;
  }
}

function fieldsAt(bytes: Buffer, from: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  eachValue(bytes, from, (name, type, at) => {
    fields[name] = valueAt(bytes, type, at);
  });
  return fields;
}

/** The value of JSON that BSON stands for. */
export const jsonValueOf = (bson: Buffer): Record<string, unknown> => fieldsAt(bson, 0);

/** The documents of bytes that hold one after another; null where they do not end with one. */
export function documentsOf(bytes: Buffer): Buffer[] | null {
  const documents: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 > bytes.length ? 0 : lengthAt(bytes, at);
    if (length < 5 || at + length > bytes.length) return null;
    documents.push(bytes.subarray(at, at + length));
    at += length;
  }
  return documents;
}
