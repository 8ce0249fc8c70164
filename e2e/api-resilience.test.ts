import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countImpacts, openStore, type Store } from '@ecobalyse/store';
import {
  freePort,
  type ServiceProcess,
  startService,
  startTestRedis,
  startTestSimulator,
  type TestRedis,
  type TestSimulator,
  waitUntil,
} from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** The API as a process under load, while what it depends on fails. */

const KEY = 'a-key-of-the-tests-0123456789';
const PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

/** How the upstream between the API and the simulator may fail a request, and what clients are told of it. */
const FAULTS = {
  down: 'cannot be reached',
  failing: 'cannot be reached',
  slow: 'does not answer in time',
  dripping: 'does not answer in time',
  garbage: 'does not keep the contract',
  'cut off': 'cannot be reached',
} as const;
type Fault = keyof typeof FAULTS;
const LATE_MS = 150;
const TIMEOUT_MS = '3000';

let folder: string;
let mongodbPort: number;
let mongodb: ServiceProcess;
let redis: TestRedis;
let simulator: TestSimulator;
let upstream: Server;
/** By the mass of the product that is asked about: of one at a time each. */
const faults = new Map<number, Fault>();
let isLate = false;
let env: Record<string, string>;
let api: ServiceProcess;
let store: Store;
/** Connections to the API that the kernel made, whichever client asked for them, and answers that came over them. */
const client = { connections: 0, answers: 0 };

