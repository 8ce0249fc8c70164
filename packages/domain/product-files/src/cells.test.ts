import { describe, expect, it } from 'vitest';
import {
  asBoolean,
  asComposition,
  asCountry,
  asId,
  asJson,
  asMass,
  asNumber,
  asPrice,
  asRatio,
  asShares,
  asStages,
  asWhole,
  type CellContext,
  CellError,
  isNumberText,
  ofHundred,
  readShare,
  unitOfMass,
} from './cells.js';
import { fieldsNamed, RowError, readCsvHeader } from './csv-columns.js';
import { idsOf, type Named, plain, regionOfCountry } from './names.js';

const POINT: CellContext = { isDecimalComma: false };
const COMMA: CellContext = { isDecimalComma: true };
const refusal = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    if (error instanceof CellError || error instanceof RowError) return error.words.en;
    throw error;
  }
};

describe('numbers', () => {
  it.each([
    ['1', true],
    ['-1.5', true],
    ['+.5', true],
    ['1.', true],
    ['1e-3', true],
    ['1E+3', true],
    ['1e-10', true],
    ['1e', false],
    ['.', false],
    ['x1', false],
    ['1x', false],
    ['1e999', false],
  ])('%j is one as tables write it: %s', (text, is) => expect(isNumberText(text)).toBe(is));

  it.each<[string, unknown, unknown, unknown]>([
    // as a number, as a whole one, and as a price where a comma is the decimal mark
    ['0,17', 0.17, 0.17, 0.17],
    ['0.17', 0.17, 0.17, 0.17],
    ['1 234', 1234, 1234, 1234],
    ['1\u202f234,5', 1234.5, 1234.5, 1234.5],
    ['1\u00a0234.5', 1234.5, 1234.5, 1234.5],
    ["1'234'567", 1_234_567, 1_234_567, 1_234_567],
    ['-1’234', -1234, -1234, -1234],
    ['12 34', '12 34', '12 34', '12 34'],
    ['1.234.567', 1_234_567, 1_234_567, 1_234_567],
    ['1,234,567', 1_234_567, 1_234_567, 1_234_567],
    ['+12.345.678', 12_345_678, 12_345_678, 12_345_678],
    ['1.234,5', 1234.5, 1234.5, 1234.5],
    ['1,234.5', 1234.5, 1234.5, 1234.5],
    ['1.234.567,89', 1_234_567.89, 1_234_567.89, 1_234_567.89],
    ['1,234,567.89', 1_234_567.89, 1_234_567.89, 1_234_567.89],
    ['-1,234,567.89', -1_234_567.89, -1_234_567.89, -1_234_567.89],
    ['12,34.5', '12,34.5', '12,34.5', '12,34.5'],
    ['1,23.4,5', '1,23.4,5', '1,23.4,5', '1,23.4,5'],
    ['x1.234,5', 'x1.234,5', 'x1.234,5', 'x1.234,5'],
    ['1.234,5x', '1.234,5x', '1.234,5x', '1.234,5x'],
    ['1,234', 1.234, 1234, 1.234],
    ['1.234', 1.234, 1234, '"1.234" may be 1.234 or 1234: write it without a separator'],
    ['-999.999', -999.999, -999_999, '"-999.999" may be -999.999 or -999999: write it without a separator'],
    ['0.234', 0.234, 0.234, 0.234],
    ['1234.567', 1234.567, 1234.567, 1234.567],
    ['1.2345', 1.2345, 1.2345, 1.2345],
    ['1.23', 1.23, 1.23, 1.23],
    ['', '', '', ''],
    ['many', 'many', 'many', 'many'],
  ])('%j is %j, as a whole one %j, as a price %j', (cell, number, whole, price) => {
    expect(asNumber(cell, COMMA)).toEqual(number);
    expect(asWhole(cell, COMMA)).toEqual(whole);
    expect(refusal(() => asPrice(cell, COMMA))).toEqual(price);
  });

  it('are refused in the words of both languages, by what they may mean', () => {
    const refused = (cell: string, context: CellContext) => {
      try {
        return asPrice(cell, context);
      } catch (error) {
        return (error as CellError).words;
      }
    };
    expect(refused('1,234', POINT)).toEqual({
      fr: '« 1,234 » peut être 1.234 ou 1234 : écrivez-le sans séparateur',
      en: '"1,234" may be 1.234 or 1234: write it without a separator',
    });
    expect(refused('1.234', POINT)).toBe(1.234);
  });

  it.each([
    ['12 €', 12],
    ['€12', 12],
    ['12,5 euros TTC', 12.5],
    ['12 EUR', 12],
    ['12eu', '12eu'],
    ['12 $', '12 $'],
  ])('of money: %j is %j', (cell, price) => expect(asPrice(cell, COMMA)).toBe(price));

  it('of a workbook are as they are', () => {
    expect(asNumber('whatever', { ...POINT, number: 0.5 })).toBe(0.5);
    expect(asMass('170', { ...POINT, unit: 'g', number: 170 })).toBe(0.17);
    expect(asMass('170 g', { ...POINT, number: 170 })).toBe(0.17);
  });
});

