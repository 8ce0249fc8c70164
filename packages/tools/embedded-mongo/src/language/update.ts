import { compareValues, equalValues, keyText, toNumber } from '../bson/order.js';
import { arrayPosition } from '../bson/path.js';
import {
  documentValue,
  type Element,
  elements,
  endDocument,
  field,
  fromElements,
  fromValues,
  int32,
  isNumber,
  MAX_DOCUMENT_BYTES,
  NULL,
  openWriter,
  slice,
  startDocument,
  TYPE,
  takeBytes,
  text,
  type Value,
  value,
  values,
  type Writer,
  writeElement,
  writeName,
} from '../bson/values.js';
import { fail } from '../errors.js';
import { calculateExact } from './arithmetic.js';
import { typeName } from './expression.js';
import { type Condition, pullPredicate } from './match.js';

/**
 * Updates work on an ordered list of elements, opened only along the touched paths: what is not touched keeps its
 * bytes and its place (a JavaScript object would move integer-like names to the front).
 */
interface Branch {
  readonly type: number;
  readonly entries: { name: string; item: Value | Branch }[];
}

function isBranch(item: Value | Branch): item is Branch {
  return 'entries' in item;
}

function open(v: Value): Branch {
  return { type: v.type, entries: elements(v).map(({ name, value: item }) => ({ name, item })) };
}

function close(branch: Branch): Buffer {
  const writer = openWriter(1024);
  writeBranch(writer, branch);
  return takeBytes(writer);
}

function writeBranch(w: Writer, branch: Branch): void {
  const at = startDocument(w);
  branch.entries.forEach(({ name, item }, i) => {
    const written = branch.type === TYPE.array ? String(i) : name;
    if (isBranch(item)) {
      writeName(w, item.type, written);
      writeBranch(w, item);
    } else {
      writeElement(w, written, item);
    }
  });
  endDocument(w, at);
}

function closed(item: Value | Branch): Value {
  return isBranch(item) ? value(item.type, close(item)) : item;
}

/** Gives the new value of a field; `undefined` removes it, the same value leaves it. */
type Change = (current: Value | undefined) => Value | undefined;

interface Action {
  readonly names: readonly string[];
  readonly change: Change;
  /** Whether missing parents are made. */
  readonly creates: boolean;
  /** Only when the document is being inserted. */
  readonly onInsert: boolean;
  /** Where `$rename` takes its value. */
  readonly from?: readonly string[];
}

/** A compiled update. */
export interface Update {
  /** Makes the new document; returns the old bytes when nothing changes. */
  apply(document: Buffer): Buffer;
  /** Makes the document to insert when nothing matched. */
  insert(conditions: readonly Condition[]): Buffer;
}

const ID = Buffer.from('_id');
const MAX_ARRAY_FILL = 1_500_000;

/**
 * Compiles the `u` of an update statement: operators, or a replacement.
 * @throws CommandError 9 for an unknown operator, 40 for two operators on one path, 238 for what is left out
 */
export function compileUpdate(u: Value): Update {
  if (u.type === TYPE.array) fail(238, 'Updates by aggregation pipeline are not implemented by the embedded server');
  if (u.type !== TYPE.object) fail(9, 'An update must be an object');
  if (!elements(u)[0]?.name.startsWith('$')) return replacement(u);
  const actions = elements(u).flatMap(({ name, value: fields }) => compileOperator(name, fields));
  refuseConflicts(actions);
  actions.sort((a, b) => compareNames(a.names, b.names));
  const run = (root: Branch, inserts: boolean): void => {
    for (const { names, change, creates, onInsert, from } of actions) {
      if (onInsert && !inserts) continue;
      if (from === undefined) applyAt(root, names, change, creates);
      else rename(root, from, names);
    }
  };
  return {
    apply(document) {
      const before = documentValue(document);
      const root = open(before);
      run(root, false);
      const after = close(root);
      checkSize(after);
      const [was, is] = [field(before, ID), field(documentValue(after), ID)];
      if (was && !(is && is.type === was.type && slice(is).equals(slice(was)))) refuseNewId();
      return after;
    },
    insert(conditions) {
      const root = seed(conditions);
      const idOf = () => root.entries.find(({ name }) => name === '_id')?.item;
      const seeded = idOf();
      run(root, true);
      const id = idOf();
      if (seeded && !(id && equalValues(closed(seeded), closed(id)))) refuseNewId();
      return close(root);
    },
  };
}

