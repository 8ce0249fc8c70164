import { FABRIC_PROCESSES, SPINNING_TECHNIQUES, STAGE_CODES } from '@ecobalyse/schema';
import { listCountries, listMaterials, listProducts, listTrims, simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { boundsOf, prospectsOf } from './bounds.js';
import { chainsOf } from './chain.js';
import { cartesian, DescriptionError, readDescription } from './description.js';
import { COUNTRIES, type Domain, FIELD_NAMES, type FieldName, fieldOf, type Query } from './fields.js';
import { drawOne, type Random, seededRandom } from './random.js';
import { rates } from './rates.js';
import { refineMix } from './refine-mix.js';

const costOf = (query: Query) => simulateTotals(query).ecs;
const bounds = (body: unknown) => boundsOf(readDescription(body));

const MATERIALS = listMaterials().map(({ id }) => id);
const ALL_COUNTRIES = listCountries().map(({ code }) => code);
const TRIMS = listTrims().map(({ id }) => id);
const between = (random: Random, from: number, to: number, digits = 2) =>
  Number((from + random() * (to - from)).toFixed(digits));

function someMix(random: Random): unknown[] {
  const shares = Array.from({ length: 1 + Math.floor(random() * 3) }, random);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => ({
    id: drawOne(MATERIALS, random),
    share: Number((share / total).toFixed(2)),
    ...(random() < 0.5 ? { country: drawOne(ALL_COUNTRIES, random) } : {}),
    ...(random() < 0.3 ? { spinning: drawOne(SPINNING_TECHNIQUES, random) } : {}),
  }));
}

/** A value of each field, over all that the method takes. */
function someValue(field: FieldName, random: Random): unknown {
  const { any } = fieldOf(field);
  if (field === 'mass') return between(random, 0.02, 1.5, 3);
  if (field === 'materials') return someMix(random);
  if (field === 'trims') {
    return Array.from({ length: Math.floor(random() * 3) }, () => ({
      id: drawOne(TRIMS, random),
      quantity: 1 + Math.floor(random() * (random() < 0.2 ? 300 : 5)),
    }));
  }
  if (field === 'disabledSteps') return STAGE_CODES.filter(() => random() < 0.25);
  if (field === 'price') return between(random, 1, 80);
  if (field === 'numberOfReferences') return 1 + Math.floor(random() * 20_000);
  if (field.startsWith('country')) return drawOne(ALL_COUNTRIES, random);
  const domain = any as Domain;
  if ('values' in domain) return drawOne(domain.values, random);
  return between(random, domain.from, domain.to, domain.whole ? 0 : 2);
}

/** Of most garments; of one in 100 so many that three countries may be open at once. */
const [MOST_COMPLETIONS, MANY_COMPLETIONS] = [200, 7000];
const isClosed = (field: FieldName): boolean => {
  const { any } = fieldOf(field);
  return typeof any === 'object' && 'values' in any && any.values.length < 30;
};

/** A half-described garment and all its completions, of which there are at most so many. */
function someQuestion(random: Random, most: number): { body: Query; completions: Query[] } {
  const required = FIELD_NAMES.filter((field) => fieldOf(field).isRequired || random() < 0.4);
  const whole = Object.fromEntries(required.map((field) => [field, someValue(field, random)]));
  const body: Query = { ...whole };
  const open: [FieldName, readonly unknown[]][] = [];
  let count = 1;
  for (const field of [...FIELD_NAMES].sort(() => random() - 0.5)) {
    if (random() < 0.4) continue;
    const isAny = isClosed(field) && random() < 0.6;
    const all = isAny
      ? (fieldOf(field).any as { values: readonly unknown[] }).values
      : [1, 2, 3].map(() => someValue(field, random));
    const values = [...new Map(all.map((value) => [JSON.stringify(value), value])).values()];
    if (count * values.length > most) continue;
    count *= values.length;
    open.push([field, values]);
    if (isAny && fieldOf(field).isRequired && random() < 0.5) delete body[field];
    else body[field] = isAny ? { any: true } : { oneOf: values };
  }
  const completions = cartesian(open.map(([, values]) => values)).map((values) => ({
    ...whole,
    ...Object.fromEntries(open.map(([field], rank) => [field, values[rank]])),
  }));
  return { body, completions };
}

