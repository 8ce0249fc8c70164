import { buffer } from 'node:stream/consumers';
import { LANGUAGES, type Language } from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { read } from 'xlsx';
import { arbitraryQuery } from '../../textile-method/src/testing/arbitrary-query.js';
import { readProducts } from './read-products.js';
import { filledFields, headerOf, orderedFields, productCell } from './write-products.js';
import { TABLE_FORMATS, TABLE_WRITERS, type TableFormat } from './write-tables.js';
import { columnLetters, type WrittenCell, writeWorkbook } from './write-workbook.js';

async function written(
  headers: readonly string[],
  rows: readonly (readonly WrittenCell[])[],
  format: TableFormat,
): Promise<Buffer> {
  return buffer(TABLE_WRITERS[format].write({ headers, rows: [rows] }, 'Produits'));
}

async function readBack(file: Buffer) {
  async function* once() {
    yield file;
  }
  const items = [];
  for await (const item of readProducts(once())) items.push('fault' in item ? item.message.en : item.product);
  return items;
}

async function throughFile(products: readonly object[], format: TableFormat, language: Language) {
  const fields = orderedFields(products.flatMap(filledFields));
  const rows = products.map((product) => fields.map((field) => productCell(field, language)(product)));
  const headers = fields.map((field) => headerOf(field, language));
  return readBack(await written(headers, rows, format));
}

const text = fc
  .oneof(
    fc.constantFrom(
      '=1+1',
      "'-A",
      "'",
      '-5',
      '1e5',
      '0012',
      '+33',
      '@x',
      'a;=b',
      'a\n=b',
      '"=x"',
      "''=x",
      '_x0041_',
      '<&>"',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  )
  // Blanks around a cell are none of it, and lines end in one way.
  .map((written) =>
    written
      .replace(/[\p{Cc}\p{Cs}\p{Cn}]/gu, '')
      .replaceAll('\ufeff', '')
      .trim(),
  )
  .filter((written) => written !== '');
const own = fc.record(
  {
    reference: text,
    name: text,
    brand: text,
    gtins: fc.array(fc.constantFrom('3760123456789', '12345670', '0012345678905'), { maxLength: 3 }),
    collection: text,
    season: text,
    tags: fc.array(text, { maxLength: 3 }),
    link: fc.webUrl(),
  },
  { requiredKeys: [] },
);

/** A yarn size that is a number in quotes is read as the number, and nulls as what is absent. */
const asRead = (product: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(product)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, key === 'yarnSize' && Number.isFinite(Number(value)) ? Number(value) : value]),
  );

describe.each(TABLE_FORMATS)('a table as %s', (format) => {
  it.each(LANGUAGES)('is read back as the products that were written, in %s', async (language) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(arbitraryQuery, own), { minLength: 1, maxLength: 4 }), async (given) => {
        const products = given.map(([query, more]) => asRead({ ...query, ...more }));
        expect(await throughFile(products, format, language)).toEqual(products);
      }),
      { numRuns: 30, seed: 19 },
    );
  });

  it('keeps every digit of figures', async () => {
    const product = {
      product: 'jean',
      mass: 0.123_456_789_012_345_68,
      materials: [
        { id: 'ei-coton', share: 1 / 3 },
        { id: 'ei-pet', share: 2 / 3 },
      ],
      airTransportRatio: 0.1 + 0.2,
      price: 1.234,
      makingWaste: 1e-7,
    };
    for (const language of LANGUAGES) expect(await throughFile([product], format, language)).toEqual([product]);
  });
});

it.each<[string, object, string[]]>([
  ['nothing', {}, []],
  [
    'what is told only',
    { product: 'jean', mass: 0.5, price: null, fading: false, brand: '' },
    ['product', 'mass', 'fading', 'brand'],
  ],
  [
    'materials one by one',
    {
      materials: [
        { id: 'ei-lin', share: 0.5 },
        { id: 'ei-pet', share: 0.5, country: 'FR', spinning: null },
      ],
    },
    ['material1', 'material1Share', 'material2', 'material2Share', 'material2Country'],
  ],
  ['as JSON what is no list of materials', { materials: ['ei-lin'] }, ['materials']],
  [
    'the last material that has columns',
    { materials: Array(99).fill({ id: 'ei-lin' }) },
    Array.from({ length: 99 }, (_, at) => `material${at + 1}`),
  ],
  ['as JSON more of them', { materials: Array(100).fill({ id: 'ei-lin' }) }, ['materials']],
  ['printing by its parts', { printing: { kind: 'pigment', ratio: 0.2 } }, ['printingKind', 'printingRatio']],
])('a product fills the columns of %s', (_what, product, fields) => {
  expect(orderedFields(filledFields(product))).toEqual(orderedFields(fields));
  expect(filledFields(product)).toHaveLength(fields.length);
});

describe('a workbook', () => {
  it('has numbers, texts that nothing computes, and a header that stays in place', async () => {
    const file = await written(
      ['A', 'B', 'C'],
      [
        ['=1+1', 0.5, null],
        [undefined, -1, 'é\n"<'],
      ],
      'xlsx',
    );
    const book = read(file, { type: 'buffer', cellFormula: true });
    const sheet = book.Sheets.Produits;
    expect(book.SheetNames).toEqual(['Produits']);
    expect([sheet?.A2, sheet?.B2, sheet?.C2, sheet?.A3, sheet?.B3, sheet?.C3]).toMatchObject([
      { t: 's', v: '=1+1' },
      { t: 'n', v: 0.5 },
      ...([undefined, undefined] as unknown as object[]),
      { t: 'n', v: -1 },
      { t: 's', v: 'é\n"<' },
    ]);
    expect(sheet?.A2?.f).toBeUndefined();
    expect(file.includes('worksheets/sheet1.xml')).toBe(true);
  });

  it('ends with the error of its rows', async () => {
    async function* rows(): AsyncGenerator<string[][]> {
      yield [['a']];
      throw new Error('database away');
    }
    await expect(buffer(writeWorkbook([{ name: 'x', headers: ['A'], rows: rows() }]))).rejects.toThrow('database away');
  });

  it('reads no more rows than are asked for, and stops when nobody reads', async () => {
    let [given, isOver] = [0, false];
    async function* rows(): AsyncGenerator<string[][]> {
      try {
        for (;;) {
          given += 1;
          yield Array.from({ length: 100 }, () => [Math.random().toString(36).repeat(20)]);
        }
      } finally {
        isOver = true;
      }
    }
    const file = writeWorkbook([{ name: 'x', headers: ['A'], rows: rows() }]);
    for await (const _ of file) if (given > 3) break;
    for (let turn = 0; turn < 1000 && !isOver; turn += 1) await new Promise(setImmediate);
    expect([isOver, given < 100]).toEqual([true, true]);
  });

  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [701, 'ZZ'],
    [702, 'AAA'],
  ])('has column %d at %s', (column, letters) => expect(columnLetters(column)).toBe(letters));
});

it('a CSV for French Excel has semicolons, decimal commas, and a byte order mark; one for English Excel the others', async () => {
  const rows = [['=a', -0.5, '1.5', 'x;y']];
  expect((await written(['A', 'B', 'C', 'D'], rows, 'csv-fr')).toString()).toBe('\ufeffA;B;C;D\n\'=a;-0,5;1.5;"x;y"\n');
  expect((await written(['A', 'B', 'C', 'D'], rows, 'csv')).toString()).toBe("\ufeffA,B,C,D\n'=a,-0.5,1.5,x;y\n");
});
