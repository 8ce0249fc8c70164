import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fault, invalidRequest, RefusedError, requireRole } from '@ecobalyse/http-kit';
import {
  BUILT_IN_CATALOGUES,
  CACHE_TAGS,
  catalogueNotFound,
  catalogueOutliersQuery,
  catalogueOutliersSchema,
  effectsQuery,
  effectsSchema,
  failures,
  isBuiltIn,
  PORTAL,
  segmentsQuery,
  segmentsSchema,
  sensitivityQuery,
  sensitivitySchema,
  standingQuery,
  standingSchema,
  strataQuery,
  strataSchema,
  unchanged,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import {
  type AnalysisName,
  type AnalysisQueries,
  type CatalogueRow,
  FACTORS,
  type ReadCatalogue,
  referenceOf,
  SECTOR_DISTRIBUTION,
} from '@ecobalyse/statistics';
import {
  type CatalogueFilter,
  countFound,
  countInCatalogue,
  referenceVersion,
  type SearchBounds,
  type Viewer,
} from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { AnalysisTask } from '../analysis-worker.js';
import { sendFresh, sendKept } from '../cached-answer.js';
import { productsOf } from '../catalogue-files.js';
import { ownCatalogue } from '../catalogue-views.js';
import type { ApiDependencies } from '../dependencies.js';
import { toCatalogueFilter } from '../impact-filters.js';
import { isFull, openThreads } from '../threads.js';

/** Analyses that are worked out at once, and those that may wait: each takes up to some seconds. */
const THREADS = Math.min(availableParallelism(), 2);
const MAX_WAITING = 20;
const IDLE_TIMEOUT_MS = 600_000;
/** Products of a catalogue: about 2 kB of memory each while it lasts. */
const MOST_PRODUCTS = 20_000;

/** The routes: what each is of, and its schemas. */
const ROUTES = {
  strata: {
    operationId: 'getStrata',
    summary: 'Costs of catalogues by group, with intervals and sample sizes',
    description:
      'Means, medians and quantiles per garment, per 100 g or per day of wear, of one system boundary: scenarios are never pooled.',
    querystring: strataQuery,
    answer: strataSchema,
  },
  effects: {
    operationId: 'getEffects',
    summary: 'What changing one field does to the same garment',
    description:
      'Median and 5 to 95 % of the change, by type, against a reference: paired on the grid where its garments differ in one field only, otherwise computed exactly.',
    querystring: effectsQuery,
    answer: effectsSchema,
  },
  segments: {
    operationId: 'getSegments',
    summary: 'Groups of products whose costs are made up alike, with their stability',
    description: 'k-means over the shares of the parts of the cost, or over the logarithm of the cost of 100 g.',
    querystring: segmentsQuery,
    answer: segmentsSchema,
  },
  outliers: {
    operationId: 'getCatalogueOutliers',
    summary: 'Products whose cost is unlike that of their kind, each with the reason',
    description: 'On a log scale, within product type and family of fibres; the farthest from the median first.',
    querystring: catalogueOutliersQuery,
    answer: catalogueOutliersSchema,
  },
  standing: {
    operationId: 'getStanding',
    summary: 'Where products and catalogues stand beside others',
    description:
      'Percentiles by type against the reference grid, another catalogue, or the medians that the declaration portal publishes; the best and the worst, each with the reason.',
    querystring: standingQuery,
    answer: standingSchema,
  },
} as const;

/** `GET /analysis/*`: statistics of catalogues, side by side, worked out when they are asked for. */
export function analysisRoutes(
  { store, cache, access, distribution }: ApiDependencies,
  mostProducts = MOST_PRODUCTS,
): FastifyPluginAsyncZod {
  const common = { tags: ['Statistics'], security: [{ apiKey: [] }] };

  async function nameOf(viewer: Viewer, id: string): Promise<ReadCatalogue['name']> {
    if (isBuiltIn(id)) return BUILT_IN_CATALOGUES[id];
    const { name } = await ownCatalogue(store, viewer, id);
    return { en: name, fr: name };
  }

  /** Reads a catalogue. @throws RefusedError for more products than are analysed at once. */
  async function read(
    viewer: Viewer,
    id: string,
    filter: CatalogueFilter,
    bounds: SearchBounds,
  ): Promise<ReadCatalogue> {
    const rows: CatalogueRow[] = [];
    let toCheck = 0;
    // Costs by two versions of the method compare with nothing.
    const { version } = await referenceVersion(store, bounds);
    const ofOne = version === null ? filter : { ...filter, countedVersion: version };
    // Their warnings, which alone have a language, are not looked at.
    for await (const some of productsOf(store, id, ofOne, 'en')) {
      bounds.signal?.throwIfAborted();
      const counted = some.filter(({ state }) => state !== 'to-check');
      toCheck += some.length - counted.length;
      rows.push(...counted.map(toRow));
      if (rows.length > mostProducts) {
        throw invalidRequest(fault('too_many_products', ['query', 'catalogue'], { most: mostProducts }));
      }
    }
    const found = await (isBuiltIn(id)
      ? countFound(store, { ...filter, catalogue: id }, bounds)
      : countInCatalogue(store, id, filter, bounds));
    const otherVersion = found - rows.length - toCheck;
    return { id, name: await nameOf(viewer, id), methodVersion: version, toCheck, otherVersion, rows };
  }

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));
    const inThread = openThreads<AnalysisTask, object>(app, 'analysis-worker', {
      maxThreads: THREADS,
      maxQueue: MAX_WAITING,
      idleTimeout: IDLE_TIMEOUT_MS,
    });
    const run = (task: AnalysisTask) =>
      inThread(task).catch((error: unknown) => {
        throw isFull(error) ? new RefusedError('searches_waiting', {}, { cause: error }) : error;
      });

    async function answer<Name extends AnalysisName>(
      request: FastifyRequest,
      reply: FastifyReply,
      name: Name,
      query: AnalysisQueries[Name],
    ) {
      const against = 'against' in query && query.against !== PORTAL ? [query.against] : [];
      const ids = [...new Set(query.catalogue), ...against];
      const viewer = viewerOf(request);
      for (const id of ids) await nameOf(viewer, id);
      // All scenarios are read: how many of another one are left out is told. The reference of an effect is no product’s.
      const { catalogue: _catalogues, scenario: _scenario, ...filters } = query;
      const filter = toCatalogueFilter({ ...filters, reference: undefined });
      const compute = async (bounds: SearchBounds) => {
        const found = new Map<string, ReadCatalogue>();
        for (const id of new Set(ids)) found.set(id, await read(viewer, id, filter, bounds));
        return run({ name, query, read: ids.map((id) => found.get(id)) } as AnalysisTask);
      };
      // Own catalogues change with every edit; what the platform's hold is known by its tag.
      if (!ids.every(isBuiltIn)) return sendFresh(request, reply, { scans: true, compute });
      const key = ['analysis', name, query];
      return sendKept(cache, request, reply, { key, tags: [CACHE_TAGS.impacts], scans: true, compute });
    }

    for (const name of Object.keys(ROUTES) as AnalysisName[]) {
      const { operationId, summary, description, querystring, answer: schema } = ROUTES[name];
      app.get(
        `/analysis/${name}`,
        {
          schema: {
            ...common,
            ...{ operationId, summary, description, querystring },
            response: { 200: schema, ...unchanged, ...failures(403, 422, 503), ...catalogueNotFound },
          },
        },
        async (request, reply) => {
          const query = request.query as AnalysisQueries[typeof name];
          if ('factor' in query) checkReference(query);
          return answer(request, reply, name, query);
        },
      );
    }

    const ofSector = distribution ?? SECTOR_DISTRIBUTION;
    const version = createHash('sha256').update(JSON.stringify(ofSector)).digest('hex');
    const types = ofSector.products.map(({ id }) => id);
    app.get(
      '/analysis/sensitivity',
      {
        schema: {
          ...common,
          operationId: 'getSensitivity',
          summary: 'What drives the cost: Sobol indices of the exact method over a distribution of garments',
          description:
            'First order, total order and interactions, with their errors, of one product type or of all (docs/statistics.md). The distribution is a file: SENSITIVITY_DISTRIBUTION.',
          querystring: sensitivityQuery,
          response: { 200: sensitivitySchema, ...unchanged, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const { query } = request;
        if (query.product !== undefined && !types.includes(query.product))
          throw invalidRequest(fault('unknown_value', ['query', 'product'], { known: types.join(', ') }));
        return sendKept(cache, request, reply, {
          key: ['sensitivity', query, version],
          tags: [],
          compute: () => run({ name: 'sensitivity', query, distribution }),
        });
      },
    );
  };
}

/** What an analysis looks at, and no more: rows are copied into a thread. */
const toRow = ({
  id,
  reference,
  name,
  brand,
  tags,
  product_id,
  mass,
  materials,
  country_spinning,
  country_fabric,
  country_dyeing,
  country_making,
  fabric_process,
  scenario,
  ecs,
  days_of_wear,
  stages,
  query,
}: CatalogueRow): CatalogueRow => ({
  ...{ id, reference, name, brand, tags, product_id, mass, materials },
  ...{ country_spinning, country_fabric, country_dyeing, country_making },
  ...{ fabric_process, scenario, ecs, days_of_wear, stages, query },
});

function checkReference(query: AnalysisQueries['effects']): void {
  const { levels } = FACTORS[query.factor];
  if (!levels.includes(referenceOf(query)))
    throw invalidRequest(fault('unknown_value', ['query', 'reference'], { known: levels.join(', ') }));
}
