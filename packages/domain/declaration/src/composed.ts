import { judge } from '@ecobalyse/plausibility';
import { type Finding, STAGE_CODES, type TextileQuery } from '@ecobalyse/schema';
import { assumptionsOf, simulateDetailed, TextileQueryError } from '@ecobalyse/textile-method';
import { contentOf, given } from './content.js';

/**
 * Lots and garments of several components, scored by the rules of the method's notice, beside what the portal makes of them. Costs in
 * Pts, masses in kg, prices in euros.
 */

type Query = Partial<TextileQuery>;
/** What a lot or a garment says as a whole. */
type Shared = Pick<Query, 'price' | 'numberOfReferences' | 'business'>;

/** What the method refuses of an item or a component. */
export class ComposedQueryError extends Error {
  override readonly name = 'ComposedQueryError';
  /** @param index - of the item or component; null when it is about all of them together. */
  constructor(
    readonly index: number | null,
    readonly errors: Readonly<Record<string, string>>,
  ) {
    super(Object.values(errors).join(' '));
  }
}

/** The cost and that of its making, which is not divided by the durability. */
function scored(query: Query, index: number | null): { readonly ecs: number; readonly making: number } {
  try {
    const { impacts, lifeCycle } = simulateDetailed(query);
    return { ecs: impacts.ecs, making: lifeCycle[STAGE_CODES.indexOf('making')]?.impacts.ecs ?? 0 };
  } catch (error) {
    if (!(error instanceof TextileQueryError)) throw error;
    // Only the whole has a price.
    const isOfWhole = Object.keys(error.errors).every((field) => field === 'price');
    throw new ComposedQueryError(isOfWhole ? null : index, error.errors);
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const per100g = (ecs: number, mass: number) => (ecs / mass) * 0.1;

/** The cost of the whole, as the portal gives it, and how much more that is than by the notice. */
export interface AsPortal {
  readonly ecs: number;
  readonly difference: number;
}

/** An item of a lot: what it is, how many of it there are, and whether the display applies to such items. */
export interface LotItem extends Omit<Query, 'price' | 'numberOfReferences'> {
  readonly numberOfItem?: number | undefined;
  readonly outOfScope?: boolean | undefined;
}
export interface Lot extends Shared {
  readonly items: readonly LotItem[];
}

export type LotScore =
  /** One item is out of scope, and so is the lot. */
  | { readonly rule: 'out-of-scope'; readonly outOfScope: readonly number[] }
  | {
      /** Items that are all alike are scored as one of their mass together, others each for itself. */
      readonly rule: 'identical' | 'different';
      readonly mass: number;
      readonly ecs: number;
      readonly per100g: number;
      /** Of one piece each, with its part of the price where one is given. */
      readonly items: readonly { readonly ecs: number; readonly numberOfItem: number; readonly price: number | null }[];
      readonly asPortal: AsPortal;
    };

/** An item as the method reads it. */
const queryOf = ({ numberOfItem, outOfScope, ...query }: LotItem): Query => given(query);

type Fields = Readonly<Record<string, unknown>>;
const without = (sent: unknown, ...names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(sent ?? {}).filter(([name]) => !names.includes(name)));
/** What was sent of one part of a list. */
const sentParts = (sent: unknown, list: string, index: number): unknown =>
  (sent as Record<string, unknown[]>)[list]?.[index];
const at = (place: string, findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, field: finding.field === null ? place : `${place}.${finding.field}` }));

/**
 * What is implausible of a lot: of each item at its part of the price, and of what the lot says as a whole.
 *
 * @param sent - the lot as it was sent, with what was passed over in it.
 */
export function lotFindings({ items, price, ...shared }: Lot, score: LotScore, sent: unknown): Finding[] {
  if (score.rule === 'out-of-scope') return [];
  return [
    ...judge(given(shared), { sent: without(sent, 'items', 'price') }),
    ...items.flatMap((item, index) => {
      const { ecs, price } = score.items[index] ?? {};
      const known = {
        answer: { impacts: { ecs } },
        sent: without(sentParts(sent, 'items', index), 'numberOfItem', 'outOfScope'),
      };
      return at(`items.${index}`, judge(given({ ...queryOf(item), price }), known));
    }),
  ];
}

/** The price that garments of this kind are taken to have, by which the price of a lot is shared. */
function usualPrice(query: Query, index: number): number {
  const { price: _, ...unpriced } = query;
  try {
    return Number(assumptionsOf(unpriced).price);
  } catch (error) {
    if (error instanceof TextileQueryError) throw new ComposedQueryError(index, error.errors);
    throw error;
  }
}

/**
 * Scores a lot: items that are all alike by one computation of their mass together, at the price of the lot; others each for itself, and
 * the sum. The price is shared in proportion to the usual prices of the categories. The portal adds up the items in either case.
 *
 * @throws ComposedQueryError naming the item that the method refuses.
 */
