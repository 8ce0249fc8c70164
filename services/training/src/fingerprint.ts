import { createHash } from 'node:crypto';
import { BUNDLE_FORMAT } from '@ecobalyse/impact-models';
import type { LearntRow } from './training-thread.js';

/** Of rows in their order: changes when the data, the design, the form of models, the code or how they are trained does. */
export function fingerprintOf(
  rows: readonly Pick<LearntRow, 'contentHash' | 'ecs'>[],
  { seed, effort }: { readonly seed: number; readonly effort: number },
  code: string,
): string {
  const hash = createHash('sha256').update(`${BUNDLE_FORMAT} ${code} ${seed} ${effort}\n`);
  for (const { contentHash, ecs } of rows) hash.update(`${contentHash} ${ecs}\n`);
  return hash.digest('hex');
}
