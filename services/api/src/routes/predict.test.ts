import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import type { ModelFamily, Prediction } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { simulateTotals } from '@ecobalyse/textile-method';
import { openMlflowTracker, openTracker, PRODUCTION_ALIAS, type Tracker } from '@ecobalyse/tracking';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApi } from '../app.js';
import { type ModelHost, openModelHost } from '../model-host.js';
import { registerModel } from '../testing/registered-model.js';

const KEY = 'a-key-of-the-tests-0123456789';
const headers = { access_token: KEY };
/** The request of CONTRACT. */
const REQUEST = {
  ProductId: 'pantalon',
  MaterialId_1: 'ei-coton-organic',
  MaterialId_2: 'ei-pet',
  MaterialId_1_share: 0.7,
  MaterialId_2_share: 0.3,
  CountryDyeingCode: 'BD',
  CountryFabricCode: 'BD',
  CountryMakingCode: 'BD',
  FabricProcess: 'knitting-mix',
  Mass: 0.2,
  AirTransportRatio: 0.33,
};
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });

const COST = simulateTotals({
  product: 'pantalon',
  mass: 0.2,
  materials: [
    { id: 'ei-coton-organic', share: 0.7 },
    { id: 'ei-pet', share: 0.3 },
  ],
  countrySpinning: 'BD',
  countryFabric: 'BD',
  countryDyeing: 'BD',
  countryMaking: 'BD',
  fabricProcess: 'knitting-mix',
  airTransportRatio: 0.33,
}).ecs;

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let tracker: Tracker;
/** Of the test: it has loaded no model yet. */
let host: ModelHost;
let app: HttpService;
let origin: string;
let productJobs: ProductJobQueue;
const upstream = createEcobalyseClient({ baseUrl: 'http://127.0.0.1:9', concurrency: 1, timeoutMs: 1000, retries: 0 });
const openHost = (registry: Tracker) => openModelHost({ tracker: registry, logger, refreshSeconds: 0.001 });
const build = (models: ModelHost) =>
  buildApi({
    logger,
    store,
    cache,
    upstream,
    models,
    productJobs,
    productJobLimits: { maxBytes: 1_000_000 },
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
    cacheClearRequiresKey: false,
  });

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{test}' }, () => undefined);
  cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 60, onError: () => undefined });
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  tracker = openTracker(undefined, store);
  app = await build({
    tracker,
    current: () => host.current(),
    refresh: () => host.refresh(),
    load: (version) => host.load(version),
  });
  origin = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  await cache.close();
  await store.close();
  upstream.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  await databaseOf(store).dropDatabase();
  host = openHost(tracker);
});

const register = (family: ModelFamily) => registerModel(tracker, family);
const predict = (payload: object = REQUEST) => app.inject({ method: 'POST', url: '/predict', headers, payload });