function countConnection(message: unknown): void {
  const { socket } = message as { socket: Socket };
  let isNew = true;
  const count = (port: unknown) => {
    if (isNew && String(port) === env.API_PORT) client.connections += 1;
    isNew = false;
  };
  socket.once('connect', () => count(socket.remotePort));
  // Reset before this process saw that it was made; one that is refused was never made.
  socket.once('error', (error: NodeJS.ErrnoException & { port?: number }) => {
    if (error.code !== 'ECONNREFUSED') count(error.port);
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-resilience-'));
  [redis, simulator, mongodbPort] = await Promise.all([startTestRedis(), startTestSimulator(), freePort()]);
  upstream = await startFaultyUpstream();
  const uri = `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true`;
  env = {
    MONGODB_URI: uri,
    REDIS_URL: redis.url,
    ECOBALYSE_API_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/api`,
    ECOBALYSE_TIMEOUT_MS: TIMEOUT_MS,
    ECOBALYSE_RETRIES: '1',
    API_KEY: KEY,
    // A machine that has other work must not have the API refuse some of this.
    MAX_EVENT_LOOP_DELAY_MS: '0',
    API_PORT: String(await freePort()),
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
  };
  subscribe('net.client.socket', countConnection);
  store = openStore({ uri, dbName: 'ecobalyse', appName: 'e2e' });
  startDatabase();
  await startApi();
});
afterAll(async () => {
  unsubscribe('net.client.socket', countConnection);
  await store.close();
  await api.end();
  await Promise.all([mongodb.end(), redis.close(), simulator.close()]);
  upstream.closeAllConnections();
  upstream.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  if (api.child.exitCode !== null) await startApi();
  await store.collection('impacts').deleteMany({});
  await post(PRODUCT);
});

function startDatabase(): void {
  mongodb = startService('packages/tools/embedded-mongo/bundle/main.js', {}, [
    '--dir',
    folder,
    '--port',
    String(mongodbPort),
  ]);
}

async function startApi(): Promise<void> {
  api = startService('services/api/bundle/main.js', env);
  await waitUntil('the API answers', async () => (await get('/health/ready')).status === 200).catch((error) => {
    throw new Error(`${error}: ${api.output()}`);
  });
}

async function startFaultyUpstream(): Promise<Server> {
  const target = new URL(simulator.apiUrl);
  const server = createServer(async (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const body = Buffer.concat(await incoming.toArray());
    const forward = () =>
      request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      })
        .on('error', () => outgoing.destroy())
        .end(body);
    const answers: Record<Fault, () => unknown> = {
      down: () => incoming.socket.destroy(),
      failing: () => outgoing.writeHead(500).end('{}'),
      slow: () => undefined,
      dripping: () => {
        outgoing.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => outgoing.write(' '), 100);
        outgoing.on('close', () => clearInterval(timer));
      },
      garbage: () =>
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"impacts": {"ecs": "much"}}'),
      'cut off': () => {
        outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
        outgoing.write('{"impacts": {');
        setImmediate(() => incoming.socket.destroy());
      },
    };
    const fault = faults.get(Number(/"mass":([\d.]+)/.exec(body.toString())?.[1]));
    if (fault) answers[fault]();
    else if (isLate) setTimeout(forward, LATE_MS);
    else forward();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

interface Answer {
  /** 0 when the connection was refused, -1 when it broke. */
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

/** One request over a connection that is kept alive, as services and proxies make them. */
function send(method: string, path: string, agent?: Agent, body?: unknown): Promise<Answer> {
  return new Promise((resolve) => {
    const done = (status: number, text = '', headers = {}) => {
      if (status > 0) client.answers += 1;
      resolve({ status, body: text, headers });
    };
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: env.API_PORT,
        path,
        method,
        ...(agent && { agent }),
        headers: { access_token: KEY, ...(body !== undefined && { 'content-type': 'application/json' }) },
      },
      (answer) => {
        let text = '';
        answer
          .setEncoding('utf8')
          .on('data', (chunk: string) => {
            text += chunk;
          })
          .on('end', () => done(answer.complete ? (answer.statusCode ?? -1) : -1, text, answer.headers))
          .on('error', () => done(-1));
      },
    ).on('error', (error: NodeJS.ErrnoException) => done(error.code === 'ECONNREFUSED' ? 0 : -1, String(error)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
const get = (path: string, agent?: Agent) => send('GET', path, agent);
const post = (product: object, agent?: Agent) => send('POST', '/product', agent, product);

/** Clients that ask again as soon as they are answered, each on its connection; `stop` resolves with all answers. */
function load(clients: number, ask: (agent: Agent) => Promise<Answer>) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Answer[] = [];
  let stopped = false;
  const running = Promise.all(
    Array.from({ length: clients }, async () => {
      while (!stopped) {
        const answer = await ask(agent);
        answers.push(answer);
        if (answer.status === 0) return;
      }
    }),
  );
  return {
    answers,
    async stop(): Promise<Answer[]> {
      stopped = true;
      await running;
      agent.destroy();
      return answers;
    },
  };
}

const statusesOf = (answers: readonly Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();
const massesOf = ({ body }: Answer) =>
  (JSON.parse(body) as { inputs: { mass: number } }[]).map(({ inputs }) => inputs.mass).sort();

describe('the database', () => {
  it('is killed and started again under requests: 503 with Retry-After, then answers, from the same process', async () => {
    // What is not there is not cached: each request asks the database.
    const running = load(4, (agent) => get('/product/parapluie', agent));
    await waitUntil('requests are answered', () => running.answers.length > 20);
    await mongodb.end('SIGKILL');
    await waitUntil('the loss is told', () => running.answers.some(({ status }) => status === 503)).catch((error) => {
      throw new Error(`${error}: ${running.answers.length} answers, ${statusesOf(running.answers)}, ${api.output()}`);
    });
    const refused = await post({ ...PRODUCT, mass: 0.2 });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);

    startDatabase();
    await waitUntil('it answers again', async () => (await get('/product/parapluie')).status === 404);
    expect((await post({ ...PRODUCT, mass: 0.2 })).status).toBe(200);
    const answers = await running.stop();
    expect(statusesOf(answers)).toEqual([404, 503]);
    const told = answers.filter(({ status }) => status === 503);
    expect(told.every(({ headers, body }) => headers['retry-after'] && JSON.parse(body).detail)).toBe(true);
    expect(massesOf(await get('/product/tshirt'))).toEqual([0.17, 0.2]);
    expect(api.child.exitCode).toBeNull();
  });
});

describe('the database, frozen', () => {
  it('is told by 503 in bounded time and by the health, while what is cached is answered, until it goes on', async () => {
    const cached = async () => massesOf(await get('/product/tshirt'));
    expect(await cached()).toEqual([0.17]);
    mongodb.child.kill('SIGSTOP');
    try {
      const [read, written] = await Promise.all([get('/product/parapluie'), post({ ...PRODUCT, mass: 0.2 })]);
      // Within the time of a test: the driver notices by a heartbeat that stays away, and looks for a server once more.
      for (const { status, headers } of [read, written]) expect([status, headers['retry-after']]).toEqual([503, '5']);
      // On a busy machine Redis may answer later than an answer waits for it.
      await expect.poll(async () => (await get('/product/tshirt')).status).toBe(200);
      expect(await cached()).toEqual([0.17]);
      const health = await get('/health/ready');
      expect([health.status, JSON.parse(health.body).checks.mongodb.status]).toEqual([503, 'down']);
    } finally {
      mongodb.child.kill('SIGCONT');
    }
    await waitUntil('it answers again', async () => (await get('/product/parapluie')).status === 404);
    expect((await post({ ...PRODUCT, mass: 0.2 })).status).toBe(200);
    expect(await cached()).toEqual([0.17, 0.2]);
    expect((await get('/health/ready')).status).toBe(200);
  });
});

describe('Redis', () => {
  const listed = async () => massesOf(await get('/product/tshirt'));

  it('is killed: answers stay right, and are cached again when it is back', async () => {
    expect(await listed()).toEqual([0.17]);
    await redis.kill();
    expect((await post({ ...PRODUCT, mass: 0.2 })).status).toBe(200);
    expect(await listed()).toEqual([0.17, 0.2]);
    await redis.restart();
    await waitUntil(
      'the API has found it',
      async () => JSON.parse((await get('/health/ready')).body).checks.redis.status === 'up',
    );
    expect(await listed()).toEqual([0.17, 0.2]);
    await post({ ...PRODUCT, mass: 0.3 });
    expect(await listed()).toEqual([0.17, 0.2, 0.3]);
  });

  it('is frozen: answers stay right and do not wait for it, also when it thaws', async () => {
    redis.freeze();
    try {
      expect((await post({ ...PRODUCT, mass: 0.2 })).status).toBe(200);
      expect(await listed()).toEqual([0.17, 0.2]);
      // Many after each other: an API that waited for Redis at each would not come to their end within a test.
      for (let round = 0; round < 130; round += 1) expect((await get('/product/tshirt')).status).toBe(200);
    } finally {
      redis.thaw();
    }
    await waitUntil(
      'the API has found it',
      async () => JSON.parse((await get('/health/ready')).body).checks.redis.status === 'up',
    );
    expect(await listed()).toEqual([0.17, 0.2]);
  });

  it('is flushed: answers stay right', async () => {
    expect(await listed()).toEqual([0.17]);
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
    expect(await listed()).toEqual([0.17]);
    await post({ ...PRODUCT, mass: 0.2 });
    expect(await listed()).toEqual([0.17, 0.2]);
  });
});

describe('upstream', () => {
  it('fails in every way: POST /product says so in time and writes nothing', async () => {
    const named = Object.keys(FAULTS) as Fault[];
    const products = named.map((fault, at) => ({ fault, product: { ...PRODUCT, mass: 0.4 + at / 100 } }));
    for (const { fault, product } of products) faults.set(product.mass, fault);
    const told = products.map(async ({ fault, product }) => {
      const answer = await post(product);
      return [fault, answer.status, JSON.parse(answer.body)];
    });
    expect(await Promise.all(told)).toEqual(
      named.map((fault) => [
        ...[fault, 502],
        { message: 'Not possible', detail: expect.stringContaining(FAULTS[fault]) },
      ]),
    );
    expect(await countImpacts(store)).toBe(1);
    faults.clear();
    for (const { product } of products) expect((await post(product)).status).toBe(200);
  });
});

/** The upload and the stream of events, which are not asked for by `send`. */
const OTHER_ANSWERS = 2;

describe('SIGTERM under load', () => {
  beforeAll(async () => {
    // An upstream that is late because the machine is busy is no failure here.
    await api.end();
    env.ECOBALYSE_TIMEOUT_MS = '20000';
    Object.assign(client, { connections: 0, answers: 0 });
  });
  afterAll(() => {
    isLate = false;
    env.ECOBALYSE_TIMEOUT_MS = TIMEOUT_MS;
  });

  it('drops no request: what was accepted is answered, streams end, and the process ends with 0', async () => {
    isLate = true;
    const url = `http://127.0.0.1:${env.API_PORT}`;
    const headers = { access_token: KEY };
    const uploaded = await fetch(`${url}/product/batch`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body: JSON.stringify(PRODUCT),
    });
    const { events } = (await uploaded.json()) as { events: string };
    const stream = await fetch(url + events, { headers });
    const idle = new Agent({ keepAlive: true });
    await get('/product', idle);

    const reading = load(16, (agent) => get('/product/tshirt', agent));
    let posted = 0;
    const writing = load(4, (agent) => {
      posted += 1;
      return post({ ...PRODUCT, mass: 1 + posted / 1000 }, agent);
    });
    await waitUntil('both are answered', () => reading.answers.length > 100 && writing.answers.length > 4);
    expect([await api.end('SIGTERM'), api.output()]).toEqual([0, expect.not.stringContaining('could not stop')]);
    const [read, written] = await Promise.all([reading.stop(), writing.stop()]);
    // What the process says that it accepted, and what was answered here, from its start to its end.
    const log =
      api
        .output()
        .split('\n')
        .find((line) => line.includes('drained')) ?? '{}';
    const { connections, requests, unanswered } = JSON.parse(log) as Record<string, number>;
    expect({ requests, unanswered }).toEqual({ requests: client.answers + OTHER_ANSWERS, unanswered: 0 });
    // -1: reset. Only a connection can be that the kernel had made, and that the process had not accepted when it stopped listening.
    const all = [...read, ...written];
    expect(all.filter(({ status }) => status === -1).length).toBe(client.connections - (connections ?? 0));
    // 0: the connection was refused, since nobody listens any more; a proxy asks another instance.
    expect(statusesOf(all).filter((status) => status !== -1)).toEqual([0, 200]);
    const added = written.filter(({ status }) => status === 200).length;
    expect(await countImpacts(store)).toBe(1 + added);
    expect(await stream.text()).toContain('event: progress');
    idle.destroy();
  });
});
