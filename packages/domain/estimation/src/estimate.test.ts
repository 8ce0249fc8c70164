import { simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { catalogueDistribution } from './catalogue.js';
import { readDescription } from './description.js';
import { estimate } from './estimate.js';
import { COUNTRY_FIELDS, FIELD_NAMES, type FieldName, fieldOf, type Query } from './fields.js';
import { meanOf, quantiles, standardError } from './quantiles.js';
import { seededRandom } from './random.js';
import { LEGAL_DEFAULTS, SECTOR, SECTOR_TABLE } from './sector.js';

const costOf = (query: Query) => simulateTotals(query).ecs;
const TSHIRT = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', countryMaking: 'BD' };
const english = (points: number) => points.toLocaleString('en', { maximumFractionDigits: 0 });
const OPTIONS = ['makingWaste', 'makingDeadStock', 'dyeingProcessType', 'printing'] as const;
const REQUIRED = FIELD_NAMES.filter((field) => fieldOf(field).isRequired);

/** Garments of the sector, whole. */
function garments(count: number, seed: number): Query[] {
  const random = seededRandom(seed);
  const sampler = SECTOR.samplerFor(
    readDescription(Object.fromEntries(OPTIONS.map((field) => [field, { any: true }]))),
  );
  return Array.from({ length: count }, () => sampler(random));
}
const hiding = (garment: Query, fields: readonly FieldName[]) =>
  readDescription({ ...garment, ...Object.fromEntries(fields.map((field) => [field, { any: true }])) });

/** Costs that are drawn for what is left of a garment. */
function drawnCosts(garment: Query, hidden: readonly FieldName[], draws: number, seed: number): number[] {
  const random = seededRandom(seed);
  const sampler = SECTOR.samplerFor(hiding(garment, hidden));
  return Array.from({ length: draws }, () => costOf(sampler(random)));
}

describe('the distribution', () => {
  // A field that has a handful of values cannot be covered by 90 %, only by more: see docs/estimates.md.
  it.each<[string, readonly FieldName[], count: number, most: number]>([
    ['mass', ['mass'], 800, 0.92],
    ['the four countries', COUNTRY_FIELDS, 800, 0.92],
    ['mass and countries', ['mass', ...COUNTRY_FIELDS], 800, 0.92],
    ['all but the type', REQUIRED.filter((field) => field !== 'product'), 800, 0.92],
    ['everything', REQUIRED, 800, 0.92],
    ['options', OPTIONS, 800, 0.92],
    ['the country of dyeing', ['countryDyeing'], 200, 1],
    ['technique', ['fabricProcess'], 200, 1],
    ['materials', ['materials'], 200, 1],
  ])('covers nine tenths of held-out garments without %s', (_what, hidden, count, most) => {
    const held = garments(count, 41);
    // Of twenty costs from one law, the held-out one is neither the least nor the greatest in exactly nine cases of ten.
    const inside = held.filter((garment, rank) => {
      const drawn = drawnCosts(garment, hidden, 19, rank);
      const cost = costOf(garment);
      return cost >= Math.min(...drawn) && cost <= Math.max(...drawn);
    });
    const coverage = inside.length / held.length;
    expect(coverage).toBeGreaterThanOrEqual(0.88);
    expect(coverage).toBeLessThanOrEqual(most);
  });

  it('never errs more, on average, when one more field is told', () => {
    const held = garments(80, 43);
    const errorWithout = (hidden: readonly FieldName[]) =>
      meanOf(
        held.map((garment, rank) => Math.abs(meanOf(drawnCosts(garment, hidden, 25, rank)) - costOf(garment)) ** 2),
      );
    const order: FieldName[] = [
      'mass',
      'product',
      'materials',
      'countryDyeing',
      'countryMaking',
      'countryFabric',
      'fabricProcess',
      'countrySpinning',
    ];
    const errors = order.map((_, told) => errorWithout(order.slice(told)));
    for (const [rank, error] of errors.entries()) {
      if (rank > 0) expect(error, `${order[rank - 1]} told`).toBeLessThanOrEqual((errors[rank - 1] as number) * 1.05);
    }
  });

  it('puts each stage where its neighbour is in six of ten garments, also backwards from one that is told', () => {
    const random = seededRandom(9);
    const sampler = SECTOR.samplerFor(readDescription({ countryMaking: 'BD' }));
    const drawn = Array.from({ length: 4000 }, () => sampler(random));
    const share = SECTOR_TABLE.countries.find(({ code }) => code === 'BD')?.share as number;
    for (const [field, steps] of [
      ['countryDyeing', 1],
      ['countryFabric', 2],
      ['countrySpinning', 3],
    ] as const) {
      const there = drawn.filter((garment) => garment[field] === 'BD').length / drawn.length;
      expect(Math.abs(there - (share + 0.6 ** steps * (1 - share))), field).toBeLessThan(0.03);
    }
  });

  it.each([
    [
      'tshirt',
      [
        { id: 'ei-coton', share: 0.95 },
        { id: 'elasthane', share: 0.05 },
      ],
      5,
    ],
    ['tshirt', [{ id: 'ei-coton', share: 1 }], 5],
    ['jean', [{ id: 'ei-coton', share: 1 }], 1],
  ])('is not sure of one technique where the sector names few: %s of %j', (product, materials, count) => {
    const random = seededRandom(9);
    const sampler = SECTOR.samplerFor(readDescription({ product, materials }));
    const drawn = Array.from({ length: 2000 }, () => sampler(random).fabricProcess);
    const parts = new Map([...new Set(drawn)].map((name) => [name, drawn.filter((one) => one === name).length / 2000]));
    expect(parts.size).toBe(count);
    // Each of the knitting techniques that the profile does not name has a tenth.
    for (const name of count > 1 ? ['knitting-fully-fashioned', 'knitting-integral'] : []) {
      expect(Math.abs((parts.get(name) ?? 0) - 0.1), name).toBeLessThan(0.02);
    }
  });

  it('draws only what the method accepts and the description allows, in the bounds', () => {
    const body = {
      ...TSHIRT,
      mass: { from: 0.1, to: 0.2 },
      materials: { oneOf: [TSHIRT.materials, [{ id: 'ei-pet', share: { from: 0.2, to: 0.6 } }, { id: 'ei-lin' }]] },
      countryDyeing: { oneOf: ['FR', '---'] },
      ...Object.fromEntries(
        FIELD_NAMES.filter((field) => !fieldOf(field).isRequired && field !== 'disabledSteps').map((field) => [
          field,
          { any: true },
        ]),
      ),
    };
    for (const distribution of [SECTOR, LEGAL_DEFAULTS]) {
      const random = seededRandom(5);
      const sampler = distribution.samplerFor(readDescription(body));
      for (let draw = 0; draw < 300; draw++) {
        const query = sampler(random);
        expect(costOf(query)).toBeGreaterThan(-1000);
        expect(query.mass).toBeGreaterThanOrEqual(0.1);
        expect(query.mass).toBeLessThanOrEqual(0.2);
        expect(['FR', '---']).toContain(query.countryDyeing);
        expect(query.countrySpinning).not.toBe('---');
        const shares = (query.materials as { share: number }[]).reduce((sum, { share }) => sum + share, 0);
        expect(shares).toBeCloseTo(1, 6);
      }
    }
  });

  it('is that of a catalogue, whose products are drawn whole', () => {
    const rows = Array.from({ length: 40 }, (_, rank) => ({
      ...TSHIRT,
      fabricProcess: 'knitting-mix',
      countrySpinning: rank % 2 ? 'FR' : 'IN',
      countryFabric: rank % 2 ? 'FR' : 'IN',
      countryDyeing: rank % 2 ? 'FR' : 'IN',
    }));
    const { ecs } = estimate(TSHIRT, { distribution: catalogueDistribution(rows) });
    const [french, indian] = [costOf(rows[1] as Query), costOf(rows[0] as Query)];
    expect(ecs.p5).toBeCloseTo(french, 6);
    expect(ecs.p95).toBeCloseTo(indian, 6);
    expect(() => catalogueDistribution([{ mass: 1 }])).toThrow();
  });

  it.each<[string, Query, Query, number, readonly string[]]>([
    ['type, however few', { product: 'jean' }, { product: 'jean' }, 1, ['TR']],
    ['mix', { materials: [{ id: 'ei-lin', share: 1 }] }, { materials: [{ id: 'ei-lin', share: 1 }] }, 10, ['TR']],
    ['technique', { fabricProcess: 'weaving' }, { fabricProcess: 'weaving' }, 10, ['TR']],
    ['country', { countryMaking: 'FR' }, { countryMaking: 'FR' }, 10, ['TR']],
    ['kind of business', { business: 'small-business' }, { business: 'small-business' }, 10, ['TR']],
    ['mass, within half as much again', { mass: 0.38 }, { mass: 0.26 }, 10, ['TR']],
    ['what a field may be', { countryFabric: 'BD' }, { countryFabric: { oneOf: ['BD', 'MA'] } }, 10, ['TR']],
    ['nothing, where fewer than ten are left', { countryMaking: 'FR' }, { countryMaking: 'FR' }, 9, ['IN', 'TR']],
    ['no place that is ruled out', {}, { countryDyeing: { oneOf: ['TR', 'MA'] } }, 10, ['TR']],
  ])('of a catalogue is that of the products alike in %s', (_what, alike, told, count, places) => {
    const row = {
      ...TSHIRT,
      fabricProcess: 'knitting-mix',
      countrySpinning: 'CN',
      countryFabric: 'CN',
      business: 'large-business-with-services',
    };
    const rows = [
      ...Array.from({ length: count }, () => ({ ...row, ...alike, countryDyeing: 'TR' })),
      ...Array.from({ length: 20 }, () => ({ ...row, countryDyeing: 'IN' })),
    ];
    const random = seededRandom(2);
    const sampler = catalogueDistribution(rows).samplerFor(readDescription({ ...TSHIRT, ...told }));
    const drawn = Array.from({ length: 60 }, () => sampler(random).countryDyeing as string);
    expect([...new Set(drawn)].sort()).toEqual(places);
  });

  it('by legal defaults draws what the method has no default for, and what is told of the rest', () => {
    const random = seededRandom(6);
    const body = { ...TSHIRT, price: { any: true }, fading: { any: true }, business: { oneOf: ['small-business'] } };
    const options = { makingComplexity: { oneOf: ['low', 'high'] } };
    const sampler = LEGAL_DEFAULTS.samplerFor(readDescription({ ...body, ...options }));
    const garments = Array.from({ length: 60 }, () => sampler(random));
    const seen = (field: FieldName) => [...new Set(garments.map((garment) => garment[field]))].sort();
    expect([seen('price'), seen('fading'), seen('fabricProcess')]).toEqual([[undefined], [undefined], [undefined]]);
    expect([seen('business'), seen('makingComplexity')]).toEqual([['small-business'], ['high', 'low']]);
    expect(seen('countryDyeing').length).toBeGreaterThan(3);
    expect(seen('countryDyeing')).not.toContain('---');
  });
});

describe('an estimate', () => {
  const left = estimate(TSHIRT);

  it('is the same for the same seed, and tells its Monte Carlo error', () => {
    const [again, other] = [estimate(TSHIRT), estimate(TSHIRT, { seed: 2 })];
    expect(again).toEqual(left);
    expect(other.ecs.mean).not.toBe(left.ecs.mean);
    expect(Math.abs(other.ecs.mean - left.ecs.mean)).toBeLessThan(5 * left.ecs.standard_error);
  });

  it('is that of 500 garments, drawn by the first seed from the sector', () => {
    const { ecs, distribution } = left;
    const random = seededRandom(1);
    const sampler = SECTOR.samplerFor(readDescription(TSHIRT));
    const costs = Array.from({ length: 500 }, () => costOf(sampler(random)));
    const [p5, median, p95] = quantiles(costs, [0.05, 0.5, 0.95]);
    expect(ecs).toMatchObject({ mean: meanOf(costs), p5, median, p95, standard_error: standardError(costs) });
    expect(distribution).toEqual({ name: SECTOR.name, version: SECTOR.version, draws: 500, seed: 1 });
  });

  it('says what is given, defaulted and drawn, and draws an option only when it is marked', () => {
    expect(left.given).toEqual(['product', 'mass', 'materials', 'countryMaking']);
    expect(left.drawn).toEqual(['fabricProcess', 'countrySpinning', 'countryFabric', 'countryDyeing']);
    expect(left.defaulted).toContain('price');
    const marked = estimate({ ...TSHIRT, price: { any: true } });
    expect(marked.drawn).toContain('price');
    expect(marked.ecs.min).toBeLessThan(left.ecs.min);
    expect(estimate({ ...TSHIRT, price: { oneOf: [20] }, mass: { from: 0.2, to: 0.2 } }).given).toContain('price');
  });

  it('sets what third parties publish beside what the brand could declare', () => {
    const { published, declarable, facts } = left.declaration;
    expect(published).toBeCloseTo(1771.44, 2);
    expect(declarable).toBeCloseTo(878.68, 2);
    expect(facts).toMatchObject({ business: 'small-business' });
    expect(costOf({ ...TSHIRT, ...facts })).toBe(declarable);
    expect(
      estimate({ ...TSHIRT, price: 35, numberOfReferences: 500, business: 'small-business' }).declaration.published,
    ).toBeCloseTo(878.68, 2);
    expect(estimate({ product: 'tshirt' }).declaration).toMatchObject({
      published: null,
      needs: ['mass', 'materials'],
    });
  });

  it('asks for what is worth most first, in two languages', () => {
    const { ask } = estimate({ ...TSHIRT, mass: undefined });
    expect(ask.map(({ points }) => points)).toEqual(ask.map(({ points }) => points).sort((a, b) => b - a));
    expect(ask[0]).toMatchObject({ field: 'mass', status: 'drawn' });
    expect(ask[0]?.words.en).toMatch(/^Ask for the mass: [\d,]+ points/);
    expect(ask[0]?.words.fr).toMatch(/^Demandez la masse : /);
    expect(ask.every(({ best, worst }) => best.ecs <= worst.ecs)).toBe(true);
    const references = ask.find(({ field }) => field === 'numberOfReferences');
    expect(references).toMatchObject({ status: 'defaulted' });
    expect(references?.best.ecs).toBeLessThan((references?.worst.ecs as number) * 0.8);
  });

  it('asks by the exact costs of the answers where one field is open, and by how much a default may be off', () => {
    const whole = { ...TSHIRT, fabricProcess: 'weaving', countrySpinning: 'CN', countryFabric: 'CN' };
    const costsOf = (answers: Query) => costOf({ ...whole, countryDyeing: 'FR', ...answers });
    const { ask } = estimate({ ...whole, countryDyeing: { oneOf: ['IN', 'FR'] } });
    const [french, indian] = [costsOf({}), costsOf({ countryDyeing: 'IN' })];
    const dyeing = ask.find(({ field }) => field === 'countryDyeing');
    expect(dyeing?.points).toBeCloseTo(indian - french, 6);
    expect(dyeing?.best).toEqual({ value: 'FR', ecs: french });
    expect(dyeing?.worst).toEqual({ value: 'IN', ecs: indian });
    expect(dyeing?.words.en).toBe(
      `Ask for the country of dyeing: ${(indian - french).toFixed(0)} points (from ${english(french)} to ${english(indian)})`,
    );

    const defaulted = estimate({ ...whole, countryDyeing: 'FR' }).ask;
    const upcycled = defaulted.find(({ field }) => field === 'upcycled');
    expect(upcycled?.best.value).toBe(true);
    expect(upcycled?.best.ecs).toBeCloseTo(costsOf({ upcycled: true }), 6);
    expect(upcycled?.worst.ecs).toBeCloseTo(french, 6);
    const off = defaulted.map(({ points, best, worst }) => points - Math.max(french - best.ecs, worst.ecs - french));
    expect(Math.max(...off)).toBeLessThan(1e-6);
    expect(defaulted.map(({ field }) => field)).not.toContain('disabledSteps');
  });

  it('is the exact cost when nothing is unknown', () => {
    const whole = {
      ...TSHIRT,
      fabricProcess: 'weaving',
      countrySpinning: 'CN',
      countryFabric: '---',
      countryDyeing: 'IN',
    };
    const { exact, ecs, drawn } = estimate(whole);
    const cost = costOf(whole);
    expect({ exact, drawn, ecs }).toEqual({
      exact: true,
      drawn: [],
      ecs: { min: cost, max: cost, mean: cost, median: cost, p5: cost, p95: cost, standard_error: 0 },
    });
  });

  it.each([
    [{ mass: { from: 2, to: 1 } }, 'mass'],
    [{ mass: { from: 0.1, to: '?' } }, 'mass'],
    [{ mass: { any: false } }, 'mass'],
    [{ mass: { any: true, kg: 1 } }, 'mass'],
    [{ product: { oneOf: [] } }, 'product'],
    [{ product: { from: 1, to: 2 } }, 'product'],
    [{ countryMaking: { oneOf: ['FR', 'ZZ'] } }, 'countryMaking'],
    [{ price: { from: 0.5, to: 20 } }, 'price'],
    [{ numberOfReferences: { from: 1.5, to: 20 } }, 'numberOfReferences'],
    [{ printing: { kind: 'pigment', ratio: { from: 0.5, to: 0.9 } } }, 'printing'],
    [{ printing: { kind: { oneOf: ['ink'] } } }, 'printing'],
    [{ materials: [{ id: { oneOf: ['silk'] }, share: 1 }] }, 'materials'],
    [{ materials: [{ id: 'ei-lin', share: { from: 0, to: 0.9 } }] }, 'materials'],
    [{ materials: { from: 1, to: 2 } }, 'materials'],
    [{ trims: { oneOf: [[{ id: 'button', quantity: 1 }]] } }, 'trims'],
    [3, 'body'],
    [null, 'body'],
    [[], 'body'],
  ])('is refused, naming the field: %j', (body, field) => {
    expect(() => readDescription(body)).toThrow(new RegExp(`^${field}: `));
  });
});
