import { describe, expect, it } from 'vitest';
import { compareScores, headerWarnings, misreadings } from './advice.js';
import { checkDeclarations } from './check.js';
import { HEADERS } from './columns.js';
import { GTIN_LENGTHS, hasCheckDigit, hasGtinLength, withCheckDigit } from './gtin.js';
import { meantNumber } from './meant.js';
import { readDeclarationTable } from './read-table.js';
import { type Cells, csvOf, csvText, JUMPER } from './testing/sample-files.js';
import { repairOf, repairOfFile } from './words.js';

const tableOf = (changes: Cells, headers = HEADERS) =>
  readDeclarationTable(csvOf([{ ...JUMPER, ...changes }], headers), 'file.csv');
const misreadOf = async (changes: Cells) => (await tableOf(changes)).rows.flatMap(misreadings);

describe('the number that a text means', () => {
  it.each<[string, number | undefined]>([
    ['0,55', 0.55],
    ['.5', 0.5],
    ['5,', 5],
    ['-12', -12],
    ['−12', -12],
    ['1e-3', 0.001],
    ['1 234', 1234],
    ['1\u202f234,5', 1234.5],
    ['1’234', 1234],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ['1,234', 1.234],
    ['90,00 %', 90],
    ['12 €', 12],
    ['1553 pts', 1553],
    ['5-6', undefined],
    ['1/2', undefined],
    ['12 34', undefined],
    ['12,5,3', undefined],
    ['abc', undefined],
    ['', undefined],
  ])('%j: %s', (text, number) => {
    expect(meantNumber(text)).toBe(number);
  });
});

describe('cells that the portal misreads', () => {
  it.each<[string, string, number, number | undefined]>([
    ['Masse (en kg)', '5-6', 56, undefined],
    ['Masse (en kg)', '1e-3', 1000, 0.001],
    ['Prix (en euros, TTC)', '1\u00a0234', 1, 1234],
    ['Prix (en euros, TTC)', '-12', 12, -12],
    ['Nombre de références', '1,234.5', 1.234, 1234.5],
    ['Matière 1 pourcentage', '-90', 90, -90],
    ['Quantité de zip long', '1/2', 12, undefined],
    ['Score', '0x10', 0, undefined],
  ])('%s %j is told with both readings', async (header, text, readAs, meant) => {
    expect(await misreadOf({ [header]: text })).toEqual([expect.objectContaining({ text, readAs, meant })]);
  });

  it('are none of those that it reads well, nor texts', async () => {
    const fine = {
      'Masse (en kg)': '0,5',
      'Prix (en euros, TTC)': '1 234,50 €',
      Score: '',
      'Référence interne': '5-6',
    };
    expect(await misreadOf(fine)).toEqual([]);
    expect(await misreadOf({ 'Masse (en kg)': 'abc' })).toEqual([]);
  });
});

describe('headers that are not taken as they are written', () => {
  const warnings = async (text: string) =>
    headerWarnings(await readDeclarationTable(Buffer.from(text), 'file.csv')).map(({ en }) => en);
  it('are told: units, columns that stand twice, old columns of trims', async () => {
    const text = csvText([JUMPER]);
    expect(await warnings(text)).toEqual([]);
    expect(await warnings(text.replace('Masse (en kg)', 'Masse (en g)'))).toEqual([
      expect.stringContaining('"Masse (en g)" is read as "Masse (en kg)"'),
    ]);
    expect(await warnings(csvText([JUMPER], [...HEADERS, 'Masse']))).toEqual([
      expect.stringContaining('"Masse (en kg)" stands twice'),
    ]);
    expect(await warnings(csvText([JUMPER], [...HEADERS, 'Accessoire 1']))).toEqual([
      expect.stringContaining('"Accessoire 1" is of an old template'),
    ]);
  });
});

