import {
  addToSum,
  calculate,
  divide,
  emptySum,
  mapNumber,
  meanOf,
  remainder,
  roundTo,
  sumValue,
  toInteger,
} from './arithmetic.js';
import { fail } from './errors.js';
import { compareValues, equalValues, toBigInt, toNumber } from './order.js';
import { parsePath } from './path.js';
import {
  bool,
  date,
  double,
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
  string,
  TYPE,
  TYPE_NAMES,
  text,
  UNDEFINED,
  type Value,
  values,
} from './raw-bson.js';

/** What an expression sees: the document, and the variables of `$map` and `$filter`. */
export interface Scope {
  readonly root: Value;
  readonly variables: ReadonlyMap<string, Value | undefined>;
}

/** A compiled aggregation expression; `undefined` is a missing value. */
export type Expression = (scope: Scope) => Value | undefined;

const NO_VARIABLES: ReadonlyMap<string, Value | undefined> = new Map();

export function rootScope(root: Value): Scope {
  return { root, variables: NO_VARIABLES };
}

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
      return (scope) => fromValues(items.map((item) => item(scope) ?? NULL));
    }
    case TYPE.object:
      return compileObject(source);
    default:
      return () => source;
  }
}

function compileString(source: Value): Expression {
  const content = text(source);
  if (!content.startsWith('$')) return () => source;
  if (!content.startsWith('$$')) return pathExpression((scope) => scope.root, content.slice(1));
  const dot = content.indexOf('.');
  const name = content.slice(2, dot === -1 ? undefined : dot);
  const base = variable(name);
  return dot === -1 ? base : pathExpression(base, content.slice(dot + 1));
}

function variable(name: string): Expression {
  if (name === 'ROOT' || name === 'CURRENT') return (scope) => scope.root;
  if (name === 'REMOVE') return () => undefined;
  if (!/^[a-z]/.test(name)) return fail(17276, `Use of undefined variable: ${name}`);
  return (scope) =>
    scope.variables.has(name) ? scope.variables.get(name) : fail(17276, `Use of undefined variable: ${name}`);
}

