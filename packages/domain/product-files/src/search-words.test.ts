import { plainWord, searchable } from '@ecobalyse/schema';
import { expect, it } from 'vitest';
import { searchWords } from './search-words.js';

it.each<[string, object]>([
  ['élasthanne', { materials: ['elasthane'] }],
  ['elastane', { materials: ['elasthane'] }],
  ['jeans', { products: ['jean', 'pantalon'].slice(0, 1) }],
  ['Pantalons', { products: ['jean', 'pantalon'] }],
  ['t-shirts', { products: ['tshirt'] }],
  ['T-SHIRT', { products: ['tshirt'] }],
  ['coat', { products: ['manteau'] }],
  ['wool', { materials: ['ei-laine-par-defaut', 'ei-laine-nouvelle-filiere'] }],
  ['ei-pet', { materials: ['ei-pet', 'ei-pet-r'] }],
  ['chine', { countries: ['CN'] }],
  ['China', { countries: ['CN'] }],
  ['cn', { countries: ['CN'] }],
  ['nam', { countries: ['VN'] }],
  ['tissé', { processes: ['weaving'], products: ['calecon'] }],
  ['xyz', {}],
  ['.*', {}],
])('%s is a name of %j', (text, meant) => {
  const [word, ...others] = searchWords(text);
  const none = { products: [], materials: [], countries: [], processes: [] };
  expect(others).toEqual([]);
  expect(word).toEqual({ text, plain: plainWord(text), ...none, ...meant });
});

it('takes each word of a text by itself', () => {
  expect(searchWords('  coton \t Chine ').map(({ text, plain }) => [text, plain])).toEqual([
    ['coton', 'coton'],
    ['Chine', 'chine'],
  ]);
  expect(searchWords(' ')).toEqual([]);
  const [viet, nam] = searchWords('Viêt Nam');
  expect([viet?.countries, nam?.countries]).toEqual([['VN'], ['VN']]);
});

it('finds words whole and in their parts', () => {
  expect(searchable(['SKU-001/A  Été', null, '', 'Robes & œuvres'])).toBe(' sku001a sku 001 a ete robe oeuvre');
});
