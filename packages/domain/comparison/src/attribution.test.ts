import { MEASURES, type Measure } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryQuery } from '../../textile-method/src/testing/arbitrary-query.js';
import { type Attribution, attribute, told } from './attribution.js';
import { asLabel, differingFields, FIELD_ORDER, FIELDS, type Field, playersOf, valueWords } from './fields.js';
import { garmentOf } from './garment.js';

const SHIRT = { product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], countryMaking: 'BD' };
const ecs = (query: object) => simulateTotals(query).ecs;
const units = (value: number) => BigInt(Math.round(value * 1e6));
const of = (one: object, other: object) => attribute(garmentOf({ ...one }), garmentOf({ ...other }));
const effectsOf = ({ effects }: Attribution, measure: Measure = 'item') =>
  Object.fromEntries(effects.map(({ id, [measure]: figure }) => [id, figure]));

it('one field makes the whole difference, by each measure', () => {
  const heavy = { ...SHIRT, mass: 0.25 };
  const { difference, effects } = of(SHIRT, heavy);
  const days = simulateTotals(SHIRT).daysOfWear;
  expect(difference.item).toBeCloseTo(ecs(heavy) - ecs(SHIRT), 5);
  expect(difference.per_100g).toBeCloseTo(ecs(heavy) / 2.5 - ecs(SHIRT) / 1.7, 5);
  expect(difference.per_day).toBeCloseTo((ecs(heavy) - ecs(SHIRT)) / days, 5);
  expect(effects).toEqual([{ id: 'mass', fields: ['mass'], words: FIELDS.mass.words, ...difference }]);
});

it('two fields share what they make together by halves', () => {
  const [material, mass] = [{ materials: [{ id: 'ei-lin', share: 1 }] }, { mass: 0.3 }];
  const [none, one, other, both] = [SHIRT, { ...SHIRT, ...mass }, { ...SHIRT, ...material }].concat({
    ...SHIRT,
    ...mass,
    ...material,
  } as never) as [object, object, object, object];
  const effects = effectsOf(of(none, both));
  expect(Object.keys(effects)).toEqual(['mass', 'materials']);
  expect(effects.mass).toBeCloseTo((ecs(one) - ecs(none) + ecs(both) - ecs(other)) / 2, 5);
  expect(effects.materials).toBeCloseTo((ecs(other) - ecs(none) + ecs(both) - ecs(one)) / 2, 5);
});

it('what is told and is the default all the same differs, and makes nothing', () => {
  expect(effectsOf(of(SHIRT, { ...SHIRT, price: 10, business: 'large-business-without-services' }))).toEqual({
    price: 0,
    business: 0,
  });
  expect(of(SHIRT, { ...SHIRT, price: null }).effects).toEqual([]);
});

it('defaults of a type belong to the type', () => {
  const { effects, difference } = of(SHIRT, { ...SHIRT, product: 'jean' });
  expect(effects).toMatchObject([{ id: 'product', item: difference.item }]);
});

