import { BUSINESSES, groupBy } from '@ecobalyse/schema';
import type { WholeGarment } from '../garment.js';

/** What durability depends on, of one product type, as learnt from answers. */
export interface ProductEconomics {
  /** Euros. */
  repairCost: number;
  /** Index of the price beside the repair cost, 0 to 1, when no price is told. */
  priced: number;
  /** Index of the number of references, 0 to 1. */
  references: number;
  business: string;
}

export type Economics = Record<string, ProductEconomics>;

/** A garment and the durability that upstream gave it. */
export interface Worn {
  readonly garment: WholeGarment;
  readonly durability: number;
}

const [LEAST, MOST] = [0.67, 1.45];
const CHEAP_REPAIR = 0.33;

/** Index of the number of references (METHOD §12.1). */
function referencesIndex(count: number): number {
  if (count <= 1000) return 1;
  if (count <= 7000) return 0.5 + ((7000 - count) / 6000) * 0.5;
  return count <= 16_000 ? ((16_000 - count) / 9000) * 0.5 : 0;
}

/** How a price stands to the cost of a repair, 0 to 1 (METHOD §12.2). */
const pricedIndex = (price: number, cost: number) =>
  Math.min(1, Math.max(0, (price / cost - 1) / (1 / CHEAP_REPAIR - 1)));

/** Index of repair by business (METHOD §12.2). */
function repairIndex(business: string, priced: number): number {
  if (business === 'small-business') return priced;
  return business === 'large-business-with-services' ? 0.67 * priced + 0.33 : 0.67 * priced;
}

/** The coefficient that divides the cost (METHOD §12.3, §12.4), with what was learnt in place of what is not told. */
export function durabilityOf({ numbers, options }: WholeGarment, learnt: ProductEconomics): number {
  const references =
    numbers.numberOfReferences === null ? learnt.references : referencesIndex(numbers.numberOfReferences);
  const priced = numbers.price === null ? learnt.priced : pricedIndex(numbers.price, learnt.repairCost);
  const repair = repairIndex(options.business ?? learnt.business, priced);
  const sold = Math.floor(100 * (LEAST + 0.5 * (references + repair) * (MOST - LEAST)) + 0.5) / 100;
  return Math.min(numbers.physicalDurability ?? MOST, sold);
}

const INDEXES = Array.from({ length: 101 }, (_, step) => step / 100);
/** From 1 to 100 euros. */
const COSTS = Array.from({ length: 201 }, (_, step) => 10 ** (step / 100));
const MAX_ROWS = 300;

const told = {
  price: ({ garment }: Worn) => garment.numbers.price !== null,
  references: ({ garment }: Worn) => garment.numbers.numberOfReferences !== null,
  business: ({ garment }: Worn) => garment.options.business !== null,
};

/** The candidate with the least absolute error. */
function bestOf(candidates: readonly ProductEconomics[], worn: readonly Worn[]): ProductEconomics {
  const errorOf = (learnt: ProductEconomics) =>
    worn.reduce((sum, { garment, durability }) => sum + Math.abs(durabilityOf(garment, learnt) - durability), 0);
  return candidates.map((learnt) => ({ learnt, error: errorOf(learnt) })).reduce((a, b) => (b.error < a.error ? b : a))
    .learnt;
}

/** Values around one, closer than the candidates. */
const around = (value: number, width: number) =>
  Array.from({ length: 41 }, (_, step) => value + (width * (step - 20)) / 20);

/** One value after the other, each from the garments that depend on no other that is not known yet. */
function fitProduct(all: readonly Worn[]): ProductEconomics {
  const start: ProductEconomics = { repairCost: 10, priced: 0, references: 0, business: BUSINESSES[2] };
  const worn = all.slice(0, MAX_ROWS);
  const isTold = (...names: (keyof typeof told)[]) => all.filter((one) => names.every((name) => told[name](one)));
  const priced = isTold('price', 'references', 'business').slice(0, MAX_ROWS);
  const counted = isTold('references').slice(0, MAX_ROWS);

  let learnt = start;
  const improve = (field: 'repairCost' | 'priced' | 'references', values: readonly number[], rows: readonly Worn[]) => {
    learnt = bestOf([learnt, ...values.map((value) => ({ ...learnt, [field]: value }))], rows);
  };
  improve('repairCost', COSTS, priced);
  learnt = bestOf(
    BUSINESSES.flatMap((business) => INDEXES.map((index) => ({ ...learnt, business, priced: index }))),
    counted,
  );
  improve('references', INDEXES, worn);
  improve('repairCost', around(learnt.repairCost, 0.02 * learnt.repairCost), priced);
  improve('priced', around(learnt.priced, 0.01), counted);
  improve('references', around(learnt.references, 0.01), worn);
  return learnt;
}

/** Learns what durability depends on from answers. */
export function fitEconomics(worn: readonly Worn[]): Economics {
  return Object.fromEntries(
    [...groupBy(worn, ({ garment }) => garment.known.product)].map(([product, members]) => [
      product,
      fitProduct(members),
    ]),
  );
}
