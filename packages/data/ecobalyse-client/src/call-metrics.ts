import { counter, histogram } from '@ecobalyse/telemetry';
import axios, { type AxiosInstance } from 'axios';

const durations = histogram({
  name: 'upstream_request_duration_seconds',
  help: 'Tries of calls of the Ecobalyse API, by path and status (or what kept it from answering)',
  labels: ['path', 'status'],
});
/** Counted here when a connection fails, by the client when an answer is none. */
export const retries = counter({
  name: 'upstream_retries_total',
  help: 'Further tries of calls of the Ecobalyse API',
  labels: ['path'],
});

/** Why a call got no answer, in a few words. */
function withoutAnswer(error: unknown): string {
  if (axios.isCancel(error)) return 'cancelled';
  const { code } = error as { code?: string };
  return code === 'ECONNABORTED' || code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

/** Measures each try of each call of a client. Its paths are those of this package, so they are few. */
export function measureCalls(http: AxiosInstance): void {
  const startedAt = new WeakMap<object, number>();
  const observe = (config: object & { url?: string }, status: string) => {
    const started = startedAt.get(config);
    if (started === undefined) return;
    startedAt.delete(config);
    durations.observe({ path: config.url ?? '/', status }, (performance.now() - started) / 1000);
  };
  http.interceptors.request.use((config) => {
    startedAt.set(config, performance.now());
    const tries = (config as { 'axios-retry'?: { retryCount?: number } })['axios-retry']?.retryCount ?? 0;
    if (tries > 0) retries.inc({ path: config.url ?? '/' });
    return config;
  });
  http.interceptors.response.use(
    (response) => {
      observe(response.config, String(response.status));
      return response;
    },
    (error: unknown) => {
      if (axios.isAxiosError(error) && error.config) {
        observe(error.config, error.response ? String(error.response.status) : withoutAnswer(error));
      }
      return Promise.reject(error);
    },
  );
}
