import { deserialize } from 'bson';
import { fail } from './errors.js';
import { indexComponent } from './order.js';
import type { Path } from './path.js';
import { field, fromElements, isEmptyDocument, NULL, TYPE, UNDEFINED, type Value, values } from './raw-bson.js';

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
 * The keys of a document in an index: one per distinct element where a path meets an array.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function indexEntries(index: Index, document: Value): { entries: IndexKey[]; multikey: boolean; cut: boolean } {
  const limit = componentLimit(index);
  const found = new Map<string, IndexKey>();
  let multikey = false;
  let cut = false;

  const emit = (walks: readonly Walk[]): void => {
    if (index.sparse && walks.every(({ v }) => v === undefined)) return;
    const parts = walks.map(({ v }, i) => indexComponent(v, index.fields[i]?.direction as number, limit));
    cut ||= parts.some((part) => part.cut);
    const [only] = parts;
    const key = parts.length === 1 && only ? only.key : Buffer.concat(parts.map((part) => part.key));
    if (!multikey) found.set('', { key, components: () => walks.map(({ v }) => shownValue(v)) });
    else found.set(key.toString('latin1'), { key, components: () => walks.map(({ v }) => shownValue(v)) });
  };

  const expand = (walks: readonly Walk[]): void => {
    const advanced = walks.map((walk, f) => advance(walk, index.fields[f]?.path as Path));
    const arrays = advanced.filter((walk) => !walk.final);
    const array = arrays[0]?.v;
    if (array === undefined) {
      emit(advanced);
      return;
    }
    if (arrays.some(({ v }) => v?.start !== array.start)) {
      fail(171, `cannot index parallel arrays in index ${index.name}`);
    }
    multikey = true;
    const items: (Value | undefined)[] = isEmptyDocument(array) ? [undefined] : values(array);
    for (const item of items) {
      expand(
        advanced.map((walk, f) => {
          if (walk.final) return walk;
          if (walk.i === index.fields[f]?.path.names.length) return { v: item ?? UNDEFINED, i: walk.i, final: true };
          return item?.type === TYPE.object ? { v: item, i: walk.i, final: false } : MISSING;
        }),
      );
    }
  };

  expand(index.fields.map(() => ({ v: document, i: 0, final: false })));
  return { entries: [...found.values()], multikey, cut };
}

/** Goes along a path until its value, an array, or nothing. */
function advance(walk: Walk, path: Path): Walk {
  if (walk.final) return walk;
  let { v, i } = walk;
  while (v?.type === TYPE.object && i < path.names.length) v = field(v, path.names[i++] as Buffer);
  if (v?.type === TYPE.array) return { v, i, final: false };
  return i === path.names.length ? { v, i, final: true } : MISSING;
}

function shownValue(v: Value | undefined): { shown: string; value: unknown } {
  const value = deserialize(fromElements([{ name: 'v', value: v ?? NULL }]).bytes, { promoteValues: false })
    .v as unknown;
  if (v?.type === TYPE.objectId) return { shown: `ObjectId('${v.bytes.toString('hex', v.start, v.end)}')`, value };
  return { shown: JSON.stringify(value), value };
}
