import { type Language, useLanguage } from '../preferences.js';
import { type Format, makeFormat } from './make-format.js';

export type { Format } from './make-format.js';

/** The reader's own region when the browser names one in this language. */
function localeOf(language: Language): string {
  const fallback = { en: 'en-GB', fr: 'fr-FR' } as const;
  return navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? fallback[language];
}

const formats = new Map<Language, Format>();

/** Formats of the reader's language. */
export function useFormat(): Format {
  const language = useLanguage();
  const format = formats.get(language) ?? makeFormat(language, localeOf(language));
  formats.set(language, format);
  return format;
}
