import { judge } from '@ecobalyse/plausibility';
import { checkKnownProduct, checkProduct, type IdentifiedProduct } from '@ecobalyse/product-documents';
import {
  type AddingParts,
  addProducts,
  type CatalogueOutcome,
  type OneOfMany,
  scoreForCatalogue,
} from '@ecobalyse/product-scoring';
import type { Finding, InEveryLanguage, Language, Words } from '@ecobalyse/schema';
import type { NewChange } from '@ecobalyse/store';

/** Why something was not done, in every language; a text where somebody else gave it. */
type Reason = Words | string;

/** What a file or an upload holds: a product that was read and is not checked yet, or why it could not be read. */
export interface Row {
  /** Line of the file. */
  line: number;
  product?: unknown;
  fault?: Reason | undefined;
}

/** What became of a row; `md5_id` when a product is described in it. */
export type RowOutcome = { md5_id?: string } & (
  | { status: 'added' | 'changed' | 'existing'; ecs: number; methodVersion: string | null; warnings: Finding[] }
  | NotAdded
);

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

/** Reasons of outcomes that need no upstream. */
const REASONS = {
  deleted: { en: 'deleted while it was being added', fr: 'supprimé pendant son ajout' },
  repeated: {
    en: 'reference: an earlier line of the file has the same reference and another description; expected one line a reference',
    fr: 'reference : une ligne précédente du fichier a la même référence et une autre description ; attendu : une ligne par référence',
  },
} as const satisfies Record<string, Words>;

/** What became of a product; `sent` as its row has it, with what is passed over. */
function tell(outcome: OneOfMany | CatalogueOutcome, { product }: IdentifiedProduct, sent: unknown): RowOutcome {
  switch (outcome.status) {
    case 'refused':
      return {
        status: 'refused',
        reasons: Object.entries(outcome.reasons).map(([field, reason]) => `${field}: ${reason}`),
      };
    case 'failed':
      return { status: 'failed', reasons: [{ en: outcome.error.message, fr: outcome.error.frenchAdvice }] };
    case 'deleted':
      return { status: 'failed', reasons: [REASONS.deleted] };
    case 'repeated':
      return { status: 'refused', reasons: [REASONS.repeated] };
    default: {
      const { status, ecs, methodVersion } = outcome;
      return { status, ecs, methodVersion, warnings: judge(product, { answer: { impacts: { ecs } }, sent }) };
    }
  }
}

/** What was found of a row: a product, or why it is none. */
type CheckedRow<Product> = Product | { reasons: Reason[] };

function checkRow<Product extends IdentifiedProduct>(
  { product, fault }: Row,
  check: (product: unknown) => Product | { faults: InEveryLanguage<string[]> },
): CheckedRow<Product> {
  if (fault !== undefined) return { reasons: [fault] };
  const checked = check(product);
  if (!('faults' in checked)) return checked;
  return { reasons: checked.faults.en.map((en, at) => ({ en, fr: checked.faults.fr[at] ?? en })) };
}

type Parts = AddingParts & { concurrency: number };

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
  parts: Parts,
  signal: AbortSignal,
): Promise<RowOutcome[]> {
  const checked = rows.map((row) => checkRow(row, checkProduct));
  const valid = checked.flatMap((one) => ('product' in one ? [one] : []));
  const outcomes = await addProducts(valid, insertedBy, parts, signal);
  const told = new Set<string>();
  return checked.map((one, at) => {
    if ('reasons' in one) return { status: 'refused', reasons: one.reasons };
    const { md5_id } = one;
    const outcome = { md5_id, ...tell(outcomes.get(md5_id) as OneOfMany, one, rows[at]?.product) };
    // The first of two equal products is the one that was added.
    if (outcome.status === 'added' && told.has(md5_id)) return { ...outcome, status: 'existing' };
    told.add(md5_id);
    return outcome;
  });
}

/**
 * The same for rows of a file that goes into a catalogue as one change: scores them, and gives what adds them. Several parts of
 * the file may be scored at once, but are added in their order.
 */
export async function scoreRows(
  rows: readonly Row[],
  change: NewChange,
  parts: Parts,
  signal: AbortSignal,
): Promise<() => Promise<RowOutcome[]>> {
  const checked = rows.map((row) => checkRow(row, checkKnownProduct));
  const lines = checked.flatMap((one, at) => ('product' in one ? [{ known: one, line: (rows[at] as Row).line }] : []));
  const add = await scoreForCatalogue(lines, change, parts, signal);
  return async () => {
    const outcomes = (await add()).values();
    return checked.map((one, at) => {
      if ('reasons' in one) return { status: 'refused', reasons: one.reasons };
      return { md5_id: one.md5_id, ...tell(outcomes.next().value as CatalogueOutcome, one, rows[at]?.product) };
    });
  };
}
