import { z } from 'zod';

const NUMBER_TEXT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;

/** Text that writes a number, such as a cell of a CSV file, as that number; anything else stays what it is. */
export function numberFromText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  return NUMBER_TEXT.test(text) ? Number(text) : value;
}

// Zod's clone is typed for the definition of one kind of schema, and keeps the kind that it is given.
const remake = <T extends z.ZodType>(schema: T, changed: object): T =>
  z.core.clone(schema, { ...schema.def, ...changed } as never, { parent: true } as never) as unknown as T;

/**
 * The same schema, whose numbers may also be written as text at every level, as the original read them ("0.17" is 0.17, with
 * the same identity). A truth value is no number here, although the original took `true` for 1: as a mass it is a mistake.
 */
export function readingNumbersFromText<T extends z.ZodType>(schema: T): T {
  if (schema instanceof z.ZodNumber) return z.preprocess(numberFromText, schema) as unknown as T;
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries(schema.shape).map(([name, field]) => [
      name,
      readingNumbersFromText(field as z.ZodType),
    ]);
    return remake(schema, { shape: Object.fromEntries(shape) });
  }
  if (schema instanceof z.ZodArray)
    return remake(schema, { element: readingNumbersFromText(schema.element as z.ZodType) });
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return remake(schema, { innerType: readingNumbersFromText(schema.def.innerType as z.ZodType) });
  return schema;
}
