import { expect, it } from 'vitest';
import { csvLines } from './csv-lines.js';

it.each([
  ['=1+1', "'=1+1"],
  ['+33 1 23', "'+33 1 23"],
  ['-cmd|x', "'-cmd|x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t'=1"],
  ['＝1', "'＝1"],
  ['\r=1', `"'\r'=1"`],
  ['\n=1', `"'\n'=1"`],
  ['x;=1+1', "x;'=1+1"],
  ['x\t@SUM(A1)', "x\t'@SUM(A1)"],
  ['x\n-1+2', `"x\n'-1+2"`],
  ['x;"=1+1"', `"x;'""=1+1"""`],
  ['=HYPERLINK("a","b")', `"'=HYPERLINK(""a"",""b"")"`],
])('makes the text %j harmless in a spreadsheet', (text, written) => {
  expect(csvLines([[text, 1]])).toBe(`${written},1\n`);
});

it.each([-1.5, '-1.5', '+2', '-1e-7', 'a=b', 'jean - bleu', 'a;b', 'a; -b', '', null, true])(
  'leaves %j as it is',
  (cell) => {
    expect(csvLines([[cell, 'x']])).toBe(`${cell === true ? 1 : (cell ?? '')},x\n`);
  },
);
