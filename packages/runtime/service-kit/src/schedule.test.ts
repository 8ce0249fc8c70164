import { CronExpressionParser } from 'cron-parser';
import { describe, expect, it } from 'vitest';
import { isTimeZone, nextDue, parseSchedule } from './schedule.js';

describe('parseSchedule', () => {
  it.each([
    ['off', 'off'],
    ['0 3 1 * *', { pattern: '0 3 1 * *' }],
    ['*/15 8-18 * * MON-FRI', { pattern: '*/15 8-18 * * MON-FRI' }],
    ['0,30 * * * 1,3', { pattern: '0,30 * * * 1,3' }],
    [' 0\t3  * * THU ', { pattern: '0\t3  * * THU' }],
    ['0 3 29 2 *', { pattern: '0 3 29 2 *' }],
    ['0 3 L * *', { pattern: '0 3 L * *' }],
    ['@hourly', { pattern: '@hourly' }],
    ['1s', { everyMs: 1000 }],
    ['30s', { everyMs: 30_000 }],
    ['15m', { everyMs: 900_000 }],
    ['8784h', { everyMs: 366 * 86_400_000 }],
    ['1h', { everyMs: 3_600_000 }],
    ['366d', { everyMs: 366 * 86_400_000 }],
  ])('reads %s', (text, schedule) => expect(parseSchedule(text)).toEqual(schedule));

  it.each([
    ['', '1 fields'],
    ['hourly', '1 fields'],
    ['@reboot', 'alias'],
    ['60 * * * *', 'range'],
    ['* * * *', '4 fields'],
    ['* * * * * *', '6 fields'],
    ['0 24 * * *', 'range'],
    ['0 0 0 * *', 'range'],
    ['0 22-6 * * *', '22-6'],
    ['0 9 * * LUN', 'lun'],
    ['0 9 * * MONDAY', 'alias'],
    ['*/0 * * * *', 'every 0'],
    ['0 3 31 2 *', 'never be due'],
    ['0 3 31 4,6 *', 'never be due'],
    ['H * * * *', 'H is not known'],
    ['0s', 'interval'],
    ['367d', 'interval'],
    ['8785h', 'interval'],
    ['-1s', '1 fields'],
    ['99999999999999999999d', 'interval'],
    ['15min', 'interval'],
    ['5 minutes', '2 fields'],
    ['; rm -rf', '3 fields'],
  ])('refuses "%s" and says why', (text, why) => {
    expect(() => parseSchedule(text)).toThrow(RangeError);
    expect(() => parseSchedule(text)).toThrow(why);
    expect(() => parseSchedule(text)).toThrow('expected a cron pattern of five fields');
  });

  it.each([
    ['spring', '2026-03-28T20:30:00Z'],
    ['autumn', '2026-10-24T20:30:00Z'],
    ['a new year', '2026-12-31T20:30:00Z'],
  ])('is due every hour once in the night of %s', (_name, from) => {
    const due = CronExpressionParser.parse('0 * * * *', { currentDate: from, tz: 'Europe/Paris' });
    const first = Date.parse(from) + 30 * 60_000;
    const hours = Array.from({ length: 12 }, () => due.next().getTime());
    expect(hours).toEqual(hours.map((_, index) => first + index * 3_600_000));
  });

  it.each([
    ['spring', '2026-03-28T12:00:00Z'],
    ['autumn', '2026-10-24T12:00:00Z'],
  ])('is due once in the night of %s at an hour that is missing or doubled', (_name, from) => {
    const due = CronExpressionParser.parse('30 2 * * *', { currentDate: from, tz: 'Europe/Paris' });
    const days = Array.from({ length: 3 }, () => due.next().toISOString()?.slice(0, 10));
    expect(new Set(days).size).toBe(3);
  });
});

it.each(['Europe/Paris', 'UTC', 'CET', 'Etc/GMT-2'])('knows the time zone %s', (name) =>
  expect(isTimeZone(name)).toBe(true),
);

// Some of these one of the two knows, and not the other. Offsets such as +02:00 are known from Node.js 22 on.
it.each(['Mars/Olympus', '', 'local', 'utc+2', 'Paris'])('refuses the time zone "%s"', (name) =>
  expect(isTimeZone(name)).toBe(false),
);

it.each([
  ['2026-03-28T23:59:59.999Z', '15m', '2026-03-29T00:14:59.999Z'],
  ['2026-01-31T10:59:59.999Z', '0 * * * *', '2026-01-31T11:00:00.000Z'],
  ['2026-01-31T11:00:00.000Z', '0 * * * *', '2026-01-31T12:00:00.000Z'],
  // Three o'clock in Paris, in winter and in summer.
  ['2026-01-31T12:00:00.000Z', '0 3 1 * *', '2026-02-01T02:00:00.000Z'],
  ['2026-06-30T12:00:00.000Z', '0 3 1 * *', '2026-07-01T01:00:00.000Z'],
])('after %s, %s is due at %s', (now, text, due) => {
  const parsed = parseSchedule(text) as { pattern: string } | { everyMs: number };
  const schedule = 'pattern' in parsed ? { ...parsed, timeZone: 'Europe/Paris' } : parsed;
  expect(new Date(nextDue(schedule, Date.parse(now))).toISOString()).toBe(due);
});
