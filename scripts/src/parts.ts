import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '@ecobalyse/service-kit';
import { embeddedMongodbUri, embeddedRedisUrl, mongodbUri } from '@ecobalyse/service-kit';
import type { DataFolder } from './data-folder.js';
import { takePassword, writeRedisConfig } from './embedded-servers.js';
import { mongodbAnswers, redisAnswers } from './given-servers.js';
import { isGiven } from './is-given.js';
import { createPorts } from './ports.js';
import type { Part } from './processes.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LOOPBACK = '127.0.0.1';

/** What is started, in order, and where the services find each other. */
export interface Platform {
  /** Embedded servers: they have to answer before the services start. */
  servers: Part[];
  /** The offline simulator, which services do without while they start, and not while they stop. */
  upstream: Part[];
  services: Part[];
  databaseUri: string;
  apiUrl: string;
  orchestratorUrl: string;
  /** Lines that say where things are. */
  places: [name: string, place: string][];
}

/** A part has the flags of Node.js that the launcher was given. */
function node(script: string, ...args: string[]): Pick<Part, 'command' | 'args'> {
  return {
    command: process.execPath,
    args: [...process.execArgv, '--enable-source-maps', join(root, script), ...args],
  };
}

/** Hosts that stand for every address of this machine, and the one to call it by. */
const EVERY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': LOOPBACK, '::': '::1' };

/** Where a service that listens on `host` is reached from this machine. */
function addressOf(host: string, port: number): string {
  const name = EVERY_ADDRESS[host] ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

async function answersOk(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  // Which dependency is away stands in the answer.
  if (!response.ok) throw new Error(`status ${response.status}: ${(await response.text()).slice(0, 500)}`);
}

/** Faults at start that are not those of its files. */
const OUTSIDE_FAULT = /no space|permission denied|read-only|too many open files|address already in use/i;

/**
 * What Redis needs of the launcher. Its files hold nothing that is not made anew: jobs, runs and schedules stand in the
 * database and the settings. So it starts without files that it cannot read, which are kept for whoever wants to look.
 */
const redisOn = (folder: DataFolder): Pick<Part, 'noise' | 'mend'> => ({
  // Advice about the machine (overcommitted memory, huge pages, backlog, open files), and that it starts and stops.
  noise:
    /# (WARNING|oO0|Redis version|Configuration loaded|Server initialized|User requested|Redis is now ready to exit)|Received SIGTERM|maxclients|maximum open files/,
  mend(lastLines) {
    const aside = OUTSIDE_FAULT.test(lastLines) ? undefined : folder.setRedisAside();
    return (
      aside &&
      `cannot read its files, which nothing is lost with: they are kept as ${aside}, and it starts without them`
    );
  },
});

const WORKERS = ['extraction', 'product-ingest', 'stats', 'training'] as const;
/** Those that the tasks of an extraction wait for. */
const EXTRACTION_WORKERS: readonly (typeof WORKERS)[number][] = ['extraction'];

/** Ports of the workers' health and metrics, counted on from `WORKER_PORT`; none when it is 0. */
async function takeWorkerPorts(
  { WORKER_HOST, WORKER_PORT }: Settings,
  takePort: ReturnType<typeof createPorts>,
): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  if (WORKER_PORT === 0) return ports;
  for (const [index, name] of WORKERS.entries()) {
    ports.set(name, await takePort(WORKER_PORT + index, 'WORKER_PORT', WORKER_HOST));
  }
  return ports;
}

/**
 * Lays out the processes: an embedded server for each connection string that is not given, then the services.
 *
 * @param once - for an extraction only: without the services that come after one.
 * @throws Error for a taken port, naming it and its setting.
 */
export async function layOut(
  settings: Settings,
  apiKey: string,
  folder: DataFolder,
  { once }: { once: boolean },
): Promise<Platform> {
  const servers: Part[] = [];
  const upstream: Part[] = [];
  const places: [string, string][] = [];
  const takePort = createPorts();
  const { file: passwordFile, password } = takePassword(folder);

  let redisUrl = settings.REDIS_URL;
  if (!redisUrl) {
    const port = await takePort(settings.EMBEDDED_REDIS_PORT, 'EMBEDDED_REDIS_PORT');
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
      ...redisOn(folder),
    });
  }

  let databaseUri = mongodbUri(settings);
  if (!databaseUri) {
    const port = await takePort(settings.EMBEDDED_MONGO_PORT, 'EMBEDDED_MONGO_PORT');
    const uri = embeddedMongodbUri(folder.path, port);
    databaseUri = uri;
    servers.push({
      name: 'mongodb',
      ...node(
        'packages/tools/embedded-mongo/bundle/main.js',
        '--dir',
        folder.mongodb,
        '--port',
        String(port),
        '--host',
        LOOPBACK,
        '--password-file',
        passwordFile,
      ),
      ready: () => mongodbAnswers(uri, settings.DB_NAME),
      noise: /^listening on /,
    });
    places.push(['Database', uri]);
  }

  let upstreamUrl = settings.ECOBALYSE_API_URL;
  if (!isGiven('ECOBALYSE_API_URL')) {
    const port = await takePort(settings.SIMULATOR_PORT, 'SIMULATOR_PORT', settings.SIMULATOR_HOST);
    const simulatorUrl = addressOf(settings.SIMULATOR_HOST, port);
    upstreamUrl = `${simulatorUrl}/api`;
    upstream.push({
      name: 'simulator',
      ...node('services/simulator/bundle/main.js'),
      env: { SIMULATOR_PORT: String(port) },
      ready: () => answersOk(`${simulatorUrl}/health/ready`),
    });
  }
  places.push(['Ecobalyse API', upstreamUrl]);

  const apiPort = await takePort(settings.API_PORT, 'API_PORT', settings.API_HOST);
  const orchestratorPort = await takePort(settings.ORCHESTRATOR_PORT, 'ORCHESTRATOR_PORT', settings.ORCHESTRATOR_HOST);
  const workerPorts = await takeWorkerPorts(settings, takePort);
  const apiUrl = addressOf(settings.API_HOST, apiPort);
  const orchestratorUrl = addressOf(settings.ORCHESTRATOR_HOST, orchestratorPort);
  const env = {
    MONGODB_URI: databaseUri,
    REDIS_URL: redisUrl,
    ECOBALYSE_API_URL: upstreamUrl,
    API_KEY: apiKey,
    API_PORT: String(apiPort),
    ORCHESTRATOR_PORT: String(orchestratorPort),
    ORCHESTRATOR_URL: isGiven('ORCHESTRATOR_URL') ? settings.ORCHESTRATOR_URL : orchestratorUrl,
    PRODUCTS_FOLDER: folder.products,
    STATISTICS_FOLDER: settings.STATISTICS_FOLDER ?? join(folder.path, 'statistics'),
  };
  const service = (name: string, url?: string): Part => ({
    name,
    ...node(`services/${name}/bundle/main.js`),
    env: { ...env, WORKER_PORT: String(workerPorts.get(name) ?? 0) },
    ...(url && { ready: () => answersOk(`${url}/health/ready`) }),
  });
  const services = [
    ...(once ? EXTRACTION_WORKERS : WORKERS).map((name) => service(name)),
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
  return { servers, upstream, services, databaseUri, apiUrl, orchestratorUrl, places };
}
