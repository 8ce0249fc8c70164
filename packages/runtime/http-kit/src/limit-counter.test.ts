import { startTestRedis, type TestRedis } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LimitCounter, openLocalCounter, openSharedCounter } from './limit-counter.js';

afterEach(() => vi.useRealTimers());

describe('a counter of one process', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: 0 }));
  const counted = async (counter: LimitCounter, key: string) => (await counter.count(key, 60_000)).current;

  it('begins anew when the window ends, which no count prolongs', async () => {
    const counter = openLocalCounter();
    expect(await counter.count('a', 60_000)).toEqual({ current: 1, ttl: 60_000 });
    vi.setSystemTime(59_999);
    expect(await counter.count('a', 60_000)).toEqual({ current: 2, ttl: 1 });
    expect(await counter.count('b', 60_000)).toEqual({ current: 1, ttl: 60_000 });
    vi.setSystemTime(60_000);
    expect(await counter.count('a', 60_000)).toEqual({ current: 1, ttl: 60_000 });
    expect(await counted(counter, 'b')).toBe(2);
    await counter.close();
    expect(await counted(counter, 'b')).toBe(1);
  });

  it('takes all of an amount or nothing, up to the most, until the window ends', async () => {
    const counter = openLocalCounter();
    const take = (amount: number, most = 10) => counter.take('a', amount, most, 60_000);
    expect(await take(11)).toEqual({ taken: false, left: 10 });
    expect(await take(7)).toEqual({ taken: true, left: 3 });
    expect(await take(4)).toEqual({ taken: false, left: 3 });
    expect(await take(3)).toEqual({ taken: true, left: 0 });
    expect(await take(1)).toEqual({ taken: false, left: 0 });
    // A limit that was lowered meanwhile.
    expect(await take(1, 5)).toEqual({ taken: false, left: 0 });
    expect(await take(1, 11)).toEqual({ taken: true, left: 0 });
    vi.setSystemTime(60_000);
    expect(await take(10)).toEqual({ taken: true, left: 0 });
  });

  it('forgets ended windows when there are ten thousand, and else the oldest', async () => {
    const counter = openLocalCounter();
    await counter.count('first', 60_000);
    await counter.count('short', 1000);
    for (let at = 2; at < 10_000; at++) await counter.count(`k${at}`, 60_000);
    vi.setSystemTime(1000);
    await counted(counter, 'one more');
    // None went but the one that had ended.
    expect([await counted(counter, 'first'), await counted(counter, 'k9999')]).toEqual([2, 2]);
    await counted(counter, 'and another');
    expect([await counted(counter, 'k2'), await counted(counter, 'k9999')]).toEqual([2, 3]);
    expect(await counted(counter, 'first')).toBe(1);
  });
});

describe('a counter of all processes', () => {
  let redis: TestRedis;
  let client: Redis;
  let counters: LimitCounter[];
  let errors: Error[];
  beforeAll(async () => {
    redis = await startTestRedis();
    client = new Redis(redis.url);
  });
  beforeEach(async () => {
    [counters, errors] = [[], []];
    await client.flushall();
  });
  afterEach(() => Promise.all(counters.map((counter) => counter.close())));
  afterAll(async () => {
    client.disconnect();
    await redis.close();
  });

  /** A counter that has reached Redis. */
  async function open(timeoutMs?: number): Promise<LimitCounter> {
    const onError = (error: Error) => void errors.push(error);
    const counter = openSharedCounter({ redisUrl: redis.url, onError, ...(timeoutMs && { timeoutMs }) });
    counters.push(counter);
    const key = `warm-up-${counters.length}`;
    await vi.waitFor(
      async () => {
        await counter.count(key, 60_000);
        expect(await client.exists(`{ecobalyse-limits}:${key}`)).toBe(1);
      },
      { interval: 5, timeout: 60_000 },
    );
    return counter;
  }

  it('counts for all, in windows that no count prolongs', async () => {
    const [one, two] = [await open(5000), await open(5000)];
    const first = await one.count('a', 60_000);
    expect([first.current, first.ttl > 50_000 && first.ttl <= 60_000]).toEqual([1, true]);
    await client.pexpire('{ecobalyse-limits}:a', 5000);
    const second = await two.count('a', 60_000);
    expect([second.current, second.ttl <= 5000]).toEqual([2, true]);
    expect(errors).toEqual([]);
  });

  it('takes amounts for all, in windows that nothing prolongs, and here while Redis fails', async () => {
    const [one, two] = [await open(5000), await open(5000)];
    expect(await one.take('d', 11, 10, 60_000)).toEqual({ taken: false, left: 10 });
    expect(await client.exists('{ecobalyse-limits}:d')).toBe(0);
    expect(await one.take('d', 7, 10, 60_000)).toEqual({ taken: true, left: 3 });
    await client.pexpire('{ecobalyse-limits}:d', 5000);
    expect(await two.take('d', 4, 10, 60_000)).toEqual({ taken: false, left: 3 });
    expect(await two.take('d', 3, 10, 60_000)).toEqual({ taken: true, left: 0 });
    expect(await one.take('d', 1, 5, 60_000)).toEqual({ taken: false, left: 0 });
    expect(await client.pttl('{ecobalyse-limits}:d')).toBeLessThanOrEqual(5000);
    expect(errors).toEqual([]);
    await client.lpush('{ecobalyse-limits}:bad', 'no number');
    expect(await one.take('bad', 7, 10, 60_000)).toEqual({ taken: true, left: 3 });
    // What this process has taken of Redis counts, what was refused does not.
    expect(await one.take('d', 1, 10, 60_000)).toEqual({ taken: true, left: 2 });
    expect(await one.take('d', 3, 10, 60_000)).toEqual({ taken: false, left: 2 });
    expect(await two.take('bad', 1, 10, 60_000)).toEqual({ taken: true, left: 9 });
    expect(await two.take('d', 8, 10, 60_000)).toEqual({ taken: false, left: 7 });
    expect(await two.take('d', 7, 10, 60_000)).toEqual({ taken: true, left: 0 });
    expect(errors).toHaveLength(2);
  });

  it('leaves Redis alone for a second after it failed', async () => {
    const counter = await open(5000);
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    await client.lpush('{ecobalyse-limits}:bad', 'no number');
    expect(await counter.count('bad', 60_000)).toEqual({ current: 1, ttl: 60_000 });
    expect(errors).toHaveLength(1);
    vi.setSystemTime(999);
    expect(await counter.count('a', 60_000)).toEqual({ current: 1, ttl: 60_000 });
    expect(await client.exists('{ecobalyse-limits}:a')).toBe(0);
    vi.setSystemTime(1000);
    await counter.count('a', 60_000);
    expect(await client.get('{ecobalyse-limits}:a')).toBe('1');
  });

  it('waits thirty milliseconds for Redis', async () => {
    const counter = await open(undefined);
    // A busy machine may have been late while it was opened.
    errors.length = 0;
    // Of writes: UNPAUSE, too, would wait.
    await client.client('PAUSE', 60_000, 'WRITE');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 5_000_000_000_000 });
    let count: unknown;
    const counting = counter.count('a', 60_000).then((answer) => {
      count = answer;
    });
    await vi.advanceTimersByTimeAsync(29);
    expect(count).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await counting;
    expect(count).toEqual({ current: 1, ttl: 60_000 });
    expect(errors).toHaveLength(1);
    await client.client('UNPAUSE');
  });
});
