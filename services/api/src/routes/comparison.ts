import { setImmediate } from 'node:timers/promises';
import {
  asLabel,
  attribute,
  comparisonTable,
  differingFields,
  type Effect,
  explain,
  FIELDS,
  type Garment,
  garmentOf,
  valueWords,
} from '@ecobalyse/comparison';
import {
  type Fault,
  fault,
  invalidRequest,
  languageOf,
  RefusedError,
  requireRole,
  tellLanguage,
} from '@ecobalyse/http-kit';
import { partWords } from '@ecobalyse/product-files';
import {
  type ComparedItem,
  type ComparisonAnswer,
  catalogueNotFound,
  catalogueProductParams,
  comparisonForm,
  comparisonQuery,
  comparisonRequest,
  comparisonSchema,
  documentParams,
  type ExplanationAnswer,
  explanationQuery,
  explanationSchema,
  failures,
  inLanguage,
  type Language,
  MOST_ITEM_CHARACTERS,
  simulationRequestSchema,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import type { SearchBounds, Viewer } from '@ecobalyse/store';
import { methodVersion, TextileQueryError } from '@ecobalyse/textile-method';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { sendFresh } from '../cached-answer.js';
import {
  catalogueGarment,
  comparedView,
  described,
  documentGarment,
  isTooLong,
  type KnownGarment,
  peersOf,
} from '../compared-products.js';
import type { ApiDependencies } from '../dependencies.js';
import { sendTable, TABLES } from '../file-answers.js';

const faultsOf = ({ errors }: TextileQueryError, at: Fault['loc']): Fault[] =>
  Object.entries(errors).map(([field, msg]) => ({
    loc: field === 'decoding' || field === 'general' ? at : [...at, field],
    msg,
    type: 'value_error',
  }));

/** Does something with garments. @throws RefusedError with the place of the one that the method refuses. */
function worked<T extends object>(language: Language, at: Fault['loc'], work: () => T): T {
  try {
    return inLanguage(language, work as never);
  } catch (error) {
    if (error instanceof TextileQueryError) throw invalidRequest(...faultsOf(error, at));
    throw error;
  }
}

/** A garment as the method works it out; how large a query may be bounds how long that takes thousands of times. */
function read({ query }: KnownGarment, language: Language, at: Fault['loc']): Garment {
  if (isTooLong(query)) throw invalidRequest(fault('too_long', at, { most: MOST_ITEM_CHARACTERS }));
  return worked(language, at, () => garmentOf(query));
}

const effectView = ({ words, fields, ...effect }: Effect) => ({
  ...effect,
  fields: [...fields],
  label: asLabel(words),
});

/** `/compare`: garments side by side; and why one costs what it costs. Nothing is stored. */
export function comparisonRoutes({ store, access }: Pick<ApiDependencies, 'store' | 'access'>): FastifyPluginAsyncZod {
  const security = [{ apiKey: [] }];

  const known = (
    viewer: Viewer,
    { md5_id, catalogue, product, query, name }: ComparedItem,
  ): Promise<KnownGarment | null> => {
    if (query !== undefined) return Promise.resolve(described(query, name ?? null));
    if (md5_id !== undefined) return documentGarment(store, md5_id);
    return catalogueGarment(store, viewer, catalogue as string, product as string);
  };

  async function compare(
    viewer: Viewer,
    { items, base }: z.output<typeof comparisonRequest>,
    at: Fault['loc'],
    language: Language,
  ): Promise<ComparisonAnswer> {
    const found = await Promise.all(items.map((item) => known(viewer, item)));
    const missing = found.flatMap((one, rank) => (one === null ? [fault('product_unknown', [...at, rank])] : []));
    if (missing.length > 0) throw invalidRequest(...missing);
    const products = found as KnownGarment[];
    const garments = products.map((one, rank) => read(one, language, [...at, rank]));
    const first = garments[base] as Garment;
    const attributions: ComparisonAnswer['attributions'] = [];
    for (const [rank, garment] of garments.entries()) {
      if (rank === base) continue;
      const { difference, effects } = worked(language, [...at, rank], () => attribute(first, garment));
      attributions.push({ product: rank, difference, effects: effects.map(effectView) });
      // Up to four thousand mixtures of each pair: others have their turn between them.
      await setImmediate();
    }
    return {
      method_version: methodVersion,
      base,
      products: products.map((one, rank) => comparedView(one, garments[rank] as Garment, language)),
      fields: differingFields(garments).map((field) => ({
        id: field,
        label: asLabel(FIELDS[field].words),
        values: garments.map((garment) => ({ value: garment.body[field] ?? null, text: valueWords(garment, field) })),
      })),
      attributions,
    };
  }

  async function sendComparison(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: z.output<typeof comparisonRequest>,
    { format, language = languageOf(request) }: z.output<typeof comparisonForm>,
    at: Fault['loc'],
  ) {
    const answer = await compare(viewerOf(request), asked, at, language);
    if (format === 'json')
      return tellLanguage(reply, language).header('cache-control', 'private, no-store').send(answer);
    return sendTable(reply, format, language, 'comparison', comparisonTable(answer, language));
  }

  async function explained(
    viewer: Viewer,
    one: KnownGarment,
    against: string,
    language: Language,
    bounds: SearchBounds,
  ): Promise<ExplanationAnswer> {
    const garment = read(one, language, ['body']);
    const peers = await peersOf(store, viewer, against, garment, one.scenario, bounds);
    const { sentence, cause, levers, against: attribution } = worked(language, ['body'], () => explain(garment, peers));
    return {
      sentence,
      product: comparedView(one, garment, language),
      cause: { ...cause, label: partWords(cause.part) },
      against: peers &&
        attribution && {
          catalogue: against,
          count: peers.count,
          place: peers.place,
          median: comparedView(peers.known, peers.median, language),
          difference: attribution.difference,
          effects: attribution.effects.map(effectView),
        },
      levers: [...levers],
    };
  }

  /** Explains a product that is known, or is none. */
  const sendExplanation = (
    request: FastifyRequest,
    reply: FastifyReply,
    against: string,
    find: (bounds: SearchBounds) => Promise<KnownGarment | null>,
  ) => {
    const language = languageOf(request);
    tellLanguage(reply, language);
    return sendFresh(request, reply, {
      scans: true,
      async compute(bounds) {
        const one = await find(bounds);
        if (one === null) throw new RefusedError('product_not_found');
        return explained(viewerOf(request), one, against, language, bounds);
      },
    });
  };

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    const ofComparison = {
      tags: ['Products'],
      security,
      response: {
        200: {
          description: 'The comparison',
          content: { 'application/json': { schema: comparisonSchema }, ...TABLES },
        },
        ...failures(403, 422, 503),
        ...catalogueNotFound,
      },
    };
    const description =
      'The parts of each cost, the fields in which they are told otherwise, and what each field makes of the difference to one of ' +
      'them: the Shapley value over all mixtures of the two, worked out by the method (docs/comparison.md). Documents by their md5_id, products of catalogues, and any garment. ';

    app.get(
      '/compare',
      {
        schema: {
          ...ofComparison,
          operationId: 'compareByAddress',
          summary: 'Compare products that an address names',
          description: `${description}The address keeps the comparison.`,
          querystring: comparisonQuery,
        },
      },
      async (request, reply) => {
        const { item: items, base, ...form } = request.query;
        if (base >= items.length) throw invalidRequest(fault('product_unknown', ['query', 'base']));
        return sendComparison(request, reply, { items, base }, form, ['query', 'item']);
      },
    );

    app.post(
      '/compare',
      {
        schema: {
          ...ofComparison,
          operationId: 'compare',
          summary: 'Compare two to eight products',
          description: `${description}Stores nothing.`,
          querystring: comparisonForm,
          body: comparisonRequest,
        },
      },
      async (request, reply) => sendComparison(request, reply, request.body, request.query, ['body', 'items']),
    );

    const ofExplanation = {
      security,
      querystring: explanationQuery,
      description:
        'What makes up the cost, what makes it stand above or below the median garment of its type, which change of one field would lower it most, and all of it in a sentence (docs/comparison.md).',
      response: { 200: explanationSchema, ...failures(403, 422, 503), ...catalogueNotFound },
    };

    app.post(
      '/explain',
      {
        schema: {
          ...ofExplanation,
          tags: ['Products'],
          operationId: 'explain',
          summary: 'Explain the cost of a garment',
          body: simulationRequestSchema,
        },
      },
      async (request, reply) =>
        sendExplanation(request, reply, request.query.against, async () => described(request.body)),
    );

    app.get(
      '/product/by-id/:md5_id/explanation',
      {
        schema: {
          ...ofExplanation,
          tags: ['Products'],
          operationId: 'explainProduct',
          summary: 'Explain the cost of a product',
          params: documentParams,
        },
      },
      async (request, reply) =>
        sendExplanation(request, reply, request.query.against, (bounds) =>
          documentGarment(store, request.params.md5_id, bounds),
        ),
    );

    app.get(
      '/catalogues/:id/products/:product/explanation',
      {
        schema: {
          ...ofExplanation,
          tags: ['Catalogues'],
          operationId: 'explainCatalogueProduct',
          summary: 'Explain the cost of a product of a catalogue',
          params: catalogueProductParams,
        },
      },
      async (request, reply) => {
        const { id, product } = request.params;
        return sendExplanation(request, reply, request.query.against, () =>
          catalogueGarment(store, viewerOf(request), id, product),
        );
      },
    );
  };
}
