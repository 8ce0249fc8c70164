import type { AddingParts } from '@ecobalyse/product-scoring';
import { inEveryLanguage, PRODUCT_OUTCOMES, type ProductResultLine, type Words, wordsSchema } from '@ecobalyse/schema';
import type { NewChange, OutcomeCounts } from '@ecobalyse/store';
import { z } from 'zod';
import { addRows, addRowsToCatalogue, type NotAdded, reasonsIn } from './product-rows.js';

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

/** As it is kept: whoever reads it gets the detail in his language. */
type KeptLine = Omit<ProductResultLine, 'detail'> & { detail?: Words | string };

function detailOf(outcome: NotAdded): Words | string {
  const detail = inEveryLanguage((language) => reasonsIn(outcome, language).join('; '));
  return detail.en === detail.fr ? detail.en : detail;
}

/** What its author calls a product; the method knows nothing of it. */
function referenceOf(product: unknown): string | undefined {
  const { reference } = (product ?? {}) as { reference?: unknown };
  return typeof reference === 'string' || typeof reference === 'number' ? String(reference) : undefined;
}

/**
 * Scores and adds the products of a chunk; doing it again gives the same result.
 *
 * @param insertedBy - name of the chunk, unique among all jobs.
 * @param change - of the catalogue that the products are for.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is added, and nothing is lost.
 */
export async function addChunk(
  products: string,
  insertedBy: string,
  parts: AddingParts & { concurrency: number },
  signal: AbortSignal,
  change?: NewChange,
): Promise<ChunkOutcome> {
  const rows = storedProductsSchema.parse(JSON.parse(products));
  const outcomes = change
    ? await addRowsToCatalogue(rows, change, insertedBy, parts, signal)
    : await addRows(rows, insertedBy, parts, signal);
  const counts = Object.fromEntries(PRODUCT_OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts;
  const lines = outcomes.map((outcome, at) => {
    const { line, index, product } = rows[at] as (typeof rows)[number];
    const { status, md5_id } = outcome;
    counts[status] += 1;
    const facts = 'ecs' in outcome ? { ecs: outcome.ecs } : { detail: detailOf(outcome) };
    return `${JSON.stringify({ line, index, status, reference: referenceOf(product), md5_id, ...facts } satisfies KeptLine)}\n`;
  });
  return { result: lines.join(''), counts };
}
