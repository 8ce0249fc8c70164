import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Access, callerOf } from './access.js';
import type { LimitCounter } from './limit-counter.js';
import { isProbe } from './probe-paths.js';
import { RefusedError } from './refused-error.js';

const MINUTE_MS = 60_000;

export interface RequestLimits {
  /** Requests a minute of one key; 0 is no limit. */
  perKey: number;
  /** Requests a minute of one address that come without a valid key; 0 is no limit. */
  perAddress: number;
}

const refusal = (seconds: number) => new RefusedError('too_many_requests', { seconds });

/**
 * Limits how often a key, or an address without a valid key, may ask: 429 with Retry-After beyond. Routes may have a
 * limit of their own per address, `config.rateLimit`, which counts in the same place.
 */
export async function limitRequests(
  app: Pick<FastifyInstance, 'addHook' | 'register'>,
  access: Access,
  counter: LimitCounter,
  { perKey, perAddress }: RequestLimits,
): Promise<void> {
  /** The counter as the plugin wants it: a class, of which each route gets a child. */
  class Store {
    readonly scope: string;
    constructor(options: unknown) {
      this.scope = typeof options === 'string' ? options : '';
    }
    incr(key: string, told: (error: Error | null, count?: { current: number; ttl: number }) => void, windowMs: number) {
      counter.count(`route:${this.scope}:${key}`, windowMs).then((count) => told(null, count), told);
    }
    child({ routeInfo }: { routeInfo: { method?: unknown; url?: string } }): Store {
      return new Store(`${String(routeInfo.method)} ${routeInfo.url}`);
    }
  }

  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const caller = callerOf(access, request);
    const max = caller ? perKey : perAddress;
    if (max === 0 || isProbe(request)) return done();
    const key = caller ? `key:${caller.name}` : `address:${request.ip}`;
    void counter.count(key, MINUTE_MS).then(({ current, ttl }) => {
      if (current <= max) return done();
      const seconds = Math.max(1, Math.ceil(ttl / 1000));
      reply.header('retry-after', seconds).send(refusal(seconds));
    });
  });

  await app.register(rateLimit, {
    global: false,
    store: Store as never,
    errorResponseBuilder: (_request, { ttl }) => refusal(Math.max(1, Math.ceil(ttl / 1000))),
  });
}
