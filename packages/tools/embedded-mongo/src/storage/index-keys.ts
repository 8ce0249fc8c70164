import { deserialize } from 'bson';
import { indexComponent } from '../bson/order.js';
import type { Path } from '../bson/path.js';
import { field, isEmptyDocument, NULL, named, TYPE, UNDEFINED, type Value, values } from '../bson/values.js';
import { fail } from '../errors.js';

export interface IndexField {
  readonly path: Path;
  /** 1 ascending, -1 descending. */
  readonly direction: number;
}

/** An index as the catalogue knows it. */
export interface Index {
  readonly id: number;
  readonly name: string;
  readonly fields: IndexField[];
  readonly unique: boolean;
  /** Leaves out documents that have none of the fields. */
  readonly sparse: boolean;
  /** Whether some document has an array on an indexed path; stays set. */
  multikey: boolean;
  /** Whether some key was cut, so that the index's order is not the values' order; stays set. */
  cut: boolean;
  /** Whether documents that existed before the index are still being added. */
  building: boolean;
}

/** One key of a document, and the values behind it for error messages. */
interface IndexKey {
  readonly key: Buffer;
  readonly components: () => { shown: string; value: unknown }[];
}

/** LMDB's keys end near 1,900 bytes; the components of a key share this many. */
const KEY_BYTES = 1600;

export function componentLimit(index: Pick<Index, 'fields'>): number {
  return Math.floor(KEY_BYTES / index.fields.length);
}

/** Where the extraction of one field stands: at `v`, before name `i`; `v` undefined is a missing value. */
interface Walk {
  readonly v: Value | undefined;
  readonly i: number;
  /** Whether `v` is the final value, even if it is an array (an element of an indexed array). */
  readonly final: boolean;
}

const MISSING: Walk = { v: undefined, i: 0, final: true };

/**
 * The values of a document at some paths: one combination for each element where the paths meet an array.
 * @param parallel what to do when two paths meet different arrays
 */
export function combinations(paths: readonly Path[], document: Value, parallel: () => never) {
  const found: (Value | undefined)[][] = [];
  let multikey = false;
  const expand = (walks: readonly Walk[]): void => {
    const advanced = walks.map((walk, p) => advance(walk, paths[p] as Path));
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
          return item?.type === TYPE.object ? { v: item, i: walk.i, final: false } : MISSING;
        }),
      );
    }
  };
  expand(paths.map(() => ({ v: document, i: 0, final: false })));
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

/**
 * The keys of a document in an index: one per distinct element where a path meets an array.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function indexEntries(index: Index, document: Value): { entries: IndexKey[]; multikey: boolean; cut: boolean } {
  const limit = componentLimit(index);
  const { found, multikey } = combinations(
    index.fields.map(({ path }) => path),
    document,
    () => fail(171, `cannot index parallel arrays in index ${index.name}`),
  );
  const keys = new Map<string, IndexKey>();
  let cut = false;
  for (const combination of found) {
    if (index.sparse && combination.every((v) => v === undefined)) continue;
    const parts = combination.map((v, i) => indexComponent(v, index.fields[i]?.direction as number, limit));
    cut ||= parts.some((part) => part.cut);
    const [only] = parts;
    const key = parts.length === 1 && only ? only.key : Buffer.concat(parts.map((part) => part.key));
    keys.set(multikey ? key.toString('latin1') : '', { key, components: () => combination.map(shownValue) });
  }
  return { entries: [...keys.values()], multikey, cut };
}

function shownValue(v: Value | undefined): { shown: string; value: unknown } {
  const value: unknown = deserialize(named('v', v ?? NULL).bytes, { promoteValues: false }).v;
  if (v?.type === TYPE.objectId) return { shown: `ObjectId('${v.bytes.toString('hex', v.start, v.end)}')`, value };
  return { shown: JSON.stringify(value), value };
}
