import { judge } from '@ecobalyse/plausibility';
import { simulateTotals } from '@ecobalyse/textile-method';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryQuery } from '../../textile-method/src/testing/arbitrary-query.js';
import { explain, type Peers } from './explanation.js';
import { garmentOf } from './garment.js';
import { leversOf } from './levers.js';

const SHIRT = { product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], countryMaking: 'BD' };
const OF = { fr: 'de la grille', en: 'of the grid' };
const peers = (median: object, place: Peers['place'] = null): Peers => ({
  of: OF,
  count: 9,
  median: garmentOf({ ...median }),
  place,
});
const CHAIN = { countrySpinning: 'FR', countryFabric: 'FR', countryDyeing: 'FR', countryMaking: 'FR' };
/** Nothing that is made otherwise costs less. */
const BEST = {
  ...{ product: 'tshirt', mass: 0.2, materials: [{ id: 'coton-rdp', share: 1 }], business: 'small-business' },
  ...{ fabricProcess: 'knitting-integral', ...CHAIN },
};
/** As the numbers of French are written, whose blanks are of several kinds. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

it.each<[string, object, Peers | null, string, string]>([
  [
    'without others',
    SHIRT,
    null,
    'This product costs 1,771 Pts, of which 36% for raw materials (cotton); what would lower it most: materials, Recycled cotton (production waste) 100% instead of Cotton 100% (−519 Pts, which is −29%).',
    'Ce produit coûte 1 771 Pts, dont 36 % en matières premières (coton) ; ce qui l’abaisserait le plus : matières, « Coton recyclé (déchets de production) 100 % » au lieu de « Coton 100 % » (−519 Pts, soit −29 %).',
  ],
  [
    'above the median, by two fields and despite one',
    { ...SHIRT, ...CHAIN, mass: 0.3, materials: [{ id: 'ei-coton', share: 1 }] },
    peers({ ...SHIRT, materials: [{ id: 'ei-pet', share: 1 }], countryMaking: 'CN' }),
    '; that is 69% more than the median of the T-shirts and polos of the grid (1,177 Pts), mostly by the mass (0.3 kg against 0.17 kg: +889 Pts) and the materials (Cotton 100% against Polyester 100%: +646 Pts), despite the country of dyeing (France against Unknown country: −380 Pts); ',
    ' ; c’est 69 % de plus que la médiane des t-shirts et polos de la grille (1 177 Pts), surtout par la masse (0,3 kg contre 0,17 kg : +889 Pts) et les matières (Coton 100 % contre Polyester 100 % : +646 Pts), malgré le pays d’ennoblissement (France contre Pays inconnu (par défaut) : −380 Pts) ; ',
  ],
  [
    'below it',
    { ...SHIRT, mass: 0.1 },
    peers(SHIRT),
    '; that is 40% less than the median of the T-shirts and polos of the grid (1,771 Pts), mostly by the mass (0.1 kg against 0.17 kg: −713 Pts); ',
    ' ; c’est 40 % de moins que la médiane des t-shirts et polos de la grille (1 771 Pts), surtout par la masse (0,1 kg contre 0,17 kg : −713 Pts) ; ',
  ],
  [
    'the dearest',
    { ...SHIRT, mass: 0.3 },
    peers(SHIRT, 'dearest'),
    '; none of the T-shirts and polos of the grid costs more, and that is 75% more than their median (1,771 Pts), mostly by ',
    ' ; aucun coût n’est plus haut parmi les t-shirts et polos de la grille, et c’est 75 % de plus que leur médiane (1 771 Pts), surtout par ',
  ],
  [
    'the cheapest',
    { ...SHIRT, mass: 0.1 },
    peers(SHIRT, 'cheapest'),
    '; none of the T-shirts and polos of the grid costs less, and that is 40% less than their median (1,771 Pts), mostly by ',
    ' ; aucun coût n’est plus bas parmi les t-shirts et polos de la grille, et c’est 40 % de moins que leur médiane (1 771 Pts), surtout par ',
  ],
  [
    'as much as the median',
    SHIRT,
    peers({ ...SHIRT, mass: 0.171 }),
    '; that is as much as the median of the T-shirts and polos of the grid (1,782 Pts); ',
    ' ; c’est autant que la médiane des t-shirts et polos de la grille (1 782 Pts) ; ',
  ],
  [
    'of one material with a long name',
    { ...SHIRT, materials: [{ id: 'ei-laine-par-defaut', share: 1 }] },
    null,
    '% for raw materials (wool, default); ',
    ' % en matières premières (laine par défaut) ; ',
  ],
  ['the best', BEST, null, '; no single change would lower it.', ' ; aucun changement simple ne l’abaisserait.'],
])('the sentence of a garment: %s', (_, query, others, en, fr) => {
  const { sentence } = explain(garmentOf({ ...query }), others);
  expect(plain(sentence.en)).toContain(en);
  expect(plain(sentence.fr)).toContain(fr);
});

it.each([
  ['chemise', 'shirts', 'chemises'],
  ['jean', 'jeans', 'jeans'],
  ['jupe', 'skirts and dresses', 'jupes et robes'],
  ['manteau', 'coats and jackets', 'manteaux et vestes'],
  ['pantalon', 'trousers and shorts', 'pantalons et shorts'],
  ['pull', 'jumpers', 'pulls'],
  ['tshirt', 'T-shirts and polos', 't-shirts et polos'],
  ['chaussettes', 'socks', 'chaussettes'],
  ['calecon', 'woven boxer shorts', 'caleçons tissés'],
  ['slip', 'knitted briefs', 'slips et boxers tricotés'],
  ['maillot-de-bain', 'swimwear', 'maillots de bain'],
])('garments of the type %s are named in the plural', (product, en, fr) => {
  const garment = { ...SHIRT, product };
  const { sentence } = explain(garmentOf(garment), peers(garment));
  expect(sentence.en).toContain(` the median of the ${en} of the grid `);
  expect(sentence.fr).toContain(` la médiane des ${fr} de la grille `);
});

it('long values are left to the table', () => {
  const materials = [
    { id: 'ei-coton', share: 0.4 },
    { id: 'ei-laine-nouvelle-filiere', share: 0.5 },
    { id: 'ei-lin', share: 0.1 },
  ];
  const { sentence } = explain(garmentOf({ ...SHIRT, materials }), peers(SHIRT));
  expect(sentence.en).toMatch(/by the materials \([+−][\d,]+ Pts\);/);

  // 40 characters in English, 41 in French.
  const ofTwo = ['ei-laine-nouvelle-filiere', 'ei-viscose'].map((id) => ({ id, share: 0.5 }));
  const edge = explain(garmentOf({ ...SHIRT, materials: ofTwo }), peers(SHIRT)).sentence;
  expect(edge.en).toContain('by the materials (Wool (new supply chain) 50%, Viscose 50% against Cotton 100%: ');
  expect(plain(edge.fr)).toMatch(/par les matières \([+−][\d ]+ Pts\) ;/);
});

it('effects are told from a fifth of the difference on, those that go the other way from a quarter on', () => {
  /** Shares of the difference that the fields make, of which as many are told as should be. */
  const sharesOf = (changes: object): number[] => {
    const { against, sentence } = explain(
      garmentOf({ ...SHIRT, ...changes }),
      peers({ ...SHIRT, airTransportRatio: 0 }),
    );
    const shares = (against?.effects ?? []).map(({ item }) => item / (against?.difference.item as number));
    const along = shares.filter((share) => share >= 0.2).length;
    const counter = shares.filter((share) => share <= -0.25).length;
    const told = sentence.en.slice(0, sentence.en.indexOf('; what would')).match(/: [+−][\d,.]+ Pts\)/g)?.length ?? 0;
    expect([changes, told]).toEqual([changes, Math.min(along, 2) + Math.min(counter, 1)]);
    return shares;
  };
  const all = [
    ...[0.4, 0.6, 0.8, 0.9, 1, 1.2, 2].map((mass) => ({ mass, airTransportRatio: 0, countryDyeing: 'FR' })),
    ...[0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1].map((airTransportRatio) => ({ mass: 0.22, airTransportRatio })),
  ].flatMap(sharesOf);
  // On both sides of the bounds.
  for (const [low, high] of [
    [-0.3, -0.25],
    [-0.25, -0.2],
    [0.15, 0.2],
    [0.2, 0.3],
  ] as const)
    expect([low, all.filter((share) => share > low && share < high)]).not.toEqual([low, []]);
});

