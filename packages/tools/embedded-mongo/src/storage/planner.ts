import { classOf, indexBounds, indexComponent, toNumber } from '../bson/order.js';
import { isNullish, isNumber, NULL, TYPE, UNDEFINED, type Value } from '../bson/values.js';
import type { Condition } from '../language/match.js';
import type { Sort } from '../language/sort.js';
import type { Collection } from './catalogue.js';
import { componentLimit, type Index } from './index-entries.js';
import type { KeyRange } from './records.js';

/** How to find a filter's candidates. Each of them is still tested: a plan only saves work. */
export interface Plan {
  /** Without an index, all records are read. */
  readonly index: Index | undefined;
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Whether each range begins with a whole key of a unique index, which leads to one record at most. */
  readonly exact: boolean;
  /** Whether the index gives the documents in the order of the sort. */
  readonly ordered: boolean;
  /** Whether the keys of the index hold every field that is asked about, so that documents need not be read. */
  readonly covered: boolean;
  /** Whether they hold no others, so that what they tell needs no projection. */
  readonly exactly: boolean;
}

/** The only fields that a query answers and looks at. */
export interface AskedFields {
  readonly answered: readonly string[];
  readonly filtered: readonly string[];
}

export const FULL_SCAN: Plan = {
  index: undefined,
  ranges: [],
  reverse: false,
  exact: false,
  ordered: false,
  covered: false,
  exactly: false,
};
/** A filter like `{a: {$in: […]}, b: {$in: […]}}` asks for every combination; beyond this the rest is left to the test. */
const MAX_COMBINATIONS = 2000;

/**
 * Chooses an index: the longest prefix of equalities, then one range, then a matching order, then one that holds all that
 * is asked about.
 *
 * @param asked - where that is known.
 */
export function choosePlan(
  collection: Collection,
  conditions: readonly Condition[],
  sort: Sort | undefined,
  asked?: AskedFields,
): Plan {
  let best = { plan: FULL_SCAN, score: 0 };
  for (const index of collection.indexes) {
    if (index.sparse) continue;
    const candidate = planIndex(index, conditions, sort, asked);
    if (candidate.score > best.score) best = candidate;
  }
  return best.plan;
}

function planIndex(
  index: Index,
  conditions: readonly Condition[],
  sort: Sort | undefined,
  asked: AskedFields | undefined,
): { plan: Plan; score: number } {
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let used = 0;
  let range: { from: Buffer; to: Buffer } | undefined;
  for (const [i, { path, direction }] of index.fields.entries()) {
    const own = conditions.filter((condition) => condition.path === path.text);
    const points = own
      .map(pointsOf)
      .find((found) => found && (prefixes.length === 1 || prefixes.length * found.length <= MAX_COMBINATIONS));
    if (points === undefined) {
      range = rangeOf(own, index, direction);
      break;
    }
    const limit = componentLimit(index);
    const keys = distinct(points.map((point) => indexComponent(point, direction, limit).key));
    prefixes = prefixes.flatMap((prefix) => keys.map((key) => Buffer.concat([prefix, key])));
    used = i + 1;
    // On a multikey index two fields' bounds may be met by different elements, so one field is all it can serve.
    if (index.multikey) break;
  }
  const ranges = prefixes.map((prefix) =>
    range === undefined
      ? { from: prefix, to: used === 0 ? undefined : Buffer.concat([prefix, AFTER]) }
      : { from: Buffer.concat([prefix, range.from]), to: Buffer.concat([prefix, range.to]) },
  );
  const order = prefixes.length === 1 && sort ? orderOf(index, sort, used) : 0;
  const holds = (name: string) => index.fields.some(({ path, direction }) => path.text === name && direction === 1);
  // What is sorted by is looked at, too.
  const sortedBy = sort?.paths.map(({ text }) => text) ?? [];
  const { answered = [], filtered = [] } = asked ?? {};
  const isWhole = asked !== undefined && !index.multikey && !index.cut;
  const covered = isWhole && [...answered, ...filtered, ...sortedBy].every(holds);
  const exactly = covered && index.fields.every(({ path }) => answered.includes(path.text));
  const useful = used * 4 + (range ? 2 : 0) + (order === 0 ? 0 : 1);
  const score = useful === 0 || !covered ? useful : useful + 0.5;
  const exact = index.unique && used === index.fields.length;
  return { plan: { index, ranges, reverse: order === -1, exact, ordered: order !== 0, covered, exactly }, score };
}

/** Sorts after every key that begins with the bytes before it: no component begins with 255. */
const AFTER = Buffer.from([255]);

function distinct(keys: readonly Buffer[]): Buffer[] {
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()].sort(Buffer.compare);
}

/** The values that an equality or `$in` allows, as indexed; `undefined` where the index cannot tell. */
function pointsOf({ operator, operands }: Condition): (Value | undefined)[] | undefined {
  if (operator !== '$eq' && operator !== '$in') return undefined;
  // An array equals a whole array or an element that is one; the index holds the elements only.
  if (operands.some(({ type }) => type === TYPE.array || type === TYPE.regex)) return undefined;
  // Null stands for missing, null and undefined alike.
  return operands.flatMap((operand) => (isNullish(operand) ? [NULL, UNDEFINED] : [operand]));
}

const UNBOUNDED_TYPES: readonly number[] = [
  TYPE.array,
  TYPE.regex,
  TYPE.minKey,
  TYPE.maxKey,
  TYPE.null,
  TYPE.undefined,
];

/** One range from the comparisons on a field; a multikey index may use only one bound. */
function rangeOf(own: readonly Condition[], index: Index, direction: number): { from: Buffer; to: Buffer } | undefined {
  const usable = own.filter(
    ({ operator, operands: [operand] }) =>
      operator !== '$eq' &&
      operator !== '$in' &&
      operand !== undefined &&
      !UNBOUNDED_TYPES.includes(operand.type) &&
      !(isNumber(operand) && Number.isNaN(toNumber(operand))),
  );
  const first = usable[0]?.operands[0];
  if (first === undefined) return undefined;
  const wantedClass = classOf(first);
  const bounds = (index.multikey ? usable.slice(0, 1) : usable).filter(
    ({ operands: [operand] }) => classOf(operand) === wantedClass,
  );
  const lowest = bounds.find(({ operator }) => operator.startsWith('$gt'));
  const low = lowest?.operands[0];
  const high = bounds.find(({ operator }) => operator.startsWith('$lt'))?.operands[0];
  const limit = componentLimit(index);
  const range = indexBounds(low, high, wantedClass, direction, limit);
  // There may be a million keys of that very value: none of them is looked at.
  const isBehind = lowest?.operator === '$gt' && indexComponent(low, direction, limit).key.equals(range.from);
  return isBehind ? { ...range, from: Buffer.concat([range.from, AFTER]) } : range;
}

/** 1 or -1 when the index, read forwards or backwards, gives the order of the sort; otherwise 0. */
function orderOf(index: Index, sort: Sort, used: number): number {
  if (index.multikey || index.cut) return 0;
  const fixed = new Set(index.fields.slice(0, used).map(({ path }) => path.text));
  let order = 0;
  let at = used;
  for (const [i, path] of sort.paths.entries()) {
    if (fixed.has(path.text)) continue;
    const field = index.fields[at++];
    if (field?.path.text !== path.text) return 0;
    const own = (sort.directions[i] as number) * field.direction;
    if (order !== 0 && own !== order) return 0;
    order = own;
  }
  // Further fields of the index would order documents that the sort holds equal.
  if (at !== index.fields.length) return 0;
  return order === 0 ? 1 : order;
}
