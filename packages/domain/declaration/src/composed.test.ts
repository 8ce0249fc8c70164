import { simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { type Component, ComposedQueryError, type Lot, scoreComposed, scoreLot } from './composed.js';

const COTTON = [{ id: 'ei-coton', share: 1 }];
const COUNTRIES = { countryFabric: 'TR', countryDyeing: 'TR', countryMaking: 'TN' };
const SHIRT = { product: 'tshirt', mass: 0.15, materials: COTTON, ...COUNTRIES };
const TROUSERS = { product: 'pantalon', mass: 0.4, materials: COTTON, ...COUNTRIES };
const METAL = { id: '0c903fc7-279b-4375-8cfa-ca8133b8e973', quantity: 2 };
const cost = (query: object) => simulateTotals(query).ecs;
const scoreOf = (lot: Lot) => {
  const score = scoreLot(lot);
  if (score.rule === 'out-of-scope') throw new Error('expected a score');
  return score;
};

describe('a lot', () => {
  it('of items that differ is their sum, at their parts of its price', () => {
    const lot = { price: 50, numberOfReferences: 500, items: [{ ...SHIRT, numberOfItem: 2 }, TROUSERS] };
    // Usual prices: 10, 10 and 20 euros.
    const [shirt, trousers] = [
      cost({ ...SHIRT, price: 12.5, numberOfReferences: 500 }),
      cost({ ...TROUSERS, price: 25, numberOfReferences: 500 }),
    ];
    const score = scoreOf(lot);
    expect(score).toMatchObject({
      rule: 'different',
      items: [
        { ecs: shirt, numberOfItem: 2, price: 12.5 },
        { ecs: trousers, numberOfItem: 1, price: 25 },
      ],
      asPortal: { difference: 0 },
    });
    expect(score.ecs).toBeCloseTo(2 * shirt + trousers, 9);
    expect(score.mass).toBeCloseTo(0.7, 12);
    expect(score.per100g).toBeCloseTo((2 * shirt + trousers) / 7, 9);
  });

  it.each<[string, Lot['items']]>([
    ['one item in three pieces', [{ ...SHIRT, numberOfItem: 3 }]],
    ['three items', [SHIRT, SHIRT, SHIRT]],
    ['items told in another order', [SHIRT, { ...SHIRT, numberOfItem: 2, business: null }].map(reversed)],
    [
      'items whose materials are told in another way',
      [SHIRT, { ...SHIRT, numberOfItem: 2, materials: [{ country: null, share: 1, id: 'ei-coton' }] }],
    ],
  ])('of %s that are alike is one garment of their mass, at the price of the lot', (_, items) => {
    const score = scoreOf({ price: 30, items: items.map((item) => ({ ...item, trims: [METAL] })) });
    const whole = cost({ ...SHIRT, mass: 3 * 0.15, price: 30, trims: [{ ...METAL, quantity: 6 }] });
    const piece = cost({ ...SHIRT, price: 10, trims: [METAL] });
    expect(score.rule).toBe('identical');
    expect(score.ecs).toBeCloseTo(whole, 6);
    expect(score.asPortal.ecs).toBeCloseTo(3 * piece, 6);
    expect(score.asPortal.difference).toBeCloseTo(3 * piece - whole, 6);
    expect(Math.abs(score.asPortal.difference)).toBeGreaterThan(1);
  });

  it('without a price leaves each item its usual one', () => {
    const score = scoreOf({ items: [SHIRT, TROUSERS] });
    expect(score.items.map(({ price }) => price)).toEqual([null, null]);
    expect(score.ecs).toBeCloseTo(cost(SHIRT) + cost(TROUSERS), 9);
  });

  it('is out of scope when one item is', () => {
    expect(scoreLot({ items: [SHIRT, { product: 'hat', outOfScope: true }, { ...SHIRT, outOfScope: true }] })).toEqual({
      rule: 'out-of-scope',
      outOfScope: [1, 2],
    });
  });

  it('names the item that the method refuses', () => {
    const refused = (items: Lot['items']) => {
      try {
        return scoreLot({ items });
      } catch (error) {
        return error instanceof ComposedQueryError && [error.index, Object.keys(error.errors)];
      }
    };
    expect(refused([SHIRT, { ...SHIRT, countryMaking: 'XX' }])).toEqual([1, ['countryMaking']]);
  });
});

function reversed<T extends object>(item: T): T {
  return Object.fromEntries(Object.entries(item).reverse()) as T;
}

describe('a garment of several components', () => {
  const BODY: Component = { mass: 0.19, materials: COTTON, countryFabric: 'TR', countryDyeing: 'TR' };
  const COLLAR: Component = {
    mass: 0.01,
    materials: [
      { id: 'ei-coton', share: 0.5 },
      { id: 'ei-pet', share: 0.5 },
    ],
    countryFabric: 'CN',
    countryDyeing: 'CN',
  };
  const POLO = { product: 'tshirt', price: 40, countryMaking: 'TN', trims: [METAL], components: [COLLAR, BODY] };
  const whole = { product: 'tshirt', price: 40, countryMaking: 'TN' };

  it('by component is the sum at the whole price, with trims once', () => {
    const parts = [cost({ ...whole, ...COLLAR, trims: [] }), cost({ ...whole, ...BODY, trims: [METAL] })];
    const { byComponent, main, mass } = scoreComposed(POLO);
    expect([main, mass]).toEqual([1, 0.2]);
    expect(byComponent.components).toEqual(parts);
    expect(byComponent.ecs).toBeCloseTo((parts[0] as number) + (parts[1] as number), 9);
    expect(byComponent.per100g).toBeCloseTo(byComponent.ecs / 2, 9);
  });

  it('simplified is the whole mass and composition, with the countries of the heaviest', () => {
    const { simplified1 } = scoreComposed(POLO);
    const { countryFabric, countryDyeing } = BODY;
    const materials = [
      { id: 'ei-coton', share: 0.975 },
      { id: 'ei-pet', share: 0.025 },
    ];
    const expected = cost({ ...whole, mass: 0.2, materials, countryFabric, countryDyeing, trims: [METAL] });
    expect(simplified1.ecs).toBeCloseTo(expected, 6);
  });

  it.each<[string, Partial<Component>, boolean]>([
    ['a twentieth', {}, false],
    ['less', { mass: 0.0099 }, true],
    ['less, but labelled', { mass: 0.0099, isLabelled: true }, false],
  ])('may be taken for the heaviest when the others are %s of it: %s %s', (_, change, may) => {
    const { simplified2, mass } = scoreComposed({ ...POLO, components: [{ ...COLLAR, ...change }, BODY] });
    if (may) expect(simplified2?.ecs).toBeCloseTo(cost({ ...whole, ...BODY, mass, trims: [METAL] }), 9);
    else expect(simplified2).toBeNull();
  });

  it('as on the portal is without the making of the others, which is not divided by the durability', () => {
    const { asPortal, byComponent } = scoreComposed(POLO);
    const detailed = simulateDetailed({ ...whole, ...COLLAR, trims: [] });
    const making = detailed.lifeCycle[4]?.impacts.ecs as number;
    expect(detailed.durability).not.toBe(1);
    expect(asPortal).toEqual({ ecs: byComponent.ecs - making, difference: -making });
    expect(making).toBeGreaterThan(0);
  });

  it('has usual trims once, where it tells none', () => {
    const { trims: _, ...usual } = POLO;
    const { byComponent } = scoreComposed(usual);
    expect(byComponent.components).toEqual([cost({ ...whole, ...COLLAR, trims: [] }), cost({ ...whole, ...BODY })]);
  });

  it('names the component that the method refuses', () => {
    expect(() => scoreComposed({ ...POLO, components: [BODY, { ...COLLAR, countryFabric: 'XX' }] })).toThrow(
      expect.objectContaining({ index: 1, errors: { countryFabric: expect.any(String) } }),
    );
  });
});
