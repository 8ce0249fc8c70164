import { messageSchema } from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** `GET /`: tells a program that the API works, and sends a browser to the page for people. */
export const rootRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/',
    {
      config: { ofContract: true },
      schema: {
        tags: ['Service'],
        operationId: 'getRoot',
        summary: 'Is the API working?',
        response: { 200: messageSchema, 302: z.void().describe('A browser is sent to the page for people') },
      },
    },
    async (request, reply) => {
      if (request.headers.accept?.includes('text/html')) return reply.redirect('/dashboard', 302);
      return reply.send({ message: 'API is working' });
    },
  );
};
