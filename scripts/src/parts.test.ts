import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  embeddedMongodbUri,
  embeddedRedisUrl,
  readSettings,
  type SettingName,
  settingSchemas,
} from '@ecobalyse/service-kit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DataFolder } from './data-folder.js';
import { layOut } from './parts.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOSTS = { API_HOST: '0.0.0.0', ORCHESTRATOR_HOST: '::', SIMULATOR_HOST: '127.0.0.1', WORKER_HOST: '127.0.0.1' };
const PORTS = ['API', 'ORCHESTRATOR', 'SIMULATOR', 'EMBEDDED_MONGO', 'EMBEDDED_REDIS', 'WORKER'];
const ANY_PORT = Object.fromEntries(PORTS.map((name) => [`${name}_PORT`, '0']));

let path: string;
let folder: DataFolder;
let umask: number;
beforeEach(() => {
  umask = process.umask();
  path = mkdtempSync(join(tmpdir(), 'ecobalyse-parts-'));
  folder = {
    path,
    mongodb: join(path, 'of-mongodb'),
    redis: join(path, 'of-redis'),
    products: join(path, 'of-products'),
    record: () => undefined,
    setRedisAside: () => '/aside',
    release: () => undefined,
  };
  for (const own of [folder.mongodb, folder.redis]) mkdirSync(own);
  writeFileSync(join(path, 'password'), 'secret\n');
  for (const name of ['ECOBALYSE_API_URL', 'ORCHESTRATOR_URL'] as const) vi.stubEnv(name, undefined);
});
afterEach(() => {
  process.umask(umask);
  vi.unstubAllEnvs();
  rmSync(path, { recursive: true });
});

const NAMES = Object.keys(settingSchemas) as SettingName[];
const laidOut = (given: Record<string, string> = {}, once = false) =>
  layOut(readSettings(NAMES, { ...ANY_PORT, ...HOSTS, ...given }), 'the key', folder, { once });

/** The value behind a flag of a part. */
const flagOf = ({ args }: { args: readonly string[] }, flag: string) => args[args.indexOf(flag) + 1];

