import { startTestRedis, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openResponseCache, type ResponseCache } from './response-cache.js';

let server: TestRedis;
let cache: ResponseCache;
let redis: Redis;

const open = (
  ttlSeconds = 60, // Longer than a busy machine makes Redis wait: these tests are about what is computed how often.
) => openResponseCache({ redisUrl: server.url, ttlSeconds, commandTimeoutMs: 10_000, onError: () => undefined });
const ready = (which: ResponseCache) =>
  waitUntil('the cache is connected', async () => {
    await which.ping();
    return true;
  });

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  cache = open();
  redis = new Redis(server.url);
  await redis.flushall();
  await ready(cache);
});
afterEach(async () => {
  await cache.close();
  redis.disconnect();
});

function counted(text: string) {
  const compute = Object.assign(
    async () => {
      compute.calls += 1;
      return text;
    },
    { calls: 0 },
  );
  return compute;
}

describe('response cache', () => {
  it('computes once, then answers from Redis, also in another process', async () => {
    const compute = counted('answer');
    const other = open();
    await ready(other);
    expect(await cache.getOrCompute('k', compute)).toBe('answer');
    expect(await cache.getOrCompute('k', compute)).toBe('answer');
    expect(await other.getOrCompute('k', compute)).toBe('answer');
    expect(compute.calls).toBe(1);
    await other.close();
  });

  it('computes once for many that ask at the same time', async () => {
    const compute = counted('answer');
    const answers = await Promise.all(Array.from({ length: 50 }, () => cache.getOrCompute('k', compute)));
    expect(new Set(answers)).toEqual(new Set(['answer']));
    expect(compute.calls).toBe(1);
  });

  it('gives every entry an expiry', async () => {
    await cache.getOrCompute('k', counted('answer'));
    const [key] = await redis.keys('*entry*');
    expect(await redis.ttl(key as string)).toBeGreaterThan(50);
  });

  it('clears its own keys only', async () => {
    await redis.set('bull:queue', 'precious');
    await cache.getOrCompute('a', counted('1'));
    await cache.getOrCompute('b', counted('2'));
    expect(await cache.clear()).toBe(2);
    expect(await redis.get('bull:queue')).toBe('precious');
    expect(await redis.keys('*entry*')).toEqual([]);
  });

  it('does not keep what was being computed while it was cleared', async () => {
    let release: (text: string) => void = () => undefined;
    const slow = cache.getOrCompute(
      'k',
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    await waitUntil('the computation has begun', () => release.length > 0);
    await cache.clear();
    release('old');
    expect(await slow).toBe('old');
    expect(await cache.getOrCompute('k', counted('new'))).toBe('new');
  });

  it('passes errors on and does not keep them', async () => {
    await expect(cache.getOrCompute('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.getOrCompute('k', counted('yes'))).toBe('yes');
  });

  it('answers by computing while Redis is away, and makes up for a clear that Redis missed', async () => {
    const lonely = await startTestRedis();
    const away = openResponseCache({ redisUrl: lonely.url, ttlSeconds: 60, onError: () => undefined });
    await ready(away);
    await away.getOrCompute('k', counted('old'));
    await lonely.kill();
    await waitUntil('the cache has noticed', async () =>
      away.ping().then(
        () => false,
        () => true,
      ),
    );

    expect(await away.getOrCompute('k', counted('fresh'))).toBe('fresh');
    await expect(away.clear()).rejects.toThrow();

    await lonely.restart();
    await ready(away);
    expect(await away.getOrCompute('k', counted('newer'))).toBe('newer');
    await away.close();
    await lonely.close();
  });
});
