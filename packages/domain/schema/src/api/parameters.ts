import { z } from 'zod';
import { numberFromText } from '../numbers-as-text.js';

/** Parameters of requests, with messages that say what was expected. */

// Control characters are no part of any name, and some databases refuse them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const PRINTABLE = /^[^\u0000-\u001f\u007f]*$/;

/** A text of 1 to `most` characters. */
export function textParameter(what: string, most = 100) {
  const expected = `expected ${what}, of 1 to ${most} characters`;
  return z
    .string(expected)
    .min(1, expected)
    .max(most, expected)
    .regex(PRINTABLE, `expected ${what} without control characters`);
}

const INTEGER = /^\s*[+-]?\d[\d_]*(?:\.0+)?\s*$/;

/** Digits as a number, as Python reads them; anything else stays what it is, for the number's own check to refuse. */
const fromDigits = (value: unknown) =>
  typeof value === 'string' && INTEGER.test(value) ? Number(value.replaceAll('_', '')) : value;

/** A whole number from `min` to `max`, or without an upper bound. */
export function integerParameter(min: number, max?: number) {
  const expected = `expected an integer from ${min}${max === undefined ? '' : ` to ${max}`}`;
  // Not int(), whose bound a number without one would be given: digits make nothing else.
  const number = z.number(expected).min(min, expected).meta({ type: 'integer' });
  return z.preprocess(fromDigits, max === undefined ? number : number.max(max, expected));
}

/** A finite number. */
export const numberParameter = (what: string) => z.preprocess(numberFromText, z.number(`expected ${what}`));

/** A parameter of the contract that is given several times counts as it was given last, as the original read it. */
export const lastGiven = <T extends z.ZodType>(parameter: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value.at(-1) : value), parameter);

const MAX_LIST_CHARACTERS = 1000;
const MAX_REPETITIONS = 50;

/** One name, several separated by commas, or the parameter repeated; undefined when no name is among them. */
export function listParameter(what: string) {
  const expected = `expected ${what}, several separated by commas`;
  const names = z
    .string(expected)
    .max(MAX_LIST_CHARACTERS, `expected at most ${MAX_LIST_CHARACTERS} characters`)
    .regex(PRINTABLE, `expected ${what} without control characters`);
  return z.union([names, z.array(names).max(MAX_REPETITIONS)], expected).transform((given) => {
    const texts = [given].flat().flatMap((text) => text.split(','));
    const found = [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
    return found.length > 0 ? found : undefined;
  });
}

/** Names to sort by, each with `-` before it for the other direction. */
export const sortParameter = (names: readonly string[]) =>
  z
    .enum([...names, ...names.map((name) => `-${name}`)] as [string, ...string[]], {
      error: `expected one of ${names.join(', ')}, with - before it to begin with the greatest`,
    })
    .transform((text) => ({ by: text.replace(/^-/, ''), descending: text.startsWith('-') }));

export const offsetParameter = integerParameter(0, 1_000_000);

/** Names with dots between their parts; one that begins with an underscore is not for clients. */
const FIELD_NAMES = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*(,[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*)*$/;
const fieldsExpected = 'expected names of fields such as impacts.ecs, separated by commas';

/** Fields of documents, separated by commas. */
export const fieldsParameter = z
  .string(fieldsExpected)
  .max(MAX_LIST_CHARACTERS, `expected at most ${MAX_LIST_CHARACTERS} characters`)
  .regex(FIELD_NAMES, fieldsExpected)
  .transform((text) => [...new Set(text.split(','))].sort());
