export * from './batches.js';
export * from './connection.js';
export * from './pipelines.js';
export * from './runs.js';
export * from './schedules.js';
export * from './task-worker.js';
