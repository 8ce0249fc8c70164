import { UpstreamUnreachableError } from '@ecobalyse/ecobalyse-client';
import {
  BUNDLE_FORMAT,
  DESIGN_VERSION,
  garmentFromQuery,
  readBundle,
  type TrainingOutcome,
  trainModels,
  writeBundle,
} from '@ecobalyse/impact-models';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, Json } from '@ecobalyse/schema';
import { openStore, type Store } from '@ecobalyse/store';
import { startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { openMongoTracker, PRODUCTION_ALIAS, type Tracker } from '@ecobalyse/tracking';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { train } from './train-task.js';
import type { TrainingWork } from './training-thread.js';

const shirt = (at: number, more: Record<string, Json> = {}): Record<string, Json> => ({
  product: ['tshirt', 'pull', 'jean', 'jupe'][at % 4] as string,
  mass: 0.1 + at / 500,
  materials: [{ id: 'ei-coton', share: 1 }],
  countryMaking: ['FR', 'CN', 'TN'][at % 3] as string,
  ...more,
});
const documentOf = (query: Record<string, Json>, methodVersion = '7.0.0') => ({
  ...toImpactDocument({
    ...{ query, methodVersion, source: 'api', scenario: null, runId: null },
    answer: simulateDetailed(query) as unknown as DetailedSimulation,
  }),
});
const PRODUCTS = Array.from({ length: 100 }, (_, at) => shirt(at));
const DOCUMENTS = PRODUCTS.map((query) => documentOf(query));
const COLLECTIONS = [
  ...(['impacts', 'training_garments', 'tracking_runs', 'tracking_metrics'] as const),
  ...(['tracking_model_versions', 'tracking_model_aliases'] as const),
];

let mongodb: TestMongodb;
let store: Store;
let tracker: Tracker;
let outcome: TrainingOutcome;
let said: string[];
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: 'train-task', appName: 'test' });
  tracker = openMongoTracker({ store });
  const samples = PRODUCTS.map((query, at) => ({
    id: String(at),
    garment: garmentFromQuery(query),
    cost: simulateDetailed(query).impacts.ecs,
  }));
  const trained = await trainModels(samples, { families: ['mean-baseline'], effort: 0.1 });
  const metrics = trained.reports[0]?.metrics as NonNullable<TrainingOutcome['crossValidation']>;
  const [report] = trained.reports as [TrainingOutcome['reports'][number]];
  outcome = {
    ...trained,
    decision: { promote: true, reason: 'better by far' },
    crossValidation: { ...metrics, rmse: 12 },
    backend: { name: 'wasm', reason: 'no native one' },
    reports: [
      {
        ...report,
        ...{ seconds: 3, coverage: 0.9, error: 4, widthRank: 0.5, interpolation: { ...metrics, rmse: 7, r2: 0.75 } },
        strata: [{ stratum: 'wool, dyed', medianApe: 1, p95Ape: 2, coverage: 0.8 }] as never,
      },
    ],
  };
});
beforeEach(async () => {
  said = [];
  await Promise.all(COLLECTIONS.map((name) => store.collection(name).deleteMany({})));
  await store.collection('impacts').insertMany(DOCUMENTS as never);
});
afterAll(async () => {
  await store.close();
  await mongodb.close();
});

interface Asked {
  signal?: AbortSignal;
  parameters?: object;
  /** What upstream says of the version of its method. */
  version?: () => Promise<string | null>;
  designSize?: number;
  found?: Partial<TrainingOutcome>;
  /** What trains does so before it has its outcome. */
  meanwhile?: (report: (progress: never) => void) => unknown;
}

/** Trains once; tells with what it was learnt, which the thread would get, and what the task told of its progress. */
async function trainOnce({ signal, parameters = {}, version, designSize = 0, found, meanwhile }: Asked = {}) {
  const work: TrainingWork[] = [];
  const progress: [number, number][] = [];
  const warned: unknown[] = [];
  const result = await train(
    {
      payload: { runId: 'the run', parameters } as never,
      job: { id: 'the job' } as never,
      signal: signal ?? new AbortController().signal,
      progress: async (done, planned) => void progress.push([done, planned]),
      log: async (line) => void said.push(line),
    },
    {
      ...{ store, tracker, designSize, upstreamUrl: 'http://upstream.test/api', seed: 5, effort: 0.3 },
      ...{ minImprovement: 0.02, revision: 'a'.repeat(40) },
      logger: { warn: (...told: unknown[]) => void warned.push(told) } as never,
      upstream: {
        methodVersion: version ?? (async () => '7.0.0'),
        simulateManyDetailed: async (queries) => queries.map((query) => simulateDetailed(query) as never),
      },
    },
    async (given, report) => {
      work.push(given);
      await meanwhile?.(report as never);
      return { ...outcome, ...found };
    },
  );
  return { result, work: work[0] as TrainingWork, progress, warned };
}