export function scoreLot({ items, price, ...shared }: Lot): LotScore {
  const outOfScope = items.flatMap((item, index) => (item.outOfScope ? [index] : []));
  if (outOfScope.length > 0) return { rule: 'out-of-scope', outOfScope };
  const counts = items.map(({ numberOfItem }) => numberOfItem ?? 1);
  const queries = items.map((item) => ({ ...queryOf(item), ...given(shared) }));
  const usual = queries.map(usualPrice);
  const whole = sum(usual.map((one, index) => one * (counts[index] as number)));
  const prices = usual.map((one) => (price == null ? null : (one / whole) * price));
  const costs = queries.map((query, index) => scored(given({ ...query, price: prices[index] }), index).ecs);
  const added = sum(costs.map((cost, index) => cost * (counts[index] as number)));
  const mass = sum(queries.map((query, index) => Number(query.mass) * (counts[index] as number)));
  const isOneKind = new Set(queries.map(contentOf)).size === 1;
  const pieces = sum(counts);
  const [first = {}] = queries;
  const together = given({
    ...first,
    mass,
    price,
    trims: first.trims?.map((trim) => ({ ...trim, quantity: trim.quantity * pieces })),
  });
  const ecs = isOneKind ? scored(together, null).ecs : added;
  return {
    rule: isOneKind ? 'identical' : 'different',
    mass,
    ecs,
    per100g: per100g(ecs, mass),
    items: costs.map((cost, index) => ({
      ecs: cost,
      numberOfItem: counts[index] as number,
      price: prices[index] ?? null,
    })),
    asPortal: { ecs: added, difference: added - ecs },
  };
}

/** A component: what it is made of and where. */
export interface Component
  extends Pick<Query, 'countrySpinning' | 'countryFabric' | 'countryDyeing' | 'printing' | 'fading' | 'upcycled'>,
    Required<Pick<TextileQuery, 'mass' | 'materials'>> {
  /** Whether it has to be told on the label of fibres, as linings have and pockets have not. */
  readonly isLabelled?: boolean | undefined;
}
export interface Composed extends Shared, Pick<Query, 'product' | 'trims' | 'countryMaking' | 'airTransportRatio'> {
  readonly components: readonly Component[];
}

export interface ComposedScore {
  readonly mass: number;
  /** Index of the heaviest component, the first of those. */
  readonly main: number;
  /** Each component at the whole price, trims with the heaviest only, added up. */
  readonly byComponent: { readonly ecs: number; readonly per100g: number; readonly components: readonly number[] };
  /** The whole mass and composition, with the countries of the heaviest. */
  readonly simplified1: { readonly ecs: number; readonly per100g: number };
  /** The whole mass with the composition of the heaviest; null when the others are too heavy for that, or on the label. */
  readonly simplified2: { readonly ecs: number; readonly per100g: number } | null;
  /** By component, less the making of the others as the portal takes it: not divided by the durability as the rest is. */
  readonly asPortal: AsPortal;
}

/** Up to this part of the mass, components that are not labelled may be taken for the heaviest. */
const SMALL_PART = 0.05;

/** What a garment is made of as a whole: materials of one kind and origin are one. */
function composition(components: readonly Component[], mass: number): TextileQuery['materials'] {
  const parts = new Map<string, TextileQuery['materials'][number]>();
  for (const component of components) {
    for (const { share, ...material } of component.materials) {
      const kind = given(material);
      const key = contentOf(kind);
      parts.set(key, { ...kind, share: (parts.get(key)?.share ?? 0) + (share * component.mass) / mass });
    }
  }
  return [...parts.values()];
}

/**
 * Scores a garment of several components in each way that the notice has. Trims are counted once, and the price is that of the whole.
 *
 * @throws ComposedQueryError naming the component that the method refuses.
 */
export function scoreComposed({ components, trims, ...shared }: Composed): ComposedScore {
  const mass = sum(components.map((one) => one.mass));
  const heaviest = Math.max(...components.map((one) => one.mass));
  const main = components.findIndex((one) => one.mass === heaviest);
  const bare = components.map(({ isLabelled, ...query }) => ({ ...given(query), ...given(shared) }));
  const mainQuery = { ...bare[main], ...given({ trims }) } as Query;
  const parts = bare.map((query, index) => scored(index === main ? mainQuery : { ...query, trims: [] }, index));
  const told = (ecs: number) => ({ ecs, per100g: per100g(ecs, mass) });
  const byComponent = sum(parts.map(({ ecs }) => ecs));
  const others = components.filter((_, index) => index !== main);
  // Sums of masses have last digits that nobody wrote.
  const part = Number((sum(others.map((one) => one.mass)) / mass).toFixed(9));
  const maySimplify2 = part < SMALL_PART && !others.some(({ isLabelled }) => isLabelled);
  const making = sum(parts.map((part, index) => (index === main ? 0 : part.making)));
  return {
    mass,
    main,
    byComponent: { ...told(byComponent), components: parts.map(({ ecs }) => ecs) },
    simplified1: told(scored({ ...mainQuery, mass, materials: composition(components, mass) }, null).ecs),
    simplified2: maySimplify2 ? told(scored({ ...mainQuery, mass }, null).ecs) : null,
    asPortal: { ecs: byComponent - making, difference: -making },
  };
}

/**
 * What is implausible of a garment of several components: of the whole mass and composition, and what was passed over in components.
 *
 * @param sent - the garment as it was sent, with what was passed over in it.
 */
export function composedFindings({ components, ...shared }: Composed, score: ComposedScore, sent: unknown): Finding[] {
  const { mass, simplified1 } = score;
  const whole = given({ ...shared, mass, materials: composition(components, mass) });
  return [
    ...judge(whole, { answer: { impacts: { ecs: simplified1.ecs } }, sent: without(sent, 'components') }),
    ...components.flatMap((_, index) =>
      at(`components.${index}`, judge({}, { sent: without(sentParts(sent, 'components', index), 'isLabelled') })),
    ),
  ];
}
