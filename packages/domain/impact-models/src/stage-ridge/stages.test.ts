import { describe, expect, it } from 'vitest';
import { plainGarment } from '../testing/plain-garment.js';
import { compile, evaluate } from './evaluator.js';
import { factorsOf, placeFactors, placeOf } from './factors.js';
import { fitNode, type LearntNode } from './learnt-node.js';

const SYNTHETIC = new Set(['ei-pet']);
const factors = (changed: Record<string, unknown> = {}, durability = 1) =>
  factorsOf(plainGarment(changed), durability, SYNTHETIC);

describe('factors of a garment', () => {
  it('are all there, of one that tells no option', () => {
    expect(
      factors({ countrySpinning: 'IN', countryFabric: 'CN', countryDyeing: 'TR', countryMaking: 'BD' }, 0.9),
    ).toEqual({
      mass: 0.2,
      one: 1,
      durability: 0.9,
      product: 'tshirt',
      materials: [['ei-coton', 1]],
      synthetic: 0,
      process: 'weaving',
      cutting: 'tshirt weaving',
      stock: 'default',
      spun: [['of ei-coton', 1]],
      yarn: 'of tshirt',
      dyeing: 'average',
      printing: null,
      printed: null,
      complexity: 'tshirt weaving',
      fading: 0,
      trims: 'of tshirt',
      material: 1,
      'spinning on': 1,
      'fabric on': 1,
      'ennobling on': 1,
      'making on': 1,
      distribution: 1,
      use: 1,
      eol: 1,
      'material leg': [['IN of ei-coton', 1]],
      spinning: 'IN',
      'spinning leg': 'CN IN',
      fabric: 'CN',
      'fabric leg': 'CN TR',
      ennobling: 'TR',
      'ennobling leg': 'BD TR',
      making: 'BD',
      'making leg': 'BD FR',
      air: 'BD false',
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['waste', { makingWaste: 0.2 }, { cutting: [['told', 1.25]] }],
    ['dead stock', { makingDeadStock: 0.5 }, { stock: [['told', 2]] }],
    ['the yarn', { yarnSize: 80 }, { yarn: [['told', 2]] }],
    ['dyeing', { dyeingProcessType: 'continuous' }, { dyeing: 'continuous' }],
    ['complexity', { makingComplexity: 'high' }, { complexity: 'high' }],
    ['fading', { fading: true }, { fading: 1 }],
    ['trims', { trims: [{ id: 'zip', quantity: 3 }] }, { trims: [['zip', 3]] }],
    ['air', { airTransportRatio: 0.3 }, { air: [['told', 0.3]] }],
    [
      'a printing',
      { printing: { kind: 'pigment', ratio: 0.5 } },
      { printing: 'pigment', printed: [['pigment of tshirt', 0.5]] },
    ],
    [
      'a printing of a surface',
      { printing: { kind: 'pigment', ratio: 0.5 }, surfaceMass: 200 },
      { printed: [['pigment told', 0.25]] },
    ],
    ['no process', { fabricProcess: undefined }, { process: 'of tshirt', cutting: 'tshirt of tshirt' }],
    [
      'an origin and a spinning',
      { materials: [{ id: 'ei-lin', share: 1, country: 'BE', spinning: 'Unconventional' }] },
      { 'material leg': [['BE FR', 1]], spun: [['Unconventional', 1]] },
    ],
    [
      'what is left out',
      { disabledSteps: ['fabric', 'making', 'spinning'] },
      {
        process: 'none',
        cutting: 'none',
        stock: 'none',
        spun: 'none',
        'fabric on': 0,
        'making on': 0,
        'spinning on': 0,
        making: null,
        air: null,
        'ennobling leg': 'FR FR',
      },
    ],
    [
      'half of synthetic fibre',
      {
        materials: [
          { id: 'ei-pet', share: 0.5 },
          { id: 'ei-lin', share: 0.5 },
        ],
      },
      { synthetic: 1 },
    ],
    [
      'less than half',
      {
        materials: [
          { id: 'ei-pet', share: 0.499 },
          { id: 'ei-lin', share: 0.501 },
        ],
      },
      { synthetic: 0 },
    ],
    [
      'upcycling',
      { upcycled: true },
      {
        complexity: 'upcycled',
        material: 0,
        'spinning on': 0,
        'fabric on': 0,
        'ennobling on': 0,
        'making on': 1,
        fabric: null,
        making: 'FR',
        process: 'weaving',
      },
    ],
  ])('tell of %s', (_what, changed, expected) => expect(factors(changed)).toMatchObject(expected));

  it('have a way to the next stage that counts, and within the place where none does', () => {
    const home = plainGarment({ countryMaking: 'BD' });
    expect(
      placeFactors('material', 'FR', undefined, plainGarment({ materials: [{ id: 'a', share: 1, country: 'CN' }] }), 1),
    ).toEqual({ 'material leg': [['CN', 1]] });
    expect(placeFactors('fabric', 'TR', 'CN', home, 1)).toEqual({ fabric: 'TR', 'fabric leg': 'CN TR' });
    expect(placeFactors('fabric', 'TR', undefined, home, 1)).toEqual({ fabric: 'TR', 'fabric leg': 'TR TR' });
    expect(placeFactors('making', 'TR', undefined, home, 1)).toEqual({
      making: 'TR',
      'making leg': 'TR TR',
      air: 'TR true',
    });
    expect(placeFactors('making', 'TR', 'FR', home, 0.99)).toEqual({
      making: 'TR',
      'making leg': 'TR FR',
      air: 'TR false',
    });
    expect(['material', 'making', 'distribution', 'use', 'eol'].map((stage) => placeOf(home, stage as 'use'))).toEqual([
      'FR',
      'BD',
      'FR',
      'FR',
      'FR',
    ]);
    expect(factors({ disabledSteps: ['ennobling', 'making'], countryFabric: 'CN' })['fabric leg']).toBe('CN FR');
    expect(factors({ disabledSteps: ['distribution', 'use', 'eol'], countryMaking: 'BD' })['making leg']).toBe('BD BD');
  });
});

const node = (changed: Partial<LearntNode>): LearntNode => ({
  name: 'out',
  isCost: false,
  isWhole: false,
  terms: [],
  weights: {},
  difference: null,
  ...changed,
});
const termOf = (key: string, ...factors: string[]) => ({ factors, key, part: null });

describe('learnt quantities', () => {
  it('are products of numbers and of the coefficients of levels, summed by their weights', () => {
    const rows = [
      {
        mass: 2,
        fibre: [
          ['a', 0.25],
          ['b', 0.75],
        ] as const,
        place: 'FR',
      },
      { mass: 1, fibre: [['a', 1]] as const, place: 'CN' },
      {
        mass: 1,
        fibre: [
          ['c', 1],
          ['b', 0.5],
        ] as const,
        place: 'FR',
      },
      { mass: 4, fibre: null, place: 'FR' },
    ].map((row) => ({ ...row }));
    const learnt = node({
      terms: [termOf('0', 'mass', 'fibre', 'place'), termOf('1', 'place')],
      weights: { 0: { '': { a: { FR: 8, CN: 3 }, b: { FR: 4 } } }, 1: { FR: 100, CN: 200 } },
    });
    expect(evaluate(learnt, rows)).toEqual([110, 203, 102, 100]);
    expect(rows[0]).toMatchObject({ out: 110 });
  });

  it('can be differences, whole numbers and costs', () => {
    const rows = [{ a: 7, b: 4, mass: 1.25 }];
    expect(evaluate(node({ name: 'less', difference: ['a', 'b'] }), rows)).toEqual([3]);
    expect(rows[0]).toMatchObject({ less: 3 });
    const half = (isWhole: boolean, weight: number) =>
      evaluate(node({ isWhole, terms: [termOf('0', 'mass')], weights: { 0: { '': weight } } }), rows)[0];
    expect([half(true, 2), half(true, 1.9), half(false, 2)]).toEqual([3, 2, 2.5]);
    expect(
      evaluate(node({ name: 'paid', isCost: true, terms: [termOf('0', 'mass')], weights: { 0: { '': 2 } } }), rows),
    ).toEqual([2.5]);
    expect(rows[0]).not.toHaveProperty('paid');
  });

  it('are worked out group by group, on values of the caller', () => {
    const evaluator = compile(
      [
        node({ name: 'kg', terms: [termOf('0', 'mass')], weights: { 0: { '': 3 } } }),
        node({
          name: 'x',
          isCost: true,
          terms: [termOf('0', 'kg', 'place')],
          weights: { 0: { '': { FR: 2, CN: 5 } } },
        }),
      ],
      [node({ name: 'y', isCost: true, terms: [termOf('0', 'place')], weights: { 0: { CN: 7 } } })],
    );
    evaluator.put({ mass: 2, place: 'CN', unknown: 9 });
    expect([evaluator.run(), evaluator.run(1)]).toEqual([30, 7]);
    const kept = evaluator.levels();
    evaluator.put({ place: 'XX' });
    expect([evaluator.run(), evaluator.run(1)]).toEqual([0, 0]);
    evaluator.putAgain(kept);
    expect(evaluator.run(1)).toBe(7);
    const mine = evaluator.numbers.slice();
    mine[evaluator.slotOf('mass')] = 10;
    expect(evaluator.run(0, mine)).toBe(150);
    expect([mine[evaluator.slotOf('kg')], evaluator.numbers[evaluator.slotOf('kg')]]).toEqual([30, 6]);
    evaluator.put({ place: null });
    expect(evaluator.run(1)).toBe(0);
  });

  it('are found by least squares, by levels that share coefficients too', () => {
    const rows = [1, 2, 3, 4].flatMap((mass) =>
      ['FR', 'CN'].flatMap((from) => ['BD', 'TR'].map((to) => ({ mass, from, to }))),
    );
    const cost = { FR: 2, CN: 3, BD: 5, TR: 7 } as Record<string, number>;
    const apart = fitNode(
      { name: 'n', terms: [{ factors: ['mass', 'from'] }, { factors: ['mass', 'to'] }] },
      rows,
      rows.map(({ mass, from, to }) => mass * ((cost[from] as number) + (cost[to] as number))),
    );
    const found = evaluate(apart, rows);
    rows.forEach(({ mass, from, to }, at) => {
      expect(found[at]).toBeCloseTo(mass * ((cost[from] as number) + (cost[to] as number)), 5);
    });
    expect(apart).toMatchObject({
      isCost: false,
      isWhole: false,
      difference: null,
      terms: [
        { key: '0', part: null },
        { key: '1', part: null },
      ],
    });

    const both = rows.map((row) => ({ ...row, back: row.from }));
    const shared = fitNode(
      {
        name: 'n',
        isCost: true,
        terms: [
          { factors: ['mass', 'from'], key: 'way' },
          { factors: ['back'], key: 'way' },
        ],
      },
      both,
      both.map(({ mass, from }) => (mass + 1) * (cost[from] as number)),
    );
    expect(Object.keys(shared.weights)).toEqual(['way']);
    expect(shared.isCost).toBe(true);
  });

  it('are whole where they are counted', () => {
    const rows = [
      { mass: 1, of: 'a' },
      { mass: 1, of: 'b' },
    ];
    const { weights } = fitNode({ name: 'n', isWhole: true, terms: [{ factors: ['of'] }] }, rows, [44.6, 31.4]);
    expect(weights).toEqual({ 0: { a: 45, b: 31 } });
  });

  it('weigh each row by its kilogram unless they are told otherwise', () => {
    const rows = [
      { mass: 1, of: 'a' },
      { mass: 2, of: 'a' },
    ];
    const node = { name: 'n', terms: [{ factors: ['of'] }] };
    const of = (weights?: number[]) => (fitNode(node, rows, [10, 40], 0, weights).weights as { 0: { a: number } })[0].a;
    expect(of()).toBeCloseTo((10 + 40 / 4) / 1.25, 9);
    expect(of([1, 1])).toBeCloseTo(25, 9);
    expect(of([3, 1])).toBeCloseTo((90 + 40) / 10, 9);
    // A penalty on a column that is scaled to at most 1.
    expect((fitNode(node, rows, [10, 40], 1, [1, 1]).weights as { 0: { a: number } })[0].a).toBeCloseTo(50 / 3, 9);
  });
});
