import type { FileMapping } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { utils, write } from 'xlsx';
import { inspectProducts } from './inspect-products.js';
import { openMapping } from './open-mapping.js';
import { readProducts } from './read-products.js';

const mapped = (given: Partial<FileMapping> = {}) => openMapping({ columns: {}, values: {}, ...given });
async function* once(content: string | Buffer) {
  yield Buffer.from(content);
}
/** The method of these tests refuses masses beyond 10 kg. */
const check = (product: unknown) => (Number((product as { mass?: unknown }).mass) > 10 ? { mass: 'trop lourd' } : {});
const inspect = (content: string | Buffer, given?: Partial<FileMapping>, language: 'fr' | 'en' = 'fr') =>
  inspectProducts(once(content), { language, check, mapping: given && mapped(given) });

const TABLE = [
  'Printemps 2026',
  'SKU;Modèle;Poids;Composition 1;Matière 1;Couleur;',
  'A1;Jupe;120;x;Coton bio GOTS;rouge;',
  'A2;Kilt;0,3;x;Lin;;',
  'A3;Jupe;1,5;x;Coton bio GOTS;bleu;',
  'A4;Jupe;0,2;x;Coton recyclé;bleu;',
].join('\r\n');

describe('an inspection', () => {
  it('tells how each column is understood, what is missing, and shows cells', async () => {
    const told = await inspect(TABLE);
    expect(told).toMatchObject({
      format: 'csv',
      encoding: 'utf-8',
      separator: ';',
      sheet: null,
      header_line: 2,
      unmapped: ['Modèle', 'Composition 1', 'Couleur'],
      missing: ['product'],
      // What is needed is to be found: how the rows are judged is told when it is.
      rows: 4,
      is_complete: true,
      checked: 0,
    });
    expect(told.columns.map(({ column, header, field, how }) => [column, header, field, how])).toEqual([
      [1, 'SKU', 'reference', 'label'],
      [2, 'Modèle', null, 'unknown'],
      [3, 'Poids', 'mass', 'label'],
      [4, 'Composition 1', null, 'unknown'],
      [5, 'Matière 1', 'material1', 'label'],
      [6, 'Couleur', null, 'unknown'],
      [7, '', null, 'nameless'],
    ]);
    expect(told.columns[1]?.problem).toContain('dites quel champ');
    expect(told.columns[0]?.problem).toBeUndefined();
    expect(told.columns.map(({ examples }) => examples)).toEqual([
      ['A1', 'A2', 'A3'],
      ['Jupe', 'Kilt'],
      ['120', '0,3', '1,5'],
      ['x'],
      ['Coton bio GOTS', 'Lin', 'Coton recyclé'],
      ['rouge', 'bleu'],
      [],
    ]);
    // Every field that may be meant, without our units, and what the unknown word may be.
    const names = new Map(told.fields.map(({ id, name }) => [id, name]));
    expect([...names].slice(0, 2)).toEqual([
      ['reference', 'Référence interne'],
      ['name', 'Nom du produit'],
    ]);
    for (const [id, name] of [
      ['mass', 'Masse'],
      ['price', 'Prix'],
      ['material5Spinning', 'Filature matière 5'],
      ['printingKind', 'Type d’impression'],
      ['metalButtons', 'Boutons en métal'],
    ] as const)
      expect(names.get(id)).toBe(name);
    expect(names.has('material6')).toBe(false);
    expect(Object.keys(told.choices)).toEqual(['material']);
    const materials = told.choices.material?.map(({ name }) => name) ?? [];
    expect(materials).toEqual([...materials].sort((a, b) => a.localeCompare(b, 'fr')));
    expect(told.choices.material).toContainEqual({ id: 'ei-coton-organic', name: 'Coton biologique' });
  });

  it('offers what a word may mean that names several things, and the region of a country', async () => {
    const told = await inspect('Type;Poids;Matière 1;Made in\nJupe;0,2;Coton recyclé;Portugal\n');
    const offered = told.columns.flatMap(({ unknown_values }) => unknown_values);
    expect(offered.map(({ value, named, near }) => [value, named, near.slice(0, 2).map(({ id }) => id)])).toEqual([
      ['Coton recyclé', 'material', ['coton-rdpc', 'coton-rdp']],
      ['Portugal', 'country', ['REO']],
    ]);
    const values = { material: { 'Coton recyclé': 'coton-rdp' }, country: { Portugal: 'REO' } };
    const corrected = await inspect('Type;Poids;Matière 1;Made in\nJupe;0,2;Coton recyclé;Portugal\n', { values });
    expect([corrected.refused, corrected.preview]).toEqual([
      0,
      [{ product: 'jupe', mass: 0.2, materials: [{ id: 'coton-rdp' }], countryMaking: 'REO' }],
    ]);
  });

  it.each([
    ['a sheet that has all stands behind one that does not', 'Rows', 2],
    ['no sheet has all', 'Stock', 1],
  ])('reads the rows of a workbook: %s', async (_, sheet, rows) => {
    const book = utils.book_new();
    const add = (name: string, cells: string[][]) => utils.book_append_sheet(book, utils.aoa_to_sheet(cells), name);
    const stock = [
      ['Poids', 'Prix', 'Modèle'],
      ['0,2', '10', 'Jupe'],
    ];
    add('Stock', stock);
    if (sheet === 'Rows')
      add('Rows', [
        ['Type', 'Poids', 'Matière 1'],
        ['Jupe', '0,2', 'Lin'],
        ['Jean', '0,5', 'Lin'],
      ]);
    const told = await inspect(write(book, { type: 'buffer' }) as Buffer);
    expect([told.sheet, told.rows, told.columns.at(-1)?.examples.at(-1)]).toEqual([
      sheet,
      rows,
      sheet === 'Rows' ? 'Lin' : 'Jupe',
    ]);
    expect(told.missing.length > 0).toBe(sheet === 'Stock');
  });

  it('takes corrections, and tells what is wrong with which cell and what to write', async () => {
    const columns = { Modèle: 'product', Couleur: 'ignore', '#4': 'ignore' };
    const told = await inspect(TABLE, { columns, massUnit: 'kg' });
    expect(told).toMatchObject({
      unmapped: [],
      missing: [],
      rows: 4,
      refused: 4,
      checked: 0,
      preview: expect.any(Array),
    });
    expect(told.columns.map(({ field, how }) => [field, how]).slice(1, 6)).toEqual([
      ['product', 'mapping'],
      ['mass', 'label'],
      [null, 'ignored'],
      ['material1', 'label'],
      [null, 'ignored'],
    ]);
    expect(told.columns[0]?.examples).toEqual(['A1', 'A2', 'A3']);
    expect(told.columns[4]?.unknown_values).toEqual([
      {
        value: 'Coton bio GOTS',
        named: 'material',
        rows: 2,
        near: [
          { id: 'ei-coton-organic', name: 'Coton biologique' },
          { id: 'ei-coton', name: 'Coton' },
          { id: 'coton-rdpc', name: 'Coton recyclé (déchets post-consommation)' },
          { id: 'coton-rdp', name: 'Coton recyclé (déchets de production)' },
        ],
      },
      expect.objectContaining({ value: 'Coton recyclé', rows: 1 }),
    ]);
    expect(told.faults.map(({ line, column, header, value }) => [line, column, header, value])).toEqual([
      [3, 5, 'Matière 1', 'Coton bio GOTS'],
      [4, 2, 'Modèle', 'Kilt'],
      [5, 5, 'Matière 1', 'Coton bio GOTS'],
      [6, 5, 'Matière 1', 'Coton recyclé'],
    ]);
    expect(told.faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('proche : Coton biologique, Coton,'),
      '« Kilt » n’est connu de la méthode sous aucun nom',
      expect.anything(),
      '« Coton recyclé » peut être coton-rdpc ou coton-rdp : écrivez lequel',
    ]);
  });

  it('asks the method about rows that are read, and shows them as they are', async () => {
    const told = await inspect(TABLE, {
      columns: { Modèle: 'product' },
      values: {
        material: { 'coton BIO gots': 'Coton bio', 'Coton recyclé': 'coton-rdp' },
        product: { Kilt: 'jupe' },
      },
    });
    expect(told).toMatchObject({ rows: 4, refused: 1, checked: 4 });
    expect(told.faults).toEqual([{ line: 3, column: 3, header: 'Poids', value: '120', message: 'trop lourd' }]);
    expect(told.preview[3]).toEqual({
      reference: 'A4',
      product: 'jupe',
      mass: 0.2,
      materials: [{ id: 'coton-rdp' }],
    });
    const grams = await inspect(TABLE, { columns: { Modèle: 'product' }, massUnit: 'g' });
    expect(grams.preview[0]).toMatchObject({ mass: 0.12 });
    // A header may be wrong; a cell is surer than its author.
    const table = 'product;Poids (kg);material1\njean;120;ei-coton\njean;0,2 kg;ei-coton\n';
    expect((await inspect(table, { massUnit: 'g' })).preview).toMatchObject([{ mass: 0.12 }, { mass: 0.2 }]);
  });

  it('speaks English, too', async () => {
    const told = await inspect('product,mass,material1,Colour\njean,1,wol,red\n', {}, 'en');
    expect([told.columns[3]?.problem, told.faults[0]?.message]).toEqual([
      'column not understood: say which field it fills, or that it is to be ignored',
      '"wol" is no name that the method knows',
    ]);
  });

  it('tells the sheet of a workbook, and the encoding of a text', async () => {
    const book = utils.book_new();
    utils.book_append_sheet(book, utils.aoa_to_sheet([['Notice'], ['rien']]), 'Notice');
    const rows = [
      ['Catégorie', 'Masse', 'Matière 1'],
      ['Jean', 0.5, 'Coton'],
    ];
    utils.book_append_sheet(book, utils.aoa_to_sheet(rows), 'Été');
    expect(await inspect(write(book, { type: 'buffer' }))).toMatchObject({
      format: 'xlsx',
      encoding: null,
      separator: null,
      sheet: 'Été',
      header_line: 1,
      rows: 1,
      refused: 0,
    });
    const text = 'Catégorie,Masse,Matière 1\nJean,0.5,Coton\n';
    expect(await inspect(Buffer.from(text, 'latin1'))).toMatchObject({ encoding: 'windows-1252', separator: ',' });
    expect(await inspect(Buffer.from(`\ufeff${text}`, 'utf16le'))).toMatchObject({ encoding: 'utf-16le', rows: 1 });
  });

  it('of JSON has no columns', async () => {
    expect(await inspect('[{"product":"jean","mass":11},\n{"product":"jean","mass":1}]')).toMatchObject({
      format: 'json',
      separator: null,
      header_line: null,
      columns: [],
      missing: [],
      rows: 2,
      refused: 1,
      faults: [{ line: 1, column: null, header: null, value: null, message: 'trop lourd' }],
    });
  });

  it('is bounded: 20 faults, 5 products, 3 examples, 1,000 rows for the method', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => `jean,${index < 1000 ? 11 : 12},ei-coton,c${index}`);
    const told = await inspect(`product,mass,material1,name\n${rows.join('\n')}\n`);
    expect(told).toMatchObject({ rows: 1200, checked: 1000, refused: 1000, is_complete: true });
    expect([told.faults.length, told.preview.length]).toEqual([20, 5]);
    expect(told.columns[3]?.examples).toEqual(['c0', 'c1', 'c2']);
  });

  it('ends at as many products as a job may have', async () => {
    expect(await inspect('{"mass":1}\n'.repeat(100_001))).toMatchObject({ rows: 100_000, is_complete: false });
  });
});

