import { predictionRequestSchema } from '@ecobalyse/schema';
import { limits, simulateDetailed } from '@ecobalyse/textile-method';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersIn } from '../../../packages/domain/schema/src/testing/other-language.js';
import {
  type ArbitraryQuery,
  arbitraryQuery,
  SEEDED,
} from '../../../packages/domain/textile-method/src/testing/arbitrary-query.js';
import {
  fromQuery,
  type Garment,
  isOpen,
  NEW_GARMENT,
  queryOfInputs,
  toQuery,
  totalShare,
  UNKNOWN,
} from './garment.js';
import { garmentMessages } from './garment-messages.js';

const WHOLE: Garment = {
  ...NEW_GARMENT,
  mass: '0.45',
  materials: [
    { id: 'ei-coton', share: '66.67', country: 'IN', spinning: 'ConventionalSpinning' },
    { id: 'elasthane', share: '33.33', country: '', spinning: '' },
  ],
  airTransportRatio: '33',
  business: 'small-business',
  price: '59.9',
  numberOfReferences: '100',
  physicalDurability: '1.1',
  makingComplexity: 'low',
  makingWaste: '12.5',
  makingDeadStock: '7',
  surfaceMass: '200',
  yarnSize: '40Nm',
  dyeingProcessType: 'continuous',
  printingKind: 'pigment',
  printingRatio: '20',
  fading: true,
  upcycled: true,
  disabledSteps: ['use'],
  trims: [{ id: '86b877ff-0d59-482f-bb34-3ff306b07496', quantity: '2', custom: { elements: [] } }],
};

/** The query that is read from the answer that the platform stores, as JSON brings it. */
const storedQuery = (query: ArbitraryQuery) =>
  queryOfInputs(JSON.parse(JSON.stringify(simulateDetailed(query).inputs)), query.countrySpinning ?? null);

describe('the garment of the form', () => {
  it('comes back whole from its own query', () => {
    expect(fromQuery(JSON.parse(JSON.stringify(toQuery(WHOLE))))).toEqual(WHOLE);
    expect(fromQuery(toQuery(NEW_GARMENT))).toEqual(NEW_GARMENT);
  });

  it('keeps what is unknown, each field and the whole list', () => {
    const text = Object.entries(WHOLE).flatMap(([name, value]) => (typeof value === 'string' ? [[name, UNKNOWN]] : []));
    const open: Garment = {
      ...WHOLE,
      ...Object.fromEntries(text),
      printingRatio: '',
      materials: [{ id: UNKNOWN, share: UNKNOWN, country: UNKNOWN, spinning: UNKNOWN }],
      fading: UNKNOWN,
      upcycled: UNKNOWN,
      trims: UNKNOWN,
    };
    expect(fromQuery(JSON.parse(JSON.stringify(toQuery(open))))).toEqual(open);
    expect(toQuery(open)).toMatchObject({ mass: { any: true }, printing: { any: true }, trims: { any: true } });
    const none = toQuery({ ...NEW_GARMENT, materials: [] });
    expect(none.materials).toEqual({ any: true });
    expect(fromQuery(none).materials).toEqual([]);
    expect([isOpen(toQuery(open)), isOpen(none), isOpen(toQuery(WHOLE))]).toEqual([true, true, false]);
  });

  it('leaves out what was not given, since only what was given is part of the identity', () => {
    expect(toQuery(NEW_GARMENT)).toEqual({
      mass: 0.17,
      materials: [{ id: 'ei-coton', share: 1 }],
      product: 'tshirt',
      countrySpinning: 'CN',
      countryFabric: 'CN',
      countryDyeing: 'CN',
      countryMaking: 'CN',
      fabricProcess: 'knitting-mix',
    });
  });

  it('writes shares without the rest of a division, and what is no number as it was typed', () => {
    expect(toQuery({ ...WHOLE, airTransportRatio: '7' }).airTransportRatio).toBe(0.07);
    expect(toQuery({ ...WHOLE, mass: 'heavy' }).mass).toBe('heavy');
    expect(toQuery({ ...WHOLE, makingWaste: 'a lot' }).makingWaste).toBe('a lot');
    expect(toQuery({ ...WHOLE, mass: ' ' }).mass).toBeNull();
  });

  it('adds up the shares, as far as they are numbers', () => {
    expect(totalShare(WHOLE.materials)).toBe(100);
    expect(totalShare([{ id: 'ei-lin', share: 'half', country: '', spinning: '' }])).toBeNull();
  });

  it('is read from what cannot be a query as a new one without a mass', () => {
    for (const nothing of [null, 3, [], { materials: 'none' }])
      expect(fromQuery(nothing)).toEqual({
        ...NEW_GARMENT,
        mass: '',
        countrySpinning: '',
        countryFabric: '',
        countryDyeing: '',
        countryMaking: '',
        fabricProcess: '',
      });
  });

  it('is read from the inputs of a stored document', () => {
    const query: ArbitraryQuery = {
      mass: 0.21,
      materials: [
        { id: 'ei-coton', share: 0.6, country: 'TR' },
        { id: 'ei-lin', share: 0.4 },
      ],
      product: 'jupe',
      countrySpinning: 'IN',
      countryFabric: 'TN',
      countryDyeing: 'TN',
      countryMaking: 'MA',
      fabricProcess: 'weaving',
      trims: [],
    };
    expect(toQuery(fromQuery(storedQuery(query)))).toEqual(query);
  });

  it('of a stored product costs what the product costs', () => {
    fc.assert(
      fc.property(arbitraryQuery, (query) => {
        const changed = toQuery(fromQuery(storedQuery(query)));
        expect(simulateDetailed(changed).impacts.ecs).toBeCloseTo(simulateDetailed(query).impacts.ecs, 6);
      }),
      SEEDED,
    );
  });

  it('is taken as it is by POST /predict, every field', () => {
    const query = toQuery(WHOLE);
    expect(predictionRequestSchema.parse(query)).toEqual(query);
    expect(Object.keys(predictionRequestSchema.shape)).toEqual(expect.arrayContaining(Object.keys(query)));
  });
});

describe('what a field expects', () => {
  it.each([
    ['expectWaste', limits.makingWaste, 100],
    ['expectDeadStock', limits.makingDeadStock, 100],
    ['expectReferences', limits.numberOfReferences, 1],
    ['expectDurability', limits.physicalDurability, 1],
    ['expectPrice', limits.price, 1],
    ['expectSurfaceMass', limits.surfaceMass, 1],
    ['expectYarnSize', limits.yarnSize, 1],
  ] as const)('%s: the bounds of the method, in both languages', (name, { min, max }, shown) => {
    const bounds = [`${min * shown}`, `${max * shown}`];
    expect(numbersIn(garmentMessages.en[name])).toEqual(expect.arrayContaining(bounds));
    expect(numbersIn(garmentMessages.fr[name])).toEqual(expect.arrayContaining(bounds));
  });
});
