import { describe, expect, it } from 'vitest';
import { coveringQuery, type ImpactFilter, impactQuery } from './impact-filter.js';
import { needsScan, rankProducts, searchImpacts } from './impact-search.js';

const anyOf = (paths: string[], value: string) => ({ $and: [{ $or: paths.map((path) => ({ [path]: value })) }] });
const [SPINNING, FABRIC, DYEING, MAKING] = [
  '_platform.query.countrySpinning',
  'inputs.countryFabric.code',
  'inputs.countryDyeing.code',
  'inputs.countryMaking.code',
] as const;
const named = ($regex: string) =>
  ['product_id', 'inputs.product.name', 'inputs.materials.material.id', 'inputs.materials.material.name'].map(
    (path) => ({ [path]: { $regex, $options: 'i' } }),
  );

describe('a filter as a query', () => {
  it.each<[ImpactFilter, object]>([
    [{}, {}],
    [{ products: ['jean'] }, { product_id: 'jean' }],
    [{ products: ['jean', 'pull'] }, { product_id: { $in: ['jean', 'pull'] } }],
    [{ products: [] }, { product_id: { $in: [] } }],
    [{ materials: ['ei-lin'] }, { 'inputs.materials.material.id': 'ei-lin' }],
    [{ countrySpinning: 'FR' }, { [SPINNING]: 'FR' }],
    [{ countryFabric: 'FR' }, { [FABRIC]: 'FR' }],
    [{ countryDyeing: 'FR' }, { [DYEING]: 'FR' }],
    [{ countryMaking: 'FR' }, { [MAKING]: 'FR' }],
    [{ country: 'FR' }, anyOf([SPINNING, FABRIC, DYEING, MAKING], 'FR')],
    [{ countryFabricOrMaking: 'FR' }, anyOf([FABRIC, MAKING], 'FR')],
    [
      { process: 'weaving' },
      {
        $and: [
          {
            $or: [
              { 'inputs.fabricProcess': 'weaving' },
              { 'inputs.fabricProcess': null, 'inputs.product.fabric': 'weaving' },
            ],
          },
        ],
      },
    ],
    [{ scenario: null }, { '_platform.scenario': null }],
    [{ scenario: 'regular' }, { '_platform.scenario': 'regular' }],
    [{ minEcs: 0 }, { 'impacts.ecs': { $gte: 0 } }],
    [{ maxEcs: 5 }, { 'impacts.ecs': { $lte: 5 } }],
    [{ minMass: 1, maxMass: 2 }, { 'inputs.mass': { $gte: 1, $lte: 2 } }],
    [{ words: [] }, {}],
    [{ md5Id: 'a1' }, { md5_id: 'a1' }],
    [
      { words: [{ text: 'x', products: ['jean'], materials: ['ei-lin', 'ei-pet'] }] },
      {
        $and: [
          {
            $or: [
              ...named('x'),
              { product_id: { $in: ['jean'] } },
              { 'inputs.materials.material.id': { $in: ['ei-lin', 'ei-pet'] } },
            ],
          },
        ],
      },
    ],
    [{ words: [{ text: 'Été' }] }, { $and: [{ $or: named('[eéèêë]t[eéèêë]') }] }],
    [{ words: [{ text: 'a.b' }] }, { $and: [{ $or: named('[aàâä]\\.b') }] }],
    [
      { words: [{ text: 'x' }, { text: 'AB1' }] },
      { $and: [{ $or: named('x') }, { $or: [...named('[aàâä]b1'), { md5_id: { $gte: 'ab1', $lt: 'ab1g' } }] }] },
    ],
    [{ words: [{ text: 'g1' }] }, { $and: [{ $or: named('g1') }] }],
    [{ words: [{ text: 'a'.repeat(33) }] }, { $and: [{ $or: named('[aàâä]'.repeat(33)) }] }],
    [
      { country: 'FR', words: [{ text: 'x' }] },
      { $and: [...anyOf([SPINNING, FABRIC, DYEING, MAKING], 'FR').$and, { $or: named('x') }] },
    ],
  ])('%j', (filter, query) => expect(impactQuery(filter)).toEqual(query));

  it('finds what covers an impact; every document covers the sums', () => {
    expect([coveringQuery('ecs'), coveringQuery('pef')]).toEqual([null, null]);
    expect(coveringQuery('etf-c')).toEqual({
      $or: [
        { '_platform.coveredImpacts': 'etf-c' },
        { '_platform.coveredImpacts': { $exists: false }, 'impacts.etf-c': { $ne: 0 } },
      ],
    });
  });

  it.each<[ImpactFilter, string | undefined, boolean]>([
    [{}, undefined, false],
    [{}, 'md5_id', false],
    [{}, 'ecs', false],
    [{}, 'created_at', false],
    [{}, 'mass', true],
    [{ products: ['jean'], materials: ['a'], minEcs: 1, maxEcs: 2, words: undefined }, undefined, false],
    [{ countryFabric: 'FR' }, undefined, true],
    [{ countryFabric: 'FR', products: ['jean'] }, undefined, false],
    [{ countryMaking: 'FR', products: ['jean'] }, undefined, true],
    [{ scenario: null }, undefined, true],
  ])('%j by %s reads about every document: %s', (filter, by, scans) =>
    expect(needsScan(filter, by === undefined ? by : { by, descending: false })).toBe(scans),
  );
});

