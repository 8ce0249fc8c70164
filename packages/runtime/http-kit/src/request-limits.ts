import type { ErrorCode } from '@ecobalyse/schema';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Access, callerOf } from './access.js';
import type { LimitCounter } from './limit-counter.js';
import { isProbe } from './probe-paths.js';
import { RefusedError } from './refused-error.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests a minute that one address may send to the route, beside the limits of all routes. */
    perMinute?: number;
  }
}

const MINUTE_MS = 60_000;

export interface RequestLimits {
  /** Requests a minute of one key that has no limit of its own; 0 is no limit. */
  perKey: number;
  /** Requests a minute of one address that come without a valid key; 0 is no limit. */
  perAddress: number;
}

/**
 * Limits how often a key, or an address without a valid key, may ask, and how often an address may ask a route that has
 * `config.perMinute`: 429 with Retry-After beyond.
 */
export function limitRequests(
  app: Pick<FastifyInstance, 'addHook'>,
  access: Access,
  counter: LimitCounter,
  { perKey, perAddress }: RequestLimits,
): void {
  async function countsWithin(most: number, key: string, reply: FastifyReply, code: ErrorCode = 'too_many_requests') {
    const { current, ttl } = await counter.count(key, MINUTE_MS);
    if (current <= most) return true;
    const seconds = Math.max(1, Math.ceil(ttl / 1000));
    reply.header('retry-after', seconds).send(new RefusedError(code, { most, seconds }));
    return false;
  }

  app.addHook('onRequest', (request, reply, done) => {
    const caller = callerOf(access, request);
    const own = caller?.requests_per_minute;
    const max = own ?? (caller ? perKey : perAddress);
    if (max === 0 || isProbe(request)) return done();
    const key = caller ? `key:${caller.name}` : `address:${request.ip}`;
    const code = own === undefined ? undefined : 'requests_quota_reached';
    void countsWithin(max, key, reply, code).then((within) => within && done());
  });

  // After what a route asks first: a page of another origin must not use up somebody's logins.
  app.addHook('preParsing', (request, reply, payload, done) => {
    const { config, method, url } = request.routeOptions;
    if (config.perMinute === undefined) return done(null, payload);
    const key = `route:${method} ${url}:${request.ip}`;
    void countsWithin(config.perMinute, key, reply).then((within) => within && done(null, payload));
  });
}
