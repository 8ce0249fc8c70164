/**
 * What docker/verify.sh does with the stack: brings it up, uses it as its users do, and disturbs it.
 *
 *   node docker/verify.mjs <engine> <env file> <compose command and arguments…>
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startLoad } from './verify-load.mjs';

const [engine, envFile, ...compose] = process.argv.slice(2);
const env = Object.fromEntries(
  [...readFileSync(envFile, 'utf8').matchAll(/^([A-Z_]+)='?(.+?)'?$/gm)].map(([, name, value]) => [name, value]),
);
const execute = promisify(execFile);
const OURS = ['api', 'orchestrator', 'extraction', 'product-ingest', 'stats', 'training', 'simulator'];
const SERVERS = ['mongo', 'queue-redis', 'cache-redis', 'mlflow'];
const EXTRACTED = 600;

const api = `http://127.0.0.1:${env.API_PORT}`;
const orchestrator = `http://127.0.0.1:${env.ORCHESTRATOR_PORT}`;
const mlflow = `http://127.0.0.1:${env.MLFLOW_PORT}`;
const headers = { access_token: env.API_KEY };

async function run(command, ...args) {
  const { stdout } = await execute(command, args, { maxBuffer: 64 * 1024 * 1024, timeout: 300_000 });
  return stdout.trim();
}
const composed = (...args) => run(compose[0], ...compose.slice(1), ...args);
const project = compose[compose.indexOf('-p') + 1];

/** The containers of the project as the engine describes them, by service. */
async function describeAll() {
  const ids = await run(engine, 'ps', '-q', '--filter', `label=com.docker.compose.project=${project}`);
  const all = JSON.parse(await run(engine, 'inspect', ...ids.split('\n')));
  const services = new Map();
  for (const one of all) {
    const service = one.Config.Labels['com.docker.compose.service'];
    services.set(service, [...(services.get(service) ?? []), one]);
  }
  return services;
}
/** Ids, limits and checks stay through restarts and kills. */
let described = new Map();
const containersOf = (service) => described.get(service) ?? [];
const containerOf = (service) => {
  expectThat(containersOf(service).length > 0, `${service} has no container`);
  return containersOf(service)[0];
};

function expectThat(condition, message) {
  if (!condition) throw new Error(message);
}
function expectEqual(found, expected, what) {
  expectThat(JSON.stringify(found) === JSON.stringify(expected), `${what}: ${JSON.stringify(found)}`);
}

async function until(what, condition, timeoutMs = 120_000) {
  const deadline = Date.now() + timeoutMs;
  let last;
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await wait(250);
  }
  throw new Error(`not within ${timeoutMs / 1000} s: ${what}${last ? ` (${last.message})` : ''}`);
}

/** Runs a container's own health check now, instead of waiting for the engine to do so. */
async function isHealthy({ Id, Config }) {
  const [kind, ...check] = Config.Healthcheck?.Test ?? ['NONE'];
  if (kind === 'NONE') return true;
  await run(engine, 'exec', Id, ...(kind === 'CMD-SHELL' ? ['sh', '-c', check[0]] : check));
  return true;
}
async function allHealthy(services) {
  for (const service of services) {
    expectThat(containersOf(service).length > 0, `${service} has no container`);
    for (const container of containersOf(service)) await isHealthy(container);
  }
  return true;
}

/** Runs curl as the contract's users do. */
async function curl(...args) {
  const output = await run('curl', '-sS', '--max-time', '30', '-w', '\n%{http_code}', ...args);
  const at = output.lastIndexOf('\n');
  return { status: Number(output.slice(at + 1)), body: output.slice(0, at) };
}
const withKey = (path, ...args) => curl(`${api}${path}`, '-H', `access_token: ${env.API_KEY}`, ...args);

