export type { Counter, Gauge, Histogram } from 'prom-client';
export * from './bounded-label.js';
export * from './call-spans.js';
export * from './metrics-routes.js';
export * from './registry.js';
export * from './request-metrics.js';
export * from './request-spans.js';
export * from './tracing.js';
