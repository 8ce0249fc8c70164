import { judge } from '@ecobalyse/plausibility';
import { COST_PART_LABELS, type FlatImpact, flattenImpact } from '@ecobalyse/product-documents';
import { COST_PARTS, type CostPart, type Language, STAGE_CODES, type Warning, warningsIn } from '@ecobalyse/schema';
import { type DetailedAnswer, methodVersion, simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';

/** What a part of the garment's life adds to its score, in Pts, divided by durability: parts add up to the score. */
export interface ScorePart {
  /** A stage of the life cycle, or what is counted beside the stages. */
  readonly part: CostPart;
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
  readonly warnings: readonly Warning[];
  readonly parts?: readonly ScorePart[];
  /** The flat row of its answer. */
  readonly flat?: FlatImpact;
}

/** What a score tells beside its totals, which takes several times longer. */
export type ScoreDetail = 'parts' | 'flat';

/** What its author calls a product. */
export function referenceOf(product: unknown): string | undefined {
  const { reference } = (product ?? {}) as { reference?: unknown };
  return typeof reference === 'string' || typeof reference === 'number' ? String(reference) : undefined;
}

/**
 * Scores a product, as read from a file (METHOD §14).
 *
 * @param language - of the warnings.
 * @throws TextileQueryError when the product is refused.
 */
export function scoreProduct(
  line: number,
  product: unknown,
  detail: ScoreDetail | undefined,
  language: Language,
): Score {
  const answer = detail && simulateDetailed(product);
  const { ecs, pef, ecsWithoutDurability, durability } = answer ? totalsIn(answer) : simulateTotals(product);
  // The method has accepted it: these fields are there.
  const query = product as { product: string; mass: number };
  const { product: productId, mass } = query;
  const reference = referenceOf(product);
  return {
    line,
    ...(reference === undefined ? {} : { reference }),
    product: productId,
    mass,
    ecs,
    pef,
    ecsWithoutDurability,
    durability,
    warnings: warningsIn(judge(query, { answer: { impacts: { ecs, pef } }, sent: product }), language),
    ...(answer && DETAILS[detail](answer)),
  };
}

const totalsIn = ({ impacts, impactsWithoutDurability, durability }: DetailedAnswer) => ({
  ecs: impacts.ecs,
  pef: impacts.pef,
  ecsWithoutDurability: impactsWithoutDurability.ecs,
  durability,
});

const flatOf = (answer: DetailedAnswer): FlatImpact => flattenImpact({ ...answer, _platform: { methodVersion } }).row;

const DETAILS: Readonly<Record<ScoreDetail, (answer: DetailedAnswer) => Partial<Score>>> = {
  parts: (answer) => ({ parts: partsOf(answer) }),
  flat: (answer) => ({ flat: flatOf(answer) }),
};

/** Parts of the cost, by the one definition of them ({@link flattenImpact}); the complements are no part of the PEF score. */
function partsOf(answer: DetailedAnswer): ScorePart[] {
  const row = flatOf(answer);
  const { durability, lifeCycle, transport, trimsImpacts } = answer;
  const besides = { transport: transport.impacts.pef, trims: trimsImpacts.pef, complements: 0 };
  return COST_PARTS.map((part): ScorePart => {
    const ecs = row[`cost_${part}`] as number;
    if (part in besides) {
      const beside = part as keyof typeof besides;
      return { part, label: COST_PART_LABELS[beside], ecs, pef: besides[beside] / durability };
    }
    const stage = lifeCycle[(STAGE_CODES as readonly string[]).indexOf(part)] as (typeof lifeCycle)[number];
    const { label, country, enabled, impacts } = stage;
    return { part, label, country: country.code, ecs, pef: enabled ? impacts.pef / durability : 0 };
  });
}
