import { RefusedError, requireRole } from '@ecobalyse/http-kit';
import { errorDetailSchema, failures, messageSchema } from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';

/** Anybody may clear the cache, so nobody may keep it empty. */
const CLEARS_PER_MINUTE = 60;

/** `GET /cache/clear`: forgets the cached answers, and nothing else that Redis holds. */
export function cacheRoutes({ cache, access, cacheClearRequiresKey }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/cache/clear',
      {
        config: { ofContract: true, perMinute: CLEARS_PER_MINUTE },
        // HEAD is what looks without doing.
        exposeHeadRoute: false,
        ...(cacheClearRequiresKey && { onRequest: requireRole(access, 'reader') }),
        schema: {
          tags: ['Cache'],
          operationId: 'clearCache',
          summary: 'Forget the cached answers',
          ...(cacheClearRequiresKey && { security: [{ apiKey: [] }] }),
          response: {
            200: messageSchema,
            404: errorDetailSchema.describe('Redis cannot be reached'),
            429: errorDetailSchema.describe('Too many requests'),
            ...(cacheClearRequiresKey && failures(403)),
          },
        },
      },
      async (request, reply) => {
        request.subject = 'cached answers';
        try {
          await cache.clear();
        } catch (err) {
          request.log.warn({ err }, 'could not clear the cache');
          throw new RefusedError('cache_away');
        }
        return reply.send({ message: 'Redis cache cleared' });
      },
    );
  };
}
