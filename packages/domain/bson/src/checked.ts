import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { lengthAt, TYPE } from './types.js';

const SMALLEST = 5;
const FIRST_BEYOND_ASCII = 0x80;

/** So many fields as bits of a number may have to be there. */
const MOST_BITS = 2 ** 31;

/** Types of BSON as bits: all that JSON has are below 32. */
const bitOf = (type: number) => (type < 32 ? 1 << type : 0);
const ANY_TYPE = Object.values(TYPE).reduce<number>((bits, type) => bits | bitOf(type), 0);
const NULL = bitOf(TYPE.null);

/** What a schema says of a value. */
interface Rule {
  readonly types: number;
  /** A bit of its own among those that its object has to have; 0 of what may be absent. */
  readonly bit: number;
  /** Of the fields of an object, by name. */
  readonly fields: ReadonlyMap<string, Rule>;
  /** Of each value of a list or record. */
  readonly each?: Rule;
  /** So many values a list holds. */
  readonly least: number;
  /** The bits of the fields that an object has to have: one that is there twice does not stand for another. */
  readonly bits: number;
  /** What was met last at each place: answers have their fields in one order, and names need not be read again. */
  readonly met: Met[];
}

interface Met {
  readonly name: string;
  /** With the byte of 0 that ends it. */
  readonly bytes: Uint8Array;
  readonly rule: Rule;
  /** Whether what it holds is asked for. */
  readonly isWanted: boolean;
}

type Fields = Record<string, unknown>;

const NO_FIELDS: ReadonlyMap<string, Rule> = new Map();
const rule = (types: readonly number[], more: Partial<Rule> = {}): Rule => ({
  types: types.reduce((bits, type) => bits | bitOf(type), 0),
  bit: 1,
  fields: NO_FIELDS,
  least: 0,
  bits: 0,
  met: [],
  ...more,
});
/** Null is the same as absent, as in the method's own predicates. */
const optional = (one: Rule): Rule => ({ ...one, types: one.types | NULL, bit: 0 });
/** What the schema does not name is not looked into: a database does that with all it is given. */
const ANYTHING: Rule = { ...rule([]), types: ANY_TYPE, bit: 0 };

function ruleOf(schema: z.core.$ZodType): Rule {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'number':
      return rule([TYPE.double, TYPE.int32]);
    case 'string':
      return rule([TYPE.string]);
    case 'boolean':
      return rule([TYPE.boolean]);
    case 'optional':
    case 'nullable':
      return optional(ruleOf(def.innerType));
    case 'record':
      return rule([TYPE.object], { each: ruleOf(def.valueType) });
    case 'array': {
      const checks = (def.checks ?? []).map(({ _zod }) => _zod.def as { check: string; minimum?: number });
      if (checks.some(({ check }) => check !== 'min_length')) break;
      return rule([TYPE.array], { each: ruleOf(def.element), least: checks[0]?.minimum ?? 0 });
    }
    case 'object': {
      let next = 1;
      const fields = new Map<string, Rule>();
      for (const [name, one] of Object.entries(def.shape)) {
        const field = ruleOf(one);
        fields.set(name, { ...field, bit: field.bit && next });
        if (field.bit) next *= 2;
      }
      if (next > MOST_BITS) break;
      return rule([TYPE.object], { fields, bits: next - 1 });
    }
  }
  throw new Error(`no rule of BSON for a schema of the type ${def.type}`);
}

let bytes: Buffer = Buffer.alloc(0);
let view = new DataView(bytes.buffer);
/** The number, text or truth that was looked at last. */
let value: unknown;

/**
 * Each of these gives the place behind what it looked at; -1 where that is not as it has to be. What ends beyond what it stands in
 * is found there: that does not end where it should.
 */
function text(at: number, isWanted: boolean): number {
  const end = at + 4 + lengthAt(bytes, at);
  if (end <= at + 4 || bytes[end - 1] !== 0) return -1;
  for (let index = at + 4; index < end - 1; index += 1)
    if ((bytes[index] as number) >= FIRST_BEYOND_ASCII) {
      if (!isUtf8(bytes.subarray(index, end - 1))) return -1;
      break;
    }
  if (isWanted) value = bytes.toString('utf8', at + 4, end - 1);
  return end;
}

