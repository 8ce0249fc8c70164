import { describe, expect, it } from 'vitest';
import { openVocabulary } from './completions.js';
import { fitFeatureSpec, warningsFor } from './feature-spec.js';
import type { Garment } from './garment.js';
import { plainGarment } from './testing/plain-garment.js';

const MIX = [
  { id: 'ei-pet', share: 0.6, country: 'CN', spinning: 'SyntheticSpinning' },
  { id: 'ei-coton', share: 0.4 },
];
const garments = [
  plainGarment({ mass: 0.3, price: 20 }),
  plainGarment({ mass: 0.1, price: 10, trims: [{ id: 'zip', quantity: 1 }] }),
  plainGarment({ mass: 0.2 }),
  plainGarment({ product: 'jean', mass: 0.7, materials: MIX, printing: { kind: 'pigment', ratio: 0.1 } }),
  plainGarment({ product: 'jean', mass: 0.7, materials: MIX, countryMaking: 'BD' }),
];
const spec = fitFeatureSpec(garments);

describe('what training has seen', () => {
  it('is the categories, the most frequent first, and the ranges', () => {
    expect(spec).toEqual({
      known: {
        product: ['tshirt', 'jean'],
        countrySpinning: ['FR'],
        countryFabric: ['FR'],
        countryDyeing: ['FR'],
        countryMaking: ['FR', 'BD'],
        fabricProcess: ['weaving'],
      },
      options: {
        disabledSteps: [''],
        business: [''],
        dyeingProcessType: [''],
        fading: [''],
        makingComplexity: [''],
        printing: ['', 'pigment'],
        upcycled: [''],
      },
      materials: ['ei-coton', 'ei-pet'],
      compositions: ['ei-coton 1'],
      spinnings: ['SyntheticSpinning'],
      trims: ['zip'],
      massKg: { min: 0.1, max: 0.7 },
      massKgByProduct: { tshirt: { min: 0.1, max: 0.3 }, jean: { min: 0.7, max: 0.7 } },
      numbers: {
        airTransportRatio: null,
        makingDeadStock: null,
        makingWaste: null,
        numberOfReferences: null,
        physicalDurability: null,
        price: { min: 10, max: 20 },
        printingRatio: { min: 0.1, max: 0.1 },
        surfaceMass: null,
        yarnSize: null,
      },
      mixedCountries: true,
    });
    expect(fitFeatureSpec(garments.slice(0, 4)).mixedCountries).toBe(false);
  });

  it('orders categories that are as frequent by their name', () => {
    const products = ['pull', 'jean', 'tshirt', 'jean', 'cape'].map((product) => plainGarment({ product }));
    expect(fitFeatureSpec(products).known.product).toEqual(['jean', 'cape', 'pull', 'tshirt']);
  });
});

const told = (changed: Partial<Garment>): Garment => ({ ...plainGarment(), ...changed });
const known = (changed: Partial<Garment['known']>) => told({ known: { ...plainGarment().known, ...changed } });
const number = (changed: Partial<Garment['numbers']>) => told({ numbers: { ...plainGarment().numbers, ...changed } });
const MISSING = 'missing, averaged over what it is in similar garments';

