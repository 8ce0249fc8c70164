import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@ecobalyse/service-kit';
import { ensureIndexes, type Store } from '@ecobalyse/store';

const RETRY_MS = 2000;

/**
 * Creates the indexes as soon as the database can be reached: the API starts without it, but two requests that add one
 * product at the same time need the unique index.
 */
export async function ensureIndexesWhenReachable(store: Store, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await ensureIndexes(store.db);
      return;
    } catch (err) {
      if (signal.aborted) return;
      logger.warn({ err }, 'could not create the indexes yet: trying again');
      await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
