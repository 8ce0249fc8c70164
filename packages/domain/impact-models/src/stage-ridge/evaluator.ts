import type { Factor, Factors, Level } from './factors.js';
import type { LearntNode, Weights } from './learnt-node.js';

/** Levels of a factor by their place in the tables, with their weights. */
export interface Found {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}
const NONE: Found = { places: [], weights: [] };

/** A product of numbers and of the sum over all combinations of levels of what a table has for them. */
interface CompiledTerm {
  readonly numbers: readonly number[];
  readonly mixes: readonly { readonly slot: number; readonly stride: number }[];
  readonly table: Float64Array;
  /** Where what it comes to is kept; below 0 where nothing needs it. */
  readonly part: number;
}

interface CompiledNode {
  readonly slot: number;
  readonly terms: readonly CompiledTerm[];
  readonly difference: readonly [from: number, less: number] | null;
  readonly isWhole: boolean;
  readonly isCost: boolean;
}

/** Evaluates learnt quantities over tables. */
export interface Evaluator {
  put(factors: Factors): void;
  /** Levels of all factors that were put, to be put again. */
  levels(): readonly Found[];
  putAgain(levels: readonly Found[]): void;
  /** Where a number is kept: a factor, a quantity that is no cost, or a part of one that another needs. */
  slotOf(name: string): number;
  /** By slot. */
  readonly numbers: Float64Array;
  /**
   * Works the quantities of a group out from the levels that were put last.
   *
   * @param values - numbers to use, and to keep what comes out among, in place of those that were put last.
   * @returns the sum of those that are costs.
   */
  run(group?: number, values?: Float64Array): number;
}

/** Every coefficient of a term with its levels. */
function coefficientsOf(
  weights: Weights | number,
  levels: readonly string[] = [],
): { readonly levels: readonly string[]; readonly coefficient: number }[] {
  if (typeof weights === 'number') return [{ levels, coefficient: weights }];
  return Object.entries(weights).flatMap(([level, inner]) => coefficientsOf(inner, [...levels, level]));
}

