import { describe, expect, it } from 'vitest';
import { durabilityOf, nonPhysicalDurability, referencesIndex } from './durability.js';
import { readTextileQuery } from './index.js';
import { resolveGarment } from './resolve.js';

/** A t-shirt: 45 days of wear, one wear a cycle, 10 € to repair. */
const garment = (fields: object) =>
  resolveGarment(
    readTextileQuery({ mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', ...fields }),
  );

describe('references index (METHOD §12.1)', () => {
  it.each([
    [1, 1],
    [1000, 1],
    [4000, 0.75],
    [7000, 0.5],
    [11_500, 0.25],
    [16_000, 0],
    [16_001, 0],
    [999_999, 0],
  ])('of %d references is %d', (references, index) => {
    expect(referencesIndex(references)).toBeCloseTo(index, 12);
  });
});

describe('non-physical durability (METHOD §12.2, §12.3)', () => {
  // Half of the index for references, half for repair: 0.67 + index · 0.78, two decimals.
  it.each([
    ['few references, cheap repair', { numberOfReferences: 1, price: 1000, business: 'small-business' }, 1.45],
    ['many references, dear repair', { numberOfReferences: 999_999, price: 5, business: 'small-business' }, 0.67],
    ['services, dear repair', { numberOfReferences: 999_999, price: 5, business: 'large-business-with-services' }, 0.8],
    [
      'large brand, cheap repair',
      { numberOfReferences: 1, price: 1000, business: 'large-business-without-services' },
      1.32,
    ],
    ['repair at the price of the item', { numberOfReferences: 1, price: 10, business: 'small-business' }, 1.06],
    ['repair at half the price', { numberOfReferences: 1, price: 20, business: 'small-business' }, 1.25],
  ])('%s', (_, fields, expected) => {
    expect(nonPhysicalDurability(garment(fields))).toBe(expected);
  });
});

describe('coefficient, wear days and care cycles (METHOD §12.4, §12.5)', () => {
  const lasting = { numberOfReferences: 1, price: 1000, business: 'small-business' };

  it('is the smaller of the physical and the non-physical', () => {
    expect(durabilityOf(garment(lasting)).coefficient).toBe(1.45);
    expect(durabilityOf(garment({ ...lasting, physicalDurability: 0.9 })).coefficient).toBe(0.9);
    expect(durabilityOf(garment({ physicalDurability: 1.2 })).coefficient).toBe(0.67);
  });

  it('rounds halves up, in the order of operations of the method', () => {
    // 0.7 · (86400 · 45) / 86400 is 31.5, and 45 · 0.7 is 31.499999999999996
    expect(durabilityOf(garment({ ...lasting, physicalDurability: 0.7 }))).toMatchObject({
      wearDays: 32,
      careCycles: 31,
    });
    // 85 days, 5 wears a cycle: 17 cycles · 1.45 = 24.65; 85 · 1.45 = 123.25
    expect(durabilityOf(garment({ ...lasting, product: 'pull' }))).toMatchObject({ wearDays: 123, careCycles: 25 });
  });
});
