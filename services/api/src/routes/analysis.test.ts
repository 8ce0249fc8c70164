import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createHttpService, type HttpService, openAccess } from '@ecobalyse/http-kit';
import {
  asKnown,
  catalogueProductId,
  checkProduct,
  type IdentifiedProduct,
  toCatalogueContent,
  toImpactDocument,
} from '@ecobalyse/product-documents';
import {
  CACHE_TAGS,
  catalogueOutliersSchema,
  EXAMPLE_PRODUCT,
  effectsSchema,
  type ImpactDocument,
  type Json,
  type Scenario,
  segmentsSchema,
  sensitivitySchema,
  standingSchema,
  strataSchema,
} from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { type GarmentDistribution, readDistribution, SECTOR_DISTRIBUTION } from '@ecobalyse/statistics';
import {
  applyChange,
  createCatalogue,
  deleteCatalogue,
  ensureIndexes,
  insertImpacts,
  openStore,
  type Store,
} from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { methodVersion, simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILURES } from '../failures.js';
import { analysisRoutes } from './analysis.js';

const KEY = 'a-key-of-the-tests-0123456789';
const OWN = randomUUID();
const OTHER = randomUUID();
const IN_BIN = randomUUID();

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let app: HttpService;

type Query = Record<string, Json>;
const all = (country: string) => ({
  ...{ countrySpinning: country, countryFabric: country, countryDyeing: country, countryMaking: country },
});
const cost = (more: Query) => simulateTotals({ ...EXAMPLE_PRODUCT, ...more }).ecs;

/** A document as the extraction puts it into the grid. */
const scored = (more: Query, scenario: Scenario | null): ImpactDocument => {
  const query = { ...EXAMPLE_PRODUCT, ...more } as Query;
  const answer = simulateDetailed(query) as never;
  const source = scenario === null ? 'api' : 'extraction';
  return toImpactDocument({ query, answer, source, scenario, methodVersion, runId: null });
};

async function fill(catalogue: string, name: string, products: readonly Query[], version?: string): Promise<void> {
  await createCatalogue(store, { _id: catalogue, name, created_at: new Date(0), created_by: null });
  const change = {
    ...{ _id: randomUUID(), catalogue, kind: 'upload' as const, at: new Date(0), by: null, file: null, job: null },
  };
  const steps = products.map(({ reference, brand, tags, ...more }) => {
    const query = { ...EXAMPLE_PRODUCT, ...more };
    const known = asKnown(checkProduct(query) as IdentifiedProduct, { reference, brand, tags } as never);
    const content = {
      ...toCatalogueContent(known, scored(more, null) as never),
      ...(version !== undefined && { method_version: version }),
    };
    return { id: catalogueProductId(catalogue, content.reference), reference: content.reference, line: null, content };
  });
  await applyChange(store, change, steps);
}

/** Ten T-shirts and three trousers of one's own, a doubtful one, and one that leaves a stage out. */
const OWN_PRODUCTS: readonly Query[] = [
  ...Array.from({ length: 10 }, (_, rank) => ({
    ...{ reference: `T${rank}`, brand: rank < 4 ? 'One' : 'Two', tags: rank === 0 ? ['new', 'basic'] : [] },
    ...{ mass: rank === 9 ? 0.8 : 0.15 + rank / 100 },
  })),
  ...[0.3, 0.4, 0.5].map((mass, rank) => ({ reference: `J${rank}`, product: 'jean', mass, fabricProcess: 'weaving' })),
  { reference: 'TYPO', mass: 170 },
  { reference: 'PART', disabledSteps: ['use'] },
];

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await ensureIndexes(store);
  await insertImpacts(store, [
    ...['FR', 'CN', 'BD'].flatMap((country) =>
      [0.15, 0.2].flatMap((mass) => [
        scored({ ...all(country), mass }, 'regular'),
        scored({ ...all(country), mass, disabledSteps: ['use'] }, 'low-cost'),
      ]),
    ),
    scored({ product: 'jean', mass: 0.5, fabricProcess: 'weaving' }, 'regular'),
    scored({ mass: 0.33 }, null),
  ]);
  await fill(OWN, 'Printemps', OWN_PRODUCTS);
  await fill(OTHER, 'Autumn', [{ reference: 'A', mass: 0.2 }]);
  await fill(IN_BIN, 'Old', []);
  await deleteCatalogue(store, IN_BIN);
  cache = openResponseCache({
    ...{ redisUrl: redis.url, prefix: `{test-${randomUUID()}}:`, ttlSeconds: 60, budgetMs: 10_000 },
    onError: () => undefined,
  });
  await waitUntil('the cache is connected', () => cache.ping().then(() => true));
  const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });
  app = await createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    ...{ title: 'test', description: 'test', access, failures: FAILURES },
  });
  await app.register(analysisRoutes({ store, cache, access } as never));
});
afterAll(async () => {
  await app.close();
  await cache.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});

