export * from './connections.js';
export * from './run-worker.js';
