import { COST_PARTS } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import type { Score } from './score.js';
import { scoreFormat } from './score-formats.js';

const SCORE: Score = {
  line: 12,
  reference: 'a reference of some length',
  product: 'jean',
  mass: 0.4567,
  ecs: 1234.567,
  pef: 890.125,
  ecsWithoutDurability: 1000,
  durability: 0.675,
  warnings: [{ id: 'cost_below_label', severity: 'doubtful', field: null, message: 'low' }],
};
const PARTS = [
  { part: 'material', label: 'Matières premières', country: 'CN', ecs: 308.64175, pef: 1.005 },
  { part: 'transport', label: 'Transport', ecs: 0, pef: 2 },
] as const;

describe('a table', () => {
  const { head, rows, tail } = scoreFormat('table', false);
  const row = (score: Score, isFirst: boolean) => rows([score], isFirst);
  const columns = (line: string | undefined) =>
    [7, 20, 12, 10, 12, 12, 10].reduce<[string[], number]>(
      ([cells, at], width) => [[...cells, (line ?? '').slice(at, at + width)], at + width + 2],
      [[], 0],
    )[0];

  it('has its titles before the first row only, texts to the left and figures to the right', () => {
    expect([head, tail]).toEqual(['', '']);
    const [titles, first, rest] = row(SCORE, true).split('\n');
    expect(columns(titles)).toEqual([
      '   line',
      'reference           ',
      'product     ',
      ' mass (kg)',
      '   ecs (Pts)',
      '   pef (Pts)',
      'durability',
    ]);
    expect(columns(first)).toEqual([
      '     12',
      'a reference of some…',
      'jean        ',
      '     0.457',
      '     1234.57',
      '      890.13',
      '      0.68',
    ]);
    expect(rest).toBe('');
    expect(row(SCORE, false)).toBe(`${first}\n`);
    const { reference, ...nameless } = SCORE;
    expect(columns(row(nameless, false))[1]).toBe('-'.padEnd(20));
    expect(columns(row({ ...SCORE, reference: 'x'.repeat(20) }, false))[1]).toBe('x'.repeat(20));
    expect(columns(row({ ...SCORE, reference: 'a\u001b[2J\tb' }, false))[1]).toBe('a [2J b'.padEnd(20));
  });

  it('tells the share of each part, unless there is nothing to share', () => {
    const [, first, second] = row({ ...SCORE, parts: PARTS }, false).split('\n');
    expect(first?.trim().split(/\s{2,}/)).toEqual(['Matières premières', 'CN', '25.0 %', '308.64', '1.00']);
    expect(second?.trim().split(/\s{2,}/)).toEqual(['Transport', '0.0 %', '0.00', '2.00']);
    expect(row({ ...SCORE, ecs: 0, parts: PARTS }, false)).not.toContain('%');
  });
});

it.each([
  ['json', '[\n{"line":1},\n{"line":2}\n]\n'],
  ['ndjson', '{"line":1}\n{"line":2}\n'],
] as const)('%s is %j', (name, text) => {
  const { head, rows, tail } = scoreFormat(name, false);
  const [one, two] = [{ line: 1 }, { line: 2 }] as [Score, Score];
  expect(head + rows([one], true) + rows([two], false) + tail).toBe(text);
  expect(head + rows([one, two], true) + rows([], false) + tail).toBe(text);
});

it('CSV has a cell for each title, with the parts in their order', () => {
  const plain = scoreFormat('csv', false);
  expect(plain.head.trim()).toBe('line,reference,product,mass,ecs,pef,ecsWithoutDurability,durability,warnings');
  expect(plain.rows([SCORE], true).trim()).toBe(
    '12,a reference of some length,jean,0.4567,1234.567,890.125,1000,0.675,low',
  );
  const { reference, ...nameless } = SCORE;
  expect(plain.rows([nameless as Score, SCORE], false)).toMatch(/^12,,jean,.*\n12,a ref.*\n$/);
  const { head, rows } = scoreFormat('csv', true);
  expect(head.trim().split(',').slice(9)).toEqual(COST_PARTS.flatMap((part) => [`ecs.${part}`, `pef.${part}`]));
  expect(
    rows([{ ...SCORE, parts: PARTS }], true)
      .trim()
      .split(',')
      .slice(9),
  ).toEqual(['308.64175', '1.005', '0', '2']);
});
