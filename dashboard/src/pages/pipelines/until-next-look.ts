/** After a tick, until its run is in the history. */
const TICK_GRACE_MS = 2000;
/** Until it is asked again about a tick that is due and has not begun. */
const LATE_TICK_MS = 15_000;
/** A timer cannot wait longer than about 24 days. */
const LONGEST_TIMER_MS = 86_400_000;

/**
 * How long to wait before asking about the pipelines again.
 *
 * @param left - milliseconds until the next scheduled run begins, negative when it is late.
 */
export const untilNextLook = (left: number): number =>
  left > 0 ? Math.min(LONGEST_TIMER_MS, left + TICK_GRACE_MS) : LATE_TICK_MS;
