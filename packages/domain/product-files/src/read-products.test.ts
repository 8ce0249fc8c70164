import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unreadHeaders } from './csv-columns.js';
import { csvLines } from './csv-lines.js';
import { isFileFault } from './product-text.js';
import {
  DEFAULT_ITEM_LIMIT_BYTES,
  FILE_ENDINGS,
  type FileFormat,
  formatOfName,
  type ReadOptions,
  readProducts,
} from './read-products.js';
import { charsetOf } from './text-encoding.js';

const bytes = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.of(byte));

/** Reads a text given byte by byte: items as `[line, product]` or `[line, 'fault']`. */
async function read(text: string, options: ReadOptions = {}) {
  const items = [];
  for await (const item of readProducts(
    (async function* () {
      yield* bytes(text);
    })(),
    options,
  )) {
    items.push([item.line, 'fault' in item ? item.fault : item.product]);
  }
  return items;
}

describe('the format of a file', () => {
  it.each<[string, FileFormat | undefined]>([
    ['products.csv', 'csv'],
    ['products.TSV', 'csv'],
    ['a.b/products.json', 'json'],
    ['products.ndjson', 'ndjson'],
    ['products.jsonl', 'ndjson'],
    ['products', undefined],
    ['products.txt', undefined],
    ['products.xlsx', 'xlsx'],
    ['products.doc', undefined],
    ['-', undefined],
  ])('is told by its name: %s', (name, format) => {
    expect(formatOfName(name)).toBe(format);
  });

  it.each([
    [
      'an array',
      '[{"a":1},\n{"a":2}]',
      [
        [1, { a: 1 }],
        [2, { a: 2 }],
      ],
    ],
    [
      'lines',
      '{"a":1}\n\n{"a":2}',
      [
        [1, { a: 1 }],
        [3, { a: 2 }],
      ],
    ],
    ['one object on a line', '{"a":1}', [[1, { a: 1 }]]],
    ['one object on several lines', '\n{\n "a": 1\n}\n', [[2, { a: 1 }]]],
    [
      'lines of which the first is broken',
      '{"a":"1}\n{"a":2}\n',
      [
        [1, 'not-json'],
        [2, { a: 2 }],
      ],
    ],
    ['one object on lines that hold objects', '{"a": [\n{"b":1}\n]}', [[1, { a: [{ b: 1 }] }]]],
    ['a table', 'product,mass,material1\njean,1,x', [[2, { product: 'jean', mass: 1, materials: [{ id: 'x' }] }]]],
    ['nothing', '', []],
    ['blanks', '\n \n', []],
  ])('is told by its first line: %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it.each<[string, FileFormat]>([
    ['[{"a":1}', 'json'],
    ['{"a":1}', 'ndjson'],
    ['{"a":1}\n{"a"', 'ndjson'],
    ['{"a":"1}\n{"a":2}\n', 'ndjson'],
    ['{"a":"1}\n{"a":2\n', 'json'],
    ['{"a":[\n{"b":1}\n]}', 'json'],
    ['{\n"a":1}', 'json'],
    ['product,mass\n', 'csv'],
    ['', 'ndjson'],
  ])('is told once, when its first lines are whole: %j', async (text, format) => {
    const told: FileFormat[] = [];
    await read(text, { onFormat: (found) => told.push(found) });
    expect(told).toEqual([format]);
  });

  it('is what it is said to be', async () => {
    expect(await read('{"a":\n{"a":2}', { format: 'ndjson' })).toEqual([
      [1, 'not-json'],
      [2, { a: 2 }],
    ]);
    expect(await read('[1]\n[2]', { format: 'ndjson' })).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
    expect(await read('{"a":1}', { format: 'csv' })).toEqual([[1, 'bad-header']]);
    expect(await read('{"a":1}\n{"a":\n{"a":2}', { format: 'json' })).toEqual([
      [1, { a: 1 }],
      [2, 'not-json'],
      [3, { a: 2 }],
    ]);
  });
});

