import {
  catalogueProductId,
  type FlatSource,
  type KnownProduct,
  toCatalogueContent,
} from '@ecobalyse/product-documents';
import type { FileProduct } from '@ecobalyse/schema';
import {
  applyChange,
  findChange,
  findSimulations,
  keepSimulations,
  type NewChange,
  type ProductStep,
  takeBack,
} from '@ecobalyse/store';
import type { AddingParts, NotAdded } from './add-product.js';
import { AddingInterruptedError } from './add-products.js';
import { isUpstreamFailure, scoreProduct } from './score-product.js';
import { type ScoringParts, scoreProducts } from './score-products.js';

/** A product of a line of a file; null when it came by no file. */
export interface KnownLine {
  known: KnownProduct;
  line: number | null;
}

/** What became of a product for a catalogue; `repeated` when an earlier line of the file says something else of it. */
export type CatalogueOutcome =
  | { status: 'added' | 'changed' | 'existing'; id: string; ecs: number }
  | { status: 'repeated' }
  | NotAdded;

type Parts = Pick<AddingParts, 'store' | 'upstream'>;

async function apply(
  store: Parts['store'],
  change: NewChange,
  lines: readonly KnownLine[],
  scored: ReadonlyMap<string, FlatSource>,
) {
  const wanted = lines.map(({ known, line }) => ({
    id: catalogueProductId(change.catalogue, known.reference),
    reference: known.reference,
    line,
    content: toCatalogueContent(known, scored.get(known.md5_id) as FlatSource),
  }));
  const steps = await applyChange(store, change, wanted);
  // Whoever takes the change back says so first and looks for its products then; one of us sees the other.
  const undo = (await findChange(store, change._id))?.undone_by;
  if (undo) await takeBack(store, change._id, { _id: undo, catalogue: change.catalogue, at: new Date() });
  return steps.map((step, at): CatalogueOutcome => {
    if (step === 'repeated') return { status: step };
    const { id, content } = wanted[at] as (typeof wanted)[number];
    return { status: step as Exclude<ProductStep, 'deleted' | 'missing'>, id, ecs: content.ecs as number };
  });
}

/**
 * Scores products and puts them into a catalogue. A description that is scored already is not asked for again. Doing it again
 * gives the same result.
 *
 * @returns what became of each, in their order.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is kept, and no product is changed.
 */
export async function addManyToCatalogue(
  lines: readonly KnownLine[],
  change: NewChange,
  insertedBy: string,
  parts: Parts & ScoringParts,
  signal: AbortSignal,
): Promise<CatalogueOutcome[]> {
  const { store } = parts;
  const wanted = new Map(lines.map(({ known }): [string, FileProduct] => [known.md5_id, known.product]));
  const scored: Map<string, FlatSource> = await findSimulations(store, [...wanted.keys()]);
  const missing = new Map([...wanted].filter(([md5_id]) => !scored.has(md5_id)));
  const { outcomes, interruption } = await scoreProducts(missing, insertedBy, parts, signal);
  signal.throwIfAborted();
  const documents = [...outcomes.values()].flatMap((one) => ('document' in one ? [one.document] : []));
  await keepSimulations(store, documents);
  if (interruption !== undefined) throw new AddingInterruptedError(interruption, documents.length);
  for (const document of documents) scored.set(document.md5_id, { ...document });

  const ready = lines.filter(({ known }) => scored.has(known.md5_id));
  const applied = (await apply(store, change, ready, scored)).values();
  return lines.map(({ known: { md5_id } }): CatalogueOutcome => {
    if (scored.has(md5_id)) return applied.next().value as CatalogueOutcome;
    const outcome = outcomes.get(md5_id);
    if (outcome && 'error' in outcome) return { status: 'failed', error: outcome.error };
    return { status: 'refused', reasons: outcome && 'reasons' in outcome ? outcome.reasons : {} };
  });
}

/** Longest wait for upstream of somebody who waits for the answer. */
const UPSTREAM_DEADLINE_MS = 30_000;

/**
 * The same for one product and somebody who waits: an upstream that gives no answer in time is not waited for.
 *
 * @throws when the database is away.
 */
export async function addToCatalogue(
  known: KnownProduct,
  change: NewChange,
  { store, upstream }: Parts,
  deadlineMs = UPSTREAM_DEADLINE_MS,
): Promise<Exclude<CatalogueOutcome, { status: 'repeated' }>> {
  const scored = await findSimulations(store, [known.md5_id]);
  if (scored.size === 0) {
    try {
      const answer = await scoreProduct(upstream, known.product, AbortSignal.timeout(deadlineMs), null);
      if ('reasons' in answer) return { status: 'refused', reasons: answer.reasons };
      await keepSimulations(store, [answer.document]);
      scored.set(known.md5_id, { ...answer.document });
    } catch (error) {
      if (isUpstreamFailure(error)) return { status: 'failed', error };
      throw error;
    }
  }
  const [outcome] = await apply(store, change, [{ known, line: null }], scored);
  return outcome as Exclude<CatalogueOutcome, { status: 'repeated' }>;
}
