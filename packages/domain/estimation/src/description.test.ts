import { inLanguage } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import {
  cartesian,
  DescriptionError,
  defaultCountryOf,
  descriptionOf,
  entryOf,
  fibreCountries,
  type Mix,
  readDescription,
} from './description.js';
import { domainFor, FIELD_NAMES, type FieldName, fieldOf, PRINTINGS } from './fields.js';
import { profile } from './profile.js';

const COTTON = { id: 'ei-coton', share: 1 };
const REQUIRED = [
  'product',
  'mass',
  'materials',
  'fabricProcess',
  'countrySpinning',
  'countryFabric',
  'countryDyeing',
  'countryMaking',
];
const times = <T>(count: number, item: T) => Array.from({ length: count }, () => item);

describe('a description', () => {
  it('of nothing has all that is required unknown, and the rest by default', () => {
    const { known, unknown, mixes, isAnyMix, given, defaulted, drawn } = readDescription({});
    expect([known, given, drawn, isAnyMix]).toEqual([{}, [], REQUIRED, true]);
    expect(defaulted).toEqual(FIELD_NAMES.filter((field) => !REQUIRED.includes(field)));
    expect([...unknown.keys()]).toEqual(REQUIRED.filter((field) => field !== 'materials'));
    for (const [field, domain] of unknown) expect(domain).toBe(fieldOf(field).any);
    expect(mixes).toHaveLength(1);
    expect(mixes[0]?.[0]).toEqual({ id: expect.any(String), from: 0, to: 1 });
    expect(descriptionOf({})).toEqual(readDescription({}));
  });

  it('of a query that says some of it is the same as of one that is read', () => {
    const query = { mass: 0.2, materials: [COTTON], product: 'tshirt', price: 20 };
    expect(descriptionOf(query)).toEqual(readDescription(query));
    expect(descriptionOf({ ...query, countryMaking: null }).drawn).toContain('countryMaking');
  });

  it.each<[object, FieldName, unknown]>([
    [{ mass: '0.2' }, 'mass', 0.2],
    [{ mass: { from: 0.2, to: 0.2 } }, 'mass', 0.2],
    [{ countryMaking: { oneOf: ['FR', 'FR'] } }, 'countryMaking', 'FR'],
    [{ fading: false }, 'fading', false],
    [{ yarnSize: '40Nm' }, 'yarnSize', '40Nm'],
    [{ printing: { kind: 'pigment', ratio: 0.5 } }, 'printing', { kind: 'pigment', ratio: 0.5 }],
    [{ materials: [COTTON] }, 'materials', [COTTON]],
    [
      { materials: [{ ...COTTON, country: 'CN', spinning: 'UnconventionalSpinning' }] },
      'materials',
      [{ ...COTTON, country: 'CN', spinning: 'UnconventionalSpinning' }],
    ],
    [
      { materials: [{ id: { oneOf: ['ei-lin'] }, share: { oneOf: [1] }, country: { oneOf: ['FR'] } }] },
      'materials',
      [{ id: 'ei-lin', share: 1, country: 'FR' }],
    ],
  ])('of %j knows %s', (body, field, value) => {
    const { known, given, drawn } = readDescription(body);
    expect(known[field]).toEqual(value);
    expect([given.includes(field), drawn.includes(field)]).toEqual([true, false]);
  });

  it.each<[object, FieldName, unknown]>([
    [{ mass: { from: 0.1, to: '0.2' } }, 'mass', { from: 0.1, to: 0.2, whole: false }],
    [{ numberOfReferences: { from: 5, to: 20 } }, 'numberOfReferences', { from: 5, to: 20, whole: true }],
    [{ product: { oneOf: ['jean', 'pull', 'jean'] } }, 'product', { values: ['jean', 'pull'] }],
    [{ mass: { any: true } }, 'mass', 'by-type'],
    [{ trims: { any: true } }, 'trims', 'by-type'],
    [{ upcycled: { any: true } }, 'upcycled', { values: [false, true] }],
    [{ printing: { any: true } }, 'printing', { values: PRINTINGS }],
    [
      { printing: { kind: { any: true }, ratio: 0.5 } },
      'printing',
      {
        values: [
          { kind: 'pigment', ratio: 0.5 },
          { kind: 'substantive', ratio: 0.5 },
        ],
      },
    ],
    [
      { printing: { kind: 'pigment', ratio: { oneOf: [0.1, '0.2', 0.1] } } },
      'printing',
      {
        values: [
          { kind: 'pigment', ratio: 0.1 },
          { kind: 'pigment', ratio: 0.2 },
        ],
      },
    ],
  ])('of %j draws %s', (body, field, domain) => {
    const { unknown, given, drawn } = readDescription(body);
    expect(unknown.get(field)).toEqual(domain);
    expect([given.includes(field), drawn.includes(field)]).toEqual([false, true]);
  });

  it.each([
    [{ any: true }, 0, 0.8],
    [{ from: 0.3, to: 0.4 }, 0.3, 0.4],
  ])('of a printed share of %j has 51 of them from %d to %d', (ratio, from, to) => {
    const domain = readDescription({ printing: { kind: 'pigment', ratio } }).unknown.get('printing') as {
      values: { ratio: number }[];
    };
    expect(domain.values).toHaveLength(51);
    expect(domain.values[0]?.ratio).toBeCloseTo(from, 12);
    expect(domain.values[1]?.ratio).toBeCloseTo(from + (to - from) / 50, 12);
    expect(domain.values[50]?.ratio).toBeCloseTo(to, 12);
  });

  it.each<[unknown, Mix[]]>([
    [[{ id: 'ei-lin' }], [[{ id: 'ei-lin', from: 0, to: 1 }]]],
    [[{ id: 'ei-lin', share: { any: true } }], [[{ id: 'ei-lin', from: 0, to: 1 }]]],
    [
      [
        { id: 'ei-lin', share: { from: 0.2, to: 1 } },
        { id: 'ei-pet', share: '0.3' },
      ],
      [
        [
          { id: 'ei-lin', from: 0.2, to: 1 },
          { id: 'ei-pet', from: 0.3, to: 0.3 },
        ],
      ],
    ],
    [
      [{ id: { oneOf: ['ei-lin', 'ei-pet'] }, share: 1 }],
      [[{ id: 'ei-lin', from: 1, to: 1 }], [{ id: 'ei-pet', from: 1, to: 1 }]],
    ],
    [
      [{ ...COTTON, country: { oneOf: ['FR', 'CN'] } }],
      [[{ id: 'ei-coton', countries: ['FR', 'CN'], from: 1, to: 1 }]],
    ],
    [
      [{ ...COTTON, spinning: { oneOf: ['ConventionalSpinning', 'UnconventionalSpinning'] } }],
      [
        [{ id: 'ei-coton', spinning: 'ConventionalSpinning', from: 1, to: 1 }],
        [{ id: 'ei-coton', spinning: 'UnconventionalSpinning', from: 1, to: 1 }],
      ],
    ],
    [
      { oneOf: [[COTTON], [{ id: 'ei-pet', share: 1 }]] },
      [[{ id: 'ei-coton', from: 1, to: 1 }], [{ id: 'ei-pet', from: 1, to: 1 }]],
    ],
    // Only shares that can add up to 1 are left.
    [
      [
        { id: 'ei-lin', share: { oneOf: [0.5, 0.9] } },
        { id: 'ei-pet', share: { from: 0.4, to: 0.5 } },
      ],
      [
        [
          { id: 'ei-lin', from: 0.5, to: 0.5 },
          { id: 'ei-pet', from: 0.4, to: 0.5 },
        ],
      ],
    ],
  ])('of the materials %j has the mixes %j', (materials, mixes) => {
    const read = readDescription({ materials });
    expect(read.mixes).toEqual(mixes);
    expect([read.isAnyMix, read.drawn.includes('materials'), read.known.materials]).toEqual([false, true, undefined]);
  });

  it('takes fifty values, fifty fibres, four hundred mixes and five open shares', () => {
    const price = (count: number) => () =>
      readDescription({ price: { oneOf: Array.from({ length: count }, (_, at) => at + 1) } });
    expect(price(50)().unknown.get('price')).toMatchObject({ values: { length: 50 } });
    expect(price(51)).toThrow(/^price: /);
    const fibres = (count: number) => () => readDescription({ materials: times(count, { id: 'ei-pet', share: 0.02 }) });
    expect(fibres(50)().mixes).toHaveLength(1);
    expect(fibres(51)).toThrow('materials: attendu : 50 matières au plus');
    const shares = (count: number) => times(count, 0).map((_, at) => at / 1000);
    const cases = (first: number, second: number) => () =>
      readDescription({
        materials: [
          { id: 'ei-pet', share: { oneOf: shares(first) } },
          { id: 'ei-lin', share: { oneOf: shares(second) } },
        ],
      });
    expect(cases(20, 20)().mixes).toHaveLength(400);
    expect(cases(21, 20)).toThrow('materials: attendu : 400 possibilités au plus');
    const open = (count: number) => () =>
      readDescription({
        materials: ['ei-pet', 'ei-lin', 'ei-coton', 'ei-pa', 'ei-pp', 'ei-viscose']
          .slice(0, count)
          .map((id) => ({ id })),
      });
    expect(open(5)().mixes[0]).toHaveLength(5);
    expect(open(6)).toThrow('materials: attendu : 5 parts inconnues au plus');
  });
});

