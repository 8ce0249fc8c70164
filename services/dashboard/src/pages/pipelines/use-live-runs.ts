import type { RunView } from '@ecobalyse/schema';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, events } from '../../api/client.js';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/** Resolves after the time, or at once when the reader has gone. */
const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Tells of a run as it happens until it has ended; a stream that breaks off is taken up again. */
async function follow(id: string, signal: AbortSignal, tell: (run: RunView) => void): Promise<void> {
  let delay = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      for await (const { event, data } of events(`/orchestrator/runs/${encodeURIComponent(id)}/events`, signal)) {
        if (event !== 'run') continue;
        const run = data as RunView;
        delay = FIRST_RETRY_MS;
        tell(run);
        if (run.state !== 'running') return;
      }
    } catch (error) {
      if (error instanceof ApiError && (error.kind === 'forbidden' || error.kind === 'not-found')) return;
    }
    await pause(delay, signal);
    delay = Math.min(LONGEST_RETRY_MS, 2 * delay);
  }
}

/**
 * The newest state of runs that go on, by one stream of events each.
 *
 * @param onEnd - called when one of them has ended.
 */
export function useLiveRuns(ids: readonly string[], onEnd: () => void): ReadonlyMap<string, RunView> {
  const [runs, setRuns] = useState<ReadonlyMap<string, RunView>>(new Map());
  const ended = useRef(onEnd);
  ended.current = onEnd;
  /** Ends that were told: a stream that is taken up again tells of an end once more. */
  const told = useRef(new Set<string>());
  const key = [...ids].sort().join(' ');
  useEffect(() => {
    const controller = new AbortController();
    const tell = (run: RunView) => {
      if (controller.signal.aborted) return;
      setRuns((before) => new Map(before).set(run.id, run));
      const end = `${run.id} ${run.retries}`;
      if (run.state === 'running' || told.current.has(end)) return;
      told.current.add(end);
      ended.current();
    };
    for (const id of key === '' ? [] : key.split(' ')) void follow(id, controller.signal, tell);
    return () => controller.abort();
  }, [key]);
  return runs;
}

/** What is known best: an answer that tells of the end or of a later retry, else what the stream told last. */
export function newest(run: RunView, live: ReadonlyMap<string, RunView>): RunView {
  const streamed = live.get(run.id);
  return streamed && run.state === 'running' && streamed.retries >= run.retries ? streamed : run;
}

/** The time, each second while something goes on. */
export function useNow(active: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [active]);
  return now;
}
