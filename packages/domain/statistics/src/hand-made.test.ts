import { seededRandom } from '@ecobalyse/estimation';
import { COST_PARTS, COST_UNITS, type CostUnit, EFFECT_FACTORS, type STRATUM_GROUPINGS } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { ANALYSES, referenceOf } from './analyses.js';
import { adjustedRand, bestOf } from './clusters.js';
import { medianRank, quantileOf, stratumOf } from './describe.js';
import { effects, FACTORS } from './effects.js';
import { costOf, countedOf, familyOf, type Garment } from './garments.js';
import { outliers } from './outliers.js';
import { kindOf, reasonOf } from './reasons.js';
import { segments } from './segments.js';
import { againstGarments, PORTAL_MEDIANS, standing } from './standing.js';
import { strata } from './strata.js';
import { madeRow, PLAIN, rowOf } from './testing/rows.js';

const garmentsOf = (queries: readonly Record<string, unknown>[], more = {}): Garment[] =>
  countedOf(
    queries.map((query) => rowOf(query, more)),
    'regular',
  ).garments;
const [plain] = garmentsOf([{}]) as [Garment];
const NAME = { en: 'Ours', fr: 'Le nôtre' };

describe('what counts', () => {
  const kept = (rows: Parameters<typeof countedOf>[0], scenario: 'regular' | 'low-cost' | null = 'regular') => {
    const { garments, otherScenario, withoutFigures } = countedOf(rows, scenario);
    return [garments.length, otherScenario, withoutFigures];
  };

  it('is one system boundary: stages that are left out are pooled with nothing', () => {
    const rows = [
      rowOf({}),
      rowOf({}, { scenario: 'regular' }),
      rowOf({ disabledSteps: ['use'] }, { scenario: 'low-cost' }),
      rowOf({ disabledSteps: ['use'] }),
      rowOf({ disabledSteps: [] }),
    ];
    expect(kept(rows)).toEqual([3, 2, 0]);
    expect(kept(rows, 'low-cost')).toEqual([1, 4, 0]);
    expect(kept(rows, null)).toEqual([4, 1, 0]);
  });

  it.each([
    ['ecs', 0],
    ['ecs', -1],
    ['ecs', null],
    ['mass', 0],
    ['mass', null],
    ['days_of_wear', 0],
    ['product_id', null],
    ['materials', []],
    ['stages', { ...plain.stages, eol: null }],
  ])('has its figures: %s is not %j', (field, value) => {
    expect(kept([{ ...rowOf({}), [field]: value } as never])).toEqual([0, 0, 1]);
  });

  it.each([
    [
      'the greatest share, not the first',
      [
        ['ei-pet', 0.3],
        ['ei-coton', 0.7],
      ],
      'ei-coton',
    ],
    [
      'the first in the alphabet among equals',
      [
        ['ei-pet', 0.5],
        ['ei-coton', 0.5],
      ],
      'ei-coton',
    ],
    [
      'in whatever order they are written',
      [
        ['ei-coton', 0.5],
        ['ei-pet', 0.5],
      ],
      'ei-coton',
    ],
  ])('has as its main material %s', (_, shares, main) => {
    const materials = (shares as [string, number][]).map(([id, share]) => ({ id, share }));
    const [garment] = garmentsOf([{ materials }]);
    expect(garment?.main_material).toBe(main);
  });

  it.each([
    ['ei-coton', 'natural_vegetal'],
    ['ei-laine-par-defaut', 'natural_animal'],
    ['ei-pet', 'synthetic'],
    ['ei-viscose', 'artificial_organic'],
    ['straw', 'straw'],
  ])('%s is of the family %s', (main_material, family) => {
    expect(familyOf({ main_material })).toBe(family);
  });
});

it.each<[CostUnit, number]>([
  ['item', 300],
  ['100g', 120],
  ['day', 6],
])('a garment of 250 g and 300 Pts that is worn for 50 days costs per %s %d', (per, cost) => {
  expect(costOf(madeRow('one', 300, { mass: 0.25, days_of_wear: 50 }), per)).toBeCloseTo(cost, 12);
});

