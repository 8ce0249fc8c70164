export * from './collections.js';
export * from './connection.js';
export * from './impacts.js';
export * from './pipeline-runs.js';
export * from './reference-data.js';
export * from './statistics.js';
export * from './training-rows.js';
