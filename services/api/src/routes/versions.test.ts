import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createHttpService, type HttpService, openAccess } from '@ecobalyse/http-kit';
import { toImpactDocument } from '@ecobalyse/product-documents';
import { COST_PARTS, type DetailedSimulation, type ImpactDocument, type Json, tagsOfReplaced } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import {
  createCatalogue,
  ensureIndexes,
  keepCatalogueMethodChanges,
  openStore,
  referenceCosts,
  type Store,
  upsertImpacts,
  withInvalidation,
} from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FAILURES } from '../failures.js';
import { withPercentiles } from '../percentiles.js';
import { impactsRoutes } from './impacts.js';
import { monthsLater, versionRoutes } from './versions.js';

const KEY = 'a-key-of-the-tests-0123456789';
const SHOP = 'a-key-of-a-shop-0123456789';
const BEFORE = '2025-11-30T10:00:00.000Z';
const AFTER = '2026-02-28T10:00:00.000Z';

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let app: HttpService;

/** A document, whose costs are those of the method times a factor. */
function documentOf(mass: number, methodVersion: string | null, factor = 1, product = 'tshirt'): ImpactDocument {
  const query: Record<string, Json> = { mass, materials: [{ id: 'ei-coton', share: 1 }], product, countryMaking: 'BD' };
  const answer = JSON.parse(JSON.stringify(simulateDetailed(query)), (name, value) =>
    name === 'ecs' || name === 'microfibers' || name === 'outOfEuropeEOL'
      ? value * factor
      : factor > 1 && name === 'pef'
        ? undefined
        : value,
  ) as DetailedSimulation;
  const at = new Date(factor === 1 ? BEFORE : AFTER);
  return toImpactDocument({ query, answer, source: 'extraction', scenario: 'regular', methodVersion, runId: null }, at);
}
const [light, heavy, jean, stranger] = [
  documentOf(0.1, '7.0.0'),
  documentOf(0.2, '7.0.0'),
  documentOf(0.6, '7.0.0', 1, 'jean'),
  documentOf(0.3, null),
] as const;
const rescored = [documentOf(0.1, '8.5.0', 2), documentOf(0.6, '8.5.0', 2, 'jean')];

const write = (documents: ImpactDocument[]) =>
  withInvalidation(store, cache, {
    tags: tagsOfReplaced(documents.map(({ product_id }) => product_id)),
    write: () => upsertImpacts(store, documents),
  });
