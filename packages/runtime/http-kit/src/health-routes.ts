import { livenessSchema, type Readiness, readinessSchema } from '@ecobalyse/schema';
import { probeAll } from '@ecobalyse/service-kit';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';

const PROBE_TIMEOUT_MS = 2000;

/** What a service depends on: without the `needed` it cannot answer, without the `useful` it answers worse. */
export interface Dependencies {
  needed: Readonly<Record<string, () => Promise<unknown>>>;
  useful?: Readonly<Record<string, () => Promise<unknown>>>;
}

/** `GET /health/live` and `GET /health/ready`. */
export function healthRoutes({ needed, useful = {} }: Dependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/health/live',
      {
        schema: {
          tags: ['Service'],
          operationId: 'isLive',
          summary: 'Does the process run?',
          response: { 200: livenessSchema },
        },
      },
      async () => ({ status: 'live' as const }),
    );

    app.get(
      '/health/ready',
      {
        schema: {
          tags: ['Service'],
          operationId: 'isReady',
          summary: 'Can requests be answered?',
          description: 'Names each dependency and its state; 503 when one is away without which there is no answer.',
          response: { 200: readinessSchema, 503: readinessSchema },
        },
      },
      async (_request, reply) => {
        const checks = await probeAll({ ...needed, ...useful }, PROBE_TIMEOUT_MS);
        const isDown = (name: string) => checks[name]?.status !== 'up';
        const status: Readiness['status'] = Object.keys(needed).some(isDown)
          ? 'unavailable'
          : Object.keys(useful).some(isDown)
            ? 'degraded'
            : 'ready';
        return reply.code(status === 'unavailable' ? 503 : 200).send({ status, checks });
      },
    );
  };
}
