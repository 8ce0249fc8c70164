import { type Caller, callerSchema, failures } from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { type Access, callerOf, requireRole } from './access.js';

/** `GET /me`: tells whose key was sent. */
export function meRoutes(access: Access): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/me',
      {
        onRequest: requireRole(access, 'reader'),
        schema: {
          tags: ['Service'],
          operationId: 'getMe',
          summary: 'Name and role of the key that was sent',
          security: [{ apiKey: [] }],
          response: { 200: callerSchema, ...failures(403) },
        },
      },
      async (request, reply) =>
        reply.header('cache-control', 'private, no-store').send(callerOf(access, request) as Caller),
    );
  };
}