describe('a fault', () => {
  it.each<[unknown, Record<string, string>]>([
    [[], { body: 'expected an object; received: []' }],
    ['x', { body: 'expected an object; received: "x"' }],
    [
      { mass: { any: false } },
      {
        mass: 'expected a value, {"any": true}, {"oneOf": [1 to 50 values]} or {"from": a, "to": b}; received: {"any":false}',
      },
    ],
    [
      { mass: { from: 1 } },
      {
        mass: 'expected a value, {"any": true}, {"oneOf": [1 to 50 values]} or {"from": a, "to": b}; received: {"from":1}',
      },
    ],
    [
      { mass: { any: true, more: 1 } },
      {
        mass: 'expected a value, {"any": true}, {"oneOf": [1 to 50 values]} or {"from": a, "to": b}; received: {"any":true,"more":1}',
      },
    ],
    [
      { product: { oneOf: [] } },
      {
        product:
          'expected a value, {"any": true}, {"oneOf": [1 to 50 values]} or {"from": a, "to": b}; received: {"oneOf":[]}',
      },
    ],
    [
      { product: { oneOf: 'jean' } },
      {
        product:
          'expected a value, {"any": true}, {"oneOf": [1 to 50 values]} or {"from": a, "to": b}; received: {"oneOf":"jean"}',
      },
    ],
    [{ mass: { from: 2, to: 1 } }, { mass: 'expected numbers with from at most to; received: {"from":2,"to":1}' }],
    [
      { product: { from: 1, to: 2 } },
      { product: 'a range is for numbers only: expected {"oneOf": […]} or {"any": true}' },
    ],
    [
      { materials: { from: 1, to: 2 } },
      { materials: 'a range is for numbers only: expected {"oneOf": […]} or {"any": true}' },
    ],
    [
      { materials: [{ ...COTTON, country: { from: 'A', to: 'B' } }] },
      { materials: 'materials.0: a range is for numbers only: expected {"oneOf": […]} or {"any": true}' },
    ],
    [
      { materials: [COTTON, 'wool'] },
      { materials: 'materials.1: expected an object with id and share; received: "wool"' },
    ],
    [
      { materials: [{ id: 'ei-lin', share: { from: 0.9, to: 0.1 } }] },
      { materials: 'materials.0: expected numbers with from at most to; received: {"from":0.9,"to":0.1}' },
    ],
    [
      { materials: [{ id: 'ei-lin', share: { from: 0, to: 0.9 } }] },
      { materials: 'expected shares that can add up to 1' },
    ],
    [
      {
        materials: [
          { id: 'ei-lin', share: { from: 0.6, to: 1 } },
          { id: 'ei-pet', share: 0.5 },
        ],
      },
      { materials: 'expected shares that can add up to 1' },
    ],
    [
      { mass: { any: 1 }, product: { from: 0, to: 1 } },
      { product: expect.any(String), mass: expect.any(String) },
    ],
  ])('of %j is told by its field', (body, errors) => {
    const told = inLanguage('en', () => {
      try {
        return readDescription(body);
      } catch (error) {
        return error as DescriptionError;
      }
    }) as DescriptionError;
    expect(told).toBeInstanceOf(DescriptionError);
    expect(told.errors).toEqual(errors);
    expect(told.message).toBe(
      Object.entries(told.errors)
        .map(([field, message]) => `${field}: ${message}`)
        .join('\n'),
    );
  });

  it.each<[unknown, string]>([
    [3, 'body: attendu : un objet ; reçu : 3'],
    [{ mass: { from: 2, to: 1 } }, 'mass: attendu : des nombres, from ne dépassant pas to ; reçu : {"from":2,"to":1}'],
    [
      { product: { from: 1, to: 2 } },
      'product: un intervalle ne vaut que pour des nombres ; attendu : {"oneOf": […]} ou {"any": true}',
    ],
    [{ materials: [7] }, 'materials: materials.0: attendu : un objet avec id et share ; reçu : 7'],
    [
      { materials: [{ id: 'ei-lin', share: { from: 0, to: 0.9 } }] },
      'materials: attendu : des parts dont la somme peut valoir 1',
    ],
    [
      { fading: { any: 'x' } },
      'fading: attendu : une valeur, {"any": true}, {"oneOf": [1 à 50 valeurs]} ou {"from": a, "to": b} ; reçu : {"any":"x"}',
    ],
  ])('of %j is French where no language was asked for', (body, message) =>
    expect(() => readDescription(body)).toThrow(message),
  );

  it.each([
    [{ price: { oneOf: [20, 0.5] } }, /^price: (?!price)/],
    [{ materials: [{ id: { oneOf: ['ei-lin', 'silk'] }, share: 1 }] }, /^materials: materials\.0: /],
    [{ materials: [{ ...COTTON, country: 'XX' }] }, /^materials: materials\.0: /],
    [{ materials: [{ ...COTTON, spinning: 'by hand' }] }, /^materials: materials\.0\.spinning : /],
    [{ materials: [{ id: 'ei-lin', share: 2 }] }, /^materials: materials\.0\.share : /],
    [{ materials: [] }, /^materials: /],
    [{ materials: 'cotton' }, /^materials: /],
  ])('of a value is what the method says, row %#', (body, message) =>
    expect(() => readDescription(body)).toThrow(message),
  );
});

