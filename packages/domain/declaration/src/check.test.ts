import { describe, expect, it } from 'vitest';
import { read, utils, type WorkSheet, write } from 'xlsx';
import { type CheckOptions, checkDeclarations } from './check.js';
import { HEADERS } from './columns.js';
import type { Organisation } from './organisation.js';
import { RefusedFileError, readDeclarationTable } from './read-table.js';
import { BOOK_JUMPER, bookOf, type Cells, csvOf, csvText, JUMPER } from './testing/sample-files.js';

const check = async (bytes: Buffer, name = 'file.csv', options?: CheckOptions) =>
  checkDeclarations(await readDeclarationTable(bytes, name), options);

/** `accepted`, or the fields and reasons of each row. */
async function verdicts(bytes: Buffer, name?: string, options?: CheckOptions) {
  const rows = await check(bytes, name, options);
  return rows.map(({ verdict, errors }) =>
    errors.length === 0 ? verdict : errors.map(({ path, reason }) => `${path.join('.')}: ${reason}`),
  );
}
const ofRow = async (changes: Cells, options?: CheckOptions) =>
  (await verdicts(csvOf([{ ...JUMPER, ...changes }]), 'file.csv', options))[0];
const ofBookRow = async (changes: Cells) => (await verdicts(bookOf([{ ...BOOK_JUMPER, ...changes }]), 'file.xlsx'))[0];
const valuesOf = async (changes: Cells) => (await check(csvOf([{ ...JUMPER, ...changes }])))[0]?.read.values;

/** Why a file is refused whole. */
const refusal = (bytes: Buffer, name = 'file.csv') =>
  check(bytes, name).then(
    (rows) => `${rows.length} rows`,
    (error) => {
      if (!(error instanceof RefusedFileError)) throw error;
      return `${error.stage}: ${error.reason}${error.columns ? ` ${error.columns.join()}` : ''}`;
    },
  );

describe('a row that is right', () => {
  it('is accepted and scored, in a CSV and in a book', async () => {
    for (const [bytes, name] of [
      [csvOf([JUMPER]), 'file.csv'],
      [bookOf([BOOK_JUMPER]), 'file.xlsx'],
    ] as const) {
      const [row] = await check(bytes, name);
      expect(row).toMatchObject({ verdict: 'accepted', errors: [], read: { row: 1, reference: 'PULL-1' } });
      expect(row?.ecs).toBeCloseTo(1985.0679081218393, 9);
    }
  });

  it('may have blanks around each cell', async () => {
    const [row] = await check(csvOf([{ ...JUMPER, 'Référence interne': ' PULL 1\t', 'Matière 2': ' Jute ' }]));
    expect(row).toMatchObject({ verdict: 'accepted', read: { reference: 'PULL 1' } });
  });

  it('may be in English, in ids, in any case and with slips that the portal forgives', async () => {
    const words = { Catégorie: 'sweater', 'Matière 1': 'EI-VISCOSE', 'Matière 1 origine': 'cn', Délavage: 'n o' };
    expect(await ofRow(words)).toBe('accepted');
    expect(await ofRow({ Catégorie: 'CALEÇON (TISSÉ)' })).toBe('accepted');
    expect(await ofRow({ "Taille de l'entreprise": 'Large company without repair service (note)' })).toBe('accepted');
  });
});

