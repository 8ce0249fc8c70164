import { COMPARISONS, compareValues, toBigInt, toNumber } from '../bson/order.js';
import { parsePath } from '../bson/path.js';
import {
  bool,
  date,
  type Element,
  elements,
  field,
  fromElements,
  fromValues,
  int32,
  int64,
  isNullish,
  isNumber,
  NULL,
  TYPE,
  TYPE_NAMES,
  text,
  UNDEFINED,
  type Value,
  values,
} from '../bson/values.js';
import { fail } from '../errors.js';
import { ACCUMULATORS } from './accumulator.js';
import { calculate, divide } from './arithmetic.js';

/** A compiled aggregation expression; `undefined` is a missing value. */
export type Expression = (document: Value) => Value | undefined;

/** Whether a value counts as true: not missing, null, false or zero. */
export function truthy(v: Value | undefined): boolean {
  if (isNullish(v)) return false;
  if (v.type === TYPE.bool) return v.bytes[v.start] === 1;
  return !(isNumber(v) && toNumber(v) === 0);
}

/**
 * Compiles an aggregation expression.
 * @throws CommandError 168 for an unknown operator, 16020 for a wrong number of arguments
 */
export function compileExpression(source: Value): Expression {
  switch (source.type) {
    case TYPE.string:
      return compileString(source);
    case TYPE.array: {
      const items = values(source).map(compileExpression);
      return (document) => fromValues(items.map((item) => item(document) ?? NULL));
    }
    case TYPE.object:
      return compileObject(source);
    default:
      return () => source;
  }
}

const VARIABLES: Record<string, Expression> = {
  $$ROOT: (document) => document,
  $$CURRENT: (document) => document,
  $$REMOVE: () => undefined,
};

function compileString(source: Value): Expression {
  const content = text(source);
  if (!content.startsWith('$')) return () => source;
  const [first, ...rest] = content.split('.') as [string, ...string[]];
  if (!first.startsWith('$$')) return pathExpression(VARIABLES.$$ROOT as Expression, content.slice(1));
  const variable = VARIABLES[first] ?? fail(17276, `Use of undefined variable: ${first.slice(2)}`);
  return rest.length === 0 ? variable : pathExpression(variable, rest.join('.'));
}

function pathExpression(base: Expression, path: string): Expression {
  if (path.split('.').some((part) => part === '' || part.startsWith('$'))) {
    fail(16410, `FieldPath '${path}' has an empty or '$'-prefixed part`);
  }
  const { names } = parsePath(path);
  return (document) => {
    const from = base(document);
    return from === undefined ? undefined : valueAt(from, names, 0);
  };
}

/** The value at a path of names; an array on the way gives the array of its elements' values. */
function valueAt(v: Value, names: readonly Buffer[], i: number): Value | undefined {
  if (i === names.length) return v;
  if (v.type === TYPE.object) {
    const found = field(v, names[i] as Buffer);
    return found === undefined ? undefined : valueAt(found, names, i + 1);
  }
  if (v.type !== TYPE.array) return undefined;
  const found = values(v).map((element) => (element.type === TYPE.object ? valueAt(element, names, i) : undefined));
  return fromValues(found.filter((element) => element !== undefined));
}

function compileObject(source: Value): Expression {
  const entries = elements(source);
  const [first] = entries;
  if (first?.name.startsWith('$')) {
    if (entries.length !== 1) fail(15983, 'An object representing an expression must have exactly one field');
    return compileOperator(first.name, first.value);
  }
  const fields = entries.map(({ name, value }) => {
    if (name.startsWith('$') || name.includes('.')) fail(16410, `FieldPath field names may not be '${name}'`);
    return { name, expression: compileExpression(value) };
  });
  return (document) => {
    const found: Element[] = [];
    for (const { name, expression } of fields) {
      const value = expression(document);
      if (value !== undefined) found.push({ name, value });
    }
    return fromElements(found);
  };
}

function compileOperator(name: string, operand: Value): Expression {
  const special = SPECIAL_FORMS[name];
  if (special) return special(operand);
  const [least, most, apply] = FUNCTIONS[name] ?? fail(168, `Unrecognized expression '${name}'`);
  const args = (operand.type === TYPE.array ? values(operand) : [operand]).map(compileExpression);
  if (args.length < least || args.length > most) {
    fail(
      16020,
      `Expression ${name} takes ${least}${most === least ? '' : ` to ${most}`} arguments. ${args.length} were passed in.`,
    );
  }
  return (document) =>
    apply(
      args.map((arg) => arg(document)),
      name,
    );
}

/** Operators that do not simply evaluate all their arguments. */
const SPECIAL_FORMS: Record<string, (operand: Value) => Expression> = {
  $literal: (operand) => () => operand,
  $and: (operand) => logical(operand, false),
  $or: (operand) => logical(operand, true),
  $cond: (operand) => {
    const [condition, yes, no] = conditionParts(operand).map(compileExpression) as [Expression, Expression, Expression];
    return (document) => (truthy(condition(document)) ? yes(document) : no(document));
  },
  $ifNull: (operand) => {
    const parts = values(asList(operand)).map(compileExpression);
    if (parts.length < 2) fail(1257300, '$ifNull needs at least two arguments');
    return (document) => {
      let found: Value | undefined;
      for (const part of parts) {
        found = part(document);
        if (!isNullish(found)) break;
      }
      return found;
    };
  },
  $sum: (operand) => accumulated(operand, '$sum'),
  $avg: (operand) => accumulated(operand, '$avg'),
  $min: (operand) => accumulated(operand, '$min'),
  $max: (operand) => accumulated(operand, '$max'),
};

