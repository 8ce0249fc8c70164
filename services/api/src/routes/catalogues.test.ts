import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { toImpactDocument } from '@ecobalyse/product-documents';
import { EXAMPLE_PRODUCT, type Json, type TextileQuery } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import {
  createProductJob,
  ensureIndexes,
  insertImpacts,
  openStore,
  queueProductJob,
  type Store,
} from '@ecobalyse/store';
import {
  databaseOf,
  type SharedSimulator,
  sharedTestSimulator,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
} from '@ecobalyse/test-servers';
import { methodVersion, simulateDetailed } from '@ecobalyse/textile-method';
import { openTracker } from '@ecobalyse/tracking';
import { Collection } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildApi } from '../app.js';
import { openModelHost } from '../model-host.js';

const KEY = 'a-key-of-the-tests-0123456789';
const READER = 'a-reader-of-the-tests-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const GTIN = '3760001000016';

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let upstream: EcobalyseClient;
let cache: ResponseCache;
let productJobs: ProductJobQueue;
let store: Store;
let app: HttpService;

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
  upstream = createEcobalyseClient({ baseUrl: simulator.apiUrl, concurrency: 4, timeoutMs: 60_000, retries: 0 });
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{catalogues}' }, () => undefined);
  cache = openResponseCache({ redisUrl: redis.url, prefix: '{catalogues}:', ttlSeconds: 60, onError: () => undefined });
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  app = await buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 1_000_000 },
    access: openAccess({
      apiKey: KEY,
      apiKeyName: 'access_token',
      apiKeys: [{ name: 'reader', role: 'reader', key: READER }],
    }),
    cacheClearRequiresKey: false,
  });
});
afterAll(async () => {
  await app.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  upstream.close();
  await cache.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  for (const name of [
    ...(['catalogues', 'catalogue_products', 'catalogue_history', 'catalogue_changes'] as const),
    ...(['catalogue_simulations', 'product_jobs', 'impacts'] as const),
  ])
    await store.collection(name).deleteMany({});
});

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
async function ask(method: Method, url: string, payload?: unknown, headers: Record<string, string> = {}) {
  const answer = await app.inject({
    method,
    url,
    headers: { access_token: KEY, ...headers },
    ...(payload !== undefined && { payload: payload as object }),
  });
  return { status: answer.statusCode, body: answer.json() };
}
async function make(name = 'Spring'): Promise<string> {
  const { status, body } = await ask('POST', '/catalogues', { name });
  expect(status).toBe(200);
  return body.id;
}
const product = (more: object = {}) => ({ ...EXAMPLE_PRODUCT, ...more });
const add = async (catalogue: string, more: object = {}) =>
  (await ask('POST', `/catalogues/${catalogue}/products`, product(more))).body;
const references = async (catalogue: string, query = '') =>
  ((await ask('GET', `/catalogues/${catalogue}/products${query}`)).body.items as { reference: string }[]).map(
    ({ reference }) => reference,
  );

/** A document as the extraction, or a user without a catalogue, puts it into `impacts`. */
const scored = (query: object, scenario: 'regular' | null) =>
  toImpactDocument({
    query: query as Record<string, Json>,
    answer: simulateDetailed(query as TextileQuery) as never,
    source: scenario === null ? 'api' : 'extraction',
    scenario,
    methodVersion,
    runId: null,
  });

