import { randomUUID } from 'node:crypto';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, ImpactDocument, Json, RunParameters } from '@ecobalyse/schema';
import {
  deleteImpact,
  ensureIndexes,
  findMethodChanges,
  findProductVersions,
  insertImpacts,
  ofOneVersion,
  openStore,
  referenceVersion,
  type Store,
  summarizeMethodChanges,
  summarizeVersions,
} from '@ecobalyse/store';
import {
  databaseOf,
  type OfficialServer,
  startOfficialServer,
  startTestMongodb,
  type TestMongodb,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rescoreProducts } from './rescore.js';

const TOKEN = 'a-token';
let mongodb: TestMongodb;
let store: Store;
let official: OfficialServer;
let upstream: EcobalyseClient;
let log: string[];
let told: [number, number][];
let dropped: string[][];

const documentOf = (
  mass: number,
  {
    product = 'tshirt',
    source = 'extraction' as ImpactDocument['_platform']['source'],
    version = '7.0.0' as string | null,
    material = 'ei-coton',
  } = {},
) => {
  const query: Record<string, Json> = { mass, materials: [{ id: 'ei-coton', share: 1 }], product, countryMaking: 'BD' };
  const answer = simulateDetailed(query) as unknown as DetailedSimulation;
  const scenario = source === 'extraction' ? ('regular' as const) : null;
  const document = toImpactDocument(
    { query, answer, source, scenario, methodVersion: version, runId: 'first' },
    new Date(0),
  );
  if (material !== 'ei-coton') document._platform.query = { ...query, materials: [{ id: material, share: 1 }] };
  return document;
};
/** Two T-shirts, trousers that a user added and confirmed, what another platform wrote, and what upstream will refuse. */
const STORED = [
  documentOf(0.1),
  documentOf(0.2),
  documentOf(0.6, { product: 'jean', source: 'api' }),
  documentOf(0.3, { source: 'other', version: null }),
  documentOf(0.4, { material: 'ei-soie' }),
];
const CONFIRMED = { state: 'confirmed', confirmed: { by: 'somebody', at: new Date(0).toISOString() } } as const;
Object.assign((STORED[2] as ImpactDocument)._platform, CONFIRMED);
const [light, heavy, jean, foreign, refused] = STORED as [ImpactDocument, ...ImpactDocument[]] as ImpactDocument[];

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `rescore-${randomUUID().slice(0, 8)}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf<{ dropDatabase(): Promise<unknown> }>(store).dropDatabase();
  await store.close();
  await mongodb.close();
});
beforeEach(async () => {
  official = await startOfficialServer({ tokens: [TOKEN], version: 'v8.5.0' });
  upstream = createEcobalyseClient({
    ...{ baseUrl: official.apiUrl(), token: TOKEN, requestsPerSecond: 10_000, concurrency: 1 },
    ...{ timeoutMs: 60_000, retries: 0, retryDelayMs: 1 },
  });
  [log, told, dropped] = [[], [], []];
  for (const name of ['impacts', 'impact_versions', 'method_changes'] as const)
    await store.collection(name).deleteMany({});
  await ensureIndexes(store);
  await insertImpacts(store, structuredClone(STORED));
});
afterEach(() => {
  upstream.close();
  official.close();
});

const rescore = (parameters: RunParameters = {}, batchSize = 2) =>
  rescoreProducts(
    {
      payload: { runId: 'second', pipeline: 'ecobalyse_rescore', parameters },
      signal: new AbortController().signal,
      progress: async (done, planned) => void told.push([done, planned]),
      log: async (line) => void log.push(line),
    },
    {
      store,
      upstream,
      batchSize,
      cache: { invalidate: async (tags: readonly string[]) => void dropped.push([...tags]) } as never,
    },
  );
const versionsOf = async ({ md5_id }: ImpactDocument) =>
  (await findProductVersions(store, md5_id)).map(({ _platform, impacts }) => [_platform.methodVersion, impacts.ecs]);

describe('scoring anew', () => {
  it('tells of what is to be checked by product, and leaves it out of the means', async () => {
    const doubtful = documentOf(0.25);
    Object.assign(doubtful.impacts, { ecs: 1e300 });
    Object.assign(doubtful._platform, { state: 'to-check' });
    await insertImpacts(store, [doubtful]);
    await rescore();
    const changes = await findMethodChanges(store, { product: 'tshirt' }, { offset: 0, limit: 10 });
    expect(changes.items.map(({ before }) => before.ecs)).toContain(1e300);
    const [shirts] = (await summarizeMethodChanges(store)).filter(({ product_id }) => product_id === 'tshirt');
    expect(shirts?.count).toBe(changes.total - 1);
    expect(shirts?.before.ecs).toBeLessThan(10_000);
  });

  it('puts the answers of the version that upstream has now beside those of before', async () => {
    expect(await rescore()).toEqual({
      methodVersion: '8.5.0',
      planned: 4,
      rescored: 3,
      inCatalogues: 0,
      refused: 1,
      examples: [{ md5_id: refused?.md5_id, reasons: { decoding: expect.stringContaining('ei-soie') } }],
    });
    for (const document of [light, heavy, jean] as ImpactDocument[]) {
      const before = document.impacts.ecs;
      const [now, ...kept] = await versionsOf(document);
      expect(now?.[0]).toBe('8.5.0');
      expect(now?.[1]).toBeCloseTo(1.5 * before, 6);
      expect(kept).toEqual([['7.0.0', before]]);
    }
    // What it was is kept whole, and who added it.
    const [now, kept] = await findProductVersions(store, (jean as ImpactDocument).md5_id);
    expect(kept).toEqual(jean);
    expect(now?._platform).toMatchObject({
      source: 'api',
      scenario: null,
      insertedByRun: 'first',
      createdAt: new Date(0).toISOString(),
      // It is what was asked for, whatever it costs now.
      ...CONFIRMED,
    });
    expect(now?._platform.coveredImpacts).not.toContain('pef');
    // What the extraction drew stays what its scenario is.
    const [drawn] = await findProductVersions(store, (light as ImpactDocument).md5_id);
    expect(drawn?._platform).toMatchObject({ source: 'extraction', scenario: 'regular', insertedByRun: 'first' });
    expect(await versionsOf(foreign as ImpactDocument)).toEqual([[null, foreign?.impacts.ecs]]);
    expect(await versionsOf(refused as ImpactDocument)).toEqual([['7.0.0', refused?.impacts.ecs]]);
    expect(told.at(-1)).toEqual([4, 4]);
    expect(log).toEqual(['4 products are by another version than 8.5.0']);
    expect(dropped.flat()).toEqual(expect.arrayContaining(['product:jean', 'product:tshirt', 'replaced-documents']));
  });

  it('tells the difference by product type, stage and product', async () => {
    await rescore();
    const groups = await summarizeMethodChanges(store);
    expect(groups.map(({ from, to, product_id, count }) => [from, to, product_id, count])).toEqual([
      ['7.0.0', '8.5.0', 'tshirt', 2],
      ['7.0.0', '8.5.0', 'jean', 1],
    ]);
    const mean = ((light?.impacts.ecs ?? 0) + (heavy?.impacts.ecs ?? 0)) / 2;
    expect(groups[0]?.before.ecs).toBeCloseTo(mean, 6);
    for (const [part, cost] of Object.entries(groups[0]?.before ?? {}))
      expect(groups[0]?.after[part as 'ecs'], part).toBeCloseTo(1.5 * Number(cost), 6);
    const parts = Object.entries(groups[1]?.after ?? {}).filter(([part]) => part !== 'ecs');
    expect(parts.reduce((sum, [, cost]) => sum + Number(cost), 0)).toBeCloseTo(Number(groups[1]?.after.ecs), 6);

    const page = await findMethodChanges(store, { product: 'tshirt' }, { offset: 1, limit: 1 });
    expect([page.total, page.items.length]).toEqual([2, 1]);
    expect(page.items[0]?.md5_id).toBe([light, heavy].map((one) => one?.md5_id).sort()[1]);
    for (const filter of [{ from: '8.5.0' }, { to: '7.0.0' }, { product: 'pull' }]) {
      expect((await findMethodChanges(store, filter, { offset: 0, limit: 9 })).total).toBe(0);
      expect(await summarizeMethodChanges(store, filter)).toEqual([]);
    }
  });

  it('goes on where it was broken off, and does nothing twice', async () => {
    await deleteImpact(store, refused?.md5_id ?? '');
    await upstream.materials();
    official.faults = [null, { status: 503 }];
    await expect(rescore()).rejects.toMatchObject({ kind: 'unreachable' });
    const before = official.asked.filter((one) => one.startsWith('POST')).length;
    const { planned, rescored } = await rescore();
    expect([planned, rescored]).toEqual([2, 2]);
    expect(official.asked.filter((one) => one.startsWith('POST')).length - before).toBe(planned);
    expect(await rescore()).toMatchObject({ planned: 0, rescored: 0, refused: 0 });
    expect(await store.collection('impact_versions').countDocuments()).toBe(3);
  });

  it('is refused for another version than upstream has', async () => {
    await expect(rescore({ methodVersion: '8.4.0' })).rejects.toThrow(
      'has version 8.5.0 of the method, and 8.4.0 is asked for',
    );
    expect(await store.collection('impact_versions').countDocuments()).toBe(0);
    expect(await rescore({ methodVersion: '8.5.0' })).toMatchObject({ rescored: 3 });
  });

  it('stores nothing of a batch amid which upstream becomes another version', async () => {
    const { simulateDetailed: simulate } = upstream;
    let asked = 0;
    upstream = {
      ...upstream,
      async simulateDetailed(query, signal) {
        asked += 1;
        if (asked === 2) official.version = 'v8.0.0';
        return simulate(query, signal);
      },
    };
    await expect(rescore({}, 10)).rejects.toThrow('became another version');
    expect((await versionsOf(light as ImpactDocument)).length).toBe(1);
  });

  it('tells what is answered in a form that is not known, and leaves it as it was', async () => {
    await deleteImpact(store, refused?.md5_id ?? '');
    await upstream.materials();
    official.faults = ['zeros'];
    const { rescored, examples } = await rescore();
    expect(rescored).toBe(2);
    expect(examples.map(({ reasons }) => Object.keys(reasons))).toEqual([['answer']]);
    expect(await rescore()).toMatchObject({ planned: 1, rescored: 1 });
  });

  it('back and again keeps one answer of each version', async () => {
    await rescore();
    official.version = 'v7.0.0';
    expect(await rescore()).toMatchObject({ methodVersion: '7.0.0', rescored: 3 });
    const [now, ...kept] = await versionsOf(light as ImpactDocument);
    expect([now, kept.map(([version]) => version)]).toEqual([['7.0.0', light?.impacts.ecs], ['8.5.0']]);
    expect((await summarizeMethodChanges(store)).map(({ from, to }) => [from, to])).toContainEqual(['8.5.0', '7.0.0']);
  });
});

describe('figures over products of several versions', () => {
  it('are by that of the most, with those that do not tell theirs', async () => {
    expect(await referenceVersion(store)).toEqual({ version: '7.0.0', isMixed: false });
    expect(await ofOneVersion(store, {})).toEqual({ filter: {}, version: '7.0.0' });
    await rescore();
    expect(await referenceVersion(store)).toEqual({ version: '8.5.0', isMixed: true });
    const { filter } = await ofOneVersion(store, { products: ['tshirt'] });
    expect(filter).toEqual({ products: ['tshirt'], countedVersion: '8.5.0' });
    expect(await ofOneVersion(store, { methodVersion: '7.0.0' })).toEqual({
      filter: { methodVersion: '7.0.0' },
      version: '7.0.0',
    });
  });

  it('are counted by version', async () => {
    await rescore();
    const versions = await summarizeVersions(store);
    expect(versions.map(({ version, documents, kept }) => [version, documents, kept])).toEqual([
      ['8.5.0', 3, 0],
      ['unknown', 1, 0],
      ['7.0.0', 1, 3],
    ]);
    expect(versions[2]).toMatchObject({ firstAt: new Date(0).toISOString(), lastAt: new Date(0).toISOString() });
  });
});

it('forgets every version of a product that is deleted', async () => {
  await rescore();
  expect(await deleteImpact(store, (light as ImpactDocument).md5_id)).toBe(true);
  expect(await findProductVersions(store, (light as ImpactDocument).md5_id)).toEqual([]);
  expect((await summarizeMethodChanges(store)).map(({ product_id, count }) => [product_id, count]).sort()).toEqual([
    ['jean', 1],
    ['tshirt', 1],
  ]);
  expect(await store.collection('impact_versions').countDocuments()).toBe(2);
});
