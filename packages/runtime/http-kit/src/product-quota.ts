import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LimitCounter } from './limit-counter.js';
import { RefusedError } from './refused-error.js';

declare module 'fastify' {
  interface FastifyInstance {
    takeProducts: TakeProducts;
  }
}

const DAY_MS = 86_400_000;

/** Takes products out of what the key of a request may add or change on a day. */
export type TakeProducts = (request: FastifyRequest, reply: FastifyReply, products: number) => Promise<void>;

/**
 * Counts the products that keys add or change, by days of UTC. All of a request are taken, or none.
 *
 * @returns what takes them, and throws a RefusedError when too few are left: 429 with Retry-After.
 */
export const openProductQuota =
  (counter: LimitCounter): TakeProducts =>
  async (request, reply, products) => {
    const { name, products_per_day: most } = request.caller ?? {};
    if (most !== undefined) {
      const now = Date.now();
      const day = Math.floor(now / DAY_MS);
      const untilMidnight = (day + 1) * DAY_MS - now;
      const { taken, left } = await counter.take(`products:${day}:${name}`, products, most, untilMidnight);
      const seconds = Math.ceil(untilMidnight / 1000);
      if (!taken) {
        reply.header('retry-after', seconds);
        throw new RefusedError('products_quota_reached', { most, left, seconds });
      }
    }
    request.products = (request.products ?? 0) + products;
  };
