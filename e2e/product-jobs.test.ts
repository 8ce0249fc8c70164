import { randomUUID } from 'node:crypto';
import type { ProductJobView, ProductResultLine } from '@ecobalyse/schema';
import { countImpacts, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  freePort,
  openBridge,
  type ServiceProcess,
  startService,
  startTestMongodb,
  startTestRedis,
  startTestSimulator,
  type TestMongodb,
  type TestRedis,
  type TestSimulator,
  waitUntil,
} from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

/** Jobs of `POST /product/batch`: two processes of the API, and workers that a test can kill. */

const KEY = 'a-key-of-the-tests-0123456789';
const headers = { access_token: KEY };
const PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};
const IDENTITY = '15a853d8fc6bee14a946559190111f51';

vi.setConfig({ testTimeout: 150_000 });

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: TestSimulator;
let env: Record<string, string>;
let store: Store;
let apis: ServiceProcess[];
let urls: string[];
let workers: ServiceProcess[] = [];

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), startTestSimulator()]);
  const dbName = `jobs-${randomUUID().slice(0, 8)}`;
  env = {
    MONGODB_URI: mongodb.uri,
    DB_NAME: dbName,
    REDIS_URL: redis.url,
    ECOBALYSE_API_URL: simulator.apiUrl,
    ECOBALYSE_RETRIES: '1',
    API_KEY: KEY,
    // A machine that has other work must not have the API refuse some of this.
    MAX_EVENT_LOOP_DELAY_MS: '0',
    PRODUCT_JOB_MAX_MB: '1',
    JOB_LOCK_MS: '2000',
  };
  store = openStore({ uri: mongodb.uri, dbName, appName: 'e2e' });
  const ports = await Promise.all([freePort(), freePort()]);
  urls = ports.map((port) => `http://127.0.0.1:${port}`);
  apis = ports.map((port) => startService('services/api/bundle/main.js', { ...env, API_PORT: String(port) }));
  for (const [index, url] of urls.entries()) {
    await waitUntil('the API answers', async () => (await fetch(`${url}/health/ready`)).ok).catch((error) => {
      throw new Error(`${error}: ${apis[index]?.output()}`);
    });
  }
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.end()));
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close(), simulator.close()]);
});
beforeEach(async () => {
  for (const name of ['impacts', 'product_jobs', 'product_job_chunks'] as const) {
    await store.collection(name).deleteMany({});
  }
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.end()));
  workers = [];
});

const startWorker = (changed: Record<string, string> = {}): ServiceProcess =>
  startService('services/product-ingest/bundle/main.js', { ...env, ...changed });

/** A worker that ends with the test. */
function work(changed?: Record<string, string>): ServiceProcess {
  const worker = startWorker(changed);
  workers.push(worker);
  return worker;
}

/** Whichever API is asked: they know the same. */
const at = (path: string, api = 0): string => `${urls[api]}${path}`;

async function upload(body: string | Buffer, type = 'application/x-ndjson') {
  const response = await fetch(at('/product/batch'), {
    method: 'POST',
    headers: { ...headers, 'content-type': type },
    body,
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}

async function accepted(body: string | Buffer, type?: string): Promise<string> {
  const answer = await upload(body, type);
  expect(answer.status, answer.text).toBe(202);
  return answer.body.id;
}

async function jobOf(id: string, api = 1): Promise<ProductJobView> {
  const response = await fetch(at(`/jobs/${id}`, api), { headers });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as ProductJobView;
}

async function reaches(id: string, what: string, holds: (job: ProductJobView) => boolean): Promise<ProductJobView> {
  let job = await jobOf(id);
  await waitUntil(
    `the job ${what}`,
    async () => {
      job = await jobOf(id);
      return holds(job);
    },
    120_000,
  ).catch((error: unknown) => {
    throw new Error(`${error}: ${JSON.stringify(job)} ${workers.map((worker) => worker.output()).join('')}`);
  });
  return job;
}
const ended = (id: string) => reaches(id, 'ends', ({ status }) => status !== 'queued' && status !== 'running');

async function resultOf(id: string): Promise<ProductResultLine[]> {
  const text = await (await fetch(at(`/jobs/${id}/result`, 1), { headers })).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ProductResultLine);
}

const ndjson = (products: readonly unknown[]): string => products.map((product) => JSON.stringify(product)).join('\n');
const many = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ ...PRODUCT, mass: 0.1 + index / 100_000 }));

