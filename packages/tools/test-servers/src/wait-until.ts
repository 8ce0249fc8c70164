import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 20;
/** Half of what a test may take: a machine under load is no failure, and what was waited for is told. */
const WAIT_MS = 60_000;

/**
 * Waits for a condition; a condition that throws does not hold yet.
 *
 * @throws Error with `what` when it does not hold within `timeoutMs`.
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let reason: unknown;
  while (performance.now() < deadline) {
    try {
      if (await condition()) return;
      reason = undefined;
    } catch (error) {
      reason = error;
    }
    await wait(POLL_MS);
  }
  throw new Error(`waited ${timeoutMs} ms in vain: ${what}${reason ? ` (${reason})` : ''}`);
}
