import type { Language } from '../preferences.js';

type Message = string | ((...values: never[]) => string);

/** A text, or a function of the same values. */
type Like<M> = M extends string ? string : M;
export type Texts<Table> = { readonly [Key in keyof Table]: Like<Table[Key]> };
export type MessageTable<Table> = Readonly<Record<Language, Texts<Table>>>;

/**
 * The texts of a page, each in English and in French. The compiler refuses one that lacks its translation; a text with values
 * is a function.
 */
export function defineMessages<const Table extends Record<string, Message>>(
  texts: {
    [Key in keyof Table]: readonly [en: Table[Key], fr: Like<NoInfer<Table[Key]>>];
  },
): MessageTable<Table> {
  const pairs = Object.entries<readonly [Message, Message]>(texts as never);
  const en = Object.fromEntries(pairs.map(([name, [text]]) => [name, text]));
  const fr = Object.fromEntries(pairs.map(([name, [, text]]) => [name, typeset(text)]));
  return { en, fr } as unknown as MessageTable<Table>;
}

/** A count, as it is written, with what is counted: one of it or several. */
export const counted = (count: string, one: string, several: string): string =>
  `${count} ${count === '1' ? one : several}`;

/** French punctuation keeps to its word: a line never begins with a colon or ends with a quotation mark. */
export const bound = (text: string): string => text.replace(/ (?=[:;?!»%])|(?<=«) /g, '\u00a0');

const typeset = (text: Message): Message =>
  typeof text === 'function' ? (...values: never[]) => bound(text(...values)) : bound(text);
