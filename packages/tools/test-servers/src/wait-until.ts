import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Waits for a condition; a condition that throws does not hold yet.
 *
 * @throws Error with `what` when it does not hold within `timeoutMs`.
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let reason: unknown;
  while (Date.now() < deadline) {
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
