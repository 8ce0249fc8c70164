import { Double, serialize } from 'bson';
import { documentValue, field, fromElements, type Value } from '../bson/values.js';
import type { CommandError } from '../errors.js';

/** A reply's fields: JavaScript values, or raw ones, which keep their bytes. */
export type Reply = Record<string, unknown>;

const V = Buffer.from('v');

function isRaw(v: unknown): v is Value {
  return typeof v === 'object' && v !== null && 'bytes' in v && 'start' in v && 'end' in v;
}

/** The BSON value of a JavaScript one; documents may hold raw values. */
export function toValue(v: unknown): Value {
  if (isRaw(v)) return v;
  if (typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype) {
    return documentValue(encodeReply(v as Reply));
  }
  const bytes = Buffer.from(serialize({ v }, { ignoreUndefined: true }));
  return field(documentValue(bytes), V) as Value;
}

/** Encodes a reply; fields that are undefined are left out. */
export function encodeReply(reply: Reply): Buffer {
  const fields = Object.entries(reply).filter(([, v]) => v !== undefined);
  return fromElements(fields.map(([name, v]) => ({ name, value: toValue(v) }))).bytes;
}

/** The reply to a command that was carried out. */
export function okReply(reply: Reply): Buffer {
  return encodeReply({ ...reply, ok: new Double(1) });
}

/** The reply to a command that was refused. */
export function errorReply(error: CommandError): Buffer {
  const { message: errmsg, code, codeName, details } = error;
  return encodeReply({ ok: new Double(0), errmsg, code, codeName, ...details });
}
