import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { createLogger } from '@ecobalyse/service-kit';
import { createProductJob, openStore, type Store } from '@ecobalyse/store';
import { startTestMongodb, startTestRedis, type TestMongodb, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import { openTracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApi } from '../app.js';
import { openModelHost } from '../model-host.js';

const KEY = 'a-key-of-the-tests-0123456789';
const headers = { access_token: KEY };
const MAX_OPEN = 20;
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const upstream = createEcobalyseClient({ baseUrl: 'http://127.0.0.1:9', concurrency: 1, timeoutMs: 1000, retries: 0 });

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let productJobs: ProductJobQueue;
let app: HttpService;

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{test}' }, () => undefined);
  cache = openResponseCache({ redisUrl: redis.url, prefix: '{jobs}:', ttlSeconds: 60, onError: () => undefined });
});
afterAll(async () => {
  upstream.close();
  await cache.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  app = await buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 1_000_000, keepDays: 1 },
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
    cacheClearRequiresKey: false,
  });
});
afterEach(async () => {
  await app.close();
  await store.close();
});

const upload = (payload: string | Buffer = '{}', more: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/product/batch',
    headers: { ...headers, 'content-type': 'application/x-ndjson', ...more },
    payload,
  });
const jobs = () => store.collection('product_jobs');

/** Begins an upload that does not end until its socket does. */
function beginUpload(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  const head = [`POST /product/batch HTTP/1.1`, 'host: test', `access_token: ${KEY}`];
  const rest = ['content-type: application/x-ndjson', 'transfer-encoding: chunked'];
  socket.on('error', () => undefined).write(`${[...head, ...rest].join('\r\n')}\r\n\r\n3\r\n{}\n\r\n`);
  return socket;
}

describe('how many jobs there may be', () => {
  it('counts uploads that still come, and forgets those that broke off', async () => {
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
    const uploads = Array.from({ length: MAX_OPEN }, () => beginUpload(port));
    await waitUntil('all uploads have begun', async () => (await jobs().countDocuments()) === MAX_OPEN);
    const refused = await upload();
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
      429,
      '60',
      { detail: '20 jobs come, wait or go on already, try again later', code: 'too_many_jobs' },
    ]);
    expect(await jobs().countDocuments()).toBe(MAX_OPEN);
    for (const socket of uploads) socket.destroy();
    await waitUntil('they are forgotten', async () => (await jobs().countDocuments()) === 0);
    expect((await upload()).statusCode).toBe(202);
  });

  it('does not count an upload whose process died', async () => {
    for (let n = 0; n < MAX_OPEN; n += 1) {
      const rest = { createdBy: null, requestId: null, traceparent: null, name: null };
      await createProductJob(store, { _id: `dead-${n}`, format: 'ndjson', ...rest });
    }
    expect((await upload()).statusCode).toBe(429);
    await jobs().updateMany({}, { $set: { createdAt: new Date(Date.now() - 3_600_000) } });
    expect((await upload()).statusCode).toBe(202);
  });
});

it('old jobs are forgotten beside the requests', async () => {
  const { id } = (await upload()).json();
  const old = new Date(Date.now() - 10 * 86_400_000);
  await jobs().updateOne({ _id: id }, { $set: { status: 'done', createdAt: old, endedAt: old } });
  expect((await upload()).statusCode).toBe(202);
  expect(await jobs().countDocuments({ _id: id })).toBe(1);
  await app.listen({ host: '127.0.0.1', port: 0 });
  await waitUntil('the old job is gone', async () => (await jobs().countDocuments({ _id: id })) === 0);
  expect(await store.collection('product_job_chunks').countDocuments({ job: id })).toBe(0);
});

it('a job that is not there is named as one', async () => {
  for (const part of ['', '/result', '/events']) {
    const answer = await app.inject({ url: `/jobs/${randomUUID()}${part}`, headers });
    expect([answer.statusCode, answer.json()]).toEqual([404, { detail: 'No such job', code: 'job_unknown' }]);
  }
});

describe('a compressed upload', () => {
  const compressed = { 'content-encoding': 'gzip' };

  it('is read as what it holds', async () => {
    const answer = await upload(gzipSync('{}\n{}\n'), compressed);
    expect(answer.statusCode).toBe(202);
    expect(await jobs().findOne({ _id: answer.json().id })).toMatchObject({ planned: 2, file: { bytes: 6 } });
  });

  it('may not become larger than a file may be', async () => {
    const answer = await upload(gzipSync(`{"name":"${'x'.repeat(1000)}"}\n`.repeat(5000)), compressed);
    expect([answer.statusCode, answer.json()]).toEqual([
      413,
      { detail: 'The file is larger than 1 MB', code: 'file_too_large' },
    ]);
    expect(await jobs().countDocuments()).toBe(0);
  });

  it.each([
    ['broken', gzipSync('{}').subarray(0, 12), 'gzip', 422],
    ['in another encoding', Buffer.from('{}'), 'zstd', 415],
  ])('is refused when it is %s', async (_what, body, encoding, status) => {
    expect((await upload(body, { 'content-encoding': encoding })).statusCode).toBe(status);
    expect(await jobs().countDocuments()).toBe(0);
  });
});
