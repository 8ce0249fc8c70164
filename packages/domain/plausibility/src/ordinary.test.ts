import { descriptionOf, profile, SECTOR, seededRandom } from '@ecobalyse/estimation';
import { isDoubtful } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { plannedSimulations } from '../../../../services/extraction/src/grid.js';
import { judge, RULES } from './index.js';
import { massRange } from './rules.js';

type Query = Readonly<Record<string, unknown>>;

const sector = SECTOR.samplerFor(descriptionOf({}));
const random = seededRandom(20);
const DRAWN = Array.from({ length: 2000 }, () => sector(random));
const GRID = plannedSimulations({}).map(({ query }): Query => query);

/** Rules that find something doubtful in a garment as the method scores it. */
function doubts(query: Query): string[] {
  const { ecs, pef } = simulateTotals(query);
  return judge(query, { answer: { impacts: { ecs, pef } }, sent: query })
    .filter((finding) => isDoubtful([finding]))
    .map(({ id }) => id);
}

/** Garments that others have published (docs/plausibility.md says where). */
const country = (code: string) => ({
  countrySpinning: code,
  countryFabric: code,
  countryDyeing: code,
  countryMaking: code,
});
const all = (id: string) => [{ id, share: 1 }];
const PUBLISHED: Query[] = [
  { product: 'tshirt', mass: 0.17, materials: all('ei-coton'), countryMaking: 'BD' },
  {
    product: 'tshirt',
    mass: 0.17,
    materials: all('ei-coton'),
    countryMaking: 'BD',
    business: 'small-business',
    numberOfReferences: 500,
    price: 35,
  },
  {
    product: 'pull',
    mass: 0.55,
    materials: [
      { id: 'ei-viscose', share: 0.9 },
      { id: 'ei-jute-kenaf', share: 0.1 },
    ],
    ...country('CN'),
    printing: { kind: 'pigment', ratio: 0.2 },
    airTransportRatio: 0.75,
    numberOfReferences: 9000,
    price: 100,
    trims: [{ id: '0c903fc7-279b-4375-8cfa-ca8133b8e973', quantity: 1 }],
  },
  { product: 'tshirt', mass: 0.17, materials: all('ei-coton'), ...country('FR'), fabricProcess: 'knitting-mix' },
  {
    product: 'tshirt',
    mass: 0.15,
    materials: all('ei-coton'),
    yarnSize: 62,
    countrySpinning: 'CN',
    trims: [{ id: 'd56bb0d5-7999-4b8b-b076-94d79099b56a', quantity: 5 }],
  },
  {
    product: 'tshirt',
    mass: 0.15,
    materials: all('ei-coton'),
    upcycled: true,
    price: 30,
    numberOfReferences: 200,
    business: 'small-business',
  },
  {
    product: 'tshirt',
    mass: 0.15,
    materials: [
      { id: 'ei-coton', share: 0.7 },
      { id: 'ei-pet', share: 0.3 },
    ],
  },
  {
    product: 'jean',
    mass: 0.45,
    materials: [
      { id: 'ei-coton', share: 0.98 },
      { id: 'elasthane', share: 0.02 },
    ],
    ...country('TN'),
    fading: true,
  },
  {
    product: 'chaussettes',
    mass: 0.051,
    materials: [
      { id: 'ei-coton', share: 0.75 },
      { id: 'ei-pa', share: 0.2 },
      { id: 'elasthane', share: 0.05 },
    ],
    ...country('CN'),
    numberOfReferences: 1000,
    price: 12,
    airTransportRatio: 0,
  },
  {
    product: 'pantalon',
    mass: 0.2,
    materials: [
      { id: 'ei-coton-organic', share: 0.7 },
      { id: 'ei-pet', share: 0.3 },
    ],
    ...country('BD'),
    fabricProcess: 'knitting-mix',
    airTransportRatio: 0.33,
  },
];
/** Of the smallest and the greatest sizes: what a baby of 74 cm and a tall man wear. */
const SIZES: [type: string, ...kg: number[]][] = [
  ['tshirt', 0.04, 0.7],
  ['chemise', 0.05, 0.7],
  ['jean', 0.12, 1.8],
  ['jupe', 0.05, 1.5],
  ['manteau', 0.15, 5],
  ['pantalon', 0.06, 1.8],
  ['pull', 0.07, 2],
  ['chaussettes', 0.008, 0.25],
  ['calecon', 0.02, 0.3],
  ['slip', 0.01, 0.25],
  ['maillot-de-bain', 0.02, 0.6],
];

describe('an ordinary garment', () => {
  it('is never doubtful in the reference grid', () => {
    expect(GRID.length).toBe(7638);
    expect(GRID.flatMap(doubts)).toEqual([]);
  });

  it('is never doubtful when the sector makes it', () => {
    expect(DRAWN.flatMap(doubts)).toEqual([]);
  });

  it.each(PUBLISHED.map((query) => [query]))('is not doubtful as somebody published it: %j', (query) => {
    expect(doubts(query)).toEqual([]);
  });

  it.each(SIZES)('is not doubtful in a %s of any size', (product, ...kg) => {
    for (const mass of kg) expect(doubts({ product, mass, materials: all('ei-coton') })).toEqual([]);
  });
});

describe('a slip of the unit', () => {
  const ranges = new Map(profile.products.map((product) => [product.id, massRange(product)]));
  const usual = DRAWN.filter(({ mass, product }: Query) => {
    const [, , heaviest] = profile.product(product as string).massKg;
    return (mass as number) <= heaviest;
  });
  it.each([
    ['grams', 1000, 1],
    ['milligrams', 1_000_000, 1],
    ['a lost decimal point', 100, 1],
    ['tenfold', 10, 0.95],
    ['a tenth', 0.1, 0.2],
  ])('is found wherever it leaves the range of its type: %s', (_name, factor, least) => {
    const slipped = usual.map((query): Query & { mass: number } => ({
      ...query,
      mass: (query.mass as number) * factor,
    }));
    const left = slipped.filter(({ mass, product }) => {
      const range = ranges.get(product as string) as { least: number; most: number };
      return mass < range.least || mass > range.most;
    });
    expect(left.flatMap((query) => judge(query).filter(({ id }) => id === 'mass_out_of_range')).length).toBe(
      left.length,
    );
    expect(left.length / slipped.length).toBeGreaterThanOrEqual(least);
  });

  it('of a share is found as well', () => {
    for (const share of [0.01, 0.1, 0.6, 0.95])
      expect(doubts({ product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share }] })).toContain(
        'shares_do_not_add_up',
      );
  });
});

it('no rule but these keeps a product out of the statistics', () => {
  const doubtful = Object.entries(RULES).flatMap(([id, { severity }]) => (severity === 'doubtful' ? [id] : []));
  expect(doubtful).toEqual([
    'mass_out_of_range',
    'shares_do_not_add_up',
    'trims_heavier_than_garment',
    'trims_too_many',
    'cost_not_positive',
    'cost_below_label',
    'cost_above_label',
    'impacts_all_zero',
    'other_product_answered',
  ]);
});
