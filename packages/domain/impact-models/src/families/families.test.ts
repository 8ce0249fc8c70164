import { seededRandom } from '@ecobalyse/estimation';
import { describe, expect, it } from 'vitest';
import { fitFeatureSpec } from '../feature-spec.js';
import { plainGarment, sampleOf } from '../testing/plain-garment.js';
import { compileTrees } from './compiled-trees.js';
import { binTable, growTree, type Tree } from './decision-tree.js';
import { denseFeatures } from './dense-features.js';
import type { Family, Sample, TrainOptions } from './family.js';
import { meanBaseline } from './mean-baseline.js';
import { neuralNetwork } from './neural-network.js';
import { ridge } from './ridge.js';
import { solve } from './sparse-rows.js';
import { loadTensorFlow } from './tensor-backend.js';
import { treeColumns, usefulColumns } from './tree-columns.js';
import { boostedTrees, randomForest } from './tree-ensemble.js';

interface Trained<Learnt> {
  parameters: Learnt;
  predict: ReturnType<Family<Learnt>['load']>;
  steps: Parameters<TrainOptions['onProgress']>[];
}

async function trained<P>(family: Family<P>, samples: readonly Sample[], effort = 1): Promise<Trained<P>> {
  const steps: Parameters<TrainOptions['onProgress']>[] = [];
  const spec = fitFeatureSpec(samples.map(({ garment }) => garment));
  const parameters = await family.train(samples, spec, {
    seed: 1,
    effort,
    onProgress: (...step) => steps.push(step),
    onBackend: () => undefined,
  });
  return { parameters, predict: family.load(spec, parameters), steps };
}

it('the mean is that of the cost per kg of a type, or of all', async () => {
  const { parameters, predict, steps } = await trained(meanBaseline, [
    sampleOf(100, { mass: 1 }),
    sampleOf(400, { mass: 2 }),
    sampleOf(60, { mass: 0.5, product: 'jean' }),
  ]);
  expect(parameters).toEqual({ perKg: { tshirt: 150, jean: 120 }, overall: 140 });
  const asked = ['tshirt', 'jean', 'pull'].map((product) => plainGarment({ product, mass: 0.5 }));
  expect(predict(asked)).toEqual([75, 60, 70]);
  expect(steps).toEqual([[1, 1]]);
});

describe('least squares', () => {
  const dense = (rows: number[][]) => ({
    starts: Int32Array.from([0, ...rows.map((_, at) => (at + 1) * (rows[0] as number[]).length)]),
    columns: Int32Array.from(rows.flatMap((row) => row.map((_, column) => column))),
    values: Float64Array.from(rows.flat()),
    width: (rows[0] as number[]).length,
  });
  it('solve equations that have a solution', () => {
    const [x, y, z] = solve(
      dense([
        [2, 1, 0],
        [1, 3, 1],
        [0, 1, 4],
        [1, 1, 1],
      ]),
      Float64Array.from([4, 10, 14, 6]),
      0,
    );
    expect([x, y, z].map((value) => value?.toFixed(6))).toEqual(['1.000000', '2.000000', '3.000000']);
  });
  it('shrink by the penalty', () => {
    // (AᵀA + 2 I) x = Aᵀb of one column: (1 + 4 + 2) x = 1 + 4.
    expect(solve(dense([[1], [2]]), Float64Array.from([1, 2]), 2)[0]).toBeCloseTo(5 / 7, 12);
  });
  it('of nothing but zeros are zeros', () => {
    expect([
      ...solve(
        dense([
          [1, 2],
          [3, 4],
        ]),
        new Float64Array(2),
        1,
      ),
    ]).toEqual([0, 0]);
  });
});

it('a ridge finds effects per kg and per garment, whatever the mass', async () => {
  const samples = [0.2, 0.5, 1, 3].flatMap((mass) =>
    ['tshirt', 'jean'].flatMap((product) =>
      ['FR', 'BD', 'CN'].map((countryMaking) =>
        sampleOf((product === 'jean' ? 500 : 300) * mass + (countryMaking === 'BD' ? 40 * mass : 0) + 20, {
          mass,
          product,
          countryMaking,
        }),
      ),
    ),
  );
  const { parameters, predict, steps } = await trained(ridge, samples);
  const asked = [plainGarment({ mass: 2 }), plainGarment({ mass: 0.3, product: 'jean', countryMaking: 'BD' })];
  const [first, second] = predict(asked) as [number, number];
  expect(Math.abs(first - 620)).toBeLessThan(1);
  expect(Math.abs(second - 182)).toBeLessThan(1);
  expect(steps.map(([done, planned]) => [done, planned])).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
    [4, 4],
  ]);
  const losses = steps.slice(0, 3).map(([, , loss]) => loss as number);
  expect(parameters.penalty).toBe([0.003, 0.03, 0.3][losses.indexOf(Math.min(...losses))]);
  expect(new Set(losses).size).toBe(3);
  expect(parameters.terms).toHaveLength(new Set(parameters.terms).size);
});

