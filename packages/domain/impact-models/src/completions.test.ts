import { describe, expect, it } from 'vitest';
import { COMPLETIONS, completionsOf, missingFields } from './completions.js';
import type { Garment } from './garment.js';
import { kept } from './kept.js';
import { plainGarment } from './testing/plain-garment.js';

const PLACES = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const;
const whole = plainGarment({
  countrySpinning: 'CN',
  countryFabric: 'TR',
  countryDyeing: 'BD',
  countryMaking: 'FR',
  fading: true,
  price: 30,
});
const without = (...fields: string[]): Garment => ({
  ...whole,
  massKg: fields.includes('mass') ? null : whole.massKg,
  materials: fields.includes('materials') ? null : whole.materials,
  known: Object.fromEntries(
    Object.entries(whole.known).map(([field, value]) => [field, fields.includes(field) ? null : value]),
  ) as Garment['known'],
});
const FIELDS = ['product', 'mass', 'materials', ...PLACES, 'fabricProcess'];

describe('what a garment lacks', () => {
  it.each(FIELDS)('is %s', (field) => expect(missingFields(without(field))).toEqual([field]));
  it('is nothing of a whole one, which is the only one that it could be', () => {
    expect(missingFields(whole)).toEqual([]);
    expect(completionsOf(whole)).toEqual([whole]);
    expect(missingFields(without(...FIELDS))).toEqual(FIELDS);
  });
});

describe('garments that one could be', () => {
  it('are drawn by the points of a lattice, each number by as many of its sixty-fourths', () => {
    const { numbers } = COMPLETIONS;
    expect(numbers).toHaveLength(64);
    expect(numbers[1]).toEqual([1, 27, 25, 35, 49, 43].map((at) => (at + 0.5) / 64));
    for (const at of [0, 1, 2, 3, 4, 5])
      expect(numbers.map((one) => one[at]).toSorted((a, b) => (a as number) - (b as number))).toEqual(
        numbers.map((_, rank) => (rank + 0.5) / 64),
      );
  });

  it.each(FIELDS)('differ in what is not told, and in nothing else: without %s', (field) => {
    // Coats are of several mixes, T-shirts of several techniques.
    const product = field === 'materials' ? 'manteau' : whole.known.product;
    const asked = without(field);
    const garments = completionsOf({ ...asked, known: { ...asked.known, product: asked.known.product && product } });
    expect(garments).toHaveLength(64);
    const values = garments.map(
      ({ massKg, materials, known }) => ({ mass: massKg, materials, ...known }) as Record<string, unknown>,
    );
    const distinct = (name: string) => new Set(values.map((value) => JSON.stringify(value[name]))).size;
    expect(distinct(field)).toBeGreaterThan(1);
    expect(FIELDS.filter((name) => distinct(name) > 1)).toEqual([field]);
    for (const garment of garments) {
      expect(missingFields(garment)).toEqual([]);
      const { options, numbers, trims } = whole;
      expect(garment).toMatchObject({ options, numbers, trims });
    }
    for (const name of FIELDS.filter((other) => other !== field))
      expect(values[0]?.[name]).toEqual(
        name === 'mass'
          ? whole.massKg
          : name === 'materials'
            ? whole.materials
            : { ...whole.known, product }[name as 'product'],
      );
  });

  it('are the same ones whatever was asked before', () => {
    const first = completionsOf(without('countryDyeing', 'mass'));
    completionsOf(without('countryMaking'));
    expect(completionsOf(without('countryDyeing', 'mass'))).toEqual(first);
  });

  it('are drawn as if nothing were told of what the sector has never heard of', () => {
    const strange: Garment = { ...without('mass'), known: { ...whole.known, product: 'spacesuit' } };
    const garments = completionsOf(strange);
    expect(new Set(garments.map(({ known }) => known.product))).toEqual(new Set(['spacesuit']));
    expect(new Set(garments.map(({ massKg }) => massKg)).size).toBeGreaterThan(20);
  });
});

it('what is worked out is kept by its key', () => {
  const values = new Map<string, number>();
  let worked = 0;
  const get = (key: string) => kept(values, key, () => (worked += 1));
  expect([get('a'), get('b'), get('a')]).toEqual([1, 2, 1]);
});
