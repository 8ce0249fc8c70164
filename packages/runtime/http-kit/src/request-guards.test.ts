import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '@ecobalyse/service-kit';
import { freePort, waitUntil } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAccess, requireRole } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';
import { type LimitCounter, openSharedCounter } from './limit-counter.js';
import type { Protection } from './protection.js';

const KEY = 'a-key-of-the-tests-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const access = openAccess({
  apiKey: KEY,
  apiKeyName: 'access_token',
  apiKeys: [{ name: 'reads', role: 'reader', key: 'reads-reads-reads-reads' }],
});

const PROTECTION: Protection = {
  limits: { perKey: 0, perAddress: 0 },
  load: { maxConnections: 100, maxRequests: 100, maxEventLoopDelayMs: 0 },
  corsOrigins: [],
  trustedProxies: [],
};

let apps: HttpService[] = [];
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

async function service(changed: Partial<Protection> = {}, counter?: LimitCounter): Promise<HttpService> {
  const protection = { ...PROTECTION, ...changed };
  const app = await createHttpService({
    logger,
    title: 'test',
    description: 'test',
    access,
    protection,
    ...(counter && { counter }),
  });
  app.get('/open', async () => ({ open: true }));
  app.get('/limited', { config: { perMinute: 2 } }, async () => ({ open: true }));
  app.get('/health/live', async () => ({ status: 'live' }));
  app.route({
    method: ['GET', 'POST'],
    url: '/closed',
    onRequest: requireRole(access, 'reader', 'writer'),
    handler: async (request) => request.caller,
  });
  apps.push(app);
  return app;
}

const get = async (app: HttpService, url: string, headers: Record<string, string> = {}) => {
  const answer = await app.inject({ url, headers });
  return { status: answer.statusCode, body: answer.body, headers: answer.headers };
};
const withKey = { access_token: KEY };

describe('roles', () => {
  it('let a reader read, and refuse it the rest with the role that it lacks', async () => {
    const app = await service();
    const headers = { access_token: 'reads-reads-reads-reads' };
    expect((await app.inject({ url: '/closed', headers })).json()).toEqual({ name: 'reads', role: 'reader' });
    const refused = await app.inject({ method: 'POST', url: '/closed', headers });
    expect([refused.statusCode, refused.json()]).toEqual([
      403,
      { detail: 'This key may not do that: it needs the role writer', code: 'role_needed' },
    ]);
    expect((await app.inject({ method: 'POST', url: '/closed', headers: withKey })).statusCode).toBe(200);
    expect((await app.inject({ method: 'POST', url: '/closed' })).json()).toEqual({
      detail: 'Could not validate credentials',
      code: 'key_unknown',
    });
  });
});

