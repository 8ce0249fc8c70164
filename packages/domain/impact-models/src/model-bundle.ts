import type { SECTOR_TABLE } from '@ecobalyse/estimation';
import { MODEL_FAMILIES, type ModelFamily } from '@ecobalyse/schema';
import type { COMPLETIONS } from './completions.js';
import type { Conformal } from './conformal.js';
import type { Family, Predict } from './families/family.js';
import { FAMILIES } from './families/index.js';
import type { FeatureSpec } from './feature-spec.js';

/** Changes when a bundle written before can no longer be read, or when features change their meaning. */
export const BUNDLE_FORMAT = 6;

/** Everything that predicting needs, as plain JSON. */
export interface ModelBundle {
  format: typeof BUNDLE_FORMAT;
  family: ModelFamily;
  trainedAt: string;
  spec: FeatureSpec;
  parameters: unknown;
  conformal: Conformal;
  /** What garments that lack fields are completed from, for programs that have no estimates. */
  sector: typeof SECTOR_TABLE & typeof COMPLETIONS;
}

/** The bundle as bytes. */
export function writeBundle(bundle: ModelBundle): Buffer {
  return Buffer.from(JSON.stringify(bundle));
}

/** A model that this version of the platform cannot use; a training makes one that it can. */
export class UnreadableModelError extends Error {
  override name = 'UnreadableModelError';
}

/**
 * Reads a bundle.
 *
 * @throws UnreadableModelError when it is one of another format or family.
 */
export function readBundle(bytes: Uint8Array): ModelBundle {
  const bundle = JSON.parse(Buffer.from(bytes).toString('utf8')) as ModelBundle;
  if (bundle?.format !== BUNDLE_FORMAT)
    throw new UnreadableModelError(
      `model: expected format ${BUNDLE_FORMAT}, received ${bundle?.format}; train a new one`,
    );
  if (!MODEL_FAMILIES.includes(bundle.family)) throw new UnreadableModelError(`model: unknown family ${bundle.family}`);
  return bundle;
}

/** What is chosen of a family before training. */
export const hyperparametersOf = (family: ModelFamily) => FAMILIES[family].hyperparameters;

/** The function that predicts whole garments, fastest several at once. */
export function loadModel({ family, spec, parameters }: Pick<ModelBundle, 'family' | 'spec' | 'parameters'>): Predict {
  return (FAMILIES[family] as Family<unknown>).load(spec, parameters);
}
