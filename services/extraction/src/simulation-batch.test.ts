import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { productIdentity } from '@ecobalyse/product-documents';
import { CACHE_TAGS } from '@ecobalyse/schema';
import { countImpacts, createRun, ensureIndexes, openRunHistory, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  type OfficialServer,
  type OfficialVersion,
  type SharedSimulator,
  sharedTestSimulator,
  startOfficialServer,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fabricProcesses, plannedSimulations } from './grid.js';
import { simulateBatch } from './simulation-batch.js';
import { loadSimulations } from './tasks/load.js';
import { extractReferenceData } from './tasks/reference-data.js';

/** An upstream that answers rightly, but for the faults of each test. */
type Fault = (response: ServerResponse) => unknown;
let fault: (nth: number, query: string | undefined) => Fault | undefined = () => undefined;
let version: unknown = 'v7.0.0';
/** What becomes of a batch of queries; the official API takes none. */
let batches: (answers: string[], response: ServerResponse) => unknown;
let batchesAsked = 0;
/** Whether it answers batches as BSON, as our simulator does. */
let givesBson = false;
const noBatches: typeof batches = (_, response) => response.writeHead(404).end('{}');
let asked = 0;
let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let store: Store;
let cache: ResponseCache;
let upstream: EcobalyseClient;

const server = createServer(async (request, response) => {
  const path = request.url?.replace(/^\/api/, '');
  if (path === '/') return response.end(JSON.stringify({ version, info: { version: '0.0.1-alpha' } }));
  const query = request.method === 'POST' ? await text(request) : undefined;
  if (path?.includes('/batch')) {
    batchesAsked += 1;
    const { accept = '' } = request.headers;
    const answers = await fetch(simulator.apiUrl + path, {
      method: 'POST',
      headers: { accept: givesBson ? accept : 'application/json' },
      body: query as string,
    });
    if (answers.headers.get('content-type') === 'application/bson')
      return response
        .writeHead(200, { 'content-type': 'application/bson' })
        .end(Buffer.from(await answers.arrayBuffer()));
    return batches((await answers.text()).trimEnd().split('\n'), response);
  }
  if (query) asked += 1;
  const wrong = fault(asked, query);
  if (wrong) return wrong(response);
  const right = await fetch(simulator.apiUrl + path, {
    method: request.method as string,
    ...(query && { body: query }),
  });
  return response.writeHead(right.status).end(await right.text());
});

/** Opens a client that has not been sent away by upstream. */
function open(retries = 1): void {
  upstream?.close();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  upstream = createEcobalyseClient({ baseUrl, concurrency: 4, timeoutMs: 60_000, retries, retryDelayMs: 1 });
}

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 60, onError: () => undefined });
  await ensureIndexes(store);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cache.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  [fault, version, asked] = [() => undefined, 'v7.0.0', 0];
  [batches, batchesAsked, givesBson] = [noBatches, 0, false];
  await store.collection('impacts').deleteMany({});
  open();
});

const COUNT = 20;
const scope = { product: 'tshirt' };
let kept: unknown;
const tryBatch = (isLast = false, invalidate = cache.invalidate) =>
  simulateBatch(
    { runId: 'run', scope, offset: 40, count: COUNT },
    { store, upstream, cache: { ...cache, invalidate } },
    new AbortController().signal,
    {
      kept,
      // As it comes back from Redis.
      keep: async (outcomes) => {
        kept = JSON.parse(JSON.stringify(outcomes));
      },
      isLast,
    },
  );
beforeEach(() => {
  kept = 0;
});

const page: Fault = (response) => response.end('<html>maintenance</html>');
const cut: Fault = (response) => response.socket?.destroy();

