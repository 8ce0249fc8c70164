import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

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

/** Maker of all our spans. */
export const tracer = trace.getTracer('ecobalyse-platform');

/** Ends a span, as failed when there is an error. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const failure = error instanceof Error ? error : new Error(String(error));
    span.recordException(failure);
    span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
  }
  span.end();
}

/** Ids of the active trace and span, for log lines; nothing outside of a trace. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const active = trace.getSpanContext(context.active());
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}
