import { requireRole } from '@ecobalyse/http-kit';
import {
  CACHE_TAGS,
  errorDetailSchema,
  IMPACT_CODES,
  IMPACT_TYPES,
  type ImpactCode,
  validationErrorSchema,
} from '@ecobalyse/schema';
import {
  countFound,
  groupImpacts,
  IMPACT_GROUPINGS,
  IMPACT_SORTS,
  type ImpactGrouping,
  impactDistribution,
  needsScan,
  searchImpacts,
  summarizeImpacts,
} from '@ecobalyse/store';
import { impactDefinitions, listCountries, listFabrics } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendKept, unchanged } from '../cached-answer.js';
import type { ApiDependencies } from '../dependencies.js';
import { type ImpactFilterQuery, impactFilterQuery, NO_SCENARIO, toImpactFilter } from '../impact-filters.js';
import { impactItemSchema, toImpactItem } from '../impact-table.js';
import { integerParameter, offsetParameter, sortParameter } from '../query-parameters.js';

const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  503: errorDetailSchema.describe(
    'The database is away, or the search took too long; Retry-After tells when to try again',
  ),
};
const invalid = { 422: validationErrorSchema.describe('Invalid request') };

const searchQuery = impactFilterQuery.extend({
  sort: sortParameter(IMPACT_SORTS)
    .default({ by: 'md5_id', descending: false })
    .meta({ description: 'Column to sort by; - before it begins with the greatest', example: '-ecs' }),
  limit: integerParameter(0, 1000).default(50).meta({ description: 'Products at most', example: 50 }),
  offset: offsetParameter.default(0).meta({ description: 'Products to pass over' }),
});
const searchAnswer = z.object({
  total: z.int().meta({ description: 'Products found, on all pages' }),
  offset: z.int(),
  limit: z.int(),
  items: z.array(impactItemSchema),
});

const impactNames = [...new Set<string>([...IMPACT_CODES, ...IMPACT_TYPES])] as [string, ...string[]];
const impactParameter = z
  .enum(impactNames, `expected one of ${IMPACT_CODES.join(', ')}`)
  .default('ecs')
  .meta({ description: 'Impact' })
  .transform((name) => name.replace('_', '-') as ImpactCode);
const distributionQuery = impactFilterQuery.extend({
  impact: impactParameter,
  bins: integerParameter(1, 200).default(40).meta({ description: 'Bins of the histogram' }),
});
const maybe = z.number().nullable();
const distributionAnswer = z.object({
  impact: z.string(),
  unit: z.string(),
  count: z.int().meta({ description: 'Products found that have a figure for the impact' }),
  min: maybe,
  max: maybe,
  mean: maybe,
  quartiles: z.array(z.number()).length(3).nullable().meta({ description: 'Q1, median, Q3: elements of the data' }),
  bins: z
    .array(z.object({ from: z.number(), to: z.number(), count: z.int() }))
    .meta({ description: 'From inclusive, to exclusive but for the last bin' }),
});

const groupsQuery = impactFilterQuery.extend({
  by: z
    .enum(IMPACT_GROUPINGS as [ImpactGrouping, ...ImpactGrouping[]], `expected one of ${IMPACT_GROUPINGS.join(', ')}`)
    .meta({ description: 'What to group by; a garment counts for each of its materials', example: 'country_making' }),
  impact: impactParameter,
});
const groupsAnswer = z.array(
  z.object({
    key: z.string().nullable().meta({ description: 'Null for products that do not have it' }),
    name: z.string(),
    count: z.int().meta({ description: 'Products that have a figure for the impact' }),
    mean: z.number().meta({ description: 'Mean of the impact, by default the environmental cost in Pts' }),
    min: z.number(),
    max: z.number(),
  }),
);

const summaryAnswer = z.object({
  documents: z.int(),
  products: z.int().meta({ description: 'Product types' }),
  first_at: z.string().nullable(),
  last_at: z.string().nullable(),
  method_versions: z.array(z.string()),
  sources: z.record(z.string(), z.int()).meta({ description: 'Products by where they come from' }),
});

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
          summary: 'Search all products',
          description: 'A page of the products that all filters let through; none is an empty page.',
          querystring: searchQuery,
          response: { 200: searchAnswer, ...unchanged, ...failures, ...invalid },
        },
      },
      async (request, reply) => {
        const { sort: order, offset, limit } = request.query;
        const filter = toImpactFilter(request.query);
        return sendKept(cache, request, reply, {
          key: ['impacts', filter, order, offset, limit],
          tags: tagsOf(request.query),
          scans: needsScan(filter, order),
          compute: async (bounds) => {
            const [total, found] = await Promise.all([
              countFound(store, filter, bounds),
              searchImpacts(store, filter, { order, offset, limit }, bounds),
            ]);
            return { total, offset, limit, items: found.map(toImpactItem) };
          },
        });
      },
    );

    app.get(
      '/impacts/distribution',
      {
        schema: {
          ...common,
          summary: 'Distribution of an impact over the products that a search finds',
          querystring: distributionQuery,
          response: { 200: distributionAnswer, ...unchanged, ...failures, ...invalid },
        },
      },
      async (request, reply) => {
        const { impact: code, bins } = request.query;
        const filter = toImpactFilter(request.query);
        return sendKept(cache, request, reply, {
          key: ['distribution', filter, code, bins],
          tags: tagsOf(request.query),
          scans: true,
          compute: async (bounds) => ({
            impact: code,
            unit: impactDefinitions.find((impact) => impact.code === code)?.unit ?? '',
            ...(await impactDistribution(store, filter, code, bins, bounds)),
          }),
        });
      },
    );

    app.get(
      '/impacts/groups',
      {
        schema: {
          ...common,
          summary: 'The products that a search finds, grouped, with what they have of an impact',
          querystring: groupsQuery,
          response: { 200: groupsAnswer, ...unchanged, ...failures, ...invalid },
        },
      },
      async (request, reply) => {
        const { by, impact } = request.query;
        const filter = toImpactFilter(request.query);
        return sendKept(cache, request, reply, {
          key: ['groups', filter, by, impact],
          tags: tagsOf(request.query),
          scans: true,
          compute: async (bounds) =>
            (await groupImpacts(store, filter, by, impact, bounds)).map(({ key: found, name, ...figures }) => {
              const key = found ?? (by === 'scenario' ? NO_SCENARIO : null);
              return { key, name: name ?? NAMES[by]?.get(key ?? '') ?? key ?? 'unknown', ...figures };
            }),
        });
      },
    );

    app.get(
      '/impacts/summary',
      {
        schema: {
          ...common,
          summary: 'What the database holds',
          response: { 200: summaryAnswer, ...unchanged, ...failures },
        },
      },
      async (request, reply) =>
        sendKept(cache, request, reply, {
          key: ['impacts-summary'],
          tags: [CACHE_TAGS.impacts],
          scans: true,
          compute: async (bounds) => {
            const { documents, products, firstAt, lastAt, methodVersions, sources } = await summarizeImpacts(
              store,
              bounds,
            );
            return {
              documents,
              products,
              first_at: firstAt,
              last_at: lastAt,
              method_versions: methodVersions,
              sources,
            };
          },
        }),
    );
  };
}
