import { randomUUID } from 'node:crypto';
import { toImpactDocument } from '@ecobalyse/product-documents';
import { type DetailedSimulation, IMPACT_CODES, type Impacts } from '@ecobalyse/schema';
import { databaseOf, holdPauses, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import type { Document } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  completeDocuments,
  countFound,
  findDocument,
  findServedModel,
  insertImpacts,
  isSearchTooSlow,
  migrate,
  openStore,
  rankProducts,
  readTrainingRows,
  type Store,
  searchImpacts,
  summarizeImpacts,
  upsertImpacts,
} from './index.js';

let server: TestMongodb;
let store: Store;
let told: Record<string, unknown>[];
const logger = { info: (fields: object) => void told.push(fields as Record<string, unknown>) };

beforeAll(async () => {
  server = await startTestMongodb();
});
afterAll(() => server.close());
beforeEach(() => {
  told = [];
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
});

const place = (code: string) => ({ code, name: `Pays ${code}` });
/** Impacts that all have a figure, or only the two that the official API answers without a token. */
const impacts = (figure: number, covered: 2 | 21): Impacts =>
  Object.fromEntries(
    IMPACT_CODES.map((code) => [code, covered === 21 || code === 'ecs' || code === 'pef' ? figure : 0]),
  ) as Impacts;

const answer = (figure: number, covered: 2 | 21 = 2) =>
  ({
    impacts: impacts(figure, covered),
    inputs: {
      product: { id: 'jean', name: 'Jean', fabric: 'weaving' },
      mass: figure / 1000,
      materials: [{ material: { id: 'ei-coton', name: 'Coton' }, share: 1, country: 'TR' }],
      countryFabric: place('FR'),
      countryDyeing: place('FR'),
      countryMaking: place('BD'),
      fabricProcess: 'weaving',
      disabledSteps: ['use'],
      upcycled: false,
      airTransportRatio: null,
      trims: [{ id: 'zip', quantity: 1 }],
    },
    lifeCycle: [{ country: place('CN') }, { country: place('IN') }],
  }) as unknown as DetailedSimulation;

/** As the original writes it: the answer, the identity and the product type, nothing else. */
const original = (md5_id: string, figure: number, covered: 2 | 21 = 2): Document => ({
  ...answer(figure, covered),
  md5_id,
  product_id: 'jean',
});
const ours = (figure: number) =>
  toImpactDocument({
    query: { mass: figure, product: 'jean' },
    answer: answer(figure),
    source: 'api',
    scenario: null,
    methodVersion: '7.0.0',
    runId: null,
  });

/** The original's own programs: its collections, its indexes, and its first load, which repeats identities. */
async function fillAsOriginal(identities: number): Promise<void> {
  const db = databaseOf(store);
  for (const [name, field] of [
    ['countries', 'code'],
    ['materials', 'id'],
    ['products', 'id'],
    ['impacts_documentation', 'code'],
    ['impacts', 'md5_id'],
    ['impacts', 'product_id'],
  ] as const)
    await db.collection(name).createIndex({ [field]: 1 });
  await db.collection('countries').insertMany([place('FR'), place('CN'), place('FR')]);
  await db
    .collection('impacts')
    .insertMany([
      ...Array.from({ length: identities * 1.1 }, (_, index) =>
        original(`jean-${String(index % identities).padStart(4, '0')}`, index + 1),
      ),
      original(`jean-${String(identities / 2).padStart(4, '0')}`, 7, 21),
    ]);
}

const kept = async (md5_id: string) => (await findDocument(store, md5_id))?.impacts.ecs;

