import { inEveryLanguage } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { readTextileQuery, simulateTotals, TextileQueryError } from './index.js';

const minimal = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };
const ZIP = '86b877ff-0d59-482f-bb34-3ff306b07496';
const UNKNOWN_UUID = '11111111-1111-4111-8111-111111111111';

/** The messages of a refused query. */
function faultsOf(fields: object): Readonly<Record<string, string>> {
  try {
    simulateTotals({ ...minimal, ...fields });
  } catch (error) {
    if (error instanceof TextileQueryError) return error.errors;
    throw error;
  }
  throw new Error('the query was accepted');
}

describe('readTextileQuery', () => {
  it('puts null for what a query does not give', () => {
    expect(readTextileQuery(minimal)).toEqual({
      ...minimal,
      materials: [{ id: 'ei-coton', share: 1, country: null, spinning: null }],
      airTransportRatio: null,
      business: null,
      countryDyeing: null,
      countryFabric: null,
      countryMaking: null,
      countrySpinning: null,
      disabledSteps: [],
      dyeingProcessType: null,
      fabricProcess: null,
      fading: null,
      makingComplexity: null,
      makingDeadStock: null,
      makingWaste: null,
      numberOfReferences: null,
      physicalDurability: null,
      price: null,
      printing: null,
      surfaceMass: null,
      trims: null,
      upcycled: false,
      yarnSize: null,
    });
  });

  it('reads yarn sizes in Nm, UUIDs in lower case and names without blanks', () => {
    const custom = (name: string) => ({ custom: { name, elements: [{ amount: 1, material: ZIP.toUpperCase() }] } });
    const query = readTextileQuery({
      ...minimal,
      yarnSize: '250Dtex',
      printing: { kind: 'pigment', ratio: null },
      trims: [
        { id: ZIP.toUpperCase(), quantity: 2, ...custom('  étiquette tissée ') },
        { id: ZIP, quantity: 1, ...custom('   ') },
      ],
    });
    const elements = [{ amount: 1, material: ZIP, transforms: [] }];
    expect(query.yarnSize).toEqual({ nm: 40, written: '250Dtex' });
    expect(query.printing).toEqual({ kind: 'pigment', ratio: 0.2 });
    expect(query.trims).toEqual([
      { id: ZIP, quantity: 2, custom: { name: 'étiquette tissée', elements } },
      { id: ZIP, quantity: 1, custom: { elements } },
    ]);
  });

  it('holds yarn sizes as kilometres per kilogram (METHOD §1.3)', () => {
    const nm = (yarnSize: unknown) => readTextileQuery({ ...minimal, yarnSize }).yarnSize?.nm;
    expect([nm(147.7), nm('147.7'), nm('701Dtex')]).toEqual([
      147.70000000000002, 147.70000000000002, 14.26533523537803,
    ]);
  });
});

