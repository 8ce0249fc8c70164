import { COMPARISONS, classOf, compareValues, equalValues, keyText, toNumber } from '../bson/order.js';
import { parsePath, visitPath } from '../bson/path.js';
import {
  elements,
  isEmptyDocument,
  isNullish,
  isNumber,
  named,
  slice,
  TYPE,
  TYPE_NAMES,
  text,
  type Value,
  values,
  walk,
} from '../bson/values.js';
import { CommandError, fail } from '../errors.js';
import { checkStretch } from '../pace.js';
import { compileExpression, truthy } from './expression.js';
import { regexOf } from './regex.js';

/** Tells whether a document satisfies a filter. */
export type Predicate = (document: Value) => boolean;
/** The test of one operator on one value; `undefined` is a missing value. */
type Test = (v: Value | undefined) => boolean;

/** A condition on one path that every matching document fulfils: what the planner can turn into index bounds. */
export interface Condition {
  readonly path: string;
  readonly operator: '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte';
  readonly operands: readonly Value[];
}

/** A compiled filter. */
export interface Filter {
  readonly matches: Predicate;
  /** Conditions joined by AND; the filter may ask for more than these. */
  readonly conditions: readonly Condition[];
}

/** Operators whose text MongoDB knows and this server does not. */
const NOT_IMPLEMENTED =
  /^\$(where|text|near|nearSphere|geoWithin|geoIntersects|jsonSchema|mod|bitsAllSet|bitsAllClear|bitsAnySet|bitsAnyClear)$/;

/**
 * Compiles a filter document to a predicate on raw documents.
 * @throws CommandError 2 for an unknown operator or a bad operand, 238 for one that is known but left out
 */
export function compileFilter(filter: Value): Filter {
  const conditions: Condition[] = [];
  const matches = compileConjunction(filter, conditions);
  return { matches, conditions };
}

function all(predicates: readonly Predicate[]): Predicate {
  if (predicates.length === 1) return predicates[0] as Predicate;
  return (document) => {
    for (const predicate of predicates) if (!predicate(document)) return false;
    return true;
  };
}

function compileConjunction(filter: Value, conditions: Condition[]): Predicate {
  return all(
    elements(filter).map(({ name, value: operand }) =>
      name.startsWith('$') ? compileLogical(name, operand, conditions) : compileField(name, operand, conditions),
    ),
  );
}

function compileLogical(name: string, operand: Value, conditions: Condition[]): Predicate {
  switch (name) {
    case '$and':
      return all(clauses(name, operand).map((clause) => compileConjunction(clause, conditions)));
    case '$or':
    case '$nor': {
      const parts = clauses(name, operand).map((clause) => compileConjunction(clause, []));
      const wanted = name === '$or';
      return (document) => parts.some((part) => part(document)) === wanted;
    }
    case '$expr': {
      const expression = compileExpression(operand);
      return (document) => truthy(expression(document));
    }
    case '$comment':
      return () => true;
    default:
      return unknownOperator(name);
  }
}

function unknownOperator(name: string): never {
  if (NOT_IMPLEMENTED.test(name)) return fail(238, `${name} is not implemented by the embedded server`);
  return fail(2, `unknown operator: ${name}`);
}

function clauses(name: string, operand: Value): Value[] {
  const list = operand.type === TYPE.array ? values(operand) : [];
  if (list.length === 0) fail(2, `${name} must be a nonempty array`);
  for (const clause of list) if (clause.type !== TYPE.object) fail(2, `${name} entries need to be full objects`);
  return list;
}

/** Whether a value is a document of operators, like `{$gt: 1}`. */
function isOperatorDocument(v: Value): boolean {
  return v.type === TYPE.object && !isEmptyDocument(v) && v.bytes[v.start + 5] === 0x24 && !isReference(v);
}

function isReference(v: Value): boolean {
  return ['$ref', '$id', '$db'].includes(elements(v)[0]?.name ?? '');
}

function compileField(name: string, operand: Value, conditions: Condition[]): Predicate {
  const target = fieldTarget(name);
  if (!isOperatorDocument(operand)) {
    return equalityOrRegex(target, operand, conditions);
  }
  return compileOperators(target, operand, conditions);
}

/**
 * What operators are put to: the values at a path of a document, or a bare array element (in `$elemMatch`, `$pull`),
 * which is not entered further.
 */
interface Target {
  readonly path: string;
  /** Tests each value at the path, entering an array at its end. */
  each(test: Test): Predicate;
  /** Tests an array at the path's end only as a whole. */
  whole(test: Test): Predicate;
}

