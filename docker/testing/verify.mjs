/**
 * What docker/verify.sh does with the stack: brings it up, uses it as its users do, and disturbs it.
 *
 *   node docker/testing/verify.mjs <engine> <env file> <compose command and arguments…>
 */
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startLoad } from './verify-load.mjs';

const [engine, envFile, ...compose] = process.argv.slice(2);
const inFile = [...readFileSync(envFile, 'utf8').matchAll(/^([A-Z_]+)=(['"]?)(.+)\2$/gm)];
const SECRETS = ['API_KEY', 'MONGO_PASSWORD', 'QUEUE_REDIS_PASSWORD', 'CACHE_REDIS_PASSWORD', 'ALERT_WEBHOOK_SECRET'];
// The environment wins, as it does for compose.
const env = {
  ...Object.fromEntries(inFile.map(([, name, , value]) => [name, value])),
  ...Object.fromEntries(SECRETS.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
};
const execute = promisify(execFile);
const WORKERS = ['extraction', 'product-ingest', 'stats', 'training'];
const OURS = ['api', 'api-replica', 'orchestrator', ...WORKERS, 'simulator', 'scheduled-backup'];
const SERVERS = ['mongo', 'queue-redis', 'cache-redis', 'mlflow', 'proxy'];
/** What the older version, which has no further APIs, is verified with. */
const ALWAYS_THERE = ['api', 'orchestrator', ...WORKERS, 'simulator', 'mongo', 'queue-redis', 'cache-redis', 'mlflow'];
const EXTRACTED = 600;

/** The first API by itself, and the address of all of them. */
const first = `http://127.0.0.1:${env.API_PORT}`;
const api = `http://127.0.0.1:${env.PROXY_PORT}`;
const orchestrator = `http://127.0.0.1:${env.ORCHESTRATOR_PORT}`;
const mlflow = `http://127.0.0.1:${env.MLFLOW_PORT}`;
const headers = { access_token: env.API_KEY };

async function run(command, ...args) {
  const { stdout } = await execute(command, args, { maxBuffer: 64 * 1024 * 1024, timeout: 300_000 });
  return stdout.trim();
}
const composed = (...args) => run(compose[0], ...compose.slice(1), ...args);
const project = compose[compose.indexOf('-p') + 1];
const network = `${project}_platform`;
/** Where the sources of the older version are, if there is one to be upgraded. */
const before = process.env.VERIFY_BEFORE;

/** Runs JavaScript in a container: those of ours have no shell. */
const evaluate = ({ Id }, script) => run(engine, 'exec', Id, 'node', '-e', script);
/** Asks the service of a container over its own loopback address. */
const askInside = async (container, path, options = {}) =>
  JSON.parse(
    await evaluate(
      container,
      `fetch('http://127.0.0.1:' + process.env.HEALTH_PORT + ${JSON.stringify(path)}, ${JSON.stringify(options)})
        .then(async (r) => console.log(JSON.stringify({ status: r.status, cookie: r.headers.get('set-cookie'), body: await r.text() })))`,
    ),
  );

const describe = async (id) => JSON.parse(await run(engine, 'inspect', id))[0];
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

/** Whether a container is of an image without a shell; so is the embedded database, which takes MongoDB's place. */
const isOurs = (service) => OURS.includes(service) || containerOf(service).Config.Image.includes('/cli:');

function expectThat(condition, message) {
  if (!condition) throw new Error(message);
}
function expectEqual(found, expected, what) {
  const text = JSON.stringify(found);
  expectThat(text === JSON.stringify(expected), `${what}: ${text?.slice(0, 500)}`);
}

async function until(what, condition, timeoutMs = 120_000, pauseMs = 250) {
  const deadline = Date.now() + timeoutMs;
  let last;
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await wait(pauseMs);
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

/** What users of an installation see of what it holds; an upgrade changes none of it. */
async function contents() {
  const answers = {};
  for (const path of [
    '/product',
    '/product/chemise?nb_doc=1000',
    '/stats/countries',
    '/stats/impacts',
    '/stats/ranking',
  ]) {
    const { status, body } = await curl(`${first}${path}`, '-H', `access_token: ${env.API_KEY}`);
    expectEqual(status, 200, path);
    answers[path] = body;
  }
  const runs = await orchestrated('GET', '/runs?limit=100');
  return { answers, runs: runs.map(({ id, state }) => `${id} ${state}`).sort() };
}

let keyOfOld;
if (before) {
  const older = compose.map((word) => (/\.yml$/.test(word) ? join(before, word) : word));
  const withOlder = (...args) => run('env', 'IMAGE_TAG=before', older[0], ...older.slice(1), ...args);
  let held;
  step('the images of the older commit start, and are filled', async () => {
    await withOlder('up', '-d');
    described = await describeAll();
    await until('every container is healthy', () => allHealthy(ALWAYS_THERE), 300_000);
    await runEnds(await startRun('ecobalyse_extract', { limit: EXTRACTED }));
    await runEnds(await startRun('ecobalyse'));
    keyOfOld = await withOlder('run', '--rm', '-T', 'database', 'keys', 'add', 'of-old', '--role', 'reader');
    held = await contents();
    return `${held.runs.length} runs, ${JSON.parse(held.answers['/product/chemise?nb_doc=1000']).length} documents`;
  });
  step('they are upgraded, and everything is there', async () => {
    await composed('up', '-d');
    described = await describeAll();
    await until('every container is healthy', () => allHealthy([...OURS, ...SERVERS]), 300_000);
    await until('the API is ready', async () => (await fetch(`${first}/health/ready`)).ok);
    const now = await contents();
    for (const [path, body] of Object.entries(held.answers)) expectEqual(now.answers[path], body, path);
    expectEqual(now.runs, held.runs, 'runs');
    const { status } = await curl(`${first}/product`, '-H', `access_token: ${keyOfOld}`);
    expectEqual(status, 200, 'a key of the older version');
  });
}

step('the stack starts, healthy', async () => {
  await composed('up', '-d');
  described = await describeAll();
  await until('every container is healthy', () => allHealthy([...OURS, ...SERVERS]), 300_000);
  watchMemory();
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
    const inside = isOurs(service)
      ? await evaluate(
          { Id },
          "console.log(process.getuid()); try { require('fs').writeFileSync('/written', ''); console.log('written'); } catch {}",
        )
      : await run(engine, 'exec', Id, 'sh', '-c', 'id -u; touch /written 2>/dev/null && echo written; true');
    const [user, written] = inside.split('\n');
    // MLflow's own image knows no other user.
    expectThat(user !== '0' || service === 'mlflow', `${service}: runs as root`);
    expectThat(written === undefined, `${service}: the root file system can be written`);
  }
  const ports = [env.API_PORT, env.ORCHESTRATOR_PORT, env.MLFLOW_PORT, env.PROXY_PORT];
  const wanted = ports.map((port) => `127.0.0.1:${port}`);
  expectEqual(published.sort(), wanted.sort(), 'published ports');
});

const NAMED_OTHERWISE = { 'api-replica': 'api', 'scheduled-backup': 'cli' };
step('images hold no secrets, sources or development packages', async () => {
  const secrets = SECRETS.map((name) => [name, env[name]]);
  expectThat(
    secrets.every(([, value]) => value?.length >= 16),
    'the secrets of this run are not known',
  );
  for (const service of OURS) {
    const { Id, Image, Config } = containerOf(service);
    const image = await run(engine, 'image', 'inspect', Image);
    const history = await run(engine, 'history', '--no-trunc', Image);
    for (const [name, value] of secrets)
      for (const spelling of [value, JSON.stringify(value).slice(1, -1)])
        expectThat(!image.includes(spelling) && !history.includes(spelling), `${service}: ${name} is in the image`);
    const { 'org.opencontainers.image.title': title, 'com.docker.compose.service': label } = Config.Labels;
    expectThat(title === `ecobalyse ${NAMED_OTHERWISE[label] ?? label}`, `${service}: labelled ${title}`);
    const found = await evaluate(
      { Id },
      `for (const name of require('fs').readdirSync('/app', { recursive: true }))
         if (/(^|[/])([.]env|vitest|typescript@)[^/]*$|[.]test[.]js$/.test(name)) console.log(name)`,
    );
    expectEqual(found, '', `${service}: files that do not belong there`);
    for (const shell of ['sh', 'bash', 'apt-get', 'npm'])
      expectThat(
        await run(engine, 'exec', Id, shell, '--version').then(
          () => false,
          () => true,
        ),
        `${service}: there is ${shell}`,
      );
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

step('a webhook is told, signed with a secret of all characters', async () => {
  const receiver = `require('http').createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    console.log(JSON.stringify({ body, signature: request.headers['x-ecobalyse-signature'] }));
    response.end();
  }).listen(9000)`;
  const { Image } = containerOf('api');
  const named = ['--network', network, '--network-alias', 'hook', '--init', '--no-healthcheck'];
  const hook = await run(engine, 'run', '-d', ...named, Image, 'node', '-e', receiver);
  try {
    await until('the webhook takes a trial', () => orchestrated('POST', '/alerts/test', {}));
    const { body, signature } = JSON.parse((await run(engine, 'logs', hook)).split('\n')[0]);
    const [, seconds, signed] = /^t=(\d+),v1=(.+)$/.exec(signature);
    const expected = createHmac('sha256', env.ALERT_WEBHOOK_SECRET).update(`${seconds}.${body}`).digest('hex');
    expectEqual(signed, expected, 'signature');
  } finally {
    await run(engine, 'rm', '-f', hook);
  }
});

/** Requests that an API has answered, by its own count. */
const answered = async (container) =>
  [
    ...(await askInside(container, '/metrics', { headers })).body.matchAll(
      /^ecobalyse_http_request_duration_seconds_count\{.*route="\/product",.* (\d+)$/gm,
    ),
  ]
    .map(([, count]) => Number(count))
    .reduce((sum, count) => sum + count, 0);

step('two APIs behind one address share caches, jobs, keys and limits', async () => {
  const both = [containerOf('api'), containerOf('api-replica')];
  const asked = await Promise.all(both.map(answered));
  await Promise.all(Array.from({ length: 40 }, () => withKey('/product')));
  for (const [at, container] of both.entries())
    expectThat((await answered(container)) > asked[at], `API ${at + 1} was not asked`);

  // What one keeps, the other drops when it adds a product.
  const list = '/product/chemise?nb_doc=1000';
  const counted = async (container) => JSON.parse((await askInside(container, list, { headers })).body).length;
  const known = await Promise.all(both.map(counted));
  const chemise = {
    mass: 0.2871,
    materials: [{ id: 'ei-coton', share: 1 }],
    product: 'chemise',
    countrySpinning: 'FR',
    countryFabric: 'FR',
    countryDyeing: 'FR',
    countryMaking: 'FR',
    fabricProcess: 'knitting-mix',
  };
  const post = (body) => ({
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { body: added } = await askInside(both[1], '/product', post(chemise));
  expectEqual(
    await Promise.all(both.map(counted)),
    known.map((count) => count + 1),
    'documents after one was added',
  );
  const [, identity] = /Product added (\w+)/.exec(added);
  const removed = await askInside(both[0], `/product?md5_id=${identity}`, { method: 'DELETE', headers });
  expectEqual(removed.status, 200, 'DELETE');
  expectEqual(await Promise.all(both.map(counted)), known, 'documents after it was deleted');

  const garments = Array.from({ length: 50 }, (_, index) => ({
    ...chemise,
    product: 'pull',
    mass: 0.4 + index / 1000,
  }));
  const { body: accepted } = await askInside(both[1], '/product/batch', post(garments));
  const { id } = JSON.parse(accepted);
  for (const container of both)
    await until('the job is done', async () => {
      const { body } = await askInside(container, `/jobs/${id}`, { headers });
      return JSON.parse(body).status === 'done';
    });
  expectEqual((await withKey(`/jobs/${id}/result`)).body.split('\n').filter(Boolean).length, 50, 'lines of the result');

  const key = await composed('run', '--rm', '-T', 'database', 'keys', 'add', 'of-both', '--role', 'reader');
  const letIn = async (container) =>
    (await askInside(container, '/product', { headers: { access_token: key } })).status;
  for (const container of both) await until('the key is known', async () => (await letIn(container)) === 200);
  await composed('run', '--rm', '-T', 'database', 'keys', 'revoke', 'of-both');
  for (const container of both) await until('the key is refused', async () => (await letIn(container)) === 403);

  // 300 a minute of one address: what one API has counted, the other knows, which nobody asked until then. An API to which
  // Redis answers late counts by itself for a second, so each may be asked more than once.
  const stranger = { headers: { 'x-forwarded-for': '203.0.113.7' } };
  const status = async (address) => {
    const answer = await fetch(`${address}/product`, { ...stranger, signal: AbortSignal.timeout(30_000) });
    await answer.arrayBuffer();
    return answer.status;
  };
  await until('the first API refuses', async () =>
    (await Promise.all(Array.from({ length: 20 }, () => status(first)))).includes(429),
  );
  let asks = 0;
  await until('so does the other', async () => {
    asks += 1;
    return (await askInside(both[1], '/product', stranger)).status === 429;
  });
  expectThat(asks < 100, `the other was asked ${asks} times`);
  await until('so does the address of both', async () => (await status(api)) === 429);
  return `${known[0]} documents`;
});

step('a session of one orchestrator is one of another, to its end', async () => {
  const second = { Id: await composed('run', '-d', '--no-deps', 'orchestrator') };
  try {
    await until('it is healthy', async () => (await askInside(second, '/health/ready')).status === 200);
    const login = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: env.API_KEY }),
    };
    const { status, cookie } = await askInside(containerOf('orchestrator'), '/session', login);
    expectEqual(status, 200, 'login');
    const withCookie = { headers: { cookie: cookie.split(';')[0] } };
    expectEqual((await askInside(second, '/runs', withCookie)).status, 200, 'the session, asked of the other');
    await askInside(second, '/session', { ...withCookie, method: 'DELETE' });
    expectEqual((await askInside(containerOf('orchestrator'), '/runs', withCookie)).status, 403, 'the ended session');
  } finally {
    await run(engine, 'rm', '-f', second.Id);
  }
});

step('two of every worker, four of extraction', async () => {
  const stored = await storedDocuments();
  const scaled = (count) =>
    WORKERS.flatMap((name) => ['--scale', `${name}=${name === 'extraction' ? 2 * count : count}`]);
  await composed('up', '-d', '--no-recreate', ...scaled(2));
  described = await describeAll();
  expectEqual(
    WORKERS.map((name) => containersOf(name).length),
    [4, 2, 2, 2],
    'workers',
  );
  await until('all workers are healthy', () => allHealthy(WORKERS));
  const { load: loaded } = await runEnds(await startRun('ecobalyse_extract', { limit: EXTRACTED }));
  expectEqual([loaded.inserted, loaded.refused], [0, 0], 'a second extraction');
  expectEqual(await storedDocuments(), stored, 'documents');
  await runEnds(await startRun('ecobalyse'));
  await composed('up', '-d', '--no-recreate', ...WORKERS.flatMap((name) => ['--scale', `${name}=1`]));
  described = await describeAll();
});

let load;
/**
 * What each service's absence may do to the clients of the API; nothing where it is not named. Whether an API that died had
 * added a product, nobody knows, and the proxy says so by 502, or ends the connection where it had begun to pass an answer on.
 */
const ALLOWED = {
  'kill api': ['502', 'busy', 'refused'],
  'kill api-replica': ['502', 'busy', 'refused'],
  'restart mongo': ['busy'],
  'kill mongo': ['busy'],
  'restart proxy': ['refused'],
  'kill proxy': ['refused'],
  'restart simulator': ['502'],
  'kill simulator': ['502'],
};
const report = (phase) =>
  Object.entries(phase.counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');

async function disturbed(service, how, disturb) {
  const phase = load.phase(`${how} ${service}`, ALLOWED[`${how} ${service}`] ?? []);
  await disturb();
  // MLflow reads and compiles much at its start, which took five minutes beside other work.
  await until(`${service} is healthy again`, () => allHealthy([service]), 600_000);
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
      const kill = isOurs(service) ? ['node', '-e', 'process.kill(-1, 9)'] : ['sh', '-c', 'kill -9 -1'];
      await execute(engine, ['exec', Id, ...kill]).catch(() => undefined);
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

/** Settings of the backup scripts for a project of compose. */
function scriptSettings(words) {
  const [command, ...args] = words;
  const composeArguments = (command === engine ? args.slice(1) : args).join(' ');
  return { env: { ...process.env, COMPOSE_ARGUMENTS: composeArguments }, timeout: 120_000 };
}
const backupsFolder = join(env.DATA_DIR, 'backups');
const manifest = async (name) => JSON.parse(await readFile(join(backupsFolder, name, 'manifest.json'), 'utf8'));

step('backup, and restore over a loss', async () => {
  await execute('docker/backup.sh', ['--keep', '2'], scriptSettings(compose));
  const [name] = (await readdir(backupsFolder)).sort().reverse();
  const [lost] = load.added;
  expectEqual((await withKey(`/product?md5_id=${lost}`, '-X', 'DELETE')).status, 200, 'DELETE');
  await execute('docker/restore.sh', [name, '--drop'], scriptSettings(compose));
  const { status } = await fetch(`${api}/product/by-id/${lost}`, { headers });
  expectEqual(status, 200, 'the deleted product after the restore');
});

step('backups are made on a schedule, kept and pruned', async () => {
  const made = async () => (await readdir(backupsFolder)).sort();
  expectThat((await made()).length > 0, 'none was made since the start');
  // As if the newest were a day old: the next start finds one due.
  await composed('stop', 'scheduled-backup');
  for (const name of await made()) await rm(join(backupsFolder, name), { recursive: true });
  for (const day of ['01', '02', '03']) {
    const folder = join(backupsFolder, `2026-01-${day}T00-00-00Z`);
    await mkdir(folder);
    await writeFile(join(folder, 'manifest.json'), '{"format":1,"collections":[]}');
    // The container's user has to be able to delete it.
    if (process.getuid() === 0) await chown(folder, 1000, 1000);
  }
  await composed('start', 'scheduled-backup');
  await until('a backup is made and the oldest are pruned', async () => {
    const names = await made();
    return names.length === 2 && names[0] === '2026-01-03T00-00-00Z' && (await manifest(names[1])).format === 1;
  });
  await until('it is healthy', () => allHealthy(['scheduled-backup']));
});

step('the newest backup is restored into an empty database, and is equal', async () => {
  const other = compose.map((word) => (word === project ? `${project}-restored` : word));
  const inOther = (...args) => run(other[0], ...other.slice(1), ...args);
  const [name] = (await readdir(backupsFolder)).sort().reverse();
  try {
    await inOther('up', '-d', 'mongo');
    await inOther('run', '--rm', '-T', 'database');
    await execute('docker/restore.sh', [name], scriptSettings(other));
    await execute('docker/backup.sh', [], scriptSettings(other));
    const [again] = (await readdir(backupsFolder)).sort().reverse();
    expectThat(again > name, 'no further backup was made');
    expectEqual(await manifest(again), await manifest(name), 'what was restored');
    return `${(await manifest(name)).collections.length} collections`;
  } finally {
    await inOther('down', '--volumes', '--timeout', '5');
  }
});

step('starts, one at a time', async () => {
  for (const service of OURS.filter((name) => name !== 'scheduled-backup')) {
    const { Id, Config } = containerOf(service);
    await run(engine, 'stop', '-t', '20', Id);
    const began = performance.now();
    await run(engine, 'start', Id);
    const [port] = Config.Env.flatMap((text) => /^HEALTH_PORT=(\d+)$/.exec(text)?.[1] ?? []);
    const address = (await describe(Id)).NetworkSettings.Networks[network].IPAddress;
    await until(
      `${service} is ready`,
      async () => (await fetch(`http://${address}:${port}/health/ready`)).ok,
      60_000,
      20,
    );
    measured(service).startMs = performance.now() - began;
  }
});

const MB = 1024 * 1024;
const UNITS = { B: 1, kB: 1000, KiB: 1024, MB: 1e6, MiB: MB, GB: 1e9, GiB: 1024 * MB };
const figures = new Map();
function measured(service) {
  if (!figures.has(service)) figures.set(service, { peak: 0 });
  return figures.get(service);
}

/** What the containers of each service use, added up to the largest one of each: as the engine counts it, without caches of files. */
async function sampleMemory() {
  const format = '{{.Name}}\t{{.MemUsage}}';
  const lines = (await run(engine, 'stats', '--no-stream', '--format', format)).split('\n');
  for (const line of lines) {
    const [name, used] = line.split('\t');
    const service = new RegExp(`^${project}[_-](.+)[_-]\\d+$`).exec(name)?.[1];
    const [, number, unit] = /^([\d.]+)(\w+)/.exec(used ?? '') ?? [];
    if (!service || !(unit in UNITS)) continue;
    const bytes = Number(number) * UNITS[unit];
    measured(service).now = bytes;
    measured(service).peak = Math.max(measured(service).peak, bytes);
  }
}
let watching = false;
function watchMemory() {
  watching = true;
  void (async () => {
    while (watching) {
      await sampleMemory().catch(() => undefined);
      await wait(3000);
    }
  })();
}

step('nothing was ended for its memory; sizes, starts, memory', async () => {
  watching = false;
  await sampleMemory();
  const all = [...OURS, ...SERVERS];
  const rows = [['service', 'image MB', 'start s', 'now MB', 'peak MB', 'limit MB']];
  for (const service of all) {
    const { State, HostConfig, Image } = await describe(containerOf(service).Id);
    expectThat(!State.OOMKilled, `${service} was ended for its memory`);
    const { startMs, now, peak } = measured(service);
    const size = Number(await run(engine, 'image', 'inspect', '--format', '{{.Size}}', Image));
    const shown = (bytes) => (bytes === undefined ? '' : (bytes / MB).toFixed(0));
    rows.push([
      service,
      (size / 1e6).toFixed(0),
      startMs === undefined ? '' : (startMs / 1000).toFixed(1),
      shown(now),
      shown(peak),
      shown(HostConfig.Memory),
    ]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map((row) => row.map((cell, at) => cell.padStart(widths[at])).join('  ')).join('\n');
  return `load ${loadavg()[0].toFixed(1)}\n${table}`;
});

for (const { name, action } of steps) {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`;
  try {
    const note = await action();
    console.log(`ok    ${seconds()}  ${name}${note ? `: ${note}` : ''}`);
  } catch (error) {
    console.log(`FAIL  ${seconds()}  ${name}: ${error.stderr || error.message}`);
    watching = false;
    console.log(await composed('ps', '-a').catch(() => ''));
    console.log(await composed('logs', '--tail', '15').catch(() => ''));
    process.exit(1);
  }
}
