import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEcobalyseClient, type EcobalyseClientOptions, isLocalHost } from './client.js';
import { UpstreamMalformedError, UpstreamRefusedError, UpstreamUnreachableError } from './errors.js';

/** Faults that no right server has: each test says what its server answers, on a real socket. */
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

async function faultyServer(handler: Handler) {
  const seen: { time: number; headers: IncomingMessage['headers'] }[] = [];
  server = createServer((request, response) => {
    seen.push({ time: performance.now(), headers: request.headers });
    request.resume().once('end', () => handler(request, response, seen.length));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { seen, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api` };
}

const client = (baseUrl: string, options: Partial<EcobalyseClientOptions> = {}) =>
  createEcobalyseClient({ baseUrl, concurrency: 4, timeoutMs: 300, retries: 2, retryDelayMs: 1, ...options });

const answer = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const COUNTRIES = [{ code: 'FR', name: 'France', zone: 'kept' }];

describe('retries', () => {
  it.each([500, 502, 503, 429])('tries again after %i, then gives the answer as received', async (status) => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count < 3 ? answer(response, status, {}) : answer(response, 200, COUNTRIES),
    );
    expect(await client(baseUrl).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(3);
  });

  it('gives up after its tries', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 500, {}));
    await expect(client(baseUrl).countries()).rejects.toThrow(UpstreamUnreachableError);
    expect(seen).toHaveLength(3);
  });

  it('waits as long as Retry-After says', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) =>
      count === 1 ? answer(response, 429, {}, { 'retry-after': '1' }) : answer(response, 200, COUNTRIES),
    );
    await client(baseUrl).countries();
    expect((seen[1]?.time ?? 0) - (seen[0]?.time ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('reports a Retry-After of an hour instead of waiting for it', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) =>
      answer(response, 429, {}, { 'retry-after': '3600' }),
    );
    await expect(client(baseUrl).countries()).rejects.toThrow(UpstreamUnreachableError);
    expect(seen).toHaveLength(1);
  });

  it('tries again after a timeout and after a broken connection', async () => {
    const { baseUrl, seen } = await faultyServer((request, response, count) => {
      if (count === 2) request.socket.destroy();
      if (count === 3) answer(response, 200, COUNTRIES);
    });
    expect(await client(baseUrl).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(3);
  });

  it('bounds an answer that comes drop by drop as one that does not come', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response, count) => {
      if (count === 3) return void answer(response, 200, COUNTRIES);
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(drip));
    });
    expect(await client(baseUrl).countries()).toEqual(COUNTRIES);
    expect(seen).toHaveLength(3);
  });

  it('says that nobody listens', async () => {
    const probe = createTcpServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    await expect(client(`http://127.0.0.1:${port}/api`).countries()).rejects.toThrow(/cannot be reached.*ECONNREFUSED/);
  });

  it.each([400, 401, 404, 422])('never tries again after %i', async (status) => {
    const { baseUrl, seen } = await faultyServer((_request, response) =>
      answer(response, status, { error: { mass: 'non' } }),
    );
    await expect(client(baseUrl).simulateDetailed({})).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });
});

describe('errors', () => {
  it('gives the reasons of a refusal by field', async () => {
    const { baseUrl } = await faultyServer((_request, response) =>
      answer(response, 400, { error: { mass: 'trop petite', materials: ['vide', 'inconnue'] }, documentation: 'url' }),
    );
    const error = await client(baseUrl)
      .simulateDetailed({})
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamRefusedError);
    expect((error as UpstreamRefusedError).reasons).toEqual({ mass: 'trop petite', materials: 'vide inconnue' });
  });

  it.each([
    ['a page', '<html>'],
    ['another shape', { impacts: {} }],
    ['nothing', ''],
  ])('says that %s is not an answer', async (_name, body) => {
    const { baseUrl } = await faultyServer((_request, response) => answer(response, 200, body));
    await expect(client(baseUrl).simulateDetailed({})).rejects.toThrow(UpstreamMalformedError);
  });

  it('names the setting behind a wrong address or token', async () => {
    const { baseUrl } = await faultyServer((_request, response, count) =>
      answer(response, count === 1 ? 404 : 401, {}),
    );
    await expect(client(baseUrl).countries()).rejects.toThrow(/ECOBALYSE_API_URL/);
    await expect(client(baseUrl).countries()).rejects.toThrow(/ECOBALYSE_API_TOKEN/);
  });

  it('stops at once when it is aborted', async () => {
    const { baseUrl } = await faultyServer(() => undefined);
    const controller = new AbortController();
    const pending = client(baseUrl, { timeoutMs: 10_000 }).countries(controller.signal);
    controller.abort();
    await expect(pending).rejects.toThrow(/cancel/i);
  });
});

describe('manners', () => {
  it('says honestly who asks, and sends the token', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 200, COUNTRIES));
    await client(baseUrl, { token: 'abc' }).countries();
    expect(seen[0]?.headers['user-agent']).toMatch(/ecobalyse-platform/);
    expect(seen[0]?.headers.authorization).toBe('Bearer abc');
  });

  it('has no more requests under way than it may', async () => {
    let underWay = 0;
    let most = 0;
    const { baseUrl } = await faultyServer((_request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        answer(response, 200, COUNTRIES);
      });
    });
    const limited = client(baseUrl, { concurrency: 3 });
    await Promise.all(Array.from({ length: 30 }, () => limited.countries()));
    expect(most).toBeLessThanOrEqual(3);
  });

  it('keeps its pace', async () => {
    const { baseUrl, seen } = await faultyServer((_request, response) => answer(response, 200, COUNTRIES));
    const paced = client(baseUrl, { requestsPerSecond: 20 });
    const begun = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => paced.countries()));
    expect((seen[4]?.time ?? 0) - begun).toBeGreaterThanOrEqual(4 * 50 - 10);
  });

  it.each([
    ['http://127.0.0.1:8001/api', true],
    ['http://[::1]:8001/api', true],
    ['http://simulator:8001/api', true],
    ['http://192.168.1.2/api', true],
    ['https://ecobalyse.beta.gouv.fr/api', false],
    ['http://8.8.8.8/api', false],
  ])('knows whether %s is local', (url, local) => expect(isLocalHost(url)).toBe(local));
});
