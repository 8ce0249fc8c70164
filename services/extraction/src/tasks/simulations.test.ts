import { expect, it } from 'vitest';
import { groupRefusals } from './simulations.js';

it('groups refusals by the fields that they are for, the most frequent first, each with its first example', () => {
  const refusal = (md5_id: string, ...fields: string[]) => ({
    md5_id,
    product: 'jean',
    country: 'FR',
    scenario: 'regular' as const,
    reasons: Object.fromEntries(fields.map((field) => [field, `bad ${md5_id}`])),
  });
  const [a, b, c, d, e] = [
    refusal('a', 'mass'),
    refusal('b', 'product', 'mass'),
    refusal('c', 'mass', 'product'),
    refusal('d', 'product'),
    refusal('e', 'product', 'mass'),
  ] as const;
  expect(groupRefusals([a, b, c, d, e])).toEqual([
    { count: 3, example: b },
    { count: 1, example: a },
    { count: 1, example: d },
  ]);
  expect(groupRefusals([])).toEqual([]);
});
