import type { livenessSchema, Readiness } from '@ecobalyse/schema';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';

/**
 * `GET /live`: the process answers. `GET /ready`: it takes requests. The simulator depends on nothing else; once it begins
 * to close, Fastify answers 503 to everything.
 */
export async function healthRoutes(app: FastifyInstance): Promise<void> {
  app.get('/live', () => ({ status: 'live' }) satisfies z.output<typeof livenessSchema>);
  app.get('/ready', () => ({ status: 'ready', checks: {} }) satisfies Readiness);
}