it('gets by with an upstream whose answers are bad now and then', async () => {
  const faults: Record<number, Fault> = {
    3: page,
    5: cut,
    8: (response) => response.writeHead(429, { 'retry-after': '1' }).end('{}'),
    11: (response) => response.end('{"impacts": {'),
    14: (response) => response.writeHead(503).end('<html>'),
    17: (response) => response.end('{"impacts": {}}'),
  };
  fault = (nth) => faults[nth];
  open(6);
  expect(await tryBatch()).toEqual({ offset: 40, planned: COUNT, answered: COUNT, refused: [] });
  expect(asked).toBe(COUNT + 6);
});

it.each<[string, Fault, object]>([
  ['goes away', cut, { kind: 'unreachable' }],
  [
    'wants to be left alone',
    (response) => response.writeHead(429, { 'retry-after': '90' }).end(),
    { kind: 'rate-limited', retryAfterSeconds: 90 },
  ],
  ['takes the token back', (response) => response.writeHead(401).end('{}'), { kind: 'unauthorised' }],
])('keeps what came when upstream %s, and asks for the rest only', async (_name, goneBadly, error) => {
  fault = (nth) => (nth > 12 ? goneBadly : undefined);
  await expect(tryBatch()).rejects.toMatchObject(error);
  // Nobody asks on and on for what is away.
  expect(asked).toBeLessThan(COUNT + 4);
  const stored = Object.keys(kept as object).length;
  expect(stored).toBeGreaterThanOrEqual(9);
  const before = await countImpacts(store);
  expect(before).toBeGreaterThan(0);

  [fault, asked] = [() => undefined, 0];
  // Another worker goes on, who has not been sent away.
  open();
  expect(await tryBatch()).toMatchObject({ planned: COUNT, answered: COUNT, refused: [] });
  expect(asked).toBe(COUNT - stored);
  expect(await countImpacts(store)).toBeGreaterThan(before);
});

it('names the one simulation that upstream never answers, and keeps the others', async () => {
  let poisoned: string | undefined;
  fault = (_nth, query) => {
    poisoned ??= query;
    return query === poisoned ? page : undefined;
  };
  await expect(tryBatch()).rejects.toMatchObject({ kind: 'not-json' });
  expect(asked).toBe(COUNT + 1);
  // The last try asks once more, twice.
  expect(await tryBatch(true)).toMatchObject({
    answered: COUNT - 1,
    refused: [{ product: 'tshirt', reasons: { 'no answer': expect.stringMatching(/JSON.*ECOBALYSE_API_URL/) } }],
  });
  expect(asked).toBe(COUNT + 3);
});

it('tells the first of several bad answers', async () => {
  const bad: Record<string, Fault> = {};
  const faults: Record<number, Fault> = { 4: page, [COUNT - 2]: (response) => response.end('{"impacts": {}}') };
  fault = (nth, query = '') => {
    bad[query] ??= faults[nth] as Fault;
    return bad[query];
  };
  await expect(tryBatch()).rejects.toMatchObject({ kind: 'not-json' });
  expect(Object.keys(kept as object)).toHaveLength(COUNT - 2);
});

it('asks for no more when it is stopped', async () => {
  const stopping = new AbortController();
  fault = (nth) => {
    if (nth === 4) stopping.abort(new Error('the worker is stopping'));
    return undefined;
  };
  const payload = { runId: 'run', scope, offset: 40, count: COUNT };
  const tries = { kept: 0, keep: async () => undefined, isLast: false };
  await expect(simulateBatch(payload, { store, upstream, cache }, stopping.signal, tries)).rejects.toThrow('cancelled');
  expect(asked).toBeLessThan(COUNT);
});

it('never takes a page for every simulation for a fault of the queries', async () => {
  fault = (_nth, query) => (query ? page : undefined);
  await expect(tryBatch(true)).rejects.toMatchObject({ kind: 'not-json' });
  expect(await countImpacts(store)).toBe(0);
  // Three simulations, two times each.
  expect(asked).toBe(6);
  fault = (nth, query) => (query && nth > 10 ? page : undefined);
  await expect(tryBatch(true)).rejects.toMatchObject({ kind: 'not-json' });
  expect(Object.keys(kept as object).length).toBeGreaterThan(1);
});

