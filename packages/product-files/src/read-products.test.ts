import { describe, expect, it } from 'vitest';
import { type FileFormat, formatOfName, type ReadOptions, readProducts } from './read-products.js';

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
    ['a table', 'product,mass,material1\njean,1,x', [[2, { product: 'jean', mass: 1, materials: [{ id: 'x' }] }]]],
    ['nothing', '', []],
    ['blanks', '\n \n', []],
  ])('is told by its first line: %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
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
    ['semicolons, and points in numbers', ';', '0.17', 0.17],
  ])('may be parted by %s', async (_, delimiter, mass, expected) => {
    const text = `\ufeffmass${delimiter}product${delimiter}material1\r\n${mass}${delimiter}jean${delimiter}a\r\n`;
    expect(await read(text)).toEqual([[2, { mass: expected, product: 'jean', materials: [{ id: 'a' }] }]]);
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
      onUnknownColumns: (columns) => {
        ignored = columns;
      },
    });
    expect(ignored).toEqual(['colour', 'material1Taste']);
  });

  it('keeps the rows before a quote that is never closed', async () => {
    const rows = await read(`${header}\njean,1,a,1\njean,1,"a,1\njean,1,a,1\n`);
    expect(rows).toEqual([
      [2, { product: 'jean', mass: 1, materials: [{ id: 'a', share: 1 }] }],
      [3, 'bad-csv'],
    ]);
  });

  it('refuses a row beyond the limit', async () => {
    const rows = await read(`${header}\njean,1,a,1\njean,1,${'a'.repeat(300)},1\n`, { itemLimitBytes: 100 });
    expect(rows.at(-1)).toEqual([3, 'too-long']);
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
