import {
  type EcobalyseClient,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, FileProduct, ImpactDocument, Json } from '@ecobalyse/schema';

/** Why upstream refuses a product, by query field. */
export type Reasons = Readonly<Record<string, string>>;

/** Upstream's answer for a product, and the version of the method that it is by. */
export interface Score {
  answer: DetailedSimulation;
  /** The same, where it came among others. */
  json?: string;
  methodVersion: string | null;
  /** Hash of the figures that it is by, where upstream tells it. */
  figures?: string | undefined;
}

/** What upstream made of a product: a score, or its reasons. */
export type ScoredProduct = Score | { reasons: Reasons };

/** Upstream gave no answer: it is away, or is none. */
export type UpstreamFailure = UpstreamUnreachableError | UpstreamMalformedError;

export const isUpstreamFailure = (error: unknown): error is UpstreamFailure =>
  error instanceof UpstreamUnreachableError || error instanceof UpstreamMalformedError;

/** Version of upstream's method. One that does not tell it is no reason to have no score. */
export const versionOf = (upstream: Pick<EcobalyseClient, 'methodVersion'>, signal: AbortSignal) =>
  upstream.methodVersion(signal).catch(() => null);

/**
 * The document of a product that a user adds.
 *
 * @param insertedBy - what adds it; null for a single product.
 */
export const toDocument = (product: FileProduct, score: Score, insertedBy: string | null): ImpactDocument =>
  toImpactDocument({
    ...{ query: product as Record<string, Json>, ...score },
    ...{ source: 'api', scenario: null, runId: insertedBy },
  });

/**
 * Scores a product that a user adds: the same query upstream, whoever asks.
 *
 * @throws the client's errors for anything but a refusal.
 */
export async function scoreProduct(
  upstream: Pick<EcobalyseClient, 'figures' | 'methodVersion' | 'simulateDetailed'>,
  product: FileProduct,
  signal: AbortSignal,
): Promise<ScoredProduct> {
  try {
    const answer = await upstream.simulateDetailed(product, signal);
    return { answer, methodVersion: await versionOf(upstream, signal), figures: upstream.figures() };
  } catch (error) {
    if (error instanceof UpstreamRefusedError) return { reasons: error.reasons };
    throw error;
  }
}
