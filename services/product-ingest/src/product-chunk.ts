import type { AddingParts } from '@ecobalyse/product-scoring';
import {
  type Finding,
  inEveryLanguage,
  PRODUCT_OUTCOMES,
  type ProductResultLine,
  type Words,
  wordsSchema,
} from '@ecobalyse/schema';
import type { NewChange, OutcomeCounts } from '@ecobalyse/store';
import { z } from 'zod';
import { addRows, type NotAdded, type RowOutcome, reasonsIn, scoreRows } from './product-rows.js';

/** Products as the API stored them: read, not yet checked. */
const storedProductsSchema = z.array(
  z.object({
    line: z.number(),
    index: z.number(),
    /** With a fault, what could be read of it. */
    product: z.unknown().optional(),
    /** Why it could not be read. */
    fault: z.union([wordsSchema, z.string()]).optional(),
    /** What stands in its row, in a table. */
    cells: z.array(z.union([z.string(), z.number()])).optional(),
  }),
);

type StoredProduct = z.output<typeof storedProductsSchema>[number];

/** What became of a chunk. */
export interface ChunkOutcome {
  /** Lines of the result, as NDJSON. */
  result: string;
  counts: OutcomeCounts;
  /** What the result is told with: the products, and the rows of those that were not added, as JSON. */
  products: string;
}

/** As it is kept: whoever reads it gets the detail in his language. */
type KeptLine = Omit<ProductResultLine, 'detail' | 'warnings'> & { detail?: Words | string; warnings?: Finding[] };

function detailOf(outcome: NotAdded): Words | string {
  const detail = inEveryLanguage((language) => reasonsIn(outcome, language).join('; '));
  return detail.en === detail.fr ? detail.en : detail;
}

/** What its author calls a product; the method knows nothing of it. */
function referenceOf(product: unknown): string | undefined {
  const { reference } = (product ?? {}) as { reference?: unknown };
  return typeof reference === 'string' || typeof reference === 'number' ? String(reference) : undefined;
}

const scoredFacts = ({ ecs, methodVersion, warnings }: Extract<RowOutcome, { ecs: number }>) => ({
  ...{ ecs, method_version: methodVersion },
  ...(warnings.length > 0 && { warnings }),
});

/** The result of a chunk, from what became of its products. */
function toOutcome(rows: readonly StoredProduct[], outcomes: readonly RowOutcome[]): ChunkOutcome {
  const counts = Object.fromEntries(PRODUCT_OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts;
  const lines = outcomes.map((outcome, at) => {
    const { line, index, product } = rows[at] as StoredProduct;
    const { status, md5_id } = outcome;
    counts[status] += 1;
    const facts = 'ecs' in outcome ? scoredFacts(outcome) : { detail: detailOf(outcome) };
    return `${JSON.stringify({ line, index, status, reference: referenceOf(product), md5_id, ...facts } satisfies KeptLine)}\n`;
  });
  const kept = outcomes.map((outcome, at) => {
    const { product, cells } = rows[at] as (typeof rows)[number];
    return 'ecs' in outcome ? { product } : { product, cells };
  });
  return { result: lines.join(''), counts, products: JSON.stringify(kept) };
}

/**
 * Makes the products of a chunk ready to be added, and gives what adds them; doing it again gives the same result. Those for a
 * catalogue are scored first: that may be done for several chunks at once, while each is added after those before it.
 *
 * @param insertedBy - name of the chunk, unique among all jobs.
 * @param change - of the catalogue that the products are for.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is kept, and nothing is lost.
 */
export async function prepareChunk(
  products: string,
  insertedBy: string,
  parts: AddingParts & { concurrency: number },
  signal: AbortSignal,
  change?: NewChange,
): Promise<() => Promise<ChunkOutcome>> {
  const rows = storedProductsSchema.parse(JSON.parse(products));
  const add = change ? await scoreRows(rows, change, parts, signal) : () => addRows(rows, insertedBy, parts, signal);
  return async () => toOutcome(rows, await add());
}
