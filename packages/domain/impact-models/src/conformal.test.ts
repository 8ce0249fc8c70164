import { expect, it } from 'vitest';
import { openWidths } from './conformal.js';
import { plainGarment } from './testing/plain-garment.js';

/** The logarithm of a prime for each thing that a garment may tell: which were told is what a width is divided by. */
const TOLD = {
  fading: 2,
  printing: 3,
  printingRatio: 5,
  use: 7,
  eol: 11,
  price: 13,
  trims: 17,
  origin: 19,
  'spinning technique': 23,
  '---': 29,
};
const logs = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Math.log(value)]));
const TERMS = [['one'], ['product'], ['process'], ['told'], ['size'], ['size', 'told']];
const widths = openWidths({
  level: 0.9,
  multiple: 0.01,
  logError: {
    name: 'log error',
    isCost: false,
    isWhole: false,
    terms: TERMS.map((factors, at) => ({ factors, key: String(at), part: null })),
    weights: {
      0: logs({ '': 10 }),
      1: logs({ jean: 31 }),
      2: logs({ 'knitting-mix': 37 }),
      3: logs(TOLD),
      4: logs({ '-3': 41, '-2': 1, '-1': 43, 0: 47, 1: 53 }),
      5: { 0: logs({ price: 3 }) },
    },
    difference: null,
  },
});
const widthOf = (changes: object) => widths([plainGarment({ mass: 0.17, ...changes })])[0] as number;
const COTTON = { id: 'ei-coton', share: 1 };

it.each([
  [{}, 1],
  [{ product: 'jean' }, 31],
  [{ fabricProcess: 'knitting-mix' }, 37],
  [{ fading: true }, 2],
  [{ printing: { kind: 'pigment' } }, 3 * 5],
  [{ disabledSteps: ['use'] }, 7],
  [{ disabledSteps: ['use', 'eol'] }, 7 * 11],
  [{ price: 0 }, 13],
  [{ trims: [] }, 17],
  [{ materials: [{ ...COTTON, country: 'CN' }] }, 19],
  [{ materials: [{ ...COTTON, spinning: 'ConventionalSpinning' }] }, 23],
  [{ countryDyeing: '---' }, 29],
  [{ countryDyeing: '---', countryMaking: '---' }, 29 * 29],
  // Sizes of a factor of 3.2.
  [{ mass: 0.0316 }, 1],
  [{ mass: 0.0999 }, 41],
  [{ mass: 0.1 }, 1],
  [{ mass: 0.317 }, 43],
  [{ mass: 1 }, 47],
  [{ mass: 3.17 }, 53],
  [{ mass: 1, price: 20 }, 47 * 13 * 3],
])('a width by what is known of such garments, times what %j tells', (changes, times) => {
  // The smallest one is of a size of which nothing is known.
  expect(widthOf(changes)).toBeCloseTo(0.1 * times, 9);
});

it('widths of garments that one could be are each by its own type, technique and size', () => {
  const garments = [{ mass: 1 }, { mass: 1, product: 'jean' }, { mass: 0.0999 }, { mass: 1 }].map((changes) =>
    plainGarment({ price: 1, ...changes }),
  );
  const expected = [47 * 39, 47 * 39 * 31, 41 * 13, 47 * 39];
  expect(widths(garments).map((width) => width.toFixed(6))).toEqual(expected.map((times) => (0.1 * times).toFixed(6)));
});
