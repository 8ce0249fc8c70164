import { deserialize } from 'bson';
import { indexComponent, readTextKey } from '../bson/order.js';
import { combinations, type Path } from '../bson/path.js';
import {
  endDocument,
  NULL,
  named,
  openWriter,
  startDocument,
  TYPE,
  takeBytes,
  type Value,
  writeBytes,
  writeName,
} from '../bson/values.js';
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
}

/** The fields of an index with their directions. No field is a number, so that a JavaScript object keeps their order. */
export function keyPattern({ fields }: Pick<Index, 'fields'>): Record<string, number> {
  return Object.fromEntries(fields.map(({ path, direction }) => [path.text, direction]));
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

const output = openWriter();
/** Keys of an index begin with its id. */
const PREFIX_BYTES = 4;
const LENGTH = Buffer.alloc(4);
const ZERO = Buffer.alloc(1);

/**
 * The document that a key of an index without arrays tells: its indexed fields and no others.
 *
 * @returns undefined where one of the fields is no text (a key does not tell the type of a number, nor null from missing), or
 * where fields of one inner document stand apart.
 */
export function documentOfKey({ fields }: Index, key: Buffer): Buffer | undefined {
  output.at = 0;
  /** Where the documents begin that are being written, and their names. */
  const starts = [startDocument(output)];
  let within: readonly string[] = [];
  const known = new Set<string>();
  const closeTo = (depth: number) => {
    while (starts.length > depth) endDocument(output, starts.pop() as number);
  };
  let at = PREFIX_BYTES;
  for (const { path } of fields) {
    const text = readTextKey(key, at);
    if (text === undefined) return undefined;
    at = text.end;
    const parents = path.text.split('.');
    const name = parents.pop() as string;
    const differs = parents.findIndex((parent, level) => within[level] !== parent);
    closeTo(1 + (differs === -1 ? parents.length : differs));
    for (const [level, parent] of [...parents.entries()].slice(starts.length - 1)) {
      const place = parents.slice(0, level + 1).join('.');
      if (known.has(place)) return undefined;
      known.add(place);
      writeName(output, TYPE.object, parent);
      starts.push(startDocument(output));
    }
    within = parents;
    writeName(output, TYPE.string, name);
    LENGTH.writeInt32LE(text.bytes.length + 1);
    writeBytes(output, LENGTH, 0, 4);
    writeBytes(output, text.bytes, 0, text.bytes.length);
    writeBytes(output, ZERO, 0, 1);
  }
  closeTo(0);
  return takeBytes(output);
}
