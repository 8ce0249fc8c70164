// What a process needs that serves nobody, without what guards and documents an API.
export * from './health-routes.js';
export * from './observation-server.js';