describe('a database that the original filled', () => {
  it('is adopted once by processes that start together, with its indexes and repeated identities', async () => {
    // Completed by more than one write.
    await fillAsOriginal(510);
    await Promise.all([migrate(store, logger), migrate(store, logger), migrate(store, logger)]);

    expect(told[0]).toMatchObject({
      migration: '001-adopt-indexes',
      indexesReplaced: expect.arrayContaining(['countries.code_1', 'impacts.md5_id_1']),
      repeatedRemoved: { countries: 1, impacts: 52 },
    });
    expect(told[1]).toMatchObject({ migration: '002-complete-documents', documentsCompleted: 510 });
    expect(told).toHaveLength(6);
    // Of equals the first; but a document that covers more stays.
    expect(await kept('jean-0003')).toBe(4);
    expect(await kept('jean-0255')).toBe(7);
    expect(await insertImpacts(store, [{ ...ours(1), md5_id: 'jean-0003' }])).toBe(false);
    await expect(store.collection('countries').insertOne(place('FR'))).rejects.toMatchObject({ code: 11_000 });

    await migrate(store, logger);
    expect(told).toHaveLength(6);
    expect(await store.collection('schema_migrations').countDocuments({ _id: 'lock' })).toBe(0);
  });

  it('keeps an index that serves as well', async () => {
    await databaseOf(store).collection('impacts').createIndex({ product_id: 1, md5_id: 1 }, { name: 'mine' });
    // More than are removed at once.
    await databaseOf(store)
      .collection('countries')
      .insertMany([place('CN'), ...Array.from({ length: 1003 }, () => place('FR'))]);
    const beats = vi.spyOn(globalThis, 'setInterval');
    await migrate(store, logger);
    // Five signs of life in the ten seconds after which a lock is taken from its holder.
    expect(beats).toHaveBeenCalledWith(expect.any(Function), 2000);
    beats.mockRestore();
    expect(told[0]).toMatchObject({ indexesAdopted: ['impacts.mine'], repeatedRemoved: { countries: 1002 } });
    expect((await store.collection('countries').find().toArray()).map(({ code }) => code).sort()).toEqual(['CN', 'FR']);
    const names = (await store.collection('impacts').indexes()).map(({ name }) => name);
    expect(names).toContain('mine');
    expect(names).not.toContain('impacts_of_product');
  });

  it('is ranked, found, counted and trained with, as our own documents are', async () => {
    await fillAsOriginal(10);
    await migrate(store, logger);
    const page = { offset: 0, limit: 2 };
    const [best] = await rankProducts(store, { products: ['jean'] }, 'best', { offset: 1, limit: 1 });
    expect(best?.average_impacts).toBeCloseTo((2 * 1) / 21, 12);
    const worst = await rankProducts(store, { products: ['jean'] }, 'worst', page);
    expect(worst.map((one) => one.covered_impacts)).toEqual([21, 2]);
    expect(await countFound(store, { countrySpinning: 'IN' })).toBe(10);
    expect(await summarizeImpacts(store)).toMatchObject({ documents: 10, sources: { other: 10 } });

    const { rows, withoutQuery } = await readTrainingRows(store);
    expect([rows.length, withoutQuery]).toEqual([10, 0]);
    expect(rows.find(({ query }) => query.mass === 0.004)?.query).toEqual({
      product: 'jean',
      mass: 0.004,
      materials: [{ id: 'ei-coton', share: 1, country: 'TR' }],
      countrySpinning: 'IN',
      countryFabric: 'FR',
      countryDyeing: 'FR',
      countryMaking: 'BD',
      fabricProcess: 'weaving',
      disabledSteps: ['use'],
    });
  });

  it('is not migrated when documents without an identity stand in the way, and says what to do', async () => {
    await databaseOf(store)
      .collection('impacts')
      .insertMany([{ product_id: 'jean' }, { product_id: 'jean' }]);
    await expect(migrate(store, logger)).rejects.toThrow(/impacts: several documents have no md5_id/);
    expect(await store.collection('impacts').countDocuments()).toBe(2);
    await databaseOf(store).collection('impacts').deleteMany({ md5_id: null });
    await migrate(store, logger);
    expect(told.map(({ migration }) => migration)).toContain('001-adopt-indexes');
  });
});

