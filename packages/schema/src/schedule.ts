/** A schedule as a setting writes it, read. */
export type ParsedSchedule = { pattern: string } | { everyMs: number } | 'off';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FIELD = String.raw`(?:\*|\?|L|[\dA-Za-z]+(?:-[\dA-Za-z]+)?)(?:/\d+)?`;
const FIELD_LIST = new RegExp(`^${FIELD}(?:,${FIELD})*$`);
/** Smallest and largest number of minute, hour, day of month, month and day of week. */
const FIELD_RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

function isCronPattern(text: string): boolean {
  const fields = text.split(/\s+/);
  return (
    fields.length === FIELD_RANGES.length &&
    fields.every((field, index) => {
      const [min, max] = FIELD_RANGES[index] as readonly [number, number];
      const numbers = field.replace(/\/\d+/g, '').match(/\d+/g) ?? [];
      return FIELD_LIST.test(field) && numbers.every((number) => Number(number) >= min && Number(number) <= max);
    })
  );
}

/** Reads a cron pattern of five fields, an interval (`30s`, `15m`, `1h`, `1d`) or `off`; undefined for anything else. */
export function parseSchedule(text: string): ParsedSchedule | undefined {
  const trimmed = text.trim();
  if (trimmed === 'off') return 'off';
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(trimmed) ?? [];
  if (amount && unit && Number(amount) > 0) return { everyMs: Number(amount) * (UNIT_MS[unit] ?? 0) };
  return isCronPattern(trimmed) ? { pattern: trimmed } : undefined;
}

/** Whether the machine knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
