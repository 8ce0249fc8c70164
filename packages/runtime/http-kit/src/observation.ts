// What a process needs to be watched and stopped, without what guards and documents an API.
export * from './compilers.js';
export * from './drain-on-close.js';
export * from './health-routes.js';
export * from './observation-server.js';