it('has servers and a simulator of its own where no setting names others, and tells the services where they are', async () => {
  const { servers, upstream, services, apiUrl, orchestratorUrl, places } = await laidOut();
  const [redis, mongodb] = servers as [(typeof servers)[0], (typeof servers)[0]];
  const [simulator] = upstream as [(typeof upstream)[0]];
  expect([...servers, ...upstream].map(({ name }) => name)).toEqual(['redis', 'mongodb', 'simulator']);
  const redisUrl = embeddedRedisUrl(path, Number(flagOf(redis, '--port')));
  const databaseUri = embeddedMongodbUri(path, Number(flagOf(mongodb, '--port')));
  expect([redis.command, ...redis.args]).toEqual([
    ...['redis-server', join(path, 'redis.conf'), '--port', flagOf(redis, '--port'), '--bind', '127.0.0.1'],
    ...['--dir', folder.redis, '--save', '', '--daemonize', 'no', '--appendonly', 'yes', '--appendfsync', 'everysec'],
    ...['--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
  ]);
  const node = [process.execPath, ...process.execArgv, '--enable-source-maps'];
  expect([mongodb.command, ...mongodb.args]).toEqual([
    ...[...node, join(ROOT, 'packages/tools/embedded-mongo/bundle/main.js'), '--dir', folder.mongodb],
    ...['--port', flagOf(mongodb, '--port'), '--host', '127.0.0.1', '--password-file', join(path, 'password')],
  ]);
  expect([simulator.command, ...simulator.args]).toEqual([...node, join(ROOT, 'services/simulator/bundle/main.js')]);

  const simulatorUrl = `http://127.0.0.1:${simulator.env?.SIMULATOR_PORT}/api`;
  const apiPort = new URL(apiUrl).port;
  const orchestratorPort = new URL(orchestratorUrl).port;
  expect([apiUrl, orchestratorUrl]).toEqual([`http://127.0.0.1:${apiPort}`, `http://[::1]:${orchestratorPort}`]);
  for (const { name, command, args, env } of services)
    expect([command, ...args, env]).toEqual([
      ...[...node, join(ROOT, `services/${name}/bundle/main.js`)],
      {
        MONGODB_URI: databaseUri,
        REDIS_URL: redisUrl,
        ECOBALYSE_API_URL: simulatorUrl,
        API_KEY: 'the key',
        API_PORT: apiPort,
        ORCHESTRATOR_PORT: orchestratorPort,
        ORCHESTRATOR_URL: orchestratorUrl,
        PRODUCTS_FOLDER: folder.products,
        STATISTICS_FOLDER: join(path, 'statistics'),
        WORKER_PORT: '0',
      },
    ]);
  expect(places).toEqual([
    ['API', apiUrl],
    ['Dashboard', `${apiUrl}/dashboard`],
    ['Documentation', `${apiUrl}/docs`],
    ['Pipelines', orchestratorUrl],
    ['Data folder', path],
    ['Products folder', folder.products],
    ['Database', databaseUri],
    ['Ecobalyse API', simulatorUrl],
  ]);
});

it('takes what settings name in place of its own', async () => {
  const given = {
    REDIS_URL: 'redis://elsewhere:6379',
    MONGODB_URI: 'mongodb://elsewhere:27017',
    ECOBALYSE_API_URL: 'https://elsewhere/api',
    ORCHESTRATOR_URL: 'http://elsewhere:9',
    STATISTICS_FOLDER: '/elsewhere',
  };
  for (const name of ['ECOBALYSE_API_URL', 'ORCHESTRATOR_URL'] as const) vi.stubEnv(name, given[name]);
  const { servers, upstream, services, places } = await laidOut(given);
  expect([servers, upstream]).toEqual([[], []]);
  for (const { env } of services) expect(env).toMatchObject(given);
  expect(places.slice(6)).toEqual([['Ecobalyse API', given.ECOBALYSE_API_URL]]);
});

it('gives the workers ports that follow each other, and says where each is', async () => {
  const port = 19_000 + (process.pid % 900);
  const { services, places } = await laidOut({ WORKER_PORT: String(port), WORKER_HOST: '127.0.0.1' });
  const workers = ['extraction', 'product-ingest', 'stats', 'training'];
  expect(services.map(({ name, env }) => [name, env?.WORKER_PORT])).toEqual([
    ...workers.map((name, index) => [name, String(port + index)]),
    ['api', '0'],
    ['orchestrator', '0'],
  ]);
  expect(places.slice(6, 10)).toEqual(
    workers.map((name, index) => [`Worker ${name}`, `http://127.0.0.1:${port + index}`]),
  );
  await expect(laidOut({ WORKER_PORT: String(port), API_PORT: String(port) })).rejects.toThrow(
    `WORKER_PORT: port ${port} is that of API_PORT too`,
  );
});

it('asks whether a service is ready, and gives what it answers when it is not', async () => {
  let status = 200;
  const asked: unknown[] = [];
  const server = createServer(({ url }, reply) => {
    asked.push(url);
    reply.writeHead(status).end('x'.repeat(501));
  });
  const { services, upstream } = await laidOut();
  const [simulator] = upstream;
  expect(services.slice(0, -2).map(({ ready }) => ready)).toEqual([undefined, undefined, undefined, undefined]);
  for (const { ready } of services.slice(-2)) await expect(ready?.()).rejects.toThrow('fetch failed');
  await new Promise<void>((done) => server.listen(Number(simulator?.env?.SIMULATOR_PORT), '127.0.0.1', done));
  try {
    await simulator?.ready?.();
    status = 503;
    await expect(simulator?.ready?.()).rejects.toThrow(/^status 503: x{500}$/);
    expect(asked).toEqual(['/health/ready', '/health/ready']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

it.each([
  ['Bad file format reading the append only file', '/aside'],
  ['', '/aside'],
  ["Can't open the append-only file: Permission denied", undefined],
  ['No space left on device', undefined],
  ['Read-only file system', undefined],
  ['Too many open files', undefined],
  ['bind: Address already in use', undefined],
])('starts Redis without its files when they are the fault, and not otherwise: %s', async (line, aside) => {
  const [redis] = (await laidOut()).servers;
  const told = `cannot read its files, which nothing is lost with: they are kept as ${aside}, and it starts without them`;
  expect(redis?.mend?.(line)).toBe(aside && told);
});

it.each([
  ['redis', '1:C # WARNING Memory overcommit must be enabled!', true],
  ['redis', '1:C # oO0OoO0OoO0Oo Redis is starting', true],
  ['redis', '1:C # Redis version=7.0', true],
  ['redis', '1:C # Configuration loaded', true],
  ['redis', '1:M # Server initialized', true],
  ['redis', '1:signal-handler Received SIGTERM scheduling shutdown', true],
  ['redis', '1:M # User requested shutdown...', true],
  ['redis', '1:M # Redis is now ready to exit, bye bye...', true],
  ['redis', '1:M # You requested maxclients of 10000', true],
  ['redis', '1:M # Increased maximum open files to 10032', true],
  ['redis', '1:M # Bad file format reading the append only file', false],
  ['mongodb', 'listening on 127.0.0.1:1', true],
  ['mongodb', 'the disk is full: not listening on it', false],
])('of the lines of %s hides those that nobody can act on: %s: %s', async (name, line, isHidden) => {
  const { servers } = await laidOut();
  expect(servers.find((server) => server.name === name)?.noise?.test(line)).toBe(isHidden);
});
