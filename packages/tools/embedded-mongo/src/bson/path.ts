import { field, isEmptyDocument, TYPE, UNDEFINED, type Value, walk } from './values.js';

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
