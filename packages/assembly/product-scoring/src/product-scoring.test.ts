import { randomUUID } from 'node:crypto';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { asKnown, catalogueProductId, identify } from '@ecobalyse/product-documents';
import { CACHE_TAGS, type ProductRequest } from '@ecobalyse/schema';
import { deleteImpact, ensureIndexes, type NewChange, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  type FaultyUpstream,
  startFaultyUpstream,
  startTestMongodb,
  startTestSimulator,
  type TestMongodb,
  type TestSimulator,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addProduct,
  addProducts,
  addToCatalogue,
  type KnownLine,
  OutdatedProductError,
  scoreForCatalogue,
} from './index.js';

const PRODUCT: ProductRequest = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

let mongodb: TestMongodb;
let simulator: TestSimulator;
let faulty: FaultyUpstream;
let upstream: EcobalyseClient;
let store: Store;
let invalidated: string[][];

beforeAll(async () => {
  [mongodb, simulator] = await Promise.all([startTestMongodb(), startTestSimulator()]);
  faulty = await startFaultyUpstream(simulator.apiUrl);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  upstream = createEcobalyseClient({
    baseUrl: faulty.apiUrl,
    concurrency: 4,
    timeoutMs: 60_000,
    retries: 1,
    retryDelayMs: 1,
  });
});
afterAll(async () => {
  upstream.close();
  faulty.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), simulator.close()]);
});
beforeEach(async () => {
  faulty.mend();
  invalidated = [];
  for (const name of ['impacts', 'catalogue_products', 'catalogue_simulations'] as const) {
    await store.collection(name).deleteMany({});
  }
});

const product = (mass: number, changed: Partial<ProductRequest> = {}) => identify({ ...PRODUCT, mass, ...changed });
const parts = () => ({
  store,
  upstream,
  concurrency: 4,
  pause: async () => undefined as never,
  cache: { invalidate: async (tags: readonly string[]) => void invalidated.push([...tags]) },
});
const never = new AbortController().signal;
const add = (mass: number, changed?: Partial<ProductRequest>) => addProduct(product(mass, changed), parts());
const addAll = (masses: readonly number[], name = 'one', signal = never) =>
  addProducts(
    masses.map((mass) => product(mass)),
    name,
    parts(),
    signal,
  );
const statuses = (outcomes: ReadonlyMap<string, { status: string }>) => [...outcomes.values()].map((one) => one.status);
const kept = (name: 'catalogue_products' | 'catalogue_simulations') =>
  store
    .collection(name)
    .find()
    .sort(name === 'catalogue_products' ? { reference: 1 } : { _id: 1 })
    .toArray() as Promise<Record<string, unknown>[]>;
const stored = () => store.collection('impacts').countDocuments();

const change = (catalogue = 'a'): NewChange => ({
  ...{ _id: randomUUID(), catalogue, at: new Date('2026-01-01') },
  ...{ kind: 'upload', by: null, file: null, job: null },
});

describe('a product', () => {
  it('is added once, and answers about its type are dropped then', async () => {
    const deadline = vi.spyOn(AbortSignal, 'timeout');
    expect(await add(0.1)).toEqual({ status: 'added', ecs: expect.any(Number) });
    expect(deadline).toHaveBeenCalledWith(30_000);
    deadline.mockRestore();
    expect(invalidated).toEqual([[CACHE_TAGS.impacts, CACHE_TAGS.product('tshirt')]]);
    faulty.isAway = true;
    expect(await add(0.1)).toEqual({ status: 'existing' });
    expect(invalidated).toHaveLength(1);
    const { md5_id } = product(0.1);
    expect(await store.collection('impacts').findOne()).toMatchObject({
      md5_id,
      product_id: 'tshirt',
      _platform: { source: 'api', scenario: null, query: { mass: 0.1 }, insertedByRun: null },
    });
  });

  it('is added by one of many who add it at the same time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => add(0.1)));
    expect(outcomes.filter(({ status }) => status === 'added')).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'existing')).toHaveLength(9);
  });

  it("is refused with upstream's reasons", async () => {
    expect(await add(0.1, { countryMaking: 'XX' })).toEqual({
      status: 'refused',
      reasons: { countryMaking: expect.any(String) },
    });
    expect([await stored(), invalidated]).toEqual([0, []]);
  });

  it('has failed when upstream gives no answer, or none in time', async () => {
    faulty.isAway = true;
    expect(await add(0.1)).toMatchObject({ status: 'failed', error: { kind: 'unreachable' } });
    faulty.mend();
    expect(await addProduct(product(0.1), parts(), 0)).toMatchObject({ status: 'failed', error: { kind: 'slow' } });
    expect(await stored()).toBe(0);
    const broken = { ...upstream, simulateDetailed: () => Promise.reject(new TypeError('a fault of ours')) };
    await expect(addProduct(product(0.1), { ...parts(), upstream: broken as never })).rejects.toThrow(
      'a fault of ours',
    );
  });
});

