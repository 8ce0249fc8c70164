import { getEventListeners } from 'node:events';
import { freePort, startTestRedis, type TestRedis } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openOwnPace, openSharedPace } from './pace.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.close());

const TURNS_PER_SECOND = 25;
const INTERVAL_MS = 1000 / TURNS_PER_SECOND;
/** Timers count whole milliseconds. */
const SLACK_MS = 5;

it('is kept by all processes together', async () => {
  const options = { redisUrl: redis.url, of: 'all', turnsPerSecond: TURNS_PER_SECOND };
  // What two processes share is in Redis, and so is what these two do.
  const paces = [1, 2].map(() => openSharedPace({ ...options, onError: (error) => expect.fail(error.message) }));
  const begun = performance.now();
  await Promise.all(paces.flatMap((pace) => Array.from({ length: 12 }, () => pace.nextTurn())));
  // Twice as long as for one alone.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(23 * INTERVAL_MS - SLACK_MS);
  for (const pace of paces) pace.close();
});

it('is kept by each process while Redis is away', async () => {
  const redisUrl = `redis://127.0.0.1:${await freePort()}`;
  const errors: Error[] = [];
  const pace = openSharedPace({
    redisUrl,
    of: 'nobody',
    turnsPerSecond: TURNS_PER_SECOND,
    onError: (error) => errors.push(error),
  });
  const begun = performance.now();
  await Promise.all(Array.from({ length: 6 }, () => pace.nextTurn()));
  pace.close();
  expect(performance.now() - begun).toBeGreaterThanOrEqual(5 * INTERVAL_MS - SLACK_MS);
  expect(errors.length).toBeGreaterThan(0);
});

it('gives turns by host, and the first one at once', async () => {
  const open = (of: string) =>
    openSharedPace({ redisUrl: redis.url, of, turnsPerSecond: 0.001, onError: (error) => expect.fail(error.message) });
  const paces = ['here', 'there'].map(open);
  // The second turn of either would come after a quarter of an hour.
  await Promise.all(paces.map((pace) => pace.nextTurn()));
  const gaveUp = new AbortController();
  const second = paces[0]?.nextTurn(gaveUp.signal);
  gaveUp.abort();
  await second;
  for (const pace of paces) pace.close();
});

it('takes turns one after the other, and forgets them when they are over', async () => {
  const client = new Redis(redis.url);
  const pace = openSharedPace({
    redisUrl: redis.url,
    of: 'turns',
    turnsPerSecond: 0.001,
    onError: (error) => expect.fail(error.message),
  });
  const key = '{ecobalyse-pace}:turns';
  await pace.nextTurn();
  const following = Number(await client.get(key));
  expect(await client.pttl(key)).toBeLessThanOrEqual(1_000_000);
  await pace.nextTurn(AbortSignal.abort());
  // A turn each thousand seconds, in microseconds.
  expect(Number(await client.get(key)) - following).toBe(1_000_000_000);
  expect(await client.pttl(key)).toBeGreaterThan(1_000_000);
  pace.close();
  client.disconnect();
});

it('leaves nothing with who waited, be it for one turn of many', async () => {
  const stays = new AbortController();
  const paces = [
    openOwnPace(1000),
    openSharedPace({
      redisUrl: redis.url,
      of: 'guests',
      turnsPerSecond: 1000,
      onError: ({ message }) => expect.fail(message),
    }),
  ];
  for (const pace of paces) {
    for (let turn = 0; turn < 2; turn += 1) await pace.nextTurn(stays.signal);
    pace.close();
  }
  expect(getEventListeners(stays.signal, 'abort')).toEqual([]);
});
