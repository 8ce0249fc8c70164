import { checkProduct, type IdentifiedProduct } from '@ecobalyse/product-documents';
import { type AddingParts, addProducts, type OneOfMany } from '@ecobalyse/product-scoring';
import { inEveryLanguage, PRODUCT_OUTCOMES, type ProductResultLine, type Words, wordsSchema } from '@ecobalyse/schema';
import type { OutcomeCounts } from '@ecobalyse/store';
import { z } from 'zod';

/** Products as the API stored them: read, not yet checked. */
const storedProductsSchema = z.array(
  z.object({
    line: z.number(),
    index: z.number(),
    product: z.unknown().optional(),
    /** Why it could not be read. */
    fault: z.union([wordsSchema, z.string()]).optional(),
  }),
);

/** What became of a chunk. */
export interface ChunkOutcome {
  /** Lines of the result, as NDJSON. */
  result: string;
  counts: OutcomeCounts;
}

type Place = Pick<ProductResultLine, 'line' | 'index'>;
/** Why a product was refused or failed, in every language; a text where somebody else gave it. */
type Detail = Words | string;
type CheckedProduct = Place & (IdentifiedProduct | { detail: Detail });
/** As it is kept: whoever reads it gets the detail in his language. */
type KeptLine = Omit<ProductResultLine, 'detail'> & { detail?: Detail };

function checked(product: unknown): IdentifiedProduct | { detail: Words } {
  const found = checkProduct(product);
  if ('product' in found) return found;
  return { detail: inEveryLanguage((language) => found.faults[language].join('; ')) };
}

const check = (products: string): CheckedProduct[] =>
  storedProductsSchema.parse(JSON.parse(products)).map(({ line, index, product, fault }) => ({
    line,
    index,
    ...(fault === undefined ? checked(product) : { detail: fault }),
  }));

/**
 * Scores and adds the products of a chunk; doing it again gives the same result.
 *
 * @param insertedBy - name of the chunk, unique among all jobs.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is added, and nothing is lost.
 */
export async function addChunk(
  products: string,
  insertedBy: string,
  parts: AddingParts & { concurrency: number },
  signal: AbortSignal,
): Promise<ChunkOutcome> {
  const checked = check(products);
  const valid = checked.flatMap((one) => ('product' in one ? [one] : []));
  return report(checked, await addProducts(valid, insertedBy, parts, signal));
}

type Told = Omit<KeptLine, keyof Place | 'md5_id'>;

function tell(outcome: OneOfMany): Told {
  switch (outcome.status) {
    case 'refused': {
      const reasons = Object.entries(outcome.reasons).map(([field, reason]) => `${field}: ${reason}`);
      return { status: 'refused', detail: reasons.join('; ') };
    }
    case 'failed':
      return { status: 'failed', detail: { en: outcome.error.message, fr: outcome.error.frenchAdvice } };
    case 'deleted':
      return {
        status: 'failed',
        detail: { en: 'deleted while it was being added', fr: 'supprimé pendant son ajout' },
      };
    default:
      return outcome;
  }
}

function report(checked: readonly CheckedProduct[], outcomes: ReadonlyMap<string, OneOfMany>): ChunkOutcome {
  const counts = Object.fromEntries(PRODUCT_OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts;
  const told = new Set<string>();
  const lines = checked.map((one) => {
    const { line, index } = one;
    let rest: Omit<KeptLine, keyof Place>;
    if ('detail' in one) rest = { status: 'refused', detail: one.detail };
    else {
      const { md5_id } = one;
      const { status, ...facts } = tell(outcomes.get(md5_id) as OneOfMany);
      // The first of two equal products of a chunk is the one that was added.
      rest = { status: status === 'added' && told.has(md5_id) ? 'existing' : status, md5_id, ...facts };
      told.add(md5_id);
    }
    counts[rest.status] += 1;
    return `${JSON.stringify({ line, index, ...rest } satisfies KeptLine)}\n`;
  });
  return { result: lines.join(''), counts };
}
