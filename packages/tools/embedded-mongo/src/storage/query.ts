import { documentValue } from '../bson/values.js';
import { fail } from '../errors.js';
import type { Filter } from '../language/match.js';
import { createSorter, documentSortKey, type Sort } from '../language/sort.js';
import { createPace, type Pace, TURN_MS } from '../pace.js';
import type { Collection } from './catalogue.js';
import { documentsOfKeys, type Index } from './index-entries.js';
import { RECORD_BYTES } from './lmdb-file.js';
import { type AskedFields, choosePlan, type Plan } from './planner.js';
import type { IndexEntry, KeyRange, Storage, StoredRecord } from './records.js';

/** What to find. */
export interface Query {
  readonly filter: Filter;
  readonly sort?: Sort | undefined;
  readonly skip?: number;
  /** Where it is known: an index may hold them all. */
  readonly asked?: AskedFields | undefined;
  /** 0 for no limit. */
  readonly limit?: number;
  /** Of the command that asks. */
  readonly pace?: Pace;
}

const FIRST_CHUNK = 16;
const LARGEST_CHUNK = 256;

export function planQuery(collection: Collection, query: Query): Plan {
  return choosePlan(collection, query.filter.conditions, query.sort, query.asked);
}

/**
 * The matching records in the order of the plan, in chunks. Nothing stays open between two chunks, so a caller may
 * pause there; records written meanwhile may or may not be seen, and none is seen twice.
 */
export function* matchingChunks(
  storage: Storage,
  collection: Collection,
  filter: Filter,
  plan: Plan,
): Generator<StoredRecord[]> {
  const chunks = plan.index === undefined ? allRecords(storage, collection) : indexedRecords(storage, collection, plan);
  for (const chunk of chunks) {
    if (collection.dropped) fail(175, `collection dropped: ${collection.ns}`);
    let found: StoredRecord[] = [];
    const since = performance.now();
    let turns = 1;
    for (const record of chunk) {
      if (filter.matches(documentValue(record.bytes))) found.push(record);
      // A filter may be long, and a document large.
      if (performance.now() - since < turns * TURN_MS) continue;
      turns++;
      yield found;
      found = [];
    }
    yield found;
  }
}

function* allRecords(storage: Storage, collection: Collection): Generator<StoredRecord[]> {
  let after = 0;
  for (let size = FIRST_CHUNK; ; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const chunk = storage.scan(collection, after, size);
    const last = chunk.at(-1);
    if (last === undefined) return;
    yield chunk;
    after = last.id;
  }
}

function* indexedRecords(storage: Storage, collection: Collection, plan: Plan): Generator<StoredRecord[]> {
  const seen = new Set<number>();
  const documentOf = plan.covered ? documentsOfKeys(plan.index as Index) : () => undefined;
  for (const entries of plan.exact ? [heldRecords(storage, plan)] : foundRecords(storage, plan)) {
    let chunk: StoredRecord[] = [];
    let since = performance.now();
    for (const { record: id, key } of entries) {
      if (seen.has(id)) continue;
      seen.add(id);
      const told = key && documentOf(key);
      const bytes = told ?? storage.read(collection, id);
      if (bytes !== undefined) chunk.push({ id, bytes, isAnswer: plan.exactly && told !== undefined });
      // Each record may be a wait for the disk.
      if (chunk.length < LARGEST_CHUNK && performance.now() - since < TURN_MS) continue;
      yield chunk;
      chunk = [];
      since = performance.now();
    }
    yield chunk;
  }
}

/** A record, and the key that led to it where an index was read in order. */
type Found = Pick<IndexEntry, 'record'> & Partial<Pick<IndexEntry, 'key'>>;

/** Records of whole keys, in index order. */
function* heldRecords(storage: Storage, { index, ranges }: Plan): Generator<Found> {
  for (const { from } of ranges) {
    const record = storage.holderOf(index as Index, from);
    if (record !== undefined) yield { record };
  }
}

function* foundRecords(storage: Storage, plan: Plan): Generator<Found[]> {
  for (const range of plan.ranges) yield* recordsOfRange(storage, plan, range);
}

