import {
  type EcobalyseClient,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { FileProduct, ImpactDocument, Json } from '@ecobalyse/schema';

/** Why upstream refuses a product, by query field. */
export type Reasons = Readonly<Record<string, string>>;

/** What upstream made of a product: the document to store, or its reasons. */
export type ScoredProduct = { document: ImpactDocument } | { reasons: Reasons };

/** Upstream gave no answer: it is away, or is none. */
export type UpstreamFailure = UpstreamUnreachableError | UpstreamMalformedError;

export const isUpstreamFailure = (error: unknown): error is UpstreamFailure =>
  error instanceof UpstreamUnreachableError || error instanceof UpstreamMalformedError;

/**
 * Scores a product that a user adds: the same query upstream, the same document, the same identity, whoever asks.
 *
 * @param insertedBy - what adds it; null for a single product.
 * @throws the client's errors for anything but a refusal.
 */
export async function scoreProduct(
  upstream: Pick<EcobalyseClient, 'methodVersion' | 'simulateDetailed'>,
  product: FileProduct,
  signal: AbortSignal,
  insertedBy: string | null,
): Promise<ScoredProduct> {
  const query = product as Record<string, Json>;
  try {
    // An upstream that does not tell its version is no reason to have no score.
    const [answer, methodVersion] = await Promise.all([
      upstream.simulateDetailed(query, signal),
      upstream.methodVersion(signal).catch(() => null),
    ]);
    const facts = { source: 'api', scenario: null, methodVersion, runId: insertedBy } as const;
    return { document: toImpactDocument({ query, answer, ...facts }) };
  } catch (error) {
    if (error instanceof UpstreamRefusedError) return { reasons: error.reasons };
    throw error;
  }
}
