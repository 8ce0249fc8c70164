export * from './response-cache.js';