function pathExpression(base: Expression, path: string): Expression {
  if (path.split('.').some((part) => part === '' || part.startsWith('$'))) {
    fail(16410, `FieldPath '${path}' has an empty or '$'-prefixed part`);
  }
  const { names } = parsePath(path);
  return (scope) => {
    const from = base(scope);
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
  return (scope) => {
    const found: Element[] = [];
    for (const { name, expression } of fields) {
      const value = expression(scope);
      if (value !== undefined) found.push({ name, value });
    }
    return fromElements(found);
  };
}

function compileOperator(name: string, operand: Value): Expression {
  const special = SPECIAL_FORMS[name];
  if (special) return special(operand, name);
  const [least, most, apply] = FUNCTIONS[name] ?? fail(168, `Unrecognized expression '${name}'`);
  const args = (operand.type === TYPE.array ? values(operand) : [operand]).map(compileExpression);
  if (args.length < least || args.length > most) {
    fail(
      16020,
      `Expression ${name} takes ${least}${most === least ? '' : ` to ${most}`} arguments. ${args.length} were passed in.`,
    );
  }
  return (scope) =>
    apply(
      args.map((arg) => arg(scope)),
      name,
    );
}

/** The named arguments of an operator like `$filter`, compiled. */
function namedArguments(operand: Value, name: string, required: string[], optional: string[]): Map<string, Value> {
  if (operand.type !== TYPE.object) fail(9, `${name} needs an object as its argument`);
  const found = new Map(elements(operand).map((entry) => [entry.name, entry.value]));
  for (const key of found.keys()) {
    if (!required.includes(key) && !optional.includes(key)) fail(9, `Unrecognized argument to ${name}: ${key}`);
  }
  for (const key of required) if (!found.has(key)) fail(9, `Missing '${key}' parameter to ${name}`);
  return found;
}

/** Operators that do not simply evaluate all their arguments. */
const SPECIAL_FORMS: Record<string, (operand: Value, name: string) => Expression> = {
  $literal: (operand) => () => operand,
  $and: (operand) => logical(operand, false),
  $or: (operand) => logical(operand, true),
  $cond: (operand, name) => {
    const named = operand.type === TYPE.object ? namedArguments(operand, name, ['if', 'then', 'else'], []) : undefined;
    const parts = named ? ['if', 'then', 'else'].map((key) => named.get(key) as Value) : values(asList(operand));
    if (parts.length !== 3) fail(16020, `Expression $cond takes exactly 3 arguments. ${parts.length} were passed in.`);
    const [condition, yes, no] = parts.map(compileExpression) as [Expression, Expression, Expression];
    return (scope) => (truthy(condition(scope)) ? yes(scope) : no(scope));
  },
  $ifNull: (operand) => {
    const parts = values(asList(operand)).map(compileExpression);
    if (parts.length < 2) fail(1257300, '$ifNull needs at least two arguments');
    return (scope) => {
      let found: Value | undefined;
      for (const part of parts) {
        found = part(scope);
        if (!isNullish(found)) break;
      }
      return found;
    };
  },
  $switch: (operand, name) => {
    const named = namedArguments(operand, name, ['branches'], ['default']);
    const branches = values(asList(named.get('branches') as Value)).map((branch) => {
      const parts = namedArguments(branch, name, ['case', 'then'], []);
      return [compileExpression(parts.get('case') as Value), compileExpression(parts.get('then') as Value)] as const;
    });
    const otherwise = named.get('default');
    const fallback = otherwise && compileExpression(otherwise);
    return (scope) => {
      for (const [condition, then] of branches) if (truthy(condition(scope))) return then(scope);
      return fallback
        ? fallback(scope)
        : fail(40066, '$switch could not find a matching branch, and no default was specified');
    };
  },
  $filter: (operand, name) =>
    forEachElement(operand, name, 'cond', (items, results) => items.filter((_, i) => truthy(results[i]))),
  $map: (operand, name) => forEachElement(operand, name, 'in', (_, results) => results.map((result) => result ?? NULL)),
  $sum: (operand) => overNumbers(operand, (numbers) => sumValue(sumOf(numbers))),
  $avg: (operand) =>
    overNumbers(operand, (numbers) => {
      const mean = meanOf(sumOf(numbers));
      return mean === undefined ? NULL : double(mean);
    }),
  $min: (operand) => extreme(operand, -1),
  $max: (operand) => extreme(operand, 1),
};

function asList(operand: Value): Value {
  return operand.type === TYPE.array ? operand : fail(9, 'expected an array of arguments');
}

function logical(operand: Value, decisive: boolean): Expression {
  const parts = (operand.type === TYPE.array ? values(operand) : [operand]).map(compileExpression);
  return (scope) => bool(parts.some((part) => truthy(part(scope)) === decisive) === decisive);
}

function forEachElement(
  operand: Value,
  name: string,
  body: string,
  finish: (items: Value[], results: (Value | undefined)[]) => Value[],
): Expression {
  const named = namedArguments(operand, name, ['input', body], ['as']);
  const as = named.get('as');
  const variableName = as === undefined ? 'this' : text(as);
  const input = compileExpression(named.get('input') as Value);
  const each = compileExpression(named.get(body) as Value);
  return (scope) => {
    const list = input(scope);
    if (isNullish(list)) return NULL;
    if (list.type !== TYPE.array) fail(28651, `input to ${name} must be an array not ${typeName(list)}`);
    const items = values(list);
    const results = items.map((item) =>
      each({ root: scope.root, variables: new Map([...scope.variables, [variableName, item]]) }),
    );
    return fromValues(finish(items, results));
  };
}

/** The arguments of `$sum`, `$avg`, `$min` and `$max`: several expressions, or one whose array is taken apart. */
function operandValues(operand: Value): (scope: Scope) => (Value | undefined)[] {
  if (operand.type === TYPE.array) {
    const parts = values(operand);
    const [only] = parts;
    if (parts.length !== 1 || only === undefined) {
      const expressions = parts.map(compileExpression);
      return (scope) => expressions.map((expression) => expression(scope));
    }
    return operandValues(only);
  }
  const expression = compileExpression(operand);
  return (scope) => {
    const found = expression(scope);
    return found?.type === TYPE.array ? values(found) : [found];
  };
}

function overNumbers(operand: Value, finish: (numbers: Value[]) => Value): Expression {
  const items = operandValues(operand);
  return (scope) =>
    finish(
      items(scope)
        .filter((v) => v !== undefined)
        .filter(isNumber),
    );
}

function sumOf(numbers: readonly Value[]) {
  const sum = emptySum();
  for (const n of numbers) addToSum(sum, n);
  return sum;
}

function extreme(operand: Value, direction: number): Expression {
  const items = operandValues(operand);
  return (scope) => {
    let best: Value | undefined;
    for (const v of items(scope)) {
      if (!isNullish(v) && (best === undefined || compareValues(v, best) * direction > 0)) best = v;
    }
    return best ?? NULL;
  };
}

type Arguments = (Value | undefined)[];
type Apply = (args: Arguments, name: string) => Value | undefined;

/** Operators that evaluate all arguments first: [fewest arguments, most arguments, function]. */
const FUNCTIONS: Record<string, readonly [number, number, Apply]> = {
  $add: [0, Number.POSITIVE_INFINITY, add],
  $subtract: [2, 2, subtract],
  $multiply: [
    0,
    Number.POSITIVE_INFINITY,
    (args, name) => onNumbers(args, name, (ns) => ns.reduce((a, b) => calculate('multiply', a, b), int32(1))),
  ],
  $divide: [2, 2, (args, name) => onNumbers(args, name, ([a, b]) => divide(a as Value, b as Value))],
  $mod: [2, 2, (args, name) => onNumbers(args, name, ([a, b]) => remainder(a as Value, b as Value))],
  $abs: [
    1,
    1,
    (args, name) => onNumbers(args, name, ([n]) => mapNumber(n as Value, (i) => (i < 0n ? -i : i), Math.abs)),
  ],
  $ceil: [1, 1, (args, name) => onNumbers(args, name, ([n]) => mapNumber(n as Value, (i) => i, Math.ceil))],
  $floor: [1, 1, (args, name) => onNumbers(args, name, ([n]) => mapNumber(n as Value, (i) => i, Math.floor))],
  $round: [
    1,
    2,
    (args, name) => onNumbers(args, name, ([n, places]) => roundTo(n as Value, decimalPlaces(places), false)),
  ],
  $trunc: [
    1,
    2,
    (args, name) => onNumbers(args, name, ([n, places]) => roundTo(n as Value, decimalPlaces(places), true)),
  ],
  $sqrt: [
    1,
    1,
    (args, name) =>
      onNumbers(args, name, ([n]) =>
        toNumber(n as Value) < 0
          ? fail(28714, "$sqrt's argument must be greater than or equal to 0")
          : double(Math.sqrt(toNumber(n as Value))),
      ),
  ],
  $eq: [2, 2, (args) => bool(order(args) === 0)],
  $ne: [2, 2, (args) => bool(order(args) !== 0)],
  $gt: [2, 2, (args) => bool(order(args) > 0)],
  $gte: [2, 2, (args) => bool(order(args) >= 0)],
  $lt: [2, 2, (args) => bool(order(args) < 0)],
  $lte: [2, 2, (args) => bool(order(args) <= 0)],
  $cmp: [2, 2, (args) => int32(Math.sign(order(args)))],
  $not: [1, 1, ([v]) => bool(!truthy(v))],
  $isArray: [1, 1, ([v]) => bool(v?.type === TYPE.array)],
  $size: [
    1,
    1,
    ([v]) =>
      int32(
        v?.type === TYPE.array
          ? values(v).length
          : fail(17124, `The argument to $size must be an array, but was of type: ${typeName(v)}`),
      ),
  ],
  $in: [
    2,
    2,
    ([wanted, list]) =>
      bool(
        (list?.type === TYPE.array
          ? values(list)
          : fail(40081, `$in requires an array as a second argument, found: ${typeName(list)}`)
        ).some((v) => equalValues(v, wanted ?? UNDEFINED)),
      ),
  ],
  $arrayElemAt: [
    2,
    2,
    ([list, position]) =>
      isNullish(list) || isNullish(position)
        ? NULL
        : elementAt(list, wholeNumber(position, 28690, '$arrayElemAt'), 28689, '$arrayElemAt'),
  ],
  $first: [1, 1, ([list]) => (isNullish(list) ? NULL : elementAt(list, 0, 28689, '$first'))],
  $last: [1, 1, ([list]) => (isNullish(list) ? NULL : elementAt(list, -1, 28689, '$last'))],
  $concatArrays: [0, Number.POSITIVE_INFINITY, concatArrays],
  $concat: [
    0,
    Number.POSITIVE_INFINITY,
    (args) => (args.some(isNullish) ? NULL : string(args.map((v) => textArgument(v, '$concat', 16702)).join(''))),
  ],
  $toLower: [
    1,
    1,
    ([v]) => string(isNullish(v) ? '' : textArgument(v, '$toLower', 16007).replace(/[A-Z]/g, (c) => c.toLowerCase())),
  ],
  $toUpper: [
    1,
    1,
    ([v]) => string(isNullish(v) ? '' : textArgument(v, '$toUpper', 16007).replace(/[a-z]/g, (c) => c.toUpperCase())),
  ],
  $strLenCP: [1, 1, ([v]) => int32([...textArgument(v, '$strLenCP', 34471)].length)],
  $type: [1, 1, ([v]) => string(typeName(v))],
  $toString: [1, 1, ([v]) => (isNullish(v) ? NULL : string(asText(v)))],
  $toInt: [1, 1, ([v]) => (isNullish(v) ? NULL : toInteger(asNumber(v, true), TYPE.int32))],
  $toLong: [1, 1, ([v]) => (isNullish(v) ? NULL : toInteger(asNumber(v, true), TYPE.int64))],
  $toDouble: [1, 1, ([v]) => (isNullish(v) ? NULL : double(toNumber(asNumber(v, false))))],
};

/** The name of a value's type, as `$type` gives it. */
export function typeName(v: Value | undefined): string {
  return v === undefined ? 'missing' : (TYPE_NAMES[v.type] as string);
}

/** Orders two arguments; a missing one is less than null. */
function order([a, b]: Arguments): number {
  return compareValues(a ?? UNDEFINED, b ?? UNDEFINED);
}

/** Null when an argument is null or missing, an error when one is no number. */
function onNumbers(args: Arguments, name: string, apply: (numbers: Value[]) => Value): Value {
  const numbers: Value[] = [];
  for (const arg of args) {
    if (isNullish(arg)) return NULL;
    if (!isNumber(arg)) fail(14, `${name} only supports numeric types, not ${typeName(arg)}`);
    numbers.push(arg);
  }
  return apply(numbers);
}

function add(args: Arguments, name: string): Value {
  const dates = args.filter((arg) => arg?.type === TYPE.date);
  if (dates.length > 1) fail(16612, 'only one date allowed in an $add expression');
  const numbers = args.filter((arg) => arg?.type !== TYPE.date);
  const sum = onNumbers(numbers, name, (ns) => ns.reduce((a, b) => calculate('add', a, b), int32(0)));
  const [start] = dates;
  return start === undefined || sum === NULL ? sum : date(toBigInt(start) + milliseconds(sum));
}

function milliseconds(v: Value): bigint {
  return BigInt(Math.round(toNumber(v)));
}

function subtract(args: Arguments, name: string): Value {
  const [a, b] = args;
  if (a?.type === TYPE.date && b?.type === TYPE.date) return int64(toBigInt(a) - toBigInt(b));
  if (a?.type === TYPE.date && b !== undefined && isNumber(b)) return date(toBigInt(a) - milliseconds(b));
  return onNumbers(args, name, ([x, y]) => calculate('subtract', x as Value, y as Value));
}

function wholeNumber(v: Value, code: number, name: string): number {
  const n = isNumber(v) ? toNumber(v) : Number.NaN;
  return Number.isInteger(n) ? n : fail(code, `${name} needs a whole number, found: ${typeName(v)}`);
}

function decimalPlaces(places: Value | undefined): number {
  const n = places === undefined ? 0 : wholeNumber(places, 51082, '$round');
  return n < -20 || n > 100 ? fail(51083, 'cannot apply $round with a precision outside -20 to 100') : n;
}

function elementAt(list: Value, position: number, code: number, name: string): Value | undefined {
  if (list.type !== TYPE.array)
    return fail(code, `${name}'s first argument must be an array, but is ${typeName(list)}`);
  return values(list).at(position);
}

function concatArrays(args: Arguments): Value {
  if (args.some(isNullish)) return NULL;
  return fromValues(
    args.flatMap((v) =>
      v?.type === TYPE.array ? values(v) : fail(28664, `$concatArrays only supports arrays, not ${typeName(v)}`),
    ),
  );
}

function textArgument(v: Value | undefined, name: string, code: number): string {
  return v?.type === TYPE.string ? text(v) : fail(code, `${name} only supports strings, not ${typeName(v)}`);
}

/** The text that `$toString` gives. */
function asText(v: Value): string {
  switch (v.type) {
    case TYPE.string:
      return text(v);
    case TYPE.bool:
      return String(truthy(v));
    case TYPE.int32:
    case TYPE.int64:
      return toBigInt(v).toString();
    case TYPE.objectId:
      return v.bytes.toString('hex', v.start, v.end);
    case TYPE.date:
      return new Date(Number(toBigInt(v))).toISOString();
    case TYPE.double: {
      const shown = Object.is(toNumber(v), -0) ? '-0' : String(toNumber(v));
      // The server writes exponents in its own way, which is not documented.
      return /^-?\d+(\.\d+)?$/.test(shown) ? shown : fail(238, '$toString of such a double is not implemented');
    }
    default:
      return fail(241, `Unsupported conversion from ${typeName(v)} to string in $convert with no onError value`);
  }
}

/** The number that a conversion starts from. */
function asNumber(v: Value, whole: boolean): Value {
  if (isNumber(v)) return v;
  if (v.type === TYPE.bool) return int32(truthy(v) ? 1 : 0);
  if (v.type === TYPE.date) return int64(toBigInt(v));
  if (v.type === TYPE.string) {
    const content = text(v);
    if (whole && /^[+-]?\d{1,18}$/.test(content)) return int64(BigInt(content));
    if (!whole && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(content)) return double(Number(content));
    return fail(241, `Failed to parse number '${content}' in $convert with no onError value`);
  }
  return fail(241, `Unsupported conversion from ${typeName(v)} to a number in $convert with no onError value`);
}
