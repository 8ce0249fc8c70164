import { CACHE_TAGS, type TaskResult } from '@ecobalyse/schema';
import { replaceReference, withInvalidation } from '@ecobalyse/store';
import type { Resources } from '../resources.js';

/** Stores what upstream's own documentation says of each impact. */
export async function extractImpactDocumentation({
  store,
  upstream,
  cache,
}: Resources): Promise<TaskResult<'impact-documentation'>> {
  const { impacts } = await upstream.documentation();
  const stored = await withInvalidation(store, cache, {
    tags: [CACHE_TAGS.reference],
    write: () => replaceReference(store, 'impacts_documentation', impacts),
  });
  return { impacts: stored };
}
