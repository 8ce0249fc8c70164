import { describe, expect, it } from 'vitest';
import { isPlainNumber, readNumber, writeNumber } from './numbers.js';

describe('a number that was typed', () => {
  it.each([
    ['0,25', 0.25],
    ['0.25', 0.25],
    ['0,250', 0.25],
    [',5', 0.5],
    ['.5', 0.5],
    ['12,', 12],
    ['170', 170],
    [' 1250 ', 1250],
    ['1 250', 1250],
    ['1\u00a0250,5', 1250.5],
    ['1\u202f234\u202f567.8', 1_234_567.8],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ['1,234,567', 1_234_567],
    ['1.250', 1.25],
    ['-3,5', -3.5],
    ['−3,5', -3.5],
    ['007', 7],
  ])('%j is read alike in both languages', (text, value) => {
    expect([readNumber(text, 'en'), readNumber(text, 'fr')]).toEqual([value, value]);
  });

  it('is refused in English where it might be one of two', () => {
    expect([readNumber('1,250', 'en'), readNumber('1,250', 'fr')]).toEqual([null, 1.25]);
  });

  it.each(['', ' ', 'heavy', '12 34', '1 25', '1,2,3', '1.2.3', '0x10', '1e3', '3 kg', '--1', ',', 'Infinity'])(
    '%j is none',
    (text) => {
      expect([readNumber(text, 'en'), readNumber(text, 'fr')]).toEqual([null, null]);
    },
  );
});

describe('a number to change', () => {
  it('is told from what only JavaScript takes for one', () => {
    const written = [0, 0.17, -3, 1250, 1e-7, 1e21].map(String);
    expect(written.filter(isPlainNumber)).toEqual(written);
    expect(['', ' ', '0x10', '1e3', '1,250', 'Infinity', 'NaN'].filter(isPlainNumber)).toEqual([]);
  });

  it('has the decimal mark of the language', () => {
    expect([writeNumber('0.17', 'en'), writeNumber('0.17', 'fr')]).toEqual(['0.17', '0,17']);
    expect([writeNumber('1.2.3', 'fr'), writeNumber('', 'fr'), writeNumber('heavy.', 'fr')]).toEqual([
      '1.2.3',
      '',
      'heavy.',
    ]);
  });
});
