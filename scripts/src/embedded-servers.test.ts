import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  embeddedMongodbUri,
  embeddedRedisUrl,
  readSettings,
  type SettingName,
  settingSchemas,
} from '@ecobalyse/service-kit';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type DataFolder, takeDataFolder } from './data-folder.js';
import { layOut } from './parts.js';

const PORTS = ['API', 'ORCHESTRATOR', 'SIMULATOR', 'EMBEDDED_MONGO', 'EMBEDDED_REDIS', 'WORKER'];
const ANY_PORT = Object.fromEntries(PORTS.map((name) => [`${name}_PORT`, '0']));
let path: string;
let children: ChildProcess[];
let folder: DataFolder | undefined;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'ecobalyse-dàta dir-'));
  children = [];
  // Neither the simulator nor anything else beside the two servers.
  vi.stubEnv('ECOBALYSE_API_URL', 'http://127.0.0.1:1/api');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const child of children) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  folder?.release();
  folder = undefined;
  rmSync(path, { recursive: true });
});

/** Starts the two servers as `npm start` does, and gives how they are reached. */
async function startServers() {
  const settings = readSettings(Object.keys(settingSchemas) as SettingName[], ANY_PORT);
  folder?.release();
  folder = await takeDataFolder(path, false, () => undefined);
  const { servers, services } = await layOut(settings, 'key', folder, { once: false });
  for (const { command, args } of servers) children.push(spawn(command, args, { stdio: 'ignore' }));
  for (const { ready } of servers) await vi.waitFor(() => ready?.(), { timeout: 60_000 });
  const { MONGODB_URI = '', REDIS_URL = '' } = services[0]?.env ?? {};
  return { servers, mongodb: new URL(MONGODB_URI), redis: new URL(REDIS_URL) };
}

const client = (uri: string) => new MongoClient(uri, { serverSelectionTimeoutMS: 60_000 });
const KEY = { name: 'mine', role: 'admin' };

it('lets in whoever has the address, and nobody else who reaches the ports', async () => {
  const { mongodb, redis } = await startServers();
  const own = client(mongodb.href);
  await own.db('ecobalyse').collection('rows').insertOne({ a: 1 });
  await own.close();
  const stranger = client(`mongodb://${mongodb.host}/?directConnection=true`);
  await expect(stranger.db('ecobalyse').collection('api_keys').insertOne(KEY)).rejects.toMatchObject({ code: 13 });
  await expect(stranger.db('ecobalyse').collection('rows').findOne()).rejects.toMatchObject({ code: 13 });
  await stranger.close();

  const queues = new Redis(redis.href);
  await queues.set('job', '1');
  queues.disconnect();
  const nobody = new Redis(`redis://${redis.host}`).on('error', () => undefined);
  for (const command of [['GET', 'job'], ['SET', 'job', '2'], ['CONFIG', 'SET', 'dir', '/'], ['FLUSHALL']] as const) {
    const [name, ...args] = command;
    await expect(nobody.call(name, ...args)).rejects.toThrow('NOAUTH');
  }
  nobody.disconnect();
});

it('keeps the password over starts, in a file of its user, and shows it on no command line', async () => {
  const first = await startServers();
  const passwords = [first.mongodb.password, first.redis.password];
  expect(passwords).toEqual([expect.stringMatching(/^.{32,}$/), expect.stringMatching(/^.{32,}$/)]);
  expect(new Set(passwords)).toHaveLength(2);
  for (const { args } of first.servers)
    for (const password of passwords) expect(args.join(' ')).not.toContain(password);
  expect(readFileSync(join(path, 'password'), 'utf8').trim()).toBe(first.mongodb.password);
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' }))
    expect([entry, (statSync(join(path, entry)).mode & 0o077).toString(8)]).toEqual([entry, '0']);

  const mongodbPort = Number(first.mongodb.port);
  expect(embeddedMongodbUri(path, mongodbPort)).toBe(first.mongodb.href);
  expect(embeddedRedisUrl(path, Number(first.redis.port))).toBe(first.redis.href);
  for (const child of children.splice(0)) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  const second = await startServers();
  expect([second.mongodb.password, second.redis.password]).toEqual(passwords);
});

it.each([
  [true, ['extraction', 'api', 'orchestrator']],
  [false, ['extraction', 'product-ingest', 'stats', 'training', 'api', 'orchestrator']],
])('come with the services of an extraction only when there is nothing after it: %s', async (once, names) => {
  folder = await takeDataFolder(path, false, () => undefined);
  const settings = readSettings(Object.keys(settingSchemas) as SettingName[], ANY_PORT);
  const { services } = await layOut(settings, 'key', folder, { once });
  expect(services.map(({ name }) => name)).toEqual(names);
});
