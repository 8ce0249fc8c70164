import { z } from 'zod';
import fr from 'zod/v4/locales/fr.js';

/** Languages of what people are told; the first one when they ask for none of them. */
export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The same in every language. */
export type InEveryLanguage<T> = Readonly<Record<Language, T>>;

/** A text for people in every language. */
export type Words = InEveryLanguage<string>;
export const wordsSchema: z.ZodType<Words> = z.object({ en: z.string(), fr: z.string() });

let spoken: Language | undefined;

/**
 * Does some work, to its end, whose messages are to be in a language. Schemas cannot be told whom they speak to, so this is
 * said beside them; an asynchronous work would speak it to others too, and does not compile.
 *
 * @param language - none: each message is in the language that programs without a reader have always got it in.
 */
export function inLanguage<T>(
  language: Language | undefined,
  work: () => T extends PromiseLike<unknown> ? never : T,
): T {
  const before = spoken;
  spoken = language;
  try {
    return work();
  } finally {
    spoken = before;
  }
}

/** What a work gives in each language, one after the other. */
export const inEveryLanguage = <T>(
  work: (language: Language) => T extends PromiseLike<unknown> ? never : T,
): InEveryLanguage<T> =>
  Object.fromEntries(
    LANGUAGES.map((language) => [language, inLanguage(language, () => work(language))]),
  ) as InEveryLanguage<T>;

/** Words in the language of the work that goes on, or in `otherwise` when it has none. */
export const inWords = (words: Words, otherwise: Language): string => words[spoken ?? otherwise];

/** What a schema of the API expects, as zod's schemas take it. */
export const expected = (en: string, french: string) => {
  const words = { en: `expected ${en}`, fr: `attendu : ${french}` };
  return { error: () => inWords(words, 'en') };
};

const english = z.config().localeError;
const french = fr().localeError;
/** What schemas say that have no words of their own: of one of some names as those that have some say it. */
z.config({
  localeError: (issue) => {
    if (issue.code !== 'invalid_value') return (spoken === 'fr' ? french : english)?.(issue);
    const names = issue.values.join(', ');
    return inWords({ en: `expected one of ${names}`, fr: `attendu : l’un de ${names}` }, 'en');
  },
});

/** Puts values into the places of a text that name them: `{name}`. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
