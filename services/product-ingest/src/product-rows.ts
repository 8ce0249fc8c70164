import { checkProduct, type IdentifiedProduct } from '@ecobalyse/product-documents';
import { type AddingParts, addProducts, type OneOfMany } from '@ecobalyse/product-scoring';
import type { Language, Words } from '@ecobalyse/schema';

/** Why something was not done, in every language; a text where somebody else gave it. */
type Reason = Words | string;

/** What a file or an upload holds: a product that was read and is not checked yet, or why it could not be read. */
export interface Row {
  product?: unknown;
  fault?: Reason | undefined;
}

/** What became of a row; `md5_id` when a product is described in it. */
export type RowOutcome = { md5_id?: string } & ({ status: 'added' | 'existing'; ecs: number } | NotAdded);

/** A row that was refused, or on which something failed, and why. */
export interface NotAdded {
  status: 'refused' | 'failed';
  reasons: readonly Reason[];
}

/** Reasons in a language, as far as they are given in it. */
export const reasonsIn = ({ reasons }: NotAdded, language: Language): string[] =>
  reasons.map((reason) => (typeof reason === 'string' ? reason : reason[language]));

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
      return { status: 'failed', reasons: [{ en: outcome.error.message, fr: outcome.error.frenchAdvice }] };
    case 'deleted':
      return {
        status: 'failed',
        reasons: [{ en: 'deleted while it was being added', fr: 'supprimé pendant son ajout' }],
      };
    default:
      return outcome;
  }
}

function check(product: unknown): IdentifiedProduct | { reasons: Reason[] } {
  const checked = checkProduct(product);
  if ('product' in checked) return checked;
  return { reasons: checked.faults.en.map((en, at) => ({ en, fr: checked.faults.fr[at] ?? en })) };
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
  const checked = rows.map(({ product, fault }) => (fault === undefined ? check(product) : { reasons: [fault] }));
  const valid = checked.flatMap((one): IdentifiedProduct[] => ('product' in one ? [one] : []));
  const outcomes = await addProducts(valid, insertedBy, parts, signal);
  const told = new Set<string>();
  return checked.map((one) => {
    if ('reasons' in one) return { status: 'refused', reasons: one.reasons };
    const { md5_id } = one;
    const outcome = { md5_id, ...tell(outcomes.get(md5_id) as OneOfMany) };
    // The first of two equal products is the one that was added.
    if (outcome.status === 'added' && told.has(md5_id)) return { ...outcome, status: 'existing' };
    told.add(md5_id);
    return outcome;
  });
}
