const FIRST_MS = 1000;
const LONGEST_MS = 15_000;

/**
 * Pauses between tries of what fails, each twice as long as the one before it, up to 15 s. Whatever the dashboard asks for
 * again by itself waits by one, so that no source that fails is asked more often for it.
 */
export class Backoff {
  #failures = 0;

  /** Milliseconds until the next try. */
  next(): number {
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures++);
  }

  reset(): void {
    this.#failures = 0;
  }
}
