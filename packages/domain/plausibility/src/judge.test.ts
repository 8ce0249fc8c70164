import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Finding, isDoubtful, SEVERITIES, warningsIn } from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, RULES } from './index.js';

const [PLASTIC, METAL, LONG_ZIP] = [
  'd56bb0d5-7999-4b8b-b076-94d79099b56a',
  '0c903fc7-279b-4375-8cfa-ca8133b8e973',
  '86b877ff-0d59-482f-bb34-3ff306b07496',
];
const TSHIRT = {
  product: 'tshirt',
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  countrySpinning: 'CN',
  countryFabric: 'CN',
  countryDyeing: 'CN',
  countryMaking: 'BD',
  fabricProcess: 'knitting-mix',
};
const cotton = (...shares: number[]) => shares.map((share) => ({ id: 'ei-coton', share }));
const answer = (ecs: number, pef = 1, inputs = {}) => ({ answer: { impacts: { ecs, pef }, inputs } });

type Row = [rule: keyof typeof RULES, fr: string, en: string, changes: object, known?: object, field?: string];
/** What each rule finds, beside which it finds nothing: one below and one above its limit. */
const FOUND: Row[] = [
  [
    'mass_out_of_range',
    '150 kg : attendu de 0,015 à 0,9 kg pour « T-shirt / Polo » ; on dirait des grammes (0,15 kg ?)',
    '150 kg: expected 0.015 to 0.9 kg for T-shirt or polo; it looks like grams (0.15 kg?)',
    { mass: 150 },
  ],
  // The lightest and the heaviest of the sector.
  ['mass_out_of_range', 'des grammes (0,05 kg ?)', 'like grams (0.05 kg?)', { mass: 50 }],
  ['mass_out_of_range', 'des grammes (0,6 kg ?)', 'like grams (0.6 kg?)', { mass: 600 }],
  ['mass_out_of_range', 'milligrammes (0,17 kg ?)', 'milligrams (0.17 kg?)', { mass: 170_000 }],
  ['mass_out_of_range', 'tonnes (0,17 kg ?)', 'tonnes (0.17 kg?)', { mass: 0.00017 }],
  ['mass_out_of_range', 'une virgule (0,25 kg ?)', 'decimal point may be missing (0.25 kg?)', { mass: 25 }],
  ['mass_out_of_range', 'deux zéros de trop (0,17 kg ?)', 'two zeros too many (0.17 kg?)', { mass: 0.0017 }],
  [
    'mass_out_of_range',
    'dix fois trop, peut-être (0,17 kg ?)',
    'ten times too much, perhaps (0.17 kg?)',
    { mass: 1.7 },
  ],
  [
    'mass_out_of_range',
    'dix fois trop peu, peut-être (0,149 kg ?)',
    'ten times too little, perhaps (0.149 kg?)',
    { mass: 0.0149 },
  ],
  ['mass_out_of_range', 'pour « T-shirt / Polo »', 'for T-shirt or polo', { mass: 0.901 }],
  ['mass_out_of_range', '1e+30 kg', '1e+30 kg', { mass: 1e30 }],
  ['shares_do_not_add_up', 'font 60 % : attendu 100 %', 'add up to 60%: expected 100%', { materials: cotton(0.6) }],
  ['shares_do_not_add_up', 'font 99,4 %', 'add up to 99.4%', { materials: cotton(0.5, 0.494) }],
  ['shares_do_not_add_up', 'font 100,6 %', 'add up to 100.6%', { materials: cotton(0.5, 0.506) }],
  ['shares_rounded', 'font 99,9 %', 'add up to 99.9%', { materials: cotton(0.333, 0.333, 0.333) }],
  ['shares_rounded', 'font 100 %', 'add up to 100%', { materials: cotton(0.5, 0.4999999) }],
  ['material_below_two_percent', 'ei-coton : 1,9 %', 'ei-coton: 1.9%', { materials: cotton(0.981, 0.019) }],
  [
    'trims_heavier_than_garment',
    'pèsent 0,17 kg, autant ou plus que le vêtement (0,17 kg)',
    'weigh 0.17 kg, as much as the garment (0.17 kg) or more',
    {
      trims: [
        { id: PLASTIC, quantity: 20 },
        { id: LONG_ZIP, quantity: 3 },
      ],
    },
  ],
  [
    'trims_heavier_than_garment',
    'pèsent 0,05 kg, autant',
    'weigh 0.05 kg, as much',
    { mass: 0.05, trims: [{ id: LONG_ZIP, quantity: 1 }] },
  ],
  [
    'trims_too_many',
    '19 × « Bouton en plastique » : 18 au plus',
    '19 × Plastic button: at most 18',
    { trims: [{ id: PLASTIC, quantity: 19 }] },
  ],
  [
    'trims_too_many',
    '13 × « Bouton en métal » : 12 au plus',
    '13 × Metal button: at most 12',
    {
      trims: [
        { id: METAL, quantity: 7 },
        { id: METAL.toUpperCase(), quantity: 6 },
      ],
    },
  ],
  [
    'trims_too_many',
    '11 × « Zip long » : 10 au plus',
    '11 × Long zip: at most 10',
    { trims: [{ id: LONG_ZIP, quantity: 11 }] },
  ],
  ['trims_lower_cost', 'points par rapport', 'points off compared', { trims: [{ id: PLASTIC, quantity: 24 }] }],
  ['price_out_of_range', '0,5 € : attendu de 1 à 1000 €', '0.5 €: expected 1 to 1000 €', { price: 0.5 }],
  ['price_out_of_range', '1000,01 €', '1000.01 €', { price: 1000.01 }],
  [
    'references_out_of_range',
    '0 références : attendu de 1 à 999999',
    '0 references: expected 1 to 999999',
    { numberOfReferences: 0 },
  ],
  ['references_out_of_range', '1000000 références', '1000000 references', { numberOfReferences: 1_000_000 }],
  ['price_unusual', '2,4 € : de 2,5 à 80 €', '2.4 €: usually 2.5 to 80 €', { price: 2.4 }],
  ['price_unusual', '81 €', '81 €', { price: 81 }],
  [
    'option_not_declarable',
    'makingWaste : le portail ne connaît pas ce champ',
    'makingWaste: the portal has no such field',
    { makingWaste: 0 },
    {},
    'makingWaste',
  ],
  ['stages_left_out', '(use, eol)', '(use, eol)', { disabledSteps: ['use', 'eol'] }],
  [
    'process_other_than_type',
    'knitting-mix : attendu tissé pour « Jean »',
    'knitting-mix: expected woven for Jeans',
    { product: 'jean', mass: 0.7 },
  ],
  [
    'process_other_than_type',
    'weaving : attendu tricoté pour « Boxer / Slip (tricoté) »',
    'weaving: expected knitted',
    { product: 'slip', mass: 0.05, fabricProcess: 'weaving' },
  ],
  ['air_within_country', '33 % par avion', '33% by air', { countryMaking: 'FR', airTransportRatio: 0.33 }],
  ['countries_to_and_fro', 'CN → FR → CN → FR', 'CN → FR → CN → FR', { countryFabric: 'FR', countryMaking: 'FR' }],
  [
    'field_retired',
    'depuis la version 7.0.0',
    'since version 7.0.0',
    {},
    { sent: { ...TSHIRT, traceability: 1 } },
    'traceability',
  ],
  ['field_unknown', 'champ inconnu, ignoré', 'unknown field, passed over', {}, { sent: { colour: 1 } }, 'colour'],
  [
    'field_unknown',
    'champ inconnu, ignoré',
    'unknown field, passed over',
    {},
    { sent: { materials: [{ id: 'a', part: 1 }] } },
    'materials.part',
  ],
  [
    'field_unknown',
    'champ inconnu, ignoré',
    'unknown field, passed over',
    {},
    { sent: { printing: { kind: 'pigment', area: 1 } } },
    'printing.area',
  ],
  [
    'field_unknown',
    'champ inconnu, ignoré',
    'unknown field, passed over',
    {},
    { sent: { trims: [{ id: PLASTIC, quantity: 1, count: 1 }] } },
    'trims.count',
  ],
  ['cost_not_positive', 'le coût est de -297,66 points', 'the cost is -297.66 points', {}, answer(-297.66)],
  ['cost_not_positive', 'le coût est de 0 points', 'the cost is 0 points', {}, answer(0)],
  [
    'cost_below_label',
    '9,99 points : l’étiquette commence à 10',
    '9.99 points: a label begins at 10',
    {},
    answer(9.99),
  ],
  ['cost_above_label', '99999,5 points', '99999.5 points', {}, answer(99_999.5)],
  ['impacts_all_zero', 'tous les impacts sont à zéro', 'all impacts are zero', {}, answer(0, 0)],
  [
    'other_product_answered',
    'pull au lieu de tshirt',
    'pull in place of tshirt',
    {},
    answer(1000, 1, { product: { id: 'pull' } }),
  ],
  [
    'other_product_answered',
    '0,1701 au lieu de 0,17',
    '0.1701 in place of 0.17',
    {},
    answer(1000, 1, { mass: 0.1701 }),
    'mass',
  ],
  ['other_product_answered', '1,7 au lieu de 0,17', '1.7 in place of 0.17', {}, answer(1000, 1, { mass: 1.7 }), 'mass'],
  [
    'mass_below_portal',
    '0,0099 kg : le portail',
    '0.0099 kg: the declaration portal',
    { product: 'slip', mass: 0.0099 },
  ],
];

