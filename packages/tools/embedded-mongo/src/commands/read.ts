import { hostname } from 'node:os';
import { keyText, toBigInt } from '../bson/order.js';
import { parsePath, visitPath } from '../bson/path.js';
import {
  documentValue,
  type Element,
  elements,
  fromElements,
  fromValues,
  isNumber,
  MAX_DOCUMENT_BYTES,
  TYPE,
  text,
  type Value,
} from '../bson/values.js';
import { fail } from '../errors.js';
import { detached } from '../language/accumulator.js';
import {
  type Batches,
  compilePipeline,
  countDocument,
  type Pipeline,
  type ReadOther,
  runStages,
} from '../language/aggregate.js';
import { truthy } from '../language/expression.js';
import { compileFilter, compileOptionalFilter } from '../language/match.js';
import { compileProjection, type Transform } from '../language/projection.js';
import { compileSort } from '../language/sort.js';
import type { Pace } from '../pace.js';
import type { Collection } from '../storage/catalogue.js';
import { keyPattern } from '../storage/index-entries.js';
import type { AskedFields } from '../storage/planner.js';
import { findRecords, planQuery, type Query, runQuery } from '../storage/query.js';
import type { StoredRecord } from '../storage/records.js';
import { DEFAULT_BATCH } from '../wire/cursors.js';
import { encodeReply, type Reply } from '../wire/reply.js';
import { type Arguments, createArguments } from './arguments.js';
import type { Call, Command } from './command.js';
import { checkedNamespace, namespaceOf } from './namespace.js';
import { storageStats } from './statistics.js';

const FIND_FIELDS =
  'filter sort projection skip limit batchSize singleBatch allowDiskUse noCursorTimeout allowPartialResults'.split(' ');
const AGGREGATE_FIELDS = ['pipeline', 'cursor', 'allowDiskUse', 'bypassDocumentValidation', 'explain'];
const COUNT_FIELDS = ['query', 'limit', 'skip', 'fields'];
const DISTINCT_FIELDS = ['key', 'query'];

async function* nothing(): AsyncGenerator<never> {}

export async function* oneBatch(batch: Buffer[]): Batches {
  yield batch;
}

/** The batch size in a command's `cursor` option. */
export function batchSize(cursor = fromElements([])): number {
  return createArguments(cursor, 'cursor', ['batchSize']).size('batchSize', DEFAULT_BATCH);
}

/** The query of a `find`, `count` or `distinct`: a negative limit counts like a positive one. */
function queryOf(args: Arguments, filter: 'filter' | 'query', pace: Pace): Query {
  return {
    filter: compileOptionalFilter(args.value(filter)),
    sort: compileSort(args.document('sort')),
    skip: args.size('skip', 0),
    limit: Math.abs(args.number('limit', 0)),
    pace,
  };
}

function pipelineQuery(pipeline: Pipeline, pace: Pace): Query {
  return {
    filter: compileOptionalFilter(pipeline.filter),
    sort: compileSort(pipeline.sort),
    limit: pipeline.limit,
    pace,
  };
}

/** The fields that a find looks at and answers, where it names them all. */
function fieldsAsked(filter = fromElements([]), projection = fromElements([])): AskedFields | undefined {
  const answered = elements(projection).filter(({ name, value }) => name !== '_id' || truthy(value));
  const isPlain = ({ value }: Element) => (isNumber(value) || value.type === TYPE.bool) && truthy(value);
  if (answered.length === 0 || answered.length === elements(projection).length || !answered.every(isPlain))
    return undefined;
  const asked = { answered: answered.map(({ name }) => name), filtered: elements(filter).map(({ name }) => name) };
  return [...asked.answered, ...asked.filtered].some((name) => name.startsWith('$')) ? undefined : asked;
}

const findQuery = (args: Arguments, pace: Pace): Query => ({
  ...queryOf(args, 'filter', pace),
  asked: fieldsAsked(args.document('filter'), args.document('projection')),
});

/** The answers to a find: what an index tells of the asked fields is one. */
async function* projected(records: AsyncIterable<StoredRecord[]>, transform: Transform, pace: Pace): Batches {
  for await (const chunk of records) {
    let made: Buffer[] = [];
    for (const { bytes, isAnswer } of chunk) {
      made.push(isAnswer ? bytes : transform(bytes));
      if (!pace.isDue()) continue;
      yield made;
      made = [];
      await pace.giveWay();
    }
    yield made;
  }
}

