import { compareValues, sortKey, toNumber } from '../bson/order.js';
import { combinations, type Path, parsePath, visitPath } from '../bson/path.js';
import { elements, isNumber, TYPE, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import type { Pace } from '../pace.js';

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
    if (name === '$natural') fail(238, 'Sorting by $natural is not implemented by the embedded server');
    if (name === '' || name.startsWith('$')) fail(16410, `FieldPath field names may not start with '$': '${name}'`);
  }
  if (fields.length === 0) return undefined;
  return {
    paths: fields.map(({ name }) => parsePath(name)),
    directions: fields.map(({ value }) => toNumber(value)),
  };
}

/**
 * The bytes by which a document sorts: of several values at a path the first in the direction of the sort.
 * @throws CommandError 2 when two paths meet different arrays
 */
export function documentSortKey({ paths, directions }: Sort, document: Value): Buffer {
  let choices = 0;
  const chosen = paths.map((path, i) => {
    let best: Value | undefined;
    let seen = 0;
    visitPath(document, path, 'elements', (v) => {
      if (seen++ === 0 || compareValues(v, best) * (directions[i] as number) < 0) best = v;
      return false;
    });
    if (seen > 1) choices++;
    return best;
  });
  return choices > 1 ? firstCombination(paths, directions, document) : sortKey(chosen, directions);
}

/** Where several paths enter an array, the values come from one element of it, as in an index. */
function firstCombination(paths: readonly Path[], directions: readonly number[], document: Value): Buffer {
  if (paths.some(({ positions }) => positions.some((position) => position !== -1))) {
    fail(238, 'Sorting by array positions and further fields of arrays is not implemented by the embedded server');
  }
  const { found } = combinations(paths, document, () => fail(2, 'cannot sort with keys that are parallel arrays'));
  return found.map((combination) => sortKey(combination, directions)).sort(Buffer.compare)[0] as Buffer;
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

/** So many rows are sorted at once, without giving way. */
const RUN_ROWS = 4096;

/**
 * Collects keyed items and gives them in order; equal keys stay in the order of arrival, or in that of `tie`. With a
 * `limit` only that many are kept.
 */
export function createSorter<T>(limit: number, sizeOf: (item: T) => number, tie: (a: T, b: T) => number = () => 0) {
  interface Row {
    readonly key: Buffer;
    readonly item: T;
  }
  const order = (a: Row, b: Row): number => Buffer.compare(a.key, b.key) || tie(a.item, b.item);
  /** Sorted, in the order of arrival. */
  let runs: Row[][] = [];
  let rows: Row[] = [];
  let held = 0;
  let bytes = 0;

  const sizeOfRow = ({ key, item }: Row): number => key.length + sizeOf(item);

  function closeRun(): void {
    // Array.prototype.sort is stable.
    rows.sort(order);
    for (const row of rows.splice(limit)) bytes -= sizeOfRow(row);
    runs.push(rows);
    held += rows.length;
    rows = [];
  }

  async function merge(left: readonly Row[], right: readonly Row[], pace: Pace): Promise<Row[]> {
    const merged: Row[] = [];
    const wanted = Math.min(limit, left.length + right.length);
    let l = 0;
    let r = 0;
    while (merged.length < wanted) {
      const [a, b] = [left[l], right[r]];
      const takesLeft = b === undefined || (a !== undefined && order(a, b) <= 0);
      merged.push((takesLeft ? a : b) as Row);
      if (takesLeft) l++;
      else r++;
      if (merged.length % 1024 === 0) await pace.giveWay();
    }
    return merged;
  }

  /** Merges neighbours until one run is left. */
  async function mergeAll(pace: Pace): Promise<Row[]> {
    closeRun();
    while (runs.length > 1) {
      const merged: Row[][] = [];
      for (let i = 0; i < runs.length; i += 2) merged.push(await merge(runs[i] as Row[], runs[i + 1] ?? [], pace));
      runs = merged;
    }
    const [all = []] = runs;
    held = all.length;
    bytes = all.reduce((sum, row) => sum + sizeOfRow(row), 0);
    return all;
  }

  return {
    add(key: Buffer, item: T): void {
      rows.push({ key, item });
      bytes += key.length + sizeOf(item);
      if (rows.length >= RUN_ROWS) closeRun();
    },
    /** To be called now and then while adding: drops what is beyond the limit, and gives way. */
    async settle(pace: Pace): Promise<void> {
      if (held >= limit * 2 + RUN_ROWS) await mergeAll(pace);
      checkMemory(bytes, 'Sort');
      await pace.giveWay();
    },
    async finish(pace: Pace): Promise<T[]> {
      const all = await mergeAll(pace);
      checkMemory(bytes, 'Sort');
      runs = [];
      return all.map((row) => row.item);
    },
  };
}