/** Just within the limits. */
const UNFOUND: [rule: keyof typeof RULES, changes: object, known?: object][] = [
  ['mass_out_of_range', { mass: 0.015 }],
  ['mass_out_of_range', { mass: 0.9 }],
  ['mass_out_of_range', { mass: 150, product: 'curtain' }],
  ['mass_out_of_range', { mass: '150' }],
  ['shares_do_not_add_up', { materials: cotton(0.5, 0.4951) }],
  ['shares_do_not_add_up', { materials: [] }],
  ['shares_rounded', { materials: cotton(0.1, 0.2, 0.7) }],
  ['shares_rounded', { materials: cotton(0.5, 0.494) }],
  ['material_below_two_percent', { materials: cotton(0.98, 0.02) }],
  ['material_below_two_percent', { materials: cotton(1, 0) }],
  [
    'trims_heavier_than_garment',
    {
      trims: [
        { id: PLASTIC, quantity: 19 },
        { id: LONG_ZIP, quantity: 3 },
      ],
    },
  ],
  ['trims_heavier_than_garment', { mass: 0.01, product: 'manteau' }],
  ['trims_too_many', { trims: [{ id: PLASTIC, quantity: 18 }] }],
  [
    'trims_too_many',
    {
      trims: [
        { id: PLASTIC, quantity: 10 },
        { id: METAL, quantity: 12 },
      ],
    },
  ],
  ['trims_too_many', { product: 'chaussettes', trims: [{ id: LONG_ZIP, quantity: 10 }] }],
  ['trims_too_many', { trims: [{ id: '28f2f107-ce9c-4760-9a74-0187ab067d09', quantity: 999 }] }],
  ['trims_lower_cost', { trims: [{ id: PLASTIC, quantity: 23 }] }],
  ['trims_lower_cost', { trims: [{ id: METAL, quantity: 30 }] }],
  ['trims_lower_cost', {}],
  ['trims_lower_cost', { trims: [] }],
  // The method refuses it: no cost is less than another.
  ['trims_lower_cost', { product: 'curtain', trims: [{ id: PLASTIC, quantity: 24 }] }],
  ['price_out_of_range', { price: 1 }],
  ['price_out_of_range', { price: 1000 }],
  ['references_out_of_range', { numberOfReferences: 1 }],
  ['references_out_of_range', { numberOfReferences: 999_999 }],
  ['price_unusual', { price: 2.5 }],
  ['price_unusual', { price: 80 }],
  ['price_unusual', { price: 0.5 }],
  ['option_not_declarable', { makingWaste: null, price: 10, business: 'small-business' }],
  ['stages_left_out', { disabledSteps: [] }],
  ['process_other_than_type', { product: 'jean', fabricProcess: 'weaving' }],
  ['process_other_than_type', { product: 'chaussettes', fabricProcess: 'knitting-circular' }],
  ['process_other_than_type', { product: 'pull', fabricProcess: 'weaving' }],
  ['process_other_than_type', { product: 'jean', fabricProcess: null }],
  ['air_within_country', { countryMaking: 'FR', airTransportRatio: 0 }],
  ['air_within_country', { countryMaking: 'TR', airTransportRatio: 1 }],
  ['countries_to_and_fro', { countryFabric: 'FR', countryMaking: 'BD' }],
  ['countries_to_and_fro', { countryFabric: '---', countryMaking: '---' }],
  ['countries_to_and_fro', { countryFabric: 'CN', countryMaking: 'CN' }],
  ['field_retired', {}, { sent: TSHIRT }],
  [
    'field_unknown',
    {},
    { sent: { ...TSHIRT, reference: 'A', gtins: [], catalogue: 'x', dyeingMedium: 'yarn', ecs: 1 } },
  ],
  ['field_unknown', {}, { sent: null }],
  ['cost_not_positive', {}, answer(0.01)],
  ['cost_not_positive', {}],
  ['cost_below_label', {}, answer(10)],
  ['cost_below_label', {}, answer(0)],
  ['cost_above_label', {}, answer(99_999.49)],
  ['impacts_all_zero', {}, answer(0, 1)],
  ['impacts_all_zero', {}, { answer: { impacts: {} } }],
  ['other_product_answered', {}, answer(1000, 1, { product: { id: 'tshirt' }, mass: 0.17 })],
  ['other_product_answered', {}, answer(1000, 1, { mass: 0.17 * (1 + 1e-7) })],
  ['mass_below_portal', { product: 'slip', mass: 0.01 }],
];

