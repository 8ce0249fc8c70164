import { checkProduct, type IdentifiedProduct } from '@ecobalyse/product-documents';
import { type AddingParts, addProducts, type OneOfMany } from '@ecobalyse/product-scoring';

/** What a file or an upload holds: a product that was read and is not checked yet, or why it could not be read. */
export interface Row {
  product?: unknown;
  fault?: string | undefined;
}

/** What became of a row; `md5_id` when a product is described in it. */
export type RowOutcome = { md5_id?: string } & (
  | { status: 'added' | 'existing'; ecs: number }
  | { status: 'refused' | 'failed'; reasons: readonly string[] }
);

/** Rows that are checked, scored and stored together. */
export const ROWS_AT_ONCE = 100;

function tell(outcome: OneOfMany): RowOutcome {
  switch (outcome.status) {
    case 'refused':
      return {
        status: 'refused',
        reasons: Object.entries(outcome.reasons).map(([field, reason]) => `${field}: ${reason}`),
      };
    case 'failed':
      return { status: 'failed', reasons: [outcome.error.message] };
    case 'deleted':
      return { status: 'failed', reasons: ['deleted while it was being added'] };
    default:
      return outcome;
  }
}

/**
 * Checks, scores and adds the products of some rows; doing it again gives the same result.
 *
 * @param insertedBy - name of these rows, unlike any other.
 * @returns what became of each row, in their order.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is added, and nothing is lost.
 */
export async function addRows(
  rows: readonly Row[],
  insertedBy: string,
  parts: AddingParts & { concurrency: number },
  signal: AbortSignal,
): Promise<RowOutcome[]> {
  const checked = rows.map(({ product, fault }) => (fault === undefined ? checkProduct(product) : { faults: [fault] }));
  const valid = checked.flatMap((one): IdentifiedProduct[] => ('product' in one ? [one] : []));
  const outcomes = await addProducts(valid, insertedBy, parts, signal);
  const told = new Set<string>();
  return checked.map((one) => {
    if ('faults' in one) return { status: 'refused', reasons: one.faults };
    const { md5_id } = one;
    const outcome = { md5_id, ...tell(outcomes.get(md5_id) as OneOfMany) };
    // The first of two equal products is the one that was added.
    if (outcome.status === 'added' && told.has(md5_id)) return { ...outcome, status: 'existing' };
    told.add(md5_id);
    return outcome;
  });
}
