import {
  documentValue,
  type Element,
  elements,
  endDocument,
  fromElements,
  isEmptyDocument,
  isNumber,
  openWriter,
  startDocument,
  TYPE,
  takeBytes,
  type Value,
  type Writer,
  walk,
  writeBytes,
  writeElement,
  writeName,
} from '../bson/values.js';
import { CommandError, fail } from '../errors.js';
import { compileExpression, type Expression, truthy } from './expression.js';

/** Makes a new document of a document. */
export type Transform = (document: Buffer) => Buffer;

/** What happens to one field: kept, dropped, computed, or its own fields are looked at. */
interface Node {
  readonly name: string;
  readonly bytes: Buffer;
  readonly children: Node[];
  rule?: 'keep' | 'drop';
  compute?: Expression;
}

function newNode(name: string): Node {
  return { name, bytes: Buffer.from(name), children: [] };
}

function child(parent: Node, name: string): Node {
  let found = parent.children.find((node) => node.name === name);
  if (found === undefined) {
    found = newNode(name);
    parent.children.push(found);
  }
  return found;
}

/** The node of a dotted path, made where it is absent. */
function nodeAt(root: Node, path: string): Node {
  let node = root;
  for (const name of path.split('.')) {
    if (name === '') fail(40352, `FieldPath '${path}' has an empty part`);
    if (name.startsWith('$')) fail(16410, `FieldPath field names may not start with '$': '${path}'`);
    if (node.rule || node.compute) fail(31249, `Path collision at ${path}`);
    node = child(node, name);
  }
  if (node.children.length > 0 || node.rule || node.compute) fail(31250, `Path collision at ${path}`);
  return node;
}

interface Plan {
  readonly root: Node;
  /** Whether fields that the plan does not name are kept. */
  readonly keepOthers: boolean;
  /** Whether a computed field inside an array or a scalar makes documents there. */
  readonly computes: boolean;
}

/** What a specification says of each field, by the whole path: documents in it, save operators, name further fields. */
function* leaves(spec: Value, prefix = ''): Generator<Element> {
  for (const { name, value } of elements(spec)) {
    const path = prefix + name;
    const inner = value.type === TYPE.object ? elements(value)[0]?.name : undefined;
    if (inner === undefined || inner.startsWith('$')) yield { name: path, value };
    else yield* leaves(value, `${path}.`);
  }
}

/**
 * Compiles a projection of `find` or, as a `stage`, of `$project`.
 * @throws CommandError 31254 or 31253 for mixed inclusion and exclusion
 */
export function compileProjection(spec: Value, stage: boolean): Transform {
  if (spec.type !== TYPE.object) fail(stage ? 15969 : 14, 'a projection must be an object');
  const root = newNode('');
  const modes = new Set<'keep' | 'drop'>();
  let keepId: boolean | undefined;
  let computes = false;
  for (const { name: path, value } of leaves(spec)) {
    if (path.endsWith('.$')) fail(238, 'The positional projection is not implemented by the embedded server');
    if (/(^|\.)\$/.test(path)) fail(31325, `FieldPath field names may not start with '$': '${path}'`);
    const operator = value.type === TYPE.object ? elements(value)[0]?.name : undefined;
    if (isNumber(value) || value.type === TYPE.bool) {
      const rule = truthy(value) ? 'keep' : 'drop';
      if (path === '_id') keepId = rule === 'keep';
      else modes.add(rule);
      nodeAt(root, path).rule = rule;
    } else if (!stage && (operator === '$slice' || operator === '$elemMatch')) {
      fail(238, `${operator} in a projection is not implemented by the embedded server`);
    } else {
      nodeAt(root, path).compute = compileProjected(path, value);
      computes = true;
      modes.add('keep');
    }
  }
  if (elements(spec).length === 0 && stage)
    fail(51272, 'Invalid $project: the specification must have at least one field');
  if (modes.size === 2) fail(31254, 'Cannot do inclusion and exclusion in the same projection');
  const keepOthers = modes.has('drop') || (modes.size === 0 && keepId === false) || elements(spec).length === 0;
  if (!keepOthers && keepId === undefined && !root.children.some(({ name }) => name === '_id')) {
    child(root, '_id').rule = 'keep';
  }
  return transformOf({ root, keepOthers, computes });
}

