import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST } from './dump-format.js';

/** Backups are dumps in folders that carry the time at which they began, in UTC: their names sort by age. */
const NAME = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})Z$/;
const HOUR_MS = 3_600_000;
/** A dump that has not ended by then never will: who made it is gone. */
const ABANDONED_MS = 24 * HOUR_MS;
/** After a failure, since the database may be back sooner than the next backup is due. */
const RETRY_MS = 5 * 60_000;

const nameOf = (time: number): string =>
  new Date(time)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
const timeOf = (name: string): number => Date.parse(name.replace(NAME, '$1T$2:$3:$4Z'));

interface Backup {
  readonly path: string;
  readonly begunAt: number;
  readonly isWhole: boolean;
}

/** The backups of a folder, newest first. What has another name is none. */
function backupsOf(folder: string): Backup[] {
  const names = readdirSync(folder).filter((name) => NAME.test(name));
  return names
    .sort()
    .reverse()
    .map((name) => {
      const path = join(folder, name);
      return { path, begunAt: timeOf(name), isWhole: existsSync(join(path, MANIFEST)) };
    });
}

/** Milliseconds until the next backup is due: none, or less, when it is. */
export function dueInMs(folder: string, everyHours: number, now: number): number {
  const newest = backupsOf(folder).find(({ isWhole }) => isWhole);
  return newest ? newest.begunAt + everyHours * HOUR_MS - now : 0;
}

/** Deletes whole backups but the newest `keep`, and what was abandoned a day ago; the paths of what went. */
export function prune(folder: string, keep: number, now: number): string[] {
  const backups = backupsOf(folder);
  const whole = backups.filter(({ isWhole }) => isWhole);
  const abandoned = backups.filter(({ isWhole, begunAt }) => !isWhole && now - begunAt >= ABANDONED_MS);
  const paths = [...whole.slice(keep), ...abandoned].map(({ path }) => path);
  for (const path of paths) rmSync(path, { recursive: true });
  return paths;
}

/** How backups are made. */
export interface BackupOptions {
  readonly folder: string;
  /** Whole backups that stay. */
  readonly keep: number;
  /** Writes a dump into a folder that is not there yet. */
  readonly dump: (to: string) => Promise<void>;
  readonly now?: () => number;
}

/**
 * Dumps into a new folder, then deletes the oldest backups; those stay when the dump fails.
 * @returns the new folder
 * @throws Error of the dump, of which nothing is left
 */
export async function backUp({ folder, keep, dump, now = Date.now }: BackupOptions): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const to = join(folder, nameOf(now()));
  if (existsSync(to)) throw new Error(`${to} is there already: another backup began in the same second`);
  try {
    await dump(to);
  } catch (error) {
    rmSync(to, { recursive: true, force: true });
    throw error;
  }
  prune(folder, keep, now());
  return to;
}

/** When backups are made by themselves, and what is said of it. */
export interface BackupSchedule extends BackupOptions {
  readonly everyHours: number;
  readonly wait: (ms: number) => Promise<void>;
  readonly report: (line: string) => void;
}

/** Backs up whenever it is due, for as long as `wait` comes back: a failure is told, and tried again after five minutes. */
export async function backUpForever({ everyHours, wait, report, ...options }: BackupSchedule): Promise<never> {
  const { folder, now = Date.now } = options;
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const due = dueInMs(folder, everyHours, now());
    if (due > 0) await wait(due);
    else {
      try {
        report(`dumped into ${await backUp(options)}`);
      } catch (error) {
        report(`error: ${(error as Error).message}; tried again in ${RETRY_MS / 60_000} minutes`);
        await wait(RETRY_MS);
      }
    }
  }
}
