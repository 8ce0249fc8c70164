import { COST_PARTS, IMPACT_CODES, STAGE_CODES } from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkProduct,
  collectColumns,
  type FieldColumn,
  FLAT_COLUMNS,
  flattenFields,
  flattenImpact,
  productIdentity,
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
  impacts: Object.fromEntries(IMPACT_CODES.map((code) => [code, code === 'acd' ? 0 : 1])),
  inputs: {
    mass: 0.4,
    product: { name: 'Jean', fabric: 'weaving' },
    materials: [
      { material: { id: 'ei-coton', origin: 'NaturalFromVegetal' }, share: 0.75, country: place('FR') },
      { material: { id: 'ei-pet', origin: 'Synthetic' }, share: 0.25, country: 'CN' },
    ],
    countryFabric: place('CN'),
    countryDyeing: place('CN'),
    countryMaking: place('BD'),
  },
  lifeCycle,
  trimsImpacts: { ecs: 3 },
  complementsImpacts: { microfibers: -0.5, outOfEuropeEOL: -0.25 },
};

describe('a flat row', () => {
  it('has the columns of the exports, and what the document says', () => {
    const { row, faults } = flattenImpact(document);
    expect(faults).toEqual([]);
    expect(Object.keys(row)).toEqual(FLAT_COLUMNS.map(({ name }) => name));
    expect(row).toMatchObject({
      md5_id: 'a',
      content_hash: 'a',
      material_count: 2,
      first_material: 'ei-coton',
      first_material_country: 'FR',
      second_material_country: 'CN',
      materials: 'ei-coton:0.75;ei-pet:0.25',
      share_natural_vegetal: 0.75,
      share_synthetic: 0.25,
      fabric_process: 'weaving',
      country_making_name: 'country BD',
      air_share: 0.25,
      // Another platform does not say what it covers: 0 is no figure then.
      acd: null,
      ecs: 1,
    });
  });

  it('has parts of the cost that add up to stages, ways, trims and complements, divided by the durability', () => {
    const { row } = flattenImpact(document);
    const enabled = lifeCycle.filter((stage) => stage.enabled);
    const stages = enabled.reduce((sum, { impacts }) => sum + impacts.ecs, 0);
    const expected = (stages + 0.5 * enabled.length + 3) / DURABILITY;
    expect(COST_PARTS.reduce((sum, part) => sum + Number(row[`cost_${part}`]), 0)).toBeCloseTo(expected, 12);
    expect(row).toMatchObject({ cost_ennobling: 0, cost_trims: 1.5, cost_complements: -0.75 });
    expect(row.cost_material).toBe(1 / DURABILITY + 0.5);
    expect(row.cost_eol).toBe(STAGE_CODES.length / DURABILITY + 0.25);
  });

  it('names what is missing, and has null there', () => {
    const { row, faults } = flattenImpact({ ...document, durability: 'long', lifeCycle: [], product_id: '' });
    expect(faults).toEqual(['durability', 'product_id', 'lifeCycle']);
    expect([row.durability, row.product_id, row.cost_making]).toEqual([null, null, null]);
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
