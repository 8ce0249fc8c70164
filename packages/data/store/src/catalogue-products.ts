import type { CatalogueSort } from '@ecobalyse/schema';
import type { Document, Filter, Sort } from 'mongodb';
import { type Viewer, visibleCatalogues } from './catalogues.js';
import type { Store } from './connection.js';
import { batchesOf, READ_BATCH } from './cursor-batches.js';
import { asked, type FilterPaths, type ImpactFilter, impactQuery } from './impact-filter.js';
import { mostCounted, type VersionCount } from './method-versions.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';
import type { CatalogueProduct } from './stored-documents.js';

/** What a search of a catalogue asks for: as of `impacts`, and what products are known by. */
export interface CatalogueFilter extends ImpactFilter {
  reference?: string | undefined;
  brand?: string | undefined;
  tag?: string | undefined;
  collection?: string | undefined;
  season?: string | undefined;
  gtin?: string | undefined;
  /** Change that made the product what it is. */
  change?: string | undefined;
}

/** An order of products; those that are equal by it are ordered by reference. */
export interface CataloguePage {
  order: { by: CatalogueSort; descending: boolean };
  offset: number;
  limit: number;
}

const PATHS: FilterPaths = {
  md5Id: 'content.md5_id',
  product: 'content.product_id',
  materials: 'content.materials.id',
  materialCountries: 'content.materials.country',
  countries: {
    countrySpinning: 'content.country_spinning',
    countryFabric: 'content.country_fabric',
    countryDyeing: 'content.country_dyeing',
    countryMaking: 'content.country_making',
  },
  scenario: 'content.scenario',
  ecs: 'content.ecs',
  mass: 'content.mass',
  state: 'content.state',
  warnings: 'content.warnings.id',
  methodVersion: 'content.method_version',
  ofProcess: (process) => ({ 'content.fabric_process': process }),
  // Letters and digits only, which mean nothing else in a regular expression; signs alone are found nowhere.
  withText: ({ plain }) => [{ 'content.search': plain ? { $regex: ` ${plain}` } : '' }],
};

const productsOf = (store: Store) => store.collection('catalogue_products');

/** Products of a catalogue that a filter finds, as a MongoDB query. */
function catalogueQuery(catalogue: string, filter: CatalogueFilter): Filter<CatalogueProduct> {
  const { reference, brand, tag, collection, season, gtin, change } = filter;
  const own = {
    catalogue,
    live: true,
    reference,
    'content.brand': brand,
    'content.tags': tag,
    'content.collection': collection,
    'content.season': season,
    'content.gtins': gtin,
    change,
  };
  return { ...asked(own), ...impactQuery(filter, PATHS) } as Filter<CatalogueProduct>;
}

const TOP_LEVEL: ReadonlySet<CatalogueSort> = new Set(['reference', 'created_at', 'updated_at']);

function sortOf({ by, descending }: CataloguePage['order']): Sort {
  const direction = descending ? -1 : 1;
  return { [TOP_LEVEL.has(by) ? by : `content.${by}`]: direction, reference: direction };
}

/** A page of the products of a catalogue that a filter finds. */
export function searchCatalogue(
  store: Store,
  catalogue: string,
  filter: CatalogueFilter,
  { order, offset, limit }: CataloguePage,
  bounds: SearchBounds = {},
): Promise<CatalogueProduct[]> {
  if (limit === 0) return Promise.resolve([]);
  return productsOf(store)
    .find<CatalogueProduct>(catalogueQuery(catalogue, filter), { projection: { previous: 0 }, ...boundsOf(bounds) })
    .sort(sortOf(order))
    .skip(offset)
    .limit(limit)
    .toArray();
}

/** Streams the products of a catalogue that a filter finds, by reference, in batches whose size does not depend on how many there are. */
export const streamCatalogue = (
  store: Store,
  catalogue: string,
  filter: CatalogueFilter = {},
): AsyncGenerator<CatalogueProduct[]> =>
  batchesOf(
    productsOf(store)
      .find(catalogueQuery(catalogue, filter), { projection: { previous: 0 }, batchSize: READ_BATCH, raw: true })
      .sort(sortOf({ by: 'reference', descending: false })),
  );

