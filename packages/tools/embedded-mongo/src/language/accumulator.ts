import { compareValues, keyText } from '../bson/order.js';
import { fromValues, isNullish, isNumber, NULL, slice, type Value, value } from '../bson/values.js';
import { addToSum, emptySum, meanValue, type Sum, sumValue } from './arithmetic.js';

/** The running state of one accumulator in one group, or over the values of an expression. */
export interface Accumulation {
  /** Takes a value in; gives how many bytes more it holds since, for the memory limit. */
  add(v: Value | undefined): number;
  finish(): Value;
}

/** A copy that does not keep the document alive from which it was read. */
export function detached(v: Value): Value {
  return v.end - v.start === v.bytes.length ? v : value(v.type, Buffer.from(slice(v)));
}

function numbers(finish: (sum: Sum) => Value): Accumulation {
  const sum = emptySum();
  return {
    add(v) {
      if (v !== undefined && isNumber(v)) addToSum(sum, v);
      return 0;
    },
    finish: () => finish(sum),
  };
}

/** Keeps one value: each takes the place of the one before where `replaces` says so. */
function kept(replaces: (v: Value | undefined, best: Value | undefined, isFirst: boolean) => boolean): Accumulation {
  let best: Value | undefined;
  let isFirst = true;
  return {
    add(v) {
      if (replaces(v, best, isFirst)) best = v && detached(v);
      isFirst = false;
      return 0;
    },
    finish: () => best ?? NULL,
  };
}

/** Keeps the value at one end of the order; missing and null never count. */
function extreme(direction: number): Accumulation {
  return kept((v, best) => !isNullish(v) && (best === undefined || compareValues(v, best) * direction > 0));
}

function list(distinct: boolean): Accumulation {
  const items: Value[] = [];
  const keys = new Set<string>();
  return {
    add(v) {
      if (v === undefined) return 0;
      if (distinct) {
        const key = keyText(v);
        if (keys.has(key)) return 0;
        keys.add(key);
      }
      items.push(detached(v));
      return v.end - v.start + 64;
    },
    finish: () => fromValues(items),
  };
}

/** What starts an accumulation, by the operator's name. */
export const ACCUMULATORS = {
  $sum: () => numbers(sumValue),
  $avg: () => numbers(meanValue),
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $first: () => kept((_v, _best, isFirst) => isFirst),
  $last: () => kept(() => true),
  $push: () => list(false),
  $addToSet: () => list(true),
  $count: () => numbers(sumValue),
} as const satisfies Record<string, () => Accumulation>;
