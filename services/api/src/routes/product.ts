import { RefusedError, requireRole } from '@ecobalyse/http-kit';
import { judge } from '@ecobalyse/plausibility';
import { asKnown, identify } from '@ecobalyse/product-documents';
import { addProduct, addToCatalogue } from '@ecobalyse/product-scoring';
import {
  addedProductRequest,
  CACHE_TAGS,
  catalogueConflict,
  catalogueNotFound,
  deletionQuery,
  documentParams,
  type FileProduct,
  failures,
  MAX_DOCUMENTS,
  messageSchema,
  PRODUCT_FIELDS,
  type ProductsQuery,
  productCountryParams,
  productParams,
  productsAnswer,
  productsQuery,
  productTypesAnswer,
  publicDocumentSchema,
  type RankedProductsQuery,
  rankedProductsAnswer,
  rankedProductsQuery,
  tagsOfAdded,
  unchanged,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import {
  deleteImpact,
  findDocument,
  findDocuments,
  findProductType,
  type ImpactFilter,
  listProductIds,
  needsScan,
  rankProducts,
  type SearchBounds,
  withInvalidation,
} from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { type KeptAnswer, sendKept } from '../cached-answer.js';
import { catalogueForProducts, newChange } from '../catalogue-views.js';
import type { ApiDependencies } from '../dependencies.js';
import { NOT_ADDED, sendNotAdded } from '../not-added.js';
import { keepSentBody, sentBody } from '../sent-body.js';

/** Words of the routes, which are never the id of a product type or the code of a country. */
const RESERVED = new Set(['by-id', 'good_product', 'bad_product']);

/** Names the rules that find something of a product in a header: the bodies of the contract stay as they are. */
function tellWarnings(request: FastifyRequest, reply: FastifyReply, product: FileProduct, ecs: number | undefined) {
  const findings = judge(product, { answer: { impacts: { ecs } }, sent: sentBody(request) });
  const rules = new Set(findings.map(({ id }) => id));
  if (rules.size > 0) reply.header('x-warnings', [...rules].join(', '));
}

/** How many documents are given; an answer that holds fewer than were asked for says so. */
function givenDocuments(asked: number, reply: FastifyReply): number {
  if (asked > MAX_DOCUMENTS) reply.header('x-nb-doc-limit', MAX_DOCUMENTS);
  return Math.min(asked, MAX_DOCUMENTS);
}

/** The filter that a route and its query ask for together. */
const filterOf = (
  productId: string,
  { material, country, process }: RankedProductsQuery,
  countryFabric?: string,
): ImpactFilter => ({
  products: [productId],
  countryFabric,
  materials: material,
  countryFabricOrMaking: country,
  process,
});

/** The six `/product` routes (CONTRACT): all of them ask for the key. */
export function productRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, cache, access, upstreamDeadlineMs } = dependencies;
  const common = { tags: ['Products'], security: [{ apiKey: [] }] };
  const config = { ofContract: true };

  /** A list from the cache or the database; an empty one is a 404, which is not kept. */
  const listed = (
    key: readonly unknown[],
    tags: readonly string[],
    find: (bounds: SearchBounds) => Promise<unknown[] | Buffer | null>,
    scans = false,
  ): KeptAnswer => ({
    key,
    tags,
    scans,
    async compute(bounds) {
      const documents = await find(bounds);
      if (documents === null || documents.length === 0) throw new RefusedError('not_found');
      return documents;
    },
  });

  /** Documents of a product type, all of them or those whose fabric comes from a country. */
  const documentsOf = (id: string, query: ProductsQuery, reply: FastifyReply, countryFabric?: string): KeptAnswer => {
    if (RESERVED.has(id)) throw new RefusedError('not_found');
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
          operationId: 'listStoredTypes',
          summary: 'Product types',
          response: { 200: productTypesAnswer, ...unchanged, ...failures(403, 404, 503) },
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
          operationId: 'getProduct',
          summary: 'One product, whole',
          params: documentParams,
          response: { 200: publicDocumentSchema, ...unchanged, ...failures(403, 404, 422, 503) },
        },
      },
      async (request, reply) => {
        const { md5_id } = request.params;
        return sendKept(cache, request, reply, {
          key: ['document', md5_id],
          tags: [CACHE_TAGS.document(md5_id), CACHE_TAGS.replacedDocuments],
          async compute(bounds) {
            const document = await findDocument(store, md5_id, bounds);
            if (!document) throw new RefusedError('not_found');
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
          operationId: 'listProducts',
          summary: 'Products of a type',
          params: productParams,
          querystring: productsQuery,
          response: { 200: productsAnswer, ...unchanged, ...failures(403, 404, 422, 503) },
        },
      },
      async (request, reply) => sendKept(cache, request, reply, documentsOf(request.params.id, request.query, reply)),
    );

    for (const [path, operationId, order, summary] of [
      ['good_product', 'listBestProducts', 'best', 'Products of a type with the lowest average impact, lowest first'],
      [
        'bad_product',
        'listWorstProducts',
        'worst',
        'Products of a type with the highest average impact, highest first',
      ],
    ] as const) {
      app.get(
        `/product/:id/${path}`,
        {
          config,
          schema: {
            ...common,
            operationId,
            summary,
            description:
              'Averages over different numbers of impacts cannot be compared: products that cover the most impacts come ' +
              'first, ordered by their average, then those that cover fewer.',
            params: productParams,
            querystring: rankedProductsQuery,
            response: { 200: rankedProductsAnswer, ...unchanged, ...failures(403, 404, 422, 503) },
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
          operationId: 'listProductsOfCountry',
          summary: 'Products of a type whose fabric comes from a country',
          params: productCountryParams,
          querystring: productsQuery,
          response: { 200: productsAnswer, ...unchanged, ...failures(403, 404, 422, 503) },
        },
      },
      async (request, reply) =>
        sendKept(cache, request, reply, documentsOf(request.params.id, request.query, reply, request.params.country)),
    );

    app.post(
      '/product',
      {
        config,
        preValidation: keepSentBody,
        schema: {
          ...common,
          operationId: 'addProduct',
          summary: 'Score a product and add it',
          description:
            'Every field of the textile query beyond the required ones is optional. Numbers may be written as text. With a ' +
            'catalogue the product is put there rather than among all products; what it is known by is no part of its identity. ' +
            'The header x-warnings names the rules that find something of it (docs/plausibility.md).',
          body: addedProductRequest,
          response: {
            200: messageSchema,
            ...failures(403, 429, 503),
            ...catalogueNotFound,
            ...catalogueConflict,
            ...NOT_ADDED,
          },
        },
      },
      async (request, reply) => {
        const ofProduct = Object.entries(request.body).filter(([name]) => PRODUCT_FIELDS.has(name));
        const given = identify(Object.fromEntries(ofProduct) as FileProduct);
        const { md5_id, product } = given;
        request.subject = md5_id;
        const catalogue = await catalogueForProducts(store, viewerOf(request), request.body.catalogue);
        await app.takeProducts(request, reply, 1);
        const added =
          catalogue === null
            ? await addProduct(given, dependencies, upstreamDeadlineMs)
            : await addToCatalogue(
                asKnown(given, request.body),
                newChange(request, catalogue, 'add'),
                dependencies,
                upstreamDeadlineMs,
              );
        if ('ecs' in added || added.status === 'existing') tellWarnings(request, reply, given.product, added.ecs);
        switch (added.status) {
          case 'existing':
            return reply.send({ message: 'Product already exist' });
          case 'refused':
          case 'failed':
            return sendNotAdded(request, reply, added) as never;
          case 'added':
          case 'changed':
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
          operationId: 'deleteProduct',
          summary: 'Delete a product',
          querystring: deletionQuery,
          response: { 200: messageSchema, ...failures(403, 404, 422, 503) },
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
        if (!deleted) throw new RefusedError('product_not_found');
        request.log.info({ md5_id }, 'product deleted');
        return reply.send({ message: 'Product deleted successfully' });
      },
    );
  };
}
