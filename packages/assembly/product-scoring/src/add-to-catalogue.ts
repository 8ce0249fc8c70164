import { catalogueProductId, type KnownProduct, toCatalogueContent } from '@ecobalyse/product-documents';
import type { FileProduct } from '@ecobalyse/schema';
import {
  applyOpenChange,
  findSimulations,
  keepSimulations,
  type NewChange,
  type ProductStep,
  type Simulation,
  type WantedProduct,
} from '@ecobalyse/store';
import { type AddingParts, type NotAdded, scoreInTime } from './add-product.js';
import { AddingInterruptedError } from './add-products.js';
import type { Score } from './score-product.js';
import { type ScoringParts, scoreProducts } from './score-products.js';

/** A product of a line of a file; null when it came by no file. */
export interface KnownLine {
  known: KnownProduct;
  line: number | null;
}

/** What became of a product for a catalogue; `repeated` when an earlier line of the file says something else of it. */
export type CatalogueOutcome =
  | { status: 'added' | 'changed' | 'existing'; id: string; ecs: number; methodVersion: string | null }
  | { status: 'repeated' }
  | NotAdded;

/** Somebody else has changed a product since it was read: to be read again. */
export class OutdatedProductError extends Error {}

type Parts = Pick<AddingParts, 'store' | 'upstream'>;

const simulationOf = (md5_id: string, { answer, methodVersion }: Score): Simulation => ({
  ...answer,
  md5_id,
  product_id: answer.inputs.product.id,
  _platform: { methodVersion },
});

const wantedProduct = (catalogue: string, { known, line }: KnownLine, simulation: Simulation): WantedProduct => ({
  id: catalogueProductId(catalogue, known.reference),
  reference: known.reference,
  line,
  content: toCatalogueContent(known, { ...simulation }),
});

async function apply(store: Parts['store'], change: NewChange, wanted: readonly WantedProduct[]) {
  const steps = await applyOpenChange(store, change, wanted);
  return steps.map((step, at): CatalogueOutcome => {
    if (step === 'repeated') return { status: step };
    if (step === 'outdated') throw new OutdatedProductError(`product ${wanted[at]?.id} has changed meanwhile`);
    const { id, content } = wanted[at] as WantedProduct;
    return {
      status: step as Exclude<ProductStep, 'deleted' | 'missing' | 'outdated'>,
      id,
      ecs: content?.ecs as number,
      methodVersion: content?.method_version ?? null,
    };
  });
}

/** What products are to become by their scores, in their order; the answers are let go of. */
async function scoreLines(
  lines: readonly KnownLine[],
  catalogue: string,
  { store, ...parts }: Parts & ScoringParts,
  signal: AbortSignal,
): Promise<(WantedProduct | NotAdded)[]> {
  const products = new Map(lines.map(({ known }): [string, FileProduct] => [known.md5_id, known.product]));
  const scored = await findSimulations(store, [...products.keys()]);
  const missing = new Map([...products].filter(([md5_id]) => !scored.has(md5_id)));
  const { outcomes, interruption } = await scoreProducts(missing, parts, signal);
  signal.throwIfAborted();
  const answered = [...outcomes].flatMap(([md5_id, one]) => ('answer' in one ? [{ ...one, md5_id }] : []));
  await keepSimulations(store, answered);
  if (interruption !== undefined) throw new AddingInterruptedError(interruption, answered.length);
  for (const one of answered) scored.set(one.md5_id, simulationOf(one.md5_id, one));

  return lines.map((one): WantedProduct | NotAdded => {
    const { md5_id } = one.known;
    const simulation = scored.get(md5_id);
    if (simulation) return wantedProduct(catalogue, one, simulation);
    const outcome = outcomes.get(md5_id);
    if (outcome && 'error' in outcome) return { status: 'failed', error: outcome.error };
    return { status: 'refused', reasons: outcome && 'reasons' in outcome ? outcome.reasons : {} };
  });
}

/**
 * Scores products for a catalogue. Parts of a file may be scored at the same time, and are then put there one after the other. A
 * description that is scored already is not asked for again. Doing both again gives the same result.
 *
 * @returns what puts the products into the catalogue, and tells what became of each, in their order.
 * @throws AddingInterruptedError when upstream is away or comes and goes; what was scored is kept, and no product is changed.
 */
export async function scoreForCatalogue(
  lines: readonly KnownLine[],
  change: NewChange,
  parts: Parts & ScoringParts,
  signal: AbortSignal,
): Promise<() => Promise<CatalogueOutcome[]>> {
  const wanted = await scoreLines(lines, change.catalogue, parts, signal);
  return async () => {
    const ready = wanted.filter((one) => 'id' in one);
    const applied = (await apply(parts.store, change, ready)).values();
    return wanted.map((one) => ('id' in one ? (applied.next().value as CatalogueOutcome) : one));
  };
}

/**
 * The same for one product and somebody who waits: an upstream that gives no answer in time is not waited for.
 *
 * @param madeFrom - the version of the product that was read for it.
 * @throws OutdatedProductError when that is another by now; and when the database is away.
 */
export async function addToCatalogue(
  known: KnownProduct,
  change: NewChange,
  { store, upstream }: Parts,
  deadlineMs?: number,
  madeFrom?: number,
): Promise<Exclude<CatalogueOutcome, { status: 'repeated' }>> {
  const { md5_id, product } = known;
  let simulation = (await findSimulations(store, [md5_id])).get(md5_id);
  if (!simulation) {
    const scored = await scoreInTime(upstream, product, deadlineMs);
    if ('status' in scored) return scored;
    simulation = simulationOf(md5_id, scored);
    await keepSimulations(store, [{ ...scored, md5_id }]);
  }
  const wanted = wantedProduct(change.catalogue, { known, line: null }, simulation);
  const [outcome] = await apply(store, change, [{ ...wanted, ...(madeFrom !== undefined && { madeFrom }) }]);
  return outcome as Exclude<CatalogueOutcome, { status: 'repeated' }>;
}
