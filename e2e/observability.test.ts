import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readiness, RunView } from '@ecobalyse/schema';
import {
  freePort,
  type ServiceProcess,
  startService,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ReceivedSpan, startTestCollector, type TestCollector } from './observation/collector.js';

/** The services as processes of their own, watched from outside: metrics, health, traces. */

const KEY = 'a-key-of-the-tests-0123456789';
const NAMES = ['api', 'orchestrator', 'simulator', 'extraction', 'product-ingest'] as const;
type Name = (typeof NAMES)[number];
/** Five processes that start at once take their time on a busy machine. */
const START_TIMEOUT_MS = 90_000;
const SPANS_TIMEOUT = { timeout: 60_000, interval: 50 };
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let redis: TestRedis;
let mongodb: TestMongodb;
let collector: TestCollector;
let folder: string;
const services = new Map<Name, ServiceProcess>();
const addresses = new Map<Name, string>();

const at = (name: Name, path: string) => `${addresses.get(name)}${path}`;
const headers = { access_token: KEY, 'content-type': 'application/json' };

async function waitUntilReady(name: Name): Promise<void> {
  const isReady = async () => {
    const { status } = (await (await fetch(at(name, '/health/ready'))).json()) as Readiness;
    return status === 'ready';
  };
  await waitUntil(`${name} is ready`, isReady, START_TIMEOUT_MS).catch((error: Error) => {
    throw new Error(`${error.message}; it wrote: ${services.get(name)?.output()}`);
  });
}

