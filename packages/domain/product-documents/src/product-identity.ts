import { hash } from 'node:crypto';
import type { Json } from '@ecobalyse/schema';

/** Query fields that the method counts in whole units; every other number is a float of the original's model. */
const INTEGER_FIELDS: ReadonlySet<string> = new Set(['numberOfReferences', 'surfaceMass', 'quantity']);

/**
 * Writes a number as Python writes a float: shortest digits that read back, a fraction or an exponent always shown.
 * JavaScript picks the same digits but other places for the exponent.
 */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`expected a finite number, received ${value}`);
  if (Object.is(value, -0)) return '-0.0';
  if (value === 0) return '0.0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}

function pythonString(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Keys in the order of Python's sort, by code point. */
function sortedKeys(value: object): string[] {
  return Object.keys(value).sort();
}

/**
 * The product as the original wrote it before hashing: JSON with keys sorted at every level, separators `, ` and
 * `: `, non-ASCII escaped, floats as Python writes them. Fields that are `undefined` are left out, `null` is written.
 */
export function canonicalProduct(value: Json, field = ''): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return INTEGER_FIELDS.has(field) ? String(value) : pythonFloat(value);
  if (typeof value === 'string') return pythonString(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalProduct(item, field)).join(', ')}]`;
  const members = sortedKeys(value).flatMap((key) => {
    const member = value[key];
    return member === undefined ? [] : [`${pythonString(key)}: ${canonicalProduct(member, key)}`];
  });
  return `{${members.join(', ')}}`;
}

/**
 * The `md5_id` of a product: MD5 of its canonical form, 32 lower-case hexadecimal digits (CONTRACT, "The product's
 * identity"). It names a product; it protects nothing.
 */
export function productIdentity(query: Json): string {
  return hash('md5', canonicalProduct(query));
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    sortedKeys(value).flatMap((key) => {
      const member = value[key];
      return member === null || member === undefined ? [] : [[key, withoutNulls(member)]];
    }),
  );
}

/**
 * Hash of what a query asks for, whatever way it was written: nulls and absent fields dropped, numbers as numbers,
 * keys sorted, lists in their order. Two identities of one garment share it.
 */
export function contentHash(query: Json): string {
  return hash('sha256', JSON.stringify(withoutNulls(query)));
}
