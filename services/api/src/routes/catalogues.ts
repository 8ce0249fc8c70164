import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { fault, invalidRequest, languageOf, RefusedError, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import { asKnown, checkKnownProduct, identify, type KnownProduct } from '@ecobalyse/product-documents';
import { addToCatalogue, OutdatedProductError } from '@ecobalyse/product-scoring';
import {
  BUILT_IN_IDS,
  type BuiltInCatalogue,
  catalogueAddition,
  catalogueChange,
  catalogueChangeParams,
  catalogueChangesAnswer,
  catalogueConfirmationAnswer,
  catalogueConflict,
  catalogueDeletedProducts,
  catalogueDeletion,
  catalogueDeletionAnswer,
  catalogueNotFound,
  catalogueParams,
  catalogueProductChange,
  catalogueProductDetails,
  catalogueProductParams,
  catalogueProductRequest,
  catalogueProductsAnswer,
  catalogueProductsQuery,
  catalogueRequest,
  catalogueSchema,
  cataloguesAnswer,
  cataloguesQuery,
  type FileProduct,
  failures,
  isBuiltIn,
  knownAsSchema,
  type Language,
  MOST_CATALOGUES,
  messageSchema,
  ownerUnknown,
  PRODUCT_FIELDS,
  pageQuery,
  productHistoryAnswer,
  undoAnswer,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import {
  applyChange,
  beginChange,
  type CatalogueChange,
  type CatalogueProduct,
  changeCatalogue,
  confirmImpacts,
  countCatalogues,
  countInCatalogue,
  countOwnedCatalogues,
  countTouched,
  createCatalogue,
  deleteCatalogue,
  findCatalogue,
  findCatalogueProducts,
  findChange,
  findChanges,
  findConflicts,
  findDocument,
  findGtinHolders,
  findProductJob,
  findSimulation,
  isCatalogueBusy,
  listApiKeys,
  listCatalogues,
  listChanges,
  listHistory,
  markUndone,
  type NewChange,
  purgeCatalogue,
  restoreCatalogue,
  searchCatalogue,
  takeBack,
} from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { sendFresh } from '../cached-answer.js';
import {
  builtInProducts,
  builtInView,
  catalogueView,
  catalogueViews,
  changeFacts,
  historyView,
  newChange,
  ownCatalogue,
  productView,
} from '../catalogue-views.js';
import type { ApiDependencies } from '../dependencies.js';
import { toCatalogueFilter } from '../impact-filters.js';
import { NOT_ADDED, sendNotAdded } from '../not-added.js';
import { withPercentiles } from '../percentiles.js';
import { isOpen } from '../product-job-view.js';

/** Orders that an index gives, of a whole catalogue. */
const INDEXED_ORDERS: ReadonlySet<string> = new Set(['reference', 'ecs', 'updated_at']);

/** What a step of a change says of its product. */
const stepOf = ({ _id, reference }: Pick<CatalogueProduct, '_id' | 'reference'>) => ({
  id: _id,
  reference,
  line: null,
});

/** Times that a change of a product is made anew because others are faster. */
const MOST_TRIES = 10;
/** They part by chance, the longer the more of them there are. */
const PAUSE_MS = 10;

/** `/catalogues…`: named sets of products as somebody knows them, their history and how to take changes back. */
export function catalogueRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, cache, access, upstreamDeadlineMs } = dependencies;
  const common = { tags: ['Catalogues'], security: [{ apiKey: [] }] };
  const whenRead = { ...failures(403, 422, 503), ...catalogueNotFound };
  const whenChanged = { ...whenRead, ...catalogueConflict };
  const whenScored = { ...failures(403, 429, 503), ...NOT_ADDED, ...catalogueNotFound, ...catalogueConflict };

  async function productOf(catalogue: string, id: string): Promise<CatalogueProduct> {
    const [found] = await findCatalogueProducts(store, catalogue, [id]);
    if (!found) throw new RefusedError('product_not_found');
    return found;
  }
  async function liveProductOf(catalogue: string, id: string): Promise<CatalogueProduct> {
    const found = await productOf(catalogue, id);
    if (!found.live) throw new RefusedError('product_not_found');
    return found;
  }

  async function detailsOf(request: FastifyRequest, product: CatalogueProduct) {
    const language = languageOf(request);
    const holders = await findGtinHolders(store, viewerOf(request), product.content?.gtins ?? []);
    const notes = holders
      .filter((holder) => holder.product !== product._id)
      .map((holder) => ({ code: 'gtin_repeated' as const, ...holder }));
    const [view] = await withPercentiles(store, [productView(product, language)]);
    return { ...(view as NonNullable<typeof view>), notes };
  }

  /** The owner that a request names, which only admins may do; undefined when it names none. */
  async function givenOwner(request: FastifyRequest, owner: string | null | undefined) {
    if (owner === undefined) return undefined;
    if (request.caller?.role !== 'admin') throw new RefusedError('role_needed', { role: 'admin' });
    const isKnown =
      owner === null ||
      access.ofSettings.some(({ name }) => name === owner) ||
      (await listApiKeys(store)).some(({ name, revoked_at }) => name === owner && !revoked_at);
    if (!isKnown) throw new RefusedError('api_key_unknown');
    return owner;
  }

  /** Scores a product and puts it into a catalogue; answers what it is then, or why not. */
  async function put(
    request: FastifyRequest,
    reply: FastifyReply,
    known: KnownProduct,
    change: NewChange,
    madeFrom?: number,
  ) {
    const outcome = await addToCatalogue(known, change, dependencies, upstreamDeadlineMs, madeFrom);
    if (outcome.status === 'refused' || outcome.status === 'failed') return sendNotAdded(request, reply, outcome);
    request.log.info({ product: outcome.id, status: outcome.status }, 'product put into a catalogue');
    const product = await productOf(change.catalogue, outcome.id);
    return reply.send({ status: outcome.status, ...(await detailsOf(request, product)) });
  }

  /** Confirms the doubtful ones among products of a catalogue as one change; others, and those that are gone, are passed over. */
  async function confirm(request: FastifyRequest, catalogue: string, ids: readonly string[]) {
    const change = newChange(request, catalogue, 'confirm');
    const products = await findCatalogueProducts(store, catalogue, ids);
    const steps = await applyChange(
      store,
      change,
      products.flatMap(({ _id, reference, content, version }) =>
        content?.state === 'to-check'
          ? [{ ...stepOf({ _id, reference }), content: { ...content, state: 'confirmed' as const }, madeFrom: version }]
          : [],
      ),
    );
    const confirmed = steps.filter((step) => step === 'changed').length;
    return { confirmed, change: confirmed > 0 ? change._id : null };
  }

  /** The same for products of a catalogue of the platform: they are documents of `impacts`. */
  async function confirmStored(request: FastifyRequest, ids: readonly string[]) {
    const { by, at } = newChange(request, '', 'confirm');
    return { confirmed: await confirmImpacts(store, cache, ids, { by, at }), change: null };
  }

  /** Deletes products of a catalogue as one change. */
  async function remove(request: FastifyRequest, catalogue: string, ids: readonly string[]) {
    const change = newChange(request, catalogue, 'delete');
    const products = (await findCatalogueProducts(store, catalogue, ids)).filter(({ live }) => live);
    if (products.length === 0) throw new RefusedError('product_not_found');
    const steps = await applyChange(
      store,
      change,
      products.map((product) => ({ ...stepOf(product), content: null })),
    );
    const deleted = steps.filter((step) => step === 'deleted').length;
    request.log.info({ catalogue, deleted }, 'products of a catalogue deleted');
    return { deleted, change: change._id };
  }

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader', 'writer'));

    app.get(
      '/catalogues',
      {
        schema: {
          ...common,
          operationId: 'listCatalogues',
          summary: 'The catalogues',
          description: 'Those of the platform first, then the others by name; or those in the bin.',
          querystring: cataloguesQuery,
          response: { 200: cataloguesAnswer, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const { deleted, offset, limit } = request.query;
        const language = languageOf(request);
        tellLanguage(reply, language);
        const ofPlatform = deleted ? [] : BUILT_IN_IDS;
        const first = ofPlatform.slice(offset, offset + limit);
        return sendFresh(request, reply, {
          scans: true,
          async compute(bounds) {
            const page = { offset: Math.max(0, offset - ofPlatform.length), limit: limit - first.length };
            const [count, own] = await Promise.all([
              countCatalogues(store, viewerOf(request), deleted),
              listCatalogues(store, viewerOf(request), deleted, page),
            ]);
            const [builtIn, others] = await Promise.all([
              Promise.all(first.map((id) => builtInView(store, id, language, bounds))),
              catalogueViews(store, own, bounds),
            ]);
            return { total: ofPlatform.length + count, offset, limit, items: [...builtIn, ...others] };
          },
        });
      },
    );

    app.post(
      '/catalogues',
      {
        schema: {
          ...common,
          operationId: 'createCatalogue',
          summary: 'Make a catalogue',
          body: catalogueRequest,
          response: { 200: catalogueSchema, ...failures(403, 422, 503), ...ownerUnknown, ...catalogueConflict },
        },
      },
      async (request) => {
        const { name } = request.body;
        const maker = request.caller?.name ?? null;
        const given = await givenOwner(request, request.body.owner);
        const owner = given === undefined ? maker : given;
        if ((await countOwnedCatalogues(store, owner)) >= MOST_CATALOGUES)
          throw new RefusedError('too_many_catalogues', { most: MOST_CATALOGUES });
        const catalogue = { _id: randomUUID(), name, created_at: new Date(), created_by: maker, owner };
        request.subject = catalogue._id;
        if (!(await createCatalogue(store, catalogue))) throw new RefusedError('catalogue_name_taken', { name });
        return catalogueView(store, { ...catalogue, deleted_at: null });
      },
    );

    app.get(
      '/catalogues/:id',
      {
        schema: {
          ...common,
          operationId: 'getCatalogue',
          summary: 'One catalogue, also one in the bin',
          params: catalogueParams,
          response: { 200: catalogueSchema, ...whenRead },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const language = languageOf(request);
        // Others are named by their owners.
        if (isBuiltIn(id)) tellLanguage(reply, language);
        const own = isBuiltIn(id) ? null : await findCatalogue(store, viewerOf(request), id);
        if (!isBuiltIn(id) && !own) throw new RefusedError('catalogue_unknown');
        return sendFresh(request, reply, {
          scans: true,
          compute: async (bounds) =>
            own ? catalogueView(store, own, bounds) : builtInView(store, id as BuiltInCatalogue, language, bounds),
        });
      },
    );

    app.patch(
      '/catalogues/:id',
      {
        schema: {
          ...common,
          operationId: 'renameCatalogue',
          summary: 'Rename a catalogue, or give it to another key',
          params: catalogueParams,
          body: catalogueChange,
          response: { 200: catalogueSchema, ...whenChanged },
        },
      },
      async (request) => {
        const catalogue = await ownCatalogue(store, viewerOf(request), request.params.id);
        const owner = await givenOwner(request, request.body.owner);
        const { name = catalogue.name } = request.body;
        // What is on its way was let in for another.
        if (owner !== undefined && (await isCatalogueBusy(store, catalogue._id)))
          throw new RefusedError('catalogue_busy');
        const change = { name, ...(owner !== undefined && { owner }) };
        if (!(await changeCatalogue(store, catalogue._id, change)))
          throw new RefusedError('catalogue_name_taken', { name });
        return catalogueView(store, { ...catalogue, ...change });
      },
    );

    app.delete(
      '/catalogues/:id',
      {
        schema: {
          ...common,
          operationId: 'deleteCatalogue',
          summary: 'Put a catalogue into the bin, or purge one that is there',
          description: 'In the bin nothing is lost, and the name is free. A purge forgets products, history and all.',
          params: catalogueParams,
          querystring: catalogueDeletion,
          response: { 200: messageSchema, ...whenChanged },
        },
      },
      async (request) => {
        const { id } = request.params;
        if (!request.query.purge) {
          await deleteCatalogue(store, (await ownCatalogue(store, viewerOf(request), id))._id);
          return { message: 'Catalogue deleted' };
        }
        await inBin(request, id);
        if (await isCatalogueBusy(store, id)) throw new RefusedError('catalogue_busy');
        await purgeCatalogue(store, id);
        request.log.info({ catalogue: id }, 'catalogue purged');
        return { message: 'Catalogue purged' };
      },
    );

    /** A catalogue that is in the bin. */
    async function inBin(request: FastifyRequest, id: string) {
      if (isBuiltIn(id)) throw new RefusedError('catalogue_built_in');
      const found = await findCatalogue(store, viewerOf(request), id);
      if (!found) throw new RefusedError('catalogue_unknown');
      if (found.deleted_at === null) throw new RefusedError('catalogue_not_deleted');
      return found;
    }

    app.post(
      '/catalogues/:id/restore',
      {
        schema: {
          ...common,
          operationId: 'restoreCatalogue',
          summary: 'Take a catalogue out of the bin',
          params: catalogueParams,
          response: { 200: catalogueSchema, ...whenChanged },
        },
      },
      async (request) => {
        const catalogue = await inBin(request, request.params.id);
        const { _id, name } = catalogue;
        if (!(await restoreCatalogue(store, _id))) throw new RefusedError('catalogue_name_taken', { name });
        return catalogueView(store, { ...catalogue, deleted_at: null });
      },
    );

    app.get(
      '/catalogues/:id/products',
      {
        schema: {
          ...common,
          operationId: 'searchCatalogue',
          summary: 'Search the products of a catalogue',
          description: 'A page of the products that all filters let through; none is an empty page.',
          params: catalogueParams,
          querystring: catalogueProductsQuery,
          response: { 200: catalogueProductsAnswer, ...whenRead },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { sort: order, offset, limit } = request.query;
        const filter = toCatalogueFilter(request.query);
        const page = { order, offset, limit };
        const language = readersLanguage(request, reply);
        if (!isBuiltIn(id)) await ownCatalogue(store, viewerOf(request), id);
        return sendFresh(request, reply, {
          scans: !INDEXED_ORDERS.has(order.by) || Object.values(filter).some((asked) => asked !== undefined),
          async compute(bounds) {
            if (isBuiltIn(id)) {
              const { total, items } = await builtInProducts(store, id, filter, page, language, bounds);
              return { total, offset, limit, items: await withPercentiles(store, items) };
            }
            const [total, found] = await Promise.all([
              countInCatalogue(store, id, filter, bounds),
              searchCatalogue(store, id, filter, page, bounds),
            ]);
            const views = found.map((one) => productView(one, language));
            return { total, offset, limit, items: await withPercentiles(store, views) };
          },
        });
      },
    );

    app.post(
      '/catalogues/:id/products',
      {
        schema: {
          ...common,
          operationId: 'addToCatalogue',
          summary: 'Score a product and put it into a catalogue',
          description:
            'Under a reference that is there already the product is changed; the same product is left as it is. Without a ' +
            'reference it is known by its identity.',
          params: catalogueParams,
          body: catalogueProductRequest,
          response: { 200: catalogueAddition, ...whenScored },
        },
      },
      async (request, reply) => {
        const { _id } = await ownCatalogue(store, viewerOf(request), request.params.id);
        const known = knownOf(request.body);
        request.subject = known.reference;
        await app.takeProducts(request, reply, 1);
        return put(request, reply, known, newChange(request, _id, 'add')) as never;
      },
    );

    app.delete(
      '/catalogues/:id/products',
      {
        schema: {
          ...common,
          operationId: 'deleteFromCatalogue',
          summary: 'Delete products of a catalogue, as one change',
          params: catalogueParams,
          body: catalogueDeletedProducts,
          response: { 200: catalogueDeletionAnswer, ...whenChanged },
        },
      },
      async (request) =>
        remove(request, (await ownCatalogue(store, viewerOf(request), request.params.id))._id, request.body.ids),
    );

    app.post(
      '/catalogues/:id/confirm',
      {
        schema: {
          ...common,
          operationId: 'confirmProducts',
          summary: 'Confirm doubtful products',
          description:
            'They are right as they are: from then on they count in statistics and training, until they are described otherwise. ' +
            'Who confirmed a product, and when, is in its history. Those that are not to be checked are passed over.',
          params: catalogueParams,
          body: catalogueDeletedProducts,
          response: { 200: catalogueConfirmationAnswer, ...whenRead },
        },
      },
      async (request) => {
        const { id } = request.params;
        const { ids } = request.body;
        const answer = isBuiltIn(id)
          ? await confirmStored(request, ids)
          : await confirm(request, (await ownCatalogue(store, viewerOf(request), id))._id, ids);
        request.log.info({ catalogue: id, confirmed: answer.confirmed }, 'doubtful products confirmed');
        return answer;
      },
    );

    app.get(
      '/catalogues/:id/products/:product',
      {
        schema: {
          ...common,
          operationId: 'getCatalogueProduct',
          summary: 'One product of a catalogue, whole',
          params: catalogueProductParams,
          response: { 200: catalogueProductDetails, ...whenRead },
        },
      },
      async (request, reply) => {
        const { id, product: productId } = request.params;
        const language = readersLanguage(request, reply);
        return sendFresh(request, reply, {
          async compute(bounds) {
            if (isBuiltIn(id)) {
              const page = { order: { by: 'reference', descending: false }, offset: 0, limit: 1 } as const;
              const wanted = { reference: productId };
              const [item] = (await builtInProducts(store, id, wanted, page, language, bounds)).items;
              if (!item) throw new RefusedError('product_not_found');
              const [placed] = await withPercentiles(store, [item]);
              return { ...placed, notes: [], simulation: await findDocument(store, item.md5_id, bounds) };
            }
            await ownCatalogue(store, viewerOf(request), id);
            const details = await detailsOf(request, await liveProductOf(id, productId));
            return { ...details, simulation: await findSimulation(store, details.md5_id, details.method_version) };
          },
        });
      },
    );

    app.patch(
      '/catalogues/:id/products/:product',
      {
        schema: {
          ...common,
          operationId: 'changeCatalogueProduct',
          summary: 'Change some fields of a product',
          description: 'Fields that are not given stay; null takes one away. A product keeps its reference.',
          params: catalogueProductParams,
          body: catalogueProductChange,
          response: { 200: catalogueAddition, ...whenScored },
        },
      },
      async (request, reply) => {
        const { id, product: productId } = request.params;
        const { _id } = await ownCatalogue(store, viewerOf(request), id);
        for (let tries = 1; ; tries += 1) {
          const product = await liveProductOf(_id, productId);
          const known = changed(product, request.body);
          if (tries === 1) await app.takeProducts(request, reply, 1);
          try {
            return (await put(request, reply, known, newChange(request, _id, 'change'), product.version)) as never;
          } catch (error) {
            // Somebody else was faster: what he changed is kept, too.
            if (!(error instanceof OutdatedProductError) || tries === MOST_TRIES) throw error;
            await wait(Math.random() * PAUSE_MS * tries);
          }
        }
      },
    );

    app.delete(
      '/catalogues/:id/products/:product',
      {
        schema: {
          ...common,
          operationId: 'deleteCatalogueProduct',
          summary: 'Delete a product of a catalogue',
          params: catalogueProductParams,
          response: { 200: catalogueDeletionAnswer, ...whenChanged },
        },
      },
      async (request) => {
        const { id, product } = request.params;
        return remove(request, (await ownCatalogue(store, viewerOf(request), id))._id, [product]);
      },
    );

    app.get(
      '/catalogues/:id/products/:product/history',
      {
        schema: {
          ...common,
          operationId: 'getCatalogueProductHistory',
          summary: 'What happened to a product, the last first, also of one that is gone',
          params: catalogueProductParams,
          querystring: pageQuery,
          response: { 200: productHistoryAnswer, ...whenRead },
        },
      },
      async (request, reply) => {
        const { id, product: productId } = request.params;
        const { offset, limit } = request.query;
        const language = readersLanguage(request, reply);
        return sendFresh(request, reply, {
          async compute() {
            if (isBuiltIn(id)) return { total: 0, offset, limit, items: [] };
            await ownCatalogue(store, viewerOf(request), id);
            const product = await productOf(id, productId);
            const { total, items } = await listHistory(store, product, offset, limit);
            const changes = await findChanges(
              store,
              items.map(({ change }) => change),
            );
            const view = (entry: (typeof items)[number]) =>
              historyView(entry, changes.get(entry.change) as CatalogueChange, product.created_at, language);
            return { total, offset, limit, items: items.map(view) };
          },
        });
      },
    );

    app.get(
      '/catalogues/:id/changes',
      {
        schema: {
          ...common,
          operationId: 'listCatalogueChanges',
          summary: 'What changed a catalogue, the last first',
          params: catalogueParams,
          querystring: pageQuery,
          response: { 200: catalogueChangesAnswer, ...whenRead },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { offset, limit } = request.query;
        return sendFresh(request, reply, {
          async compute() {
            if (isBuiltIn(id)) return { total: 0, offset, limit, items: [] };
            await ownCatalogue(store, viewerOf(request), id);
            const { total, items } = await listChanges(store, id, offset, limit);
            const views = items.map(async (change) => ({
              id: change._id,
              ...changeFacts(change),
              products: await countTouched(store, change._id),
            }));
            return { total, offset, limit, items: await Promise.all(views) };
          },
        });
      },
    );

    app.post(
      '/catalogues/:id/changes/:change/undo',
      {
        schema: {
          ...common,
          operationId: 'undoCatalogueChange',
          summary: 'Take a change back',
          description:
            'Each product whose last change it is becomes what it was before; products that were changed later stay, and are ' +
            'told. Asking again goes on where it was broken off. An undoing is a change that can be undone itself.',
          params: catalogueChangeParams,
          response: { 200: undoAnswer, ...whenChanged },
        },
      },
      async (request) => {
        const { id, change: changeId } = request.params;
        const { _id: catalogue } = await ownCatalogue(store, viewerOf(request), id);
        const change = await findChange(store, changeId);
        if (change?.catalogue !== catalogue) throw new RefusedError('change_unknown');
        const job = change.job === null ? null : await findProductJob(store, change.job);
        if (job && isOpen(job)) throw new RefusedError('catalogue_busy');
        const undo = newChange(request, catalogue, 'undo');
        undo._id = (await markUndone(store, changeId, undo._id)) as string;
        await beginChange(store, undo);
        await takeBack(store, changeId, undo);
        const [undone, conflicts] = await Promise.all([
          countTouched(store, undo._id),
          findConflicts(store, changeId, undo._id),
        ]);
        request.log.info({ change: changeId, undone, conflicts: conflicts.length }, 'change of a catalogue undone');
        return { change: undo._id, undone, conflicts };
      },
    );
  };
}

/** The language of warnings: the answer says that it depends on who asks. */
function readersLanguage(request: FastifyRequest, reply: FastifyReply): Language {
  const language = languageOf(request);
  tellLanguage(reply, language);
  return language;
}

/** Takes the description of a body apart from what the product is known by. */
function knownOf(body: z.output<typeof catalogueProductRequest>): KnownProduct {
  const ofProduct = Object.entries(body).filter(([name]) => PRODUCT_FIELDS.has(name));
  return asKnown(identify(Object.fromEntries(ofProduct) as FileProduct), body);
}

/**
 * A product with some fields changed.
 *
 * @throws RefusedError that names the fields which nobody knows, or which make no product.
 */
function changed({ reference, content }: CatalogueProduct, fields: Readonly<Record<string, unknown>>): KnownProduct {
  const known = [...PRODUCT_FIELDS, ...Object.keys(knownAsSchema.shape)];
  const unknown = Object.keys(fields).filter((name) => !known.includes(name));
  const values = { known: known.join(', ') };
  if (unknown.length > 0)
    throw invalidRequest(...unknown.map((name) => fault('unknown_field', ['body', name.slice(0, 100)], values)));
  if (![reference, undefined, null].includes(fields.reference as string))
    throw invalidRequest(fault('reference_fixed', ['body', 'reference']));
  const { query, name, brand, gtins, collection, season, tags, link } = content as NonNullable<typeof content>;
  const merged = { ...query, name, brand, gtins, collection, season, tags, link, ...fields, reference };
  const checked = checkKnownProduct(
    Object.fromEntries(Object.entries(merged).filter(([field, value]) => !(fields[field] === null && value === null))),
  );
  if (!('faults' in checked)) return checked;
  const apart = (text: string) => text.split(/: (.*)/s);
  const { en, fr } = checked.faults;
  throw invalidRequest(
    ...en.map((text, at) => {
      const [place = '', msg = text] = apart(text);
      return {
        loc: ['body', ...place.split('.')],
        msg: { en: msg, fr: apart(fr[at] ?? text)[1] ?? msg },
        type: 'invalid_value',
      };
    }),
  );
}
