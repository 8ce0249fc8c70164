import type { Random } from '@ecobalyse/estimation';

/**
 * A regression tree as parallel arrays, by node; node 0 is the root. A leaf has column -1.
 *
 * A number goes left when it is at most the threshold, a category when it is in the left set. What training has not
 * seen goes where more of the training rows went.
 */
export interface Tree {
  column: number[];
  threshold: number[];
  leftSet: (number[] | null)[];
  missingLeft: boolean[];
  left: number[];
  right: number[];
  value: number[];
}

/** Rows in bins: the values of a column are replaced by the position of the bin that they fall into. */
export interface BinnedTable {
  rows: number;
  columns: { category: boolean; bins: Uint16Array; uppers: Float64Array; count: number }[];
}

export interface TreeOptions {
  maxDepth: number;
  minLeafWeight: number;
  /** Shrinks leaves with little weight towards 0. */
  l2: number;
  /** Columns that each split chooses from. */
  columnsPerSplit: number;
  random: Random;
}

const MAX_BINS = 128;

/** Bin 0 is for missing values; the others are categories, or ranges of numbers between quantiles. */
export function binTable(values: readonly Float64Array[], categories: readonly boolean[]): BinnedTable {
  return {
    rows: values[0]?.length ?? 0,
    columns: values.map((column, at) => {
      const category = categories[at] ?? false;
      const distinct = [...new Set(column)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      const count = category ? (distinct.at(-1) ?? -1) + 1 : Math.min(distinct.length, MAX_BINS);
      const uppers = category
        ? new Float64Array(0)
        : Float64Array.from({ length: count }, (_, bin) => {
            const position = Math.ceil(((bin + 1) * distinct.length) / count) - 1;
            const [here, next] = [distinct[position] as number, distinct[position + 1]];
            return next === undefined ? here : (here + next) / 2;
          });
      const bins = Uint16Array.from(column, (value) => {
        if (Number.isNaN(value)) return 0;
        if (category) return value + 1;
        let [low, high] = [0, count - 1];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (value <= (uppers[middle] as number)) high = middle;
          else low = middle + 1;
        }
        return low + 1;
      });
      return { category, bins, uppers, count: count + 1 };
    }),
  };
}

interface Split {
  gain: number;
  column: number;
  /** By bin, whether it goes left. */
  left: Uint8Array;
  threshold: number;
}

/**
 * Grows a tree that fits `targets` in weighted least squares; the categories of a split are ordered by their mean, which
 * finds the best of all subsets (Fisher, 1958).
 */
export function growTree(
  table: BinnedTable,
  rows: Int32Array,
  targets: Float64Array,
  weights: Float64Array,
  options: TreeOptions,
): Tree {
  const tree: Tree = { column: [], threshold: [], leftSet: [], missingLeft: [], left: [], right: [], value: [] };
  const most = Math.max(...table.columns.map(({ count }) => count), 1);
  const sums = new Float64Array(most);
  const masses = new Float64Array(most);

  function bestSplit(start: number, end: number, sum: number, mass: number): Split | null {
    let best: Split | null = null;
    const score = (s: number, w: number) => (s * s) / (w + options.l2);
    const whole = score(sum, mass);
    for (const column of chosenColumns(table.columns.length, options)) {
      const { bins, count, category, uppers } = table.columns[column] as BinnedTable['columns'][number];
      sums.fill(0, 0, count);
      masses.fill(0, 0, count);
      for (let at = start; at < end; at++) {
        const row = rows[at] as number;
        const bin = bins[row] as number;
        const weight = weights[row] as number;
        sums[bin] = (sums[bin] as number) + weight * (targets[row] as number);
        masses[bin] = (masses[bin] as number) + weight;
      }
      const order: number[] = [];
      for (let bin = 0; bin < count; bin++) if ((masses[bin] as number) > 0) order.push(bin);
      if (category)
        order.sort(
          (a, b) => (sums[a] as number) / (masses[a] as number) - (sums[b] as number) / (masses[b] as number) || a - b,
        );
      let [leftSum, leftMass] = [0, 0];
      for (let position = 0; position < order.length - 1; position++) {
        const bin = order[position] as number;
        leftSum += sums[bin] as number;
        leftMass += masses[bin] as number;
        if (leftMass < options.minLeafWeight || mass - leftMass < options.minLeafWeight) continue;
        const gain = score(leftSum, leftMass) + score(sum - leftSum, mass - leftMass) - whole;
        if (gain > (best?.gain ?? 1e-9 * Math.abs(whole))) {
          const left = new Uint8Array(count);
          for (const member of order.slice(0, position + 1)) left[member] = 1;
          best = { gain, column, left, threshold: category ? 0 : (uppers[bin - 1] ?? Number.NEGATIVE_INFINITY) };
        }
      }
    }
    return best;
  }

  function grow(start: number, end: number, depth: number): number {
    const node = tree.column.length;
    let [sum, mass] = [0, 0];
    for (let at = start; at < end; at++) {
      const row = rows[at] as number;
      sum += (weights[row] as number) * (targets[row] as number);
      mass += weights[row] as number;
    }
    tree.column.push(-1);
    tree.threshold.push(0);
    tree.leftSet.push(null);
    tree.missingLeft.push(false);
    tree.left.push(-1);
    tree.right.push(-1);
    tree.value.push(sum / (mass + options.l2));
    const split = depth < options.maxDepth ? bestSplit(start, end, sum, mass) : null;
    if (!split) return node;

    const { bins, category } = table.columns[split.column] as BinnedTable['columns'][number];
    const inOrder = rows.slice(start, end);
    const goesLeft = (row: number) => split.left[bins[row] as number] === 1;
    const leftRows = inOrder.filter(goesLeft);
    rows.set(leftRows, start);
    rows.set(
      inOrder.filter((row) => !goesLeft(row)),
      start + leftRows.length,
    );
    const middle = start + leftRows.length;
    const missingSeen = inOrder.some((row) => bins[row] === 0);
    tree.column[node] = split.column;
    tree.threshold[node] = split.threshold;
    tree.leftSet[node] = category
      ? [...split.left].flatMap((isLeft, bin) => (isLeft && bin > 0 ? [bin - 1] : []))
      : null;
    tree.missingLeft[node] = missingSeen ? split.left[0] === 1 : middle - start >= end - middle;
    tree.left[node] = grow(start, middle, depth + 1);
    tree.right[node] = grow(middle, end, depth + 1);
    return node;
  }

  grow(0, rows.length, 0);
  return tree;
}

function chosenColumns(count: number, { columnsPerSplit, random }: TreeOptions): number[] {
  const columns = Array.from({ length: count }, (_, column) => column);
  if (columnsPerSplit >= count) return columns;
  for (let at = 0; at < columnsPerSplit; at++) {
    const other = at + Math.floor(random() * (count - at));
    [columns[at], columns[other]] = [columns[other] as number, columns[at] as number];
  }
  return columns.slice(0, columnsPerSplit);
}
