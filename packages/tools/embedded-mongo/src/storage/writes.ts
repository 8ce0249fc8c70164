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
import type { Filter } from '../language/match.js';
import type { Sort } from '../language/sort.js';
import type { Update } from '../language/update.js';
import { createPace, type Pace } from '../pace.js';
import { findRecords, firstRecord, planQuery, type Query } from './query.js';
import { CHUNK_BYTES, CHUNK_DOCUMENTS, CHUNK_MS, type Collection, type Storage, type StoredRecord } from './storage.js';

const ID = Buffer.from('_id');

/** A refused statement of a write command. */
export interface WriteError {
  readonly index: number;
  readonly error: CommandError;
}

/** Gives the document its `_id` in the first place, as MongoDB does, and checks what it may not contain. */
export function withId(document: Buffer): Buffer {
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
export function ensureCollection(storage: Storage, ns: string): Collection {
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

/** Runs a statement; a refusal is kept with its number, anything else goes on as the failure that it is. */
function attempt(errors: WriteError[], index: number, statement: () => void): boolean {
  try {
    statement();
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    errors.push({ index, error });
    return false;
  }
}

/** Inserts documents; unordered inserts go on after a refusal. */
export async function insertDocuments(
  storage: Storage,
  ns: string,
  documents: readonly Buffer[],
  ordered: boolean,
  pace: Pace,
): Promise<{ n: number; errors: WriteError[] }> {
  const errors: WriteError[] = [];
  let n = 0;
  let next = 0;
  while (next < documents.length && !(ordered && errors.length > 0)) {
    await storage.transaction(() => {
      const collection = ensureCollection(storage, ns);
      const room = createRoom();
      while (next < documents.length && room.isLeft()) {
        const document = documents[next] as Buffer;
        room.take(document.length);
        if (attempt(errors, next++, () => storage.insert(collection, withId(document)))) n++;
        else if (ordered) return;
      }
    });
    if (next < documents.length) await pace.giveWay();
  }
  return { n, errors };
}

/** One statement of `update`, compiled. */
export interface UpdateStatement {
  readonly filter: Filter;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly hint: Value | undefined;
  readonly sort: Sort | undefined;
  readonly pace: Pace;
}

/** What a statement did. */
export interface UpdateOutcome {
  readonly matched: number;
  readonly modified: number;
  /** The `_id` of the document that an upsert inserted. */
  readonly upserted?: Value;
  /** The document before (if any) and after the change, for findAndModify. */
  readonly before?: Buffer;
  readonly after?: Buffer;
}

const NOTHING: UpdateOutcome = { matched: 0, modified: 0 };

/** So few documents are looked through without giving way. */
const QUICK_ENTRIES = CHUNK_DOCUMENTS / 10;

/** A statement that finds its document among few, so that it may run inside a shared transaction. */
function isQuick(storage: Storage, ns: string, query: Query): boolean {
  const collection = storage.collection(ns);
  if (collection === undefined || collection.count <= QUICK_ENTRIES) return true;
  const plan = planQuery(collection, query);
  if (plan.index === undefined || !plan.ranges.some(({ from }) => from.length > 0)) return false;
  let left = QUICK_ENTRIES;
  for (const range of plan.ranges) {
    left -= storage.scanIndex(plan.index, range, plan.reverse, left).length;
    if (left <= 0) return false;
  }
  return true;
}

/** Changes one record; unchanged bytes are not written. */
function change(storage: Storage, collection: Collection, record: StoredRecord, update: Update): UpdateOutcome {
  const after = update.apply(record.bytes);
  if (after.equals(record.bytes)) return { matched: 1, modified: 0, before: record.bytes, after };
  storage.replace(collection, record.id, record.bytes, after);
  return { matched: 1, modified: 1, before: record.bytes, after };
}

/** The part of a single update that runs inside a transaction. */
function updateFound(
  storage: Storage,
  ns: string,
  statement: UpdateStatement,
  found: StoredRecord | undefined,
): UpdateOutcome {
  if (found !== undefined) return change(storage, storage.collection(ns) as Collection, found, statement.update);
  if (!statement.upsert) return NOTHING;
  const made = withId(statement.update.insert(statement.filter.conditions));
  storage.insert(ensureCollection(storage, ns), made);
  const id = field(documentValue(made), ID);
  return { matched: 0, modified: 0, after: made, ...(id && { upserted: id }) };
}

/**
 * Runs `apply` in a transaction with the first record that matches. Where it is not found quickly it is looked for before,
 * giving way to other clients. If something was written meanwhile, a record that still matches is taken, and otherwise the
 * search begins again; after some searches the transaction itself repeats it, so that an upsert never overlooks a document.
 */
async function withFirstRecord<T>(
  storage: Storage,
  ns: string,
  query: Query,
  apply: (found: StoredRecord | undefined) => T,
): Promise<T> {
  for (let searches = 1; ; searches++) {
    const before = storage.collection(ns);
    const version = before?.version;
    let early: StoredRecord | undefined;
    const searched = before !== undefined && !isQuick(storage, ns, query);
    if (searched) {
      for await (const chunk of findRecords(storage, before, { ...query, limit: 1 })) early = chunk[0];
    }
    const done = await inTransaction(storage, () => {
      const collection = storage.collection(ns);
      if (searched && collection === before) {
        if (collection.version === version) return { result: apply(early) };
        const bytes = early && storage.read(collection, early.id);
        if (early && bytes && query.filter.matches(documentValue(bytes))) return { result: apply({ ...early, bytes }) };
        if (searches < MAX_SEARCHES) return undefined;
      }
      return { result: apply(collection && firstRecord(storage, collection, query)) };
    });
    if (done) return done.result;
  }
}

const MAX_SEARCHES = 3;

/** A transaction whose refusal reaches the caller without disturbing the others in the same commit. */
export async function inTransaction<T>(storage: Storage, write: () => T): Promise<T> {
  let refused: CommandError | undefined;
  const result = await storage.transaction((): T | undefined => {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      refused = error;
      return undefined;
    }
  });
  if (refused) throw refused;
  return result as T;
}

/** Updates one document, or inserts it. */
export function updateOne(storage: Storage, ns: string, statement: UpdateStatement): Promise<UpdateOutcome> {
  return withFirstRecord(storage, ns, statement, (found) => updateFound(storage, ns, statement, found));
}

/** Applies `apply` to all matching records, a chunk of them in each transaction, testing each again. */
async function forEachMatch(
  storage: Storage,
  collection: Collection,
  query: Query,
  apply: (record: StoredRecord) => void,
): Promise<void> {
  const ids: number[] = [];
  for await (const chunk of findRecords(storage, collection, query)) for (const { id } of chunk) ids.push(id);
  const { pace = createPace() } = query;
  for (let next = 0; next < ids.length; ) {
    await inTransaction(storage, () => {
      const room = createRoom();
      while (next < ids.length && room.isLeft() && !collection.dropped) {
        const id = ids[next++] as number;
        const document = storage.read(collection, id);
        room.take(document?.length ?? 0);
        if (document === undefined || !query.filter.matches(documentValue(document))) continue;
        apply({ id, bytes: document });
      }
      if (collection.dropped) next = ids.length;
    });
    await pace.giveWay();
  }
}

async function updateMany(storage: Storage, ns: string, statement: UpdateStatement): Promise<UpdateOutcome> {
  const collection = storage.collection(ns);
  let matched = 0;
  let modified = 0;
  if (collection) {
    const { filter, hint, pace } = statement;
    await forEachMatch(storage, collection, { filter, hint, pace }, (record) => {
      modified += change(storage, collection, record, statement.update).modified;
      matched++;
    });
  }
  return matched > 0 || !statement.upsert ? { matched, modified } : updateOne(storage, ns, statement);
}

/** Runs the statements of an `update` command; those that find their document by an index share transactions. */
export async function updateDocuments(
  storage: Storage,
  ns: string,
  statements: readonly (() => UpdateStatement)[],
  ordered: boolean,
): Promise<{ outcomes: (UpdateOutcome | undefined)[]; errors: WriteError[] }> {
  return runStatements(storage, ns, statements, ordered, {
    shares: ({ multi }) => !multi,
    now: (statement) => {
      const collection = storage.collection(ns);
      return updateFound(storage, ns, statement, collection && firstRecord(storage, collection, statement));
    },
    later: (statement) => (statement.multi ? updateMany(storage, ns, statement) : updateOne(storage, ns, statement)),
  });
}

/** One statement of `delete`, compiled. */
export interface DeleteStatement {
  readonly filter: Filter;
  readonly one: boolean;
  readonly hint: Value | undefined;
  readonly sort?: Sort | undefined;
  readonly pace: Pace;
}

/** Removes one matching document and gives it back. */
export function deleteOne(storage: Storage, ns: string, query: Query): Promise<Buffer | undefined> {
  return withFirstRecord(storage, ns, query, (found) => removeFound(storage, ns, found)?.bytes);
}

function removeFound(storage: Storage, ns: string, found: StoredRecord | undefined): StoredRecord | undefined {
  if (found) storage.remove(storage.collection(ns) as Collection, found.id, found.bytes);
  return found;
}

/** Runs the statements of a `delete` command; an outcome is the number of documents removed. */
export async function deleteDocuments(
  storage: Storage,
  ns: string,
  statements: readonly (() => DeleteStatement)[],
  ordered: boolean,
): Promise<{ outcomes: (number | undefined)[]; errors: WriteError[] }> {
  return runStatements(storage, ns, statements, ordered, {
    shares: ({ one }) => one,
    now: (statement) => {
      const collection = storage.collection(ns);
      return collection && removeFound(storage, ns, firstRecord(storage, collection, statement)) ? 1 : 0;
    },
    later: async (statement) => {
      if (statement.one) return (await deleteOne(storage, ns, statement)) ? 1 : 0;
      const collection = storage.collection(ns);
      let n = 0;
      if (collection) {
        await forEachMatch(storage, collection, statement, ({ id, bytes }) => {
          storage.remove(collection, id, bytes);
          n++;
        });
      }
      return n;
    },
  });
}

/** How the statements of one kind run: inside a shared transaction, or in transactions of their own. */
interface Execution<S, R> {
  readonly shares: (statement: S) => boolean;
  readonly now: (statement: S) => R;
  readonly later: (statement: S) => Promise<R>;
}

async function runStatements<S extends Query, R>(
  storage: Storage,
  ns: string,
  statements: readonly (() => S)[],
  ordered: boolean,
  execution: Execution<S, R>,
): Promise<{ outcomes: (R | undefined)[]; errors: WriteError[] }> {
  const errors: WriteError[] = [];
  const outcomes: (R | undefined)[] = [];
  let shared: { index: number; statement: S }[] = [];
  const flush = async (): Promise<void> => {
    const batch = shared;
    shared = [];
    for (let next = 0; next < batch.length && !(ordered && errors.length > 0); ) {
      await storage.transaction(() => {
        const room = createRoom();
        while (next < batch.length && room.isLeft()) {
          const { index, statement } = batch[next++] as (typeof batch)[number];
          room.take(0);
          const done = attempt(errors, index, () => {
            outcomes[index] = execution.now(statement);
          });
          if (!done && ordered) return;
        }
      });
      if (next < batch.length) await batch[next]?.statement.pace?.giveWay();
    }
  };
  for (const [index, compile] of statements.entries()) {
    if (ordered && errors.length > 0) break;
    let statement: S | undefined;
    const compiled = attempt(errors, index, () => {
      statement = compile();
      if (execution.shares(statement) && isQuick(storage, ns, statement)) {
        shared.push({ index, statement });
        statement = undefined;
      }
    });
    if (!compiled && ordered) {
      // What stands before the mistake is carried out; an earlier refusal among it comes first.
      const mistake = errors.pop() as WriteError;
      await flush();
      if (errors.length === 0) errors.push(mistake);
      break;
    }
    if (statement === undefined) {
      if (shared.length >= CHUNK_DOCUMENTS) await flush();
      continue;
    }
    await flush();
    if (ordered && errors.length > 0) break;
    try {
      outcomes[index] = await execution.later(statement);
    } catch (error) {
      // Time that is up ends the command, not only its statement.
      if (!(error instanceof CommandError) || error.code === 50) throw error;
      errors.push({ index, error });
    }
  }
  await flush();
  errors.sort((a, b) => a.index - b.index);
  return { outcomes, errors };
}
