import { resolve } from 'node:path';
import {
  DATABASE_SETTINGS,
  embeddedMongodbUri,
  embeddedRedisUrl,
  loadEnvFile,
  mongodbUri,
  projectRoot,
  readSettings,
  settingSchemas,
  withoutCredentials,
} from '@ecobalyse/service-kit';
import { isStoreUnavailable, openStore, type Store } from '@ecobalyse/store';
import { MongoClient, MongoServerError } from 'mongodb';
import { UsageError } from './usage.js';

/** A connection string that the driver cannot read. */
export class AddressError extends Error {}

/** How long a server that is away is waited for. */
export const TRY_MS = 3000;

/** The database that a command works on. */
export interface Database {
  readonly uri: string;
  readonly dbName: string;
  /** What named it: an option, a setting, or nothing but a running `npm start`. */
  readonly from: string;
  /** Redis beside the embedded database. */
  readonly redisUrl?: string;
}

/** The database of `--uri`, or else of the settings as for every service, or else the embedded one. */
export function namedDatabase(given: string | undefined): Database {
  loadEnvFile();
  const settings = readSettings([...DATABASE_SETTINGS, 'EMBEDDED_MONGO_PORT', 'EMBEDDED_REDIS_PORT', 'DATA_DIR']);
  const { MONGODB_URI, DB_CLUSTER, DB_NAME: dbName } = settings;
  if (given !== undefined) {
    // Not where options are read: a refusal there shows the value, and with it the password.
    const { data, error } = settingSchemas.MONGODB_URI.safeParse(given);
    if (!data) throw new UsageError(`--uri: ${error?.issues[0]?.message ?? 'expected a connection string'}`);
    return { uri: data, dbName, from: '--uri' };
  }
  const uri = mongodbUri(settings);
  if (uri) return { uri, dbName, from: MONGODB_URI ? 'MONGODB_URI' : DB_CLUSTER ? 'DB_CLUSTER' : 'LOCAL_MONGODB_URI' };
  const folder = resolve(projectRoot(), settings.DATA_DIR);
  return {
    uri: embeddedMongodbUri(folder, settings.EMBEDDED_MONGO_PORT),
    redisUrl: embeddedRedisUrl(folder, settings.EMBEDDED_REDIS_PORT),
    dbName,
    from: 'npm start',
  };
}

/** Unauthorized, AuthenticationFailed, and what Atlas says in place of both. */
const NOT_LET_IN: readonly unknown[] = [13, 18, 8000];

/** Says where a database was looked for that is away or lets nobody in, without user and password, and what to do. */
function explained(error: unknown, { uri, from }: Database): unknown {
  const isRefused = error instanceof MongoServerError && NOT_LET_IN.includes(error.code);
  const isUnknownHost = (error as NodeJS.ErrnoException | undefined)?.syscall?.startsWith('query');
  if (!isStoreUnavailable(error) && !isRefused && !isUnknownHost) return error;
  const host = decodeURIComponent(/^\w+(?:\+srv)?:\/\/(?:.*@)?([^/?]*)/.exec(uri)?.[1] ?? '');
  const hint =
    from === 'npm start' ? 'is npm start running? MONGODB_URI or --uri name another one' : `is ${from} right?`;
  const reason = withoutCredentials((error as Error).message);
  return new Error(`the database at ${host} cannot be used (${reason}): ${hint}`, { cause: error });
}

/** Works with a client of the driver. */
export async function withClient<T>(
  database: Database,
  serverSelectionTimeoutMS: number,
  work: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const options = { appName: 'ecobalyse', connectTimeoutMS: serverSelectionTimeoutMS, serverSelectionTimeoutMS };
  let client: MongoClient;
  try {
    client = new MongoClient(database.uri, options);
  } catch (error) {
    throw new AddressError(`${database.from}: ${withoutCredentials((error as Error).message)}`);
  }
  try {
    return await work(client);
  } catch (error) {
    throw explained(error, database);
  } finally {
    await client.close();
  }
}

/** Works with the platform's store. */
export function withStore<T>(given: string | undefined, work: (store: Store) => Promise<T>): Promise<T> {
  const database = namedDatabase(given);
  return withClient(database, TRY_MS, async (client) => {
    // A store goes on trying to connect; a client says why it cannot.
    await client.db(database.dbName).command({ ping: 1 });
    const store = openStore({ ...database, appName: 'ecobalyse', serverSelectionTimeoutMs: TRY_MS });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  });
}
