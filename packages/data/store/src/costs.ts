import { FLAT_SOURCE_FIELDS, type FlatSource } from '@ecobalyse/product-documents';
import { documentOf } from './catalogue-simulations.js';
import type { Store } from './connection.js';
import { impactQuery } from './impact-filter.js';
import { referenceVersion } from './method-versions.js';

/** What the results of a file are told with: what makes up the cost of its products, and the reference grid beside them. */

const PROJECTION = Object.fromEntries([['_id', 0], ...FLAT_SOURCE_FIELDS.map((field) => [field, 1])]);

/** What flat rows are made from, of some products, by their identity. */
export async function findFlatSources(store: Store, md5Ids: readonly string[]): Promise<Map<string, FlatSource>> {
  const found = await store
    .collection('impacts')
    .find({ md5_id: { $in: [...md5Ids] } })
    .project<FlatSource & { md5_id: string }>(PROJECTION)
    .toArray();
  const sources = new Map<string, FlatSource>(found.map((source) => [source.md5_id, source]));
  // Those of catalogues are in no collection that is searched.
  const missing = md5Ids.filter((id) => !sources.has(id));
  if (missing.length === 0) return sources;
  const simulations = store.collection('catalogue_simulations').find({ _id: { $in: missing } });
  for await (const one of simulations)
    sources.set(one._id, { ...documentOf(one), _platform: { methodVersion: one.method_version } });
  return sources;
}

/**
 * Costs of a type in the reference grid, which the extraction draws, in Pts, from the lowest on: by one version of the method, which
 * is that of the most products where none is named.
 */
export async function referenceCosts(store: Store, product: string, version?: string | null): Promise<Float64Array> {
  const countedVersion = version ?? (await referenceVersion(store)).version ?? undefined;
  const found = await store
    .collection('impacts')
    .find({
      ...impactQuery({ products: [product], countedVersion }),
      '_platform.scenario': { $type: 'string' },
    })
    .project<{ impacts?: { ecs?: unknown } }>({ _id: 0, 'impacts.ecs': 1 })
    .toArray();
  const costs = found.flatMap(({ impacts }) => {
    const ecs = impacts?.ecs;
    return typeof ecs === 'number' && Number.isFinite(ecs) ? [ecs] : [];
  });
  return Float64Array.from(costs).sort();
}
