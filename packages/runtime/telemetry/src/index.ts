export type { Counter, Gauge, Histogram } from 'prom-client';
export * from './bounded-label.js';
export * from './call-spans.js';
export * from './metrics-routes.js';
export type { Tracing, TracingOptions } from './otlp-tracing.js';
export * from './registry.js';
export * from './request-metrics.js';
export { endSpan, tracer } from './spans.js';
export * from './tracing.js';
