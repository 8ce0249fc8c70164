import { openResponseCache } from '@ecobalyse/cache';
import { DATABASE_SETTINGS, loadEnvFile, mongodbUri, readSettings, required, runMain } from '@ecobalyse/service-kit';
import { isStoreUnavailable, openStore } from '@ecobalyse/store';
import { computeStatistics } from './statistics-task.js';

const KIBIBYTES_IN_MEBIBYTE = 1024;

/**
 * Computes the statistics once, without queues: `node services/stats/bundle/cli.js`. Prints what the run did as JSON, its notes
 * to standard error. Where `CACHE_REDIS_URL` or `REDIS_URL` is set, cached answers are dropped afterwards.
 */
await runMain(async () => {
  loadEnvFile();
  const settings = readSettings([
    ...DATABASE_SETTINGS,
    'REDIS_URL',
    'CACHE_REDIS_URL',
    'CACHE_TTL_SECONDS',
    'STATISTICS_MEMORY_MB',
  ]);
  const store = openStore({
    uri: required(mongodbUri(settings), 'MONGODB_URI'),
    dbName: settings.DB_NAME,
    appName: 'stats-once',
  });
  const redisUrl = settings.CACHE_REDIS_URL ?? settings.REDIS_URL;
  const cache = redisUrl
    ? openResponseCache({ redisUrl, ttlSeconds: settings.CACHE_TTL_SECONDS, onError: () => undefined })
    : undefined;
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stopping.abort(new Error(`${name}: the published statistics stay as they were`)));
  }

  try {
    const result = await computeStatistics(
      {
        signal: stopping.signal,
        progress: async () => undefined,
        log: async (line) => void process.stderr.write(`${line}\n`),
      },
      {
        store,
        cache: cache ?? null,
        memoryMb: settings.STATISTICS_MEMORY_MB,
      },
    );
    const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / KIBIBYTES_IN_MEBIBYTE);
    process.stdout.write(`${JSON.stringify({ ...result, peakMemoryMb }, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `no statistics: ${isStoreUnavailable(error) ? `the database cannot be reached (${reason}): is MONGODB_URI right?` : reason}\n`,
    );
    process.exitCode = 1;
  } finally {
    await cache?.close();
    await store.close();
  }
});
