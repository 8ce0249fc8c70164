import { toBigInt, toNumber } from '../bson/order.js';
import { double, int32, int64, NULL, TYPE, type Value } from '../bson/values.js';
import { fail } from '../errors.js';

/** MongoDB's number arithmetic: int32 widens to int64 when it overflows, and a double makes the result a double. */

function isInt32(n: bigint): boolean {
  return BigInt.asIntN(32, n) === n;
}

function isInt64(n: bigint): boolean {
  return BigInt.asIntN(64, n) === n;
}

/** A whole number as int32 where both that type is wanted and it fits, otherwise as int64. */
function integerValue(n: bigint, wide: boolean): Value {
  return !wide && isInt32(n) ? int32(Number(n)) : int64(n);
}

interface Operation {
  readonly integers: (a: bigint, b: bigint) => bigint;
  readonly doubles: (a: number, b: number) => number;
}

const OPERATIONS = {
  add: { integers: (a, b) => a + b, doubles: (a, b) => a + b },
  subtract: { integers: (a, b) => a - b, doubles: (a, b) => a - b },
  multiply: { integers: (a, b) => a * b, doubles: (a, b) => a * b },
} as const satisfies Record<string, Operation>;

/**
 * Adds, subtracts or multiplies two numbers.
 * @returns `undefined` when an integer result does not fit into 64 bits; expressions then use the double, updates fail
 */
export function calculateExact(name: keyof typeof OPERATIONS, a: Value, b: Value): Value | undefined {
  const operation = OPERATIONS[name];
  if (a.type === TYPE.double || b.type === TYPE.double) return double(operation.doubles(toNumber(a), toNumber(b)));
  const result = operation.integers(toBigInt(a), toBigInt(b));
  return isInt64(result) ? integerValue(result, a.type === TYPE.int64 || b.type === TYPE.int64) : undefined;
}

/** The same, giving a double where 64 bits do not hold the result. */
export function calculate(name: keyof typeof OPERATIONS, a: Value, b: Value): Value {
  return calculateExact(name, a, b) ?? double(OPERATIONS[name].doubles(toNumber(a), toNumber(b)));
}

/** `$divide`: always a double. */
export function divide(a: Value, b: Value): Value {
  if (toNumber(b) === 0) fail(2, "can't $divide by zero");
  return double(toNumber(a) / toNumber(b));
}

/** A running sum with MongoDB's types: whole numbers are summed exactly, doubles with compensation (Neumaier). */
export interface Sum {
  integers: bigint;
  doubles: number;
  compensation: number;
  hasDouble: boolean;
  hasInt64: boolean;
  count: number;
}

export function emptySum(): Sum {
  return { integers: 0n, doubles: 0, compensation: 0, hasDouble: false, hasInt64: false, count: 0 };
}

export function addToSum(sum: Sum, v: Value): void {
  sum.count++;
  if (v.type === TYPE.double) {
    sum.hasDouble = true;
    addDouble(sum, toNumber(v));
  } else {
    if (v.type === TYPE.int64) sum.hasInt64 = true;
    sum.integers += toBigInt(v);
  }
}

function addDouble(sum: Sum, n: number): void {
  const total = sum.doubles + n;
  if (Number.isFinite(total)) {
    sum.compensation += Math.abs(sum.doubles) >= Math.abs(n) ? sum.doubles - total + n : n - total + sum.doubles;
  }
  sum.doubles = total;
}

function sumAsNumber(sum: Sum): number {
  if (!sum.hasDouble) return Number(sum.integers);
  const total = { ...sum };
  addDouble(total, Number(sum.integers));
  return Number.isFinite(total.doubles) ? total.doubles + total.compensation : total.doubles;
}

export function sumValue(sum: Sum): Value {
  if (sum.hasDouble || !isInt64(sum.integers)) return double(sumAsNumber(sum));
  return integerValue(sum.integers, sum.hasInt64);
}

/** The mean as a double; null of nothing. */
export function meanValue(sum: Sum): Value {
  return sum.count === 0 ? NULL : double(sumAsNumber(sum) / sum.count);
}