describe('a CSV file', () => {
  const header = 'product,mass,material1,material1Share';

  it('fills every field of a product', async () => {
    const columns = {
      reference: 'T-1',
      product: 'tshirt',
      mass: '0.17',
      material1: 'ei-coton',
      material1Share: '0.9',
      material1Country: 'TR',
      material1Spinning: 'UnconventionalSpinning',
      material2: 'ei-pet',
      material2Share: '0.1',
      countrySpinning: 'IN',
      countryFabric: 'IN',
      countryDyeing: 'PK',
      countryMaking: 'BD',
      fabricProcess: 'weaving',
      airTransportRatio: '0.5',
      business: 'small-business',
      disabledSteps: 'use eol|making',
      dyeingProcessType: 'continuous',
      fading: 'true',
      makingComplexity: 'low',
      makingDeadStock: '0.1',
      makingWaste: '0.2',
      numberOfReferences: '100',
      physicalDurability: '1',
      price: '20.5',
      printingKind: 'pigment',
      printingRatio: '0.3',
      surfaceMass: '200',
      upcycled: 'non',
      yarnSize: '40Nm',
      trims: '"[{""id"":""x"",""quantity"":1}]"',
    };
    const text = `${Object.keys(columns).join()}\n${Object.values(columns).join()}\n`;
    expect(await read(text)).toEqual([
      [
        2,
        {
          reference: 'T-1',
          product: 'tshirt',
          mass: 0.17,
          materials: [
            { id: 'ei-coton', share: 0.9, country: 'TR', spinning: 'UnconventionalSpinning' },
            { id: 'ei-pet', share: 0.1 },
          ],
          countrySpinning: 'IN',
          countryFabric: 'IN',
          countryDyeing: 'PK',
          countryMaking: 'BD',
          fabricProcess: 'weaving',
          airTransportRatio: 0.5,
          business: 'small-business',
          disabledSteps: ['use', 'eol', 'making'],
          dyeingProcessType: 'continuous',
          fading: true,
          makingComplexity: 'low',
          makingDeadStock: 0.1,
          makingWaste: 0.2,
          numberOfReferences: 100,
          physicalDurability: 1,
          price: 20.5,
          printing: { kind: 'pigment', ratio: 0.3 },
          surfaceMass: 200,
          upcycled: false,
          yarnSize: '40Nm',
          trims: [{ id: 'x', quantity: 1 }],
        },
      ],
    ]);
  });

  it.each([
    ['commas', ',', '0.17', 0.17],
    ['semicolons', ';', '0,17', 0.17],
    ['tabs', '\t', '0,17', 0.17],
    ['bars', '|', '0,17', 0.17],
    ['semicolons, and points in numbers', ';', '0.17', 0.17],
  ])('may be parted by %s', async (_, delimiter, mass, expected) => {
    const text = `\ufeffmass${delimiter}product${delimiter}material1\r\n${mass}${delimiter}jean${delimiter}a\r\n`;
    expect(await read(text)).toEqual([[2, { mass: expected, product: 'jean', materials: [{ id: 'a' }] }]]);
  });

  it('passes over rows of empty cells, whose lines count', async () => {
    expect((await read(`${header}\n,,,\njean,1,a,1\n , ,\n,,,,,\njean,2,,1\n`)).map(([line]) => line)).toEqual([3, 6]);
  });

  it('has materials in the order of their numbers, whatever that of the columns', async () => {
    const text = 'material2,material10,material2Share,material1,product,mass\nb,c,0.2,a,jean,1\n';
    expect(await read(text)).toMatchObject([[2, { materials: [{ id: 'a' }, { id: 'b', share: 0.2 }, { id: 'c' }] }]]);
  });

  it('takes an empty cell for an absent field, and passes on what it cannot read', async () => {
    expect(await read(`${header},price,fading\njean,heavy,a,1,,maybe\n`)).toEqual([
      [2, { product: 'jean', mass: 'heavy', materials: [{ id: 'a', share: 1 }], fading: 'maybe' }],
    ]);
  });

  it('counts lines, empty ones and those of quoted cells included', async () => {
    const lines = await read(`${header}\n\njean,1,"a\nb",1\njean,1,a,1\n\n\njean,1\njean,2,a,1`);
    expect(lines.map(([line, item]) => [line, typeof item])).toEqual([
      [3, 'object'],
      [5, 'object'],
      [8, 'string'],
      [9, 'object'],
    ]);
    expect(lines[2]).toEqual([8, 'bad-csv']);
  });

  it.each([
    ['a needed column is missing', 'product,material1\n'],
    ['no material has a column', 'product,mass\n'],
    ['a column stands twice', 'product,mass,Mass,material1\n'],
  ])('is refused when %s', async (_, text) => {
    expect(await read(text, { format: 'csv' })).toEqual([[1, 'bad-header']]);
  });

  it('tells which columns it ignores', async () => {
    let ignored: readonly string[] = [];
    await read(`${header},colour,material1Taste\njean,1,a,1,red,sweet\n`, {
      onHeader: ({ columns }) => {
        ignored = unreadHeaders(columns);
      },
    });
    expect(ignored).toEqual(['colour', 'material1Taste']);
  });

  it('takes quoted cells over several lines, and quotes in the middle of cells, as they are', async () => {
    const rows = ['jean,1,"a, ""b""\nand, c",1', 'jean,2,"32"" waist" ,1', 'jean,3,"Jean 32" L\'été,1', 'jean,4,5",1'];
    expect(await read(`${header}\n${rows.join('\n')}\njean,5,a,1`)).toEqual(
      [
        [2, 'a, "b"\nand, c'],
        [4, '32" waist'],
        [5, '"Jean 32" L\'été'],
        [6, '5"'],
        [7, 'a'],
      ].map(([line, id], index) => [line, { product: 'jean', mass: index + 1, materials: [{ id, share: 1 }] }]),
    );
  });

  it.each(['', ',', ',,,,,'])('ignores columns without a name and without cells: "%s"', async (more) => {
    expect(await read(`${header}${more}\njean,1,a,1${more}\n`)).toEqual([
      [2, { product: 'jean', mass: 1, materials: [{ id: 'a', share: 1 }] }],
    ]);
  });

  it('refuses a cell beyond the last column that has a name, and takes the index that pandas writes first', async () => {
    expect(await read(`${header},,\njean,1,a,1,,x\njean,1,a,1,,\n`)).toMatchObject([
      [2, 'bad-csv'],
      [3, {}],
    ]);
    expect(await read(`,${header}\n0,jean,1,a,1\n`)).toMatchObject([[2, { product: 'jean', mass: 1 }]]);
  });

  it.each(['0x10', '0b1', '1e999', 'Infinity', '1_0', '1 2', '--1'])('does not take %s for a number', async (mass) => {
    expect(await read(`${header}\njean,${mass},a,1\n`)).toMatchObject([[2, { mass }]]);
  });

  it.each(['sep=;', '"sep=;"', 'SEP=;'])('may name its delimiter in a first line: %s', async (first) => {
    const text = `\ufeff${first}\r\n${header.replaceAll(',', ';')};a,b,c,d,e,f\r\njean;0,5;a;1;\r\n`;
    expect(await read(text)).toMatchObject([[3, { mass: 0.5, materials: [{ id: 'a', share: 1 }] }]]);
  });

  it.each(['\n', '\r\n', '\r'])('may end its lines with %j', async (end) => {
    expect(await read([header, '', 'jean,1,a,1', 'jean,2,a,1', ''].join(end), { format: 'csv' })).toMatchObject([
      [3, { mass: 1 }],
      [4, { mass: 2 }],
    ]);
  });
});

