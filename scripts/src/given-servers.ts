import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from '@ecobalyse/service-kit';
import { mongodbUri, withoutCredentials } from '@ecobalyse/service-kit';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { isGiven } from './is-given.js';

/** One try of a server takes at most this; a server that is just being started is tried again for PATIENCE_MS. */
const TRY_MS = 3000;
const PATIENCE_MS = 8000;
const POLL_MS = 500;

/** Fails when Redis cannot be reached, refuses the password, or has no such database. */
export async function redisAnswers(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: TRY_MS });
  // What the client does not tell its caller, such as a database that does not exist.
  let fault: Error | undefined;
  redis.on('error', (error) => {
    fault ??= error;
  });
  // Its own time limit ends with the TCP connection: what answers there may be no Redis, or hang.
  const timer = setTimeout(() => {
    fault ??= new Error(`no answer within ${TRY_MS / 1000} s`);
    redis.disconnect();
  }, TRY_MS);
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    fault ??= error as Error;
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
  if (fault) throw fault;
}

/**
 * Fails when the database cannot be reached, or does not let us read.
 *
 * @returns whether it holds a product.
 */
export async function mongodbAnswers(uri: string, dbName: string): Promise<boolean> {
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: TRY_MS,
    connectTimeoutMS: TRY_MS,
    // One that starts is found soon.
    minHeartbeatFrequencyMS: 50,
  });
  try {
    // A ping is answered to everybody.
    const impacts = client.db(dbName).collection('impacts');
    return (await impacts.findOne({}, { projection: { _id: 1 } })) !== null;
  } finally {
    await client.close();
  }
}

/** Fails when nobody answers there; what is answered is for who uses it. */
async function someoneAnswers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TRY_MS) });
  await response.body?.cancel();
}

/** The words that tell most about an error: those of its cause, or of the first of several. */
function reasonOf(error: unknown): string {
  const { message, cause, errors } = error as Error & { errors?: unknown[] };
  if (cause) return reasonOf(cause);
  return message || (errors?.[0] ? reasonOf(errors[0]) : String(error));
}

interface GivenServer {
  setting: string;
  address: string;
  answers: () => Promise<unknown>;
  /** Nothing goes without it. */
  needed: boolean;
}

function givenServers(settings: Settings): GivenServer[] {
  const { MONGODB_URI, DB_CLUSTER, DB_NAME, REDIS_URL, CACHE_REDIS_URL, MLFLOW_TRACKING_URI } = settings;
  const database = mongodbUri(settings);
  const databaseSetting = MONGODB_URI
    ? 'MONGODB_URI'
    : DB_CLUSTER
      ? 'DB_USER, DB_PASSWORD, DB_CLUSTER'
      : 'LOCAL_MONGODB_URI';
  const server = (
    setting: string,
    address: string | undefined,
    needed: boolean,
    answers: (address: string) => Promise<unknown> = someoneAnswers,
  ) => (address === undefined ? [] : [{ setting, address, needed, answers: () => answers(address) }]);
  return [
    ...server('REDIS_URL', REDIS_URL, true, redisAnswers),
    ...server(databaseSetting, database, true, (uri) => mongodbAnswers(uri, DB_NAME)),
    ...server('CACHE_REDIS_URL', CACHE_REDIS_URL, false, redisAnswers),
    ...server('MLFLOW_TRACKING_URI', MLFLOW_TRACKING_URI, false),
    ...server('ECOBALYSE_API_URL', isGiven('ECOBALYSE_API_URL') ? settings.ECOBALYSE_API_URL : undefined, false),
  ];
}

/**
 * Sees that the servers that settings name in place of our own answer, before anything is started for them.
 *
 * @returns the fault of each that can be done without for now, by its setting.
 * @throws Error that names the setting and the cause, when one that is needed does not answer.
 */
export async function checkGivenServers(
  settings: Settings,
  print: (line: string) => void,
): Promise<Map<string, string>> {
  const deadline = performance.now() + PATIENCE_MS;
  const faults = await Promise.all(
    givenServers(settings).map(async ({ setting, address, answers, needed }) => {
      for (let told = false; ; told = true) {
        try {
          await answers();
          return [];
        } catch (error) {
          const shown = address.replace(/\/\/.*@/, '//***@');
          const fault = `${shown} cannot be used: ${withoutCredentials(reasonOf(error))}`;
          if (needed && performance.now() > deadline) throw new Error(`${setting}: ${fault}`);
          if (!told) print(`${setting}: ${fault}${needed ? ' (trying again for some seconds)' : ''}`);
          if (!needed) return [[setting, fault] as const];
          await wait(POLL_MS);
        }
      }
    }),
  );
  return new Map(faults.flat());
}
