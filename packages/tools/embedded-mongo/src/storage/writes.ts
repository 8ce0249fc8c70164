import { ObjectId } from 'bson';
import {
  documentValue,
  elements,
  field,
  fromElements,
  MAX_DOCUMENT_BYTES,
  TYPE,
  type Value,
  value,
} from '../bson/values.js';
import { CommandError, fail } from '../errors.js';
import { typeName } from '../language/expression.js';
import type { Condition } from '../language/match.js';
import type { Update } from '../language/update.js';
import { createPace, type Pace } from '../pace.js';
import type { Collection } from './catalogue.js';
import { CHUNK_BYTES, CHUNK_DOCUMENTS, CHUNK_MS } from './lmdb-file.js';
import { findRecords, firstRecord, planQuery, type Query } from './query.js';
import type { Storage, StoredRecord } from './records.js';

const ID = Buffer.from('_id');

/** A refused statement of a write command. */
export interface WriteError {
  readonly index: number;
  readonly error: CommandError;
}

/** Gives the document its `_id` in the first place, as MongoDB does, and checks what it may not contain. */
function withId(document: Buffer): Buffer {
  const source = documentValue(document);
  const id = field(source, ID);
  if (document.length > MAX_DOCUMENT_BYTES) {
    fail(10334, `object to insert too large. size in bytes: ${document.length}, max size: ${MAX_DOCUMENT_BYTES}`);
  }
  if (id === undefined) {
    const made = value(TYPE.objectId, Buffer.from(new ObjectId().id));
    return fromElements([{ name: '_id', value: made }, ...elements(source)]).bytes;
  }
  if (id.type === TYPE.array || id.type === TYPE.regex || id.type === TYPE.undefined) {
    fail(53, `The '_id' value cannot be of type ${typeName(id)}`);
  }
  const hidden = id.type === TYPE.object && elements(id).find(({ name }) => name.startsWith('$'));
  if (hidden) fail(52, `_id fields may not contain '$'-prefixed fields: ${hidden.name}`);
  // The first element's name follows the length and its type byte.
  if (document.toString('latin1', 5, 9) === '_id\0') return document;
  const others = elements(source).filter(({ name }) => name !== '_id');
  return fromElements([{ name: '_id', value: id }, ...others]).bytes;
}

/** The collection, made where it is missing; inside a transaction. */
function ensureCollection(storage: Storage, ns: string): Collection {
  return storage.collection(ns) ?? storage.create(ns);
}

/** The pace of a command that changes something: it keeps its time, and goes on when its client hangs up. */
export function untilDone({ pace }: { readonly pace: Pace }): Pace {
  return createPace(pace.deadline);
}

/** Room for one more document in a transaction. */
function createRoom() {
  const until = performance.now() + CHUNK_MS;
  let documents = 0;
  let bytes = 0;
  return {
    isLeft: () => documents < CHUNK_DOCUMENTS && bytes < CHUNK_BYTES && performance.now() < until,
    take(size: number): void {
      documents++;
      bytes += size;
    },
  };
}

/** Runs a step; a refusal is kept with its number, anything else goes on as the failure that it is. */
function attempt<T>(errors: WriteError[], index: number, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    errors.push({ index, error });
    return undefined;
  }
}

/** What a statement does to the record that it found, inside a transaction. */
type Apply = (storage: Storage, ns: string, found: StoredRecord | undefined) => Outcome;

/** One statement of `update` or `delete`, compiled. */
export interface Statement extends Query {
  readonly multi: boolean;
  readonly apply: Apply;
  readonly pace: Pace;
}

/** What a statement did. */
export interface Outcome {
  readonly matched: number;
  readonly modified: number;
  /** The `_id` of the document that an upsert inserted. */
  readonly upserted?: Value | undefined;
  /** The document before (if any) and after the change, for findAndModify. */
  readonly before?: Buffer;
  readonly after?: Buffer;
}

const NOTHING: Outcome = { matched: 0, modified: 0 };

/** Changes what was found, or inserts; unchanged bytes are not written. */
export function updating(update: Update, conditions: readonly Condition[], upsert: boolean): Apply {
  return (storage, ns, found) => {
    if (found === undefined) {
      if (!upsert) return NOTHING;
      const made = withId(update.insert(conditions));
      storage.insert(ensureCollection(storage, ns), made);
      return { ...NOTHING, after: made, upserted: field(documentValue(made), ID) };
    }
    const { bytes: before } = found;
    const after = update.apply(before);
    if (after.equals(before)) return { matched: 1, modified: 0, before, after };
    storage.replace(ensureCollection(storage, ns), found.id, before, after);
    return { matched: 1, modified: 1, before, after };
  };
}

/** Removes what was found. */
export const removing: Apply = (storage, ns, found) => {
  if (found === undefined) return NOTHING;
  storage.remove(ensureCollection(storage, ns), found.id, found.bytes);
  return { matched: 1, modified: 0, before: found.bytes };
};

/** So few documents are looked through without giving way. */
const QUICK_ENTRIES = CHUNK_DOCUMENTS / 10;

