import { UpstreamRefusedError } from '@ecobalyse/ecobalyse-client';
import {
  type ImpactDocument,
  productIdentity,
  type Refusal,
  type SimulationBatchPayload,
  type SimulationBatchResult,
  tagsOfReplaced,
} from '@ecobalyse/schema';
import { toImpactDocument, upsertImpacts, withInvalidation } from '@ecobalyse/store';
import { type PlannedSimulation, plannedSimulations } from './grid.js';
import type { Resources } from './resources.js';

/**
 * Simulates a slice of the grid and stores the answers. Idempotent: a batch that is done twice stores the same.
 *
 * @throws the client's errors for anything but a refusal, so that the batch is tried again.
 */
export async function simulateBatch(
  payload: SimulationBatchPayload,
  { store, upstream, cache }: Pick<Resources, 'store' | 'upstream' | 'cache'>,
  signal: AbortSignal,
): Promise<SimulationBatchResult> {
  const { runId, scope, offset, count } = payload;
  const planned = plannedSimulations(scope).slice(offset, offset + count);
  const methodVersion = await upstream.methodVersion(signal);
  // The first failure ends the whole batch: what is still under way would be thrown away.
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);

  const simulate = async ({
    query,
    product,
    country,
    scenario,
  }: PlannedSimulation): Promise<ImpactDocument | Refusal> => {
    try {
      const answer = await upstream.simulateDetailed(query, either);
      return toImpactDocument({ query, answer, source: 'extraction', scenario, methodVersion, runId });
    } catch (error) {
      if (!(error instanceof UpstreamRefusedError)) {
        failed.abort(error);
        throw error;
      }
      return { md5_id: productIdentity(query), product, country, scenario, reasons: { ...error.reasons } };
    }
  };
  const outcomes = await Promise.all(planned.map(simulate));
  const refused = outcomes.filter((outcome): outcome is Refusal => 'reasons' in outcome);
  const documents = outcomes.filter((outcome): outcome is ImpactDocument => '_platform' in outcome);
  signal.throwIfAborted();
  await withInvalidation(store, cache, {
    tags: tagsOfReplaced(documents.map(({ product_id }) => product_id)),
    write: () => upsertImpacts(store, documents),
    stale: (changed) => (changed.length > 0 ? tagsOfReplaced(changed) : []),
  });
  return { offset, planned: planned.length, answered: documents.length, refused };
}
