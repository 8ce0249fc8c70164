import { randomUUID } from 'node:crypto';
import { flattenImpact, toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, ImpactDocument, Json } from '@ecobalyse/schema';
import { IMPACT_CODES, IMPACT_SORTS, type ImpactGrouping } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CollectionName,
  countCatalogueProducts,
  countFound,
  countInCatalogue,
  countProductsOf,
  distributionOf,
  ensureIndexes,
  findDocument,
  findDocuments,
  findMethodChanges,
  findProductVersions,
  findStatistic,
  findStatisticsSummary,
  groupImpacts,
  type ImpactFilter,
  impactDistribution,
  impactQuery,
  listProductIds,
  listReference,
  needsScan,
  ofOneVersion,
  openStore,
  rankProducts,
  referenceVersion,
  replaceReference,
  type SearchBounds,
  type Store,
  searchCatalogue,
  searchImpacts,
  summarizeImpacts,
  summarizeMethodChanges,
  summarizeVersions,
  upsertImpacts,
} from './index.js';

/** Garments whose places, materials and costs differ in every combination that the filters can tell apart. */
const PRODUCTS = [
  ['jean', 'Jean'],
  ['pull', 'Pull / Gilet'],
  ['tshirt', 'T-shirt (coton)'],
] as const;
/** Without a product beyond the bins of a histogram. */
const NONE_BEYOND = { below: 0, above: 0 };
const HUNDRED = Array.from({ length: 100 }, (_, at) => at);
const MATERIALS = [
  ['ei-coton', 'Coton'],
  ['ei-laine', 'Laine mérinos'],
  ['ei-pet', 'Polyester'],
] as const;
const COUNTRIES = ['FR', 'CN', 'BD'] as const;
const place = (index: number) => {
  const code = COUNTRIES[index % 3] as string;
  return { code, name: `Pays ${code}` };
};

function garment(index: number): ImpactDocument {
  const [id, name] = PRODUCTS[index % 3] as (typeof PRODUCTS)[number];
  const materials = [index, index + (index % 2)].map((at) => {
    const [material, label] = MATERIALS[at % 3] as (typeof MATERIALS)[number];
    return { material: { id: material, name: label }, share: 0.5 };
  });
  const ecs = 100 + ((index * 37) % 24) * 10;
  const answer = {
    impacts: {
      ...Object.fromEntries(IMPACT_CODES.map((code, nth) => [code, 1 + ((index * (nth + 5)) % 29)])),
      acd: index % 4 === 0 ? 0 : index,
      ecs,
      pef: 1000 - ecs / 2,
    },
    durability: 0.5 + ((index * 5) % 12) / 10,
    daysOfWear: 30 + ((index * 7) % 12),
    useNbCycles: 10 + ((index * 11) % 12),
    transport: { air: (index * 13) % 12, road: (index * 17) % 12, sea: (index * 19) % 12 },
    inputs: {
      mass: 0.1 + (index % 5) / 10,
      materials,
      product: { id, name, fabric: 'weaving' },
      countryFabric: place(index),
      countryDyeing: place(index + 1),
      countryMaking: place(Math.floor(index / 3)),
      fabricProcess: index % 2 ? 'knitting-mix' : null,
    },
  } as unknown as DetailedSimulation;
  const query: Record<string, Json> = { n: index, countrySpinning: place(Math.floor(index / 9)).code };
  const user = index % 6 === 5;
  return toImpactDocument(
    {
      query,
      answer,
      source: user ? 'api' : 'extraction',
      scenario: user ? null : index % 2 ? 'low-cost' : 'regular',
      methodVersion: index % 8 === 0 ? '6.9.0' : '7.0.0',
      runId: null,
    },
    new Date(Date.UTC(2026, 0, 1 + index)),
  );
}

const garments = Array.from({ length: 24 }, (_, index) => garment(index)).sort((a, b) =>
  a.md5_id < b.md5_id ? -1 : 1,
);
const page = { order: { by: 'md5_id', descending: false }, offset: 0, limit: 1000 };

let server: TestMongodb;
let store: Store;
let empty: Store;
beforeAll(async () => {
  server = await startTestMongodb();
  const open = () => openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  [store, empty] = [open(), open()];
  await ensureIndexes(store);
  await upsertImpacts(store, garments);
});
afterAll(async () => {
  for (const each of [store, empty]) {
    await databaseOf(each).dropDatabase();
    await each.close();
  }
  await server.close();
});

