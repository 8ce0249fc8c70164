import type { onResponseHookHandler } from 'fastify';
import { histogram } from './registry.js';

const durations = histogram({
  name: 'http_request_duration_seconds',
  help: 'Answered HTTP requests, by the pattern of their route',
  labels: ['method', 'route', 'status'],
});

/** What fits no route: its path and method are the client's choice, so they name nothing here. */
const UNMATCHED = 'unmatched';

/** A Fastify application, whatever its types. */
interface Application {
  addHook(name: 'onResponse', hook: onResponseHookHandler): unknown;
}

/** Measures every request of an application: call it before its routes are added. */
export function measureRequests(app: Application): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url;
    const method = route === undefined ? UNMATCHED : request.method;
    durations.observe({ method, route: route ?? UNMATCHED, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