/** Lays the coefficients of quantities out in tables, in groups that are worked out each by itself. */
export function compile(...groups: readonly (readonly LearntNode[])[]): Evaluator {
  const slots = new Map<string, number>();
  const slotOf = (name: string) => {
    const slot = slots.get(name) ?? slots.size;
    slots.set(name, slot);
    return slot;
  };
  /** By slot: levels of a factor that are in some table, each as what is found for it alone. */
  const vocabularies: Map<string, Found>[] = [];
  const learn = (slot: number, level: string) => {
    vocabularies[slot] ??= new Map();
    const vocabulary = vocabularies[slot] as Map<string, Found>;
    if (!vocabulary.has(level)) vocabulary.set(level, { places: [vocabulary.size], weights: [1] });
  };
  const learnOf = (node: LearntNode) => ({
    node,
    terms: node.terms.flatMap(({ factors: names, key, part }) => {
      const [factors, coefficients] = [names.map(slotOf), coefficientsOf(node.weights[key] ?? {})];
      const kept = part === null ? -1 : slotOf(part);
      // A number has one level without a name.
      const mixed = factors.flatMap((slot, at) => (coefficients[0]?.levels[at] === '' ? [] : [{ slot, at }]));
      for (const { levels } of coefficients) for (const { slot, at } of mixed) learn(slot, levels[at] as string);
      return coefficients.length === 0 ? [] : [{ factors, mixed, coefficients, part: kept }];
    }),
  });
  // Tables are as wide as all that is learnt of their factors: every group first.
  const learnt = groups.map((nodes) => nodes.map(learnOf));
  const compiled = learnt.map((nodes) =>
    nodes.map(
      ({ node, terms }): CompiledNode => ({
        slot: slotOf(node.name),
        isWhole: node.isWhole,
        isCost: node.isCost,
        difference: node.difference && [slotOf(node.difference[0]), slotOf(node.difference[1])],
        terms: terms.map(({ factors, mixed, coefficients, part }): CompiledTerm => {
          let size = 1;
          const mixes = mixed.map(({ slot, at }) => {
            const vocabulary = vocabularies[slot] as Map<string, Found>;
            const stride = size;
            size *= vocabulary.size;
            return { slot, at, stride, placeOf: (level: string) => vocabulary.get(level)?.places[0] as number };
          });
          const table = new Float64Array(size);
          for (const { levels, coefficient } of coefficients) {
            const place = mixes.reduce(
              (sum, { at, stride, placeOf }) => sum + stride * placeOf(levels[at] as string),
              0,
            );
            table[place] = coefficient;
          }
          return { numbers: factors.filter((_, rank) => !mixed.some(({ at }) => at === rank)), mixes, table, part };
        }),
      }),
    ),
  );
  const numbers = new Float64Array(slots.size);
  const found: Found[] = Array.from(slots, () => NONE);

  function lookUp(vocabulary: Map<string, Found>, factor: string | readonly Level[]): Found {
    if (typeof factor === 'string') return vocabulary.get(factor) ?? NONE;
    const places: number[] = [];
    const weights: number[] = [];
    for (const [level, weight] of factor) {
      const one = vocabulary.get(level);
      if (one === undefined) continue;
      places.push(one.places[0] as number);
      weights.push(weight);
    }
    return { places, weights };
  }

  function sumOf(term: CompiledTerm, at: number, place: number): number {
    const { mixes, table } = term;
    if (at === mixes.length) return table[place] as number;
    const { slot, stride } = mixes[at] as CompiledTerm['mixes'][number];
    const { places, weights } = found[slot] as Found;
    const isLast = at === mixes.length - 1;
    let sum = 0;
    for (let level = 0; level < places.length; level++) {
      const next = place + stride * (places[level] as number);
      sum += (weights[level] as number) * (isLast ? (table[next] as number) : sumOf(term, at + 1, next));
    }
    return sum;
  }

  function put(factors: Factors): void {
    for (const name in factors) {
      const slot = slots.get(name);
      if (slot === undefined) continue;
      const factor = factors[name] as Factor;
      if (typeof factor === 'number') {
        numbers[slot] = factor;
        continue;
      }
      const vocabulary = vocabularies[slot];
      found[slot] = factor === null || vocabulary === undefined ? NONE : lookUp(vocabulary, factor);
    }
  }

  return {
    slotOf,
    numbers,
    put,
    levels: () => found.slice(),
    putAgain(levels) {
      for (let slot = 0; slot < found.length; slot++) found[slot] = levels[slot] as Found;
    },
    run(group = 0, values = numbers) {
      let cost = 0;
      for (const { slot, terms, difference, isWhole, isCost } of compiled[group] as CompiledNode[]) {
        let value = difference ? (values[difference[0]] as number) - (values[difference[1]] as number) : 0;
        for (const term of terms) {
          let part = 1;
          for (const factor of term.numbers) part *= values[factor] as number;
          if (part !== 0) part *= sumOf(term, 0, 0);
          if (term.part >= 0) values[term.part] = part;
          value += part;
        }
        // Some costs have the name of a factor.
        if (isCost) cost += value;
        else values[slot] = isWhole ? Math.floor(value + 0.5) : value;
      }
      return cost;
    },
  };
}

/** Works one quantity out for each row, and puts it and those of its parts that others need among the factors of the row. */
export function evaluate(node: LearntNode, rows: readonly Factors[]): number[] {
  const evaluator = compile([node]);
  const parts = node.terms.flatMap(({ part }) => part ?? []);
  const numberOf = (name: string) => evaluator.numbers[evaluator.slotOf(name)] as number;
  return rows.map((row) => {
    evaluator.put(row);
    const cost = evaluator.run();
    for (const part of parts) row[part] = numberOf(part);
    if (node.isCost) return cost;
    const value = numberOf(node.name);
    row[node.name] = value;
    return value;
  });
}