const countryOf = (one: ImpactDocument) => ({
  spinning: one._platform.query.countrySpinning,
  fabric: one.inputs.countryFabric.code,
  dyeing: one.inputs.countryDyeing.code,
  making: one.inputs.countryMaking.code,
});
const processOf = ({ inputs }: ImpactDocument) =>
  (inputs.fabricProcess as string | null) ?? (inputs.product as unknown as { fabric: string }).fabric;
const materialsOf = ({ inputs }: ImpactDocument) => inputs.materials.map(({ material }) => material.id);
const someId = garments[7]?.md5_id as string;

/** Words that are names of nothing. */
const written = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => ({ text: word }));

const FILTERS: [ImpactFilter, (one: ImpactDocument) => boolean][] = [
  [{}, () => true],
  [{ products: ['jean'] }, (one) => one.product_id === 'jean'],
  [{ products: ['jean', 'pull'] }, (one) => one.product_id !== 'tshirt'],
  [{ products: ['$ne'] }, () => false],
  [{ materials: ['ei-laine'] }, (one) => materialsOf(one).includes('ei-laine')],
  [{ materials: ['ei-laine', 'ei-pet'] }, (one) => materialsOf(one).some((id) => id !== 'ei-coton')],
  [{ countrySpinning: 'CN' }, (one) => countryOf(one).spinning === 'CN'],
  [{ countryFabric: 'CN' }, (one) => countryOf(one).fabric === 'CN'],
  [{ countryDyeing: 'CN' }, (one) => countryOf(one).dyeing === 'CN'],
  [{ countryMaking: 'CN' }, (one) => countryOf(one).making === 'CN'],
  [{ country: 'CN' }, (one) => Object.values(countryOf(one)).includes('CN')],
  [{ countryFabricOrMaking: 'BD' }, (one) => [countryOf(one).fabric, countryOf(one).making].includes('BD')],
  [{ process: 'weaving' }, (one) => processOf(one) === 'weaving'],
  [
    { process: 'knitting-mix', country: 'FR' },
    (one) => processOf(one) === 'knitting-mix' && Object.values(countryOf(one)).includes('FR'),
  ],
  [{ scenario: 'regular' }, (one) => one._platform.scenario === 'regular'],
  [{ scenario: null }, (one) => one._platform.scenario === null],
  [{ minEcs: 150 }, (one) => one.impacts.ecs >= 150],
  [{ maxEcs: 150 }, (one) => one.impacts.ecs <= 150],
  [{ minEcs: 150.001 }, (one) => one.impacts.ecs > 150],
  [{ minEcs: 0, maxEcs: 0 }, () => false],
  [{ minMass: 0.5 }, (one) => one.inputs.mass >= 0.5],
  [{ maxMass: 0.1 }, (one) => one.inputs.mass <= 0.1],
  [{ products: [] }, () => false],
  [
    { minEcs: 150, maxEcs: 200, minMass: 0.2, maxMass: 0.4 },
    (one) => one.impacts.ecs >= 150 && one.impacts.ecs <= 200 && one.inputs.mass >= 0.2 && one.inputs.mass <= 0.4,
  ],
  [{ words: written('jean') }, (one) => one.product_id === 'jean'],
  [{ words: written('GILET') }, (one) => one.product_id === 'pull'],
  [{ words: written('merinos') }, (one) => materialsOf(one).includes('ei-laine')],
  [
    { words: written('  jean   polyester ') },
    (one) => one.product_id === 'jean' && materialsOf(one).includes('ei-pet'),
  ],
  [{ words: written('(coton)') }, (one) => one.product_id === 'tshirt'],
  [{ words: written('.*') }, () => false],
  [{ words: written(someId.slice(0, 10)) }, (one) => one.md5_id === someId],
  [{ words: [{ text: '?', products: ['jean', 'pull'] }] }, (one) => one.product_id !== 'tshirt'],
  [{ words: [{ text: '?', materials: ['ei-laine'] }] }, (one) => materialsOf(one).includes('ei-laine')],
  [{ words: [{ text: '?', countries: ['CN'] }] }, (one) => Object.values(countryOf(one)).includes('CN')],
  [{ words: [{ text: '?', processes: ['weaving'] }] }, (one) => processOf(one) === 'weaving'],
  [
    {
      words: [
        { text: '?', products: ['jean'] },
        { text: '?', countries: ['CN'], materials: ['ei-laine'] },
      ],
    },
    (one) =>
      one.product_id === 'jean' &&
      (Object.values(countryOf(one)).includes('CN') || materialsOf(one).includes('ei-laine')),
  ],
  [{ catalogue: 'reference-grid' }, (one) => one._platform.scenario !== null],
  [{ catalogue: 'api' }, (one) => one._platform.scenario === null],
  [{ catalogue: 'api', scenario: 'regular' }, () => false],
  [{ md5Id: someId }, (one) => one.md5_id === someId],
  [{ words: written(someId.toUpperCase()) }, (one) => one.md5_id === someId],
];