/** A file of many products; `bad` stands in the place of the tenth. */
const LIMIT = 2000;
const COUNT = 400;
const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);
const csvOf = (rowOf: (mass: number) => string) =>
  ['reference,product,mass,material1', ...numbers.map(rowOf)].join('\n');
const csvRow = (mass: number) => `R${mass},jean,${mass},a`;
const massOf = ([, product]: unknown[]) => (product as { mass?: number }).mass;
const isFault = ([, product]: unknown[]) => typeof product === 'string';

async function* once(bytes: Buffer) {
  yield bytes;
}
async function readBytes(content: Buffer | string, options: ReadOptions = {}) {
  const items: [number, unknown][] = [];
  for await (const item of readProducts(once(Buffer.from(content)), { itemLimitBytes: LIMIT, ...options })) {
    items.push([item.line, 'fault' in item ? item.fault : item.product]);
  }
  return items;
}

describe('one bad row costs one row', () => {
  it.each([
    ['a quote that is not closed, at the start of its last cell', 'R10,jean,10,"5 inch'],
    ['one in the middle of the row', 'R10,"jean,10,a'],
    ['one in the first cell', '"R10,jean,10,a'],
    ['one that is a cell by itself', 'R10,jean,10,"'],
    ['three of them', 'R10,jean,10,"""'],
    ['two stray quotes', '"R10,jean,10,"a'],
    ['a closing quote that has text behind it, in too few cells', '"R10"x,jean'],
    ['too many cells', 'R10,jean,10,a,b'],
    ['too few cells', 'R10,jean'],
    ['a cell over the limit', `R10,jean,10,${'a'.repeat(3 * LIMIT)}`],
    ['a quoted cell over the limit', `R10,jean,10,"${'a'.repeat(3 * LIMIT)}"`],
    ['a quote that is not closed before a cell over the limit', `R10,jean,10,"${'a'.repeat(3 * LIMIT)}`],
    ['a NUL byte', 'R10,jean,10,a\0'],
  ])('in CSV: %s', async (_, bad) => {
    const items = await readBytes(csvOf((mass) => (mass === 10 ? bad : csvRow(mass))));
    expect(items.filter(isFault).map(([line]) => line)).toEqual([11]);
    expect(items.map(([line]) => line)).toEqual(numbers.map((number) => number + 1));
    expect(items.filter((item) => !isFault(item)).map(massOf)).toEqual(numbers.filter((number) => number !== 10));
  });

  it.each([
    ['a quoted cell over the limit, in many lines', `R10,jean,10,"${'a line,\n'.repeat(LIMIT)}"`, LIMIT],
    ['too few cells, one of them over two lines', 'R10,jean,"1\n0"', 1],
    ['too many cells, one of them over three lines', 'R10,jean,10,"a\n\nb",c,d', 2],
  ])('in CSV, in several lines: %s', async (_, bad, more) => {
    const items = await readBytes(csvOf((mass) => (mass === 10 ? bad : csvRow(mass))));
    expect(items.filter(isFault).map(([line]) => line)).toEqual([11]);
    expect(items.map(([line]) => line)).toEqual(numbers.map((number) => number + 1 + (number > 10 ? more : 0)));
  });

  it.each([
    [[10, 400], (mass: number) => `R${mass},jean,${mass},"5`],
    [[10, 11], (mass: number) => `R${mass},jean,${mass},"`],
    [[10], (mass: number) => (mass === 10 ? '"R10,jean,10,a' : csvRow(mass))],
    [[399, 400], (mass: number) => `"R${mass},jean,${mass},a`],
    [[400], () => 'R400,jean,400,"a'],
    [numbers, (mass: number) => `R${mass},jean,${mass},"5`],
  ])('with stray quotes in the CSV rows %j', async (places, bad) => {
    const items = await readBytes(csvOf((mass) => (places.includes(mass) ? bad(mass) : csvRow(mass))));
    expect(items.map(([line]) => line)).toEqual(numbers.map((number) => number + 1));
    expect(items.filter((item) => !isFault(item)).map(massOf)).toEqual(numbers.filter((n) => !places.includes(n)));
  });

  it('keeps a closing quote without an opening one as it is, also behind an opening one without a closing one', async () => {
    const rows = csvOf((mass) => ({ 10: 'R10,jean,10,"5', 390: 'R390,jean,390,a"' })[mass] ?? csvRow(mass));
    const items = await readBytes(rows);
    expect(items.filter(isFault)).toEqual([[11, 'bad-csv']]);
    expect(items[389]).toMatchObject([391, { mass: 390, materials: [{ id: 'a"' }] }]);
  });

  it('and a row with quotes, delimiters and lines in its cells is one', async () => {
    const cells = fc.string({ unit: fc.constantFrom('a', '"', '\n', ',', ' ', 'é'), maxLength: 8 });
    const rows = fc.array(fc.tuple(cells, cells), { minLength: 1, maxLength: 20 });
    const file = (list: [string, string][]) =>
      csvLines([
        ['reference', 'product', 'mass', 'material1'],
        ...list.map(([first, last], index) => [`a${first}`, 'jean', index, `a${last}`]),
      ]);
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const products = (await readBytes(file(list))).map(([, product]) => product);
        expect(products).toEqual(
          list.map(([first, last], mass) => ({
            reference: `a${first}`.trim(),
            product: 'jean',
            mass,
            materials: [{ id: `a${last}`.trim() }],
          })),
        );
      }),
      { seed: 3 },
    );
  });

  it('reads a row whose cell has several lines behind a stray quote', async () => {
    const rows = csvOf(
      (mass) => ({ 10: '"R10,jean,10,a', 11: '"R\n11",jean,11,a', 12: 'R12,jean,12,"\na"' })[mass] ?? csvRow(mass),
    );
    const items = await readBytes(rows);
    expect(items.filter(isFault)).toEqual([[11, 'bad-csv']]);
    expect(items.slice(9, 13).map(([line]) => line)).toEqual([11, 12, 14, 16]);
  });

  it('in a file of 20,000 rows that each have a stray quote, in no more time than it takes to read them', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `R${index},jean,${index % 2 ? index : 'x'},"5`);
    const items = await readBytes(`reference,product,mass,material1\n${rows.join('\n')}`, { itemLimitBytes: 262_144 });
    expect(items.every(isFault)).toBe(true);
    expect(items).toHaveLength(20_000);
  });

  const ndjsonRow = (mass: number) =>
    JSON.stringify({ reference: `R${mass}`, mass, parts: [{ id: 'a' }, { id: 'b' }] });
  it.each([
    ['broken', '{"reference": "R10'],
    ['over the limit', JSON.stringify({ reference: 'a'.repeat(3 * LIMIT) })],
    ['with a NUL byte', '{"reference": "\0"}'],
    ['with a stray quote', '{"reference":"5" x","mass":10}'],
  ])('in NDJSON: a line %s', async (_, bad) => {
    const items = await readBytes(numbers.map((n) => (n === 10 ? bad : ndjsonRow(n))).join('\n'), { format: 'ndjson' });
    expect(items.filter(isFault).map(([line]) => line)).toEqual([10]);
    expect(items.map(([line]) => line)).toEqual(numbers);
  });

  const broken = [
    ['over the limit', `{"reference":"${'a'.repeat(3 * LIMIT)}","mass":10}`],
    ['over the limit with a quote that is not closed', `{"reference":"${'a'.repeat(3 * LIMIT)},"mass":10}`],
    ['with a stray quote', '{"reference":"5" x","mass":10,"parts":[{"id":"a"}]}'],
    ['with a quote that is not closed', '{"reference":"R10,"mass":10,"parts":[{"id":"a"},{"id":"b"}]}'],
    ['without its closing brace', '{"reference":"R10","mass":10,"parts":[{"id":"a"}]'],
    ['without an inner bracket', '{"reference":"R10","mass":10,"parts":[{"id":"a"}}'],
    ['with a brace too many', '{"reference":"R10","mass":10}}'],
    ['that is no JSON', '{"reference":R10}'],
    ['that is a word', 'R10'],
    ['that is missing', ''],
  ] as const;
  it.each(broken.flatMap(([what, bad]) => [1, 10, COUNT].map((place) => [place, what, bad] as const)))(
    'in a JSON array: element %d %s',
    async (place, _, bad) => {
      for (const [between, lines] of [
        [',\n', true],
        [',', false],
      ] as const) {
        const text = `[${numbers.map((n) => (n === place ? bad : ndjsonRow(n))).join(between)}]`;
        for (const chunk of [text.length, 700]) {
          const items: unknown[][] = [];
          const chunks = (async function* () {
            for (let at = 0; at < text.length; at += chunk) yield Buffer.from(text.slice(at, at + chunk));
          })();
          for await (const item of readProducts(chunks, { format: 'json', itemLimitBytes: LIMIT })) {
            items.push([item.line, 'fault' in item ? item.fault : item.product]);
          }
          expect(items.filter((item) => !isFault(item)).map(massOf)).toEqual(numbers.filter((n) => n !== place));
          expect(items.map(([line]) => line)).toEqual(lines ? numbers : numbers.map(() => 1));
        }
      }
    },
  );

  it('in a JSON array with two stray quotes far apart', async () => {
    const bad = '{"reference":"5" x","mass":10}';
    const items = await readBytes(`[${numbers.map((n) => (n === 10 || n === 17 ? bad : ndjsonRow(n))).join(',')}]`);
    expect(items.filter((item) => !isFault(item)).map(massOf)).toEqual(numbers.filter((n) => n !== 10 && n !== 17));
    expect(items).toHaveLength(COUNT);
  });

  it.each([
    ['on its own line', '\n'],
    ['on the same line', ' '],
    ['right behind', ''],
  ])('in a JSON array: a comma that is missing costs no product, with the next one %s', async (_, between) => {
    const text = `[${numbers.map((n) => `${ndjsonRow(n)}${n === 10 || n === 11 ? between : ',\n'}`).join('')}{"mass":0}]`;
    expect((await readBytes(text)).map(massOf)).toEqual([...numbers, 0]);
  });

  it.each([
    ['has no end', '[{"mass":1},\n{"mass":2},{"mass":[3', [2, 'unclosed-array'], '10 octets'],
    ['goes on after its end', '[{"mass":1},\n{"mass":2}],\n{"mass":3}]', [2, 'after-array'], '13 octets'],
  ])('and an array that %s is not read on: said with its line and how much', async (_, text, expected, said) => {
    const items = [];
    for await (const item of readProducts(once(Buffer.from(text)))) items.push(item);
    const last = items.at(-1);
    expect(items).toHaveLength(3);
    expect(last).toMatchObject({
      line: expected[0],
      fault: expected[1],
      message: { fr: expect.stringContaining(said), en: expect.stringContaining(`${parseInt(said, 10)} bytes`) },
    });
  });
});

