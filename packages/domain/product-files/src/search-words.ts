import { plainWord, searchable } from '@ecobalyse/schema';
import { type Named, namesOf } from './names.js';

/** A word that somebody looks for, and what is called so, in whatever language. */
export interface SearchWord {
  /** As it was written. */
  text: string;
  /** Without accents, plural and what parts it. */
  plain: string;
  /** Ids of what has a name with a word that begins so. */
  products: readonly string[];
  materials: readonly string[];
  countries: readonly string[];
  processes: readonly string[];
}

const FIELDS = {
  products: 'product',
  materials: 'material',
  countries: 'country',
  processes: 'fabricProcess',
} as const;

const SEARCHABLE = Object.entries(FIELDS).map(
  ([field, named]) =>
    [field, namesOf(named satisfies Named).map(([id, names]) => [id, searchable([id, ...names])] as const)] as const,
);

/** The words of a search, each with the types, materials, countries and processes that it may mean. */
export const searchWords = (text: string): SearchWord[] =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const plain = plainWord(word);
      const meant = SEARCHABLE.map(([field, ids]) => [
        field,
        plain === '' ? [] : ids.filter(([, words]) => words.includes(` ${plain}`)).map(([id]) => id),
      ]);
      return { text: word, plain, ...(Object.fromEntries(meant) as Record<keyof typeof FIELDS, string[]>) };
    });