it('stores the version of the method that upstream has now, whatever it had', async () => {
  const stored = () => store.collection('impacts').distinct('_platform.methodVersion');
  await tryBatch();
  expect(await stored()).toEqual(['7.0.0']);
  await store.collection('impacts').deleteMany({});
  [version, kept] = ['v9.1.0', 0];
  await tryBatch();
  expect(await stored()).toEqual(['9.1.0']);
});

it.each([
  ['a tenth of a batch', [1, 2], 2],
  ['more than a tenth of a batch', [1, 2, 3], undefined],
  ['two before the first answer', [0, 1], 2],
  ['three before the first answer', [0, 1, 2], undefined],
])('takes %s without an answer for bad queries, or for a bad upstream', async (_, places, refused) => {
  open(0);
  const bad = plannedSimulations(scope)
    .slice(40)
    .filter((__, place) => places.includes(place))
    .map(({ query }) => JSON.stringify(query));
  fault = (__, query) => (query !== undefined && bad.includes(query) ? page : undefined);
  if (refused === undefined) return expect(tryBatch(true)).rejects.toMatchObject({ kind: 'not-json' });
  expect(await tryBatch(true)).toMatchObject({ answered: COUNT - refused, refused: Array(refused).fill({}) });
});

describe('of an upstream that takes batches', () => {
  const lines = (answers: string[]) => `${answers.join('\n')}\n`;
  const documents = async () =>
    (
      await store
        .collection('impacts')
        .find({}, { projection: { _id: 0 } })
        .sort({ md5_id: 1 })
        .toArray()
    ).map(({ _platform: { createdAt: _, updatedAt: __, ...platform }, ...answer }) =>
      JSON.stringify({ ...answer, _platform: platform }),
    );
  /** Of 20 documents of 22 kB, without showing them. */
  const differing = (some: string[], others: string[]) => some.filter((one, at) => one !== others[at]).length;

  it('stores the same documents as one by one, to the order of their keys and their hashes', async () => {
    await tryBatch();
    const oneByOne = await documents();
    expect([oneByOne.length, asked]).toEqual([COUNT, COUNT]);
    await store.collection('impacts').deleteMany({});
    for (givesBson of [false, true]) {
      [batches, kept, asked] = [(answers, response) => response.end(lines(answers)), 0, 0];
      await store.collection('impacts').deleteMany({});
      open();
      await tryBatch();
      expect(asked).toBe(0);
      expect(differing(oneByOne, await documents())).toBe(0);
    }
    // What is there already is known by its hash, however it was asked for.
    const [first] = await store.collection('impacts').find().toArray();
    for (const ask of [noBatches, batches]) {
      [batches, kept, givesBson] = [ask, 0, false];
      open();
      await tryBatch();
      expect(await store.collection('impacts').findOne({ _id: first?._id as never })).toEqual(first);
    }
  });

  it.each<[string, (answers: string[]) => string[], number]>([
    ['a bad answer', (answers) => answers.with(3, '{"impacts": {}}'), 1],
    ['a refusal', (answers) => answers.with(0, '{"line":1,"status":400,"error":{}}'), 1],
    ['answers in another order', (answers) => answers.with(1, answers[7] as string).with(7, answers[1] as string), 2],
    ['a line too few', (answers) => answers.slice(1), COUNT],
  ])('asks by itself for what comes to nothing by %s', async (_, changed, alone) => {
    batches = (answers, response) => response.end(lines(changed(answers)));
    open(0);
    expect(await tryBatch()).toEqual({ offset: 40, planned: COUNT, answered: COUNT, refused: [] });
    expect([asked, await countImpacts(store)]).toEqual([alone, COUNT]);
  });

  it('asks one by one while batches fail, and goes on with what an earlier try kept', async () => {
    batches = (_, response) => response.writeHead(503).end();
    fault = (nth) => (nth > 4 ? cut : undefined);
    open(0);
    await expect(tryBatch()).rejects.toMatchObject({ kind: 'unreachable' });
    const stored = await countImpacts(store);
    expect(stored).toBeGreaterThan(0);
    let rest = 0;
    batches = (answers, response) => {
      rest = answers.length;
      response.end(lines(answers));
    };
    fault = () => undefined;
    open();
    expect(await tryBatch()).toMatchObject({ answered: COUNT });
    expect([rest, await countImpacts(store)]).toEqual([COUNT - stored, COUNT]);
  });

  it('is told of a run that stops, and asks for nothing more', async () => {
    const stopping = new AbortController();
    batches = () => stopping.abort(new Error('the worker is stopping'));
    const payload = { runId: 'run', scope, offset: 40, count: COUNT };
    const tries = { kept: 0, keep: async () => undefined, isLast: false };
    await expect(simulateBatch(payload, { store, upstream, cache }, stopping.signal, tries)).rejects.toThrow(
      'cancelled',
    );
    expect([asked, batchesAsked, await countImpacts(store)]).toEqual([0, 1, 0]);
  });
});

