import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import {
  createEcobalyseClient,
  type EcobalyseClient,
  isLocalHost,
  type UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import type { QueueConnection } from '@ecobalyse/pipeline';
import type { Settings } from '@ecobalyse/service-kit';
import {
  type DATABASE_SETTINGS,
  httpProbe,
  mongodbUri,
  PlatformError,
  remembered,
  required,
} from '@ecobalyse/service-kit';
import { openStore, type Store } from '@ecobalyse/store';
import { observeCache } from './cache-metrics.js';

type SettingsOf<Names extends readonly (keyof Settings)[]> = Settings<Names[number]>;

/**
 * The store that the settings name.
 *
 * @param serverSelectionTimeoutMs - how long an operation waits for a database that is away.
 */
export function openServiceStore(
  settings: SettingsOf<typeof DATABASE_SETTINGS>,
  appName: string,
  serverSelectionTimeoutMs: number,
): Store {
  const uri = required(mongodbUri(settings), 'MONGODB_URI');
  return openStore({ uri, dbName: settings.DB_NAME, appName, serverSelectionTimeoutMs });
}

export const QUEUE_SETTINGS = ['REDIS_URL', 'QUEUE_PREFIX', 'JOB_LOCK_MS'] as const;

/** Where the settings put the queues. */
export function queueConnection(settings: Settings<'REDIS_URL' | 'QUEUE_PREFIX'>): QueueConnection {
  return { redisUrl: required(settings.REDIS_URL, 'REDIS_URL'), prefix: settings.QUEUE_PREFIX };
}

export const CACHE_SETTINGS = ['REDIS_URL', 'CACHE_REDIS_URL', 'CACHE_TTL_SECONDS'] as const;

/** Where the settings put the cache of answers, and how long they are kept. */
export const cacheOptions = (settings: SettingsOf<typeof CACHE_SETTINGS>) => ({
  redisUrl: settings.CACHE_REDIS_URL ?? required(settings.REDIS_URL, 'CACHE_REDIS_URL or REDIS_URL'),
  ttlSeconds: settings.CACHE_TTL_SECONDS,
});

/** The cache of answers that the settings name. */
export function openServiceCache(
  settings: SettingsOf<typeof CACHE_SETTINGS>,
  onError: (error: Error) => void,
): ResponseCache {
  const cache = openResponseCache({ ...cacheOptions(settings), onError });
  observeCache(cache);
  return cache;
}

export const UPSTREAM_SETTINGS = [
  'REDIS_URL',
  'ECOBALYSE_API_URL',
  'ECOBALYSE_API_TOKEN',
  'ECOBALYSE_REQUESTS_PER_SECOND',
  'ECOBALYSE_CONCURRENCY',
  'ECOBALYSE_TIMEOUT_MS',
  'ECOBALYSE_RETRIES',
] as const;

/** How the settings have the Ecobalyse-compatible API asked. */
export const upstreamOptions = (settings: SettingsOf<typeof UPSTREAM_SETTINGS>, onError: (error: Error) => void) => ({
  baseUrl: settings.ECOBALYSE_API_URL,
  token: settings.ECOBALYSE_API_TOKEN,
  requestsPerSecond: settings.ECOBALYSE_REQUESTS_PER_SECOND,
  sharedPace: { redisUrl: required(settings.REDIS_URL, 'REDIS_URL'), onError },
  concurrency: settings.ECOBALYSE_CONCURRENCY,
  timeoutMs: settings.ECOBALYSE_TIMEOUT_MS,
  retries: settings.ECOBALYSE_RETRIES,
});

/**
 * A client of the Ecobalyse-compatible API that the settings name. All processes keep its pace together, by the Redis of the
 * queues.
 *
 * @param onError - told when that Redis is away.
 */
export function openUpstream(
  settings: SettingsOf<typeof UPSTREAM_SETTINGS>,
  onError: (error: Error) => void,
): EcobalyseClient {
  return createEcobalyseClient(upstreamOptions(settings, onError));
}

/** How often a server that is ours, or that serves everybody, is asked whether it is there. */
const OUR_SERVER_MS = 2000;
const PUBLIC_SERVER_MS = 300_000;

export const rememberedMs = (baseUrl: string) => (isLocalHost(baseUrl) ? OUR_SERVER_MS : PUBLIC_SERVER_MS);

const probeOf = (baseUrl: string, path: string): (() => Promise<unknown>) =>
  remembered(httpProbe(baseUrl.replace(/\/+$/, '') + path), rememberedMs(baseUrl));

const UPSTREAM_PROBE_TIMEOUT_MS = 1500;

/** Probe of the Ecobalyse-compatible API: asked with the token, and up when it answers what its contract says. */
export function upstreamProbe({
  ECOBALYSE_API_URL: baseUrl,
  ECOBALYSE_API_TOKEN: token,
}: Settings<'ECOBALYSE_API_URL' | 'ECOBALYSE_API_TOKEN'>): () => Promise<unknown> {
  const options = { concurrency: 1, requestsPerSecond: 0, retries: 0, timeoutMs: UPSTREAM_PROBE_TIMEOUT_MS };
  const client = createEcobalyseClient({ baseUrl, token, ...options });
  const probe = () =>
    client.countries().catch(({ kind, advice }: UpstreamUnreachableError) => {
      // Who is asked too often is there: an extraction takes all that upstream lets it.
      if (kind !== 'rate-limited') throw new PlatformError(kind, advice);
    });
  return remembered(probe, rememberedMs(baseUrl));
}

/** Probe of MLflow, when there is one. */
export const mlflowProbe = (
  settings: Settings<'MLFLOW_TRACKING_URI'>,
): Readonly<Record<string, () => Promise<unknown>>> =>
  settings.MLFLOW_TRACKING_URI ? { mlflow: probeOf(settings.MLFLOW_TRACKING_URI, '/health') } : {};

/** Probe of the orchestrator. */
export const orchestratorProbe = (settings: Settings<'ORCHESTRATOR_URL'>): (() => Promise<unknown>) =>
  probeOf(settings.ORCHESTRATOR_URL, '/health/live');