describe('a search', () => {
  it.each(FILTERS)('finds what %j describes', async (filter, holds) => {
    const expected = garments.filter(holds).map(({ md5_id }) => md5_id);
    expect((await searchImpacts(store, filter, page)).map(({ md5_id }) => md5_id)).toEqual(expected);
    expect(await countFound(store, filter)).toBe(expected.length);
  });

  it.each(IMPACT_SORTS)('pages through the order by %s, both ways', async (by) => {
    // Two of a kind, so that the identity has to tell them apart; what a document lacks comes first.
    const sortedBy = (one: ImpactDocument) =>
      by === 'created_at' ? one._platform.createdAt : (flattenImpact(one as never).row[by] ?? null);
    const rank = (value: unknown) => (value === null ? 0 : typeof value === 'number' ? 1 : 2);
    const compare = (a: ImpactDocument, b: ImpactDocument) => {
      const [one, other] = [sortedBy(a), sortedBy(b)];
      if (one === other) return a.md5_id < b.md5_id ? -1 : 1;
      return rank(one) - rank(other) || ((one as string) < (other as string) ? -1 : 1);
    };
    const expected = garments.toSorted(compare).map(({ md5_id }) => md5_id);
    const found: unknown[] = [];
    for (let offset = 0; offset < garments.length; offset += 16)
      found.push(...(await searchImpacts(store, {}, { order: { by, descending: false }, offset, limit: 16 })));
    expect((found as ImpactDocument[]).map(({ md5_id }) => md5_id)).toEqual(expected);
    const backwards = await searchImpacts(store, {}, { ...page, order: { by, descending: true } });
    expect(backwards.map(({ md5_id }) => md5_id)).toEqual(expected.toReversed());
  });

  it('of no page reads nothing', async () => {
    expect(await searchImpacts(store, {}, { ...page, limit: 0 })).toEqual([]);
  });

  it('orders by cost, and refuses an order that does not exist', async () => {
    const found = JSON.parse(
      String(await findDocuments(store, {}, { ...page, order: { by: 'ecs', descending: true } })),
    );
    const costs = found.map(({ impacts }: ImpactDocument) => impacts.ecs);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(() => searchImpacts(store, {}, { ...page, order: { by: '_platform', descending: true } })).toThrow(
      RangeError,
    );
  });

  it('answers the fields that are asked for, with identity and product type', async () => {
    const fields = ['inputs.mass', 'inputs', 'impacts.ecs', 'md5_id.x'];
    const [one] = JSON.parse(String(await findDocuments(store, { products: ['jean'] }, page, fields)));
    expect(Object.keys(one ?? {}).sort()).toEqual(['impacts', 'inputs', 'md5_id', 'product_id']);
    expect(one?.impacts).toEqual({ ecs: expect.any(Number) });
    expect(Object.keys((await findDocument(store, someId)) ?? {})).not.toContain('_platform');
    expect(await findDocument(store, 'none')).toBeNull();
  });

  it('ranks within a filter', async () => {
    const ranked = await rankProducts(store, { products: ['pull'], countryMaking: 'FR' }, 'worst', {
      offset: 1,
      limit: 2,
    });
    const averages = garments
      .filter((one) => one.product_id === 'pull' && countryOf(one).making === 'FR')
      .map(({ _platform: { averageImpacts, coveredCount } }) => [coveredCount, averageImpacts] as const)
      .sort(([covers, average], [others, other]) => others - covers || other - average);
    expect(ranked.map((one) => [one.covered_impacts, one.average_impacts])).toEqual(averages.slice(1, 3));
    expect(Object.keys(ranked[0] ?? {})).toEqual(['inputs', 'average_impacts', 'covered_impacts']);
  });

  it.each<[ImpactFilter, string | undefined, boolean]>([
    [{}, 'md5_id', false],
    [{ products: ['jean'], minEcs: 1 }, 'ecs', false],
    [{ materials: ['ei-pet'] }, 'created_at', false],
    [{ products: ['jean'], countryFabric: 'FR' }, undefined, false],
    [{ countryFabric: 'FR' }, undefined, true],
    [{ countrySpinning: 'XX' }, 'md5_id', true],
    [{ scenario: null }, 'md5_id', true],
    [{ words: written('coton') }, 'md5_id', true],
    [{ products: ['jean'] }, 'durability', true],
    [{ minMass: 1 }, undefined, true],
    [{ maxMass: 1 }, undefined, true],
    [{ minEcs: 1, maxEcs: 2, scenario: undefined }, undefined, false],
    [{ country: 'FR' }, undefined, true],
    [{ process: 'weaving' }, undefined, true],
  ])('knows which searches read everything: %j by %s', (filter, by, scan) => {
    expect(needsScan(filter, by === undefined ? undefined : { by, descending: false })).toBe(scan);
  });

  it('ends with whoever waits for them', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(searchImpacts(store, {}, page, { signal })).rejects.toThrow('gone');
    await expect(countFound(store, {}, { signal })).rejects.toThrow('gone');
    await expect(groupImpacts(store, {}, 'product', 'ecs', { signal })).rejects.toThrow('gone');
    await expect(impactDistribution(store, {}, 'ecs', 4, { signal })).rejects.toThrow('gone');
    await expect(summarizeImpacts(store, { signal })).rejects.toThrow('gone');
  });

  it('uses an index for the usual tables', async () => {
    const plans = await Promise.all(
      [
        [{ products: ['jean'] }, { 'impacts.ecs': -1, md5_id: -1 }] as const,
        [{}, { 'impacts.ecs': 1, md5_id: 1 }] as const,
        [{}, { '_platform.createdAt': -1, md5_id: -1 }] as const,
        [{ materials: ['ei-pet'] }, { md5_id: 1 }] as const,
      ].map(([filter, sort]) => store.collection('impacts').find(impactQuery(filter)).sort(sort).explain()),
    );
    for (const plan of plans) expect(JSON.stringify(plan)).toContain('IXSCAN');
  });
});