/** Every product of the file has its line, in order, and was added by this job; the database holds each once. */
async function expectAllAdded(id: string, count: number): Promise<void> {
  const job = await ended(id);
  expect(job).toMatchObject({ status: 'done', planned: count, done: count, added: count, failed: 0, error: null });
  const lines = await resultOf(id);
  expect(lines.map(({ line, index, status }) => [line, index, status])).toEqual(
    Array.from({ length: count }, (_, index) => [index + 1, index, 'added']),
  );
  expect(new Set(lines.map(({ md5_id }) => md5_id)).size).toBe(count);
  expect(await countImpacts(store)).toBe(count);
}

interface SentEvent {
  id?: string;
  event?: string;
  data?: ProductJobView;
}

/** Reads server-sent events until the stream ends. */
async function* eventsOf(
  id: string,
  more: Record<string, string> = {},
  signal?: AbortSignal,
): AsyncGenerator<SentEvent> {
  const response = await fetch(at(`/jobs/${id}/events`, 1), {
    headers: { ...headers, ...more },
    ...(signal && { signal }),
  });
  if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() as string;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (fields.event) yield { ...fields, data: JSON.parse(fields.data) };
    }
  }
}

/** Two seconds for each part of a hundred products: a test comes in between, also on a busy machine. */
const SLOWLY = { ECOBALYSE_REQUESTS_PER_SECOND: '50' };

