import { type Finding, fill, type Words } from '@ecobalyse/schema';
import { garmentOf, type Known } from './garment.js';
import { RULES, type Rule, type Values, written } from './rules.js';

const inLanguageOf = (values: Values, language: keyof Words) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'number') return [name, written(value, language)];
      return [name, typeof value === 'string' ? value : value[language]];
    }),
  );

/** What rules say of something, in their order. */
export const findingsOf = <Subject>(rules: Readonly<Record<string, Rule<Subject>>>, subject: Subject): Finding[] =>
  Object.entries(rules).flatMap(([id, { severity, field, words, find }]) =>
    find(subject).map(
      (found): Finding => ({
        id,
        severity,
        field: found.field ?? field,
        message: {
          en: fill(words.en, inLanguageOf(found.values ?? {}, 'en')),
          fr: fill(words.fr, inLanguageOf(found.values ?? {}, 'fr')),
        },
      }),
    ),
  );

/**
 * What is implausible or worth knowing about a product. It never changes a cost.
 *
 * @param query - a textile query, of any shape: what is missing or of a wrong kind is passed over.
 * @param known - the answer of the method and the description as it was sent, where they are known.
 * @returns the gravest first; nothing about an ordinary product.
 */
export const judge = (query: Readonly<Record<string, unknown>>, known: Known = {}): Finding[] =>
  findingsOf(RULES, garmentOf(query, known));
