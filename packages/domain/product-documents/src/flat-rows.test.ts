import { COST_PARTS, IMPACT_CODES, STAGE_CODES } from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COST_PART_LABELS,
  checkProduct,
  collectColumns,
  type FieldColumn,
  FLAT_COLUMNS,
  FLAT_SOURCE_FIELDS,
  fieldsOf,
  flattenFields,
  flattenImpact,
  productIdentity,
  textOf,
} from './index.js';

const SEED = { seed: 16 };
const place = (code: string) => ({ code, name: `country ${code}` });
/** Each stage costs its place in the chain and 0.5 for its way, but for one that is disabled. */
const lifeCycle = STAGE_CODES.map((code, index) => ({
  enabled: code !== 'ennobling',
  airTransportRatio: 0.25,
  impacts: { ecs: index + 1 },
  transport: { impacts: { ecs: 0.5 } },
}));
const DURABILITY = 2;
const document = {
  md5_id: 'a',
  product_id: 'jean',
  durability: DURABILITY,
  daysOfWear: 70,
  impacts: Object.fromEntries(IMPACT_CODES.map((code, index) => [code, index])),
  inputs: {
    mass: 0.4,
    product: { name: 'Jean', fabric: 'weaving' },
    materials: [
      { material: { id: 'ei-coton', origin: 'NaturalFromVegetal' }, share: 0.75, country: place('FR') },
      { material: { id: 'ei-pet', origin: 'Synthetic' }, share: 0.25, country: 'CN' },
    ],
    countryFabric: place('CN'),
    countryDyeing: place('PK'),
    countryMaking: place('BD'),
  },
  lifeCycle,
  trimsImpacts: { ecs: 3 },
  complementsImpacts: { microfibers: -0.5, outOfEuropeEOL: -0.25 },
};

const SAID_BY_NONE = Object.fromEntries(FLAT_COLUMNS.map(({ name }) => [name, name.startsWith('share_') ? 0 : null]));

/** What a database reads of a value when it is asked for some paths of it. */
function projected(value: unknown, paths: readonly string[]): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(fieldsOf(value))) {
    if (paths.includes(key)) kept.push([key, inner]);
    const below = paths.filter((path) => path.startsWith(`${key}.`)).map((path) => path.slice(key.length + 1));
    if (below.length > 0)
      kept.push([key, Array.isArray(inner) ? inner.map((item) => projected(item, below)) : projected(inner, below)]);
  }
  return Object.fromEntries(kept);
}

