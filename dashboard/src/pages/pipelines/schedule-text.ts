/** The sentences that a schedule is told in. */
export interface ScheduleTexts {
  readonly off: string;
  readonly everyHour: string;
  readonly everyHourAt: (minute: string) => string;
  readonly everyDay: (time: string, zone: string) => string;
  readonly everyMonth: (day: string, time: string, zone: string) => string;
  readonly everyInterval: (interval: string) => string;
}

const UNITS: Readonly<Record<string, string>> = { ms: 'ms', s: 's', m: 'min', h: 'h', d: 'd' };
const two = (text: string) => text.padStart(2, '0');

/** A cron pattern of a usual shape, or an interval, in words; other patterns as they are. */
export function scheduleText(schedule: string, zone: string, t: ScheduleTexts): string {
  if (schedule === 'off') return t.off;
  const interval = /^(\d+)\s*(ms|s|m|h|d)$/.exec(schedule);
  if (interval) return t.everyInterval(`${interval[1]} ${UNITS[interval[2] ?? '']}`);
  const [, minute = '', hour = '', day = ''] = /^(\d+) (\d+|\*) (\d+|\*) \* \*$/.exec(schedule) ?? [];
  if (minute === '') return `${schedule} (${zone})`;
  if (hour === '*') return day !== '*' ? schedule : minute === '0' ? t.everyHour : t.everyHourAt(minute);
  const time = `${two(hour)}:${two(minute)}`;
  return day === '*' ? t.everyDay(time, zone) : t.everyMonth(day, time, zone);
}