const SCHEMAS = {
  strata: strataSchema,
  effects: effectsSchema,
  segments: segmentsSchema,
  outliers: catalogueOutliersSchema,
  standing: standingSchema,
  sensitivity: sensitivitySchema,
};
async function get(url: string, headers: Record<string, string> = {}) {
  const {
    statusCode: status,
    headers: told,
    body,
  } = await app.inject({
    ...{ method: 'GET', url: `/analysis/${url}`, headers: { access_token: KEY, ...headers } },
  });
  return { status, headers: told, body: body === '' ? null : JSON.parse(body) };
}
/** An answer of a route, as its schema has it. */
async function answer<Name extends keyof typeof SCHEMAS>(name: Name, query = '') {
  const { status, body } = await get(`${name}?${query}`);
  expect(body).not.toHaveProperty('detail');
  expect(status).toBe(200);
  return SCHEMAS[name].strict().parse(body) as ReturnType<(typeof SCHEMAS)[Name]['parse']>;
}

describe('strata', () => {
  it('are those of the reference grid, of garments of which every stage counts', async () => {
    const { catalogues, scenario, per, by } = await answer('strata');
    expect([per, by, scenario, catalogues.length]).toEqual(['item', 'product', 'regular', 1]);
    expect(catalogues[0]).toMatchObject({
      ...{ id: 'reference-grid', name: { en: 'Reference grid', fr: 'Grille de référence' }, products: 7 },
      left_out: { to_check: 0, other_version: 0, other_scenario: 6, without_figures: 0 },
      groups: [
        { key: 'jean', count: 1 },
        { key: 'tshirt', count: 6 },
      ],
    });
  });

  it('are by one version of the method, and tell how many products are left out for another', async () => {
    const mixed = randomUUID();
    await fill(mixed, 'Mixed', [{ reference: 'old', mass: 0.2 }], '6.0.0');
    const { _id } = (await store.collection('catalogue_products').findOne({ catalogue: mixed })) as { _id: string };
    const known = await store.collection('catalogue_products').findOne({ catalogue: OTHER });
    await store
      .collection('catalogue_products')
      .insertOne({ ...(known as object), _id: `${_id}-2`, catalogue: mixed } as never);
    const { catalogues } = await answer('strata', `catalogue=${mixed}`);
    expect(catalogues[0]).toMatchObject({
      ...{ method_version: '7.0.0', products: 1 },
      left_out: { to_check: 0, other_version: 1 },
    });
  });

  it('put catalogues side by side, without what is doubtful', async () => {
    const { catalogues } = await answer('strata', `catalogue=${OWN},reference-grid&catalogue=api&product=tshirt`);
    expect(
      catalogues.map(({ id, products, left_out }) => [id, products, left_out.to_check, left_out.other_scenario]),
    ).toEqual([
      [OWN, 10, 1, 1],
      ['reference-grid', 6, 0, 6],
      ['api', 1, 0, 0],
    ]);
    expect(catalogues[0]?.name).toEqual({ en: 'Printemps', fr: 'Printemps' });
    expect(catalogues[2]?.all?.mean).toBeCloseTo(cost({ mass: 0.33 }), 9);
  });

  it.each([
    [
      'per=100g&product=jean',
      (mean: number) => expect(mean).toBeCloseTo(cost({ product: 'jean', mass: 0.5, fabricProcess: 'weaving' }) / 5, 9),
    ],
    [
      'country_making=CN',
      (mean: number) =>
        expect(mean).toBeCloseTo((cost({ ...all('CN'), mass: 0.15 }) + cost({ ...all('CN'), mass: 0.2 })) / 2, 9),
    ],
    [
      'scenario=low-cost&country=BD',
      (mean: number) =>
        expect(mean).toBeCloseTo(
          (cost({ ...all('BD'), mass: 0.15, disabledSteps: ['use'] }) +
            cost({ ...all('BD'), mass: 0.2, disabledSteps: ['use'] })) /
            2,
          9,
        ),
    ],
  ])('are of what is asked for: %s', async (query, check) => {
    const { catalogues } = await answer('strata', query);
    check(catalogues[0]?.all?.mean ?? Number.NaN);
  });

  it.each([
    ['brand=One', 4],
    ['tag=basic', 1],
    ['main_material=ei-coton', 13],
    ['main_material=ei-pet', 0],
    ['material=ei-coton', 13],
    ['process=weaving', 3],
    ['country_dyeing=FR', 13],
    ['country_dyeing=CN', 0],
    ['country_spinning=CN', 0],
    ['country_fabric=CN', 0],
    ['collection=none', 0],
    ['season=none', 0],
  ])('of an own catalogue with %s are of %d products', async (query, products) => {
    expect((await answer('strata', `catalogue=${OWN}&${query}`)).catalogues[0]?.products).toBe(products);
  });

  it('are grouped by what the owner knows products by', async () => {
    const { catalogues } = await answer('strata', `catalogue=${OWN}&by=brand&product=tshirt`);
    expect(catalogues[0]?.groups.map(({ key, count }) => [key, count]).sort()).toEqual([
      ['One', 4],
      ['Two', 6],
    ]);
  });
});

