import { openAccess, openSharedCounter, PROTECTION_SETTINGS, protectionOf } from '@ecobalyse/http-kit';
import { createPipelineClient, openRedisProbe, openScheduler, startTickWorker } from '@ecobalyse/pipeline';
import { DATABASE_SETTINGS, required, runService } from '@ecobalyse/service-kit';
import {
  openServiceStore,
  openUpstream,
  QUEUE_SETTINGS,
  queueConnection,
  UPSTREAM_SETTINGS,
  upstreamProbe,
} from '@ecobalyse/service-parts';
import { listApiKeys } from '@ecobalyse/store';
import { keepWatch } from './alerts/watch.js';
import { openWebhook } from './alerts/webhook.js';
import { buildOrchestrator } from './app.js';
import type { OrchestratorDependencies } from './dependencies.js';
import { listenerOf, optionsOf } from './options.js';
import { observePipelines } from './pipeline-metrics.js';
import { keepReconciled } from './reconcile.js';
import { handleTick } from './runs.js';
import { configuredSchedules } from './schedules.js';

const RECONCILE_INTERVAL_MS = 15_000;
const SERVER_SELECTION_TIMEOUT_MS = 3000;

const SETTINGS = [
  ...DATABASE_SETTINGS,
  ...QUEUE_SETTINGS,
  ...UPSTREAM_SETTINGS,
  ...PROTECTION_SETTINGS,
  'CACHE_REDIS_URL',
  'API_KEY',
  'API_KEYS',
  'API_KEY_NAME',
  'API_PORT',
  'API_PUBLIC_URL',
  'TASK_RETRY_DELAY_MS',
  'ORCHESTRATOR_HOST',
  'ORCHESTRATOR_PORT',
  'SCHEDULE_ECOBALYSE_EXTRACT',
  'SCHEDULE_ECOBALYSE_TRAINING',
  'SCHEDULE_ECOBALYSE',
  'SCHEDULE_ECOBALYSE_RESCORE',
  'SCHEDULE_TIME_ZONE',
  'ALERT_WEBHOOK_URL',
  'ALERT_WEBHOOK_SECRET',
  'ALERT_ALLOW_PRIVATE',
  'ALERT_RUN_HOURS',
] as const;

runService('orchestrator', SETTINGS, async ({ name, settings, logger, onConnectionError }) => {
  const connection = queueConnection(settings);
  const store = openServiceStore(settings, name, SERVER_SELECTION_TIMEOUT_MS);
  const pipelines = createPipelineClient(connection, {
    retryDelayMs: settings.TASK_RETRY_DELAY_MS,
    onError: onConnectionError,
  });
  const scheduler = openScheduler(connection, onConnectionError);
  const redis = openRedisProbe(connection, onConnectionError);
  const upstream = openUpstream(settings, onConnectionError);
  const counter = openSharedCounter({
    redisUrl: settings.CACHE_REDIS_URL ?? connection.redisUrl,
    onError: (err) => logger.debug({ err }, 'limits are counted by each process'),
  });
  const apiKey = required(settings.API_KEY, 'API_KEY');
  const access = openAccess({
    apiKeyName: settings.API_KEY_NAME,
    apiKey,
    apiKeys: settings.API_KEYS,
    keys: () => listApiKeys(store),
    logger,
  });
  const dependencies: OrchestratorDependencies = {
    logger,
    store,
    pipelines,
    scheduler,
    schedules: configuredSchedules(settings),
    pingRedis: redis.ping,
    redisKeepsKeys: redis.keepsKeys,
    troubles: new Map(),
    webhook: openWebhook(settings),
    pingUpstream: upstreamProbe(settings),
    access,
    ...optionsOf(settings),
    counter,
    protection: protectionOf(settings),
  };
  observePipelines(dependencies);
  const app = await buildOrchestrator(dependencies);
  const ticks = startTickWorker({
    connection,
    onTick: (tick) => handleTick(dependencies, tick),
    logger,
    lockMs: settings.JOB_LOCK_MS,
  });
  const stopping = new AbortController();
  const reconciling = keepReconciled(dependencies, RECONCILE_INTERVAL_MS, stopping.signal);
  const watching = keepWatch({ ...dependencies, upstream }, stopping.signal);
  return {
    listener: { app, ...listenerOf(settings) },
    stop: [
      ['schedules', () => ticks.close()],
      [
        'reconciliation and alerts',
        () => {
          stopping.abort();
          return Promise.all([reconciling, watching]);
        },
      ],
      ['scheduler', () => scheduler.close()],
      ['redis probe', () => redis.close()],
      ['upstream client', async () => upstream.close()],
      ['limits', () => counter.close()],
      ['keys', () => access.close()],
      ['queues', () => pipelines.close()],
      ['database', () => store.close()],
    ],
  };
});