describe('a stratum', () => {
  it('has the figures of a hand-made group', () => {
    expect(stratumOf([4, 1, 3, 2, 5, 6, 7])).toMatchObject({
      ...{ count: 7, mean: 4, median: 4, q1: 2.5, q3: 5.5, min: 1, max: 7, constant: false },
      ...{ median_low: 1, median_high: 7 },
    });
  });
  it('says that one value for all is no distribution', () => {
    expect(stratumOf([0.1, 0.1, 0.1])).toMatchObject({ constant: true, mean: 0.1, deviation: 0, mean_low: 0.1 });
    expect(stratumOf([0.1, 0.1, 0.2])).toMatchObject({ constant: false });
  });
  it('is none without values, and without intervals for one', () => {
    expect(stratumOf([])).toBeNull();
    expect(stratumOf([3])).toMatchObject({ mean_low: null, deviation: null, median_low: null, constant: true });
  });
  it('interpolates quantiles between ranks', () => {
    expect([0, 0.25, 0.5, 1].map((share) => quantileOf([10, 20, 40], share))).toEqual([10, 15, 20, 40]);
  });
  it('covers the median of a skewed distribution in at least 95 of 100 samples', () => {
    const next = seededRandom(1);
    const inside = Array.from({ length: 400 }, () => {
      const one = stratumOf(Array.from({ length: 21 }, () => -Math.log(1 - next())));
      return Number(one?.median_low) <= Math.LN2 && Number(one?.median_high) >= Math.LN2;
    }).filter(Boolean).length;
    expect(inside / 400).toBeGreaterThan(0.94);
  });
  it('takes ranks of the median that lie apart as binomial tails say', () => {
    expect([1, 5, 6, 8, 9].map(medianRank)).toEqual([-1, -1, 0, 0, 1]);
  });
});

describe('strata', () => {
  const garments = [
    madeRow('a', 100, { brand: 'One', tags: ['x', 'y'], country_making: 'CN' }),
    madeRow('b', 300, { brand: 'One', tags: ['x'], country_making: 'FR' }),
    madeRow('c', 800, { brand: null, country_making: 'FR', scenario: 'low-cost', product_id: 'jean' }),
  ];
  const keys = (by: (typeof STRATUM_GROUPINGS)[number]) =>
    strata(garments, 'item', by).groups.map(({ key, count, mean }) => [key, count, mean]);

  it.each<[(typeof STRATUM_GROUPINGS)[number], unknown[]]>([
    [
      'product',
      [
        ['jean', 1, 800],
        ['tshirt', 2, 200],
      ],
    ],
    ['main_material', [['ei-coton', 3, 400]]],
    ['country_spinning', [['FR', 3, 400]]],
    ['country_fabric', [['FR', 3, 400]]],
    ['country_dyeing', [['FR', 3, 400]]],
    [
      'country_making',
      [
        ['FR', 2, 550],
        ['CN', 1, 100],
      ],
    ],
    ['process', [['weaving', 3, 400]]],
    [
      'scenario',
      [
        ['low-cost', 1, 800],
        [null, 2, 200],
      ],
    ],
    [
      'brand',
      [
        [null, 1, 800],
        ['One', 2, 200],
      ],
    ],
    // A garment counts for each of its tags, and none for one without.
    [
      'tag',
      [
        [null, 1, 800],
        ['x', 2, 200],
        ['y', 1, 100],
      ],
    ],
  ])('group by %s, the dearest first', (by, groups) => {
    expect(keys(by)).toEqual(groups);
  });
  it('never pool scenarios', () => {
    expect(strata(garments, 'item', 'scenario').all).toBeNull();
    expect(strata(garments, 'item', 'brand').all).toMatchObject({ count: 3, mean: 400 });
    expect(strata([], 'item', 'product')).toEqual({ all: null, groups: [] });
  });
  it.each(COST_UNITS)('are told per %s', (per) => {
    expect(strata([plain], per, 'product').all?.mean).toBe(costOf(plain, per));
  });
  it('name groups in both languages', () => {
    expect(strata([plain], 'item', 'country_dyeing').groups[0]?.name).toEqual({ en: 'France', fr: 'France' });
    expect(strata([plain], 'item', 'main_material').groups[0]?.name).toEqual({ en: 'Cotton', fr: 'Coton' });
    expect(strata([plain], 'item', 'brand').groups[0]?.name).toEqual({ en: 'not told', fr: 'non renseigné' });
  });
});

