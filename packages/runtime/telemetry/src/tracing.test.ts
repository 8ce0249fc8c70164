import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { traceCalls } from './call-spans.js';
import { beginTraces } from './otlp-tracing.js';
import { tracer } from './spans.js';
import { startTracing, traceRequests } from './tracing.js';

interface Span {
  name: string;
  traceId: string;
  parentSpanId?: string;
  spanId: string;
  kind: number;
  status: { code?: number; message?: string };
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const spans: Span[] = [];
const collector = createServer(async (asked, answer) => {
  for (const { scopeSpans } of JSON.parse(await text(asked)).resourceSpans) {
    for (const scope of scopeSpans) spans.push(...scope.spans);
  }
  answer.setHeader('content-type', 'application/json').end('{}');
}).listen(0, '127.0.0.1');
/** Answers with the headers that came. */
const upstream = createServer((asked, answer) => void answer.end(JSON.stringify(asked.headers))).listen(0, '127.0.0.1');
const addressOf = (server: typeof upstream) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const app = fastify();
let received: { traceparent?: string } = {};
const attribute = (span: Span | undefined, name: string) => {
  const { value } = span?.attributes.find(({ key }) => key === name) ?? {};
  return value?.stringValue ?? value?.intValue;
};

beforeAll(async () => {
  await Promise.all([collector, upstream].map((server) => server.listening || once(server, 'listening')));
  const complaints: string[] = [];
  const endpoint = addressOf(collector);
  const tracing = await startTracing({
    service: 'test',
    endpoint,
    sampleRatio: 1,
    onError: (text) => complaints.push(text),
  });
  traceRequests(app);
  app.get('/health/live', async () => 'live');
  app.post('/pass/:on', async ({ headers: { traceparent } }) => {
    const response = await fetch(`${addressOf(upstream)}/there?secret=1`, {
      headers: { traceparent: String(traceparent) },
    });
    received = (await response.json()) as typeof received;
    return received;
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (method: string, path: string, body = '') => {
    const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, 'content-type': 'application/json' };
    const sent = request(`${app.listeningOrigin}${path}`, { method, headers }).end(body);
    const [answer] = await once(sent, 'response');
    await text(answer);
  };
  // A body of many chunks: what reads it knows nothing of the trace.
  await ask('POST', '/pass/on?secret=1', JSON.stringify({ long: 'x'.repeat(500_000) }));
  await ask('GET', '/health/live');
  await ask('GET', '/nowhere?secret=1');
  await fetch(addressOf(upstream));
  tracer.startSpan('housekeeping', { kind: SpanKind.INTERNAL }).end();
  const job = tracer.startSpan('process job', { kind: SpanKind.CONSUMER });
  context.with(trace.setSpan(context.active(), job), () => tracer.startSpan('step').end());
  job.recordException(new Error('no room'));
  job.end();
  await call('get', undefined);
  await call('post', { message: 'refused', response: { status: 503 } });
  await tracing.close();
  expect(complaints).toEqual([]);
});

/** A client that calls what watches its calls as axios does, and answers 200 or fails. */
async function call(method: string, failure: object | undefined) {
  let sending: ((config: object) => object) | undefined;
  let answered: ((response: object) => object) | undefined;
  let failed: ((error: unknown) => Promise<never>) | undefined;
  traceCalls({
    interceptors: {
      request: {
        use(fulfilled: typeof sending) {
          sending = fulfilled;
        },
      },
      response: {
        use(fulfilled: typeof answered, rejected: typeof failed) {
          [answered, failed] = [fulfilled, rejected];
        },
      },
    },
  });
  const headers = new Map<string, string>();
  const config = { method, url: '/simulator', baseURL: 'http://host/api', headers };
  expect(sending?.(config)).toBe(config);
  sent.push(headers.get('traceparent'));
  if (failure === undefined) {
    const response = { config, status: 200 };
    expect(answered?.(response)).toBe(response);
    // A second answer to the same call ends nothing.
    answered?.(response);
  } else {
    const error = Object.assign(new Error(), failure, { config });
    await expect(failed?.(error)).rejects.toBe(error);
    await expect(failed?.(new Error('of nobody'))).rejects.toThrow('of nobody');
  }
}
const sent: (string | undefined)[] = [];

afterAll(async () => {
  await app.close();
  for (const server of [collector, upstream]) server.close().closeAllConnections();
});

it('makes a span of each request and of each call within one, and of nothing that machines do all the time', () => {
  expect(spans.map(({ name }) => name).sort()).toEqual(
    ['GET', 'GET /simulator', 'GET unmatched', 'POST /pass/:on', 'POST /simulator', 'process job', 'step'].sort(),
  );
});

it('goes on with the trace that the client names, also after a long body, and passes its own span on', () => {
  const [entry, call] = ['POST /pass/:on', 'GET'].map((wanted) => spans.find(({ name }) => name === wanted));
  expect([entry?.traceId, entry?.parentSpanId, call?.traceId, call?.parentSpanId]).toEqual([
    TRACE,
    'b7ad6b7169203331',
    TRACE,
    entry?.spanId,
  ]);
  expect(received.traceparent).toBe(`00-${TRACE}-${call?.spanId}-01`);
});

it('names method, route and status, and leaves queries out', () => {
  const entry = spans.find(({ name }) => name === 'POST /pass/:on');
  const told = ['http.request.method', 'http.route', 'http.response.status_code'].map((name) => attribute(entry, name));
  expect(told).toEqual(['POST', '/pass/:on', 200]);
  expect(
    attribute(
      spans.find(({ name }) => name === 'GET unmatched'),
      'http.response.status_code',
    ),
  ).toBe(404);
  const call = spans.find(({ name }) => name === 'GET');
  expect(attribute(call, 'url.full')).toBe(`${addressOf(upstream)}/there`);
  expect(JSON.stringify(spans)).not.toContain('secret');
});

it('marks a job that ended with an error as failed', () => {
  const job = spans.find(({ name }) => name === 'process job');
  expect(job?.status).toEqual({ code: 2, message: 'no room' });
});

it('makes a span of each try of a call, whose context goes with it', () => {
  const told = ['GET', 'POST'].map((method) => {
    const span = spans.find(({ name }) => name === `${method} /simulator`);
    const attributes = ['http.request.method', 'url.full', 'http.response.status_code'];
    expect(sent).toContain(`00-${span?.traceId}-${span?.spanId}-01`);
    return [...attributes.map((name) => attribute(span, name)), span?.status, span?.kind];
  });
  expect(told).toEqual([
    ['GET', 'http://host/api/simulator', 200, { code: 0 }, 3],
    ['POST', 'http://host/api/simulator', 503, { code: 2, message: 'refused' }, 3],
  ]);
});

it.each([
  [0, SpanKind.SERVER, false],
  [1, SpanKind.SERVER, true],
  [1, SpanKind.CLIENT, true],
  // What a library does for itself.
  [1, SpanKind.INTERNAL, false],
  [0.5, SpanKind.SERVER, 'by the id'],
] as const)('of a share of %s traces one that begins with a span of kind %s is kept: %s', (ratio, kind, isKept) => {
  const kept = ['0'.repeat(31).concat('1'), '0'.repeat(24).concat('ffffffff')].map(
    (traceId) =>
      beginTraces(ratio).shouldSample(context.active(), traceId, 'name', kind, {}, []).decision ===
      SamplingDecision.RECORD_AND_SAMPLED,
  );
  const isByTheId = isKept === 'by the id';
  expect(isByTheId ? new Set(kept).size : kept).toEqual(isByTheId ? 2 : [isKept, isKept]);
});
