import { expect, it } from 'vitest';
import { areClose, differences } from './differences.js';

it('tells numbers apart beyond a relative error of 1e-9, or 1e-12 of zero', () => {
  expect([areClose(2, 2 + 1e-9), areClose(2, 2 + 3e-9), areClose(-2, 2)]).toEqual([true, false, false]);
  expect([areClose(0, 1e-12), areClose(0, 2e-12), areClose(1e-20, 0)]).toEqual([true, false, false]);
  expect(areClose(1, Number.NaN)).toBe(false);
});

it.each([
  ['a number', { waste: 1 }, { waste: 1.1 }],
  ['an integer, however close', { picking: 89525 }, { picking: 89525.00000001 }],
  ['a text', { label: 'Filature' }, { label: 'filature' }],
  ['null', { price: null }, { price: 0 }],
  ['a missing field', { price: null }, {}],
  ['a field too many', {}, { price: null }],
  ['the length of a list', { list: [1] }, { list: [1, 1] }],
  ['a list for an object', { list: [] }, { list: {} }],
  ['an indicator that the vectors leave out because it is 0', { impacts: {} }, { impacts: { ecs: 1 } }],
])('sees %s', (_, expected, actual) => {
  expect(differences(expected, actual)).toHaveLength(1);
});
