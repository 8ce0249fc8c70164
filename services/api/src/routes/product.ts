import { DocumentNotFoundError, requireRole } from '@ecobalyse/http-kit';
import { identify } from '@ecobalyse/product-documents';
import { addProduct } from '@ecobalyse/product-scoring';
import {
  CACHE_TAGS,
  detailedSimulationSchema,
  errorDetailSchema,
  messageSchema,
  notPossibleSchema,
  productRequestSchema,
  rankedProductSchema,
  tagsOfAdded,
  validationErrorSchema,
} from '@ecobalyse/schema';
import {
  deleteImpact,
  findDocument,
  findDocuments,
  findProductType,
  IMPACT_SORTS,
  type ImpactFilter,
  listProductIds,
  needsScan,
  rankProducts,
  type SearchBounds,
  withInvalidation,
} from '@ecobalyse/store';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type KeptAnswer, sendKept, unchanged } from '../cached-answer.js';
import type { ApiDependencies } from '../dependencies.js';
import {
  fieldsParameter,
  integerParameter,
  lastGiven,
  listParameter,
  offsetParameter,
  sortParameter,
  textParameter,
} from '../query-parameters.js';
import { EXAMPLE_PRODUCT } from './example-product.js';

/** Documents of one answer at most; further ones come with `offset`. */
const MAX_DOCUMENTS = 1000;

/** Words of the routes, which are never the id of a product type or the code of a country. */
const RESERVED = new Set(['by-id', 'good_product', 'bad_product']);

const productParams = z.object({
  id: textParameter('a product type').meta({ description: 'Product type', example: 'tshirt' }),
});
const countryParams = productParams.extend({
  country: textParameter('the code of a country').meta({
    description: 'Code of the country of fabric',
    example: 'FR',
  }),
});
const documentParams = z.object({
  md5_id: textParameter('the md5_id of a product', 64).meta({
    description: 'Identity of the product',
    example: '15a853d8fc6bee14a946559190111f51',
  }),
});

const rankQuery = z.object({
  nb_doc: lastGiven(integerParameter(1))
    .default(5)
    .meta({
      description:
        `Number of documents. At most ${MAX_DOCUMENTS} come in one answer: one that was asked for more says so in the header ` +
        'x-nb-doc-limit, and offset gives the next ones',
      example: 5,
    }),
  offset: offsetParameter.default(0).meta({ description: 'Documents to pass over' }),
  fields: fieldsParameter.optional().meta({
    description: 'Fields to answer, separated by commas, also inner ones; md5_id and product_id always come with them',
    example: 'impacts.ecs,inputs.mass',
  }),
  material: listParameter('a material').optional().meta({
    description: 'Materials, of which the garment has one: repeated, or separated by commas',
    example: 'ei-coton',
  }),
  country: textParameter('the code of a country')
    .optional()
    .meta({ description: 'Code of the country of fabric or making', example: 'FR' }),
  process: textParameter('a fabric process').optional().meta({ description: 'Fabric process', example: 'weaving' }),
});
const listQuery = rankQuery.extend({
  sort: sortParameter(IMPACT_SORTS)
    .default({ by: 'md5_id', descending: false })
    .meta({ description: 'Column to sort by; - before it begins with the greatest', example: '-ecs' }),
});

/** How many documents are given; an answer that holds fewer than were asked for says so. */
function givenDocuments(asked: number, reply: FastifyReply): number {
  if (asked > MAX_DOCUMENTS) reply.header('x-nb-doc-limit', MAX_DOCUMENTS);
  return Math.min(asked, MAX_DOCUMENTS);
}

/** The filter that a route and its query ask for together. */
const filterOf = (
  productId: string,
  { material, country, process }: z.output<typeof rankQuery>,
  countryFabric?: string,
): ImpactFilter => ({
  products: [productId],
  countryFabric,
  materials: material,
  countryFabricOrMaking: country,
  process,
});
const identityQuery = z.object({
  md5_id: lastGiven(z.string('expected the md5_id of a product')).meta({
    description: 'Identity of the product',
    example: '15a853d8fc6bee14a946559190111f51',
  }),
});

const identified = { md5_id: z.string(), product_id: z.string() };
const impactDocument = detailedSimulationSchema.extend(identified);
const someFields = z.array(z.looseObject(identified)).describe('With the fields that were asked for');
const impactDocuments = z.union([z.array(impactDocument), someFields]);
const rankedProducts = z.union([z.array(rankedProductSchema), someFields]);

const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  422: validationErrorSchema.describe('Invalid request'),
  503: errorDetailSchema.describe('The database is away; Retry-After tells when to try again'),
};
const notFound = { 404: errorDetailSchema.describe('Nothing found') };