describe('the encoding of a text', () => {
  const text = 'reference,product,mass,material1\nÉté – Jupe déjà nº1 €,jupe,1,a\nR2,jean,2,a\n';
  const references = async (bytes: Buffer, options?: ReadOptions) =>
    (await readBytes(bytes, options)).map(([, item]) => (item as { reference?: string }).reference ?? item);
  const windows1252 = (of: string) => Buffer.from(of.replace('–', '\x96').replace('€', '\x80'), 'latin1');
  const utf16 = (of: string) => Buffer.from(`\ufeff${of}`, 'utf16le');
  const expected = ['Été – Jupe déjà nº1 €', 'R2'];

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`)],
    ['Windows-1252', windows1252(text)],
    ['UTF-16 with its mark', utf16(text)],
    ['UTF-16, big end first, with its mark', Buffer.from(utf16(text)).swap16()],
    ['UTF-16 without a mark', utf16(text).subarray(2)],
    ['UTF-16, big end first, without a mark', utf16(text).subarray(2).swap16()],
  ])('is found out: %s', async (_, bytes) => {
    expect(await references(bytes)).toEqual(expected);
    expect(await references(bytes, { format: 'csv' })).toEqual(expected);
    const items = [];
    for await (const item of readProducts(
      (async function* () {
        for (const byte of bytes) yield Buffer.of(byte);
      })(),
    )) {
      items.push('product' in item ? (item.product as { reference: string }).reference : item);
    }
    expect(items).toEqual(expected);
  });

  it.each([
    ['text/csv; charset=windows-1252', windows1252(text)],
    ['text/csv;charset="ISO-8859-1"', windows1252(text)],
    ['text/csv; charset=UTF-8; header=present', Buffer.from(text)],
    ['text/csv; charset=utf-16be', utf16(text).subarray(2).swap16()],
    ['text/csv', Buffer.from(text)],
    [undefined, Buffer.from(text)],
  ])('may be announced: %s', async (contentType, bytes) => {
    expect(await references(bytes, { charset: charsetOf(contentType) })).toEqual(expected);
  });

  it('is refused by name when it is one that we do not read', () => {
    expect(() => charsetOf('text/csv; charset=shift_jis')).toThrow(/charset.*utf-8.*windows-1252.*shift_jis/);
    expect(() => charsetOf('text/csv; charset=toString')).toThrow(/reçu : "tostring"/);
  });

  it.each([
    ['UTF-8', 'utf-8'],
    ['utf8', 'utf-8'],
    ['us-ascii', undefined],
    ['UTF-16', 'utf-16le'],
    ['utf-16le', 'utf-16le'],
    ['utf-16be', 'utf-16be'],
    ['iso-8859-1', 'windows-1252'],
    ['Latin1', 'windows-1252'],
    ['cp1252', 'windows-1252'],
    ['windows-1252', 'windows-1252'],
  ])('may be called %s', (name, charset) => {
    for (const type of [`text/csv;charset=${name}`, `text/csv ; Charset = "${name}"; header=present`])
      expect(charsetOf(type)).toBe(charset);
  });

  it('has in Windows-1252 the characters that Latin-1 has not', async () => {
    const written = [...'€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'];
    const codes = [...Array(32).keys()].map((place) => 0x80 + place);
    const given = codes.filter((code) => ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(code));
    const text = Buffer.from(`{"reference":"${String.fromCharCode(...given)}\xe9"}`, 'latin1');
    expect(await references(text)).toEqual([`${written.join('')}é`]);
    // The mark says more than what was announced.
    const marked = Buffer.from('\ufeff{"reference":"é"}');
    expect(await references(marked, { charset: 'windows-1252' })).toEqual(['é']);
    expect(await references(Buffer.from('{"reference":"é"}'), { charset: 'windows-1252' })).toEqual(['Ã©']);
  });

  it('is never guessed by halves: bytes that are not UTF-8 in a text that is cost their row', async () => {
    const rows = (bad: string) =>
      Buffer.concat([Buffer.from(text), Buffer.from(bad, 'latin1'), Buffer.from(csvRow(4))]);
    expect(await references(rows('\xe9,jean,3,a\n'))).toEqual([...expected, 'bad-csv', 'R4']);
    const known = { charset: charsetOf('text/csv; charset=utf-8') };
    expect(await references(windows1252(text), known)).toEqual(['bad-csv', 'R2']);
    const nothing = Buffer.from('reference,product,mass,material1\n\x81,jean,1,a\nR2,jean,2,a\n', 'latin1');
    expect(await references(nothing)).toEqual(['bad-csv', 'R2']);
  });

  it.each<[FileFormat, string]>([
    ['ndjson', '{"reference":"Été"}\n{"reference":"\xe9\xff"}\n{"reference":"R3"}'],
    ['json', '[{"reference":"Été"},\n{"reference":"\xe9\xff"},{"reference":"R3"}]'],
  ])('is that of each product in %s as well', async (format, content) => {
    const bytes = Buffer.from(content, 'latin1');
    expect(await references(bytes, { format })).toEqual(['Été', 'éÿ', 'R3']);
    const bad = Buffer.concat(
      content
        .split('Été')
        .map((part, index) => Buffer.concat([Buffer.from(index ? 'Été' : ''), Buffer.from(part, 'latin1')])),
    );
    expect(await references(bad, { format })).toEqual(['Été', 'not-text', 'R3']);
  });

  it('says that a text is not read on which stops being UTF-16', async () => {
    expect(await references(utf16(text).subarray(0, -3))).toEqual([...expected.slice(0, 1), 'bad-encoding']);
  });
});

it('reads no further than it is asked to, and closes its source', async () => {
  let isClosed = false;
  let chunksTaken = 0;
  async function* endless() {
    try {
      for (;;) {
        chunksTaken += 1;
        yield Buffer.from('{"a":1}\n');
      }
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of readProducts(endless())) break;
  expect({ isClosed, chunksTaken }).toEqual({ isClosed: true, chunksTaken: 1 });
});

/** Faults as `line code: words`. */
async function faultsOf(text: string | Buffer, options: ReadOptions = {}) {
  const faults: unknown[] = [];
  for await (const item of readProducts(once(Buffer.from(text)), options)) {
    if ('fault' in item) faults.push([item.line, item.fault, isFileFault(item), item.message]);
  }
  return faults;
}

describe('a fault is told in both languages, and whether it is one of the whole file', () => {
  const header = 'product,mass,material1\n';
  const csv = { format: 'csv' } as const;
  it.each<[string | Buffer, ReadOptions, [number, string, boolean, string, string]]>([
    [
      '{"a":1}\n{"a":"123456789"}\n',
      { itemLimitBytes: 14 },
      [
        2,
        'too-long',
        false,
        'this product goes beyond the limit of 14 bytes',
        'ce produit dépasse la limite de 14 octets',
      ],
    ],
    [
      `${header}jean,1,${'x'.repeat(30)}\n`,
      { itemLimitBytes: 30 },
      [
        2,
        'too-long',
        false,
        'this line goes beyond the limit of 30 bytes',
        'cette ligne dépasse la limite de 30 octets',
      ],
    ],
    [
      `${header}jean,1,"aaaaaaaaaa\nbbbbbbbbbb\nccccc"\n`,
      { itemLimitBytes: 30 },
      [
        2,
        'too-long',
        false,
        'this product, lines 2 to 4, goes beyond the limit of 30 bytes',
        'ce produit, lignes 2 à 4, dépasse la limite de 30 octets',
      ],
    ],
    [
      `${header}jean,1,"x\n`,
      {},
      [2, 'bad-csv', false, 'quote that is never closed (cell 3)', 'guillemet jamais refermé (cellule 3)'],
    ],
    [
      `${header}jean,1\n`,
      {},
      [
        2,
        'bad-csv',
        false,
        'expected 3 cells, as in the header; received 2',
        '3 cellules attendues, comme dans l’en-tête ; 2 reçues',
      ],
    ],
    [
      'product,mass,material1,\njean,1,a,x\n',
      {},
      [2, 'bad-csv', false, 'cell 4 has no name in the header', 'la cellule 4 n’a pas de nom dans l’en-tête'],
    ],
    [
      'product,material1\n',
      csv,
      [
        1,
        'bad-header',
        true,
        'missing columns: mass (the first line names the columns; a template: /files/template of the API, or "ecobalyse template")',
        'colonnes absentes : mass (la première ligne donne le nom des colonnes ; un modèle : /files/template de l’API, ou « ecobalyse template »)',
      ],
    ],
    [
      'product,mass,Mass,material1,material1,product\n',
      csv,
      [
        1,
        'bad-header',
        true,
        'repeated columns: Mass, material1, product',
        'colonnes répétées : Mass, material1, product',
      ],
    ],
    [
      'a,b\n',
      csv,
      [
        1,
        'bad-header',
        true,
        'these are no products: expected JSON ({ or [), or a table whose first line names the columns product, mass and material1 (or Category, Weight and Material 1); a template: /files/template of the API, or "ecobalyse template"',
        'ce ne sont pas des produits : attendu du JSON ({ ou [), ou une table dont une première ligne nomme les colonnes product, mass et material1 (ou Catégorie, Masse et Matière 1) ; un modèle : /files/template de l’API, ou « ecobalyse template »',
      ],
    ],
    [`${header}jean,1,a\0\n`, {}, [2, 'bad-csv', false, 'null character (U+0000)', 'caractère nul (U+0000)']],
    [
      Buffer.from(`${header}é,1,a\nxxx,2,a\n`.replace('xxx', '\xff').replace('é', '\xc3\xa9'), 'latin1'),
      {},
      [3, 'bad-csv', false, 'bytes that are not UTF-8', 'octets qui ne sont pas de l’UTF-8'],
    ],
    [
      Buffer.from('{"a":"\x81"}', 'latin1'),
      {},
      [
        1,
        'not-text',
        false,
        'bytes that are neither UTF-8 nor Windows-1252',
        'octets qui ne sont ni de l’UTF-8 ni du Windows-1252',
      ],
    ],
    [
      Buffer.from('\ufeff{"a":1}', 'utf16le').subarray(0, -1),
      {},
      [
        1,
        'bad-encoding',
        true,
        'what follows is no utf-16le text and is not read',
        'la suite n’est pas du texte utf-16le et n’est pas lue',
      ],
    ],
    [
      '[1]x y',
      {},
      [
        1,
        'after-array',
        true,
        'expected nothing behind the bracket that closes the JSON array: 3 bytes are not read',
        'rien n’est attendu après le crochet qui ferme le tableau JSON : 3 octets ne sont pas lus',
      ],
    ],
    [
      '[1,2',
      {},
      [
        1,
        'unclosed-array',
        true,
        'the JSON array is not closed: the 1 bytes behind its last comma are not read',
        'le tableau JSON n’est pas fermé : les 1 octets qui suivent la dernière virgule ne sont pas lus',
      ],
    ],
  ])('%#', async (text, options, [line, fault, isOfFile, en, fr]) => {
    expect(await faultsOf(text, options)).toEqual([[line, fault, isOfFile, { en, fr }]]);
  });
});

