import { profile } from '@ecobalyse/estimation';
import { totalsOfQuery } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { analyseSensitivity } from './analyses.js';
import { inputsOf, readDistribution, SECTOR_DISTRIBUTION } from './distribution.js';
import { sensitivity } from './sensitivity.js';
import { askModel, sobolIndices } from './sobol.js';

const sector = JSON.parse(JSON.stringify(SECTOR_DISTRIBUTION));
const options = { product: 'tshirt', per: 'item', n: 64, seed: 1 } as const;

describe('a distribution', () => {
  it('is the sector profile unless another is given', () => {
    expect(readDistribution(sector)).toEqual(SECTOR_DISTRIBUTION);
    expect(SECTOR_DISTRIBUTION.name).toBe(profile.name);
  });

  it.each<[string, (copy: typeof sector) => void, string]>([
    ['name', (copy) => delete copy.name, 'name'],
    ['a type that is none', (copy) => (copy.products[0].id = 'hat'), 'products.0.id: expected one of'],
    [
      'masses in the wrong order',
      (copy) => (copy.products[0].massKg = [0.3, 0.2, 0.4]),
      'products.0.massKg: expected the least',
    ],
    ...[
      [0.2, 0.2, 0.2],
      [0.2, 0.5, 0.4],
      [0.2, 0.1, 0.4],
    ].map((corners): [string, (copy: typeof sector) => void, string] => [
      `masses of ${corners}`,
      (copy) => (copy.products[0].massKg = corners),
      'products.0.massKg: expected the least',
    ]),
    [
      'shares',
      (copy) => (copy.products[0].garments[0].fibres = { 'ei-coton': 0.6 }),
      'fibres: expected shares that add up to 1',
    ],
    ['a material that is none', (copy) => (copy.products[0].garments[0].fibres = { straw: 1 }), 'fibres'],
    [
      'a process that is none',
      (copy) => (copy.products[0].garments[0].process = 'felt'),
      'process: expected one of knitting-mix',
    ],
    ['a country that is none', (copy) => (copy.countries.XX = 1), 'countries'],
    ['weights', (copy) => (copy.countries = { FR: 0 }), 'countries: expected at least one weight above 0'],
    ['a negative weight', (copy) => (copy.products[0].weight = -1), 'products.0.weight'],
    ['a range', (copy) => (copy.brands[0].price = [2, 1]), 'brands.0.price: expected the least and the greatest'],
    ['no types', (copy) => (copy.products = []), 'products'],
  ])('is refused with the field: %s', (_, spoil, message) => {
    const copy = structuredClone(sector);
    spoil(copy);
    expect(() => readDistribution(copy)).toThrow(message);
  });
  it.each([[[0.2, 0.2, 0.4]], [[0.2, 0.4, 0.4]]])('takes masses of %j, whose usual one is at an end', (corners) => {
    const copy = structuredClone(sector);
    copy.products[0].massKg = corners;
    expect(readDistribution(copy).products[0]?.massKg).toEqual(corners);
  });
  it('is refused when it is no object', () => {
    expect(() => readDistribution(7)).toThrow('distribution: ');
  });

  const places = (inputs: ReturnType<typeof inputsOf>, put: Record<string, number>) =>
    inputs.garmentAt(inputs.inputs.map(({ input }) => put[input] ?? 0.5));

  it('maps categories by their quantiles, in the order of the file', () => {
    const inputs = inputsOf({ ...SECTOR_DISTRIBUTION, countries: { CN: 2, FR: 1, BD: 0, IN: 1 } }, 'tshirt');
    const made = (place: number) => places(inputs, { countryMaking: place }).countryMaking;
    expect([0, 0.49, 0.5, 0.74, 0.75, 0.99].map(made)).toEqual(['CN', 'CN', 'FR', 'FR', 'IN', 'IN']);
  });
  it('maps numbers by their laws, and what differs by type or brand within it', () => {
    const inputs = inputsOf(SECTOR_DISTRIBUTION, null);
    expect(inputs.inputs[0]?.input).toBe('product');
    expect(places(inputs, { product: 0 })).toMatchObject({ product: 'tshirt' });
    expect(places(inputs, { product: 0, mass: 0 }).mass).toBeCloseTo(0.05, 9);
    expect(places(inputs, { product: 0, mass: 1 }).mass).toBeCloseTo(0.6, 9);
    // The mode of the triangle lies where its rising side ends.
    expect(places(inputs, { product: 0, mass: 0.12 / 0.55 }).mass).toBeCloseTo(0.17, 9);
    expect(places(inputs, { brand: 0, numberOfReferences: 0 })).toMatchObject({
      ...{ business: 'large-business-without-services', numberOfReferences: 7000 },
    });
    expect(places(inputs, { brand: 0.999, numberOfReferences: 1 })).toMatchObject({
      ...{ business: 'small-business', numberOfReferences: 2000 },
    });
    expect(places(inputs, { product: 0, brand: 0, price: 0 }).price).toBeCloseTo(5, 9);
    expect(Number.isInteger(places(inputs, { surfaceMass: 0.37 }).surfaceMass)).toBe(true);
  });
  it('has the inputs that its file has', () => {
    const { yarnSize: _, ...numbers } = SECTOR_DISTRIBUTION.numbers;
    const { inputs } = inputsOf({ ...SECTOR_DISTRIBUTION, numbers, options: {} }, 'tshirt');
    expect(inputs.map(({ input }) => input)).toEqual([
      ...['mass', 'materials', 'fabricProcess', 'countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'],
      ...['brand', 'numberOfReferences', 'price'],
      ...['airTransportRatio', 'makingDeadStock', 'makingWaste', 'physicalDurability', 'surfaceMass'],
    ]);
  });
  it('knows its types', () => {
    expect(() => inputsOf(SECTOR_DISTRIBUTION, 'hat')).toThrow('product: expected one of tshirt');
  });
});

