import { type SparseRows, solve } from '../families/sparse-rows.js';
import type { Factor, Factors, Level } from './factors.js';
import { NODES, type Term } from './nodes.js';

/** Coefficients by the levels of the factors, one inside the other. */
export type Weights = { [level: string]: Weights | number };

/** A quantity as it was learnt: what evaluates it needs to know nothing of garments. */
export interface LearntNode {
  name: string;
  isCost: boolean;
  isWhole: boolean;
  /** `part` names what a term comes to, where another node needs it. */
  terms: { factors: readonly string[]; key: string; part: string | null }[];
  /** By the key of the terms. */
  weights: Record<string, Weights>;
  /** Set for a difference of two others. */
  difference: readonly [from: string, less: string] | null;
}

/** On columns scaled to at most 1; no more for many rows, of which few may tell of a rare level. */
export const PENALTY = 4e-7;

const nearest = (value: number) => Math.floor(value + 0.5);

/** A number is one level that has no name; 0 and null are none. */
function levelsOf(factor: Factor | undefined): readonly Level[] {
  if (typeof factor === 'string') return [[factor, 1]];
  if (typeof factor === 'number') return factor === 0 ? [] : [['', factor]];
  return factor ?? [];
}

/** Calls `visit` with each combination of levels that the garment has, and the product of their weights. */
function eachProduct(
  factors: Factors,
  names: readonly string[],
  visit: (levels: readonly string[], weight: number) => void,
): void {
  const levels: string[] = [];
  const descend = (at: number, weight: number) => {
    if (at === names.length) return visit(levels, weight);
    for (const [level, share] of levelsOf(factors[names[at] as string])) {
      levels[at] = level;
      descend(at + 1, weight * share);
    }
  };
  descend(0, 1);
}

const NEEDED = new Set(NODES.flatMap((node) => ('terms' in node ? node.terms.flatMap(({ factors }) => factors) : [])));
const partOf = (name: string) => (NEEDED.has(name) ? name : null);

const keyOf = ({ key }: Term, at: number) => key ?? String(at);

/**
 * Learns one quantity by least squares.
 *
 * @param weights - what the error of each row is multiplied by; one for each kg of the garment unless told.
 */
export function fitNode(
  node: { name: string; terms: readonly Term[]; isCost?: boolean; isWhole?: boolean },
  rows: readonly Factors[],
  targets: readonly number[],
  penalty = PENALTY,
  weights: readonly number[] = rows.map((row) => 1 / (row.mass as number)),
): LearntNode {
  const columns = new Map<string, { index: number; path: readonly string[]; scale: number }>();
  const starts = new Int32Array(rows.length + 1);
  const indexes: number[] = [];
  const values: number[] = [];
  rows.forEach((row, at) => {
    node.terms.forEach((term, position) => {
      const key = keyOf(term, position);
      eachProduct(row, term.factors, (levels, weight) => {
        const name = [key, ...levels].join('|');
        const column = columns.get(name) ?? { index: columns.size, path: [key, ...levels], scale: 0 };
        columns.set(name, column);
        const value = weight * (weights[at] as number);
        column.scale = Math.max(column.scale, Math.abs(value));
        indexes.push(column.index);
        values.push(value);
      });
    });
    starts[at + 1] = indexes.length;
  });
  const found = [...columns.values()];
  const scales = found.map(({ scale }) => 1 / (scale || 1));
  const matrix: SparseRows = {
    starts,
    columns: Int32Array.from(indexes),
    values: Float64Array.from(values, (value, at) => value * (scales[indexes[at] as number] as number)),
    width: found.length,
  };
  const solution = solve(
    matrix,
    Float64Array.from(targets, (target, at) => target * (weights[at] as number)),
    penalty,
  );
  const learnt: Record<string, Weights> = {};
  for (const { path, index } of found) {
    let branch: Weights = learnt;
    for (const level of path.slice(0, -1)) {
      branch[level] ??= {};
      branch = branch[level] as Weights;
    }
    const coefficient = (solution[index] as number) * (scales[index] as number);
    // What is counted is a whole multiple of what it depends on (METHOD §12.5).
    branch[path.at(-1) as string] = node.isWhole ? nearest(coefficient) : coefficient;
  }
  return {
    name: node.name,
    isCost: node.isCost ?? false,
    isWhole: node.isWhole ?? false,
    terms: node.terms.map((term, at) => ({
      factors: term.factors,
      key: keyOf(term, at),
      part: partOf(`${node.name} ${at}`),
    })),
    weights: learnt,
    difference: null,
  };
}
