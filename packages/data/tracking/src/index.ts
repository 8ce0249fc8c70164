export * from './mlflow-tracker.js';
export * from './mongo-tracker.js';
export * from './open-tracker.js';
export * from './tracker.js';
