import { randomUUID } from 'node:crypto';
import { bsonOfJson } from '@ecobalyse/bson';
import { type BsonDocument, toImpactDocument } from '@ecobalyse/product-documents';
import { type DetailedSimulation, IMPACT_CODES, type ImpactDocument, type Impacts, type Json } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { BSON } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INCOMPLETE } from './adopted-documents.js';
import {
  countImpacts,
  countRunEffect,
  countStored,
  deleteImpact,
  ensureIndexes,
  findDocuments,
  findInputs,
  findKnownProducts,
  findProductType,
  hasImpact,
  insertImpacts,
  isStoreFull,
  isStoreUnavailable,
  listProductIds,
  openStore,
  rankProducts,
  replaceReference,
  type Store,
  upsertImpacts,
} from './index.js';

let server: TestMongodb;
let store: Store;

beforeAll(async () => {
  server = await startTestMongodb();
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await ensureIndexes(store);
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await server.close();
});
afterEach(async () => {
  for (const name of ['impacts', 'countries'] as const) await store.collection(name).deleteMany({});
});

const impacts = (ecs: number): Impacts =>
  Object.fromEntries(
    IMPACT_CODES.map((code) => [code, code === 'ecs' ? ecs : code === 'pef' ? ecs / 2 : 0]),
  ) as Impacts;

/** An upstream answer that has what the store looks at, and a field that nobody knows. */
function answer({ product, mass, country, ecs }: { product: string; mass: number; country: string; ecs: number }) {
  const place = { code: country, name: country };
  return {
    impacts: impacts(ecs),
    inputs: { product: { id: product }, mass, countryFabric: place, countryMaking: place },
    novelty: { kept: true },
  } as unknown as DetailedSimulation;
}

function document(
  mass: number,
  changed: { product?: string; country?: string; ecs?: number; runId?: string | null } = {},
) {
  const { product = 'jean', country = 'FR', ecs = mass * 100, runId = 'run-1' } = changed;
  const query: Record<string, Json> = { mass, product, countryFabric: country };
  return toImpactDocument({
    query,
    answer: answer({ product, mass, country, ecs }),
    source: 'extraction',
    scenario: 'regular',
    methodVersion: '7.0.0',
    runId,
  });
}