/** What is decided apart from the cases; where it is all known, a bound has nothing to give away. */
const APART: readonly FieldName[] = FIELD_NAMES.filter((field) =>
  /^country|^(?:business|price|numberOfReferences|physicalDurability|airTransportRatio)$/.test(field),
);

/** A garment of which nearly everything is unknown: some types, most fields, sometimes more trims than garment. */
function nearlyOpen(random: Random): Query {
  const open: Query = {};
  const isApartOpen = random() < 0.6;
  for (const field of FIELD_NAMES) {
    if (field === 'disabledSteps') continue;
    const isOpen = random() < (field === 'surfaceMass' ? 0.4 : 0.7) && (isApartOpen || !APART.includes(field));
    if (isOpen) open[field] = { any: true };
    else if (fieldOf(field).isRequired || random() < 0.4) open[field] = someValue(field, random);
  }
  const products = listProducts().map(({ id }) => id);
  return {
    ...open,
    product: { oneOf: [1, 2, 3].map(() => drawOne(products, random)) },
    ...(random() < 0.4 ? { disabledSteps: STAGE_CODES.filter(() => random() < 0.3) } : {}),
    ...(random() < 0.5 ? { trims: [{ id: drawOne(TRIMS, random), quantity: 3 + Math.floor(random() * 40) }] } : {}),
  };
}

const ANY = { any: true };
const SIDES = [
  ['min', 1],
  ['max', -1],
] as const;

it.each([1, -1] as const)('shares go to the very end of what is open, however fine it is (%d)', (sign) => {
  const mix = [
    { id: 'ei-coton', from: 0.3, to: 0.76543 },
    { id: 'ei-pet', from: 0.23457, to: 0.7 },
  ];
  const materials = mix.map(({ id }) => ({ id, share: 0.5 }));
  const { materials: refined } = refineMix({ product: 'tshirt', mass: 0.2, materials }, mix, sign);
  expect([
    [0.3, 0.7],
    [0.76543, 0.23457],
  ]).toContainEqual((refined as { share: number }[]).map(({ share }) => share));
});

it('the method is asked for its rates once', () => {
  const first = rates();
  expect(rates() === first).toBe(true);
});

