import type { TaskResult } from '@ecobalyse/schema';
import { replaceReference } from '@ecobalyse/store';
import type { Resources } from '../resources.js';

/** Stores what upstream's own documentation says of each impact. */
export async function extractImpactDocumentation({
  store,
  upstream,
}: Resources): Promise<TaskResult<'impact-documentation'>> {
  const { impacts } = await upstream.documentation();
  return { impacts: await replaceReference(store, 'impacts_documentation', impacts) };
}