describe('fields', () => {
  it('that are unknown are within the bounds of the method, or those of their type', () => {
    const bounds = FIELD_NAMES.flatMap((field) => {
      const { any } = fieldOf(field);
      return typeof any === 'object' && 'from' in any ? [[field, any.from, any.to, any.whole]] : [];
    });
    expect(bounds).toEqual([
      ['numberOfReferences', 1, 999_999, true],
      ['price', 1, 1000, false],
      ['physicalDurability', 0.67, 1.45, false],
      ['airTransportRatio', 0, 1, false],
      ['makingWaste', 0, 0.4, false],
      ['makingDeadStock', 0, 0.3, false],
      ['surfaceMass', 80, 500, true],
      ['yarnSize', 9, 200, false],
    ]);
    expect(PRINTINGS).toHaveLength(161);
    expect([PRINTINGS[0], PRINTINGS[1], PRINTINGS[160]]).toEqual([
      null,
      { kind: 'pigment', ratio: 0.01 },
      { kind: 'substantive', ratio: 0.8 },
    ]);
    const stages = (fieldOf('disabledSteps').any as { values: string[][] }).values;
    expect([stages.length, stages[0], stages[5], stages[255]?.length]).toEqual([256, [], ['material', 'fabric'], 8]);
    expect(domainFor('price', { values: [1] }, 'jean')).toEqual({ values: [1] });
    expect(domainFor('mass', 'by-type', 'jean')).toMatchObject({ whole: false });
    const trims = (domainFor('trims', 'by-type', 'jean') as { values: { quantity: number }[][] }).values;
    expect(trims).toHaveLength(4);
    expect(trims[0]).toEqual([]);
    expect(trims[3]).toEqual([...(trims[1] ?? []), ...(trims[2] ?? [])]);
  });

  it('that are options have a weight in the profile for each of their values', () => {
    for (const [field, weights] of Object.entries(profile.options)) {
      const { values } = fieldOf(field as FieldName).any as { values: readonly unknown[] };
      expect(weights.map(([value]) => value).toSorted()).toEqual(values.toSorted());
    }
  });

  it('have a fibre as an entry, from its own country unless told', () => {
    expect(entryOf({ id: 'a', from: 0, to: 1 }, 0.5)).toStrictEqual({ id: 'a', share: 0.5 });
    expect(entryOf({ id: 'a', from: 0, to: 1, countries: ['FR', 'CN'], spinning: 's' }, 0.5)).toStrictEqual({
      id: 'a',
      share: 0.5,
      country: 'FR',
      spinning: 's',
    });
    expect(entryOf({ id: 'a', from: 0, to: 1 }, 0.5, 'IN')).toStrictEqual({ id: 'a', share: 0.5, country: 'IN' });
    expect(fibreCountries({ id: 'ei-coton', from: 1, to: 1 })).toEqual([defaultCountryOf('ei-coton')]);
    expect(fibreCountries({ id: 'ei-coton', from: 1, to: 1, countries: ['FR'] })).toEqual(['FR']);
  });

  it('combine one of each list', () => {
    expect(cartesian([[1, 2], [3], [4, 5]])).toEqual([
      [1, 3, 4],
      [1, 3, 5],
      [2, 3, 4],
      [2, 3, 5],
    ]);
    expect(cartesian([])).toEqual([[]]);
  });
});