describe("the portal's score beside that of what is given", () => {
  const compare = async (changes: Cells) => {
    const table = await tableOf(changes);
    const [row] = checkDeclarations(table);
    if (row === undefined) throw new Error('a row is expected');
    return compareScores(row, table.rows.flatMap(misreadings));
  };
  it('is the same where nothing is misread, clamped or left out', async () => {
    const { asPortal, asGiven, difference } = await compare({});
    expect(asPortal).toEqual({ ecs: expect.closeTo(1985.0679081218393, 9) });
    expect(asGiven).toEqual(asPortal);
    expect(difference).toBe(0);
  });

  it('differs by what is misread', async () => {
    const { asPortal, asGiven, difference } = await compare({ 'Nombre de références': '1e4', 'Masse (en kg)': '5e-1' });
    const half = await compare({ 'Nombre de références': '10000', 'Masse (en kg)': '0.5' });
    const five = await compare({ 'Nombre de références': '10000', 'Masse (en kg)': '50' });
    expect(asPortal).toEqual(five.asPortal);
    expect(asGiven).toEqual(half.asPortal);
    expect(difference).toBeGreaterThan(1000);
  });

  it('scales a percentage as meant', async () => {
    const { asPortal, asGiven } = await compare({ 'Part du transport aérien': '7e-1' });
    expect(asPortal).toEqual((await compare({ 'Part du transport aérien': '70' })).asPortal);
    const { ecs } = (await compare({ 'Part du transport aérien': '0.7' })).asPortal as { ecs: number };
    expect(asGiven).toEqual({ ecs: expect.closeTo(ecs, 9) });
  });

  it('is all there is where the method refuses what is given', async () => {
    expect(await compare({ 'Prix (en euros, TTC)': '1500' })).toMatchObject({
      asPortal: { ecs: expect.any(Number) },
      asGiven: { refusedField: 'price' },
      difference: undefined,
    });
    expect(await compare({ 'Quantité de zip long': '0' })).toMatchObject({ asGiven: { refusedField: 'trims' } });
  });

  it('tells what the portal assumes', async () => {
    expect((await compare({ 'Quantité de zip long': '1' })).assumed).toEqual({});
    const blank = {
      'Nombre de références': '',
      'Prix (en euros, TTC)': '',
      "Taille de l'entreprise": '',
      'Part du transport aérien': '',
    };
    expect((await compare(blank)).assumed).toEqual({
      business: 'large-business-without-services',
      numberOfReferences: 100_000,
      price: 20,
      airTransportRatio: 1,
      trims: [{ id: 'd56bb0d5-7999-4b8b-b076-94d79099b56a', quantity: 5 }],
    });
    expect((await compare({ ...blank, 'Origine de confection': 'Turquie' })).assumed.airTransportRatio).toBe(0);
  });
});

describe('repairs', () => {
  const repair = async (changes: Cells) => {
    const [row] = checkDeclarations(await tableOf(changes));
    return row?.errors.map((error) => repairOf(error, row.read));
  };
  it('name the column and what it may hold, in both languages', async () => {
    expect(await repair({ 'Masse (en kg)': '0' })).toEqual([
      { fr: 'Masse (en kg) : le minimum est 0.01', en: 'Masse (en kg): the minimum is 0.01' },
    ]);
    const [country] = (await repair({ 'Origine de confection': 'Portugal' })) ?? [];
    expect(country?.fr).toMatch(/^Origine de confection : .*Région - Europe de l'Ouest/);
    const [printing] = (await repair({ "Type d'impression": 'pigment', "Pourcentage d'impression": '10' })) ?? [];
    expect(printing?.en).toMatch(/1 %, 5 %, 20 %, 50 %, 80 %$/);
  });

  it('name the column of a material, not its place among the filled ones', async () => {
    const gap = { 'Matière 2': '', 'Matière 5': 'Lin', 'Matière 5 pourcentage': 'dix' };
    expect((await repair(gap))?.[0]?.en).toMatch(/^Matière 5 pourcentage: /);
  });

  /** What a repair names that is no column of its own. */
  const SEVERAL = [
    'Matières',
    'Quantités d’accessoires',
    'Nombre de références et quantités d’accessoires',
    "Donnez l'origine de tissage/tricotage et celle de l'ennoblissement",
  ];
  it('are words for every fault, and name columns of the file', async () => {
    const everything = Object.fromEntries(HEADERS.map((header) => [header, '?']));
    const repairs = [
      ...((await repair(everything)) ?? []),
      ...((await repair({ 'GTINs/EANs': '12345670;12345670' })) ?? []),
      ...((await repair({ Score: '1' })) ?? []),
      ...((await repair({ Score: '1e999' })) ?? []),
      ...((await repair({ 'Quantité de zip long': '1,5' })) ?? []),
      ...((await repair({ 'Matière 1': '', 'Origine de tissage/tricotage': '' })) ?? []),
    ];
    expect(repairs.length).toBeGreaterThan(30);
    for (const { fr, en } of repairs) {
      expect([...HEADERS, ...SEVERAL]).toContain(fr.split(' : ')[0]);
      expect(fr).toMatch(/ /);
      expect(en).not.toMatch(/_|\{|undefined/);
    }
  });

  it('of a file name the columns that are missing', async () => {
    const refused = await tableOf({}, HEADERS.slice(1)).catch((error) => error);
    expect(repairOfFile(refused).en).toMatch(/^missing columns: GTINs\/EANs /);
  });
});

describe('check digits', () => {
  it.each(['1234567890128', '12345670', '036000291452', '4234567899944', '10012345678902'])('%s is right', (gtin) => {
    expect(hasCheckDigit(gtin)).toBe(true);
    expect(withCheckDigit(gtin.slice(0, -1))).toBe(gtin);
    for (let digit = 0; digit < 10; digit++) {
      const other = `${gtin.slice(0, -1)}${digit}`;
      expect(hasCheckDigit(other)).toBe(other === gtin);
    }
  });

  it('are no letters, and nothing has none', () => {
    for (const text of ['', 'abc', '1234567O', '１2345670']) expect(hasCheckDigit(text)).toBe(false);
    expect(hasGtinLength('10012345678902', GTIN_LENGTHS['trade-units'])).toBe(true);
    expect(hasGtinLength('10012345678902', GTIN_LENGTHS['august-2026'])).toBe(false);
    expect(hasGtinLength('1234567 ', GTIN_LENGTHS['may-2026'])).toBe(false);
  });
});
