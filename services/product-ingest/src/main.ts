import { resolve } from 'node:path';
import { QUEUES, startTaskWorker } from '@ecobalyse/pipeline';
import {
  createLogger,
  DATABASE_SETTINGS,
  loadEnvFile,
  mongodbUri,
  projectRoot,
  readSettings,
  required,
  runMain,
  stopGracefully,
} from '@ecobalyse/service-kit';
import { openRunHistory, openStore } from '@ecobalyse/store';
import { addProducts } from './add-products.js';
import { createProductPoster } from './product-poster.js';

await runMain(async () => {
  loadEnvFile();
  const settings = readSettings([
    ...DATABASE_SETTINGS,
    'LOG_LEVEL',
    'LOG_FORMAT',
    'SHUTDOWN_TIMEOUT_MS',
    'REDIS_URL',
    'QUEUE_PREFIX',
    'JOB_LOCK_MS',
    'API_URL',
    'API_KEY',
    'API_KEY_NAME',
    'PRODUCTS_FOLDER',
    'INGEST_SETTLE_SECONDS',
    'INGEST_CONCURRENCY',
  ]);
  const logger = createLogger('product-ingest', settings, [settings.API_KEY_NAME]);
  const store = openStore({
    uri: required(mongodbUri(settings), 'MONGODB_URI'),
    dbName: settings.DB_NAME,
    appName: 'product-ingest',
    serverSelectionTimeoutMs: 15_000,
  });
  const concurrency = settings.INGEST_CONCURRENCY;
  const poster = createProductPoster({
    apiUrl: settings.API_URL,
    apiKey: required(settings.API_KEY, 'API_KEY'),
    apiKeyName: settings.API_KEY_NAME,
    concurrency,
  });
  const folder = resolve(projectRoot(), settings.PRODUCTS_FOLDER);
  const worker = startTaskWorker({
    connection: { redisUrl: required(settings.REDIS_URL, 'REDIS_URL'), prefix: settings.QUEUE_PREFIX },
    queue: QUEUES.ingest,
    handlers: {
      'add-products': (context) =>
        addProducts(context, poster, { folder, settleMs: settings.INGEST_SETTLE_SECONDS * 1000, concurrency }),
    },
    recorder: openRunHistory(store),
    logger,
    lockMs: settings.JOB_LOCK_MS,
  });
  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
    ['worker', () => worker.close()],
    ['API client', async () => poster.close()],
    ['database', () => store.close()],
  ]);
  logger.info({ folder }, 'product ingest waits for tasks');
});
