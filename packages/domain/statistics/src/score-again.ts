import type { CostUnit } from '@ecobalyse/schema';
import { type ReadQuery, readTextileQuery, TextileQueryError, totalsOfQuery } from '@ecobalyse/textile-method';
import { costPer, type Garment } from './garments.js';

/** What the method makes of something, or null where it refuses it. */
function unlessRefused<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof TextileQueryError) return null;
    throw error;
  }
}

/** The description of a garment as the method reads it; null for one that it refuses, as of another platform. */
export const readOf = ({ query }: Pick<Garment, 'query'>): ReadQuery | null =>
  unlessRefused(() => readTextileQuery(query));

/** The exact cost of a description, Pts per unit; null where the method refuses it. */
export const costOfQuery = (query: ReadQuery, per: CostUnit): number | null =>
  unlessRefused(() => {
    const { ecs, daysOfWear } = totalsOfQuery(query);
    return costPer(per, ecs, query.mass, daysOfWear);
  });
