import { type EcobalyseClient, UpstreamRefusedError } from '@ecobalyse/ecobalyse-client';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { ImpactDocument, Json, ProductRequest } from '@ecobalyse/schema';

/** What upstream made of a product: the document to store, or its reasons by query field. */
export type ScoredProduct = { document: ImpactDocument } | { reasons: Readonly<Record<string, string>> };

/**
 * Scores a product that a user adds, as `POST /product` and its batches do alike: the same query upstream, the same
 * document, the same identity.
 *
 * @param insertedBy - the job that adds it; null for a single product.
 * @throws the client's errors for anything but a refusal.
 */
export async function scoreProduct(
  upstream: Pick<EcobalyseClient, 'methodVersion' | 'simulateDetailed'>,
  product: ProductRequest,
  signal: AbortSignal,
  insertedBy: string | null = null,
): Promise<ScoredProduct> {
  const query = product as Record<string, Json>;
  try {
    // An upstream that does not tell its version is no reason to have no score.
    const [answer, methodVersion] = await Promise.all([
      upstream.simulateDetailed(query, signal),
      upstream.methodVersion(signal).catch(() => null),
    ]);
    const document = toImpactDocument({
      query,
      answer,
      source: 'api',
      scenario: null,
      methodVersion,
      runId: insertedBy,
    });
    return { document };
  } catch (error) {
    if (error instanceof UpstreamRefusedError) return { reasons: error.reasons };
    throw error;
  }
}