async function find(call: Call): Promise<Buffer> {
  const { args, server, pace } = call;
  const ns = namespaceOf(call);
  const projection = args.document('projection');
  const query = findQuery(args, pace);
  const transform = projection && elements(projection).length > 0 ? compileProjection(projection, false) : undefined;
  const collection = server.storage.collection(ns);
  const found = collection ? findRecords(server.storage, collection, query) : nothing();
  const batches = projected(found, transform ?? ((document) => document), pace);
  const single = args.flag('singleBatch') || args.number('limit', 0) < 0;
  return server.cursors.first(ns, batches, args.size('batchSize', DEFAULT_BATCH), single, pace);
}

async function aggregate(call: Call): Promise<Buffer> {
  const { args, server, pace } = call;
  if (args.value('aggregate')?.type !== TYPE.string) fail(73, 'Aggregations without a collection are not implemented');
  if (args.flag('explain')) fail(238, "Use the 'explain' command instead of the option");
  const ns = namespaceOf(call);
  const pipeline = compilePipeline(args.value('pipeline') as Value);
  const query = pipelineQuery(pipeline, pace);
  const cursor =
    args.document('cursor') ??
    fail(9, "The 'cursor' option is required, except for aggregate with the explain argument");
  const size = batchSize(cursor);
  const collection = server.storage.collection(ns);
  if (collection && pipeline.countsAll) {
    return server.cursors.first(ns, oneBatch(countDocument(collection.count)), size, false, pace);
  }
  const { stages, collStats } = pipeline;
  const source = collStats ? collectionStats(call, ns, collStats) : read(call, ns, query);
  const readOther: ReadOther = (name, filter) =>
    read(call, checkedNamespace(`${call.database}.${name}`), { filter: compileFilter(filter), pace });
  return server.cursors.first(ns, runStages(stages, source, pace, readOther), size, false, pace);
}

function read({ server }: Call, ns: string, query: Query): Batches {
  const collection = server.storage.collection(ns);
  return collection ? runQuery(server.storage, collection, query) : nothing();
}

/** The one document of `$collStats`. */
async function* collectionStats(call: Call, ns: string, spec: Value): Batches {
  const collection =
    call.server.storage.collection(ns) ?? fail(26, `Unable to retrieve storageStats: collection '${ns}' not found`);
  const asked = elements(spec).map(({ name }) => name);
  const statistics: Reply = { ns, host: hostname(), localTime: new Date() };
  if (asked.includes('storageStats')) statistics.storageStats = await storageStats(call, collection);
  if (asked.includes('count')) statistics.count = collection.count;
  yield [encodeReply(statistics)];
}

async function count(call: Call): Promise<Reply> {
  const { args, server } = call;
  const collection = server.storage.collection(namespaceOf(call));
  const query = queryOf(args, 'query', call.pace);
  if (collection === undefined) return { n: 0 };
  if (elements(args.document('query') ?? fromElements([])).length === 0) {
    const left = Math.max(0, collection.count - (query.skip ?? 0));
    return { n: query.limit ? Math.min(left, query.limit) : left };
  }
  let n = 0;
  for await (const chunk of findRecords(server.storage, collection, query)) n += chunk.length;
  return { n };
}

function tooLarge(): never {
  return fail(17217, 'distinct too big, 16mb cap');
}

async function distinct(call: Call): Promise<Reply> {
  const { args, server, pace } = call;
  const key = args.text('key');
  if (key === '') fail(40352, 'FieldPath cannot be constructed with empty string');
  const path = parsePath(key);
  const collection = server.storage.collection(namespaceOf(call));
  const query = queryOf(args, 'query', pace);
  const found = new Map<string, Value>();
  let held = 0;
  if (collection) {
    for await (const chunk of findRecords(server.storage, collection, query)) {
      for (const { bytes } of chunk) {
        visitPath(documentValue(bytes), path, 'elements', (v) => {
          // An empty array has no values; the visit shows it as undefined.
          if (v === undefined || v.type === TYPE.undefined) return false;
          const text = keyText(v);
          if (found.has(text)) return false;
          found.set(text, detached(v));
          held += v.end - v.start;
          return held > MAX_DOCUMENT_BYTES && tooLarge();
        });
        if (pace.isDue()) await pace.giveWay();
      }
    }
  }
  const list = fromValues([...found.values()]);
  if (list.end > MAX_DOCUMENT_BYTES) tooLarge();
  return { values: list };
}