it('effects are paired on the grid, and computed for own products', async () => {
  const grid = await answer('effects');
  expect(grid).toMatchObject({ factor: 'country', reference: { level: 'FR', name: { en: 'France' } } });
  expect(grid.catalogues[0]).toMatchObject({ how: 'paired', garments: 7 });
  const level = grid.catalogues[0]?.types
    .find(({ product_id }) => product_id === 'tshirt')
    ?.levels.find((one) => one.level === 'CN');
  const change = (mass: number) => cost({ ...all('CN'), mass }) - cost({ ...all('FR'), mass });
  expect(level).toMatchObject({ count: 2, name: { en: 'China', fr: 'Chine' }, cheaper: 0 });
  expect(level?.points.mean).toBeCloseTo((change(0.15) + change(0.2)) / 2, 6);

  const own = await answer('effects', `catalogue=${OTHER}&factor=country_making&reference=CN&per=100g`);
  const [type] = own.catalogues[0]?.types ?? [];
  expect(own.catalogues[0]).toMatchObject({ how: 'computed', garments: 1 });
  const making = (countryMaking: string) => cost({ mass: 0.2, countryMaking }) / 2;
  expect(type?.levels.find((one) => one.level === 'FR')?.points.median).toBeCloseTo(making('FR') - making('CN'), 9);
});

it('outliers and segments are of the products that count', async () => {
  const { catalogues } = await answer('outliers', `catalogue=${OWN}&limit=1`);
  expect(catalogues[0]).toMatchObject({ judged: 10, total: 1, outliers: [{ reference: 'T9', field: 'mass' }] });
  expect(catalogues[0]?.outliers[0]?.reason.fr).toContain('T-shirt');
  const segments = await answer('segments', `catalogue=${OWN}&of=cost_per_100g&seed=3`);
  expect(segments.catalogues[0]).toMatchObject({ products: 13, segments: [], stability: null });
});

