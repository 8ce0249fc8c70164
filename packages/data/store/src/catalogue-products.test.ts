import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Arrival,
  addAuditLines,
  addKeyUses,
  type CatalogueFilter,
  catalogueVersion,
  changeCatalogue,
  countAuditLines,
  countCatalogueProducts,
  countCatalogues,
  countDoubtful,
  countInCatalogue,
  countOlderInCatalogues,
  countOwnedCatalogues,
  countProductsOf,
  createCatalogue,
  deleteCatalogue,
  ensureIndexes,
  expireKeyRecords,
  findArrivals,
  findAuditLines,
  findCatalogue,
  findCatalogueArrivals,
  findCatalogueProducts,
  findGtinHolders,
  findModelWatch,
  findOlderInCatalogue,
  findServedModel,
  findSimulation,
  findSimulations,
  forgetModelChecks,
  isCatalogueBusy,
  limitApiKey,
  listCatalogues,
  listKeyUses,
  noteModelWatch,
  openStore,
  repeatedGtins,
  replaceSimulations,
  restoreCatalogue,
  SEES_ALL,
  type Store,
  searchCatalogue,
  streamCatalogue,
  uncheckedOf,
  visibleCatalogues,
} from './index.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});
const COLLECTIONS = [
  ...([
    'api_keys',
    'api_key_days',
    'audit_lines',
    'catalogues',
    'catalogue_products',
    'catalogue_simulations',
  ] as const),
  ...(['impacts', 'model_checks', 'model_watches', 'product_jobs'] as const),
];
beforeEach(async () => {
  for (const name of COLLECTIONS) await store.collection(name).deleteMany({});
});

const T0 = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const day = (number: number) => new Date(T0 + number * DAY_MS);
/** Documents as far as this reads them. */
const insert = (name: Parameters<Store['collection']>[0], ...documents: object[]) =>
  store.collection(name).insertMany(documents as never);
const ids = (found: readonly { _id: unknown }[]) => found.map(({ _id }) => _id);

describe('catalogues', () => {
  const catalogue = (_id: string, owner: string | null, name = _id) => ({
    ...{ _id, name, owner, created_at: day(0), created_by: null },
  });
  beforeEach(async () => {
    for (const [id, owner] of [
      ['c', 'me'],
      ['a', 'me'],
      ['b', null],
      ['d', 'you'],
      ['e', 'me'],
    ] as const)
      expect(await createCatalogue(store, catalogue(id, owner))).toBe(true);
    // Of a version before there were owners.
    await insert('catalogues', { _id: 'f', name: 'f', deleted_at: null });
    await deleteCatalogue(store, 'e');
  });

  it('are listed by name, a page at a time, to who may see them', async () => {
    const listed = async (viewer: Parameters<typeof listCatalogues>[1], deleted: boolean, offset = 0, limit = 9) =>
      ids(await listCatalogues(store, viewer, deleted, { offset, limit }));
    expect(await listed('me', false)).toEqual(['a', 'b', 'c', 'f']);
    expect(await listed('you', false)).toEqual(['b', 'd', 'f']);
    expect(await listed(SEES_ALL, false)).toEqual(['a', 'b', 'c', 'd', 'f']);
    expect([await listed('me', true), await listed('you', true), await listed(SEES_ALL, true)]).toEqual([
      ['e'],
      [],
      ['e'],
    ]);
    expect([await listed('me', false, 1, 2), await listed('me', false, 3, 2)]).toEqual([['b', 'c'], ['f']]);
    expect(await listed('me', false, 0, 0)).toEqual([]);
    expect([await countCatalogues(store, 'you', false), await countCatalogues(store, SEES_ALL, true)]).toEqual([3, 1]);
    expect([
      (await visibleCatalogues(store, 'me')).sort(),
      (await visibleCatalogues(store, 'me', false)).sort(),
    ]).toEqual([
      ['a', 'b', 'c', 'e', 'f'],
      ['a', 'b', 'c', 'f'],
    ]);
    expect([await findCatalogue(store, 'me', 'd'), (await findCatalogue(store, 'me', 'e'))?._id]).toEqual([null, 'e']);
    expect((await findCatalogue(store, SEES_ALL, 'd'))?._id).toBe('d');
  });

  it('count for their owner in the bin too', async () => {
    const counts = await Promise.all(['me', 'you', null, 'other'].map((owner) => countOwnedCatalogues(store, owner)));
    expect(counts).toEqual([3, 1, 2, 0]);
  });

  it('have names of their own among those of an owner that are not in the bin', async () => {
    expect(await createCatalogue(store, catalogue('g', 'me', 'a'))).toBe(false);
    expect(await createCatalogue(store, catalogue('g', 'you', 'a'))).toBe(true);
    expect(await createCatalogue(store, catalogue('h', 'me', 'e'))).toBe(true);
    expect([await restoreCatalogue(store, 'e'), await changeCatalogue(store, 'c', { name: 'a' })]).toEqual([
      false,
      false,
    ]);
    expect(await changeCatalogue(store, 'h', { owner: 'you' })).toBe(true);
    expect([await restoreCatalogue(store, 'e'), (await findCatalogue(store, 'me', 'e'))?.deleted_at]).toEqual([
      true,
      null,
    ]);
  });

  it('stay in the bin since when they came there', async () => {
    const since = (await findCatalogue(store, 'me', 'e'))?.deleted_at;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    try {
      await deleteCatalogue(store, 'e');
    } finally {
      vi.useRealTimers();
    }
    expect((await findCatalogue(store, 'me', 'e'))?.deleted_at).toEqual(since);
  });

  it.each([
    ['receiving', true],
    ['queued', true],
    ['running', true],
    ['done', false],
    ['failed', false],
  ])('are busy while a job adds to them: one that is %s: %s', async (status, isBusy) => {
    await insert('product_jobs', { _id: 'j', status, catalogue: 'a' });
    expect([await isCatalogueBusy(store, 'a'), await isCatalogueBusy(store, 'b')]).toEqual([isBusy, false]);
  });
});