function cursorId(v: Value | undefined): bigint {
  return v?.type === TYPE.int64 ? toBigInt(v) : fail(14, 'a cursor id must be a long');
}

async function getMore(call: Call): Promise<Buffer> {
  const { args, server, pace } = call;
  const id = cursorId(args.value('getMore'));
  const size = args.size('batchSize', 0) || Number.POSITIVE_INFINITY;
  return server.cursors.more(id, `${call.database}.${args.text('collection')}`, size, pace);
}

async function killCursors(call: Call): Promise<Reply> {
  const { args, server } = call;
  const cursorsKilled: bigint[] = [];
  const cursorsNotFound: bigint[] = [];
  if (args.value('cursors') === undefined)
    fail(40414, "BSON field 'killCursors.cursors' is missing but a required field");
  for (const v of args.array('cursors')) {
    const id = cursorId(v);
    const killed = await server.cursors.kill(id, namespaceOf(call));
    (killed ? cursorsKilled : cursorsNotFound).push(id);
  }
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] };
}

/** Explains find, aggregate and count: the chosen plan, and how much it reads when it is carried out. */
async function explain(call: Call): Promise<Reply> {
  const inner = call.args.document('explain') ?? fail(9, 'explain needs a command');
  const name = elements(inner)[0]?.name ?? '';
  const [fields, toQuery] = EXPLAINED[name] ?? fail(59, `Explain failed due to unknown command: ${name}`);
  const args = createArguments(inner, name, fields);
  const query = toQuery(args, call.pace);
  const ns = `${call.database}.${args.text(name)}`;
  const { storage } = call.server;
  const collection = storage.collection(ns);
  const winningPlan = collection ? shownPlan(collection, query) : { stage: 'EOF' };
  const verbosity = call.args.value('verbosity');
  const reply: Record<string, unknown> = {
    explainVersion: '1',
    queryPlanner: { namespace: ns, winningPlan, rejectedPlans: [] },
    command: { [name]: args.text(name) },
  };
  if (verbosity === undefined || text(verbosity) === 'queryPlanner') return reply;
  const started = performance.now();
  let nReturned = 0;
  let totalDocsExamined = 0;
  const matches = (document: Value): boolean => {
    totalDocsExamined++;
    return query.filter.matches(document);
  };
  const counting = { ...query, filter: { ...query.filter, matches } };
  if (collection) for await (const chunk of findRecords(storage, collection, counting)) nReturned += chunk.length;
  const executionTimeMillis = Math.round(performance.now() - started);
  const executionStages = { ...winningPlan, nReturned };
  const executionStats = { executionSuccess: true, nReturned, executionTimeMillis, totalDocsExamined, executionStages };
  return { ...reply, executionStats };
}

const EXPLAINED: Record<string, [readonly string[], (args: Arguments, pace: Pace) => Query]> = {
  find: [FIND_FIELDS, findQuery],
  aggregate: [AGGREGATE_FIELDS, (args, pace) => pipelineQuery(compilePipeline(args.value('pipeline') as Value), pace)],
  count: [COUNT_FIELDS, (args, pace) => queryOf(args, 'query', pace)],
};

function shownPlan(collection: Collection, query: Query): Record<string, unknown> {
  const plan = planQuery(collection, query);
  const direction = plan.reverse ? 'backward' : 'forward';
  const access =
    plan.index === undefined
      ? { stage: 'COLLSCAN', direction }
      : {
          stage: plan.covered ? 'PROJECTION_COVERED' : 'FETCH',
          inputStage: {
            stage: 'IXSCAN',
            indexName: plan.index.name,
            keyPattern: keyPattern(plan.index),
            isMultiKey: plan.index.multikey,
            isUnique: plan.index.unique,
            direction,
            ranges: plan.ranges.length,
          },
        };
  return query.sort === undefined || plan.ordered ? access : { stage: 'SORT', inputStage: access };
}

/** Commands that read documents. */
export const READ_COMMANDS: Record<string, Command> = {
  find: { fields: FIND_FIELDS, run: find },
  aggregate: { fields: AGGREGATE_FIELDS, run: aggregate },
  count: { fields: COUNT_FIELDS, run: count },
  distinct: { fields: DISTINCT_FIELDS, run: distinct },
  getMore: { fields: ['collection', 'batchSize', 'term'], run: getMore },
  killCursors: { fields: ['cursors'], run: killCursors },
  explain: { fields: ['verbosity'], run: explain },
};