describe('a mapping', () => {
  it.each<[string, Partial<FileMapping>, string]>([
    [
      'a field',
      { columns: { A: 'colour' } },
      'columns.A: expected a field such as product, or ignore; received "colour"',
    ],
    ['what a value names', { values: { colour: {} } }, 'values: expected one of product, material, country, '],
    [
      'an id',
      { values: { material: { X: 'gold' } } },
      'values.material.X: expected an id of the method; received "gold"',
    ],
    ['an id that may be two', { values: { product: { X: 'Boxer' } } }, 'values.product.X: expected an id'],
  ])('that names what we do not know is refused: %s', (_, given, message) => {
    expect(() => mapped(given)).toThrow(
      expect.objectContaining({ words: { fr: expect.any(String), en: expect.stringContaining(message) } }),
    );
  });

  it('is surer than any name, by number than by header, and knows values in compositions and countries', async () => {
    const table =
      'Catégorie;Produit;Poids;Composition;Made in;X;X\nParis;Jean;2;95 % cotton bio GOTS, 5 % Lycra;Lisbonne;1;3\n';
    const items = [];
    for await (const item of readProducts(once(table), {
      mapping: mapped({
        columns: { Produit: 'Type de produit', Catégorie: 'name', '#7': 'price' },
        values: { material: { 'Cotton Bio Gots': 'ei-coton-organic' }, country: { Lisbonne: 'REO' } },
      }),
    })) {
      items.push('product' in item ? item.product : item);
    }
    expect(items).toEqual([
      {
        name: 'Paris',
        product: 'jean',
        mass: 2,
        materials: [
          { id: 'ei-coton-organic', share: 0.95 },
          { id: 'elasthane', share: 0.05 },
        ],
        countryMaking: 'REO',
        price: 3,
      },
    ]);
  });
});
