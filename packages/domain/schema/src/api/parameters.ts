import { z } from 'zod';
import { expected } from '../languages.js';
import { numberFromText } from '../numbers-as-text.js';

/** Parameters of requests, with messages that say what was expected. */

// Control characters are no part of any name, and some databases refuse them. Half a character of two is none, and kept as another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const PRINTABLE = /^[^\u0000-\u001f\u007f\ud800-\udfff]*$/u;

const printable = (en: string, fr: string) =>
  expected(`${en} without control characters`, `${fr} sans caractères de contrôle`);

/** A text of 1 to `most` characters. */
export function textParameter(en: string, fr: string, most = 100) {
  const text = expected(`${en}, of 1 to ${most} characters`, `${fr}, de 1 à ${most} caractères`);
  return z.string(text).min(1, text).max(most, text).regex(PRINTABLE, printable(en, fr));
}

const INTEGER = /^\s*[+-]?\d+(?:_\d+)*(?:\.0+)?\s*$/;

/** Digits as a number, as Python reads them; anything else stays what it is, for the number's own check to refuse. */
const fromDigits = (value: unknown) =>
  typeof value === 'string' && INTEGER.test(value) ? Number(value.replaceAll('_', '')) : value;

/** A whole number from `min` to `max`, or without an upper bound. */
export function integerParameter(min: number, max?: number) {
  const integer =
    max === undefined
      ? expected(`an integer from ${min}`, `un entier à partir de ${min}`)
      : expected(`an integer from ${min} to ${max}`, `un entier de ${min} à ${max}`);
  // Not int(), whose bound a number without one would be given. Digits make nothing else, but a body may hold any number.
  const number = z.number(integer).min(min, integer).meta({ type: 'integer' });
  const bounded = max === undefined ? number : number.max(max, integer);
  return z.preprocess(fromDigits, bounded.refine(Number.isInteger, integer));
}

/** A finite number. */
export const numberParameter = (en: string, fr: string) => z.preprocess(numberFromText, z.number(expected(en, fr)));

/** A parameter of the contract that is given several times counts as it was given last, as the original read it. */
export const lastGiven = <T extends z.ZodType>(parameter: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value.at(-1) : value), parameter);

const MAX_LIST_CHARACTERS = 1000;
const MAX_REPETITIONS = 50;
const notTooLong = expected(`at most ${MAX_LIST_CHARACTERS} characters`, `${MAX_LIST_CHARACTERS} caractères au plus`);

/** One name, several separated by commas, or the parameter repeated; undefined when no name is among them. */
export function listParameter(en: string, fr: string) {
  const list = expected(`${en}, several separated by commas`, `${fr}, ou plusieurs séparés par des virgules`);
  const names = z.string(list).max(MAX_LIST_CHARACTERS, notTooLong).regex(PRINTABLE, printable(en, fr));
  return z.union([names, z.array(names).max(MAX_REPETITIONS)], list).transform((given) => {
    const texts = [given].flat().flatMap((text) => text.split(','));
    const found = [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
    return found.length > 0 ? found : undefined;
  });
}

/** One of some names. */
export const oneOf = <const Name extends string>(names: readonly Name[], shown: readonly string[] = names) =>
  z.enum(names, expected(`one of ${shown.join(', ')}`, `l’un de ${shown.join(', ')}`));

/** Names to sort by, each with `-` before it for the other direction. */
export const sortParameter = <Name extends string>(names: readonly Name[]) =>
  z
    .enum(
      [...names, ...names.map((name) => `-${name}`)],
      expected(
        `one of ${names.join(', ')}, with - before it to begin with the greatest`,
        `l’un de ${names.join(', ')}, précédé de - pour commencer par le plus grand`,
      ),
    )
    .transform((text) => ({ by: text.replace(/^-/, '') as Name, descending: text.startsWith('-') }));

export const offsetParameter = integerParameter(0, 1_000_000);

/** Names with dots between their parts; one that begins with an underscore is not for clients. */
const FIELD_NAMES = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*(,[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*)*$/;
const fieldNames = expected(
  'names of fields such as impacts.ecs, separated by commas',
  'des noms de champs comme impacts.ecs, séparés par des virgules',
);

/** Fields of documents, separated by commas. */
export const fieldsParameter = z
  .string(fieldNames)
  .max(MAX_LIST_CHARACTERS, notTooLong)
  .regex(FIELD_NAMES, fieldNames)
  .transform((text) => [...new Set(text.split(','))].sort());

/** Yes or no. */
export const flagParameter = z
  .enum(['true', 'false'], expected('true or false', 'true ou false'))
  .transform((text) => text === 'true');
