import { keyText, toNumber } from '../bson/order.js';
import { parsePath } from '../bson/path.js';
import {
  documentValue,
  type Element,
  elements,
  FALSE,
  field,
  fromElements,
  fromValues,
  int32,
  int64,
  isEmptyDocument,
  isNullish,
  isNumber,
  MAX_DOCUMENT_BYTES,
  NULL,
  named,
  slice,
  string,
  TYPE,
  text,
  type Value,
  values,
} from '../bson/values.js';
import { fail } from '../errors.js';
import type { Pace } from '../pace.js';
import { ACCUMULATORS, type Accumulation, detached } from './accumulator.js';
import { compileExpression, type Expression, truthy, typeName } from './expression.js';
import { compileFilter } from './match.js';
import { compileAddFields, compileProjection, fieldSetter } from './projection.js';
import { checkMemory, compileSort, createSorter, documentSortKey } from './sort.js';

/** Documents travel through a pipeline in batches. */
export type Batches = AsyncIterable<Buffer[]>;
/** Reads the documents of another collection of the database that satisfy a filter. */
export type ReadOther = (collection: string, filter: Value) => Batches;
/** One compiled stage. */
export type Stage = (input: Batches, pace: Pace, readOther: ReadOther) => Batches;
/** What a stage gives on at once, as long as its turn lasts. */
const BATCH_DOCUMENTS = 256;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Gives documents on in batches that are neither long nor large, and gives way between them. `undefined` is work without a document. */
async function* inBatches(documents: Iterable<Buffer | undefined>, pace: Pace): Batches {
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const document of documents) {
    if (document !== undefined) {
      batch.push(document);
      bytes += document.length;
    }
    if (batch.length < BATCH_DOCUMENTS && bytes < BATCH_BYTES && !pace.isDue()) continue;
    yield batch;
    batch = [];
    bytes = 0;
    await pace.giveWay();
  }
  yield batch;
}

/** A stage that makes documents of each document, by and by. */
export function eachDocument(transform: (document: Buffer) => Iterable<Buffer>): Stage {
  function* transformed(batch: readonly Buffer[]): Iterable<Buffer | undefined> {
    for (const document of batch) {
      yield* transform(document);
      yield undefined;
    }
  }
  return async function* (input, pace) {
    for await (const batch of input) yield* inBatches(transformed(batch), pace);
  };
}

/** A pipeline taken apart: what a collection's indexes can serve, and the stages after it. */
export interface Pipeline {
  readonly filter: Value | undefined;
  readonly sort: Value | undefined;
  readonly limit: number;
  readonly stages: readonly Stage[];
  /** The argument of a leading `$collStats`, which takes the place of the documents. */
  readonly collStats: Value | undefined;
  /** Whether it only counts the whole collection, as drivers ask for it; the answer is then known without reading. */
  readonly countsAll: boolean;
}

/** How drivers spell `countDocuments()`: a `$match` and this `$group`. */
const COUNT_GROUP = fromElements([
  { name: '_id', value: int32(1) },
  { name: 'n', value: named('$sum', int32(1)) },
]);

/** The result of that count. */
export function countDocument(n: number): Buffer[] {
  if (n === 0) return [];
  const value = int32(n);
  return [
    fromElements([
      { name: '_id', value: int32(1) },
      { name: 'n', value },
    ]).bytes,
  ];
}

/** Stages that MongoDB knows and this server does not. */
const NOT_IMPLEMENTED = ['$out', '$merge', '$geoNear', '$indexStats', '$currentOp'];

interface NamedStage extends Element {
  readonly stage: Stage;
}