describe('a job', () => {
  /** One for all of these: starting it takes longer than what they ask of it. */
  let worker: ServiceProcess | undefined;
  beforeEach(() => {
    worker ??= startWorker(SLOWLY);
  });
  afterAll(() => worker?.end());

  it('adds each product exactly as POST /product does, and tells line by line what became of it', async () => {
    const post = (product: object) =>
      fetch(at('/product'), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(product),
      });
    const stored = async () => {
      const { _id, _platform, ...document } = (await store
        .collection('impacts')
        .findOne({ md5_id: IDENTITY })) as never as {
        _id: unknown;
        _platform: object;
      };
      return { document, platform: { ..._platform, createdAt: 0, updatedAt: 0, insertedByRun: 0, updatedByRun: 0 } };
    };
    await post(PRODUCT);
    const single = await stored();
    await store.collection('impacts').deleteMany({});
    await post({ ...PRODUCT, mass: 0.3 });
    const listed = async () =>
      ((await (await fetch(at('/product/tshirt', 1), { headers })).json()) as unknown[]).length;
    expect(await listed()).toBe(1);

    const id = await accepted(
      [
        JSON.stringify(PRODUCT),
        '{"mass": ',
        '',
        JSON.stringify({ ...PRODUCT, mass: 'light' }),
        JSON.stringify({ ...PRODUCT, countryMaking: 'XX' }),
        JSON.stringify({ ...PRODUCT, mass: 0.3 }),
        JSON.stringify(PRODUCT),
      ].join('\n'),
    );
    const events: SentEvent[] = [];
    for await (const event of eventsOf(id)) events.push(event);
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'done' } });
    expect(events.at(-2)).toMatchObject({ event: 'progress', data: { done: 6, added: 1, existing: 2, refused: 3 } });

    expect(await jobOf(id)).toMatchObject({
      status: 'done',
      file: { name: null, format: 'ndjson' },
      created_by: 'API_KEY',
      planned: 6,
      started_at: expect.any(String),
      ended_at: expect.any(String),
    });
    const document = await store.collection('impacts').findOne({ md5_id: IDENTITY });
    const [ecs, method_version] = [document?.impacts.ecs, document?._platform.methodVersion];
    expect(await resultOf(id)).toEqual([
      { line: 1, index: 0, status: 'added', md5_id: IDENTITY, ecs, method_version },
      { line: 2, index: 1, status: 'refused', detail: expect.stringContaining('JSON') },
      { line: 4, index: 2, status: 'refused', detail: expect.stringMatching(/^mass: /) },
      {
        line: 5,
        index: 3,
        status: 'refused',
        md5_id: expect.any(String),
        detail: expect.stringMatching(/^countryMaking: /),
      },
      { line: 6, index: 4, status: 'existing', md5_id: expect.any(String), ecs: expect.any(Number), method_version },
      { line: 7, index: 5, status: 'existing', md5_id: IDENTITY, ecs, method_version },
    ]);
    expect(await stored()).toEqual(single);
    expect(await listed()).toBe(2);
  });

  it('loses one line of a table to a stray quote, and no letter to its charset', async () => {
    const { materials, mass, ...others } = PRODUCT;
    const rows = many(12).map((product, index) => {
      const cells = [(product as typeof PRODUCT).mass, ...Object.values(others), 'ei-coton', 1];
      return [...cells, index === 9 ? '"5 inch' : 'Été'].join(';');
    });
    const header = ['mass', ...Object.keys(others), 'material1', 'material1Share', 'reference', '', ''].join(';');
    const csv = ['sep=;', header, ...rows.map((row) => `${row};;`)].join('\r\n');
    const id = await accepted(Buffer.from(csv, 'latin1'), 'text/csv; charset=windows-1252');
    expect(await ended(id)).toMatchObject({ status: 'done', planned: 12, done: 12, added: 11, refused: 1, failed: 0 });
    const lines = await resultOf(id);
    expect(lines.map(({ line, index }) => [line, index])).toEqual(many(12).map((_, index) => [index + 3, index]));
    expect(lines.filter(({ status }) => status !== 'added')).toEqual([
      { line: 12, index: 9, status: 'refused', detail: expect.stringContaining('quote') },
    ]);
  });

  it('is followed from where it was, and to the end at once when it has ended', async () => {
    const id = await accepted(ndjson(many(3)));
    const first: SentEvent[] = [];
    for await (const event of eventsOf(id)) first.push(event);
    const again: SentEvent[] = [];
    for await (const event of eventsOf(id, { 'last-event-id': first.at(-1)?.id as string })) again.push(event);
    expect(again.map(({ event }) => event)).toEqual(['end']);
  });

  it('is cancelled: what was added stays, the rest is not touched', async () => {
    const id = await accepted(ndjson(many(200)));
    // It looks every second whether its job is still wanted.
    await reaches(id, 'is under way', ({ done }) => done >= 100);
    const cancel = () => fetch(at(`/jobs/${id}`), { method: 'DELETE', headers });
    expect(await (await cancel()).json()).toMatchObject({ status: 'cancelled', ended_at: expect.any(String) });
    expect((await cancel()).status).toBe(200);
    // The worker goes on with other work, and no further with this one.
    await ended(await accepted(ndjson([{ ...PRODUCT, product: 'jean', mass: 0.5 }])));
    expect(await worker?.end('SIGTERM')).toBe(0);
    worker = undefined;
    const { done, status } = await jobOf(id);
    expect([status, done < 200]).toEqual(['cancelled', true]);
    expect(await resultOf(id)).toHaveLength(done);
    expect(await store.collection('impacts').countDocuments({ product_id: 'tshirt' })).toBe(done);
  });
});

/** A port of this machine that leads to a server's, from when it is opened on. */
async function bridgeTo(url: string) {
  const { port: target, host } = new URL(url);
  const port = await freePort();
  return { url: url.replace(host, `127.0.0.1:${port}`), open: () => openBridge(port, Number(target)) };
}

