import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { traceFetch } from './fetch-spans.js';
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
  /** Exports what is left and ends. */
  close(): Promise<void>;
}

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
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
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
  traceFetch();
  return {
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST_EXPORT_MS);
      });
      await Promise.race([provider.shutdown(), late]).finally(() => clearTimeout(timer));
    },
  };
}