describe('a flat row', () => {
  it('has the columns of the exports, and what the document says', () => {
    const { row, faults } = flattenImpact(document);
    expect(faults).toEqual([]);
    expect(Object.keys(row)).toEqual(FLAT_COLUMNS.map(({ name }) => name));
    expect(row).toEqual({
      ...SAID_BY_NONE,
      md5_id: 'a',
      content_hash: 'a',
      product_id: 'jean',
      product_name: 'Jean',
      mass: 0.4,
      material_count: 2,
      first_material: 'ei-coton',
      first_material_share: 0.75,
      first_material_country: 'FR',
      second_material: 'ei-pet',
      second_material_share: 0.25,
      second_material_country: 'CN',
      materials: 'ei-coton:0.75;ei-pet:0.25',
      share_natural_vegetal: 0.75,
      share_synthetic: 0.25,
      country_fabric: 'CN',
      country_fabric_name: 'country CN',
      country_dyeing: 'PK',
      country_making: 'BD',
      country_making_name: 'country BD',
      fabric_process: 'weaving',
      air_share: 0.25,
      durability: DURABILITY,
      days_of_wear: 70,
      ...Object.fromEntries(IMPACT_CODES.map((code, index) => [code.replace('-', '_'), index])),
      // Another platform does not say what it covers: 0 is no figure then.
      acd: null,
      cost_material: 0.5 + 0.5,
      cost_spinning: 1,
      cost_fabric: 1.5,
      cost_ennobling: 0,
      cost_making: 2.5,
      cost_distribution: 3,
      cost_use: 3.5,
      cost_eol: 4 + 0.25,
      cost_transport: (7 * 0.5) / DURABILITY,
      cost_trims: 1.5,
      cost_complements: -0.75,
    });
  });

  it('has what the platform adds and what is optional, from all of a document or from what is read of it', () => {
    const whole = {
      ...document,
      useNbCycles: 31,
      transport: { air: 1, road: 2, sea: 3 },
      inputs: {
        ...document.inputs,
        fabricProcess: 'knitting-mix',
        materials: [...document.inputs.materials, { material: { id: 'x', origin: 'y' }, share: 0 }],
      },
      _platform: {
        contentHash: 'hash',
        source: 'extraction',
        scenario: 'regular',
        methodVersion: '7.0.0',
        coveredImpacts: ['ecs', 'acd', 'etf-c'],
        query: { countrySpinning: 'IN' },
        state: 'to-check',
        warnings: [{ id: 'mass_out_of_range' }, { id: 'cost_above_label' }],
      },
    };
    const { row, faults } = flattenImpact(whole);
    expect(faults).toEqual(['inputs.materials.2.material.origin']);
    expect(row).toMatchObject({
      content_hash: 'hash',
      source: 'extraction',
      scenario: 'regular',
      method_version: '7.0.0',
      material_count: 3,
      second_material: 'ei-pet',
      materials: 'ei-coton:0.75;ei-pet:0.25;x:0',
      country_spinning: 'IN',
      state: 'to-check',
      warnings: 'mass_out_of_range;cost_above_label',
      fabric_process: 'knitting-mix',
      transport_air_km: 1,
      transport_road_km: 2,
      transport_sea_km: 3,
      use_cycles: 31,
      acd: 0,
      ecs: IMPACT_CODES.indexOf('ecs'),
      etf_c: IMPACT_CODES.indexOf('etf-c'),
      pef: null,
      cch: null,
    });
    expect(flattenImpact(projected(whole, FLAT_SOURCE_FIELDS)).row).toEqual(row);
    const making = { ...lifeCycle[4], label: 'Confection' };
    const upcycled = { ...whole, lifeCycle: [making] };
    for (const field of FLAT_SOURCE_FIELDS) {
      const fewer = FLAT_SOURCE_FIELDS.filter((other) => other !== field);
      // Needed only of a document that does not say which fabric process was asked for, or what it covers.
      const full = /^impacts|product\.fabric/.test(field) ? document : field === 'lifeCycle.label' ? upcycled : whole;
      expect(flattenImpact(projected(full, fewer)), field).not.toEqual(flattenImpact(full));
    }
  });

  it.each([
    ['NaturalFromVegetal', 'natural_vegetal'],
    ['NaturalFromAnimal', 'natural_animal'],
    ['ArtificialFromOrganic', 'artificial_organic'],
    ['ArtificialFromInorganic', 'artificial_inorganic'],
    ['Synthetic', 'synthetic'],
  ])('counts %s as %s', (origin, family) => {
    const materials = [0.25, 0.5].map((share) => ({ material: { id: 'x', origin }, share }));
    const { row, faults } = flattenImpact({ ...document, inputs: { ...document.inputs, materials } });
    const shares = Object.entries(row).filter(([name, value]) => name.startsWith('share_') && value !== 0);
    expect([shares, faults]).toEqual([[[`share_${family}`, 0.75]], []]);
  });

  it('has parts of the cost that add up to stages, ways, trims and complements, divided by the durability', () => {
    const { row } = flattenImpact(document);
    const stages = lifeCycle.reduce((sum, { enabled, impacts }) => sum + (enabled ? impacts.ecs + 0.5 : 0), 0);
    const parts = COST_PARTS.map((part) => Number(row[`cost_${part}`]));
    expect(parts.reduce((sum, cost) => sum + cost, 0)).toBeCloseTo((stages + 3) / DURABILITY, 12);
  });

  it('names what is missing, and has null there', () => {
    const { row, faults } = flattenImpact({ ...document, durability: 'long', lifeCycle: [], product_id: '' });
    expect(faults).toEqual(['durability', 'product_id', 'lifeCycle']);
    expect([row.durability, row.product_id, row.cost_making]).toEqual([null, null, null]);
  });

  it.each<[string, object, string[], object]>([
    [
      'nothing',
      { ...Object.fromEntries(Object.keys(document).map((field) => [field, undefined])), _platform: null },
      [
        'md5_id',
        'durability',
        'product_id',
        'inputs.mass',
        'inputs.countryFabric.name',
        'inputs.countryMaking.name',
        'daysOfWear',
        ...IMPACT_CODES.map((code) => `impacts.${code}`),
        'inputs.materials',
        'lifeCycle',
      ],
      { md5_id: null, material_count: null, materials: null, first_material: null, ecs: null, share_synthetic: 0 },
    ],
    [
      'costs of a stage',
      { lifeCycle: lifeCycle.map((stage, index) => (index === 2 ? { airTransportRatio: 1 } : stage)) },
      ['lifeCycle.2.impacts.ecs', 'lifeCycle.2.transport.impacts.ecs'],
      { cost_fabric: null, cost_transport: null, cost_making: 2.5, air_share: 0.25 },
    ],
    [
      'the way of making',
      { lifeCycle: lifeCycle.map((stage) => ({ ...stage, airTransportRatio: 'x' })) },
      ['lifeCycle.4.airTransportRatio'],
      { air_share: null, cost_making: 2.5 },
    ],
    ['trims', { trimsImpacts: {} }, ['trimsImpacts.ecs'], { cost_trims: null, cost_complements: -0.75 }],
    [
      'a complement',
      { complementsImpacts: { microfibers: null, outOfEuropeEOL: -0.25 } },
      ['complementsImpacts.microfibers'],
      { cost_complements: null, cost_material: null, cost_eol: null, cost_use: 3.5 },
    ],
    ['complements', { complementsImpacts: {} }, [], { cost_complements: 0, cost_material: 0.5, cost_eol: 4 }],
    [
      'what a material is',
      { inputs: { ...document.inputs, materials: [{}] } },
      ['inputs.materials.0.share', 'inputs.materials.0.material.origin'],
      { materials: '?:?', material_count: 1, first_material: null, first_material_share: null, second_material: null },
    ],
    [
      'a finite number',
      { daysOfWear: Number.POSITIVE_INFINITY, useNbCycles: Number.NaN },
      ['daysOfWear'],
      { days_of_wear: null, use_cycles: null },
    ],
    [
      'a figure of what is covered',
      { impacts: { ...document.impacts, cch: 'x', ecs: null } },
      ['impacts.cch', 'impacts.ecs'],
      { cch: null, ecs: null, pef: 20 },
    ],
  ])('names what is missing, and has null there: %s', (_, changed, missing, cells) => {
    const { row, faults } = flattenImpact({ ...document, ...changed });
    expect(faults).toEqual(missing);
    expect(row).toMatchObject(cells);
  });

  it('has a label for each part that is no stage', () => {
    expect(Object.keys(COST_PART_LABELS)).toEqual(COST_PARTS.filter((part) => !STAGE_CODES.includes(part as never)));
  });

  it('is made of any document', () => {
    const fields = fc.constantFrom(...Object.keys(document), 'transport', '_platform');
    fc.assert(
      fc.property(fc.dictionary(fields, fc.jsonValue()), (changed) => {
        for (const value of Object.values(flattenImpact({ ...document, ...changed }).row))
          expect(value === null || typeof value === 'string' || Number.isFinite(value)).toBe(true);
      }),
      SEED,
    );
  });
});

