export * from './after-first-extraction.js';
export * from './connections.js';
export * from './run-worker.js';
