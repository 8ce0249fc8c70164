export * from './bridge.js';
export * from './browser.js';
export * from './faulty-upstream.js';
export * from './free-port.js';
export * from './mongodb.js';
export * from './redis.js';
export * from './service-process.js';
export * from './wait-until.js';
