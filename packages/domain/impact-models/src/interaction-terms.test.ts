import { seededRandom } from '@ecobalyse/estimation';
import { describe, expect, it } from 'vitest';
import type { WholeGarment } from './garment.js';
import { indexTerms, termsOf } from './interaction-terms.js';
import { sampleGarments } from './testing/sample-garments.js';

const garments = sampleGarments().map(({ garment }) => garment);
const [first, second] = [garments[0], garments[40]] as [WholeGarment, WholeGarment];

/** Made in four countries, with options and numbers, and names that hold the separator of terms. */
const odd: WholeGarment = {
  ...first,
  known: { ...first.known, product: 'a|b', countryDyeing: 'IN', countryMaking: 'B|D', fabricProcess: '|' },
  materials: [
    { id: 'ei-coton', share: 0.6 },
    { id: 'x|y', share: 0.4 },
  ],
  options: { ...first.options, printing: 'pigment', upcycled: 'true' },
  numbers: { ...first.numbers, price: 30, surfaceMass: 200, airTransportRatio: 0.5 },
};

const visited = (terms: readonly string[], garment: WholeGarment) => {
  const found: [string, number][] = [];
  indexTerms(terms)(garment, (position, value) => found.push([terms[position] as string, value]));
  return found;
};

describe('terms by position', () => {
  it.each([
    ['a plain garment', first],
    ['another', second],
    ['one whose names hold the separator', odd],
  ])('are those by name, in the same order, of %s', (_what, garment) => {
    const named = [...termsOf(garment)];
    expect(visited([...named.map(([term]) => term)].reverse(), garment)).toEqual(named);
  });

  it('leave out what is not in the list', () => {
    const random = seededRandom(3);
    const all = [...new Set([...garments, odd].flatMap((garment) => [...termsOf(garment).keys()]))];
    const some = all.filter(() => random() < 0.5);
    const listed = new Set(some);
    for (const garment of [first, second, odd])
      expect(visited(some, garment)).toEqual([...termsOf(garment)].filter(([term]) => listed.has(term)));
    expect(visited([], first)).toEqual([]);
    expect(visited(['no such term|x'], first)).toEqual([]);
  });
});
