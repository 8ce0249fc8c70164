import type { Distribution } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { placeIn } from './place.js';

/** A hundred products from 10 to 30. */
const TYPE: Distribution = {
  impact: 'ecs',
  unit: 'Pts',
  method_version: '7.0.0',
  count: 100,
  min: 10,
  max: 30,
  mean: 18,
  quartiles: [12, 15, 25],
  bins: [
    { from: 10, to: 20, count: 80 },
    { from: 20, to: 30, count: 20 },
  ],
  below: 0,
  above: 0,
};

describe('the place of a cost among its type', () => {
  it.each([
    [9, 'cheapest'],
    [10, 'cheapest'],
    [15, 0.4],
    [20, 0.8],
    [25, 0.9],
    [29.99, 0.99],
    [30, 'dearest'],
    [31, 'dearest'],
  ])('%d: %s', (cost, place) => {
    expect(placeIn(TYPE, cost)).toBe(place);
  });

  it('counts the products that lie beyond the bins', () => {
    const far = { ...TYPE, count: 110, min: 1, max: 9000, below: 6, above: 4 };
    expect([5, 15, 100, 9000].map((cost) => placeIn(far, cost))).toEqual([6 / 110, 46 / 110, 106 / 110, 'dearest']);
  });

  it('is none where there are no products, or they cost the same', () => {
    const none = { ...TYPE, count: 0, min: null, max: null, mean: null, quartiles: null, bins: [] };
    const same = { ...TYPE, min: 10, max: 10, bins: [{ from: 10, to: 10, count: 100 }] };
    expect([placeIn(none, 10), placeIn(same, 10)]).toEqual([null, null]);
    expect([placeIn(same, 9), placeIn(same, 11)]).toEqual(['cheapest', 'dearest']);
  });
});
