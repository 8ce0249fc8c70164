import { randomUUID } from 'node:crypto';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import {
  createPipelineClient,
  openScheduler,
  PIPELINES,
  type PipelineClient,
  QUEUES,
  type QueueConnection,
  type Schedule,
  type Scheduler,
  startTaskWorker,
  startTickWorker,
  type TaskHandler,
} from '@ecobalyse/pipeline';
import { type AlertsView, PIPELINE_ROUTES, type PipelineView, type RunView, type TaskName } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import {
  beginIncident,
  closeRun,
  createCatalogue,
  createRun,
  endIncident,
  ensureIndexes,
  listRuns,
  openRunHistory,
  openStore,
  type Store,
} from '@ecobalyse/store';
import {
  databaseOf,
  emptyDatabase,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildOrchestrator } from './app.js';
import type { ConfiguredSchedule, OrchestratorDependencies } from './dependencies.js';
import { reconcile, START_GRACE_MS, UNATTENDED_MS } from './reconcile.js';
import { handleTick } from './runs.js';
import { applySchedules } from './schedules.js';

const KEY = 'a-key-of-the-tests-0123456789';
const READER = 'a-reader-of-the-tests-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** Longer than any pause of a busy machine: no job is taken for one that lost its worker. */
const LOCK_MS = 60_000;

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let connection: QueueConnection;
let dependencies: OrchestratorDependencies;
let built: Promise<HttpService> | undefined;
let closers: (() => Promise<unknown>)[];

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await ensureIndexes(store);
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  await emptyDatabase(store);
  built = undefined;
  closers = [];
  connection = { redisUrl: redis.url, prefix: `{test-${randomUUID()}}` };
  dependencies = orchestrator();
});
afterEach(async () => {
  await (await built)?.close();
  for (const close of closers.reverse()) await close();
});

/** One more orchestrator on the same database and queues. */
function orchestrator(schedule?: Schedule): OrchestratorDependencies {
  const pipelines: PipelineClient = createPipelineClient(connection, { retryDelayMs: 20, onError: () => undefined });
  const scheduler: Scheduler = openScheduler(connection, () => undefined);
  closers.push(
    () => pipelines.close(),
    () => scheduler.close(),
  );
  const configured: ConfiguredSchedule = schedule
    ? { text: 'test', timeZone: 'UTC', schedule }
    : { text: 'off', timeZone: 'UTC' };
  return {
    logger,
    store,
    pipelines,
    scheduler,
    schedules: new Map([['ecobalyse_training', configured]]),
    pingRedis: () => scheduler.nextTicks(),
    redisKeepsKeys: async () => undefined,
    troubles: new Map(),
    webhook: null,
    pingUpstream: async () => undefined,
    lateAfterHours: 6,
    apiAddress: ':8000',
    access: openAccess({
      apiKey: KEY,
      apiKeyName: 'access_token',
      apiKeys: [{ name: 'reader', role: 'reader', key: READER }],
    }),
  };
}

function listenToTicks(which: OrchestratorDependencies) {
  const worker = startTickWorker({
    connection,
    onTick: (tick) => handleTick(which, tick),
    logger: quiet,
    lockMs: LOCK_MS,
  });
  closers.push(() => worker.close());
  return worker;
}

const RESULTS: { [Name in TaskName]?: TaskHandler<Name> } = {
  'add-products': async () => ({ files: 1, added: 20, alreadyThere: 0, refused: 0, leftForNextRun: 0 }),
  'clear-cache': async () => ({ cleared: 3 }),
  train: async () => ({ skipped: true, reason: 'test', family: null, version: null, promoted: false, metrics: {} }),
};

/** Workers of the tasks of `ecobalyse_training`. */
function work(changed: typeof RESULTS = {}) {
  for (const queue of [QUEUES.ingest, QUEUES.cache, QUEUES.training]) {
    const worker = startTaskWorker({
      connection,
      queue,
      handlers: { ...RESULTS, ...changed },
      recorder: openRunHistory(store),
      logger: quiet,
      lockMs: LOCK_MS,
    });
    closers.push(() => worker.close());
  }
}

/** The service, once it is asked: much of what is tested needs none. */
function app(): Promise<HttpService> {
  built ??= buildOrchestrator(dependencies);
  return built;
}

async function call<T>(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  body?: object,
  headers: Record<string, string> = { access_token: KEY },
) {
  const response = await (await app()).inject({ method, url, headers, ...(body && { payload: body }) });
  return { status: response.statusCode, body: response.json() as T, headers: response.headers };
}
const start = () => call<RunView>('POST', '/pipelines/ecobalyse_training/runs', {});
const run = async (id: string) => (await call<RunView>('GET', `/runs/${id}`)).body;
const ended = (id: string, state: RunView['state']) =>
  waitUntil(`the run has ${state}`, async () => (await run(id)).state === state);

