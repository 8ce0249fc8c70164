import { requireRole } from '@ecobalyse/http-kit';
import {
  CACHE_TAGS,
  countryItemSchema,
  documentedImpactSchema,
  failures,
  namedItemSchema,
  unchanged,
} from '@ecobalyse/schema';
import { listReference, type ReferenceName } from '@ecobalyse/store';
import {
  impactDefinitions,
  listCountries,
  listFabrics,
  listMaterialDetails,
  listProductDetails,
  listTrims,
} from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendKept } from '../cached-answer.js';
import type { ApiDependencies } from '../dependencies.js';

type Item = Readonly<Record<string, unknown>>;

interface ReferenceList {
  path: string;
  operationId: string;
  summary: string;
  /** Collection that extraction fills from upstream; null where upstream has no such list. */
  collection: ReferenceName | null;
  key: 'id' | 'code';
  /** What the method of this platform knows; upstream's fields go before these. */
  ofMethod: readonly Item[];
  item: z.ZodType;
}

const LISTS: readonly ReferenceList[] = [
  {
    path: '/impacts/documentation',
    operationId: 'listImpacts',
    summary: 'What each impact is, and its unit',
    collection: 'impacts_documentation',
    key: 'code',
    ofMethod: impactDefinitions.map(({ code, unit, labelFr }) => ({ code, description: labelFr, unit })),
    item: documentedImpactSchema,
  },
  {
    path: '/countries',
    operationId: 'listCountries',
    summary: 'Countries',
    collection: 'countries',
    key: 'code',
    ofMethod: listCountries(),
    item: countryItemSchema,
  },
  {
    path: '/materials',
    operationId: 'listMaterials',
    summary: 'Materials, with origin and default country',
    collection: 'materials',
    key: 'id',
    ofMethod: listMaterialDetails(),
    item: namedItemSchema,
  },
  {
    path: '/products',
    operationId: 'listProductTypes',
    summary: 'Product types, with what the method supposes of each',
    collection: 'products',
    key: 'id',
    ofMethod: listProductDetails(),
    item: namedItemSchema,
  },
  {
    path: '/processes',
    operationId: 'listProcesses',
    summary: 'Fabric processes',
    collection: 'fabricProcess',
    key: 'id',
    ofMethod: listFabrics(),
    item: namedItemSchema,
  },
  {
    path: '/trims',
    operationId: 'listTrims',
    summary: 'Trims',
    collection: null,
    key: 'id',
    ofMethod: listTrims(),
    item: namedItemSchema,
  },
];

/** The lists that queries choose from: upstream's as extraction stored them, with what the method knows of each item. */
export function referenceRoutes({ store, cache, access }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    for (const { path, operationId, summary, collection, key, ofMethod, item } of LISTS) {
      const known = new Map(ofMethod.map((entry) => [entry[key], entry]));
      app.get(
        path,
        {
          schema: {
            tags: ['Reference'],
            security: [{ apiKey: [] }],
            operationId,
            summary,
            response: { 200: z.array(item), ...unchanged, ...failures(403, 503) },
          },
        },
        async (request, reply) =>
          sendKept(cache, request, reply, {
            key: ['reference', path],
            tags: [CACHE_TAGS.reference],
            compute: async (bounds) => {
              const stored: Item[] = collection ? await listReference(store, collection, bounds) : [];
              return stored.length > 0 ? stored.map((entry) => ({ ...known.get(entry[key]), ...entry })) : ofMethod;
            },
          }),
      );
    }
  };
}