describe('effects', () => {
  const cost = (query: object) => simulateTotals({ ...PLAIN, ...query }).ecs;
  const CHANGED: Record<string, (level: string) => object> = {
    country: (level) => ({
      ...{ countrySpinning: level, countryFabric: level, countryDyeing: level, countryMaking: level },
    }),
    country_spinning: (countrySpinning) => ({ countrySpinning }),
    country_fabric: (countryFabric) => ({ countryFabric }),
    country_dyeing: (countryDyeing) => ({ countryDyeing }),
    country_making: (countryMaking) => ({ countryMaking }),
    process: (fabricProcess) => ({ fabricProcess }),
    material: (id) => ({ materials: [{ id, share: 1 }] }),
    air: (share) => ({ airTransportRatio: Number(share) }),
  };

  it.each(Object.entries(CHANGED))('of %s are the differences that the method makes', (factor, change) => {
    const { levels, reference } = FACTORS[factor as keyof typeof FACTORS];
    const { how, types } = effects([plain], factor as never, reference, 'item', false);
    expect(how).toBe('computed');
    expect(types.map(({ product_id }) => product_id)).toEqual([null, 'tshirt']);
    const found = types[0]?.levels ?? [];
    expect(found.map(({ level }) => level).sort()).toEqual(levels.filter((level) => level !== reference).sort());
    const from = cost(change(reference));
    for (const { level, points, percent, count, cheaper } of found) {
      const to = cost(change(level));
      expect([count, points.median, percent.median, cheaper]).toEqual([
        ...[1, expect.closeTo(to - from, 9), expect.closeTo((100 * (to - from)) / from, 9), to < from ? 1 : 0],
      ]);
    }
  });

  it.each<[CostUnit, number]>([
    ['100g', 1 / 1.7],
    ['day', 1 / plain.days_of_wear],
  ])('are told per %s', (per, divisor) => {
    const of = (unit: CostUnit) =>
      effects([plain], 'country', 'FR', unit, false).types[0]?.levels.find(({ level }) => level === 'CN');
    expect(of(per)?.points.mean).toBeCloseTo((of('item')?.points.mean ?? 0) * divisor, 9);
    expect(of(per)?.percent.mean).toBeCloseTo(of('item')?.percent.mean ?? 0, 9);
  });

  it('replace the main material only, and add its share to an entry of the same', () => {
    const [mixed] = garmentsOf([
      {
        materials: [
          { id: 'ei-pet', share: 0.4, country: 'CN' },
          { id: 'ei-coton', share: 0.6, country: 'BD' },
        ],
      },
    ]) as [Garment];
    const found = effects([mixed], 'material', 'ei-coton', 'item', false).types[0]?.levels ?? [];
    const to = (materials: object[]) => cost({ materials });
    const from = to([
      { id: 'ei-pet', share: 0.4, country: 'CN' },
      { id: 'ei-coton', share: 0.6, country: 'BD' },
    ]);
    const change = (id: string) => found.find(({ level }) => level === id)?.points.median;
    expect(change('ei-pet')).toBeCloseTo(to([{ id: 'ei-pet', share: 1, country: 'CN' }]) - from, 9);
    expect(change('ei-lin')).toBeCloseTo(
      to([
        { id: 'ei-lin', share: 0.6 },
        { id: 'ei-pet', share: 0.4, country: 'CN' },
      ]) - from,
      9,
    );
  });

  const grid = ['FR', 'CN', 'BD'].flatMap((code) =>
    [0.15, 0.2].flatMap((mass) => {
      const query = { mass, ...CHANGED.country?.(code) };
      return [
        rowOf(query, { scenario: 'regular' }),
        rowOf(
          { ...query, disabledSteps: ['use'], yarnSize: null, ...(code === 'FR' ? {} : { airTransportRatio: 0.33 }) },
          { scenario: 'low-cost' },
        ),
      ];
    }),
  );
  const of = (scenario: 'regular' | 'low-cost' | null) => countedOf(grid, scenario).garments;

  it('paired on the grid equal those that are computed', () => {
    const paired = effects(of('regular'), 'country', 'FR', 'item', true);
    const computed = effects(
      of('regular').filter(({ country_making }) => country_making === 'FR'),
      'country',
      'FR',
      'item',
      false,
    );
    expect([paired.how, paired.garments]).toEqual(['paired', 6]);
    // Nothing is scored: the bound on that is none here.
    expect(effects(of('regular'), 'country', 'FR', 'item', true, 1)).toEqual(paired);
    for (const level of ['CN', 'BD']) {
      const [one, other] = [paired, computed].map(
        ({ types }) => types[1]?.levels.find((candidate) => candidate.level === level)?.points,
      );
      expect(one?.median).toBeCloseTo(other?.median ?? Number.NaN, 6);
      expect(one?.p95).toBeCloseTo(other?.p95 ?? Number.NaN, 6);
    }
  });
  it('pair only what differs in nothing else', () => {
    // Those of the low-cost scenario fly from China and not from France.
    expect(effects(of('low-cost'), 'country', 'FR', 'item', true).types[0]?.levels).toEqual([]);
    expect(effects(of('low-cost'), 'country', 'CN', 'item', true).types[0]?.levels.map(({ level }) => level)).toEqual([
      'BD',
    ]);
  });
  it('are told from the least to the greatest, by name among equals, with their figures', () => {
    const made = (codes: string[], ecs: number) => {
      const [spinning, fabric, dyeing, making] = codes.length === 1 ? Array(4).fill(codes[0]) : codes;
      const countries = {
        countrySpinning: spinning,
        countryFabric: fabric,
        countryDyeing: dyeing,
        countryMaking: making,
      };
      return madeRow(`${codes} ${ecs}`, ecs, { query: { mass: 0.2, ...countries } });
    };
    const garments = [
      ...[made(['TR'], 150), made(['FR'], 100), made(['CN'], 150), made(['BD'], 90), made(['IN'], 150)],
      // Of no one country.
      made(['CN', 'CN', 'CN', 'FR'], 10),
    ];
    const [all, own] = effects(garments, 'country', 'FR', 'item', true).types;
    expect(all?.levels.map(({ level, count, cheaper }) => [level, count, cheaper])).toEqual([
      ['BD', 1, 1],
      ['CN', 1, 0],
      ['IN', 1, 0],
      ['TR', 1, 0],
    ]);
    expect(own).toMatchObject({ product_id: 'tshirt', levels: all?.levels });
    const even = (value: number) => ({ median: value, p5: value, p95: value, mean: value });
    expect(all?.levels[0]).toMatchObject({ points: even(-10), percent: even(-10) });
    expect(all?.levels[1]).toMatchObject({ points: even(50), percent: even(50) });
  });
  it('of the scenario are paired on the grid alone', () => {
    const [level] = effects(of(null), 'scenario', 'regular', 'item', true).types[0]?.levels ?? [];
    expect([level?.level, level?.count, level?.cheaper]).toEqual(['low-cost', 6, 1]);
    expect(effects(of(null), 'scenario', 'regular', 'item', false).types[0]?.levels).toEqual([]);
  });
  it('leave out what the method does not read', () => {
    const foreign = madeRow('foreign', 100, { query: { product: 'hat' } });
    expect(effects([foreign, plain], 'air', '0', 'item', false).types[0]?.levels[0]?.count).toBe(1);
  });
  it('of more than can be scored are those of the first identities', () => {
    const three = ['c', 'a', 'b'].map((id, rank) => garmentsOf([{ mass: 0.2 + rank / 10 }], { id })[0] as Garment);
    const found = effects(three, 'air', '0', 'item', false, 14);
    expect(found.garments).toBe(2);
    const both = effects(three.slice(1), 'air', '0', 'item', false);
    expect(found.types).toEqual(both.types);
  });
  it.each(EFFECT_FACTORS)('of %s have a reference that is one of the levels', (factor) => {
    const query = { factor } as Parameters<typeof referenceOf>[0];
    expect(FACTORS[factor].levels).toContain(referenceOf(query));
    expect(referenceOf({ ...query, reference: 'BD' })).toBe('BD');
  });
});