describe('catalogues', () => {
  it('are made, listed by name after those of the platform, renamed and counted', async () => {
    await insertImpacts(store, [
      scored(product(), 'regular'),
      scored(product({ mass: 0.2 }), null),
      scored(product({ mass: 0.3 }), null),
    ]);
    const [summer, autumn] = [await make('Summer'), await make('  Autumn ')];
    await add(autumn);
    const { body } = await ask('GET', '/catalogues');
    const rows = [
      ['reference-grid', 'Reference grid', true, 1],
      ['api', 'Products added without a catalogue', true, 2],
      [autumn, 'Autumn', false, 1],
      [summer, 'Summer', false, 0],
    ];
    const shown = ({ items }: { items: Record<string, unknown>[] }) =>
      items.map((one) => [one.id, one.name, one.built_in, one.products]);
    expect([body.total, body.offset, body.limit, shown(body)]).toEqual([4, 0, 50, rows]);
    for (const [offset, limit] of [
      [0, 0],
      [0, 1],
      [1, 2],
      [2, 1],
      [3, 5],
      [4, 1],
    ] as const) {
      const page = (await ask('GET', `/catalogues?offset=${offset}&limit=${limit}`)).body;
      expect([page.total, page.offset, page.limit, shown(page)]).toEqual([
        ...[4, offset, limit],
        rows.slice(offset, offset + limit),
      ]);
    }
    const french = await ask('GET', '/catalogues/reference-grid', undefined, { 'accept-language': 'fr' });
    expect(french.body).toMatchObject({ id: 'reference-grid', name: 'Grille de référence', products: 1 });
    expect((await ask('PATCH', `/catalogues/${summer}`, { name: 'Été' })).body).toMatchObject({
      id: summer,
      name: 'Été',
    });
    expect((await ask('GET', `/catalogues/${summer}`)).body).toMatchObject({ name: 'Été', created_by: 'API_KEY' });
  });

  it('are counted in one query, however many there are', async () => {
    for (let nth = 0; nth < 3; nth += 1) await add(await make(`C${nth}`));
    const counted = async () => {
      const { body } = await app.inject({ url: '/metrics' });
      const found = body.matchAll(
        /^ecobalyse_db_command_duration_seconds_count\{[^}]*collection="catalogue_products"[^}]*\} (\d+)/gm,
      );
      return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const before = await counted();
    expect(
      (await ask('GET', '/catalogues')).body.items.slice(2).map((one: { products: number }) => one.products),
    ).toEqual([1, 1, 1]);
    expect((await counted()) - before).toBe(1);
  });

  it('go into the bin with their name free, come back, and are purged only from there', async () => {
    const id = await make();
    await add(id, { reference: 'A' });
    expect((await ask('DELETE', `/catalogues/${id}?purge=true`)).body.code).toBe('catalogue_not_deleted');
    expect((await ask('POST', `/catalogues/${id}/restore`)).body.code).toBe('catalogue_not_deleted');
    expect((await ask('DELETE', `/catalogues/${id}`)).status).toBe(200);
    expect((await ask('GET', `/catalogues/${id}/products`)).body.code).toBe('catalogue_unknown');
    expect((await ask('GET', '/catalogues?deleted=true')).body).toMatchObject({
      total: 1,
      items: [{ id, products: 1, deleted_at: expect.any(String) }],
    });
    const other = await make();
    expect((await ask('POST', `/catalogues/${id}/restore`)).body.code).toBe('catalogue_name_taken');
    await ask('PATCH', `/catalogues/${other}`, { name: 'Other' });
    expect((await ask('POST', `/catalogues/${id}/restore`)).body).toMatchObject({ id, deleted_at: null, products: 1 });
    expect(await references(id)).toEqual(['A']);

    await add(other, { reference: 'B', mass: 0.2 });
    await ask('DELETE', `/catalogues/${id}`);
    await ask('DELETE', `/catalogues/${id}?purge=true`);
    expect((await ask('GET', `/catalogues/${id}`)).status).toBe(404);
    // What the other one needs stays.
    const kept = await store.collection('catalogue_simulations').find().toArray();
    expect(kept.map(({ document }) => JSON.parse(document).inputs.mass)).toEqual([0.2]);
    expect(await references(other)).toEqual(['B']);
    for (const name of ['catalogue_products', 'catalogue_changes'] as const)
      expect(await store.collection(name).countDocuments({ catalogue: id } as object)).toBe(0);
  });

  it('are not purged while a job adds to them', async () => {
    const id = await make();
    const job = randomUUID();
    await createProductJob(store, {
      ...{ _id: job, format: 'csv', name: null, createdBy: null, requestId: null, traceparent: null, catalogue: id },
    });
    await ask('DELETE', `/catalogues/${id}`);
    expect((await ask('DELETE', `/catalogues/${id}?purge=true`)).body.code).toBe('catalogue_busy');
    await queueProductJob(store, job, { format: 'csv', bytes: 1, planned: 1, chunks: 1 });
    expect((await ask('DELETE', `/catalogues/${id}?purge=true`)).body.code).toBe('catalogue_busy');
  });

  it.each<[Method, string, unknown, number, string]>([
    ['POST', '/catalogues', { name: ' ' }, 422, 'invalid_request'],
    ['POST', '/catalogues', { name: 'x'.repeat(201) }, 422, 'invalid_request'],
    ['POST', '/catalogues', { name: 'x'.repeat(200) }, 200, ''],
    ['GET', '/catalogues/nothing', undefined, 422, 'invalid_request'],
    ['GET', `/catalogues/${randomUUID()}`, undefined, 404, 'catalogue_unknown'],
    ['PATCH', '/catalogues/api', { name: 'x' }, 409, 'catalogue_built_in'],
    ['DELETE', '/catalogues/reference-grid', undefined, 409, 'catalogue_built_in'],
    ['POST', '/catalogues/api/products', product(), 409, 'catalogue_built_in'],
    ['POST', `/product`, product({ catalogue: 'reference-grid' }), 409, 'catalogue_built_in'],
    ['POST', `/product`, product({ catalogue: randomUUID() }), 404, 'catalogue_unknown'],
    ['GET', '/impacts?catalogue=mine', undefined, 422, 'invalid_request'],
  ])('%s %s is answered as it should', async (method, url, payload, status, code) => {
    const answer = await ask(method, url, payload);
    expect([answer.status, answer.body.code ?? '']).toEqual([status, url === '/product' ? '' : code]);
  });

  it('have names of their own, and are changed by writers only', async () => {
    await make();
    expect((await ask('POST', '/catalogues', { name: 'Spring' })).body.code).toBe('catalogue_name_taken');
    const asReader = { access_token: READER };
    expect((await ask('POST', '/catalogues', { name: 'Mine' }, asReader)).body.code).toBe('role_needed');
    expect((await ask('GET', '/catalogues', undefined, asReader)).status).toBe(200);
  });
});