describe('masses', () => {
  it.each<[string, string | undefined, unknown]>([
    ['0.17', undefined, 0.17],
    ['0.17', 'kg', 0.17],
    ['170', 'g', 0.17],
    ['170', 'gr', 0.17],
    ['170', 'gramme', 0.17],
    ['170', 'gram', 0.17],
    ['170000', 'mg', 0.17],
    ['0.17 kg', 'g', 0.17],
    ['170g', undefined, 0.17],
    ['170 g.', undefined, 0.17],
    ['170 grammes', undefined, 0.17],
    ['170 grs', undefined, 0.17],
    ['170 mg', undefined, 0.00017],
    ['0.17 kilogrammes', undefined, 0.17],
    ['0.17 Kilos', undefined, 0.17],
    ['1.234 kg', undefined, 1.234],
    ['1,234 g', undefined, '"1,234" may be 1.234 or 1234: write it without a separator'],
    ['1.234 g', undefined, 0.001234],
    ['70 lb', undefined, '70 lb'],
    ['g', undefined, 'g'],
  ])('%j in a column of %s is %j kg', (cell, unit, mass) => {
    expect(refusal(() => asMass(cell, { ...POINT, unit }))).toEqual(mass);
  });

  it.each([
    ['Poids (g)', 'g'],
    ['mass_kg', 'kg'],
    ['Masse en grammes', 'gramme'],
    ['MASSE EN KG', 'kg'],
    ['Weight, mg', 'mg'],
    ['Kilos', 'kilo'],
    ['grammage', undefined],
    ['Poids', undefined],
    ['bag', undefined],
  ])('%j tells the unit %s', (name, unit) => expect(unitOfMass(name)).toBe(unit));
});

describe('shares', () => {
  it.each<[string, string | undefined, unknown]>([
    ['50 %', undefined, { value: 50, isPercent: true, isSigned: true }],
    ['50%', undefined, { value: 50, isPercent: true, isSigned: true }],
    ['7,5 pour cent', undefined, { value: 7.5, isPercent: true, isSigned: true }],
    ['7.5 pourcents', undefined, { value: 7.5, isPercent: true, isSigned: true }],
    ['50 percent', undefined, { value: 50, isPercent: true, isSigned: true }],
    ['0.5', undefined, { value: 0.5, isPercent: false, isSigned: false }],
    ['50', '%', { value: 50, isPercent: true, isSigned: false }],
    ['50', 'kg', { value: 50, isPercent: false, isSigned: false }],
    ['half', undefined, 'half'],
    ['half %', undefined, 'half %'],
  ])('%j in a column of %s is %j', (cell, unit, share) => expect(readShare(cell, { ...POINT, unit })).toEqual(share));

  it.each<[string, unknown]>([
    ['7 %', 0.07],
    ['0.5 %', 0.005],
    ['0.5', 0.5],
    ['1', 1],
    ['1.01', '"1.01" may be a share or a percentage: add %'],
    ['1.99', '"1.99" may be a share or a percentage: add %'],
    ['2', 0.02],
    ['50', 0.5],
    ['-1', -1],
    ['some', 'some'],
  ])('%j alone is %j', (cell, ratio) => expect(refusal(() => asRatio(cell, POINT))).toEqual(ratio));

  it.each<[number, string | undefined, unknown]>([
    [0.2, '%', '"0.2" may be a share or a percentage: add %'],
    [1, '%', '"1" may be a share or a percentage: add %'],
    [0, '%', 0],
    [1.5, '%', 0.015],
    [20, '%', 0.2],
    [0.2, undefined, 0.2],
  ])('the number %d of a workbook, in a column of %s, is %j', (number, unit, ratio) => {
    expect(refusal(() => asRatio(String(number), { ...POINT, unit, number }))).toEqual(ratio);
  });

  it.each<[string[], unknown]>([
    [
      ['0.9', '0.1'],
      [0.9, 0.1],
    ],
    [['1'], [1]],
    [['0.89'], [0.0089]],
    [['1.09'], [1.09]],
    [['1.11'], [0.0111]],
    [
      ['99.5', '0.5'],
      [0.995, 0.005],
    ],
    [['1 %'], [0.01]],
  ])('shares %j below a header of percent are %j', (cells, shares) => {
    expect(asShares(cells.map((cell) => readShare(cell, { ...POINT, unit: '%' })))).toEqual(shares);
  });

  const MIXED = 'some shares have a % and others none: write all in one way';
  const BOTH = 'some shares are of 1 and others of 100: write all in one way';
  it.each<[(string | undefined)[], unknown]>([
    [
      ['60', '40'],
      [0.6, 0.4],
    ],
    [
      ['0.6', '0.4'],
      [0.6, 0.4],
    ],
    [
      ['60 %', '40 %'],
      [0.6, 0.4],
    ],
    [['60 %', '40'], MIXED],
    [
      ['50', '40'],
      [0.5, 0.4],
    ],
    [
      ['50', '39.9'],
      [50, 39.9],
    ],
    [
      ['70', '40'],
      [0.7, 0.4],
    ],
    [
      ['70', '40.1'],
      [70, 40.1],
    ],
    [
      ['99.5', '0.5'],
      [0.995, 0.005],
    ],
    [['50', '0.5'], BOTH],
    [
      ['50', '0'],
      [50, 0],
    ],
    [
      ['50', '1'],
      [50, 1],
    ],
    [
      ['1', '0.5'],
      [1, 0.5],
    ],
    [
      ['half', undefined, '0.5'],
      ['half', undefined, 0.5],
    ],
  ])('%j together are %j', (cells, shares) =>
    expect(refusal(() => asShares(cells.map((cell) => (cell === undefined ? cell : readShare(cell, POINT)))))).toEqual(
      shares,
    ),
  );

  it('have no digits that were not written', () => expect([7, 29, 57].map(ofHundred)).toEqual([0.07, 0.29, 0.57]));
});

