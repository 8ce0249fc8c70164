export type { BsonAnswer, TextAnswer } from './check-answer.js';
export * from './client.js';
export * from './errors.js';
