import { describe, expect, it } from 'vitest';
import {
  BUILT_IN_IDS,
  endsOf,
  GTIN_LENGTHS,
  groupBy,
  hasCheckDigit,
  hasGtinLength,
  isBuiltIn,
  plainWord,
  plainWords,
  quartilesOf,
  reachAbove,
  searchable,
  takesProducts,
  withCheckDigit,
  withWarningsIn,
} from './index.js';

describe('the ends of a drawing', () => {
  const sorted = (...values: number[]) => Float64Array.from(values);
  const repeated = (times: number, value: number) => Array.from({ length: times }, () => value);

  it.each([
    [[7], [7, 7, 7]],
    [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
    [
      [1, 2, 3, 4, 5],
      [2, 3, 4],
    ],
    [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [2, 4, 6],
    ],
  ])('quartiles of %j are the elements of the least rank: %j', (values, quartiles) => {
    expect(quartilesOf(sorted(...values))).toEqual(quartiles);
  });

  it('reaches three times the middle half beyond it', () => {
    expect([reachAbove(1, 3), reachAbove(3, 1)]).toEqual([9, -5]);
  });

  const TENS = repeated(8, 10);
  it.each<[string, number[], [number, number]]>([
    ['one value', [7], [7, 7]],
    ['two', [1, 1000], [1, 1000]],
    ['what is no farther out than half as much again', [0, ...TENS, 20, 25], [10, 25]],
    ['what is a bit farther out', [0, ...TENS, 20, 25.1], [10, 20]],
    ['what is no farther out below', [5, ...TENS, 20, 20], [5, 20]],
    ['what is a bit farther out below', [4.9, ...TENS, 20, 20], [10, 20]],
    ['a wide middle, whose reach is wider', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 27], [1, 27]],
    ['a slip beyond the reach of a wide middle', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000], [1, 10]],
    ['a slip below it', [-1000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 10]],
    ['two of 199, of whom one may be a slip', [...repeated(196, 10), 20, 100, 100], [10, 100]],
    ['two of 200, of whom both may be', [...repeated(197, 10), 20, 100, 100], [10, 20]],
    ['two of 200 below', [-100, -100, 0, ...repeated(197, 10)], [0, 10]],
  ])('of %s', (_, values, ends) => {
    expect(endsOf(sorted(...values))).toEqual(ends);
  });
});

it('groups in the order of first appearance', () => {
  expect([...groupBy(['b1', 'a1', 'b2', 'a2', 'c'], ([first]) => first)]).toEqual([
    ['b', ['b1', 'b2']],
    ['a', ['a1', 'a2']],
    ['c', ['c']],
  ]);
});

describe('a barcode number', () => {
  it('has one of some lengths, of digits only', () => {
    const portal = [
      '1234567',
      '12345678',
      '123456789012',
      '1234567890123',
      '12345678901234',
      '1234567a',
      'a12345678',
      '',
    ];
    const taken = Object.values(GTIN_LENGTHS).map((lengths) =>
      portal.map((text) => Number(hasGtinLength(text, lengths))).join(''),
    );
    expect(taken).toEqual(['01010000', '01110000', '01111000']);
  });

  it.each([
    ['96385074', true],
    ['96385075', false],
    ['3760001000016', true],
    ['036000291452', true],
    // Two digits that changed places, of different weights.
    ['69385074', false],
    ['9638 074', false],
    ['963 5074', false],
    ['0', true],
    // A blank counts as 0.
    [' ', true],
    ['', false],
    ['9638507x', false],
  ])('%j has its check digit: %s', (text, has) => {
    expect(hasCheckDigit(text)).toBe(has);
  });

  it('is made with its check digit', () => {
    expect(['9638507', '376000100001', '000000', '000003'].map(withCheckDigit)).toEqual([
      '96385074',
      '3760001000016',
      '0000000',
      '0000031',
    ]);
  });
});

describe('plain words', () => {
  it.each([
    ['T-Shirts Élégants', ['t', 'shirt', 'elegant']],
    ['  chapeaux, ŒUFS / jeux ', ['chapeau', 'oeuf', 'jeux']],
    ['bus gris Robes99 ños', ['bus', 'gri', 'robes99', 'nos']],
    ['', []],
    [' - ', []],
  ])('%j is %j', (text, words) => {
    expect(plainWords(text)).toEqual(words);
  });

  it('are one where one is looked for', () => {
    expect([plainWord('T-shirts'), plainWord('')]).toEqual(['tshirt', '']);
  });

  it('are found whole and in their parts, each once', () => {
    expect(searchable(['T-shirt  rouge', null, 'Rouge bleu', ''])).toBe(' tshirt t shirt rouge bleu');
    expect(searchable([null])).toBe('');
  });
});

it('takes products into catalogues, and of those of the platform into one only', () => {
  expect(BUILT_IN_IDS.map((id) => [id, isBuiltIn(id), takesProducts(id)])).toEqual([
    ['reference-grid', true, false],
    ['api', true, true],
  ]);
  expect([isBuiltIn('mine'), takesProducts('mine')]).toEqual([false, true]);
});

it('tells findings of what is kept in one language, and keeps the rest', () => {
  const finding = { id: 'a', severity: 'note', field: null, message: { en: 'one', fr: 'un' } } as const;
  const { message: _, ...rest } = finding;
  expect(withWarningsIn({ more: 1, warnings: [finding] }, 'fr')).toEqual({
    more: 1,
    warnings: [{ ...rest, message: 'un' }],
  });
});
