import { expect, it } from 'vitest';
import { type ScheduleTexts, scheduleText } from './schedule-text.js';

const texts: ScheduleTexts = {
  off: 'off',
  everyHour: 'hourly',
  everyHourAt: (minute) => `hourly at ${minute}`,
  everyDay: (time, zone) => `daily ${time} ${zone}`,
  everyMonth: (day, time, zone) => `monthly ${day} ${time} ${zone}`,
  everyInterval: (interval) => `every ${interval}`,
};

it.each([
  ['off', 'off'],
  ['0 * * * *', 'hourly'],
  ['5 * * * *', 'hourly at 5'],
  ['30 3 * * *', 'daily 03:30 UTC'],
  ['0 3 1 * *', 'monthly 1 03:00 UTC'],
  ['15m', 'every 15 min'],
  ['*/10 * * * *', '*/10 * * * * (UTC)'],
  ['0 3 * * 1', '0 3 * * 1 (UTC)'],
])('tells the schedule %s as %s', (schedule, text) => {
  expect(scheduleText(schedule, 'UTC', texts)).toBe(text);
});
