import type { Language } from '../preferences.js';

type Message = string | ((...values: never[]) => string);

/** The same keys, with texts of any content and functions of the same parameters. */
export type SameShape<Table> = { readonly [Key in keyof Table]: Table[Key] extends string ? string : Table[Key] };

export type MessageTable<Table> = Readonly<Record<Language, SameShape<Table>>>;

/**
 * The texts of a page in both languages. The compiler refuses a French table that lacks a text of the English one, or has
 * another one; a text with values is a function.
 */
export function defineMessages<const Table extends Record<string, Message>>(tables: {
  en: Table;
  fr: SameShape<NoInfer<Table>>;
}): MessageTable<Table> {
  return { en: tables.en, fr: typeset(tables.fr) } as unknown as MessageTable<Table>;
}

/** French punctuation keeps to its word: a line never begins with a colon or ends with a quotation mark. */
function typeset(texts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const bound = (text: string) => text.replace(/ (?=[:;?!»%])|(?<=«) /g, '\u00a0');
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      typeof text === 'function' ? (...values: unknown[]) => bound(text(...values) as string) : bound(String(text)),
    ]),
  );
}
