import { createPipelineClient, openScheduler, startTickWorker } from '@ecobalyse/pipeline';
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
import { buildOrchestrator } from './app.js';
import type { OrchestratorDependencies } from './dependencies.js';
import { keepReconciled } from './reconcile.js';
import { handleTick } from './runs.js';
import { configuredSchedules } from './schedules.js';

const RECONCILE_INTERVAL_MS = 15_000;

await runMain(async () => {
  loadEnvFile();
  const settings = readSettings([
    ...DATABASE_SETTINGS,
    'LOG_LEVEL',
    'LOG_FORMAT',
    'SHUTDOWN_TIMEOUT_MS',
    'REDIS_URL',
    'QUEUE_PREFIX',
    'API_KEY',
    'API_KEY_NAME',
    'TASK_RETRY_DELAY_MS',
    'JOB_LOCK_MS',
    'ORCHESTRATOR_HOST',
    'ORCHESTRATOR_PORT',
    'SCHEDULE_ECOBALYSE_EXTRACT',
    'SCHEDULE_ECOBALYSE_TRAINING',
    'SCHEDULE_ECOBALYSE',
    'SCHEDULE_TIME_ZONE',
  ]);
  const logger = createLogger('orchestrator', settings, [settings.API_KEY_NAME]);
  const warn = (err: Error) => logger.warn({ err }, 'connection lost: trying again');
  const connection = { redisUrl: required(settings.REDIS_URL, 'REDIS_URL'), prefix: settings.QUEUE_PREFIX };

  const store = openStore({
    uri: required(mongodbUri(settings), 'MONGODB_URI'),
    dbName: settings.DB_NAME,
    appName: 'orchestrator',
    serverSelectionTimeoutMs: 3000,
  });
  const pipelines = createPipelineClient(connection, { retryDelayMs: settings.TASK_RETRY_DELAY_MS, onError: warn });
  const scheduler = openScheduler(connection, warn);
  const dependencies: OrchestratorDependencies = {
    logger,
    store,
    pipelines,
    scheduler,
    schedules: configuredSchedules(settings),
    pingRedis: () => scheduler.nextTicks(),
    apiKey: required(settings.API_KEY, 'API_KEY'),
    apiKeyName: settings.API_KEY_NAME,
  };
  const app = await buildOrchestrator(dependencies);
  const ticks = startTickWorker({
    connection,
    onTick: (tick) => handleTick(dependencies, tick),
    logger,
    lockMs: settings.JOB_LOCK_MS,
  });
  const stopping = new AbortController();
  const reconciling = keepReconciled(dependencies, RECONCILE_INTERVAL_MS, stopping.signal);

  stopGracefully(logger, settings.SHUTDOWN_TIMEOUT_MS, [
    ['server', () => app.close()],
    ['schedules', () => ticks.close()],
    [
      'reconciliation',
      () => {
        stopping.abort();
        return reconciling;
      },
    ],
    ['scheduler', () => scheduler.close()],
    ['queues', () => pipelines.close()],
    ['database', () => store.close()],
  ]);
  await app.listen({ host: settings.ORCHESTRATOR_HOST, port: settings.ORCHESTRATOR_PORT }).catch((error: unknown) => {
    throw explainListenError(error, settings.ORCHESTRATOR_PORT, 'ORCHESTRATOR_PORT');
  });
});
