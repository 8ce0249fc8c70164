import { livenessSchema, type Readiness, readinessSchema } from '@ecobalyse/schema';
import { probeAll } from '@ecobalyse/service-kit';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';

const PROBE_TIMEOUT_MS = 2000;

/** `GET /health/live` and `GET /health/ready`. */
export function healthRoutes({ store, cache }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/health/live',
      { schema: { tags: ['Service'], summary: 'Does the process run?', response: { 200: livenessSchema } } },
      async () => ({ status: 'live' as const }),
    );

    app.get(
      '/health/ready',
      {
        schema: {
          tags: ['Service'],
          summary: 'Can requests be answered?',
          description:
            'Without Redis answers are right but slower (degraded); without the database there are none (503).',
          response: { 200: readinessSchema, 503: readinessSchema },
        },
      },
      async (_request, reply) => {
        const checks = await probeAll({ mongodb: store.ping, redis: cache.ping }, PROBE_TIMEOUT_MS);
        const status: Readiness['status'] =
          checks.mongodb?.status !== 'up' ? 'unavailable' : checks.redis?.status !== 'up' ? 'degraded' : 'ready';
        return reply.code(status === 'unavailable' ? 503 : 200).send({ status, checks });
      },
    );
  };
}