function asList(operand: Value): Value {
  return operand.type === TYPE.array ? operand : fail(9, 'expected an array of arguments');
}

/** The condition of `$cond` and its two results, given as a list or by their names. */
function conditionParts(operand: Value): Value[] {
  if (operand.type !== TYPE.object) {
    const parts = values(asList(operand));
    return parts.length === 3
      ? parts
      : fail(16020, `Expression $cond takes exactly 3 arguments. ${parts.length} were passed in.`);
  }
  const named = new Map(elements(operand).map(({ name, value }) => [name, value]));
  const parts = ['if', 'then', 'else'].map((name) => named.get(name) ?? fail(17080, `Missing '${name}' of $cond`));
  return named.size === 3 ? parts : fail(17083, 'Unrecognized parameter to $cond');
}

function logical(operand: Value, decisive: boolean): Expression {
  const parts = (operand.type === TYPE.array ? values(operand) : [operand]).map(compileExpression);
  return (document) => bool(parts.some((part) => truthy(part(document)) === decisive) === decisive);
}

/** The arguments of `$sum`, `$avg`, `$min` and `$max`: several expressions, or one whose array is taken apart. */
function operandValues(operand: Value): (document: Value) => (Value | undefined)[] {
  if (operand.type === TYPE.array) {
    const parts = values(operand);
    const [only] = parts;
    if (parts.length !== 1 || only === undefined) {
      const expressions = parts.map(compileExpression);
      return (document) => expressions.map((expression) => expression(document));
    }
    return operandValues(only);
  }
  const expression = compileExpression(operand);
  return (document) => {
    const found = expression(document);
    return found?.type === TYPE.array ? values(found) : [found];
  };
}

function accumulated(operand: Value, name: keyof typeof ACCUMULATORS): Expression {
  const items = operandValues(operand);
  return (document) => {
    const accumulation = ACCUMULATORS[name]();
    for (const v of items(document)) accumulation.add(v);
    return accumulation.finish();
  };
}

type Arguments = (Value | undefined)[];
type Apply = (args: Arguments, name: string) => Value | undefined;

const ANY = Number.POSITIVE_INFINITY;

/** Operators that evaluate all arguments first: [fewest arguments, most arguments, function]. */
const FUNCTIONS: Record<string, readonly [number, number, Apply]> = {
  $add: [0, ANY, add],
  $subtract: [2, 2, subtract],
  $multiply: [0, ANY, onNumbers((...ns) => ns.reduce((a, b) => calculate('multiply', a, b), int32(1)))],
  $divide: [2, 2, onNumbers(divide)],
  $not: [1, 1, ([v]) => bool(!truthy(v))],
  ...Object.fromEntries(
    Object.entries(COMPARISONS).map(([name, accepts]) => [
      name,
      [2, 2, (args: Arguments) => bool(accepts(order(args)))],
    ]),
  ),
};

/** The name of a value's type, as `$type` gives it. */
export function typeName(v: Value | undefined): string {
  return v === undefined ? 'missing' : (TYPE_NAMES[v.type] as string);
}

/** Orders two arguments; a missing one is less than null. */
function order([a, b]: Arguments): number {
  return compareValues(a ?? UNDEFINED, b ?? UNDEFINED);
}

/** A function of numbers: null when an argument is null or missing, an error when one is no number. */
function onNumbers(apply: (...numbers: Value[]) => Value): Apply {
  return (args, name) => {
    const numbers: Value[] = [];
    for (const arg of args) {
      if (isNullish(arg)) return NULL;
      if (!isNumber(arg)) fail(14, `${name} only supports numeric types, not ${typeName(arg)}`);
      numbers.push(arg);
    }
    return apply(...numbers);
  };
}

const sumOfNumbers = onNumbers((...ns) => ns.reduce((a, b) => calculate('add', a, b), int32(0)));
const difference = onNumbers((a, b) => calculate('subtract', a, b));

function add(args: Arguments, name: string): Value | undefined {
  const dates = args.filter((arg) => arg?.type === TYPE.date);
  if (dates.length > 1) fail(16612, 'only one date allowed in an $add expression');
  const sum = sumOfNumbers(
    args.filter((arg) => arg?.type !== TYPE.date),
    name,
  );
  const [start] = dates;
  return start === undefined || isNullish(sum) ? sum : date(toBigInt(start) + milliseconds(sum));
}

function milliseconds(v: Value): bigint {
  const n = Math.round(toNumber(v));
  return Number.isFinite(n) ? BigInt(n) : fail(2, 'a date cannot be changed by a number that is not finite');
}

function subtract(args: Arguments, name: string): Value | undefined {
  const [a, b] = args;
  if (a?.type === TYPE.date && b?.type === TYPE.date) return int64(toBigInt(a) - toBigInt(b));
  if (a?.type === TYPE.date && b !== undefined && isNumber(b)) return date(toBigInt(a) - milliseconds(b));
  return difference(args, name);
}
