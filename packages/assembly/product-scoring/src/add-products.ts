import type { IdentifiedProduct } from '@ecobalyse/product-documents';
import type { FileProduct } from '@ecobalyse/schema';
import { findKnownProducts } from '@ecobalyse/store';
import { type AddingParts, type NotAdded, storeScored } from './add-product.js';
import { toDocument } from './score-product.js';
import { type ScoringParts, scoreProducts } from './score-products.js';

/** What became of one of many products; one that somebody deleted meanwhile is gone. */
export type OneOfMany =
  | { status: 'added' | 'existing'; ecs: number; methodVersion: string | null }
  | NotAdded
  | { status: 'deleted' };

/** Not all products could be scored now; those that could are added, and the rest is to be done later. */
export class AddingInterruptedError extends Error {
  override readonly name = 'AddingInterruptedError';
  /** Seconds that upstream asks to wait, if it does. */
  readonly retryAfterSeconds: number;

  /** @param added - products that this try has added. */
  constructor(
    interruption: unknown,
    readonly added: number,
  ) {
    super(interruption instanceof Error ? interruption.message : String(interruption), { cause: interruption });
    this.retryAfterSeconds = (interruption as { retryAfterSeconds?: number }).retryAfterSeconds ?? 0;
  }
}

/**
 * Scores products and adds them, exactly as {@link addProduct} would one after another, for somebody who can wait.
 *
 * Doing it again gives the same result: the documents bear the name of what added them, so that what a killed process has
 * added is not taken for what was there before.
 *
 * @param insertedBy - name of these products as a whole, unlike any other.
 * @returns what became of each, by identity.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is added, and nothing is lost.
 */
export async function addProducts(
  products: readonly IdentifiedProduct[],
  insertedBy: string,
  parts: AddingParts & ScoringParts,
  signal: AbortSignal,
): Promise<Map<string, OneOfMany>> {
  const { store } = parts;
  const wanted = new Map(products.map(({ md5_id, product }) => [md5_id, product]));
  let known = await findKnownProducts(store, [...wanted.keys()]);
  const missing = new Map([...wanted].filter(([md5_id]) => !known.has(md5_id)));
  const { outcomes, interruption } = await scoreProducts(missing, parts, signal);
  signal.throwIfAborted();

  const documents = [...outcomes].flatMap(([md5_id, one]) =>
    'answer' in one ? [toDocument(missing.get(md5_id) as FileProduct, one, insertedBy)] : [],
  );
  // What somebody else added meanwhile is theirs.
  const added = (await storeScored(documents, parts))
    ? documents.map(({ md5_id, impacts: { ecs }, _platform: { methodVersion } }) => {
        return [md5_id, { md5_id, ecs, insertedBy, methodVersion }] as const;
      })
    : await findKnownProducts(
        store,
        documents.map(({ md5_id }) => md5_id),
      );
  known = new Map([...known, ...added]);
  if (interruption !== undefined) throw new AddingInterruptedError(interruption, documents.length);

  const outcomeOf = (md5_id: string): OneOfMany => {
    const stored = known.get(md5_id);
    if (stored) {
      const { ecs, methodVersion } = stored;
      return { status: stored.insertedBy === insertedBy ? 'added' : 'existing', ecs, methodVersion };
    }
    const outcome = outcomes.get(md5_id);
    if (outcome && 'reasons' in outcome) return { status: 'refused', reasons: outcome.reasons };
    return outcome && 'error' in outcome ? { status: 'failed', error: outcome.error } : { status: 'deleted' };
  };
  return new Map([...wanted.keys()].map((md5_id) => [md5_id, outcomeOf(md5_id)]));
}
