import { setTimeout as wait } from 'node:timers/promises';

/** Often at first and ever more seldom: what is asked is a server that works on two cores with the test. */
const POLL_MS = { first: 5, share: 0.05, last: 100 };
/** Half of what a test may take: a machine under load is no failure, and what was waited for is told. */
const WAIT_MS = 60_000;
/** Of the machine, also where a test holds the clock: a wait has an end. */
const ofMachine = performance.now.bind(performance);

/**
 * Waits for a condition; a condition that throws does not hold yet.
 *
 * @throws Error with `what` when it does not hold within `timeoutMs`.
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS,
  now: () => number = ofMachine,
): Promise<void> {
  const begun = now();
  let reason: unknown;
  for (let elapsed = 0; elapsed < timeoutMs; elapsed = now() - begun) {
    try {
      if (await condition()) return;
      reason = undefined;
    } catch (error) {
      reason = error;
    }
    await wait(Math.min(POLL_MS.first + POLL_MS.share * elapsed, POLL_MS.last));
  }
  throw new Error(`waited ${timeoutMs} ms in vain: ${what}${reason ? ` (${reason})` : ''}`);
}
