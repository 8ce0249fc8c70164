import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, Json } from '@ecobalyse/schema';
import {
  claimIncident,
  ensureIndexes,
  insertImpacts,
  listIncidents,
  noteModelWatch,
  openStore,
  type Store,
} from '@ecobalyse/store';
import {
  emptyDatabase,
  type OfficialServer,
  startOfficialServer,
  startTestMongodb,
  type TestMongodb,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWatch, type WatchDependencies } from './watch.js';
import { openWebhook, publicLookup, signatureOf } from './webhook.js';

const SECRET = 'a-secret-of-the-tests';
const quiet = { debug: () => undefined, warn: () => undefined } as never;

let mongodb: TestMongodb;
let store: Store;
let receiver: Server;
let told: { body: string; signature: unknown }[];
/** What the receiver answers next; 200 when nothing is said. */
let statuses: number[];
let upstream: string | null;
let official: OfficialServer;
let client: EcobalyseClient;
beforeAll(async () => {
  official = await startOfficialServer();
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  receiver = createServer(async (request, answer) => {
    told.push({ body: await text(request), signature: request.headers['x-ecobalyse-signature'] });
    answer.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end();
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  official.close();
  receiver.close();
  await store.close();
  await mongodb.close();
});
beforeEach(async () => {
  await emptyDatabase(store);
  [told, statuses, upstream] = [[], [], null];
  // It remembers the ids of the version that it asked last.
  client = createEcobalyseClient({ baseUrl: official.apiUrl(), concurrency: 10, timeoutMs: 5000, retries: 0 });
  Object.assign(official, { version: 'v7.0.0', fault: null, faults: [], perSecond: 1000 });
});
afterEach(() => client.close());

const settings = (ALERT_WEBHOOK_URL: string | undefined, ALERT_ALLOW_PRIVATE = true) => ({
  ...{ ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRET: SECRET, ALERT_ALLOW_PRIVATE },
});
const address = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?token=t0ken`;
const watch = (change: Partial<WatchDependencies> = {}) =>
  openWatch({
    store,
    scheduler: { nextTicks: async () => new Map() } as never,
    schedules: new Map(),
    pingUpstream: () => (upstream === null ? Promise.resolve() : Promise.reject(new Error(upstream))),
    upstream: client,
    lateAfterHours: 6,
    webhook: openWebhook(settings(address())),
    logger: quiet,
    ...change,
  });
const incidents = () => listIncidents(store, new Date(0));

describe('an incident', () => {
  it('is told once, signed, and again when it comes back after its end', async () => {
    const { look } = watch();
    upstream = 'it is away';
    await look();
    await look();
    // Another process sees it, too.
    await watch().look();
    expect(told).toHaveLength(1);
    const [{ body, signature }] = told as [(typeof told)[0]];
    expect(JSON.parse(body)).toEqual({
      id: 'upstream_away',
      message: {
        en: 'The Ecobalyse API gives no answers: it is away, or does not take ECOBALYSE_API_TOKEN.',
        fr: 'L’API Ecobalyse ne donne pas de réponses : elle est absente, ou refuse ECOBALYSE_API_TOKEN.',
      },
      since: expect.any(String),
    });
    const seconds = Number(/^t=(\d+),/.exec(String(signature))?.[1]);
    expect(signature).toBe(signatureOf(SECRET, seconds, body));
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
    upstream = null;
    await look();
    expect(told).toHaveLength(1);
    expect(await incidents()).toMatchObject([{ ended_at: expect.any(Date), told_at: expect.any(Date) }]);
    upstream = 'again';
    await look();
    expect(told).toHaveLength(2);
    expect(await incidents()).toMatchObject([{ ended_at: null }]);
  });

  it('stays while nothing is known of it, and is told nobody without a webhook', async () => {
    const blind = { scheduler: { nextTicks: () => Promise.reject(new Error('away')) } as never, webhook: null };
    await store.collection('incidents').insertOne({
      ...{ _id: 'run_failed:ecobalyse', message: { en: 'a', fr: 'b' }, since: new Date(), ended_at: null },
      ...{ told_at: null, tries: 0, error: null, next_try_at: new Date() },
    });
    await watch(blind).look();
    expect(await incidents()).toMatchObject([{ _id: 'run_failed:ecobalyse', ended_at: null }]);
    await watch({ webhook: null }).look();
    expect(await incidents()).toMatchObject([{ ended_at: expect.any(Date) }]);
    expect(told).toEqual([]);
  });

  it('is told again after 30 seconds, then twice as long each time, when it is not taken, twelve times in all', async () => {
    upstream = 'away';
    statuses = Array.from({ length: 20 }, () => 503);
    await watch().look();
    const waits = [];
    for (let tries = 1; tries < 12; tries += 1) {
      const [incident] = await incidents();
      expect(incident).toMatchObject({ tries, told_at: null, error: 'it answered 503' });
      waits.push(Math.round(((incident?.next_try_at.getTime() ?? 0) - Date.now()) / 10_000) * 10);
      await store.collection('incidents').updateOne({}, { $set: { next_try_at: new Date() } });
      await watch().look();
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]);
    await store.collection('incidents').updateOne({}, { $set: { next_try_at: new Date() } });
    expect(await claimIncident(store, new Date())).toBeNull();
    expect(told).toHaveLength(12);
  });

  it('is told of what is doubtful, which is looked for every ten minutes', async () => {
    const { look } = watch();
    const now = Date.now();
    await look(now);
    await store.collection('impacts').insertOne({ md5_id: 'x', _platform: { state: 'to-check' } } as never);
    await look(now + 599_999);
    expect(told).toEqual([]);
    await look(now + 600_000);
    expect(JSON.parse(told[0]?.body ?? '{}').id).toBe('doubtful_data');
  });
});

it('tells once of a model that drifts, until another one predicts', async () => {
  const { look } = watch();
  const [now, later] = [Date.now(), new Date(Date.now() + 1)];
  const verdict = { level: 0.9, checked: 200, outside: 50, drifts: true };
  await noteModelWatch(store, { _id: 'model/3', version: 3, ...verdict }, new Date(now));
  await look(now);
  await look(now + 30_000);
  expect((await incidents()).map(({ _id: id, ended_at }) => [id, ended_at])).toEqual([['model_drift:3', null]]);
  await noteModelWatch(store, { _id: 'model/4', version: 4, ...verdict, drifts: false }, later);
  await look(now + 60_000);
  expect((await incidents()).map(({ ended_at }) => ended_at)).toEqual([new Date(now + 60_000)]);
  expect(told.map(({ body }) => JSON.parse(body).id)).toEqual(['model_drift:3']);
});

describe('what upstream answers', () => {
  const EVERY_MS = 600_000;
  /** Garments of the grid, of which each tenth of a kilogram is one, and what makes them others. */
  async function storeGarments(
    count: number,
    { source = 'extraction' as 'extraction' | 'api', version = '7.0.0' as string | null, factor = 1 } = {},
  ): Promise<void> {
    const documents = Array.from({ length: count }, (_, at) => {
      const materials = [{ id: 'ei-coton', share: 1 }];
      const query: Record<string, Json> = { mass: (at + 1) / 10, materials, product: 'tshirt', countryMaking: 'BD' };
      const answer = simulateDetailed(query) as unknown as DetailedSimulation;
      const given = { ...answer, impacts: { ...answer.impacts, ecs: answer.impacts.ecs * factor } };
      const scenario = source === 'extraction' ? ('regular' as const) : null;
      return toImpactDocument({ query, answer: given, source, scenario, methodVersion: version, runId: null });
    });
    await insertImpacts(store, documents);
  }
  const rescoredAs = (version: string) =>
    store.collection('impacts').updateMany({}, { $set: { '_platform.methodVersion': version } });
  const scaledBy = (factor: number) =>
    store.collection('impacts').updateMany({}, { $mul: { 'impacts.ecs': factor } } as never);
  const goingOn = async () =>
    (await incidents()).filter(({ ended_at }) => ended_at === null).map(({ _id: id, message }) => [id, message.en]);
  const simulations = () => official.asked.filter((line) => line.endsWith('/detailed')).length;

  it('is told once when it is of another version, for each version, until most products are by it', async () => {
    await storeGarments(3);
    const { look } = watch();
    let now = Date.now();
    await look(now);
    expect(await incidents()).toEqual([]);
    official.version = 'v8.0.0';
    const asked = simulations();
    // Looked for every ten minutes.
    await look(now + EVERY_MS - 1);
    expect(await incidents()).toEqual([]);
    now += EVERY_MS;
    await look(now);
    await look(now + EVERY_MS);
    expect(told.map(({ body }) => JSON.parse(body).id)).toEqual(['upstream_changed:8.0.0']);
    expect(await goingOn()).toEqual([
      ['upstream_changed:8.0.0', expect.stringMatching(/version 8\.0\.0 .* by 7\.0\.0/)],
    ]);
    expect(simulations()).toBe(asked);
    // Nothing is known between two looks.
    await rescoredAs('8.0.0');
    await scaledBy(1.25);
    await look(now + 2 * EVERY_MS - 1);
    expect(await goingOn()).toHaveLength(1);
    await look(now + 2 * EVERY_MS);
    expect(await goingOn()).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it('is told when the same version costs otherwise, until what is stored does so too', async () => {
    await storeGarments(12, { factor: 1 + 2e-9 });
    const { look } = watch();
    const now = Date.now();
    const asked = simulations();
    await look(now);
    // Ten of them are enough.
    expect(simulations() - asked).toBe(10);
    expect(await goingOn()).toEqual([['upstream_changed:answers', expect.stringContaining('10 of 10')]]);
    await scaledBy(1 / (1 + 2e-9));
    await look(now + EVERY_MS);
    expect(await goingOn()).toEqual([]);
  });

  it.each<[string, Parameters<typeof storeGarments>, Partial<OfficialServer>, number]>([
    ['nothing is stored', [0], {}, 0],
    ['rounding', [1, { factor: 1 + 0.9e-9 }], {}, 0],
    ['a little more than rounding', [1, { factor: 1 + 1.1e-9 }], {}, 1],
    ['a little less', [1, { factor: 1 - 1.1e-9 }], {}, 1],
    ['no version in what is stored', [1, { version: null }], {}, 0],
    ['no version, and another cost', [1, { version: null, factor: 2 }], {}, 1],
    ['products that no extraction asks about', [1, { source: 'api', factor: 2 }], {}, 0],
    ['one that costs nothing now', [2], { faults: ['zeros'] }, 1],
    ['a moment without an answer', [2, { factor: 2 }], { faults: [{ status: 503 }] }, 0],
  ])('%s', async (_, given, state, count) => {
    await storeGarments(...given);
    Object.assign(official, state);
    await watch({ webhook: null }).look();
    expect(await goingOn()).toHaveLength(count);
  });

  it('is told when one garment is refused that was not', async () => {
    await storeGarments(2);
    await store.collection('impacts').updateOne({}, { $set: { '_platform.query.mass': -1 } });
    await watch({ webhook: null }).look();
    expect(await goingOn()).toEqual([['upstream_changed:answers', expect.stringContaining('1 of 2')]]);
  });

  it('says nothing of an incident while upstream cannot be asked', async () => {
    await storeGarments(1);
    official.version = 'v8.0.0';
    const { look } = watch();
    const now = Date.now();
    await look(now);
    official.version = 'v7.0.0';
    official.perSecond = 0;
    await look(now + EVERY_MS);
    expect(await goingOn()).toHaveLength(1);
  });
});

describe('a webhook', () => {
  it.each([
    ['http://example.org/hook', 'expected https'],
    ['https://10.0.0.1/hook', '10.0.0.1 is in a private network'],
    ['https://[::1]/hook', '::1 is in a private network'],
    ['https://0x7f.1/hook', '127.0.0.1 is in a private network'],
  ])('%s is refused', (url, reason) => expect(() => openWebhook(settings(url, false))).toThrow(reason));

  const [one, two, inside] = ['93.184.216.34', '2606:2800:220:1::1', '10.0.0.1'].map((address) => {
    return { address, family: address.includes(':') ? 6 : 4 };
  });
  it.each([
    [[one], false, [null, '93.184.216.34', 4]],
    [[two, one], false, [null, '2606:2800:220:1::1', 6]],
    [[one, two], true, [null, [one, two], undefined]],
    [[inside], false, 'hook.test is in a private network'],
    [[one, inside], false, 'hook.test is in a private network'],
    [[one, inside], true, 'hook.test is in a private network'],
    [[], true, 'hook.test is in a private network'],
    [new Error('ENOTFOUND'), false, 'ENOTFOUND'],
  ])('whose name has the addresses %j is told at (all of them: %s) %j', (found, all, expected) => {
    let told: unknown[] = [];
    const lookup = ((_name: string, options: object, done: (error: Error | null, found?: unknown) => void) => {
      expect(options).toEqual({ all: true, family: 4 });
      return found instanceof Error ? done(found) : done(null, found);
    }) as never;
    publicLookup('hook.test', { all, family: 4 }, (...answer) => (told = answer), lookup);
    if (Array.isArray(expected)) expect([told[0], told[1], told[2]]).toEqual(expected);
    else expect(String(told[0])).toContain(expected);
  });

  it('whose name leads into a private network is refused when it is told', async () => {
    const webhook = openWebhook(settings(`https://localhost:${(receiver.address() as AddressInfo).port}/`, false));
    await expect(webhook?.send({})).rejects.toThrow('localhost is in a private network: set ALERT_ALLOW_PRIVATE');
    expect(told).toEqual([]);
  });

  it('goes nowhere else, and tells of failures without its address', async () => {
    statuses = [302];
    const webhook = openWebhook(settings(address()));
    await expect(webhook?.send({})).rejects.toThrow(/^it answered 302$/);
    expect(told).toHaveLength(1);
    const gone = openWebhook(settings('http://127.0.0.1:9/hook?token=t0ken'));
    await expect(gone?.send({})).rejects.toThrow(/^ECONNREFUSED$/);
  });

  it('is taken by its status, and what is said beside that is not read, without end as it may be', async () => {
    const endless = createServer((_, answer) => {
      const send = (): void => void (answer.writable && answer.write('x'.repeat(100_000), send));
      answer.writeHead(statuses.shift() ?? 200);
      send();
    });
    await once(endless.listen(0, '127.0.0.1'), 'listening');
    const webhook = openWebhook(settings(`http://127.0.0.1:${(endless.address() as AddressInfo).port}/`));
    await expect(webhook?.send({})).resolves.toBeUndefined();
    statuses = [500];
    await expect(webhook?.send({})).rejects.toThrow(/^it answered 500$/);
    endless.closeAllConnections();
    endless.close();
  });

  it('is none without an address', () => expect(openWebhook(settings(undefined))).toBeNull());
});
