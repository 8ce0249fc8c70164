import { randomUUID } from 'node:crypto';
import { RefusedError } from '@ecobalyse/http-kit';
import { type CatalogueContent, changedFields, type FlatSource, toImpactItem } from '@ecobalyse/product-documents';
import {
  BUILT_IN_CATALOGUES,
  type BuiltInCatalogue,
  type CatalogueChangeView,
  type CatalogueProductView,
  type CatalogueSort,
  type CatalogueView,
  isBuiltIn,
  type Language,
  takesProducts,
  withWarningsIn,
} from '@ecobalyse/schema';
import {
  type Catalogue,
  type CatalogueChange,
  type CatalogueFilter,
  type CatalogueHistoryEntry,
  type CataloguePage,
  type CatalogueProduct,
  countCatalogueProducts,
  countFound,
  countProductsOf,
  findCatalogue,
  type ImpactFilter,
  type NewChange,
  type SearchBounds,
  type Store,
  searchImpacts,
  streamImpacts,
  type Viewer,
} from '@ecobalyse/store';
import type { FastifyRequest } from 'fastify';

/** A catalogue that is not in the bin. @throws RefusedError when there is none that its viewer sees, or it is the platform's. */
export async function ownCatalogue(store: Store, viewer: Viewer, id: string): Promise<Catalogue> {
  if (isBuiltIn(id)) throw new RefusedError('catalogue_built_in');
  const found = await findCatalogue(store, viewer, id);
  if (!found || found.deleted_at !== null) throw new RefusedError('catalogue_unknown');
  return found;
}

/** The catalogue that products are for; null for those that are for none, which is what the platform's `api` holds. */
export async function catalogueForProducts(
  store: Store,
  viewer: Viewer,
  id: string | null | undefined,
): Promise<string | null> {
  if (id === null || id === undefined) return null;
  if (isBuiltIn(id) && takesProducts(id)) return null;
  return (await ownCatalogue(store, viewer, id))._id;
}

/** A change that a request makes. */
export const newChange = (request: FastifyRequest, catalogue: string, kind: NewChange['kind']): NewChange => ({
  _id: randomUUID(),
  catalogue,
  kind,
  at: new Date(),
  by: request.caller?.name ?? null,
  file: null,
  job: null,
});

const shownCatalogue = (
  { _id, name, created_at, created_by, owner = null, deleted_at }: Catalogue,
  products: number,
): CatalogueView => ({
  id: _id,
  name,
  built_in: false,
  products,
  created_at: created_at.toISOString(),
  created_by,
  owner,
  deleted_at: deleted_at?.toISOString() ?? null,
});

/** A catalogue as the API tells of it. */
export const catalogueView = async (
  store: Store,
  catalogue: Catalogue,
  bounds: SearchBounds = {},
): Promise<CatalogueView> => shownCatalogue(catalogue, await countCatalogueProducts(store, catalogue._id, bounds));

/** Some catalogues, in their order. */
export async function catalogueViews(
  store: Store,
  catalogues: readonly Catalogue[],
  bounds: SearchBounds = {},
): Promise<CatalogueView[]> {
  const ids = catalogues.map(({ _id }) => _id);
  const counts = await countProductsOf(store, ids, bounds);
  return catalogues.map((one) => shownCatalogue(one, counts.get(one._id) ?? 0));
}

/** A catalogue of the platform, in the language of its reader. */
export const builtInView = async (
  store: Store,
  id: BuiltInCatalogue,
  language: Language,
  bounds: SearchBounds = {},
): Promise<CatalogueView> => ({
  id,
  name: BUILT_IN_CATALOGUES[id][language],
  built_in: true,
  products: await countFound(store, { catalogue: id }, bounds),
  created_at: null,
  created_by: null,
  owner: null,
  deleted_at: null,
});

const versionView = ({ search: _search, ...content }: CatalogueContent, created_at: Date, language: Language) => ({
  ...withWarningsIn(content, language),
  // Versions that were stored before there were rules have none.
  state: content.state ?? null,
  created_at: created_at.toISOString(),
});

