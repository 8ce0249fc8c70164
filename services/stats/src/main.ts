import { openResponseCache } from '@ecobalyse/cache';
import { QUEUES, startTaskWorker } from '@ecobalyse/pipeline';
import {
  createLogger,
  DATABASE_SETTINGS,
  loadEnvFile,
  mongodbUri,
  readSettings,
  required,
  runMain,
  stopGracefully,
} from '@ecobalyse/service-kit';
import { openRunHistory, openStore } from '@ecobalyse/store';
import { computeStatistics } from './statistics-task.js';

await runMain(async () => {
  loadEnvFile();
  const settings = readSettings([
    ...DATABASE_SETTINGS,
    'LOG_LEVEL',
    'LOG_FORMAT',
    'SHUTDOWN_TIMEOUT_MS',
    'REDIS_URL',
    'CACHE_REDIS_URL',
    'CACHE_TTL_SECONDS',
    'QUEUE_PREFIX',
    'JOB_LOCK_MS',
    'STATISTICS_MEMORY_MB',
  ]);
  const logger = createLogger('stats', settings);
  const redisUrl = required(settings.REDIS_URL, 'REDIS_URL');
  const resources = {
    store: openStore({
      uri: required(mongodbUri(settings), 'MONGODB_URI'),
      dbName: settings.DB_NAME,
      appName: 'stats',
      serverSelectionTimeoutMs: 15_000,
    }),
    cache: openResponseCache({
      redisUrl: settings.CACHE_REDIS_URL ?? redisUrl,
      ttlSeconds: settings.CACHE_TTL_SECONDS,
      onError: (err) => logger.warn({ err }, 'connection lost: trying again'),
    }),
    memoryMb: settings.STATISTICS_MEMORY_MB,
  };

  const tasks = startTaskWorker({
    connection: { redisUrl, prefix: settings.QUEUE_PREFIX },
    queue: QUEUES.statistics,
    handlers: { statistics: (context) => computeStatistics(context, resources) },
    recorder: openRunHistory(resources.store),
    logger,
    lockMs: settings.JOB_LOCK_MS,
  });

  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
    ['worker', () => tasks.close()],
    ['cache', () => resources.cache.close()],
    ['database', () => resources.store.close()],
  ]);
  logger.info('statistics worker waits for tasks');
});
