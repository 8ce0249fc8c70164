import { openResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { createBatchQueue, QUEUES, startBatchWorker, startTaskWorker } from '@ecobalyse/pipeline';
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
import type { Resources } from './resources.js';
import { simulateBatch } from './simulation-batch.js';
import { extractImpactDocumentation } from './tasks/impact-documentation.js';
import { loadSimulations } from './tasks/load.js';
import { extractReferenceData } from './tasks/reference-data.js';
import { extractSimulations } from './tasks/simulations.js';

await runMain(async () => {
  loadEnvFile();
  const settings = readSettings([
    ...DATABASE_SETTINGS,
    'LOG_LEVEL',
    'LOG_FORMAT',
    'SHUTDOWN_TIMEOUT_MS',
    'REDIS_URL',
    'CACHE_REDIS_URL',
    'QUEUE_PREFIX',
    'CACHE_TTL_SECONDS',
    'ECOBALYSE_API_URL',
    'ECOBALYSE_API_TOKEN',
    'ECOBALYSE_REQUESTS_PER_SECOND',
    'ECOBALYSE_CONCURRENCY',
    'ECOBALYSE_TIMEOUT_MS',
    'ECOBALYSE_RETRIES',
    'EXTRACTION_CONCURRENCY',
    'EXTRACTION_BATCH_SIZE',
    'JOB_LOCK_MS',
  ]);
  const logger = createLogger('extraction', settings);
  const warn = (err: Error) => logger.warn({ err }, 'connection lost: trying again');

  const redisUrl = required(settings.REDIS_URL, 'REDIS_URL');
  const connection = { redisUrl, prefix: settings.QUEUE_PREFIX };
  const resources: Resources = {
    store: openStore({
      uri: required(mongodbUri(settings), 'MONGODB_URI'),
      dbName: settings.DB_NAME,
      appName: 'extraction',
      serverSelectionTimeoutMs: 15_000,
    }),
    upstream: createEcobalyseClient({
      baseUrl: settings.ECOBALYSE_API_URL,
      token: settings.ECOBALYSE_API_TOKEN,
      requestsPerSecond: settings.ECOBALYSE_REQUESTS_PER_SECOND,
      concurrency: settings.ECOBALYSE_CONCURRENCY,
      timeoutMs: settings.ECOBALYSE_TIMEOUT_MS,
      retries: settings.ECOBALYSE_RETRIES,
    }),
    cache: openResponseCache({
      redisUrl: settings.CACHE_REDIS_URL ?? redisUrl,
      ttlSeconds: settings.CACHE_TTL_SECONDS,
      onError: warn,
    }),
    batches: createBatchQueue(connection, warn),
    batchSize: settings.EXTRACTION_BATCH_SIZE,
  };

  const lockMs = settings.JOB_LOCK_MS;
  const recorder = openRunHistory(resources.store);
  const tasks = startTaskWorker({
    connection,
    queue: QUEUES.extraction,
    handlers: {
      'reference-data': () => extractReferenceData(resources),
      simulations: (context) => extractSimulations(context, resources),
      load: (context) => loadSimulations(context, resources),
      'impact-documentation': () => extractImpactDocumentation(resources),
    },
    recorder,
    logger,
    lockMs,
  });
  const cacheTasks = startTaskWorker({
    connection,
    queue: QUEUES.cache,
    handlers: { 'clear-cache': async () => ({ cleared: await resources.cache.clear() }) },
    recorder,
    logger,
    lockMs,
  });
  const simulations = startBatchWorker({
    connection,
    handler: (payload, signal) => simulateBatch(payload, resources, signal),
    recorder,
    logger,
    concurrency: settings.EXTRACTION_CONCURRENCY,
    lockMs,
  });

  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
    ['workers', () => Promise.all([simulations.close(), tasks.close(), cacheTasks.close()])],
    ['queue', () => resources.batches.close()],
    ['cache', () => resources.cache.close()],
    ['upstream client', async () => resources.upstream.close()],
    ['database', () => resources.store.close()],
  ]);
  logger.info('extraction worker waits for tasks');
});