const ABSENT = { product_id: 'jean', materials: [], warnings: [], gtins: [], tags: [], search: ' ' };
const product = (_id: string, content: object | null = {}, more: object = {}) => ({
  ...{ _id, catalogue: 'c', reference: `r${_id}`, live: content !== null, previous: { name: 'before' }, change: 'x' },
  ...{ content: content && { ...ABSENT, ...content }, created_at: day(0), updated_at: day(0), ...more },
});

describe('the products of a catalogue', () => {
  /** Each filter, and what of a product it finds. */
  const FILTERS: [filter: CatalogueFilter, content: object, more?: object][] = [
    [{ reference: 'rf' }, {}, { reference: 'rf' }],
    [{ change: 'y' }, {}, { change: 'y' }],
    [{ brand: 'B' }, { brand: 'B' }],
    [{ tag: 'new' }, { tags: ['old', 'new'] }],
    [{ collection: 'C' }, { collection: 'C' }],
    [{ season: 'S' }, { season: 'S' }],
    [{ gtin: '1' }, { gtins: ['2', '1'] }],
    [{ md5Id: 'm' }, { md5_id: 'm' }],
    [{ products: ['pull', 'jupe'] }, { product_id: 'pull' }],
    [{ materials: ['lin'] }, { materials: [{ id: 'lin' }] }],
    [{ countrySpinning: 'FR' }, { country_spinning: 'FR' }],
    [{ countryFabric: 'FR' }, { country_fabric: 'FR' }],
    [{ countryDyeing: 'FR' }, { country_dyeing: 'FR' }],
    [{ countryMaking: 'FR' }, { country_making: 'FR' }],
    [{ country: 'FR' }, { country_dyeing: 'FR' }],
    [{ countryFabricOrMaking: 'FR' }, { country_making: 'FR' }],
    [{ process: 'weaving' }, { fabric_process: 'weaving' }],
    [{ scenario: 'regular' }, { scenario: 'regular' }],
    [{ minEcs: 10, maxEcs: 10 }, { ecs: 10 }],
    [{ minMass: 0.5, maxMass: 0.5 }, { mass: 0.5 }],
    [{ state: 'to-check' }, { state: 'to-check' }],
    [{ warning: 'w' }, { warnings: [{ id: 'w' }] }],
    [{ methodVersion: '8' }, { method_version: '8' }],
    [{ words: [{ text: 'Blue', plain: 'blue' }] }, { search: ' dark blue' }],
    [{ words: [{ text: 'lin', materials: ['lin'] }] }, { materials: [{ id: 'lin' }] }],
    [{ words: [{ text: 'jupe', products: ['jupe'] }] }, { product_id: 'jupe' }],
    [{ words: [{ text: 'France', countries: ['FR'] }] }, { materials: [{ country: 'FR' }] }],
    [{ words: [{ text: 'tissage', processes: ['weaving'] }] }, { fabric_process: 'weaving' }],
    [{ words: [{ text: 'ABC' }] }, { md5_id: 'abcd' }],
  ];
  const page = { order: { by: 'reference', descending: false }, offset: 0, limit: 9 } as const;

  it('are found by each thing that is asked for, and no others', async () => {
    const none = { country_spinning: 'X', country_fabric: 'X', country_dyeing: 'X', country_making: 'X' };
    await insert(
      'catalogue_products',
      ...FILTERS.flatMap(([, content, more], at) => [
        product(`${at}a`, { ...none, ...content }, { catalogue: `of ${at}`, ...more }),
        product(`${at}b`, none, { catalogue: `of ${at}` }),
        product(`${at}c`, { ...none, ...content }, { catalogue: `of ${at}`, live: false, ...more, reference: 'gone' }),
      ]),
    );
    for (const [at, [filter]] of FILTERS.entries()) {
      const catalogue = `of ${at}`;
      const found = await searchCatalogue(store, catalogue, filter, page);
      expect([filter, ids(found), await countInCatalogue(store, catalogue, filter)]).toEqual([filter, [`${at}a`], 1]);
      expect([filter, Object.keys(found[0] ?? {}).includes('previous')]).toEqual([filter, false]);
    }
  });

  it('are found beyond none of the bounds that are asked for', async () => {
    await insert('catalogue_products', ...[1, 2, 3].map((ecs) => product(String(ecs), { ecs, mass: ecs / 10 })));
    const found = async (filter: CatalogueFilter) => ids(await searchCatalogue(store, 'c', filter, page));
    expect([await found({ minEcs: 2 }), await found({ maxEcs: 2 })]).toEqual([
      ['2', '3'],
      ['1', '2'],
    ]);
    expect([await found({ minMass: 0.2 }), await found({ maxMass: 0.2 })]).toEqual([
      ['2', '3'],
      ['1', '2'],
    ]);
  });

  it('come in the order that is asked for, by reference where they are equal, a page at a time', async () => {
    await insert(
      'catalogue_products',
      product('a', { ecs: 2, name: 'n', mass: 3 }, { updated_at: day(1) }),
      product('b', { ecs: 1, name: 'n', mass: 2 }, { updated_at: day(3) }),
      product('d', { ecs: 3, name: 'm', mass: 1 }, { updated_at: day(2) }),
    );
    const found = async (by: string, descending: boolean, offset = 0, limit = 9) =>
      ids(await searchCatalogue(store, 'c', {}, { order: { by, descending } as never, offset, limit })).join('');
    expect([await found('reference', false), await found('reference', true)]).toEqual(['abd', 'dba']);
    expect([await found('ecs', false), await found('ecs', true)]).toEqual(['bad', 'dab']);
    expect([await found('name', false), await found('name', true)]).toEqual(['dab', 'bad']);
    expect([await found('updated_at', false), await found('mass', false)]).toEqual(['adb', 'dba']);
    expect([await found('ecs', false, 1, 1), await found('ecs', false, 2, 2), await found('ecs', false, 0, 0)]).toEqual(
      [...['a', 'd', '']],
    );
  });

  it('are streamed by reference beyond one batch, as a filter finds them', async () => {
    const many = Array.from({ length: 250 }, (_, at) => product(String(999 - at), { brand: at % 2 ? 'B' : 'A' }));
    await insert('catalogue_products', ...many);
    const streamed: string[] = [];
    for await (const batch of streamCatalogue(store, 'c', { brand: 'B' }))
      streamed.push(...batch.map(({ _id }) => _id));
    expect(streamed).toEqual(many.flatMap(({ _id }, at) => (at % 2 ? [_id] : [])).sort());
  });

  it('tell which barcodes several of them have, and the version that most are by', async () => {
    await insert(
      'catalogue_products',
      product('a', { gtins: ['1', '2'], method_version: '8.9.0' }),
      product('b', { gtins: ['2', '3'], method_version: '8.10.0' }),
      product('d', { gtins: ['3'], brand: 'B', method_version: '7' }),
      product('e', null, { reference: 're' }),
      product('f', { gtins: ['1'] }, { catalogue: 'other' }),
    );
    expect([...(await repeatedGtins(store, 'c'))]).toEqual(['2', '3']);
    expect([...(await repeatedGtins(store, 'c', { brand: 'B' }))]).toEqual([]);
    expect([await catalogueVersion(store, 'c'), await catalogueVersion(store, 'c', { brand: 'B' })]).toEqual([
      '8.10.0',
      '7',
    ]);
    expect(await catalogueVersion(store, 'other')).toBeNull();
    expect(ids(await findCatalogueProducts(store, 'c', ['a', 'e', 'f', 'x'])).sort()).toEqual(['a', 'e']);
  });

  it('are found by their barcodes in all catalogues that somebody sees', async () => {
    await insert(
      'catalogues',
      { _id: 'mine', name: 'mine', owner: 'me', deleted_at: null },
      { _id: 'yours', name: 'yours', owner: 'you', deleted_at: null },
      { _id: 'gone', name: 'gone', owner: 'me', deleted_at: day(1) },
    );
    const holder = (_id: string, catalogue: string, gtins: string[], more: object = {}) =>
      product(_id, { gtins }, { catalogue, ...more });
    await insert(
      'catalogue_products',
      holder('b', 'mine', ['1', '9', '2']),
      holder('a', 'mine', ['1']),
      holder('d', 'yours', ['1']),
      holder('e', 'gone', ['1']),
      holder('f', 'mine', ['2'], { live: false, reference: 'gone' }),
    );
    const held = (gtin: string, _id: string) => ({ gtin, catalogue: 'mine', product: _id, reference: `r${_id}` });
    expect(await findGtinHolders(store, 'me', ['1', '2'])).toEqual([held('1', 'a'), held('1', 'b'), held('2', 'b')]);
    expect(await findGtinHolders(store, SEES_ALL, ['1'])).toHaveLength(3);
    expect(await findGtinHolders(store, 'me', [])).toEqual([]);
    const many = Array.from({ length: 101 }, (_, at) => holder(`m${at}`, 'mine', ['7']));
    await insert('catalogue_products', ...many);
    expect(await findGtinHolders(store, 'me', ['7'])).toHaveLength(50);
    expect(await findGtinHolders(store, 'me', ['7', '8'])).toHaveLength(100);
  });

  it('are told to be by another version of the method, from a reference on', async () => {
    await insert(
      'catalogue_products',
      product('a', { method_version: '7' }),
      product('b', { method_version: '8' }),
      product('d', { method_version: null }),
      product('e', { method_version: '6' }),
      product('f', { method_version: '6' }, { live: false, reference: 'rf' }),
      product('g', { method_version: '7' }, { catalogue: 'other' }),
    );
    const older = async (after: string, limit: number) =>
      ids(await findOlderInCatalogue(store, 'c', '8', after, limit)).join('');
    expect([await older('', 9), await older('', 2), await older('ra', 9), await older('re', 9)]).toEqual([
      ...['ade', 'ad', 'de', ''],
    ]);
    expect([
      await countOlderInCatalogues(store, ['c'], '8'),
      await countOlderInCatalogues(store, ['c', 'other'], '8'),
      await countOlderInCatalogues(store, [], '8'),
    ]).toEqual([3, 4, 0]);
    expect([await countCatalogueProducts(store, 'c'), await countCatalogueProducts(store, 'none')]).toEqual([4, 0]);
    expect([...(await countProductsOf(store, ['c', 'other', 'none']))].sort()).toEqual([
      ['c', 4],
      ['other', 1],
    ]);
    expect(await countProductsOf(store, [])).toEqual(new Map());
  });

  it('that somebody has to look at are counted in what is there, and with those of no catalogue', async () => {
    await insert('catalogues', { _id: 'c', name: 'c', owner: 'me', deleted_at: null });
    const doubtful = { state: 'to-check' };
    await insert('catalogue_products', product('a', doubtful), product('b'), product('d', doubtful, { live: false }));
    await insert('catalogue_products', product('e', doubtful, { catalogue: 'other' }));
    await insert('impacts', { md5_id: 'm', _platform: doubtful }, { md5_id: 'n', _platform: { state: 'confirmed' } });
    expect([await countDoubtful(store, 'me'), await countDoubtful(store, 'you')]).toEqual([2, 1]);
  });
});