/** The key without the record id: equal for equal indexed values. */
const valuesOf = ({ unique }: Index, { key }: IndexEntry): Buffer => (unique ? key : key.subarray(0, -RECORD_BYTES));

/** Records in index order. Backwards, records of equal keys still come in the order of their ids, like a sort's. */
function* recordsOfRange(storage: Storage, plan: Plan, range: KeyRange): Generator<Found[]> {
  let after: Buffer | undefined;
  let run: IndexEntry[] = [];
  for (let size = FIRST_CHUNK; plan.index !== undefined; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const entries = storage.scanIndex(plan.index, range, plan.reverse, size, after);
    after = entries.at(-1)?.key;
    const found: Found[] = plan.reverse ? [] : entries;
    for (const entry of plan.reverse ? entries : []) {
      if (run[0] !== undefined && !valuesOf(plan.index, run[0]).equals(valuesOf(plan.index, entry))) {
        found.push(...run.reverse());
        run = [];
      }
      run.push(entry);
    }
    yield found;
    if (entries.length < size) break;
  }
  yield run.reverse();
}

/** Runs a query; documents come in batches. */
export async function* runQuery(storage: Storage, collection: Collection, query: Query): AsyncGenerator<Buffer[]> {
  for await (const chunk of findRecords(storage, collection, query)) yield chunk.map(({ bytes }) => bytes);
}

/** Runs a query and gives the records themselves. */
export async function* findRecords(
  storage: Storage,
  collection: Collection,
  query: Query,
): AsyncGenerator<StoredRecord[]> {
  const plan = planQuery(collection, query);
  const { pace = createPace() } = query;
  let skip = query.skip ?? 0;
  let left = query.limit || Number.POSITIVE_INFINITY;
  const source =
    query.sort === undefined || plan.ordered
      ? matchingChunks(storage, collection, query.filter, plan)
      : await sortedChunks(storage, collection, query, plan, pace);
  for (const chunk of source) {
    const wanted = chunk.slice(skip, skip + left);
    skip = Math.max(0, skip - chunk.length);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (left <= 0) return;
    await pace.giveWay();
  }
}

/** Sorts by keys and record ids only; the documents are read again in order, so that large results need no memory. */
async function sortedChunks(
  storage: Storage,
  collection: Collection,
  { filter, sort, skip = 0, limit = 0 }: Query,
  plan: Plan,
  pace: Pace,
): Promise<Iterable<StoredRecord[]>> {
  const sorter = createSorter<number>(
    limit === 0 ? Number.POSITIVE_INFINITY : skip + limit,
    () => 64,
    // Records of equal keys come in the order of their ids, whatever plan found them.
    (a, b) => a - b,
  );
  for (const chunk of matchingChunks(storage, collection, filter, plan)) {
    for (const { id, bytes } of chunk) sorter.add(documentSortKey(sort as Sort, documentValue(bytes)), id);
    await sorter.settle(pace);
  }
  return readInOrder(storage, collection, await sorter.finish(pace));
}

function* readInOrder(storage: Storage, collection: Collection, ids: readonly number[]): Generator<StoredRecord[]> {
  for (let at = 0; at < ids.length; at += LARGEST_CHUNK / 4) {
    const chunk: StoredRecord[] = [];
    for (const id of ids.slice(at, at + LARGEST_CHUNK / 4)) {
      const bytes = storage.read(collection, id);
      if (bytes !== undefined) chunk.push({ id, bytes });
    }
    yield chunk;
  }
}

/** The first matching record, found without a pause: for use inside a transaction. */
export function firstRecord(storage: Storage, collection: Collection, query: Query): StoredRecord | undefined {
  const plan = planQuery(collection, query);
  const sort = plan.ordered ? undefined : query.sort;
  let best: { record: StoredRecord; key: Buffer } | undefined;
  for (const chunk of matchingChunks(storage, collection, query.filter, plan)) {
    for (const record of chunk) {
      if (sort === undefined) return record;
      const key = documentSortKey(sort, documentValue(record.bytes));
      const order = best === undefined ? -1 : Buffer.compare(key, best.key) || record.id - best.record.id;
      if (order < 0) best = { record, key };
    }
  }
  return best?.record;
}
