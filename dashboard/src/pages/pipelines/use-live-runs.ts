import type { RunView } from '@ecobalyse/schema';
import { useEffect, useRef, useState } from 'preact/hooks';
import { follow } from '../../api/follow.js';

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
    const { signal } = controller;
    const tell = (run: RunView): boolean => {
      if (signal.aborted) return true;
      setRuns((before) => new Map(before).set(run.id, run));
      if (run.state === 'running') return false;
      const end = `${run.id} ${run.retries}`;
      if (!told.current.has(end)) {
        told.current.add(end);
        ended.current();
      }
      return true;
    };
    for (const id of key === '' ? [] : key.split(' '))
      void follow('GET /orchestrator/runs/{id}/events', { path: { id } }, signal, { tell });
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
