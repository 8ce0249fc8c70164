import { describe, expect, it } from 'vitest';
import {
  BY_DEFAULT,
  composition,
  garmentFromQuery,
  garmentFromRequest,
  garmentOf,
  queryFromRequest,
  toldMaterials,
} from './garment.js';

const COTTON = { id: 'ei-coton', share: 1 };

describe('a garment of a textile query', () => {
  it('of which nothing is told has nothing', () => {
    expect(garmentOf({})).toEqual({
      massKg: null,
      materials: null,
      known: {
        product: null,
        countrySpinning: null,
        countryFabric: null,
        countryDyeing: null,
        countryMaking: null,
        fabricProcess: null,
      },
      options: {
        disabledSteps: null,
        business: null,
        dyeingProcessType: null,
        fading: null,
        makingComplexity: null,
        printing: null,
        upcycled: null,
      },
      numbers: {
        airTransportRatio: null,
        makingDeadStock: null,
        makingWaste: null,
        numberOfReferences: null,
        physicalDurability: null,
        price: null,
        printingRatio: null,
        surfaceMass: null,
        yarnSize: null,
      },
      trims: null,
    });
  });

  it('of which everything is told has each in its place', () => {
    const query = {
      mass: 0.2,
      materials: [COTTON],
      product: 'tshirt',
      countrySpinning: 'IN',
      countryFabric: 'CN',
      countryDyeing: 'TR',
      countryMaking: 'FR',
      fabricProcess: 'weaving',
      disabledSteps: ['use'],
      business: 'small-business',
      dyeingProcessType: 'continuous',
      fading: true,
      makingComplexity: 'high',
      printing: { kind: 'pigment', ratio: 0.5 },
      upcycled: true,
      airTransportRatio: 0.1,
      makingDeadStock: 0.2,
      makingWaste: 0.3,
      numberOfReferences: 4,
      physicalDurability: 0.7,
      price: 5,
      surfaceMass: 200,
      yarnSize: 50,
      trims: [{ id: 'ABC', quantity: 2 }, { id: 'd' }],
    };
    expect(garmentOf(query)).toEqual({
      massKg: 0.2,
      materials: [COTTON],
      known: {
        product: 'tshirt',
        countrySpinning: 'IN',
        countryFabric: 'CN',
        countryDyeing: 'TR',
        countryMaking: 'FR',
        fabricProcess: 'weaving',
      },
      options: {
        disabledSteps: 'use',
        business: 'small-business',
        dyeingProcessType: 'continuous',
        fading: 'true',
        makingComplexity: 'high',
        printing: 'pigment',
        upcycled: 'true',
      },
      numbers: {
        airTransportRatio: 0.1,
        makingDeadStock: 0.2,
        makingWaste: 0.3,
        numberOfReferences: 4,
        physicalDurability: 0.7,
        price: 5,
        printingRatio: 0.5,
        surfaceMass: 200,
        yarnSize: 50,
      },
      trims: [
        { id: 'abc', quantity: 2 },
        { id: 'd', quantity: 1 },
      ],
    });
  });

  it('is spun where the fabric is made unless the query says otherwise', () => {
    const spun = (query: object) => garmentOf({ countryFabric: 'CN', ...query }).known.countrySpinning;
    expect([spun({}), spun({ countrySpinning: '' }), spun({ countrySpinning: 'IN' })]).toEqual(['CN', 'CN', 'IN']);
  });

  it.each([
    [null, null],
    ['', null],
    ['no number', null],
    [Number.POSITIVE_INFINITY, null],
    [0, 0],
    ['0.5', 0.5],
  ])('reads %j as the number %j', (price, number) => expect(garmentOf({ price }).numbers.price).toBe(number));

  it.each([
    [null, null],
    [40, 40],
    ['40Nm', 40],
    ['250Dtex', 40],
    ['2.5', 2.5],
    ['12.5Dtex', 800],
    ['about 40', null],
  ])('reads the yarn size %j as %j Nm', (yarnSize, nm) => expect(garmentOf({ yarnSize }).numbers.yarnSize).toBe(nm));

  it.each([
    [[], null],
    ['use', null],
    [['use', 'eol', 'use', 'making'], 'eol+making+use'],
  ])('names the stages that are left out, %j, as %j', (disabledSteps, named) =>
    expect(garmentOf({ disabledSteps }).options.disabledSteps).toBe(named),
  );

  it.each([
    [{ kind: 'pigment' }, 0.2],
    [{ kind: 'pigment', ratio: null }, 0.2],
    [{ kind: 'pigment', ratio: 0 }, 0],
    [{ ratio: 0.4 }, null],
  ])('prints, by %j, the share %j', (printing, ratio) =>
    expect(garmentOf({ printing }).numbers.printingRatio).toBe(ratio),
  );

  it.each([
    [
      'scales shares to a whole, the largest first, ties by name',
      [
        ['b', 1],
        ['c', 2],
        ['a', 1],
      ],
      [
        ['c', 0.5],
        ['a', 0.25],
        ['b', 0.25],
      ],
    ],
    [
      'counts what is named twice once',
      [
        ['a', 0.25],
        ['b', 0.5],
        ['a', 0.25],
      ],
      [
        ['a', 0.5],
        ['b', 0.5],
      ],
    ],
    [
      'leaves out what has no share',
      [
        ['a', 0],
        ['b', 1],
      ],
      [['b', 1]],
    ],
    ['has none without a share', [['a', 0]], null],
  ] as const)('%s', (_what, told, mix) => {
    const list = (pairs: typeof told | typeof mix) => pairs?.map(([id, share]) => ({ id, share }));
    expect(garmentOf({ materials: list(told) }).materials).toEqual(list(mix) ?? null);
  });

  it('tells fibres of one kind apart by where they come from and how they are spun', () => {
    const fibre = (country: string | null, spinning: string | null) => ({ id: 'a', share: 0.25, country, spinning });
    const { materials } = garmentOf({
      materials: [fibre('FR', null), fibre('CN', null), fibre(null, 'ConventionalSpinning'), fibre(null, null)],
    });
    expect(materials).toEqual([
      { id: 'a', share: 0.25 },
      { id: 'a', share: 0.25, spinning: 'ConventionalSpinning' },
      { id: 'a', share: 0.25, country: 'CN' },
      { id: 'a', share: 0.25, country: 'FR' },
    ]);
  });
});

