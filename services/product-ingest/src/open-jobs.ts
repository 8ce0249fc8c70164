import { setTimeout as wait } from 'node:timers/promises';
import type { ProductJobQueue } from '@ecobalyse/pipeline';
import { listOpenProductJobs, type Store } from '@ecobalyse/store';

const EVERY_MS = 5000;

const waitFor = (ms: number, signal: AbortSignal): Promise<unknown> => wait(ms, undefined, { signal });

/**
 * Sees to it that every open job of the database is in the queue: one that was uploaded while Redis was away, or that Redis
 * has lost. Adding a job that is in the queue already adds nothing, whoever does it.
 */
export function keepOpenJobsQueued(
  store: Store,
  queue: Pick<ProductJobQueue, 'add'>,
  logger: { debug(fields: object, message: string): void },
  pause = waitFor,
): { close(): Promise<void> } {
  const closing = new AbortController();

  async function look(): Promise<void> {
    for (const { _id, requestId, traceparent } of await listOpenProductJobs(store)) {
      await queue.add({
        id: _id,
        ...(requestId !== null && { requestId }),
        ...(traceparent !== null && { traceparent }),
      });
    }
  }

  const looking = (async () => {
    while (!closing.signal.aborted) {
      await look().catch((err: unknown) => logger.debug({ err }, 'open jobs could not be queued, will be tried again'));
      await pause(EVERY_MS, closing.signal).catch(() => undefined);
    }
  })();

  return {
    async close() {
      closing.abort();
      await looking;
    },
  };
}
