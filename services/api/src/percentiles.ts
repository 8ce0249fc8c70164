import { percentileOf } from '@ecobalyse/product-files';
import { referenceCosts, type Store } from '@ecobalyse/store';

/** What is placed: a cost in Pts, of a type of garment. */
interface Costed {
  readonly product_id?: unknown;
  readonly ecs?: number | null | undefined;
  /** By which the cost is; those of other versions say nothing about it. */
  readonly method_version?: string | null | undefined;
}

/** The costs of each type of a database's grid. */
type Grid = Map<string, Promise<Float64Array>>;
interface KeptGrid {
  readonly documents: number;
  readonly until: number;
  readonly types: Grid;
}

/** Reading a type takes about a millisecond for each ten garments, and a page of a catalogue may have all types. */
const KEEP_MS = 60_000;
const grids = new WeakMap<Store, KeptGrid>();

/** The costs that are kept; they are read anew when documents have come or gone, and after a minute. */
async function gridOf(store: Store): Promise<Grid> {
  const documents = await store.collection('impacts').estimatedDocumentCount();
  const kept = grids.get(store);
  if (kept && kept.documents === documents && kept.until > Date.now()) return kept.types;
  const types: Grid = new Map();
  grids.set(store, { documents, until: Date.now() + KEEP_MS, types });
  return types;
}

/**
 * Tells where costs stand among those of their type in the reference grid, which is read once for each type.
 *
 * @returns of 100, how many cost less; null without a cost or a grid of the type.
 */
export function openPercentiles(store: Store): (product: Costed) => Promise<number | null> {
  let grid: Promise<Grid> | undefined;
  return async ({ product_id, ecs, method_version }) => {
    if (typeof product_id !== 'string' || typeof ecs !== 'number') return null;
    grid ??= gridOf(store);
    const types = await grid;
    const key = `${product_id} ${method_version}`;
    const ofType = types.get(key) ?? referenceCosts(store, product_id, method_version);
    types.set(key, ofType);
    // What could not be read is read again.
    ofType.catch(() => types.delete(key));
    return percentileOf(await ofType, ecs);
  };
}

/** Products with their places. */
export function withPercentiles<Product extends Costed>(store: Store, products: readonly Product[]) {
  const place = openPercentiles(store);
  return Promise.all(products.map(async (product) => ({ ...product, percentile: await place(product) })));
}