describe('a product', () => {
  it('is scored once for all who describe it so, and known by its own reference', async () => {
    const [one, two] = [await make('One'), await make('Two')];
    const known = {
      reference: 'TS-1',
      ...{ name: 'Col rond', brand: 'Atelier', gtins: [GTIN], collection: 'C', season: 'SS27', tags: ['a', 'b'] },
      link: 'https://example.org/ts-1',
    };
    const first = await add(one, known);
    const { md5_id } = scored(product(), null);
    expect(first).toMatchObject({
      status: 'added',
      catalogue: one,
      ...known,
      md5_id,
      product_id: 'tshirt',
      mass: 0.17,
      query: EXAMPLE_PRODUCT,
      ecs: scored(product(), null).impacts.ecs,
      method_version: methodVersion,
      warnings: [],
      notes: [],
    });
    expect(await add(one, { ...known, reference: 'TS-2', gtins: [] })).toMatchObject({ status: 'added', md5_id });
    expect(await add(two)).toMatchObject({ reference: md5_id, status: 'added' });
    expect(await store.collection('catalogue_simulations').countDocuments()).toBe(1);
    expect(await store.collection('impacts').countDocuments()).toBe(0);
    expect(await add(one, known)).toMatchObject({ status: 'existing', id: first.id });
    const whole = (await ask('GET', `/catalogues/${one}/products/${first.id}`)).body;
    expect(whole.simulation).toMatchObject({ md5_id, impacts: { ecs: first.ecs } });
    expect(await references(one)).toEqual(['TS-1', 'TS-2']);
    expect((await ask('GET', `/catalogues/${one}/changes`)).body.total).toBe(2);
  });

  it('has its place in the reference grid, where others of its type are, and no other', async () => {
    const [id, other] = [await make(), await make('Other')];
    await insertImpacts(store, [
      ...[0.1, 0.18, 0.3, 0.4].map((mass) => scored(product({ mass }), 'regular')),
      scored(product({ mass: 0.05 }), null),
      scored(product({ product: 'pull', mass: 0.05 }), 'regular'),
    ]);
    await add(other, { mass: 0.06 });
    const { percentile, id: added } = await add(id, { reference: 'A' });
    expect(percentile).toBe(25);
    expect((await add(id, { reference: 'B', mass: 0.18 })).percentile).toBe(37.5);
    expect((await add(id, { reference: 'C', product: 'jean', mass: 0.5 })).percentile).toBeNull();
    const percentiles = (items: { percentile: unknown }[]) => items.map((one) => one.percentile);
    expect(percentiles((await ask('GET', `/catalogues/${id}/products`)).body.items)).toEqual([25, 37.5, null]);
    expect((await ask('GET', `/catalogues/${id}/products/${added}`)).body.percentile).toBe(25);
    const grid = (await ask('GET', '/catalogues/reference-grid/products?sort=ecs&product=tshirt')).body.items;
    expect(percentiles(grid)).toEqual([12.5, 37.5, 62.5, 87.5]);
    // It has no texts of an owner: what it is ordered by then is the identity.
    const all = (await ask('GET', '/catalogues/reference-grid/products')).body.items;
    const ids = all.map((item: { id: string }) => item.id).sort();
    expect(ids).toHaveLength(5);
    for (const by of ['reference', 'name', 'brand', 'collection', 'season'])
      for (const [sort, expected] of [
        [by, ids],
        [`-${by}`, ids.toReversed()],
      ]) {
        const { body } = await ask('GET', `/catalogues/reference-grid/products?sort=${sort}`);
        expect([sort, body.items.map((item: { id: string }) => item.id)]).toEqual([sort, expected]);
      }
    expect((await ask('GET', `/catalogues/reference-grid/products/${grid[1].id}`)).body.percentile).toBe(37.5);
    const { body } = await ask('GET', `/catalogues/${id}/products/${added}/history`);
    expect(body.items[0].after).not.toHaveProperty('percentile');
  });

  it('is not asked of upstream when it was scored without a catalogue, and is no scenario', async () => {
    const id = await make();
    const document = scored(product({ mass: 0.5 }), 'regular');
    document.impacts.ecs = 7;
    await insertImpacts(store, [document]);
    expect(await add(id, { mass: 0.5 })).toMatchObject({ ecs: 7, scenario: null });
    await store.collection('impacts').deleteMany({});
    expect(await add(id, { mass: 0.5, reference: 'B' })).toMatchObject({ ecs: 7 });
  });

  it('tells of its barcode numbers that others have, but for those in the bin', async () => {
    const [one, two, gone] = [await make('One'), await make('Two'), await make('Gone')];
    const first = await add(one, { reference: 'A', gtins: [GTIN, '96385074'] });
    await add(gone, { reference: 'G', gtins: [GTIN] });
    await ask('DELETE', `/catalogues/${gone}`);
    const second = await add(two, { reference: 'B', gtins: GTIN });
    expect(second.notes).toEqual([
      { code: 'gtin_repeated', gtin: GTIN, catalogue: one, product: first.id, reference: 'A' },
    ]);
    const { body } = await ask('GET', `/catalogues/${one}/products/${first.id}`);
    expect(body.notes).toMatchObject([{ gtin: GTIN, reference: 'B' }]);
  });

  it.each<[object, string, string]>([
    [{ gtins: ['3760001000017'] }, 'gtins', 'GTIN'],
    [{ gtins: ['376000100001'] }, 'gtins', 'GTIN'],
    [{ gtins: Array.from({ length: 21 }, (_, index) => `${index}`) }, 'gtins', '20'],
    [{ tags: Array.from({ length: 51 }, (_, index) => `${index}`) }, 'tags', '50'],
    [{ name: 'x'.repeat(201) }, 'name', '200'],
    [{ reference: 'a\nb' }, 'reference', 'control'],
    [{ link: 'javascript:alert(1)' }, 'link', 'http'],
    [{ mass: 'heavy' }, 'mass', 'mass'],
  ])('with %j is refused by the name of the field', async (wrong, field, said) => {
    const id = await make();
    const { status, body } = await ask('POST', `/catalogues/${id}/products`, product(wrong));
    expect([status, body.detail[0].loc.slice(0, 2)]).toEqual([422, ['body', field]]);
    expect(body.detail[0].msg).toContain(said);
    // For no catalogue the same words are passed over, as they always were.
    const without = await ask('POST', '/product', product(wrong));
    expect(without.status).toBe(field === 'mass' ? 422 : 200);
    const into = await ask('POST', '/product', product({ ...wrong, catalogue: id }));
    expect(into.status).toBe(422);
  });

  it('refused by the method is refused as by POST /product', async () => {
    const id = await make();
    const { status, body } = await ask('POST', `/catalogues/${id}/products`, product({ product: 'hat' }));
    expect([status, body.message, Object.keys(body.detail)]).toEqual([422, 'Not possible', ['product']]);
    expect((await ask('GET', `/catalogues/${id}/changes`)).body.total).toBe(0);
  });

  it('comes by POST /product with its words, and not among all products', async () => {
    const id = await make();
    const body = product({ catalogue: id, reference: 'A', name: 'First' });
    const { md5_id } = scored(product(), null);
    expect((await ask('POST', '/product', body)).body).toEqual({ message: `Product added ${md5_id}` });
    expect((await ask('POST', '/product', body)).body).toEqual({ message: 'Product already exist' });
    expect((await ask('POST', '/product', { ...body, name: 'Second' })).body).toEqual({
      message: `Product added ${md5_id}`,
    });
    expect((await ask('GET', `/catalogues/${id}/products`)).body.items).toMatchObject([
      { reference: 'A', name: 'Second' },
    ]);
    expect(await store.collection('impacts').countDocuments()).toBe(0);
    expect((await ask('POST', '/product', product({ catalogue: 'api', reference: 'A' }))).body).toEqual({
      message: `Product added ${md5_id}`,
    });
    expect(await store.collection('impacts').countDocuments()).toBe(1);
  });

  it('keeps all that is changed at once by several', async () => {
    const id = await make();
    const { id: product } = await add(id, { reference: 'A' });
    const changes = [
      { name: 'Crew neck' },
      { brand: 'Atelier' },
      { season: 'SS27' },
      { tags: ['basic'] },
      { mass: 0.2 },
    ];
    const answers = await Promise.all(
      changes.map((fields) => ask('PATCH', `/catalogues/${id}/products/${product}`, fields)),
    );
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(changes.map(() => [200, 'changed']));
    const { body } = await ask('GET', `/catalogues/${id}/products/${product}`);
    expect(body).toMatchObject(Object.assign({}, ...changes));
  });

  it.each([
    ['PATCH', { brand: 'Slow' }],
    ['POST', product({ reference: 'A', brand: 'Slow' })],
  ] as const)('is not changed by %s of who never is the fastest: they hear to come again', async (method, body) => {
    const id = await make();
    const { id: made } = await add(id, { reference: 'A', name: 'N0' });
    const path = `/catalogues/${id}/products`;
    // Somebody is faster each time, just before it is written.
    let faster = 0;
    let isFaster = false;
    const { bulkWrite } = Collection.prototype;
    const written = vi.spyOn(Collection.prototype, 'bulkWrite').mockImplementation(async function (
      this: Collection,
      ...given
    ) {
      if (this.collectionName === 'catalogue_products' && !isFaster) {
        isFaster = true;
        faster += 1;
        await ask('PATCH', `${path}/${made}`, { name: `N${faster}` });
        isFaster = false;
      }
      return bulkWrite.apply(this, given);
    });
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => {
      written.mockRestore();
      random.mockRestore();
    });
    const { status, body: told } = await ask(method, method === 'POST' ? path : `${path}/${made}`, body);
    expect([status, told.code, faster]).toEqual([503, 'overloaded', 10]);
    expect((await ask('GET', `${path}/${made}`)).body).toMatchObject({ name: 'N10', brand: null });
    expect((await ask('GET', `${path}/${made}/history`)).body.total).toBe(11);
  });

  it('is changed field by field, by its description or by its names', async () => {
    const id = await make();
    const first = await add(id, { reference: 'A', name: 'First', tags: ['x'], price: 30 });
    const patch = (fields: object) => ask('PATCH', `/catalogues/${id}/products/${first.id}`, fields);
    const renamed = await patch({ name: 'Second', tags: 'x, y', brand: null });
    expect(renamed.body).toMatchObject({
      status: 'changed',
      id: first.id,
      name: 'Second',
      tags: ['x', 'y'],
      ecs: first.ecs,
    });
    const heavier = (await patch({ mass: 0.25, price: null, reference: 'A' })).body;
    expect(heavier).toMatchObject({ mass: 0.25, name: 'Second', query: { mass: 0.25 } });
    expect('price' in heavier.query).toBe(false);
    expect(heavier.ecs).toBe(scored(product({ mass: 0.25 }), null).impacts.ecs);
    expect((await patch({ mass: 0.25 })).body.status).toBe('existing');

    const history = (await ask('GET', `/catalogues/${id}/products/${first.id}/history`)).body;
    expect(history.total).toBe(3);
    expect(
      history.items.map(
        (one: { kind: string; fields: string[]; before: { mass: number } | null; after: { mass: number } }) => [
          one.kind,
          one.fields.sort(),
          one.before?.mass,
          one.after.mass,
        ],
      ),
    ).toEqual([
      ['change', ['mass', 'price'], 0.17, 0.25],
      ['change', ['name', 'tags'], 0.17, 0.17],
      ['add', [], undefined, 0.17],
    ]);
    for (const [query, kinds] of [
      ['?limit=1', ['change']],
      ['?limit=2&offset=1', ['change', 'add']],
      ['?offset=2', ['add']],
      ['?offset=3', []],
      ['?limit=0', []],
    ] as const) {
      const { items } = (await ask('GET', `/catalogues/${id}/products/${first.id}/history${query}`)).body;
      expect(items.map(({ kind }: { kind: string }) => kind)).toEqual(kinds);
    }
    expect(history.items[1]).toMatchObject({ by: 'API_KEY', line: null, file: null, after: { name: 'Second' } });

    for (const [fields, place, said] of [
      [{ colour: 'red' }, 'colour', 'unknown field'],
      [{ reference: 'B' }, 'reference', 'keeps its reference'],
      [{ mass: null }, 'mass', 'mass'],
      [{ materials: [] }, 'materials', 'material'],
      [{ gtins: ['1'] }, 'gtins', 'GTIN'],
    ] as const) {
      const { status, body } = await patch(fields);
      expect([status, body.detail[0].loc.slice(0, 2)]).toEqual([422, ['body', place]]);
      expect(body.detail[0].msg).toContain(said);
    }
  });

  it('is gone when it is deleted, also many as one, and comes back with its past', async () => {
    const id = await make();
    const [a, b, c] = [
      await add(id, { reference: 'A' }),
      await add(id, { reference: 'B' }),
      await add(id, { reference: 'C' }),
    ];
    const { body } = await ask('DELETE', `/catalogues/${id}/products`, { ids: [a.id, c.id, randomUUID()] });
    expect(body).toEqual({ deleted: 2, change: expect.any(String) });
    expect(await references(id)).toEqual(['B']);
    expect((await ask('GET', `/catalogues/${id}/products/${a.id}`)).body.code).toBe('product_not_found');
    expect((await ask('PATCH', `/catalogues/${id}/products/${a.id}`, { name: 'x' })).body.code).toBe(
      'product_not_found',
    );
    expect((await ask('DELETE', `/catalogues/${id}/products/${a.id}`)).body.code).toBe('product_not_found');
    expect((await ask('DELETE', `/catalogues/${id}/products/${b.id}`)).body.deleted).toBe(1);
    expect(await add(id, { reference: 'A', mass: 0.3 })).toMatchObject({ status: 'added', id: a.id });
    const past = (await ask('GET', `/catalogues/${id}/products/${a.id}/history`)).body.items;
    expect(past.map(({ kind }: { kind: string }) => kind)).toEqual(['add', 'delete', 'add']);
    // Not of another catalogue.
    const other = await make('Other');
    expect((await ask('DELETE', `/catalogues/${other}/products`, { ids: [a.id] })).body.code).toBe('product_not_found');
    expect((await ask('DELETE', `/catalogues/${id}/products`, { ids: [] })).status).toBe(422);
    expect((await ask('DELETE', `/catalogues/${id}/products`, { ids: Array(1001).fill('x') })).status).toBe(422);
  });
});