/** Barcode numbers that several products of a catalogue have, of those that a filter finds. */
export async function repeatedGtins(
  store: Store,
  catalogue: string,
  filter: CatalogueFilter = {},
): Promise<ReadonlySet<string>> {
  const found = productsOf(store)
    .find(catalogueQuery(catalogue, filter))
    .project<Pick<CatalogueProduct, 'content'>>({ _id: 0, 'content.gtins': 1 });
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for await (const { content } of found) {
    for (const gtin of content?.gtins ?? []) if (seen.size === seen.add(gtin).size) repeated.add(gtin);
  }
  return repeated;
}

/**
 * The version of the method that most products of a catalogue are by, of those that a filter finds and that tell theirs; of two the
 * later one.
 *
 * @returns null when none tells its version.
 */
export async function catalogueVersion(
  store: Store,
  catalogue: string,
  filter: CatalogueFilter = {},
): Promise<string | null> {
  const groups = await productsOf(store)
    .aggregate<VersionCount>([
      { $match: catalogueQuery(catalogue, filter) },
      { $group: { _id: `$${PATHS.methodVersion}`, count: { $sum: 1 } } },
    ])
    .toArray();
  return mostCounted(groups);
}

/** How many products of a catalogue a filter finds. */
export const countInCatalogue = (
  store: Store,
  catalogue: string,
  filter: CatalogueFilter,
  bounds: SearchBounds = {},
): Promise<number> => productsOf(store).countDocuments(catalogueQuery(catalogue, filter), boundsOf(bounds));

/** Some products of a catalogue, also those that are gone. */
export const findCatalogueProducts = (
  store: Store,
  catalogue: string,
  ids: readonly string[],
): Promise<CatalogueProduct[]> =>
  productsOf(store)
    .find({ _id: { $in: [...ids] }, catalogue })
    .toArray();

/** Products that are told, of all that have one of some barcode numbers; for each number that was asked for. */
const MOST_HOLDERS = 50;

/** Products that have one of some barcode numbers, in whatever catalogue that somebody sees and that is not in the bin. */
export async function findGtinHolders(store: Store, viewer: Viewer, gtins: readonly string[]) {
  if (gtins.length === 0) return [];
  const found = await productsOf(store)
    .find({
      'content.gtins': { $in: [...gtins] },
      live: true,
      catalogue: { $in: await visibleCatalogues(store, viewer, false) },
    })
    .project<Document & Pick<CatalogueProduct, '_id' | 'catalogue' | 'reference' | 'content'>>({
      catalogue: 1,
      reference: 1,
      'content.gtins': 1,
    })
    .sort({ _id: 1 })
    .limit(MOST_HOLDERS * gtins.length)
    .toArray();
  const asked = new Set(gtins);
  return found.flatMap(({ _id, catalogue, reference, content }) =>
    (content?.gtins ?? [])
      .filter((gtin) => asked.has(gtin))
      .map((gtin) => ({ gtin, catalogue, product: _id, reference })),
  );
}

const olderIn = (catalogues: readonly string[], version: string): Filter<CatalogueProduct> => ({
  ...{ catalogue: { $in: [...catalogues] }, live: true },
  'content.method_version': { $ne: version },
});

/** How many products of some catalogues are by another version of the method. */
export const countOlderInCatalogues = (store: Store, catalogues: readonly string[], version: string): Promise<number> =>
  productsOf(store).countDocuments(olderIn(catalogues, version));

/** Products of a catalogue that are by another version of the method, in the order of their references, from one on. */
export const findOlderInCatalogue = (
  store: Store,
  catalogue: string,
  version: string,
  after: string,
  limit: number,
): Promise<CatalogueProduct[]> =>
  productsOf(store)
    .find({ ...olderIn([catalogue], version), reference: { $gt: after } })
    .sort({ reference: 1 })
    .limit(limit)
    .toArray();
