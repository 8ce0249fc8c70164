import { setTimeout as delay } from 'node:timers/promises';
import { migrate, pendingMigrations } from '@ecobalyse/store';
import { AddressError, namedDatabase, TRY_MS, withClient, withStore } from './database.js';
import { backUp, backUpForever, dueInMs } from './transfer/backups.js';
import { dump } from './transfer/dump.js';
import { restore } from './transfer/restore.js';
import { UsageError } from './usage.js';

const PAUSE_MS = 500;
const TRANSFER_TRY_MS = 10_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** `ecobalyse db wait`: until the database lists its collections, which it does for who is let in. */
export async function wait(seconds: number, uri?: string): Promise<void> {
  const database = namedDatabase(uri);
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const tryMs = Math.min(TRY_MS, Math.max(1, deadline - Date.now()));
      await withClient(database, tryMs, (client) =>
        client.db(database.dbName).listCollections({}, { nameOnly: true }).toArray(),
      );
      return say(`the database ${database.dbName} answers`);
    } catch (error) {
      if (error instanceof AddressError || Date.now() + PAUSE_MS >= deadline) throw error;
    }
    await delay(PAUSE_MS);
  }
}

/** `ecobalyse db dump`. */
export async function dumpDatabase(to: string, names: readonly string[] | undefined, uri?: string): Promise<void> {
  const database = namedDatabase(uri);
  await withClient(database, TRANSFER_TRY_MS, (client) => dump(client, names ?? [database.dbName], to, say));
}

/** What `ecobalyse db backup` was told. */
interface BackupWords {
  readonly to: string;
  readonly keep: number;
  /** In hours. */
  readonly every?: number;
  readonly check?: boolean;
  readonly uri?: string;
}

/** `ecobalyse db backup`: once, or with `--every` until the process is stopped; with `--check` 1 when backups are late. */
export async function backUpDatabase({ to: folder, keep, every, check, uri }: BackupWords): Promise<0 | 1> {
  if (check) {
    if (every === undefined) throw new UsageError('--check: expected --every beside it');
    const isLate = dueInMs(folder, 2 * every, Date.now()) <= 0;
    say(isLate ? `${folder} has no backup of the last ${2 * every} hours` : 'the newest backup is in time');
    return isLate ? 1 : 0;
  }
  const options = { folder, keep, dump: (path: string) => dumpDatabase(path, undefined, uri) };
  if (every !== undefined) return backUpForever({ ...options, everyHours: every, wait: delay, report: say });
  say(`dumped into ${await backUp(options)}`);
  return 0;
}

/** `ecobalyse db restore`. */
export async function restoreDatabase(
  folder: string,
  drop = false,
  names?: readonly string[],
  uri?: string,
): Promise<void> {
  const database = namedDatabase(uri);
  await withClient(database, TRANSFER_TRY_MS, (client) =>
    restore(client, { folder, drop, databases: names ?? [database.dbName] }, say),
  );
}

/** `ecobalyse db migrate`: what was done, or with `--dry-run` what is to be done, a line each. */
export const migrateDatabase = (dryRun = false, uri?: string): Promise<void> =>
  withStore(uri, async (store) => {
    const pending = await pendingMigrations(store);
    if (dryRun) return say(pending.map((name) => `${name}: to be done`).join('\n') || 'no migration is to be done');
    const info = ({ migration, ...report }: { migration?: string }, message: string) =>
      say(`${migration ?? message}: ${JSON.stringify(report)}`);
    await migrate(store, { info });
    say('the database has the form of this version');
  });
