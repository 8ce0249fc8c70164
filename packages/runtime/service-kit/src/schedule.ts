import { CronExpressionParser } from 'cron-parser';

/** A schedule as a setting writes it, read. */
export type ParsedSchedule = { pattern: string } | { everyMs: number } | 'off';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 366 * 86_400_000;
const EXPECTED =
  'expected a cron pattern of five fields (minute hour day month weekday, such as 0 3 1 * *), a name such as @hourly, ' +
  'an interval from 1s to 366d such as 15m, or off';

/** Why a pattern cannot be a schedule; undefined when it can. The parser is the one that the queues use: it has the last word. */
function faultOfPattern(pattern: string): string | undefined {
  const named = pattern.startsWith('@');
  const fields = pattern.split(/\s+/).length;
  if (!named && fields !== 5) return `these are ${fields} fields`;
  // The parser would draw another random number each time that it is asked.
  if (/H/.test(pattern.replace(/[a-z]{3}/gi, ''))) return 'H is not known';
  try {
    CronExpressionParser.parse(pattern).next();
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return /loop limit|explicit day of month/.test(message) ? 'it would never be due' : message;
  }
}

/**
 * Reads a cron pattern of five fields, a name of one (`@hourly`), an interval (`30s`, `15m`, `1h`, `1d`) or `off`.
 *
 * @throws RangeError that tells what was expected, and what is wrong.
 */
export function parseSchedule(text: string): ParsedSchedule {
  const trimmed = text.trim();
  if (trimmed === 'off') return 'off';
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(trimmed) ?? [];
  if (amount && unit) {
    const everyMs = Number(amount) * (UNIT_MS[unit] ?? 0);
    if (everyMs > 0 && everyMs <= LONGEST_MS) return { everyMs };
    throw new RangeError(EXPECTED);
  }
  const fault = faultOfPattern(trimmed);
  if (fault !== undefined) throw new RangeError(`${EXPECTED}: ${fault}`);
  return { pattern: trimmed };
}

/** When a schedule is due next, or earlier. */
export function nextDue(schedule: { pattern: string; timeZone: string } | { everyMs: number }, now: number): number {
  if ('everyMs' in schedule) return now + schedule.everyMs;
  const { pattern, timeZone } = schedule;
  return CronExpressionParser.parse(pattern, { tz: timeZone, currentDate: now }).next().getTime();
}

/** Whether the machine, and the parser of patterns, know a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    nextDue({ pattern: '* * * * *', timeZone: name }, Date.now());
    return name !== '';
  } catch {
    return false;
  }
}
