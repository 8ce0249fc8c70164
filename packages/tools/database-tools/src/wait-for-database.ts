import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';

const TRY_MS = 3000;
const PAUSE_MS = 500;

/**
 * Waits until the database lets its user in and lists its collections.
 *
 * @param timeoutMs - for all tries together.
 * @throws Error with the hosts and the last reason when the time is up.
 */
export async function waitForDatabase(uri: string, dbName: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: TRY_MS, connectTimeoutMS: TRY_MS });
    try {
      await client.db(dbName).listCollections({}, { nameOnly: true }).toArray();
      return;
    } catch (error) {
      if (Date.now() + PAUSE_MS >= deadline) throw unreachable(uri, timeoutMs, error);
    } finally {
      await client.close();
    }
    await delay(PAUSE_MS);
  }
}

/** Says where the database was looked for, without user and password. */
function unreachable(uri: string, timeoutMs: number, cause: unknown): Error {
  const host = decodeURIComponent(new URL(uri).host);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`the database at ${host} cannot be used after ${timeoutMs / 1000} s: ${reason}`, { cause });
}
