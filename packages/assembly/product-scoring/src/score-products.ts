import { setTimeout as wait } from 'node:timers/promises';
import { type EcobalyseClient, UpstreamMalformedError, UpstreamUnreachableError } from '@ecobalyse/ecobalyse-client';
import type { FileProduct } from '@ecobalyse/schema';
import pLimit from 'p-limit';
import {
  isUpstreamFailure,
  type ScoredProduct,
  scoreProduct,
  type UpstreamFailure,
  versionOf,
} from './score-product.js';

/** Scoring that takes longer has an upstream that only seems to answer. */
const DEADLINE_MS = 600_000;

/** Pauses before the products on which upstream failed are scored again. */
const PAUSES_MS = [500, 2000];

export interface ScoringParts {
  upstream: EcobalyseClient;
  /** Products that are scored at once. */
  concurrency: number;
  /** Waits so many milliseconds; by default by the clock. */
  pause?: typeof wait;
}

/** What came of scoring some products. */
export interface Scoring {
  /** By identity; an error for a product that could not be scored although upstream scores others. */
  outcomes: ReadonlyMap<string, ScoredProduct | { error: UpstreamFailure }>;
  /** What ended it early, if anything did: the rest is to be scored later. */
  interruption?: unknown;
}

/**
 * Whether an error may be that of the product which was asked for: upstream answered it with a failure, or with nothing in
 * time. A connection that was refused or broke off says nothing about the product, nor does a token that is not taken.
 */
function mayBeTheProducts(error: UpstreamFailure): boolean {
  const { kind } = error;
  if (error instanceof UpstreamMalformedError) return kind !== 'unauthorised' && kind !== 'not-found';
  return kind === 'slow' || / \(status 5\d\d\)/.test(error.message);
}

/**
 * Scores products. When upstream fails on one and still answers otherwise, the product is scored again after a pause, as long
 * as that scores any. Then what upstream itself fails on, while it scores others, could not be scored; anything else is an
 * upstream that comes and goes, and interrupts the whole: later the same products may do.
 */
export async function scoreProducts(
  products: ReadonlyMap<string, FileProduct>,
  { upstream, concurrency, pause = wait }: ScoringParts,
  signal: AbortSignal,
): Promise<Scoring> {
  const givenUp = new AbortController();
  // Not AbortSignal.any, which would leave a trace of each call with a signal that lives as long as the process.
  const giveUp = () => givenUp.abort(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  const late = new UpstreamUnreachableError(`the Ecobalyse API took longer than ${DEADLINE_MS / 60_000} minutes`);
  const timer = setTimeout(() => givenUp.abort(late), DEADLINE_MS);

  const outcomes = new Map<string, ScoredProduct | { error: UpstreamFailure }>();
  const limit = pLimit(concurrency);

  /** Scores each product once; gives the errors of those on which upstream failed. */
  async function scoreEach(ids: Iterable<string>) {
    const failures = new Map<string, UpstreamFailure>();
    let probe: Promise<unknown> | undefined;
    const scoreOne = async (md5_id: string): Promise<void> => {
      givenUp.signal.throwIfAborted();
      try {
        const product = products.get(md5_id) as FileProduct;
        outcomes.set(md5_id, await scoreProduct(upstream, product, givenUp.signal));
      } catch (error) {
        givenUp.signal.throwIfAborted();
        if (!isUpstreamFailure(error)) throw error;
        probe ??= upstream.countries(givenUp.signal);
        await probe;
        failures.set(md5_id, error);
      }
    };
    const all = await Promise.allSettled(
      [...ids].map((md5_id) =>
        limit(() =>
          scoreOne(md5_id).catch((error: unknown) => {
            // The first failure ends it for all.
            givenUp.abort(error);
            throw error;
          }),
        ),
      ),
    );
    if (all.some(({ status }) => status === 'rejected')) throw givenUp.signal.reason;
    return failures;
  }

  /** Scores at once what upstream answers at once; gives those that are to be asked for by themselves. */
  async function scoreTogether(): Promise<string[]> {
    const all = [...products];
    try {
      const [answers, methodVersion] = await Promise.all([
        upstream.simulateTogether(
          all.map(([, product]) => product),
          givenUp.signal,
        ),
        versionOf(upstream, givenUp.signal),
      ]);
      return all.flatMap(([md5_id], at) => {
        const given = answers[at];
        if (!given) return [md5_id];
        outcomes.set(md5_id, { ...given, methodVersion, figures: upstream.figures() });
        return [];
      });
    } catch (error) {
      givenUp.signal.throwIfAborted();
      if (!isUpstreamFailure(error)) throw error;
      // Whether upstream fails on one of them or on all, each of them tells.
      return [...products.keys()];
    }
  }

  try {
    let failures = await scoreEach(await scoreTogether());
    for (let fruitless = 0; failures.size > 0 && fruitless < PAUSES_MS.length; ) {
      await pause(PAUSES_MS[fruitless], undefined, { signal: givenUp.signal }).catch(() => undefined);
      const again = await scoreEach(failures.keys());
      fruitless = again.size < failures.size ? 0 : fruitless + 1;
      failures = again;
    }
    const scoresOthers = outcomes.size > 0 || products.size === 1;
    for (const [md5_id, error] of failures) {
      if (!scoresOthers || !mayBeTheProducts(error)) return { outcomes, interruption: error };
      outcomes.set(md5_id, { error });
    }
    return { outcomes };
  } catch (interruption) {
    return { outcomes, interruption };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
