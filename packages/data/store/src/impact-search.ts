import { FLAT_SOURCE_FIELDS, type FlatSource } from '@ecobalyse/product-documents';
import { IMPACT_CODES, impactType } from '@ecobalyse/schema';
import type { Document, Sort } from 'mongodb';
import { completeDocuments } from './adopted-documents.js';
import type { Store } from './connection.js';
import { batchesOf, READ_BATCH } from './cursor-batches.js';
import { type ImpactFilter, impactQuery } from './impact-filter.js';
import { jsonOfBson } from './json-of-bson.js';
import { boundsOf, deadlineOf, type SearchBounds } from './search-bounds.js';

/** Where documents hold what they can be sorted by: `IMPACT_SORTS`. */
const SORT_PATHS: Readonly<Record<string, string>> = {
  md5_id: 'md5_id',
  product_id: 'product_id',
  product_name: 'inputs.product.name',
  source: '_platform.source',
  scenario: '_platform.scenario',
  method_version: '_platform.methodVersion',
  created_at: '_platform.createdAt',
  mass: 'inputs.mass',
  country_spinning: '_platform.query.countrySpinning',
  country_fabric: 'inputs.countryFabric.code',
  country_fabric_name: 'inputs.countryFabric.name',
  country_dyeing: 'inputs.countryDyeing.code',
  country_making: 'inputs.countryMaking.code',
  country_making_name: 'inputs.countryMaking.name',
  transport_air_km: 'transport.air',
  transport_road_km: 'transport.road',
  transport_sea_km: 'transport.sea',
  durability: 'durability',
  days_of_wear: 'daysOfWear',
  use_cycles: 'useNbCycles',
  ...Object.fromEntries(IMPACT_CODES.map((code) => [impactType(code), `impacts.${code}`])),
};

/** An order of documents: one of `IMPACT_SORTS`; those that are equal by it are ordered by identity. */
export interface ImpactOrder {
  by: string;
  descending: boolean;
}

export interface ImpactPage {
  order: ImpactOrder;
  offset: number;
  limit: number;
}

/** @throws RangeError for an order that is none of `IMPACT_SORTS`. */
function sortOf({ by, descending }: ImpactOrder): Sort {
  const path = SORT_PATHS[by];
  if (path === undefined) throw new RangeError(`documents cannot be sorted by ${by}`);
  const direction = descending ? -1 : 1;
  return path === 'md5_id' ? { md5_id: direction } : { [path]: direction, md5_id: direction };
}

const projectionOf = (fields: readonly string[]) =>
  Object.fromEntries([['_id', 0], ...fields.map((field) => [field, 1])]);

/** What a table shows of a document, beyond what its flat row is made from. */
const TABLE_FIELDS = [
  ...FLAT_SOURCE_FIELDS.filter((field) => !/^(impacts|_platform\.query)\./.test(field)),
  '_platform.query',
  'impacts.ecs',
  'impacts.pef',
  'inputs.materials.material.name',
  '_platform.createdAt',
];

/** A page of the documents that a filter finds, with what {@link flattenImpact} and a table need of them. */
export function searchImpacts(
  store: Store,
  filter: ImpactFilter,
  page: ImpactPage,
  bounds: SearchBounds = {},
): Promise<FlatSource[]> {
  if (page.limit === 0) return Promise.resolve([]);
  return store
    .collection('impacts')
    .find<FlatSource>(impactQuery(filter), { projection: projectionOf(TABLE_FIELDS), ...boundsOf(bounds) })
    .sort(sortOf(page.order))
    .skip(page.offset)
    .limit(page.limit)
    .toArray();
}

/** The same of all documents that a filter finds, by identity, in batches whose size does not depend on how many there are. */
export const streamImpacts = (store: Store, filter: ImpactFilter): AsyncGenerator<FlatSource[]> =>
  batchesOf(
    store
      .collection('impacts')
      .find(impactQuery(filter), { projection: projectionOf(TABLE_FIELDS), batchSize: READ_BATCH, raw: true })
      .sort({ md5_id: 1 }),
  );

