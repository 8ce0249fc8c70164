import { startTestRedis, type TestRedis } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRedisProbe } from './index.js';

let server: TestRedis;
let admin: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
});

async function withProbe(url: string, test: (probe: ReturnType<typeof openRedisProbe>) => Promise<void>) {
  const probe = openRedisProbe({ redisUrl: url, prefix: '{test}' }, () => undefined);
  try {
    // It is asked again while its connection is being made.
    const answer = () =>
      probe.ping().then(
        () => 'up',
        (error: Error) => error.message,
      );
    await expect.poll(answer).not.toMatch(/writeable|enableOfflineQueue/);
    await test(probe);
  } finally {
    await probe.close();
  }
}

it('rejects at once while there is no connection', async () => {
  const errors: Error[] = [];
  const probe = openRedisProbe({ redisUrl: 'redis://127.0.0.1:1', prefix: '{test}' }, (error) => errors.push(error));
  try {
    await expect(probe.ping()).rejects.toThrow(/writeable|enableOfflineQueue/);
    await expect.poll(() => errors[0]?.message).toContain('ECONNREFUSED');
  } finally {
    await probe.close();
  }
});

it('is content with a Redis that takes jobs, in any database that exists', async () => {
  for (const database of ['', '/0', '/15']) await withProbe(server.url + database, (probe) => probe.ping());
  expect(await admin.ttl('{test}:readiness')).toBeGreaterThan(30);
  expect(await admin.ttl('{test}:readiness')).toBeLessThanOrEqual(60);
});

it('says that a database does not exist', () =>
  withProbe(`${server.url}/99`, (probe) => expect(probe.ping()).rejects.toThrow(/database 99.*out of range/)));

it('finds a Redis that answers, but takes no writes', () =>
  withProbe(server.url, async (probe) => {
    await probe.ping();
    await admin.config('SET', 'maxmemory', '1');
    try {
      await expect(probe.ping()).rejects.toMatchObject({
        code: 'REDIS_REFUSES',
        message: expect.stringMatching(/Redis refuses \(database 0\).*OOM/),
      });
    } finally {
      await admin.config('SET', 'maxmemory', '0');
    }
    await admin.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    try {
      await expect(probe.ping()).rejects.toThrow();
    } finally {
      await admin.call('CLIENT', 'UNPAUSE');
    }
    await expect.poll(() => probe.ping().then(() => 'up')).toBe('up');
  }));

it('says that Redis may drop jobs', () =>
  withProbe(server.url, async (probe) => {
    await probe.keepsKeys();
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await expect(probe.keepsKeys()).rejects.toMatchObject({
        code: 'REDIS_EVICTS',
        message: expect.stringMatching(/noeviction.*allkeys-lru/),
      });
    } finally {
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
    }
  }));
