import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { hashApiKey } from '@ecobalyse/service-kit';
import { openStore, rotateApiKey } from '@ecobalyse/store';
import {
  freePort,
  type ServiceProcess,
  startService,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The built API, orchestrator and command line as processes, on real servers. */

const API_KEY = 'a-key-of-the-tests-0123456789';
const SETTINGS_KEY = 'page-page-page-page-page';
const COMMAND = fileURLToPath(new URL('../../../packages/tools/cli/bundle/main.js', import.meta.url));

let mongodb: TestMongodb;
let redis: TestRedis;
let api: ServiceProcess;
let orchestrator: ServiceProcess;
let env: Record<string, string>;
let url: string;

function startApi(): void {
  api = startService('services/api/bundle/main.js', env);
}
const isReady = (address?: string) => fetch(`${address}/health/ready`).then(({ ok }) => ok);
beforeAll(async () => {
  const [ports, ...servers] = await Promise.all([
    Promise.all([freePort(), freePort()]),
    startTestMongodb(),
    startTestRedis(),
  ]);
  [mongodb, redis] = servers;
  const [apiPort, orchestratorPort] = ports.map(String) as [string, string];
  url = `http://127.0.0.1:${apiPort}`;
  env = {
    MONGODB_URI: mongodb.uri,
    DB_NAME: `test-${apiPort}-${Date.now()}`,
    REDIS_URL: redis.url,
    API_KEY,
    API_KEYS: `page:reader:${SETTINGS_KEY}`,
    API_PORT: apiPort,
    ORCHESTRATOR_PORT: orchestratorPort,
    ORCHESTRATOR_URL: `http://127.0.0.1:${orchestratorPort}`,
    ECOBALYSE_API_URL: 'http://127.0.0.1:9/api',
    SCHEDULE_ECOBALYSE_EXTRACT: 'off',
    SCHEDULE_ECOBALYSE_TRAINING: 'off',
    SCHEDULE_ECOBALYSE: 'off',
    LOG_LEVEL: 'info',
    // A busy machine must not decide a test.
    MAX_EVENT_LOOP_DELAY_MS: '0',
  };
  startApi();
  orchestrator = startService('services/orchestrator/bundle/main.js', env);
  for (const address of [url, env.ORCHESTRATOR_URL]) {
    await waitUntil(`${address} is ready`, () => isReady(address));
  }
}, 180_000);
afterAll(async () => {
  await Promise.all([api.end(), orchestrator.end()]);
  await Promise.all([mongodb.close(), redis.close()]);
});

async function call(method: string, path: string, key = API_KEY, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}${path}`, { method, headers: { access_token: key, ...headers } });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

async function addKey(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, 'keys', 'add', ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, MONGODB_URI: env.MONGODB_URI, DB_NAME: env.DB_NAME },
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^eco_[\w-]{43}\n$/)]);
  return stdout.trim();
}

const refusedFor = (role: string) => ({
  status: 403,
  body: { detail: `This key may not do that: it needs the role ${role}`, code: 'role_needed' },
});

describe('npm run keys', () => {
  it('adds keys that the running services know, until they are rotated', async () => {
    const store = openStore({ uri: mongodb.uri, dbName: env.DB_NAME as string, appName: 'test' });
    const key = await addKey('bot', '--role', 'writer', '--expires', '90d');
    const isKnown = async (sent: string) => (await call('GET', '/me', sent)).status === 200;
    await waitUntil('the key is known', () => isKnown(key));
    expect(await call('GET', '/me', key)).toEqual({ status: 200, body: { name: 'bot', role: 'writer' } });
    expect(await call('DELETE', '/product?md5_id=0', key)).toMatchObject({ status: 404 });
    expect(await call('POST', '/models/1/promote', key)).toEqual(refusedFor('admin'));

    const rotated = 'another-key-of-the-tests-0123';
    await rotateApiKey(store, 'bot', hashApiKey(rotated));
    await waitUntil('the new key is known', () => isKnown(rotated));
    expect(await isKnown(key)).toBe(false);
    await store.close();

    const { body } = await call('DELETE', '/product?md5_id=15a853d8fc6bee14a946559190111f51');
    expect(body).toEqual({ detail: 'Product not found' });
    await waitUntil('the write is in the log', () => api.output().includes('15a853d8fc6bee14a946559190111f51'));
    const lines = api.output().split('\n');
    const audit = lines.filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line));
    expect(audit.at(-1)).toMatchObject({
      reqId: expect.any(String),
      audit: {
        key: 'API_KEY',
        role: 'admin',
        method: 'DELETE',
        route: '/product',
        subject: '15a853d8fc6bee14a946559190111f51',
        status: 404,
      },
    });
    expect(audit.map(({ audit: { key: name, status } }) => [name, status])).toContainEqual(['bot', 403]);
    for (const secret of [key, rotated, API_KEY, SETTINGS_KEY]) expect(api.output()).not.toContain(secret);
  }, 120_000);
});

describe('/orchestrator', () => {
  it('passes the REST on, with the role that each request needs', async () => {
    const direct = await fetch(`${env.ORCHESTRATOR_URL}/pipelines`, { headers: { access_token: API_KEY } });
    expect((await call('GET', '/orchestrator/pipelines', SETTINGS_KEY)).body).toEqual(await direct.json());
    expect(await call('GET', '/orchestrator/runs?limit=1&pipeline=ecobalyse_training')).toEqual({
      status: 200,
      body: [],
    });
    expect(await call('GET', '/orchestrator/runs?limit=0')).toMatchObject({ status: 422 });
    expect(await call('GET', '/orchestrator/runs/nothing')).toMatchObject({ status: 404 });
    expect(await call('GET', '/orchestrator/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(await call('GET', '/orchestrator/pipelines', 'wrong')).toMatchObject({ status: 403 });
    expect(await call('POST', '/orchestrator/pipelines/ecobalyse/pause', SETTINGS_KEY)).toEqual(refusedFor('admin'));
    expect(await call('POST', '/orchestrator/pipelines/ecobalyse/pause')).toMatchObject({
      status: 200,
      body: { paused: true },
    });
  });

  it.each(['orchestrator', 'direct'])('takes whatever comes where no body is needed: %s', async (way) => {
    const base = way === 'direct' ? env.ORCHESTRATOR_URL : `${url}/orchestrator`;
    const post = async (path: string, body?: string, more: Record<string, string> = {}) => {
      const headers = { access_token: API_KEY, 'content-type': 'application/json', ...more };
      const answer = await fetch(`${base}${path}`, { method: 'POST', headers, ...(body !== undefined && { body }) });
      return [answer.status, (await answer.json()) as { id: string }] as const;
    };
    for (const action of ['pause', 'resume'])
      for (const body of [undefined, '', '{', 'x'.repeat(1_000_000)])
        expect(await post(`/pipelines/ecobalyse/${action}`, body)).toMatchObject([200, { name: 'ecobalyse' }]);
    for (const action of ['retry', 'cancel'])
      expect(await post(`/runs/nothing/${action}`, '{')).toEqual([404, { detail: 'No such run', code: 'run_unknown' }]);
    // A run may be given parameters: what says them has to be readable.
    for (const body of ['{', '{"parameters":{"limit":"x"}}', '7'])
      expect(await post('/pipelines/ecobalyse/runs', body)).toMatchObject([
        422,
        { detail: [{ msg: expect.any(String) }] },
      ]);
    for (const body of [undefined, '', 'null', '{}']) {
      const [status, run] = await post('/pipelines/ecobalyse_extract/runs', body);
      expect([body, status]).toEqual([body, 202]);
      await post(`/runs/${run.id}/cancel`);
    }
    const compressed = gzipSync('{"parameters":{"limit":7}}');
    const started = await fetch(`${base}/pipelines/ecobalyse_extract/runs`, {
      method: 'POST',
      headers: { access_token: API_KEY, 'content-type': 'application/vnd.api+json', 'content-encoding': 'gzip' },
      body: compressed,
    });
    const run = (await started.json()) as { id: string; parameters: object };
    expect([started.status, run.parameters]).toEqual([202, { limit: 7 }]);
    await post(`/runs/${run.id}/cancel`);
  });

  it('refuses by name a parameter that the orchestrator does not know', async () => {
    expect(await call('GET', '/orchestrator/runs?limt=1')).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['query', 'limt'] }] },
    });
  });

  it.each(['queues', 'queues/', '', 'session', 'page.js', '%2e%2e/queues', 'runs/%2e%2e/events'])(
    'does not pass on /orchestrator/%s',
    async (path) => {
      const { status } = await call('GET', `/orchestrator/${path}`);
      expect([404, 422]).toContain(status);
    },
  );

  it('does not take the session of the page for a key', async () => {
    const login = await fetch(`${env.ORCHESTRATOR_URL}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: API_KEY }),
    });
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] as string;
    const board = await fetch(`${env.ORCHESTRATOR_URL}/queues/api/queues`, { headers: { cookie } });
    expect([login.status, board.status]).toEqual([200, 200]);
    expect(await call('GET', '/orchestrator/pipelines', '', { cookie })).toMatchObject({ status: 403 });
    const asReader = await fetch(`${env.ORCHESTRATOR_URL}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: SETTINGS_KEY }),
    });
    expect({ status: asReader.status, body: await asReader.json() }).toEqual(refusedFor('admin'));
    const queues = `${env.ORCHESTRATOR_URL}/queues/api/queues`;
    expect((await fetch(queues, { headers: { access_token: SETTINGS_KEY } })).status).toBe(403);
  });

  it('answers 502 when the orchestrator is away, and goes on when it is back', async () => {
    await orchestrator.end();
    expect(await call('GET', '/orchestrator/pipelines')).toEqual({
      status: 502,
      body: { detail: 'The orchestrator cannot be reached, try again later', code: 'orchestrator_away' },
    });
    expect((await call('GET', '/me')).status).toBe(200);
    orchestrator = startService('services/orchestrator/bundle/main.js', env);
    await waitUntil('it is back', async () => (await call('GET', '/orchestrator/pipelines')).status === 200);
  }, 120_000);

  it('streams the events of a run, until its end or the end of the API', async () => {
    const { body: run } = await call('POST', '/orchestrator/pipelines/ecobalyse_extract/runs');
    const follow = async () => {
      const stream = await fetch(`${url}/orchestrator/runs/${run.id}/events`, { headers: { access_token: API_KEY } });
      expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
      return (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    };
    const events = await follow();
    let first = '';
    while (!first.includes('data:')) first += (await events.read()).value;
    expect(first).toMatch(/^event: run\ndata: \{.*"state":"running"/m);
    expect((await call('POST', `/orchestrator/runs/${run.id}/cancel`)).status).toBe(202);
    let last = '';
    for (let read = await events.read(); !read.done; read = await events.read()) last = read.value;
    expect(last).toContain('"state":"cancelled"');

    const { body: next } = await call('POST', '/orchestrator/pipelines/ecobalyse_extract/runs');
    run.id = next.id;
    const open = await follow();
    await open.read();
    // However many follow a run, other requests are passed on.
    await Promise.all(Array.from({ length: 100 }, follow));
    expect((await call('GET', '/orchestrator/pipelines')).status).toBe(200);
    // None of the open streams keeps it from ending by itself.
    expect(await api.end('SIGTERM')).toBe(0);
    await open.cancel().catch(() => undefined);
    startApi();
    await waitUntil('the API is back', () => isReady(url));
    expect((await call('POST', `/orchestrator/runs/${next.id}/cancel`)).status).toBe(202);
  });
});
