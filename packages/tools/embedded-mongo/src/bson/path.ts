import { field, isEmptyDocument, TYPE, UNDEFINED, type Value, values, walk } from './values.js';

/** A dotted path, prepared: the names as UTF-8 bytes, and as array positions where they are digits (otherwise -1). */
export interface Path {
  readonly text: string;
  readonly names: readonly Buffer[];
  readonly positions: readonly number[];
}

export function parsePath(text: string): Path {
  const names = text.split('.');
  return { text, names: names.map((name) => Buffer.from(name)), positions: names.map(arrayPosition) };
}

/** The array position that a path component stands for, or -1. */
export function arrayPosition(name: string): number {
  return /^(0|[1-9]\d{0,6})$/.test(name) ? Number(name) : -1;
}

/** Receives what lies at a path; `undefined` stands for a missing value. True ends the visit. */
type Visit = (v: Value | undefined) => boolean;

/**
 * What to visit where a path ends at an array: the array only, its elements and then the array (as filters do), or
 * its elements only (as sorts and indexes do; an empty array then counts as BSON undefined, which sorts before null).
 */
export type ArrayEnd = 'array' | 'elements-and-array' | 'elements';

/**
 * Visits every value that a query on `path` sees, as MongoDB does: arrays on the way are entered (each element, and
 * the position where the path says a number).
 * @returns whether `visit` ended it
 */
export function visitPath(document: Value, path: Path, end: ArrayEnd, visit: Visit): boolean {
  return visitDocument(document, path, 0, end, visit);
}

function visitDocument(document: Value, path: Path, i: number, end: ArrayEnd, visit: Visit): boolean {
  const found = field(document, path.names[i] as Buffer);
  if (found === undefined) return visit(undefined);
  const next = i + 1;
  if (found.type === TYPE.array) return visitArray(found, path, next, end, visit);
  if (next === path.names.length) return visit(found);
  return found.type === TYPE.object ? visitDocument(found, path, next, end, visit) : visit(undefined);
}

function visitArray(array: Value, path: Path, i: number, end: ArrayEnd, visit: Visit): boolean {
  if (i === path.names.length) {
    if (end === 'array') return visit(array);
    if (walk(array, visit)) return true;
    if (end === 'elements-and-array') return visit(array);
    return isEmptyDocument(array) && visit(UNDEFINED);
  }
  const position = path.positions[i] as number;
  let at = 0;
  return walk(array, (element) => {
    if (element.type === TYPE.object && visitDocument(element, path, i, end, visit)) return true;
    if (at++ !== position) return false;
    if (i + 1 === path.names.length) return visit(element);
    if (element.type === TYPE.object) return visitDocument(element, path, i + 1, end, visit);
    return element.type === TYPE.array && visitArray(element, path, i + 1, end, visit);
  });
}

/** Where the extraction of one field stands: at `v`, before name `i`; `v` undefined is a missing value. */
export interface Walk {
  readonly v: Value | undefined;
  readonly i: number;
  /** Whether `v` is the final value, even if it is an array (an element of an indexed array). */
  readonly final: boolean;
}

const MISSING: Walk = { v: undefined, i: 0, final: true };

/**
 * The values of a document at some paths: one combination for each element where the paths meet an array.
 * @param parallel what to do when two paths meet different arrays
 * @param known where paths lead in this document, as far as they were walked before
 */
export function combinations(
  paths: readonly Path[],
  document: Value,
  parallel: () => never,
  known = new Map<string, Walk>(),
) {
  const found: (Value | undefined)[][] = [];
  let multikey = false;
  const walked = (path: Path): Walk => {
    const before = known.get(path.text);
    if (before !== undefined) return before;
    const walk = advance({ v: document, i: 0, final: false }, path);
    known.set(path.text, walk);
    return walk;
  };
  const expand = (advanced: readonly Walk[]): void => {
    const arrays = advanced.filter((walk) => !walk.final);
    const array = arrays[0]?.v;
    if (array === undefined) {
      found.push(advanced.map(({ v }) => v));
      return;
    }
    if (arrays.some(({ v }) => v?.start !== array.start)) parallel();
    multikey = true;
    const items: (Value | undefined)[] = isEmptyDocument(array) ? [undefined] : values(array);
    for (const item of items) {
      expand(
        advanced.map((walk, p) => {
          if (walk.final) return walk;
          if (walk.i === paths[p]?.names.length) return { v: item ?? UNDEFINED, i: walk.i, final: true };
          return item?.type === TYPE.object ? advance({ v: item, i: walk.i, final: false }, paths[p] as Path) : MISSING;
        }),
      );
    }
  };
  expand(paths.map(walked));
  return { found, multikey };
}

/** Goes along a path until its value, an array, or nothing. */
function advance(walk: Walk, path: Path): Walk {
  if (walk.final) return walk;
  let { v, i } = walk;
  while (v?.type === TYPE.object && i < path.names.length) v = field(v, path.names[i++] as Buffer);
  if (v?.type === TYPE.array) return { v, i, final: false };
  return i === path.names.length ? { v, i, final: true } : MISSING;
}