function refuseNewId(): never {
  return fail(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
}

function checkSize(document: Buffer): void {
  if (document.length > MAX_DOCUMENT_BYTES) {
    fail(10334, `BSONObj size: ${document.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}`);
  }
}

function replacement(u: Value): Update {
  const fields = elements(u);
  const dollar = fields.find(({ name }) => name.startsWith('$'));
  if (dollar) fail(52, `The dollar ($) prefixed field '${dollar.name}' is not allowed in a replacement`);
  const given = field(u, ID);
  const rest = fields.filter(({ name }) => name !== '_id');
  const withId = (id: Value | undefined): Buffer => {
    const document = fromElements(id === undefined ? rest : [{ name: '_id', value: id }, ...rest]).bytes;
    checkSize(document);
    return document;
  };
  return {
    apply(document) {
      const id = field(documentValue(document), ID);
      if (given && !equalValues(given, id)) refuseNewId();
      return withId(id);
    },
    insert(conditions) {
      const seeded = equalities(conditions).find(({ name }) => name === '_id')?.value;
      if (given && seeded && !equalValues(given, seeded)) refuseNewId();
      return withId(given ?? seeded);
    },
  };
}

/** The fields that a filter fixes: equality, or `$in` with one value. */
function equalities(conditions: readonly Condition[]): Element[] {
  return conditions
    .filter(({ operator, operands }) => operator === '$eq' || (operator === '$in' && operands.length === 1))
    .map(({ path, operands }) => ({ name: path, value: operands[0] as Value }));
}

function seed(conditions: readonly Condition[]): Branch {
  const root: Branch = { type: TYPE.object, entries: [] };
  for (const { name, value: fixed } of equalities(conditions)) {
    const once: Change = (current) => {
      if (current === undefined || equalValues(current, fixed)) return fixed;
      return fail(54, `cannot infer query fields to set, path '${name}' is matched twice`);
    };
    applyAt(root, name.split('.'), once, true);
  }
  return root;
}

/** What `$push` and `$addToSet` add: one value, or several under `$each`; and which of them all are kept then. */
function added(operand: Value, operator: '$push' | '$addToSet'): { more: Value[]; kept: (items: Value[]) => Value[] } {
  const modifiers = operand.type === TYPE.object ? elements(operand) : [];
  const named = (wanted: string) => modifiers.find(({ name }) => name === wanted)?.value;
  const each = named('$each');
  if (each === undefined) return { more: [operand], kept: (items) => items };
  for (const { name } of modifiers) {
    if (/^\$(position|sort)$/.test(name)) fail(238, `${name} is not implemented by the embedded server`);
    if (name !== '$each' && !(name === '$slice' && operator === '$push'))
      fail(2, `Unrecognized clause in ${operator}: ${name}`);
  }
  if (each.type !== TYPE.array) fail(2, 'The argument to $each must be an array');
  return { more: values(each), kept: keptBySlice(named('$slice')) };
}

/** `$slice` of `$push`: the first so many, or the last ones for a negative number. */
function keptBySlice(operand: Value | undefined): (items: Value[]) => Value[] {
  if (operand === undefined) return (items) => items;
  const count = isNumber(operand) ? toNumber(operand) : Number.NaN;
  if (!Number.isInteger(count)) fail(2, 'The value for $slice must be an integer');
  return (items) => (count < 0 ? items.slice(count) : items.slice(0, count));
}

const OPERATORS: Record<string, (operand: Value, path: string) => Change> = {
  $set: (operand) => () => operand,
  $setOnInsert: (operand) => () => operand,
  $unset: () => () => undefined,
  $inc: (operand, path) => arithmetic('add', operand, path),
  $mul: (operand, path) => arithmetic('multiply', operand, path),
  $min: (operand) => (current) => (current === undefined || compareValues(operand, current) < 0 ? operand : current),
  $max: (operand) => (current) => (current === undefined || compareValues(operand, current) > 0 ? operand : current),
  $push: (operand, path) => {
    const { more, kept } = added(operand, '$push');
    return (current) => fromValues(kept([...arrayItems(current, '$push', path), ...more]));
  },
  $addToSet: (operand, path) => {
    const { more } = added(operand, '$addToSet');
    return (current) => {
      const items = arrayItems(current, '$addToSet', path);
      const known = new Map(items.map((item) => [keyText(item), item]));
      const missing = more.filter((item) => !known.has(keyText(item)) && known.set(keyText(item), item));
      return current !== undefined && missing.length === 0 ? current : fromValues([...items, ...missing]);
    };
  },
  $pull: (operand, path) => {
    const matches = pullPredicate(operand);
    return (current) => {
      const items = arrayItems(current, '$pull', path);
      const kept = items.filter((item) => !matches(item));
      return kept.length === items.length ? current : fromValues(kept);
    };
  },
};

/** Operators that MongoDB knows and this server does not. */
const NOT_IMPLEMENTED = ['$bit', '$currentDate', '$pop', '$pullAll'];

function compileOperator(operator: string, fields: Value): Action[] {
  if (NOT_IMPLEMENTED.includes(operator)) fail(238, `${operator} is not implemented by the embedded server`);
  const known = operator.startsWith('$') ? OPERATORS[operator] : undefined;
  if (known === undefined && operator !== '$rename') {
    fail(9, `Unknown modifier: ${operator}. Expected a valid update modifier`);
  }
  if (fields.type !== TYPE.object) fail(9, `Modifiers operate on fields but we found type ${typeName(fields)} instead`);
  return elements(fields).map(({ name: path, value: operand }) => {
    const names = pathNames(path);
    const creates = operator !== '$unset' && operator !== '$pull';
    if (known) return { names, change: known(operand, path), creates, onInsert: operator === '$setOnInsert' };
    if (operand.type !== TYPE.string) fail(2, `The 'to' field for $rename must be a string: ${path}`);
    return { names: pathNames(text(operand)), change: () => undefined, creates, onInsert: false, from: names };
  });
}

/** Fields are changed, and so added, in the order of their names, those that are numbers in that of the numbers. */
function compareNames(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((name, at) => name !== b[at]);
  const [name, other] = [a[i], b[i]];
  if (name === undefined || other === undefined) return a.length - b.length;
  if (/^\d+$/.test(name) && /^\d+$/.test(other)) return Number(name) - Number(other);
  return name < other ? -1 : 1;
}

function pathNames(path: string): string[] {
  const names = path.split('.');
  if (names.includes('')) fail(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  const dollar = names.findIndex((name) => name.startsWith('$'));
  if (dollar > 0 && /^\$(\[\w*\])?$/.test(names[dollar] as string)) {
    fail(238, `Positional updates are not implemented by the embedded server: '${path}'`);
  }
  if (dollar !== -1) fail(52, `The dollar ($) prefixed field '${names[dollar]}' in '${path}' is not allowed`);
  return names;
}

/** No two operators may touch the same path, or a path inside another's. */
function refuseConflicts(actions: readonly Action[]): void {
  const paths = actions
    .flatMap(({ names, from }) => [names, ...(from ? [from] : [])].map((p) => `${p.join('.')}.`))
    .sort();
  paths.forEach((path, i) => {
    const before = paths[i - 1];
    if (before === undefined || !path.startsWith(before)) return;
    fail(40, `Updating the path '${path.slice(0, -1)}' would create a conflict at '${before.slice(0, -1)}'`);
  });
}

function arithmetic(name: 'add' | 'multiply', operand: Value, path: string): Change {
  if (!isNumber(operand)) fail(14, `Cannot ${name} with non-numeric argument: {${path}: ${typeName(operand)}}`);
  return (current) => {
    if (current === undefined) return name === 'add' ? operand : calculateExact('multiply', operand, int32(0));
    if (!isNumber(current)) fail(14, `Cannot ${name} to non-numeric type: '${path}' is of type ${typeName(current)}`);
    return (
      calculateExact(name, current, operand) ??
      fail(2, `Failed to apply ${name} to '${path}': the result does not fit into 64 bits`)
    );
  };
}

/** The elements of an array, or of what is to become one. */
function arrayItems(current: Value | undefined, operator: string, path: string): Value[] {
  if (current === undefined) return [];
  if (current.type === TYPE.array) return values(current);
  return fail(2, `The field '${path}' must be an array but is of type ${typeName(current)} (${operator})`);
}

/** Applies a change at a path, making parents where the operator does so. */
function applyAt(parent: Branch, [name = '', ...rest]: readonly string[], change: Change, creates: boolean): void {
  const { entries } = parent;
  const inArray = parent.type === TYPE.array;
  let at = inArray ? arrayPosition(name) : entries.findIndex((entry) => entry.name === name);
  if (inArray && at === -1) {
    if (creates) fail(28, `Cannot create field '${name}' in an array`);
    return;
  }
  if (at === -1) at = entries.length;
  if (at > entries.length + MAX_ARRAY_FILL) fail(2, `can't backfill more than ${MAX_ARRAY_FILL} elements`);
  const existing = entries[at];
  const place = (item: Value | Branch): void => {
    while (entries.length < at) entries.push({ name: '', item: NULL });
    entries[at] = { name, item };
  };
  const [next] = rest;
  if (next === undefined) {
    const made = change(existing && closed(existing.item));
    if (made) place(made);
    else if (existing && inArray) place(NULL);
    else if (existing) entries.splice(at, 1);
  } else if (existing === undefined) {
    const made: Branch = { type: TYPE.object, entries: [] };
    if (creates) applyAt(made, rest, change, creates);
    if (made.entries.length > 0) place(made);
  } else if (existing.item.type === TYPE.object || existing.item.type === TYPE.array) {
    if (!isBranch(existing.item)) existing.item = open(existing.item);
    applyAt(existing.item, rest, change, creates);
  } else if (creates) {
    fail(28, `Cannot create field '${next}' in element {${name}: ${typeName(closed(existing.item))}}`);
  }
}

/** `$rename`: neither of its paths may enter an array. */
function rename(root: Branch, from: readonly string[], to: readonly string[]): void {
  const document = documentValue(close(root));
  const moved = plainField(document, from);
  plainField(document, to);
  if (moved === undefined) return;
  applyAt(root, from, () => undefined, false);
  applyAt(root, to, () => moved, true);
}

function plainField(document: Value, names: readonly string[]): Value | undefined {
  let found: Value | undefined = document;
  for (const name of names) {
    if (found?.type === TYPE.array) fail(2, `The fields of $rename cannot be inside an array: ${names.join('.')}`);
    found = found?.type === TYPE.object ? field(found, Buffer.from(name)) : undefined;
  }
  return found;
}