describe('a refused query', () => {
  it.each([
    [{ countryDyeing: 'BR' }, 'countryDyeing', ['"BR"', '---', 'FR', 'VN']],
    [{ makingDeadStock: 0.31 }, 'makingDeadStock', ['0.31', 'entre 0 et 0,3']],
    [{ makingWaste: 0.41 }, 'makingWaste', ['0.41', 'entre 0 et 0,4']],
    [{ mass: 0 }, 'mass', ['limites : 0', 'strictement supérieure à 0 kg']],
    [{ materials: [] }, 'materials', ['[]', 'au moins une']],
    [{ materials: [{ id: 'EI-COTON', share: 1 }] }, 'materials', ['"EI-COTON"', 'ei-coton', 'ei-lin']],
    [{ materials: [{ id: 'ei-coton', share: 1, country: 'US' }] }, 'materials', ['"US"', 'FR']],
    [{ numberOfReferences: 0 }, 'numberOfReferences', ['0', 'entre 1 et 999999']],
    [{ physicalDurability: 1.46 }, 'physicalDurability', ['1.46', 'entre 0,67 et 1,45']],
    [{ price: 0.99 }, 'price', ['0.99', 'entre 1 et 1000 €']],
    [{ product: 'robe' }, 'product', ['"robe"', 'tshirt', 'jupe']],
    [{ surfaceMass: 501 }, 'surfaceMass', ['501', 'entre 80 et 500 g/m²']],
    [{ trims: [{ id: UNKNOWN_UUID, quantity: 1 }] }, 'trims', [UNKNOWN_UUID, ZIP]],
    [{ yarnSize: '2000Dtex' }, 'yarnSize', ['"2000Dtex"', 'entre 9 et 200 Nm']],
    [{ yarnSize: '0Dtex' }, 'yarnSize', ['"0Dtex"', 'entre 9 et 200 Nm']],
    [{ mass: null, fading: 'oui' }, 'decoding', ['mass', 'fading', '"oui"', 'booléen']],
    [
      { trims: [{ id: ZIP, quantity: 1, custom: { elements: [{ amount: 1, material: UNKNOWN_UUID }] } }] },
      'general',
      [UNKNOWN_UUID, 'trims.custom.elements'],
    ],
    [{ mass: 1e306, materials: Array(9).fill({ id: 'ei-coton', share: 1 }) }, 'general', ['capacité']],
  ])('%j is told why', (fields, key, parts) => {
    const { [key]: message, ...others } = faultsOf(fields);
    expect(others).toEqual({});
    for (const part of parts) expect(message).toContain(part);
  });

  it('accepts each bound', () => {
    const bounds = {
      makingDeadStock: [0, 0.3],
      makingWaste: [0, 0.4],
      mass: [1e-9],
      numberOfReferences: [1, 999_999],
      physicalDurability: [0.67, 1.45],
      price: [1, 1000],
      surfaceMass: [80, 500],
      yarnSize: [9, 200, '9', '50Dtex', '1111Dtex'],
    };
    for (const [field, values] of Object.entries(bounds)) {
      for (const value of values) expect(simulateTotals({ ...minimal, [field]: value }).ecs).toBeGreaterThan(0);
    }
  });

  it('is told the first of many reading failures, and how many remain', () => {
    const materials = Array(30).fill({ id: 1, share: 1 });
    expect(faultsOf({ materials }).decoding).toMatch(/materials\.0\.id.*materials\.4\.id.*et 25 autre/);
  });

  it('is told a reading failure before any fault of its values', () => {
    expect(Object.keys(faultsOf({ mass: 0, product: 'robe', fading: 3 }))).toEqual(['decoding']);
  });

  it('keeps the faults found before an empty list of materials to itself', () => {
    expect(Object.keys(faultsOf({ mass: 0, countryDyeing: 'ZZ', materials: [], price: 0 }))).toEqual([
      'materials',
      'price',
    ]);
  });

  it('is told its unknown processes only when nothing else is wrong', () => {
    const trims = [{ id: ZIP, quantity: 1, custom: { elements: [{ amount: 1, material: UNKNOWN_UUID }] } }];
    expect(Object.keys(faultsOf({ trims, price: 0 }))).toEqual(['price']);
  });

  it('sums up its faults in the message of the exception', () => {
    expect(() => simulateTotals({ ...minimal, price: 0 })).toThrow(/^price : hors limites/);
  });

  it.each([
    [
      { mass: 0 },
      'out of bounds: 0; expected: a value above 0 kg',
      'hors limites : 0 ; attendu : une valeur strictement supérieure à 0 kg',
    ],
    [
      { surfaceMass: 501 },
      'out of bounds: 501; expected: a value from 80 to 500 g/m²',
      'hors limites : 501 ; attendu : une valeur comprise entre 80 et 500 g/m²',
    ],
    [
      { numberOfReferences: 0 },
      'out of bounds: 0; expected: a value from 1 to 999999',
      'hors limites : 0 ; attendu : une valeur comprise entre 1 et 999999',
    ],
    [
      { materials: [] },
      'empty list: []; expected: at least one material',
      'liste vide : [] ; attendu : au moins une matière',
    ],
    [{ product: 'robe' }, /^unknown product: "robe"; expected: /, /^produit inconnu : "robe" ; attendu : /],
    [
      { countryMaking: 'US' },
      /^country that is unknown or cannot be used for textiles: "US"; expected: ---/,
      /^pays inconnu ou non utilisable pour le textile : "US" ; attendu : ---/,
    ],
    [
      { materials: [{ id: 'x', share: 1 }] },
      /^unknown material: "x"; expected: .*ei-coton/,
      /^matière inconnue : "x" ; attendu : .*ei-coton/,
    ],
    [
      { trims: [{ id: UNKNOWN_UUID, quantity: 1 }] },
      /^unknown trim: "11111111.*; expected: .*86b877ff/,
      /^accessoire inconnu : "11111111.* ; attendu : .*86b877ff/,
    ],
    [{ fading: 3 }, 'fading: expected a boolean; received: 3', 'fading : attendu : un booléen ; reçu : 3'],
    [
      { disabledSteps: Array(6).fill('x') },
      /^disabledSteps\.0: .*disabledSteps\.4: .* \| … and 1 more$/,
      /^disabledSteps\.0 : .*disabledSteps\.4 : .* \| … et 1 autre\(s\) erreur\(s\)$/,
    ],
    [{ disabledSteps: Array(5).fill('x') }, /disabledSteps\.4[^…]*$/, /disabledSteps\.4[^…]*$/],
    [
      { mass: 1e306, materials: Array(9).fill({ id: 'ei-coton', share: 1 }) },
      /^the result is too large to compute; expected: a smaller mass/,
      /^le résultat dépasse la capacité de calcul ; attendu : une masse/,
    ],
  ])('%j is told so in both languages', (fields, en, fr) => {
    const told = inEveryLanguage(() => Object.values(faultsOf(fields)).join());
    const matching = (words: string | RegExp) => (typeof words === 'string' ? words : expect.stringMatching(words));
    expect(told).toEqual({ en: matching(en), fr: matching(fr) });
    expect(Object.values(faultsOf(fields)).join()).toBe(told.fr);
  });
});