describe('compositions', () => {
  const PARTS = [
    { id: 'ei-coton', share: 0.95 },
    { id: 'elasthane', share: 0.05 },
  ];
  it.each<[string, unknown]>([
    ['95 % coton, 5 % élasthanne', PARTS],
    ['95% coton 5% élasthanne', PARTS],
    ['95%coton/5%élasthanne', PARTS],
    ['95 % de coton + 5 % d’élasthanne', PARTS],
    ['95% of cotton; 5% of elastane', PARTS],
    ['coton 95 %; élasthanne 5 %', PARTS],
    ['coton: 95 %\nélasthanne = 5%', PARTS],
    ['coton (95 %) | élasthanne (5 %)', PARTS],
    ['95 % coton - 5 % élasthanne', PARTS],
    [
      'coton 97,5 %, élasthanne 2,5 %',
      [
        { id: 'ei-coton', share: 0.975 },
        { id: 'elasthane', share: 0.025 },
      ],
    ],
    ['100 % laine mérinos', [{ id: 'ei-laine-par-defaut', share: 1 }]],
    ['100 % soie', [{ id: 'soie', share: 1 }]],
    ['[{"id":"a","share":1}]', [{ id: 'a', share: 1 }]],
    ['{"id":"a"}', { id: 'a' }],
    ['[broken', '[broken'],
    ['', []],
    [' , ', []],
    ['coton', '"coton": expected a percentage and a material, as in "95% cotton, 5% elastane"'],
    ['95 % coton, élasthanne', '"élasthanne": expected a percentage and a material, as in "95% cotton, 5% elastane"'],
    ['1,2,3 % coton', '"1,2,3 % coton": expected a percentage and a material, as in "95% cotton, 5% elastane"'],
    ['100 % coton recyclé', '"coton recyclé" may be coton-rdpc or coton-rdp: write which one'],
  ])('%j is %j', (cell, parts) => expect(refusal(() => asComposition(cell, COMMA))).toEqual(parts));
});