it('outlives Redis, upstream, its workers and the database, and loses and doubles nothing', async () => {
  const [upstream, database] = await Promise.all([bridgeTo(simulator.apiUrl), bridgeTo(mongodb.uri)]);
  await redis.kill();
  const id = await accepted(ndjson(many(400)));
  expect(await jobOf(id)).toMatchObject({ status: 'queued', planned: 400 });
  await redis.restart();

  // Nobody else would take its work from this one within the time of a test: it gives it back.
  const stopped = work({ ...SLOWLY, ECOBALYSE_API_URL: upstream.url, JOB_LOCK_MS: '600000' });
  expect(await reaches(id, 'waits', ({ error }) => error !== null)).toMatchObject({
    status: 'running',
    done: 0,
    error: expect.stringMatching(/tried again.*cannot be reached/),
  });
  const upstreamIsBack = await upstream.open();
  await reaches(id, 'is in the middle', ({ done }) => done >= 100);
  expect(await stopped.end('SIGTERM')).toBe(0);

  const databaseIsThere = await database.open();
  const killed = work({ ...SLOWLY, MONGODB_URI: database.url });
  await reaches(id, 'goes on', ({ done }) => done >= 200);
  const client = new Redis(redis.url);
  await client.flushall();
  await client.quit();
  await databaseIsThere.close();
  expect((await jobOf(id)).done).toBeLessThan(400);
  const databaseIsBack = await database.open();
  await reaches(id, 'is found in the database', ({ done }) => done >= 300);
  await killed.end('SIGKILL');
  expect((await jobOf(id)).done).toBeLessThan(400);

  work();
  await expectAllAdded(id, 400);
  await Promise.all([upstreamIsBack.close(), databaseIsBack.close()]);
});

describe('an upload', () => {
  const kept = async () =>
    (await store.collection('product_jobs').countDocuments()) +
    (await store.collection('product_job_chunks').countDocuments());

  it('of too many bytes is refused, whole', async () => {
    const answer = await upload(ndjson(many(6000)));
    const detail = expect.stringMatching(/larger than 1 MB/);
    expect([answer.status, answer.body]).toEqual([413, { detail, code: 'file_too_large' }]);
    await waitUntil('nothing of it is kept', async () => (await kept()) === 0);
  });

  it.each([
    ['an array that was cut off', '[{"mass": 1}, {"mass"', 'application/json', /^line 1: .* 8 bytes/],
    ['an array that goes on', '[{"mass": 1}],\n{"mass": 2}]', 'application/json', /^line 1: .* 14 bytes/],
    ['a charset that is not read', 'product,mass', 'text/csv; charset=shift_jis', /charset.*windows-1252.*shift_jis/],
    ['a header without products', 'colour,size\nred,XL\n', 'text/csv', /product, mass/],
    ['nothing', '', 'application/x-ndjson', /at least one product/],
    ['an empty array', '[]', 'application/json', /at least one product/],
    ['another type', '<products/>', 'application/xml', /content-type/],
  ])('of %s is refused, whole', async (_name, body, type, msg) => {
    const answer = await upload(body, type);
    expect([answer.status, answer.body]).toEqual([
      422,
      {
        detail: [{ loc: ['body'], msg: expect.stringMatching(msg), type: expect.any(String) }],
        code: 'invalid_request',
      },
    ]);
    expect(await kept()).toBe(0);
  });

  it('that breaks off leaves nothing', async () => {
    const aborting = new AbortController();
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode(`${ndjson(many(4500))}\n`));
        await waitUntil('a part of it is stored', async () => (await kept()) > 1);
        aborting.abort();
      },
    });
    const request = fetch(at('/product/batch'), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body,
      duplex: 'half',
      signal: aborting.signal,
    } as RequestInit);
    await expect(request).rejects.toThrow();
    await waitUntil('nothing of it is kept', async () => (await kept()) === 0);
  });
});