/** Whether a statement finds its document among few, so that the transaction itself may look for it. */
function isQuick(storage: Storage, ns: string, query: Query): boolean {
  const collection = storage.collection(ns);
  if (collection === undefined || collection.count <= QUICK_ENTRIES) return true;
  const { index, ranges, reverse, exact } = planQuery(collection, query);
  if (exact) return ranges.length < QUICK_ENTRIES;
  let left = QUICK_ENTRIES;
  for (const range of ranges) {
    if (index === undefined || range.from.length === 0) return false;
    left -= storage.scanIndex(index, range, reverse, left).length;
    if (left <= 0) return false;
  }
  return index !== undefined;
}

function applyToFirst(storage: Storage, ns: string, statement: Statement): Outcome {
  const collection = storage.collection(ns);
  return statement.apply(storage, ns, collection && firstRecord(storage, collection, statement));
}

/**
 * Applies a statement to the first record that matches. Where that is not found quickly it is looked for before the
 * transaction, giving way to other clients; if it was changed meanwhile, the transaction itself looks again, so that an
 * upsert never overlooks a document.
 */
export async function writeOne(storage: Storage, ns: string, statement: Statement): Promise<Outcome> {
  const before = storage.collection(ns);
  if (before === undefined || isQuick(storage, ns, statement)) {
    return inTransaction(storage, () => applyToFirst(storage, ns, statement));
  }
  const { version } = before;
  let early: StoredRecord | undefined;
  for await (const chunk of findRecords(storage, before, { ...statement, limit: 1 })) early = chunk[0];
  return inTransaction(storage, () => {
    if (storage.collection(ns) === before) {
      if (before.version === version) return statement.apply(storage, ns, early);
      const bytes = early && storage.read(before, early.id);
      if (early && bytes && statement.filter.matches(documentValue(bytes)))
        return statement.apply(storage, ns, { ...early, bytes });
    }
    return applyToFirst(storage, ns, statement);
  });
}

/** A transaction whose refusal reaches the caller without disturbing the others in the same commit. */
export async function inTransaction<T>(storage: Storage, write: () => T): Promise<T> {
  const errors: WriteError[] = [];
  const result = await storage.transaction(() => attempt(errors, 0, write));
  if (errors[0]) throw errors[0].error;
  return result as T;
}

/** Applies a statement to all matching records, a chunk of them in each transaction, testing each again. */
async function writeMany(storage: Storage, ns: string, statement: Statement): Promise<Outcome> {
  const collection = storage.collection(ns);
  const { filter, pace } = statement;
  const ids: number[] = [];
  if (collection) {
    for await (const chunk of findRecords(storage, collection, { filter, pace }))
      ids.push(...chunk.map(({ id }) => id));
  }
  let matched = 0;
  let modified = 0;
  for (let next = 0; collection && !collection.dropped && next < ids.length; ) {
    await inTransaction(storage, () => {
      const room = createRoom();
      while (next < ids.length && room.isLeft() && !collection.dropped) {
        const id = ids[next++] as number;
        const bytes = storage.read(collection, id);
        room.take(bytes?.length ?? 0);
        if (bytes === undefined || !filter.matches(documentValue(bytes))) continue;
        modified += statement.apply(storage, collection.ns, { id, bytes }).modified;
        matched++;
      }
    });
    await pace.giveWay();
  }
  return matched > 0 ? { matched, modified } : writeOne(storage, ns, statement);
}

/** What a write command asks for one after the other: done at once in a transaction, or a statement that may take longer. */
export type Step = (storage: Storage, ns: string) => Outcome | Statement;

/** Inserts a document. */
export function inserting(document: Buffer): Step {
  return (storage, ns) => {
    storage.insert(ensureCollection(storage, ns), withId(document));
    return { matched: 1, modified: 0, after: document };
  };
}

/** Carries out a statement, which is compiled when its turn comes, unless it takes longer. */
export function applying(compile: () => Statement): Step {
  return (storage, ns) => {
    const statement = compile();
    return statement.multi || !isQuick(storage, ns, statement) ? statement : applyToFirst(storage, ns, statement);
  };
}

/** Runs the steps of a write command in order; unordered, they go on after a refusal. Quick ones share transactions. */
export async function runSteps(
  storage: Storage,
  ns: string,
  steps: readonly Step[],
  ordered: boolean,
  pace: Pace,
): Promise<{ outcomes: Outcome[]; errors: WriteError[] }> {
  const errors: WriteError[] = [];
  const outcomes: Outcome[] = [];
  let next = 0;
  const isOver = (): boolean => next === steps.length || (ordered && errors.length > 0);
  while (!isOver()) {
    const long = await storage.transaction((): Statement | undefined => {
      const room = createRoom();
      while (!isOver() && room.isLeft()) {
        const index = next++;
        const done = attempt(errors, index, () => steps[index]?.(storage, ns));
        if (done === undefined) continue;
        if ('apply' in done) return done;
        outcomes[index] = done;
        room.take(done.after?.length ?? 0);
      }
      return undefined;
    });
    if (long) {
      try {
        outcomes[next - 1] = await (long.multi ? writeMany : writeOne)(storage, ns, long);
      } catch (error) {
        // Time that is up ends the command, not only its statement.
        if (!(error instanceof CommandError) || error.code === 50) throw error;
        errors.push({ index: next - 1, error });
      }
    }
    if (!isOver()) await pace.giveWay();
  }
  return { outcomes, errors };
}