const of = (rule: string, findings: readonly Finding[]) => findings.filter(({ id }) => id === rule);

describe('the rules', () => {
  it.each(FOUND)('%s finds "%s"', (rule, fr, en, changes, known, field) => {
    const [finding, ...others] = of(rule, judge({ ...TSHIRT, ...changes }, known));
    expect(others).toEqual([]);
    expect(finding).toEqual({
      id: rule,
      severity: RULES[rule].severity,
      field: field ?? RULES[rule].field,
      message: { fr: expect.stringContaining(fr), en: expect.stringContaining(en) },
    });
  });

  it.each(UNFOUND)('%s finds nothing in %j %j', (rule, changes, known) => {
    expect(of(rule, judge({ ...TSHIRT, ...changes }, known))).toEqual([]);
  });

  it('are each shown at work, and have words without an open place in either language', () => {
    expect(new Set(FOUND.map(([rule]) => rule))).toEqual(new Set(Object.keys(RULES)));
    expect(new Set(UNFOUND.map(([rule]) => rule))).toEqual(new Set(Object.keys(RULES)));
    for (const [rule, , , changes, known] of FOUND) {
      for (const { message } of of(rule, judge({ ...TSHIRT, ...changes }, known)))
        for (const text of Object.values(message)) expect(text).not.toMatch(/[{}]|undefined|NaN|\[object/);
    }
  });

  it('stand in the document with their severity, field and source', () => {
    const text = readFileSync(fileURLToPath(new URL('../../../../docs/plausibility.md', import.meta.url)), 'utf8');
    for (const [id, { severity, field, source }] of Object.entries(RULES))
      expect(text).toContain(`| \`${id}\` | ${severity} | ${field === null ? '' : `\`${field}\``} | ${source} |`);
  });

  it('stand in the order of their severity', () => {
    const ranks = Object.values(RULES).map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted());
  });

  it('find nothing in an ordinary garment, and all that is wrong with another', () => {
    expect(judge(TSHIRT, { ...answer(1776.91, 100, { mass: 0.17, product: { id: 'tshirt' } }), sent: TSHIRT })).toEqual(
      [],
    );
    const wrong = judge({ ...TSHIRT, mass: 150, price: 2000, materials: cotton(0.6) }, answer(-3));
    expect(wrong.map(({ id }) => id)).toEqual([
      'price_out_of_range',
      'mass_out_of_range',
      'shares_do_not_add_up',
      'cost_not_positive',
    ]);
  });

  it('name ten unknown fields at most, each shortened', () => {
    const sent = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}`.padEnd(100, 'x'), 1]));
    const found = of('field_unknown', judge(TSHIRT, { sent }));
    expect(found.map(({ field }) => field?.length)).toEqual(Array(10).fill(60));
  });
});