/** Puts bytes into production as a version of the model. */
async function promote(bytes: Uint8Array): Promise<number> {
  const { runId, logArtifact } = await tracker.startRun({ name: 'earlier', tags: {} });
  await logArtifact('model/model.json', bytes, 'application/json');
  const facts = { description: '', tags: {} };
  const version = await tracker.registerVersion({ runId, artifactPath: 'model/model.json', ...facts });
  await tracker.setAlias(PRODUCTION_ALIAS, version);
  return version;
}

it('one product less than 100 are too few, and what has no mass, or is by another method, is left out and told', async () => {
  await store.collection('impacts').deleteOne({ md5_id: DOCUMENTS[0]?.md5_id as string });
  const vague = documentOf(shirt(300)) as unknown as { _platform: { query: object } };
  vague._platform.query = { product: 'tshirt' };
  await store
    .collection('impacts')
    .insertMany([vague, documentOf(shirt(301), '6.0.0'), documentOf(shirt(302), '6.0.0')] as never);
  const reason = '99 distinct products are stored, and a model needs 100: extract more first';
  const nothing = { skipped: true, family: null, version: null, promoted: false, metrics: {} };
  expect((await trainOnce()).result).toEqual({ ...nothing, reason });
  expect(said).toEqual([
    '2 products left out: they are by another version of the method than 7.0.0',
    '1 products left out: they do not say what was asked, with mass and materials',
  ]);
  await store.collection('impacts').insertOne(DOCUMENTS[0] as never);
  const { work } = await trainOnce();
  expect(work.rows).toHaveLength(100);
});

it('the run keeps with what was learnt, what was found, and the model that is promoted', async () => {
  const { result, work, progress } = await trainOnce({
    parameters: { folds: 4 },
    meanwhile: (report) => {
      const tell = report as (progress: object) => void;
      tell({ family: 'ridge', done: 1, planned: 3 });
      tell({ family: 'neural-network', done: 2, planned: 4, loss: 0.25 });
      tell({ family: 'neural-network', done: 3, planned: 4, loss: 0.125 });
    },
  });
  const { seed, effort, folds, incumbent, policy } = work;
  expect({ seed, effort, folds, incumbent, policy }).toEqual({
    ...{ seed: 5, effort: 0.3, folds: 4, incumbent: null, policy: { minImprovement: 0.02 } },
  });
  expect(work.rows[0]).toMatchObject({
    query: { product: expect.any(String) },
    facts: { durability: expect.anything() },
  });
  expect(progress).toHaveLength(1);
  expect(said).toEqual([
    'training ridge',
    'training neural-network',
    'TensorFlow.js backend: wasm (no native one)',
    'version 1 (mean-baseline): better by far',
  ]);
  const [report] = outcome.reports as [TrainingOutcome['reports'][number]];
  const summary = {
    ...report.metrics,
    ...{ coverage: 0.9, error: 4, widthRank: 0.5, 'interpolation.rmse': 7, 'interpolation.r2': 0.75 },
  };
  expect(result).toEqual({
    ...{ skipped: false, reason: 'better by far', family: 'mean-baseline', version: 1, promoted: true },
    metrics: summary,
  });

  const [run] = await tracker.listRuns('FINISHED', 5);
  expect(run?.name).toMatch(/^training \d{4}-\d\d-\d\dT/);
  expect(run?.tags).toEqual({
    ...{ 'data.fingerprint': expect.stringMatching(/^[0-9a-f]{64}$/), 'mlflow.user': 'training service' },
    ...{ job: 'the job', pipelineRun: 'the run', 'mlflow.source.git.commit': 'a'.repeat(40) },
    ...{ 'mlflow.source.name': '@ecobalyse/training', 'source.version': expect.any(String) },
  });
  const { counts, best } = outcome;
  expect(run?.parameters).toEqual({
    ...{ seed: String(outcome.seed), family: 'mean-baseline', 'data.count': '100', 'data.drawn': '0' },
    ...{ 'design.version': String(DESIGN_VERSION), 'data.methodVersions': '7.0.0' },
    'split.train': String(counts.train),
    'split.calibration': String(counts.calibration),
    'split.test': String(counts.test),
    'interval.level': String(best.conformal.level),
    'code.modelFormat': String(BUNDLE_FORMAT),
    'tensorflow.backend': 'wasm',
  });
  expect(run?.metrics).toMatchObject({
    'neural-network.loss': 0.125,
    'mean-baseline.rmse': report.metrics.rmse,
    'mean-baseline.seconds': 3,
    'mean-baseline.coverage': 0.9,
    'mean-baseline.error': 4,
    'mean-baseline.widthRank': 0.5,
    'mean-baseline.interpolation.rmse': 7,
    'mean-baseline.interpolation.r2': 0.75,
    'mean-baseline.wool dyed.medianApe': 1,
    'mean-baseline.wool dyed.p95Ape': 2,
    'mean-baseline.wool dyed.coverage': 0.8,
    'folds.rmse': 12,
  });
  const version = await tracker.findAlias(PRODUCTION_ALIAS);
  expect(version).toMatchObject({ version: 1, runId: run?.runId, description: 'better by far' });
  expect(version?.tags).toEqual({
    ...{ family: 'mean-baseline', trainedAt: best.trainedAt, methodVersion: '7.0.0', backend: 'wasm' },
    metrics: JSON.stringify(summary),
  });
  const read = async (path: string) => (await tracker.readArtifact(run?.runId as string, path)).toString();
  expect(readBundle(Buffer.from(await read(version?.artifactPath as string)))).toEqual(best);
  expect(Object.keys(JSON.parse(await read('evaluation.json')))).toEqual([
    ...['reports', 'importance', 'counts', 'decision', 'crossValidation', 'interval', 'test'],
  ]);
  expect(JSON.parse(await read('features.json'))).toEqual(JSON.parse(JSON.stringify(best.spec)));
  for (const plot of ['predicted', 'residuals', 'importance'])
    expect(await read(`plots/${plot}.svg`)).toMatch(/^<svg.*<\/svg>$/s);
  const kept = await store.collection('tracking_runs').findOne({ _id: run?.runId as string });
  expect(kept?.dataset).toEqual({
    ...{ name: 'garments', digest: run?.tags['data.fingerprint'], source: 'http://upstream.test/api' },
    profile: { products: 100, drawn: 0, design: DESIGN_VERSION },
  });

  // The same again is not learnt again, unless that is asked for or nothing is in production.
  expect((await trainOnce()).result.reason).toMatch(
    /^the 100 distinct products, the design and the code have not changed since \d{4}-/,
  );
  const candidate = { promote: false, reason: 'no better' };
  expect((await trainOnce({ parameters: { force: true }, found: { decision: candidate } })).result).toMatchObject({
    ...{ version: 2, promoted: false, reason: 'no better' },
  });
  expect((await tracker.findAlias(PRODUCTION_ALIAS))?.version).toBe(1);
  await store.collection('tracking_model_aliases').deleteMany({});
  expect((await trainOnce()).result.version).toBe(3);
});

