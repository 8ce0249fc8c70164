import { readSettings } from '@ecobalyse/service-kit';
import { expect, it } from 'vitest';
import { configuredSchedules, SCHEDULE_SETTINGS } from './schedules.js';

it('each pipeline has the schedule of its own setting, patterns in the time zone of the settings', () => {
  const schedules = configuredSchedules({
    SCHEDULE_ECOBALYSE_EXTRACT: '0 3 1 * *',
    SCHEDULE_ECOBALYSE_TRAINING: '15m',
    SCHEDULE_ECOBALYSE: 'off',
    SCHEDULE_ECOBALYSE_RESCORE: '@monthly',
    SCHEDULE_TIME_ZONE: 'Pacific/Auckland',
  });
  const timeZone = 'Pacific/Auckland';
  expect(Object.fromEntries(schedules)).toEqual({
    ecobalyse_extract: { text: '0 3 1 * *', timeZone, schedule: { pattern: '0 3 1 * *', timeZone } },
    ecobalyse_training: { text: '15m', timeZone, schedule: { everyMs: 900_000 } },
    ecobalyse: { text: 'off', timeZone },
    ecobalyse_rescore: { text: '@monthly', timeZone, schedule: { pattern: '@monthly', timeZone } },
  });
});

it.each(Object.values(SCHEDULE_SETTINGS))('a schedule that cannot be is refused at start: %s', (name) => {
  expect(() => readSettings([name], { [name]: '0 22-6 * * *' })).toThrow(
    new RegExp(`${name}: expected a cron pattern of five fields.*: Invalid range: 22-6`),
  );
});
