import { randomUUID } from 'node:crypto';
import { DESIGN_VERSION, LEARNT_SET, readBundle, STRATA } from '@ecobalyse/impact-models';
import { createPipelineClient, type PipelineClient, startTaskWorker, TASK_QUEUES } from '@ecobalyse/pipeline';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, Json, RunParameters, TaskName, TaskResult } from '@ecobalyse/schema';
import { createRun, findRun, listAttempts, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  type ServiceProcess,
  type SharedSimulator,
  sharedTestSimulator,
  startService,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { openMongoTracker, PRODUCTION_ALIAS, type Tracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

// Each test starts services that load TensorFlow.js, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 150_000 });

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let store: Store;
let tracker: Tracker;
let client: PipelineClient;
let env: Record<string, string>;
let closers: (() => Promise<unknown>)[];

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
});
afterAll(() => Promise.all([mongodb.close(), redis.close()]));
beforeEach(async () => {
  const dbName = `test-${randomUUID().slice(0, 8)}`;
  const prefix = `{test-${randomUUID()}}`;
  store = openStore({ uri: mongodb.uri, dbName, appName: 'test' });
  tracker = openMongoTracker({ store });
  const connection = { redisUrl: redis.url, prefix };
  client = createPipelineClient(connection, { retryDelayMs: 50, onError: () => undefined });
  env = {
    MONGODB_URI: mongodb.uri,
    DB_NAME: dbName,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: prefix,
    JOB_LOCK_MS: '2000',
    TRAINING_EFFORT: '0.02',
    TRAINING_DESIGN: '110',
    ECOBALYSE_API_URL: simulator.apiUrl,
  };
  // The tasks before training belong to other services.
  const recorder = {
    started: async () => undefined,
    progressed: async () => undefined,
    logged: async () => undefined,
    succeeded: async () => undefined,
    failed: async () => undefined,
    isOver: async () => false,
  };
  const before = (queue: (typeof TASK_QUEUES)[TaskName], handlers: object) =>
    startTaskWorker({ connection, queue, handlers, recorder, logger: quiet, lockMs: 60_000 });
  const added = { files: 0, added: 0, alreadyThere: 0, refused: 0, leftForNextRun: 0 };
  const workers = [
    before(TASK_QUEUES['add-products'], { 'add-products': async () => added }),
    before(TASK_QUEUES['clear-cache'], { 'clear-cache': async () => ({ cleared: 0 }) }),
  ];
  closers = [() => store.close(), () => client.close(), ...workers.map((worker) => () => worker.close())];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

function worker(extra: Record<string, string> = {}): ServiceProcess {
  const service = startService('services/training/bundle/main.js', { ...env, ...extra });
  closers.push(() => service.end());
  return service;
}

/** Products of a small grid; every second one twice, under another identity. */
async function storeProducts(masses: readonly number[]): Promise<number> {
  const queries = masses.flatMap((mass) =>
    ['FR', 'CN', 'BD', 'TR'].flatMap((country) =>
      ['tshirt', 'pull'].map(
        (product): Record<string, Json> => ({
          mass,
          product,
          materials: [{ id: 'ei-coton', share: 1 }],
          countrySpinning: country,
          countryFabric: country,
          countryDyeing: country,
          countryMaking: country,
          fabricProcess: 'knitting-mix',
        }),
      ),
    ),
  );
  const documents = queries.flatMap((query, at) => {
    const answer = simulateDetailed(query) as unknown as DetailedSimulation;
    const facts = { answer, source: 'api', scenario: null, methodVersion: '7.0.0', runId: null } as const;
    const twin = { ...query, price: null };
    return [query, ...(at % 2 === 0 ? [twin] : [])].map((written) => toImpactDocument({ query: written, ...facts }));
  });
  await store.collection('impacts').insertMany(documents);
  return queries.length;
}

const MASSES = Array.from({ length: 13 }, (_, at) => Math.round((0.1 + at * 0.02) * 100) / 100);

async function startRun(parameters: RunParameters = {}): Promise<string> {
  const runId = randomUUID();
  await createRun(store, { _id: runId, pipeline: 'ecobalyse_training', trigger: 'test', parameters });
  await client.start('ecobalyse_training', { runId, parameters });
  return runId;
}

async function trained(runId: string): Promise<TaskResult<'train'>> {
  await waitUntil('the run ends', async () => (await findRun(store, runId))?.state === 'succeeded');
  return (await findRun(store, runId))?.tasks.train?.result as TaskResult<'train'>;
}

const logOf = async (runId: string) =>
  (await listAttempts(store, runId)).flatMap(({ log }) => log.map(({ text }) => text));

describe('the training service', () => {
  it('trains once for the same data, registers and promotes, and says why it skips', async () => {
    const revision = '0123456789abcdef0123456789abcdef01234567';
    worker({ SOURCE_REVISION: revision });
    const tooLittle = { skipped: true, reason: expect.stringContaining('extract') };
    expect(await trained(await startRun())).toMatchObject(tooLittle);

    const count = await storeProducts(MASSES);
    // Neither a document of another platform nor one that was spoilt keeps the others from being learnt from.
    await databaseOf(store)
      .collection('impacts')
      .insertMany([
        { md5_id: 'another platform', product_id: 'tshirt', impacts: { ecs: 900 } },
        { md5_id: 'spoilt', impacts: { ecs: 900 }, _platform: { contentHash: 'spoilt', query: { mass: 'much' } } },
      ]);
    const firstId = await startRun();
    const first = await trained(firstId);
    expect(first).toMatchObject({ skipped: false, version: 1, promoted: true });
    expect(first.metrics['interpolation.r2']).toBeGreaterThan(0.999);
    expect(await logOf(firstId)).toContainEqual(expect.stringMatching(/^2 products left out/));

    const [run] = await tracker.listRuns('FINISHED', 1);
    expect(run?.parameters['data.count']).toBe(String(count));
    expect(run?.tags['mlflow.source.git.commit']).toBe(revision);
    expect(run?.parameters['tensorflow.backend']).toMatch(/^(wasm|tensorflow)$/);
    expect(run?.metrics['mean-baseline.rmse']).toBeGreaterThan(run?.metrics[`${first.family}.rmse`] as number);
    expect(run?.metrics['neural-network.loss']).toBeGreaterThan(0);
    const production = await tracker.findAlias(PRODUCTION_ALIAS);
    expect(production).toMatchObject({
      version: 1,
      runId: run?.runId,
      tags: { backend: run?.parameters['tensorflow.backend'] },
    });
    const bundle = await tracker.readArtifact(run?.runId as string, production?.artifactPath as string);
    expect(readBundle(bundle).family).toBe(first.family);
    // Drawn garments are kept apart from products, and upstream is asked about each of them once.
    const drawn = await store.collection('training_garments').find().toArray();
    expect(new Set(drawn.map(({ set }) => set))).toEqual(new Set([LEARNT_SET, ...STRATA]));
    expect(run?.parameters).toMatchObject({
      'data.drawn': String(drawn.length),
      'design.version': String(DESIGN_VERSION),
    });
    const products = await store.collection('impacts').countDocuments();
    expect(readBundle(bundle).family).toBe('stage-ridge');
    expect(run?.metrics['stage-ridge.upcycled.medianApe']).toBeLessThan(5);
    expect(run?.parameters).toMatchObject({ 'random-forest.trees': '60' });
    expect((await tracker.readArtifact(run?.runId as string, 'model/MLmodel')).toString()).toContain('python_function');
    for (const plot of ['predicted', 'residuals', 'importance'])
      expect((await tracker.readArtifact(run?.runId as string, `plots/${plot}.svg`)).toString()).toMatch(
        /^<svg.*<\/svg>$/,
      );

    const second = await trained(await startRun());
    expect(second).toMatchObject({ skipped: true, reason: expect.stringContaining('not changed'), version: null });
    const forced = await trained(await startRun({ force: true }));
    expect(forced).toMatchObject({ skipped: false, version: 2, promoted: false });
    expect(forced.reason).toContain('kept as a candidate');
    expect(await store.collection('training_garments').find().toArray()).toEqual(drawn);
    expect(await store.collection('impacts').countDocuments()).toBe(products);
    expect(await tracker.findAlias(PRODUCTION_ALIAS)).toMatchObject({ version: 1 });
  });

  it('without upstream learns from the products alone, takes over from one that is killed or stopped, and registers once', async () => {
    await storeProducts(MASSES);
    const away = { ECOBALYSE_API_URL: 'http://127.0.0.1:9/api', ECOBALYSE_RETRIES: '0' };
    const runId = await startRun();
    const running = () => tracker.listRuns('RUNNING', 5);
    let seen: string | undefined;
    for (const [signal, code, left] of [
      ['SIGKILL', null, 1],
      ['SIGTERM', 0, 0],
    ] as const) {
      const slow = worker({ ...away, TRAINING_EFFORT: '10' });
      await waitUntil('a new run is under way', async () => {
        const [run] = await running();
        return run !== undefined && run.runId !== seen;
      });
      seen = (await running())[0]?.runId;
      expect(await slow.end(signal)).toBe(code);
      expect(await running()).toHaveLength(left);
    }
    worker(away);
    expect(await trained(runId)).toMatchObject({ skipped: false, version: 1, promoted: true });
    expect(await logOf(runId)).toContainEqual(expect.stringMatching(/^upstream cannot/));
    expect(await running()).toEqual([]);
    expect(await tracker.listRuns('KILLED', 5)).toHaveLength(2);
    expect(await tracker.listVersions()).toHaveLength(1);
  });
});