describe('an overview', () => {
  it('finds every letter with and without its accents, and signs as they are', () => {
    const patternOf = (word: string) =>
      (impactQuery({ words: [{ text: word }] }).$and as { $or: { product_id: { $regex: string } }[] }[])[0]?.$or[0]
        ?.product_id.$regex;
    for (const letters of ['aàâä', 'cç', 'eéèêë', 'iîï', 'oôö', 'uùûü'])
      for (const letter of letters) {
        expect(patternOf(letter)).toBe(`[${letters}]`);
        expect(patternOf(letter.toUpperCase())).toBe(`[${letters}]`);
      }
    for (const sign of [...'.*+?^$', ...'{}()|[]\\/-']) expect(patternOf(sign)).toBe(`\\${sign}`);
    for (const plain of 'bnz0_') expect(patternOf(plain)).toBe(plain);
  });

  it('distributes the documents that cover the impact', async () => {
    const covering = garments.filter(({ impacts }) => impacts.acd !== 0);
    const found = await impactDistribution(store, {}, 'acd', 4);
    expect([found.count, found.min, found.max]).toEqual([
      covering.length,
      Math.min(...covering.map(({ impacts }) => impacts.acd)),
      Math.max(...covering.map(({ impacts }) => impacts.acd)),
    ]);
    expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(covering.length);
    expect((await impactDistribution(empty, {}, 'ecs', 4)).count).toBe(0);
    const costs = garments.filter(({ product_id }) => product_id === 'jean').map(({ impacts }) => impacts.ecs);
    expect(await impactDistribution(store, { products: ['jean'] }, 'ecs', 7)).toEqual(
      distributionOf(Float64Array.from(costs).sort(), 7),
    );
  });

  it('takes quartiles that are elements of the data, and one bin for equal values', () => {
    const of = (...values: number[]) => distributionOf(Float64Array.from(values), 3);
    expect(of(1, 2, 3, 4).quartiles).toEqual([1, 2, 3]);
    expect(of(1, 2, 3, 4, 5).quartiles).toEqual([2, 3, 4]);
    expect(of(1, 2, 3, 6)).toMatchObject({ count: 4, min: 1, max: 6, mean: 3 });
    expect(of(1, 2, 3, 4, 5, 6, 7, 8).quartiles).toEqual([2, 4, 6]);
    expect(of(1, 2, 3, 4, 5, 6, 7, 8, 9).quartiles).toEqual([3, 5, 7]);
    expect(of()).toEqual({ count: 0, min: null, max: null, mean: null, quartiles: null, bins: [], ...NONE_BEYOND });
    expect(of(7).bins).toEqual([{ from: 7, to: 7, count: 1 }]);
    expect(of(0, 1, 2, 3).bins).toEqual([
      { from: 0, to: 1, count: 1 },
      { from: 1, to: 2, count: 1 },
      { from: 2, to: 3, count: 2 },
    ]);
  });

  it.each([
    ['all but a typing slip', [...HUNDRED, 9000], [0, 99, 0, 1]],
    ['all but one at each end', [-9000, ...HUNDRED, 9000], [0, 99, 1, 1]],
    ['what three interquartile ranges reach', [...HUNDRED, ...HUNDRED, ...HUNDRED, 150, 200, 900], [0, 200, 0, 1]],
    ['what is not much further than the others', [...Array(95).fill(0), 1, 2, 3, 4, 6], [0, 6, 0, 0]],
    ['all but what is', [...Array(95).fill(0), 1, 2, 3, 4, 6.1], [0, 4, 0, 1]],
    ['all but one in a hundred', [...Array(295).fill(0), 1, 2, 9, 90, 900], [0, 2, 0, 3]],
    ['all but one of few', [5, 5, 5, 9000], [5, 5, 0, 1]],
    ['both of two', [1, 9000], [1, 9000, 0, 0]],
  ])('bins end where they show %s', (_, values, [from, to, below, above]) => {
    const sorted = Float64Array.from(values).sort();
    const found = distributionOf(sorted, 10);
    expect(found).toMatchObject({ count: values.length, min: sorted[0], max: sorted.at(-1), below, above });
    expect([found.bins[0]?.from, found.bins.at(-1)?.to]).toEqual([from, to]);
    expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length - found.below - found.above);
  });

  it.each([
    ['product', (one: ImpactDocument) => [one.product_id]],
    ['country_spinning', (one: ImpactDocument) => [countryOf(one).spinning]],
    ['country_fabric', (one: ImpactDocument) => [countryOf(one).fabric]],
    ['country_dyeing', (one: ImpactDocument) => [countryOf(one).dyeing]],
    ['country_making', (one: ImpactDocument) => [countryOf(one).making]],
    ['material', (one: ImpactDocument) => [...new Set(materialsOf(one))]],
    ['process', (one: ImpactDocument) => [processOf(one)]],
    ['scenario', (one: ImpactDocument) => [one._platform.scenario]],
  ] as const)('groups by %s', async (by, keysOf) => {
    const groups = await groupImpacts(store, { minEcs: 120 }, by);
    const expected = new Map<unknown, number[]>();
    for (const one of garments.filter(({ impacts }) => impacts.ecs >= 120))
      for (const key of keysOf(one)) expected.set(key, [...(expected.get(key) ?? []), one.impacts.ecs]);
    expect(groups.map(({ mean }) => mean)).toEqual(groups.map(({ mean }) => mean).sort((a, b) => b - a));
    expect(new Set(groups.map(({ key }) => key))).toEqual(new Set(expected.keys()));
    for (const { key, count, mean, min, max } of groups) {
      const costs = expected.get(key) as number[];
      expect([count, min, max]).toEqual([costs.length, Math.min(...costs), Math.max(...costs)]);
      expect(mean).toBeCloseTo(costs.reduce((sum, cost) => sum + cost) / costs.length, 9);
    }
  });

  it('groups by what is known of any impact', async () => {
    const covering = garments.filter(({ impacts }) => impacts.acd !== 0);
    const groups = await groupImpacts(store, {}, 'product', 'acd');
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(covering.length);
    expect(Math.max(...groups.map(({ max }) => max))).toBe(Math.max(...covering.map(({ impacts }) => impacts.acd)));
  });

  it('groups documents that lack what they are grouped by, and leaves out those without a figure', async () => {
    const odd = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
    const written = (md5_id: string, ecs: unknown, inputs: object) => ({ md5_id, impacts: { ecs }, inputs });
    await databaseOf(odd)
      .collection('impacts')
      .insertMany([
        written('a', 1, { fabricProcess: '', product: { fabric: 'weaving' }, countryFabric: { code: 'FR' } }),
        written('b', 2, { fabricProcess: 'weaving', countryFabric: { code: 'FR', name: 'France' }, materials: null }),
        written('c', 3, {
          countryFabric: { code: '' },
          materials: [{ material: { id: 'x' } }, { material: { id: 'x' } }],
        }),
        written('d', 4, { fabricProcess: 7, countryFabric: null, materials: [{ material: { id: 'x', name: 'X' } }] }),
        ...[Number.NaN, Number.POSITIVE_INFINITY, '5', null].map((ecs, index) => written(`e${index}`, ecs, {})),
      ]);
    const shown = async (by: ImpactGrouping) =>
      (await groupImpacts(odd, {}, by)).map(({ key, name, count, mean }) => [key, name, count, mean]);
    expect(await shown('process')).toEqual([
      [null, null, 2, 3.5],
      ['weaving', null, 2, 1.5],
    ]);
    expect(await shown('country_fabric')).toEqual([
      [null, null, 2, 3.5],
      ['FR', 'France', 2, 1.5],
    ]);
    expect(await shown('material')).toEqual([['x', 'X', 2, 3.5]]);
    expect((await impactDistribution(odd, {}, 'ecs', 2)).count).toBe(4);
    // Of equal means, by key.
    const impacts = databaseOf(odd).collection('impacts');
    await impacts.deleteMany({});
    await impacts.insertMany(
      ['b', 'c', 'a'].map((id) => ({ md5_id: id, product_id: id, impacts: { ecs: 2, acd: id === 'c' ? 0 : 3 } })),
    );
    expect((await groupImpacts(odd, {}, 'product')).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    // Of mixes that come in no order.
    await impacts.insertMany(
      [5, 1, 9].map((ecs) => ({
        md5_id: `m${ecs}`,
        product_id: 'd',
        impacts: { ecs },
        inputs: { materials: [{ material: { id: 'x' } }, { material: { id: `y${ecs}` } }] },
      })),
    );
    const [mixed] = (await groupImpacts(odd, {}, 'material')).filter(({ key }) => key === 'x');
    expect(mixed).toEqual({ key: 'x', name: null, count: 3, mean: 5, min: 1, max: 9 });
    await impacts.deleteMany({ product_id: 'd' });
    // What another platform wrote covers what is not 0.
    expect((await groupImpacts(odd, {}, 'product', 'acd')).map(({ key }) => key)).toEqual(['a', 'b']);
    expect((await groupImpacts(odd, {}, 'product', 'pef')).map(({ key }) => key)).toEqual([]);
    await databaseOf(odd).dropDatabase();
    await odd.close();
  });

  it('sums up what is stored, and nothing', async () => {
    expect(await summarizeImpacts(store)).toEqual({
      documents: 24,
      products: 3,
      firstAt: '2026-01-01T00:00:00.000Z',
      lastAt: '2026-01-24T00:00:00.000Z',
      methodVersions: ['6.9.0', '7.0.0'],
      sources: { api: 4, extraction: 20 },
      toCheck: 0,
    });
    expect(await summarizeImpacts(empty)).toEqual({
      documents: 0,
      products: 0,
      firstAt: null,
      lastAt: null,
      methodVersions: [],
      sources: {},
      toCheck: 0,
    });
  });

  it('takes figures of one version of the method, which is that of the most products that count, within the filter', async () => {
    const jeans: ImpactFilter = { products: ['jean'], minEcs: 150 };
    expect(await ofOneVersion(store, jeans)).toEqual({
      filter: { ...jeans, countedVersion: '7.0.0' },
      version: '7.0.0',
    });
    const asked = { ...jeans, methodVersion: '6.9.0' };
    expect(await ofOneVersion(store, asked)).toEqual({ filter: asked, version: '6.9.0' });
    expect(await ofOneVersion(empty, jeans)).toEqual({ filter: jeans, version: null });
  });

  it('lists the reference data by their key', async () => {
    expect(await listReference(empty, 'countries')).toEqual([]);
    await replaceReference(store, 'materials', MATERIALS.map(([id, name]) => ({ id, name })).reverse());
    expect(await listReference(store, 'materials')).toEqual(MATERIALS.map(([id, name]) => ({ id, name })));
  });
});