describe('bounds', () => {
  it('are those of exhaustive search, for 200 half-described garments', () => {
    const random = seededRandom(18);
    for (let trial = 0; trial < 200; trial++) {
      const { body, completions } = someQuestion(random, trial % 100 === 0 ? MANY_COMPLETIONS : MOST_COMPLETIONS);
      const costs = completions.map(costOf);
      const { min, max } = bounds(body);
      const tolerance = (cost: number) => 1e-9 * Math.max(1, Math.abs(cost));
      const [low, high] = [Math.min(...costs), Math.max(...costs)];
      expect(Math.abs(min.ecs - low), JSON.stringify({ body, low, min })).toBeLessThanOrEqual(tolerance(low));
      expect(Math.abs(max.ecs - high), JSON.stringify({ body, high, max })).toBeLessThanOrEqual(tolerance(high));
      expect(costOf(min.query)).toBe(min.ecs);
      expect(costOf(max.query)).toBe(max.ecs);
    }
  });

  const known = {
    product: 'tshirt',
    mass: 0.17,
    materials: [{ id: 'ei-coton', share: 1 }],
    fabricProcess: 'weaving',
    countrySpinning: 'CN',
    countryFabric: 'TR',
    countryDyeing: 'IN',
    countryMaking: 'BD',
  };

  it('hold every completion of ranges, and their ends reach them', () => {
    const random = seededRandom(7);
    const ranges: [FieldName, number, number, number][] = [
      ['mass', 0.1, 0.4, 4],
      ['makingWaste', 0, 0.4, 3],
      ['makingDeadStock', 0.05, 0.2, 3],
      ['airTransportRatio', 0.1, 0.9, 3],
      ['yarnSize', 20, 80, 1],
      ['surfaceMass', 100, 300, 0],
      ['numberOfReferences', 500, 12_000, 0],
      ['price', 8, 60, 2],
      ['physicalDurability', 0.7, 1.4, 3],
    ];
    for (let trial = 0; trial < 30; trial++) {
      const some = ranges.filter(() => random() < 0.5);
      const rest = { ...known, printing: { kind: 'pigment', ratio: 0.3 } };
      const { min, max } = bounds({
        ...rest,
        ...Object.fromEntries(some.map(([field, from, to]) => [field, { from, to }])),
      });
      for (let draw = 0; draw < 60; draw++) {
        const values = some.map(([field, from, to, digits]) => [field, between(random, from, to, digits)]);
        const cost = costOf({ ...rest, ...Object.fromEntries(values) });
        expect(cost).toBeGreaterThanOrEqual(min.ecs - 1e-6);
        expect(cost).toBeLessThanOrEqual(max.ecs + 1e-6);
      }
    }
  });

  it('find the best durability of brand facts that move together', () => {
    const facts = { business: { any: true }, numberOfReferences: { any: true }, price: { any: true } };
    const { min, max } = bounds({ ...known, ...facts });
    const costs = [1, 900, 1000, 3000, 7000, 16_000, 999_999].flatMap((numberOfReferences) =>
      [1, 10, 15, 20, 25, 30.4, 1000].flatMap((price) =>
        ['small-business', 'large-business-with-services', 'large-business-without-services'].map((business) =>
          costOf({ ...known, numberOfReferences, price, business }),
        ),
      ),
    );
    expect(min.ecs).toBeCloseTo(Math.min(...costs), 9);
    expect(max.ecs).toBeCloseTo(Math.max(...costs), 9);
    expect(min.query).toMatchObject({ business: 'small-business' });
  });

  it('hold every mix of fibres when nothing is said of them', () => {
    const random = seededRandom(3);
    const { materials, ...rest } = known;
    const { min, max } = bounds(rest);
    for (let draw = 0; draw < 1000; draw++) {
      const cuts = Array.from({ length: 1 + Math.floor(random() * 3) }, () => Math.round(random() * 100)).sort(
        (a, b) => a - b,
      );
      const shares = [...cuts, 100].map((cut, rank) => (cut - (cuts[rank - 1] ?? 0)) / 100);
      const cost = costOf({ ...rest, materials: shares.map((share) => ({ id: drawOne(MATERIALS, random), share })) });
      expect(cost).toBeGreaterThanOrEqual(min.ecs - 1e-6);
      expect(cost).toBeLessThanOrEqual(max.ecs + 1e-6);
    }
    expect(materials).toHaveLength(1);
  });

  it('hold open shares, countries and spinning of the entries of a mix', () => {
    const body = {
      ...known,
      materials: [
        { id: { oneOf: ['ei-coton', 'ei-lin'] }, share: { from: 0.3, to: 0.8 }, country: { any: true } },
        { id: 'ei-pet', share: { any: true }, spinning: { any: true } },
      ],
    };
    const { min, max } = bounds(body);
    const costs = ['ei-coton', 'ei-lin'].flatMap((id) =>
      SPINNING_TECHNIQUES.flatMap((spinning) =>
        COUNTRIES.flatMap((country) =>
          Array.from({ length: 51 }, (_, step) => Number((0.3 + step / 100).toFixed(2))).map((share) =>
            costOf({
              ...known,
              materials: [
                { id, share, country },
                { id: 'ei-pet', share: Number((1 - share).toFixed(2)), spinning },
              ],
            }),
          ),
        ),
      ),
    );
    expect(min.ecs).toBeLessThanOrEqual(Math.min(...costs) + 1e-6);
    expect(max.ecs).toBeGreaterThanOrEqual(Math.max(...costs) - 1e-6);
    expect(min.ecs).toBeGreaterThan(Math.min(...costs) * 0.995);
    expect(max.ecs).toBeLessThan(Math.max(...costs) * 1.005);
  });

  it('take real countries for a missing one, the unknown country only where it is named', () => {
    const { countryMaking, ...rest } = known;
    const { min, max } = bounds(rest);
    const costs = COUNTRIES.map((code) => costOf({ ...rest, countryMaking: code }));
    expect([min.ecs, max.ecs]).toEqual([Math.min(...costs), Math.max(...costs)]);
    expect(bounds({ ...rest, countryMaking: '---' }).min.ecs).toBe(costOf({ ...rest, countryMaking: '---' }));
    expect(countryMaking).toBe('BD');
  });

  it('are of a garment of which nothing is known, too', () => {
    const { min, max } = bounds({});
    expect(min.query).toMatchObject({ product: 'chaussettes', mass: 0.01 });
    expect(max.query).toMatchObject({ product: 'manteau', mass: 4 });
    for (const product of listProducts()) {
      for (const fabricProcess of FABRIC_PROCESSES) {
        const cost = costOf({ ...known, mass: 0.2, product: product.id, fabricProcess });
        expect(cost > min.ecs && cost < max.ecs).toBe(true);
      }
    }
  });

  it('of nearly open garments leave out no case that counts', () => {
    const random = seededRandom(30);
    for (let trial = 0; trial < 12; trial++) {
      // A single fibre has no shares to refine.
      const fibre = { id: { oneOf: MATERIALS.slice(0, 8) }, share: 1, ...(random() < 0.5 ? { country: ANY } : {}) };
      const body = { ...nearlyOpen(random), materials: [fibre] };
      const description = readDescription(body);
      const found = boundsOf(description);
      for (const [side, sign] of SIDES) {
        const chainFor = chainsOf(description, sign);
        let best = Infinity;
        let count = 0;
        const beaten: unknown[] = [];
        for (const { one, choices, bound } of prospectsOf(description)(side)) {
          const chain = chainFor(one);
          const least = choices.reduce(
            (low, choice) => Math.min(low, (sign * chain.costWith(choice)) / choice.coefficient),
            Infinity,
          );
          const tolerance = 1e-9 * Math.max(1, Math.abs(least));
          if (++count % 97 === 0) {
            const choice = drawOne(choices, random);
            const cost = chain.costWith(choice) / choice.coefficient;
            const query = chain.queryWith(choice);
            expect(Math.abs(costOf(query) - cost), JSON.stringify({ query, cost })).toBeLessThanOrEqual(tolerance);
          }
          if (least - bound < -tolerance) beaten.push({ body, one, bound, least });
          best = Math.min(best, least);
        }
        expect(beaten).toEqual([]);
        const tolerance = 1e-9 * Math.max(1, Math.abs(best));
        expect(Math.abs(sign * found[side].ecs - best), JSON.stringify({ body, side })).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  const HEAVY_TRIMS: readonly Query[] = [
    {
      product: { oneOf: ['pull', 'jupe', 'chaussettes'] },
      trims: [{ id: 'd56bb0d5-7999-4b8b-b076-94d79099b56a', quantity: 41 }],
      mass: ANY,
      makingWaste: 0.1,
      printing: ANY,
    },
    {
      product: { oneOf: ['pantalon', 'slip', 'calecon'] },
      trims: [{ id: '0e8ea799-9b06-490c-a925-37564746c454', quantity: 19 }],
      mass: 0.05577865153783933,
      makingWaste: ANY,
      physicalDurability: ANY,
    },
  ];

  it('hold those of each fibre where trims outweigh the garment: fibre that costs more saves more', () => {
    for (const garment of HEAVY_TRIMS) {
      const body = { ...garment, airTransportRatio: ANY, surfaceMass: ANY, upcycled: ANY };
      const { min, max } = bounds(body);
      for (const id of MATERIALS) {
        const one = bounds({ ...body, materials: [{ id, share: 1 }] });
        expect(one.min.ecs, JSON.stringify({ body, id })).toBeGreaterThanOrEqual(min.ecs - 1e-6);
        expect(one.max.ecs, JSON.stringify({ body, id })).toBeLessThanOrEqual(max.ecs + 1e-6);
      }
    }
  });

  it('name a country that the garment may have for a stage that is left out', () => {
    const { min } = bounds({ ...known, disabledSteps: ['ennobling'], countryDyeing: { oneOf: ['BD', 'CN'] } });
    expect(['BD', 'CN']).toContain(min.query.countryDyeing);
  });

  it('of a garment of which every field but the stages is unknown are those of its types', () => {
    const { disabledSteps, ...open } = Object.fromEntries(FIELD_NAMES.map((field) => [field, { any: true }]));
    const types = ['chaussettes', 'tshirt', 'manteau'];
    const { min, max } = bounds({ ...open, product: { oneOf: types } });
    const byType = types.map((product) => bounds({ ...open, product }));
    expect(min.ecs).toBe(Math.min(...byType.map((one) => one.min.ecs)));
    expect(max.ecs).toBe(Math.max(...byType.map((one) => one.max.ecs)));
    expect([costOf(min.query), costOf(max.query)]).toEqual([min.ecs, max.ecs]);
    expect(disabledSteps).toBeDefined();
  });

  it('refuse what leaves too many cases, naming the fields', () => {
    const open = Object.fromEntries(FIELD_NAMES.map((field) => [field, { any: true }]));
    expect(() => bounds(open)).toThrow(DescriptionError);
    expect(() => bounds(open)).toThrow(/disabledSteps/);
  });
});