/** The six `/product` routes (CONTRACT): all of them ask for the key. */
export function productRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, cache, access, upstreamDeadlineMs } = dependencies;
  const common = { tags: ['Products'], security: [{ apiKey: [] }] };
  const config = { ignoresUnknownParameters: true };

  /** A list from the cache or the database; an empty one is a 404, which is not kept. */
  const listed = (
    key: readonly unknown[],
    tags: readonly string[],
    find: (bounds: SearchBounds) => Promise<unknown[]>,
    scans = false,
  ): KeptAnswer => ({
    key,
    tags,
    scans,
    async compute(bounds) {
      const documents = await find(bounds);
      if (documents.length === 0) throw new DocumentNotFoundError();
      return documents;
    },
  });

  /** Documents of a product type, all of them or those whose fabric comes from a country. */
  const documentsOf = (
    id: string,
    query: z.output<typeof listQuery>,
    reply: FastifyReply,
    countryFabric?: string,
  ): KeptAnswer => {
    if (RESERVED.has(id)) throw new DocumentNotFoundError();
    const filter = filterOf(id, query, countryFabric);
    const { sort: order, offset, nb_doc, fields } = query;
    const limit = givenDocuments(nb_doc, reply);
    return listed(
      ['product', filter, order, offset, limit, fields],
      [CACHE_TAGS.product(id)],
      (bounds) => findDocuments(store, filter, { order, offset, limit }, fields, bounds),
      needsScan(filter, order),
    );
  };

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader', 'writer'));

    app.get(
      '/product',
      {
        config,
        schema: {
          ...common,
          summary: 'Product types',
          response: { 200: z.array(z.string()), ...unchanged, 403: failures[403], 503: failures[503], ...notFound },
        },
      },
      async (request, reply) =>
        sendKept(
          cache,
          request,
          reply,
          listed(['product'], [CACHE_TAGS.impacts], (bounds) => listProductIds(store, bounds)),
        ),
    );

    app.get(
      '/product/by-id/:md5_id',
      {
        schema: {
          ...common,
          summary: 'One product, whole',
          params: documentParams,
          response: { 200: impactDocument, ...unchanged, ...failures, ...notFound },
        },
      },
      async (request, reply) => {
        const { md5_id } = request.params;
        return sendKept(cache, request, reply, {
          key: ['document', md5_id],
          tags: [CACHE_TAGS.document(md5_id), CACHE_TAGS.replacedDocuments],
          async compute(bounds) {
            const document = await findDocument(store, md5_id, bounds);
            if (!document) throw new DocumentNotFoundError();
            return document;
          },
        });
      },
    );

    app.get(
      '/product/:id',
      {
        config,
        schema: {
          ...common,
          summary: 'Products of a type',
          params: productParams,
          querystring: listQuery,
          response: { 200: impactDocuments, ...unchanged, ...failures, ...notFound },
        },
      },
      async (request, reply) => sendKept(cache, request, reply, documentsOf(request.params.id, request.query, reply)),
    );

    for (const [path, order, summary] of [
      ['good_product', 'best', 'Products of a type with the lowest average impact, lowest first'],
      ['bad_product', 'worst', 'Products of a type with the highest average impact, highest first'],
    ] as const) {
      app.get(
        `/product/:id/${path}`,
        {
          config,
          schema: {
            ...common,
            summary,
            description:
              'Averages over different numbers of impacts cannot be compared: products that cover the most impacts come ' +
              'first, ordered by their average, then those that cover fewer.',
            params: productParams,
            querystring: rankQuery,
            response: { 200: rankedProducts, ...unchanged, ...failures, ...notFound },
          },
        },
        async (request, reply) => {
          const { id } = request.params;
          const { offset, nb_doc, fields } = request.query;
          const limit = givenDocuments(nb_doc, reply);
          const filter = filterOf(id, request.query);
          return sendKept(
            cache,
            request,
            reply,
            listed(
              [path, filter, offset, limit, fields],
              [CACHE_TAGS.product(id)],
              (bounds) => rankProducts(store, filter, order, { offset, limit }, fields, bounds),
              needsScan(filter),
            ),
          );
        },
      );
    }

    app.get(
      '/product/:id/:country',
      {
        config,
        schema: {
          ...common,
          summary: 'Products of a type whose fabric comes from a country',
          params: countryParams,
          querystring: listQuery,
          response: { 200: impactDocuments, ...unchanged, ...failures, ...notFound },
        },
      },
      async (request, reply) =>
        sendKept(cache, request, reply, documentsOf(request.params.id, request.query, reply, request.params.country)),
    );

    app.post(
      '/product',
      {
        config,
        schema: {
          ...common,
          summary: 'Score a product and add it',
          description:
            'Every field of the textile query beyond the required ones is optional. Numbers may be written as text.',
          body: productRequestSchema.meta({ examples: [EXAMPLE_PRODUCT] }),
          response: {
            200: messageSchema,
            ...failures,
            422: z.union([validationErrorSchema, notPossibleSchema]).describe('Invalid request, or refused upstream'),
            502: notPossibleSchema.describe(
              'Upstream gave no score: the detail says why, Retry-After when to try again',
            ),
          },
        },
      },
      async (request, reply) => {
        const given = identify(request.body);
        const { md5_id, product } = given;
        request.subject = md5_id;
        const added = await addProduct(given, dependencies, upstreamDeadlineMs);
        switch (added.status) {
          case 'existing':
            return reply.send({ message: 'Product already exist' });
          case 'refused':
            return reply.code(422).send({ message: 'Not possible', detail: { ...added.reasons } });
          case 'failed': {
            const { advice, retryAfterSeconds } = added.error;
            request.log.warn({ err: added.error }, 'upstream failed');
            if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
            return reply.code(502).send({ message: 'Not possible', detail: advice });
          }
          case 'added':
            request.log.info({ md5_id, product: product.product }, 'product added');
            return reply.send({ message: `Product added ${md5_id}` });
        }
      },
    );

    app.delete(
      '/product',
      {
        config,
        schema: {
          ...common,
          summary: 'Delete a product',
          querystring: identityQuery,
          response: { 200: messageSchema, ...failures, ...notFound },
        },
      },
      async (request, reply) => {
        const { md5_id } = request.query;
        const productId = await findProductType(store, md5_id);
        const deleted =
          productId !== null &&
          (await withInvalidation(store, cache, {
            tags: [...tagsOfAdded([productId]), CACHE_TAGS.document(md5_id)],
            write: () => deleteImpact(store, md5_id),
          }));
        if (!deleted) return reply.code(404).send({ detail: 'Product not found' });
        request.log.info({ md5_id }, 'product deleted');
        return reply.send({ message: 'Product deleted successfully' });
      },
    );
  };
}