it('a model is compared to that in production, unless that cannot be read any more, which is told', async () => {
  await promote(writeBundle(outcome.best));
  const compared = await trainOnce({ found: { decision: { promote: false, reason: '' } } });
  expect([compared.work.incumbent, compared.warned]).toEqual([outcome.best, []]);
  const version = await promote(Buffer.from('{}'));
  const { work, warned, result } = await trainOnce({ parameters: { force: true } });
  expect([work.incumbent, result.promoted]).toEqual([null, true]);
  expect(warned).toEqual([
    [{ err: expect.any(Error), version }, 'the production model cannot be read: any sound model replaces it'],
  ]);
});

it('what breaks, or is stopped, ends its run as such; runs that the same job left behind are ended first', async () => {
  const left = await tracker.startRun({ name: 'left behind', tags: { job: 'the job' } });
  const others = await tracker.startRun({ name: 'of another job', tags: { job: 'another' } });
  const broken = () => Promise.reject(new Error('broken'));
  await expect(trainOnce({ meanwhile: broken })).rejects.toThrow('broken');
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error('stopped'));
  await expect(trainOnce({ signal: stopped.signal, meanwhile: stop })).rejects.toThrow('stopped');
  const ids = async (status: 'FAILED' | 'KILLED' | 'RUNNING') =>
    (await tracker.listRuns(status, 9)).map(({ runId }) => runId);
  expect(await ids('RUNNING')).toEqual([others.runId]);
  expect([(await ids('FAILED')).length, (await ids('KILLED')).length]).toEqual([1, 2]);
  expect(await ids('KILLED')).toContain(left.runId);
  expect(await tracker.listVersions()).toEqual([]);
});

it.each<[string, () => Promise<string>, RegExp]>([
  ['of another version', async () => '8.0.0', /^upstream has version 8\.0\.0 .* stored products alone, by 7\.0\.0$/],
  [
    'away',
    () => Promise.reject(new UpstreamUnreachableError('no route')),
    /^upstream cannot be asked, models learn from the stored products alone: no route: try again later/,
  ],
  ['as it was', async () => '7.0.0', /^upstream answered \d+ of \d+ drawn garments$/],
])('drawn garments of an upstream that is %s are learnt from, or not', async (what, version, line) => {
  const { work } = await trainOnce({ version, designSize: 3 });
  const drawn = work.rows.filter(({ set }) => set !== undefined).length;
  expect([drawn > 0, said[0]]).toEqual([what === 'as it was', expect.stringMatching(line)]);
});

it('what went wrong with upstream otherwise ends the task', async () => {
  const wrong = () => Promise.reject(new Error('a mistake of ours'));
  await expect(trainOnce({ version: wrong, designSize: 3 })).rejects.toThrow('a mistake of ours');
});

it('progress is told once a second, over all families', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const { progress } = await trainOnce({
      meanwhile: (report) => {
        const tell = report as (progress: object) => void;
        for (const done of [1, 2]) tell({ family: 'ridge', done, planned: 3 });
        vi.advanceTimersByTime(999);
        tell({ family: 'ridge', done: 2, planned: 3 });
        vi.advanceTimersByTime(1);
        tell({ family: 'ridge', done: 3, planned: 3 });
      },
    });
    const [[first], last] = progress as [[number, number], [number, number]];
    expect(progress).toEqual([
      [first, 600],
      [first + 67, 600],
    ]);
    expect(last[0] % 100).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