beforeAll(async () => {
  [redis, mongodb, collector, folder] = await Promise.all([
    startTestRedis(),
    startTestMongodb(),
    startTestCollector(),
    mkdtemp(join(tmpdir(), 'ecobalyse-observability-')),
  ]);
  for (const name of NAMES) addresses.set(name, `http://127.0.0.1:${await freePort()}`);
  const portOf = (name: Name) => new URL(at(name, '/')).port;
  const env = {
    LOG_LEVEL: 'info',
    MONGODB_URI: mongodb.uri,
    DB_NAME: 'observability',
    REDIS_URL: redis.url,
    QUEUE_PREFIX: '{observability}',
    ECOBALYSE_API_URL: at('simulator', '/api'),
    API_KEY: KEY,
    API_PORT: portOf('api'),
    ORCHESTRATOR_PORT: portOf('orchestrator'),
    ORCHESTRATOR_URL: addresses.get('orchestrator') as string,
    SIMULATOR_PORT: portOf('simulator'),
    PRODUCTS_FOLDER: folder,
    SCHEDULE_ECOBALYSE_EXTRACT: 'off',
    SCHEDULE_ECOBALYSE_TRAINING: 'off',
    SCHEDULE_ECOBALYSE: 'off',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  };
  for (const name of NAMES) {
    services.set(name, startService(`services/${name}/bundle/main.js`, { ...env, WORKER_PORT: portOf(name) }));
  }
  await Promise.all(NAMES.map(waitUntilReady));
}, START_TIMEOUT_MS + 20_000);
afterAll(async () => {
  await Promise.all([...services.values()].map((service) => service.end()));
  await Promise.all([redis.close(), mongodb.close(), collector.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function succeeded(runId: string): Promise<boolean> {
  const response = await fetch(at('orchestrator', `/runs/${runId}`), { headers });
  const { state } = (await response.json()) as RunView;
  return state === 'succeeded';
}

const of = (service: Name, traceId: string) =>
  collector.spans.filter((span) => span.service === service && span.traceId === traceId);

/** Value of the first sample of a metric whose line contains each of `labels`. */
async function sample(name: Name, metric: string, ...labels: string[]): Promise<number | undefined> {
  const text = await (await fetch(at(name, '/metrics'))).text();
  const line = text
    .split('\n')
    .find((candidate) => candidate.startsWith(`${metric}{`) && labels.every((label) => candidate.includes(label)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** What a service says of its dependencies. */
const checks = async (name: Name) => {
  const response = await fetch(at(name, '/health/ready'));
  return { code: response.status, ...((await response.json()) as Readiness) };
};

// One life of one platform: its tests keep their order.
describe('the platform, watched', { shuffle: false }, () => {
  it('keeps a run in one trace: from the request to the API, through the queue, to upstream', async () => {
    const response = await fetch(at('api', '/orchestrator/pipelines/ecobalyse_extract/runs'), {
      method: 'POST',
      headers: { ...headers, traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` },
      body: JSON.stringify({ parameters: { product: 'tshirt', limit: 30 } }),
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as RunView;
    await waitUntil('the run succeeds', () => succeeded(id));

    // Each service sends its spans when it likes.
    await vi.waitFor(() => {
      const trace = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
      const ids = new Set(trace.map(({ spanId }) => spanId));
      const [entry] = of('api', TRACE_ID).filter(({ parentSpanId }) => parentSpanId === 'b7ad6b7169203331');
      expect(entry?.name).toBe('POST /orchestrator/pipelines/:name/runs');
      const orphans = trace.filter((span) => span !== entry && !ids.has(span.parentSpanId ?? ''));
      expect(orphans.map(({ service, name }) => `${service}: ${name}`)).toEqual([]);
      expect(of('orchestrator', TRACE_ID).map(({ name }) => name)).toContain('POST /pipelines/:name/runs');
      const work = of('extraction', TRACE_ID).map(({ name }) => name);
      expect(work).toContain('POST /textile/simulator/detailed');
      for (const queue of ['extraction', 'cache', 'simulations']) {
        expect(work).toContainEqual(expect.stringContaining(`process ${queue}`));
      }
      expect(of('simulator', TRACE_ID)).not.toEqual([]);
    }, SPANS_TIMEOUT);
    // Log lines name it too.
    expect(services.get('extraction')?.output()).toContain(`"trace_id":"${TRACE_ID}"`);
  });

  it('keeps a product job in one trace: from the request to the API to the worker', async () => {
    const products = [
      {
        mass: 0.17,
        materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
        product: 'tshirt',
        countrySpinning: 'FR',
        countryFabric: 'FR',
        countryDyeing: 'FR',
        countryMaking: 'FR',
        fabricProcess: 'knitting-mix',
      },
    ];
    const response = await fetch(at('api', '/product/batch'), {
      method: 'POST',
      headers,
      body: JSON.stringify(products),
    });
    expect(response.status).toBe(202);
    const rootOf = (): ReceivedSpan | undefined =>
      collector.spans.find(({ service, name }) => service === 'api' && name === 'POST /product/batch');
    await waitUntil('the worker’s spans have come', () => {
      const traceId = rootOf()?.traceId;
      return traceId !== undefined && of('product-ingest', traceId).some(({ name }) => name.includes('process'));
    });
  });

  it('measures the jobs in the workers, and the queues in the orchestrator', async () => {
    const completed = ['queue="extraction"', 'job="load"', 'outcome="completed"'];
    expect(await sample('extraction', 'ecobalyse_queue_job_run_seconds_count', ...completed)).toBe(1);
    expect(await sample('extraction', 'ecobalyse_queue_job_wait_seconds_count', 'queue="extraction"')).toBe(1);
    expect(
      await sample('extraction', 'ecobalyse_upstream_request_duration_seconds_count', 'detailed', 'status="200"'),
    ).toBe(30);
    expect(
      await sample('extraction', 'ecobalyse_db_command_duration_seconds_count', 'collection="impacts"'),
    ).toBeGreaterThan(0);
    expect(await sample('orchestrator', 'ecobalyse_queue_jobs', 'queue="extraction"', 'state="waiting"')).toBe(0);
    expect(await sample('orchestrator', 'ecobalyse_queue_workers', 'queue="simulations"')).toBe(1);
    const last = await sample(
      'orchestrator',
      'ecobalyse_pipeline_last_run_timestamp_seconds',
      'ecobalyse_extract',
      'state="succeeded"',
    );
    const runs = await fetch(at('orchestrator', '/runs?pipeline=ecobalyse_extract&state=succeeded'), { headers });
    const [newest] = (await runs.json()) as RunView[];
    expect(last).toBe(Date.parse(newest?.finishedAt ?? '') / 1000);
  });

  it('counts the cache’s hits, and requests by route', async () => {
    const routes = ['method="GET"', 'route="/product/:id"', 'status="200"'];
    const hits = async () => (await sample('api', 'ecobalyse_cache_requests_total', 'result="hit"')) ?? 0;
    const before = await hits();
    let asked = 0;
    // A Redis that answers late on a busy machine is not waited for.
    await waitUntil('an answer comes from the cache', async () => {
      expect((await fetch(at('api', '/product/tshirt'), { headers })).status).toBe(200);
      asked += 1;
      return (await hits()) > before;
    });
    expect(await sample('api', 'ecobalyse_http_request_duration_seconds_count', ...routes)).toBe(asked);
    expect(await sample('api', 'nodejs_eventloop_lag_p99_seconds', 'service="api"')).toBeGreaterThan(0);
  });

  it('has every metric that an alert looks at', async () => {
    const alerts = await readFile(new URL('../docs/observability/alerts.yml', import.meta.url), 'utf8');
    const asked = new Set([...alerts.matchAll(/(?<!")\b(?:ecobalyse|nodejs)_\w+/g)].map(([name]) => name));
    const texts = await Promise.all(NAMES.map(async (name) => (await fetch(at(name, '/metrics'))).text()));
    const families = new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)));
    const missing = [...asked].filter((name) => !families.has(name.replace(/_(bucket|count)$/, '')));
    expect(asked.size).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  it('shows metrics to the neighbourhood only, and to others with the key', async () => {
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    expect((await fetch(at('api', '/metrics'), { headers: proxied })).status).toBe(403);
    expect((await fetch(at('api', '/metrics'), { headers: { ...proxied, access_token: KEY } })).status).toBe(200);
    expect((await fetch(at('extraction', '/metrics'), { headers: proxied })).status).toBe(403);
  });

  it('names each dependency', async () => {
    const names = async (name: Name) => Object.keys((await checks(name)).checks).sort();
    expect(await names('api')).toEqual(['mongodb', 'orchestrator', 'queues', 'redis', 'schema', 'upstream']);
    expect(await names('orchestrator')).toEqual(['mongodb', 'redis', 'redis memory', 'runs', 'schedules']);
    expect(await names('extraction')).toEqual(
      ['mongodb', 'redis', 'worker cache', 'worker extraction', 'worker simulations', 'upstream', 'cache'].sort(),
    );
    expect(await names('product-ingest')).toEqual(
      ['mongodb', 'redis', 'worker product-ingest', 'worker product-jobs', 'upstream', 'cache'].sort(),
    );
  });

  it('stops gracefully, and leaves no span behind', async () => {
    const before = collector.spans.length;
    await fetch(at('api', '/'), { headers });
    expect(await services.get('api')?.end(), services.get('api')?.output()).toBe(0);
    expect(collector.spans.slice(before).some(({ service, name }) => service === 'api' && name === 'GET /')).toBe(true);
    expect(await services.get('product-ingest')?.end(), services.get('product-ingest')?.output()).toBe(0);
  });

  it('says which dependency is away', async () => {
    await services.get('simulator')?.end();
    await waitUntil('the worker misses upstream', async () => {
      const { code, status, checks: found } = await checks('extraction');
      return code === 200 && status === 'degraded' && found.upstream?.status === 'down';
    });
    await redis.kill();
    await waitUntil('the worker misses Redis', async () => {
      const { code, status, checks: found } = await checks('extraction');
      return code === 503 && status === 'unavailable' && found.redis?.status === 'down';
    });
    // Metrics answer without Redis and do not wait until it is back.
    expect((await fetch(at('orchestrator', '/metrics'))).status).toBe(200);
    await redis.restart();
    await waitUntil('the worker is well again', async () => (await checks('extraction')).code === 200);
  });
});
