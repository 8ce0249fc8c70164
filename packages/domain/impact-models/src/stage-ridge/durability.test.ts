import { describe, expect, it } from 'vitest';
import { plainGarment } from '../testing/plain-garment.js';
import { durabilityOf, fitEconomics } from './durability.js';

const learnt = { repairCost: 10, priced: 0.4, references: 0.6, business: 'small-business' };
const of = (changed: Record<string, unknown>, told: Partial<typeof learnt> = {}) =>
  durabilityOf(plainGarment(changed), { ...learnt, ...told });
/** METHOD §12.3: from 0.67 to 1.45 by the mean of two indexes. */
const sold = (references: number, repair: number) =>
  Math.floor(100 * (0.67 + 0.5 * (references + repair) * 0.78) + 0.5) / 100;

describe('durability (METHOD §12)', () => {
  it('is learnt where nothing is told', () => expect(of({})).toBe(sold(0.6, 0.4)));

  it.each([
    [1, 1],
    [1000, 1],
    [1001, 0.5 + (5999 / 6000) * 0.5],
    [4000, 0.75],
    [7000, 0.5],
    [7001, (8999 / 9000) * 0.5],
    [11_500, 0.25],
    [16_000, 0],
    [16_001, 0],
    [100_000, 0],
  ])('of %d references has the index %d', (numberOfReferences, index) => {
    // The index of repair is 0, so that a hundredth of durability is some 0.026 of the index.
    expect(of({ numberOfReferences }, { priced: 0 })).toBe(sold(index, 0));
  });

  it.each([
    [5, 0],
    [10, 0],
    [20, 1 / (1 / 0.33 - 1)],
    [30.303_030_4, 1],
    [300, 1],
  ])('of a price of %d euros beside a repair of 10 has the index %d', (price, index) =>
    expect(of({ price })).toBe(sold(0.6, index)),
  );

  it.each([
    ['small-business', 0.4],
    ['large-business-with-services', 0.67 * 0.4 + 0.33],
    ['large-business-without-services', 0.67 * 0.4],
  ])('of %s', (business, index) => {
    expect(of({ business })).toBe(sold(0.6, index));
    expect(of({}, { business })).toBe(sold(0.6, index));
  });

  it.each([
    [0.67, 0.67],
    [1.06, 1.06],
    [1.07, 1.06],
  ])('is what was tested, %d, where that is less', (physicalDurability, durability) =>
    expect(of({ physicalDurability })).toBe(durability),
  );

  it('is learnt by type from answers', () => {
    const truth = { repairCost: 14, priced: 0.35, references: 0.8, business: 'large-business-with-services' };
    const businesses = ['small-business', 'large-business-with-services', 'large-business-without-services'];
    const queries = [
      {},
      ...[500, 3000, 9000, 20_000].flatMap((numberOfReferences) => [
        { numberOfReferences },
        ...businesses.flatMap((business) =>
          [10, 15, 20, 25, 30, 40, 60].map((price) => ({ numberOfReferences, business, price })),
        ),
        ...businesses.map((business) => ({ numberOfReferences, business })),
        ...[15, 22, 35].map((price) => ({ numberOfReferences, price })),
      ]),
    ];
    const worn = ['tshirt', 'jean'].flatMap((product) =>
      queries.map((query) => {
        const garment = plainGarment({ ...query, product });
        return {
          garment,
          durability: durabilityOf(garment, product === 'jean' ? { ...truth, repairCost: 30 } : truth),
        };
      }),
    );
    const economics = fitEconomics(worn);
    expect(Object.keys(economics)).toEqual(['tshirt', 'jean']);
    for (const { garment, durability } of worn)
      expect(
        Math.abs(durabilityOf(garment, economics[garment.known.product] as typeof truth) - durability),
      ).toBeLessThan(0.011);
    expect(economics.tshirt?.business).toBe('large-business-with-services');
    expect(economics.tshirt?.repairCost).toBeGreaterThan(13);
    expect(economics.tshirt?.repairCost).toBeLessThan(15);
    expect(economics.jean?.repairCost).toBeGreaterThan(28);
    expect(economics.jean?.repairCost).toBeLessThan(32);
  });
});
