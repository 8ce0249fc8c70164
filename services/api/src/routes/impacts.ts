import { languageOf, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import { toImpactItem } from '@ecobalyse/product-documents';
import {
  CACHE_TAGS,
  distributionQuery,
  distributionSchema,
  errorDetailSchema,
  failures,
  groupsQuery,
  type ImpactFilterQuery,
  type ImpactGrouping,
  impactGroupSchema,
  impactSearchSchema,
  impactsSummarySchema,
  NO_SCENARIO,
  searchQuery,
  unchanged,
  withWarningsIn,
} from '@ecobalyse/schema';
import {
  countFound,
  groupImpacts,
  impactDistribution,
  needsScan,
  ofOneVersion,
  searchImpacts,
  summarizeImpacts,
} from '@ecobalyse/store';
import { impactDefinitions, listCountries, listFabrics } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendKept } from '../cached-answer.js';
import type { ApiDependencies } from '../dependencies.js';
import { toImpactFilter } from '../impact-filters.js';

const searchFailures = {
  ...failures(403),
  503: errorDetailSchema.describe(
    'The database is away, or the search took too long; Retry-After tells when to try again',
  ),
};

/** Names of what documents hold only the code or the id of. */
const COUNTRY_NAMES = new Map(listCountries().map(({ code, name }) => [code, name]));
const PROCESS_NAMES = new Map(listFabrics().map(({ id, name }) => [id, name]));
const NAMES: Readonly<Partial<Record<ImpactGrouping, ReadonlyMap<string, string>>>> = {
  country_spinning: COUNTRY_NAMES,
  process: PROCESS_NAMES,
  scenario: new Map([[NO_SCENARIO, 'added by users']]),
};

/** An answer about some product types changes with them; any other one with every write. */
const tagsOf = ({ product }: ImpactFilterQuery) => product?.map(CACHE_TAGS.product) ?? [CACHE_TAGS.impacts];

/** `GET /impacts` and what sums it up: searches over all products, for tables and charts. */
export function impactsRoutes({ store, cache, access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Search'], security: [{ apiKey: [] }] };

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    app.get(
      '/impacts',
      {
        schema: {
          ...common,
          operationId: 'searchProducts',
          summary: 'Search all products',
          description: 'A page of the products that all filters let through; none is an empty page.',
          querystring: searchQuery,
          response: { 200: impactSearchSchema, ...unchanged, ...failures(422), ...searchFailures },
        },
      },
      async (request, reply) => {
        const { sort: order, offset, limit } = request.query;
        const filter = toImpactFilter(request.query);
        const language = languageOf(request);
        tellLanguage(reply, language);
        return sendKept(cache, request, reply, {
          key: ['impacts', filter, order, offset, limit, language],
          tags: tagsOf(request.query),
          scans: needsScan(filter, order),
          compute: async (bounds) => {
            const [total, found] = await Promise.all([
              countFound(store, filter, bounds),
              searchImpacts(store, filter, { order, offset, limit }, bounds),
            ]);
            return { total, offset, limit, items: found.map((one) => withWarningsIn(toImpactItem(one), language)) };
          },
        });
      },
    );

    app.get(
      '/impacts/distribution',
      {
        schema: {
          ...common,
          operationId: 'getDistribution',
          summary: 'Distribution of an impact over the products that a search finds',
          querystring: distributionQuery,
          response: { 200: distributionSchema, ...unchanged, ...failures(422), ...searchFailures },
        },
      },
      async (request, reply) => {
        const { impact: code, bins } = request.query;
        const filter = toImpactFilter(request.query);
        return sendKept(cache, request, reply, {
          key: ['distribution', filter, code, bins],
          tags: tagsOf(request.query),
          scans: true,
          compute: async (bounds) => {
            const { filter: ofOne, version } = await ofOneVersion(store, filter, bounds);
            return {
              impact: code,
              unit: impactDefinitions.find((impact) => impact.code === code)?.unit ?? '',
              method_version: version,
              ...(await impactDistribution(store, ofOne, code, bins, bounds)),
            };
          },
        });
      },
    );

    app.get(
      '/impacts/groups',
      {
        schema: {
          ...common,
          operationId: 'groupProducts',
          summary: 'The products that a search finds, grouped, with what they have of an impact',
          querystring: groupsQuery,
          response: { 200: z.array(impactGroupSchema), ...unchanged, ...failures(422), ...searchFailures },
        },
      },
      async (request, reply) => {
        const { by, impact } = request.query;
        const filter = toImpactFilter(request.query);
        return sendKept(cache, request, reply, {
          key: ['groups', filter, by, impact],
          tags: tagsOf(request.query),
          scans: true,
          compute: async (bounds) => {
            const { filter: ofOne, version } = await ofOneVersion(store, filter, bounds);
            return (await groupImpacts(store, ofOne, by, impact, bounds)).map(({ key: found, name, ...figures }) => {
              const key = found ?? (by === 'scenario' ? NO_SCENARIO : null);
              const shown = name ?? NAMES[by]?.get(key ?? '') ?? key ?? 'unknown';
              return { key, name: shown, method_version: version, ...figures };
            });
          },
        });
      },
    );

    app.get(
      '/impacts/summary',
      {
        schema: {
          ...common,
          operationId: 'summarizeProducts',
          summary: 'What the database holds',
          response: { 200: impactsSummarySchema, ...unchanged, ...searchFailures },
        },
      },
      async (request, reply) =>
        sendKept(cache, request, reply, {
          key: ['impacts-summary'],
          tags: [CACHE_TAGS.impacts],
          scans: true,
          compute: async (bounds) => {
            const found = await summarizeImpacts(store, bounds);
            const { documents, products, firstAt, lastAt, methodVersions, sources, toCheck } = found;
            return {
              documents,
              products,
              first_at: firstAt,
              last_at: lastAt,
              method_versions: methodVersions,
              sources,
              to_check: toCheck,
            };
          },
        }),
    );
  };
}
