import type { Language } from '../preferences.js';

const DECIMAL_MARK = { en: '.', fr: ',' } as const satisfies Record<Language, string>;

/** Digits with or without thousands parted by spaces, commas or points, and decimals after the other mark. */
const WRITTEN = [
  /^(?<whole>\d+)(?:[.,](?<decimals>\d*))?$/,
  /^(?<whole>)[.,](?<decimals>\d+)$/,
  /^(?<whole>[1-9]\d{0,2}(?: \d{3})+)(?:[.,](?<decimals>\d*))?$/,
  /^(?<whole>[1-9]\d{0,2}(?:,\d{3})+)\.(?<decimals>\d*)$/,
  /^(?<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?<decimals>\d*)$/,
  /^(?<whole>[1-9]\d{0,2}(?:,\d{3}){2,})(?<decimals>)$/,
  /^(?<whole>[1-9]\d{0,2}(?:\.\d{3}){2,})(?<decimals>)$/,
];
/** An English reader means 1250, a French one 1.25: nobody guesses. */
const AMBIGUOUS = { en: /^[1-9]\d{0,2},\d{3}$/, fr: /^$/ } as const satisfies Record<Language, RegExp>;

/**
 * The number that a reader typed, with the decimal mark of either language and with thousands parted by spaces.
 *
 * @returns null for what is no number, or might be one of two.
 */
export function readNumber(text: string, language: Language): number | null {
  const [, sign = '', digits = ''] = /^([-−+]?)(.*)$/.exec(text.trim().replace(/[\s\u00a0\u202f]/g, ' ')) ?? [];
  if (AMBIGUOUS[language].test(digits)) return null;
  for (const pattern of WRITTEN) {
    const { whole, decimals } = pattern.exec(digits)?.groups ?? {};
    if (whole === undefined) continue;
    const size = Number(`${whole.replace(/\D/g, '')}.${decimals ?? ''}0`);
    return sign === '-' || sign === '−' ? -size : size;
  }
  return null;
}

/** Whether a text is a number as JavaScript writes it; 0x10 and 1e3 are not. */
export const isPlainNumber = (text: string): boolean => /^-?\d+(\.\d+)?(e[-+]\d+)?$/.test(text);

/** Such a number with the decimal mark of the language; what is no number stays as it is. */
export const writeNumber = (text: string, language: Language): string =>
  isPlainNumber(text) ? text.replace('.', DECIMAL_MARK[language]) : text;
