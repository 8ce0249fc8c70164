import { randomInt } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { boundedLabel, OTHER } from './bounded-label.js';
import { comesFromNearby, type MetricsAccess, metricsRoutes } from './metrics-routes.js';
import { counter, describeProcess, gauge, JOB_SECONDS, REQUEST_SECONDS, registry } from './registry.js';
import { measureRequests } from './request-metrics.js';

let app: FastifyInstance;

beforeAll(async () => {
  describeProcess('test');
  app = fastify({ routerOptions: { maxParamLength: 300 } });
  measureRequests(app);
  await app.register(metricsRoutes());
  app.get('/product/:id', async () => 'found');
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  registry.setDefaultLabels({});
  await app.close();
});

interface Family {
  type: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? ([-+]?(?:[0-9.]+(?:e[-+]?[0-9]+)?|Inf|Nan))$`, 'i');
const LABEL = new RegExp(`(${NAME})="((?:[^"\\\\]|\\\\.)*)"(?:,|$)`, 'gy');
/** What a sample of each type may have after the name of its family. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)];
  expect(pairs.map(([whole]) => whole).join('')).toBe(text);
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

/** Reads Prometheus' text format as strictly as its grammar is written. */
function parse(text: string): Map<string, Family> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: [name: string, family: Family] | undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const [, typed, type] = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary)$`).exec(line) ?? [];
    if (typed && type) {
      expect(families.has(typed), `${typed} twice`).toBe(false);
      current = [typed, { type, samples: [] }];
      families.set(...current);
      continue;
    }
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    expect(name, `unreadable: ${line}`).not.toBe('');
    const [family, { type: familyType, samples }] = current as [string, Family];
    expect(SUFFIXES[familyType]?.map((suffix) => family + suffix)).toContain(name);
    const key = `${name}{${Object.entries(labelsOf(labels)).sort().join(';')}}`;
    expect(seen.has(key), `${key} twice`).toBe(false);
    seen.add(key);
    samples.push({ name, labels: labelsOf(labels), value: Number(value?.replace('Inf', 'Infinity')) });
  }
  return families;
}

const address = () => app.listeningOrigin;
const scraped = async () => parse(await (await fetch(`${address()}/metrics`)).text());
const requests = async () => (await scraped()).get('ecobalyse_http_request_duration_seconds')?.samples ?? [];
const countOf = async (labels: Record<string, string>) =>
  (await requests()).find(
    (sample) =>
      sample.name.endsWith('_count') && Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  )?.value ?? 0;

describe('metrics', () => {
  it('are valid in Prometheus’ text format, with cumulative buckets', async () => {
    const nasty = gauge({ name: 'nasty_labels', help: 'A "help" with \\ and\nlines', labels: ['text'] });
    nasty.set({ text: 'a "quote", a \\ and\na line' }, 1);
    await fetch(`${address()}/product/jean`);
    const families = await scraped();
    for (const [name, { type, samples }] of families) {
      if (type !== 'histogram') continue;
      const series = new Map<string, number[]>();
      for (const { name: sample, labels, value } of samples) {
        const { le: _le, ...rest } = labels;
        const key = JSON.stringify(rest);
        if (sample.endsWith('_bucket')) series.set(key, [...(series.get(key) ?? []), value]);
        if (sample.endsWith('_count')) expect(series.get(key)?.at(-1), name).toBe(value);
      }
      for (const buckets of series.values()) expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    }
    expect([...families.keys()]).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'nodejs_eventloop_lag_p99_seconds',
        'nodejs_heap_size_used_bytes',
      ]),
    );
  });

  it('count requests by method, pattern of the route and status', async () => {
    const route = { method: 'GET', route: '/product/:id', status: '200', service: 'test' };
    const before = await countOf(route);
    for (const id of ['jean', 'tshirt']) expect((await fetch(`${address()}/product/${id}`)).status).toBe(200);
    expect((await fetch(`${address()}/broken`)).status).toBe(500);
    expect(await countOf(route)).toBe(before + 2);
    expect(await countOf({ route: '/broken', status: '500' })).toBe(1);
  });

  it('do not grow with what clients ask for', async () => {
    const random = () => randomInt(2 ** 40).toString(36);
    const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;
    const ask = async (times: number) => {
      for (let at = 0; at < times; at++) {
        const url = at % 2 === 0 ? `/product/${random()}?q=${random()}` : `/${random()}/${random()}`;
        await app.inject({ method: methods[at % methods.length] ?? 'GET', url });
      }
    };
    await ask(100);
    // The scrape itself is counted once it is over.
    await requests();
    const unmatched = { service: 'test', route: 'unmatched' };
    const before = (await requests()).length;
    const counted = await countOf(unmatched);
    await ask(1000);
    expect((await requests()).length).toBe(before);
    // All but every sixth, which asks GET of a product.
    expect((await countOf(unmatched)) - counted).toBe(1000 - 167);
  });

  it('answer without the one that cannot be collected', async () => {
    counter({ name: 'failing_total', help: 'Fails', labels: ['of'], collect: () => Promise.reject(new Error('no')) });
    gauge({ name: 'late', help: 'Is never there', labels: ['of'], collect: () => new Promise(() => undefined) });
    gauge({ name: 'there', help: 'Is there', collect: (figure) => figure.set(7) });
    const families = await scraped();
    expect(families.get('ecobalyse_there')?.samples).toMatchObject([{ value: 7 }]);
    expect(families.get('ecobalyse_failing_total')?.samples).toEqual([]);
    expect(families.get('ecobalyse_late')?.samples).toEqual([]);
    registry.removeSingleMetric('ecobalyse_late');
  });
});

describe('a label whose values come from data', () => {
  it('has so many values and no more', () => {
    const bounded = boundedLabel(3);
    const shown = new Set(Array.from({ length: 1000 }, (_, at) => bounded(`value-${at}`)));
    expect([...shown]).toEqual(['value-0', 'value-1', 'value-2', OTHER]);
    expect(bounded('value-1')).toBe('value-1');
  });
});

describe('who may read metrics without a key', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.255.255.255', true],
    ['126.255.255.255', false],
    ['128.0.0.0', false],
    ['::1', true],
    ['::2', false],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.0', true],
    ['10.255.255.255', true],
    ['9.255.255.255', false],
    ['11.0.0.1', false],
    ['172.15.255.255', false],
    ['172.16.0.0', true],
    ['::ffff:172.31.255.255', true],
    ['172.32.0.0', false],
    ['192.167.255.255', false],
    ['192.168.0.0', true],
    ['192.168.255.255', true],
    ['192.169.0.0', false],
    ['169.253.255.255', false],
    ['169.254.0.0', true],
    ['169.254.255.255', true],
    ['169.255.0.0', false],
    ['fbff::1', false],
    ['fc00::', true],
    ['fdff::1', true],
    ['fe00::', false],
    ['fe80::1', true],
    ['febf::1', true],
    ['fec0::', false],
    ['::ffff:8.8.8.8', false],
    ['2001:db8::1', false],
    ['', false],
    [undefined, false],
  ])('from %s: %s', (remoteAddress, expected) => {
    const socket = { remoteAddress } as never;
    expect(comesFromNearby({ headers: {}, socket })).toBe(expected);
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
      expect([name, comesFromNearby({ headers: { [name]: '127.0.0.1' }, socket })]).toEqual([name, false]);
    }
  });

  const guard: NonNullable<MetricsAccess['guard']> = (request, reply, done) => {
    if (request.headers.key === 'right') done();
    else reply.code(403).send({ detail: 'a key is needed' });
  };
  const far = { via: 'proxy' };
  it.each<[string, MetricsAccess, Record<string, string>, number]>([
    ['nearby', {}, {}, 200],
    ['far away', {}, far, 403],
    ['nearby with a guard', { guard }, {}, 200],
    ['far away with a guard', { guard }, far, 403],
    ['far away with a key', { guard }, { ...far, key: 'right' }, 200],
    ['nearby where a key is needed', { guard, nearbyToo: true }, {}, 403],
    ['nearby with a key where it is needed', { guard, nearbyToo: true }, { key: 'right' }, 200],
  ])('is answered %s', async (_where, given, headers, status) => {
    const own = fastify();
    await own.register(metricsRoutes(given));
    const answer = await own.inject({ url: '/metrics', headers });
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([
      status,
      status === 200 ? 'no-store' : undefined,
    ]);
    await own.close();
  });
});

it('requests are measured in seconds, in buckets from half a millisecond to half a minute', async () => {
  let measure: ((request: object, reply: object, done: () => void) => void) | undefined;
  measureRequests({
    addHook(_name, hook) {
      measure = hook as never;
    },
  });
  const done = vi.fn();
  measure?.({ method: 'GET', routeOptions: { url: '/measured' } }, { statusCode: 200, elapsedTime: 2500 }, done);
  expect(done).toHaveBeenCalledTimes(1);
  const samples = (await requests()).filter(({ labels }) => labels.route === '/measured');
  const buckets = samples.filter(({ name }) => name.endsWith('_bucket'));
  expect(samples.find(({ name }) => name.endsWith('_sum'))?.value).toBe(2.5);
  const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
  expect(buckets.map(({ labels, value }) => [labels.le, value])).toEqual([
    ...bounds.map((bound) => [String(bound), bound >= 2.5 ? 1 : 0]),
    ['+Inf', 1],
  ]);
  expect(REQUEST_SECONDS).toEqual(bounds);
  expect(JOB_SECONDS).toEqual([0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]);
});

it('a figure is waited for two seconds when somebody looks', async () => {
  const late = gauge({ name: 'held', help: 'Is never there', collect: () => new Promise(() => undefined) });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let isThere = false;
    const got = late.get().then(() => {
      isThere = true;
    });
    await vi.advanceTimersByTimeAsync(1999);
    expect(isThere).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await got;
  } finally {
    vi.useRealTimers();
    registry.removeSingleMetric('ecobalyse_held');
  }
});
