import { type Context, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyRequest, onRequestHookHandler, onResponseHookHandler, preValidationHookHandler } from 'fastify';
import { tracer } from './spans.js';
import { isTracing } from './tracing.js';

/** A Fastify application, whatever its types. */
interface Application {
  addHook(name: 'onRequest', hook: onRequestHookHandler): unknown;
  addHook(name: 'preValidation', hook: preValidationHookHandler): unknown;
  addHook(name: 'onResponse', hook: onResponseHookHandler): unknown;
}

/** Asked every few seconds by machines: a trace of each would bury the others. */
const UNTRACED = /^\/(health|metrics)(\/|$)/;

/**
 * A span for each request of an application, within the trace that its `traceparent` header names: call it before other
 * hooks and routes are added. Does nothing while there is no tracing.
 */
export function traceRequests(app: Application): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, { span: Span; within: Context }>();

  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && UNTRACED.test(route)) return done();
    const span = tracer.startSpan(
      `${request.method} ${route ?? 'unmatched'}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, ...(route !== undefined && { 'http.route': route }) },
      },
      propagation.extract(context.active(), request.headers),
    );
    const within = trace.setSpan(context.active(), span);
    spans.set(request, { span, within });
    context.with(within, done);
  });
  // Reading a body goes through the events of the socket, which know nothing of the request.
  app.addHook('preValidation', (request, _reply, done) => {
    const traced = spans.get(request);
    if (traced) context.with(traced.within, done);
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)?.span;
    if (span) {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    }
    done();
  });
}
