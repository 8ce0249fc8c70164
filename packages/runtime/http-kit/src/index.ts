// Routes say their limit in `config.rateLimit`, whose type comes with the plugin.
export type { RateLimitOptions } from '@fastify/rate-limit';
export * from './access.js';
export * from './error-answers.js';
export * from './event-stream.js';
export * from './http-service.js';
export type * from './http-service-type.js';
export * from './languages.js';
export * from './limit-counter.js';
export * from './load-when-asked.js';
export * from './me-routes.js';
export * from './observation.js';
export * from './protection.js';
export * from './refused-error.js';