/** Compiles each stage, also those that the collection will serve, so that every mistake is found. */
function compileStages(source: Value): NamedStage[] {
  return values(source).map((stage) => {
    if (stage.type !== TYPE.object) fail(14, 'Each element of the pipeline must be an object');
    const [only, ...others] = elements(stage);
    if (only === undefined || others.length > 0) {
      return fail(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    return { ...only, stage: compileStage(only.name, only.value) };
  });
}

/** Sends documents through stages, one after the other. */
export function runStages(stages: readonly Stage[], input: Batches, pace: Pace, readOther: ReadOther): Batches {
  return stages.reduce((batches, stage) => stage(batches, pace, readOther), input);
}

/**
 * Compiles a pipeline; a leading `$match`, `$sort`, `$limit` (each optional, in that order) goes to the collection.
 * @throws CommandError 40324 for an unknown stage, 40573 for `$changeStream`, 238 for those that write
 */
export function compilePipeline(source: Value): Pipeline {
  if (source.type !== TYPE.array) fail(14, "'pipeline' option must be specified as an array");
  const stages = compileStages(source);
  let next = 0;
  const take = (name: string): Value | undefined => (stages[next]?.name === name ? stages[next++]?.value : undefined);
  const collStats = take('$collStats');
  const filter = collStats ? undefined : take('$match');
  const sort = collStats ? undefined : take('$sort');
  const limit = collStats ? undefined : take('$limit');
  const rest = stages.slice(next);
  if (rest.some(({ name }) => name === '$collStats')) fail(40602, '$collStats is only valid as the first stage');
  const countsAll =
    collStats === undefined &&
    sort === undefined &&
    limit === undefined &&
    (filter === undefined || isEmptyDocument(filter)) &&
    rest.length === 1 &&
    rest[0]?.name === '$group' &&
    slice(rest[0].value).equals(COUNT_GROUP.bytes);
  return {
    filter,
    sort,
    limit: limit ? toNumber(limit) : 0,
    stages: rest.map(({ stage }) => stage),
    collStats,
    countsAll,
  };
}

function compileStage(name: string, spec: Value): Stage {
  const compile = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
  if (compile) return compile(spec);
  if (name === '$changeStream') return fail(40573, 'The $changeStream stage is only supported on replica sets');
  if (NOT_IMPLEMENTED.includes(name)) return fail(238, `${name} is not implemented by the embedded server`);
  return fail(40324, `Unrecognized pipeline stage name: '${name}'`);
}

/** A stage that changes each document. */
function oneForOne(transform: (document: Buffer) => Buffer): Stage {
  return eachDocument((document) => [transform(document)]);
}

const STAGES: Record<string, (spec: Value) => Stage> = {
  $match: (spec) => {
    if (spec.type !== TYPE.object) fail(15959, 'the match filter must be an expression in an object');
    const { matches } = compileFilter(spec);
    return eachDocument((document) => (matches(documentValue(document)) ? [document] : []));
  },
  $project: (spec) => oneForOne(compileProjection(spec, true)),
  $addFields: (spec) => oneForOne(compileAddFields(spec)),
  $set: (spec) => oneForOne(compileAddFields(spec)),
  $group: compileGroup,
  $sort: (spec) => {
    if (spec.type !== TYPE.object) fail(15973, 'the $sort key specification must be an object');
    const sort = compileSort(spec) ?? fail(15976, '$sort stage must have at least one sort key');
    return async function* (input, pace) {
      const sorter = createSorter<Buffer>(Number.POSITIVE_INFINITY, (document) => document.length);
      for await (const batch of input) {
        for (const document of batch) sorter.add(documentSortKey(sort, documentValue(document)), document);
        await sorter.settle(pace);
      }
      yield* inBatches(await sorter.finish(pace), pace);
    };
  },
  $limit: (spec) => {
    const limit = wholeNumber(spec, 5107201, '$limit') || fail(15958, 'the limit must be positive');
    return async function* (input) {
      let left = limit;
      for await (const batch of input) {
        yield batch.slice(0, left);
        left -= batch.length;
        if (left <= 0) return;
      }
    };
  },
  $skip: (spec) => {
    const skip = wholeNumber(spec, 5107200, '$skip');
    return async function* (input) {
      let left = skip;
      for await (const batch of input) {
        yield batch.slice(left);
        left = Math.max(0, left - batch.length);
      }
    };
  },
  $unwind: compileUnwind,
  $sample: compileSample,
  $facet: compileFacet,
  $lookup: compileLookup,
  $collStats: (spec) => {
    if (spec.type !== TYPE.object) fail(40167, '$collStats must take a nested object');
    const unknown = elements(spec).find(({ name }) => !['storageStats', 'count'].includes(name));
    if (unknown) fail(238, `'${unknown.name}' of $collStats is not implemented by the embedded server`);
    return (input) => input;
  },
  $count: (spec) => {
    if (spec.type !== TYPE.string) fail(40156, 'the count field must be a non-empty string');
    const name = text(spec);
    if (name === '') fail(40157, 'the count field must be a non-empty string');
    if (name.startsWith('$')) fail(40158, 'the count field cannot be a $-prefixed path');
    if (name.includes('.')) fail(40160, "the count field cannot contain '.'");
    return async function* (input) {
      let n = 0;
      for await (const batch of input) n += batch.length;
      if (n > 0) yield [named(name, int32(n)).bytes];
    };
  },
};

function wholeNumber(spec: Value, code: number, stage: string): number {
  const n = isNumber(spec) ? toNumber(spec) : Number.NaN;
  return Number.isInteger(n) && n >= 0
    ? n
    : fail(code, `invalid argument to ${stage} stage: Expected a non-negative whole number`);
}

function compileGroup(spec: Value): Stage {
  if (spec.type !== TYPE.object) fail(15947, "a group's fields must be specified in an object");
  const fields = elements(spec);
  const id = fields.find(({ name }) => name === '_id') ?? fail(15955, 'a group specification must include an _id');
  const groupId = compileExpression(id.value);
  const accumulators = fields.filter(({ name }) => name !== '_id').map(compileAccumulator);
  function* finished(groups: Iterable<{ id: Value; states: Accumulation[] }>): Iterable<Buffer> {
    for (const { id: groupKey, states } of groups) {
      const made: Element[] = [{ name: '_id', value: groupKey }];
      states.forEach((state, i) => {
        made.push({ name: accumulators[i]?.name ?? '', value: state.finish() });
      });
      yield fromElements(made).bytes;
    }
  }
  return async function* (input, pace) {
    const groups = new Map<string, { id: Value; states: Accumulation[] }>();
    let held = 0;
    for await (const batch of input) {
      for (const document of batch) {
        const source = documentValue(document);
        const key = groupId(source) ?? NULL;
        const keyString = keyText(key);
        let group = groups.get(keyString);
        if (group === undefined) {
          group = { id: detached(key), states: accumulators.map(({ start }) => start()) };
          groups.set(keyString, group);
          held += keyString.length * 2 + 256;
        }
        for (let i = 0; i < accumulators.length; i++) {
          const state = group.states[i] as Accumulation;
          held += state.add(accumulators[i]?.argument(source));
        }
        if (pace.isDue()) await pace.giveWay();
      }
      checkMemory(held, '$group');
    }
    yield* inBatches(finished(groups.values()), pace);
  };
}

/** A field of a `$group` stage. */
interface Accumulator {
  readonly name: string;
  readonly argument: Expression;
  readonly start: () => Accumulation;
}

function compileAccumulator({ name, value: source }: Element): Accumulator {
  const [only, ...others] = source.type === TYPE.object ? elements(source) : [];
  if (name.includes('.')) fail(40235, `The field name '${name}' cannot contain '.'`);
  if (only === undefined) return fail(40234, `The field '${name}' must be an accumulator object`);
  if (others.length > 0) fail(40238, `The field '${name}' must specify one accumulator`);
  if (!Object.hasOwn(ACCUMULATORS, only.name)) fail(15952, `unknown group operator '${only.name}'`);
  const start = ACCUMULATORS[only.name as keyof typeof ACCUMULATORS];
  if (only.name !== '$count') return { name, argument: compileExpression(only.value), start };
  if (only.value.type !== TYPE.object || !isEmptyDocument(only.value))
    fail(9, '$count takes no arguments, i.e. $count: {}');
  return { name, argument: () => int32(1), start };
}

/** The options of a stage by their names. @throws CommandError with `code` for one that is not known */
function stageOptions(stage: string, spec: Value, known: readonly string[], code: number): Map<string, Value> {
  const options = elements(spec);
  const unknown = options.find(({ name }) => !known.includes(name));
  if (unknown) fail(code, `unrecognized option to ${stage} stage: ${unknown.name}`);
  return new Map(options.map(({ name, value }) => [name, value]));
}

function compileUnwind(spec: Value): Stage {
  if (spec.type !== TYPE.object && spec.type !== TYPE.string) {
    fail(15981, 'expected either a string or an object as specification for $unwind stage');
  }
  const known = ['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'];
  const options = stageOptions('$unwind', spec.type === TYPE.object ? spec : named('path', spec), known, 28811);
  const source = options.get('path');
  if (source?.type !== TYPE.string)
    return fail(28808, `expected a string as the path for $unwind stage, got ${typeName(source)}`);
  const path = text(source);
  if (!path.startsWith('$')) fail(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  if (path === '$') fail(40352, 'FieldPath cannot be constructed with empty string');
  const indexOption = options.get('includeArrayIndex');
  if (indexOption && (indexOption.type !== TYPE.string || text(indexOption) === '')) {
    fail(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  }
  const index = indexOption && text(indexOption);
  if (index?.startsWith('$')) fail(28822, `includeArrayIndex option to $unwind stage should not be prefixed: ${index}`);
  const preserveOption = options.get('preserveNullAndEmptyArrays') ?? FALSE;
  if (preserveOption.type !== TYPE.bool) fail(28809, 'expected a boolean for the preserveNullAndEmptyArrays option');
  const preserve = truthy(preserveOption);
  const { names } = parsePath(path.slice(1));
  const set = fieldSetter(path.slice(1));
  const setIndex = index === undefined ? (document: Buffer) => document : fieldSetter(index);
  return eachDocument(function* (document) {
    const found = objectPath(documentValue(document), names);
    if (found?.type === TYPE.array) {
      const items = values(found);
      if (items.length === 0 && preserve) yield setIndex(set(document, undefined), NULL);
      for (const [i, item] of items.entries()) yield setIndex(set(document, item), int64(BigInt(i)));
    } else if (!isNullish(found) || preserve) yield setIndex(document, NULL);
  });
}

/** The value at a path through documents only. */
function objectPath(v: Value, names: readonly Buffer[]): Value | undefined {
  let found: Value | undefined = v;
  for (const name of names) found = found?.type === TYPE.object ? field(found, name) : undefined;
  return found;
}

/** Keeps `size` documents, each of all with the same chance, in random order. */
function compileSample(spec: Value): Stage {
  if (spec.type !== TYPE.object) fail(28745, 'the $sample stage specification must be an object');
  const [only, ...others] = elements(spec);
  if (only?.name !== 'size' || others.length > 0) fail(28748, '$sample takes a size, and nothing else');
  const size = wholeNumber(only.value, 28746, '$sample') || fail(28747, 'size argument to $sample must be positive');
  return async function* (input, pace) {
    const kept: Buffer[] = [];
    let seen = 0;
    let held = 0;
    for await (const batch of input) {
      for (const document of batch) {
        // The document goes to a random place among those that came, and pushes its holder to the end.
        const at = Math.floor(Math.random() * ++seen);
        const holder = kept[at];
        held += document.length;
        if (kept.length < size) kept.push(holder ?? document);
        else held -= (holder ?? document).length;
        if (at < kept.length) kept[at] = document;
      }
      checkMemory(held, '$sample');
      await pace.giveWay();
    }
    yield* inBatches(kept, pace);
  };
}

/** Sends the same documents through several pipelines; gives one document of their results. */
function compileFacet(spec: Value): Stage {
  const facets = spec.type === TYPE.object ? elements(spec) : [];
  if (facets.length === 0) fail(40169, 'the $facet specification must be a non-empty object');
  const compiled = facets.map(({ name, value }) => {
    if (value.type !== TYPE.array)
      fail(40170, `arguments to $facet must be arrays, ${name} is type ${typeName(value)}`);
    if (name.startsWith('$') || name.includes('.')) fail(16410, `FieldPath field names may not be '${name}'`);
    const stages = compileStages(value);
    const misplaced = stages.find((stage) => ['$facet', '$collStats'].includes(stage.name));
    if (misplaced) fail(40600, `${misplaced.name} is not allowed to be used within a $facet stage`);
    return { name, stages: stages.map(({ stage }) => stage) };
  });
  return async function* (input, pace, readOther) {
    const all = await gathered(input, '$facet');
    const made: Element[] = [];
    for (const { name, stages } of compiled) {
      const results = await gathered(runStages(stages, inBatches(all, pace), pace, readOther), '$facet');
      made.push({ name, value: fromValues(results.map(documentValue)) });
    }
    yield [checkedSize(fromElements(made).bytes)];
  };
}

async function gathered(input: Batches, stage: string): Promise<Buffer[]> {
  const all: Buffer[] = [];
  let held = 0;
  for await (const batch of input) {
    all.push(...batch);
    held += batch.reduce((sum, document) => sum + document.length, 0);
    checkMemory(held, stage);
  }
  return all;
}

function checkedSize(document: Buffer): Buffer {
  return document.length <= MAX_DOCUMENT_BYTES
    ? document
    : fail(10334, `BSONObj size: ${document.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}`);
}

/** Adds the documents of another collection whose field equals one of this document, or one of the elements of its array. */
function compileLookup(spec: Value): Stage {
  if (spec.type !== TYPE.object) fail(9, 'the $lookup specification must be an object');
  const left = elements(spec).find(({ name }) => name === 'pipeline' || name === 'let');
  if (left) fail(238, `'${left.name}' of $lookup is not implemented by the embedded server`);
  const options = stageOptions('$lookup', spec, ['from', 'localField', 'foreignField', 'as'], 9);
  const textOf = (name: string): string => {
    const value = options.get(name);
    return value?.type === TYPE.string ? text(value) : fail(9, `$lookup argument '${name}' must be a string`);
  };
  const [from, localField, foreignField] = [textOf('from'), textOf('localField'), textOf('foreignField')];
  for (const path of [localField, foreignField]) {
    if (path.startsWith('$')) fail(16410, `FieldPath field names may not start with '$': '${path}'`);
  }
  const local = compileExpression(string(`$${localField}`));
  const set = fieldSetter(textOf('as'));
  return async function* (input, pace, readOther) {
    for await (const batch of input) {
      for (const document of batch) {
        const found = local(documentValue(document)) ?? NULL;
        const wanted = found.type === TYPE.array ? values(found) : [found];
        // In a list of a filter it would be matched with, instead of compared.
        if (wanted.some(({ type }) => type === TYPE.regex))
          fail(238, '$lookup by a regular expression is not implemented');
        const filter = named(foreignField, named('$in', fromValues(wanted)));
        const joined = await gathered(readOther(from, filter), '$lookup');
        yield [checkedSize(set(document, fromValues(joined.map(documentValue))))];
        await pace.giveWay();
      }
    }
  };
}
