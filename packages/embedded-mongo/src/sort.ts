import { fail } from './errors.js';
import { sortKey, toNumber } from './order.js';
import { type Path, parsePath, sortValue } from './path.js';
import { elements, isNumber, TYPE, type Value } from './raw-bson.js';

/** A compiled sort: paths and directions (1 or -1). */
export interface Sort {
  readonly paths: readonly Path[];
  readonly directions: readonly number[];
}

/**
 * Compiles a sort specification; `undefined` for none.
 * @throws CommandError 15974, 15975 for a direction other than 1 and -1
 */
export function compileSort(spec: Value | undefined): Sort | undefined {
  if (spec === undefined) return undefined;
  if (spec.type !== TYPE.object) return fail(14, 'a sort must be an object');
  const fields = elements(spec);
  for (const { name, value } of fields) {
    if (value.type === TYPE.object) fail(238, 'Sorting by $meta is not implemented by the embedded server');
    if (!isNumber(value)) fail(15974, `Illegal key in $sort specification: ${name}`);
    if (Math.abs(toNumber(value)) !== 1) {
      fail(15975, `$sort key ordering must be 1 (for ascending) or -1 (for descending): ${name}`);
    }
    if (name === '' || name.startsWith('$')) fail(16410, `FieldPath field names may not start with '$': '${name}'`);
  }
  if (fields.length === 0) return undefined;
  return {
    paths: fields.map(({ name }) => parsePath(name)),
    directions: fields.map(({ value }) => toNumber(value)),
  };
}

/** The bytes by which a document sorts. */
export function documentSortKey(sort: Sort, document: Value): Buffer {
  return sortKey(
    sort.paths.map((path, i) => sortValue(document, path, sort.directions[i] as number)),
    sort.directions,
  );
}

/** What a sort may hold in memory, as in MongoDB. */
export const MEMORY_LIMIT = 100 * 1024 * 1024;

export function checkMemory(bytes: number, what: string): void {
  if (bytes > MEMORY_LIMIT) {
    fail(
      292,
      `${what} exceeded the memory limit of ${MEMORY_LIMIT} bytes; the embedded server does not use the disk for it`,
    );
  }
}

/**
 * Collects keyed items and gives them in order; equal keys stay in the order of arrival. With a `limit` only that
 * many are kept.
 */
export function createSorter<T>(limit: number, sizeOf: (item: T) => number) {
  let rows: { key: Buffer; item: T }[] = [];
  let bytes = 0;
  const order = (): void => {
    // Array.prototype.sort is stable.
    rows.sort((a, b) => Buffer.compare(a.key, b.key));
    if (rows.length > limit) {
      rows.length = limit;
      bytes = rows.reduce((sum, row) => sum + row.key.length + sizeOf(row.item), 0);
    }
  };
  return {
    add(key: Buffer, item: T): void {
      rows.push({ key, item });
      bytes += key.length + sizeOf(item);
      if (rows.length >= limit * 2 + 1000) order();
      checkMemory(bytes, 'Sort');
    },
    finish(): T[] {
      order();
      const items = rows.map((row) => row.item);
      rows = [];
      return items;
    },
  };
}
