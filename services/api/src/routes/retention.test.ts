import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { type AuditLine, CACHE_TAGS, type RetentionKind, type RetentionPreview } from '@ecobalyse/schema';
import { createLogger, readSettings } from '@ecobalyse/service-kit';
import {
  addModelChecks,
  applyRetention,
  type CollectionName,
  ensureIndexes,
  noteModelWatch,
  openStore,
  previewRetention,
  type RetentionPolicies,
  type Store,
} from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { modelId, openMongoTracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RETENTION_SETTINGS, retentionPolicies } from '../retention.js';
import { openRouteService } from '../testing/route-service.js';
import { retentionRoutes } from './retention.js';

const KEY = 'a-key-of-the-tests-0123456789';
const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
/** The age at which things go, of jobs and of all else. */
const [WEEK, MONTH] = [7 * DAY, 30 * DAY];
const POLICIES = {
  runs: { days: 30, newest: 2, most: null },
  jobs: { days: 7, newest: 0, most: 4 },
  models: { days: 30, newest: 1, most: null },
  versions: { days: 30, newest: 0, most: null },
} satisfies RetentionPolicies;
const ago = (ms: number) => new Date(NOW - ms);
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let app: HttpService;
let audit: AuditLine[];
beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  const prefix = `{test-${randomUUID()}}:`;
  cache = openResponseCache({
    redisUrl: redis.url,
    prefix,
    ttlSeconds: 60,
    budgetMs: 10_000,
    onError: () => undefined,
  });
  await waitUntil('the cache is connected', () => cache.ping().then(() => true));
});
afterAll(async () => {
  await cache.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });
  audit = [];
  app = await openRouteService(access, { keepAudit: (line) => audit.push(line) });
  await app.register(retentionRoutes({ store, cache, access, logger, retention: POLICIES } as never));
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
  await databaseOf(store).dropDatabase();
  await store.close();
});