it('drops the cached answers about what it changed, and none when it changed nothing', async () => {
  const dropped: unknown[] = [];
  const invalidate = async (tags: readonly string[]) => void dropped.push(tags, await countImpacts(store));
  await tryBatch(false, invalidate);
  expect(dropped).toEqual([['impacts', 'product:tshirt', 'replaced-documents'], COUNT]);
  kept = 0;
  await tryBatch(false, invalidate);
  expect(dropped).toHaveLength(2);
});

describe('the official API', () => {
  let official: OfficialServer;
  beforeAll(async () => {
    official = await startOfficialServer({ tokens: ['token'], perSecond: 1000 });
  });
  afterAll(() => official.close());
  const openOfficial = () => {
    upstream.close();
    upstream = createEcobalyseClient({
      ...{ baseUrl: official.apiUrl(), token: 'token', requestsPerSecond: 10_000, concurrency: 1 },
      ...{ timeoutMs: 60_000, retries: 0, retryDelayMs: 1 },
    });
  };

  it.each<[OfficialVersion, number]>([
    ['v7.0.0', 21],
    ['v8.0.0', 21],
    ['v8.5.0', 17],
  ])('of %s is stored under its version, with %i indicators of the method', async (version, covered) => {
    official.version = version;
    openOfficial();
    expect(await tryBatch()).toMatchObject({ answered: COUNT, refused: [] });
    const stored = await store
      .collection('impacts')
      .find({ '_platform.methodVersion': version.slice(1) })
      .toArray();
    expect(stored.length).toBe(await countImpacts(store));
    expect(new Set(stored.map(({ _platform }) => _platform.coveredCount))).toEqual(new Set([covered]));
    expect(new Set(stored.flatMap(({ inputs }) => inputs.materials.map(({ material }) => material.id)))).toEqual(
      new Set(
        plannedSimulations(scope)
          .slice(40, 40 + COUNT)
          .flatMap(({ query }) => (query.materials as { id: string }[]).map(({ id }) => id)),
      ),
    );
  });

  it.each<OfficialVersion>(['v8.0.0', 'v8.5.0'])(
    'that becomes %s amid a batch has nothing stored under the wrong version',
    async (later) => {
      official.version = 'v7.0.0';
      openOfficial();
      const { simulateDetailed } = upstream;
      let answered = 0;
      upstream = {
        ...upstream,
        async simulateDetailed(query, signal) {
          const answer = await simulateDetailed(query, signal);
          answered += 1;
          if (answered === COUNT / 2) official.version = later;
          return answer;
        },
      };
      await expect(tryBatch()).rejects.toThrow('became another version');
      expect(await countImpacts(store)).toBe(0);
      expect(await tryBatch()).toMatchObject({ answered: COUNT });
      expect(await store.collection('impacts').distinct('_platform.methodVersion')).toEqual([later.slice(1)]);
    },
  );
});

