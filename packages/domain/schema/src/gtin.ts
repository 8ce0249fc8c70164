/** Lengths of barcode numbers that the portal takes, since May and since August 2026; trade units have 14 digits. */
export const GTIN_LENGTHS = {
  'may-2026': [8, 13],
  'august-2026': [8, 12, 13],
  'trade-units': [8, 12, 13, 14],
} as const;

/** Whether a text has as many digits as one of these numbers has, and nothing else. */
export const hasGtinLength = (text: string, lengths: readonly number[]): boolean =>
  /^\d+$/.test(text) && lengths.includes(text.length);

/**
 * Whether the last digit is the one that the others ask for: each is weighed 3 and 1 in turn from the right, and the weighted sum
 * of all is a multiple of ten. A blank counts as 0, as on the portal; anything else that is no digit makes it false.
 */
export function hasCheckDigit(text: string): boolean {
  const sum = [...text].reverse().reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 1 ? 3 : 1), 0);
  return text !== '' && sum % 10 === 0;
}

/** The number that its first digits make with their check digit. */
export const withCheckDigit = (digits: string): string =>
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((last) => digits + last).find(hasCheckDigit) as string;