describe('findings', () => {
  const [mass] = judge({ ...TSHIRT, mass: 150 }) as [Finding];
  it('are told in the language of their reader', () => {
    const { id, severity, field } = mass;
    expect(warningsIn([mass], 'fr')).toEqual([{ id, severity, field, message: expect.stringContaining('grammes') }]);
    expect(warningsIn([mass], 'en')).toEqual([{ id, severity, field, message: expect.stringContaining('grams') }]);
  });

  it('are doubtful unless they are only notes', () => {
    expect(SEVERITIES.map((severity) => isDoubtful([{ severity: 'note' }, { severity }]))).toEqual([true, true, false]);
    expect(isDoubtful([])).toBe(false);
  });
});

describe('any description', () => {
  const anything = fc.anything({ maxDepth: 3 });
  const field = fc.constantFrom(
    'product',
    'mass',
    'materials',
    'trims',
    'price',
    'printing',
    'disabledSteps',
    '__proto__',
  );
  const query = fc.dictionary(fc.oneof(field, fc.string()), anything).map((changes) => ({ ...TSHIRT, ...changes }));

  it('is judged without an error, twice the same, with words and bounded', () => {
    fc.assert(
      fc.property(query, anything, fc.double(), (given, sent, ecs) => {
        const known = { sent, answer: { impacts: { ecs } } };
        const findings = judge(given, known);
        expect(judge(given, known)).toEqual(findings);
        expect(findings.length).toBeLessThan(100);
        for (const { message } of findings) expect(Math.min(message.fr.length, message.en.length)).toBeGreaterThan(10);
      }),
      { seed: 20, numRuns: 300 },
    );
  });
});
