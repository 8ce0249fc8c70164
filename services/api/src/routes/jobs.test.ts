import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { createLogger } from '@ecobalyse/service-kit';
import { createProductJob, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { openTracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { utils, write } from 'xlsx';
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

const build = () =>
  buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 1_000_000 },
    retention: { jobs: { days: 1, newest: 0, most: 200 } },
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
    cacheClearRequiresKey: false,
  });

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{test}' }, () => undefined);
  cache = openResponseCache({ redisUrl: redis.url, prefix: '{jobs}:', ttlSeconds: 60, onError: () => undefined });
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  app = await build();
});
afterAll(async () => {
  await app.close();
  await store.close();
  upstream.close();
  await cache.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
afterEach(() => databaseOf(store).dropDatabase());

/** Listens until the end of the test: that begins the forgetting of jobs. */
async function listen(): Promise<number> {
  const own = await build();
  onTestFinished(() => own.close());
  return Number(new URL(await own.listen({ host: '127.0.0.1', port: 0 })).port);
}

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

describe('what may be uploaded', () => {
  const CSV = 'Catégorie;Masse;Matière 1\nJean;0,5;Coton\n';
  const JEAN = { product: 'jean', mass: 0.5, materials: [{ id: 'ei-coton' }] };
  const book = () => {
    const workbook = utils.book_new();
    const rows = CSV.trim()
      .split('\n')
      .map((line) => line.split(';'));
    utils.book_append_sheet(workbook, utils.aoa_to_sheet(rows), 'Produits');
    return write(workbook, { type: 'buffer' }) as Buffer;
  };
  const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const WINDOWS = 'application/vnd.ms-excel';

  /** What became of an upload: the form of the file, its name and its products. */
  async function uploaded(payload: string | Buffer, type: string, name = '') {
    const answer = await app.inject({
      method: 'POST',
      url: `/product/batch${name && `?name=${encodeURIComponent(name)}`}`,
      headers: { ...headers, 'content-type': type },
      payload,
    });
    if (answer.statusCode !== 202) return [answer.statusCode, answer.json().detail];
    const { id } = answer.json();
    const [job] = await jobs().find({ _id: id }).toArray();
    const chunks = await store.collection('product_job_chunks').find({ job: id }).toArray();
    const products = chunks.flatMap((chunk) => JSON.parse(chunk.products as string) as { product: unknown }[]);
    return [job?.file.format, job?.file.name, products.map(({ product }) => product)];
  }
  const form = (content: string | Buffer, filename: string, type: string) => {
    const head = `--x\r\ncontent-disposition: form-data; name="note"\r\n\r\nspring\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: ${type}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n--x--\r\n')]);
  };

  it.each([
    'text/csv',
    'text/csv; charset=utf-8',
    WINDOWS,
    'application/octet-stream',
    'text/plain',
    'text/x-csv',
    'Text/CSV',
  ])('a table under the type %s', async (type) => {
    expect(await uploaded(CSV, type)).toEqual(['csv', null, [JEAN]]);
  });

  it('what curl --data-binary sends without a type', async () => {
    expect(await uploaded(CSV, 'application/x-www-form-urlencoded')).toEqual(['csv', null, [JEAN]]);
    expect(await uploaded('{"a":1}\n{"a":2}\n', 'application/x-www-form-urlencoded')).toEqual([
      'ndjson',
      null,
      [{ a: 1 }, { a: 2 }],
    ]);
  });

  it.each([XLSX, WINDOWS, 'application/octet-stream'])('a workbook under the type %s', async (type) => {
    expect(await uploaded(book(), type, 'Été.xlsx')).toEqual(['xlsx', 'Été.xlsx', [JEAN]]);
  });

  it('a file of a form, with its name', async () => {
    const type = 'multipart/form-data; boundary=x';
    expect(await uploaded(form(CSV, 'été.csv', WINDOWS), type)).toEqual(['csv', 'été.csv', [JEAN]]);
    expect(await uploaded(form(book(), 'a.xlsx', 'application/octet-stream'), type, 'b.xlsx')).toEqual([
      'xlsx',
      'b.xlsx',
      [JEAN],
    ]);
    expect(await uploaded(form(CSV, 'n'.repeat(300), 'anything/else'), type)).toEqual(['csv', 'n'.repeat(200), [JEAN]]);
  });

  it('nothing else, and no form without a file', async () => {
    expect(await uploaded(CSV, 'image/png')).toEqual([422, expect.anything()]);
    const [status] = await uploaded(
      '--x\r\ncontent-disposition: form-data; name="note"\r\n\r\nx\r\n--x--\r\n',
      'multipart/form-data; boundary=x',
    );
    expect(status).toBe(422);
    expect(await uploaded(form('x'.repeat(1_000_001), 'a.csv', 'text/csv'), 'multipart/form-data; boundary=x')).toEqual(
      [413, expect.any(String)],
    );
    expect(await uploaded(Buffer.concat([book().subarray(0, 200), Buffer.alloc(3000, 1)]), XLSX)).toMatchObject([
      422,
      [{ msg: expect.stringContaining('this workbook cannot be read') }],
    ]);
    expect(await jobs().countDocuments()).toBe(0);
  });

  it.each([
    ['has no boundary', 'multipart/form-data', form(CSV, 'a.csv', 'text/csv')],
    ['is cut off in its file', 'multipart/form-data; boundary=x', form(CSV, 'a.csv', 'text/csv').subarray(0, -8)],
    ['is cut off before its file', 'multipart/form-data; boundary=x', form(CSV, 'a.csv', 'text/csv').subarray(0, 60)],
    ['has parts without heads', 'multipart/form-data; boundary=x', '--x\r\n\r\nx\r\n--x--\r\n'],
    ['is none', 'multipart/form-data; boundary=x', CSV],
    ['is empty', 'multipart/form-data; boundary=x', ''],
  ])('a form that %s is refused', async (_what, type, payload) => {
    const [status, detail] = await uploaded(payload, type);
    expect([status, detail]).toEqual([422, [expect.objectContaining({ loc: ['body'] })]]);
    expect(await jobs().countDocuments()).toBe(0);
  });
});

describe('how many jobs there may be', () => {
  it('counts uploads that still come, and forgets those that broke off', async () => {
    const port = await listen();
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

it('a job tells the columns of its file that are not read, in their order', async () => {
  const unread = async (header: string) => {
    const payload = `${header}\njean,1,ei-coton,Lille,x,7\n`;
    const url = '/product/batch';
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { ...headers, 'content-type': 'text/csv' },
      payload,
    });
    return (await app.inject({ url: answer.json().url, headers })).json().unread_columns;
  };
  expect(await unread('product,mass,material1,Ville,Couleur,Coût')).toEqual(['Ville', 'Couleur', 'Coût']);
  // What another column says more surely, too; not what a result tells beside a product, nor what has no name.
  expect(await unread('product,mass,material1,Ville,Catégorie,Résultat')).toEqual(['Ville', 'Catégorie']);
});

/** A job that ended, as it is kept. */
const endedJob = (_id: string, createdAt: Date, status: 'done' | 'receiving' = 'done') => ({
  ...{ _id, status, createdAt, updatedAt: createdAt, startedAt: null },
  endedAt: status === 'done' ? createdAt : null,
  file: { name: null, format: 'csv' as const, bytes: 0 },
  ...{
    planned: 0,
    done: 0,
    added: 0,
    changed: 0,
    existing: 0,
    refused: 0,
    failed: 0,
    chunks: 0,
    nextChunk: 0,
    starts: 0,
  },
  ...{ createdBy: null, requestId: null, traceparent: null, error: null },
});

describe('jobs that ended', () => {
  const now = Date.UTC(2026, 5, 1);
  const DAY_MS = 86_400_000;
  const left = async () => (await jobs().find({}).sort({ createdAt: 1 }).toArray()).map(({ _id }) => _id);
  /** Begins to forget them, and waits for the first time that is done. */
  async function expire(goes: string): Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'], now });
    try {
      await listen();
      await waitUntil('old jobs are gone', async () => !(await left()).includes(goes));
    } finally {
      vi.useRealTimers();
    }
  }

  it('are forgotten after as many days as is set, with what they hold, and uploads that broke off', async () => {
    await jobs().insertMany([
      endedJob('older', new Date(now - DAY_MS - 1)),
      endedJob('as old', new Date(now - DAY_MS)),
      endedJob('broken off', new Date(now - 900_001), 'receiving'),
      endedJob('coming', new Date(now - 900_000), 'receiving'),
    ]);
    await store.collection('product_job_chunks').insertMany([
      { _id: 'older:0', job: 'older', n: 0, products: '[]' },
      { _id: 'as old:0', job: 'as old', n: 0, products: '[]' },
    ]);
    await expire('older');
    await waitUntil('all that goes is gone', async () => (await jobs().countDocuments()) === 2);
    expect(await left()).toEqual(['as old', 'coming']);
    expect((await store.collection('product_job_chunks').find({}).toArray()).map(({ job }) => job)).toEqual(['as old']);
  });

  it('are forgotten beyond the newest two hundred, which come by pages, the newest first', async () => {
    const ids = Array.from({ length: 202 }, (_, second) => `job-${second}`);
    await jobs().insertMany([
      ...ids.map((id, second) => endedJob(id, new Date(now - 300_000 + second * 1000))),
      endedJob('coming', new Date(now), 'receiving'),
    ]);
    const shown = async (page: string) => {
      const { total, items } = (await app.inject({ url: `/jobs${page}`, headers })).json();
      return [total, items.map(({ id }: { id: string }) => id)];
    };
    const newestFirst = ids.toReversed();
    expect(await shown('')).toEqual([202, newestFirst.slice(0, 50)]);
    expect(await shown('?offset=50&limit=3')).toEqual([202, newestFirst.slice(50, 53)]);
    expect(await shown('?offset=200')).toEqual([202, newestFirst.slice(200)]);
    expect((await app.inject({ url: '/jobs?limit=1001', headers })).statusCode).toBe(422);
    await expire('job-1');
    await waitUntil('all that goes is gone', async () => (await left()).length === 201);
    expect(await left()).toEqual([...ids.slice(2), 'coming']);
  });
});

describe('a job', () => {
  it.each([
    ['application/x-ndjson', '{}\n{}\n', 'ndjson', 2],
    ['application/json; charset=utf-8', '[{},{},{}]', 'json', 3],
    ['Text/CSV;charset=utf-8', 'product,mass,material1\njean,1,ei-coton\n', 'csv', 1],
  ])('of %s tells what it was made of, and by whom', async (type, body, format, planned) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await app.inject({
      method: 'POST',
      url: '/product/batch?name=autumn',
      headers: { ...headers, 'content-type': type, 'x-request-id': 'request-1', traceparent },
      payload: body,
    });
    const { id, url, events, result } = answer.json();
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/jobs/${id}`]);
    expect([url, events, result]).toEqual([`/jobs/${id}`, `/jobs/${id}/events`, `/jobs/${id}/result`]);
    expect((await app.inject({ url, headers })).json()).toMatchObject({
      ...{ id, status: 'queued', planned, done: 0, added: 0, existing: 0, refused: 0, failed: 0 },
      ...{ file: { name: 'autumn', format, bytes: body.length }, created_by: 'API_KEY' },
      ...{ unread_columns: [], started_at: null, ended_at: null, error: null },
    });
    expect(await jobs().findOne({ _id: id })).toMatchObject({ requestId: answer.headers['x-request-id'], traceparent });
  });

  it('is cancelled once, and not after its end', async () => {
    const cancel = (id: string) => app.inject({ method: 'DELETE', url: `/jobs/${id}`, headers });
    const [one, other] = [(await upload()).json().id, (await upload()).json().id];
    for (const _time of ['first', 'second']) {
      const answer = await cancel(one);
      expect([answer.statusCode, answer.json().status]).toEqual([200, 'cancelled']);
    }
    await jobs().updateOne({ _id: other }, { $set: { status: 'done' } });
    const late = await cancel(other);
    expect([late.statusCode, late.json().code]).toEqual([409, 'job_ended']);
    expect((await cancel(randomUUID())).statusCode).toBe(404);
  });
});

it('a job that is not there is named as one', async () => {
  for (const part of ['', '/result', '/events']) {
    const answer = await app.inject({ url: `/jobs/${randomUUID()}${part}`, headers });
    expect([answer.statusCode, answer.json()]).toEqual([404, { detail: 'No such job', code: 'job_unknown' }]);
    expect((await app.inject({ url: `/jobs/no-id${part}`, headers })).statusCode).toBe(422);
    expect((await app.inject({ url: `/jobs/${randomUUID()}${part}` })).statusCode).toBe(403);
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