describe('warnings', () => {
  it.each<[string, Garment, string[]]>([
    ['what was seen', told({}), []],
    ['a missing type', known({ product: null }), [`ProductId: ${MISSING}`]],
    [
      'a missing country of the fabric, once',
      known({ countryFabric: null, countrySpinning: null }),
      [`CountryFabricCode: ${MISSING}`],
    ],
    [
      'an unknown country of the fabric, once',
      known({ countryFabric: 'XX', countrySpinning: 'XX' }),
      ['CountryFabricCode: the model has never seen XX, taken as missing'],
    ],
    [
      'an unknown country of the spinning',
      known({ countrySpinning: 'XX' }),
      ['CountrySpinningCode: the model has never seen XX, taken as missing'],
    ],
    [
      'an unknown process',
      known({ fabricProcess: 'lace' }),
      ['FabricProcess: the model has never seen lace, taken as missing'],
    ],
    ['a missing mass', told({ massKg: null }), [`Mass: ${MISSING}`]],
    ['the least mass of its type', told({ massKg: 0.1 }), []],
    ['the greatest mass of its type', told({ massKg: 0.3 }), []],
    ['a lighter one', told({ massKg: 0.099 }), ['Mass: 0.099 kg; trained from 0.1 to 0.3 kg']],
    ['a heavier one', told({ massKg: 0.301 }), ['Mass: 0.301 kg; trained from 0.1 to 0.3 kg']],
    ['the greatest mass of all, of no type', { ...known({ product: null }), massKg: 0.7 }, [`ProductId: ${MISSING}`]],
    [
      'a heavier one of no type',
      { ...known({ product: null }), massKg: 0.8 },
      [`ProductId: ${MISSING}`, 'Mass: 0.8 kg; trained from 0.1 to 0.7 kg'],
    ],
    ['missing materials', told({ materials: null }), [`MaterialId_1: ${MISSING}`]],
    [
      'an unknown material',
      told({ materials: [{ id: 'silk', share: 1 }] }),
      ['of silk: the model has never seen silk, left out of the mix'],
    ],
    [
      'an unknown origin',
      told({ materials: [{ id: 'ei-pet', share: 1, country: 'XX' }] }),
      ['of ei-pet: the model has never seen XX of ei-pet, taken as usual'],
    ],
    ['an origin where garments were made', told({ materials: [{ id: 'ei-pet', share: 1, country: 'BD' }] }), []],
    [
      'an unknown spinning',
      told({ materials: [{ id: 'ei-pet', share: 1, country: 'FR', spinning: 'by hand' }] }),
      ['of ei-pet: the model has never seen by hand of ei-pet, taken as usual'],
    ],
    ['a known spinning', told({ materials: [{ id: 'ei-pet', share: 1, spinning: 'SyntheticSpinning' }] }), []],
    [
      'an unknown option',
      told({ options: { ...plainGarment().options, upcycled: 'true' } }),
      ['upcycled: the model has never seen true'],
    ],
    ['a number at its least', number({ price: 10 }), []],
    ['a number at its greatest', number({ price: 20 }), []],
    ['a number below', number({ price: 9 }), ['Price: 9; trained from 10 to 20']],
    ['a number above', number({ price: 21 }), ['Price: 21; trained from 10 to 20']],
    ['a number that was never told', number({ yarnSize: 40 }), ['yarnSize: 40; trained on the default only']],
    ['a printed share', number({ printingRatio: 0.5 }), ['printing: 0.5; trained from 0.1 to 0.1']],
    ['a known trim', told({ trims: [{ id: 'zip', quantity: 1 }] }), []],
    [
      'an unknown trim',
      told({ trims: [{ id: 'bell', quantity: 1 }] }),
      ['trims: the model has never seen bell, left out'],
    ],
  ])('of %s', (_what, garment, messages) => {
    const warnings = warningsFor(spec, garment, (id) => `of ${id}`);
    expect(warnings.map(({ message }) => message)).toEqual(messages);
    for (const { field, message } of warnings) expect(message.startsWith(`${field}: `)).toBe(true);
  });

  it('of an option that was always told, when it is not', () => {
    const upcycled = fitFeatureSpec([plainGarment({ upcycled: true })]);
    expect(warningsFor(upcycled, told({}), String)).toMatchObject([
      { code: 'unknown-category', field: 'upcycled', message: 'upcycled: the model has never seen the default' },
    ]);
  });

  it.each([
    [known({ product: null }), 'missing-field'],
    [known({ product: 'hat' }), 'unknown-category'],
    [told({ massKg: 9 }), 'outside-training-range'],
    [told({ materials: [{ id: 'silk', share: 1 }] }), 'unknown-category'],
    [told({ trims: [{ id: 'bell', quantity: 1 }] }), 'unknown-category'],
    [number({ price: 9 }), 'outside-training-range'],
  ])('has a code, row %#', (garment, code) =>
    expect(warningsFor(spec, garment, String).map((each) => each.code)).toEqual([code]),
  );
});

describe('a garment as a model reads it', () => {
  const read = openVocabulary(spec);
  it('is as it was told where training has seen it', () => {
    const garment = plainGarment({
      materials: MIX,
      product: 'jean',
      countryMaking: 'BD',
      trims: [{ id: 'zip', quantity: 2 }],
      printing: { kind: 'pigment' },
    });
    expect(read(garment)).toEqual({
      ...garment,
      materials: MIX.map((fibre) => ({ spinning: null, ...fibre, country: null })),
    });
  });

  it('lacks what training has not seen, and the mix is whole again', () => {
    const garment = told({
      known: { ...plainGarment().known, product: 'hat', countryMaking: 'XX' },
      options: { ...plainGarment().options, printing: 'substantive' },
      materials: [
        { id: 'ei-pet', share: 0.2, country: 'XX', spinning: 'by hand' },
        { id: 'silk', share: 0.5 },
        { id: 'ei-coton', share: 0.3, country: 'BD', spinning: 'SyntheticSpinning' },
      ],
      trims: [
        { id: 'bell', quantity: 1 },
        { id: 'zip', quantity: 2 },
      ],
    });
    const seen = read(garment);
    expect(seen.known).toEqual({ ...plainGarment().known, product: null, countryMaking: null });
    expect(seen.options.printing).toBeNull();
    expect(seen.materials).toEqual([
      { id: 'ei-pet', share: 0.4, country: null, spinning: null },
      { id: 'ei-coton', share: 0.6, country: 'BD', spinning: 'SyntheticSpinning' },
    ]);
    expect(seen.trims).toEqual([{ id: 'zip', quantity: 2 }]);
    expect(read(told({ materials: [{ id: 'silk', share: 1 }] })).materials).toBeNull();
    expect(read(told({ materials: null, trims: null }))).toMatchObject({ materials: null, trims: null });
  });
});