/** How many documents a filter finds. */
export function countFound(store: Store, filter: ImpactFilter, bounds: SearchBounds = {}): Promise<number> {
  return store.collection('impacts').countDocuments(impactQuery(filter), boundsOf(bounds));
}

/** Fields of an answer: those that were asked for, with the identity and the product type; null for the whole document. */
type Fields = readonly string[] | null;

/** Without the fields that lie inside others: asking for both is refused by the database. */
const withoutInner = (fields: readonly string[]) =>
  [...new Set(fields)].filter((field) => !fields.some((other) => field.startsWith(`${other}.`)));

/** A page of the documents that a filter finds, without what the platform adds, as the JSON of a list; null when there is none. */
export async function findDocuments(
  store: Store,
  filter: ImpactFilter,
  { order, offset, limit }: ImpactPage,
  fields: Fields = null,
  bounds: SearchBounds = {},
): Promise<Buffer | null> {
  const found = await store
    .collection('impacts')
    .find<Buffer>(impactQuery(filter), {
      projection: fields ? projectionOf(withoutInner(['md5_id', 'product_id', ...fields])) : { _id: 0, _platform: 0 },
      raw: true,
      ...boundsOf(bounds),
    })
    .sort(sortOf(order))
    .skip(offset)
    .limit(limit)
    .toArray();
  return found.length === 0 ? null : jsonOfBson(found);
}

/**
 * Products with the lowest (`best`) or the highest (`worst`) mean of the 21 impacts, in that order: their inputs, or the
 * fields that are asked for, and `average_impacts`. The means of products that cover different numbers of impacts cannot be
 * compared: those that cover the most come first, then, ordered anew, those that cover fewer.
 */
export async function rankProducts(
  store: Store,
  filter: ImpactFilter,
  order: 'best' | 'worst',
  { offset, limit }: Omit<ImpactPage, 'order'>,
  fields: Fields = null,
  bounds: SearchBounds = {},
): Promise<Document[]> {
  // Those that another platform has written a moment ago.
  if (filter.products) await completeDocuments(store, impactQuery({ products: filter.products }), deadlineOf(bounds));
  const direction = order === 'best' ? 1 : -1;
  const documents = await store
    .collection('impacts')
    .find<Document>(impactQuery(filter), {
      projection: projectionOf([
        ...withoutInner(fields ? ['md5_id', 'product_id', ...fields] : ['inputs']),
        '_platform.averageImpacts',
        '_platform.coveredCount',
      ]),
      ...boundsOf(bounds),
    })
    .sort({ '_platform.coveredCount': -1, '_platform.averageImpacts': direction, md5_id: direction })
    .skip(offset)
    .limit(limit)
    .toArray();
  return documents.map(({ _platform: { averageImpacts, coveredCount }, ...shown }) => ({
    ...shown,
    average_impacts: averageImpacts,
    covered_impacts: coveredCount,
  }));
}

/** Conditions that an index answers; the country of fabric only together with product types. */
const INDEXED: ReadonlySet<string> = new Set<keyof ImpactFilter>(['products', 'materials', 'minEcs', 'maxEcs']);
/** Orders that an index gives. */
const INDEXED_ORDERS: ReadonlySet<string> = new Set(['md5_id', 'ecs', 'created_at']);

/** Whether a search reads about every document: no index leads to what it asks for, or to its order. */
export function needsScan(filter: ImpactFilter, order?: ImpactOrder): boolean {
  if (order && !INDEXED_ORDERS.has(order.by)) return true;
  return Object.entries(filter).some(
    ([name, value]) =>
      value !== undefined && !INDEXED.has(name) && !(name === 'countryFabric' && filter.products !== undefined),
  );
}

/** One whole document without what the platform adds; null when there is none. */
export function findDocument(store: Store, md5Id: string, bounds: SearchBounds = {}): Promise<Document | null> {
  return store
    .collection('impacts')
    .findOne<Document>({ md5_id: md5Id }, { projection: { _id: 0, _platform: 0 }, ...boundsOf(bounds) });
}
