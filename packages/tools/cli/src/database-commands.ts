import { setTimeout as delay } from 'node:timers/promises';
import { migrate, pendingMigrations } from '@ecobalyse/store';
import { AddressError, namedDatabase, TRY_MS, withClient, withStore } from './database.js';
import { dump } from './transfer/dump.js';
import { restore } from './transfer/restore.js';

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