describe('the answers of products of catalogues', () => {
  const simulation = (md5_id: string, methodVersion: string | null, ecs: number) => ({
    ...{ md5_id, methodVersion, answer: { inputs: { product: { id: 'jean' } }, impacts: { ecs } } },
  });
  interface Costed {
    impacts?: { ecs: number };
  }
  const costOf = async (id: string, version: string | null) =>
    ((await findSimulation(store, id, version)) as Costed | undefined)?.impacts?.ecs;

  it('stay as former ones when those of another version take their place', async () => {
    await replaceSimulations(store, []);
    await replaceSimulations(store, [simulation('m', null, 1), simulation('n', '8', 5)]);
    for (let times = 0; times < 2; times++)
      await replaceSimulations(store, [simulation('m', '8', 2), simulation('n', '8', 6)]);
    expect([await costOf('m', null), await costOf('m', '8'), await costOf('m', '7')]).toEqual([1, 2, undefined]);
    expect(await costOf('n', '8')).toBe(6);
    expect(ids(await store.collection('catalogue_simulations').find({}).sort({ _id: 1 }).toArray())).toEqual([
      ...['m', 'm@unknown', 'n'],
    ]);
  });

  it('are copied from the others where only those have them', async () => {
    await replaceSimulations(store, [simulation('m', '8', 2)]);
    await insert('impacts', {
      ...{ md5_id: 'n', product_id: 'pull', impacts: { ecs: 3 }, inputs: {} },
      _platform: { methodVersion: '7' },
    });
    const found = await findSimulations(store, ['m', 'n', 'x']);
    const told = [...found].map(([id, { impacts, product_id, _platform }]) => [
      ...[id, (impacts as { ecs: number }).ecs, product_id, _platform.methodVersion],
    ]);
    expect(told).toEqual([
      ['m', 2, 'jean', '8'],
      ['n', 3, 'pull', '7'],
    ]);
    await store.collection('impacts').deleteMany({});
    expect([...(await findSimulations(store, ['m', 'n'])).keys()].sort()).toEqual(['m', 'n']);
  });
});