describe('undoing', () => {
  const undo = (id: string, change: string) => ask('POST', `/catalogues/${id}/changes/${change}/undo`);

  it('puts back what was before, once, and is undone itself', async () => {
    const id = await make();
    const [a, b] = [await add(id, { reference: 'A' }), await add(id, { reference: 'B' })];
    const { change } = (await ask('DELETE', `/catalogues/${id}/products`, { ids: [a.id, b.id] })).body;
    const back = (await undo(id, change)).body;
    expect(back).toEqual({ change: expect.any(String), undone: 2, conflicts: [] });
    expect(await references(id)).toEqual(['A', 'B']);
    // Asked again, for want of an answer.
    expect((await undo(id, change)).body).toEqual(back);
    expect((await undo(id, back.change)).body).toMatchObject({ undone: 2 });
    expect(await references(id)).toEqual([]);
    const { items } = (await ask('GET', `/catalogues/${id}/changes`)).body;
    expect(
      items.map(({ kind, products, undone_by }: Record<string, unknown>) => [kind, products, undone_by !== null]),
    ).toEqual([
      ['undo', 2, false],
      ['undo', 2, true],
      ['delete', 2, true],
      ['add', 1, false],
      ['add', 1, false],
    ]);
  });

  it('leaves what was changed later, and says so', async () => {
    const id = await make();
    const [a, b] = [await add(id, { reference: 'A' }), await add(id, { reference: 'B' })];
    const { change } = (await ask('PATCH', `/catalogues/${id}/products/${a.id}`, { name: 'First' })).body;
    await ask('PATCH', `/catalogues/${id}/products/${a.id}`, { name: 'Second' });
    expect((await undo(id, change)).body).toEqual({
      change: expect.any(String),
      undone: 0,
      conflicts: [{ product: a.id, reference: 'A' }],
    });
    expect((await ask('GET', `/catalogues/${id}/products/${a.id}`)).body.name).toBe('Second');
    expect((await undo(id, b.change)).body).toMatchObject({ undone: 1, conflicts: [] });
    expect(await references(id)).toEqual(['A']);
  });

  it('is of a change of this catalogue whose job has ended', async () => {
    const [id, other] = [await make(), await make('Other')];
    const a = await add(id);
    expect((await undo(other, a.change)).body.code).toBe('change_unknown');
    expect((await undo(id, randomUUID())).body.code).toBe('change_unknown');
    await createProductJob(store, {
      ...{ _id: a.change, format: 'csv', name: null, createdBy: null, requestId: null, traceparent: null },
    });
    await queueProductJob(store, a.change, { format: 'csv', bytes: 1, planned: 1, chunks: 1 });
    await store.collection('catalogue_changes').updateOne({ _id: a.change }, { $set: { job: a.change } });
    expect((await undo(id, a.change)).body.code).toBe('catalogue_busy');
    expect(await references(id)).toHaveLength(1);
  });
});