describe('migrations', () => {
  it('go on where they were interrupted', async () => {
    await fillAsOriginal(10);
    const stopping = new AbortController();
    const interrupted = migrate(store, { info: () => stopping.abort() }, { signal: stopping.signal });
    await expect(interrupted).rejects.toThrow();
    await migrate(store, logger);
    expect(told.map(({ migration }) => migration)).toEqual([
      '002-complete-documents',
      '003-times-as-text',
      '004-judge-products',
      '005-hash-adopted',
      '006-name-models',
    ]);
  });

  it('name the model whose checks were kept by a number, once', async () => {
    const check = { product_id: 'jean', at: new Date(0), ecs: 1, prediction: 1, inside: true };
    const watch = { since: new Date(0), level: 0.9, checked: 2, outside: 0, drifts: false };
    const former = [
      { _id: '3:a', version: 3, md5_id: 'a', ...check },
      { _id: '3:b', version: 3, md5_id: 'b', ...check, inside: false },
    ];
    await store.collection('model_checks').insertMany(former as never);
    const watches = [2, 3].map((version) => ({ version, ...watch, checked: version }));
    await store
      .collection('model_watches')
      .insertMany(watches.map(({ version, ...rest }) => ({ _id: version, ...rest })) as never);
    const named = [
      { _id: 'ecobalyse_model/3:a', model: 'ecobalyse_model/3', md5_id: 'a', ...check },
      { _id: 'ecobalyse_model/3:b', model: 'ecobalyse_model/3', md5_id: 'b', ...check, inside: false },
    ];
    // It was killed after the first.
    await store.collection('model_checks').insertOne(named[0] as never);
    await migrate(store, logger);
    expect(await store.collection('model_checks').find().sort({ _id: 1 }).toArray()).toEqual(named);
    expect(await store.collection('model_watches').find().sort({ _id: 1 }).toArray()).toEqual(
      watches.map((each) => ({ _id: `ecobalyse_model/${each.version}`, ...each })),
    );
    expect(await findServedModel(store)).toMatchObject({ _id: 'ecobalyse_model/3', version: 3 });
    expect(told.at(-1)).toMatchObject({ migration: '006-name-models', checksNamed: 2 });
  });

  it('take the lock of a process that was killed, and no other', async () => {
    const locks = databaseOf(store).collection<{ _id: string; owner: string; beat: number }>('schema_migrations');
    await locks.insertOne({ _id: 'lock', owner: 'killed', beat: 3 });
    await migrate(store, logger, { leaseMs: 200 });
    expect(told).toHaveLength(6);

    await locks.insertOne({ _id: 'lock', owner: 'at work', beat: 0 });
    const giveUp = new AbortController();
    const looks = holdPauses();
    const isUnderWay = () => looks.lengths().includes(400 / 50);
    /** The next look ends; a pause that something else in this process began is let go. */
    const look = async () => {
      while ((await looks.next()) !== 400 / 50);
    };
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const migrating = expect(migrate(store, logger, { leaseMs: 400, signal: giveUp.signal })).rejects.toThrow();
      for (let beat = 1; beat < 5; beat += 1) {
        await vi.waitUntil(isUnderWay, 60_000);
        vi.advanceTimersByTime(400);
        await locks.updateOne({ owner: 'at work' }, { $inc: { beat: 1 } });
        await look();
      }
      await vi.waitUntil(isUnderWay, 60_000);
      giveUp.abort();
      await migrating;
    } finally {
      looks.release();
      vi.useRealTimers();
    }
    expect(await locks.countDocuments({ owner: 'at work' })).toBe(1);
  });

  it('write what earlier versions stored as dates as text, which every API can put into JSON', async () => {
    const { _platform, ...document } = ours(5);
    const { coveredCount: _coveredCount, ...before } = _platform;
    const createdAt = new Date('2025-05-05T05:05:05.000Z');
    await databaseOf(store)
      .collection('impacts')
      .insertOne({ ...document, _platform: { ...before, createdAt, updatedAt: new Date() } });
    await databaseOf(store).collection('stats_summary').insertOne({ finishedAt: createdAt });
    await migrate(store, logger);

    const stored = await databaseOf(store)
      .collection('impacts')
      .findOne({}, { projection: { _id: 0 } });
    expect(stored?._platform).toMatchObject({
      ...before,
      createdAt: createdAt.toISOString(),
      updatedAt: expect.any(String),
    });
    const summary = await databaseOf(store)
      .collection('stats_summary')
      .findOne({}, { projection: { _id: 0 } });
    for (const found of [stored, summary]) expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect((await summarizeImpacts(store)).firstAt).toBe(createdAt.toISOString());
  });
});