it('takes fields of objects only, and texts that are not empty', () => {
  expect([fieldsOf(null), fieldsOf('x'), fieldsOf(7), fieldsOf({ a: 1 })]).toEqual([{}, {}, {}, { a: 1 }]);
  expect([textOf(''), textOf(7), textOf(null), textOf('x')]).toEqual([null, null, null, 'x']);
});

describe('flat fields', () => {
  it('have dots for what lies inside, and texts for lists and truth values', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    expect(flattenFields({ a: { b: { c: 1 }, d: null }, list: [1, { e: 2 }], yes: true, at })).toEqual({
      'a.b.c': 1,
      list: '[1,{"e":2}]',
      yes: 'true',
      at: '2026-01-01T00:00:00.000Z',
    });
  });

  it('are columns of texts once one is a text', () => {
    const columns = new Map<string, FieldColumn>();
    collectColumns(columns, [{ a: 1, b: 1 }, { a: 'x' }]);
    collectColumns(columns, [{ a: 2, c: { d: 3 } }]);
    expect([...columns.values()]).toEqual([
      { name: 'a', kind: 'text' },
      { name: 'b', kind: 'number' },
      { name: 'c.d', kind: 'number' },
    ]);
  });
});

describe('a product from outside', () => {
  const product = {
    mass: '0.17',
    materials: [{ id: 'ei-coton', share: 1 }],
    product: 'tshirt',
    countrySpinning: 'FR',
    countryFabric: 'FR',
    countryDyeing: 'FR',
    countryMaking: 'FR',
    fabricProcess: 'knitting-mix',
  };

  it('is read as POST /product reads it, and identified', () => {
    const read = { ...product, mass: 0.17, materials: [{ id: 'ei-coton', share: 1, country: null }] };
    expect(checkProduct(product)).toEqual({ md5_id: productIdentity(read), product: read });
  });

  it('has faults that begin with their place, in each language', () => {
    expect(checkProduct({ ...product, mass: 'heavy', materials: [{ id: 7, share: 1 }] })).toEqual({
      faults: {
        en: [
          'mass: expected a mass in kg (number); received: "heavy"',
          'materials.0.id: expected the id of a material (text of 1 to 100 characters)',
        ],
        fr: [
          'mass: attendu : une masse en kg (nombre) ; reçu : "heavy"',
          'materials.0.id: attendu : un identifiant de matière (texte de 1 à 100 caractères)',
        ],
      },
    });
    expect(checkProduct('a shirt')).toEqual({
      faults: { en: [expect.stringMatching(/^product: /)], fr: [expect.stringMatching(/^product: /)] },
    });
  });
});