async function orchestrated(method, path, body) {
  const response = await fetch(`${orchestrator}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  expectThat(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
const startRun = (pipeline, parameters = {}) => orchestrated('POST', `/pipelines/${pipeline}/runs`, { parameters });
async function runEnds({ id }, timeoutMs = 300_000) {
  let view;
  await until(
    `run ${id} ends`,
    async () => {
      view = await orchestrated('GET', `/runs/${id}`);
      return view.state !== 'running';
    },
    timeoutMs,
  );
  expectThat(view.state === 'succeeded', `run ${view.state}: ${view.reason} ${JSON.stringify(view.tasks)}`);
  return Object.fromEntries(view.tasks.map((task) => [task.task, task.result]));
}

async function storedDocuments() {
  const response = await fetch(`${api}/impacts?product=chemise&limit=0`, { headers });
  return (await response.json()).total;
}

const steps = [];
const step = (name, action) => steps.push({ name, action });

step('the stack starts, healthy', async () => {
  await composed('up', '-d');
  described = await describeAll();
  await until('every container is healthy', () => allHealthy([...OURS, ...SERVERS]));
  return `${OURS.length + SERVERS.length} containers`;
});

step('containers are closed', async () => {
  const published = [];
  for (const service of [...OURS, ...SERVERS]) {
    const { Id, HostConfig, Mounts } = containerOf(service);
    expectThat(HostConfig.ReadonlyRootfs && !HostConfig.Privileged, `${service}: writable or privileged`);
    expectThat(HostConfig.Memory > 0, `${service}: no memory limit`);
    expectThat(!Mounts.some(({ Source }) => /docker\.sock|podman\.sock/.test(Source)), `${service}: engine's socket`);
    for (const bindings of Object.values(HostConfig.PortBindings ?? {}))
      for (const { HostIp, HostPort } of bindings ?? []) published.push(`${HostIp}:${HostPort}`);
    const inside = await run(engine, 'exec', Id, 'sh', '-c', 'id -u; touch /written 2>/dev/null && echo written; true');
    const [user, written] = inside.split('\n');
    // MLflow's own image knows no other user.
    expectThat(user !== '0' || service === 'mlflow', `${service}: runs as root`);
    expectThat(written === undefined, `${service}: the root file system can be written`);
  }
  const wanted = [env.API_PORT, env.ORCHESTRATOR_PORT, env.MLFLOW_PORT].map((port) => `127.0.0.1:${port}`);
  expectEqual(published.sort(), wanted.sort(), 'published ports');
});

step('images hold no secrets, sources or development packages', async () => {
  const secrets = Object.entries(env).filter(([name]) => /KEY$|PASSWORD$/.test(name));
  expectThat(secrets.length >= 4, 'the secrets of this run are not known');
  for (const service of OURS) {
    const { Id, Image, Config } = containerOf(service);
    const image = await run(engine, 'image', 'inspect', Image);
    const history = await run(engine, 'history', '--no-trunc', Image);
    for (const [name, value] of secrets)
      expectThat(!image.includes(value) && !history.includes(value), `${service}: ${name} is in the image`);
    expectThat(Config.Labels['org.opencontainers.image.title'] === `ecobalyse ${service}`, `${service}: no label`);
    const patterns = ['.env*', 'vitest*', 'typescript@*', '*.test.js']
      .flatMap((name) => ['-o', '-name', name])
      .slice(1);
    const found = await run(engine, 'exec', Id, 'find', '/app', '-maxdepth', '6', '(', ...patterns, ')');
    expectEqual(found, '', `${service}: files that do not belong there`);
  }
});

step("the contract's first commands", async () => {
  expectEqual(await curl(`${api}/`), { status: 200, body: '{"message":"API is working"}' }, 'GET /');
  expectEqual((await curl(`${api}/product`)).status, 403, 'no key');
  expectEqual(
    await curl(`${api}/product`, '-H', 'access_token: a-wrong-key-0123456789'),
    { status: 403, body: '{"detail":"Could not validate credentials"}' },
    'wrong key',
  );
  expectEqual(await curl(`${api}/cache/clear`), { status: 200, body: '{"message":"Redis cache cleared"}' }, 'clear');
  expectEqual((await curl(`${api}/docs`, '-L')).status, 200, 'documentation');
  expectEqual((await curl(`${api}/openapi.json`)).status, 200, 'OpenAPI');
  for (const address of [`${api}/dashboard`, orchestrator]) {
    const page = await curl(address, '-L', '-H', 'accept: text/html');
    expectThat(page.status === 200 && /<script/.test(page.body), `dashboard at ${address}: ${page.status}`);
  }
});

