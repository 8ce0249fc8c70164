import { percentileOf } from '@ecobalyse/product-files';
import { referenceCosts, type Store } from '@ecobalyse/store';

/** What is placed: a cost in Pts, of a type of garment. */
interface Costed {
  readonly product_id?: unknown;
  readonly ecs?: number | null | undefined;
}

/**
 * Tells where costs stand among those of their type in the reference grid, which is read once for each type.
 *
 * @returns of 100, how many cost less; null without a cost or a grid of the type.
 */
export function openPercentiles(store: Store): (product: Costed) => Promise<number | null> {
  const costs = new Map<string, Promise<Float64Array>>();
  return async ({ product_id, ecs }) => {
    if (typeof product_id !== 'string' || typeof ecs !== 'number') return null;
    const ofType = costs.get(product_id) ?? referenceCosts(store, product_id);
    costs.set(product_id, ofType);
    return percentileOf(await ofType, ecs);
  };
}

/** Products with their places. */
export function withPercentiles<Product extends Costed>(store: Store, products: readonly Product[]) {
  const place = openPercentiles(store);
  return Promise.all(products.map(async (product) => ({ ...product, percentile: await place(product) })));
}