describe('answers', () => {
  it('carry the security headers, also when they refuse', async () => {
    const app = await service();
    for (const url of ['/open', '/closed', '/nowhere', '/docs/', '/open/%ff']) {
      const { headers } = await get(app, url);
      expect(headers['x-content-type-options'], url).toBe('nosniff');
      expect(headers['x-frame-options'], url).toBe('DENY');
      expect(headers['content-security-policy'], url).toMatch(/script-src 'self'(;| )(?!.*script-src[^;]*unsafe)/);
      expect(headers['access-control-allow-origin'], url).toBeUndefined();
      expect(headers['x-powered-by'], url).toBeUndefined();
      expect(headers['x-request-id'], url).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('repeat a sane id of the request, and make one otherwise', async () => {
    const app = await service();
    const idOf = async (id: string) => (await get(app, '/open', { 'x-request-id': id })).headers['x-request-id'];
    expect(await idOf('trace-1:a.b')).toBe('trace-1:a.b');
    for (const bad of ['a b', 'x'.repeat(129), '"injected"', '']) expect(await idOf(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('let pages of a configured origin read them, and of no other', async () => {
    const app = await service({ corsOrigins: ['https://good.example'] });
    const allowed = async (origin: string) =>
      (await get(app, '/open', { origin })).headers['access-control-allow-origin'];
    expect(await allowed('https://good.example')).toBe('https://good.example');
    expect(await allowed('https://evil.example')).toBeUndefined();
  });

  it('refuse what is too long or no HTTP, in the shape of every other refusal', async () => {
    const app = await service();
    expect(await get(app, `/open?q=${'x'.repeat(9000)}`)).toMatchObject({ status: 414 });
    const bad = await get(app, '/open/%ff');
    expect([bad.status, JSON.parse(bad.body).detail[0].loc]).toEqual([422, ['path']]);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    const raw = async (request: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.end(request);
      return text(socket);
    };
    const answers = [
      await raw(`GET /open HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`),
      await raw('what?\r\n\r\n'),
    ];
    expect(answers[0]).toMatch(/^HTTP\/1.1 431 .*\{"detail":"The headers are too long"\}$/s);
    expect(answers[1]).toMatch(/^HTTP\/1.1 400 .*\{"detail":"This is no HTTP request"\}$/s);
    for (const answer of answers) expect(answer).toMatch(/nosniff.*\r\nx-request-id: [0-9a-f-]{36}\r\n/s);
  });
});

describe('limits', () => {
  it('of an address count what comes without a valid key, and leave keys and probes alone', async () => {
    const app = await service({ limits: { perKey: 0, perAddress: 3 } });
    const statuses = [];
    for (const headers of [{}, { access_token: 'wrong' }, {}, {}])
      statuses.push((await get(app, '/closed', headers)).status);
    expect(statuses).toEqual([403, 403, 403, 429]);
    const refused = await get(app, '/open');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(refused.body).detail).toMatch(/^Too many requests, try again in \d+ seconds$/);
    expect((await get(app, '/closed', withKey)).status).toBe(200);
    expect((await get(app, '/health/live')).status).toBe(200);
  });

  /** A counter whose windows end when the test says. */
  const endingIn = (ttl: number): LimitCounter => {
    let current = 0;
    return {
      count: async () => ({ current: ++current, ttl }),
      take: () => Promise.reject(new Error('nothing is taken here')),
      close: async () => undefined,
    };
  };

  it.each([
    ['one key', '/closed', { perKey: 3, perAddress: 0 }, withKey],
    ['one address', '/open', { perKey: 0, perAddress: 3 }, {}],
    ['a route', '/limited', { perKey: 0, perAddress: 0 }, {}],
  ])('of %s let exactly so many pass', async (_name, url, limits, headers) => {
    const app = await service({ limits }, endingIn(1001));
    const most = url === '/limited' ? 2 : 3;
    for (let at = 1; at <= most; at++) {
      const { status, headers: told } = await get(app, url, headers);
      expect([at, status, told['retry-after']]).toEqual([at, 200, undefined]);
    }
    const refused = await get(app, url, headers);
    expect([refused.status, refused.headers['retry-after'], JSON.parse(refused.body).detail]).toEqual([
      429,
      '2',
      'Too many requests, try again in 2 seconds',
    ]);
  });

  it.each([
    [60_000, '60'],
    [59_999, '60'],
    [1000, '1'],
    [1, '1'],
    // Redis gives these for a key that ended meanwhile.
    [0, '1'],
    [-2, '1'],
  ])('are lifted after %s ms, told in whole seconds: %s', async (ttl, seconds) => {
    const app = await service({ limits: { perKey: 0, perAddress: 1 } }, endingIn(ttl));
    await get(app, '/open');
    expect((await get(app, '/open')).headers['retry-after']).toBe(seconds);
  });

  it('of a route count each address and method by itself, beside the limit of all routes', async () => {
    const app = await service({ limits: { perKey: 0, perAddress: 4 }, trustedProxies: ['127.0.0.1'] });
    const from = (address: string, url = '/limited') => get(app, url, { 'x-forwarded-for': address });
    const statuses = async (...urls: string[]) =>
      (await Promise.all(urls.map((url) => from('203.0.113.1', url)))).map(({ status }) => status).sort();
    expect(await statuses('/limited', '/limited', '/limited')).toEqual([200, 200, 429]);
    expect((await from('203.0.113.2')).status).toBe(200);
    expect(await statuses('/open', '/open')).toEqual([200, 429]);
  });

  it('of a key count that key only', async () => {
    const app = await service({ limits: { perKey: 2, perAddress: 0 } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await get(app, '/closed', withKey)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await get(app, '/closed', { access_token: 'reads-reads-reads-reads' })).status).toBe(200);
    expect((await get(app, '/open')).status).toBe(200);
  });

  it('refuse beyond the number of requests under way, and take on again afterwards', async () => {
    const app = await service({ load: { ...PROTECTION.load, maxRequests: 1 } });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    app.get('/slow', async () => {
      await held;
      return {};
    });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const slow = fetch(`${address}/slow`);
    let refused: Response | undefined;
    await waitUntil('a request is refused', async () => {
      refused = await fetch(`${address}/open`);
      return refused.status === 503;
    });
    expect(refused?.headers.get('retry-after')).toBe('2');
    expect(await refused?.json()).toEqual({ detail: expect.stringMatching(/try again/), code: 'overloaded' });
    expect((await fetch(`${address}/health/live`)).status).toBe(200);
    release();
    expect((await slow).status).toBe(200);
    await waitUntil('requests are taken on again', async () => (await fetch(`${address}/open`)).status === 200);
  });

  it('refuse while the event loop lags, but answer probes', async () => {
    const app = await service({ load: { ...PROTECTION.load, maxEventLoopDelayMs: 20 } });
    await app.ready();
    let lagging = true;
    const lag = () => {
      const until = performance.now() + 60;
      while (performance.now() < until);
      if (lagging) setImmediate(lag);
    };
    lag();
    try {
      await waitUntil('a request is refused', async () => {
        const { status, headers } = await get(app, '/open');
        return status === 503 && headers['retry-after'] === '2';
      });
      expect((await get(app, '/health/live')).status).toBe(200);
    } finally {
      lagging = false;
    }
    await waitUntil('requests are taken on again', async () => (await get(app, '/open')).status === 200);
  });
});

describe('limits in Redis', () => {
  let port: number;
  let server: ReturnType<typeof spawn>;
  let counters: LimitCounter[] = [];
  beforeAll(async () => {
    port = await freePort();
    server = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      {
        stdio: 'ignore',
      },
    );
  });
  afterEach(async () => {
    await Promise.all(counters.map((counter) => counter.close()));
    counters = [];
  });
  afterAll(() => server.kill('SIGKILL'));

  async function counter(timeoutMs: number): Promise<LimitCounter> {
    const url = `redis://127.0.0.1:${port}`;
    const opened = openSharedCounter({ redisUrl: url, prefix: '{test}:', timeoutMs, onError: () => undefined });
    counters.push(opened);
    const redis = new Redis(url, { lazyConnect: true });
    redis.on('error', () => undefined);
    await waitUntil('the counter is connected', async () => {
      await opened.count('warm-up', 60_000);
      return Number(await redis.get('{test}:warm-up')) >= counters.length;
    });
    redis.disconnect();
    return opened;
  }

  it('hold over processes, also those of a route', async () => {
    const limits = { perKey: 4, perAddress: 0 };
    const one = await service({ limits }, await counter(5000));
    const two = await service({ limits }, await counter(5000));
    const statuses = [];
    for (const app of [one, two, one, two, one, two]) statuses.push((await get(app, '/closed', withKey)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect([(await get(one, '/limited')).status, (await get(two, '/limited')).status]).toEqual([200, 200]);
    const limited = await get(two, '/limited');
    expect([limited.status, JSON.parse(limited.body)]).toEqual([
      429,
      {
        detail: expect.stringMatching(/^Too many requests, try again in \d+ seconds$/),
        code: 'too_many_requests',
      },
    ]);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('are counted by each process while Redis is frozen, without holding requests up', async () => {
    // Twenty waits of this would be longer than a test may take: after the first one Redis is left alone for a while.
    const counts = await counter(3000);
    server.kill('SIGSTOP');
    try {
      const counted = [];
      for (let i = 0; i < 20; i++) counted.push((await counts.count('frozen', 60_000)).current);
      expect(counted).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    } finally {
      server.kill('SIGCONT');
    }
    const redis = new Redis(`redis://127.0.0.1:${port}`);
    await waitUntil('Redis counts again', async () => {
      await counts.count('thawed', 60_000);
      return (await redis.get('{test}:thawed')) !== null;
    });
    redis.disconnect();
  });
});