describe('numbers as the portal reads them', () => {
  it.each([
    ['-12', 12],
    ['5-6', 56],
    ['1e-3', 1000],
    ['1/2', 12],
    ['1\u202f234', 1],
    ['1\u00a0234', 1],
    ['1 234', 1234],
    ['1,234.5', 1.234],
    ['12 kg', 12],
    ['0x10', 0],
    ['(x) 5', 5],
  ])('%j is %d', async (text, mass) => {
    expect(await valuesOf({ 'Masse (en kg)': text })).toMatchObject({ mass });
  });

  it.each(['−12', '½', '=12', 'Infinity', '１２', '%12', '€12'])('%j is none', async (text) => {
    expect(await ofRow({ 'Masse (en kg)': text })).toEqual(['mass: mass_not_a_number_or_missing']);
  });

  it('a number of references beyond all numbers is blank', async () => {
    expect(await ofRow({ 'Nombre de références': '1e400' })).toBe('accepted');
    expect(await valuesOf({ 'Nombre de références': '1e400' })).toMatchObject({ numberOfReferences: undefined });
  });

  it('a small number of a book has a hyphen, and becomes a large one', async () => {
    const [row] = await check(bookOf([{ ...BOOK_JUMPER, 'Masse (en kg)': 0.0000001 }]), 'file.xlsx');
    expect(row?.read.values.mass).toBe(10_000_000);
    expect(row?.verdict).toBe('accepted');
  });

  it('a percentage of a CSV may have a sign, a book holds fractions', async () => {
    expect(await ofRow({ 'Matière 1 pourcentage': '%90' })).toBe('accepted');
    expect(await ofBookRow({ 'Matière 1 pourcentage': '0,9' })).toBe('accepted');
    expect(await ofBookRow({ 'Matière 1 pourcentage': 90 })).toEqual([
      'materials.0.share: material_share_above_maximum',
      'materials: shares_sum',
    ]);
    expect(await ofBookRow({ 'Matière 1 pourcentage': '90%' })).toEqual([
      'materials.0.share: material_share_above_maximum',
      'materials: shares_sum',
    ]);
  });
});

describe('limits', () => {
  it.each<[string, string, string]>([
    ['Masse (en kg)', '0.009', 'mass: mass_below_minimum'],
    ['Prix (en euros, TTC)', '0,99', 'price: price_below_minimum'],
    ['Nombre de références', '1000000', 'numberOfReferences: numberOfReferences_above_maximum'],
    ['Part du transport aérien', '100,1', 'airTransportRatio: airTransportRatio_above_maximum'],
    ['Score', '0,5', 'declaredScore: declaredScore_below_minimum'],
    ['Score', 'inconnu', 'declaredScore: declaredScore_below_minimum'],
    ['Score', '1e400', 'declaredScore: declaredScore_not_a_number_or_missing'],
    ['Matière 1 pourcentage', '1e400', 'materials.0.share: material_share_not_a_number_or_missing'],
    ['Quantité de zip long', '1e400', 'accessories.0.quantity: trim_quantity_not_a_number_or_missing'],
    ['Délavage', 'ja', 'fading: fading_not_yes_or_no'],
    ['Catégorie', 'Robe', 'category: category_not_in_vocabulary'],
    ['Origine de confection', 'Portugal', 'countryMaking: countryMaking_not_in_vocabulary'],
    ['Origine de filature', 'constructor', 'countrySpinning: countrySpinning_not_in_vocabulary'],
  ])('%s %s', async (header, text, error) => {
    expect(await ofRow({ [header]: text })).toEqual([error]);
  });

  it('a price above 1,000 € is scored as 1,000 €', async () => {
    const [dear, dearest] = await Promise.all(
      ['1000', '1500'].map(async (price) => (await check(csvOf([{ ...JUMPER, 'Prix (en euros, TTC)': price }])))[0]),
    );
    expect(dearest?.verdict).toBe('accepted');
    expect(dearest?.ecs).toBe(dear?.ecs);
  });

  it('a fraction where the engine wants a whole number passes all checks and blocks', async () => {
    for (const [changes, field] of [
      [{ 'Nombre de références': '9000,5' }, 'numberOfReferences'],
      [{ 'Quantité de zip long': '1,5' }, 'trims'],
    ] as const) {
      const [row] = await check(csvOf([{ ...JUMPER, ...changes }]));
      expect(row).toMatchObject({
        verdict: 'blocked',
        errors: [{ stage: 'engine', path: [field], reason: 'engine_refused' }],
      });
    }
  });

  it('a label is taken exactly where its simplified form is none of the words', async () => {
    expect(await ofRow({ 'Matière 1 origine': "Région - Europe de l'Est" })).toBe('accepted');
    expect(await ofRow({ 'Matière 1 origine': "Region - Europe de l'Est" })).toEqual([
      'materials.0.country: material_country_not_in_vocabulary',
    ]);
    expect(await ofRow({ 'Matière 1': 'Coton recyclé (déchets de production)' })).toBe('accepted');
    expect(await ofRow({ 'Matière 1': 'COTON RECYCLÉ (déchets de production)' })).toEqual([
      'materials.0.slug: material_slug_not_in_vocabulary',
    ]);
    expect(await ofRow({ 'Matière 1': 'coton-rdp' })).toBe('accepted');
  });
});

