import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { claimIncident, ensureIndexes, listIncidents, openStore, type Store } from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWatch, type WatchDependencies } from './watch.js';
import { openWebhook, signatureOf } from './webhook.js';

const SECRET = 'a-secret-of-the-tests';
const quiet = { debug: () => undefined, warn: () => undefined } as never;

let mongodb: TestMongodb;
let store: Store;
let receiver: Server;
let told: { body: string; signature: unknown }[];
/** What the receiver answers next; 200 when nothing is said. */
let statuses: number[];
let upstream: string | null;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  receiver = createServer(async (request, answer) => {
    told.push({ body: await text(request), signature: request.headers['x-ecobalyse-signature'] });
    answer.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end();
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  receiver.close();
  await mongodb.close();
});
beforeEach(async () => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  [told, statuses, upstream] = [[], [], null];
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
});

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
      message: { en: 'The Ecobalyse API does not answer.', fr: 'L’API Ecobalyse ne répond pas.' },
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

describe('a webhook', () => {
  it.each([
    ['http://example.org/hook', 'expected https'],
    ['https://10.0.0.1/hook', '10.0.0.1 is in a private network'],
    ['https://[::1]/hook', '::1 is in a private network'],
    ['https://0x7f.1/hook', '127.0.0.1 is in a private network'],
  ])('%s is refused', (url, reason) => expect(() => openWebhook(settings(url, false))).toThrow(reason));

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

  it('is none without an address', () => expect(openWebhook(settings(undefined))).toBeNull());
});
