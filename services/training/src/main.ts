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
import { openTracker } from '@ecobalyse/tracking';
import { train } from './train-task.js';

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
    'MLFLOW_TRACKING_URI',
    'TRAINING_SEED',
    'TRAINING_EFFORT',
    'TRAINING_MIN_IMPROVEMENT',
  ]);
  const logger = createLogger('training', settings);
  const store = openStore({
    uri: required(mongodbUri(settings), 'MONGODB_URI'),
    dbName: settings.DB_NAME,
    appName: 'training',
    serverSelectionTimeoutMs: 15_000,
  });
  const resources = {
    store,
    tracker: openTracker(settings.MLFLOW_TRACKING_URI, store.db),
    logger,
    seed: settings.TRAINING_SEED,
    effort: settings.TRAINING_EFFORT,
    minImprovement: settings.TRAINING_MIN_IMPROVEMENT,
  };
  const tasks = startTaskWorker({
    connection: { redisUrl: required(settings.REDIS_URL, 'REDIS_URL'), prefix: settings.QUEUE_PREFIX },
    queue: QUEUES.training,
    handlers: { train: (context) => train(context, resources) },
    recorder: openRunHistory(store),
    logger,
    lockMs: settings.JOB_LOCK_MS,
  });
  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
    ['worker', () => tasks.close()],
    ['database', () => store.close()],
  ]);
  logger.info('training worker waits for tasks');
});
