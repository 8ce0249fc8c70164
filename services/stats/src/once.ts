import { DATABASE_SETTINGS, loadEnvFile, readSettings, withoutCredentials } from '@ecobalyse/service-kit';
import { openServiceCache, openServiceStore } from '@ecobalyse/service-parts';
import { isStoreUnavailable } from '@ecobalyse/store';
import { STATISTICS_SETTINGS, statisticsResources } from './settings.js';
import { computeStatistics } from './statistics-task.js';

const KIBIBYTES_IN_MEBIBYTE = 1024;
const SERVER_SELECTION_TIMEOUT_MS = 5000;

async function compute(): Promise<void> {
  loadEnvFile();
  const settings = readSettings([
    ...DATABASE_SETTINGS,
    'REDIS_URL',
    'CACHE_REDIS_URL',
    'CACHE_TTL_SECONDS',
    ...STATISTICS_SETTINGS,
  ]);
  const store = openServiceStore(settings, 'stats-once', SERVER_SELECTION_TIMEOUT_MS);
  const isCached = settings.CACHE_REDIS_URL ?? settings.REDIS_URL;
  const cache = isCached ? openServiceCache(settings, () => undefined) : null;
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Several times: a terminal tells every process, and each tells its child.
    process.on(name, () => stopping.abort(new Error(`${name}: the published statistics stay as they were`)));
  }
  try {
    const result = await computeStatistics(
      {
        signal: stopping.signal,
        progress: async () => undefined,
        log: async (line) => void process.stderr.write(`${line}\n`),
      },
      { store, cache, ...statisticsResources(settings) },
    );
    const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / KIBIBYTES_IN_MEBIBYTE);
    process.stdout.write(`${JSON.stringify({ ...result, peakMemoryMb }, null, 2)}\n`);
  } finally {
    await cache?.close();
    await store.close();
  }
}

/**
 * Computes the statistics once, without queues: `ecobalyse statistics` runs it. Prints what the run did as JSON, its notes and
 * what went wrong to standard error. Where `CACHE_REDIS_URL` or `REDIS_URL` is set, cached answers are dropped afterwards.
 *
 * @returns the exit code.
 */
export async function computeOnce(): Promise<number> {
  try {
    await compute();
    return 0;
  } catch (error) {
    const reason = withoutCredentials(error instanceof Error ? error.message : String(error));
    const hint = isStoreUnavailable(error)
      ? `the database cannot be reached (${reason}): is MONGODB_URI right?`
      : reason;
    process.stderr.write(`error: no statistics: ${hint}\n`);
    return 1;
  }
}
