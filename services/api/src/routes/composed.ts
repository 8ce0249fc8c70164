import { ComposedQueryError, composedView, lotView } from '@ecobalyse/declaration';
import { invalidRequest, languageOf, requireRole } from '@ecobalyse/http-kit';
import {
  failures,
  inLanguage,
  type Language,
  lotAnswer,
  lotRequest,
  multicomponentAnswer,
  multicomponentRequest,
} from '@ecobalyse/schema';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';
import { keepSentBody, sentBody } from '../sent-body.js';

/** Scores in the language of the reader. @throws RefusedError naming the item or component that the method refuses. */
function scored<T extends object>(
  request: FastifyRequest,
  list: 'items' | 'components',
  score: (language: Language) => T,
): T {
  const language = languageOf(request);
  try {
    return inLanguage(language, () => score(language) as never);
  } catch (error) {
    if (!(error instanceof ComposedQueryError)) throw error;
    const at = error.index === null ? [] : [list, error.index];
    const faults = Object.entries(error.errors).map(([field, msg]) => ({
      loc: ['body', ...at, ...(field === 'decoding' || field === 'general' ? [] : [field])],
      msg,
      type: 'value_error',
    }));
    throw invalidRequest(...faults);
  }
}

/** `POST /lot` and `POST /multicomponent`: what is sold as one and scored by its parts (docs/declaration.md). Nothing is stored. */
export function composedRoutes({ access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Declaration'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));
    app.addHook('preValidation', keepSentBody);

    app.post(
      '/lot',
      {
        schema: {
          ...common,
          operationId: 'scoreLot',
          summary: 'Score garments that are sold together',
          description:
            'Items that are all alike are scored as one garment of their mass, others each for itself; the price is shared by the usual prices of ' +
            'the categories. Beside it what the portal makes of it, which adds up the items in either case.',
          body: lotRequest,
          response: { 200: lotAnswer, ...failures(403, 422, 503) },
        },
      },
      async (request) => scored(request, 'items', (language) => lotView(request.body, sentBody(request), language)),
    );

    app.post(
      '/multicomponent',
      {
        schema: {
          ...common,
          operationId: 'scoreMulticomponent',
          summary: 'Score a garment of several components',
          description:
            'In each way that the notice has: by component, and simplified in two ways. Trims are counted once, with the heaviest component, and the ' +
            'price is that of the whole. Beside it what the portal makes of it.',
          body: multicomponentRequest,
          response: { 200: multicomponentAnswer, ...failures(403, 422, 503) },
        },
      },
      async (request) =>
        scored(request, 'components', (language) => composedView(request.body, sentBody(request), language)),
    );
  };
}