describe('shares', () => {
  const thirds = (text: string) => {
    const shares = { 'Matière 1 pourcentage': text, 'Matière 2 pourcentage': text, 'Matière 3 pourcentage': text };
    return ofRow({ ...shares, 'Matière 3': 'Lin' });
  };
  it('add up to 100 % within 1e-10', async () => {
    expect(await thirds('33.3')).toEqual(['materials: shares_sum']);
    expect(await thirds('33.3333333')).toEqual(['materials: shares_sum']);
    expect(await thirds('33.33333333')).toBe('accepted');
    expect(await ofRow({ 'Matière 2': '', 'Matière 1 pourcentage': '99.999999999' })).toBe('accepted');
    expect(await ofRow({ 'Matière 2': '', 'Matière 1 pourcentage': '100.0000000001' })).toEqual([
      'materials.0.share: material_share_above_maximum',
    ]);
  });

  it('are counted without empty materials, and one that is no number hides the sum', async () => {
    const gap = { 'Matière 2': '', 'Matière 4': 'Lin', 'Matière 4 pourcentage': 'dix' };
    expect(await ofRow(gap)).toEqual(['materials.1.share: material_share_not_a_number_or_missing']);
  });
});

describe('rules over several fields', () => {
  it('ask for a printing kind and its percentage together, of a list', async () => {
    expect(await ofRow({ "Type d'impression": 'Pigmentaire' })).toEqual([': printing_pair_incomplete']);
    expect(await ofRow({ "Pourcentage d'impression": '20' })).toEqual([': printing_pair_incomplete']);
    expect(await ofRow({ "Type d'impression": 'Fixé-lavé', "Pourcentage d'impression": '20,00 %' })).toBe('accepted');
    expect(await ofRow({ "Type d'impression": 'Fixé-lavé', "Pourcentage d'impression": '10 %' })).toEqual([
      'impressionPercentage: impressionPercentage_not_in_vocabulary',
    ]);
  });

  it('are looked at beside shares that do not add up', async () => {
    const both = { 'Matière 1 pourcentage': '33', "Type d'impression": 'Pigmentaire' };
    expect(await ofRow(both)).toEqual(['materials: shares_sum', ': printing_pair_incomplete']);
  });

  it('ask for the countries of fabric and dyeing unless remanufactured; wrong words hide them', async () => {
    const none = { 'Origine de tissage/tricotage': '', "Origine de l'ennoblissement/impression": '' };
    expect(await ofRow(none)).toEqual([': fabric_and_dyeing_required']);
    expect(await ofRow({ ...none, Remanufacturé: 'Oui' })).toBe('accepted');
    expect(await ofRow({ ...none, Remanufacturé: 'peut-être' })).toEqual(['upcycled: upcycled_not_yes_or_no']);
    expect(await ofRow({ ...none, 'Masse (en kg)': '0' })).toEqual([
      'mass: mass_below_minimum',
      ': fabric_and_dyeing_required',
    ]);
  });
});

describe('trims', () => {
  const trimsOf = async (changes: Cells, headers?: readonly string[]) => {
    const [row] = await check(csvOf([{ ...JUMPER, ...changes }], headers));
    return row?.read.hasDefaultTrims ? 'default' : row?.read.trims.map(({ slug, quantity }) => `${quantity} ${slug}`);
  };
  it('are the usual ones when all four cells are blank, and none when one is 0', async () => {
    expect(await trimsOf({})).toBe('default');
    expect(await trimsOf({ 'Quantité de zip court': '0' })).toEqual(['0 Zip court']);
    const [usual, none] = await Promise.all(
      ['', '0'].map(async (zip) => (await check(csvOf([{ ...JUMPER, 'Quantité de zip court': zip }])))[0]?.ecs),
    );
    expect(usual).not.toBe(none);
  });

  it('of an old template are read instead of the four quantities, even from a blank column', async () => {
    const old = [...HEADERS, 'Accessoire 1', 'Accessoire 1 quantité'];
    expect(await trimsOf({ 'Quantité de zip long': '3' }, old)).toEqual([]);
    expect(await trimsOf({ 'Accessoire 1': 'short zip', 'Accessoire 1 quantité': '2' }, old)).toEqual(['2 Zip court']);
    const withoutQuantities = [...HEADERS.slice(0, -4), 'Accessoire 1', 'Accessoire 1 quantité'];
    expect(await refusal(csvOf([JUMPER], withoutQuantities))).toBe('1 rows');
  });

  it('of any number are scored, to below nothing', async () => {
    const [row] = await check(csvOf([{ ...JUMPER, 'Quantité de bouton en plastique': '9999' }]));
    expect(row?.verdict).toBe('accepted');
    expect(row?.ecs).toBeLessThan(0);
  });
});

