import {
  type EcobalyseClient,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import type { DetailedSimulation } from '@ecobalyse/schema';

/** So many products in a row without an answer have an upstream that is none. */
const MOST_UNANSWERED = 20;

/** The answer for a product, or why there is none. */
export type Outcome = { answer: DetailedSimulation } | { reasons: Readonly<Record<string, string>> };

/** What upstream said of some products, in their order. */
export interface Asked {
  outcomes: readonly (Outcome | undefined)[];
  /** Throws what kept some of them from an answer; what came before is stored first, and not asked for again. */
  rethrow(): void;
}

/** The answer for a product, or why there is none; anything but a fault of this one product is thrown. */
async function ask(upstream: EcobalyseClient, query: object, signal: AbortSignal): Promise<Outcome> {
  try {
    return { answer: await upstream.simulateDetailed(query, signal) };
  } catch (error) {
    if (error instanceof UpstreamRefusedError) return { reasons: error.reasons };
    if (error instanceof UpstreamMalformedError && error.isAnswer) return { reasons: { answer: error.message } };
    throw error;
  }
}

/**
 * What asks upstream about products for a run that is for one version of the method.
 *
 * @returns a function that asks. It throws when upstream has become another version meanwhile, and its `rethrow` when upstream answers
 * in a form that is not known.
 */
export function openAsking(upstream: EcobalyseClient, version: string, signal: AbortSignal) {
  let unanswered = 0;
  return async (queries: readonly object[]): Promise<Asked> => {
    const together = await upstream.simulateTogether(queries, signal);
    const settled = await Promise.allSettled(
      queries.map((query, at): Promise<Outcome> | Outcome => together[at] ?? ask(upstream, query, signal)),
    );
    if ((await upstream.methodVersion(signal)) !== version)
      throw new UpstreamUnreachableError('the Ecobalyse API became another version meanwhile');
    const outcomes = settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
    let unknown = '';
    for (const outcome of outcomes) {
      if (outcome === undefined) continue;
      if ('answer' in outcome) unanswered = 0;
      else if ('answer' in outcome.reasons) {
        unanswered += 1;
        unknown ||= Object.values(outcome.reasons).join('; ');
      }
    }
    return {
      outcomes,
      rethrow() {
        for (const one of settled) if (one.status === 'rejected') throw one.reason;
        if (unanswered >= MOST_UNANSWERED)
          throw new Error(`the Ecobalyse API answers in a form that is not known: ${unknown}`);
      },
    };
  };
}