describe('standing', () => {
  it('is that beside the grid, each product by its type', async () => {
    const { catalogues, against, per } = await answer('standing', `catalogue=${OWN}&limit=2`);
    expect([per, against.id]).toEqual(['100g', 'reference-grid']);
    expect(catalogues[0]?.placed).toBe(13);
    expect(catalogues[0]?.best).toHaveLength(2);
    expect(catalogues[0]?.types.map(({ product_id, against_count }) => [product_id, against_count]).sort()).toEqual([
      ['jean', 1],
      ['tshirt', 6],
    ]);
  });
  it('is that beside another catalogue, also of named products', async () => {
    const id = catalogueProductId(OWN, 'T5');
    const { catalogues } = await answer('standing', `catalogue=${OWN}&against=${OTHER}&per=item&id=${id}`);
    expect(catalogues[0]).toMatchObject({ placed: 10, asked: [{ id, reference: 'T5', percentile: 50, ratio: 1 }] });
  });
  it('is that beside the published medians', async () => {
    const { against, per, catalogues } = await answer('standing', `catalogue=${OTHER}&against=portal&per=item`);
    expect([per, against.source]).toEqual(['100g', expect.stringContaining('ee52c43')]);
    expect(catalogues[0]?.ratio).toBeCloseTo(cost({ mass: 0.2 }) / 2 / 461.84, 9);
  });
});

it('the sensitivity is that of a type, or of all', async () => {
  const found = await answer('sensitivity', 'product=tshirt&n=64&seed=5&per=day');
  expect(found).toMatchObject({ product_id: 'tshirt', n: 64, seed: 5, per: 'day', distribution: { name: 'sector' } });
  expect((await answer('sensitivity', 'n=64')).product_id).toBeNull();
});

/** What other routes answer than those of `app`. */
async function askOther(
  distribution: GarmentDistribution | undefined,
  most: number | undefined,
  urls: readonly string[],
) {
  const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });
  const other = await createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    ...{ title: 'test', description: 'test', access, failures: FAILURES },
  });
  await other.register(analysisRoutes({ store, cache, access, distribution } as never, most));
  const ask = (url: string) => other.inject({ method: 'GET', url, headers: { access_token: KEY } });
  const answers = [];
  for (const url of urls) answers.push((await ask(`/analysis/${url}`)).json());
  await other.close();
  return answers;
}

it('another distribution counts when it is given, and is kept apart', async () => {
  const products = SECTOR_DISTRIBUTION.products.slice(0, 1);
  const distribution = readDistribution({ ...SECTOR_DISTRIBUTION, name: 'ours', products });
  const asked = ['sensitivity?n=64', 'sensitivity?n=64&product=jean'];
  expect(await askOther(distribution, undefined, asked)).toMatchObject([
    { distribution: { name: 'ours' } },
    { detail: [{ loc: ['query', 'product'], msg: 'expected one of tshirt' }] },
  ]);
});

it('catalogues of more products than are analysed are refused, whole', async () => {
  const url = `strata?catalogue=${OWN}`;
  // Those that count, and the one that leaves a stage out.
  expect(await askOther(undefined, 14, [url])).toMatchObject([{ catalogues: [{ products: 13 }] }]);
  expect(await askOther(undefined, 13, [url])).toMatchObject([
    {
      detail: [{ loc: ['query', 'catalogue'], type: 'too_many_products', msg: expect.stringContaining('at most 13') }],
    },
  ]);
});

it.each([
  ['strata?catalogue=nobody', 422, ['query', 'catalogue', 0]],
  [
    `strata?catalogue=${[OWN, OTHER, 'api', 'reference-grid', randomUUID(), randomUUID()].join()}`,
    422,
    ['query', 'catalogue'],
  ],
  ['strata?by=colour', 422, ['query', 'by']],
  ['strata?per=kg', 422, ['query', 'per']],
  ['strata?scenario=none', 422, ['query', 'scenario']],
  ['effects?factor=mass', 422, ['query', 'factor']],
  ['effects?reference=XX', 422, ['query', 'reference']],
  ['effects?factor=material&reference=FR', 422, ['query', 'reference']],
  ['sensitivity?product=hat', 422, ['query', 'product']],
  ['sensitivity?n=63', 422, ['query', 'n']],
  ['sensitivity?n=8193', 422, ['query', 'n']],
  ['outliers?limit=0', 422, ['query', 'limit']],
  ['outliers?limit=501', 422, ['query', 'limit']],
  ['standing?limit=51', 422, ['query', 'limit']],
  ['standing?against=nobody', 422, ['query', 'against']],
  [`standing?id=${Array.from({ length: 51 }, (_, rank) => rank).join()}`, 422, ['query', 'id']],
  ['segments?of=colour', 422, ['query', 'of']],
])('%s is refused, with the field', async (url, status, loc) => {
  const { status: told, body } = await get(url);
  expect([told, body.detail?.[0]?.loc]).toEqual([status, loc]);
});

