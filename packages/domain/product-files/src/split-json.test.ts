import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProductText, ReadFault } from './product-text.js';
import { arrayOr, jsonArraySplitter, ndjsonSplitter, type SplitterFactory, singleJsonSplitter } from './split-json.js';

const LIMIT = 1000;

function split(factory: SplitterFactory, chunks: readonly Buffer[], limit = LIMIT): (ProductText | ReadFault)[] {
  const splitter = factory(limit);
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
}

/** Items as `line text` or `line !fault`. */
const shown = (items: (ProductText | ReadFault)[]) =>
  items.map((item) => `${item.line} ${'fault' in item ? `!${item.fault}` : item.text.trim()}`);

const splitText = (factory: SplitterFactory, text: string, limit?: number) =>
  shown(split(factory, [Buffer.from(text)], limit));

describe('NDJSON', () => {
  it.each([
    ['one product a line', '{"a":1}\n{"b":2}\n', ['1 {"a":1}', '2 {"b":2}']],
    ['a last line without line feed', '{"a":1}\n{"b":2}', ['1 {"a":1}', '2 {"b":2}']],
    ['blank lines, which are counted', '\n  \r\n{"a":1}\r\n\n{"b":2}', ['3 {"a":1}', '5 {"b":2}']],
    ['text that is no JSON, which is for others to judge', 'no\n{"a":1}', ['1 no', '2 {"a":1}']],
    ['nothing', '', []],
  ])('cuts %s', (_, text, expected) => {
    expect(splitText(ndjsonSplitter, text)).toEqual(expected);
  });

  it('refuses a line beyond the limit and goes on with the next', () => {
    expect(splitText(ndjsonSplitter, `1234567890\n12345678901\n1`, 10)).toEqual(['1 1234567890', '2 !too-long', '3 1']);
  });
});

describe('a JSON array', () => {
  it.each([
    ['items on several lines', '[\n{"a":1},\n\n {"b":\n2} ]\n', ['2 {"a":1}', '4 {"b":\n2}']],
    ['no item', ' [ \n] ', []],
    ['brackets and commas in texts', '["],{","\\"],[","\\\\"]', ['1 "],{"', '1 "\\"],["', '1 "\\\\"']],
    ['objects and arrays in items', '[{"a":[1,{"b":2}]},[3,[4]]]', ['1 {"a":[1,{"b":2}]}', '1 [3,[4]]']],
    [
      'an item that is no JSON, which spoils itself only',
      '[{"a":1}},nope,{"b":2}]',
      ['1 {"a":1}}', '1 nope', '1 {"b":2}'],
    ],
    ['an empty item', '[1,,2,]', ['1 1', '1 ', '1 2', '1 ']],
    ['an array that is not closed', '[1,\n2', ['1 1', '2 !unclosed-array']],
    ['something after the array, told once', '[1]\n x y', ['1 1', '2 !after-array']],
  ])('cuts %s', (_, text, expected) => {
    expect(splitText(jsonArraySplitter, text)).toEqual(expected);
  });

  it('refuses an item beyond the limit and goes on with the next', () => {
    expect(splitText(jsonArraySplitter, '["12345678901",{"a":1}]', 10)).toEqual(['1 !too-long', '1 {"a":1}']);
  });
});

describe('an input that announces itself', () => {
  const either = arrayOr(ndjsonSplitter);

  it.each([
    ['an array', '[1,2]', ['1 1', '1 2']],
    ['an array after a byte order mark and blank lines', '\ufeff\n\n [1,\n2]', ['3 1', '4 2']],
    ['lines', '{"a":1}\n{"b":2}', ['1 {"a":1}', '2 {"b":2}']],
    ['lines after blank ones', '\n\n{"a":1}\n[2]', ['3 {"a":1}', '4 [2]']],
    ['nothing but blanks', ' \n ', []],
  ])('may be %s', (_, text, expected) => {
    expect(splitText(either, text)).toEqual(expected);
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte));
    expect(shown(split(either, bytes))).toEqual(expected);
  });

  it('may be one product over several lines', () => {
    const single = arrayOr(singleJsonSplitter);
    expect(splitText(single, '\n{\n"a":1\n}\n')).toEqual(['2 {\n"a":1\n}']);
    expect(splitText(single, '{"a":"1234567890"}', 10)).toEqual(['1 !too-long']);
    expect(splitText(single, '  ')).toEqual([]);
  });
});

describe('whatever the values and wherever the chunks end', () => {
  const values = fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.nat(400), { maxLength: 5 });
  const chunked = (text: string, at: number[]) => {
    const bytes = Buffer.from(text);
    const ends = [...at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
    return ends.map((end, rank) => bytes.subarray(ends[rank - 1] ?? 0, end));
  };
  const parsed = (items: (ProductText | ReadFault)[]) =>
    items.map((item) => ('text' in item ? JSON.parse(item.text) : item));
  const normal = (list: unknown[]) => JSON.parse(JSON.stringify(list));

  it('an array gives its items back', () => {
    fc.assert(
      fc.property(values, cuts, fc.constantFrom(0, 2), (list, at, indent) => {
        const items = split(jsonArraySplitter, chunked(JSON.stringify(list, null, indent), at), 1e6);
        expect(parsed(items)).toEqual(normal(list));
      }),
      { seed: 1 },
    );
  });

  it('NDJSON gives its lines back', () => {
    fc.assert(
      fc.property(values, cuts, (list, at) => {
        const text = list.map((value) => `${JSON.stringify(value)}\n`).join('');
        expect(parsed(split(ndjsonSplitter, chunked(text, at), 1e6))).toEqual(normal(list));
      }),
      { seed: 2 },
    );
  });
});
