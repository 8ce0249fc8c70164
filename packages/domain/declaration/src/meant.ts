/** Digits with an optional decimal part; a mark that stands three digits from the end, once, is a decimal mark all the same. */
const PLAIN = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
/** Digits in groups of three, parted by blanks, apostrophes, or by the mark that is not the decimal one. */
const GROUPED =
  /^[+-]?\d{1,3}(?:([ \u00a0\u202f'’])\d{3})+([.,]\d*)?$|^[+-]?\d{1,3}(?:,\d{3})+\.\d*$|^[+-]?\d{1,3}(?:\.\d{3})+,\d*$/;
/** What people write after a number, or before it, without changing it. */
const UNITS = /^(?:€|eur|%)\s*|\s*(?:€|eur|euros?|kg|pts?|%)$/i;

/**
 * The number that a person means by a text: blanks and apostrophes part thousands, the last mark is the decimal one, a sign and an
 * exponent count. Undefined for a text that means none, such as "5-6".
 */
export function meantNumber(text: string): number | undefined {
  const bare = text.trim().replace(UNITS, '').replace('−', '-').trim();
  if (PLAIN.test(bare)) return Number(bare.replace(',', '.'));
  if (!GROUPED.test(bare)) return undefined;
  const decimal = Math.max(bare.lastIndexOf('.'), bare.lastIndexOf(','));
  const whole = (decimal < 0 ? bare : bare.slice(0, decimal)).replace(/[^\d+-]/g, '');
  return Number(decimal < 0 ? whole : `${whole}.${bare.slice(decimal + 1)}`);
}