/** An unknown operator has a code of its own in projections. */
function compileProjected(path: string, source: Value): Expression {
  try {
    return compileComputed(path, source);
  } catch (error) {
    if (error instanceof CommandError && error.code === 168)
      fail(31325, `Invalid $project :: caused by :: ${error.message}`);
    throw error;
  }
}

function compileComputed(path: string, source: Value): Expression {
  if (source.type === TYPE.object && isEmptyDocument(source)) {
    fail(51270, `An empty sub-projection is not a valid value. Found empty object at path ${path}`);
  }
  return compileExpression(source);
}

/** Compiles `$addFields` and `$set`. */
export function compileAddFields(spec: Value): Transform {
  if (spec.type !== TYPE.object) fail(40272, '$addFields specification stage must be an object');
  const root = newNode('');
  for (const { name: path, value } of leaves(spec)) nodeAt(root, path).compute = compileComputed(path, value);
  return transformOf({ root, keepOthers: true, computes: true });
}

/** Sets one field of documents, or removes it (`undefined`). */
export function fieldSetter(path: string): (document: Buffer, v: Value | undefined) => Buffer {
  const root = newNode('');
  let made: Value | undefined;
  nodeAt(root, path).compute = () => made;
  const transform = transformOf({ root, keepOthers: true, computes: true });
  return (document, v) => {
    made = v;
    return transform(document);
  };
}

const output = openWriter(64 * 1024);

function transformOf(plan: Plan): Transform {
  return (document) => {
    output.at = 0;
    const root = documentValue(document);
    writeProjected(output, root, plan.root, plan, root);
    return takeBytes(output);
  };
}

function matchesName(b: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (b[start + i] !== name[i]) return false;
  return true;
}

function findChild(children: readonly Node[], b: Buffer, start: number, end: number): Node | undefined {
  for (const node of children) if (matchesName(b, start, end, node.bytes)) return node;
  return undefined;
}

function writeProjected(w: Writer, source: Value, node: Node, plan: Plan, root: Value): void {
  const at = startDocument(w);
  const computed: Set<Node> | undefined = plan.computes ? new Set() : undefined;
  let remaining = node.children.length;
  walk(source, (element, nameStart, nameEnd) => {
    const rule = findChild(node.children, source.bytes, nameStart, nameEnd);
    if (rule === undefined) {
      if (plan.keepOthers) writeBytes(w, source.bytes, nameStart - 1, element.end);
      // Nothing follows the last included one: where computed ones are written behind them, they remain.
      else return remaining === 0;
      return false;
    }
    // In an inclusion, computed fields follow the included ones in the order of the specification.
    if (rule.compute && !plan.keepOthers && rule.name !== '_id') return false;
    remaining--;
    computed?.add(rule);
    if (rule.rule === 'keep') writeBytes(w, source.bytes, nameStart - 1, element.end);
    else writeField(w, element, rule, plan, root);
    return false;
  });
  if (computed) {
    for (const rule of node.children) if (!computed.has(rule)) writeField(w, undefined, rule, plan, root);
  }
  endDocument(w, at);
}

/** Writes a field that the plan names and does not keep as it is, or that the document does not have. */
function writeField(w: Writer, v: Value | undefined, rule: Node, plan: Plan, root: Value): void {
  if (rule.compute) {
    const made = rule.compute(root);
    if (made !== undefined) writeElement(w, rule.name, made);
  } else if (rule.rule === undefined) writeInner(w, rule.name, v, rule, plan, root);
}

const EMPTY_DOCUMENT = fromElements([]);

/** Writes a value of which the plan names fields; returns whether anything is left of it. */
function writeInner(w: Writer, name: string, v: Value | undefined, rule: Node, plan: Plan, root: Value): boolean {
  if (v?.type === TYPE.array) {
    writeName(w, TYPE.array, name);
    const at = startDocument(w);
    let i = 0;
    walk(v, (element) => {
      if (writeInner(w, String(i), element, rule, plan, root)) i++;
      return false;
    });
    endDocument(w, at);
  } else if (v?.type === TYPE.object || hasComputed(rule)) {
    writeName(w, TYPE.object, name);
    writeProjected(w, v?.type === TYPE.object ? v : EMPTY_DOCUMENT, rule, plan, root);
  } else if (v !== undefined && plan.keepOthers) writeElement(w, name, v);
  else return false;
  return true;
}

function hasComputed(node: Node): boolean {
  return node.compute !== undefined || node.children.some(hasComputed);
}
