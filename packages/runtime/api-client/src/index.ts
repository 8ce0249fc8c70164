export * from './client.js';
export type { Answer, EventRoute, JsonRoute, RequestOf, Route, Routes, Sending } from './routes.js';
