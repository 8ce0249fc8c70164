export * from './api-answers.js';
export * from './documents.js';
export * from './jobs.js';
export * from './product-identity.js';
export * from './product-request.js';
export * from './settings.js';
export * from './simulation.js';
export * from './textile-query.js';
