import { type CostPart, MEASURES, type Measure, type Words } from '@ecobalyse/schema';
import { type ReadQuery, simulateQuery } from '@ecobalyse/textile-method';
import { differingFields, type Field, type Player, playersOf } from './fields.js';
import { costsOf, type Garment } from './garment.js';
import { fromUnits, inUnits, shapley } from './shapley.js';

type Figures = Readonly<Record<Measure, number>>;

/** What one field, or several that count as one, make of a difference, in Pts. */
export interface Effect extends Figures {
  readonly id: string;
  readonly fields: readonly Field[];
  readonly words: Words;
}

/** Why a garment costs more or less than another. */
export interface Attribution {
  /** Cost of the garment less that of the other, in Pts. */
  readonly difference: Figures;
  /** In the order of the fields; they add up to the difference. */
  readonly effects: readonly Effect[];
}

/** A garment with some fields of another. */
const mixed = (base: ReadQuery, other: ReadQuery, players: readonly Player[], coalition: number): ReadQuery => ({
  ...base,
  ...Object.fromEntries(
    players
      .flatMap(({ fields }, rank) => ((coalition >> rank) & 1 ? fields : []))
      .map((field) => [field, other[field]]),
  ),
});

const byMeasure = (figure: (measure: Measure) => number): Figures =>
  Object.fromEntries(MEASURES.map((measure) => [measure, figure(measure)])) as Record<Measure, number>;

/** A cost to the last digit that is told. */
export const told = (costs: Figures): Figures => byMeasure((measure) => fromUnits(inUnits(costs[measure])));

/**
 * What each field in which two garments are told otherwise makes of the difference of their costs: the Shapley value over all
 * 2^n mixtures of the two, each worked out by the method. It takes every mixture of two garments that it takes, since it checks
 * each field by itself.
 *
 * @throws {TextileQueryError} when the cost of a mixture is too large to compute.
 */
export function attribute(base: Garment, other: Garment): Attribution {
  const players = playersOf(differingFields([base, other]));
  const costs = Array.from({ length: 2 ** players.length }, (_, coalition) =>
    costsOf(simulateQuery(mixed(base.query, other.query, players, coalition))),
  );
  const parts = Object.fromEntries(
    MEASURES.map((measure) => [measure, shapley(costs.map((cost) => cost[measure]))]),
  ) as Record<Measure, bigint[]>;
  return {
    difference: byMeasure((measure) => fromUnits(inUnits(other.costs[measure]) - inUnits(base.costs[measure]))),
    effects: players.map(({ id, fields, words }, rank) => ({
      id,
      fields,
      words,
      ...byMeasure((measure) => fromUnits(parts[measure][rank] as bigint)),
    })),
  };
}

/** The part that makes up most of a cost. */
export const greatestPart = ({ parts }: Garment): CostPart =>
  (Object.entries(parts) as [CostPart, number][]).reduce((most, part) => (part[1] > most[1] ? part : most))[0];