describe('a tree', () => {
  const grown = (
    values: number[][],
    categories: boolean[],
    targets: number[],
    changed = {},
    weights = targets.map(() => 1),
  ): Tree =>
    growTree(
      binTable(
        values.map((column) => Float64Array.from(column)),
        categories,
      ),
      Int32Array.from(targets, (_, at) => at),
      Float64Array.from(targets),
      Float64Array.from(weights),
      { maxDepth: 3, minLeafWeight: 1, l2: 0, columnsPerSplit: 9, random: () => 0, ...changed },
    );

  it('splits numbers in the middle between two of them, where the error falls most', () => {
    expect(grown([[1, 2, 3, 4, 10]], [false], [5, 5, 5, 9, 9])).toEqual({
      column: [0, -1, -1],
      threshold: [3.5, 0, 0],
      leftSet: [null, null, null],
      missingLeft: [true, false, false],
      left: [1, -1, -1],
      right: [2, -1, -1],
      value: [6.6, 5, 9],
    });
  });

  it.each([0.5, 1, 2])('splits nothing where every target is the same, each of weight %d', (weight) => {
    const { column, value } = grown(
      [[1, 2, 3, 4]],
      [false],
      [5, 5, 5, 5],
      {},
      [1, 1, 1, 1].map(() => weight),
    );
    expect([column, value]).toEqual([[-1], [5]]);
  });

  it('takes what is at the threshold for below it, compiled too', () => {
    const sums = new Float64Array(2);
    compileTrees([grown([[1, 2]], [false], [5, 9])])(Float64Array.from([1.5, 1.500001]), 1, sums);
    expect([...sums]).toEqual([5, 9]);
  });

  it('splits categories by their means', () => {
    const tree = grown([[0, 1, 2, 0, 1, 2]], [true], [1, 9, 2, 1, 9, 2], { maxDepth: 1 });
    expect(tree).toMatchObject({
      column: [0, -1, -1],
      leftSet: [[0, 2], null, null],
      value: [4, 1.5, 9],
      missingLeft: [true, false, false],
    });
  });

  it('takes the column that tells most', () => {
    expect(
      grown(
        [
          [1, 2, 1, 2],
          [1, 1, 2, 2],
        ],
        [false, false],
        [3, 3, 7, 7],
      ).column[0],
    ).toBe(1);
  });

  it('sends what is missing where it was seen to go, and else where more rows went', () => {
    const nan = Number.NaN;
    expect(grown([[nan, 1, 2, 2]], [false], [8, 1, 9, 9], { maxDepth: 1, minLeafWeight: 2 })).toMatchObject({
      threshold: [1.5, 0, 0],
      missingLeft: [true, false, false],
    });
    expect(grown([[nan, nan, 2, 2]], [false], [1, 1, 9, 9])).toMatchObject({ missingLeft: [true, false, false] });
    expect(grown([[1, 2, 2]], [false], [1, 9, 9]).missingLeft[0]).toBe(false);
    expect(grown([[1, 2]], [false], [1, 9]).missingLeft[0]).toBe(true);
  });

  it.each([
    [{ maxDepth: 0 }, 1],
    [{ maxDepth: 1 }, 3],
    [{ maxDepth: 2 }, 7],
    [{ minLeafWeight: 2 }, 3],
    [{ minLeafWeight: 2.1 }, 1],
  ])('ends by %j with %d nodes', (changed, nodes) => {
    expect(grown([[1, 2, 3, 4]], [false], [1, 2, 8, 9], changed).column).toHaveLength(nodes);
  });

  it('weighs rows, and shrinks leaves', () => {
    expect(grown([[1, 1]], [false], [2, 8], {}, [1, 2]).value).toEqual([6]);
    expect(grown([[1, 1]], [false], [2, 8], { l2: 3 }, [1, 2]).value).toEqual([3]);
  });

  it('does not split what is the same', () => expect(grown([[1, 2, 3]], [false], [4, 4, 4]).column).toEqual([-1]));

  it('chooses from as many columns as it is told, drawn without putting back', () => {
    const both = [
      [1, 2, 1, 2],
      [1, 1, 2, 2],
    ];
    const roots = (die: number) =>
      grown(both, [false, false], [3, 3, 7, 7], { columnsPerSplit: 1, random: () => die }).column[0];
    expect([roots(0), roots(0.99)]).toEqual([0, 1].map((column) => (column === 0 ? expect.any(Number) : column)));
    expect(
      grown(both, [false, false], [3, 3, 7, 7], { columnsPerSplit: 1, maxDepth: 1, random: () => 0.99 }).column[0],
    ).toBe(1);
  });

  it('has bins of numbers that hold alike many of them, at most 128', () => {
    const { columns, rows } = binTable(
      [Float64Array.from({ length: 256 }, (_, at) => at), Float64Array.from([Number.NaN, 4, 2, 0, 2])],
      [false, true],
    );
    expect(rows).toBe(256);
    expect(columns[0]?.count).toBe(129);
    expect([...(columns[0]?.uppers ?? [])].slice(0, 3)).toEqual([1.5, 3.5, 5.5]);
    expect([...(columns[0]?.bins ?? [])].slice(0, 5)).toEqual([1, 1, 2, 2, 3]);
    expect(columns[0]?.uppers.at(-1)).toBe(255);
    expect(columns[1]).toMatchObject({ category: true, count: 6, bins: Uint16Array.from([0, 5, 3, 1, 3]) });
    expect(binTable([Float64Array.from([Number.NaN])], [true]).columns[0]?.count).toBe(1);
    expect(binTable([], []).rows).toBe(0);
  });
});

