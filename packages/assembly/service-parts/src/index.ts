export * from './after-first-extraction.js';
export * from './connections.js';
export * from './dashboard-routes.js';
export * from './keep-doing.js';
export * from './key-records.js';
export * from './run-worker.js';
export * from './store-failures.js';
export * from './viewer-of.js';