describe('outliers', () => {
  const usual = Array.from({ length: 12 }, (_, rank) => ({ mass: 0.15 + rank / 200 }));
  const many = (count: number, more: Partial<Garment> = {}) =>
    Array.from({ length: count }, (_, rank) => madeRow(`m${rank}`, 100 * 1.1 ** rank, more));

  it('are those of a kind of eight or more', () => {
    const far = madeRow('far', 1e6);
    expect(outliers([...many(6), far], 'item', 9)).toMatchObject({ judged: 0, total: 0 });
    expect(outliers([...many(7), far], 'item', 9)).toMatchObject({ judged: 8, total: 1 });
    // Another family of fibres is another kind.
    expect(outliers([...many(7), { ...far, main_material: 'ei-pet' }], 'item', 9).judged).toBe(0);
    expect(outliers([...many(7), { ...far, product_id: 'pull' }], 'item', 9).judged).toBe(0);
  });
  it('lie as far below as above, on a log scale', () => {
    const kind = many(21);
    const median = 100 * 1.1 ** 10;
    const both = outliers([...kind, madeRow('low', median / 9), madeRow('high', median * 9)], 'item', 9);
    expect(both.outliers.map(({ id }) => id)).toEqual(['high', 'low']);
    expect(both.outliers[0]?.ratio).toBeCloseTo(9, 9);
    expect(both.outliers[1]?.ratio).toBeCloseTo(1 / 9, 9);
  });
  it('are none where all cost the same, but for rounding', () => {
    const same = Array.from({ length: 9 }, (_, rank) => madeRow(`s${rank}`, 100 + rank * 1e-10));
    expect(outliers(same, 'item', 9).total).toBe(0);
  });
  it('are told farthest first, as many as are asked for', () => {
    const all = [...many(21), madeRow('far', 1e5), madeRow('farther', 1e6), madeRow('near', 2e4)];
    const { total, outliers: found } = outliers(all, 'item', 2);
    expect([total, ...found.map(({ id }) => id)]).toEqual([3, 'farther', 'far']);
  });
  it.each([
    [{ mass: 0.9 }, 'mass', 'mass', 'masse'],
    [
      {
        mass: 0.175,
        fabricProcess: 'weaving',
        makingWaste: 0.4,
        makingDeadStock: 0.3,
        upcycled: false,
        airTransportRatio: 1,
        countryDyeing: 'IN',
        numberOfReferences: 900_000,
        price: 1,
      },
      null,
      null,
      null,
    ],
  ])('say which field explains them: %j', (query, field, en, fr) => {
    const [far] = garmentsOf([query]) as [Garment];
    const found = outliers([...garmentsOf(usual), far], 'item', 9);
    const one = found.outliers.find(({ id }) => id === far.id);
    if (field === null) return expect(COST_PARTS).toContain(one?.part);
    expect(one).toMatchObject({ field, part: 'material' });
    expect(one?.reason.en).toContain(`With the usual ${en} (0.18 kg)`);
    expect(one?.reason.fr).toContain(`Avec la valeur habituelle pour « ${fr} » (0,18 kg)`);
  });
});