describe('what a model is judged by', () => {
  const verdict = { version: 3, level: 0.9, checked: 10, outside: 1, drifts: false };

  it('is told since when it has been the one that predicts', async () => {
    expect([await findServedModel(store), await findModelWatch(store, 'm:3')]).toEqual([null, null]);
    await noteModelWatch(store, { _id: 'm:3', ...verdict }, day(1));
    await noteModelWatch(store, { _id: 'm:3', ...verdict, outside: 4, drifts: true }, day(2));
    const first = { _id: 'm:3', ...verdict, outside: 4, drifts: true, since: day(1) };
    expect([await findServedModel(store), await findModelWatch(store, 'm:3')]).toEqual([first, first]);
    await noteModelWatch(store, { _id: 'm:4', ...verdict }, day(3));
    expect((await findServedModel(store))?._id).toBe('m:4');
    // It is the one again.
    await noteModelWatch(store, { _id: 'm:3', ...verdict }, day(4));
    expect(await findServedModel(store)).toMatchObject({ _id: 'm:3', since: day(4) });
    await insert('model_checks', { _id: 'm:3:a', model: 'm:3' }, { _id: 'm:4:a', model: 'm:4' });
    await forgetModelChecks(store, 'm:3');
    expect([await findModelWatch(store, 'm:3'), (await findModelWatch(store, 'm:4'))?._id]).toEqual([null, 'm:4']);
    expect(ids(await store.collection('model_checks').find({}).toArray())).toEqual(['m:4:a']);
  });

  const arrival = (md5_id: string, at: Date, ecs: number, catalogue: string | null): Arrival => ({
    ...{ md5_id, product_id: 'jean', catalogue, query: { of: md5_id }, ecs, at },
  });

  it('is what arrived last and counts, by its version of the method', async () => {
    const stored = (md5_id: string, at: number, ecs: number, more: object = {}) => ({
      ...{ md5_id, product_id: 'jean', impacts: { ecs } },
      _platform: {
        ...{ createdAt: day(at).toISOString(), source: 'api', methodVersion: '8', query: { of: md5_id }, ...more },
      },
    });
    await insert(
      'impacts',
      stored('a', 1, 1),
      stored('b', 2, 2, { source: 'extraction', methodVersion: null }),
      stored('d', 2, 3, { methodVersion: '7' }),
      stored('e', 3, 4, { source: 'adopted' }),
      stored('f', 4, 5, { state: 'to-check' }),
      stored('g', 5, 6, { state: 'confirmed' }),
      stored('h', 5, 7),
    );
    const found = async (since: number, version: string | null, most: number) =>
      (await findArrivals(store, day(since), version, most)).map(({ md5_id }) => md5_id).join('');
    expect([await found(0, '8', 9), await found(2, '8', 9), await found(0, '7', 9)]).toEqual(['hgba', 'hgb', 'db']);
    expect([await found(0, null, 9), await found(0, '8', 4), await found(0, '8', 1)]).toEqual(['b', 'hg', 'h']);
    expect((await findArrivals(store, day(1), '8', 9)).at(-1)).toEqual(arrival('a', day(1), 1, null));
  });

  it('is what was added to catalogues too, unless models learnt from it', async () => {
    const known = (_id: string, at: number, content: object | null) =>
      product(
        _id,
        content && { md5_id: `m${_id}`, query: { of: `m${_id}` }, ecs: 2, method_version: '8', ...content },
        {
          updated_at: day(at),
        },
      );
    await insert(
      'catalogue_products',
      known('a', 1, {}),
      known('b', 2, { method_version: null }),
      known('d', 2, { method_version: '7' }),
      known('e', 3, { state: 'to-check' }),
      known('f', 3, { ecs: null }),
      known('g', 3, { product_id: null }),
      known('h', 3, null),
      known('i', 4, {}),
      known('j', 5, {}),
    );
    await insert('impacts', { md5_id: 'mi' });
    const found = async (since: number, version: string | null, most: number) =>
      (await findCatalogueArrivals(store, day(since), version, most)).map(({ md5_id }) => md5_id.slice(1)).join('');
    expect([await found(0, '8', 99), await found(2, '8', 99), await found(0, '7', 99)]).toEqual(['jba', 'jb', 'db']);
    expect([await found(0, '8', 1), await found(6, '8', 99)]).toEqual(['j', '']);
    expect((await findCatalogueArrivals(store, day(1), '8', 99)).at(-1)).toEqual(arrival('ma', day(1), 2, 'c'));
  });

  it('is checked once by each model', async () => {
    await insert('model_checks', { _id: 'm:3:a', model: 'm:3' });
    const [a, b] = [arrival('a', day(1), 1, null), arrival('b', day(1), 1, null)];
    expect([await uncheckedOf(store, 'm:3', [a, b]), await uncheckedOf(store, 'm:4', [a, b])]).toEqual([[b], [a, b]]);
    expect(await uncheckedOf(store, 'm:3', [])).toEqual([]);
  });
});

