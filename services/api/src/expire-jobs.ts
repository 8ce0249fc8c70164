import { setTimeout as wait } from 'node:timers/promises';
import { expireProductJobs } from '@ecobalyse/store';
import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.js';

/** Ended jobs whose results are kept, at most. */
const JOBS_KEPT = 200;
const DAY_MS = 86_400_000;
const EXPIRY_MS = 600_000;

/** Forgets old jobs now and then while the service listens, however long that takes: no request waits for it. */
export function keepExpiring(
  app: Pick<FastifyInstance, 'addHook'>,
  { store, logger, productJobLimits }: Pick<ApiDependencies, 'store' | 'logger' | 'productJobLimits'>,
): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  let expiring: Promise<void> | undefined;
  async function expire(): Promise<void> {
    while (!signal.aborted) {
      const endedBefore = new Date(Date.now() - productJobLimits.keepDays * DAY_MS);
      await expireProductJobs(store, { endedBefore, keep: JOBS_KEPT }).catch((err: unknown) =>
        logger.warn({ err }, 'old product jobs could not be removed'),
      );
      await wait(EXPIRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  app.addHook('onListen', async () => {
    expiring = expire();
  });
  app.addHook('preClose', async () => stopping.abort());
  app.addHook('onClose', async () => expiring);
}
