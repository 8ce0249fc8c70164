import { openResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import {
  createLogger,
  DATABASE_SETTINGS,
  explainListenError,
  loadEnvFile,
  mongodbUri,
  readSettings,
  required,
  runMain,
  stopGracefully,
} from '@ecobalyse/service-kit';
import { openStore } from '@ecobalyse/store';
import { openTracker } from '@ecobalyse/tracking';
import { buildApi } from './app.js';
import { openModelHost } from './model-host.js';
import { ensureIndexesWhenReachable } from './startup-indexes.js';

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
    'CACHE_CLEAR_REQUIRES_KEY',
    'ECOBALYSE_API_URL',
    'ECOBALYSE_API_TOKEN',
    'ECOBALYSE_REQUESTS_PER_SECOND',
    'ECOBALYSE_CONCURRENCY',
    'ECOBALYSE_TIMEOUT_MS',
    'ECOBALYSE_RETRIES',
    'API_HOST',
    'API_PORT',
    'API_KEY',
    'API_KEY_NAME',
    'MLFLOW_TRACKING_URI',
    'MODEL_REFRESH_SECONDS',
  ]);
  const logger = createLogger('api', settings, [settings.API_KEY_NAME]);

  const store = openStore({
    uri: required(mongodbUri(settings), 'MONGODB_URI'),
    dbName: settings.DB_NAME,
    appName: 'api',
    // A client would rather hear 503 soon than wait.
    serverSelectionTimeoutMs: 2000,
  });
  const cache = openResponseCache({
    redisUrl: settings.CACHE_REDIS_URL ?? required(settings.REDIS_URL, 'CACHE_REDIS_URL or REDIS_URL'),
    ttlSeconds: settings.CACHE_TTL_SECONDS,
    onError: (err) => logger.debug({ err }, 'cache away'),
  });
  const upstream = createEcobalyseClient({
    baseUrl: settings.ECOBALYSE_API_URL,
    token: settings.ECOBALYSE_API_TOKEN,
    requestsPerSecond: settings.ECOBALYSE_REQUESTS_PER_SECOND,
    concurrency: settings.ECOBALYSE_CONCURRENCY,
    timeoutMs: settings.ECOBALYSE_TIMEOUT_MS,
    retries: settings.ECOBALYSE_RETRIES,
  });
  const models = openModelHost({
    tracker: openTracker(settings.MLFLOW_TRACKING_URI, store.db),
    logger,
    refreshSeconds: settings.MODEL_REFRESH_SECONDS,
  });
  const app = await buildApi({
    logger,
    store,
    cache,
    upstream,
    models,
    apiKey: required(settings.API_KEY, 'API_KEY'),
    apiKeyName: settings.API_KEY_NAME,
    cacheClearRequiresKey: settings.CACHE_CLEAR_REQUIRES_KEY,
  });

  const stopping = new AbortController();
  const indexes = ensureIndexesWhenReachable(store, logger, stopping.signal);
  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
    ['server', () => app.close()],
    [
      'index creation',
      () => {
        stopping.abort();
        return indexes;
      },
    ],
    ['cache', () => cache.close()],
    ['upstream client', async () => upstream.close()],
    ['database', () => store.close()],
  ]);

  await app.listen({ host: settings.API_HOST, port: settings.API_PORT }).catch((error: unknown) => {
    throw explainListenError(error, settings.API_PORT, 'API_PORT');
  });
});
