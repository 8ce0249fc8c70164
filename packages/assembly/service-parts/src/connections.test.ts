import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { probeAll } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  cacheOptions,
  mlflowProbe,
  openServiceStore,
  orchestratorProbe,
  queueConnection,
  rememberedMs,
  upstreamOptions,
  upstreamProbe,
} from './connections.js';

/** A newer version of the official API: it answers whoever has a token. */
let answer: (response: ServerResponse) => unknown;
let asked: (string | undefined)[];
const server = createServer((request, response) => {
  asked.push(request.url);
  if (request.url?.startsWith('/health')) return response.end();
  if (request.headers.authorization !== 'Bearer right') return response.writeHead(401).end('{}');
  return answer(response);
});
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
beforeEach(() => {
  asked = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const probe = async (token?: string) => {
  const settings = { ECOBALYSE_API_URL: `${address()}/api`, ECOBALYSE_API_TOKEN: token };
  return (await probeAll({ upstream: upstreamProbe(settings) }, 5000)).upstream;
};

it('asks upstream with the token, and tells what to do when it does not answer rightly', async () => {
  answer = (response) => response.end('[{"code":"FR","name":"France"}]');
  expect(await probe('right')).toEqual({ status: 'up' });
  expect(await probe()).toEqual({ status: 'down', detail: expect.stringContaining('ECOBALYSE_API_TOKEN') });
  answer = (response) => response.end('<html>maintenance</html>');
  expect(await probe('right')).toEqual({ status: 'down', detail: expect.stringMatching(/page.*ECOBALYSE_API_URL/) });
  answer = (response) => response.writeHead(503).end();
  expect(await probe('right')).toMatchObject({ status: 'down' });
  // It is there, and busy.
  answer = (response) => response.writeHead(429).end();
  expect(await probe('right')).toEqual({ status: 'up' });
});

it.each([
  ['http://localhost:8001/api', 2000],
  ['http://127.0.0.1:1', 2000],
  ['https://ecobalyse.beta.gouv.fr/api', 300_000],
])('does not ask %s again for %d ms', (baseUrl, ms) => {
  expect(rememberedMs(baseUrl)).toBe(ms);
});

it('asks our own servers at their addresses, every two seconds at most', async () => {
  let now = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const orchestrator = orchestratorProbe({ ORCHESTRATOR_URL: `${address()}/` });
  const { mlflow } = mlflowProbe({ MLFLOW_TRACKING_URI: address() });
  await orchestrator();
  await mlflow?.();
  expect(asked).toEqual(['/health/live', '/health']);
  now = 2999;
  await orchestrator();
  expect(asked).toHaveLength(2);
  now = 3000;
  await orchestrator();
  expect(asked).toHaveLength(3);
  expect(mlflowProbe({ MLFLOW_TRACKING_URI: undefined })).toEqual({});
  clock.mockRestore();
});

it('opens what the settings name, and names the setting that is missing', () => {
  const cache = { REDIS_URL: 'redis://queues', CACHE_REDIS_URL: 'redis://cache', CACHE_TTL_SECONDS: 60 };
  expect(cacheOptions(cache)).toEqual({ redisUrl: 'redis://cache', ttlSeconds: 60 });
  expect(cacheOptions({ ...cache, CACHE_REDIS_URL: undefined }).redisUrl).toBe('redis://queues');
  expect(() => cacheOptions({ CACHE_TTL_SECONDS: 60, REDIS_URL: undefined, CACHE_REDIS_URL: undefined })).toThrow(
    'CACHE_REDIS_URL or REDIS_URL',
  );
  expect(queueConnection({ REDIS_URL: 'redis://queues', QUEUE_PREFIX: '{q}' })).toEqual({
    redisUrl: 'redis://queues',
    prefix: '{q}',
  });
  const onError = () => undefined;
  const upstream = {
    REDIS_URL: 'redis://queues',
    ECOBALYSE_API_URL: 'http://up',
    ECOBALYSE_API_TOKEN: 'token',
    ECOBALYSE_REQUESTS_PER_SECOND: 1,
    ECOBALYSE_CONCURRENCY: 2,
    ECOBALYSE_TIMEOUT_MS: 3,
    ECOBALYSE_RETRIES: 4,
  };
  expect(upstreamOptions(upstream, onError)).toEqual({
    baseUrl: 'http://up',
    token: 'token',
    requestsPerSecond: 1,
    sharedPace: { redisUrl: 'redis://queues', onError },
    concurrency: 2,
    timeoutMs: 3,
    retries: 4,
  });
  const database = { MONGODB_URI: undefined, DB_USER: undefined, DB_PASSWORD: undefined, DB_CLUSTER: undefined };
  expect(() => openServiceStore({ ...database, DB_NAME: 'x' } as never, 'test', 1)).toThrow('MONGODB_URI');
});
