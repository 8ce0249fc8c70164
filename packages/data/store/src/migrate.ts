import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDuplicateKey, type Store } from './connection.js';
import { reconcileIndexes } from './indexes.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Migration } from './migrations/migration.js';
import type { HeldLock } from './stored-documents.js';

interface Lock {
  /** Aborted when another process has taken this one for dead. */
  signal: AbortSignal;
  release(): Promise<void>;
}

export interface MigrationLogger {
  info(fields: object, message: string): void;
}

const LOCK = 'lock';
/** A lock whose holder gives no sign of life for so long is taken from it. */
const LEASE_MS = 10_000;
const BEATS = 5;
const LOOKS = 50;

/**
 * Waits for the lock. Its holder counts up; a holder whose count stands still is dead, by the clock of the one who waits:
 * those of two machines may differ.
 */
async function takeLock(store: Store, leaseMs: number, signal: AbortSignal | undefined): Promise<Lock> {
  const locks = store.collection('schema_migrations');
  const owner = randomUUID();
  let seen = '';
  let since = 0;
  for (;;) {
    signal?.throwIfAborted();
    const taken = await locks.insertOne({ _id: LOCK, owner, beat: 0 }).then(
      () => true,
      (error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
        return false;
      },
    );
    if (taken) break;
    const held = await locks.findOne<HeldLock>({ _id: LOCK });
    const state = `${held?.owner} ${held?.beat}`;
    if (state !== seen) [seen, since] = [state, performance.now()];
    else if (held && performance.now() - since > leaseMs) await locks.deleteOne(held);
    await wait(leaseMs / LOOKS, undefined, { ...(signal && { signal }) });
  }

  const lost = new AbortController();
  const timer = setInterval(() => {
    locks
      .updateOne({ _id: LOCK, owner }, { $inc: { beat: 1 } })
      .then(({ matchedCount }) => matchedCount === 1 || lost.abort(new Error('another process migrates the database')))
      // A database that is away fails the migration as well.
      .catch(() => undefined);
  }, leaseMs / BEATS);
  return {
    signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal,
    async release() {
      clearInterval(timer);
      // One that stays is taken over like that of a process that died.
      await locks.deleteOne({ _id: LOCK, owner }).catch(() => undefined);
    },
  };
}

/** The migrations that were not done yet, in the order in which they will be. */
export async function pendingMigrations(store: Store): Promise<string[]> {
  const done = new Set((await store.collection('schema_migrations').find().toArray()).map(({ _id }) => _id));
  return Object.keys(MIGRATIONS).filter((name) => !done.has(name));
}

/**
 * Brings the database to the form that this version of the platform works with, whoever filled it: does the migrations that
 * were not done yet, and makes the indexes that are missing. Processes that start at once do it one after another.
 *
 * @param logger - told what each migration did.
 * @param options.signal - gives up.
 * @param options.leaseMs - after so long, the lock of a process that was killed is taken over.
 * @throws Error that says what stands in the way, or what the database says. What was done until then stays done.
 */
export async function migrate(
  store: Store,
  logger: MigrationLogger,
  { signal, leaseMs = LEASE_MS }: { signal?: AbortSignal; leaseMs?: number } = {},
): Promise<void> {
  const lock = await takeLock(store, leaseMs, signal);
  try {
    for (const name of await pendingMigrations(store)) {
      lock.signal.throwIfAborted();
      const report = await (MIGRATIONS[name] as Migration)(store, lock.signal);
      await store.collection('schema_migrations').insertOne({ _id: name, appliedAt: new Date().toISOString(), report });
      logger.info({ migration: name, ...report }, 'database migrated');
    }
    const { created, replaced, removed } = await reconcileIndexes(store);
    if (created.length + replaced.length > 0) logger.info({ created, replaced, removed }, 'indexes made');
  } finally {
    await lock.release();
  }
}
