import { syncBuiltinESMExports } from 'node:module';
import timers, { setImmediate as nextTurn } from 'node:timers/promises';

/** The pauses of the code under test, which end when the test says and not before. */
export interface HeldPauses {
  /** Lengths of those under way, in milliseconds, in the order in which they began. */
  lengths(): number[];
  /** Resolves as soon as there is one. */
  begun(): Promise<void>;
  /** Lets the first one end as soon as there is one, and gives its length in milliseconds. */
  next(): Promise<number>;
  /** Pauses are real again; those under way end. */
  release(): void;
}

/**
 * Holds what waits by `setTimeout` of `node:timers/promises`: what is done between two pauses is then seen without waiting for
 * it, and how long they are is known exactly. To be released by the test that holds them. `isHeld` tells by their length which:
 * what other tests left in the same process may wait, too.
 */
export function holdPauses(isHeld = (_ms: number) => true): HeldPauses {
  const real = timers.setTimeout;
  const held: { ms: number; end: () => void }[] = [];
  const hold = (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
    if (!isHeld(ms)) return real(ms, value, { signal });
    return new Promise((resolve, reject) => {
      const pause = { ms, end: () => resolve(value) };
      const abort = () => {
        held.splice(held.indexOf(pause), 1);
        reject(signal?.reason);
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', abort, { once: true });
      held.push(pause);
    });
  };
  const use = (setTimeout: unknown) => {
    Object.assign(timers, { setTimeout });
    syncBuiltinESMExports();
  };
  use(hold);
  const begun = async () => {
    while (held.length === 0) await nextTurn();
  };
  return {
    lengths: () => held.map(({ ms }) => ms),
    begun,
    async next() {
      await begun();
      const { ms = 0, end } = held.shift() ?? {};
      end?.();
      return ms;
    },
    release() {
      use(real);
      for (const { end } of held.splice(0)) end();
    },
  };
}
