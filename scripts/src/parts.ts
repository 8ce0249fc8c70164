import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '@ecobalyse/schema';
import { embeddedMongodbUri, embeddedRedisUrl, mongodbUri } from '@ecobalyse/service-kit';
import { openStore } from '@ecobalyse/store';
import { Redis } from 'ioredis';
import type { DataFolder } from './data-folder.js';
import { takePassword, writeRedisConfig } from './embedded-servers.js';
import { freePort } from './ports.js';
import type { Part } from './processes.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LOOPBACK = '127.0.0.1';

/** What is started, in order, and where the services find each other. */
export interface Platform {
  /** Embedded servers: they have to answer before the services start. */
  servers: Part[];
  services: Part[];
  apiUrl: string;
  orchestratorUrl: string;
  /** Lines that say where things are. */
  places: [name: string, place: string][];
}

function node(script: string, ...args: string[]): Pick<Part, 'command' | 'args'> {
  return { command: process.execPath, args: [join(root, script), ...args] };
}

/** Where a service that listens on `host` is reached from this machine. */
function addressOf(host: string, port: number): string {
  return `http://${host === '0.0.0.0' ? LOOPBACK : host}:${port}`;
}

async function answersOk(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  if (!response.ok) throw new Error(`status ${response.status}`);
}

async function redisAnswers(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1000 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

async function mongodbAnswers(uri: string): Promise<void> {
  const store = openStore({ uri, dbName: 'admin', appName: 'launcher', serverSelectionTimeoutMs: 1000 });
  try {
    await store.ping();
  } finally {
    await store.close();
  }
}

const WORKERS = ['extraction', 'product-ingest', 'stats', 'training'] as const;

/** Ports of the workers' health and metrics, counted on from `WORKER_PORT`; none when it is 0. */
async function takeWorkerPorts({ WORKER_HOST, WORKER_PORT }: Settings): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  if (WORKER_PORT === 0) return ports;
  for (const [index, name] of WORKERS.entries()) {
    ports.set(name, await freePort(WORKER_PORT + index, 'WORKER_PORT', WORKER_HOST));
  }
  return ports;
}

/**
 * Lays out the processes: an embedded server for each connection string that is not given, then the services.
 *
 * @throws Error for a taken port, naming it and its setting.
 */
export async function layOut(
  settings: Settings,
  apiKey: string,
  folder: DataFolder,
  upstreamIsGiven: boolean,
): Promise<Platform> {
  const servers: Part[] = [];
  const places: [string, string][] = [];
  const { file: passwordFile, password } = takePassword(folder);

  let redisUrl = settings.REDIS_URL;
  if (!redisUrl) {
    const port = await freePort(settings.EMBEDDED_REDIS_PORT, 'EMBEDDED_REDIS_PORT');
    const url = embeddedRedisUrl(folder.path, port);
    redisUrl = url;
    servers.push({
      name: 'redis',
      command: 'redis-server',
      args: [
        writeRedisConfig(folder, password),
        ...['--port', String(port), '--bind', LOOPBACK, '--dir', folder.redis, '--save', '', '--daemonize', 'no'],
        ...[
          '--appendonly',
          'yes',
          '--appendfsync',
          'everysec',
          '--maxmemory-policy',
          'noeviction',
          '--loglevel',
          'warning',
        ],
      ],
      ready: () => redisAnswers(url),
    });
  }

  let databaseUri = mongodbUri(settings);
  if (!databaseUri) {
    const port = await freePort(settings.EMBEDDED_MONGO_PORT, 'EMBEDDED_MONGO_PORT');
    const uri = embeddedMongodbUri(folder.path, port);
    databaseUri = uri;
    servers.push({
      name: 'mongodb',
      ...node(
        'packages/embedded-mongo/dist/main.js',
        '--dir',
        folder.mongodb,
        '--port',
        String(port),
        '--host',
        LOOPBACK,
        '--password-file',
        passwordFile,
      ),
      ready: () => mongodbAnswers(uri),
    });
    places.push(['Database', uri]);
  }

  let upstreamUrl = settings.ECOBALYSE_API_URL;
  if (!upstreamIsGiven) {
    const port = await freePort(settings.SIMULATOR_PORT, 'SIMULATOR_PORT', settings.SIMULATOR_HOST);
    upstreamUrl = `http://${LOOPBACK}:${port}/api`;
    servers.push({
      name: 'simulator',
      ...node('services/simulator/dist/main.js'),
      env: { SIMULATOR_PORT: String(port) },
      ready: () => answersOk(`http://${LOOPBACK}:${port}/health/ready`),
    });
  }
  places.push(['Ecobalyse API', upstreamUrl]);

  const apiPort = await freePort(settings.API_PORT, 'API_PORT', settings.API_HOST);
  const orchestratorPort = await freePort(settings.ORCHESTRATOR_PORT, 'ORCHESTRATOR_PORT', settings.ORCHESTRATOR_HOST);
  const workerPorts = await takeWorkerPorts(settings);
  const apiUrl = addressOf(settings.API_HOST, apiPort);
  const orchestratorUrl = addressOf(settings.ORCHESTRATOR_HOST, orchestratorPort);
  const env = {
    MONGODB_URI: databaseUri,
    REDIS_URL: redisUrl,
    ECOBALYSE_API_URL: upstreamUrl,
    API_KEY: apiKey,
    API_PORT: String(apiPort),
    API_URL: apiUrl,
    ORCHESTRATOR_PORT: String(orchestratorPort),
    ORCHESTRATOR_URL: orchestratorUrl,
    PRODUCTS_FOLDER: folder.products,
  };
  const service = (name: string, url?: string): Part => ({
    name,
    ...node(`services/${name}/dist/main.js`),
    env: { ...env, WORKER_PORT: String(workerPorts.get(name) ?? 0) },
    ...(url && { ready: () => answersOk(`${url}/health/ready`) }),
  });
  const services = [
    ...WORKERS.map((name) => service(name)),
    service('api', apiUrl),
    service('orchestrator', orchestratorUrl),
  ];
  places.unshift(
    ['API', apiUrl],
    ['Dashboard', `${apiUrl}/dashboard`],
    ['Documentation', `${apiUrl}/docs`],
    ['Pipelines', orchestratorUrl],
    ['Data folder', folder.path],
    ['Products folder', folder.products],
    ...[...workerPorts].map(([name, port]): [string, string] => [
      `Worker ${name}`,
      addressOf(settings.WORKER_HOST, port),
    ]),
  );
  return { servers, services, apiUrl, orchestratorUrl, places };
}
