/**
 * Parts of a serialiser for answers of a known shape. The text is plain ASCII (other characters are escaped, which every
 * JSON reader undoes): it then stays a one-byte string, which costs a tenth to send.
 */

/** Writes a value as JSON, meaning exactly what `JSON.stringify` means. */
export type Writer<Value> = (value: Value) => string;

const NON_ASCII = /[\u007f-\uffff]/g;

const escapeCharacter = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Any value, when it is small or rare enough not to deserve a writer of its own. */
export function anything(value: unknown): string {
  return JSON.stringify(value).replace(NON_ASCII, escapeCharacter);
}

const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

export const text: Writer<string> = (value) => (NEEDS_NO_ESCAPE.test(value) ? `"${value}"` : anything(value));

/**
 * `JSON.stringify` and not a template: the engine remembers thousands of the numbers that it made texts of, and each memory of
 * it makes its collector's work longer. Zeros and nulls are most of an answer.
 */
export const number: Writer<number | null> = (value) =>
  value === 0 ? '0' : value === null ? 'null' : JSON.stringify(value);

/** A text of which there are few, such as a label of the figures: each is escaped once. */
export function fewTexts(): Writer<string | null> {
  const written = new Map<string | null, string>();
  return (value) => {
    let json = written.get(value);
    if (json === undefined) {
      json = anything(value);
      written.set(value, json);
    }
    return json;
  };
}

/** The same text in one piece: a text grown by additions is a tree, which each answer that holds it would walk again. */
export const inOnePiece = (json: string) => Buffer.from(json).toString();

/** An object that answers share: it is written once, unless it could change. */
export function shared<Value extends object>(write: Writer<Value>): Writer<Value> {
  const written = new WeakMap<Value, string>();
  return (value) => {
    let json = written.get(value);
    if (json === undefined) {
      json = write(value);
      if (Object.isFrozen(value)) written.set(value, inOnePiece(json));
    }
    return json;
  };
}

/** A list. Grown piece by piece: joining would copy the text of every item. */
export function list<Item>(items: readonly Item[], write: Writer<Item>): string {
  if (items.length === 0) return '[]';
  let json = '';
  for (const item of items) json += json === '' ? write(item) : `,${write(item)}`;
  return `[${json}]`;
}