describe('a search', () => {
  const SEARCHES: readonly [query: string, found: readonly string[]][] = [
    ['', ['A-1', 'B-2', 'C-3']],
    ['?limit=2', ['A-1', 'B-2']],
    ['?limit=2&offset=1', ['B-2', 'C-3']],
    ['?limit=2&offset=2', ['C-3']],
    ['?sort=-reference', ['C-3', 'B-2', 'A-1']],
    ['?sort=-mass', ['C-3', 'A-1', 'B-2']],
    ['?sort=name', ['B-2', 'C-3', 'A-1']],
    ['?product=jean,pull', ['B-2', 'C-3']],
    ['?material=ei-pet', ['C-3']],
    ['?country_making=VN', ['B-2']],
    ['?country=CN', ['A-1']],
    ['?process=weaving', ['B-2']],
    ['?min_mass=0.3&max_mass=0.3', ['A-1']],
    ['?min_ecs=1000000', []],
    ['?reference=B-2', ['B-2']],
    ['?brand=Maille', ['C-3']],
    ['?tag=new', ['A-1', 'C-3']],
    ['?collection=Basics', ['A-1']],
    ['?season=SS27', ['B-2']],
    [`?gtin=${GTIN}`, ['A-1']],
    ['?warning=any', []],
    ['?q=coton', ['A-1', 'B-2']],
    ['?q=coton%20chine', ['A-1']],
    ['?q=JEANS', ['B-2']],
    ['?q=vi%C3%AAt%20nam', ['B-2']],
    ['?q=sweater', ['C-3']],
    ['?q=wove', ['B-2']],
    ['?q=B-2', ['B-2']],
    ['?q=b2', ['B-2']],
    [`?q=${GTIN}`, ['A-1']],
    ['?q=col%C3%A9', ['A-1']],
    ['?q=WARM%20pulls', ['C-3']],
    ['?q=.*', []],
    ['?q=%C3%A9lasthanne', []],
  ];
  it('of a catalogue finds what it asks for', async () => {
    const id = await make();
    await add(id, {
      ...{ reference: 'A-1', name: 'Tee colé', tags: ['new'], collection: 'Basics', gtins: [GTIN], mass: 0.3 },
      materials: [{ id: 'ei-coton', share: 1, country: 'CN' }],
      countryMaking: 'CN',
    });
    await add(id, {
      ...{ reference: 'B-2', name: 'Blue', season: 'SS27', product: 'jean', fabricProcess: 'weaving' },
      countryMaking: 'VN',
    });
    await add(id, {
      ...{ reference: 'C-3', name: 'Knit', brand: 'Maille', tags: ['new', 'warm'], product: 'pull', mass: 0.4 },
      materials: [{ id: 'ei-pet', share: 1 }],
    });
    for (const [query, found] of SEARCHES) {
      const { items, total, limit } = (await ask('GET', `/catalogues/${id}/products${query}`)).body;
      const isPage = query.includes('limit');
      const shown = items.map(({ reference }: { reference: string }) => reference);
      expect([query, shown, total, isPage || limit]).toEqual([query, found, isPage ? 3 : found.length, isPage || 50]);
    }
  });

  it('of a catalogue of the platform has the form of the others', async () => {
    const [grid, own] = [scored(product({ product: 'jean' }), 'regular'), scored(product(), null)];
    await insertImpacts(store, [grid, own]);
    const { body } = await ask('GET', '/catalogues/reference-grid/products');
    expect(body).toMatchObject({
      total: 1,
      items: [
        {
          id: grid.md5_id,
          reference: grid.md5_id,
          catalogue: 'reference-grid',
          query: grid._platform.query,
          gtins: [],
        },
      ],
    });
    expect(await references('api')).toEqual([own.md5_id]);
    expect(await references('api', '?q=t-shirts')).toEqual([own.md5_id]);
    expect(await references('api', '?product=jean')).toEqual([]);
    expect(await references('api', '?brand=x')).toEqual([]);
    expect((await ask('GET', `/catalogues/api/products/${own.md5_id}`)).body).toMatchObject({
      notes: [],
      simulation: { md5_id: own.md5_id },
    });
    expect((await ask('GET', `/catalogues/api/products/${grid.md5_id}`)).body.code).toBe('product_not_found');
    expect((await ask('GET', '/catalogues/api/changes')).body.total).toBe(0);
    const impacts = (query: string) => ask('GET', `/impacts${query}`);
    expect((await impacts('?catalogue=api')).body.items).toMatchObject([{ md5_id: own.md5_id }]);
    expect((await impacts('?catalogue=reference-grid')).body.items).toMatchObject([{ md5_id: grid.md5_id }]);
    expect((await impacts('')).body.total).toBe(2);
  });
});

