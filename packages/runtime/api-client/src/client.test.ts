import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressOf, asApiError, createApiClient } from './index.js';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  key: string | undefined;
  type: string | undefined;
  body: string;
}

let server: Server;
let url: string;
let seen: Seen[];
/** What the server does with the n-th request. */
let answer: (outgoing: ServerResponse, nth: number) => unknown;

beforeAll(async () => {
  server = createServer(async (incoming: IncomingMessage, outgoing) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    const { method, headers } = incoming;
    const key = headers['x-key'] as string | undefined;
    seen.push({ method, url: incoming.url, key, type: headers['content-type'], body });
    answer(outgoing, seen.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  answer = (outgoing) => outgoing.end('{}');
});

const client = (more: { retries?: number; timeoutMs?: number; orchestratorUrl?: string; userAgent?: string } = {}) =>
  createApiClient({ apiUrl: url, key: () => 'the-key', keyName: 'x-key', ...more });
const failing = (status: number, body: object, headers = {}) => {
  answer = (outgoing) => outgoing.writeHead(status, headers).end(JSON.stringify(body));
};
const failureOf = (asked: Promise<unknown>) => asked.then(() => undefined, asApiError);

describe('requests', () => {
  it('carry the key, the parameters of path and query that are given, and a body as JSON', async () => {
    await client().ask('GET /impacts', { query: { product: ['jean', 'pull'], q: '', sort: '-ecs', limit: 0 } });
    await client().ask('GET /models/{version}', { path: { version: 'a/b ?' } });
    await client().ask('POST /simulate', { body: { mass: 0.2 }, key: 'another' });
    expect(seen).toEqual([
      { method: 'GET', url: '/impacts?product=jean&product=pull&sort=-ecs&limit=0', key: 'the-key', body: '' },
      { method: 'GET', url: '/models/a%2Fb%20%3F', key: 'the-key', body: '' },
      { method: 'POST', url: '/simulate', key: 'another', type: 'application/json', body: '{"mass":0.2}' },
    ]);
  });

  it('tell the name of the program that was given', async () => {
    const agents: unknown[] = [];
    answer = (outgoing) => {
      agents.push(outgoing.req.headers['user-agent']);
      outgoing.end('{}');
    };
    await client({ userAgent: 'my-program' }).ask('GET /me', {});
    await client().ask('GET /me', {});
    expect(agents).toEqual(['my-program', expect.not.stringContaining('my-program')]);
  });

  it('send a file as it is', async () => {
    await client().ask('POST /product/batch', { query: { name: 'a b.csv' }, body: 'x;y', contentType: 'text/csv' });
    expect(seen).toMatchObject([{ url: '/product/batch?name=a+b.csv', type: 'text/csv', body: 'x;y' }]);
  });

  it("ask the orchestrator's routes where it is, if that is known", async () => {
    await client().ask('GET /orchestrator/runs', {});
    await client({ orchestratorUrl: `${url}/there` }).ask('GET /orchestrator/runs', {});
    expect(seen.map((one) => one.url)).toEqual(['/orchestrator/runs', '/there/runs']);
  });
});

describe('failures', () => {
  it.each([
    [403, 'forbidden', false],
    [404, 'not-found', false],
    [409, 'conflict', false],
    [413, 'failed', true],
    [422, 'invalid', false],
    [429, 'unavailable', true],
    [500, 'failed', true],
    [502, 'unavailable', true],
    [503, 'unavailable', true],
    [504, 'unavailable', true],
  ])('of status %s are %s', async (status, kind, mayPass) => {
    failing(status, { detail: 'why' }, { 'x-error-code': 'the-code', 'retry-after': '7' });
    expect(await failureOf(client().ask('GET /me', {}))).toMatchObject({
      kind,
      status,
      mayPass,
      message: 'why',
      code: 'the-code',
      retryAfterSeconds: 7,
    });
  });

  it('tell the fields that are wrong, and the code of the body', async () => {
    failing(422, { detail: [{ loc: ['body', 'mass'], msg: 'expected a number', type: 't' }], code: 'of-the-body' });
    expect(await failureOf(client().ask('GET /me', {}))).toMatchObject({
      message: 'expected a number',
      faults: [{ loc: ['body', 'mass'], msg: 'expected a number' }],
      code: 'of-the-body',
    });
    failing(500, []);
    expect(await failureOf(client().ask('GET /me', {}))).toMatchObject({ message: 'HTTP 500', code: null });
  });

  it('are told of the own key only', async () => {
    failing(403, { detail: 'wrong' });
    const told: number[] = [];
    const own = createApiClient({ apiUrl: url, key: 'k', onFailure: ({ status }) => void told.push(status) });
    await failureOf(own.ask('GET /me', { key: 'tried out' }));
    expect(told).toEqual([]);
    await failureOf(own.ask('GET /me', {}));
    expect(told).toEqual([403]);
  });

  it('are offline without an answer, or without one in time; a signal that ends it is none', async () => {
    answer = (outgoing) => outgoing.destroy();
    expect(await failureOf(client().ask('GET /me', {}))).toMatchObject({ kind: 'offline', status: 0, mayPass: true });
    answer = (outgoing) => outgoing.write('{');
    expect(await failureOf(client({ timeoutMs: 50 }).ask('GET /me', {}))).toMatchObject({ kind: 'offline' });
    const reason = new Error('nobody waits');
    await expect(client().ask('GET /me', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('are told after thirty seconds without an answer, when nothing else is said', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    await client().ask('GET /me', {});
    await client({ timeoutMs: 5 }).ask('GET /me', {}).catch(asApiError);
    expect(timeout.mock.calls).toEqual([[30_000], [5]]);
    timeout.mockRestore();
  });
});

describe('tries', () => {
  let pauses: unknown[];
  let asked: number;
  beforeEach(() => {
    [pauses, asked] = [[], 0];
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms: number) => {
      pauses.push(ms);
      done();
    }) as never);
  });
  afterEach(() => vi.restoreAllMocks());

  /** Asks an API that answers with one status after the other, the last of them for ever. */
  async function tried(route: 'GET /me' | 'POST /product', retries: number, statuses: number[], retryAfter?: string) {
    const answered = async () => {
      const status = statuses[Math.min(asked, statuses.length - 1)] as number;
      asked += 1;
      if (status === 0) throw new TypeError('fetch failed');
      return new Response('{}', { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } });
    };
    const own = createApiClient({ apiUrl: 'http://a', key: 'k', retries, fetch: answered });
    const failure = await failureOf(own.ask(route, { body: {} } as never));
    return { asked, pauses, status: failure?.status };
  }

  it.each([
    ['GET /me', 0, [503], undefined, { asked: 1, pauses: [], status: 503 }],
    ['GET /me', 2, [503, 0, 200], undefined, { asked: 3, pauses: [250, 500], status: undefined }],
    ['GET /me', 1, [500], undefined, { asked: 2, pauses: [250], status: 500 }],
    ['GET /me', 9, [502], undefined, { asked: 6, pauses: [250, 500, 1000, 2000, 4000], status: 502 }],
    ['GET /me', 2, [503], '1', { asked: 3, pauses: [1000, 1000], status: 503 }],
    ['GET /me', 1, [429], '5', { asked: 2, pauses: [5000], status: 429 }],
    ['GET /me', 1, [429], '6', { asked: 1, pauses: [], status: 429 }],
    ['GET /me', 2, [404], undefined, { asked: 1, pauses: [], status: 404 }],
    ['POST /product', 2, [503], undefined, { asked: 1, pauses: [], status: 503 }],
  ] as const)(
    'of %s, at most %s more, that meet %j with retry-after %s',
    async (route, retries, statuses, retryAfter, told) => {
      expect(await tried(route, retries, [...statuses], retryAfter)).toEqual(told);
    },
  );
});

it('reads the events of a stream, also one that comes in two parts', async () => {
  let hasFirst = () => {};
  // One for whoever asks: a request that a test before has left behind must not take its place.
  const read = new Promise<void>((resolve) => {
    hasFirst = resolve;
  });
  answer = async (outgoing) => {
    outgoing.write('retry: 1\n\nevent: job\nid: a\ndata: {"id":"é"}\n\nevent: end\nda');
    await read;
    outgoing.end('ta: {"id":"2"}\n: still here\n\ndata: {"id":"3"}\n\n');
  };
  const events = [];
  for await (const event of client().events('GET /jobs/{id}/events', { path: { id: 'x' } })) {
    events.push(event);
    hasFirst();
  }
  expect(events).toEqual([
    { event: 'job', data: { id: 'é' } },
    { event: 'end', data: { id: '2' } },
    { event: 'message', data: { id: '3' } },
  ]);
});

describe('the table of routes', () => {
  it('is that of the OpenAPI document', async () => {
    const at = new URL('../../../../docs/openapi.json', import.meta.url);
    const { paths } = JSON.parse(await readFile(at, 'utf8')) as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const text = await readFile(new URL('./routes.ts', import.meta.url), 'utf8');
    const known = [...text.matchAll(/^ {2}'([A-Z]+ [^']+)':/gm)].map(([, route]) => route);
    // The session of the queue board is no part of the API.
    expect(known.filter((route) => !route?.endsWith(' /session')).sort()).toEqual(documented.sort());
  });

  it('lets the compiler refuse what a route does not know', () => {
    // @ts-expect-error no such parameter
    addressOf('GET /impacts', { query: { prodct: 'jean' } });
    // @ts-expect-error the path wants a version
    expect(() => addressOf('GET /models/{version}', {})).not.toThrow();
    // @ts-expect-error no such route
    addressOf('GET /imapcts', {});
  });
});