describe('an ensemble', () => {
  const random = seededRandom(1);
  const samples = Array.from({ length: 120 }, () => {
    const [mass, price] = [0.1 + random(), Math.floor(random() * 50)];
    const product = random() < 0.5 ? 'jean' : 'tshirt';
    return sampleOf(mass * (product === 'jean' ? 800 : 300) + 2 * price * mass, { mass, price, product });
  });
  it.each([
    ['random forest', randomForest, 0.5, 30],
    ['boosted trees', boostedTrees, 0.25, 100],
    ['random forest of least effort', randomForest, 0, 5],
    ['boosted trees of least effort', boostedTrees, 0, 20],
  ] as const)(
    'of %s has as many trees as the effort says and learns what it is shown',
    async (name, family, effort, count) => {
      const { parameters, predict, steps } = await trained(family, samples, effort);
      expect(parameters.trees).toHaveLength(count);
      expect(steps.at(-1)?.slice(0, 2)).toEqual([count, count]);
      expect(parameters.columns).toEqual(['massKg', 'product', 'price']);
      const predictions = predict(samples.map(({ garment }) => garment));
      const off = samples.map(({ cost }, at) => Math.abs((predictions[at] as number) / cost - 1));
      expect(off.reduce((sum, one) => sum + one, 0) / off.length).toBeLessThan(effort ? 0.05 : 0.2);
      if (name === 'boosted trees') {
        const losses = steps.map(([, , loss]) => loss as number);
        expect(losses).toHaveLength(20);
        expect(losses).toEqual(losses.toSorted((a, b) => b - a));
        expect(losses.at(-1)).toBeLessThan(20);
      }
    },
  );

  it('begins from the mean cost per kg of all kilograms', async () => {
    const few = [sampleOf(100, { mass: 1 }), sampleOf(500, { mass: 3 })];
    expect((await trained(boostedTrees, few, 0)).parameters.base).toBeCloseTo(150, 12);
    expect((await trained(randomForest, few, 0)).parameters.base).toBe(0);
  });
});

