import { PlatformError } from './errors.js';

/** What a probe of one dependency found. */
export interface ProbeResult {
  status: 'up' | 'down';
  detail?: string;
}

/**
 * Probes every dependency at once.
 *
 * @param probes - by dependency; a probe that rejects or takes longer than `timeoutMs` is down; a PlatformError says why.
 */
export async function probeAll(
  probes: Readonly<Record<string, () => Promise<unknown>>>,
  timeoutMs: number,
): Promise<Record<string, ProbeResult>> {
  const results = await Promise.all(
    Object.entries(probes).map(async ([name, probe]): Promise<[string, ProbeResult]> => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
      });
      try {
        await Promise.race([probe(), late]);
        return [name, { status: 'up' }];
      } catch (error) {
        const detail = error instanceof PlatformError ? error.message : `${name} cannot be reached`;
        return [name, { status: 'down', detail }];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return Object.fromEntries(results);
}

/** A failure is worth another look sooner than a success. */
const FAILURE_REMEMBERED_MS = 2000;

/** A probe whose success holds for `forMs`, however often it is called: for dependencies that others pay for. */
export function remembered(probe: () => Promise<unknown>, forMs: number): () => Promise<unknown> {
  let askAgainAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<unknown> = Promise.resolve();
  return () => {
    if (performance.now() >= askAgainAt) {
      askAgainAt = performance.now() + forMs;
      answer = probe().catch((error: unknown) => {
        askAgainAt = Math.min(askAgainAt, performance.now() + FAILURE_REMEMBERED_MS);
        throw error;
      });
    }
    return answer;
  };
}

const HTTP_PROBE_TIMEOUT_MS = 1500;

/** A probe of an HTTP service: up when the address answers with 2xx. */
export function httpProbe(url: string): () => Promise<void> {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(HTTP_PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`status ${response.status}`);
  };
}
