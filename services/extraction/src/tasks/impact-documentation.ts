import { CACHE_TAGS } from '@ecobalyse/cache';
import type { TaskResult } from '@ecobalyse/schema';
import { replaceReference } from '@ecobalyse/store';
import type { Resources } from '../resources.js';

/** Stores what upstream's own documentation says of each impact. */
export async function extractImpactDocumentation({
  store,
  upstream,
  cache,
}: Resources): Promise<TaskResult<'impact-documentation'>> {
  const { impacts } = await upstream.documentation();
  const stored = await replaceReference(store, 'impacts_documentation', impacts);
  await cache.invalidate([CACHE_TAGS.reference]).catch(() => undefined);
  return { impacts: stored };
}
