/** The words of a text in small letters without accents, endings of the plural and whatever parts them. */
export const plainWords = (text: string): string[] =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replaceAll('œ', 'oe')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => (word.length > 3 ? word.replace(/s$|(?<=eau)x$/, '') : word));

/** One word as it is looked for, whatever parts it: `T-shirts` is `tshirt`. */
export const plainWord = (word: string): string => plainWords(word).join('');

/** What can be found of some texts: each of their words, whole and in its parts, with a blank before it. */
export function searchable(texts: Iterable<string | null>): string {
  const found = new Set<string>();
  for (const text of texts)
    for (const word of (text ?? '').split(/\s+/)) {
      const parts = plainWords(word);
      if (parts.length > 1) found.add(parts.join(''));
      for (const part of parts) found.add(part);
    }
  return [...found].map((word) => ` ${word}`).join('');
}
