import { readFile } from 'node:fs/promises';
import { openAccess, openSharedCounter, PROTECTION_SETTINGS, protectionOf } from '@ecobalyse/http-kit';
import { openProductJobQueue, openRedisProbe } from '@ecobalyse/pipeline';
import { DATABASE_SETTINGS, required, runService } from '@ecobalyse/service-kit';
import {
  CACHE_SETTINGS,
  mlflowProbe,
  openServiceCache,
  openServiceStore,
  openUpstream,
  orchestratorProbe,
  queueConnection,
  UPSTREAM_SETTINGS,
  upstreamProbe,
} from '@ecobalyse/service-parts';
import { type GarmentDistribution, readDistribution } from '@ecobalyse/statistics';
import { listApiKeys } from '@ecobalyse/store';
import { openTracker } from '@ecobalyse/tracking';
import { buildApi } from './app.js';
import { startDatabaseUpkeep } from './database-upkeep.js';
import { openModelHost } from './model-host.js';
import { RETENTION_SETTINGS, retentionPolicies } from './retention.js';

/** A client would rather hear 503 soon than wait. */
const SERVER_SELECTION_TIMEOUT_MS = 2000;

const SETTINGS = [
  ...DATABASE_SETTINGS,
  ...CACHE_SETTINGS,
  ...UPSTREAM_SETTINGS,
  ...PROTECTION_SETTINGS,
  'QUEUE_PREFIX',
  'PRODUCT_JOB_MAX_MB',
  ...RETENTION_SETTINGS,
  'AUDIT_KEEP_DAYS',
  'CACHE_CLEAR_REQUIRES_KEY',
  'API_HOST',
  'API_PORT',
  'API_KEY',
  'API_KEYS',
  'API_KEY_NAME',
  'ORCHESTRATOR_URL',
  'MLFLOW_TRACKING_URI',
  'MODEL_REFRESH_SECONDS',
  'SENSITIVITY_DISTRIBUTION',
] as const;

/** @throws Error naming the setting, and each field of the file that is wrong. */
async function readDistributionFile(file: string): Promise<GarmentDistribution> {
  try {
    return readDistribution(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Error(`SENSITIVITY_DISTRIBUTION: ${(error as Error).message}`, { cause: error });
  }
}

runService('api', SETTINGS, async ({ name, settings, logger }) => {
  const whileAway = (what: string) => (err: Error) => logger.debug({ err }, what);
  const store = openServiceStore(settings, name, SERVER_SELECTION_TIMEOUT_MS);
  const cache = openServiceCache(settings, whileAway('cache away'));
  const upstream = openUpstream(settings, whileAway('the pace is kept by each process'));
  const models = openModelHost({
    tracker: openTracker(settings.MLFLOW_TRACKING_URI, store),
    logger,
    refreshSeconds: settings.MODEL_REFRESH_SECONDS,
  });
  const counter = openSharedCounter({
    redisUrl: settings.CACHE_REDIS_URL ?? required(settings.REDIS_URL, 'CACHE_REDIS_URL or REDIS_URL'),
    onError: whileAway('limits are counted by each process'),
  });
  const access = openAccess({
    apiKeyName: settings.API_KEY_NAME,
    apiKey: required(settings.API_KEY, 'API_KEY'),
    apiKeys: settings.API_KEYS,
    keys: () => listApiKeys(store),
    logger,
  });
  const connection = queueConnection(settings);
  const productJobs = openProductJobQueue(connection, whileAway('queue away'));
  const queueRedis = openRedisProbe(connection, whileAway('queue away'));
  const upkeep = startDatabaseUpkeep(store, cache, logger);
  const file = settings.SENSITIVITY_DISTRIBUTION;
  const app = await buildApi({
    logger,
    ...(file !== undefined && { distribution: await readDistributionFile(file) }),
    store,
    cache,
    upstream,
    models,
    productJobs,
    productJobLimits: { maxBytes: settings.PRODUCT_JOB_MAX_MB * 1_000_000 },
    retention: retentionPolicies(settings),
    auditKeepDays: settings.AUDIT_KEEP_DAYS,
    access,
    counter,
    orchestratorUrl: settings.ORCHESTRATOR_URL,
    protection: protectionOf(settings),
    cacheClearRequiresKey: settings.CACHE_CLEAR_REQUIRES_KEY,
    probes: {
      schema: upkeep.probe,
      queues: queueRedis.ping,
      upstream: upstreamProbe(settings),
      orchestrator: orchestratorProbe(settings),
      ...mlflowProbe(settings),
    },
  });

  return {
    listener: { app, host: settings.API_HOST, port: settings.API_PORT, portSetting: 'API_PORT' },
    stop: [
      ['upkeep of the database', () => upkeep.close()],
      ['queue', () => productJobs.close()],
      ['queue probe', () => queueRedis.close()],
      ['cache', () => cache.close()],
      ['limits', () => counter.close()],
      ['keys', () => access.close()],
      ['upstream client', async () => upstream.close()],
      ['database', () => store.close()],
    ],
  };
});
