import { durabilityOfQuery, readTextileQuery } from '@ecobalyse/textile-method';
import { cartesian, type Description } from './description.js';
import { type Domain, domainFor, type FieldName, type Query } from './fields.js';

/** A durability that the unknown facts of the brand can give, and its number of care cycles (METHOD §12). */
export interface DurabilityChoice {
  readonly coefficient: number;
  readonly careCycles: number;
  /** Facts that give it. */
  facts(): Query;
}

const PROBE = { mass: 0.2, materials: [{ id: 'ei-coton', share: 1 }] };
export const BRAND_FIELDS = ['business', 'numberOfReferences', 'price'] as const;
const MOST_DURABLE = { business: 'small-business', numberOfReferences: 1, price: 1000 };

/** Hundredths: the durability of a brand is rounded to them (METHOD §12.3). */
const inHundredths = (coefficient: number) => Math.round(coefficient * 100);

/**
 * The brand facts between two corners: references fall, then the price rises. Durability only rises on the way, by steps of
 * a hundredth, because it is a continuous function before it is rounded.
 */
function path(references: Domain, price: Domain): ((at: number) => Query)[] {
  const listed = (domain: Domain) => ('values' in domain ? domain.values : null);
  const ends = cartesian([listed(references) ?? [null], listed(price) ?? [null]]);
  const between = (domain: Domain, at: number) => {
    const { from, to, whole } = domain as Exclude<Domain, { values: unknown }>;
    const value = from + (to - from) * at;
    return whole ? Math.round(value) : value;
  };
  const fact = (name: string, value: unknown): Query => (value === undefined ? {} : { [name]: value });
  return ends.map(([reference, cost]) => (at) => ({
    ...fact('numberOfReferences', listed(references) ? reference : between(references, Math.max(0, 1 - at))),
    ...fact('price', listed(price) ? cost : between(price, Math.max(0, at - 1))),
  }));
}

const BISECTIONS = 60;
/** How far a place is looked for around a guess, as a share of it. */
const NEAR = 1e-13;

/** The first point of a path from 0 to 2 where something that stays true becomes true. */
function firstWhere(isTrue: (at: number) => boolean): number {
  if (isTrue(0)) return 0;
  let [before, after] = [0, 2];
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (before + after) / 2;
    if (isTrue(middle)) after = middle;
    else before = middle;
  }
  return after;
}

/** What a field may be: its domain when it is unknown, else its one value (`undefined` for the method's default). */
const domainOf = ({ unknown, known }: Description, field: FieldName, product: string): Domain => {
  const domain = unknown.get(field);
  return domain === undefined ? { values: [known[field]] } : domainFor(field, domain, product);
};

/**
 * Every durability that a garment of a type can have, with facts that give it.
 *
 * Brand facts give hundredths; a physical durability between two numbers gives any number, of which those are kept where
 * the cost can be lowest or highest: the ends, and both sides of each step of the care cycles and of the air ratio.
 */
