import type { Language } from '../languages.js';

const FRENCH =
  /[àâçèéêëîïôùûœ]|\b(au|aux|avec|ce|ces|cette|dans|de|des|du|est|et|la|le|les|leur|leurs|ou|par|pour|produits?|que|qui|sans|selon|sont|sur|un|une)\b/i;
const ENGLISH =
  /\b(administrator|all|and|are|as|at|by|for|from|has|have|how|in|is|it|its|no|not|of|only|products?|reader|than|that|the|their|these|they|this|to|what|which|with|writer|your?)\b/i;

/** By language: letters and words that a text in it does not have, since only the other one has them. */
export const OTHER_LANGUAGE: Readonly<Record<Language, RegExp>> = { en: FRENCH, fr: ENGLISH };
