import { subscribe } from 'node:diagnostics_channel';
import { context, propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import { endSpan, tracer } from './spans.js';

interface FetchRequest {
  origin: string;
  method: string;
  path: string;
  /** Names and values in turn. */
  headers: unknown[];
  addHeader(name: string, value: string): void;
}

/** Sets a header, also one that a proxy has passed on from its client. */
function setHeader(request: FetchRequest, name: string, value: string): void {
  const at = request.headers.findIndex((text, index) => index % 2 === 0 && String(text).toLowerCase() === name);
  if (at < 0) request.addHeader(name, value);
  else request.headers[at + 1] = value;
}

/** A span for each `fetch`, and each call of undici, within a trace, whose context goes with it. */
export function traceFetch(): void {
  const spans = new WeakMap<FetchRequest, Span>();
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: FetchRequest };
    if (!trace.getSpan(context.active())?.isRecording()) return;
    const { method, origin, path } = request;
    const [pathname] = path.split('?');
    const span = tracer.startSpan(method, {
      kind: SpanKind.CLIENT,
      attributes: { 'http.request.method': method, 'url.full': `${origin}${pathname}` },
    });
    spans.set(request, span);
    propagation.inject(trace.setSpan(context.active(), span), request, {
      set: setHeader,
    });
  });
  const end = (message: unknown) => {
    const { request, response, error } = message as {
      request: FetchRequest;
      response?: { statusCode: number };
      error?: Error;
    };
    const span = spans.get(request);
    if (!span) return;
    spans.delete(request);
    if (response) span.setAttribute('http.response.status_code', response.statusCode);
    endSpan(span, error);
  };
  subscribe('undici:request:headers', end);
  subscribe('undici:request:error', end);
}