describe('the check of a run', () => {
  const limit = 12;
  const context = (runId: string) => ({
    payload: { runId, pipeline: 'ecobalyse_extract' as const, parameters: { ...scope, limit } },
  });
  const identities = () => plannedSimulations({ ...scope, limit }).map(({ query }) => productIdentity(query));
  const refusal = (count: number) => ({
    count,
    example: { md5_id: 'a', product: 'tshirt', country: 'FR', scenario: 'regular' as const, reasons: { mass: 'bad' } },
  });

  /** What the task of the simulations said, and how many of the documents that it should have stored are not there. */
  async function check(said: { answered: number; refused: number[] }, missing: number) {
    const runId = randomUUID();
    await createRun(store, { _id: runId, pipeline: runId, trigger: 'test', parameters: {} });
    await simulateBatch(
      { runId, scope: { ...scope, limit }, offset: 0, count: limit },
      { store, upstream, cache },
      new AbortController().signal,
      { kept: 0, keep: async () => undefined, isLast: true },
    );
    await store.collection('impacts').deleteMany({ md5_id: { $in: identities().slice(0, missing) } });
    const result = { planned: limit, answered: said.answered, refused: said.refused.map(refusal) };
    await openRunHistory(store).succeeded({ runId, task: 'simulations', retry: 0, attempt: 1 }, result, false);
    return loadSimulations(context(runId), { store });
  }

  it('counts what the run changed', async () => {
    expect(await check({ answered: 9, refused: [2, 1] }, 3)).toEqual({
      planned: 12,
      products: 12,
      inserted: 9,
      updated: 0,
      unchanged: 0,
      refused: 3,
      refusals: [refusal(2), refusal(1)],
      indexes: expect.any(Number),
    });
    // All but three are there already, one of them with another answer.
    const other = { md5_id: identities()[11] as string };
    await store.collection('impacts').updateOne(other, { $set: { '_platform.answerHash': 'other' } });
    expect(await check({ answered: 12, refused: [] }, 0)).toMatchObject({ inserted: 3, updated: 1, unchanged: 8 });
  });

  it.each([
    ['more is missing than was refused', { answered: 11, refused: [1] }, 2],
    ['one was neither answered nor refused', { answered: 11, refused: [] }, 0],
    ['one was answered and refused', { answered: 12, refused: [1] }, 0],
  ])('fails when %s', async (_, said, missing) => {
    await expect(check(said, missing)).rejects.toThrow(
      `of 12 planned simulations (12 products) ${said.answered} were answered and ${said.refused.length} refused, ` +
        `but ${12 - missing} products are stored`,
    );
  });

  it('fails without a result to check', async () => {
    await expect(loadSimulations(context('none'), { store })).rejects.toThrow('no result of the task "simulations"');
  });
});

it('stores the lists of upstream and of the grid, and drops the cached answers about them', async () => {
  const dropped: unknown[] = [];
  const invalidate = async (tags: readonly string[]) => void dropped.push(tags);
  const resources = { store, upstream, cache: { ...cache, invalidate } };
  const context = { log: async () => undefined, signal: new AbortController().signal };
  const counts = await extractReferenceData(context, resources);
  expect(counts).toEqual({
    countries: (await upstream.countries()).length,
    materials: (await upstream.materials()).length,
    products: (await upstream.products()).length,
    fabricProcesses: fabricProcesses.length,
    garments: 67,
  });
  const stored = ['countries', 'materials', 'products', 'fabricProcess', 'products_details'] as const;
  const found = await Promise.all(stored.map((name) => store.collection(name).countDocuments()));
  expect(found).toEqual(Object.values(counts));
  expect(dropped).toEqual([[CACHE_TAGS.reference]]);
});