export function durabilityChoices(description: Description, product: string): DurabilityChoice[] {
  const probe = readTextileQuery({ ...PROBE, product });
  const durability = (facts: Query) => durabilityOfQuery({ ...probe, ...facts });
  const physical = domainOf(description, 'physicalDurability', product);
  const references = domainOf(description, 'numberOfReferences', product);
  const price = domainOf(description, 'price', product);
  const paths = (domainOf(description, 'business', product) as { values: readonly unknown[] }).values.flatMap(
    (business) =>
      path(references, price).map(
        (point) =>
          (at: number): Query => ({ ...(business === undefined ? {} : { business }), ...point(at) }),
      ),
  );
  /** Facts by hundredth, physical durability left out. */
  const byHundredth = new Map<number, () => Query>();
  for (const point of paths) {
    const at = (place: number) => inHundredths(durability(point(place)).coefficient);
    for (let hundredth = at(0), last = at(2); hundredth <= last; hundredth++) {
      if (byHundredth.has(hundredth)) continue;
      byHundredth.set(hundredth, () => {
        const facts = point(firstWhere((place) => at(place) >= hundredth));
        return sufficient(facts, references, price, (some) => durability(some).coefficient);
      });
    }
  }
  const cyclesAt = (coefficient: number) => durability({ ...MOST_DURABLE, physicalDurability: coefficient }).careCycles;
  const choices = new Map<number, DurabilityChoice>();
  const add = (coefficient: number, facts: () => Query) =>
    choices.set(coefficient, { coefficient, careCycles: cyclesAt(coefficient), facts });

  const best = Math.max(...byHundredth.keys()) / 100;
  const physicals = 'values' in physical ? physical.values : [physical.from, physical.to];
  for (const value of physicals) {
    const given: Query = value === undefined ? {} : { physicalDurability: value };
    for (const [hundredth, facts] of byHundredth) {
      if (value === undefined || hundredth / 100 <= (value as number)) {
        add(hundredth / 100, () => ({ ...facts(), ...given }));
      } else if (hundredth / 100 === best) add(value as number, () => ({ ...facts(), ...given }));
    }
  }
  if ('from' in physical) {
    const facts = byHundredth.get(inHundredths(best)) as () => Query;
    for (const value of stepsBetween(physical.from, Math.min(physical.to, best), cyclesAt)) {
      add(value, () => ({ ...facts(), physicalDurability: value }));
    }
  }
  return [...choices.values()];
}

/** The same durability with as many references as it allows, at a price in cents: facts are told as what suffices. */
function sufficient(facts: Query, references: Domain, price: Domain, durabilityOf: (facts: Query) => number): Query {
  const durability = durabilityOf(facts);
  const keeps = (more: Query) => durabilityOf({ ...facts, ...more }) === durability;
  const told: Record<string, unknown> = { ...facts };
  if ('from' in price) {
    const inCents = Math.min(price.to, Math.ceil((facts.price as number) * 100) / 100);
    if (keeps({ price: inCents })) told.price = inCents;
  }
  if ('from' in references) {
    let [enough, tooMany] = [facts.numberOfReferences as number, references.to + 1];
    while (tooMany - enough > 1) {
      const middle = Math.floor((enough + tooMany) / 2);
      if (keeps({ ...told, numberOfReferences: middle })) enough = middle;
      else tooMany = middle;
    }
    told.numberOfReferences = enough;
  }
  return told;
}

/** Both sides of every place between two durabilities where the number of care cycles or the air ratio changes. */
function stepsBetween(from: number, to: number, cyclesAt: (coefficient: number) => number): number[] {
  if (from >= to) return [];
  const sides: number[] = from < 1 && to >= 1 ? [below(1), 1] : [];
  /** Cycles grow in proportion, and are rounded (METHOD §12.5): one step tells nearly where the next one is. */
  let last: { readonly cycles: number; readonly at: number } | undefined;
  for (let cycles = cyclesAt(from) + 1; cycles <= cyclesAt(to); cycles++) {
    let [before, after] = [from, to];
    if (last !== undefined) {
      const guess = (last.at * (cycles - 0.5)) / (last.cycles - 0.5);
      const [low, high] = [guess * (1 - NEAR), guess * (1 + NEAR)];
      if (cyclesAt(low) < cycles && cyclesAt(high) >= cycles) [before, after] = [low, Math.min(high, to)];
    }
    for (let step = 0; step < BISECTIONS; step++) {
      const middle = (before + after) / 2;
      if (middle === before || middle === after) break;
      if (cyclesAt(middle) >= cycles) after = middle;
      else before = middle;
    }
    sides.push(before, after);
    last = { cycles, at: after };
  }
  return sides;
}

/** The number before another one, from 0.5 to 2. */
const below = (number: number) => number - Number.EPSILON / 2;
