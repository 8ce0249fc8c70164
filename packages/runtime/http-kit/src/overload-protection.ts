import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { isProbe } from './probe-paths.js';
import { RefusedError } from './refused-error.js';

const SAMPLE_INTERVAL_MS = 1000;

export interface LoadLimits {
  /** Mean lag of the event loop over a second from which on requests are refused, in milliseconds; 0 is never. */
  maxEventLoopDelayMs: number;
  /** Connections that are open at once; further ones are closed. */
  maxConnections: number;
  /** Requests that are under way at once; further ones are refused. */
  maxRequests: number;
}

/** Refuses requests with 503 and Retry-After rather than answer all of them late; probes are answered all the same. */
export async function protectFromOverload(
  app: Pick<FastifyInstance, 'addHook' | 'register' | 'server'>,
  { maxEventLoopDelayMs, maxConnections, maxRequests }: LoadLimits,
): Promise<void> {
  app.server.maxConnections = maxConnections;
  let underWay = 0;
  app.addHook('onRequest', (request, reply, done) => {
    if (underWay >= maxRequests && !isProbe(request)) return done(new RefusedError('overloaded'));
    underWay += 1;
    // Also for an answer that is sent past Fastify, and for a client that goes away.
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    done();
  });
  await app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    sampleInterval: SAMPLE_INTERVAL_MS,
    pressureHandler: (request, _reply, _type, delayMs) => {
      // A second without a sample counts as an endless delay there: one stall would refuse all that comes in the next one.
      if (delayMs !== Number.POSITIVE_INFINITY && !isProbe(request)) throw new RefusedError('overloaded');
    },
  });
}