describe('documents that the original writes beside us', () => {
  beforeEach(() => migrate(store, logger));

  it('are ranked from the first moment on, by coverage before the average', async () => {
    await insertImpacts(store, [ours(100)]);
    await databaseOf(store)
      .collection('impacts')
      .insertMany([original('little', 1), original('much', 6.5e9), original('detailed', 50, 21)]);
    const order = async (by: 'best' | 'worst') =>
      (await rankProducts(store, { products: ['jean'] }, by, { offset: 0, limit: 9 })).map((one) => [
        one.covered_impacts,
        Math.round(one.average_impacts * 21),
      ]);
    expect(await order('best')).toEqual([
      [21, 50 * 21],
      [2, 2],
      [2, 200],
      [2, 13e9],
    ]);
    expect(await order('worst')).toEqual([
      [21, 50 * 21],
      [2, 13e9],
      [2, 200],
      [2, 2],
    ]);
    // What was answered before goes: every process of the API hears of it.
    expect(await store.collection('cache_invalidations').find().toArray()).toEqual([
      expect.objectContaining({ written: true, tags: expect.arrayContaining(['product:jean']) }),
    ]);
  });

  it('are sorted by when they came, and become ours when the extraction replaces them', async () => {
    await upsertImpacts(store, [ours(100)]);
    await databaseOf(store).collection('impacts').insertOne(original('theirs', 1));
    expect(await completeDocuments(store)).toBe(1);
    const order = { by: 'created_at', descending: true };
    const rows = await searchImpacts(store, {}, { order, offset: 0, limit: 2 });
    expect(rows.map(({ md5_id }) => md5_id)).toContain('theirs');

    const again = { ...ours(2), md5_id: 'theirs' };
    await upsertImpacts(store, [again]);
    const stored = await store.collection('impacts').findOne({ md5_id: 'theirs' });
    expect(stored?._platform).toMatchObject({ source: 'api', query: again._platform.query });
    expect(stored?.impacts.ecs).toBe(2);
  });

  it('do not keep a ranking waiting for longer than it may', async () => {
    await databaseOf(store)
      .collection('impacts')
      .insertMany(Array.from({ length: 600 }, (_, index) => original(`${index}`, 1)));
    const bounds = { signal: AbortSignal.abort(new DOMException('late', 'TimeoutError')) };
    const ranking = rankProducts(store, { products: ['jean'] }, 'best', { offset: 0, limit: 1 }, null, bounds);
    expect(isSearchTooSlow(await ranking.catch((error: unknown) => error))).toBe(true);
  });

  it('do not fail for figures that are none', async () => {
    await databaseOf(store)
      .collection('impacts')
      .insertMany([
        { md5_id: 'empty', product_id: 'jean' },
        { md5_id: 'odd', product_id: 'jean', impacts: { ecs: 'much', pef: null, acd: 21 }, inputs: 7, _platform: null },
      ]);
    const ranked = await rankProducts(store, { products: ['jean'] }, 'best', { offset: 0, limit: 9 });
    expect(ranked.map((one) => [one.covered_impacts, one.average_impacts])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });
});
