import { languageOf, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import { scopeOf } from '@ecobalyse/plausibility';
import { failures, scopeRequestSchema, scopeSchema } from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';

/** `POST /scope`: what the notice says of a product that no tool checks. */
export function scopeRoutes({ access }: Pick<ApiDependencies, 'access'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));
    app.post(
      '/scope',
      {
        schema: {
          tags: ['Products'],
          security: [{ apiKey: [] }],
          operationId: 'findScope',
          summary: 'Whether the label is for a product, and under which category',
          description:
            'By the words of its name, its materials and its suppliers, as the notice says (docs/plausibility.md): what is out of scope, ' +
            'what stands for a material without figures, which country and which size are declared. Each rule names its place there.',
          body: scopeRequestSchema,
          response: { 200: scopeSchema, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const language = languageOf(request);
        tellLanguage(reply, language);
        const { findings, ...answer } = scopeOf(request.body);
        return {
          ...answer,
          warnings: findings.map(({ message, ...finding }) => ({ ...finding, message: message[language] })),
        } as never;
      },
    );
  };
}
