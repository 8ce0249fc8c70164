import { seededRandom } from '@ecobalyse/estimation';
import type { FeatureSpec } from '../feature-spec.js';
import type { WholeGarment } from '../garment.js';
import { compileTrees } from './compiled-trees.js';
import { type BinnedTable, binTable, growTree, type Tree } from './decision-tree.js';
import type { Family, Predict, Sample, TrainOptions } from './family.js';
import { type TreeColumn, treeColumns, usefulColumns } from './tree-columns.js';

/** Trees whose values are added up, times the mass: they predict the cost per kg. */
export interface TreeEnsemble {
  columns: string[];
  base: number;
  trees: Tree[];
}

interface TrainingTable {
  columns: TreeColumn[];
  /** The values of the columns, row by row. */
  rows: Float64Array;
  table: BinnedTable;
  /** Cost per kg. */
  targets: Float64Array;
  /** An error per kg counts as much as it changes the cost. */
  weights: Float64Array;
}

function rowsOf(garments: readonly WholeGarment[], columns: readonly TreeColumn[]): Float64Array {
  const rows = new Float64Array(garments.length * columns.length);
  let at = 0;
  for (const garment of garments) for (const { value } of columns) rows[at++] = value(garment);
  return rows;
}

function trainingTable(samples: readonly Sample[], spec: FeatureSpec): TrainingTable {
  const garments = samples.map(({ garment }) => garment);
  const columns = usefulColumns(treeColumns(spec), garments);
  const values = columns.map(({ value }) => Float64Array.from(garments, value));
  return {
    columns,
    rows: rowsOf(garments, columns),
    table: binTable(
      values,
      columns.map(({ category }) => category),
    ),
    targets: Float64Array.from(samples, ({ cost, garment }) => cost / garment.massKg),
    weights: Float64Array.from(garments, ({ massKg }) => massKg),
  };
}

function load(spec: FeatureSpec, { columns: names, base, trees }: TreeEnsemble): Predict {
  const known = new Map(treeColumns(spec).map((column) => [column.name, column]));
  const columns = names.map((name) => known.get(name) as TreeColumn);
  const addTrees = compileTrees(trees);
  return (garments) => {
    const sums = new Float64Array(garments.length).fill(base);
    addTrees(rowsOf(garments, columns), columns.length, sums);
    return garments.map(({ massKg }, at) => (sums[at] as number) * massKg);
  };
}

const mean = (values: Float64Array, weights: Float64Array): number => {
  let [sum, total] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    sum += (values[at] as number) * (weights[at] as number);
    total += weights[at] as number;
  }
  return sum / total;
};

const FOREST = { trees: 60, maxDepth: 18, minLeafWeight: 0.6, columnsShare: 0.5 };

/** Trees on bootstrap samples and random columns, averaged (Breiman, 2001). */
export const randomForest: Family<TreeEnsemble> = {
  hyperparameters: FOREST,
  async train(samples, spec, { seed, effort, onProgress }: TrainOptions) {
    const { columns, table, targets, weights } = trainingTable(samples, spec);
    const random = seededRandom(seed);
    const count = Math.max(5, Math.round(FOREST.trees * effort));
    const trees: Tree[] = [];
    for (let index = 0; index < count; index++) {
      const rows = Int32Array.from(samples, () => Math.floor(random() * samples.length));
      const tree = growTree(table, rows, targets, weights, {
        maxDepth: FOREST.maxDepth,
        minLeafWeight: FOREST.minLeafWeight,
        l2: 0,
        columnsPerSplit: Math.ceil(columns.length * FOREST.columnsShare),
        random,
      });
      tree.value = tree.value.map((value) => value / count);
      trees.push(tree);
      onProgress(index + 1, count);
    }
    return { columns: columns.map(({ name }) => name), base: 0, trees };
  },
  load,
};

const BOOSTING = { trees: 400, rate: 0.1, maxDepth: 6, minLeafWeight: 1.5, l2: 0.5, rowsShare: 0.8, columnsShare: 0.6 };
const REPORTED_STEPS = 20;

/** Small trees, each fitted to what the ones before it leave (Friedman, 2001). */
export const boostedTrees: Family<TreeEnsemble> = {
  hyperparameters: BOOSTING,
  async train(samples, spec, { seed, effort, onProgress }: TrainOptions) {
    const { columns, rows, table, targets, weights } = trainingTable(samples, spec);
    const random = seededRandom(seed);
    const count = Math.max(20, Math.round(BOOSTING.trees * effort));
    const base = mean(targets, weights);
    const residuals = targets.map((target) => target - base);
    const fitted = new Float64Array(targets.length);
    const trees: Tree[] = [];
    for (let index = 0; index < count; index++) {
      const drawn = Int32Array.from(samples, (_, row) => row).filter(() => random() < BOOSTING.rowsShare);
      const tree = growTree(table, drawn, residuals, weights, {
        maxDepth: BOOSTING.maxDepth,
        minLeafWeight: BOOSTING.minLeafWeight,
        l2: BOOSTING.l2,
        columnsPerSplit: Math.ceil(columns.length * BOOSTING.columnsShare),
        random,
      });
      tree.value = tree.value.map((value) => value * BOOSTING.rate);
      fitted.fill(0);
      compileTrees([tree])(rows, columns.length, fitted);
      for (let at = 0; at < fitted.length; at++) residuals[at] = (residuals[at] as number) - (fitted[at] as number);
      trees.push(tree);
      if ((index + 1) % Math.ceil(count / REPORTED_STEPS) === 0 || index + 1 === count)
        onProgress(
          index + 1,
          count,
          Math.sqrt(
            mean(
              residuals.map((value) => value * value),
              weights,
            ),
          ),
        );
    }
    return { columns: columns.map(({ name }) => name), base, trees };
  },
  load,
};