describe('impact documents', () => {
  it('hold the answer as received, its identity, the mean of the 21 impacts and what they cover', () => {
    const made = document(1);
    expect(made).toMatchObject({
      product_id: 'jean',
      novelty: { kept: true },
      md5_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(made._platform.averageImpacts).toBeCloseTo(150 / 21, 12);
    expect(made._platform.coveredImpacts).toEqual(['ecs', 'pef']);
  });

  it('are inserted once, found, and deleted once', async () => {
    const made = document(1);
    expect(await insertImpacts(store, [made])).toBe(true);
    expect(await insertImpacts(store, [document(1)])).toBe(false);
    expect(await hasImpact(store, made.md5_id)).toBe(true);
    expect(await findProductType(store, made.md5_id)).toBe(made.product_id);
    expect(await deleteImpact(store, made.md5_id)).toBe(true);
    expect(await deleteImpact(store, made.md5_id)).toBe(false);
    expect(await findProductType(store, made.md5_id)).toBeNull();
    expect(await hasImpact(store, made.md5_id)).toBe(false);
  });

  it('are inserted once by racing clients', async () => {
    const inserted = await Promise.all(Array.from({ length: 20 }, () => insertImpacts(store, [document(1)])));
    expect(inserted.filter(Boolean)).toHaveLength(1);
    expect(await countImpacts(store)).toBe(1);
  });
});

describe('upsertImpacts', () => {
  const state = () =>
    store
      .collection('impacts')
      .find({}, { projection: { _id: 0 } })
      .sort({ md5_id: 1 })
      .toArray();

  it('inserts what is new and leaves alone what did not change', async () => {
    await upsertImpacts(store, [document(1), document(2)]);
    const before = await state();
    await upsertImpacts(store, [document(1, { runId: 'run-2' }), document(2, { runId: 'run-2' })]);
    expect(await state()).toEqual(before);
    expect(await countRunEffect(store, 'run-1')).toEqual({ inserted: 2, updated: 0 });
    expect(await countRunEffect(store, 'run-2')).toEqual({ inserted: 0, updated: 0 });
  });

  it('replaces what changed, and remembers when it came and from where', async () => {
    await upsertImpacts(store, [document(1)]);
    const [before] = await state();
    await upsertImpacts(store, [document(1, { ecs: 999, runId: 'run-2' }), document(3, { runId: 'run-2' })]);
    const after = (await state()).find(({ md5_id }) => md5_id === before?.md5_id);
    expect(after?.impacts.ecs).toBe(999);
    expect(after?._platform).toMatchObject({
      insertedByRun: 'run-1',
      updatedByRun: 'run-2',
      createdAt: before?._platform.createdAt,
    });
    expect(await countRunEffect(store, 'run-2')).toEqual({ inserted: 1, updated: 1 });
  });

  it('ends in the same documents when two workers write overlapping batches at once', async () => {
    const masses = Array.from({ length: 60 }, (_, index) => index + 1);
    const batch = (from: number, to: number) =>
      upsertImpacts(
        store,
        masses.slice(from, to).map((mass) => document(mass)),
      );
    await Promise.all([batch(0, 40), batch(20, 60), batch(0, 60)]);
    expect(await countImpacts(store)).toBe(60);
    expect(
      await countStored(
        store,
        masses.map((mass) => document(mass).md5_id),
      ),
    ).toBe(60);
  });

  it('writes a product once that a batch holds twice: the later one', async () => {
    await upsertImpacts(store, [document(1, { ecs: 5 }), document(1, { ecs: 6 })]);
    expect((await state()).map(({ impacts: { ecs } }) => ecs)).toEqual([6]);
  });

  it('stores a new document byte for byte as the driver would', async () => {
    const raw = () => store.collection('impacts').find<Buffer>({}, { raw: true }).toArray();
    await upsertImpacts(store, [document(1), document(2)]);
    for (const bytes of await raw()) {
      const { _id, md5_id } = BSON.deserialize(bytes);
      const made = [document(1), document(2)].find((one) => one.md5_id === md5_id) as ImpactDocument;
      const { createdAt, updatedAt } = BSON.deserialize(bytes)._platform;
      const whole = { _id, ...made, _platform: { ...made._platform, createdAt, updatedAt } };
      expect(Buffer.compare(BSON.serialize(whole), bytes)).toBe(0);
    }
  });

  it.each([
    ['new', []],
    ['changed', [document(1, { ecs: 5 })]],
    [
      'of another version of the method',
      [{ ...document(1), _platform: { ...document(1)._platform, methodVersion: '6' } }],
    ],
  ])('stores a product of which the answer is BSON as one that is whole: %s', async (_, before) => {
    const { md5_id, product_id, _platform, ...made } = document(1);
    const asBson: BsonDocument = { md5_id, product_id, _platform, bson: bsonOfJson(made) };
    const stored = [];
    for (const given of [document(1), asBson]) {
      for (const name of ['impacts', 'impact_versions', 'method_changes'] as const)
        await store.collection(name).deleteMany({});
      await upsertImpacts(store, before);
      expect(await upsertImpacts(store, [{ ...given, _platform }])).toEqual(['jean']);
      const changes = await store.collection('method_changes').find().toArray();
      stored.push([await state(), changes, await store.collection('impact_versions').countDocuments()]);
    }
    expect(JSON.stringify(stored[1])).toBe(JSON.stringify(stored[0]));
  });

  it('inserts more than one command holds', async () => {
    const large = (mass: number) => ({ ...document(mass), filler: 'x'.repeat(6_000_000) });
    await upsertImpacts(store, [1, 2, 3, 4].map(large));
    expect(await countImpacts(store)).toBe(4);
  });

  it('says what the database refuses, and stores the rest', async () => {
    const refused = { ...document(1), filler: 'x'.repeat(17_000_000) };
    await expect(upsertImpacts(store, [refused])).rejects.toMatchObject({ code: expect.any(Number) });
    expect(await upsertImpacts(store, [document(2)])).toEqual(['jean']);
  });

  it('tells the product types whose documents changed', async () => {
    const batch = (ecs: number) => ['jean', 'pull', 'jean'].map((product, index) => document(index, { product, ecs }));
    expect((await upsertImpacts(store, batch(1))).sort()).toEqual(['jean', 'pull']);
    expect(await upsertImpacts(store, batch(1))).toEqual([]);
    expect(await upsertImpacts(store, [document(1, { product: 'pull', ecs: 2 }), ...batch(1).slice(2)])).toEqual([
      'pull',
    ]);
    expect(await upsertImpacts(store, [])).toEqual([]);
  });

  it('keeps the source of what was there, unless another platform wrote it', async () => {
    const made = document(1);
    for (const [before, after] of [
      ['api', 'api'],
      ['other', 'extraction'],
    ] as const) {
      await store.collection('impacts').deleteMany({});
      await insertImpacts(store, [{ ...made, _platform: { ...made._platform, source: before } }]);
      await upsertImpacts(store, [document(1, { ecs: 7 })]);
      expect((await state()).map(({ _platform: { source } }) => source)).toEqual([after]);
    }
  });

  it('passes errors on that are not about repeated identities', async () => {
    const [made, broken] = [document(1), { ...document(2), $bad: 1, _id: [] }];
    await insertImpacts(store, [made]);
    await expect(insertImpacts(store, [made, broken as never])).rejects.toThrow();
  });
});

describe('reading', () => {
  beforeEach(() =>
    upsertImpacts(store, [
      document(3),
      document(1),
      document(2, { country: 'CN' }),
      document(1, { product: 'tshirt' }),
    ]),
  );

  it('lists product types in order', async () => {
    await upsertImpacts(store, [document(9, { product: 'a' })]);
    expect(await listProductIds(store)).toEqual(['a', 'jean', 'tshirt']);
  });

  it('counts the identities that are stored, however many are asked for', async () => {
    const made = [document(1).md5_id, document(3).md5_id, document(1, { product: 'tshirt' }).md5_id];
    for (const asked of [1000, 1001, 2500]) {
      const unknown = Array.from({ length: asked - 3 }, (_, index) => `none-${index}`);
      expect(await countStored(store, [...made.slice(0, 1), ...unknown, ...made.slice(1)])).toBe(3);
    }
    expect(await countStored(store, [])).toBe(0);
  });

  it('knows of products that are to be added their cost, and what added them', async () => {
    const [byRun, byUser] = [document(1), document(7, { runId: null })];
    await insertImpacts(store, [byUser]);
    expect(await findKnownProducts(store, [byUser.md5_id, 'none', byRun.md5_id])).toEqual(
      new Map([
        [byRun.md5_id, { md5_id: byRun.md5_id, ecs: 100, insertedBy: 'run-1', methodVersion: '7.0.0' }],
        [byUser.md5_id, { md5_id: byUser.md5_id, ecs: 700, insertedBy: null, methodVersion: '7.0.0' }],
      ]),
    );
    expect(await findInputs(store, [byRun.md5_id, 'none'])).toEqual(new Map([[byRun.md5_id, byRun.inputs]]));
  });

  it('gives documents without what the platform adds, by product and country', async () => {
    const page = { order: { by: 'md5_id', descending: false }, offset: 0, limit: 10 };
    type Asked = Parameters<typeof findDocuments>;
    const found = async (filter: Asked[1], which: Asked[2]) =>
      JSON.parse(String(await findDocuments(store, filter, which)));
    const jeans: object[] = await found({ products: ['jean'] }, page);
    expect(jeans).toHaveLength(3);
    expect(jeans.every((jean) => !('_id' in jean) && !('_platform' in jean))).toBe(true);
    expect(await found({ products: ['jean'], countryFabric: 'CN' }, page)).toHaveLength(1);
    expect(await found({ products: ['jean'] }, { ...page, limit: 2 })).toEqual(jeans.slice(0, 2));
    expect(await found({ products: ['jean'] }, { ...page, offset: 2 })).toEqual(jeans.slice(2));
    expect(await found({ products: ['jean'] }, { ...page, offset: 3 })).toBeNull();
  });

  it('ranks by the average impact, both ways', async () => {
    const masses = async (order: 'best' | 'worst', limit: number) =>
      (await rankProducts(store, { products: ['jean'] }, order, { offset: 0, limit })).map(({ inputs }) => inputs.mass);
    expect(await masses('best', 10)).toEqual([1, 2, 3]);
    expect(await masses('worst', 2)).toEqual([3, 2]);
    const [best] = await rankProducts(store, { products: ['jean'] }, 'best', { offset: 0, limit: 1 });
    expect(best?.average_impacts).toBeCloseTo(150 / 21, 12);
  });

  it('serves each read by an index', async () => {
    const plans = await Promise.all([
      store.collection('impacts').find({ product_id: 'jean' }).sort({ md5_id: 1 }).explain(),
      store
        .collection('impacts')
        .find({ product_id: 'jean', 'inputs.countryFabric.code': 'FR' })
        .sort({ md5_id: 1 })
        .explain(),
      store
        .collection('impacts')
        .find({ product_id: 'jean' })
        .sort({ '_platform.coveredCount': -1, '_platform.averageImpacts': -1, md5_id: -1 })
        .explain(),
      store
        .collection('impacts')
        .find({ product_id: 'jean' })
        .sort({ '_platform.coveredCount': -1, '_platform.averageImpacts': 1, md5_id: 1 })
        .explain(),
      store.collection('impacts').find(INCOMPLETE).explain(),
    ]);
    for (const plan of plans) {
      expect(JSON.stringify(plan)).toContain('IXSCAN');
      expect(JSON.stringify(plan)).not.toContain('SORT"');
    }
  });
});

describe('reference data', () => {
  it('becomes exactly the listed documents', async () => {
    await replaceReference(store, 'countries', [
      { code: 'FR', name: 'France' },
      { code: 'XX', name: 'Gone tomorrow' },
    ]);
    await replaceReference(store, 'countries', [
      { code: 'FR', name: 'République française' },
      { code: 'BD', name: 'Bangladesh' },
    ]);
    const stored = await store
      .collection('countries')
      .find({}, { projection: { _id: 0 } })
      .sort({ code: 1 })
      .toArray();
    expect(stored).toEqual([
      { code: 'BD', name: 'Bangladesh' },
      { code: 'FR', name: 'République française' },
    ]);
  });

  it('is never emptied by an empty list', async () => {
    await replaceReference(store, 'countries', [{ code: 'FR', name: 'France' }]);
    await expect(replaceReference(store, 'countries', [])).rejects.toThrow(/countries/);
    expect(await store.collection('countries').countDocuments()).toBe(1);
  });
});

describe('indexes', () => {
  it('can be ensured again and again, from several places at once', async () => {
    const indexCount = await ensureIndexes(store);
    const counts = await Promise.all([ensureIndexes(store), ensureIndexes(store), ensureIndexes(store)]);
    expect(new Set(counts)).toEqual(new Set([indexCount]));
  });
});

it('tells a database that is away from one that refuses', async () => {
  const away = openStore({
    uri: 'mongodb://127.0.0.1:1/',
    dbName: 'x',
    appName: 'test',
    serverSelectionTimeoutMs: 100,
  });
  expect(isStoreUnavailable(await away.ping().catch((error: unknown) => error))).toBe(true);
  await away.close();
  const nonsense = store.collection('impacts').find({ $nonsense: 1 } as object);
  const refused = await nonsense.toArray().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Error);
  expect([isStoreUnavailable(refused), isStoreFull(refused)]).toEqual([false, false]);
});
