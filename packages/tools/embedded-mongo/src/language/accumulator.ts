import { compareValues, keyText } from '../bson/order.js';
import {
  double,
  elements,
  fromValues,
  int32,
  isEmptyDocument,
  isNullish,
  isNumber,
  NULL,
  slice,
  TYPE,
  type Value,
  value,
} from '../bson/values.js';
import { fail } from '../errors.js';
import { addToSum, emptySum, meanOf, sumValue } from './arithmetic.js';
import { compileExpression, type Expression } from './expression.js';

/** The running state of one accumulator in one group. */
export interface Accumulation {
  add(v: Value | undefined): void;
  finish(): Value;
  /** Bytes held, for the memory limit. */
  held(): number;
}

/** A field of a `$group` stage. */
export interface Accumulator {
  readonly name: string;
  readonly argument: Expression;
  readonly start: () => Accumulation;
}

/** A copy that does not keep the document alive from which it was read. */
export function detached(v: Value): Value {
  return v.end - v.start === v.bytes.length ? v : value(v.type, Buffer.from(slice(v)));
}

function numbers(add: (v: Value) => void, finish: () => Value): Accumulation {
  return {
    add(v) {
      if (v !== undefined && isNumber(v)) add(v);
    },
    finish,
    held: () => 0,
  };
}

function sum(): Accumulation {
  const state = emptySum();
  return numbers(
    (v) => addToSum(state, v),
    () => sumValue(state),
  );
}

function average(): Accumulation {
  const state = emptySum();
  return numbers(
    (v) => addToSum(state, v),
    () => {
      const mean = meanOf(state);
      return mean === undefined ? NULL : double(mean);
    },
  );
}

/** Keeps the value for which `replaces` says so; missing and null never count. */
function kept(replaces: (v: Value, best: Value) => boolean): Accumulation {
  let best: Value | undefined;
  return {
    add(v) {
      if (!isNullish(v) && (best === undefined || replaces(v, best))) best = detached(v);
    },
    finish: () => best ?? NULL,
    held: () => 0,
  };
}

function ends(last: boolean): Accumulation {
  let found: Value | undefined;
  let seen = false;
  return {
    add(v) {
      if (!seen || last) found = v && detached(v);
      seen = true;
    },
    finish: () => found ?? NULL,
    held: () => 0,
  };
}

function list(distinct: boolean): Accumulation {
  const items: Value[] = [];
  const keys = new Set<string>();
  let held = 0;
  return {
    add(v) {
      if (v === undefined) return;
      if (distinct) {
        const key = keyText(v);
        if (keys.has(key)) return;
        keys.add(key);
      }
      items.push(detached(v));
      held += v.end - v.start + 64;
    },
    finish: () => fromValues(items),
    held: () => held,
  };
}

const ACCUMULATORS: Record<string, () => Accumulation> = {
  $sum: sum,
  $avg: average,
  $min: () => kept((v, best) => compareValues(v, best) < 0),
  $max: () => kept((v, best) => compareValues(v, best) > 0),
  $first: () => ends(false),
  $last: () => ends(true),
  $push: () => list(false),
  $addToSet: () => list(true),
  $count: sum,
};

/**
 * Compiles one field of `$group`.
 * @throws CommandError 40234 for a field that is no accumulator, 15952 for an unknown one
 */
export function compileAccumulator(name: string, source: Value): Accumulator {
  if (source.type !== TYPE.object) fail(40234, `The field '${name}' must be an accumulator object`);
  if (name.includes('.')) fail(40235, `The field name '${name}' cannot contain '.'`);
  const parts = elements(source);
  const [first] = parts;
  if (first === undefined) return fail(40234, `The field '${name}' must be an accumulator object`);
  if (parts.length !== 1) fail(40238, `The field '${name}' must specify one accumulator`);
  const start =
    ACCUMULATORS[first.name.startsWith('$') ? first.name : ''] ?? fail(15952, `unknown group operator '${first.name}'`);
  if (first.name !== '$count') return { name, argument: compileExpression(first.value), start };
  if (first.value.type !== TYPE.object || !isEmptyDocument(first.value))
    fail(9, '$count takes no arguments, i.e. $count: {}');
  return { name, argument: () => int32(1), start };
}
