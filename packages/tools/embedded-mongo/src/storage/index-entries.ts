import { deserialize } from 'bson';
import { indexComponent, textKeyEnd } from '../bson/order.js';
import { combinations, type Path, type Walk } from '../bson/path.js';
import { NULL, named, openWriter, startDocument, TYPE, takeBytes, type Value, writeName } from '../bson/values.js';
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

/** What the indexes of a collection have found in a document: a field that many of them hold is looked for, and made a key of, once. */
export interface Found {
  readonly walks: Map<string, Walk>;
  readonly keys: Map<Value | undefined, Buffer>;
}

/**
 * The keys of a document in an index: one per distinct element where a path meets an array.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function indexEntries(
  index: Index,
  document: Value,
  { walks, keys: known }: Found = { walks: new Map(), keys: new Map() },
): { entries: IndexKey[]; multikey: boolean; cut: boolean } {
  const limit = componentLimit(index);
  const { found, multikey } = combinations(
    index.fields.map(({ path }) => path),
    document,
    () => fail(171, `cannot index parallel arrays in index ${index.name}`),
    walks,
  );
  const keys = new Map<string, IndexKey>();
  let cut = false;
  for (const combination of found) {
    if (index.sparse && combination.every((v) => v === undefined)) continue;
    const parts = combination.map((v, i) => indexComponent(v, index.fields[i]?.direction as number, limit, known));
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

/** Keys of an index begin with its id. */
const PREFIX_BYTES = 4;
/** Around the text of a field: its length before, a zero byte behind. */
const TEXT_BYTES = 5;

/** What stands in a document between the text of one field and that of the next. */
interface Gap {
  /** Inner documents that end there. */
  readonly ends: number;
  /** The beginnings of others, with room for their lengths, and type and name of the field. */
  readonly bytes: Buffer;
  /** Where those documents begin in the bytes. */
  readonly begins: readonly number[];
}

/** The gaps of the documents that an index holds; undefined where fields of one inner document stand apart. */
function gapsOf(fields: readonly IndexField[]): Gap[] | undefined {
  const known = new Set<string>();
  const gaps: Gap[] = [];
  let within: readonly string[] = [];
  for (const { path } of fields) {
    const parents = path.text.split('.');
    const name = parents.pop() as string;
    const shared = parents.findIndex((parent, level) => within[level] !== parent);
    const depth = shared === -1 ? parents.length : shared;
    const writer = openWriter();
    const begins = gaps.length === 0 ? [startDocument(writer)] : [];
    for (const [level, parent] of parents.entries()) {
      if (level < depth) continue;
      const place = parents.slice(0, level + 1).join('.');
      if (known.has(place)) return undefined;
      known.add(place);
      writeName(writer, TYPE.object, parent);
      begins.push(startDocument(writer));
    }
    writeName(writer, TYPE.string, name);
    gaps.push({ ends: within.length - depth, bytes: takeBytes(writer), begins });
    within = parents;
  }
  return gaps;
}

/**
 * Makes the documents that the keys of an index without arrays tell: the indexed fields and no others. Made once for many keys.
 *
 * @returns a function that gives undefined where one of the fields is no text (a key does not tell the type of a number, nor null
 * from missing), or where fields of one inner document stand apart.
 */
export function documentsOfKeys({ fields }: Index): (key: Buffer) => Buffer | undefined {
  const gaps = gapsOf(fields);
  if (gaps === undefined) return () => undefined;
  const own = gaps.reduce((size, { ends, bytes }) => size + ends + bytes.length + TEXT_BYTES, 0);
  const texts: number[] = [];
  const starts: number[] = [];
  /** The inner documents that are open behind the last field, and the document itself. */
  const open = fields.at(-1)?.path.names.length ?? 0;
  return (key) => {
    let at = PREFIX_BYTES;
    let size = own + open;
    for (let field = 0; field < gaps.length; field++) {
      const end = textKeyEnd(key, at);
      if (end === -1) return undefined;
      texts[field] = at + 1;
      size += end - at - 1;
      at = end + 2;
    }
    const document = Buffer.allocUnsafe(size);
    let to = 0;
    const close = (count: number) => {
      for (let n = 0; n < count; n++) {
        document[to++] = 0;
        const start = starts.pop() as number;
        document.writeInt32LE(to - start, start);
      }
    };
    for (let field = 0; field < gaps.length; field++) {
      const { ends, bytes, begins } = gaps[field] as Gap;
      close(ends);
      for (const begin of begins) starts.push(to + begin);
      for (let i = 0; i < bytes.length; i++) document[to++] = bytes[i] as number;
      const start = texts[field] as number;
      const end = (texts[field + 1] ?? at + 1) - 3;
      document.writeInt32LE(end - start + 1, to);
      to += 4;
      for (let i = start; i < end; i++) document[to++] = key[i] as number;
      document[to++] = 0;
    }
    close(open);
    return document;
  };
}