describe('POST /predict', () => {
  it('is 404 while no model is registered, as in the contract', async () => {
    const answer = await predict();
    expect([answer.statusCode, answer.body]).toEqual([404, '{"detail":"MLFlow Models error"}']);
  });

  it('answers the cost first, then its interval, the model and warnings', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const answer = await predict();
    expect(answer.statusCode).toBe(200);
    const body = answer.json<Prediction>();
    expect(Object.keys(body)).toEqual(['prediction_impact', 'exact', 'interval', 'model', 'warnings']);
    expect(Math.abs(body.prediction_impact / COST - 1)).toBeLessThan(0.01);
    expect(body.interval.level).toBe(0.9);
    expect(body.model).toMatchObject({ family: 'ridge', version: 1 });
    expect(body.warnings).toEqual([]);
  });

  it('names the exact cost of a garment that is described in full, as /simulate does, and takes its fields', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const query = {
      product: 'pantalon',
      mass: 0.2,
      materials: [
        { id: 'ei-coton-organic', share: 0.7 },
        { id: 'ei-pet', share: 0.3 },
      ],
      countrySpinning: 'BD',
      countryFabric: 'BD',
      countryDyeing: 'BD',
      countryMaking: 'BD',
      fabricProcess: 'knitting-mix',
      airTransportRatio: 0.33,
    };
    const { ecs } = (await app.inject({ method: 'POST', url: '/simulate', headers, payload: query })).json();
    const [told, simulated] = [(await predict()).json<Prediction>(), (await predict(query)).json<Prediction>()];
    expect(told.exact).toBeCloseTo(ecs, 9);
    expect(simulated).toEqual(told);
    expect((await predict({ ...REQUEST, Mass: null })).json<Prediction>().exact).toBeNull();
  });

  it('takes every field as null or absent, but not all of them', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    for (const field of Object.keys(REQUEST)) {
      const answer = await predict({ ...REQUEST, [field]: null });
      expect(answer.statusCode, field).toBe(200);
    }
    expect((await predict({ Mass: 0.2 })).json<Prediction>().warnings.length).toBeGreaterThan(4);
    const nulls = Object.fromEntries(Object.keys(REQUEST).map((field) => [field, null]));
    for (const request of [nulls, {}, { ProductId: 'unheard of', Price: 30 }]) {
      const answer = await predict(request);
      expect(answer.statusCode).toBe(422);
      expect(answer.json().detail[0]).toMatchObject({ loc: ['body'], msg: expect.stringContaining('product, mass') });
    }
  });

  it.each([
    [{ ...REQUEST, Mass: 'heavy' }, ['body', 'Mass']],
    [{ ...REQUEST, Mass: -1 }, ['body', 'Mass']],
    [{ ...REQUEST, MaterialId_1_share: 2 }, ['body', 'MaterialId_1_share']],
    [{ ...REQUEST, ProductId: 7 }, ['body', 'ProductId']],
    [{ ...REQUEST, Mass: '0x1' }, ['body', 'Mass']],
    [{ ...REQUEST, MaterialId_1_share: true }, ['body', 'MaterialId_1_share']],
  ])('refuses %j, naming the field', async (request, loc) => {
    const answer = await predict(request);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail[0].loc).toEqual(loc);
  });

  it('reads numbers that are written as text, as the original did', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const asText = { ...REQUEST, Mass: '0.2', MaterialId_1_share: ' 7e-1', AirTransportRatio: '.33' };
    expect((await predict(asText)).json()).toEqual((await predict()).json());
  });

  it('swaps the model when the alias moves, without a failed request', async () => {
    const [first, second] = [await register('ridge'), await register('mean-baseline')];
    await tracker.setAlias(PRODUCTION_ALIAS, first);
    const seen = new Set<number>();
    await waitUntil('the second version answers', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => predict()));
      for (const answer of answers) {
        expect(answer.statusCode).toBe(200);
        seen.add(answer.json<Prediction>().model.version);
      }
      if (!seen.has(second)) await tracker.setAlias(PRODUCTION_ALIAS, second);
      return seen.has(second);
    });
    expect([...seen]).toEqual([first, second]);
  });

  it('is 503 while the production model is of another format, until a training replaces it', async () => {
    const run = await tracker.startRun({ name: 'test', tags: {} });
    await run.logArtifact('model/model.json', Buffer.from('{"format":1,"family":"ridge"}'), 'application/json');
    await run.end('FINISHED');
    const old = { runId: run.runId, artifactPath: 'model/model.json', description: 'of an older platform', tags: {} };
    await tracker.setAlias(PRODUCTION_ALIAS, await tracker.registerVersion(old));
    const refused = await predict();
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
      503,
      '60',
      { detail: 'The model is of another version of the platform: the next training replaces it' },
    ]);
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    expect((await predict()).statusCode).toBe(200);
  });

  it('is 503 when the registry is away, and goes on with a loaded model when the new one is broken', async () => {
    const away = await build(openHost(openMlflowTracker({ uri: 'http://127.0.0.1:9', timeoutMs: 1000 })));
    const answer = await away.inject({ method: 'POST', url: '/predict', headers, payload: REQUEST });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    await away.close();

    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    expect((await predict()).statusCode).toBe(200);
    const broken = { runId: 'gone', artifactPath: 'gone', description: '', tags: {} };
    await tracker.setAlias(PRODUCTION_ALIAS, await tracker.registerVersion(broken));
    for (let request = 0; request < 5; request++) expect((await predict()).json().model.version).toBe(1);
    const promoted = await app.inject({ method: 'POST', url: '/models/2/promote', headers });
    expect(promoted.statusCode).toBe(503);
  });
});