describe('keys', () => {
  it('are given limits, which null takes away and undefined leaves, while they are in force', async () => {
    await insert('api_keys', { name: 'a', hash: 'h' }, { name: 'b', hash: 'i', revoked_at: day(1) });
    const key = () => store.collection('api_keys').findOne({ name: 'a' }, { projection: { _id: 0 } });
    expect(await limitApiKey(store, 'a', { requests_per_minute: 5, products_per_day: 7 })).toBe(true);
    expect(await limitApiKey(store, 'a', { requests_per_minute: null, products_per_day: undefined })).toBe(true);
    expect(await key()).toEqual({ name: 'a', hash: 'h', products_per_day: 7 });
    expect(await limitApiKey(store, 'a', {})).toBe(true);
    expect([await limitApiKey(store, 'b', {}), await limitApiKey(store, 'c', {})]).toEqual([false, false]);
  });

  it('have their requests added up by day, and listed from one on', async () => {
    const use = (key: string, of: string, requests: number, last: number, products?: number) => ({
      ...{ key, day: of, requests, refused: requests - 1, last_at: day(last) },
      ...(products !== undefined && { products }),
    });
    await addKeyUses(store, []);
    await addKeyUses(store, [
      use('b', '2026-01-02', 3, 2, 4),
      use('a', '2026-01-02', 1, 2),
      use('b', '2026-01-01', 1, 1),
    ]);
    await addKeyUses(store, [use('b', '2026-01-02', 2, 1, 1)]);
    const b = { key: 'b', day: '2026-01-02', requests: 5, refused: 3, products: 5, last_at: day(2) };
    expect(await listKeyUses(store, '2026-01-01', 'b')).toEqual([{ ...use('b', '2026-01-01', 1, 1), products: 0 }, b]);
    expect(await listKeyUses(store, '2026-01-02')).toEqual([{ ...use('a', '2026-01-02', 1, 2), products: 0 }, b]);
  });

  it('have a line for each write, found by each of its parts, the newest first, and forgotten in time', async () => {
    const line = (_id: string, at: number, more: object = {}) => ({
      ...{ _id, at: day(at), key: 'k', method: 'POST', route: '/product', subject: 's', status: 200, ...more },
    });
    const lines = [
      line('a', 1),
      line('b', 2, { key: 'other' }),
      line('d', 3, { method: 'PUT' }),
      line('e', 4, { route: '/catalogue/{id}' }),
      line('f', 5, { subject: 'Été.1' }),
      line('g', 6, { status: 404 }),
      line('h', 6),
    ];
    await addAuditLines(store, []);
    await addAuditLines(store, lines as never);
    await addAuditLines(store, [line('a', 9, { key: 'changed' })] as never);
    const found = async (filter: Parameters<typeof findAuditLines>[1]) => {
      const some = ids(await findAuditLines(store, filter).toArray()).join('');
      expect(await countAuditLines(store, filter)).toBe(some.length);
      return some;
    };
    expect(await found({})).toBe('hgfedba');
    expect([await found({ key: 'other' }), await found({ method: 'PUT' }), await found({ status: 404 })]).toEqual([
      ...['b', 'd', 'g'],
    ]);
    expect([
      await found({ route: 'LOGUE' }),
      await found({ subject: 'ete.' }),
      await found({ subject: 'e.e' }),
    ]).toEqual([...['e', 'f', '']]);
    expect([
      await found({ from: day(5) }),
      await found({ to: day(3) }),
      await found({ from: day(2), to: day(4) }),
    ]).toEqual(['hgf', 'ba', 'db']);
    await addKeyUses(
      store,
      ['2026-01-02', '2026-01-03'].map((of) => ({ key: 'k', day: of, requests: 1, refused: 0, last_at: day(0) })),
    );
    await expireKeyRecords(store, day(2));
    expect([await found({}), (await listKeyUses(store, '')).map((use) => use.day)]).toEqual(['hgfedb', ['2026-01-03']]);
  });
});