describe('texts that are too long to be what their column holds', () => {
  const long = (text: string, length: number) => text.replace('_', ' '.repeat(length - text.length + 1));
  it.each([
    ['a number', asNumber, '_1', 100],
    ['a whole number', asWhole, '_1', 100],
    ['a price', asPrice, '1_€', 100],
    ['a mass', asMass, '1_kg', 100],
    ['a share', asRatio, '7_%', 100],
  ] as const)('%s is read up to its longest, and passed on beyond', (_what, read, text, most) => {
    const [at, above] = [long(text, most), long(text, most + 1)];
    expect(read(text.startsWith('_') ? at.trim() : at, POINT)).toBeTypeOf('number');
    expect(read(above, POINT)).toBe(above);
  });

  it('nor is a share among materials, one material of a composition, a composition or the name of a column', () => {
    expect(readShare(long('7_%', 101), POINT)).toBe(long('7_%', 101));
    const named = (length: number) => `95 % ${'x'.repeat(length - 5)}`;
    expect(asComposition(named(300), POINT)).toEqual([{ id: 'x'.repeat(295), share: 0.95 }]);
    expect(refusal(() => asComposition(named(301), POINT))).toContain('expected a percentage');
    const many = (length: number) => '1 % lin; '.repeat(1200).slice(0, length);
    expect(asComposition(many(9999), POINT)).toHaveLength(1111);
    expect(asComposition(many(10_001), POINT)).toBe(many(10_001));
    expect([300, 301].map((length) => fieldsNamed([long('Masse_(kg)', length)]))).toEqual([1, 0]);
  });
});

describe('names', () => {
  it.each<[Named, string, string[]]>([
    ['product', 'T-Shirts', ['tshirt']],
    ['product', 'PANTALON', ['pantalon']],
    ['product', 'jean en pantalon', ['jean']],
    ['product', 'Boxer', ['calecon', 'slip']],
    ['product', 'sock', ['chaussettes']],
    ['product', 'as', []],
    ['country', '---', ['---']],
    ['country', 'fr', ['FR']],
    ['country', 'VIÊT-NAM', ['VN']],
    ['trim', '86B877FF-0D59-482F-BB34-3FF306B07496', ['86b877ff-0d59-482f-bb34-3ff306b07496']],
    ['material', '62A4D6FB-3276-4ba5-93a3-889ecd3bff84', ['ei-coton']],
    ['boolean', 'x', ['true']],
    ['stage', 'fin de la vie', ['eol']],
  ])('of a %s: %j means %j', (named, text, ids) => expect(idsOf(named, text)).toEqual(ids));

  it('are the same without case, accents, blanks and plurals of long words', () => {
    expect([plain('Œuvres d’Été'), plain('gas'), plain('  A--b ')]).toEqual(['oeuvredete', 'gas', 'ab']);
  });

  it.each([
    ['DE', 'REO'],
    ['Allemagne', 'REO'],
    ['Germany', 'REO'],
    ['Japon', 'RAS'],
    ['Canada', 'RNA'],
    ['Australia', 'ROC'],
    ['Pologne', 'REE'],
    ['Egypt', 'RAF'],
    ['Brésil', 'RLA'],
    ['Qatar', 'RME'],
    ['U.K.', 'REO'],
    ['England', 'REO'],
    ['ITA', 'REO'],
    ['PT - Portugal', 'REO'],
    ['République tchèque', 'REE'],
    ['Hong-Kong', 'RAS'],
    ['Ouzbékistan', 'RAS'],
    ['USA', 'RNA'],
    ['la', 'RAS'],
    ['Portugal / Japon', undefined],
    ['France', undefined],
    ['Atlantis', undefined],
  ])('of a country that is counted by its region: %s is in %s', (name, region) => {
    expect(regionOfCountry(name)).toBe(region);
    if (region)
      expect(refusal(() => asCountry(name, POINT))).toBe(
        `"${name}" is no country of the method, which counts its region: write ${region}`,
      );
  });

  it.each<[string, unknown, unknown]>([
    ['asCountry', asCountry('Chine', POINT), 'CN'],
    ['asCountry of another', asCountry('Atlantis', POINT), 'Atlantis'],
    ['asId', asId('product')('Jeans', POINT), 'jean'],
    ['asId of another', asId('product')('Kilt', POINT), 'Kilt'],
    [
      'asBoolean',
      ['oui', 'Non', '1', '0', 'maybe'].map((cell) => asBoolean(cell, POINT)),
      [true, false, true, false, 'maybe'],
    ],
    ['asStages', asStages('Use; Fin de vie|making', POINT), ['use', 'eol', 'making']],
    ['asStages of words', asStages('use making odd', POINT), ['use', 'making', 'odd']],
    ['asJson', asJson('{"a":1}', POINT), { a: 1 }],
    ['asJson of another', asJson('{a', POINT), '{a'],
  ])('are read: %s', (_what, found, expected) => expect(found).toEqual(expected));
});

