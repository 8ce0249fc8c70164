/**
 * What a start costs: seconds of CPU from the beginning of a process to its listening, and until then by the clock. Each service
 * starts as its bundle and, as the peer, from its modules as `tsc` leaves them, in turn, beside a real database and Redis.
 *
 * Run after `npm run build`: `node bench/dist/start.js [runs] [service…]`.
 */
import { loadavg } from 'node:os';
import {
  freePort,
  startService,
  startTestMongodb,
  startTestRedis,
  startTestSimulator,
  waitUntil,
} from '@ecobalyse/test-servers';

const [runs = '7', ...chosen] = process.argv.slice(2);
const GOAL_SECONDS = 0.4;
const PORT_SETTINGS = {
  api: 'API_PORT',
  orchestrator: 'ORCHESTRATOR_PORT',
  simulator: 'SIMULATOR_PORT',
  extraction: 'WORKER_PORT',
  stats: 'WORKER_PORT',
  training: 'WORKER_PORT',
} as const;
const services = (chosen.length > 0 ? chosen : Object.keys(PORT_SETTINGS)) as (keyof typeof PORT_SETTINGS)[];
const FORMS = { bundle: 'bundle', modules: 'dist' } as const;

/** Loaded before the service: says when it listens, and what that took. */
const PROBE = `import { Server } from 'node:net';
const { emit } = Server.prototype;
Server.prototype.emit = function (name, ...rest) {
  if (name === 'listening') {
    const { user, system } = process.cpuUsage();
    console.log('listening', (user + system) / 1e6, performance.now() / 1e3);
  }
  return emit.call(this, name, ...rest);
};`;

const [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), startTestSimulator()]);

async function start(service: keyof typeof PORT_SETTINGS, folder: string): Promise<[cpu: number, clock: number]> {
  const running = startService(`services/${service}/${folder}/main.js`, {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(PROBE)}`,
    HOME: process.env.HOME ?? '',
    MONGODB_URI: mongodb.uri,
    DB_NAME: 'bench-start',
    REDIS_URL: redis.url,
    ECOBALYSE_API_URL: simulator.apiUrl,
    API_KEY: 'a-key-of-the-benchmark-0123456789',
    [PORT_SETTINGS[service]]: String(await freePort()),
  });
  const said = () => /^listening (\S+) (\S+)$/m.exec(running.output());
  await waitUntil(`${service} listens`, async () => said() !== null, 60_000);
  await running.end();
  const [, cpu, clock] = said() ?? [];
  return [Number(cpu), Number(clock)];
}

const median = (values: number[]) => values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;

try {
  console.log(`median of ${runs} starts, goal ${GOAL_SECONDS} s of CPU; load ${loadavg()[0]?.toFixed(1)}`);
  for (const service of services) {
    const taken = { bundle: [] as [number, number][], modules: [] as [number, number][] };
    for (let run = 0; run < Number(runs); run += 1) {
      for (const form of ['bundle', 'modules'] as const) taken[form].push(await start(service, FORMS[form]));
    }
    const cpuOf = (form: keyof typeof FORMS) => median(taken[form].map(([cpu]) => cpu));
    const clockOf = (form: keyof typeof FORMS) => median(taken[form].map(([, clock]) => clock));
    console.log(
      `${service.padEnd(13)} ${cpuOf('bundle').toFixed(3)} s of CPU (${clockOf('bundle').toFixed(3)} s)` +
        `   modules ${cpuOf('modules').toFixed(3)} s (${clockOf('modules').toFixed(3)} s)` +
        `   ratio ${(cpuOf('bundle') / cpuOf('modules')).toFixed(2)}`,
    );
    if (['api', 'orchestrator'].includes(service) && cpuOf('bundle') > GOAL_SECONDS) process.exitCode = 1;
  }
} finally {
  await Promise.all([mongodb.close(), redis.close(), simulator.close()]);
}
