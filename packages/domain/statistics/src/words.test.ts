import { COST_PARTS, COST_UNITS } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import {
  ALL_TYPES,
  FIELD_NAMES,
  familyName,
  NAMES,
  NOT_TOLD,
  numberIn,
  partName,
  scenarioName,
  sentence,
  UNIT_NAMES,
} from './words.js';

describe('what figures are told with, in both languages', () => {
  it.each([
    ['material', 'raw materials', 'matières premières'],
    ['spinning', 'spinning', 'filature'],
    ['fabric', 'knitting or weaving', 'tricotage ou tissage'],
    ['ennobling', 'dyeing and finishing', 'ennoblissement'],
    ['making', 'making', 'confection'],
    ['distribution', 'distribution', 'distribution'],
    ['use', 'use', 'utilisation'],
    ['eol', 'end of life', 'fin de vie'],
    ['transport', 'transport', 'transport'],
    ['trims', 'trims', 'accessoires'],
    ['complements', 'complements beyond the life cycle', 'compléments hors ACV'],
    ['another', 'another', 'another'],
  ])('the part %s', (part, en, fr) => expect(partName(part)).toEqual({ en, fr }));

  it.each([
    ['item', 'points', 'points'],
    ['100g', 'points per 100 g', 'points pour 100 g'],
    ['day', 'points per day of wear', 'points par jour de port'],
  ] as const)('the unit %s', (unit, en, fr) => expect(UNIT_NAMES[unit]).toEqual({ en, fr }));
  it('every unit and part', () => {
    expect(Object.keys(UNIT_NAMES)).toEqual([...COST_UNITS]);
    expect(
      COST_PARTS.filter(
        (part) => partName(part).en === part && !/^(spinning|making|distribution|use|transport|trims)$/.test(part),
      ),
    ).toEqual([]);
  });

  it.each([
    ['natural_vegetal', 'plant fibres', 'fibres végétales'],
    ['natural_animal', 'animal fibres', 'fibres animales'],
    ['artificial_organic', 'artificial organic fibres', 'fibres artificielles organiques'],
    ['artificial_inorganic', 'artificial inorganic fibres', 'fibres artificielles inorganiques'],
    ['synthetic', 'synthetic fibres', 'fibres synthétiques'],
    // A family of its own.
    ['ei-lin', 'Linen', 'Lin'],
  ])('the family %s', (family, en, fr) => expect(familyName(family)).toEqual({ en, fr }));

  it.each([
    ['mass', 'mass', 'masse'],
    ['materials', 'materials', 'matières'],
    ['country_spinning', 'country of spinning', 'pays de filature'],
    ['country_fabric', 'country of knitting or weaving', 'pays de tricotage ou de tissage'],
    ['country_dyeing', 'country of dyeing', 'pays d’ennoblissement'],
    ['country_making', 'country of making', 'pays de confection'],
    ['process', 'knitting or weaving technique', 'technique de tricotage ou de tissage'],
    ['air', 'share of air transport', 'part de transport aérien'],
    ['price', 'price', 'prix'],
    ['references', 'number of references', 'nombre de références'],
    ['business', 'kind of business', 'type d’entreprise'],
    ['durability', 'physical durability', 'durabilité physique'],
    ['trims', 'trims', 'accessoires'],
    ['options', 'options of making and finishing', 'options de confection et d’ennoblissement'],
  ] as const)('the field %s', (field, en, fr) => expect(FIELD_NAMES[field]).toEqual({ en, fr }));

  it.each([
    ['product', 'jean', 'Jeans', 'Jean'],
    ['main_material', 'ei-lin', 'Linen', 'Lin'],
    ['material', 'ei-coton', 'Cotton', 'Coton'],
    ['country', 'TR', 'Turkey', 'Turquie'],
    ['country_spinning', 'TR', 'Turkey', 'Turquie'],
    ['country_fabric', 'TR', 'Turkey', 'Turquie'],
    ['country_dyeing', 'TR', 'Turkey', 'Turquie'],
    ['country_making', 'TR', 'Turkey', 'Turquie'],
    ['process', 'weaving', 'Weaving', 'Tissage'],
    ['scenario', 'regular', 'regular (all stages)', 'normal (toutes les étapes)'],
    ['brand', 'An own one', 'An own one', 'An own one'],
    ['tag', 'jean', 'jean', 'jean'],
    ['air', '0.25', '25 %', '25 %'],
  ] as const)('the %s %s', (of, value, en, fr) => expect(NAMES[of](value)).toEqual({ en, fr }));

  it('all the rest', () => {
    expect([NOT_TOLD, ALL_TYPES]).toEqual([
      { en: 'not told', fr: 'non renseigné' },
      { en: 'All types', fr: 'Tous les types' },
    ]);
    expect(scenarioName('low-cost').fr).toBe('à bas coût (sans utilisation, plus d’avion)');
    expect(numberIn(1234.5678)).toEqual({ en: '1,230', fr: '1\u202f230' });
    expect(numberIn(0.123_456)).toEqual({ en: '0.123', fr: '0,123' });
    const template = { en: '{part}: {a} {b}', fr: '{part} : {b} {a}' };
    expect(sentence(template, { part: partName('use'), a: numberIn(1.5) })).toEqual({
      en: 'use: 1.5 {b}',
      fr: 'utilisation : {b} 1,5',
    });
  });
});
