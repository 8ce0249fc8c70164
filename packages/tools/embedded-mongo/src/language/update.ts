import { compareValues, equalValues, keyText, sortKey, toNumber } from '../bson/order.js';
import { arrayPosition, parsePath } from '../bson/path.js';
import {
  date,
  documentValue,
  type Element,
  elements,
  endDocument,
  field,
  fromElements,
  fromValues,
  int32,
  isEmptyDocument,
  isNumber,
  MAX_DOCUMENT_BYTES,
  NULL,
  named,
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
import { type Condition, compileFilter, elementPredicate, isOperatorDocument, pullPredicate } from './match.js';
import { documentSortKey } from './sort.js';

/**
 * Updates work on an ordered list of elements, opened only along the touched paths: what is not touched keeps its
 * bytes and its place (a JavaScript object would move integer-like names to the front).
 */
interface Branch {
  readonly type: typeof TYPE.object | typeof TYPE.array;
  readonly entries: { name: string; item: Item }[];
}
type Item = Value | Branch;

function isBranch(item: Item): item is Branch {
  return 'entries' in item;
}

function open(v: Value): Branch {
  const entries = elements(v).map(({ name, value: item }): { name: string; item: Item } => ({ name, item }));
  return { type: v.type === TYPE.array ? TYPE.array : TYPE.object, entries };
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

function closed(item: Item): Value {
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

const EMPTY_DOCUMENT = fromElements([]);
const MAX_ARRAY_FILL = 1_500_000;

/**
 * Compiles the `u` of an update statement: operators, or a replacement.
 * @throws CommandError 9 for an unknown operator, 40 for two operators on one path, 238 for a pipeline
 */
export function compileUpdate(u: Value, filter: Value, arrayFilters: readonly Value[] = []): Update {
  if (u.type === TYPE.array) fail(238, 'Updates by aggregation pipeline are not implemented by the embedded server');
  if (u.type !== TYPE.object) fail(9, 'An update must be an object');
  if (!elements(u)[0]?.name.startsWith('$')) return replacement(u);
  const actions = elements(u).flatMap(({ name, value: fields }) => compileOperator(name, fields));
  refuseConflicts(actions);
  actions.sort((a, b) => compareNames(a.names, b.names));
  const filters = namedFilters(arrayFilters, actions);
  const run = (root: Branch, before: Value | undefined): void => {
    const position = before && matchedPosition(filter, before);
    for (const action of actions) {
      if (action.onInsert && before !== undefined) continue;
      const context = { filters, position, creates: action.creates };
      if (action.from === undefined) applyAt(root, action.names, 0, action.change, context);
      else rename(root, action.from, action.names, context);
    }
  };
  return {
    apply(document) {
      const before = documentValue(document);
      const root = open(before);
      run(root, before);
      const after = close(root);
      checkSize(after);
      const idBefore = field(before, ID);
      const idAfter = field(documentValue(after), ID);
      if (!sameBytes(idBefore, idAfter)) {
        fail(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
      }
      return after;
    },
    insert(conditions) {
      const root = seed(conditions);
      const seededId = root.entries.find(({ name }) => name === '_id')?.item;
      run(root, undefined);
      const id = root.entries.find(({ name }) => name === '_id')?.item;
      if (seededId !== undefined && (id === undefined || !equalValues(closed(seededId), closed(id)))) {
        fail(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
      }
      return close(root);
    },
  };
}

const ID = Buffer.from('_id');

function sameBytes(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.type === b.type && slice(a).equals(slice(b));
}

function checkSize(document: Buffer): void {
  if (document.length > MAX_DOCUMENT_BYTES) {
    fail(10334, `BSONObj size: ${document.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}`);
  }
}

function replacement(u: Value): Update {
  const fields = elements(u);
  for (const { name } of fields) {
    if (name.startsWith('$')) fail(52, `The dollar ($) prefixed field '${name}' is not allowed in a replacement`);
  }
  const given = field(u, ID);
  const rest = fields.filter(({ name }) => name !== '_id');
  const withId = (id: Value | undefined): Buffer =>
    fromElements(id === undefined ? rest : [{ name: '_id', value: id }, ...rest]).bytes;
  return {
    apply(document) {
      const id = field(documentValue(document), ID);
      if (given !== undefined && !equalValues(given, id)) {
        fail(66, "After applying the update, the (immutable) field '_id' was found to have been altered");
      }
      const after = withId(id);
      checkSize(after);
      return after;
    },
    insert(conditions) {
      const seeded = equalities(conditions).find(({ name }) => name === '_id')?.value;
      if (given !== undefined && seeded !== undefined && !equalValues(given, seeded)) {
        fail(66, "The _id field cannot be changed from the query's");
      }
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
      if (current !== undefined && !equalValues(current, fixed)) {
        fail(54, `cannot infer query fields to set, path '${name}' is matched twice`);
      }
      return fixed;
    };
    applyAt(root, name.split('.'), 0, once, { filters: new Map(), position: undefined, creates: true });
  }
  return root;
}

/** `$push` and `$addToSet` take one value, or several under `$each`. */
function eachOf(operand: Value): Value[] | undefined {
  if (operand.type !== TYPE.object || !elements(operand).some(({ name }) => name === '$each')) return undefined;
  const list = elements(operand).find(({ name }) => name === '$each')?.value;
  return list?.type === TYPE.array ? values(list) : fail(2, 'The argument to $each must be an array');
}

interface Operator {
  readonly change: (operand: Value, path: string) => Change;
  readonly creates: boolean;
}

const OPERATORS: Record<string, Operator> = {
  $set: { creates: true, change: (operand) => () => operand },
  $setOnInsert: { creates: true, change: (operand) => () => operand },
  $unset: { creates: false, change: () => () => undefined },
  $inc: { creates: true, change: (operand, path) => arithmetic('add', operand, path) },
  $mul: { creates: true, change: (operand, path) => arithmetic('multiply', operand, path) },
  $min: {
    creates: true,
    change: (operand) => (current) =>
      current === undefined || compareValues(operand, current) < 0 ? operand : current,
  },
  $max: {
    creates: true,
    change: (operand) => (current) =>
      current === undefined || compareValues(operand, current) > 0 ? operand : current,
  },
  $currentDate: { creates: true, change: currentDate },
  $push: { creates: true, change: push },
  $addToSet: {
    creates: true,
    change: (operand, path) => {
      const added = eachOf(operand) ?? [operand];
      return (current) => {
        const items = current === undefined ? [] : arrayItems(current, '$addToSet', path);
        const before = items.length;
        const keys = new Set(items.map(keyText));
        for (const v of added) {
          const key = keyText(v);
          if (keys.has(key)) continue;
          keys.add(key);
          items.push(v);
        }
        return current !== undefined && items.length === before ? current : fromValues(items);
      };
    },
  },
  $pop: {
    creates: false,
    change: (operand, path) => {
      const end = isNumber(operand) ? toNumber(operand) : Number.NaN;
      if (end !== 1 && end !== -1) fail(9, '$pop expects 1 or -1');
      return onArray(path, '$pop', (items) => (end === 1 ? items.slice(0, -1) : items.slice(1)), 14);
    },
  },
  $pull: {
    creates: false,
    change: (operand, path) => {
      const matches = pullPredicate(operand);
      return onArray(path, '$pull', (items) => items.filter((item) => !matches(item)));
    },
  },
  $pullAll: {
    creates: false,
    change: (operand, path) => {
      if (operand.type !== TYPE.array) fail(2, '$pullAll requires an array argument');
      const unwanted = new Set(values(operand).map(keyText));
      return onArray(path, '$pullAll', (items) => items.filter((item) => !unwanted.has(keyText(item))));
    },
  },
};

function compileOperator(operator: string, fields: Value): Action[] {
  const known = operator.startsWith('$') ? OPERATORS[operator] : undefined;
  if (known === undefined && operator !== '$rename') {
    fail(9, `Unknown modifier: ${operator}. Expected a valid update modifier`);
  }
  if (fields.type !== TYPE.object) fail(9, `Modifiers operate on fields but we found type ${typeName(fields)} instead`);
  return elements(fields).flatMap(({ name: path, value: operand }) => {
    const names = pathNames(path);
    if (known !== undefined) {
      const change = known.change(operand, path);
      return [{ names, change, creates: known.creates, onInsert: operator === '$setOnInsert' }];
    }
    if (operand.type !== TYPE.string) fail(2, `The 'to' field for $rename must be a string: ${path}`);
    const target = pathNames(text(operand));
    if ([...names, ...target].some((name) => name.startsWith('$'))) {
      fail(2, `The source and destination field for $rename may not be dynamic: ${path}`);
    }
    return [{ names: target, change: () => undefined, creates: true, onInsert: false, from: names }];
  });
}

/** Fields are changed, and so added, in the order of their names, those that are numbers in that of the numbers. */
function compareNames(a: readonly string[], b: readonly string[]): number {
  for (const [i, name] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (name === other) continue;
    if (/^\d+$/.test(name) && /^\d+$/.test(other)) return Number(name) - Number(other);
    return name < other ? -1 : 1;
  }
  return a.length - b.length;
}

function pathNames(path: string): string[] {
  const names = path.split('.');
  if (names.includes('')) fail(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  names.forEach((name, i) => {
    if (name.startsWith('$') && (i === 0 || !/^\$(\[\w*\])?$/.test(name))) {
      fail(52, `The dollar ($) prefixed field '${name}' in '${path}' is not allowed in an update path`);
    }
  });
  return names;
}

/** No two operators may touch the same path, or a path inside another's. */
function refuseConflicts(actions: readonly Action[]): void {
  const paths = actions
    .flatMap(({ names, from }) => [names, ...(from ? [from] : [])].map((p) => `${p.join('.')}.`))
    .sort();
  for (let i = 1; i < paths.length; i++) {
    const [before, path] = [paths[i - 1] as string, paths[i] as string];
    if (path.startsWith(before)) {
      fail(40, `Updating the path '${path.slice(0, -1)}' would create a conflict at '${before.slice(0, -1)}'`);
    }
  }
}

function arithmetic(name: 'add' | 'multiply', operand: Value, path: string): Change {
  const shown = name === 'add' ? 'increment' : 'multiply';
  if (!isNumber(operand)) fail(14, `Cannot ${shown} with non-numeric argument: {${path}: ${typeName(operand)}}`);
  return (current) => {
    if (current === undefined) {
      return name === 'add' ? operand : (calculateExact('multiply', operand, int32(0)) as Value);
    }
    if (!isNumber(current)) {
      fail(
        14,
        `Cannot apply $${name === 'add' ? 'inc' : 'mul'} to a value of non-numeric type: '${path}' is of type ${typeName(current)}`,
      );
    }
    return (
      calculateExact(name, current, operand) ??
      fail(2, `Failed to apply ${name} to '${path}': the result does not fit into 64 bits`)
    );
  };
}

function currentDate(operand: Value, path: string): Change {
  const wanted = operand.type === TYPE.object ? elements(operand) : undefined;
  const kind = wanted?.[0]?.name === '$type' ? text(wanted[0].value) : operand.type === TYPE.bool ? 'date' : '';
  if (kind === 'date') return () => date(BigInt(Date.now()));
  // A timestamp counts within its second; the increment only has to be positive here.
  if (kind === 'timestamp') {
    return () => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32LE(1, 0);
      bytes.writeUInt32LE(Math.floor(Date.now() / 1000), 4);
      return value(TYPE.timestamp, bytes);
    };
  }
  return fail(2, `The '$type' of $currentDate on '${path}' must be 'date' or 'timestamp'`);
}

function arrayItems(current: Value, operator: string, path: string, code = 2): Value[] {
  if (current.type !== TYPE.array) {
    fail(code, `The field '${path}' must be an array but is of type ${typeName(current)} (${operator})`);
  }
  return values(current);
}

/** A change of an existing array; a missing one stays missing. */
function onArray(path: string, operator: string, change: (items: Value[]) => Value[], code = 2): Change {
  return (current) => {
    if (current === undefined) return undefined;
    const items = arrayItems(current, operator, path, code);
    const changed = change(items);
    return changed.length === items.length ? current : fromValues(changed);
  };
}

function push(operand: Value, path: string): Change {
  const each = eachOf(operand);
  const modifiers = new Map(each ? elements(operand).map((entry) => [entry.name, entry.value]) : []);
  for (const name of modifiers.keys()) {
    if (!['$each', '$position', '$slice', '$sort'].includes(name)) fail(2, `Unrecognized clause in $push: ${name}`);
  }
  const whole = (name: string): number | undefined => {
    const v = modifiers.get(name);
    if (v === undefined) return undefined;
    return isNumber(v) && Number.isInteger(toNumber(v))
      ? toNumber(v)
      : fail(2, `The value for ${name} must be an integer value`);
  };
  const position = whole('$position');
  const limit = whole('$slice');
  const sort = modifiers.get('$sort');
  const sorted = sort && pushSort(sort);
  return (current) => {
    let items = current === undefined ? [] : arrayItems(current, '$push', path);
    items.splice(position ?? items.length, 0, ...(each ?? [operand]));
    if (sorted) items = sorted(items);
    if (limit !== undefined) items = limit < 0 ? items.slice(limit) : items.slice(0, limit);
    return fromValues(items);
  };
}

function pushSort(spec: Value): (items: Value[]) => Value[] {
  const fields = spec.type === TYPE.object ? elements(spec) : [{ name: '', value: spec }];
  const directions = fields.map(({ value: v }) =>
    isNumber(v) && Math.abs(toNumber(v)) === 1
      ? toNumber(v)
      : fail(2, 'The $sort element value must be either 1 or -1'),
  );
  const sort = { paths: fields.map(({ name }) => parsePath(name)), directions };
  const keyOfItem = (item: Value): Buffer => {
    if (spec.type !== TYPE.object) return sortKey([item], directions);
    return documentSortKey(sort, item.type === TYPE.object ? item : EMPTY_DOCUMENT);
  };
  return (items) =>
    items
      .map((item) => ({ item, key: keyOfItem(item) }))
      .sort((a, b) => Buffer.compare(a.key, b.key))
      .map(({ item }) => item);
}

interface Context {
  readonly filters: ReadonlyMap<string, (element: Value) => boolean>;
  /** Finds the element that the filter matched, for the positional `$`. */
  readonly position: ((arrayPath: string) => number) | undefined;
  /** Whether missing parents are made. */
  readonly creates: boolean;
}

/** Applies a change at a path, making parents where the action asks for it. */
function applyAt(parent: Branch, names: readonly string[], i: number, change: Change, context: Context): void {
  const { entries } = parent;
  const name = names[i] as string;
  if (name.startsWith('$[')) {
    if (parent.type !== TYPE.array)
      fail(2, `Cannot apply array updates to non-array element at '${names.slice(0, i).join('.')}'`);
    const test = context.filters.get(name.slice(2, -1));
    for (let at = 0; at < entries.length; at++) {
      const item = entries[at]?.item as Item;
      if (test === undefined || test(closed(item))) applyToEntry(parent, at, String(at), names, i, change, context);
    }
    return;
  }
  const positional = name === '$' ? context.position?.(names.slice(0, i).join('.')) : undefined;
  if (name === '$' && positional === undefined) {
    fail(2, 'The positional operator did not find the match needed from the query.');
  }
  const key = positional === undefined ? name : String(positional);
  if (parent.type === TYPE.array) {
    const at = arrayPosition(key);
    if (at === -1) {
      if (context.creates) fail(28, `Cannot create field '${key}' in element {${names.slice(0, i).join('.')}: [...]}`);
      return;
    }
    if (at > entries.length + MAX_ARRAY_FILL) fail(2, `can't backfill more than ${MAX_ARRAY_FILL} elements`);
    applyToEntry(parent, at, key, names, i, change, context);
    return;
  }
  const at = entries.findIndex((entry) => entry.name === key);
  applyToEntry(parent, at === -1 ? entries.length : at, key, names, i, change, context);
}

/** Goes on with entry `at` of a branch; past its end the entry is new. */
function applyToEntry(
  parent: Branch,
  at: number,
  key: string,
  names: readonly string[],
  i: number,
  change: Change,
  context: Context,
): void {
  const { entries } = parent;
  const existing = entries[at];
  if (i === names.length - 1) {
    const made = change(existing && closed(existing.item));
    if (made !== undefined) place(parent, at, key, made);
    else if (existing && parent.type === TYPE.array) existing.item = NULL;
    else if (existing) entries.splice(at, 1);
    return;
  }
  if (existing === undefined) {
    if (!context.creates) return;
    const made: Branch = { type: TYPE.object, entries: [] };
    applyAt(made, names, i + 1, change, context);
    if (made.entries.length > 0) place(parent, at, key, made);
    return;
  }
  if (!isBranch(existing.item)) {
    if (existing.item.type !== TYPE.object && existing.item.type !== TYPE.array) {
      const next = names[i + 1] as string;
      if (next.startsWith('$[')) fail(2, `Cannot apply array updates to non-array element ${key}`);
      if (!context.creates) return;
      fail(28, `Cannot create field '${next}' in element {${key}: ${typeName(existing.item)}}`);
    }
    existing.item = open(existing.item);
  }
  applyAt(existing.item as Branch, names, i + 1, change, context);
}

function place(parent: Branch, at: number, key: string, item: Item): void {
  const existing = parent.entries[at];
  if (existing) {
    existing.item = item;
    return;
  }
  while (parent.entries.length < at) parent.entries.push({ name: '', item: NULL });
  parent.entries.push({ name: key, item });
}

/** `$rename`: neither of its paths may enter an array. */
function rename(root: Branch, from: readonly string[], to: readonly string[], context: Context): void {
  const document = documentValue(close(root));
  const moved = plainField(document, from);
  plainField(document, to);
  if (moved === undefined) return;
  applyAt(root, from, 0, () => undefined, context);
  applyAt(root, to, 0, () => moved, context);
}

function plainField(document: Value, names: readonly string[]): Value | undefined {
  let found: Value | undefined = document;
  for (const name of names) {
    if (found?.type === TYPE.array) fail(2, `The fields of $rename cannot be inside an array: ${names.join('.')}`);
    found = found?.type === TYPE.object ? field(found, Buffer.from(name)) : undefined;
  }
  return found;
}

/** The array filters by their identifier; each must be used. */
function namedFilters(
  arrayFilters: readonly Value[],
  actions: readonly Action[],
): ReadonlyMap<string, (element: Value) => boolean> {
  const filters = new Map<string, (element: Value) => boolean>();
  for (const filter of arrayFilters) {
    const [identifier = '', ...others] = new Set(elements(filter).map(({ name }) => name.split('.')[0]));
    if (!/^[a-z]\w*$/.test(identifier) || others.length > 0)
      fail(9, 'An array filter needs one identifier that begins with a lowercase letter');
    if (filters.has(identifier))
      fail(9, `Found multiple array filters with the same top-level field name ${identifier}`);
    const { matches } = compileFilter(filter);
    filters.set(identifier, (element) => matches(named(identifier, element)));
  }
  const used = new Set(
    actions.flatMap(({ names }) => names.filter((n) => n.startsWith('$['))).map((n) => n.slice(2, -1)),
  );
  for (const identifier of used) {
    if (identifier !== '' && !filters.has(identifier)) fail(2, `No array filter found for identifier '${identifier}'`);
  }
  for (const identifier of filters.keys()) {
    if (!used.has(identifier)) fail(9, `The array filter for identifier '${identifier}' was not used in the update`);
  }
  return filters;
}

/** Finds the element of an array that the filter's conditions on that array matched. */
function matchedPosition(filter: Value, document: Value): (arrayPath: string) => number {
  return (arrayPath) => {
    const tests = elementTests(filter, arrayPath);
    const array = arrayAt(document, arrayPath);
    const items = array === undefined ? [] : values(array);
    let at = tests.length === 0 ? -1 : items.findIndex((item) => tests.every((test) => test(item)));
    if (at === -1) at = items.findIndex((item) => tests.some((test) => test(item)));
    return at === -1 ? fail(2, 'The positional operator did not find the match needed from the query.') : at;
  };
}

function elementTests(filter: Value, arrayPath: string): ((element: Value) => boolean)[] {
  return elements(filter).flatMap(({ name, value: operand }) => {
    if (name === '$and') return values(operand).flatMap((clause) => elementTests(clause, arrayPath));
    if (name === arrayPath) {
      const operators = isOperatorDocument(operand)
        ? operand
        : named(operand.type === TYPE.regex ? '$regex' : '$eq', operand);
      return [elementPredicate(field(operators, Buffer.from('$elemMatch')) ?? operators)];
    }
    if (!name.startsWith(`${arrayPath}.`)) return [];
    const { matches } = compileFilter(named(name.slice(arrayPath.length + 1), operand));
    return [(element: Value) => element.type === TYPE.object && matches(element)];
  });
}

function arrayAt(document: Value, path: string): Value | undefined {
  let found: Value | undefined = document;
  for (const name of path.split('.')) {
    found =
      found && (found.type === TYPE.object || found.type === TYPE.array) ? field(found, Buffer.from(name)) : undefined;
  }
  return found?.type === TYPE.array && !isEmptyDocument(found) ? found : undefined;
}