it('an upload for a catalogue says so in its job', async () => {
  const id = await make();
  const upload = (catalogue: string) =>
    app.inject({
      method: 'POST',
      url: `/product/batch?catalogue=${catalogue}`,
      headers: { access_token: KEY, 'content-type': 'application/x-ndjson' },
      payload: JSON.stringify(product()),
    });
  const answer = await upload(id);
  expect(answer.statusCode).toBe(202);
  expect((await ask('GET', answer.json().url)).body).toMatchObject({ catalogue: id, changed: 0 });
  const without = await upload('api');
  expect((await ask('GET', without.json().url)).body).toMatchObject({ catalogue: null });
  expect((await upload('reference-grid')).statusCode).toBe(409);
  expect((await upload(randomUUID())).statusCode).toBe(404);
});

describe('doubtful products', () => {
  /** Grams typed for kilograms. */
  const typo = product({ mass: 170 });
  const french = { 'accept-language': 'fr' };
  const mass = (message: string) => ({
    id: 'mass_out_of_range',
    severity: 'doubtful',
    field: 'mass',
    message: expect.stringContaining(message),
  });
  const idsOf = ({ body }: { body: { items: { md5_id: string }[] } }) => body.items.map(({ md5_id }) => md5_id);

  it('are told when they are scored, in the language of who asks, with what was passed over', async () => {
    const simulated = async (body: object, headers = {}) => (await ask('POST', '/simulate', body, headers)).body;
    expect((await simulated(product())).warnings).toEqual([]);
    const wrong = { ...typo, colour: 'red', materials: [{ id: 'ei-coton', share: 0.6, part: 1 }] };
    const { warnings, ecs } = await simulated(wrong);
    expect(warnings).toEqual([
      mass('looks like grams (0.17 kg?)'),
      expect.objectContaining({ id: 'shares_do_not_add_up', message: expect.stringContaining('add up to 60%') }),
      expect.objectContaining({ id: 'cost_above_label' }),
      ...['colour', 'materials.part'].map((field) => expect.objectContaining({ id: 'field_unknown', field })),
    ]);
    expect((await simulated(wrong, french)).warnings[0]).toEqual(mass('on dirait des grammes (0,17 kg ?)'));
    expect(ecs).toBe(scored({ ...typo, materials: [{ id: 'ei-coton', share: 0.6 }] }, null).impacts.ecs);
  });

  it('without a catalogue are stored and marked, count in no figures, and are confirmed by somebody', async () => {
    const sent = await app.inject({
      method: 'POST',
      url: '/product',
      headers: { access_token: KEY },
      payload: { ...typo, colour: 'red' },
    });
    const { md5_id } = scored(typo, null);
    expect(sent.json()).toEqual({ message: `Product added ${md5_id}` });
    expect(sent.headers['x-warnings']).toBe('mass_out_of_range, cost_above_label, field_unknown');
    const ordinary = await app.inject({
      method: 'POST',
      url: '/product',
      headers: { access_token: KEY },
      payload: product(),
    });
    expect(ordinary.headers).not.toHaveProperty('x-warnings');
    const fine = scored(product(), null).md5_id;

    const found = (query: string, headers = {}) => ask('GET', `/impacts?${query}`, undefined, headers);
    expect(idsOf(await found('state=to-check'))).toEqual([md5_id]);
    expect(idsOf(await found('state=counted'))).toEqual([fine]);
    expect(idsOf(await found('state=confirmed'))).toEqual([]);
    expect(idsOf(await found('warning=mass_out_of_range'))).toEqual([md5_id]);
    expect(idsOf(await found('warning=mass'))).toEqual([]);
    expect((await found('sort=-mass')).body.items).toMatchObject([
      { state: 'to-check', warnings: [mass('grams'), { id: 'cost_above_label' }] },
      { state: null, warnings: [] },
    ]);
    expect((await found('sort=-mass', french)).body.items[0].warnings[0]).toEqual(mass('grammes'));
    const built = await ask('GET', '/catalogues/api/products?state=to-check');
    expect(built.body).toMatchObject({ total: 1, items: [{ id: md5_id, warnings: [mass('grams'), {}] }] });
    expect((await ask('GET', '/catalogues/reference-grid/products?state=to-check')).body.total).toBe(0);

    const counts = async () =>
      Promise.all([
        ...['', '?state=to-check', '?state=counted'].map(
          async (query) => (await ask('GET', `/impacts/distribution${query}`)).body.count,
        ),
        ask('GET', '/impacts/groups?by=product').then(({ body }) => body[0].count),
        ask('GET', '/impacts/summary').then(({ body }) => [body.documents, body.to_check]),
      ]);
    expect(await counts()).toEqual([1, 1, 1, 1, [2, 1]]);

    const confirm = (ids: string[], key = KEY) =>
      ask('POST', '/catalogues/api/confirm', { ids }, { access_token: key });
    expect((await confirm([md5_id], READER)).status).toBe(403);
    expect((await confirm([])).status).toBe(422);
    expect((await confirm([fine, 'unknown'])).body).toEqual({ confirmed: 0, change: null });
    expect((await confirm([md5_id, fine])).body).toEqual({ confirmed: 1, change: null });
    expect((await confirm([md5_id])).body).toEqual({ confirmed: 0, change: null });
    expect(await counts()).toEqual([2, 0, 2, 2, [2, 0]]);
    expect(idsOf(await found('state=confirmed'))).toEqual([md5_id]);
    const stored = await store.collection('impacts').findOne({ md5_id });
    expect(stored?._platform.confirmed).toEqual({ by: 'API_KEY', at: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  it('of a catalogue are filtered, and confirmed as one change, which is taken back as one', async () => {
    const id = await make();
    const a = await add(id, { reference: 'A', mass: 170 });
    expect(a).toMatchObject({ status: 'added', state: 'to-check', warnings: [mass('grams'), {}] });
    const b = await add(id, { reference: 'B', materials: [{ id: 'ei-coton', share: 0.5 }] });
    const c = await add(id, { reference: 'C' });
    expect(c).toMatchObject({ state: null, warnings: [] });
    expect(await references(id, '?state=to-check')).toEqual(['A', 'B']);
    expect(await references(id, '?state=counted')).toEqual(['C']);
    expect(await references(id, '?warning=shares_do_not_add_up')).toEqual(['B']);
    const told = await ask('GET', `/catalogues/${id}/products/${a.id}`, undefined, french);
    expect(told.body.warnings[0]).toEqual(mass('grammes'));

    const other = await make('Other');
    const confirm = (catalogue: string, ids: string[]) => ask('POST', `/catalogues/${catalogue}/confirm`, { ids });
    expect((await confirm(other, [a.id])).body).toEqual({ confirmed: 0, change: null });
    expect((await confirm(randomUUID(), [a.id])).status).toBe(404);
    const { confirmed, change } = (await confirm(id, [a.id, b.id, c.id, 'unknown'])).body;
    expect(confirmed).toBe(2);
    expect(await references(id, '?state=confirmed')).toEqual(['A', 'B']);
    expect((await confirm(id, [a.id])).body.confirmed).toBe(0);
    const { items } = (await ask('GET', `/catalogues/${id}/products/${a.id}/history`)).body;
    expect(items[0]).toMatchObject({
      kind: 'confirm',
      by: 'API_KEY',
      fields: [],
      before: { state: 'to-check' },
      after: { state: 'confirmed', mass: 170 },
    });

    // The same again, or under another name, stays confirmed; described otherwise it is looked at anew.
    expect(await add(id, { reference: 'A', mass: 170 })).toMatchObject({ status: 'existing', state: 'confirmed' });
    expect(await add(id, { reference: 'A', mass: 170, name: 'Tent' })).toMatchObject({
      status: 'changed',
      state: 'confirmed',
    });
    expect(await add(id, { reference: 'A', mass: 171 })).toMatchObject({ status: 'changed', state: 'to-check' });
    expect(await add(id, { reference: 'A', mass: 0.17 })).toMatchObject({
      status: 'changed',
      state: null,
      warnings: [],
    });
    expect((await ask('POST', `/catalogues/${id}/changes/${change}/undo`)).body).toMatchObject({ undone: 1 });
    expect(await references(id, '?state=to-check')).toEqual(['B']);
    expect(await references(id, '?state=confirmed')).toEqual([]);
  });
});