function fieldTarget(name: string): Target {
  const path = parsePath(name);
  return {
    path: name,
    each: (test) => (document) => visitPath(document, path, 'elements-and-array', test),
    whole: (test) => (document) => visitPath(document, path, 'array', test),
  };
}

const ELEMENT: Target = { path: '', each: (test) => test, whole: (test) => test };

function not(predicate: Predicate): Predicate {
  return (document) => !predicate(document);
}

function compileOperators(target: Target, operators: Value, conditions: Condition[]): Predicate {
  const entries = elements(operators);
  const options = entries.find(({ name }) => name === '$options')?.value;
  return all(
    entries
      .filter(({ name }) => name !== '$options' || !entries.some((entry) => entry.name === '$regex'))
      .map(({ name, value: operand }) => compileOperator(target, name, operand, conditions, options)),
  );
}

function compileOperator(
  target: Target,
  name: string,
  operand: Value,
  conditions: Condition[],
  options: Value | undefined,
): Predicate {
  switch (name) {
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (operand.type === TYPE.regex && name !== '$eq')
        fail(2, `Can't have RegEx as arg to predicate over field '${target.path}'.`);
      conditions.push({ path: target.path, operator: name, operands: [operand] });
      return target.each(comparison(name, operand));
    case '$ne':
      if (operand.type === TYPE.regex) fail(2, "Can't have regex as arg to $ne.");
      return not(target.each(comparison('$eq', operand)));
    case '$in': {
      const operands = operandList(name, operand);
      if (!operands.some((o) => o.type === TYPE.regex))
        conditions.push({ path: target.path, operator: '$in', operands });
      return target.each(membership(operands));
    }
    case '$nin':
      return not(target.each(membership(operandList(name, operand))));
    case '$exists':
      return truthy(operand) ? target.whole((v) => v !== undefined) : not(target.whole((v) => v !== undefined));
    case '$type':
      return target.each(typeTest(operand));
    case '$regex':
      return target.each(regexTest(operand, options));
    case '$size': {
      const size = integer(operand, 'Failed to parse $size. Expected an integer');
      if (size < 0) fail(2, 'Failed to parse $size. Expected a non-negative number');
      return target.whole((v) => v?.type === TYPE.array && values(v).length === size);
    }
    case '$all': {
      if (operand.type !== TYPE.array) fail(2, '$all needs an array');
      const wanted = values(operand);
      if (wanted.length === 0) return () => false;
      const entries = wanted.map((v) => compileAllEntry(target, v, conditions));
      return (document) =>
        entries.every((entry) => {
          checkStretch();
          return entry(document);
        });
    }
    case '$elemMatch':
      return target.whole(elementMatch(operand));
    case '$not': {
      if (operand.type === TYPE.regex) return not(target.each(regexTest(operand)));
      if (operand.type !== TYPE.object) fail(2, '$not needs a regex or a document');
      if (isEmptyDocument(operand)) fail(2, '$not cannot be empty');
      if (!isOperatorDocument(operand)) fail(2, `unknown operator: ${elements(operand)[0]?.name}`);
      return not(compileOperators(target, operand, []));
    }
    case '$comment':
      return () => true;
    default:
      return unknownOperator(name);
  }
}

function compileAllEntry(target: Target, entry: Value, conditions: Condition[]): Predicate {
  if (isOperatorDocument(entry)) {
    const [first] = elements(entry);
    if (first?.name !== '$elemMatch') fail(2, 'no $ expressions in $all');
    return target.whole(elementMatch(first?.value as Value));
  }
  return equalityOrRegex(target, entry, conditions);
}

/** What a bare value asks for: a regular expression is matched with. */
function equalityOrRegex(target: Target, operand: Value, conditions: Condition[]): Predicate {
  if (operand.type === TYPE.regex) return target.each(regexTest(operand));
  return compileOperator(target, '$eq', operand, conditions, undefined);
}

function operandList(name: string, operand: Value): Value[] {
  if (operand.type !== TYPE.array) return fail(2, `${name} needs an array`);
  const operands = values(operand);
  if (operands.some(isOperatorDocument)) fail(2, `cannot nest $ under ${name}`);
  return operands;
}

const NUMBER_CLASS = 10;

function isNaNValue(v: Value): boolean {
  return isNumber(v) && Number.isNaN(toNumber(v));
}

