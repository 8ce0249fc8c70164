import { expect, it } from 'vitest';
import { garmentFromQuery } from '../garment.js';
import { openStages, type StageParameters } from './stage-ridge.js';

const COTTON = { id: 'ei-coton', share: 0.6 };
const LINEN = { id: 'ei-lin', share: 0.4 };
const QUERY = { product: 'tshirt', fabricProcess: 'weaving', mass: 0.2, materials: [COTTON, LINEN] };

/** A model in which everything that garments are told apart by has a cost of its own. */
const cost = (factor: string, levels: Readonly<Record<string, number>>) => ({
  term: { factors: ['mass', factor], key: factor, part: null },
  weights: { [factor]: { '': levels } },
});
const costs = [
  cost('product', { tshirt: 1000, pull: 2000 }),
  cost('process', { weaving: 100, 'knitting-mix': 200 }),
  cost('materials', { 'ei-coton': 10, 'ei-lin': 30 }),
  cost('spun', { 'of ei-coton': 1, 'of ei-lin': 1, Conventional: 5 }),
  cost('material leg', { '(default) of ei-coton': 0.1, '(default) of ei-lin': 0.1, '(default) FR': 0.7 }),
  cost('making', { '(default)': 0.01, CN: 0.05 }),
  cost('trims', { 'of tshirt': 3, 'of pull': 3, button: 7 }),
];
const MODEL: StageParameters = {
  economics: {},
  synthetic: [],
  nodes: [
    {
      name: 'cost',
      isCost: true,
      isWhole: false,
      difference: null,
      terms: costs.map(({ term }) => term),
      weights: Object.assign({}, ...costs.map(({ weights }) => weights)),
    },
  ],
};

it.each<[string, object, isSame?: boolean]>([
  ['type', { product: 'pull' }],
  ['technique', { fabricProcess: 'knitting-mix' }],
  ['mass', { mass: 0.3 }],
  ['fibre', { materials: [COTTON, { ...LINEN, id: 'ei-coton' }] }],
  [
    'shares',
    {
      materials: [
        { ...COTTON, share: 0.7 },
        { ...LINEN, share: 0.3 },
      ],
    },
  ],
  ['origin of a fibre', { materials: [COTTON, { ...LINEN, country: 'FR' }] }],
  ['spinning of a fibre', { materials: [COTTON, { ...LINEN, spinning: 'Conventional' }] }],
  ['place of making', { countryMaking: 'CN' }],
  ['trims', { trims: [{ id: 'button', quantity: 1 }] }],
  ['nothing but the order of fibres', { materials: [LINEN, COTTON] }, true],
])('a garment costs what it costs alone after another that differs by %s', (_what, change, isSame = false) => {
  const [first, other] = [garmentFromQuery(QUERY), garmentFromQuery({ ...QUERY, ...change })];
  // Garments that one is completed to share what they have in common.
  const shared = Object.entries(other).map(([field, value]) => {
    const same = first[field as keyof typeof first];
    return [field, JSON.stringify(value) === JSON.stringify(same) ? same : value];
  });
  const second: typeof first = Object.fromEntries(shared);
  const garments = [first, second, first, second];
  const alone = garments.map((garment) => openStages(MODEL)([garment])[0]);
  expect(alone[0] === alone[1]).toBe(isSame);
  const [one, another] = [openStages(MODEL), openStages(MODEL)];
  expect(one(garments)).toEqual(alone);
  expect(garments.map((garment) => another([garment])[0])).toEqual(alone);
});
