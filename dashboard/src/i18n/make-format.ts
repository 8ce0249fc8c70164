import type { Language } from '../preferences.js';

const SIGNIFICANT_DIGITS = 4;
const FIT_DIGITS = 6;

const RELATIVE_STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** The method's regions, which are no countries. */
const REGIONS: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {
    REO: 'Western Europe',
    REE: 'Eastern Europe',
    RAS: 'Asia',
    RAF: 'Africa',
    RME: 'Middle East',
    RLA: 'Latin America',
    RNA: 'North America',
    ROC: 'Oceania',
    '---': 'Unknown country',
  },
  fr: {
    REO: 'Europe de l’Ouest',
    REE: 'Europe de l’Est',
    RAS: 'Asie',
    RAF: 'Afrique',
    RME: 'Moyen-Orient',
    RLA: 'Amérique latine',
    RNA: 'Amérique du Nord',
    ROC: 'Océanie',
    '---': 'Pays inconnu',
  },
};

/** Numbers, dates and names as readers of a language write them in a region: `en-GB`. */
export function makeFormat(language: Language, locale: string) {
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const numbers = new Map<string, Intl.NumberFormat>();
  const numberFormat = (options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify(options);
    const known = numbers.get(key) ?? new Intl.NumberFormat(locale, options);
    numbers.set(key, known);
    return known;
  };
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const countries = new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' });
  const lists = new Intl.ListFormat(locale);

  /** Significant digits (4 unless told), whole from 1000; very small numbers as 1.2E-9. */
  const number = (value: number, significantDigits = SIGNIFICANT_DIGITS): string => {
    if (!Number.isFinite(value)) return '–';
    const size = Math.abs(value);
    if (size >= 10 ** (significantDigits - 1)) return integer.format(value);
    const options: Intl.NumberFormatOptions = { maximumSignificantDigits: significantDigits };
    return numberFormat(size > 0 && size < 1e-4 ? { ...options, notation: 'scientific' } : options).format(value);
  };
  const unit = (value: number, name: string, digits = SIGNIFICANT_DIGITS) =>
    numberFormat({ style: 'unit', unit: name, maximumSignificantDigits: digits }).format(value);

  return {
    locale,
    number,
    /** R², with as many digits as it takes not to be 1 unless it is. */
    fit: (r2: number) => number(r2, r2 < 1 ? Math.max(FIT_DIGITS, Math.ceil(1 - Math.log10(1 - r2))) : FIT_DIGITS),
    /** A count. */
    integer: (value: number) => integer.format(value),
    /** Environmental cost in points of impact, with its unit. */
    points: (value: number) => `${number(value)} Pts`,
    /** A price in euros. */
    money: (euros: number) => numberFormat({ style: 'currency', currency: 'EUR' }).format(euros),
    /** A mass given in kg; grams below 1 kg. */
    mass: (kilograms: number) => (kilograms < 1 ? unit(kilograms * 1000, 'gram', 3) : unit(kilograms, 'kilogram', 3)),
    /** A share from 0 to 1. */
    percent(share: number, digits = 0) {
      // What is small is not nothing: where decimals are asked for, it is shown by its first digit.
      const isLost = digits > 0 && Math.abs(share) < 0.005 / 10 ** digits;
      const precision = isLost ? { maximumSignificantDigits: 1 } : { maximumFractionDigits: digits };
      return numberFormat({ style: 'percent', ...precision }).format(share);
    },
    /** With a unit that follows the number. */
    withUnit: (value: number, name: string) => `${number(value)} ${name}`,
    date: (iso: string) => date.format(new Date(iso)),
    dateTime: (iso: string) => dateTime.format(new Date(iso)),
    /** Time of the day, to the second. */
    time: (iso: string) => time.format(new Date(iso)),
    /** "5 minutes ago", "in 3 hours". */
    relative(iso: string, now = Date.now()) {
      const distance = new Date(iso).getTime() - now;
      const [name, size] = RELATIVE_STEPS.find(([, step]) => Math.abs(distance) >= step) ?? ['second', 1000];
      return relative.format(Math.round(distance / size), name);
    },
    /** "2 min 5 s", "87 ms" */
    duration(milliseconds: number) {
      const seconds = milliseconds / 1000;
      const whole = Math.round(seconds);
      if (milliseconds > 0 && seconds < 1) return unit(milliseconds, 'millisecond', 2);
      if (seconds < 10) return unit(seconds, 'second', 2);
      if (whole < 60) return unit(whole, 'second');
      return `${unit(Math.floor(whole / 60), 'minute')} ${unit(whole % 60, 'second')}`;
    },
    /** Name of a country by its code; the code itself for the method's regions. */
    country: (code: string) =>
      REGIONS[language][code] ?? (/^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code),
    /** A name and what it has: "Mean: 5 Pts". */
    pair: (name: string, value: string) => `${name}${language === 'fr' ? '\u00a0' : ''}: ${value}`,
    list: (items: readonly string[]) => lists.format(items),
    /** A value as it is shown, or a dash for one that is not known. */
    known: <T>(value: T | null | undefined, show: (value: T) => string) =>
      value === null || value === undefined ? '–' : show(value),
  };
}
export type Format = ReturnType<typeof makeFormat>;