describe('many products', () => {
  it('are added as one would be, and told the same when it is done again', async () => {
    await add(0.3);
    const outcomes = await addAll([0.1, 0.2, 0.1, 0.3]);
    expect(statuses(outcomes)).toEqual(['added', 'added', 'existing']);
    expect(outcomes.get(product(0.1).md5_id)).toEqual({
      status: 'added',
      ecs: expect.any(Number),
      methodVersion: '7.0.0',
    });
    expect(await addAll([0.1, 0.2, 0.3])).toEqual(outcomes);

    // As if the process had been killed after the first.
    await deleteImpact(store, product(0.2).md5_id);
    expect(await addAll([0.1, 0.2, 0.3])).toEqual(outcomes);
    // What is there is not asked for again.
    faulty.isAway = true;
    expect(statuses(await addAll([0.1, 0.2], 'another'))).toEqual(['existing', 'existing']);
  });

  it('have the answers about each of their types dropped', async () => {
    await addProducts([product(0.1), product(0.2, { product: 'jean' })], 'one', parts(), never);
    expect(invalidated.map((tags) => tags.sort())).toEqual([
      [CACHE_TAGS.impacts, CACHE_TAGS.product('jean'), CACHE_TAGS.product('tshirt')].sort(),
    ]);
  });

  it('are each refused for themselves', async () => {
    const outcomes = await addProducts([product(0.1), product(0.2, { product: 'hat' })], 'one', parts(), never);
    expect([...outcomes.values()]).toMatchObject([
      { status: 'added' },
      { status: 'refused', reasons: { product: /hat/ } },
    ]);
  });

  it('fail where upstream fails on one, but not because it is away', async () => {
    faulty.failsOn = '"mass":0.666';
    const outcomes = await addAll([0.1, 0.666, 0.3]);
    expect(statuses(outcomes)).toEqual(['added', 'failed', 'added']);
    faulty.isAway = true;
    await expect(addAll([0.5])).rejects.toThrow(/cannot be reached/);
    expect(await stored()).toBe(2);
  });

  it('are scored again when a connection broke off', async () => {
    faulty.breaksOff = { text: '"mass":0.777', times: 3 };
    expect(statuses(await addAll([0.1, 0.777, 0.3]))).toEqual(['added', 'added', 'added']);
    expect(faulty.breaksOff.times).toBe(0);
  });

  it('keep what was scored when the rest cannot be, and say how many those are', async () => {
    faulty.breaksOff = { text: '"mass":0.777', times: Number.POSITIVE_INFINITY };
    await expect(addAll([0.1, 0.777, 0.3])).rejects.toMatchObject({
      name: 'AddingInterruptedError',
      added: 2,
      retryAfterSeconds: 0,
    });
    expect(invalidated).toEqual([[CACHE_TAGS.impacts, CACHE_TAGS.product('tshirt')]]);
    expect(await stored()).toBe(2);
    faulty.mend();
    expect(statuses(await addAll([0.1, 0.777, 0.3]))).toEqual(['added', 'added', 'added']);
  });

  it('are told the same to two who add them at the same time', async () => {
    const [one, two] = await Promise.all([addAll([0.1, 0.2, 0.3, 0.4]), addAll([0.1, 0.2, 0.3, 0.4])]);
    expect(one).toEqual(two);
    expect(statuses(one)).toEqual(['added', 'added', 'added', 'added']);
    expect(await stored()).toBe(4);
  });

  it('stop with whoever asked', async () => {
    await expect(addAll([0.1], 'one', AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
    expect(await stored()).toBe(0);
  });
});

describe('a product of a catalogue', () => {
  const named = (mass: number, more: object = {}, changed?: Partial<ProductRequest>) =>
    asKnown(product(mass, changed), { reference: 'one', ...more });
  const put = (...[known, of, deadline, madeFrom]: [ReturnType<typeof named>, NewChange?, number?, number?]) =>
    addToCatalogue(known, of ?? change(), parts(), deadline, madeFrom);
  const id = catalogueProductId('a', 'one');

  it('is added, changed and left as it is, each told with its cost', async () => {
    const added = await put(named(0.1));
    expect(added).toEqual({ status: 'added', id, ecs: expect.any(Number), methodVersion: '7.0.0' });
    expect(await kept('catalogue_products')).toMatchObject([
      { _id: id, catalogue: 'a', reference: 'one', line: null, version: 1, content: { mass: 0.1, reference: 'one' } },
    ]);
    const { md5_id } = product(0.1);
    expect(await kept('catalogue_simulations')).toMatchObject([{ _id: md5_id, method_version: '7.0.0' }]);
    // What is scored already is not asked for again.
    faulty.isAway = true;
    expect(await put(named(0.1))).toEqual({ ...added, status: 'existing' });
    expect(await put(named(0.1, { name: 'A name' }))).toEqual({ ...added, status: 'changed' });
    faulty.mend();
    const heavier = await put(named(0.2));
    expect(heavier).toMatchObject({ status: 'changed', id });
    expect(heavier).not.toMatchObject({ ecs: (added as { ecs: number }).ecs });
    // Of impacts, and answers about them, it is no part.
    expect([await stored(), invalidated]).toEqual([0, []]);
  });

  it('takes its score from impacts where they have it', async () => {
    const { ecs } = (await add(0.1)) as { ecs: number };
    faulty.isAway = true;
    expect(await put(named(0.1))).toMatchObject({ status: 'added', ecs });
  });

  it('is not put in the place of a version that nobody has read', async () => {
    await put(named(0.1));
    await put(named(0.2), change(), undefined, 1);
    await expect(put(named(0.3), change(), undefined, 1)).rejects.toThrow(OutdatedProductError);
    await expect(put(named(0.3), change(), undefined, 1)).rejects.toThrow(`product ${id} has changed meanwhile`);
    expect(await kept('catalogue_products')).toMatchObject([{ version: 2, content: { mass: 0.2 } }]);
  });

  it('is not added when it is refused, or has no score in time', async () => {
    const refused = await put(named(0.1, {}, { countryMaking: 'XX' }));
    expect(refused).toEqual({ status: 'refused', reasons: { countryMaking: expect.any(String) } });
    expect(await put(named(0.1), change(), 0)).toMatchObject({ status: 'failed', error: { kind: 'slow' } });
    expect([...(await kept('catalogue_products')), ...(await kept('catalogue_simulations'))]).toEqual([]);
  });

  const lines = (...products: [reference: string, mass: number, changed?: Partial<ProductRequest>][]): KnownLine[] =>
    products.map(([reference, mass, changed], at) => ({ known: named(mass, { reference }, changed), line: at + 1 }));
  const score = (of: KnownLine[], by = change(), signal = never) => scoreForCatalogue(of, by, parts(), signal);

  it('is one of many, each told what became of it, in their order', async () => {
    await put(named(0.1, { reference: 'there' }));
    faulty.failsOn = '"mass":0.666';
    const file = lines(
      ['refused', 0.2, { product: 'hat' }],
      ['there', 0.1],
      ['failed', 0.666],
      ['new', 0.3],
      ['there', 0.3],
      ['new', 0.4],
    );
    const by = change();
    const apply = await score(file, by);
    expect(await kept('catalogue_products')).toHaveLength(1);
    const outcomes = await apply();
    expect(outcomes).toMatchObject([
      { status: 'refused', reasons: { product: /hat/ } },
      { status: 'existing', id: catalogueProductId('a', 'there'), methodVersion: '7.0.0' },
      { status: 'failed', error: { kind: 'unreachable' } },
      { status: 'added', id: catalogueProductId('a', 'new'), methodVersion: '7.0.0' },
      { status: 'changed', id: catalogueProductId('a', 'there') },
      { status: 'repeated' },
    ]);
    expect(outcomes[5]).toEqual({ status: 'repeated' });
    expect((await kept('catalogue_products')).map(({ reference, line }) => [reference, line])).toEqual([
      ['new', 4],
      ['there', 5],
    ]);
    // What is known is not asked for again.
    faulty.isAway = true;
    const known = lines(['x', 0.1], ['y', 0.4]);
    expect(await (await score(known))()).toMatchObject([{ status: 'added' }, { status: 'added' }]);
  });

  it('keeps what was scored when the rest cannot be, and puts nothing into the catalogue', async () => {
    faulty.breaksOff = { text: '"mass":0.777', times: Number.POSITIVE_INFINITY };
    await expect(score(lines(['a', 0.1], ['b', 0.777], ['c', 0.3]))).rejects.toMatchObject({
      name: 'AddingInterruptedError',
      added: 2,
    });
    const identities = [product(0.1).md5_id, product(0.3).md5_id].sort();
    expect((await kept('catalogue_simulations')).map(({ _id }) => _id)).toEqual(identities);
    expect(await kept('catalogue_products')).toEqual([]);
  });

  it('stops with whoever asked', async () => {
    await expect(score(lines(['a', 0.1]), change(), AbortSignal.abort(new Error('stopping')))).rejects.toThrow(
      'stopping',
    );
    expect(await kept('catalogue_simulations')).toEqual([]);
  });
});