describe('every command of a search', () => {
  const READS = new Set(['find', 'findOne', 'aggregate', 'countDocuments', 'distinct']);
  /** The store, and the options that its commands are given. */
  function watched() {
    const given: { signal?: AbortSignal; maxTimeMS?: number }[] = [];
    const collection = (name: CollectionName) =>
      new Proxy(store.collection(name), {
        get(target, property) {
          const value = Reflect.get(target, property);
          if (typeof value !== 'function') return value;
          return (...parameters: unknown[]) => {
            if (READS.has(String(property))) given.push({ ...(parameters.at(-1) as object) });
            return value.apply(target, parameters);
          };
        },
      });
    return { given, store: { ...store, collection: collection as Store['collection'] } };
  }
  const md5 = garments[0]?.md5_id as string;
  const change = { from: '6.9.0' };
  const part = { offset: 0, limit: 5 };
  const sorted = { ...page, limit: 5 };
  const byReference = { order: { by: 'reference', descending: false }, ...part } as const;
  it.each<[string, commands: number, search: (store: Store, bounds: SearchBounds) => Promise<unknown>]>([
    ['searchImpacts', 1, (of, bounds) => searchImpacts(of, {}, sorted as never, bounds)],
    ['countFound', 1, (of, bounds) => countFound(of, {}, bounds)],
    ['findDocuments', 1, (of, bounds) => findDocuments(of, {}, sorted as never, null, bounds)],
    ['findDocument', 1, (of, bounds) => findDocument(of, md5, bounds)],
    ['rankProducts', 1, (of, bounds) => rankProducts(of, {}, 'best', part, null, bounds)],
    ['impactDistribution', 1, (of, bounds) => impactDistribution(of, {}, 'ecs', 2, bounds)],
    ['groupImpacts', 1, (of, bounds) => groupImpacts(of, {}, 'product', 'ecs', bounds)],
    ['summarizeImpacts', 3, (of, bounds) => summarizeImpacts(of, bounds)],
    ['listReference', 1, (of, bounds) => listReference(of, 'materials', bounds)],
    ['referenceVersion', 3, (of, bounds) => referenceVersion(of, bounds)],
    ['ofOneVersion', 3, (of, bounds) => ofOneVersion(of, {}, bounds)],
    ['summarizeVersions', 2, (of, bounds) => summarizeVersions(of, bounds)],
    ['findProductVersions', 2, (of, bounds) => findProductVersions(of, md5, bounds)],
    ['summarizeMethodChanges', 1, (of, bounds) => summarizeMethodChanges(of, change, bounds)],
    ['findMethodChanges', 2, (of, bounds) => findMethodChanges(of, change, part, bounds)],
    ['findStatistic', 1, (of, bounds) => findStatistic(of, 'impacts', {}, null, bounds)],
    ['findStatisticsSummary', 1, (of, bounds) => findStatisticsSummary(of, bounds)],
    ['searchCatalogue', 1, (of, bounds) => searchCatalogue(of, 'c', {}, byReference, bounds)],
    ['countInCatalogue', 1, (of, bounds) => countInCatalogue(of, 'c', {}, bounds)],
    ['countProductsOf', 1, (of, bounds) => countProductsOf(of, ['c'], bounds)],
    ['countCatalogueProducts', 1, (of, bounds) => countCatalogueProducts(of, 'c', bounds)],
  ])('of %s has its bounds', async (_name, commands, search) => {
    const { given, store: of } = watched();
    const { signal } = new AbortController();
    await search(of, { signal, maxTimeMs: 60_000 });
    expect(given.map(({ signal: its, maxTimeMS }) => [its === signal, maxTimeMS])).toEqual(
      Array(commands).fill([true, 60_000]),
    );
  });

  it('of listProductIds has its time: the driver cannot break it off', async () => {
    const { given, store: of } = watched();
    expect(await listProductIds(of, { signal: new AbortController().signal, maxTimeMs: 60_000 })).toHaveLength(3);
    expect(given).toEqual([{ maxTimeMS: 60_000 }]);
  });
});
