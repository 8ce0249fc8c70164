import type { TaskContext } from '@ecobalyse/pipeline';
import { CACHE_TAGS, type TaskResult } from '@ecobalyse/schema';
import { migrate, replaceReference, withInvalidation } from '@ecobalyse/store';
import { fabricProcesses, garments } from '../grid.js';
import type { Resources } from '../resources.js';

/** Stores the lists that upstream knows, the fabric processes and the garments of the grid. */
export async function extractReferenceData(
  { log, signal }: Pick<TaskContext, 'log' | 'signal'>,
  { store, upstream, cache }: Pick<Resources, 'store' | 'upstream' | 'cache'>,
): Promise<TaskResult<'reference-data'>> {
  // The unique index on identities has to stand before the first simulation is stored.
  const info = (fields: object, message: string) =>
    void log(`${message}: ${JSON.stringify(fields)}`).catch(() => undefined);
  await migrate(store, { info }, { signal });
  const [countries, materials, products] = await Promise.all([
    upstream.countries(),
    upstream.materials(),
    upstream.products(),
  ]);
  const write = async () => ({
    countries: await replaceReference(store, 'countries', countries),
    materials: await replaceReference(store, 'materials', materials),
    products: await replaceReference(store, 'products', products),
    fabricProcesses: await replaceReference(store, 'fabricProcess', fabricProcesses),
    garments: await replaceReference(store, 'products_details', garments),
  });
  return withInvalidation(store, cache, { tags: [CACHE_TAGS.reference], write });
}