describe('a reason', () => {
  const usual = { price: 35, numberOfReferences: 500, business: 'small-business' };
  const kind = kindOf(
    garmentsOf([{}, {}, { mass: 0.2 }, { countryDyeing: 'CN' }, {}].map((more) => ({ ...usual, ...more }))),
    'item',
  );
  it.each([
    [{ countryDyeing: 'IN' }, 'ennobling', 'country_dyeing'],
    [{ countrySpinning: 'IN' }, 'spinning', 'country_spinning'],
    [{ countryFabric: 'IN' }, 'fabric', 'country_fabric'],
    [{ countryMaking: 'IN' }, 'making', 'country_making'],
    [{ fabricProcess: 'weaving' }, 'fabric', 'process'],
    [{ materials: [{ id: 'ei-laine-par-defaut', share: 1 }] }, 'material', 'materials'],
    [{ numberOfReferences: 900_000 }, 'material', 'references'],
    [{ business: 'large-business-without-services' }, 'material', 'business'],
    [{ price: 1 }, 'material', 'price'],
    [{ physicalDurability: 0.67 }, 'material', 'durability'],
    [{ trims: [{ id: '86b877ff-0d59-482f-bb34-3ff306b07496', quantity: 3 }] }, 'trims', 'trims'],
    [{ makingWaste: 0.4 }, 'material', 'options'],
    [{ mass: 0.05 }, 'material', 'mass'],
  ])('of %j names %s and %s', (query, part, field) => {
    const [garment] = garmentsOf([{ ...usual, ...query }]) as [Garment];
    const told = reasonOf(garment, kind, NAME);
    expect([told.part, told.field]).toEqual([part, field]);
    for (const words of Object.values(told.reason)) expect(words).not.toMatch(/[{}]|undefined|NaN/);
  });
  it('says nothing of part or field where there is no difference', () => {
    expect(reasonOf(plain, kindOf([plain], 'item'), NAME)).toMatchObject({ part: null, field: null });
  });
  it.each([
    [0.09, null],
    [0.11, 'mass'],
  ])('of a field that explains %d of the distance names %s', (share, field) => {
    const [heavier] = garmentsOf([{ mass: 0.18 }]) as [Garment];
    const cost = costOf(heavier, 'item');
    const explained = Math.log(cost / costOf(plain, 'item'));
    const median = cost / Math.exp(explained / share);
    expect(reasonOf(heavier, kindOf([plain], 'item'), NAME, median).field).toBe(field);
  });
  it('is one sentence with the figures, in both languages', () => {
    const cost = costOf(plain, '100g');
    const told = reasonOf(plain, kindOf([plain], '100g'), NAME, cost / 2).reason;
    const [en, fr] = ['en', 'fr-FR'].map(
      (language) => (value: number) => value.toLocaleString(language, { maximumSignificantDigits: 3 }),
    ) as [(value: number) => string, (value: number) => string];
    expect(told.en).toBe(`${en(cost)} points per 100 g, 2 times the median of Ours (${en(cost / 2)}).`);
    expect(told.fr).toBe(`${fr(cost)} points pour 100 g, 2 fois la médiane de Le nôtre (${fr(cost / 2)}).`);
  });
});

