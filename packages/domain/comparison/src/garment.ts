import { flattenImpact } from '@ecobalyse/product-documents';
import { COST_PARTS, type CostPart, type Measure } from '@ecobalyse/schema';
import {
  type ReadQuery,
  readTextileQuery,
  type Simulation,
  simulateDetailed,
  simulateQuery,
} from '@ecobalyse/textile-method';

/** A garment that is compared: what is told of it, and what the method makes of that. */
export interface Garment {
  /** As it was told. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: ReadQuery;
  readonly simulation: Simulation;
  /** Environmental cost in Pts. */
  readonly costs: Readonly<Record<Measure, number>>;
  /** What makes up the cost of the item, in Pts. */
  readonly parts: Readonly<Record<CostPart, number>>;
}

/** The cost of a garment by each measure, in Pts. */
export const costsOf = ({ garment, totals, durability }: Simulation): Record<Measure, number> => ({
  item: totals.impacts.ecs,
  per_100g: (totals.impacts.ecs / garment.massKg) * 0.1,
  per_day: totals.impacts.ecs / durability.wearDays,
});

/**
 * Works out a garment.
 *
 * @param body - a textile query.
 * @throws {TextileQueryError} when the method refuses it.
 */
export function garmentOf(body: Readonly<Record<string, unknown>>): Garment {
  const query = readTextileQuery(body);
  const simulation = simulateQuery(query);
  const { row } = flattenImpact(simulateDetailed(body) as never);
  const parts = COST_PARTS.map((part) => [part, row[`cost_${part}`] as number]);
  return { body, query, simulation, costs: costsOf(simulation), parts: Object.fromEntries(parts) };
}