describe('what networks and trees see of a garment', () => {
  const garments = [
    plainGarment({ mass: 0.3, price: 10 }),
    plainGarment({ mass: 0.2, price: 30, printing: { kind: 'pigment' } }),
    plainGarment({ mass: 0.2 }),
    plainGarment({
      product: 'jean',
      materials: [
        { id: 'ei-coton', share: 0.25 },
        { id: 'ei-pet', share: 0.75 },
      ],
      countryMaking: 'BD',
      surfaceMass: 200,
    }),
  ];
  const spec = fitFeatureSpec(garments);
  const asked = plainGarment({
    product: 'jean',
    materials: [
      { id: 'ei-pet', share: 0.75 },
      { id: 'ei-coton', share: 0.25 },
    ],
    countryMaking: 'BD',
    price: 15,
    surfaceMass: 200,
    printing: { kind: 'pigment', ratio: 0.2 },
  });

  it('is a vector of categories, shares and scaled numbers', () => {
    const { width, encode } = denseFeatures(spec);
    // Types, countries, the same by stage, processes, materials, mixes, printing, then a flag and a number each.
    const shown = [...encode(asked)];
    expect(shown).toHaveLength(width);
    expect(shown).toEqual([0, 1, 0.75, 0.25, 1, 1, 1, 0, 1, 1, 0.25, 0.75, 0, 0, 1, 1, 0.25, 1, 0, 1, 0]);
    const unseen = encode(plainGarment({ product: 'hat', countryMaking: 'XX', fabricProcess: 'lace' }));
    expect([...unseen]).toEqual([0, 0, 0.75, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('has no countries by stage where all are made in one', () => {
    expect(denseFeatures(fitFeatureSpec(garments.slice(0, 3))).width).toBe(11);
  });

  it('is a column of each, and only those that tell something new', () => {
    const columns = treeColumns(spec);
    const values = Object.fromEntries(columns.map(({ name, value }) => [name, value(asked)]));
    expect(values).toEqual({
      massKg: 0.2,
      product: 1,
      countrySpinning: 0,
      countryFabric: 0,
      countryDyeing: 0,
      countryMaking: 1,
      fabricProcess: 0,
      composition: Number.NaN,
      disabledSteps: 0,
      business: 0,
      dyeingProcessType: 0,
      fading: 0,
      makingComplexity: 0,
      printing: 1,
      upcycled: 0,
      airTransportRatio: Number.NaN,
      makingDeadStock: Number.NaN,
      makingWaste: Number.NaN,
      numberOfReferences: Number.NaN,
      physicalDurability: Number.NaN,
      price: 15,
      printingRatio: 0.2,
      surfaceMass: 200,
      yarnSize: Number.NaN,
      'share of ei-coton': 0.25,
      'share of ei-pet': 0.75,
    });
    expect(columns.filter(({ category }) => category).map(({ name }) => name)).toEqual([
      'product',
      'countrySpinning',
      'countryFabric',
      'countryDyeing',
      'countryMaking',
      'fabricProcess',
      'composition',
      'disabledSteps',
      'business',
      'dyeingProcessType',
      'fading',
      'makingComplexity',
      'printing',
      'upcycled',
    ]);
    expect(usefulColumns(columns, garments).map(({ name }) => name)).toEqual([
      'massKg',
      'product',
      'composition',
      'printing',
      'price',
      'printingRatio',
      'surfaceMass',
      'share of ei-coton',
      'share of ei-pet',
    ]);
  });
});

describe('a network', () => {
  it('is two layers of tanh, then the cost per kg and that of a garment of half a kilogram', () => {
    const spec = fitFeatureSpec([plainGarment()]);
    // The categories of the garment are 1 each: type, country, process, material.
    const predict = neuralNetwork.load(spec, {
      costPerKg: 100,
      layers: [
        { weights: [0.1, 0, 0.1, 0, 0.1, 0, 0.1, 0.2], biases: [0.5, 0.3] },
        { weights: [1, 0.5, 0, 2], biases: [0, 0.1] },
        { weights: [1, 3, 2, 4], biases: [0.25, 0.75] },
      ],
    });
    const [a, b] = [Math.tanh(0.9), Math.tanh(0.5)];
    const [c, d] = [Math.tanh(a), Math.tanh(0.1 + 0.5 * a + 2 * b)];
    const [perKg, perGarment] = [0.25 + c + 2 * d, 0.75 + 3 * c + 4 * d];
    expect(predict([plainGarment({ mass: 0.2 })])[0]).toBeCloseTo(100 * (0.2 * perKg + 0.5 * perGarment), 6);
  });

  it('learns what it is shown, in as many epochs as the effort says', async () => {
    const samples = Array.from({ length: 150 }, (_, at) => {
      const [mass, product] = [0.1 + (at % 10) / 10, at % 3 ? 'jean' : 'tshirt'];
      return sampleOf(mass * (product === 'jean' ? 800 : 300) + 50, { mass, product }, { id: String(at) });
    });
    const { predict, steps } = await trained(neuralNetwork, samples, 0.2);
    expect(steps).toHaveLength(24);
    expect(steps.at(-1)?.slice(0, 2)).toEqual([24, 24]);
    expect(steps.at(-1)?.[2]).toBeLessThan((steps[0]?.[2] as number) / 5);
    const [jean, tshirt] = predict([plainGarment({ mass: 0.5, product: 'jean' }), plainGarment({ mass: 0.5 })]) as [
      number,
      number,
    ];
    expect(Math.abs(jean - 450)).toBeLessThan(45);
    expect(Math.abs(tshirt - 200)).toBeLessThan(45);
    const { tf } = await loadTensorFlow();
    const { numTensors } = tf.memory();
    expect((await trained(neuralNetwork, samples.slice(0, 10), 0)).steps).toHaveLength(3);
    // What a training needed is given back.
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
