import { setTimeout as wait } from 'node:timers/promises';
import { type Logger, PlatformError } from '@ecobalyse/service-kit';
import {
  completeDocuments,
  type Invalidates,
  isStoreUnavailable,
  migrate,
  openInvalidationSweep,
  type Store,
} from '@ecobalyse/store';

/** Other processes' writes are seen after this, whatever became of those processes. */
const EVERY_MS = 1000;
const MIGRATION_RETRY_MS = 2000;
const MIGRATION_RETRY_MOST_MS = 60_000;

/** What an API process does for the database beside answering. */
export interface DatabaseUpkeep {
  /** Rejects while the database does not have the form that the platform works with, and says why. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Migrates the database as soon as it can be reached; the API answers meanwhile. About every second, drops cached answers whose
 * writer could not, and completes what another platform has written beside us.
 */
export function startDatabaseUpkeep(store: Store, cache: Invalidates, logger: Logger): DatabaseUpkeep {
  const stopping = new AbortController();
  const { signal } = stopping;
  let fault: string | null = 'the database is being prepared';
  let told: string | undefined;

  const pause = (ms: number) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined);

  function isWell(): void {
    fault = null;
    told = undefined;
  }

  /** Says once what stands in the way; a fault that stays is no news. */
  function tell(err: unknown): void {
    const reason = err instanceof Error ? err.message : String(err);
    fault = isStoreUnavailable(err)
      ? 'the database cannot be reached'
      : `the database does not have the form that the platform works with: ${reason}`;
    if (fault === told) return;
    told = fault;
    logger.warn({ err }, `${fault}; tried again until it works`);
  }

  async function prepare(): Promise<void> {
    let retryMs = MIGRATION_RETRY_MS;
    while (!signal.aborted) {
      try {
        await migrate(store, logger, { signal });
        isWell();
        return;
      } catch (err) {
        if (signal.aborted) return;
        tell(err);
        await pause(isStoreUnavailable(err) ? MIGRATION_RETRY_MS : retryMs);
        retryMs = Math.min(retryMs * 2, MIGRATION_RETRY_MOST_MS);
      }
    }
  }

  async function keepComplete(): Promise<void> {
    await prepare();
    while (!signal.aborted) {
      await pause(EVERY_MS);
      await completeDocuments(store, {}, signal).then(isWell, (err: unknown) => signal.aborted || tell(err));
    }
  }

  /** Whatever stands in the way of the migration. */
  async function keepFresh(): Promise<void> {
    const sweep = openInvalidationSweep(store, cache);
    while (!signal.aborted) {
      // With Redis away nothing is answered from the cache either, and the sweep comes again.
      await sweep().catch((err: unknown) => logger.debug({ err }, 'cached answers are dropped later'));
      await pause(EVERY_MS);
    }
  }

  const running = Promise.all([keepComplete(), keepFresh()]);
  return {
    async probe() {
      if (fault) throw new PlatformError('NOT_READY', fault);
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}
