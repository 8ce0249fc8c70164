import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/**
 * Does something again and again while the service listens, however long it takes: no request waits for it, the end of the service does.
 *
 * @param task - does it once; its signal aborts when the service ends.
 * @param atEnd - what is done when the service has ended.
 */
export function keepDoing(
  app: Pick<FastifyInstance, 'addHook'>,
  task: (signal: AbortSignal) => Promise<unknown>,
  everyMs: number,
  atEnd: () => Promise<unknown> = async () => undefined,
): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  let doing: Promise<void> | undefined;
  async function keep(): Promise<void> {
    while (!signal.aborted) {
      await task(signal);
      await wait(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  app.addHook('onListen', async () => {
    doing = keep();
  });
  app.addHook('preClose', async () => stopping.abort());
  app.addHook('onClose', async () => {
    await doing;
    await atEnd();
  });
}