it.each<[string, string, ReadOptions]>([
  ['NDJSON', '{"a":"12345"}\n{"a":2}\n', { format: 'ndjson' }],
  ['an array', '[{"a":"12345"},{"a":2}]', { format: 'json' }],
  ['one product', '{"a":\n"12345"}', { format: 'json' }],
  ['CSV', 'mass,product,material1\n1,jean,a\n', { format: 'csv' }],
])('takes a product of as many bytes as it may have, and none of one more: %s', async (_, text, options) => {
  const longest = { NDJSON: 13, 'an array': 13, 'one product': 14, CSV: 22 }[_] as number;
  expect(await faultsOf(text, { ...options, itemLimitBytes: longest })).toEqual([]);
  expect(await faultsOf(text, { ...options, itemLimitBytes: longest - 1 })).toHaveLength(1);
});

it('takes products of up to 256 KiB unless it is told otherwise', async () => {
  const product = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}\n`;
  expect(DEFAULT_ITEM_LIMIT_BYTES).toBe(262_144);
  expect(await faultsOf(product(262_144))).toEqual([]);
  expect(await faultsOf(product(262_145))).toHaveLength(1);
});

it('knows the endings of names', () => {
  expect(FILE_ENDINGS.map((ending) => [ending, formatOfName(`a.${ending}`)])).toEqual([
    ['csv', 'csv'],
    ['json', 'json'],
    ['jsonl', 'ndjson'],
    ['ndjson', 'ndjson'],
    ['ods', undefined],
    ['tsv', 'csv'],
    ['xls', undefined],
    ['xlsx', 'xlsx'],
  ]);
  expect(formatOfName('a.constructor')).toBeUndefined();
});

it.each([
  ['fading', 'true TRUE oui Oui 1', [true, true, true, true, true]],
  ['upcycled', 'false FALSE non Non 0', [false, false, false, false, false]],
  ['fading', 'yeah 2 constructor', ['yeah', '2', 'constructor']],
  ['price', '1 .5 5. +1e2 -1 1e1 1,5', [1, 0.5, 5, 100, -1, 10, '1,5']],
  ['reference', '1 true', ['1', 'true']],
  ['trims', '[] x {"a":1}', [[], 'x', { a: 1 }]],
  ['disabledSteps', 'use use|eol', [['use'], ['use', 'eol']]],
])('reads the cells of the column %s: %s', async (column, cells, expected) => {
  const rows = cells.split(' ').map((cell) => `jean\t1\ta\t${cell}`);
  // With tabs a comma is one of a number, too.
  const values = expected.map((value) => (value === '1,5' ? 1.5 : value));
  const items = await readBytes(`PRODUCT\tmass\tMaterial1\t${column.toUpperCase()}\n${rows.join('\n')}`);
  expect(items.map(([, product]) => (product as Record<string, unknown>)[column])).toEqual(values);
});
