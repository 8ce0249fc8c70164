import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';

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
