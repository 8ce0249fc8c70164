import { describe, expect, it } from 'vitest';
import { isTimeZone, parseSchedule } from './schedule.js';

describe('parseSchedule', () => {
  it.each([
    ['off', 'off'],
    ['0 3 1 * *', { pattern: '0 3 1 * *' }],
    ['*/15 8-18 * * MON-FRI', { pattern: '*/15 8-18 * * MON-FRI' }],
    ['0,30 * * * 1,3', { pattern: '0,30 * * * 1,3' }],
    ['30s', { everyMs: 30_000 }],
    ['1h', { everyMs: 3_600_000 }],
  ])('reads %s', (text, schedule) => expect(parseSchedule(text)).toEqual(schedule));

  it.each([
    '',
    'hourly',
    '60 * * * *',
    '* * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '0s',
    '5 minutes',
    '; rm -rf',
    '* * * * * *',
  ])('refuses "%s"', (text) => expect(parseSchedule(text)).toBeUndefined());
});

it('knows time zones', () => {
  expect([isTimeZone('Europe/Paris'), isTimeZone('UTC'), isTimeZone('Mars/Olympus')]).toEqual([true, true, false]);
});
