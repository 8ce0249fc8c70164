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
  let [probing, ended] = [false, false];
  let timer: NodeJS.Timeout | undefined;

  /** However long it takes: this process may be what is slow, and must not stay without a cache for that. */
  function probeUntilItAnswers(): void {
    probe().then(
      () => {
        probing = false;
        if (!ended) onClosed();
      },
      () => {
        if (!ended) timer = setTimeout(probeUntilItAnswers, PROBE_EVERY_MS).unref();
      },
    );
  }

  return {
    isClosed: () => !probing,
    open() {
      if (probing || ended) return;
      probing = true;
      probeUntilItAnswers();
    },
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
