import { context, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { Tracing, TracingOptions } from './otlp-tracing.js';

let running: Tracing | undefined;

/** Whether spans are made. Nothing of the SDK is loaded, and no hook is set, while they are not. */
export function isTracing(): boolean {
  return running !== undefined;
}

/** Starts to make and export spans. To be called before what is traced is opened. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { startOtlpTracing } = await import('./otlp-tracing.js');
  running = startOtlpTracing(options);
  return running;
}

/**
 * A span for each request of an application, within the trace that its `traceparent` header names: call it before other
 * hooks and routes are added. Does nothing while there is no tracing.
 */
export function traceRequests(app: Pick<FastifyInstance, 'addHook'>): void {
  running?.traceRequests(app);
}

/** Ids of the active trace and span, for log lines; nothing outside of a trace. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const active = trace.getSpanContext(context.active());
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}
