import { FastifyOtelInstrumentation } from '@fastify/otel';
import { context, DiagLogLevel, diag, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { FastifyInstance } from 'fastify';
import { traceRedis } from './redis-spans.js';

const EXPORT_TIMEOUT_MS = 5000;
const EXPORT_INTERVAL_MS = 1000;
/** Spans beyond these are dropped while the collector is away. */
const MAX_WAITING_SPANS = 4096;
/** A stopping process does not wait longer for its collector. */
const LAST_EXPORT_MS = 3000;

export interface TracingOptions {
  service: string;
  /** Address of a collector that takes OTLP over HTTP, such as `http://localhost:4318`. */
  endpoint: string;
  /** Share of the traces that begin in this process which are kept. */
  sampleRatio: number;
  /** Told of what keeps traces from being exported. */
  onError: (message: string) => void;
}

export interface Tracing {
  traceRequests(app: Pick<FastifyInstance, 'addHook'>): void;
  /** Exports what is left and ends. */
  close(): Promise<void>;
}

/** Asked every few seconds by machines: a trace of each would bury the others. */
const UNTRACED = /^\/(health|metrics)([/?]|$)/;

/** Without the query, which may hold what people look for. */
const pathOf = (url: string) => url.replace(/\?.*/s, '');

/** What a library does for itself all the time, outside of any trace, begins none: BullMQ looks after its queues. */
export function beginTraces(ratio: number): Sampler {
  const sampler = new TraceIdRatioBasedSampler(ratio);
  return {
    shouldSample: (within, traceId, _name, kind) =>
      kind === SpanKind.INTERNAL ? { decision: SamplingDecision.NOT_RECORD } : sampler.shouldSample(within, traceId),
    toString: () => `BeginTraces{${sampler}}`,
  };
}

/** BullMQ's spans tell the error that a job ended with, not that they failed. */
const failWithException: SpanProcessor = {
  onStart: () => undefined,
  onEnding(span) {
    const failure = span.events.find(({ name }) => name === 'exception');
    if (failure && span.status.code === SpanStatusCode.UNSET) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(failure.attributes?.['exception.message'] ?? '') });
    }
  },
  onEnd: () => undefined,
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};

/** Sets OpenTelemetry up: spans in batches to a collector, W3C trace context between processes. */
export function startOtlpTracing({ service, endpoint, sampleRatio, onError }: TracingOptions): Tracing {
  const quiet = () => undefined;
  diag.setLogger(
    { error: onError, warn: onError, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'ecobalyse' }),
    sampler: new ParentBasedSampler({ root: beginTraces(sampleRatio) }),
    spanProcessors: [
      failWithException,
      new BatchSpanProcessor(exporter, {
        scheduledDelayMillis: EXPORT_INTERVAL_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        maxQueueSize: MAX_WAITING_SPANS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  traceRedis();
  new UndiciInstrumentation({
    requireParentforSpans: true,
    // What a proxy passes on from its client would stand beside our own.
    requestHook(_span, { headers }) {
      if (!Array.isArray(headers)) return;
      for (const name of propagation.fields()) {
        const at = headers.findIndex((text, index) => index % 2 === 0 && String(text).toLowerCase() === name);
        if (at >= 0) headers.splice(at, 2);
      }
    },
    startSpanHook: ({ origin, path }) => ({ 'url.full': `${origin}${pathOf(path)}`, 'url.query': '' }),
  });
  const fastifySpans = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    ignorePaths: ({ url }) => UNTRACED.test(url),
    requestHook(span, request) {
      span.updateName(`${request.method} ${request.routeOptions.url ?? 'unmatched'}`);
      span.setAttribute('url.path', pathOf(request.url));
    },
  });
  return {
    // By itself, since a plugin that is registered would come after hooks that are not.
    traceRequests: (app) => fastifySpans.plugin()(app as never, undefined as never, () => undefined),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST_EXPORT_MS);
      });
      await Promise.race([provider.shutdown(), late]).finally(() => clearTimeout(timer));
    },
  };
}