async function ask(method: 'GET' | 'POST', url: string) {
  const answer = await app.inject({ method, url, headers: { access_token: KEY } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
const previewOf = async (kind: RetentionKind) =>
  ((await ask('GET', '/retention/preview')) as RetentionPreview).find((one) => one.kind === kind);
const idsIn = async (name: CollectionName, field = '_id') => (await store.collection(name).distinct(field)).sort();

/** The store, which does something before the nth call of a method of a collection. */
function beforeCall(name: CollectionName, method: string, nth: number, act: () => unknown): Store {
  let calls = 0;
  return {
    ...store,
    collection: ((asked: CollectionName) => {
      const collection = store.collection(asked);
      return new Proxy(collection, {
        get(target, property) {
          const value = Reflect.get(target, property);
          if (typeof value !== 'function') return value;
          if (asked !== name || property !== method) return value.bind(target);
          return (...given: unknown[]) => {
            calls += 1;
            if (calls !== nth) return value.apply(target, given);
            // A cursor is asked for at once, and read later.
            const acted = act();
            return acted instanceof Promise ? acted.then(() => value.apply(target, given)) : value.apply(target, given);
          };
        },
      });
    }) as Store['collection'],
  };
}

async function addRuns(
  runs: readonly (readonly [string, pipeline: string, state: string, created: number, ended?: number])[],
) {
  await store.collection('pipeline_runs').insertMany(
    runs.map(([_id, pipeline, state, created, ended = created]) => ({
      ...{ _id, pipeline, state, createdAt: ago(created), finishedAt: state === 'running' ? null : ago(ended) },
      ...{ trigger: 'test', parameters: {}, reason: null, retries: 0, tasks: {} },
    })) as never,
  );
  await store.collection('task_attempts').insertMany(runs.map(([run]) => ({ _id: `${run}/t/0/1`, run })) as never);
}
const addJobs = async (jobs: readonly (readonly [string, status: string, created: number, ended: number | null])[]) => {
  await store.collection('product_jobs').insertMany(
    jobs.map(([_id, status, created, ended]) => ({
      ...{ _id, status, createdAt: ago(created), endedAt: ended === null ? null : ago(ended) },
    })) as never,
  );
  const chunks = jobs.map(([job]) => ({ _id: `${job}:0`, job, n: 0 }));
  await store.collection('product_job_chunks').insertMany(chunks as never);
};
/** Registers versions of so many bytes; those of the same run share what belongs to it. */
async function addModels(versions: readonly (readonly [run: string, age: number, bytes: number])[], model = 'model') {
  const tracker = openMongoTracker({ store, model });
  const runs = new Map<string, string>();
  for (const [name, age, bytes] of versions) {
    vi.setSystemTime(NOW - age);
    let runId = runs.get(name);
    if (runId === undefined) {
      const run = await tracker.startRun({ name, tags: {} });
      await run.logArtifact('model/model.json', Buffer.alloc(bytes), 'application/json');
      await run.logArtifact('plot.svg', Buffer.alloc(1), 'image/svg+xml');
      await run.logMetrics([{ key: name, value: 1, step: 0 }]);
      runId = run.runId;
      runs.set(name, runId);
    }
    await tracker.registerVersion({ runId, artifactPath: 'model/model.json', description: '', tags: {} });
  }
  vi.setSystemTime(NOW);
  return tracker;
}
/** Former answers: when others took their place, and whether their product is there. */
async function addVersions(versions: readonly (readonly [string, replaced: readonly number[], isThere?: boolean])[]) {
  const iso = (age: number) => ago(age).toISOString();
  await store.collection('impact_versions').insertMany(
    versions.map(([md5_id]) => ({
      ...{ _id: `${md5_id}@7.0.0`, md5_id, _platform: { updatedAt: iso(MONTH + 1), methodVersion: '7.0.0' } },
    })) as never,
  );
  const changes = versions.flatMap(([md5_id, replaced]) =>
    replaced.map((age, index) => ({ _id: `${md5_id}@7.0.0@8.${index}`, md5_id, from: '7.0.0', at: iso(age) })),
  );
  if (changes.length > 0) await store.collection('method_changes').insertMany(changes as never);
  const there = versions.filter(([, , isThere = true]) => isThere).map(([md5_id]) => ({ md5_id }));
  await store.collection('impacts').insertMany(there as never);
}

/** Kind, what there is, what the preview says, and what is left. */
const KINDS: readonly [
  RetentionKind,
  add: () => Promise<unknown>,
  goes: { count: number; oldest: number; newest: number; bytes: number | null },
  stays: Readonly<Record<string, number>>,
  left: () => Promise<Record<string, unknown>>,
  expected: Record<string, unknown>,
][] = [
  [
    'runs',
    () =>
      addRuns([
        ['p1', 'p', 'failed', 0],
        ['p2', 'p', 'skipped', 1],
        ['below', 'p', 'failed', MONTH + 5, MONTH - 1],
        ['at', 'p', 'cancelled', MONTH + 6, MONTH],
        ['above', 'p', 'failed', MONTH + 7, MONTH + 1],
        ['success', 'p', 'succeeded', 50 * DAY],
        ['former', 'p', 'succeeded', 60 * DAY],
        ['open', 'p', 'running', 70 * DAY],
        ['skipped', 'p', 'skipped', 80 * DAY],
        ...['q1', 'q2', 'q3'].map((id, index) => [id, 'q', 'failed', (100 + index) * DAY] as const),
      ]),
    { count: 4, oldest: 102 * DAY, newest: MONTH + 1, bytes: null },
    { newest: 4, recent: 2, succeeded: 1, open: 1 },
    async () => ({ runs: await idsIn('pipeline_runs'), attempts: await idsIn('task_attempts', 'run') }),
    {
      runs: ['at', 'below', 'open', 'p1', 'p2', 'q1', 'q2', 'success'],
      attempts: ['at', 'below', 'open', 'p1', 'p2', 'q1', 'q2', 'success'],
    },
  ],
  [
    'jobs',
    () =>
      addJobs([
        ['below', 'done', WEEK + 1, WEEK - 1],
        ['at', 'failed', WEEK + 2, WEEK],
        ['above', 'cancelled', WEEK + 3, WEEK + 1],
        ['fourth', 'done', WEEK + 4, 1],
        ['fifth', 'done', WEEK + 5, 2],
        ['queued', 'queued', 90 * DAY, null],
        ['running', 'running', 91 * DAY, null],
        ['upload', 'receiving', 900_000, null],
        ['abandoned', 'receiving', 900_001, null],
      ]),
    { count: 3, oldest: WEEK + 1, newest: 2, bytes: null },
    { recent: 3, open: 3 },
    async () => ({ jobs: await idsIn('product_jobs'), chunks: await idsIn('product_job_chunks', 'job') }),
    {
      jobs: ['at', 'below', 'fourth', 'queued', 'running', 'upload'],
      chunks: ['at', 'below', 'fourth', 'queued', 'running', 'upload'],
    },
  ],
  [
    'models',
    async () => {
      const tracker = await addModels([
        ['a', MONTH + 5, 1],
        ['b', MONTH + 4, 10],
        ['shared', MONTH + 3, 100],
        ['c', MONTH + 1, 1000],
        ['shared', MONTH, 0],
        ['d', MONTH - 1, 10_000],
        ['e', MONTH - 2, 100_000],
      ]);
      await tracker.setAlias('production', 1);
      await addModels([['other', 90 * DAY, 5]], 'other');
      for (const [name, version] of [
        ['model', 1],
        ['model', 2],
        ['model', 5],
        ['other', 2],
      ] as const) {
        const _id = modelId(version, name);
        const check = { md5_id: 'a', product_id: 'jean', at: new Date(NOW), ecs: 1, prediction: 1, inside: true };
        await addModelChecks(store, _id, [check], 500);
        await noteModelWatch(store, { _id, version, level: 0.9, checked: 1, outside: 0, drifts: false }, new Date(NOW));
      }
    },
    { count: 3, oldest: MONTH + 4, newest: MONTH + 1, bytes: 1012 },
    { serving: 1, newest: 2, recent: 2 },
    async () => ({
      versions: await idsIn('tracking_model_versions'),
      runs: await idsIn('tracking_runs', 'name'),
      metrics: await idsIn('tracking_metrics', 'key'),
      checks: await idsIn('model_checks'),
      watches: await idsIn('model_watches'),
      files: (await store.files('tracking_artifacts').find().toArray())
        .map(({ length }) => length)
        .sort((x, y) => x - y),
    }),
    {
      versions: ['model/1', 'model/5', 'model/6', 'model/7', 'other/1'],
      runs: ['a', 'd', 'e', 'other', 'shared'],
      metrics: ['a', 'd', 'e', 'other', 'shared'],
      checks: ['model/1:a', 'model/5:a', 'other/2:a'],
      watches: ['model/1', 'model/5', 'other/2'],
      files: [1, 1, 1, 1, 1, 1, 5, 100, 10_000, 100_000],
    },
  ],
  [
    'versions',
    () =>
      addVersions([
        ['a', [MONTH - 1]],
        ['b', [MONTH]],
        ['c', [MONTH + 2]],
        ['d', [90 * DAY], false],
        ['e', []],
        ['f', [MONTH - 1, 90 * DAY]],
      ]),
    { count: 2, oldest: MONTH + 2, newest: MONTH + 1, bytes: null },
    { recent: 3, only: 1 },
    async () => ({ versions: await idsIn('impact_versions'), impacts: await idsIn('impacts', 'md5_id') }),
    { versions: ['a@7.0.0', 'b@7.0.0', 'd@7.0.0', 'f@7.0.0'], impacts: ['a', 'b', 'c', 'e', 'f'] },
  ],
];

describe.each(KINDS)('%s', (kind, add, goes, stays, left, expected) => {
  it('go as the preview says, which removes nothing, and whoever did it is in the audit', async () => {
    await add();
    const before = await left();
    const preview = await previewOf(kind);
    const total = Object.values(stays).reduce((sum, count) => sum + count);
    const moments = { oldest: ago(goes.oldest).toISOString(), newest: ago(goes.newest).toISOString() };
    expect(preview).toMatchObject({
      kind,
      policy: POLICIES[kind],
      goes: { ...goes, ...moments },
      stays: { count: total },
    });
    expect(Object.fromEntries(preview?.stays.reasons.map(({ reason, count }) => [reason, count]) ?? [])).toEqual(stays);
    expect(await left()).toEqual(before);

    const nothing = { removed: 0, left: 0 };
    const others = Object.keys(POLICIES).map((one) => ({ kind: one, ...nothing }));
    const outcome = others.map((one) => (one.kind === kind ? { ...one, removed: goes.count } : one));
    expect(await ask('POST', '/retention/apply')).toEqual(outcome);
    expect(await left()).toEqual(expected);
    expect(await ask('POST', '/retention/apply')).toEqual(others);
    expect(await previewOf(kind)).toMatchObject({
      goes: { count: 0, oldest: null, newest: null, bytes: goes.bytes === null ? null : 0 },
      stays: preview?.stays,
    });
    expect(audit.map(({ key, route, subject, status }) => [key, route, subject, status])).toEqual(
      [outcome, others].map((some) => [
        ...['API_KEY', '/retention/apply'],
        some.map((one) => `${one.kind} ${one.removed}`).join(', '),
        200,
      ]),
    );
  });
});

it('without days or a number, and without a policy, nothing goes', async () => {
  for (const [, add] of KINDS) await add();
  const keep = { days: null, newest: 1, most: null };
  for (const kind of ['runs', 'models', 'versions'] as const) {
    expect(await applyRetention(store, cache, [kind, keep])).toEqual({ kind, removed: 0, left: 0 });
    const [preview] = await previewRetention(store, { [kind]: keep });
    expect([kind, preview?.goes.count]).toEqual([kind, 0]);
  }
  expect(await previewRetention(store, {})).toEqual([]);
});

it('cached answers about former versions are dropped', async () => {
  await addVersions([['c', [MONTH + 2]]]);
  const answers = async (text: string) => {
    const tags = [[CACHE_TAGS.impacts], [CACHE_TAGS.replacedDocuments], [CACHE_TAGS.statistics]];
    const shown = await Promise.all(tags.map((some) => cache.getOrCompute(`${some}`, some, async () => text)));
    return shown.map(({ body }) => String(body));
  };
  let kept: string[] = [];
  await waitUntil('they are kept', async () => {
    kept = await answers(randomUUID());
    return String(await answers('again')) === String(kept);
  });
  await ask('POST', '/retention/apply');
  expect(await answers('after')).toEqual(['after', 'after', kept[2]]);
});

describe('many', () => {
  const failed = (count: number) =>
    Array.from({ length: count }, (_, index) => [`r${1000 + index}`, 'p', 'failed', MONTH + 1 + index] as const);
  const counts = async () =>
    Promise.all((['pipeline_runs', 'task_attempts'] as const).map((name) => store.collection(name).countDocuments()));
  const policy = ['runs', POLICIES.runs] as const;

  it('go by batches, the oldest first, within the bounds of a pass', async () => {
    await addRuns(failed(452));
    expect(await applyRetention(store, null, [...policy], { most: 250 })).toEqual({
      kind: 'runs',
      removed: 250,
      left: 200,
    });
    expect((await idsIn('pipeline_runs')).at(-1)).toBe('r1201');
    expect(await counts()).toEqual([202, 202]);
    await addVersions(Array.from({ length: 401 }, (_, index) => [`m${index}`, [MONTH + 2]] as const));
    expect((await previewOf('versions'))?.goes.count).toBe(401);
    expect(await ask('POST', '/retention/apply')).toMatchObject([{ removed: 200 }, {}, {}, { removed: 401, left: 0 }]);
    expect(await counts()).toEqual([2, 2]);
  });

  it('go on after a process that died between two commands, or was told to stop between two batches', async () => {
    await addRuns(failed(652));
    const dying = beforeCall('pipeline_runs', 'deleteMany', 2, () => Promise.reject(new Error('killed')));
    await expect(applyRetention(dying, null, [...policy])).rejects.toThrow('killed');
    expect(await counts()).toEqual([452, 252]);
    const stopping = new AbortController();
    const stopped = beforeCall('pipeline_runs', 'deleteMany', 1, () => stopping.abort());
    const { signal } = stopping;
    expect(await applyRetention(stopped, null, [...policy], { signal })).toEqual({
      kind: 'runs',
      removed: 200,
      left: 250,
    });
    expect((await ask('POST', '/retention/apply'))[0]).toEqual({ kind: 'runs', removed: 250, left: 0 });
    expect(await counts()).toEqual([2, 2]);
  });
});

it('a run that is retried, and a model that is promoted, after they were found stay', async () => {
  await addRuns([...failedRuns(3), ['retried', 'p', 'failed', 90 * DAY]]);
  const retry = () =>
    store.collection('pipeline_runs').updateOne({ _id: 'retried' }, { $set: { state: 'running', finishedAt: null } });
  const retrying = beforeCall('pipeline_runs', 'distinct', 1, retry);
  expect(await applyRetention(retrying, null, ['runs', POLICIES.runs])).toMatchObject({ removed: 1 });
  expect(await idsIn('pipeline_runs')).toEqual(['r0', 'r1', 'retried']);
  expect(await idsIn('task_attempts', 'run')).toContain('retried');

  const tracker = await addModels([
    ['a', 90 * DAY, 1],
    ['b', 80 * DAY, 1],
    ['c', 70 * DAY, 1],
  ]);
  const promoting = beforeCall('tracking_model_versions', 'findOne', 1, () => tracker.setAlias('production', 2));
  expect(await applyRetention(promoting, null, ['models', POLICIES.models])).toMatchObject({ removed: 1 });
  expect(await idsIn('tracking_model_versions')).toEqual(['model/2', 'model/3']);
});
function failedRuns(count: number) {
  return Array.from({ length: count }, (_, index) => [`r${index}`, 'p', 'failed', MONTH + 1 + index] as const);
}

it('is done of itself as soon as the service listens; a kind that fails does not keep others from it', async () => {
  await addJobs([['old', 'done', WEEK + 1, WEEK + 1]]);
  // Beyond the newest two, one that does not tell its age.
  const broken = ['a', 'b', 'c'].map((_id) => ({ _id, pipeline: 'p', state: 'failed' }));
  await store.collection('pipeline_runs').insertMany(broken as never);
  await expect(applyRetention(store, null, ['runs', POLICIES.runs])).rejects.toThrow(TypeError);
  vi.useRealTimers();
  await app.listen({ port: 0, host: '127.0.0.1' });
  await waitUntil('the job is gone', async () => (await idsIn('product_jobs')).length === 0);
});

it.each([
  [{}, { runs: [null, 50, null], jobs: [7, 0, 200], models: [null, 10, null], versions: [null, 0, null] }],
  [
    {
      ...{ RUN_KEEP_DAYS: '1', RUN_KEEP_NEWEST: '2', PRODUCT_JOB_KEEP_DAYS: '3', MODEL_KEEP_DAYS: '4' },
      ...{ MODEL_KEEP_NEWEST: '5', VERSION_KEEP_DAYS: '6' },
    },
    { runs: [1, 2, null], jobs: [3, 0, 200], models: [4, 5, null], versions: [6, 0, null] },
  ],
  [
    { MODEL_KEEP_DAYS: '4', MLFLOW_TRACKING_URI: 'http://127.0.0.1:9' },
    { runs: [null, 50, null], jobs: [7, 0, 200], versions: [null, 0, null] },
  ],
])('the table of policies, by the settings %o', (env, expected) => {
  const policies = retentionPolicies(readSettings([...RETENTION_SETTINGS, 'MLFLOW_TRACKING_URI'], env));
  const told = Object.entries(policies).map(([kind, { days, newest, most }]) => [kind, [days, newest, most]]);
  expect(Object.fromEntries(told)).toEqual(expected);
});
