import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type Access, type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { catalogueProductId, toImpactDocument } from '@ecobalyse/product-documents';
import { EXAMPLE_PRODUCT, type Json } from '@ecobalyse/schema';
import { createLogger, hashApiKey } from '@ecobalyse/service-kit';
import {
  addApiKey,
  createCatalogue,
  createProductJob,
  endProductJob,
  ensureIndexes,
  insertImpacts,
  listApiKeys,
  openStore,
  queueProductJob,
  revokeApiKey,
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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApi } from './app.js';
import { openModelHost } from './model-host.js';
import { COMMITTED } from './testing/openapi-document.js';

/** Whose a catalogue is: every route that takes one or tells of one, asked by its owner, by an admin, and by another key. */

const KEYS = {
  admin: 'an-admin-of-the-tests-0123456789',
  mine: 'a-writer-of-the-tests-0123456789',
  theirs: 'another-writer-of-the-tests-0123',
  limited: 'a-limited-writer-of-the-tests-0123',
} as const;
type Who = keyof typeof KEYS;
const GTIN = '3760001000016';

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let upstream: EcobalyseClient;
let cache: ResponseCache;
let productJobs: ProductJobQueue;
let store: Store;
let app: HttpService;
let access: Access;
let md5Id: string;

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
  upstream = createEcobalyseClient({ baseUrl: simulator.apiUrl, concurrency: 4, timeoutMs: 60_000, retries: 0 });
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{owners}' }, () => undefined);
  cache = openResponseCache({ redisUrl: redis.url, prefix: '{owners}:', ttlSeconds: 60, onError: () => undefined });
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  access = openAccess({
    apiKey: KEYS.admin,
    apiKeyName: 'access_token',
    apiKeys: (['mine', 'theirs'] as const).map((name) => ({ name, role: 'writer', key: KEYS[name] })),
    keys: () => listApiKeys(store),
    // Read again where a test adds some: whoever polls meanwhile costs more than the tests.
    refreshMs: 600_000,
  });
  app = await buildApi({
    ...{ logger, store, cache, upstream, productJobs, cacheClearRequiresKey: false },
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobLimits: { maxBytes: 1_000_000 },
    access,
  });
  const query = EXAMPLE_PRODUCT as Record<string, Json>;
  const answer = simulateDetailed(query as never) as never;
  const document = toImpactDocument({
    ...{ query, answer, source: 'api', scenario: null, methodVersion, runId: null },
  });
  md5Id = document.md5_id;
  await insertImpacts(store, [document]);
});
afterAll(async () => {
  await app.close();
  await access.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  upstream.close();
  await cache.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const ask = (who: Who, method: Method, url: string, payload?: object, headers: object = {}) =>
  app.inject({ method, url, headers: { access_token: KEYS[who], ...headers }, ...(payload && { payload }) });

/** A catalogue with a product, the change that added it, and a job for it. */
interface Things {
  readonly catalogue: string;
  readonly name: string;
  readonly product: string;
  readonly change: string;
  readonly job: string;
}
const ABSENT: Things = {
  ...{ catalogue: randomUUID(), name: 'None', product: randomUUID(), change: randomUUID(), job: randomUUID() },
};
let made = 0;

/** A product as it is stored, and the change that added it: others are copies of them. */
let template: Promise<Readonly<Record<'product' | 'change', object>>> | undefined;
async function scoredProduct(): Promise<Readonly<Record<'product' | 'change', object>>> {
  const catalogue = (await ask('admin', 'POST', '/catalogues', { name: 'Template' })).json().id as string;
  const body = { ...EXAMPLE_PRODUCT, reference: 'A', gtins: [GTIN] };
  await ask('admin', 'POST', `/catalogues/${catalogue}/products`, body);
  const [product, change] = await Promise.all(
    (['catalogue_products', 'catalogue_changes'] as const).map((name) => store.collection(name).findOne({ catalogue })),
  );
  return { product: product as object, change: change as object };
}

async function make(owner: string | null, { isDeleted = false, isJobOpen = false } = {}): Promise<Things> {
  const catalogue = randomUUID();
  made += 1;
  const name = `Spring ${made}`;
  await createCatalogue(store, { _id: catalogue, name, created_at: new Date(), created_by: owner, owner });
  template ??= scoredProduct();
  const { product: added, change: addition } = await template;
  const [product, change] = [catalogueProductId(catalogue, 'A'), randomUUID()];
  await store.collection('catalogue_changes').insertOne({ ...addition, _id: change, catalogue } as never);
  await store.collection('catalogue_products').insertOne({ ...added, _id: product, catalogue, change } as never);
  const job = randomUUID();
  const unsaid = { requestId: null, traceparent: null };
  await createProductJob(store, { _id: job, format: 'json', name: null, catalogue, createdBy: owner, ...unsaid });
  await queueProductJob(store, job, { format: 'json', bytes: 2, planned: 0, chunks: 0 });
  if (!isJobOpen) await endProductJob(store, job, 'done', null);
  if (isDeleted) await ask('admin', 'DELETE', `/catalogues/${catalogue}`);
  return { catalogue, name, product, change, job };
}

interface Asked {
  readonly query?: string;
  readonly body?: object;
  /** What is to be so before. */
  readonly as?: Parameters<typeof make>[1];
  /** Status for who may. */
  readonly status?: number;
}
type Row = (of: Things) => readonly Asked[];

const plain: Row = () => [{}];
const PRODUCT = EXAMPLE_PRODUCT;
const analysis: Row = ({ catalogue }) => [{ query: `catalogue=${catalogue}` }];
const against: Row = ({ catalogue }) => [{ query: `against=${catalogue}` }];
const ids: Row = ({ product }) => [{ body: { ids: [product] } }];

/** What is asked of each route, beside what its path says. */
const ROWS: Readonly<Record<string, Row>> = {
  'GET /catalogues': () => [{ query: 'limit=1000' }, { query: 'deleted=true&limit=1000', as: { isDeleted: true } }],
  'POST /catalogues': ({ name }) => [{ body: { name }, status: 409 }],
  'GET /catalogues/{id}': () => [{}, { as: { isDeleted: true } }],
  'PATCH /catalogues/{id}': () => [{ body: { name: `New ${randomUUID()}` } }],
  'DELETE /catalogues/{id}': () => [{}, { query: 'purge=true', as: { isDeleted: true } }],
  'POST /catalogues/{id}/restore': () => [{ as: { isDeleted: true } }],
  'POST /catalogues/{id}/confirm': ids,
  'GET /catalogues/{id}/products': () => [{}, { query: 'q=coton' }],
  'POST /catalogues/{id}/products': () => [{ body: PRODUCT }],
  'DELETE /catalogues/{id}/products': ids,
  'GET /catalogues/{id}/products/{product}': plain,
  'PATCH /catalogues/{id}/products/{product}': () => [{ body: { name: 'Other' } }],
  'DELETE /catalogues/{id}/products/{product}': plain,
  'GET /catalogues/{id}/products/{product}/history': plain,
  'GET /catalogues/{id}/products/{product}/explanation': (of) => [{}, ...against(of)],
  'GET /catalogues/{id}/changes': plain,
  'POST /catalogues/{id}/changes/{change}/undo': plain,
  'GET /catalogues/{id}/export': () => [{}, { query: 'format=csv' }],
  'GET /catalogues/{id}/declaration': () => [{ query: 'format=json' }],
  'POST /product': ({ catalogue }) => [{ body: { ...PRODUCT, catalogue } }],
  'POST /product/batch': ({ catalogue }) => [{ query: `catalogue=${catalogue}`, body: [PRODUCT], status: 202 }],
  // Takes the parameter, and does nothing with it.
  'POST /files/inspect': ({ catalogue }) => [{ query: `catalogue=${catalogue}`, body: [PRODUCT] }],
  'GET /jobs': plain,
  'GET /jobs/{id}': plain,
  'DELETE /jobs/{id}': () => [{ as: { isJobOpen: true } }],
  'GET /jobs/{id}/result': plain,
  'GET /jobs/{id}/products': plain,
  'GET /jobs/{id}/refused': plain,
  'GET /jobs/{id}/events': plain,
  'GET /versions/changes': ({ catalogue }) => [{ query: `catalogue=${catalogue}` }],
  'GET /compare': ({ catalogue, product }) => [{ query: `item=${md5Id}&item=${catalogue}/${product}` }],
  'POST /compare': ({ catalogue, product }) => [{ body: { items: [{ catalogue, product }, { query: PRODUCT }] } }],
  'POST /explain': (of) => against(of).map((one) => ({ ...one, body: PRODUCT })),
  'GET /product/by-id/{md5_id}/explanation': against,
  'GET /analysis/strata': analysis,
  'GET /analysis/effects': analysis,
  'GET /analysis/segments': analysis,
  'GET /analysis/outliers': analysis,
  'GET /analysis/standing': (of) => [...analysis(of), ...against(of)],
};
/** What is asked without one, or does nothing with it. */
const TELLS_NOTHING: ReadonlySet<string> = new Set([
  ...['GET /catalogues', 'POST /catalogues', 'GET /jobs', 'POST /files/inspect'],
]);
const CASES = Object.entries(ROWS).flatMap(([operation, row]) =>
  row(ABSENT).map((_, at) => [`${operation} ${at}`, operation, row, at] as const),
);

function send(who: Who, operation: string, asked: Asked, { catalogue, product, change, job }: Things) {
  const [method = '', path = ''] = operation.split(' ');
  const values = { id: path.startsWith('/jobs') ? job : catalogue, product, change, md5_id: md5Id };
  const url = path.replace(/\{(\w+)\}/g, (_, name: keyof typeof values) => values[name]);
  return ask(who, method as Method, `${url}?${asked.query ?? ''}`, asked.body);
}
const at = (row: Row, of: Things, index: number) => row(of)[index] as Asked;

/** What reading leaves as it is, by its owner and what is so of it: made once. */
const read = new Map<string, Promise<Things>>();
function thingsFor(operation: string, owner: string | null, as: Asked['as']): Promise<Things> {
  // Of the jobs only the newest are listed.
  if (!operation.startsWith('GET ') || operation === 'GET /jobs') return make(owner, as);
  const kind = JSON.stringify([owner, as]);
  const things = read.get(kind) ?? make(owner, as);
  read.set(kind, things);
  return things;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the document says
type Schema = any;
/** Whether something within a schema is named as what takes, or tells of, a catalogue of somebody. */
function namesCatalogue(
  schema: Schema,
  schemas: Record<string, Schema>,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const [, name] = /([^/]+)$/.exec(schema.$ref ?? '') ?? [];
  if (name !== undefined) return !seen.has(name) && namesCatalogue(schemas[name], schemas, new Set([...seen, name]));
  const properties = Object.entries({ ...schema.properties, ...(schema.in && { [schema.name]: schema.schema }) });
  const isOwn = properties.some(([key, inner]) => /^(catalogue|against)$/.test(key) && takesIds(inner));
  return isOwn || Object.values(schema).some((inner) => namesCatalogue(inner, schemas, seen));
}
/** Of the platform's catalogues only their names are taken. */
const takesIds = (schema: Schema): boolean => !('enum' in schema);
const OTHERS: ReadonlySet<string> = new Set([
  // There it is a list of products.
  ...['POST /estimate', 'POST /estimate/batch'],
  // Needs products that arrived: whom they are told to, arrival-checks.test.ts asks.
  'GET /models/{version}/checks',
]);

it('every route that takes a catalogue, or tells of one, is in the table, by the document of the API', () => {
  const { paths, components } = COMMITTED as unknown as Schema;
  const found = Object.entries(paths as Record<string, Record<string, Schema>>).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(
        ([, { parameters, requestBody, responses }]) =>
          /^\/(catalogues|jobs)/.test(path) ||
          namesCatalogue({ parameters, requestBody, responses }, components.schemas),
      )
      .map(([method]) => `${method.toUpperCase()} ${path}`)
      .filter((operation) => !OTHERS.has(operation)),
  );
  expect(Object.keys(ROWS).sort()).toEqual(found.sort());
});

describe('a catalogue of another key', () => {
  /** What is answered, without what differs between any two answers. */
  async function told(operation: string, asked: Asked, of: Things) {
    const { statusCode, body, headers } = await send('theirs', operation, asked, of);
    const { date: _date, 'x-request-id': _id, 'content-length': _length, location: _location, ...rest } = headers;
    const masked = body
      .replaceAll(of.name, 'name')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
    return { statusCode, body: masked, headers: rest, whole: body };
  }
  /** All that is kept of it. */
  const kept = ({ catalogue, job }: Things) =>
    Promise.all([
      store.collection('catalogues').findOne({ _id: catalogue }),
      store
        .collection('product_jobs')
        .find({ $or: [{ catalogue }, { _id: job }] })
        .toArray(),
      ...(['catalogue_products', 'catalogue_history', 'catalogue_changes'] as const).map((name) =>
        store.collection(name).find({ catalogue }).toArray(),
      ),
    ]);

  it.each(CASES)('is as if it were absent: %s', async (_, operation, row, index) => {
    const mine = await thingsFor(operation, 'mine', at(row, ABSENT, index).as);
    const before = await kept(mine);
    // What its owner was told is in no cache for others.
    if (operation.startsWith('GET ')) await send('mine', operation, at(row, mine, index), mine);
    const { whole, ...foreign } = await told(operation, at(row, mine, index), mine);
    const { whole: _whole, ...absent } = await told(operation, at(row, ABSENT, index), ABSENT);
    expect(foreign).toEqual(absent);
    expect(foreign.statusCode).toBe(TELLS_NOTHING.has(operation) ? 200 : 404);
    for (const id of [mine.catalogue, mine.product, mine.job]) expect(whole).not.toContain(id);
    expect(await kept(mine)).toEqual(before);
  });

  it.each(CASES)('is its owner’s, and admins’: %s', async (_, operation, row, index) => {
    for (const [who, owner] of [
      ['mine', 'mine'],
      ['admin', 'mine'],
      // Of before there were owners: it stays everybody's.
      ['theirs', null],
    ] as const) {
      const of = await thingsFor(operation, owner, at(row, ABSENT, index).as);
      const { status = 200, ...asked } = at(row, of, index);
      const { statusCode, body } = await send(who, operation, asked, of);
      // Names are free where the catalogue is another's.
      const isFree = operation === 'POST /catalogues' && owner !== who;
      expect([who, statusCode, body]).toEqual([who, isFree ? 200 : status, expect.any(String)]);
      if (/^GET \/(catalogues|jobs)$/.test(operation)) expect(body).toContain(of.catalogue);
    }
  });
});

describe('an owner', () => {
  const names = async (who: Who) =>
    (await ask(who, 'GET', '/catalogues?limit=1000')).json().items.map(({ name }: { name: string }) => name);

  it('is the key that makes a catalogue, whose names are its own; admins say otherwise', async () => {
    const create = async (who: Who, body: object) => {
      const answer = await ask(who, 'POST', '/catalogues', body);
      return [answer.statusCode, answer.json().owner ?? answer.json().code ?? null];
    };
    const name = `Summer ${randomUUID()}`;
    expect(await create('mine', { name })).toEqual([200, 'mine']);
    expect(await create('theirs', { name })).toEqual([200, 'theirs']);
    expect(await create('theirs', { name })).toEqual([409, 'catalogue_name_taken']);
    expect(await create('admin', { name })).toEqual([200, 'API_KEY']);
    expect(await create('admin', { name, owner: null })).toEqual([200, null]);
    expect(await create('admin', { name, owner: 'mine' })).toEqual([409, 'catalogue_name_taken']);
    for (const owner of ['mine', 'theirs', null])
      expect(await create('theirs', { name: 'x', owner })).toEqual([403, 'role_needed']);
    expect(await create('admin', { name: 'x', owner: 'nobody' })).toEqual([404, 'api_key_unknown']);
    expect(await create('admin', { name: 'x', owner: 'a b' })).toEqual([422, 'invalid_request']);
    const seen = await Promise.all((['admin', 'mine', 'theirs'] as const).map(names));
    expect(seen.map((some) => some.filter((one: string) => one === name).length)).toEqual([4, 2, 2]);
  });

  it('is changed by admins, to a key in force, and not while a job goes on', async () => {
    const { catalogue, product, job } = await make('mine');
    await addApiKey(store, { name: 'shop', role: 'writer', hash: 'h' });
    await addApiKey(store, { name: 'gone', role: 'writer', hash: 'i' });
    await revokeApiKey(store, 'gone');
    const change = async (who: Who, body: object) => {
      const answer = await ask(who, 'PATCH', `/catalogues/${catalogue}`, body);
      return [answer.statusCode, answer.json().owner ?? answer.json().code ?? null];
    };
    expect(await change('mine', { owner: 'theirs' })).toEqual([403, 'role_needed']);
    expect(await change('theirs', { owner: 'theirs' })).toEqual([404, 'catalogue_unknown']);
    expect(await change('admin', { owner: 'gone' })).toEqual([404, 'api_key_unknown']);
    expect(await change('admin', {})).toEqual([422, 'invalid_request']);
    expect(await change('admin', { owner: 'shop' })).toEqual([200, 'shop']);
    expect(await change('admin', { owner: 'theirs', name: `Given ${catalogue}` })).toEqual([200, 'theirs']);
    const statuses = async (who: Who) => {
      const asked = [`/catalogues/${catalogue}/products/${product}`, `/jobs/${job}`];
      return Promise.all(asked.map(async (url) => (await ask(who, 'GET', url)).statusCode));
    };
    expect([await statuses('mine'), await statuses('theirs')]).toEqual([
      [404, 404],
      [200, 200],
    ]);
    expect(await change('admin', { owner: null })).toEqual([200, null]);
    expect(await statuses('mine')).toEqual([200, 200]);
    const busy = await make('mine', { isJobOpen: true });
    const given = await ask('admin', 'PATCH', `/catalogues/${busy.catalogue}`, { owner: 'theirs' });
    expect(given.json().code).toBe('catalogue_busy');
    expect((await ask('mine', 'PATCH', `/catalogues/${busy.catalogue}`, { name: 'Still mine' })).statusCode).toBe(200);
  });

  it('hears of no barcode number of others', async () => {
    const [mine, theirs] = [await make('mine'), await make('theirs')];
    // A number of their own: of those that many have, some are told.
    await store
      .collection('catalogue_products')
      .updateMany(
        { catalogue: { $in: [mine.catalogue, theirs.catalogue] } },
        { $set: { 'content.gtins': ['4006381333931'] } },
      );
    const noted = async (who: Who) => {
      const { notes } = (await ask(who, 'GET', `/catalogues/${mine.catalogue}/products/${mine.product}`)).json();
      return notes.some(({ catalogue }: { catalogue: string }) => catalogue === theirs.catalogue);
    };
    expect([await noted('mine'), await noted('admin')]).toEqual([false, true]);
  });

  it('loses the jobs of a catalogue with it', async () => {
    const { catalogue, job } = await make('mine', { isDeleted: true });
    expect((await ask('mine', 'DELETE', `/catalogues/${catalogue}?purge=true`)).statusCode).toBe(200);
    for (const who of ['mine', 'admin'] as const)
      expect((await ask(who, 'GET', `/jobs/${job}`)).json().code).toBe('job_unknown');
  });
});

it('a key that may add so many products a day has each counted, by whatever route, and a file whole or not at all', async () => {
  await addApiKey(store, { name: 'limited', role: 'writer', hash: hashApiKey(KEYS.limited), products_per_day: 6 });
  await access.refresh();
  const catalogue = (await ask('limited', 'POST', '/catalogues', { name: 'Few' })).json().id as string;
  const send = async (method: Method, url: string, body: object) => {
    const { statusCode, headers } = await ask('limited', method, url, body);
    const seconds = Number(headers['retry-after'] ?? 0);
    return [statusCode, headers['x-error-code'], seconds > 0 && seconds <= 86_400];
  };
  const file = (products: number) =>
    send(
      'POST',
      `/product/batch?catalogue=${catalogue}`,
      Array.from({ length: products }, () => PRODUCT),
    );
  const taken = [429, 'products_quota_reached', true];
  const done = [200, undefined, false];
  const inCatalogue = `/catalogues/${catalogue}/products`;
  expect(await file(7)).toEqual(taken);
  expect(await store.collection('product_jobs').countDocuments({ catalogue })).toBe(0);
  expect(await send('POST', '/product', PRODUCT)).toEqual(done);
  expect(await send('POST', inCatalogue, { ...PRODUCT, reference: 'A' })).toEqual(done);
  const one = `${inCatalogue}/${catalogueProductId(catalogue, 'A')}`;
  expect(await send('PATCH', one, { name: 'Other' })).toEqual(done);
  expect(await file(4)).toEqual(taken);
  expect(await file(3)).toEqual([202, undefined, false]);
  for (const [method, url] of [
    ['POST', '/product'],
    ['POST', inCatalogue],
    ['PATCH', one],
  ] as const)
    expect(await send(method, url, PRODUCT)).toEqual(taken);
  expect(await send('POST', '/simulate', PRODUCT)).toEqual(done);
});
