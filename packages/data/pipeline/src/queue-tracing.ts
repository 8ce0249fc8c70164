import { endSpan, tracer } from '@ecobalyse/telemetry';
import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { Span as QueueSpan, Telemetry } from 'bullmq';

function queueSpan(span: Span): QueueSpan<Context> {
  let error: unknown;
  return {
    setSpanOnContext: (within) => trace.setSpan(within, span),
    setAttribute: (key, value) => void span.setAttribute(key, value),
    setAttributes: (attributes) => void span.setAttributes(attributes as Attributes),
    addEvent: (name, attributes) => void span.addEvent(name, attributes as Attributes),
    recordException: (exception) => {
      error = exception;
    },
    end: () => endSpan(span, error),
  };
}

/** What BullMQ does all the time for itself, outside of any trace, begins none. */
const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Makes BullMQ's spans, and carries the trace in each job to the worker that processes it. */
export const queueTelemetry: Telemetry<Context> = {
  tracer: {
    startSpan(name, options, within = context.active()) {
      const kind = (options?.kind ?? 0) as number;
      const isHousekeeping = kind === SpanKind.INTERNAL && !trace.getSpan(within);
      return queueSpan(isHousekeeping ? NO_SPAN : tracer.startSpan(name, { kind }, within));
    },
  },
  contextManager: {
    with: (within, run) => context.with(within as Context, run) as ReturnType<typeof run>,
    active: <C>() => context.active() as C,
    root: <C>() => ROOT_CONTEXT as C,
    getMetadata(within) {
      const carrier = {};
      propagation.inject(within as Context, carrier);
      return JSON.stringify(carrier);
    },
    fromMetadata: <C>(active: C, metadata: string) => propagation.extract(active as Context, JSON.parse(metadata)) as C,
  },
};
