import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { readSettings, type SettingName, settingSchemas } from '@ecobalyse/service-kit';
import { freePort, startTestRedis, type TestRedis } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { checkGivenServers } from './given-servers.js';

let redis: TestRedis;
let port: number;
beforeAll(async () => {
  [redis, port] = await Promise.all([startTestRedis(), freePort()]);
  const client = new Redis(redis.url);
  await client.call('CONFIG', 'SET', 'requirepass', 'right');
  client.disconnect();
});
afterAll(() => redis.close());
// For a whole test: it checks several at once, and one that is done must not take the others' clock away.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const NAMES = Object.keys(settingSchemas) as SettingName[];
const check = async (given: Record<string, string>) => {
  const said: string[] = [];
  const print = (line: string) => {
    said.push(line);
    // What was found wrong is looked at once more, and no longer.
    vi.advanceTimersByTime(60_000);
  };
  return { said, faults: await checkGivenServers(readSettings(NAMES, given), print) };
};
const withPassword = (password: string, database = '') => {
  const url = new URL(redis.url);
  url.password = password;
  return `${url.href.replace(/\/$/, '')}/${database}`;
};

it('names setting and cause of each server that is needed and cannot be used, and no password', async () => {
  const faults: [setting: string, value: string, cause: RegExp][] = [
    ['REDIS_URL', `redis://127.0.0.1:${port}`, /ECONNREFUSED/],
    ['REDIS_URL', redis.url, /NOAUTH/],
    ['REDIS_URL', withPassword('wrong'), /WRONGPASS/],
    ['REDIS_URL', withPassword('right', '99'), /DB index is out of range/],
    ['MONGODB_URI', `mongodb://user:wrong@127.0.0.1:${port}`, /ECONNREFUSED/],
    ['MONGODB_URI', `mongodb://user:wr@ong@127.0.0.1:${port}`, /Invalid connection string/],
    ['LOCAL_MONGODB_URI', `mongodb://127.0.0.1:${port}`, /ECONNREFUSED/],
  ];
  await Promise.all(
    faults.map(async ([setting, value, cause]) => {
      const fault: Error = await check({ [setting]: value }).then(
        () => expect.unreachable(`${setting}=${value} is taken`),
        (error) => error,
      );
      expect(fault.message).toMatch(new RegExp(`^${setting}: .*cannot be used: .*`));
      expect(fault.message).toMatch(cause);
      expect(fault.message).not.toMatch(/wrong|wr@ong|right/);
    }),
  );
});

it('gives up a server that takes connections and answers nothing', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  await Promise.all([
    expect(check({ REDIS_URL: `redis://${address}` })).rejects.toThrow(/^REDIS_URL: .*no answer within/),
    expect(check({ MONGODB_URI: `mongodb://${address}` })).rejects.toThrow(/^MONGODB_URI: .*timed out/),
  ]);
  mute.close();
});

it('only says what is wrong with a server that can be done without', async () => {
  const CACHE_REDIS_URL = withPassword('wrong');
  const MLFLOW_TRACKING_URI = `http://127.0.0.1:${port}`;
  const { said, faults } = await check({ REDIS_URL: withPassword('right', '3'), CACHE_REDIS_URL, MLFLOW_TRACKING_URI });
  expect([...faults.keys()].sort()).toEqual(['CACHE_REDIS_URL', 'MLFLOW_TRACKING_URI']);
  expect(said.join('\n')).toMatch(/ECONNREFUSED/);
});
