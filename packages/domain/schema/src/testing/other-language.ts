import type { Language } from '../languages.js';

const FRENCH =
  /[àâçèéêëîïôùûœ]|\b(au|aux|avec|ce|ces|cette|dans|de|des|du|est|et|la|le|les|leur|leurs|ou|par|pour|produits?|que|qui|sans|selon|sont|sur|un|une)\b/i;
const ENGLISH =
  /\b(administrator|all|and|are|as|at|by|for|from|has|have|how|in|is|it|its|no|not|of|only|products?|reader|than|that|the|their|these|they|this|to|what|which|with|writer|your?)\b/i;

/** By language: letters and words that a text in it does not have, since only the other one has them. */
export const OTHER_LANGUAGE: Readonly<Record<Language, RegExp>> = { en: FRENCH, fr: ENGLISH };

/** The numbers of a text in either language, as they are in both: 1,000.5 and 1 000,5. */
export const numbersIn = (text: string): string[] =>
  [...text.matchAll(/\d+(?:[,\s]\d{3}(?!\d))*(?:[.,]\d+)?/g)]
    .map(([number]) => number.replace(/[,\s](?=\d{3}(?!\d))/g, '').replace(',', '.'))
    .sort();

const NO =
  /(?<!\p{L})(not|no|none|nothing|nobody|never|without|neither|cannot|ne|pas|jamais|aucune?s?|sans|rien|personne|ni|non|introuvable|injoignables?|illisibles?|impossibles?|absente?s?)(?!\p{L})|n’t|(?<!\p{L})n’/iu;
/** Whether a text in either language says that something is not so. */
export const saysNo = (text: string): boolean => NO.test(text);
