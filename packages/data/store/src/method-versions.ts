import { flattenImpact } from '@ecobalyse/product-documents';
import { COST_PARTS, type ImpactDocument, type VersionChanges } from '@ecobalyse/schema';
import type { Collection, Document, Filter } from 'mongodb';
import type { Store } from './connection.js';
import { type ImpactFilter, impactQuery } from './impact-filter.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';
import type { CatalogueMethodChange, Costs, KeptVersion, MethodChange } from './stored-documents.js';

/** What stands for the version of an answer that does not tell it. */
export const UNKNOWN_VERSION = 'unknown';
const named = (version: string | null | undefined) => version ?? UNKNOWN_VERSION;

const VERSION = '_platform.methodVersion';

const COUNTED = new Intl.Collator('en', { numeric: true });
/** Order of versions, the latest first: 8.10.0 is later than 8.9.0. */
export const laterFirst = (one: string, other: string): number => COUNTED.compare(other, one);

/** Products of a version; null stands for those that do not tell theirs. */
export interface VersionCount {
  _id: string | null;
  count: number;
}
/** The version of the most products, of two the later one; null when none is told. */
export function mostCounted(groups: readonly VersionCount[]): string | null {
  const told = groups.flatMap(({ _id, count }) => (_id === null ? [] : [{ version: _id, count }]));
  const [most] = told.sort((a, b) => b.count - a.count || laterFirst(a.version, b.version));
  return most?.version ?? null;
}

/** What a document says of its cost and of each part of it, in Pts. */
export function costsOf(document: ImpactDocument): Costs {
  const { row } = flattenImpact(document);
  return Object.fromEntries([['ecs', row.ecs], ...COST_PARTS.map((part) => [part, row[`cost_${part}`]])]) as Costs;
}

/**
 * Keeps what documents of another version of the method are about to take the place of, and the difference. Doing it again
 * ends in the same.
 */
export async function keepFormerVersions(store: Store, documents: readonly ImpactDocument[]): Promise<void> {
  if (documents.length === 0) return;
  const later = new Map(documents.map((document) => [document.md5_id, document]));
  const found = await store
    .collection('impacts')
    .find({ md5_id: { $in: [...later.keys()] } }, { projection: { _id: 0 } })
    .toArray();
  const pairs = found.flatMap((former) => {
    const document = later.get(former.md5_id) as ImpactDocument;
    const [from, to] = [former, document].map(({ _platform }) => named(_platform?.methodVersion)) as [string, string];
    return from === to ? [] : [{ former, document, from, to }];
  });
  if (pairs.length === 0) return;
  await store.collection('impact_versions').bulkWrite(
    pairs.map(({ former, from }) => {
      const _id = `${former.md5_id}@${from}`;
      return { replaceOne: { filter: { _id }, replacement: former as unknown as KeptVersion, upsert: true } };
    }),
    { ordered: false },
  );
  await store.collection('method_changes').bulkWrite(
    pairs.map(({ former, document, from, to }) => {
      const { md5_id, product_id } = document;
      const change = { md5_id, product_id, from, to, before: costsOf(former), after: costsOf(document) };
      const doubtful = [former, document].some(({ _platform }) => _platform?.state === 'to-check');
      const replacement = { ...change, doubtful, at: document._platform.updatedAt };
      return { replaceOne: { filter: { _id: `${md5_id}@${from}@${to}` }, replacement, upsert: true } };
    }),
    { ordered: false },
  );
}

/** Keeps what scoring products of catalogues anew made of their costs. Doing it again ends in the same. */
export async function keepCatalogueMethodChanges(
  store: Store,
  changes: readonly Omit<CatalogueMethodChange, '_id'>[],
): Promise<void> {
  if (changes.length === 0) return;
  await store.collection('catalogue_method_changes').bulkWrite(
    changes.map((replacement) => {
      const { product, from, to } = replacement;
      return { replaceOne: { filter: { _id: `${product}@${from}@${to}` }, replacement, upsert: true } };
    }),
    { ordered: false },
  );
}

/** Forgets what was said of products of catalogues that somebody else changed meanwhile. */
export async function dropCatalogueMethodChanges(
  store: Store,
  catalogue: string,
  products: readonly string[],
  to: string,
): Promise<void> {
  await store.collection('catalogue_method_changes').deleteMany({ catalogue, product: { $in: [...products] }, to });
}

