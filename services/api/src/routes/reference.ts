import { requireRole } from '@ecobalyse/http-kit';
import { CACHE_TAGS, errorDetailSchema } from '@ecobalyse/schema';
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
import { sendKept, unchanged } from '../cached-answer.js';
import type { ApiDependencies } from '../dependencies.js';

type Item = Readonly<Record<string, unknown>>;

interface ReferenceList {
  path: string;
  summary: string;
  /** Collection that extraction fills from upstream; null where upstream has no such list. */
  collection: ReferenceName | null;
  key: 'id' | 'code';
  /** What the method of this platform knows; upstream's fields go before these. */
  ofMethod: readonly Item[];
  item: z.ZodType;
}

const named = z.looseObject({ id: z.string(), name: z.string() });

const LISTS: readonly ReferenceList[] = [
  {
    path: '/impacts/documentation',
    summary: 'What each impact is, and its unit',
    collection: 'impacts_documentation',
    key: 'code',
    ofMethod: impactDefinitions.map(({ code, unit, labelFr }) => ({ code, description: labelFr, unit })),
    item: z.looseObject({ code: z.string(), description: z.string(), unit: z.string().optional() }),
  },
  {
    path: '/countries',
    summary: 'Countries',
    collection: 'countries',
    key: 'code',
    ofMethod: listCountries(),
    item: z.looseObject({ code: z.string(), name: z.string() }),
  },
  {
    path: '/materials',
    summary: 'Materials, with origin and default country',
    collection: 'materials',
    key: 'id',
    ofMethod: listMaterialDetails(),
    item: named,
  },
  {
    path: '/products',
    summary: 'Product types, with what the method supposes of each',
    collection: 'products',
    key: 'id',
    ofMethod: listProductDetails(),
    item: named,
  },
  {
    path: '/processes',
    summary: 'Fabric processes',
    collection: 'fabricProcess',
    key: 'id',
    ofMethod: listFabrics(),
    item: named,
  },
  { path: '/trims', summary: 'Trims', collection: null, key: 'id', ofMethod: listTrims(), item: named },
];

const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  503: errorDetailSchema.describe('The database is away; Retry-After tells when to try again'),
};

/** The lists that queries choose from: upstream's as extraction stored them, with what the method knows of each item. */
export function referenceRoutes({ store, cache, access }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    for (const { path, summary, collection, key, ofMethod, item } of LISTS) {
      const known = new Map(ofMethod.map((entry) => [entry[key], entry]));
      app.get(
        path,
        {
          schema: {
            tags: ['Reference'],
            security: [{ apiKey: [] }],
            summary,
            response: { 200: z.array(item), ...unchanged, ...failures },
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