describe('the sensitivity', () => {
  it('tells all of the variance by the one input that varies', () => {
    const [product] = SECTOR_DISTRIBUTION.products;
    const only = readDistribution({
      ...sector,
      products: [{ ...product, garments: [{ weight: 1, process: 'weaving', fibres: { 'ei-coton': 1 } }] }],
      countries: { FR: 1 },
      brands: [{ weight: 1, business: 'small-business', references: [10, 10.4], price: [1, 1.0001] }],
      options: {},
      numbers: {},
    });
    const found = sensitivity(only, { ...options, n: 256 });
    expect(found.inputs[0]).toMatchObject({ input: 'mass' });
    expect(Math.abs((found.inputs[0]?.total ?? 0) - 1)).toBeLessThan(0.15);
    for (const { total } of found.inputs.slice(1)) expect(total).toBeLessThan(0.01);
    expect(Math.abs(found.interactions)).toBeLessThan(0.2);
  });
  it('names its figures, inputs and pairs, the greatest first', () => {
    const found = analyseSensitivity({ ...options, per: '100g' });
    const count = found.inputs.length;
    expect(found).toMatchObject({
      product_id: 'tshirt',
      per: '100g',
      n: 64,
      seed: 1,
      evaluations: 64 * (2 * count + 2),
    });
    expect(found.pairs).toHaveLength((count * (count - 1)) / 2);
    const [totals, seconds] = [found.inputs.map(({ total }) => total), found.pairs.map(({ second }) => second)];
    for (const values of [totals, seconds]) expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(found.notes[0]?.en).toContain('independently');
    expect(analyseSensitivity({ per: 'item', n: 64, seed: 1 })).toMatchObject({ product_id: null });
  });
  it('tells of each input its own figures, each with its own error', () => {
    const { inputs, garmentAt } = inputsOf(SECTOR_DISTRIBUTION, 'tshirt');
    const costAt = (place: Parameters<typeof garmentAt>[0]) => totalsOfQuery(garmentAt(place)).ecs;
    const { first, total, second } = sobolIndices(askModel(costAt, inputs.length, options.n, 1), 2);
    const found = sensitivity(SECTOR_DISTRIBUTION, options);
    const byName = new Map(found.inputs.map(({ input, ...figures }) => [input, figures]));
    for (const [rank, { input, name }] of inputs.entries())
      expect(byName.get(input)).toEqual({
        ...{ name, first: first[rank]?.value, first_error: first[rank]?.error },
        ...{ total: total[rank]?.value, total_error: total[rank]?.error },
      });
    for (const { inputs: pair, second: value, second_error: error } of found.pairs) {
      const ranks = pair.map((name) => inputs.findIndex(({ input }) => input === name)).join(' ');
      expect({ value, error }).toEqual(second.get(ranks));
    }
  });
  it.each([
    ['type', { product: 'jean' }],
    ['unit', { per: 'day' }],
    ['unit', { per: '100g' }],
    ['number', { n: 65 }],
    ['seed', { seed: 2 }],
  ] as const)('depends on the %s: %j', (_, more) => {
    const found = sensitivity(SECTOR_DISTRIBUTION, options);
    expect(sensitivity(SECTOR_DISTRIBUTION, options)).toEqual(found);
    expect(sensitivity(SECTOR_DISTRIBUTION, { ...options, ...more }).mean).not.toBe(found.mean);
  });
});