describe('barcode numbers', () => {
  it.each<[string, string[] | 'accepted']>([
    ['12345670', 'accepted'],
    ['12345671', ['gtins.0: gtin_check_digit']],
    ['1234567890129', ['gtins.0: gtin_check_digit']],
    ['123456789012', ['gtins.0: gtin_digits']],
    ['', ['gtins.0: gtin_digits', 'gtins.0: gtin_check_digit']],
    ['1,23457E+12', ['gtins.0: gtin_digits', 'gtins.0: gtin_check_digit']],
    ['12345670; 1234567890128', 'accepted'],
    ['12345670;', ['gtins.1: gtin_digits', 'gtins.1: gtin_check_digit']],
    ['12345670;12345670', ['gtins: gtin_repeated_in_file']],
    ['12345671;12345671', ['gtins: gtin_repeated_in_file']],
  ])('%j', async (gtins, expected) => {
    expect(await ofRow({ 'GTINs/EANs': gtins })).toEqual(expected);
  });

  it('of 12 digits are taken since August 2026', async () => {
    expect(await ofRow({ 'GTINs/EANs': '123456789012' }, { rules: 'august-2026' })).toBe('accepted');
  });

  it('in two rows refuse both, whatever else is wrong', async () => {
    const rows = [JUMPER, { ...JUMPER, 'GTINs/EANs': '12345670' }, { ...JUMPER, Catégorie: '?' }];
    const repeated = ['gtins: gtin_repeated_in_file'];
    expect(await verdicts(csvOf(rows))).toEqual([repeated, 'accepted', repeated]);
  });

  it('are parted by commas and lines in a book only', async () => {
    expect(await ofBookRow({ 'GTINs/EANs': '12345670,1234567890128' })).toBe('accepted');
    expect(await ofBookRow({ 'GTINs/EANs': '12345670\n1234567890128' })).toBe('accepted');
    expect(await ofRow({ 'GTINs/EANs': '12345670,1234567890128' })).toContain('gtins.0: gtin_digits');
  });
});

describe('scores', () => {
  it.each<[string, boolean]>([
    ['1985', true],
    ['2004,9', true],
    ['2004,95', false],
    ['1965,3', true],
    ['1965,2', false],
    ['0', true],
    ['0x10', true],
    ['-1985', true],
    ['361', false],
  ])('declared as %s against 1985.07: %s', async (text, isRight) => {
    expect(await ofRow({ Score: text })).toEqual(
      isRight ? 'accepted' : ['declaredScore: declared_score_off_by_more_than_1_percent'],
    );
  });

  it('are asked for as a column by a CSV, not by a book', async () => {
    const headers = HEADERS.filter((header) => header !== 'Score');
    expect(await verdicts(csvOf([JUMPER], headers))).toEqual([['declaredScore: declaredScore_below_minimum']]);
    expect(await verdicts(bookOf([BOOK_JUMPER], headers), 'file.xlsx')).toEqual(['accepted']);
  });

  it('that are wrong come with the computed one', async () => {
    const [row] = await check(csvOf([{ ...JUMPER, Score: '1' }]));
    expect(row?.ecs).toBeCloseTo(1985.0679081218393, 9);
  });
});

