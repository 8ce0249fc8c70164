import { UpstreamMalformedError, UpstreamRefusedError, UpstreamUnreachableError } from '@ecobalyse/ecobalyse-client';
import { DocumentNotFoundError, requireApiKey, sendJson } from '@ecobalyse/http-kit';
import {
  detailedSimulationSchema,
  errorDetailSchema,
  type Json,
  messageSchema,
  notPossibleSchema,
  productIdentity,
  productRequestSchema,
  rankedProductSchema,
  validationErrorSchema,
} from '@ecobalyse/schema';
import {
  deleteImpact,
  findImpacts,
  hasImpact,
  insertImpact,
  listProductIds,
  rankProducts,
  toImpactDocument,
} from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';

/** Longest wait for upstream, all tries together, before a client is told that it is out of reach. */
const UPSTREAM_DEADLINE_MS = 30_000;

const identifier = (what: string, example: string) => z.string().min(1).max(100).meta({ description: what, example });

const productParams = z.object({ id: identifier('Product type', 'tshirt') });
const countryParams = productParams.extend({ country: identifier('Code of the country of fabric', 'FR') });
const countQuery = z.object({
  nb_doc: z.coerce
    .number('expected an integer from 1 to 1000')
    .int('expected an integer from 1 to 1000')
    .min(1, 'expected an integer from 1 to 1000')
    .max(1000, 'expected an integer from 1 to 1000')
    .default(5)
    .meta({ description: 'Number of documents', example: 5 }),
});
const identityQuery = z.object({
  md5_id: z.string('expected the md5_id of a product').min(1).max(64).meta({
    description: 'Identity of the product',
    example: '15a853d8fc6bee14a946559190111f51',
  }),
});

const impactDocuments = z.array(detailedSimulationSchema.extend({ md5_id: z.string(), product_id: z.string() }));

const EXAMPLE_PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  422: validationErrorSchema.describe('Invalid request'),
  503: errorDetailSchema.describe('The database is away; Retry-After tells when to try again'),
};
const notFound = { 404: errorDetailSchema.describe('Nothing found') };

/** The six `/product` routes (CONTRACT): all of them ask for the key. */
export function productRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, cache, upstream, apiKey, apiKeyName } = dependencies;
  const common = { tags: ['Products'], security: [{ apiKey: [] }] };

  /** A list from the cache or the database; an empty one is a 404, which is not cached. */
  const listed = (key: readonly (string | number)[], find: () => Promise<unknown[]>): Promise<string> =>
    cache.getOrCompute(key.map((part) => encodeURIComponent(part)).join(':'), async () => {
      const documents = await find();
      if (documents.length === 0) throw new DocumentNotFoundError();
      return JSON.stringify(documents);
    });

  /** What was cached may be out of date after a write; Redis being away must not fail the write. */
  const forgetCached = (log: { warn(fields: object, message: string): void }) =>
    cache.clear().catch((err: unknown) => log.warn({ err }, 'could not clear the cache after a write'));

  return async (app) => {
    app.addHook('onRequest', requireApiKey(apiKeyName, apiKey));

    app.get(
      '/product',
      {
        schema: {
          ...common,
          summary: 'Product types',
          response: { 200: z.array(z.string()), 403: failures[403], 503: failures[503], ...notFound },
        },
      },
      async (_request, reply) => sendJson(reply, await listed(['product'], () => listProductIds(store))),
    );

    app.get(
      '/product/:id',
      {
        schema: {
          ...common,
          summary: 'Products of a type',
          params: productParams,
          querystring: countQuery,
          response: { 200: impactDocuments, ...failures, ...notFound },
        },
      },
      async ({ params: { id }, query: { nb_doc } }, reply) =>
        sendJson(reply, await listed(['product', id, nb_doc], () => findImpacts(store, { productId: id }, nb_doc))),
    );

    for (const [path, order, summary] of [
      ['good_product', 'best', 'Products of a type with the lowest average impact, lowest first'],
      ['bad_product', 'worst', 'Products of a type with the highest average impact, highest first'],
    ] as const) {
      app.get(
        `/product/:id/${path}`,
        {
          schema: {
            ...common,
            summary,
            params: productParams,
            querystring: countQuery,
            response: { 200: z.array(rankedProductSchema), ...failures, ...notFound },
          },
        },
        async ({ params: { id }, query: { nb_doc } }, reply) =>
          sendJson(reply, await listed([path, id, nb_doc], () => rankProducts(store, id, order, nb_doc))),
      );
    }

    app.get(
      '/product/:id/:country',
      {
        schema: {
          ...common,
          summary: 'Products of a type whose fabric comes from a country',
          params: countryParams,
          querystring: countQuery,
          response: { 200: impactDocuments, ...failures, ...notFound },
        },
      },
      async ({ params: { id, country }, query: { nb_doc } }, reply) =>
        sendJson(
          reply,
          await listed(['product', id, nb_doc, country], () => findImpacts(store, { productId: id, country }, nb_doc)),
        ),
    );

    app.post(
      '/product',
      {
        schema: {
          ...common,
          summary: 'Score a product and add it',
          description: 'Every field of the textile query beyond the required ones is optional.',
          body: productRequestSchema.meta({ examples: [EXAMPLE_PRODUCT] }),
          response: {
            200: messageSchema,
            ...failures,
            422: z.union([validationErrorSchema, notPossibleSchema]).describe('Invalid request, or refused upstream'),
            502: notPossibleSchema.describe('Upstream is out of reach'),
          },
        },
      },
      async (request, reply) => {
        const query = request.body as Record<string, Json>;
        const md5Id = productIdentity(query);
        if (await hasImpact(store, md5Id)) return reply.send({ message: 'Product already exist' });

        const deadline = AbortSignal.timeout(UPSTREAM_DEADLINE_MS);
        try {
          const methodVersion = await upstream.methodVersion(deadline).catch(() => null);
          const answer = await upstream.simulateDetailed(query, deadline);
          const document = toImpactDocument({
            query,
            answer,
            source: 'api',
            scenario: null,
            methodVersion,
            runId: null,
          });
          const added = await insertImpact(store, document);
          if (!added) return reply.send({ message: 'Product already exist' });
        } catch (error) {
          if (error instanceof UpstreamRefusedError) {
            return reply.code(422).send({ message: 'Not possible', detail: { ...error.reasons } });
          }
          const outOfReach =
            error instanceof UpstreamUnreachableError || error instanceof UpstreamMalformedError || deadline.aborted;
          if (!outOfReach) throw error;
          request.log.warn({ err: error }, 'upstream failed');
          return reply
            .code(502)
            .send({ message: 'Not possible', detail: 'The Ecobalyse API cannot be reached, try again later' });
        }
        await forgetCached(request.log);
        request.log.info({ md5_id: md5Id, product: query.product }, 'product added');
        return reply.send({ message: `Product added ${md5Id}` });
      },
    );

    app.delete(
      '/product',
      {
        schema: {
          ...common,
          summary: 'Delete a product',
          querystring: identityQuery,
          response: { 200: messageSchema, ...failures, ...notFound },
        },
      },
      async (request, reply) => {
        const { md5_id } = request.query;
        if (!(await deleteImpact(store, md5_id))) return reply.code(404).send({ detail: 'Product not found' });
        await forgetCached(request.log);
        request.log.info({ md5_id }, 'product deleted');
        return reply.send({ message: 'Product deleted successfully' });
      },
    );
  };
}