async function get(url: string, key = KEY) {
  const { statusCode, body } = await app.inject({ method: 'GET', url, headers: { access_token: key } });
  return { status: statusCode, body: JSON.parse(body) };
}

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  store = openStore({ uri: mongodb.uri, dbName: `versions-${randomUUID().slice(0, 8)}`, appName: 'test' });
  const prefix = `{test-${randomUUID()}}:`;
  cache = openResponseCache({
    redisUrl: redis.url,
    prefix,
    ttlSeconds: 60,
    budgetMs: 10_000,
    onError: () => undefined,
  });
  await waitUntil('the cache is connected', () => cache.ping().then(() => true));
  await ensureIndexes(store);
  const access = openAccess({
    apiKey: KEY,
    apiKeyName: 'access_token',
    apiKeys: [{ name: 'shop', role: 'reader', key: SHOP }],
  });
  const dependencies = { store, cache, access } as never;
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  app = await createHttpService({ logger, title: 'test', description: 'test', access, failures: FAILURES });
  await app.register(versionRoutes(dependencies));
  await app.register(impactsRoutes(dependencies));
});
afterAll(async () => {
  await app.close();
  await cache.close();
  await databaseOf<{ dropDatabase(): Promise<unknown> }>(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  for (const name of ['impacts', 'impact_versions', 'method_changes'] as const)
    await store.collection(name).deleteMany({});
  await cache.clear();
  await write([light, heavy, jean, stranger].map((one) => structuredClone(one)));
});

describe('GET /versions', () => {
  it('tells the one version that there is, with its dates', async () => {
    expect(await get('/versions')).toEqual({
      status: 200,
      body: {
        reference: '7.0.0',
        versions: [
          {
            ...{ version: '7.0.0', documents: 3, kept: 0, first_at: BEFORE, last_at: BEFORE, is_regulatory: true },
            ...{ update_from: '2026-02-28T10:00:00.000Z', apply_by: '2026-11-30T10:00:00.000Z' },
          },
          expect.objectContaining({ version: 'unknown', documents: 1, is_regulatory: false }),
        ],
      },
    });
  });

  it('tells those that came since, and keeps no answer of before', async () => {
    await get('/versions');
    await write(rescored);
    const { body } = await get('/versions');
    expect(body.reference).toBe('8.5.0');
    expect(body.versions.map((one: Record<string, unknown>) => [one.version, one.documents, one.kept])).toEqual([
      ['8.5.0', 2, 0],
      ['unknown', 1, 0],
      ['7.0.0', 1, 2],
    ]);
    expect(body.versions[0]).toMatchObject({
      first_at: AFTER,
      update_from: '2026-05-28T10:00:00.000Z',
      apply_by: '2027-02-28T10:00:00.000Z',
    });
  });

  it('asks for a key', async () => {
    for (const url of ['/versions', '/versions/changes', `/product/by-id/${light.md5_id}/versions`])
      expect((await get(url, 'no-key-of-anybody-0123456789')).status).toBe(403);
  });
});

describe('GET /versions/changes', () => {
  it('tells what changed, by type, stage and product', async () => {
    expect((await get('/versions/changes')).body).toEqual({ products: [], total: 0, offset: 0, limit: 50, items: [] });
    await write(rescored);
    const { body } = await get('/versions/changes');
    expect(body.total).toBe(2);
    expect(body.products.map(({ product_id, count }: Record<string, unknown>) => [product_id, count])).toEqual([
      ['jean', 1],
      ['tshirt', 1],
    ]);
    const change = body.items.find(({ product_id }: { product_id: string }) => product_id === 'tshirt');
    expect(change).toMatchObject({ md5_id: light.md5_id, from: '7.0.0', to: '8.5.0', at: AFTER });
    for (const part of ['ecs', ...COST_PARTS]) expect(change.after[part], part).toBeCloseTo(2 * change.before[part], 6);
    expect(change.before.ecs).toBe(light.impacts.ecs);
  });

  it.each([
    ['product=jean', 1],
    ['from=7.0.0', 2],
    ['from=8.5.0', 0],
    ['to=8.5.0', 2],
    ['to=7.0.0', 0],
    ['limit=1', 2],
    ['limit=1&offset=1', 2],
  ])('lets through what is asked for: %s', async (asked, total) => {
    await write(rescored);
    for (const before of ['', '?limit=1']) await get(`/versions/changes${before}`);
    const { body } = await get(`/versions/changes?${asked}`);
    expect(body.total).toBe(total);
    expect(body.items).toHaveLength(asked.startsWith('limit') ? 1 : total);
    if (!asked.startsWith('limit'))
      expect(body.products.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(total);
    const first = [light, jean].map(({ md5_id }) => md5_id).sort();
    if (asked === 'limit=1') expect(body.items[0].md5_id).toBe(first[0]);
    if (asked === 'limit=1&offset=1') expect(body.items[0].md5_id).toBe(first[1]);
  });
});

describe('GET /versions/changes of a catalogue', () => {
  const [OWN, OTHER] = [randomUUID(), randomUUID()];
  const costs = (ecs: number) => ({ ecs, ...Object.fromEntries(COST_PARTS.map((part) => [part, ecs / 10])) }) as never;
  const change = (catalogue: string, reference: string, product_id: string) => ({
    ...{ catalogue, product: `${catalogue}-${reference}`, reference, md5_id: light.md5_id, product_id },
    ...{ from: '7.0.0', to: '8.5.0', before: costs(100), after: costs(150), at: AFTER },
  });
  beforeAll(async () => {
    for (const [id, owner] of [
      [OWN, 'shop'],
      [OTHER, 'another'],
    ] as const)
      await createCatalogue(store, { _id: id, name: id, created_at: new Date(0), created_by: owner, owner });
    await keepCatalogueMethodChanges(store, [
      ...[change(OWN, 'a', 'tshirt'), change(OWN, 'b', 'jean'), change(OTHER, 'c', 'tshirt')],
    ]);
  });

  it('tells those of its products, by their references, and no others', async () => {
    await write(rescored);
    const { body } = await get(`/versions/changes?catalogue=${OWN}`, SHOP);
    expect([body.total, body.items.map(({ reference }: { reference: string }) => reference)]).toEqual([2, ['a', 'b']]);
    expect(body.items[0]).toEqual({
      ...{ md5_id: light.md5_id, product_id: 'tshirt', product: `${OWN}-a`, reference: 'a', at: AFTER },
      ...{ from: '7.0.0', to: '8.5.0', before: costs(100), after: costs(150) },
    });
    expect(body.products.map(({ product_id, count }: Record<string, unknown>) => [product_id, count])).toEqual([
      ['jean', 1],
      ['tshirt', 1],
    ]);
    const { items } = (await get(`/versions/changes?catalogue=${OWN}&product=jean`, SHOP)).body;
    expect(items.map(({ reference }: { reference: string }) => reference)).toEqual(['b']);
    const without = (await get('/versions/changes', SHOP)).body;
    expect(without.items.map(({ reference }: { reference: string | null }) => reference)).toEqual([null, null]);
  });

  it('is as if it were not there for a key whose it is not', async () => {
    expect((await get(`/versions/changes?catalogue=${OTHER}`, SHOP)).status).toBe(404);
    expect((await get(`/versions/changes?catalogue=${randomUUID()}`, SHOP)).status).toBe(404);
    expect((await get(`/versions/changes?catalogue=${OTHER}`)).body.total).toBe(1);
  });
});

describe('GET /product/by-id/{md5_id}/versions', () => {
  it('puts the versions of one product side by side', async () => {
    const url = `/product/by-id/${light.md5_id}/versions`;
    const [one] = (await get(url)).body;
    expect(one.figures).toBeNull();
    expect(one).toMatchObject({
      version: '7.0.0',
      form: 'v7',
      is_current: true,
      pef: light.impacts.pef,
      stored_at: BEFORE,
    });
    await write(rescored);
    const { body } = await get(url);
    expect(body.map(({ version, form, is_current }: Record<string, unknown>) => [version, form, is_current])).toEqual([
      ['8.5.0', 'v8', true],
      ['7.0.0', 'v7', false],
    ]);
    expect([body[0].pef, body[0].costs.ecs / body[1].costs.ecs]).toEqual([null, expect.closeTo(2, 9)]);
    expect(body[0].costs.making).toBeCloseTo(2 * body[1].costs.making, 6);
    expect((await get(`/product/by-id/${stranger.md5_id}/versions`)).body).toMatchObject([{ version: 'unknown' }]);
    expect((await get(`/product/by-id/${'0'.repeat(32)}/versions`)).status).toBe(404);
  });
});

describe('figures over many products', () => {
  it('are by one version, which they tell', async () => {
    expect((await get('/impacts/distribution')).body).toMatchObject({ count: 4, method_version: '7.0.0' });
    await write(rescored);
    // Those that do not tell theirs count along.
    const { body } = await get('/impacts/distribution');
    expect(body).toMatchObject({ count: 3, method_version: '8.5.0' });
    const greatest = Math.max(...rescored.map(({ impacts }) => impacts.ecs), stranger.impacts.ecs);
    expect(body.max).toBe(greatest);
    expect((await get('/impacts/distribution?method_version=7.0.0')).body).toMatchObject({
      count: 1,
      method_version: '7.0.0',
      max: heavy.impacts.ecs,
    });
    const groups = (await get('/impacts/groups?by=product')).body;
    expect(
      groups.map(({ key, count, method_version }: Record<string, unknown>) => [key, count, method_version]).sort(),
    ).toEqual([
      ['jean', 1, '8.5.0'],
      ['tshirt', 2, '8.5.0'],
    ]);
    expect((await get('/impacts?method_version=8.5.0')).body.total).toBe(2);
    const { items } = (await get('/impacts')).body;
    const told = items.map(({ method_version }: Record<string, unknown>) => method_version);
    expect(told.sort()).toEqual(['7.0.0', '8.5.0', '8.5.0', null]);
  });

  it('place a product among those of its own version', async () => {
    await write(rescored);
    expect([...(await referenceCosts(store, 'tshirt', '7.0.0'))]).toEqual(
      [heavy.impacts.ecs, stranger.impacts.ecs].sort((a, b) => a - b),
    );
    const ecs = heavy.impacts.ecs + 1;
    const placed = await withPercentiles(store, [
      { product_id: 'tshirt', ecs, method_version: '7.0.0' },
      { product_id: 'tshirt', ecs, method_version: '9.0.0' },
    ]);
    expect(placed.map(({ percentile }) => percentile)).toEqual([50, 0]);
  });
});

it.each([
  ['2026-01-31T23:59:59.000Z', 3, '2026-04-30T23:59:59.000Z'],
  ['2026-11-30T10:00:00.000Z', 3, '2027-02-28T10:00:00.000Z'],
  ['2027-11-30T10:00:00.000Z', 3, '2028-02-29T10:00:00.000Z'],
  ['2028-02-29T00:00:00.000Z', 12, '2029-02-28T00:00:00.000Z'],
  ['2026-12-01T00:00:00.000Z', 12, '2027-12-01T00:00:00.000Z'],
  [null, 12, null],
])('%s and %i months is %s', (time, months, later) => {
  expect(monthsLater(time, months)).toBe(later);
});
