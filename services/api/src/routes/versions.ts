import { RefusedError, requireRole } from '@ecobalyse/http-kit';
import { formOf } from '@ecobalyse/product-documents';
import {
  CACHE_TAGS,
  catalogueNotFound,
  changesQuery,
  documentParams,
  failures,
  productVersionsSchema,
  unchanged,
  versionChangesSchema,
  versionsSchema,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import {
  costsOf,
  findMethodChanges,
  findProductVersions,
  referenceVersion,
  type SearchBounds,
  summarizeMethodChanges,
  summarizeVersions,
  UNKNOWN_VERSION,
} from '@ecobalyse/store';
import { methodVersion } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { sendFresh, sendKept } from '../cached-answer.js';
import { ownCatalogue } from '../catalogue-views.js';
import type { ApiDependencies } from '../dependencies.js';

/** Months after which a published cost may be updated, and by which a changed method has to be applied. */
const UPDATE_MONTHS = 3;
const APPLY_MONTHS = 12;

/** The same day so many months later, or the last day of a month that has no such day; UTC. */
export function monthsLater(time: string | null, months: number): string | null {
  if (time === null) return null;
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, days));
  return date.toISOString();
}

/** `GET /versions…` and `GET /product/by-id/{md5_id}/versions`. */
export function versionRoutes({ store, cache, access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Search'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    app.get(
      '/versions',
      {
        schema: {
          ...common,
          operationId: 'listVersions',
          summary: 'The versions of the method that products are scored by',
          response: { 200: versionsSchema, ...unchanged, ...failures(403, 503) },
        },
      },
      (request, reply) =>
        sendKept(cache, request, reply, {
          key: ['versions'],
          tags: [CACHE_TAGS.impacts],
          scans: true,
          compute: async (bounds) => {
            const [{ version: reference }, versions] = await Promise.all([
              referenceVersion(store, bounds),
              summarizeVersions(store, bounds),
            ]);
            return {
              reference,
              versions: versions.map(({ firstAt, lastAt, ...counts }) => ({
                ...counts,
                first_at: firstAt,
                last_at: lastAt,
                // The method of this platform is that of the regulation.
                is_regulatory: counts.version === methodVersion,
                update_from: monthsLater(lastAt, UPDATE_MONTHS),
                apply_by: monthsLater(firstAt, APPLY_MONTHS),
              })),
            };
          },
        }),
    );

    app.get(
      '/versions/changes',
      {
        schema: {
          ...common,
          operationId: 'listVersionChanges',
          summary: 'What a change of the method made of the costs, by product type and stage, and of each product',
          querystring: changesQuery,
          response: {
            200: versionChangesSchema,
            ...unchanged,
            ...failures(403, 422, 503),
            ...catalogueNotFound,
          },
        },
      },
      async (request, reply) => {
        const { offset, limit, ...filter } = request.query;
        const compute = async (bounds: SearchBounds) => {
          const [products, { total, items }] = await Promise.all([
            summarizeMethodChanges(store, filter, bounds),
            findMethodChanges(store, filter, { offset, limit }, bounds),
          ]);
          return {
            ...{ products, total, offset, limit },
            items: items.map(({ _id, catalogue, product = null, reference = null, ...change }) => ({
              ...change,
              product,
              reference,
            })),
          };
        };
        const { catalogue } = filter;
        if (catalogue !== undefined) {
          await ownCatalogue(store, viewerOf(request), catalogue);
          return sendFresh(request, reply, { scans: true, compute });
        }
        const key = ['version-changes', filter, offset, limit];
        return sendKept(cache, request, reply, { key, tags: [CACHE_TAGS.impacts], scans: true, compute });
      },
    );

    app.get(
      '/product/by-id/:md5_id/versions',
      {
        schema: {
          ...common,
          tags: ['Products'],
          operationId: 'listProductVersions',
          summary: 'The cost of one product by each version of the method that has scored it',
          params: documentParams,
          response: { 200: productVersionsSchema, ...unchanged, ...failures(403, 404, 422, 503) },
        },
      },
      (request, reply) => {
        const { md5_id } = request.params;
        return sendKept(cache, request, reply, {
          key: ['product-versions', md5_id],
          tags: [CACHE_TAGS.document(md5_id), CACHE_TAGS.replacedDocuments],
          compute: async (bounds) => {
            const found = await findProductVersions(store, md5_id, bounds);
            if (found.length === 0) throw new RefusedError('not_found');
            return found.map((document, index) => {
              return {
                version: document._platform?.methodVersion ?? UNKNOWN_VERSION,
                figures: document._platform?.figures ?? null,
                form: formOf(document.impacts),
                is_current: index === 0,
                costs: costsOf(document),
                pef: document.impacts.pef ?? null,
                stored_at: document._platform?.updatedAt ?? null,
              };
            });
          },
        });
      },
    );
  };
}
