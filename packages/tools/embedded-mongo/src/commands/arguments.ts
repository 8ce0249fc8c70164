import { equalValues, toNumber } from '../bson/order.js';
import { elements, isNullish, isNumber, slice, string, TYPE, text, type Value, values } from '../bson/values.js';
import { fail } from '../errors.js';
import { truthy, typeName } from '../language/expression.js';
import type { Request } from '../wire/messages.js';

/** Fields that every command may carry and that change nothing here. */
const COMMON_FIELDS = [
  ...'$db $readPreference $clusterTime lsid readConcern writeConcern maxTimeMS comment'.split(' '),
  ...'apiVersion apiStrict apiDeprecationErrors'.split(' '),
];
const TRANSACTION_FIELDS = ['txnNumber', 'startTransaction', 'autocommit'];
/** Options that would change the answer: refused unless they say nothing. */
const UNSUPPORTED_FIELDS = [
  ...'collation let hint tailable awaitData oplogReplay min max returnKey showRecordId arrayFilters'.split(' '),
  ...'capped size viewOn pipeline timeseries validator expireAfterSeconds clusteredIndex'.split(' '),
  ...'changeStreamPreAndPostImages encryptedFields'.split(' '),
];

/** The fields of a command or statement, read with their types checked. */
export type Arguments = ReturnType<typeof createArguments>;

/**
 * @param accepted the fields that the command understands; any other is refused (40415), so that nothing is ignored
 * that would change the answer; `any` where unknown fields mean nothing
 */
export function createArguments(source: Value, name: string, accepted: readonly string[] | 'any', request?: Request) {
  const fields = new Map(elements(source).map((entry) => [entry.name, entry.value]));
  for (const [field, value] of fields) {
    if (TRANSACTION_FIELDS.includes(field)) {
      fail(20, 'Transaction numbers are only allowed on a replica set member or mongos');
    }
    if (field === name || COMMON_FIELDS.includes(field) || accepted === 'any' || accepted.includes(field)) continue;
    if (!UNSUPPORTED_FIELDS.includes(field)) fail(40415, `BSON field '${name}.${field}' is an unknown field.`);
    if (!saysNothing(field, value)) fail(238, `'${field}' is not implemented by the embedded server`);
  }

  function missing(field: string): never {
    return fail(40414, `BSON field '${name}.${field}' is missing but a required field`);
  }

  function wrongType(field: string, value: Value | undefined, expected: string): never {
    if (value === undefined) return missing(field);
    const type = typeName(value);
    return fail(14, `BSON field '${name}.${field}' is the wrong type '${type}', expected type '${expected}'`);
  }

  const args = {
    name,
    missing,
    value: (field: string): Value | undefined => fields.get(field),

    text(field: string): string {
      const value = fields.get(field);
      return value?.type === TYPE.string ? text(value) : wrongType(field, value, 'string');
    },

    number(field: string, fallback: number): number {
      const value = fields.get(field);
      if (isNullish(value)) return fallback;
      const n = isNumber(value) ? toNumber(value) : wrongType(field, value, 'number');
      return Number.isFinite(n) ? Math.trunc(n) : fail(2, `BSON field '${name}.${field}' is not a finite number`);
    },

    /** A number that may not be negative. */
    size(field: string, fallback: number): number {
      const n = args.number(field, fallback);
      return n < 0 ? fail(51024, `BSON field '${field}' value must be >= 0, actual value '${n}'`) : n;
    },

    flag(field: string, fallback = false): boolean {
      const value = fields.get(field);
      if (isNullish(value)) return fallback;
      return value.type === TYPE.bool || isNumber(value) ? truthy(value) : wrongType(field, value, 'bool');
    },

    document(field: string): Value | undefined {
      const value = fields.get(field);
      if (isNullish(value)) return undefined;
      return value.type === TYPE.object ? value : wrongType(field, value, 'object');
    },

    /** Documents given as a message sequence or as an array. */
    documents(field: string): Buffer[] {
      const sequence = request?.sequences.get(field);
      if (sequence) return [...sequence];
      const value = fields.get(field);
      if (value?.type !== TYPE.array) return wrongType(field, value, 'array');
      return values(value).map((item, i) =>
        item.type === TYPE.object ? slice(item) : wrongType(`${field}.${i}`, item, 'object'),
      );
    },

    array(field: string): Value[] {
      const value = fields.get(field);
      if (isNullish(value)) return [];
      return value.type === TYPE.array ? values(value) : wrongType(field, value, 'array');
    },

    /** The moment when the command's time is up. */
    deadline(): number {
      const time = args.size('maxTimeMS', 0);
      return time === 0 ? Number.POSITIVE_INFINITY : Date.now() + time;
    },
  };
  return args;
}

/** Whether an unsupported option has the value that means "as always". */
function saysNothing(field: string, value: Value): boolean {
  if (isNullish(value)) return true;
  if (value.type === TYPE.bool) return !truthy(value);
  if (value.type !== TYPE.object && value.type !== TYPE.array) return false;
  const [first, ...others] = elements(value);
  if (field !== 'collation') return first === undefined;
  return first?.name === 'locale' && others.length === 0 && equalValues(first.value, string('simple'));
}
