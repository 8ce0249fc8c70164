import { context, propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import { endSpan, tracer } from './spans.js';
import { isTracing } from './tracing.js';

interface CallConfig {
  method?: string;
  url?: string;
  baseURL?: string;
  headers: { set(name: string, value: string): unknown };
}
interface CallFailure {
  config?: object;
  response?: { status: number };
}

/** An axios instance, or what looks like one. */
interface HttpClient {
  interceptors: {
    request: { use<C extends CallConfig>(fulfilled: (config: C) => C): unknown };
    response: {
      use<R extends { config: object; status: number }>(
        fulfilled: (response: R) => R,
        rejected: (error: unknown) => Promise<never>,
      ): unknown;
    };
  };
}

/** A span for each try of each call of an axios instance, whose context goes with it. Does nothing without tracing. */
export function traceCalls(client: unknown): void {
  if (!isTracing()) return;
  const { interceptors } = client as HttpClient;
  const spans = new WeakMap<object, Span>();
  const end = (config: object | undefined, status: number | undefined, error?: unknown) => {
    const span = config && spans.get(config);
    if (!span) return;
    spans.delete(config);
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    endSpan(span, error);
  };
  interceptors.request.use((config) => {
    const method = (config.method ?? 'get').toUpperCase();
    const span = tracer.startSpan(`${method} ${config.url ?? '/'}`, {
      kind: SpanKind.CLIENT,
      attributes: { 'http.request.method': method, 'url.full': `${config.baseURL ?? ''}${config.url ?? ''}` },
    });
    spans.set(config, span);
    propagation.inject(trace.setSpan(context.active(), span), config.headers, {
      set: (headers, name, value) => headers.set(name, value),
    });
    return config;
  });
  interceptors.response.use(
    (response) => {
      end(response.config, response.status);
      return response;
    },
    (error) => {
      const { config, response } = error as CallFailure;
      end(config, response?.status, error);
      return Promise.reject(error);
    },
  );
}
