import { BUSINESSES, PRINTING_KINDS } from '@ecobalyse/schema';
import { listCountries, listMaterials, listProducts, listTrims } from '@ecobalyse/textile-method';
import { expect, it } from 'vitest';
import { BUSINESS_SIZES, CATEGORIES, COUNTRIES, MATERIALS, PRINTINGS, TRIMS, type Vocabulary } from './vocabulary.js';

const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
// The portal's file cannot say that a country is unknown, and has no column for this trim.
const countries = listCountries().flatMap(({ code }) => (code === '---' ? [] : [code]));
const trims = ids(listTrims()).filter((id) => id !== '28f2f107-ce9c-4760-9a74-0187ab067d09');

it.each<[string, Vocabulary, readonly string[]]>([
  ['types', CATEGORIES, ids(listProducts())],
  ['materials', MATERIALS, ids(listMaterials())],
  ['countries', COUNTRIES, countries],
  ['businesses', BUSINESS_SIZES, BUSINESSES],
  ['printings', PRINTINGS, PRINTING_KINDS],
  ['trims', TRIMS, trims],
])('%s have a label for each id of the method, which the portal reads, and its id', (_what, vocabulary, known) => {
  expect(vocabulary.labels.map(vocabulary.idOf).toSorted()).toEqual(known.toSorted());
  for (const id of known) {
    const label = vocabulary.labelOfId(id) as string;
    expect([vocabulary.labelOf(label), vocabulary.labelOf(id), vocabulary.idOf(label)]).toEqual([label, label, id]);
    expect(vocabulary.labelOf(vocabulary.labelOfId(id, 'en') as string)).toBe(label);
  }
  expect([vocabulary.labelOf('no such word'), vocabulary.labelOfId('no such id')]).toEqual([undefined, undefined]);
});
