import type { z } from 'zod';

type Accepts = (value: unknown) => boolean;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of an object; null is the same as absent (METHOD §3.1). */
interface Field {
  readonly required: boolean;
  readonly accepts: Accepts;
}

function fieldOf(schema: z.core.$ZodType): Field {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== 'optional') return { required: true, accepts: accepts(schema) };
  const nullable = (def.innerType as z.core.$ZodTypes)._zod.def;
  if (nullable.type !== 'nullable') throw new Error('a field that may be absent may be null as well');
  return { required: false, accepts: accepts(nullable.innerType) };
}

export const fieldsOf = (shape: z.core.$ZodShape): ReadonlyMap<string, Field> =>
  new Map(Object.entries(shape).map(([name, schema]) => [name, fieldOf(schema)]));

/** Walks through the fields that are there: callers leave many out, and asking each object for each of them is slow. */
function objectOf(shape: z.core.$ZodShape): Accepts {
  const fields = fieldsOf(shape);
  const required = [...fields.values()].filter((field) => field.required).length;
  return (value) => {
    if (!isObject(value)) return false;
    let missing = required;
    for (const name in value) {
      const field = fields.get(name);
      const given = value[name];
      if (field === undefined || given === null || given === undefined) continue;
      if (!field.accepts(given)) return false;
      if (field.required) missing--;
    }
    return missing === 0;
  };
}

function listOf(accepted: Accepts): Accepts {
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (const item of value) if (!accepted(item)) return false;
    return true;
  };
}

function typeOf(def: z.core.$ZodTypes['_zod']['def']): Accepts {
  switch (def.type) {
    case 'string':
      return (value) => typeof value === 'string';
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'number':
      return Number.isFinite;
    case 'enum': {
      const values = new Set<unknown>(Object.values(def.entries));
      return (value) => values.has(value);
    }
    case 'union': {
      const options = def.options.map(accepts);
      return (value) => options.some((accepted) => accepted(value));
    }
    case 'record': {
      const accepted = accepts(def.valueType);
      return (value) => isObject(value) && Object.values(value).every(accepted);
    }
    case 'array':
      return listOf(accepts(def.element));
    case 'object':
      return objectOf(def.shape);
    default:
      throw new Error(`no predicate for a schema of the type ${def.type}`);
  }
}

function checkOf(check: z.core.$ZodCheck<never>): Accepts {
  const { def } = (check as unknown as z.core.$ZodChecks | z.core.$ZodCustom)._zod;
  switch (def.check) {
    case 'greater_than': {
      const { value: min, inclusive } = def as { readonly value: number; readonly inclusive: boolean };
      return (value) => (value as number) > min || (inclusive && value === min);
    }
    case 'less_than': {
      const { value: max, inclusive } = def as { readonly value: number; readonly inclusive: boolean };
      return (value) => (value as number) < max || (inclusive && value === max);
    }
    case 'min_length': {
      const { minimum } = def as unknown as { readonly minimum: number };
      return (value) => (value as unknown[]).length >= minimum;
    }
    case 'string_format':
      return (value) => def.pattern?.test(value as string) === true;
    case 'custom':
      return (value) => Boolean(def.fn(value));
    default:
      throw new Error(`no predicate for a check of the type ${def.check}`);
  }
}

/**
 * What a schema accepts, as a predicate. The schema itself says it in several times the time, since it copies what it
 * reads and keeps what is wrong; it stays the only place of the rules.
 *
 * @throws {Error} for kinds of schemas and checks that neither the textile query nor its answer is made of.
 */
export function accepts(schema: z.core.$ZodType): Accepts {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const [accepted, ...checks] = [typeOf(def), ...(def.checks ?? []).map(checkOf)];
  return checks.reduce<Accepts>((before, check) => (value) => before(value) && check(value), accepted);
}
