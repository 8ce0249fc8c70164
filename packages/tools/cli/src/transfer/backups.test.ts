import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, backUpForever, dueInMs, prune } from './backups.js';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 11, 1, 12, 30, 59, 999);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backups-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string): void {
  mkdirSync(path);
  writeFileSync(join(path, 'manifest.json'), '{}');
}
const whole = (...names: string[]): void => {
  for (const name of names) write(join(folder, name));
};
const unfinished = (name: string): string => mkdirSync(join(folder, name), { recursive: true }) ?? name;
const left = (): string[] => readdirSync(folder).sort();
const dump = async (to: string): Promise<void> => write(to);

describe('a backup', () => {
  it('is a folder that carries the second, in UTC, beside the newest ones that are kept', async () => {
    whole('2026-11-30T12-30-59Z', '2026-12-01T02-00-00Z', '2025-12-31T23-59-59Z');
    expect(await backUp({ folder, keep: 2, dump, now: () => NOW })).toBe(join(folder, '2026-12-01T12-30-59Z'));
    expect(left()).toEqual(['2026-12-01T02-00-00Z', '2026-12-01T12-30-59Z']);
  });

  it('makes the folder that it is to be in', async () => {
    const below = join(folder, 'a', 'b');
    await backUp({ folder: below, keep: 1, dump, now: () => NOW });
    expect(readdirSync(below)).toEqual(['2026-12-01T12-30-59Z']);
  });

  it('that fails leaves nothing, and deletes nothing', async () => {
    whole('2026-11-29T00-00-00Z', '2026-11-30T00-00-00Z');
    const failing = async (to: string): Promise<void> => {
      mkdirSync(to);
      throw new Error('the database went away');
    };
    await expect(backUp({ folder, keep: 1, dump: failing, now: () => NOW })).rejects.toThrow('the database went away');
    expect(left()).toEqual(['2026-11-29T00-00-00Z', '2026-11-30T00-00-00Z']);
  });

  it('does not write into the folder of another', async () => {
    const other = unfinished('2026-12-01T12-30-59Z');
    await expect(backUp({ folder, keep: 1, dump, now: () => NOW })).rejects.toThrow('another backup began in the same');
    expect(existsSync(other)).toBe(true);
  });
});

describe('pruning', () => {
  it.each([
    [1, ['2026-11-30T00-00-00Z']],
    [2, ['2026-11-29T00-00-00Z', '2026-11-30T00-00-00Z']],
    [3, ['2026-11-28T00-00-00Z', '2026-11-29T00-00-00Z', '2026-11-30T00-00-00Z']],
    [4, ['2026-11-28T00-00-00Z', '2026-11-29T00-00-00Z', '2026-11-30T00-00-00Z']],
  ])('keeps the newest %i whole ones', (keep, expected) => {
    whole('2026-11-29T00-00-00Z', '2026-11-30T00-00-00Z', '2026-11-28T00-00-00Z');
    prune(folder, keep, NOW);
    expect(left()).toEqual(expected);
  });

  it('counts whole ones only, deletes what was abandoned a day ago, and touches nothing else', () => {
    whole('2026-11-28T00-00-00Z', 'before-the-upgrade', '2026-11-28');
    unfinished('2026-11-30T12-30-59Z');
    unfinished('2026-11-30T12-31-00Z');
    writeFileSync(join(folder, 'notes.txt'), '');
    expect(prune(folder, 1, NOW)).toEqual([join(folder, '2026-11-30T12-30-59Z')]);
    expect(left()).toEqual([
      '2026-11-28',
      '2026-11-28T00-00-00Z',
      '2026-11-30T12-31-00Z',
      'before-the-upgrade',
      'notes.txt',
    ]);
  });
});

it.each<[string, string[], number, number]>([
  ['none', [], 24, 0],
  ['one an hour old, every 24', ['2026-12-01T11-30-59Z'], 24, 23 * HOUR_MS - 999],
  ['one an hour old, every hour', ['2026-12-01T11-30-59Z'], 1, -999],
  ['the newest of two', ['2026-11-01T00-00-00Z', '2026-12-01T12-30-59Z'], 1, HOUR_MS - 999],
])('the next backup after %s', (_, names, every, expected) => {
  whole(...names);
  unfinished('2026-12-01T12-30-00Z');
  expect(dueInMs(folder, every, NOW)).toBe(expected);
});

it('backups go on by themselves: when they are due, and again five minutes after a failure', async () => {
  whole('2026-12-01T10-30-59Z');
  let now = NOW;
  let failures = 1;
  const said: string[] = [];
  const waits: number[] = [];
  const going = backUpForever({
    folder,
    keep: 2,
    everyHours: 3,
    now: () => now,
    dump: async (to) => {
      if (failures-- > 0) throw new Error('away');
      write(to);
    },
    wait: async (ms) => {
      if (waits.push(ms) > 3) throw new Error('stopped');
      now += ms;
    },
    report: (line) => said.push(line),
  });
  await expect(going).rejects.toThrow('stopped');
  expect(waits).toEqual([HOUR_MS - 999, 300_000, 3 * HOUR_MS, 3 * HOUR_MS]);
  expect(said).toEqual([
    'error: away; tried again in 5 minutes',
    `dumped into ${join(folder, '2026-12-01T13-35-59Z')}`,
    `dumped into ${join(folder, '2026-12-01T16-35-59Z')}`,
  ]);
  expect(left()).toEqual(['2026-12-01T13-35-59Z', '2026-12-01T16-35-59Z']);
});
