import { context, trace } from '@opentelemetry/api';
import type { Tracing, TracingOptions } from './otlp-tracing.js';

let running = false;

/** Whether spans are made. Nothing of the SDK is loaded, and no hook is set, while they are not. */
export function isTracing(): boolean {
  return running;
}

/** Starts to make and export spans. To be called before what is traced is opened. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { startOtlpTracing } = await import('./otlp-tracing.js');
  const tracing = startOtlpTracing(options);
  running = true;
  return tracing;
}

/** Ids of the active trace and span, for log lines; nothing outside of a trace. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const active = trace.getSpanContext(context.active());
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}
