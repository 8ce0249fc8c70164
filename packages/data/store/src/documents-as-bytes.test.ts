import { anyText } from '@ecobalyse/bson/testing';
import fc from 'fast-check';
import { BSON, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { jsonOfBson } from './json-of-bson.js';

const ID = new ObjectId('0123456789abcdef01234567');

const LONG = 'é'.repeat(30);
const VALUES: Record<string, unknown> = {
  whole: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 1e21, 2 ** 53],
  broken: [-0, 0.1, -1.5e-7, 5e-324, 1.7976931348623157e308],
  noNumbers: [Number.NaN, Number.POSITIVE_INFINITY],
  texts: [
    '',
    'plain',
    'é',
    '\u{1f9f5}',
    'a"b\\c',
    '\u0000\u0001\n\u001f\u007f\u2028',
    LONG,
    'x'.repeat(24),
    'x'.repeat(25),
  ],
  truth: [true, false, null],
  lists: [[], [[]], [{}], Array.from({ length: 11 }, (_, index) => index)],
  objects: { empty: {}, '': 1, 'with.dot': 1, $operator: 1, é: 1, 'a"b': 1 },
};

describe('a document as bytes', () => {
  it.each(Object.entries(VALUES))('is as JSON what its tree is: %s', (_, value) => {
    const document = { before: 1, value, after: 'x' };
    const bson = Buffer.from(BSON.serialize(document));
    expect(String(jsonOfBson([bson]))).toBe(JSON.stringify([document]));
  });

  it('is as JSON that of any, in its order', () => {
    const text = anyText(40);
    const name = text.filter(
      (one) => !one.includes('\0') && !/^\d+$/.test(one) && one !== '__proto__' && one !== '_id',
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('json'), { maxLength: 12 }),
        fc.dictionary(name, tie('json'), { maxKeys: 8, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, json, { maxKeys: 8, noNullPrototype: true }), (document) => {
        expect(String(jsonOfBson([Buffer.from(BSON.serialize(document))]))).toBe(JSON.stringify([document]));
      }),
      { numRuns: 300 },
    );
  });

  it('is written by the library where it holds what JSON has not', () => {
    const others = [
      { a: 1, at: new Date(0) },
      { b: { id: ID, big: BSON.Long.fromString('9007199254740993'), small: BSON.Long.fromNumber(7) } },
      { c: [/x/g, new BSON.Binary(Buffer.from('x'))] },
    ];
    const bytes = [{ first: 'é' }, ...others, { last: 1 }].map((one) => Buffer.from(BSON.serialize(one)));
    expect(String(jsonOfBson(bytes))).toBe(JSON.stringify(bytes.map((one) => BSON.deserialize(one))));
  });

  it('of many, of which one is far larger, has room for all', () => {
    const documents = [
      { a: 1 },
      { text: '\u0001'.repeat(100_000) },
      ...Array.from({ length: 50 }, (_, n) => ({ n: -n / 3 })),
    ];
    const bytes = documents.map((one) => Buffer.from(BSON.serialize(one)));
    expect(String(jsonOfBson(bytes))).toBe(JSON.stringify(documents));
    expect(String(jsonOfBson([]))).toBe('[]');
  });
});