describe('standing', () => {
  const there = againstGarments(
    NAME,
    [100, 200, 300, 400, 500].map((ecs, rank) => madeRow(`t${rank}`, ecs)),
  );
  const own = [
    madeRow('cheap', 50),
    madeRow('middle', 300),
    madeRow('dear', 900),
    madeRow('other', 10, { product_id: 'jean' }),
  ];
  const found = standing(own, there, 'item', 1, ['middle', 'nobody']);

  it('places products among those of their type', () => {
    expect(found).toMatchObject({ placed: 3, percentile: 50, ratio: 1, cheaper: 1 / 3 });
    expect(found.types).toMatchObject([
      { product_id: 'tshirt', count: 3, median: 300, against_count: 5, against_median: 300, percentile: 50, ratio: 1 },
    ]);
    expect(
      [found.best, found.worst, found.asked].map((list) => list.map(({ id, percentile }) => [id, percentile])),
    ).toEqual([[['cheap', 0]], [['dear', 100]], [['middle', 50]]]);
  });
  it('tells no product of a small catalogue as best and worst', () => {
    const { best, worst } = standing(own, there, 'item', 2, []);
    expect([best, worst].map((list) => list.map(({ id }) => id))).toEqual([['cheap', 'middle'], ['dear']]);
  });
  it('has no figures where nothing can be compared', () => {
    expect(standing([own[3] as Garment], there, 'item', 1, [])).toEqual({
      ...{ placed: 0, percentile: null, ratio: null, cheaper: null, types: [], best: [], worst: [], asked: [] },
    });
  });
  it('beside the portal knows medians only, per 100 g', () => {
    const one = madeRow('one', 923.68, { mass: 0.1 });
    const beside = standing([one], PORTAL_MEDIANS, '100g', 1, []);
    expect(beside).toMatchObject({ placed: 1, percentile: null, ratio: 2, cheaper: 0 });
    expect(beside.types).toMatchObject([{ against_count: null, against_median: 461.84, percentile: null }]);
    expect(standing([one], PORTAL_MEDIANS, 'item', 1, []).placed).toBe(0);
  });
});

