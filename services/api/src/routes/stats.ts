import { createHash } from 'node:crypto';
import { DocumentNotFoundError, requireApiKey, sendJson } from '@ecobalyse/http-kit';
import {
  errorDetailSchema,
  STATISTIC_NAMES,
  STATISTICS,
  statisticsSummarySchema,
  validationErrorSchema,
} from '@ecobalyse/schema';
import { findStatistic, findStatisticsSummary } from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';
import { noStatisticsYet, nothingFoundSchema, statisticQuery } from './statistic-requests.js';

type StatsDependencies = Pick<ApiDependencies, 'store' | 'cache' | 'apiKey' | 'apiKeyName'>;

const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  404: nothingFoundSchema.describe('Nothing found, or no statistics have been computed yet'),
  503: errorDetailSchema.describe('The database is away; Retry-After tells when to try again'),
};
const unchanged = { 304: z.void().describe('Not changed since the answer with this ETag') };

/** Longer answers are made anew each time rather than fill the cache. */
const MAX_CACHED_LIMIT = 1000;

/** A tag of the body, strong: equal for equal bodies only. */
const tagOf = (body: string) => `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((candidate) => ['*', tag].includes(candidate.trim().replace(/^W\//, '')));
}

/**
 * `GET /stats/*`: the five collections of the contract, the analyses and the summary of the last run, all with the key. An
 * answer is kept in the cache with its tag; clients keep it too, and ask each time whether it still holds.
 */
export function statsRoutes({ store, cache, apiKey, apiKeyName }: StatsDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Statistics'], security: [{ apiKey: [] }] };

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    key: readonly unknown[] | null,
    find: () => Promise<unknown>,
  ) {
    const compute = async () => {
      const found = await find();
      if (found === null || (Array.isArray(found) && found.length === 0)) throw new DocumentNotFoundError();
      const body = JSON.stringify(found);
      return `${tagOf(body)}\n${body}`;
    };
    try {
      const entry = key ? await cache.getOrCompute(`stats:${JSON.stringify(key)}`, compute) : await compute();
      const end = entry.indexOf('\n');
      const tag = entry.slice(0, end);
      reply.header('etag', tag).header('cache-control', 'private, no-cache');
      if (matches(request.headers['if-none-match'], tag)) return reply.code(304).send() as never;
      return sendJson(reply, entry.slice(end + 1));
    } catch (error) {
      const first = error instanceof DocumentNotFoundError && (await findStatisticsSummary(store)) === null;
      if (first) return noStatisticsYet(reply) as never;
      throw error;
    }
  }

  return async (app) => {
    app.addHook('onRequest', requireApiKey(apiKeyName, apiKey));

    app.get(
      '/stats/summary',
      {
        schema: {
          ...common,
          summary: 'What the last run of the statistics did',
          description:
            'Documents counted and left out, values that were missing, impacts that nothing covers, and times.',
          response: { 200: statisticsSummarySchema, ...unchanged, ...failures },
        },
      },
      async (request, reply) => answer(request, reply, ['summary'], () => findStatisticsSummary(store)),
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
          schema: {
            ...common,
            summary: title,
            description: about,
            querystring,
            response: {
              200: z.array(document),
              ...unchanged,
              ...failures,
              422: validationErrorSchema.describe('Invalid request'),
            },
          },
        },
        async (request, reply) => {
          const { product_id, impact_type, limit = defaultLimit } = request.query as z.output<typeof statisticQuery>;
          const key = (limit ?? 0) > MAX_CACHED_LIMIT ? null : [name, product_id, impact_type, limit];
          const filter = { productId: product_id, impactType: impact_type };
          return answer(request, reply, key, () => findStatistic(store, name, filter, limit));
        },
      );
    }
  };
}