describe('for any two garments', () => {
  // Of all fields, so that most mixtures are strange.
  const pairs = fc.tuple(arbitraryQuery, arbitraryQuery);
  const few = (query: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> => ({
    ...query,
    ...Object.fromEntries(Object.entries(other).slice(0, 5)),
  });

  it('the effects add up to the last digit, by each measure, and no mixture is refused', () => {
    fc.assert(
      fc.property(pairs, ([one, second]) => {
        const [base, other] = [garmentOf(one), garmentOf(few(one, second))];
        const { difference, effects } = attribute(base, other);
        for (const measure of MEASURES) {
          const sum = effects.reduce((total, { [measure]: figure }) => total + units(figure), 0n);
          expect(sum).toBe(units(difference[measure]));
          expect(sum).toBe(units(told(other.costs)[measure]) - units(told(base.costs)[measure]));
        }
      }),
      { seed: 20, numRuns: 20 },
    );
  });

  it('the other way round each effect has the other sign', () => {
    fc.assert(
      fc.property(pairs, ([one, second]) => {
        const other = few(one, second);
        const [there, back] = [of(one, other), of(other, one)];
        for (const [rank, effect] of there.effects.entries())
          expect(Math.abs(effect.item + (back.effects[rank]?.item ?? Number.NaN))).toBeLessThan(1.5e-6);
      }),
      { seed: 21, numRuns: 10 },
    );
  });
});

describe('players', () => {
  const ids = (fields: readonly Field[]) => playersOf(fields).map(({ id }) => id);
  const every = FIELD_ORDER;

  it('are the fields, up to twelve of them', () => {
    expect(ids(every.slice(0, 12))).toEqual(every.slice(0, 12));
  });

  it('come to groups, the countries first, until there are twelve', () => {
    const [thirteen, fifteen] = [every.slice(0, 13), every.slice(0, 15)];
    expect(ids(thirteen)).toEqual([...thirteen.slice(0, 6), 'countries', ...thirteen.slice(10)]);
    expect(ids(fifteen)).toHaveLength(12);
    expect(ids(every)).toEqual([
      ...['product', 'mass', 'materials', 'cloth', 'countries', 'airTransportRatio', 'finishing', 'making', 'trims'],
      ...['brand', 'physicalDurability', 'life_cycle'],
    ]);
    expect(playersOf(every).flatMap(({ fields }) => fields)).toEqual(every);
  });

  it('have words with an article in both languages, whether a field or a group', () => {
    const [article, another] = [/^(le |la |les |l’)[a-zéà]/, /^the [a-z]/];
    for (const { id, words } of [...every.flatMap((field) => playersOf([field])), ...playersOf(every)])
      expect([id, words]).toEqual([id, { fr: expect.stringMatching(article), en: expect.stringMatching(another) }]);
  });

  it('a field that has no partner among those that differ stays one', () => {
    const lonely = every.filter((field) => !['countrySpinning', 'countryFabric', 'countryDyeing'].includes(field));
    expect(ids(lonely)).toContain('countryMaking');
  });

  it('are found among several garments', () => {
    const garments = [SHIRT, { ...SHIRT, mass: 0.2 }, { ...SHIRT, price: 40 }].map((query) => garmentOf({ ...query }));
    expect(differingFields(garments)).toEqual(['mass', 'price']);
  });
});

it.each<[Field, object, string, string]>([
  ['mass', {}, '0.17 kg', '0,17 kg'],
  ['materials', {}, 'Cotton 100%', 'Coton 100 %'],
  [
    'materials',
    { materials: [{ id: 'ei-lin', share: 0.525, country: 'FR', spinning: 'ConventionalSpinning' }] },
    'Linen 52.5% (France, Conventional spinning)',
    'Lin 52,5 % (France, Filature conventionnelle)',
  ],
  ['countryMaking', {}, 'Bangladesh', 'Bangladesh'],
  ['countryDyeing', {}, 'Unknown country', 'Pays inconnu (par défaut)'],
  ['airTransportRatio', { airTransportRatio: 0.125 }, '12.5%', '12,5 %'],
  [
    'fabricProcess',
    {},
    'Mixed circular and flat-bed knitting, by default',
    'Tricotage, mélange de métiers, par défaut',
  ],
  ['surfaceMass', {}, '200 g/m², by default', '200 g/m², par défaut'],
  ['yarnSize', { yarnSize: '250Dtex' }, '40 Nm', '40 Nm'],
  ['price', {}, '10 €, by default', '10 €, par défaut'],
  ['price', { price: 12.5 }, '12.5 €', '12,5 €'],
  ['numberOfReferences', {}, '100000, by default', '100000, par défaut'],
  ['trims', {}, '3 × Plastic button, by default', '3 × Bouton en plastique, par défaut'],
  ['trims', { trims: [] }, 'none', 'aucun'],
  ['printing', {}, 'none', 'aucun'],
  ['printing', { printing: { kind: 'pigment', ratio: 0.2 } }, 'Pigmentary 20%', 'Pigmentaire 20 %'],
  ['fading', {}, 'No, by default', 'Non, par défaut'],
  ['fading', { fading: true }, 'Yes', 'Oui'],
  ['product', {}, 'T-shirt or polo', 'T-shirt / Polo'],
  ['dyeingProcessType', {}, 'Average, by default', 'Moyen, par défaut'],
  ['makingComplexity', {}, 'Low, by default', 'Faible, par défaut'],
  ['makingWaste', {}, '15%, by default', '15 %, par défaut'],
  ['makingWaste', { makingWaste: 0.2 }, '20%', '20 %'],
  ['makingDeadStock', {}, '15%, by default', '15 %, par défaut'],
  [
    'business',
    {},
    'Large company without repair service, by default',
    'Grande entreprise sans service de réparation, par défaut',
  ],
  ['business', { business: 'small-business' }, 'Small business', 'TPE/PME'],
  ['physicalDurability', {}, '1.45, by default', '1,45, par défaut'],
  ['physicalDurability', { physicalDurability: 0.75 }, '0.75', '0,75'],
  ['upcycled', { upcycled: true }, 'Yes', 'Oui'],
  ['upcycled', {}, 'No', 'Non'],
  ['disabledSteps', {}, 'none', 'aucun'],
  ['disabledSteps', { disabledSteps: ['use', 'eol'] }, 'Use, End of life', 'Utilisation, Fin de vie'],
])('%s with %o in words', (field, told_, en, fr) => {
  expect(valueWords(garmentOf({ ...SHIRT, ...told_ }), field)).toEqual({ en, fr });
});

it('labels are words without their article', () => {
  const labels = (['mass', 'materials', 'printing', 'price'] as const).map((field) => asLabel(FIELDS[field].words));
  expect(labels).toEqual([
    { fr: 'Masse', en: 'Mass' },
    { fr: 'Matières', en: 'Materials' },
    { fr: 'Impression', en: 'Printing' },
    { fr: 'Prix', en: 'Price' },
  ]);
});