it('a catalogue that is not there, or in the bin, is none', async () => {
  for (const id of [randomUUID(), IN_BIN]) {
    for (const url of [`strata?catalogue=${id}`, `standing?against=${id}`])
      expect(await get(url)).toMatchObject({ status: 404, body: { code: 'catalogue_unknown' } });
  }
  expect((await get('strata', { access_token: 'wrong' })).status).toBe(403);
});

describe('answers', () => {
  it('about the platform’s catalogues are kept until a document changes', async () => {
    const before = await get('strata?country_making=BD');
    const etag = String(before.headers.etag);
    expect((await get('strata?country_making=BD', { 'if-none-match': etag })).status).toBe(304);
    const more = scored({ ...all('BD'), mass: 0.25 }, 'regular');
    await insertImpacts(store, [more]);
    expect((await get('strata?country_making=BD')).body).toEqual(before.body);
    await cache.invalidate([CACHE_TAGS.impacts]);
    expect((await get('strata?country_making=BD')).body.catalogues[0].products).toBe(3);
    await store.collection('impacts').deleteOne({ md5_id: more.md5_id });
    await cache.invalidate([CACHE_TAGS.impacts]);
  });
  it('are by one version of the method', async () => {
    const former = scored({ ...all('FR'), mass: 0.4 }, 'regular');
    former._platform.methodVersion = '6.0.0';
    const before = await answer('strata', 'country_making=FR&per=day');
    await insertImpacts(store, [former]);
    await cache.invalidate([CACHE_TAGS.impacts]);
    const after = await answer('strata', 'country_making=FR&per=day');
    await store.collection('impacts').deleteOne({ md5_id: former.md5_id });
    await cache.invalidate([CACHE_TAGS.impacts]);
    // It is left out, and told.
    const [grid] = before.catalogues;
    const left_out = { ...grid?.left_out, other_version: 1 };
    expect(after).toEqual({ ...before, catalogues: [{ ...grid, left_out }] });
  });
  it('about own catalogues are made anew', async () => {
    const before = await answer('strata', `catalogue=${OTHER}`);
    await store.collection('catalogue_products').updateMany({ catalogue: OTHER }, { $set: { live: false } });
    const after = await answer('strata', `catalogue=${OTHER}`);
    await store.collection('catalogue_products').updateMany({ catalogue: OTHER }, { $set: { live: true } });
    expect([before.catalogues[0]?.products, after.catalogues[0]?.products, after.catalogues[0]?.all]).toEqual([
      1,
      0,
      null,
    ]);
  });
  it('move by nothing when somebody types grams for kilograms', async () => {
    const urls = ['strata', 'effects?factor=air', 'outliers', 'standing', 'segments'].map(
      (url) => `${url}${url.includes('?') ? '&' : '?'}catalogue=${OWN}`,
    );
    const told = async () =>
      (await Promise.all(urls.map((url) => get(url)))).map(({ body }) =>
        body.catalogues.map(({ left_out: _, ...catalogue }: { left_out: unknown }) => catalogue),
      );
    const query = { catalogue: OWN, reference: 'TYPO' };
    const before = await told();
    await store.collection('catalogue_products').updateOne(query, { $set: { live: false } });
    expect(await told()).toEqual(before);
    await store
      .collection('catalogue_products')
      .updateOne(query, { $set: { live: true, 'content.state': 'confirmed' } });
    expect(await told()).not.toEqual(before);
    await store.collection('catalogue_products').updateOne(query, { $set: { 'content.state': 'to-check' } });
  });
});