describe('brands', () => {
  const brand = (id: string, active = true) => ({ id, active });
  const organisation: Organisation = {
    brands: [{ ...brand('own'), default: true }, brand('asleep', false)],
    authorizedBy: [
      { active: true, from: { brands: [brand('partner'), brand('partner-asleep', false)] } },
      { active: false, from: { brands: [brand('former')] } },
    ],
  };
  const unauthorised = ['brandId: brand_not_authorised'];
  it.each<[string, string[] | 'accepted']>([
    ['', 'accepted'],
    ['own', 'accepted'],
    [' own ', 'accepted'],
    ['OWN', unauthorised],
    ['asleep', unauthorised],
    ['partner', 'accepted'],
    ['partner-asleep', unauthorised],
    ['former', ['brandId: brandId_not_in_vocabulary']],
    ['stranger', unauthorised],
  ])('%j', async (id, expected) => {
    expect(await ofRow({ 'Marque ID': id }, { organisation })).toEqual(expected);
  });

  it('that are wrong hide other faults, and the default brand may be asleep', async () => {
    expect(await ofRow({ 'Marque ID': 'x', Catégorie: '?' }, { organisation })).toEqual(unauthorised);
    const asleep = { brands: [{ ...brand('own', false), default: true }] };
    expect(await ofRow({}, { organisation: asleep })).toEqual(unauthorised);
    expect(await ofRow({}, { organisation: { brands: [brand('own')] } })).toEqual(unauthorised);
  });

  it('without barcode numbers must not give any', async () => {
    const without = { ...organisation, noGTIN: true };
    expect(await ofRow({ 'GTINs/EANs': '' }, { organisation: without })).toBe('accepted');
    expect(await ofRow({ 'GTINs/EANs': ';' }, { organisation: without })).toBe('accepted');
    expect(await ofRow({}, { organisation: without })).toEqual(['gtins: gtin_not_expected']);
    expect(await ofRow({ 'Marque ID': 'partner' }, { organisation: without })).toBe('accepted');
  });
});

describe('what was declared before', () => {
  const again = async (before: Cells, changes: Cells) => {
    const declared = (await check(csvOf([{ ...JUMPER, ...before }]))).map(({ read }) => read);
    return ofRow(changes, { declared });
  };
  const recent = ['gtins: gtin_declared_under_90_days_ago'];
  it('is unchanged when it says the same, in another spelling or order', async () => {
    const two = '1234567890128;12345670';
    expect(await again({}, {})).toBe('unchanged');
    expect(await again({}, { 'Masse (en kg)': '0.550' })).toBe('unchanged');
    expect(await again({ 'GTINs/EANs': two }, { 'GTINs/EANs': '12345670;1234567890128' })).toBe('unchanged');
  });

  it('is refused with any other content, before all else is looked at', async () => {
    expect(await again({}, { 'Masse (en kg)': '0,6' })).toEqual(recent);
    expect(await again({}, { 'Référence interne': 'X', Catégorie: '?' })).toEqual(recent);
    expect(await again({}, { Score: '1985' })).toEqual(recent);
    expect(await again({ 'GTINs/EANs': '' }, { 'GTINs/EANs': '' })).toContain('gtins.0: gtin_digits');
  });
});