step('ecobalyse_extract', async () => {
  const { load } = await runEnds(await startRun('ecobalyse_extract', { limit: EXTRACTED }));
  expectEqual([load.planned, load.refused], [EXTRACTED, 0], 'extraction');
  const documents = await storedDocuments();
  expectThat(documents > 0 && documents === load.products, `documents ${documents} of ${load.products}`);
  return `${load.products} documents`;
});

step("the contract's commands on data", async () => {
  expectEqual(JSON.parse((await withKey('/product')).body), ['chemise'], 'products');
  for (const path of ['', '/good_product', '/bad_product']) {
    const { status, body } = await withKey(`/product/chemise${path}?nb_doc=5`);
    expectEqual([status, JSON.parse(body).length], [200, 5], `/product/chemise${path}`);
  }
  expectEqual((await withKey('/product/hat')).status, 404, 'unknown product');
  const garment =
    '{"mass": 0.17, "materials": [{"id": "ei-coton", "share": 1, "country": "FR"}], "product": "tshirt", "countrySpinning": "FR", "countryFabric": "FR", "countryDyeing": "FR", "countryMaking": "FR", "fabricProcess": "knitting-mix"}';
  const post = () => withKey('/product', '-X', 'POST', '-H', 'content-type: application/json', '-d', garment);
  const md5 = '15a853d8fc6bee14a946559190111f51';
  expectEqual(JSON.parse((await post()).body), { message: `Product added ${md5}` }, 'POST /product');
  expectEqual(JSON.parse((await post()).body), { message: 'Product already exist' }, 'POST /product again');
  const remove = () => withKey(`/product?md5_id=${md5}`, '-X', 'DELETE');
  expectEqual(JSON.parse((await remove()).body), { message: 'Product deleted successfully' }, 'DELETE');
  expectEqual(await remove(), { status: 404, body: '{"detail":"Product not found"}' }, 'DELETE again');
});

step('ecobalyse: a file of products, statistics, a model in MLflow', async () => {
  const folder = join(env.DATA_DIR, 'products');
  await mkdir(folder, { recursive: true });
  const garments = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify({
      mass: 0.3 + index / 1000,
      materials: [{ id: 'ei-coton', share: 1 }],
      product: 'pull',
      countrySpinning: 'FR',
      countryFabric: 'FR',
      countryDyeing: 'FR',
      countryMaking: 'FR',
      fabricProcess: 'knitting-mix',
    }),
  );
  await writeFile(join(folder, 'garments.ndjson'), garments.join('\n'));
  const results = await runEnds(await startRun('ecobalyse'));
  expectEqual([results['add-products'].added, results['add-products'].refused], [20, 0], 'products of the file');
  expectThat((await readdir(join(folder, 'processed'))).length > 0, 'the file was not put away');
  for (const name of ['countries', 'days_of_wear', 'impacts', 'ranking'])
    expectEqual((await withKey(`/stats/${name}`)).status, 200, `/stats/${name}`);
  const registered = await fetch(`${mlflow}/api/2.0/mlflow/registered-models/search`);
  expectThat((await registered.text()).includes('ecobalyse_model'), 'no model in MLflow');
  const predict = await withKey(
    '/predict',
    ...['-X', 'POST', '-H', 'content-type: application/json', '-d', '{"ProductId":"chemise","Mass":0.2}'],
  );
  expectThat(predict.status === 200 && JSON.parse(predict.body).prediction_impact > 0, `predict: ${predict.body}`);
  return `${results.train.family}, version ${results.train.version}`;
});

step('four extraction workers', async () => {
  const before = await storedDocuments();
  await composed('up', '-d', '--no-recreate', '--scale', 'extraction=4');
  described = await describeAll();
  expectEqual(containersOf('extraction').length, 4, 'workers');
  await until('four workers are healthy', () => allHealthy(['extraction']));
  const { load } = await runEnds(await startRun('ecobalyse_extract', { limit: EXTRACTED }));
  expectEqual([load.inserted, load.refused], [0, 0], 'a second extraction');
  expectEqual(await storedDocuments(), before, 'documents');
  await composed('up', '-d', '--no-recreate', '--scale', 'extraction=1');
  described = await describeAll();
});

