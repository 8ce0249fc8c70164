import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { context, SpanKind, trace } from '@opentelemetry/api';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  await tracing.close();
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await app.close();
  for (const server of [collector, upstream]) server.close().closeAllConnections();
});

it('makes a span of each request and of each call within one, and of nothing that machines do all the time', () => {
  expect(spans.map(({ name }) => name).sort()).toEqual(
    ['GET', 'GET unmatched', 'POST /pass/:on', 'process job', 'step'].sort(),
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
