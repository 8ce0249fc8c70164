import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { hasBody } from './lingering-close.js';
import { RefusedError } from './refused-error.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes files, whose upload may last as long as the server waits for any request. */
    longBody?: boolean;
  }
}

/** Longest wait for the body of a request, in milliseconds. */
const USUAL_BODY_MS = 30_000;

/**
 * Answers 408 to requests whose body does not come in time. Left to the server's limit are routes with `config.longBody`, and
 * what is answered while it comes: a second answer has no place.
 */
export function limitSlowBodies(app: Pick<FastifyInstance, 'addHook'>, bodyMs = USUAL_BODY_MS): void {
  const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();
  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request.headers) && !request.routeOptions.config?.longBody) {
      const timer = setTimeout(() => {
        reply.header('connection', 'close').send(new RefusedError('too_slow'));
      }, bodyMs);
      timers.set(request.raw, timer);
      const stop = () => clearTimeout(timer);
      request.raw.once('end', stop).once('close', stop);
    }
    done();
  });
  app.addHook('onSend', (request, _reply, payload, done) => {
    clearTimeout(timers.get(request.raw));
    done(null, payload);
  });
}
