import { describe, expect, it } from 'vitest';
import { jsonArraySplitter, ndjsonSplitter, singleJsonSplitter } from './split-json.js';
import { lineSplitter } from './split-lines.js';
import { charsetOf, textReader } from './text-encoding.js';
import { sheetsOf, unpackedBytes } from './workbook.js';

const lines = (chunks: (string | Buffer)[], limit = 100) => {
  const { push, end } = lineSplitter(limit, textReader());
  return [...chunks.flatMap((chunk) => [...push(Buffer.from(chunk))]), ...end()];
};
const texts = (...chunks: string[]) => lines(chunks).map(({ text }) => text);

describe('lines', () => {
  it.each<[string[], string[]]>([
    [['a\nb\n'], ['a', 'b']],
    [['a\nb'], ['a', 'b']],
    [['a\r\nb\r\n'], ['a', 'b']],
    [['a\rb\r'], ['a', 'b']],
    [
      ['a\r', '\nb'],
      ['a', 'b'],
    ],
    [
      ['a\r', 'b\rc'],
      ['a', 'b', 'c'],
    ],
    [['a\r'], ['a']],
    [['a', '\r'], ['a']],
    [['a\nb\rc'], ['a', 'b\rc']],
    [['a\rb\nc'], ['a', 'b\nc']],
    [
      ['ab', 'cd\n', 'e', 'f'],
      ['abcd', 'ef'],
    ],
    [['\n\na'], ['', '', 'a']],
    [[''], []],
  ])('of %j are %j', (chunks, found) => expect(texts(...chunks)).toEqual(found));

  it('are numbered, have their bytes, and are forgotten beyond the limit', () => {
    expect(lines(['é\n', '12345\n', '123456\n', '12"4"6"\n', '1"3"56', '7\nx'], 5)).toEqual([
      { number: 1, bytes: 2, text: 'é' },
      { number: 2, bytes: 5, text: '12345' },
      { number: 3, bytes: 6, text: '', tooLong: { turnsQuote: false } },
      { number: 4, bytes: 7, text: '', tooLong: { turnsQuote: true } },
      { number: 5, bytes: 7, text: '', tooLong: { turnsQuote: false } },
      { number: 6, bytes: 1, text: 'x' },
    ]);
  });

  it('tell what is not text', () => {
    const [bad, good] = lines([Buffer.from('a\0\nb')]);
    expect(bad?.fault?.en).toBe('null character (U+0000)');
    expect(good).not.toHaveProperty('fault');
  });
});

describe('the text of bytes', () => {
  it.each<[number[][], unknown[]]>([
    [[[0x41]], ['A']],
    [[[0xe9]], ['é']],
    [[[0x80]], ['€']],
    [[[0x81]], ['bytes that are neither UTF-8 nor Windows-1252']],
    [
      [[0xc3, 0xa9], [0xe9]],
      ['é', 'bytes that are not UTF-8'],
    ],
    [
      [[0x41], [0xe9]],
      ['A', 'é'],
    ],
    [
      [[0xe9], [0xc3, 0xa9], [0xe9]],
      ['é', 'é', 'bytes that are not UTF-8'],
    ],
    [[[0x00]], ['null character (U+0000)']],
    [[[0xe9, 0x00]], ['null character (U+0000)']],
  ])('%j is %j', (parts, found) => {
    const read = textReader();
    const told = parts.map((bytes) => {
      const { text, fault } = read(Buffer.from(bytes));
      return fault?.en ?? text;
    });
    expect(told).toEqual(found);
  });

  it('that is known to be UTF-8 holds no other byte', () =>
    expect(textReader(true)(Buffer.of(0xe9)).fault?.fr).toBe('octets qui ne sont pas de l’UTF-8'));

  it.each([
    [undefined, undefined],
    ['text/csv', undefined],
    ['text/csv; charset=UTF-8', 'utf-8'],
    ['text/csv;charset="utf8"', 'utf-8'],
    ['text/csv; charset=us-ascii', undefined],
    ['text/csv; charset=utf-16', 'utf-16le'],
    ['text/csv; charset=utf-16be', 'utf-16be'],
    ['text/csv; charset=ISO-8859-1; header=present', 'windows-1252'],
    ['text/csv; charset=latin1', 'windows-1252'],
    ['text/csv; charset=cp1252', 'windows-1252'],
  ])('announced as %j is %s', (contentType, charset) => expect(charsetOf(contentType)).toBe(charset));

  it('announced as another is refused', () => {
    expect(() => charsetOf('text/csv; charset=ebcdic')).toThrow(
      'charset ; attendu : l’un de utf-8, utf-16le, utf-16be, windows-1252 ; reçu : "ebcdic"',
    );
  });
});

