import { once } from 'node:events';
import type { ImpactDocument } from '@ecobalyse/schema';
import { ensureIndexes, openStore, type Store, upsertImpacts } from '@ecobalyse/store';
import {
  databaseOf,
  freePort,
  sharedTestSimulator,
  startService,
  startTestMongodb,
  startTestRedis,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { fixedDocuments } from './fixed-documents.js';

/** The built API as a process of its own, on real servers that hold fixed data. */
export interface FixedApi {
  readonly url: string;
  readonly key: string;
  readonly redis: TestRedis;
  readonly store: Store;
  close(): Promise<void>;
}

/** Runs the statistics over the fixed data, as the pipeline does. */
async function computeStatistics(env: Record<string, string>): Promise<void> {
  const run = startService('services/stats/bundle/main.js', env, ['--once']);
  if (run.child.exitCode === null) await once(run.child, 'exit');
  if (run.child.exitCode !== 0) throw new Error(`no statistics: ${run.output()}`);
}

/** A busy machine takes its time. */
const START_MS = 60_000;
/** Requests a minute that no test reaches: the limits count, and let everything pass. */
const MANY = '1000000';

/**
 * Starts the API with the {@link fixedDocuments} and statistics about them.
 *
 * @param options - `orchestrator`: start the one too whose REST the API passes on; `documents`: others than those;
 *   `statistics`: false where nobody asks for them.
 */
export async function startFixedApi(
  options: { orchestrator?: boolean; documents?: ImpactDocument[]; statistics?: boolean } = {},
): Promise<FixedApi> {
  const key = 'a-key-of-the-tests-0123456789';
  const [mongodb, redis, simulator, port] = await Promise.all([
    startTestMongodb(),
    startTestRedis(),
    sharedTestSimulator(),
    freePort(),
  ]);
  const dbName = `test-${port}-${Date.now()}`;
  const store = openStore({ uri: mongodb.uri, dbName, appName: 'test' });
  await ensureIndexes(store);
  await upsertImpacts(store, options.documents ?? fixedDocuments());
  const env = { MONGODB_URI: mongodb.uri, DB_NAME: dbName, REDIS_URL: redis.url };
  if (options.statistics !== false) await computeStatistics(env);
  const orchestratorPort = await freePort();
  const orchestratorUrl = `http://127.0.0.1:${orchestratorPort}`;
  const orchestrator = options.orchestrator
    ? startService('services/orchestrator/bundle/main.js', {
        ...env,
        API_KEY: key,
        ORCHESTRATOR_PORT: String(orchestratorPort),
        RATE_LIMIT_PER_KEY: MANY,
        RATE_LIMIT_PER_ADDRESS: MANY,
      })
    : undefined;
  const api = startService('services/api/bundle/main.js', {
    ...env,
    ORCHESTRATOR_URL: orchestratorUrl,
    ECOBALYSE_API_URL: simulator.apiUrl,
    API_KEY: key,
    API_PORT: String(port),
    RATE_LIMIT_PER_KEY: MANY,
    RATE_LIMIT_PER_ADDRESS: MANY,
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  await waitUntil('the API is ready', isReady, START_MS).catch((error: unknown) => {
    throw new Error(`${error}: ${api.output()}`);
  });
  if (orchestrator) {
    const isUp = async () => (await fetch(`${orchestratorUrl}/health/ready`)).ok;
    await waitUntil('the orchestrator is ready', isUp, START_MS).catch((error: unknown) => {
      throw new Error(`${error}: ${orchestrator.output()}`);
    });
  }
  return {
    url,
    key,
    redis,
    store,
    async close() {
      await Promise.all([api.end(), orchestrator?.end()]);
      await databaseOf(store).dropDatabase();
      await store.close();
      await Promise.all([mongodb.close(), redis.close()]);
    },
  };
}