describe('files', () => {
  it.each<[string, string]>([
    ['file.CSV', '1 rows'],
    ['a b é.csv', '1 rows'],
    ['folder/file.csv', '1 rows'],
    ['file.txt', 'gate: extension_not_allowed'],
    ['file.csv.txt', 'gate: extension_not_allowed'],
    ['.csv', 'gate: extension_not_allowed'],
    ['folder/.csv', 'gate: extension_not_allowed'],
  ])('are known by the name %j', async (name, expected) => {
    expect(await refusal(csvOf([JUMPER]), name)).toBe(expected);
  });

  it('may have 1,048,576 bytes', async () => {
    const padded = (bytes: number) => Buffer.concat([csvOf([JUMPER]), Buffer.alloc(bytes, '\n')]).subarray(0, bytes);
    expect(await refusal(padded(1_048_576))).toBe('1 rows');
    expect(await refusal(padded(1_048_577))).toBe('gate: too_large');
    const table = await readDeclarationTable(padded(1_048_577), 'file.csv', { anySize: true });
    expect(table.rows).toHaveLength(1);
  });

  it('must not look like a program at their beginning', async () => {
    const reference = { 'Référence interne': '<script>' };
    const first = ['Référence interne', ...HEADERS.filter((header) => header !== 'Référence interne')];
    expect(await refusal(csvOf([{ ...JUMPER, ...reference }]))).toBe('1 rows');
    expect(await refusal(csvOf([JUMPER], ['javascript:', ...first]))).toBe('gate: suspicious_content');
  });

  it.each([',', ';', '\t'])('may part cells by %j', async (delimiter) => {
    expect(await refusal(csvOf([JUMPER], HEADERS, delimiter))).toBe('1 rows');
    expect(await refusal(Buffer.from(csvText([JUMPER], HEADERS, delimiter).replaceAll('\n', '\r\n')))).toBe('1 rows');
  });

  it('are refused with another delimiter, a title or a sep= line above the header', async () => {
    const missing = expect.stringMatching(/^parse: missing_columns /);
    expect(await refusal(csvOf([JUMPER], HEADERS, '|'))).toEqual(missing);
    for (const line of ['sep=,', 'Nos produits', '# note']) {
      expect(await refusal(Buffer.from(`${line}\n${csvText([JUMPER])}`))).toEqual(missing);
    }
  });

  it.each<[string, BufferEncoding | 'bom', string]>([
    ['UTF-8', 'utf8', '1 rows'],
    ['UTF-8 with a byte order mark', 'bom', '1 rows'],
    ['Latin-1', 'latin1', '1 rows'],
  ])('may be %s', async (_, encoding, expected) => {
    const text = csvText([JUMPER]);
    const bytes = encoding === 'bom' ? Buffer.from(`\ufeff${text}`) : Buffer.from(text, encoding);
    expect(await refusal(bytes)).toBe(expected);
  });

  it('may have their mark before a quoted header, of which the most frequent delimiter is taken', async () => {
    const quoted = HEADERS.map((header) => `"${header}"`).join(';');
    const [, row] = csvText([JUMPER], HEADERS, ';').split('\n');
    expect(await refusal(Buffer.from(`\ufeff${quoted}\n${row}\n`))).toBe('1 rows');
  });

  it('may be UTF-16 with its mark when little-endian only', async () => {
    const little = Buffer.from(`\ufeff${csvText([JUMPER])}`, 'utf16le');
    expect(await refusal(little)).toBe('1 rows');
    expect(await refusal(Buffer.from(little).swap16())).toBe('parse: encoding_not_supported');
  });

  it('lose their accents to one broken byte, and signs of Windows-1252 to Latin-1', async () => {
    const broken = csvOf([{ ...JUMPER, 'Référence interne': 'PULL-?' }]);
    broken[broken.indexOf('?')] = 0xe9;
    expect(await refusal(broken)).toMatch(/^parse: missing_columns .*categorie/);
    const text = csvText([{ ...JUMPER, 'Référence interne': 'prix 10 E' }]);
    const windows = Buffer.from(text, 'latin1');
    windows[windows.indexOf('10 E') + 3] = 0x80;
    expect((await check(windows))[0]?.read.reference).toBe('prix 10 \u0080');
  });

  it('are refused for one row with a cell too many or too few, and for stray quotes', async () => {
    const text = csvText([JUMPER, JUMPER]).trimEnd();
    expect(await refusal(Buffer.from(`${text},`))).toBe('parse: ragged_rows');
    expect(await refusal(Buffer.from(`${text.slice(0, -1)}`))).toBe('parse: ragged_rows');
    expect(await refusal(Buffer.from(text.replace('PULL-1', 'PULL "1"')))).toBe('parse: csv_opening_quote');
    expect(await refusal(Buffer.from(text.replace('PULL-1', '"PULL" 1')))).toBe('parse: csv_closing_quote');
    const open = csvText([{ 'Référence interne': 'PULL-1' }]).replace('PULL-1', '"PULL');
    expect(await refusal(Buffer.from(open))).toBe('parse: csv_quote_not_closed');
  });

  it('count rows without blank lines in a CSV, with them in a book', async () => {
    const rows = async (bytes: Buffer, name?: string) => (await check(bytes, name)).map(({ read }) => read.row);
    const [header, row] = csvText([JUMPER]).split('\n');
    expect(await rows(Buffer.from(`${header}\n${row}\n\n\n${row}\n`))).toEqual([1, 2]);
    expect(await rows(bookOf([BOOK_JUMPER, {}, BOOK_JUMPER]), 'file.xlsx')).toEqual([1, 3]);
    expect(await rows(Buffer.from(`${header}\n`))).toEqual([]);
  });
});

