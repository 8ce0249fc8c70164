import { STAGE_CODES, type StageCode } from '@ecobalyse/schema';
import { simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';

/** What a part of the garment's life adds to its score, in Pts, divided by durability: parts add up to the score. */
export interface ScorePart {
  /** A stage of the life cycle, its complements included, or what no stage includes. */
  readonly part: StageCode | 'transport' | 'trims';
  readonly label: string;
  /** Code of the country of a stage. */
  readonly country?: string;
  readonly ecs: number;
  readonly pef: number;
}

/** The score of one product. */
export interface Score {
  /** Line of the input on which the product begins. */
  readonly line: number;
  /** The product's own name for itself, when it gives one. */
  readonly reference?: string;
  readonly product: string;
  /** Mass, in kg. */
  readonly mass: number;
  /** Environmental cost, in Pts. */
  readonly ecs: number;
  /** PEF single score, in Pts. */
  readonly pef: number;
  readonly ecsWithoutDurability: number;
  readonly durability: number;
  readonly parts?: readonly ScorePart[];
}

/** Names of the parts of a score, in the order of {@link Score.parts}. */
export const PART_NAMES = [...STAGE_CODES, 'transport', 'trims'] as const;

/**
 * Scores a product, as read from a file (METHOD §14).
 *
 * @param withParts - whether to break the score down; it takes several times longer.
 * @throws TextileQueryError when the product is refused.
 */
export function scoreProduct(line: number, product: unknown, withParts: boolean): Score {
  const parts = withParts ? scoreParts(product) : undefined;
  const { ecs, pef, ecsWithoutDurability, durability } = simulateTotals(product);
  // The method has accepted it: these fields are there.
  const { reference, product: productId, mass } = product as { reference?: unknown; product: string; mass: number };
  return {
    line,
    ...(typeof reference === 'string' || typeof reference === 'number' ? { reference: String(reference) } : {}),
    product: productId,
    mass,
    ecs,
    pef,
    ecsWithoutDurability,
    durability,
    ...(parts === undefined ? {} : { parts }),
  };
}

function scoreParts(product: unknown): ScorePart[] {
  const { durability, lifeCycle, transport, trimsImpacts } = simulateDetailed(product);
  const share = ({ ecs, pef }: { ecs: number; pef: number }) => ({ ecs: ecs / durability, pef: pef / durability });
  const nothing = { ecs: 0, pef: 0 };
  return [
    ...STAGE_CODES.map((part, rank): ScorePart => {
      const stage = lifeCycle[rank] as (typeof lifeCycle)[number];
      const { label, country, enabled, impacts } = stage;
      return { part, label, country: country.code, ...share(enabled ? impacts : nothing) };
    }),
    { part: 'transport', label: 'Transport', ...share(transport.impacts) },
    { part: 'trims', label: 'Accessoires', ...share(trimsImpacts) },
  ];
}
