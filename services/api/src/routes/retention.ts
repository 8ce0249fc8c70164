import { requireRole } from '@ecobalyse/http-kit';
import { failures, retentionOutcome, retentionPreview } from '@ecobalyse/schema';
import { previewRetention } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';
import { keepRemovingExpired, removeExpired } from '../retention.js';

/** `/retention…`: what the policies let go, and its removal, which also comes of itself. */
export function retentionRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, access, retention = {} } = dependencies;
  const common = { tags: ['Service'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'admin'));
    keepRemovingExpired(app, dependencies);

    app.get(
      '/retention/preview',
      {
        schema: {
          ...common,
          operationId: 'previewRetention',
          summary: 'What is kept how long, what would be removed now, and why the rest stays',
          response: { 200: retentionPreview, ...failures(403, 503) },
        },
      },
      async (_request, reply) =>
        reply.header('cache-control', 'private, no-store').send(await previewRetention(store, retention)),
    );

    app.post(
      '/retention/apply',
      {
        schema: {
          ...common,
          operationId: 'applyRetention',
          summary: 'Remove now what the preview tells',
          description: '5,000 of a kind at most, the oldest first; every API does the same every ten minutes.',
          response: { 200: retentionOutcome, ...failures(403, 503) },
        },
      },
      async (request, reply) => {
        const outcomes = await removeExpired(dependencies);
        request.subject = outcomes.map(({ kind, removed }) => `${kind} ${removed}`).join(', ');
        return reply.send(outcomes);
      },
    );
  };
}