/** What is told of a product without looking at others. */
export type UnplacedProduct = Omit<CatalogueProductView, 'percentile'>;

/** A product of a catalogue as the API tells of it, also one that is gone. */
export function productView(product: CatalogueProduct, language: Language): UnplacedProduct {
  const { _id, catalogue, content, previous, change, created_at, updated_at } = product;
  return {
    id: _id,
    catalogue,
    ...versionView((content ?? previous) as CatalogueContent, created_at, language),
    updated_at: updated_at.toISOString(),
    change,
  };
}

export const changeFacts = ({ kind, at, by, file, job, undone_by }: Omit<CatalogueChange, '_id' | 'catalogue'>) => ({
  kind: kind satisfies CatalogueChangeView['kind'],
  at: at.toISOString(),
  by,
  file,
  job,
  undone_by,
});

/** An entry of a product's history, with the change that it belongs to. */
export function historyView(
  { change, line, before, after }: CatalogueHistoryEntry,
  ofChange: CatalogueChange,
  created_at: Date,
  language: Language,
) {
  return {
    change,
    ...changeFacts(ofChange),
    line,
    fields: changedFields(before, after),
    before: before && versionView(before, created_at, language),
    after: after && versionView(after, created_at, language),
  };
}

/** What documents of `impacts` are sorted by for an order of a catalogue's products: they have no names of their own. */
const IMPACT_ORDERS: Partial<Record<CatalogueSort, string>> = {
  reference: 'md5_id',
  name: 'md5_id',
  brand: 'md5_id',
  collection: 'md5_id',
  season: 'md5_id',
  updated_at: 'created_at',
};

/** What a filter asks of the documents of a catalogue of the platform; null where it asks for what they do not have. */
function builtInFilter(
  catalogue: BuiltInCatalogue,
  { reference, brand, tag, collection, season, gtin, change, ...filter }: CatalogueFilter,
): ImpactFilter | null {
  const isOwners = [brand, tag, collection, season, gtin, change].some((asked) => asked !== undefined);
  return isOwners ? null : { ...filter, catalogue, md5Id: reference };
}

/** A product of a catalogue of the platform, in the form of the others: it is known by its identity. */
function builtInProduct(document: FlatSource, catalogue: BuiltInCatalogue, language: Language): UnplacedProduct {
  const item = toImpactItem(document);
  const { md5_id, created_at } = item;
  const platform = document._platform as { query?: Record<string, unknown> } | undefined;
  return {
    ...withWarningsIn(item, language),
    id: md5_id as string,
    catalogue,
    reference: md5_id as string,
    md5_id: md5_id as string,
    ...{ name: null, brand: null, gtins: [], collection: null, season: null, tags: [], link: null },
    query: platform?.query ?? {},
    updated_at: created_at as string,
    change: null,
  };
}

/** A page of a catalogue of the platform. */
export async function builtInProducts(
  store: Store,
  catalogue: BuiltInCatalogue,
  filter: CatalogueFilter,
  { order: { by, descending }, offset, limit }: CataloguePage,
  language: Language,
  bounds: SearchBounds,
): Promise<{ total: number; items: UnplacedProduct[] }> {
  const wanted = builtInFilter(catalogue, filter);
  if (wanted === null) return { total: 0, items: [] };
  const order = { by: IMPACT_ORDERS[by] ?? by, descending };
  const [total, found] = await Promise.all([
    countFound(store, wanted, bounds),
    searchImpacts(store, wanted, { order, offset, limit }, bounds),
  ]);
  return { total, items: found.map((document) => builtInProduct(document, catalogue, language)) };
}

/** All products of a catalogue of the platform that a filter finds, batch by batch. */
export async function* streamBuiltIn(
  store: Store,
  catalogue: BuiltInCatalogue,
  filter: CatalogueFilter,
  language: Language,
): AsyncGenerator<UnplacedProduct[]> {
  const wanted = builtInFilter(catalogue, filter);
  if (wanted === null) return;
  for await (const documents of streamImpacts(store, wanted))
    yield documents.map((document) => builtInProduct(document, catalogue, language));
}
