import { seededRandom } from '@ecobalyse/estimation';
import { describe, expect, it } from 'vitest';
import { fitFeatureSpec } from '../feature-spec.js';
import { sampleGarments } from '../testing/sample-garments.js';
import { compileTrees } from './compiled-trees.js';
import { binTable, growTree, type Tree } from './decision-tree.js';
import type { Sample } from './family.js';
import { boostedTrees, randomForest } from './tree-ensemble.js';

/** The value of a tree, read as {@link Tree} describes it. */
function treeValue(tree: Tree, row: readonly number[]): number {
  let node = 0;
  for (let column = tree.column[0] as number; column >= 0; column = tree.column[node] as number) {
    const value = row[column] as number;
    const set = tree.leftSet[node];
    const goesLeft = Number.isNaN(value)
      ? tree.missingLeft[node]
      : set
        ? set.includes(value)
        : value <= (tree.threshold[node] as number);
    node = (goesLeft ? tree.left[node] : tree.right[node]) as number;
  }
  return tree.value[node] as number;
}

/** A number, one of 90 categories (more than a word has bits), a number; some of each missing. */
const CATEGORIES = 90;
function drawRows(count: number, random: () => number, categories = CATEGORIES): number[][] {
  const orMissing = (value: number) => (random() < 0.15 ? Number.NaN : value);
  return Array.from({ length: count }, () => [
    orMissing(random()),
    orMissing(Math.floor(random() * categories)),
    orMissing(Math.floor(random() * 3)),
  ]);
}

describe('compiled trees', () => {
  it('give the sums that walking tree by tree gives, also for missing values and categories never seen', () => {
    const random = seededRandom(5);
    const rows = drawRows(600, random);
    const targets = Float64Array.from(
      rows,
      ([a, b, c]) => Math.sin(9 * (a || 0)) + ((b || 3) % 7) + (c || 1) + random(),
    );
    const table = binTable(
      [0, 1, 2].map((column) => Float64Array.from(rows, (row) => row[column] as number)),
      [false, true, false],
    );
    const trees = Array.from({ length: 12 }, () =>
      growTree(
        table,
        Int32Array.from(rows, () => Math.floor(random() * rows.length)),
        targets,
        targets.map(() => 1),
        {
          maxDepth: 9,
          minLeafWeight: 2,
          l2: 0.1,
          columnsPerSplit: 2,
          random,
        },
      ),
    );
    expect(trees.some(({ leftSet }) => leftSet.some((set) => set?.some((category) => category >= 64)))).toBe(true);

    const asked = drawRows(500, random, CATEGORIES + 60);
    const sums = new Float64Array(asked.length).fill(0.5);
    compileTrees(trees)(Float64Array.from(asked.flat()), 3, sums);
    const expected = asked.map((row) => trees.reduce((sum, tree) => sum + treeValue(tree, row), 0.5));
    expect([...sums]).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(100);
  });

  it('of no rows and of no trees are nothing', () => {
    const sums = new Float64Array(2).fill(3);
    compileTrees([])(new Float64Array(6), 3, sums);
    expect([...sums]).toEqual([3, 3]);
  });
});

describe.each([
  ['random forest', randomForest],
  ['boosted trees', boostedTrees],
])('a %s', (_name, family) => {
  it('predicts garments together as it predicts them one by one', async () => {
    const samples: readonly Sample[] = sampleGarments();
    const garments = samples.map(({ garment }) => garment);
    const spec = fitFeatureSpec(garments);
    const options = { seed: 1, effort: 0.05, onProgress: () => undefined, onBackend: () => undefined };
    const predict = family.load(spec, await family.train(samples, spec, options));
    expect(predict(garments)).toEqual(garments.flatMap((garment) => predict([garment])));
    expect(predict([])).toEqual([]);
  });
});