describe('POST /predict/batch', () => {
  const batch = (payload: string, contentType: string, language?: string) =>
    app.inject({
      method: 'POST',
      url: '/predict/batch',
      headers: { ...headers, 'content-type': contentType, ...(language && { 'accept-language': language }) },
      payload,
    });

  it('answers an array by an array, in its order', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const requests = [REQUEST, { ...REQUEST, Mass: 0.4 }, { Mass: 0.3 }];
    const answers = (await batch(JSON.stringify(requests), 'application/json')).json<Prediction[]>();
    const singles = await Promise.all(requests.map(async (request) => (await predict(request)).json()));
    expect(answers).toEqual(singles);
    expect((await batch('[]', 'application/json')).body).toBe('[]');
    const mixed = (await batch(JSON.stringify([{}, REQUEST]), 'application/json')).json();
    const detail = [expect.objectContaining({ loc: ['body', 0] })];
    expect(mixed).toEqual([{ detail, code: 'invalid_request' }, singles[0]]);
  });

  it('refuses a bad array, naming each place', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const answer = await batch(JSON.stringify([REQUEST, { Mass: 'x' }]), 'application/json');
    expect([answer.statusCode, answer.json().detail[0].loc]).toEqual([422, ['body', 1, 'Mass']]);
    expect((await batch('{}', 'application/json')).statusCode).toBe(422);
  });

  it.each([
    ['fr', 'attendu : une masse en kg'],
    ['en', 'expected a mass in kg'],
  ])('says in %s what is wrong with a line or a part of an array', async (language, words) => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    for (const [sent, type] of [
      ['[{"Mass":"x"}]', 'application/json'],
      ['{"Mass":"x"}', 'application/x-ndjson'],
    ] as const)
      expect((await batch(sent, type, language)).json().detail[0].msg).toContain(words);
  });

  it('names the first of very many faults, and answers others meanwhile', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const post = (path: string, body: string) =>
      fetch(origin + path, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body });
    const answer = await post('/predict/batch', JSON.stringify(Array(10_000).fill(1)));
    const { detail } = (await answer.json()) as { detail: { loc: unknown[] }[] };
    expect([answer.status, detail.length, detail.at(-1)?.loc]).toEqual([422, 100, ['body', 99]]);

    let done = false;
    const long = post('/predict/batch', JSON.stringify([...Array(75_000).fill({}), 1])).finally(() => {
      done = true;
    });
    let answered = 0;
    while (!done) {
      expect((await post('/predict', '{"Mass":0.2}')).status).toBe(200);
      answered += 1;
    }
    expect((await long).status).toBe(422);
    expect(answered).toBeGreaterThan(5);
  });

  it('answers every line of a long body, in order', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const masses = Array.from({ length: 1200 }, (_, at) => 0.1 + at / 10_000);
    const body = masses.map((Mass) => JSON.stringify({ ...REQUEST, Mass })).join('\n');
    const costs = (await batch(body, 'application/x-ndjson')).body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).prediction_impact as number);
    expect(costs).toHaveLength(masses.length);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  });

  it('answers each line by a line, bad ones by what is wrong', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const lines = [JSON.stringify(REQUEST), 'no json', '{"Mass":"x"}', '', JSON.stringify({ ...REQUEST, Mass: 0.4 })];
    const answer = await batch(lines.join('\n'), 'application/x-ndjson');
    const answers = answer.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers).toHaveLength(4);
    expect(answers[0].prediction_impact).toBeGreaterThan(0);
    expect(answers[1].detail[0]).toMatchObject({ loc: ['body', 1], type: 'json_invalid' });
    expect(answers[2].detail[0].loc).toEqual(['body', 2, 'Mass']);
    expect(answers[3].prediction_impact).toBeGreaterThan(answers[0].prediction_impact);
  });

  it('refuses a line that is too long, and reads on', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const lineOf = (bytes: number) => `{"Mass":0.2}${' '.repeat(bytes - 12)}`;
    const lines = [lineOf(65_536), lineOf(65_537), lineOf(12)];
    const answer = await batch(lines.join('\n'), 'application/x-ndjson');
    const [most, beyond, last] = answer.body.split('\n').map((line) => line && JSON.parse(line));
    expect(beyond).toEqual({
      detail: [{ loc: ['body', 1], msg: 'expected at most 65536 bytes', type: 'too_long' }],
      code: 'invalid_request',
    });
    expect(most).toEqual(last);
    expect(last.prediction_impact).toBeTypeOf('number');
  });

  it('reads an array of 16 MiB, and no longer one', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('mean-baseline'));
    const body = `[${' '.repeat(16 * 1024 * 1024 - 2)}]`;
    const most = await batch(body, 'application/json');
    expect([most.statusCode, most.body]).toEqual([200, '[]']);
    expect((await batch(`${body} `, 'application/json')).statusCode).toBe(413);
  });

  it('keeps nothing of a line without an end', async () => {
    await tracker.setAlias(PRODUCTION_ALIAS, await register('ridge'));
    const part = Buffer.alloc(1_000_000, 'x');
    const before = process.memoryUsage();
    let peak = 0;
    const request = httpRequest(`${origin}/predict/batch`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
    });
    const answered = once(request, 'response');
    for (let sent = 0; sent < 200; sent += 1) {
      if (!request.write(part)) await once(request, 'drain');
      const { heapUsed, external } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + external - before.heapUsed - before.external);
    }
    request.end();
    const [answer] = (await answered) as [IncomingMessage];
    expect(JSON.parse(await text(answer)).detail[0]).toMatchObject({ type: 'too_long' });
    // The whole line is 200 MB, twice that as text.
    expect(peak).toBeLessThan(120_000_000);
  });
});