it('tells what makes up most of the cost', () => {
  const garment = garmentOf(SHIRT);
  const { cause, against } = explain(garment, null);
  expect([cause.part, against]).toEqual(['material', null]);
  expect(cause.ecs).toBe(Math.max(...Object.values(garment.parts)));
  expect(cause.share).toBeCloseTo(cause.ecs / simulateTotals(SHIRT).ecs, 12);
});

it('a cost below nothing has no shares', () => {
  const trims = [{ id: 'd56bb0d5-7999-4b8b-b076-94d79099b56a', quantity: 400 }];
  const { cause, sentence } = explain(garmentOf({ ...SHIRT, mass: 0.15, trims }), null);
  expect(cause.share).toBe(0);
  expect(plain(sentence.fr)).toMatch(/^Ce produit coûte -?[−\d ]+ Pts ; /);
});

const best = (query: object) =>
  Object.fromEntries(leversOf(garmentOf({ ...query })).map((lever) => [lever.field, lever]));

it('levers are worked out by the method, the best of each field, those that save most first', () => {
  const query = { ...SHIRT, airTransportRatio: 0.5, fading: true, printing: { kind: 'pigment', ratio: 0.2 } };
  const levers = leversOf(garmentOf(query));
  expect(levers.map(({ saves }) => saves)).toEqual(levers.map(({ saves }) => saves).sort((a, b) => b - a));
  expect(levers.map(({ field }) => field).sort()).toEqual([
    ...['airTransportRatio', 'business', 'countryDyeing', 'countryFabric', 'countryMaking', 'countrySpinning'],
    ...['fabricProcess', 'fading', 'materials', 'printing'],
  ]);
  for (const { change, ecs, saves } of levers) {
    expect(ecs).toBe(simulateTotals({ ...query, ...change }).ecs);
    expect(saves).toBeCloseTo(simulateTotals(query).ecs - ecs, 9);
    expect(saves).toBeGreaterThanOrEqual(1);
  }
  expect(levers.find(({ field }) => field === 'airTransportRatio')).toMatchObject({
    from: { en: '50%', fr: '50 %' },
    to: { en: '0%', fr: '0 %' },
    change: { airTransportRatio: 0 },
  });
});