describe('headers', () => {
  it.each([
    ['Catégorie', 'CATEGORIE'],
    ['Catégorie', ' Catégorie '],
    ['Remanufacturé', 'Remanufacture'],
    ['Masse (en kg)', 'Masse'],
    ['Masse (en kg)', 'Masse (en g)'],
    ['Délavage', 'Dé-lavage (oui ou non)'],
  ])('%j may be %j', async (from, to) => {
    expect(await refusal(Buffer.from(csvText([JUMPER]).replace(from, to)))).toBe('1 rows');
  });

  it.each([
    ["Taille de l'entreprise", 'Taille de l’entreprise', 'tailledelentreprise'],
    ['Origine de filature', 'Origine de\u00a0filature', 'originedefilature'],
    ['Délavage', 'Délavages', 'delavage'],
    ['Origine de confection', 'Origin of making', 'originedeconfection'],
  ])('%j must not be %j', async (from, to, key) => {
    expect(await refusal(Buffer.from(csvText([JUMPER]).replace(from, to)))).toBe(`parse: missing_columns ${key}`);
  });

  it('may be missing for the brand and for materials from the second on', async () => {
    const few = HEADERS.filter((header) => header !== 'Marque ID' && !/^Matière ([3-9]|1\d)/.test(header));
    expect(await refusal(csvOf([JUMPER], few))).toBe('1 rows');
    for (const header of ['Matière 1 origine', 'Quantité de zip long']) {
      expect(
        await refusal(
          csvOf(
            [JUMPER],
            HEADERS.filter((one) => one !== header),
          ),
        ),
      ).toMatch(/missing_columns/);
    }
  });

  it('that stand twice count the last time, even blank; unknown ones count nothing', async () => {
    const text = csvText([JUMPER], [...HEADERS, 'Couleur']);
    expect(await refusal(Buffer.from(text))).toBe('1 rows');
    expect(await verdicts(Buffer.from(text.replace('Couleur', 'Masse')))).toEqual([
      ['mass: mass_not_a_number_or_missing'],
    ]);
  });
});

describe('books', () => {
  it('are read from the sheet "Produits", or else from the first', async () => {
    expect(await refusal(bookOf([BOOK_JUMPER], HEADERS, 'Feuil1'), 'file.xlsx')).toBe('1 rows');
    const book = read(bookOf([], ['Notes'], 'Notes'));
    utils.book_append_sheet(book, read(bookOf([BOOK_JUMPER])).Sheets.Produits as WorkSheet, 'Produits');
    expect(await refusal(write(book, { type: 'buffer', bookType: 'xlsx' }), 'file.xlsx')).toBe('1 rows');
    // What an old program saved under the new ending is read all the same.
    const old = read(bookOf([BOOK_JUMPER]));
    expect(await refusal(write(old, { type: 'buffer', bookType: 'biff8' }), 'file.xlsx')).toBe('1 rows');
  });

  it('that are damaged, empty or have a number for a header are refused whole', async () => {
    const book = bookOf([BOOK_JUMPER]);
    expect(await refusal(book.subarray(0, book.length / 2), 'file.xlsx')).toBe('parse: xlsx_unreadable');
    expect(await refusal(bookOf([], []), 'file.xlsx')).toBe('parse: xlsx_empty');
    expect(await refusal(bookOf([BOOK_JUMPER], [...HEADERS, 2026]), 'file.xlsx')).toBe('parse: xlsx_header_not_text');
  });

  it('of which one row has no cell for the category are refused whole; a blank there is the fault of a row', async () => {
    const { Catégorie: _, ...without } = BOOK_JUMPER;
    expect(await refusal(bookOf([BOOK_JUMPER, without]), 'file.xlsx')).toBe('parse: database_field_missing');
    expect(await ofBookRow({ Catégorie: ' ' })).toEqual(['category: category_not_in_vocabulary']);
  });

  it('that are a CSV by their content lose accents', async () => {
    expect(await refusal(csvOf([JUMPER]), 'file.xlsx')).toMatch(/^parse: missing_columns/);
  });

  it('that unpack to more than memory holds are not unpacked', async () => {
    const entry = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.alloc(42)]);
    const bomb = Buffer.concat([entry, entry]);
    bomb.writeUInt32LE(4_000_000_000, entry.length + 24);
    expect(await refusal(bomb, 'file.xlsx')).toBe('parse: xlsx_too_large');
  });

  it('hold TRUE for yes, and refuse 1', async () => {
    expect(await ofBookRow({ Délavage: true })).toBe('accepted');
    expect(await ofBookRow({ Délavage: 1 })).toEqual(['fading: fading_not_yes_or_no']);
  });
});
