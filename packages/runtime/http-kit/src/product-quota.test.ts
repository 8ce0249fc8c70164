import { createLogger } from '@ecobalyse/service-kit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type KeptKey, openAccess, requireRole } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';
import { openLocalCounter } from './limit-counter.js';

/** Limits of a key of its own: so many requests a minute, so many products a day. */

const MIDNIGHT = Date.UTC(2026, 11, 2);
const HASHES = {
  // SHA-256 of "a" and "b".
  a: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  b: '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d',
};
let app: HttpService;
let keys: KeptKey[];
let close: () => Promise<void>;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: MIDNIGHT - 1500 });
  keys = [
    { name: 'a', role: 'writer', hash: HASHES.a, requests_per_minute: 6, products_per_day: 10 },
    { name: 'b', role: 'writer', hash: HASHES.b },
  ];
  const access = openAccess({ apiKey: 'an-admin', apiKeyName: 'access_token', keys: async () => keys, refreshMs: 5 });
  app = await createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    title: 'test',
    description: 'test',
    access,
    counter: openLocalCounter(),
    protection: {
      limits: { perKey: 3, perAddress: 0 },
      load: { maxConnections: 100, maxRequests: 100, maxEventLoopDelayMs: 0 },
      corsOrigins: [],
      trustedProxies: [],
    },
  });
  app.post('/add/:count', { onRequest: requireRole(access, 'writer') }, async (request, reply) => {
    await app.takeProducts(request, reply, Number((request.params as { count: string }).count));
    return { products: request.products };
  });
  close = async () => {
    await app.close();
    await access.close();
  };
  await vi.waitFor(() => expect(access.find('b')).not.toBeNull());
});
afterEach(async () => {
  vi.useRealTimers();
  await close();
});

async function add(key: string, count: number) {
  const { statusCode, headers, body } = await app.inject({
    method: 'POST',
    url: `/add/${count}`,
    headers: { access_token: key, 'accept-language': 'en' },
  });
  return [statusCode, headers['retry-after'], JSON.parse(body).products ?? JSON.parse(body).detail];
}

it('a key adds as many products a day as it may, all of a request or none, until midnight', async () => {
  expect(await add('a', 11)).toEqual([
    429,
    '2',
    'This key may add or change 10 products a day, 10 are left today; try again in 2 seconds',
  ]);
  expect(await add('a', 8)).toEqual([200, undefined, 8]);
  expect(await add('a', 3)).toEqual([429, '2', expect.stringContaining(' 2 are left today')]);
  expect(await add('a', 2)).toEqual([200, undefined, 2]);
  // Another one has no such limit, and is counted all the same.
  expect(await add('b', 1000)).toEqual([200, undefined, 1000]);
  vi.setSystemTime(MIDNIGHT);
  expect(await add('a', 10)).toEqual([200, undefined, 10]);
  expect((await add('a', 1)).slice(0, 2)).toEqual([429, '86400']);
});

it('a limit of requests of its own takes the place of that of the settings, and says so', async () => {
  const told = async (key: string, times: number) => {
    const answers = [];
    for (let at = 0; at < times; at += 1) answers.push((await add(key, 0))[0]);
    return answers;
  };
  expect(await told('a', 7)).toEqual([200, 200, 200, 200, 200, 200, 429]);
  expect((await add('a', 0))[2]).toBe('This key may send 6 requests a minute, try again in 60 seconds');
  expect(await told('b', 4)).toEqual([200, 200, 200, 429]);
  expect((await add('b', 0))[2]).toBe('Too many requests, try again in 60 seconds');
  expect((await add('an-admin', 0))[0]).toBe(200);
});
