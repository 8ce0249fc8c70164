import { CACHE_TAGS } from '@ecobalyse/cache';
import type { TaskResult } from '@ecobalyse/schema';
import { ensureIndexes, replaceReference } from '@ecobalyse/store';
import { fabricProcesses, garments } from '../grid.js';
import type { Resources } from '../resources.js';

/** Stores the lists that upstream knows, the fabric processes and the garments of the grid. */
export async function extractReferenceData({
  store,
  upstream,
  cache,
}: Resources): Promise<TaskResult<'reference-data'>> {
  // The unique index on identities has to stand before the first simulation is stored.
  await ensureIndexes(store.db);
  const [countries, materials, products] = await Promise.all([
    upstream.countries(),
    upstream.materials(),
    upstream.products(),
  ]);
  const result = {
    countries: await replaceReference(store, 'countries', countries),
    materials: await replaceReference(store, 'materials', materials),
    products: await replaceReference(store, 'products', products),
    fabricProcesses: await replaceReference(store, 'fabricProcess', fabricProcesses),
    garments: await replaceReference(store, 'products_details', garments),
  };
  await cache.invalidate([CACHE_TAGS.reference]).catch(() => undefined);
  return result;
}