describe('segments', () => {
  it('are as few as their silhouette allows', () => {
    const of = (silhouette: number, centre: number) => ({ centres: [[centre]], silhouette });
    expect(bestOf(new Map([2, 3, 4].map((count) => [count, of(count === 4 ? 0.4 : 0.5, count)])))?.centres).toEqual([
      [2],
    ]);
    expect(bestOf(new Map())).toBeUndefined();
  });

  const shares = (material: number) =>
    Object.fromEntries(
      COST_PARTS.map((part) => [part, part === 'material' ? material : part === 'use' ? 100 - material : 0]),
    ) as Garment['stages'];
  const two = Array.from({ length: 40 }, (_, rank) =>
    madeRow(`r${String(rank).padStart(2, '0')}`, 100, {
      mass: rank < 10 ? 0.1 : 0.4,
      product_id: rank < 10 ? 'slip' : rank < 25 ? 'jean' : 'pull',
      stages: shares((rank < 10 ? 80 : 20) + (rank % 5)),
    }),
  );

  it('are the two groups that are there, the cheapest 100 g first, and stable', () => {
    const found = segments(two, 'shares', 1);
    expect(found.segments.map(({ segment, count, share }) => [segment, count, share])).toEqual([
      [1, 30, 0.75],
      [2, 10, 0.25],
    ]);
    expect(found.stability).toMatchObject({ mean: 1, p5: 1, stable: true, resamples: 20 });
    expect(found.segments[0]?.types.map(({ product_id, share }) => [product_id, share])).toEqual([
      ['jean', 0.5],
      ['pull', 0.5],
    ]);
    expect(found.segments[1]?.name.en).toBe('Raw materials: 82% of the cost (among all: 37%)');
    expect(found.segments[1]?.shares.material).toBeCloseTo(0.82, 12);
    expect(found.segments[1]?.cost_per_100g.median).toBeCloseTo(100, 9);
    expect(found.segments[1]?.typical.product_id).toBe('slip');
    expect(Math.max(...Object.values(found.silhouettes))).toBe(found.silhouette);
  });
  it('by cost of 100 g have its bounds as their names', () => {
    const found = segments(two, 'cost_per_100g', 1).segments.map(({ name, count }) => [name.en, count]);
    expect(found).toEqual([]);
  });
  it('are none of fewer than 20 products', () => {
    expect(segments(two.slice(0, 19), 'shares', 1)).toEqual({
      ...{ silhouette: null, silhouettes: {}, stability: null, segments: [] },
    });
  });
  it('that are drawn by chance are not called stable', () => {
    const next = seededRandom(5);
    const noise = Array.from({ length: 60 }, (_, rank) => {
      const parts = COST_PARTS.map(() => next());
      const sum = parts.reduce((total, part) => total + part, 0);
      return madeRow(`n${rank}`, 100, {
        stages: Object.fromEntries(
          COST_PARTS.map((part, at) => [part, (100 * (parts[at] as number)) / sum]),
        ) as Garment['stages'],
      });
    });
    expect(segments(noise, 'shares', 1).stability).toMatchObject({ stable: false });
  });
  it('have an adjusted Rand index of 1 with themselves under other names, 0 with one group', () => {
    expect(adjustedRand([0, 0, 1, 1, 2], [2, 2, 0, 0, 1])).toBe(1);
    expect(adjustedRand([0, 0, 1, 1], [0, 0, 0, 0])).toBe(0);
    expect(adjustedRand([0, 0, 0], [1, 1, 1])).toBe(1);
  });
});