describe('JSON in chunks', () => {
  const items = (factory: typeof ndjsonSplitter, chunks: string[], limit = 1000, firstLine?: number) => {
    const splitter = factory(limit, firstLine);
    return [...chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]), ...splitter.end()].map((item) =>
      'text' in item ? [item.line, item.text] : [item.line, item.fault, item.message.en],
    );
  };
  it('lines are counted from where they begin, and blank ones passed over', () => {
    expect(items(ndjsonSplitter, ['{"a":1}\n\n', '{"b"', ':2}\n', '{"c":3}'], 1000, 5)).toEqual([
      [5, '{"a":1}'],
      [7, '{"b":2}'],
      [8, '{"c":3}'],
    ]);
  });

  it('one product may have several lines, and blanks are none', () => {
    expect(items(singleJsonSplitter, ['{"a":\n', '1}'], 1000, 3)).toEqual([[3, '{"a":\n1}']]);
    expect(items(singleJsonSplitter, [' \n', '\n'])).toEqual([]);
  });

  it.each<[string, unknown[]]>([
    ['[1]', [[1, '1']]],
    [
      '[1,2] ',
      [
        [1, '1'],
        [1, '2'],
      ],
    ],
    [
      '[1] x',
      [
        [1, '1'],
        [1, 'after-array', 'expected nothing behind the bracket that closes the JSON array: 1 bytes are not read'],
      ],
    ],
    [
      '[1,\n2',
      [
        [1, '1'],
        [2, 'unclosed-array', 'the JSON array is not closed: the 2 bytes behind its last comma are not read'],
      ],
    ],
    ['[{"a":"x]', [[1, '{"a":"x]']]],
    // Each object that begins as the first does is a product, whatever the one before it left open.
    [
      '[{"a":"x},\n{"a":2},\n{"a":3}]',
      [
        [1, '{"a":"x}'],
        [2, '\n{"a":2}'],
        [3, '\n{"a":3}'],
      ],
    ],
  ])('the array %j holds %j', (text, found) => {
    const whole = items(jsonArraySplitter, [text]);
    expect(whole).toEqual(found);
    expect(items(jsonArraySplitter, [...text])).toEqual(whole);
  });
});

describe('a workbook', () => {
  it('has the bytes that its directory says', () => {
    const entry = (size: number) => {
      const bytes = Buffer.alloc(46);
      bytes.write('PK\u0001\u0002', 'latin1');
      bytes.writeUInt32LE(size, 24);
      return bytes;
    };
    expect(unpackedBytes(Buffer.alloc(0))).toBe(0);
    expect(unpackedBytes(Buffer.concat([Buffer.from('PK'), entry(7), entry(35)]))).toBe(42);
    expect(unpackedBytes(entry(7).subarray(0, 45))).toBe(0);
  });

  it('gives numbers, percent, texts, truth values, faults and empty rows as they are', async () => {
    const { utils, write } = await import('xlsx');
    const sheet = utils.aoa_to_sheet([['a', 1.5, true], [], [null, 0.07, 2]]);
    sheet.B3.z = '0%';
    sheet.C3 = { t: 'e', v: 7, w: '#DIV/0!' };
    const book = utils.book_new(sheet, 'Products');
    utils.book_append_sheet(book, utils.aoa_to_sheet([]), 'Empty');
    expect(await sheetsOf(write(book, { type: 'buffer', bookType: 'xlsx' }))).toEqual({
      sheets: [
        { name: 'Products', rows: [['a', 1.5, 'true'], [], ['', '7%', '#DIV/0!']] },
        { name: 'Empty', rows: [] },
      ],
    });
    expect(await sheetsOf(Buffer.from('PK\u0003\u0004 broken', 'latin1'))).toMatchObject({
      fault: { en: 'this workbook cannot be read: save it again, as .xlsx' },
    });
  });

  it('is refused where it only says to be larger than any, or names a text that it does not have', async () => {
    const { CFB, utils, write } = await import('xlsx');
    const edited = (from: RegExp, to: string) => {
      const book = write(utils.book_new(utils.aoa_to_sheet([['a']]), 'a'), { type: 'buffer' });
      const archive = CFB.read(book, { type: 'buffer' });
      const sheet = CFB.find(archive, '/xl/worksheets/sheet1.xml');
      if (sheet === null) throw new Error('no sheet');
      sheet.content = Buffer.from(Buffer.from(sheet.content).toString().replace(from, to));
      return sheetsOf(CFB.write(archive, { fileType: 'zip', type: 'buffer' }) as Buffer);
    };
    const large = { fault: { en: expect.stringContaining('too large') } };
    expect(await edited(/<row.*row>/, '<row r="4000000000"><c r="A4000000000"><v>1</v></c></row>')).toMatchObject(
      large,
    );
    const wide = Array.from({ length: 1221 }, (_, n) => `<row r="${n + 1}"><c r="XFD${n + 1}"><v>1</v></c></row>`);
    expect(await edited(/<row.*row>/, wide.join(''))).toMatchObject(large);
    expect(await edited(/<row.*row>/, '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>')).toMatchObject({
      fault: { en: expect.stringContaining('cannot be read') },
    });
  });
});
