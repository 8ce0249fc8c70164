export type { CachedAnswer } from './entry.js';
export * from './response-cache.js';