describe('analyses', () => {
  const rows = [
    rowOf({}, { id: 'a' }),
    rowOf({ materials: [{ id: 'ei-pet', share: 1 }] }, { id: 'b' }),
    rowOf({ disabledSteps: ['use'] }, { id: 'c' }),
    { ...rowOf({}, { id: 'd' }), ecs: null },
  ];
  const read = [{ id: 'own', name: NAME, methodVersion: '7.0.0', toCheck: 2, otherVersion: 3, rows }];
  const query = { catalogue: ['own'], per: 'item', scenario: 'regular' } as const;

  it('tell what they leave out', () => {
    const [catalogue] = ANALYSES.strata({ ...query, catalogue: ['own'], by: 'product' }, read).catalogues;
    expect(catalogue).toMatchObject({
      ...{ id: 'own', name: NAME, method_version: '7.0.0', products: 2 },
      left_out: { to_check: 2, other_version: 3, other_scenario: 1, without_figures: 1 },
      all: { count: 2 },
    });
  });
  it('are of the main material that is asked for', () => {
    const found = ANALYSES.strata({ ...query, catalogue: ['own'], by: 'product', main_material: 'ei-pet' }, read);
    expect(found.catalogues[0]).toMatchObject({ products: 1, all: { count: 1 } });
  });
  it('of each scenario apart, when they are grouped by it', () => {
    const of = { ...query, catalogue: ['own'], scenario: 'low-cost' as const };
    expect(ANALYSES.strata({ ...of, by: 'scenario' }, read)).toMatchObject({ scenario: null });
    expect(ANALYSES.strata({ ...of, by: 'product' }, read)).toMatchObject({
      scenario: 'low-cost',
      catalogues: [{ products: 0 }],
    });
  });
  it('say that the grid is no market, and that a scenario is another boundary', () => {
    const notes = (catalogue: string[], scenario: 'regular' | 'low-cost') =>
      ANALYSES.strata({ ...query, catalogue, scenario, by: 'product' }, read)
        .notes.map(({ en }) => en)
        .join();
    expect(notes(['reference-grid'], 'regular')).toContain('not a market');
    expect(notes(['own'], 'regular')).not.toContain('not a market');
    expect(notes(['own'], 'low-cost')).toContain('leaves the use stage out');
    expect(notes(['own'], 'regular')).not.toContain('leaves the use stage out');
  });
  it('place catalogues beside the one that was read last, or beside the portal', () => {
    const other = {
      id: 'there',
      name: { en: 'There', fr: 'Là' },
      methodVersion: null,
      toCheck: 0,
      otherVersion: 0,
      rows: [rowOf({ mass: 0.3 }, { id: 'x' })],
    };
    const of = { ...query, catalogue: ['own'], limit: 1 };
    const beside = ANALYSES.standing({ ...of, against: 'there' }, [...read, other]);
    expect(beside).toMatchObject({ per: 'item', against: { id: 'there', name: other.name, source: null } });
    expect(beside.catalogues).toHaveLength(1);
    expect(beside.catalogues[0]?.types[0]?.against_median).toBeCloseTo(simulateTotals({ ...PLAIN, mass: 0.3 }).ecs, 9);
    const portal = ANALYSES.standing({ ...of, against: 'portal' }, read);
    expect(portal).toMatchObject({ per: '100g', against: { source: expect.stringContaining('ecopass') } });
    expect(portal.catalogues[0]?.types[0]?.against_median).toBe(461.84);
  });
});