/** A task that waits until it is let go. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

describe('the REST', () => {
  it('asks every route for its role: readers look, admins change and see the queues', async () => {
    const routes = Object.values(PIPELINE_ROUTES).map(({ method, url }): [typeof method, string, boolean] => {
      return [method, url.replace(':name', 'ecobalyse').replace(':id', 'x'), method === 'GET'];
    });
    const board = ['/queues', '/queues/', '/queues/api/queues'].map((url): [...(typeof routes)[number]] => {
      return ['GET', url, false];
    });
    const nobody = [{}, { access_token: 'wrong' }, { cookie: 'ecobalyse_session=9999999999999.AAAA' }];
    const refused: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [method, url, isForReaders] of [...routes, ...board]) {
      const senders = [...nobody, { access_token: READER }, { access_token: KEY }] as Record<string, string>[];
      const answers = await Promise.all(senders.map(async (headers) => (await app()).inject({ method, url, headers })));
      refused[`${method} ${url}`] = answers.map(({ statusCode, headers }) => {
        return statusCode === 403 && headers['x-error-code'];
      });
      const unknown = nobody.map(() => 'key_unknown');
      expected[`${method} ${url}`] = [...unknown, isForReaders ? false : 'role_needed', false];
    }
    expect(refused).toEqual(expected);
  });

  it('lets a person in by a session, to the queue board as well', async () => {
    expect((await call('POST', '/session', { key: 'wrong' }, {})).status).toBe(403);
    const { status, headers } = await call('POST', '/session', { key: KEY }, {});
    const cookie = String(headers['set-cookie']);
    expect(status).toBe(200);
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Strict/i);
    expect(cookie).not.toContain(KEY);
    const session = { cookie: cookie.split(';')[0] as string };
    expect((await call('GET', '/pipelines', undefined, session)).status).toBe(200);
    const board = await (await app()).inject({ url: '/queues/', headers: session });
    expect([board.statusCode, board.body.includes('<html')]).toEqual([200, true]);
    const queues = await (await app()).inject({ url: '/queues/api/queues', headers: session });
    expect(
      queues
        .json()
        .queues.map(({ name }: { name: string }) => name)
        .sort(),
    ).toEqual(Object.values(QUEUES).sort());
  });

  const ORIGINS: [Record<string, string>, number][] = [
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ origin: 'http://pipelines.test:8080' }, 200],
    [{}, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://pipelines.test:8080' }, 403],
    [{ 'sec-fetch-site': '' }, 403],
    [{ origin: 'http://pipelines.test:8081' }, 403],
    [{ origin: 'http://pipelines.test' }, 403],
    [{ origin: 'http://evil.test', host: 'evil.test.' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
  ];
  it('lets a cookie write only for its own page', async () => {
    const cookieOfLogin = async () => {
      const { headers } = await call('POST', '/session', { key: KEY }, {});
      return String(headers['set-cookie']).split(';')[0] as string;
    };
    const cookie = await cookieOfLogin();
    const host = 'pipelines.test:8080';
    for (const [sent, status] of ORIGINS) {
      const { status: answered } = await call('POST', '/pipelines/ecobalyse/pause', {}, { host, ...sent, cookie });
      expect([sent, answered]).toEqual([sent, status]);
    }
    const { body } = await start();
    for (const [site, isOwn] of [
      ['cross-site', false],
      ['same-origin', true],
    ] as const) {
      const request = { host, 'sec-fetch-site': site };
      for (const [method, url, right] of [
        ['POST', '/pipelines/ecobalyse/pause', 200],
        ['POST', '/pipelines/ecobalyse_extract/runs', 202],
        ['POST', `/runs/${body.id}/cancel`, 202],
        ['POST', `/runs/${body.id}/retry`, 202],
        ['POST', '/session', 200],
        ['DELETE', '/session', 200],
      ] as const) {
        const payload = url === '/session' && method === 'POST' ? { key: KEY } : method === 'POST' ? {} : undefined;
        const answer = await call(method, url, payload, { ...request, cookie });
        expect([site, url, answer.status]).toEqual([site, url, isOwn ? right : 403]);
      }
      // Nobody sends a key's header without meaning it, and reading changes nothing.
      const paused = await call('POST', '/pipelines/ecobalyse/pause', {}, { ...request, access_token: KEY });
      expect(paused.status).toBe(200);
      const read = await call('GET', '/pipelines', undefined, { ...request, cookie: await cookieOfLogin() });
      expect(read.status).toBe(200);
    }
  });

  it('keeps a session for twelve hours, and no longer than its key', async () => {
    const now = Date.UTC(2026, 0, 1);
    vi.useFakeTimers({ toFake: ['Date'], now });
    try {
      const { headers } = await call('POST', '/session', { key: KEY }, {});
      const [cookie, ...attributes] = String(headers['set-cookie']).split('; ') as [string, ...string[]];
      expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
      const status = async () => (await call('GET', '/pipelines', undefined, { cookie })).status;
      vi.setSystemTime(now + 12 * 3_600_000 - 1);
      expect(await status()).toBe(200);
      vi.setSystemTime(now + 12 * 3_600_000);
      expect(await status()).toBe(403);
      vi.setSystemTime(now);
      expect(await status()).toBe(200);
      await store.collection('sessions').updateMany({}, { $set: { keyHash: 'of the key before' } });
      expect(await status()).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets twenty keys a minute be tried, and says when the next may be', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
    try {
      const attempt = () => call('POST', '/session', { key: 'wrong' }, {});
      for (let tried = 0; tried < 20; tried += 1) expect((await attempt()).status).toBe(403);
      const refused = await attempt();
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
      vi.advanceTimersByTime(60_000);
      expect((await attempt()).status).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends a session everywhere by logging out', async () => {
    const other = await buildOrchestrator(orchestrator());
    closers.push(() => other.close());
    const login = async () => {
      const { headers } = await call('POST', '/session', { key: KEY }, {});
      return { cookie: String(headers['set-cookie']).split(';')[0] as string };
    };
    const [one, two] = [await login(), await login()];
    expect((await other.inject({ url: '/queues/', headers: one })).statusCode).toBe(200);
    expect((await call('DELETE', '/session', undefined, one)).status).toBe(200);
    for (const where of [await app(), other]) {
      for (const url of ['/queues/', '/pipelines'])
        expect((await where.inject({ url, headers: one })).statusCode).toBe(403);
      expect((await where.inject({ url: '/queues/', headers: two })).statusCode).toBe(200);
    }
    await store.collection('sessions').updateMany({}, { $set: { expiresAt: new Date() } });
    expect((await call('GET', '/pipelines', undefined, two)).status).toBe(403);
  });

  it('lists incidents for readers, and tries the webhook for administrators', async () => {
    const at = new Date(Date.UTC(2026, 0, 1));
    await beginIncident(store, 'disk_full', { en: 'full', fr: 'plein' }, at);
    await beginIncident(store, 'upstream_away', { en: 'away', fr: 'absente' }, new Date());
    await endIncident(store, 'upstream_away', new Date());
    await beginIncident(store, 'doubtful_data', { en: 'old', fr: 'vieux' }, at);
    await endIncident(store, 'doubtful_data', new Date(Date.now() - 31 * 86_400_000));
    const { status, body } = await call<AlertsView>('GET', '/alerts');
    expect([status, body.webhook, body.incidents.map(({ id }) => id)]).toEqual([
      200,
      false,
      ['disk_full', 'upstream_away'],
    ]);
    expect(body.incidents[0]).toEqual({
      ...{ id: 'disk_full', message: { en: 'full', fr: 'plein' }, since: at.toISOString() },
      ...{ ended_at: null, told_at: null, error: null },
    });
    expect(await call('POST', '/alerts/test')).toMatchObject({ status: 409, body: { code: 'webhook_missing' } });
    const sent: object[] = [];
    const webhook = { send: async (content: object) => void sent.push(content) };
    const failing = { send: () => Promise.reject(new Error('it answered 500')) };
    for (const [used, expected] of [
      [webhook, { statusCode: 200 }],
      [failing, { statusCode: 502 }],
    ] as const) {
      const other = await buildOrchestrator({ ...orchestrator(), webhook: used });
      closers.push(() => other.close());
      const headers = { access_token: KEY };
      expect(await other.inject({ method: 'POST', url: '/alerts/test', headers })).toMatchObject(expected);
    }
    expect(sent).toMatchObject([{ id: 'test' }]);
  });

  it('counts doubtful products for readers by what they see, and tells admins of all', async () => {
    const at = new Date(Date.UTC(2026, 0, 1));
    const told = {
      en: 'Products to check before they count: 3.',
      fr: 'Produits à vérifier avant qu’ils ne comptent : 3.',
    };
    await beginIncident(store, 'doubtful_data', told, at);
    await beginIncident(store, 'disk_full', { en: 'full', fr: 'plein' }, at);
    const catalogues = ['reader', 'another'].map((owner) => ({ _id: owner, name: owner, owner }));
    for (const one of catalogues) await createCatalogue(store, { ...one, created_at: at, created_by: one.owner });
    const doubtful = (catalogue: string, nth: number) =>
      ({ _id: `${catalogue}-${nth}`, catalogue, live: true, content: { state: 'to-check' } }) as never;
    const products = store.collection('catalogue_products');
    await products.insertMany([doubtful('reader', 1), doubtful('another', 1), doubtful('another', 2)]);
    const seen = async (key: string) =>
      (await call<AlertsView>('GET', '/alerts', undefined, { access_token: key })).body.incidents.map(
        ({ id, message }) => [id, message.en],
      );
    const disk = ['disk_full', 'full'];
    expect(await seen(KEY)).toEqual([disk, ['doubtful_data', told.en]]);
    expect(await seen(READER)).toEqual([disk, ['doubtful_data', 'Products to check before they count: 1.']]);
    await products.deleteMany({ catalogue: 'reader' });
    expect(await seen(READER)).toEqual([disk]);
    await endIncident(store, 'doubtful_data', new Date());
    expect(await seen(READER)).toEqual([disk]);
    expect(await seen(KEY)).toEqual([disk, ['doubtful_data', told.en]]);
  });

  it('keeps writes, and attempts at them, in the audit', async () => {
    const other = await buildOrchestrator(orchestrator());
    const send = (method: 'GET' | 'POST', url: string, headers: Record<string, string>, payload: object = {}) =>
      other.inject({ method, url, headers, ...(method === 'POST' && { payload }) });
    await send('GET', '/pipelines', { access_token: KEY });
    await send('POST', '/pipelines/ecobalyse_training/pause', { access_token: KEY });
    await send('POST', '/pipelines/ecobalyse_training/resume', { access_token: READER });
    await send('POST', '/session', {}, { key: KEY });
    await send('POST', '/session', {}, { key: 'no-key-of-anybody-0123456789' });
    // What the API passes on stands in the audit by its line; whoever only says so is no API.
    const vouched = dependencies.access.vouchFor('id-1');
    for (const [id, said] of [
      ['id-1', vouched],
      ['id-2', vouched],
      ['id-3', 'true'],
    ] as const)
      await send('POST', '/pipelines/ecobalyse_training/resume', {
        ...{ access_token: KEY, 'x-request-id': id, 'x-passed-on': said },
      });
    await other.close();
    const lines = await store.collection('audit_lines').find().sort({ _id: 1 }).toArray();
    expect(lines.slice(4).map(({ request_id }) => request_id)).toEqual(['id-2', 'id-3']);
    expect(
      lines.slice(0, 4).map(({ key, method, route, subject, status }) => [key, method, route, subject, status]),
    ).toEqual([
      ['API_KEY', 'POST', '/pipelines/:name/pause', 'ecobalyse_training', 200],
      ['reader', 'POST', '/pipelines/:name/resume', 'ecobalyse_training', 403],
      ['API_KEY', 'POST', '/session', 'login', 200],
      [null, 'POST', '/session', null, 403],
    ]);
    // What the API passes on is counted there.
    expect(await store.collection('api_key_days').countDocuments()).toBe(0);
  });

  it('lists the three pipelines with their tasks', async () => {
    const { body } = await call<PipelineView[]>('GET', '/pipelines');
    expect(body.map(({ name, tasks }) => [name, tasks])).toEqual(Object.entries(PIPELINES));
    expect(body[0]).toMatchObject({
      paused: false,
      nextTick: null,
      runs: [],
      description: expect.stringMatching(/.{20}/),
    });
  });

  it('starts a run, follows it and keeps its history', async () => {
    work();
    const { status, body } = await start();
    expect(status).toBe(202);
    expect(body).toMatchObject({
      ...{ pipeline: 'ecobalyse_training', state: 'running', trigger: 'user' },
      starts: [{ retry: 0, at: body.createdAt, key: 'API_KEY', via: 'api' }],
    });
    await ended(body.id, 'succeeded');
    const { tasks, finishedAt } = await run(body.id);
    expect(tasks.map(({ task, state, attempts }) => [task, state, attempts])).toEqual([
      ['add-products', 'succeeded', 1],
      ['clear-cache', 'succeeded', 1],
      ['train', 'succeeded', 1],
    ]);
    expect(tasks[0]?.result).toMatchObject({ added: 20 });
    expect(finishedAt).not.toBeNull();
    expect(
      (await call<RunView[]>('GET', '/runs?pipeline=ecobalyse_training&state=succeeded')).body.map(({ id }) => id),
    ).toEqual([body.id]);
  });

  it('refuses to start a pipeline that goes on, and what does not exist', async () => {
    const { body } = await start();
    const second = await call<{ detail: string }>('POST', '/pipelines/ecobalyse_training/runs', {});
    expect([second.status, second.body.detail]).toEqual([409, expect.stringContaining('goes on already')]);
    expect((await call('GET', '/runs/nothing')).status).toBe(404);
    expect((await call('POST', `/runs/${body.id}/retry`)).status).toBe(409);
  });

  const REFUSED: [string, string, object | undefined, RegExp][] = [
    ['POST', '/pipelines/nothing/runs', {}, /path.*name.*ecobalyse_extract/],
    ['POST', '/pipelines/ecobalyse_extract/runs', { parameters: { product: 'jeans' } }, /product.*chemise, jean/],
    ['POST', '/pipelines/ecobalyse_extract/runs', { parameters: { limit: 'all' } }, /limit.*number/],
    ['POST', '/pipelines/ecobalyse_extract/runs', { parameters: { limit: 0 } }, /limit.*>0/],
    ['POST', '/pipelines/ecobalyse_extract/runs', { parameters: { limit: -3 } }, /limit.*>0/],
    ['POST', '/pipelines/ecobalyse_extract/runs', { parameters: { limt: 3 } }, /parameters.*limt/],
    ['POST', '/pipelines/ecobalyse_extract/runs', { product: 'jean' }, /body.*product/],
    ['POST', '/pipelines/ecobalyse_training/runs?force=true', {}, /query.*force/],
    ['GET', '/pipelines?x=1', undefined, /query.*x/],
    ['GET', '/runs?limt=1', undefined, /query.*limt/],
    ['GET', '/runs?pipeline=zzz', undefined, /pipeline.*ecobalyse_extract/],
    ['GET', '/runs?before=yesterday', undefined, /before/],
  ];
  it('refuses by name what it does not know, and starts nothing', async () => {
    for (const [method, url, body, expected] of REFUSED) {
      const answer = await call(method as 'GET' | 'POST', url, body);
      const told = JSON.stringify(answer.body);
      expect([url, answer.status, told]).toEqual([url, 422, expect.stringMatching(expected)]);
    }
    expect(await listRuns(store, {}, 1)).toEqual([]);
  });

  it('shows the history newest first, filtered and in pages', async () => {
    const states = { skipped: 'ecobalyse', failed: 'ecobalyse', cancelled: 'ecobalyse_extract' } as const;
    const kinds = Object.entries(states);
    // The 25 runs of as many seconds, of which each kind comes again after three.
    const time = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    await store.collection('pipeline_runs').insertMany(
      Array.from({ length: 25 }, (_, second) => {
        const [state, pipeline] = kinds[second % 3] as (typeof kinds)[number];
        const rest = { trigger: 'test', parameters: {}, reason: null, finishedAt: null, retries: 0, tasks: {} };
        const createdAt = time(second);
        return { _id: String(second), pipeline, state: state as keyof typeof states, createdAt, ...rest };
      }),
    );
    const newest = (count: number, below = 25) =>
      Array.from({ length: Math.min(count, below) }, (_, index) => String(below - 1 - index));
    const every = (kind: number) => newest(25).filter((id) => Number(id) % 3 === kind);
    const rows: [string, string[]][] = [
      ['', newest(20)],
      ['limit=1', newest(1)],
      ['limit=200', newest(25)],
      ['limit=200&state=failed', every(1)],
      ['limit=200&state=running', []],
      ['limit=200&pipeline=ecobalyse_extract', every(2)],
      ['limit=200&pipeline=ecobalyse&state=failed', every(1)],
      ['limit=200&pipeline=ecobalyse_extract&state=failed', []],
      [`limit=3&before=${time(22).toISOString()}`, newest(3, 22)],
      [`limit=3&before=${time(22).toISOString()}&state=skipped`, ['21', '18', '15']],
      [`limit=3&before=${time(1).toISOString()}`, ['0']],
      [`before=${time(0).toISOString()}`, []],
    ];
    const idsOf = (runs: RunView[]) => runs.map(({ id }) => id);
    for (const [query, ids] of rows) {
      const { status, body } = await call<RunView[]>('GET', `/runs?${query}`);
      expect([query, status, idsOf(body)]).toEqual([query, 200, ids]);
    }
    for (const limit of [0, 201]) expect((await call('GET', `/runs?limit=${limit}`)).status).toBe(422);
    // The newest ten with each pipeline.
    const { body } = await call<PipelineView>('GET', '/pipelines/ecobalyse');
    expect(idsOf(body.runs)).toEqual(
      newest(25)
        .filter((id) => Number(id) % 3 < 2)
        .slice(0, 10),
    );
  });

  it('shows a failure, and goes on from the failed task on request', async () => {
    let broken = true;
    let added = 0;
    work({
      async 'add-products'() {
        added += 1;
        return { files: 0, added: 0, alreadyThere: 0, refused: 0, leftForNextRun: 0 };
      },
      async 'clear-cache'({ log }) {
        await log('looking for Redis');
        if (broken) throw new Error('Redis is away');
        return { cleared: 1 };
      },
    });
    const { body } = await start();
    await ended(body.id, 'failed');
    const attempt = (retry: number, number: number) => ({
      ...{ retry, attempt: number, state: 'failed', error: 'Redis is away', cut: 0 },
      ...{ startedAt: expect.any(String), finishedAt: expect.any(String) },
      log: [{ at: expect.any(String), text: 'looking for Redis' }],
    });
    expect((await run(body.id)).tasks[1]).toMatchObject({
      ...{ state: 'failed', attempts: 2, error: 'Redis is away' },
      history: [attempt(0, 1), attempt(0, 2)],
    });
    expect((await run(body.id)).tasks[2]).toMatchObject({ state: 'waiting' });

    broken = false;
    const page = { access_token: KEY, origin: 'http://pipelines.test' };
    const retried = await call<RunView>('POST', `/runs/${body.id}/retry`, undefined, page);
    expect([retried.status, retried.body.retries]).toEqual([202, 1]);
    expect(retried.body.starts.slice(1)).toEqual([{ retry: 1, at: expect.any(String), key: 'API_KEY', via: 'page' }]);
    await ended(body.id, 'succeeded');
    expect((await run(body.id)).tasks[1]?.history).toMatchObject([
      attempt(0, 1),
      attempt(0, 2),
      { retry: 1, attempt: 1, state: 'succeeded', log: [{ text: 'looking for Redis' }] },
    ]);
    // A list of runs tells no logs.
    expect((await call<RunView[]>('GET', '/runs')).body[0]?.tasks[1]).not.toHaveProperty('history');
    expect(added).toBe(1);
    expect((await call('POST', `/runs/${body.id}/retry`)).status).toBe(409);
  });

  it('cancels a run: its task is told, later ones do not start', async () => {
    let told = false;
    let trained = false;
    work({
      'clear-cache': ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            told = true;
            reject(signal.reason);
          });
        }),
      async train() {
        trained = true;
        throw new Error('must not start');
      },
    });
    const { body } = await start();
    await waitUntil('the task goes on', async () => (await run(body.id)).tasks[1]?.state === 'running');
    const cancelled = await call<RunView>('POST', `/runs/${body.id}/cancel`);
    expect(cancelled.body).toMatchObject({ state: 'cancelled', reason: 'cancelled by API_KEY' });
    expect([cancelled.status, cancelled.body.tasks[1]?.history?.at(-1)?.state]).toEqual([202, 'cancelled']);
    await waitUntil('the task was told', () => told);
    expect((await run(body.id)).tasks.map(({ state }) => state)).toEqual(['succeeded', 'cancelled', 'waiting']);
    const next = await start();
    expect(next.status).toBe(202);
    expect(trained).toBe(false);
    expect((await call('POST', `/runs/${body.id}/cancel`)).status).toBe(409);
  });

  it('goes on by a retry alone, however soon it follows the cancellation', async () => {
    let begun = 0;
    let trained = 0;
    work({
      'clear-cache': ({ signal }) =>
        new Promise((resolve, reject) => {
          begun += 1;
          if (begun > 1) resolve({ cleared: 1 });
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
      async train() {
        trained += 1;
        return { skipped: true, reason: 'test', family: null, version: null, promoted: false, metrics: {} };
      },
    });
    const { body } = await start();
    await waitUntil('the task goes on', () => begun === 1);
    await call('POST', `/runs/${body.id}/cancel`);
    expect((await call('POST', `/runs/${body.id}/retry`)).status).toBe(202);
    await ended(body.id, 'succeeded');
    const queues = dependencies.pipelines.queues();
    await waitUntil('no job is left', async () =>
      (await Promise.all(queues.map((queue) => queue.getJobCountByTypes('wait', 'active', 'waiting-children')))).every(
        (count) => count === 0,
      ),
    );
    expect([begun, trained]).toEqual([2, 1]);
    for (const queue of queues) expect(await queue.getFailedCount()).toBe(0);
  });

  it('streams a run as it happens', async () => {
    const { open, opened } = gate();
    work({
      async 'clear-cache'({ progress, log }) {
        await log('three of them');
        await progress(3, 10);
        await opened;
        return { cleared: 3 };
      },
    });
    const { body } = await start();
    const address = await (await app()).listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${address}/runs/${body.id}/events`, { headers: { access_token: KEY } });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'x-request-id': expect.stringMatching(/./),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('"done":3')) open();
    }
    const states = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string) as RunView);
    const amid = states.find(({ tasks }) => tasks[1]?.progress?.done === 3);
    expect(amid?.tasks[1]?.history).toMatchObject([{ state: 'running', log: [{ text: 'three of them' }] }]);
    expect(states.at(-1)?.state).toBe('succeeded');
  });

  it('serves a page for people, and its documentation', async () => {
    const root = await (await app()).inject('/');
    expect([root.statusCode, root.headers.location]).toEqual([302, '/dashboard/pipelines']);
    const { body } = await call<{ paths: object }>('GET', '/openapi.json', undefined, {});
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/pipelines', '/pipelines/{name}/runs', '/runs/{id}/retry', '/runs/{id}/events']),
    );
    expect((await call('GET', '/health/ready', undefined, {})).body).toMatchObject({ status: 'ready' });
  });
});

describe('schedules', () => {
  const runs = () => listRuns(store, { pipeline: 'ecobalyse_training' }, 200);
  const tickOf = (id: string) => Number(/(\d{10,})/.exec(id.split('-').at(-1) ?? '')?.[1]);

  it('start one run a tick, however many orchestrators there are', async () => {
    work();
    const several = [1, 2, 3].map(() => orchestrator({ everyMs: 150 }));
    await Promise.all(several.map(applySchedules));
    for (const one of several) listenToTicks(one);
    await waitUntil('four ticks have come', async () => (await runs()).length >= 4);
    const ticks = (await runs()).map(({ _id }) => tickOf(_id));
    expect(new Set(ticks).size).toBe(ticks.length);
    const gaps = ticks
      .sort((a, b) => a - b)
      .slice(1)
      .map((tick, index) => tick - (ticks[index] as number));
    expect(gaps.every((gap) => gap % 150 === 0)).toBe(true);
  });

  it('skip a tick while the run before it goes on, and say so', async () => {
    const { open, opened } = gate();
    work({
      async 'clear-cache'() {
        await opened;
        return { cleared: 0 };
      },
    });
    const one = orchestrator({ everyMs: 100 });
    await applySchedules(one);
    listenToTicks(one);
    await waitUntil('a tick was skipped', async () => (await runs()).some(({ state }) => state === 'skipped'));
    expect((await runs()).filter(({ state }) => state === 'running')).toHaveLength(1);
    expect((await runs()).find(({ state }) => state === 'skipped')?.reason).toMatch(/still went on/);
    open();
    await waitUntil(
      'a later tick ran',
      async () => (await runs()).filter(({ state }) => state === 'succeeded').length >= 2,
    );
  });

  it('make up for ticks that were missed while nobody listened by one', async () => {
    work();
    const one = orchestrator({ everyMs: 100 });
    await applySchedules(one);
    const [due] = (await one.scheduler.nextTicks()).values();
    const missedFour = (due as Date).getTime() + 350;
    await waitUntil('four ticks are missed', () => Date.now() > missedFour);
    const listeningSince = Date.now();
    listenToTicks(one);
    await waitUntil('the schedule goes on', async () => (await runs()).some(({ _id }) => tickOf(_id) > listeningSince));
    expect((await runs()).filter(({ _id }) => tickOf(_id) <= listeningSince)).toHaveLength(1);
  });

  it('stop when paused, also in other orchestrators, and go on when resumed', async () => {
    dependencies = orchestrator({ everyMs: 100 });
    work();
    await applySchedules(dependencies);
    listenToTicks(dependencies);
    await waitUntil('it runs', async () => (await runs()).length > 0);
    const paused = await call<PipelineView>('POST', '/pipelines/ecobalyse_training/pause');
    expect(paused.body).toMatchObject({ paused: true, nextTick: null });
    await applySchedules(orchestrator({ everyMs: 100 }));
    expect((await call<PipelineView>('GET', '/pipelines/ecobalyse_training')).body.nextTick).toBeNull();
    const resumed = await call<PipelineView>('POST', '/pipelines/ecobalyse_training/resume');
    expect(resumed.body.paused).toBe(false);
    const before = (await runs()).length;
    await waitUntil('it runs again', async () => (await runs()).length > before);
  });

  it('are what the settings say after they changed', async () => {
    await applySchedules(orchestrator({ pattern: '0 3 1 * *', timeZone: 'Europe/Paris' }));
    const changed = orchestrator({ pattern: '30 4 * * *', timeZone: 'UTC' });
    await applySchedules(changed);
    const [next] = (await changed.scheduler.nextTicks()).values();
    expect([next?.getUTCHours(), next?.getUTCMinutes()]).toEqual([4, 30]);
    const moved = orchestrator({ pattern: '30 4 * * *', timeZone: 'Asia/Tokyo' });
    await applySchedules(moved);
    const [elsewhere] = (await moved.scheduler.nextTicks()).values();
    expect([elsewhere?.getUTCHours(), elsewhere?.getUTCMinutes()]).toEqual([19, 30]);
    const off = orchestrator();
    await applySchedules(off);
    expect((await off.scheduler.nextTicks()).size).toBe(0);
  });
});

describe('a tick', () => {
  const pipeline = 'ecobalyse_training' as const;
  const outcomes = async () =>
    (await listRuns(store, {}, 9)).map(({ _id, state, trigger, reason }) => [_id, state, trigger, reason]).sort();

  it('starts no run beside another one, and none of a paused pipeline', async () => {
    await handleTick(dependencies, { pipeline, id: '1' });
    await handleTick(dependencies, { pipeline, id: '1' });
    await handleTick(dependencies, { pipeline, id: '2' });
    await handleTick(dependencies, { pipeline, id: '2' });
    const first = ['1', 'running', 'schedule', null];
    const second = ['2', 'skipped', 'schedule', 'the run before it still went on'];
    expect(await outcomes()).toEqual([first, second]);
    const starts = (await listRuns(store, {}, 9)).map((one) => one.starts?.map(({ at: _, ...start }) => start));
    expect(starts).toEqual(Array(2).fill([{ retry: 0, key: null, via: 'schedule' }]));

    // One that is handled again after its run ended starts nothing.
    await closeRun(store, '1', 'failed', 'test');
    await handleTick(dependencies, { pipeline, id: '1' });
    await handleTick(dependencies, { pipeline, id: '2' });
    await call('POST', `/pipelines/${pipeline}/pause`);
    await handleTick(dependencies, { pipeline, id: '3' });
    const failed = ['1', 'failed', 'schedule', 'test'];
    expect(await outcomes()).toEqual([failed, second]);
    for (const runId of ['2', '3'])
      expect(await dependencies.pipelines.inspect({ pipeline, runId, retry: 0 })).toEqual({ state: 'gone' });
    await call('POST', `/pipelines/${pipeline}/resume`);
    await handleTick(dependencies, { pipeline, id: '4' });
    expect(await outcomes()).toEqual([failed, second, ['4', 'running', 'schedule', null]]);
  });
});

describe('while Redis is away', () => {
  it('a run that is started fails at once, and another one can be started later', async () => {
    const own = await startTestRedis();
    closers.push(() => own.close());
    connection = { redisUrl: own.url, prefix: '{test}' };
    dependencies = orchestrator({ everyMs: 3_600_000 });
    await dependencies.scheduler.nextTicks();
    await own.kill();
    // Pauses between tries to connect pass in no time.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const passing = setInterval(() => vi.advanceTimersByTime(500), 10);
    closers.push(async () => {
      clearInterval(passing);
      vi.useRealTimers();
    });
    const refused = await call('POST', '/pipelines/ecobalyse_training/runs');
    expect([refused.status, refused.headers['retry-after'], refused.body]).toEqual([
      503,
      '5',
      { detail: expect.stringContaining('Redis'), code: 'queues_away' },
    ]);
    const [lost] = (await call<RunView[]>('GET', '/runs')).body;
    expect(lost).toMatchObject({ state: 'failed', reason: expect.stringContaining('Redis') });
    const { status, body } = await call<PipelineView>('GET', '/pipelines/ecobalyse_training');
    expect([status, body.nextTick, body.runs.length]).toEqual([200, null, 1]);
    await reconcile(dependencies);
    expect(dependencies.troubles.has('schedules')).toBe(true);
    await own.restart();
    await waitUntil('it can be retried', async () => (await call('POST', `/runs/${lost?.id}/retry`)).status === 202);
    await reconcile(dependencies);
    expect([...dependencies.troubles]).toEqual([]);
  });
});

describe('during the first extraction', () => {
  beforeEach(async () => {
    await createRun(store, { _id: 'first', pipeline: 'ecobalyse_extract', trigger: 'user', parameters: {} });
  });

  it.each(['ecobalyse', 'ecobalyse_training'] as const)('a tick of %s is skipped, and says why', async (pipeline) => {
    await handleTick(dependencies, { pipeline, id: 'early' });
    await handleTick(dependencies, { pipeline, id: 'early' });
    expect(await listRuns(store, { pipeline }, 9)).toMatchObject([
      { _id: 'early', state: 'skipped', reason: expect.stringContaining('first extraction') },
    ]);
    await closeRun(store, 'first', 'succeeded', null);
    await handleTick(dependencies, { pipeline, id: 'later' });
    expect(await listRuns(store, { pipeline, states: ['running'] }, 9)).toMatchObject([{ _id: 'later' }]);
    // Data that are there already are only brought up to date.
    await closeRun(store, 'later', 'succeeded', null);
    await createRun(store, { _id: 'second', pipeline: 'ecobalyse_extract', trigger: 'schedule', parameters: {} });
    await handleTick(dependencies, { pipeline, id: 'next' });
    expect(await listRuns(store, { pipeline, states: ['running'] }, 9)).toMatchObject([{ _id: 'next' }]);
  });

  it('a run that is started by hand says what it waits for', async () => {
    const { status, body } = await start();
    expect([status, body.state, body.reason]).toEqual([202, 'running', expect.stringContaining('first extraction')]);
  });
});

describe('a schedule that cannot be', () => {
  it('keeps neither the other schedules nor the comparison from being done, and is told', async () => {
    const one = orchestrator({ everyMs: 3_600_000 });
    const broken: ConfiguredSchedule = {
      text: '0 22-6 * * *',
      timeZone: 'UTC',
      schedule: { pattern: '0 22-6 * * *', timeZone: 'UTC' },
    };
    dependencies = { ...one, schedules: new Map([['ecobalyse_extract', broken], ...one.schedules]) };
    await createRun(store, { _id: 'lost', pipeline: 'ecobalyse', trigger: 'test', parameters: {} });
    expect(await reconcile(dependencies, Date.now() + START_GRACE_MS + 1)).toEqual(['lost']);
    expect([...(await one.scheduler.nextTicks()).keys()]).toEqual(['ecobalyse_training']);
    expect((await call('GET', '/health/ready', undefined, {})).body).toMatchObject({
      status: 'degraded',
      checks: { schedules: { status: 'down', detail: expect.stringContaining('ecobalyse_extract') } },
    });
    await reconcile({ ...dependencies, schedules: one.schedules });
    expect((await call('GET', '/health/ready', undefined, {})).body).toMatchObject({ status: 'ready' });
  });

  it('does not wait for a time that a wrong clock gave', async () => {
    const one = orchestrator({ everyMs: 60_000 });
    for (const schedule of [{ everyMs: 60_000 }, { pattern: '0 * * * *', timeZone: 'UTC' }]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 9 * 86_400_000 });
      await one.scheduler.apply(new Map([['ecobalyse', schedule]]));
      vi.useRealTimers();
      await one.scheduler.apply(new Map([['ecobalyse', schedule]]));
      const next = (await one.scheduler.nextTicks()).get('ecobalyse');
      expect(next?.getTime()).toBeLessThan(Date.now() + 3_600_001);
    }
  });
});

describe('history and queues', () => {
  it('tell the readiness when they cannot be compared', async () => {
    const broken = { ...dependencies.pipelines, inspect: () => Promise.reject(new Error('WRONGTYPE')) };
    const { body } = await start();
    expect(await reconcile({ ...dependencies, pipelines: broken })).toEqual([]);
    expect((await call('GET', '/health/ready', undefined, {})).body).toMatchObject({
      status: 'degraded',
      checks: { runs: { status: 'down', detail: expect.stringContaining('compared') } },
    });
    await reconcile(dependencies);
    expect((await call('GET', '/health/ready', undefined, {})).body).toMatchObject({ status: 'ready' });
    expect((await run(body.id)).state).toBe('running');
  });

  it('agree again after Redis was flushed: lost runs are closed, schedules are back', async () => {
    const own = await startTestRedis();
    closers.push(() => own.close());
    connection = { redisUrl: own.url, prefix: '{test}' };
    const one = orchestrator({ everyMs: 3_600_000 });
    await applySchedules(one);
    await handleTick(one, { pipeline: 'ecobalyse_training', id: 'tick-1' });
    expect(await reconcile(one)).toEqual([]);

    const client = new Redis(own.url);
    await client.flushall();
    client.disconnect();
    expect((await one.scheduler.nextTicks()).size).toBe(0);
    expect(await reconcile(one, Date.now() + START_GRACE_MS + 1)).toEqual(['tick-1']);
    const [lost] = await listRuns(store, {}, 1);
    expect(lost).toMatchObject({ state: 'failed', reason: expect.stringContaining('Redis flushed') });
    expect((await one.scheduler.nextTicks()).size).toBe(1);
    await handleTick(one, { pipeline: 'ecobalyse_training', id: 'tick-2' });
    expect((await listRuns(store, { states: ['running'] }, 9)).map(({ _id }) => _id)).toEqual(['tick-2']);
  });

  it('close a run whose task no worker takes, naming it', async () => {
    const { body } = await start();
    expect(await reconcile(dependencies, Date.now() + UNATTENDED_MS - 60_000)).toEqual([]);
    expect(await run(body.id)).toMatchObject({
      state: 'running',
      reason: expect.stringMatching(/waits for a worker of product-ingest/),
    });
    expect(await reconcile(dependencies, Date.now() + UNATTENDED_MS + 1)).toEqual([body.id]);
    expect((await run(body.id)).reason).toMatch(/no worker took the task add-products for 10 minutes/);
  });

  it('give a run that is retried days later as much time as a new one', async () => {
    const { body } = await start();
    const longAgo = new Date(Date.now() - 5 * 86_400_000);
    await closeRun(store, body.id, 'failed', 'test');
    await store.collection('pipeline_runs').updateOne({ _id: body.id }, { $set: { createdAt: longAgo } });
    await call('POST', `/runs/${body.id}/retry`);
    expect(await reconcile(dependencies)).toEqual([]);
    expect(await run(body.id)).toMatchObject({ state: 'running', reason: expect.stringMatching(/waits for a worker/) });
    expect(await reconcile(dependencies, Date.now() + UNATTENDED_MS + 1)).toEqual([body.id]);
  });

  it('no longer say what a run waited for once a worker took its task', async () => {
    const { body } = await start();
    await reconcile(dependencies);
    expect((await run(body.id)).reason).toMatch(/waits for a worker/);
    work();
    await ended(body.id, 'succeeded');
    expect((await run(body.id)).reason).toBeNull();
  });

  it('end in one run when the orchestrator died between recording it and adding its tasks', async () => {
    const tick = { pipeline: 'ecobalyse_training' as const, id: 'tick-1' };
    await handleTick(
      { ...dependencies, pipelines: { ...dependencies.pipelines, start: () => Promise.reject(new Error('died')) } },
      tick,
    ).catch(() => undefined);
    work();
    await handleTick(dependencies, tick);
    await ended('tick-1', 'succeeded');
    await handleTick(dependencies, tick);
    expect(await listRuns(store, {}, 9)).toHaveLength(1);
  });
});
