export * from './api-key-hash.js';
export * from './embedded-access.js';
export * from './errors.js';
export { withoutCredentials } from './loggable.js';
export * from './logger.js';
export * from './readiness.js';
export * from './run-service.js';
export * from './settings.js';
export * from './shutdown.js';
