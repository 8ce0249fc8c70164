import { randomUUID } from 'node:crypto';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { identify } from '@ecobalyse/product-documents';
import { CACHE_TAGS, type ProductRequest } from '@ecobalyse/schema';
import { deleteImpact, ensureIndexes, openStore, type Store } from '@ecobalyse/store';
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
import { addProduct, addProducts } from './index.js';

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
  await store.collection('impacts').deleteMany({});
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
const stored = () => store.collection('impacts').countDocuments();

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
