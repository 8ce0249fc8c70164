import { RefusedError, requireRole } from '@ecobalyse/http-kit';
import {
  CACHE_TAGS,
  failures,
  STATISTIC_NAMES,
  STATISTICS,
  statisticNotFound,
  statisticQuery,
  statisticsSummarySchema,
  unchanged,
} from '@ecobalyse/schema';
import { findStatistic, findStatisticsSummary, type SearchBounds } from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendKept } from '../cached-answer.js';
import type { ApiDependencies } from '../dependencies.js';
import { idPart } from './statistic-requests.js';

type StatsDependencies = Pick<ApiDependencies, 'store' | 'cache' | 'access'>;

const statisticFailures = { ...failures(403, 503), ...statisticNotFound };
/** The statistics of the original, whose routes ignored parameters that they did not know. */
const ofContract: ReadonlySet<string> = new Set(['countries', 'days_of_wear', 'impacts', 'outliers', 'ranking']);

/**
 * `GET /stats/*`: the five collections of the contract, the analyses and the summary of the last run, all with the key. An
 * answer is kept in the cache with its tag; clients keep it too, and ask each time whether it still holds.
 */
export function statsRoutes({ store, cache, access }: StatsDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Statistics'], security: [{ apiKey: [] }] };

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    key: readonly unknown[],
    find: (bounds: SearchBounds) => Promise<unknown>,
  ) {
    const compute = async (bounds: SearchBounds) => {
      const found = await find(bounds);
      if (found === null || (Array.isArray(found) && found.length === 0)) throw new RefusedError('not_found');
      return found;
    };
    try {
      return await sendKept(cache, request, reply, { key: ['stats', ...key], tags: [CACHE_TAGS.statistics], compute });
    } catch (error) {
      const isNotFound = error instanceof RefusedError && error.refusal === 'not_found';
      if (isNotFound && (await findStatisticsSummary(store)) === null) throw new RefusedError('statistics_missing');
      throw error;
    }
  }

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    app.get(
      '/stats/summary',
      {
        schema: {
          ...common,
          operationId: 'getStatisticsSummary',
          summary: 'What the last run of the statistics did',
          description:
            'Documents counted and left out, values that were missing, impacts that nothing covers, and times.',
          response: { 200: statisticsSummarySchema, ...unchanged, ...statisticFailures },
        },
      },
      async (request, reply) => answer(request, reply, ['summary'], (bounds) => findStatisticsSummary(store, bounds)),
    );

    for (const name of STATISTIC_NAMES) {
      const { title, about, document, productField, hasImpactType, defaultLimit } = STATISTICS[name];
      const querystring = statisticQuery.omit({
        ...(productField === null && { product_id: true as const }),
        ...(!hasImpactType && { impact_type: true as const }),
      });
      app.get(
        `/stats/${name}`,
        {
          config: { ofContract: ofContract.has(name) },
          schema: {
            ...common,
            operationId: `get${idPart(name)}Statistic`,
            summary: title,
            description: about,
            querystring,
            response: { 200: z.array(document), ...unchanged, ...statisticFailures, ...failures(422) },
          },
        },
        async (request, reply) => {
          const { product_id, impact_type, limit = defaultLimit } = request.query as z.output<typeof statisticQuery>;
          const filter = { productId: product_id, impactType: impact_type };
          return answer(request, reply, [name, product_id, impact_type, limit], (bounds) =>
            findStatistic(store, name, filter, limit, bounds),
          );
        },
      );
    }
  };
}