function scalar(type: number, at: number, limit: number, isWanted: boolean): number {
  switch (type) {
    case TYPE.double: {
      const double = at + 8 <= limit ? view.getFloat64(at, true) : Number.NaN;
      if (isWanted) value = double;
      return double - double === 0 ? at + 8 : -1;
    }
    case TYPE.int32:
      if (isWanted) value = lengthAt(bytes, at);
      return at + 4 <= limit ? at + 4 : -1;
    case TYPE.boolean:
      if (isWanted) value = bytes[at] === 1;
      return (bytes[at] as number) <= 1 ? at + 1 : -1;
    case TYPE.string:
      return at + 4 < limit ? text(at, isWanted) : -1;
    default:
      value = null;
      return at;
  }
}

function isAt(name: Uint8Array, at: number): boolean {
  for (let index = 0; index < name.length; index += 1) if (bytes[at + index] !== name[index]) return false;
  return true;
}

/** Reads a name that is another one than last time. */
function meet({ fields, each }: Rule, at: number, limit: number, wants: Wants): Met | undefined {
  const end = bytes.indexOf(0, at) + 1;
  if (end === 0 || end > limit || !isUtf8(bytes.subarray(at, end))) return undefined;
  const name = bytes.toString('utf8', at, end - 1);
  if (wants.refuses(name)) return undefined;
  const rule = fields.get(name) ?? each;
  const isWanted = rule !== undefined && wants.isWanted(name);
  return { name, bytes: Buffer.from(bytes.subarray(at, end)), rule: rule ?? ANYTHING, isWanted };
}

/** What is asked for of a document. */
interface Wants {
  readonly isWanted: (name: string) => boolean;
  readonly refuses: (name: string) => boolean;
}
const no = () => false;
const ALL: Wants = { isWanted: () => true, refuses: no };
const NOTHING: Wants = { isWanted: no, refuses: no };

function document(at: number, limit: number, within: Rule, wants: Wants, into: Fields | unknown[] | undefined): number {
  const length = at + SMALLEST <= limit ? lengthAt(bytes, at) : 0;
  const last = at + length - 1;
  if (length < SMALLEST || bytes[last] !== 0) return -1;
  if (within === ANYTHING) return last + 1;
  const { met: known } = within;
  let from = at + 4;
  let count = 0;
  let seen = 0;
  for (; from < last; count += 1) {
    const type = bytes[from++] as number;
    let met = known[count];
    if (met === undefined || !isAt(met.bytes, from)) {
      met = meet(within, from, last, wants);
      if (met === undefined) return -1;
      known[count] = met;
    }
    from += met.bytes.length;
    const { rule, isWanted } = met;
    if ((rule.types & bitOf(type)) === 0) return -1;
    seen |= rule.bit;
    if (type === TYPE.object || type === TYPE.array) {
      const inner = isWanted ? (type === TYPE.array ? [] : {}) : undefined;
      from = document(from, last, rule, isWanted ? ALL : NOTHING, inner);
      value = inner;
    } else from = scalar(type, from, last, isWanted);
    if (from === -1) return -1;
    if (Array.isArray(into)) into.push(value);
    else if (isWanted) (into as Fields)[met.name] = value;
  }
  return from === last && count >= within.least && (seen & within.bits) === within.bits ? last + 1 : -1;
}

/**
 * Makes a reader of documents that a schema accepts, which passes over what the schema does not name.
 *
 * @param options.fields - those of which what the schema names is given.
 * @param options.refuses - names that no document may have.
 * @returns a function that gives null for what is no such document.
 * @throws {Error} for kinds of schemas and checks that answers of the method are not made of.
 */
export function bsonReader(
  schema: z.core.$ZodType,
  { fields, refuses }: { fields: readonly string[]; refuses: (name: string) => boolean },
): (bson: Buffer) => Record<string, unknown> | null {
  const whole = ruleOf(schema);
  const wants: Wants = { isWanted: (name) => fields.includes(name), refuses };
  return (bson) => {
    bytes = bson;
    view = new DataView(bson.buffer, bson.byteOffset, bson.length);
    const read: Fields = {};
    return document(0, bson.length, whole, wants, read) === bson.length ? read : null;
  };
}
