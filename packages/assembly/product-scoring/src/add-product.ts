import type { EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import type { IdentifiedProduct } from '@ecobalyse/product-documents';
import { type FileProduct, type ImpactDocument, tagsOfAdded } from '@ecobalyse/schema';
import { hasImpact, type Invalidates, insertImpacts, type Store, withInvalidation } from '@ecobalyse/store';
import {
  isUpstreamFailure,
  type Reasons,
  type Score,
  scoreProduct,
  toDocument,
  type UpstreamFailure,
} from './score-product.js';

/** What adding products needs. */
export interface AddingParts {
  store: Store;
  upstream: EcobalyseClient;
  /** Where answers are kept that new products make out of date. */
  cache: Invalidates;
}

/** A product that was not added: refused by upstream, or without an answer from it. */
export type NotAdded = { status: 'refused'; reasons: Reasons } | { status: 'failed'; error: UpstreamFailure };

/** What became of a product; its cost when it was worked out now. */
export type AddedProduct = { status: 'added' | 'existing'; ecs?: number } | NotAdded;

/** Longest wait for upstream, all tries together, of somebody who waits for the answer. */
const UPSTREAM_DEADLINE_MS = 30_000;

/** Stores scored products, and drops the answers about them; false when some were there already, whoever added them. */
export async function storeScored(
  documents: readonly ImpactDocument[],
  { store, cache }: AddingParts,
): Promise<boolean> {
  if (documents.length === 0) return true;
  const tags = tagsOfAdded(documents.map(({ product_id }) => product_id));
  return withInvalidation(store, cache, { tags, write: () => insertImpacts(store, documents) });
}

/** Scores a product for somebody who waits: an upstream that gives no answer in time is not waited for. */
export async function scoreInTime(
  upstream: EcobalyseClient,
  product: FileProduct,
  deadlineMs = UPSTREAM_DEADLINE_MS,
): Promise<Score | NotAdded> {
  try {
    const scored = await scoreProduct(upstream, product, AbortSignal.timeout(deadlineMs));
    return 'reasons' in scored ? { status: 'refused', ...scored } : scored;
  } catch (error) {
    if (isUpstreamFailure(error)) return { status: 'failed', error };
    throw error;
  }
}

/**
 * Scores a product and adds it, for somebody who waits: an upstream that gives no answer in time is not waited for, and what
 * is stored already is not scored again.
 *
 * @throws when the database is away.
 */
export async function addProduct(
  { md5_id, product }: IdentifiedProduct,
  parts: AddingParts,
  deadlineMs?: number,
): Promise<AddedProduct> {
  if (await hasImpact(parts.store, md5_id)) return { status: 'existing' };
  const scored = await scoreInTime(parts.upstream, product, deadlineMs);
  if ('status' in scored) return scored;
  const { ecs } = scored.answer.impacts;
  return { status: (await storeScored([toDocument(product, scored, null)], parts)) ? 'added' : 'existing', ecs };
}
