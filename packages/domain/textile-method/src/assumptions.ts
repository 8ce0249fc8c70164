import type { TextileQuery, TrimItem } from '@ecobalyse/schema';
import { durabilityOf } from './durability.js';
import { readTextileQuery } from './read-query.js';
import { resolveGarment } from './resolve.js';
import { makingAirRatio } from './transport.js';

/** What the method takes for the facts that a brand declares about itself and its garment when a query leaves them out. */
export type Assumptions = Partial<
  Record<'business' | 'numberOfReferences' | 'price' | 'airTransportRatio', string | number> & {
    readonly trims: readonly Pick<TrimItem, 'id' | 'quantity'>[];
  }
>;

/**
 * What the method assumes of a garment (METHOD §5): price in euros, share of air transport from 0 to 1.
 *
 * @param body a parsed JSON query, of any shape.
 * @returns only what the query leaves out.
 * @throws {TextileQueryError} when the query is refused.
 */
export function assumptionsOf(body: Partial<TextileQuery>): Assumptions {
  const query = readTextileQuery(body);
  const garment = resolveGarment(query);
  const resolved = {
    business: garment.business,
    numberOfReferences: garment.numberOfReferences,
    price: garment.priceEuro,
    airTransportRatio: makingAirRatio(garment, durabilityOf(garment).coefficient),
    trims: garment.product.trims.map(({ id, quantity }) => ({ id, quantity })),
  };
  return Object.fromEntries(
    Object.entries(resolved).filter(([field]) => query[field as keyof typeof resolved] === null),
  );
}