/** A store that only keeps what it was asked. */
function asking(found: object[] = []) {
  const asked: Record<string, unknown> = {};
  const cursor: object = new Proxy(
    {},
    {
      get: (_target, name) => (value: unknown) => {
        if (name === 'toArray') return Promise.resolve(found);
        asked[String(name)] = value;
        return cursor;
      },
    },
  );
  const find = (filter: object, options: object) => {
    Object.assign(asked, { filter, ...options });
    return cursor;
  };
  return { asked, store: { collection: () => ({ find }) } as never };
}

describe('what is asked of the database', () => {
  it.each([
    ['md5_id', false, { md5_id: 1 }],
    ['md5_id', true, { md5_id: -1 }],
    ['mass', true, { 'inputs.mass': -1, md5_id: -1 }],
    ['etf_c', false, { 'impacts.etf-c': 1, md5_id: 1 }],
    ['use_cycles', false, { useNbCycles: 1, md5_id: 1 }],
  ])('a page by %s, descending: %s', async (by, descending, sort) => {
    const { asked, store } = asking();
    await searchImpacts(store, {}, { order: { by, descending }, offset: 20, limit: 10 }, { maxTimeMs: 7 });
    expect(asked).toMatchObject({ filter: {}, sort, skip: 20, limit: 10, maxTimeMS: 7 });
    expect(asked.projection).toMatchObject({ _id: 0, 'impacts.ecs': 1, 'impacts.pef': 1, '_platform.createdAt': 1 });
    expect(asked.projection).not.toHaveProperty(['impacts.etf-c']);
  });

  it('a page by nothing that is known is refused, and an empty one is not asked for', async () => {
    const { asked, store } = asking();
    expect(() => searchImpacts(store, {}, { order: { by: 'x', descending: false }, offset: 0, limit: 1 })).toThrow(
      new RangeError('documents cannot be sorted by x'),
    );
    expect(
      await searchImpacts(
        store,
        { words: [{ text: 'x' }] },
        { order: { by: 'ecs', descending: false }, offset: 0, limit: 0 },
      ),
    ).toEqual([]);
    expect(asked.limit).toBeUndefined();
  });

  it.each([
    ['best', 1],
    ['worst', -1],
  ] as const)('the %s of a filter', async (order, direction) => {
    const { asked, store } = asking([{ inputs: 1, _platform: { averageImpacts: 3, coveredCount: 21 } }]);
    const page = { offset: 2, limit: 3 };
    expect(await rankProducts(store, {}, order, page, ['inputs.mass', 'inputs', 'impacts.ecs'])).toEqual([
      { inputs: 1, average_impacts: 3, covered_impacts: 21 },
    ]);
    expect(asked).toMatchObject({
      sort: { '_platform.coveredCount': -1, '_platform.averageImpacts': direction, md5_id: direction },
      skip: 2,
      limit: 3,
      projection: {
        _id: 0,
        md5_id: 1,
        product_id: 1,
        inputs: 1,
        'impacts.ecs': 1,
        '_platform.averageImpacts': 1,
        '_platform.coveredCount': 1,
      },
    });
    expect(asked.projection).not.toHaveProperty(['inputs.mass']);
  });
});