/** A stored product that was asked for, and how it came. */
export interface OlderProduct {
  md5_id: string;
  query: ImpactDocument['_platform']['query'];
  source: ImpactDocument['_platform']['source'];
  scenario: ImpactDocument['_platform']['scenario'];
  insertedByRun: string | null;
}

const olderThan = (version: string): Filter<Document> => ({
  [VERSION]: { $ne: version },
  // What another platform wrote does not say for certain what was asked.
  '_platform.source': { $in: ['extraction', 'api'] },
});

/** How many products are by another version of the method. */
export const countOlder = (store: Store, version: string): Promise<number> =>
  store.collection('impacts').countDocuments(olderThan(version));

/** Products that are by another version of the method, in the order of their identities, from one on. */
export async function findOlder(store: Store, version: string, after: string, limit: number): Promise<OlderProduct[]> {
  const found = await store
    .collection('impacts')
    .find({ md5_id: { $gt: after }, ...olderThan(version) })
    .project<Pick<ImpactDocument, 'md5_id' | '_platform'>>({
      ...{ _id: 0, md5_id: 1, '_platform.query': 1, '_platform.source': 1 },
      ...{ '_platform.scenario': 1, '_platform.insertedByRun': 1 },
    })
    .sort({ md5_id: 1 })
    .limit(limit)
    .toArray();
  return found.map(({ md5_id, _platform: { query, source, scenario, insertedByRun } }) => ({
    ...{ md5_id, query, source, scenario, insertedByRun },
  }));
}

/**
 * The version that figures over many products are of: that of the most products that count, of two the later one.
 *
 * @returns null when no product tells its version; `isMixed` when there are others.
 */
export async function referenceVersion(
  store: Store,
  bounds: SearchBounds = {},
): Promise<{ version: string | null; isMixed: boolean }> {
  const impacts = store.collection('impacts');
  const told = { [VERSION]: { $gt: '' } };
  /** The first version behind one. Its index tells it at once; backwards, a server may go through all products of the last one. */
  const following = async (version: string) => {
    const options = { projection: { _id: 0, [VERSION]: 1 }, sort: { [VERSION]: 1 }, ...boundsOf(bounds) } as const;
    const found = await impacts.findOne({ [VERSION]: { $gt: version } }, options);
    return found?._platform.methodVersion ?? null;
  };
  const first = await following('');
  const second = first === null ? null : await following(first);
  if (second === null) return { version: first, isMixed: false };
  const groups = await impacts
    .aggregate<VersionCount>(
      [
        { $match: { ...impactQuery({ state: 'counted' }), ...told } },
        { $group: { _id: `$${VERSION}`, count: { $sum: 1 } } },
      ],
      boundsOf(bounds),
    )
    .toArray();
  return { version: mostCounted(groups) ?? second, isMixed: true };
}

/**
 * A filter for figures over many products: by one version of the method, which is the one that was asked for, or else that of
 * the most products. Products that do not tell their version count along.
 */
export async function ofOneVersion(
  store: Store,
  filter: ImpactFilter,
  bounds: SearchBounds = {},
): Promise<{ filter: ImpactFilter; version: string | null }> {
  if (filter.methodVersion !== undefined) return { filter, version: filter.methodVersion };
  const { version, isMixed } = await referenceVersion(store, bounds);
  return { filter: isMixed ? { ...filter, countedVersion: version as string } : filter, version };
}

/** What there is of a version of the method. */
export interface VersionSummary {
  version: string;
  /** Products whose answer is by it now. */
  documents: number;
  /** Answers that another version took the place of. */
  kept: number;
  /** When the first and the last of its answers came; null when only kept ones do not tell. */
  firstAt: string | null;
  lastAt: string | null;
}