describe('names of columns', () => {
  it.each([
    ['Poids (g)', 1],
    ['Poids en kg', 1],
    ['poids_grammes', 1],
    ['Poids in grams', 1],
    ['Prix €', 1],
    ['Prix [TTC]', 1],
    ['Grammage g/m²', 1],
    ['Titrage nm', 1],
    ['Poidskg', 0],
    ['Matière 1', 1],
    ['% matière 1', 1],
    ['Matière 12 pays d’origine', 1],
    ['Matière 0', 0],
    ['Matière 100', 0],
    ['matière 1 couleur', 0],
    ['', 0],
  ])('%j names %d fields', (column, fields) => expect(fieldsNamed([column])).toBe(fields));

  it('are counted once by what they mean', () => {
    expect(fieldsNamed(['Masse', 'Poids', 'Prix', 'odd'])).toBe(2);
  });

  const header = (columns: string[]) => readCsvHeader(columns, 1, false);
  it.each([
    [['product', 'mass', 'material1'], null],
    [['product', 'mass', 'Composition'], null],
    [['mass', 'material1'], 'missing columns: product (the first line names the columns'],
    [['product', 'price'], 'missing columns: mass, material1 (the first line names the columns'],
    [['product', 'mass', 'material1', 'product'], 'repeated columns: product'],
    [['product', 'mass', 'material1', 'Odd', 'odd', '', ''], null],
    [
      ['a', 'b'],
      'these are no products: expected JSON ({ or [), or a table whose first line names the columns product, mass and material1 (or Category, Weight and Material 1)',
    ],
  ])('%j make a header, or not: %s', (columns, fault) => {
    const told = () => {
      try {
        header(columns);
        return null;
      } catch (error) {
        return (error as CellError).words.en;
      }
    };
    if (fault === null) expect(told()).toBeNull();
    else expect(told()).toContain(fault);
  });

  it('make products of cells, and faults of those that do not fit', () => {
    const { toProduct, faultOf, isProduct, hasRoomFor } = header([
      'product',
      'Poids (g)',
      'material2',
      'material1',
      'material1 share',
      'zip long',
      'odd',
      '',
    ]);
    expect(toProduct(['jean', '170', 'lin', 'coton', '50 %', '2', 'x', ''])).toEqual({
      product: 'jean',
      mass: 0.17,
      materials: [{ id: 'ei-coton', share: 0.5 }, { id: 'ei-lin' }],
      trims: [{ id: '86b877ff-0d59-482f-bb34-3ff306b07496', quantity: 2 }],
    });
    expect(toProduct(['jean', 170, '', 'coton', 0.5, 0, '', ''])).toEqual({
      product: 'jean',
      mass: 0.17,
      materials: [{ id: 'ei-coton', share: 0.5 }],
      trims: [],
    });
    expect(toProduct(['', '', '', '', '', '', '', ''])).toEqual({});
    expect(refusal(() => toProduct(['boxer', '1,234 g', '', '', '', '', '', '']))).toBe(
      'product: "boxer" may be calecon or slip: write which one ; Poids (g): "1,234" may be 1.234 or 1234: write it without a separator',
    );
    const cells = (count: number, last = '') => [...Array.from({ length: count - 1 }, () => 'x'), last];
    expect(faultOf(cells(8))).toBeUndefined();
    expect(faultOf(cells(8, ' '))).toBeUndefined();
    expect(faultOf(cells(8, 'y'))?.en).toBe('cell 8 has no name in the header');
    expect(faultOf(cells(8, 'y'))?.fr).toBe('la cellule 8 n’a pas de nom dans l’en-tête');
    expect(faultOf(cells(7))?.en).toBe('expected 8 cells, as in the header; received 7');
    expect(faultOf([...cells(8), ' ', ''])).toBeUndefined();
    expect(hasRoomFor([...cells(8), ''], true)).toBe(true);
    expect(faultOf(cells(9, 'y'))?.fr).toBe('8 cellules attendues, comme dans l’en-tête ; 9 reçues');
    expect([
      hasRoomFor(cells(7), false),
      hasRoomFor(cells(8), false),
      hasRoomFor(cells(8), true),
      hasRoomFor(cells(7), true),
    ]).toEqual([true, false, true, false]);
    expect(isProduct(['jean', '170', ''], false)).toBe(true);
    expect(isProduct(['blue jean', '170', ''], false)).toBe(false);
    expect(isProduct(['skirt or dress', '170', ''], false)).toBe(true);
    expect(isProduct(['jean', 'heavy', ''], false)).toBe(false);
    expect(isProduct(['jean', '1,234 g', ''], false)).toBe(true);
    expect(isProduct(['jean', '170'], true)).toBe(false);
  });
});
