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

// Labels, ids and English words are read above.
it.each<[string, Vocabulary, string]>([
  ['skirt', CATEGORIES, 'jupe'],
  ['Coat', CATEGORIES, 'manteau'],
  ['pants', CATEGORIES, 'pantalon'],
  ['boxer', CATEGORIES, 'calecon'],
  ['Boxer / Slip', CATEGORIES, 'slip'],
  ['Kenaf', MATERIALS, 'ei-jute-kenaf'],
  ['regioneuropedeleest', COUNTRIES, 'REE'],
  ['Long zip', TRIMS, '86b877ff-0d59-482f-bb34-3ff306b07496'],
  ['Short zip', TRIMS, '0e8ea799-9b06-490c-a925-37564746c454'],
  ['Plastic button', TRIMS, 'd56bb0d5-7999-4b8b-b076-94d79099b56a'],
  ['Metal button', TRIMS, '0c903fc7-279b-4375-8cfa-ca8133b8e973'],
])('%s is read, too', (text, vocabulary, id) => {
  expect(vocabulary.labelOf(text)).toBe(vocabulary.labelOfId(id));
});