/** The versions of the method that answers are by, the one with most products first. */
export async function summarizeVersions(store: Store, bounds: SearchBounds = {}): Promise<VersionSummary[]> {
  type Group = { _id: unknown; count: number; firstAt: string | null; lastAt: string | null };
  const [now, before] = await Promise.all(
    (['impacts', 'impact_versions'] as const).map((name) =>
      store
        .collection(name)
        .aggregate<Group>(
          [
            {
              $group: {
                _id: `$${VERSION}`,
                count: { $sum: 1 },
                firstAt: { $min: '$_platform.updatedAt' },
                lastAt: { $max: '$_platform.updatedAt' },
              },
            },
          ],
          boundsOf(bounds),
        )
        .toArray(),
    ),
  );
  const versions = new Map<string, VersionSummary>();
  const add = (groups: readonly Group[], field: 'documents' | 'kept') => {
    for (const { _id, count, firstAt, lastAt } of groups) {
      const version = typeof _id === 'string' ? _id : UNKNOWN_VERSION;
      const known = versions.get(version) ?? { version, documents: 0, kept: 0, firstAt: null, lastAt: null };
      const times = [known.firstAt, known.lastAt, firstAt, lastAt].filter((time) => typeof time === 'string').sort();
      versions.set(version, {
        ...known,
        [field]: known[field] + count,
        firstAt: times[0] ?? null,
        lastAt: times.at(-1) ?? null,
      });
    }
  };
  add(now as Group[], 'documents');
  add(before as Group[], 'kept');
  return [...versions.values()].sort((a, b) => b.documents - a.documents || laterFirst(a.version, b.version));
}

/** The answers for a product, that which counts first, then one of each other version, from the latest on. */
export async function findProductVersions(
  store: Store,
  md5Id: string,
  bounds: SearchBounds = {},
): Promise<ImpactDocument[]> {
  const options = { projection: { _id: 0 }, ...boundsOf(bounds) };
  const current = await store.collection('impacts').findOne<ImpactDocument>({ md5_id: md5Id }, options);
  if (!current) return [];
  const kept = await store
    .collection('impact_versions')
    .find<ImpactDocument>({ md5_id: md5Id, [VERSION]: { $ne: current._platform?.methodVersion ?? null } }, options)
    .sort({ '_platform.updatedAt': -1 })
    .toArray();
  return [current, ...kept];
}

/** Changes from one version to another, of a product type where one is named, and of a catalogue or of the products without one. */
export interface ChangeFilter {
  catalogue?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  product?: string | undefined;
}

const changesOf = (store: Store, { catalogue }: ChangeFilter): Collection<MethodChange> =>
  store.collection(catalogue === undefined ? 'method_changes' : 'catalogue_method_changes') as never;

const changeQuery = ({ catalogue, from, to, product }: ChangeFilter): Filter<MethodChange> => ({
  ...(catalogue !== undefined && { catalogue }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(product !== undefined && { product_id: product }),
});

/** The products of a type that changed, with the means of what they cost before and after. */
export type ChangeSummary = VersionChanges['products'][number];

/** What changed from version to version, by product type, that with most products first; but for those to be checked. */
export async function summarizeMethodChanges(
  store: Store,
  filter: ChangeFilter = {},
  bounds: SearchBounds = {},
): Promise<ChangeSummary[]> {
  const parts = ['ecs', ...COST_PARTS];
  const means = (side: string) =>
    Object.fromEntries(parts.map((part) => [`${side}_${part}`, { $avg: `$${side}.${part}` }]));
  const groups = await changesOf(store, filter)
    .aggregate<
      Record<string, number | null> & { _id: Pick<ChangeSummary, 'from' | 'to' | 'product_id'>; count: number }
    >(
      [
        { $match: { ...changeQuery(filter), doubtful: { $ne: true } } },
        {
          $group: {
            _id: { from: '$from', to: '$to', product_id: '$product_id' },
            count: { $sum: 1 },
            ...means('before'),
            ...means('after'),
          },
        },
      ],
      boundsOf(bounds),
    )
    .toArray();
  const side = (group: Record<string, unknown>, name: string) =>
    Object.fromEntries(parts.map((part) => [part, group[`${name}_${part}`]])) as Costs;
  return groups
    .map(({ _id, count, ...figures }) => ({
      ..._id,
      count,
      before: side(figures, 'before'),
      after: side(figures, 'after'),
    }))
    .sort((a, b) => b.count - a.count || (a.product_id < b.product_id ? -1 : 1) || (a.to < b.to ? -1 : 1));
}

/** A page of the products that changed, in the order of their identities. */
export async function findMethodChanges(
  store: Store,
  filter: ChangeFilter,
  { offset, limit }: { offset: number; limit: number },
  bounds: SearchBounds = {},
): Promise<{ total: number; items: (MethodChange & Partial<CatalogueMethodChange>)[] }> {
  const changes = changesOf(store, filter);
  const query = changeQuery(filter);
  const [total, items] = await Promise.all([
    changes.countDocuments(query, boundsOf(bounds)),
    changes.find(query, boundsOf(bounds)).sort({ _id: 1 }).skip(offset).limit(limit).toArray(),
  ]);
  return { total, items };
}
