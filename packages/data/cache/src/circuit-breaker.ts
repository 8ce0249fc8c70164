import { setTimeout as wait } from 'node:timers/promises';

/** Tells whether a server may be asked, so that only the first requests wait for one that does not answer. */
export interface CircuitBreaker {
  /** Whether the server is worth asking. */
  isClosed(): boolean;
  /** It did not answer in time: nobody asks it until it answers a probe. */
  open(): void;
  end(): void;
}

/** Time between two probes. */
const PROBE_EVERY_MS = 200;

/**
 * @param options.probe - resolves when the server answers.
 * @param options.onClosed - called when the server answers again.
 */
export function openCircuitBreaker(options: { probe: () => Promise<unknown>; onClosed: () => void }): CircuitBreaker {
  const { probe, onClosed } = options;
  const ending = new AbortController();
  let probing = false;

  /** However long it takes: this process may be what is slow, and must not stay without a cache for that. */
  const answers = () =>
    probe().then(
      () => true,
      () => false,
    );

  async function probeUntilItAnswers(): Promise<void> {
    while (!ending.signal.aborted && !(await answers())) {
      await wait(PROBE_EVERY_MS, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
    }
    probing = false;
    if (!ending.signal.aborted) onClosed();
  }

  return {
    isClosed: () => !probing,
    open() {
      if (probing || ending.signal.aborted) return;
      probing = true;
      void probeUntilItAnswers();
    },
    end: () => ending.abort(),
  };
}