/** A comparison with one operand, within the operand's class of types (and null with missing). */
function comparison(operator: keyof typeof COMPARISONS, operand: Value): Test {
  const accepts = COMPARISONS[operator];
  const orEqual = accepts(0);
  if (isNullish(operand)) return (v) => orEqual && isNullish(v);
  const wantedClass = classOf(operand);
  // These two compare with all types, and with what is missing.
  const crossesTypes = operator !== '$eq' && (operand.type === TYPE.minKey || operand.type === TYPE.maxKey);
  const operandIsNaN = isNaNValue(operand);
  return (v) => {
    const vClass = classOf(v);
    if (v === undefined || vClass !== wantedClass) return crossesTypes && accepts(vClass - wantedClass);
    // NaN equals NaN and stands in no other relation.
    if (vClass === NUMBER_CLASS && (operandIsNaN || isNaNValue(v))) return orEqual && operandIsNaN && isNaNValue(v);
    return accepts(compareValues(v, operand));
  };
}

function membership(operands: readonly Value[]): Test {
  const tests = operands.filter(({ type }) => type === TYPE.regex).map((operand) => regexTest(operand));
  const others = operands.filter(({ type }) => type !== TYPE.regex);
  const classes = new Set(others.map(classOf));
  const keys = new Set(others.map(keyText));
  const hasNull = others.some(isNullish);
  return (v) =>
    (isNullish(v) ? hasNull : classes.has(classOf(v)) && keys.has(keyText(v))) || tests.some((test) => test(v));
}

function regexTest(operand: Value, options?: Value): Test {
  const test = regexOf(operand, options && text(options));
  return (v) => {
    if (v === undefined) return false;
    if (v.type === TYPE.string || v.type === TYPE.symbol) return test(text(v));
    return v.type === TYPE.regex && operand.type === TYPE.regex && slice(v).equals(slice(operand));
  };
}

/** The types that a `$type` operand names, as type bytes. */
function typeTest(operand: Value): Test {
  const wanted = new Set<number>();
  for (const one of operand.type === TYPE.array ? values(operand) : [operand]) {
    if (one.type === TYPE.string) {
      const name = text(one);
      if (name === 'number') for (const t of [TYPE.double, TYPE.int32, TYPE.int64, TYPE.decimal]) wanted.add(t);
      else {
        const found = Object.entries(TYPE_NAMES).find(([, typeName]) => typeName === name);
        wanted.add(Number(found?.[0] ?? fail(2, `Unknown type name alias: ${name}`)));
      }
    } else {
      const number = isNumber(one) ? toNumber(one) : fail(14, 'type must be represented as a number or a string');
      // The smallest key has number -1 here, and 255 as a byte.
      const type = number === -1 ? TYPE.minKey : number === TYPE.minKey ? Number.NaN : number;
      wanted.add(TYPE_NAMES[type] ? type : fail(2, `Invalid numerical type code: ${number}`));
    }
  }
  if (wanted.size === 0) fail(9, '$type must match at least one type');
  return (v) => v !== undefined && wanted.has(v.type);
}

/** An operand that must be a whole number. */
function integer(operand: Value, message: string): number {
  const n = isNumber(operand) ? toNumber(operand) : Number.NaN;
  return Number.isInteger(n) ? n : fail(2, message);
}

function elementMatch(operand: Value): Test {
  const matches = elementPredicate(operand);
  const test = (element: Value): boolean => {
    checkStretch();
    return matches(element);
  };
  return (v) => v?.type === TYPE.array && walk(v, test);
}

/** The test that `$elemMatch` puts to each element of an array: operators, which do not enter it further, or a filter. */
function elementPredicate(operand: Value): (element: Value) => boolean {
  if (operand.type !== TYPE.object) fail(2, '$elemMatch needs an Object');
  if (isOperatorDocument(operand) && !isLogicalDocument(operand)) return compileOperators(ELEMENT, operand, []);
  const { matches } = compileFilter(operand);
  return (element) => (element.type === TYPE.object || element.type === TYPE.array) && matches(element);
}

function isLogicalDocument(v: Value): boolean {
  return ['$and', '$or', '$nor', '$expr'].includes(elements(v)[0]?.name ?? '');
}

/** The test of `$pull`: operators, which do enter an element that is an array, a filter of its fields, or equality. */
export function pullPredicate(condition: Value): (element: Value) => boolean {
  if (condition.type === TYPE.regex || (isOperatorDocument(condition) && !isLogicalDocument(condition))) {
    const { matches } = compileFilter(named('', condition));
    return (element) => matches(named('', element));
  }
  if (condition.type !== TYPE.object) return (element) => equalValues(element, condition);
  const { matches } = compileFilter(condition);
  return (element) => element.type === TYPE.object && matches(element);
}

/** Compiles an empty or missing filter too. */
export function compileOptionalFilter(filter: Value | undefined): Filter {
  if (filter === undefined) return { matches: () => true, conditions: [] };
  if (filter.type !== TYPE.object) throw new CommandError(14, 'The filter must be an object');
  return compileFilter(filter);
}
