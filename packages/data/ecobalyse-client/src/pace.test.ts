import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  startTestRedis,
  startTestSimulator,
  type TestRedis,
  type TestSimulator,
} from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSharedPace } from './pace.js';

let redis: TestRedis;
let simulator: TestSimulator;
beforeAll(async () => {
  [redis, simulator] = await Promise.all([startTestRedis(), startTestSimulator()]);
});
afterAll(() => Promise.all([redis.close(), simulator.close()]));

const TURNS_PER_SECOND = 25;
const INTERVAL_MS = 1000 / TURNS_PER_SECOND;
/** Timers count whole milliseconds. */
const SLACK_MS = 5;

const CLIENT = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const GARMENT = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };

/** A process of its own with a client, which simulates as many garments as it is told to, then says so. */
async function startAsker(): Promise<ChildProcess> {
  const program = `
    const { createEcobalyseClient } = await import(${JSON.stringify(CLIENT)});
    const client = createEcobalyseClient({
      baseUrl: ${JSON.stringify(simulator.apiUrl)}, concurrency: 8, timeoutMs: 20_000, retries: 0,
      requestsPerSecond: ${TURNS_PER_SECOND},
      sharedPace: { redisUrl: ${JSON.stringify(redis.url)}, onError: (error) => { throw error; } },
    });
    const simulate = () => client.simulateDetailed(${JSON.stringify(GARMENT)});
    process.once('message', async (count) => {
      const answers = await Promise.all(Array.from({ length: count }, simulate));
      client.close();
      process.send(answers.length, () => process.disconnect());
    });
    process.send('ready');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

it('is kept by all processes together', async () => {
  const askers = await Promise.all([startAsker(), startAsker()]);
  const answered = askers.map(async (asker) => (await once(asker, 'message'))[0]);
  const begun = performance.now();
  for (const asker of askers) asker.send(12);
  expect(await Promise.all(answered)).toEqual([12, 12]);
  // Twice as long as for one alone.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(23 * INTERVAL_MS - SLACK_MS);
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