describe('a stored query', () => {
  const query = { mass: 0.2, materials: [COTTON], product: 'tshirt', countryMaking: 'FR' };

  it('leaves to the method what it does not tell, spinning too', () => {
    expect(garmentFromQuery({ ...query, countryFabric: 'CN' }).known).toEqual({
      product: 'tshirt',
      countrySpinning: BY_DEFAULT,
      countryFabric: 'CN',
      countryDyeing: BY_DEFAULT,
      countryMaking: 'FR',
      fabricProcess: BY_DEFAULT,
    });
  });

  it.each([
    [{ mass: 0 }, 'mass: expected a mass in kg above 0, received 0'],
    [{ mass: -1 }, 'mass: expected a mass in kg above 0, received -1'],
    [{ mass: undefined }, 'mass: expected a mass in kg above 0, received undefined'],
    [{ materials: [] }, 'materials: expected at least one material with a share above 0'],
  ])('is refused with %j', (wrong, message) => expect(() => garmentFromQuery({ ...query, ...wrong })).toThrow(message));
});

describe('a prediction request', () => {
  const fibre = (id: string, share: number) => ({ id, share });
  it.each([
    ['nothing', {}, []],
    ['one', { MaterialId_1: 'a' }, [fibre('a', 1)]],
    ['one with its share', { MaterialId_1: 'a', MaterialId_1_share: 0.4 }, [fibre('a', 0.4)]],
    ['the second only', { MaterialId_2: 'b' }, [fibre('b', 1)]],
    ['the second only, with its share', { MaterialId_2: 'b', MaterialId_2_share: 0.3 }, [fibre('b', 0.3)]],
    ['two without shares', { MaterialId_1: 'a', MaterialId_2: 'b' }, [fibre('a', 0.5), fibre('b', 0.5)]],
    [
      'two, the first share',
      { MaterialId_1: 'a', MaterialId_1_share: 0.75, MaterialId_2: 'b' },
      [fibre('a', 0.75), fibre('b', 0.25)],
    ],
    [
      'two, the second share',
      { MaterialId_1: 'a', MaterialId_2: 'b', MaterialId_2_share: 0.75 },
      [fibre('a', 0.25), fibre('b', 0.75)],
    ],
    [
      'two with shares',
      { MaterialId_1: 'a', MaterialId_1_share: 0.1, MaterialId_2: 'b', MaterialId_2_share: 0.2 },
      [fibre('a', 0.1), fibre('b', 0.2)],
    ],
    ['a list', { Materials: [fibre('c', 1)], MaterialId_1: 'a' }, [fibre('c', 1)]],
    ['a list as in a query first', { materials: [fibre('d', 1)], Materials: [fibre('c', 1)] }, [fibre('d', 1)]],
    ['empty lists', { materials: [], Materials: [], MaterialId_1: 'a' }, [fibre('a', 1)]],
  ])('tells of materials: %s', (_what, request, told) => expect(toldMaterials(request)).toEqual(told));

  it('names fields as a query, and the name of the query wins', () => {
    expect(queryFromRequest({ Mass: 0.2, ProductId: 'tshirt' })).toMatchObject({
      mass: 0.2,
      product: 'tshirt',
      materials: [],
    });
    expect(queryFromRequest({ Mass: 0.2, mass: 0.3 })).toMatchObject({ mass: 0.3 });
    expect(garmentFromRequest({ CountryFabricCode: 'CN' }).known).toMatchObject({
      countryFabric: 'CN',
      countrySpinning: 'CN',
    });
  });
});

it('a mix is named by its fibres and ten-thousandths', () => {
  const mix = [
    { id: 'a', share: 2 / 3 },
    { id: 'b', share: 1 / 3 },
  ];
  expect([composition(mix), composition(mix)]).toEqual(['a 0.6667 + b 0.3333', 'a 0.6667 + b 0.3333']);
});