it('only a fibre that serves alike takes the place of the main one, and a knitted garment stays knitted', () => {
  const materials = [
    { id: 'ei-pet', share: 0.7, country: 'CN' },
    { id: 'ei-laine-par-defaut', share: 0.3 },
  ];
  const { materials: lever, fabricProcess } = best({ ...SHIRT, materials });
  expect(lever?.change).toEqual({
    materials: [
      { id: 'ei-pet-r', share: 0.7 },
      { id: 'ei-laine-par-defaut', share: 0.3, country: null, spinning: null },
    ],
  });
  expect(String(fabricProcess?.change.fabricProcess)).toMatch(/^knitting-/);
  expect(best({ ...SHIRT, materials: [{ id: 'ei-laine-par-defaut', share: 1 }] }).materials?.change).toEqual({
    materials: [{ id: 'ei-laine-nouvelle-filiere', share: 1 }],
  });
  expect(best({ ...SHIRT, materials: [{ id: 'ei-lin', share: 1 }] }).materials).toBeUndefined();
  expect(best({ ...SHIRT, product: 'jean', mass: 0.5 }).fabricProcess).toBeUndefined();
  expect(best({ ...SHIRT, fabricProcess: 'weaving' }).fabricProcess).toBeUndefined();
});

it('a repair service is offered by a large company only', () => {
  expect(best({ ...SHIRT, business: 'small-business' }).business).toBeUndefined();
  expect(best(SHIRT).business?.change).toEqual({ business: 'large-business-with-services' });
});

it('a change that would be doubtful is none: the chain would go to and fro', () => {
  const chain = { countrySpinning: 'FR', countryFabric: 'CN', countryDyeing: 'CN', countryMaking: 'CN' };
  const toAndFro = { ...chain, countryDyeing: 'FR' };
  expect(judge({ ...SHIRT, ...toAndFro }).map(({ id }) => id)).toContain('countries_to_and_fro');
  const lever = best({ ...SHIRT, ...chain }).countryDyeing;
  expect(lever).toBeDefined();
  expect(lever?.change.countryDyeing).not.toBe('FR');
});

it('no lever of any garment makes it doubtful, or touches what only is told', () => {
  const isLever = /^(airTransportRatio|business|country\w+|fabricProcess|fading|materials|printing)$/;
  fc.assert(
    fc.property(arbitraryQuery, (query) => {
      const rules = (body: object) => new Set(judge(body as never).map(({ id }) => id));
      const known = rules(query);
      for (const { change, field } of leversOf(garmentOf(query))) {
        expect(field).toMatch(isLever);
        for (const id of rules({ ...query, ...change })) expect(known).toContain(id);
      }
    }),
    { seed: 22, numRuns: 6 },
  );
});
