import { createHash } from 'node:crypto';
import { readTextileQuery, simulateQuery, simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { boundsOf } from './bounds.js';
import { catalogueDistribution } from './catalogue.js';
import { descriptionOf, readDescription } from './description.js';
import { estimate } from './estimate.js';
import { COUNTRY_FIELDS, type FieldName, type Query } from './fields.js';
import { distinctAtEnd, extremeShares, extremeSharesOfBoth } from './mixes.js';
import { seededRandom } from './random.js';
import { rates, stageOf } from './rates.js';
import { refineMix } from './refine-mix.js';
import { countrySampler, type Distribution, garmentSampler, LEGAL_DEFAULTS, SECTOR, SECTOR_TABLE } from './sector.js';

/**
 * An answer names its distribution, its version and its seed: the same garments have to be drawn by them for ever. What is
 * drawn in another way needs another version of the profile.
 */
const ANY = { any: true };
const COTTON = { id: 'ei-coton', share: 1 };
const TSHIRT = { product: 'tshirt', mass: 0.17, materials: [COTTON] };
const OPTIONS = Object.fromEntries(
  [
    'numberOfReferences',
    'price',
    'business',
    'physicalDurability',
    'airTransportRatio',
    'dyeingProcessType',
    'printing',
    'fading',
    'makingComplexity',
    'makingWaste',
    'makingDeadStock',
    'surfaceMass',
    'yarnSize',
    'trims',
    'upcycled',
    'disabledSteps',
  ].map((field) => [field, ANY]),
);
const BODIES: Record<string, Query> = {
  nothing: {},
  'every option': OPTIONS,
  'what is told narrows the rest': {
    product: { oneOf: ['jean', 'pull', 'manteau'] },
    mass: { from: 0.3, to: 0.6 },
    fabricProcess: { oneOf: ['weaving', 'knitting-mix'] },
    countryDyeing: 'TR',
    countryMaking: { oneOf: ['FR', '---', 'TN'] },
  },
  'a brand': {
    ...TSHIRT,
    business: { oneOf: ['small-business', 'large-business-with-services'] },
    price: { oneOf: [10, 40, 90] },
    numberOfReferences: { from: 500, to: 9000 },
  },
  'what the sector never makes': {
    product: 'slip',
    mass: 3,
    materials: [{ id: 'ei-jute-kenaf', share: 1 }],
    price: { from: 900, to: 1000 },
    business: 'small-business',
  },
  'open shares': {
    ...TSHIRT,
    materials: [
      { id: 'ei-coton', share: { from: 0.3, to: 0.9 }, country: { oneOf: ['FR', 'CN', 'BD'] } },
      { id: 'ei-pet' },
      { id: 'ei-lin', share: { from: 0, to: 0.2 } },
    ],
    trims: { oneOf: [[], [{ id: '0c903fc7-279b-4375-8cfa-ca8133b8e973', quantity: 2 }]] },
    fading: { oneOf: [true, false] },
    disabledSteps: { oneOf: [['use'], []] },
  },
};
const digest = (value: unknown) =>
  createHash('sha256')
    .update(JSON.stringify(value, (_key, inner) => (typeof inner === 'number' ? Number(inner.toPrecision(9)) : inner)))
    .digest('hex')
    .slice(0, 12);
const drawn = (distribution: Distribution, body: unknown, count = 60) => {
  const random = seededRandom(3);
  const sampler = distribution.samplerFor(readDescription(body));
  return Array.from({ length: count }, () => sampler(random));
};

/** By version 2 of the profile: the sector, the legal defaults, and what an estimate says of twenty garments; null where bounds are refused or take long. */
const DIGESTS: Record<string, readonly [sector: string, legal: string, estimate: string | null]> = {
  nothing: ['0f9fa15286ed', 'c355c04d3cd3', null],
  'every option': ['edf0764601af', 'c355c04d3cd3', null],
  'what is told narrows the rest': ['c1e477934eea', 'c1e477934eea', '499edc1a5419'],
  'a brand': ['ee7ca75c083d', '039eb40c0cf5', 'b5558811e4bc'],
  'what the sector never makes': ['2804bce2ef4d', 'd52c0ad03c01', 'e6022d2bc1d9'],
  'open shares': ['37fe30a5ea70', 'a3bb66047008', '541420d78780'],
};

describe('the same garments for ever', () => {
  it.each(Object.keys(BODIES))('of %s', (name) => {
    expect([SECTOR.version, LEGAL_DEFAULTS.version]).toEqual([2, 2]);
    const told = () => {
      const { method_version: _version, ask, ...answer } = estimate(BODIES[name], { draws: 20 });
      // Words are written by the machine's own tables of languages.
      return digest([answer, ask.map(({ words: _words, ...asked }) => asked)]);
    };
    const [, , last] = DIGESTS[name] ?? [];
    expect([
      digest(drawn(SECTOR, BODIES[name])),
      digest(drawn(LEGAL_DEFAULTS, BODIES[name])),
      last === null ? null : told(),
    ]).toEqual(DIGESTS[name]);
  });

  it('of a part of a garment, and as a table', () => {
    const random = seededRandom(3);
    const [garment, places] = [
      garmentSampler(descriptionOf({ mass: 0.3 })),
      countrySampler(descriptionOf({ countryFabric: 'CN' })),
    ];
    expect(digest(Array.from({ length: 100 }, () => [garment(random), places(random)]))).toBe('e8de9af388b8');
    expect(digest(SECTOR_TABLE)).toBe('e963246fb82d');
  });
});

describe('a catalogue', () => {
  const row = (changed: Query): Query => ({
    ...TSHIRT,
    fabricProcess: 'weaving',
    ...Object.fromEntries(COUNTRY_FIELDS.map((field) => [field, 'FR'])),
    ...changed,
  });
  const rows = (count: number, changed: Query) => Array.from({ length: count }, () => row(changed));
  const from = (list: Query[], body: Query, field: FieldName) =>
    new Set(drawn(catalogueDistribution(list), body, 60).map((query) => JSON.stringify(query[field])));

  it.each([
    [9, ['"BD"', '"FR"']],
    [10, ['"BD"']],
  ])('is narrowed by what is known where %d products are left', (count, places) => {
    const list = [...rows(count, { fabricProcess: 'knitting-mix', countryDyeing: 'BD' }), ...rows(20, {})];
    expect([...from(list, { ...TSHIRT, fabricProcess: 'knitting-mix' }, 'countryDyeing')].sort()).toEqual(places);
  });

  it('is that of the type, however few they are, and of the sector where there is none', () => {
    const list = [...rows(1, { countryDyeing: 'BD' }), ...rows(20, { product: 'jean' })];
    expect([...from(list, { product: 'tshirt' }, 'countryDyeing')]).toEqual(['"BD"']);
    expect(from(list, { product: 'pull' }, 'countryDyeing').size).toBeGreaterThan(2);
    expect(drawn(catalogueDistribution(list), { product: 'pull' })).toEqual(drawn(SECTOR, { product: 'pull' }));
  });

  it.each([
    [0.17 * 1.49, 1],
    [0.17 * 1.51, 2],
    [0.17 / 1.49, 1],
    [0.17 / 1.51, 2],
  ])('of a mass of %d kg looks at products within a factor of 1.5', (mass, places) => {
    const list = [
      ...rows(12, { countryDyeing: 'BD' }),
      ...rows(12, { mass: mass * 3, countryDyeing: 'FR' }),
      ...rows(12, { mass: mass / 3, countryDyeing: 'TR' }),
    ];
    expect(Math.min(2, from(list, { product: 'tshirt', mass }, 'countryDyeing').size)).toBe(places);
  });

  it('gives what may be, and leaves the rest to the sector', () => {
    const list = rows(12, { countryDyeing: 'BD', price: 20, trims: [], materials: [{ id: 'ei-lin', share: 1 }] });
    const body = {
      product: 'tshirt',
      countryDyeing: { oneOf: ['CN', 'IN'] },
      price: { from: 30, to: 60 },
      trims: ANY,
      numberOfReferences: { from: 1, to: 5 },
    };
    expect([...from(list, body, 'countryDyeing')].sort()).toEqual(['"CN"', '"IN"']);
    expect([...from(list, body, 'price')].every((price) => Number(price) >= 30)).toBe(true);
    expect([...from(list, body, 'trims')]).toEqual(['[]']);
    expect([...from(list, body, 'materials')]).toEqual(['[{"id":"ei-lin","share":1}]']);
    expect([...from(list, { ...body, price: { from: 20, to: 60 } }, 'price')]).toEqual(['20']);
    expect([...from(list, { ...body, price: { from: 10, to: 20 } }, 'price')]).toEqual(['20']);
    expect(catalogueDistribution(list)).toMatchObject({ name: 'catalogue', version: 1 });
  });
});

it('a mix is refined until no share that moves lowers the cost', () => {
  const { mixes } = readDescription({
    materials: [
      { id: 'ei-coton', share: { from: 0.2, to: 0.9 } },
      { id: 'ei-pet', share: { from: 0.1, to: 0.8 } },
    ],
  });
  const query = {
    ...TSHIRT,
    fabricProcess: 'weaving',
    materials: [
      { id: 'ei-coton', share: 0.5 },
      { id: 'ei-pet', share: 0.5 },
    ],
  };
  const [low, high] = ([1, -1] as const).map((sign) => refineMix(query, mixes[0] ?? [], sign).materials);
  expect(low).toEqual([
    { id: 'ei-coton', share: 0.2 },
    { id: 'ei-pet', share: 0.8 },
  ]);
  expect(high).toEqual([
    { id: 'ei-coton', share: 0.9 },
    { id: 'ei-pet', share: 0.1 },
  ]);
});

it('a mix of three fibres is refined share by share, round after round', () => {
  const open = (id: string) => ({ id, share: { from: 0.2, to: 0.6 } });
  const { mixes } = readDescription({ materials: [open('ei-coton'), open('ei-pet'), open('ei-lin')] });
  const third = { share: 0.333 };
  const materials = [
    { id: 'ei-coton', ...third },
    { id: 'ei-pet', ...third },
    { id: 'ei-lin', share: 0.334 },
  ];
  const query = { ...TSHIRT, fabricProcess: 'weaving', materials };
  for (const sign of [1, -1] as const) {
    const refined = refineMix(query, mixes[0] ?? [], sign);
    expect(refined).not.toEqual(query);
    expect(refineMix(refined, mixes[0] ?? [], sign)).toEqual(refined);
  }
});

const OPEN: Query[] = [
  ...Object.entries(BODIES).flatMap(([name, body]) => (DIGESTS[name]?.[2] === null ? [] : [body])),
  { ...TSHIRT, physicalDurability: { from: 0.7, to: 1.3 }, airTransportRatio: ANY, business: ANY, price: ANY },
  { ...TSHIRT, physicalDurability: { from: 0.7, to: 0.7001 }, numberOfReferences: { from: 1, to: 50_000 } },
  { ...TSHIRT, airTransportRatio: { from: 0.1, to: 0.6 }, disabledSteps: ['making'], countryDyeing: ANY },
  { ...TSHIRT, airTransportRatio: { oneOf: [0.2, 0.9] }, disabledSteps: ['distribution', 'use', 'eol'] },
  { ...TSHIRT, disabledSteps: ['spinning', 'fabric', 'ennobling', 'making', 'distribution'] },
  { ...TSHIRT, materials: [{ id: 'ei-pet' }, { id: 'ei-coton' }], fabricProcess: ANY, printing: ANY, surfaceMass: ANY },
];
it('the completions of a bound cost what it says, and nothing that is drawn costs less or more', () => {
  for (const body of OPEN) {
    const { min, max } = boundsOf(readDescription(body));
    for (const { query, ecs } of [min, max]) expect(simulateTotals(query).ecs).toBeCloseTo(ecs, 6);
    const costs = drawn(SECTOR, body, 40).map((query) => simulateTotals(query).ecs);
    expect(Math.min(...costs), JSON.stringify(body)).toBeGreaterThanOrEqual(min.ecs - 1e-6);
    expect(Math.max(...costs), JSON.stringify(body)).toBeLessThanOrEqual(max.ecs + 1e-6);
  }
});

it('half of synthetic fibre is a step that bounds look at from both sides', () => {
  const mix = [
    { id: 'ei-pet', from: 0.2, to: 0.8 },
    { id: 'ei-coton', from: 0.2, to: 0.8 },
  ];
  const shares = (found: ReturnType<typeof extremeShares>) =>
    found.map((one) => one.shares.map((share) => share.toFixed(4)).join());
  expect(shares(extremeShares(mix, 'min')).toSorted()).toEqual([
    '0.2000,0.8000',
    '0.4999,0.5001',
    '0.5000,0.5000',
    '0.8000,0.2000',
  ]);
  const narrow = mix.map((fibre) => ({ ...fibre, from: 0.2, to: 0.8 })).with(0, { id: 'ei-pet', from: 0.6, to: 0.8 });
  expect(shares(extremeShares(narrow, 'min')).toSorted()).toEqual(['0.6000,0.4000', '0.8000,0.2000']);
  expect(distinctAtEnd(extremeShares(mix, 'min'))).toHaveLength(2);
  expect(distinctAtEnd(extremeShares(narrow, 'min'))).toHaveLength(1);
  expect(extremeSharesOfBoth(mix).length).toBeGreaterThanOrEqual(4);
});

it('the rates of a country are those by which the method answers', () => {
  const table = rates();
  const probe = (code: string, fading: boolean) =>
    simulateQuery(
      readTextileQuery({
        ...TSHIRT,
        fabricProcess: 'weaving',
        fading,
        ...Object.fromEntries(COUNTRY_FIELDS.map((field) => [field, code])),
      }),
    );
  const rateOf = (of: readonly number[], code: string) => of[table.rank(code)] as number;
  const besideEnergy = (code: string, stage: 'spinning' | 'fabric' | 'ennobling' | 'making', fading: boolean) => {
    const { impacts, elecKWh, heatMJ } = stageOf(probe(code, fading), stage).work;
    return impacts.ecs - elecKWh * rateOf(table.electricity, code) - heatMJ * rateOf(table.heat, code);
  };
  for (const code of ['FR', 'IN', 'CN']) {
    for (const stage of ['spinning', 'fabric', 'making'] as const)
      expect(besideEnergy(code, stage, true)).toBeCloseTo(0, 6);
  }
  // Dyeing pollutes as well: what differs between countries is in proportion to their rates.
  const [inChina, inIndia] = ['CN', 'IN'].map((code) => {
    const more = besideEnergy(code, 'ennobling', false) - besideEnergy('FR', 'ennobling', false);
    return more / (rateOf(table.pollution, code) - rateOf(table.pollution, 'FR'));
  }) as [number, number];
  expect(inChina).toBeGreaterThan(0);
  expect(inChina).toBeCloseTo(inIndia, 6);
});