let load;
/** What each service's absence may do to the clients of the API; nothing where it is not named. */
const ALLOWED = {
  api: ['refused', 'busy'],
  mongo: ['busy'],
  simulator: ['502'],
};
const report = (phase) =>
  Object.entries(phase.counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');

async function disturbed(service, how, disturb) {
  const phase = load.phase(`${how} ${service}`, ALLOWED[service] ?? []);
  await disturb();
  await until(`${service} is healthy again`, () => allHealthy([service]));
  // A service that is back has to serve, with nothing but good answers.
  await until('the API answers', async () => (await fetch(`${api}/health/ready`)).ok);
  const after = load.phase(`after ${how} ${service}`, []);
  await until('good answers', () => (after.counts.ok ?? 0) >= 20);
  const faults = [...phase.faults, ...after.faults];
  expectThat(faults.length === 0, `${faults.length} faults, such as ${faults[0]}`);
  return report(phase);
}

step('a load begins', async () => {
  load = startLoad(api, headers);
  const phase = load.phase('undisturbed', []);
  await until('good answers', () => (phase.counts.ok ?? 0) >= 200);
  expectEqual(phase.faults, [], 'faults');
});

for (const service of [...OURS, ...SERVERS])
  step(`restart ${service} under load`, () =>
    disturbed(service, 'restart', () => composed('restart', '-t', '20', service)),
  );

let runUnderFire;
step('an extraction begins, to be disturbed', async () => {
  runUnderFire = await startRun('ecobalyse_extract', { limit: EXTRACTED });
});

for (const service of [...OURS, ...SERVERS])
  step(`kill ${service} under load`, () =>
    disturbed(service, 'kill', async () => {
      const { Id } = containerOf(service);
      const restarts = async () => Number(await run(engine, 'inspect', '--format', '{{.RestartCount}}', Id));
      const before = await restarts();
      // From inside: a kill by the engine counts as a stop by hand, after which it does not restart the container.
      await execute(engine, ['exec', Id, 'sh', '-c', 'kill -9 -1']).catch(() => undefined);
      await until('the engine restarts it', async () => (await restarts()) > before);
    }),
  );

step('nothing is lost, nothing is double', async () => {
  const { load: loaded } = await runEnds(runUnderFire);
  expectEqual([loaded.planned, loaded.refused], [EXTRACTED, 0], 'the disturbed extraction');
  await load.stop();
  expectThat(load.added.size >= 20, `only ${load.added.size} products were added`);
  expectEqual(await storedDocuments(), loaded.products, 'documents of the extraction');
  for (const identity of load.added) {
    const { status } = await fetch(`${api}/product/by-id/${identity}`, { headers });
    expectEqual(status, 200, `acknowledged product ${identity}`);
  }
  return `${load.added.size} acknowledged products are there`;
});

step('backup, and restore over a loss', async () => {
  const [command, ...args] = compose;
  const composeArguments = (command === engine ? args.slice(1) : args).join(' ');
  const settings = {
    env: { ...process.env, COMPOSE_ARGUMENTS: composeArguments, ENV_FILE: envFile, DATA_DIR: env.DATA_DIR },
    timeout: 120_000,
  };
  await execute('docker/backup.sh', ['--keep', '2'], settings);
  const [name] = await readdir(join(env.DATA_DIR, 'backups'));
  const [lost] = load.added;
  expectEqual((await withKey(`/product?md5_id=${lost}`, '-X', 'DELETE')).status, 200, 'DELETE');
  await execute('docker/restore.sh', [name, '--drop'], settings);
  const { status } = await fetch(`${api}/product/by-id/${lost}`, { headers });
  expectEqual(status, 200, 'the deleted product after the restore');
});

step('memory', async () => {
  const services = [...OURS, ...SERVERS];
  const ids = services.map((service) => containerOf(service).Id);
  const used = await run(engine, 'stats', '--no-stream', '--format', '{{.MemUsage}}', ...ids);
  const rows = used.split('\n').map((line, at) => `${services[at]} ${line.split(' / ')[0]}`);
  return rows.join(', ');
});

for (const { name, action } of steps) {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`;
  try {
    const note = await action();
    console.log(`ok    ${seconds()}  ${name}${note ? `: ${note}` : ''}`);
  } catch (error) {
    console.log(`FAIL  ${seconds()}  ${name}: ${error.stderr || error.message}`);
    console.log(await composed('ps', '-a').catch(() => ''));
    console.log(await composed('logs', '--tail', '15').catch(() => ''));
    process.exit(1);
  }
}