describe('the models routes', () => {
  const get = (url: string) => app.inject({ url, headers });

  it('list, show and promote versions', async () => {
    expect([(await get('/models')).statusCode, (await get('/models/1')).statusCode]).toEqual([404, 404]);
    const [first, second] = [await register('mean-baseline'), await register('ridge')];
    await tracker.setAlias(PRODUCTION_ALIAS, first);
    expect((await get('/models')).json()).toMatchObject({
      ...{ total: 2, offset: 0, limit: 50 },
      items: [
        { version: second, family: 'ridge', production: false, decision: 'registered by a test', backend: 'wasm' },
        { version: first, family: 'mean-baseline', production: true, backend: null },
      ],
    });
    for (const [page, shown] of [
      ['limit=1', [second]],
      ['limit=1&offset=1', [first]],
      ['offset=2', []],
    ] as const) {
      const { total, items } = (await get(`/models?${page}`)).json();
      expect([total, items.map(({ version }: { version: number }) => version)], page).toEqual([2, shown]);
    }
    const details = (await get(`/models/${second}`)).json();
    expect(details.metrics.rmse).toBeGreaterThan(0);
    expect(details.evaluation.reports[0].worst).toHaveLength(20);
    expect(details.evaluation.reports[0].strata).toMatchObject([
      { stratum: 'held out', medianApe: expect.any(Number) },
    ]);

    const promote = (version: number) => app.inject({ method: 'POST', url: `/models/${version}/promote`, headers });
    expect((await promote(second)).json()).toEqual({ message: `Version ${second} is in production` });
    expect((await predict()).json().model).toMatchObject({ version: second, family: 'ridge' });
    expect((await get(`/models/${second}/checks`)).json()).toMatchObject({
      version: second,
      checked: 0,
      drifts: false,
    });
    expect([(await promote(9)).statusCode, (await get('/models/9/checks')).statusCode]).toEqual([404, 404]);
    expect((await get('/models/x')).statusCode).toBe(422);
  });
});
