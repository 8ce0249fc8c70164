import { bsonOfJson } from '@ecobalyse/bson';
import {
  type BsonAnswer,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import type { BatchTries } from '@ecobalyse/pipeline';
import { type BsonDocument, toBsonDocument } from '@ecobalyse/product-documents';
import {
  type Refusal,
  type SimulationBatchPayload,
  type SimulationBatchResult,
  simulationOutcomesSchema,
  tagsOfReplaced,
} from '@ecobalyse/schema';
import { upsertImpacts, withInvalidation } from '@ecobalyse/store';
import { identityOf, type PlannedSimulation, plannedSimulations } from './grid.js';
import type { Resources } from './resources.js';

/** A batch with more simulations without an answer has not met a bad answer here and there, but a bad upstream. */
const MAX_UNANSWERED_SHARE = 0.1;

/** So many bad answers before the first good one are those of an upstream that is none. */
const BAD_AT_FIRST = 3;

const count = (places: object) => Object.keys(places).length;

/** Whether upstream answered, but not to this one simulation: the others may have their answers. */
const isOfOneQuery = (error: unknown): error is UpstreamMalformedError =>
  error instanceof UpstreamMalformedError && (error.kind === 'not-json' || error.isAnswer);

/**
 * Simulates a slice of the grid and stores the answers. Idempotent: a batch that is done twice stores the same. What came
 * before a failure is stored and kept, so that the next try asks for the rest only. The last try reports the few
 * simulations that upstream cannot answer among those that it refused.
 *
 * @throws the client's errors for anything else but a refusal, so that the batch is tried again.
 */
export async function simulateBatch(
  payload: SimulationBatchPayload,
  { store, upstream, cache }: Pick<Resources, 'store' | 'upstream' | 'cache'>,
  signal: AbortSignal,
  tries: BatchTries,
): Promise<SimulationBatchResult> {
  const { runId, scope, offset } = payload;
  const planned = plannedSimulations(scope).slice(offset, offset + payload.count);
  const outcomes = simulationOutcomesSchema.catch({}).parse(tries.kept);
  const methodVersion = await upstream.methodVersion(signal, 0);
  // An upstream that is away is not asked for the rest.
  const away = new AbortController();
  const either = AbortSignal.any([signal, away.signal]);
  const documents: BsonDocument[] = [];
  const unanswered: Record<string, Refusal> = {};
  let badAnswer: UpstreamMalformedError | undefined;

  const keep = (one: PlannedSimulation, index: number, given: BsonAnswer) => {
    const { query, scenario } = one;
    const facts = { query, md5_id: identityOf(one), methodVersion, figures: upstream.figures(), runId };
    documents.push(toBsonDocument({ ...facts, ...given, source: 'extraction', scenario }));
    outcomes[index] = 'stored';
  };
  const simulate = async (one: PlannedSimulation, index: number) => {
    const { query, product, country, scenario } = one;
    const refusal = (reasons: Refusal['reasons']) => ({
      md5_id: identityOf(one),
      product,
      country,
      scenario,
      reasons,
    });
    try {
      const answer = await upstream.simulateDetailed(query, either);
      keep(one, index, { answer, bson: bsonOfJson(answer) });
    } catch (error) {
      if (error instanceof UpstreamRefusedError) {
        outcomes[index] = refusal({ ...error.reasons });
        return;
      }
      if (!isOfOneQuery(error)) return away.abort(error);
      badAnswer ??= error;
      unanswered[index] = refusal({ 'no answer': error.message });
      const most = count(outcomes) === 0 ? BAD_AT_FIRST - 1 : Math.ceil(planned.length * MAX_UNANSWERED_SHARE);
      if (count(unanswered) > Math.min(most, planned.length - 1)) away.abort(error);
    }
  };
  const waiting = planned.flatMap((one, index) => (outcomes[index] === undefined ? [{ one, index }] : []));
  const together = await upstream
    .simulateTogetherAsBson(
      waiting.map(({ one }) => one.query),
      signal,
    )
    .catch((error: unknown): null[] => {
      if (!(error instanceof UpstreamUnreachableError)) throw error;
      // Whether upstream fails on one of them or on all, each of them tells.
      return [];
    });
  const open = waiting.flatMap(({ one, index }, at) => {
    const given = together[at];
    if (!given) return [() => simulate(one, index)];
    keep(one, index, given);
    return [];
  });
  // One after another until something comes: an upstream that is away, or none, is not asked by all at once.
  while (open.length > 0 && count(outcomes) === 0 && !away.signal.aborted) await open.shift()?.();
  await Promise.all(open.map((ask) => ask()));
  if ((await upstream.methodVersion(signal)) !== methodVersion)
    throw new UpstreamUnreachableError('the Ecobalyse API became another version meanwhile');
  if (documents.length > 0) {
    await withInvalidation(store, cache, {
      tags: tagsOfReplaced(documents.map(({ product_id }) => product_id)),
      write: () => upsertImpacts(store, documents),
      stale: (changed) => (changed.length > 0 ? tagsOfReplaced(changed) : []),
    });
  }
  await tries.keep(outcomes);
  away.signal.throwIfAborted();
  if (badAnswer !== undefined) {
    if (!tries.isLast) throw badAnswer;
    // A maintenance page for the last simulations of a batch is one for everything.
    await upstream.countries(signal);
    Object.assign(outcomes, unanswered);
  }
  const refused = Object.values(outcomes).filter((outcome) => outcome !== 'stored');
  return { offset, planned: planned.length, answered: planned.length - refused.length, refused };
}
