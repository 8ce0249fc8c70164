import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient, type EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { toImpactDocument } from '@ecobalyse/product-documents';
import {
  CACHE_TAGS,
  type DetailedSimulation,
  IMPACT_CODES,
  type Json,
  type Scenario,
  STATISTIC_NAMES,
  STATISTICS,
  type StatisticsSummary,
  tagsOfReplaced,
} from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { ensureIndexes, openStatisticsPublication, openStore, type Store, withInvalidation } from '@ecobalyse/store';
import {
  databaseOf,
  type SharedSimulator,
  sharedTestSimulator,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import {
  impactDefinitions,
  listCountries,
  listFabrics,
  listMaterialDetails,
  listProductDetails,
  listTrims,
  methodVersion,
  simulateDetailed,
} from '@ecobalyse/textile-method';
import { openTracker } from '@ecobalyse/tracking';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApi } from './app.js';
import { sendFresh } from './cached-answer.js';
import { openModelHost } from './model-host.js';
import { COMMITTED } from './testing/openapi-document.js';

/**
 * Every answer that is kept, by one table: each parameter leaves something out, whatever is in the cache already; each write
 * drops the answers that it changes, and no other. And every route, by the role that it asks for.
 */

const ADMIN = 'an-admin-of-the-tests-0123456789';
const KEYS = { reader: 'a-reader-of-the-tests-0123456789', writer: 'a-writer-of-the-tests-0123456789' } as const;

let mongodb: TestMongodb;
let redis: TestRedis;
let simulator: SharedSimulator;
let store: Store;
let cache: ResponseCache;
let upstream: EcobalyseClient;
let productJobs: ProductJobQueue;
let app: HttpService;

const BASE: Record<string, Json> = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};
/** Each differs from the first in one thing that can be searched for. */
const GARMENTS: readonly [changed: Record<string, Json>, scenario?: Scenario | null][] = [
  [{}],
  [{ product: 'pull' }],
  [{ materials: [{ id: 'ei-pet', share: 1 }] }],
  [{ countrySpinning: 'CN' }],
  [{ countryFabric: 'BD' }],
  [{ countryDyeing: 'CN' }],
  [{ countryMaking: 'BD' }],
  [{ fabricProcess: 'weaving' }],
  [{ mass: 0.2 }, 'low-cost'],
  [{ mass: 0.3 }, null],
];
const CONFIRMED = {
  state: 'confirmed',
  warnings: [{ id: 'mass_out_of_range', severity: 'doubtful', field: 'mass', message: { en: 'mass', fr: 'masse' } }],
};
const garments = GARMENTS.map(([changed, scenario = 'regular'], day) => {
  const query = { ...BASE, ...changed };
  const answer = simulateDetailed(query) as unknown as DetailedSimulation;
  const addedAt = new Date(Date.UTC(2026, 0, 1 + day));
  const document = toImpactDocument(
    { query, answer, source: 'extraction', scenario, methodVersion, runId: null },
    addedAt,
  );
  if (query.product === 'pull') Object.assign(document._platform, CONFIRMED);
  const average = IMPACT_CODES.reduce((sum, code) => sum + (document.impacts[code] as number), 0) / IMPACT_CODES.length;
  const { ecs } = document.impacts;
  const pef = document.impacts.pef as number;
  return { id: document.md5_id, query, scenario, mass: query.mass as number, ecs, pef, average, document };
}).sort((a, b) => (a.id < b.id ? -1 : 1));
type Garment = (typeof garments)[number];

const materialOf = ({ query }: Garment) => (query.materials as { id: string }[])[0]?.id;
const ids = (some: readonly Garment[]) => some.map(({ id }) => id);
const costs = garments.map(({ ecs }) => ecs).sort((a, b) => a - b);
const tshirts = garments.filter(({ query }) => query.product === 'tshirt');

/** Filters of searches and exports, and whom they let through; the values stand at their edges. */
const FILTERS: readonly [filter: string, lets: (garment: Garment) => boolean][] = [
  ['product=pull', ({ query }) => query.product === 'pull'],
  ['material=ei-pet', (one) => materialOf(one) === 'ei-pet'],
  ['country_spinning=CN', ({ query }) => query.countrySpinning === 'CN'],
  ['country_fabric=BD', ({ query }) => query.countryFabric === 'BD'],
  ['country_dyeing=CN', ({ query }) => query.countryDyeing === 'CN'],
  ['country_making=BD', ({ query }) => query.countryMaking === 'BD'],
  ['country=CN', ({ query }) => query.countrySpinning === 'CN' || query.countryDyeing === 'CN'],
  ['country=BD', ({ query }) => query.countryFabric === 'BD' || query.countryMaking === 'BD'],
  ['process=weaving', ({ query }) => query.fabricProcess === 'weaving'],
  ['scenario=low-cost', ({ scenario }) => scenario === 'low-cost'],
  ['scenario=none', ({ scenario }) => scenario === null],
  ['catalogue=reference-grid', ({ scenario }) => scenario !== null],
  ['catalogue=api', ({ scenario }) => scenario === null],
  [`min_ecs=${costs[6]}`, ({ ecs }) => ecs >= (costs[6] as number)],
  [`max_ecs=${costs[6]}`, ({ ecs }) => ecs <= (costs[6] as number)],
  ['min_mass=0.2', ({ mass }) => mass >= 0.2],
  ['max_mass=0.2', ({ mass }) => mass <= 0.2],
  ['state=confirmed', ({ query }) => query.product === 'pull'],
  ['state=counted', () => true],
  ['warning=mass_out_of_range', ({ query }) => query.product === 'pull'],
  ['q=polyester', (one) => materialOf(one) === 'ei-pet'],
  [`method_version=${methodVersion}`, () => true],
];
/** The same of the routes of a product type. */
const PRODUCT_FILTERS: readonly [filter: string, lets: (garment: Garment) => boolean][] = [
  ['', () => true],
  ['material=ei-pet', (one) => materialOf(one) === 'ei-pet'],
  ['country=BD', ({ query }) => query.countryFabric === 'BD' || query.countryMaking === 'BD'],
  ['process=weaving', ({ query }) => query.fabricProcess === 'weaving'],
];

// biome-ignore lint/suspicious/noExplicitAny: whatever the routes answer
type Body = any;
/** A request, what is looked at of its answer, and what that has to be. */
type Row = readonly [url: string, look: (body: Body) => unknown, expected: unknown];

const idsOf = (body: Body) => body.map(({ md5_id }: { md5_id: string }) => md5_id);
const itemsOf = ({ items }: Body) => idsOf(items);
const fieldsOf = (body: Body) => Object.keys(body[0]).sort();
const sumOf = (groups: Body) => groups.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
const keysOf = (groups: Body) => groups.map(({ key }: { key: string }) => key).sort();
const namesOf = (groups: Body) => groups.map(({ key, name }: Record<string, string>) => [key, name]).sort();
const namesIn = (list: readonly object[], by: string, keys: readonly string[]) =>
  keys.map((key) => [key, (list as Record<string, string>[]).find((item) => item[by] === key)?.name]);
const whole = (body: Body) => body;
const numbersOf = (body: Body) => body.map(({ statistic, n }: Body) => ({ name: statistic, n }));
const linesOf = (body: string) =>
  idsOf(
    body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).sort();

const byAverage = (some: readonly Garment[]) => [...some].sort((a, b) => a.average - b.average);
const byCost = [...garments].sort((a, b) => a.ecs - b.ecs);
const group = (key: string, some: readonly number[]) => [
  key,
  some.reduce((sum, value) => sum + value) / some.length,
  Math.min(...some),
  Math.max(...some),
];

/** The routes of a product type: who is of it, in the order in which they come. */
const LISTS: readonly [path: string, among: readonly Garment[]][] = [
  ['/product/tshirt', tshirts],
  ['/product/tshirt/FR', tshirts.filter(({ query }) => query.countryFabric === 'FR')],
  ['/product/tshirt/BD', tshirts.filter(({ query }) => query.countryFabric === 'BD')],
  ['/product/tshirt/good_product', byAverage(tshirts)],
  ['/product/tshirt/bad_product', byAverage(tshirts).reverse()],
  ['/product/pull', garments.filter(({ query }) => query.product === 'pull')],
];
const isRanked = (path: string) => path.endsWith('_product');
const WHOLE_FIELDS = Object.keys(garments[0]?.document ?? {}).filter((name) => name !== '_platform');

const PRODUCT_ROWS: readonly Row[] = LISTS.flatMap(([path, among]): Row[] => [
  ...PRODUCT_FILTERS.filter(([, lets]) => among.some(lets)).map(([filter, lets]): Row => {
    return [`${path}?fields=md5_id&nb_doc=1000&${filter}`, idsOf, ids(among.filter(lets))];
  }),
  [`${path}?fields=md5_id`, idsOf, ids(among.slice(0, 5))],
  ...(among.length > 3
    ? ([
        [`${path}?fields=md5_id&nb_doc=2`, idsOf, ids(among.slice(0, 2))],
        [`${path}?fields=md5_id&nb_doc=2&offset=2`, idsOf, ids(among.slice(2, 4))],
        [`${path}?fields=md5_id&nb_doc=5&offset=${among.length - 1}`, idsOf, ids(among.slice(-1))],
        [
          `${path}?nb_doc=2`,
          fieldsOf,
          isRanked(path) ? ['average_impacts', 'covered_impacts', 'inputs'] : [...WHOLE_FIELDS].sort(),
        ],
        ...(isRanked(path)
          ? []
          : [
              [
                `${path}?fields=md5_id&nb_doc=2&sort=-ecs`,
                idsOf,
                ids([...among].sort((a, b) => b.ecs - a.ecs).slice(0, 2)),
              ] as const,
            ]),
      ] as Row[])
    : []),
]);

const NO_CHANGES = { products: [], total: 0, items: [] };
const IMPACT_ROWS: readonly Row[] = [
  ['/impacts?', itemsOf, ids(garments)],
  ['/impacts?sort=ecs', itemsOf, ids(byCost)],
  ['/impacts?sort=-ecs', itemsOf, ids([...byCost].reverse())],
  ['/impacts?limit=3', itemsOf, ids(garments.slice(0, 3))],
  ['/impacts?limit=3&offset=3', itemsOf, ids(garments.slice(3, 6))],
  ['/impacts?limit=3&offset=9', itemsOf, ids(garments.slice(9))],
  ['/impacts?limit=3&offset=10', whole, { total: 10, offset: 10, limit: 3, items: [] }],
  ['/impacts/distribution', ({ count, min, bins }) => [count, min, bins.length], [10, costs[0], 40]],
  ['/impacts/distribution?bins=3', ({ bins }) => bins.length, 3],
  [
    '/impacts/distribution?impact=pef',
    ({ impact, min }) => [impact, min],
    ['pef', Math.min(...garments.map(({ pef }) => pef))],
  ],
  ...['ecs', 'pef'].map((impact): Row => {
    const valuesOf = (product: string) =>
      garments.filter(({ query }) => query.product === product).map((one) => one[impact as 'ecs' | 'pef']);
    return [
      `/impacts/groups?by=product&impact=${impact}`,
      (groups) => groups.map((one: Body) => [one.key, one.mean, one.min, one.max]).sort(),
      [group('pull', valuesOf('pull')), group('tshirt', valuesOf('tshirt'))].map(([key, mean, ...rest]) => [
        key,
        expect.closeTo(mean as number, 6),
        ...rest,
      ]),
    ];
  }),
  ['/impacts/groups?by=material', keysOf, ['ei-coton', 'ei-pet']],
  ['/impacts/groups?by=country_spinning', namesOf, namesIn(listCountries(), 'code', ['CN', 'FR'])],
  ['/impacts/groups?by=country_fabric', keysOf, ['BD', 'FR']],
  ['/impacts/groups?by=country_dyeing', keysOf, ['CN', 'FR']],
  ['/impacts/groups?by=country_making', keysOf, ['BD', 'FR']],
  ['/impacts/groups?by=process', namesOf, namesIn(listFabrics(), 'id', ['knitting-mix', 'weaving'])],
  ['/impacts/groups?by=scenario', keysOf, ['low-cost', 'none', 'regular']],
  ...FILTERS.flatMap(([filter, lets]): Row[] => {
    const found = garments.filter(lets);
    return [
      [`/impacts?${filter}`, itemsOf, ids(found)],
      [`/impacts/distribution?${filter}`, ({ count }) => count, found.length],
      [`/impacts/groups?by=product&${filter}`, sumOf, found.length],
      [`/export/impacts.ndjson?${filter}`, linesOf, ids(found)],
    ];
  }),
  ['/export/impacts.ndjson', linesOf, ids(garments)],
  ['/export/impacts.ndjson?product_id=pull', linesOf, ids(garments.filter(({ query }) => query.product === 'pull'))],
  ['/impacts/summary', ({ documents, products }) => [documents, products], [10, 2]],
  ['/versions', ({ reference, versions }) => [reference, versions[0].documents], [methodVersion, 10]],
  // What they let through is in versions.test.ts: nothing has changed here.
  [
    '/versions/changes?from=7.0.0&to=8.5.0&product=tshirt&limit=3&offset=1',
    whole,
    { ...NO_CHANGES, limit: 3, offset: 1 },
  ],
  ...garments.slice(0, 2).map(({ id, ecs }): Row => {
    return [`/product/by-id/${id}/versions`, (versions) => versions.map((one: Body) => one.costs.ecs), [ecs]];
  }),
  ['/product', whole, ['pull', 'tshirt']],
  ...garments.slice(0, 2).map(({ id }): Row => [`/product/by-id/${id}`, ({ md5_id }) => md5_id, id]),
];

/** Documents of every statistic: of two product types and two impacts, numbered. */
const STATISTIC_DOCUMENTS = ['jean', 'pull'].flatMap((product, at) =>
  ['ecs', 'pef'].map((impact_type, index) => ({ product, impact_type, n: 1 + 2 * at + index })),
);
const STATISTIC_ROWS: readonly Row[] = [
  ['/stats/summary', ({ read }) => read, 3],
  ...STATISTIC_NAMES.flatMap((name): Row[] => {
    const { productField, hasImpactType } = STATISTICS[name];
    const asked: [parameters: string, numbers: number[]][] = [
      ['', [1, 2, 3, 4]],
      ['?limit=3', [1, 2, 3]],
      ...(productField === null ? [] : [['?product_id=pull', [3, 4]] as [string, number[]]]),
      ...(hasImpactType ? [['?impact_type=pef', [2, 4]] as [string, number[]]] : []),
      ...(hasImpactType ? [['?impact_type=pef&product_id=pull', [4]] as [string, number[]]] : []),
    ];
    return asked.map(([parameters, numbers]) => {
      return [`/stats/${name}${parameters}`, numbersOf, numbers.map((n) => ({ name, n }))];
    });
  }),
  ...['', '?product_id=pull', '?impact_type=pef'].map((asked, at): Row => {
    const lines = [
      [1, 2, 3, 4],
      [3, 4],
      [2, 4],
    ][at];
    return [
      `/stats/impacts.csv${asked}`,
      (csv: string) =>
        csv
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => Number(line.split(',').at(-1))),
      lines,
    ];
  }),
];

/** The lists of upstream: one item of each, which the method knows too. */
const REFERENCE = [
  [
    '/impacts/documentation',
    'impacts_documentation',
    'code',
    impactDefinitions.map(({ code, unit, labelFr }) => ({ code, description: labelFr, unit })),
  ],
  ['/countries', 'countries', 'code', listCountries()],
  ['/materials', 'materials', 'id', listMaterialDetails()],
  ['/products', 'products', 'id', listProductDetails()],
  ['/processes', 'fabricProcess', 'id', listFabrics()],
] as const;
const storedItem = (key: string, known: readonly object[]) => ({
  [key]: (known[1] as Record<string, string>)[key],
  name: `upstream's name`,
});
const REFERENCE_ROWS: readonly Row[] = [
  ...REFERENCE.map(([path, , key, known]): Row => [path, whole, [{ ...known[1], ...storedItem(key, known) }]]),
  ['/trims', whole, listTrims()],
];

const productsOf = ({ catalogues }: Body) => catalogues.map(({ products }: { products: number }) => products);
/** Filters of the analyses of catalogues, and how many products of the grid they let through. */
const ANALYSIS_FILTERS: readonly [filter: string, products: number][] = [
  ['catalogue=reference-grid', 8],
  ['catalogue=api', 1],
  ['scenario=low-cost', 1],
  ['product=pull', 1],
  ['material=ei-pet', 1],
  ['main_material=ei-coton', 7],
  ['country_spinning=CN', 1],
  ['country_fabric=BD', 1],
  ['country_dyeing=CN', 1],
  ['country_making=BD', 1],
  ['country=BD', 2],
  ['process=weaving', 1],
  ...['brand', 'tag', 'collection', 'season'].map((name): [string, number] => [`${name}=ours`, 0]),
];
const everyFilter = ANALYSIS_FILTERS.map(([filter]) => filter).join('&');
const ANALYSIS_ROWS: readonly Row[] = [
  ...ANALYSIS_FILTERS.map(([filter, products]): Row => [`/analysis/strata?${filter}`, productsOf, [products]]),
  ['/analysis/strata?per=day&by=process', ({ per, by }) => [per, by], ['day', 'process']],
  ...['effects', 'segments', 'outliers', 'standing'].flatMap((name): Row[] => [
    [`/analysis/${name}`, productsOf, [8]],
    [`/analysis/${name}?${everyFilter}`, productsOf, [0, 0]],
  ]),
  [
    '/analysis/effects?factor=air&reference=0.5&per=100g',
    ({ factor, reference, per }) => [factor, reference.level, per],
    ['air', '0.5', '100g'],
  ],
  ['/analysis/segments?of=cost_per_100g&seed=2', ({ of }) => of, 'cost_per_100g'],
  ['/analysis/outliers?limit=1&per=day', ({ per }) => per, 'day'],
  [
    `/analysis/standing?against=api&limit=2&per=item&id=${tshirts[0]?.id}`,
    ({ per, against, catalogues: [{ best, asked }] }) => [per, against.id, best.length, asked[0].id],
    ['item', 'api', 2, tshirts[0]?.id],
  ],
  ...(['', 'product=tshirt', 'per=day', 'n=65', 'seed=2'] as const).map((asked): Row => {
    const known = { product_id: null, per: 'item', n: 64, seed: 1 };
    const [name = '', value = ''] = asked.split('=');
    const told = { product: 'product_id' }[name] ?? name;
    return [
      `/analysis/sensitivity?${[...(name === 'n' ? [] : ['n=64']), asked].join('&')}`,
      (body) => Object.fromEntries(Object.keys(known).map((field) => [field, body[field]])),
      { ...known, ...(name !== '' && { [told]: Number(value) || value }) },
    ];
  }),
];

const ROWS: readonly Row[] = [...PRODUCT_ROWS, ...IMPACT_ROWS, ...STATISTIC_ROWS, ...ANALYSIS_ROWS, ...REFERENCE_ROWS];

async function publishStatistics(): Promise<void> {
  const publication = await openStatisticsPublication(store);
  for (const name of STATISTIC_NAMES) {
    const { productField } = STATISTICS[name];
    const [field, inner] = (productField ?? 'of').split('.') as [string, string?];
    await publication.write(
      name,
      STATISTIC_DOCUMENTS.map(({ product, impact_type, n }) => ({
        [field]: inner === undefined ? product : { [inner]: product },
        impact_type,
        statistic: name,
        n,
      })),
    );
  }
  const columns = {
    [STATISTICS.impacts.collection]: ['product_id', 'impact_type', 'n'].map((name) => ({ name, kind: 'text' })),
  };
  await publication.publish({ read: 3, columns } as unknown as StatisticsSummary);
}

beforeAll(async () => {
  [mongodb, redis, simulator] = await Promise.all([startTestMongodb(), startTestRedis(), sharedTestSimulator()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await ensureIndexes(store);
  await store.collection('impacts').insertMany(garments.map(({ document }) => ({ ...document })));
  await publishStatistics();
  for (const [, collection, key, known] of REFERENCE)
    await databaseOf(store).collection(collection).insertOne(storedItem(key, known));
  // Whatever is computed anew was not in the cache: Redis is waited for, however busy the machine is.
  cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 600, budgetMs: 30_000, onError: () => undefined });
  await waitUntil('the cache is connected', () => cache.ping().then(() => true));
  upstream = createEcobalyseClient({ baseUrl: simulator.apiUrl, concurrency: 1, timeoutMs: 60_000, retries: 0 });
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{test}' }, () => undefined);
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  app = await buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 1_000_000 },
    access: openAccess({
      apiKey: ADMIN,
      apiKeyName: 'access_token',
      apiKeys: Object.entries(KEYS).map(([role, key]) => ({ name: role, role: role as keyof typeof KEYS, key })),
    }),
    orchestratorUrl: 'http://127.0.0.1:9',
    cacheClearRequiresKey: false,
  });
});
afterAll(async () => {
  await app.close();
  await cache.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  upstream.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});

type Method = 'GET' | 'POST' | 'DELETE';
const ask = (url: string, method: Method = 'GET', payload?: object, key = ADMIN) =>
  app.inject({ method, url, headers: { access_token: key }, ...(payload && { payload }) });

/** Asks for every row; what is looked at in each answer. */
async function seenIn(rows: readonly Row[]): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  for (const [url, look] of rows) {
    const { statusCode, body, headers } = await ask(url);
    const isJson = String(headers['content-type']).startsWith('application/json');
    seen[url] = statusCode === 200 ? look(isJson ? JSON.parse(body) : body) : statusCode;
  }
  return seen;
}

interface Operation {
  path: string;
  method: Method;
  isKept: boolean;
  parameters: string[];
}
function operations(): Operation[] {
  const { paths } = COMMITTED as unknown as { paths: Record<string, Record<string, Body>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], responses }]) => ({
      path,
      method: method.toUpperCase() as Method,
      isKept: '304' in responses,
      parameters: parameters.filter((one: Body) => one.in === 'query').map(({ name }: { name: string }) => name),
    })),
  );
}

describe('a kept answer', () => {
  it.each([
    ['product types', PRODUCT_ROWS],
    ['searches', IMPACT_ROWS],
    ['statistics', STATISTIC_ROWS],
    ['analyses', ANALYSIS_ROWS],
    ['reference lists', REFERENCE_ROWS],
  ])(
    'is that of its own parameters, whatever was asked before, and then comes from the cache: %s',
    async (_of, rows) => {
      const expected = Object.fromEntries(rows.map(([url, , answer]) => [url, answer]));
      expect(await seenIn(rows)).toEqual(expected);
      const { misses } = cache.counts();
      expect(await seenIn(rows.toReversed())).toEqual(expected);
      expect(cache.counts()).toMatchObject({ misses, errors: 0 });
    },
  );

  it('is in the table with each of its parameters', async () => {
    const kept = operations().filter(({ isKept, method }) => isKept && method === 'GET');
    // The template with the fewest parameters is the one that the path is of.
    const templates = kept.map(({ path }) => path).sort((a, b) => a.split('{').length - b.split('{').length);
    const asked = new Map<string, Set<string>>();
    for (const [url] of ROWS) {
      const { pathname, searchParams } = new URL(url, 'http://test');
      const is = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
      const template = templates.find(is) ?? pathname;
      asked.set(template, new Set([...(asked.get(template) ?? []), ...searchParams.keys()]));
    }
    const isFile = (path: string) => path.startsWith('/export/') || path.endsWith('.csv');
    expect([...asked.keys()].filter((path) => !isFile(path)).sort()).toEqual(kept.map(({ path }) => path).sort());
    const forgotten = kept.flatMap(({ path, parameters }) =>
      parameters.filter((name) => !asked.get(path)?.has(name)).map((name) => `${path} ${name}`),
    );
    // What is told of somebody's catalogue is made anew.
    expect(forgotten).toEqual(['/versions/changes catalogue']);
  });
});

// What one write adds, the next replaces and deletes.
describe('a write drops the answers that it changes, and no other', { shuffle: false }, () => {
  const ADDED = { ...BASE, mass: 0.5 };
  const [other] = tshirts as [Garment];
  let added = '';
  /** Answers about T-shirts, and about all products. */
  const changed = [
    '/product',
    '/product/tshirt',
    '/product/tshirt/FR',
    '/product/tshirt/good_product',
    '/product/tshirt/bad_product',
    '/impacts',
    '/impacts?product=tshirt',
    '/impacts?product=pull,tshirt',
    '/impacts/distribution',
    '/impacts/distribution?product=tshirt',
    '/impacts/groups?by=product',
    '/impacts/groups?by=product&product=tshirt',
    '/analysis/strata',
    '/impacts/summary',
  ];
  const kept = [
    '/product/pull',
    '/product/pull/good_product',
    '/impacts?product=pull',
    '/impacts/distribution?product=pull',
    '/impacts/groups?by=product&product=pull',
  ];
  const statistics = ['/stats/summary', ...STATISTIC_NAMES.map((name) => `/stats/${name}`)];
  const reference = [...REFERENCE.map(([path]) => path), '/trims'];
  const one = `/product/by-id/${other.id}`;
  const theAdded = () => `/product/by-id/${added}`;

  const invalidate = (tags: readonly string[]) =>
    withInvalidation(store, cache, { tags, write: async () => undefined });
  const writes: [what: string, write: () => Promise<unknown>, drops: () => string[]][] = [
    [
      'POST /product',
      async () => {
        const { message } = (await ask('/product', 'POST', ADDED)).json() as { message: string };
        added = message.replace('Product added ', '');
      },
      () => changed,
    ],
    [
      'POST /product of one that is there',
      async () => expect((await ask('/product', 'POST', ADDED)).json()).toEqual({ message: 'Product already exist' }),
      () => [],
    ],
    ['products replaced', () => invalidate(tagsOfReplaced(['tshirt'])), () => [...changed, one, theAdded()]],
    [
      'DELETE /product',
      async () => expect((await ask(`/product?md5_id=${added}`, 'DELETE')).statusCode).toBe(200),
      () => [...changed, theAdded()],
    ],
    [
      'DELETE /product of one that is not there',
      async () => expect((await ask(`/product?md5_id=${added}`, 'DELETE')).statusCode).toBe(404),
      // That nothing is found is not kept.
      () => [theAdded()],
    ],
    ['statistics', () => invalidate([CACHE_TAGS.statistics]), () => [...statistics, theAdded()]],
    ['reference data', () => invalidate([CACHE_TAGS.reference]), () => [...reference, theAdded()]],
    [
      'GET /cache/clear',
      () => ask('/cache/clear'),
      () => [...changed, ...kept, ...statistics, ...reference, one, theAdded()],
    ],
  ];
  it.each(writes)('%s', async (_what, write, drops) => {
    const urls = () => [...changed, ...kept, ...statistics, ...reference, one, ...(added ? [theAdded()] : [])];
    for (const url of urls()) await ask(url);
    const asked = urls();
    await write();
    const dropped: string[] = [];
    for (const url of asked) {
      const { misses } = cache.counts();
      await ask(url);
      if (cache.counts().misses > misses) dropped.push(url);
    }
    expect(dropped.sort()).toEqual(drops().sort());
    expect(cache.counts().errors).toBe(0);
  });
});

/** By the functions that search: what streams goes at the pace of its reader, the others read little, or what is kept then. */
const UNBOUNDED = ['completeDocuments', 'countCatalogues', 'findStatisticsSummary', 'listCatalogues'];
const STREAMS = ['referenceCosts', 'statisticCursor', 'streamFlatSources', 'streamImpacts'];

it('a search ends after half a minute, and when its client has gone', async () => {
  type Search = (this: { dbName: string }, ...asked: { maxTimeMS?: number; signal?: AbortSignal }[]) => unknown;
  const { dbName } = store.collection('impacts');
  const collection = Object.getPrototypeOf(store.collection('impacts')) as Record<string, Search>;
  const unbounded = new Set<string>();
  const spies = ['find', 'aggregate', 'countDocuments', 'findOne'].map((name) => {
    const search = collection[name] as Search;
    return vi.spyOn(collection, name).mockImplementation(function (this: { dbName: string }, ...asked) {
      // What other files of this worker left going looks into other databases.
      if (this.dbName !== dbName) return search.apply(this, asked);
      const { maxTimeMS, signal } = asked.at(-1) ?? {};
      const { stack = '' } = new Error();
      const [, caller = stack] = /at (?:async )?(\w+) \(.*\/store\/src\//.exec(stack) ?? [];
      if (maxTimeMS !== 30_000 || !signal) unbounded.add(caller);
      return search.apply(this, asked);
    });
  });
  await cache.clear();
  const one = new Map(ROWS.map(([url]) => [url.split('?')[0], url]));
  const ofCatalogues = ['', '/api', '/reference-grid/products?product=tshirt', '/api/products'];
  for (const url of [...one.values(), ...ofCatalogues.map((path) => `/catalogues${path}`)]) await ask(url);
  for (const spy of spies) spy.mockRestore();
  expect([...unbounded].sort()).toEqual([...UNBOUNDED, ...STREAMS]);
});

describe('every route that reads', () => {
  /** One address of each, all of which are answered; by what it is of. */
  async function addresses(): Promise<string[]> {
    const { id } = (await ask('/catalogues', 'POST', { name: randomUUID() })).json() as { id: string };
    const body = { ...BASE, reference: 'A' };
    const { id: product } = (await ask(`/catalogues/${id}/products`, 'POST', body)).json() as { id: string };
    const { md5_id } = (await ask(`/catalogues/${id}/products/${product}`)).json() as { md5_id: string };
    const values: Record<string, string> = { id, product, md5_id: garments[0]?.id ?? md5_id };
    const known = new Map(ROWS.map(([url]) => [url.split('?')[0], url]));
    const gets = operations()
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path);
    return gets
      .filter((path) => !/^\/(orchestrator|health|models|jobs|cache|files|dashboard)/.test(path) && path !== '/')
      .filter((path) => !path.startsWith('/product/{id}') && !path.startsWith('/stats/{name}'))
      .map((path) => known.get(path) ?? path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x'))
      .map((path) => (path.startsWith('/compare') ? `${path}?item=${values.md5_id}&item=${values.md5_id}` : path));
  }
  const nameless = (path: string) => path.split('?')[0]?.replace(/[0-9a-f]{8}-?[-0-9a-f]{24,27}/g, '…');

  it('says to whom its answer is, whether that may be kept, and in which language it is', async () => {
    const told: string[] = [];
    for (const url of await addresses()) {
      const { statusCode, headers } = await app.inject({
        url,
        headers: { access_token: ADMIN, 'accept-language': 'fr' },
      });
      told.push(
        [
          statusCode,
          nameless(url),
          headers['cache-control'],
          headers['content-language'] ?? '-',
          headers.vary ?? '-',
        ].join(' '),
      );
    }
    expect(told).toMatchInlineSnapshot(`
      [
        "200 /me private, no-store - -",
        "200 /me/usage private, no-store - -",
        "200 /keys private, no-store - -",
        "200 /audit private, no-store - -",
        "200 /audit/export private, no-store fr accept-language",
        "200 /retention/preview private, no-store - -",
        "200 /product private, no-cache - -",
        "200 /product/by-id/… private, no-cache - -",
        "200 /catalogues private, no-store fr accept-language",
        "200 /catalogues/… private, no-store - -",
        "200 /catalogues/…/products private, no-store fr accept-language",
        "200 /catalogues/…/products/… private, no-store fr accept-language",
        "200 /catalogues/…/products/…/history private, no-store fr accept-language",
        "200 /catalogues/…/changes private, no-store - -",
        "200 /catalogues/…/export private, no-store fr accept-language",
        "200 /catalogues/…/declaration private, no-store fr accept-language",
        "200 /compare private, no-store fr accept-language",
        "200 /product/by-id/…/explanation private, no-store fr accept-language",
        "200 /catalogues/…/products/…/explanation private, no-store fr accept-language",
        "200 /impacts private, no-cache fr accept-language",
        "200 /impacts/distribution private, no-cache - -",
        "200 /impacts/groups private, no-cache - -",
        "200 /impacts/summary private, no-cache - -",
        "200 /versions private, no-cache - -",
        "200 /versions/changes private, no-cache - -",
        "200 /product/by-id/…/versions private, no-cache - -",
        "200 /impacts/documentation private, no-cache - -",
        "200 /countries private, no-cache - -",
        "200 /materials private, no-cache - -",
        "200 /products private, no-cache - -",
        "200 /processes private, no-cache - -",
        "200 /trims private, no-cache - -",
        "200 /stats/summary private, no-cache - -",
        "200 /stats/countries private, no-cache - -",
        "200 /stats/days_of_wear private, no-cache - -",
        "200 /stats/impacts private, no-cache - -",
        "200 /stats/outliers private, no-cache - -",
        "200 /stats/ranking private, no-cache - -",
        "200 /stats/stages private, no-cache - -",
        "200 /stats/drivers private, no-cache - -",
        "200 /stats/correlations private, no-cache - -",
        "200 /stats/components private, no-cache - -",
        "200 /stats/segments private, no-cache - -",
        "200 /analysis/strata private, no-cache - -",
        "200 /analysis/effects private, no-cache - -",
        "200 /analysis/segments private, no-cache - -",
        "200 /analysis/outliers private, no-cache - -",
        "200 /analysis/standing private, no-cache - -",
        "200 /analysis/sensitivity private, no-cache - -",
        "200 /export/impacts.parquet private, no-store - -",
        "200 /export/impacts.csv private, no-store - -",
        "200 /export/impacts.ndjson private, no-store - -",
      ]
    `);
  });

  it('waits its turn where it reads all products, and only there', async () => {
    const urls = await addresses();
    await cache.clear();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reply = { raw: { once: () => undefined }, type: () => reply, header: () => reply, send: () => undefined };
    const waiting = Array.from({ length: 53 }, () =>
      sendFresh({ method: 'GET' } as never, reply as never, { scans: true, compute: () => held }),
    );
    const turnedAway: unknown[] = [];
    for (const url of urls) {
      const { headers } = await ask(url);
      if (headers['x-error-code'] === 'searches_waiting') turnedAway.push(nameless(url));
    }
    release();
    await Promise.all(waiting);
    expect(turnedAway).toMatchInlineSnapshot(`
      [
        "/catalogues",
        "/catalogues/…",
        "/product/by-id/…/explanation",
        "/catalogues/…/products/…/explanation",
        "/impacts",
        "/impacts/distribution",
        "/impacts/groups",
        "/impacts/summary",
        "/versions",
        "/versions/changes",
        "/analysis/strata",
        "/analysis/effects",
        "/analysis/segments",
        "/analysis/outliers",
        "/analysis/standing",
      ]
    `);
  });
});

describe('every route asks for its role', () => {
  const ROLES = ['nobody', 'reader', 'writer', 'admin'] as const;
  /** The routes that ask for another role than a reader's. */
  const NEEDS: Readonly<Record<string, (typeof ROLES)[number]>> = {
    'GET /': 'nobody',
    'GET /health/live': 'nobody',
    'GET /health/ready': 'nobody',
    'GET /cache/clear': 'nobody',
    'POST /product': 'writer',
    'DELETE /product': 'writer',
    'POST /product/batch': 'writer',
    'DELETE /jobs/{id}': 'writer',
    'POST /catalogues': 'writer',
    'PATCH /catalogues/{id}': 'writer',
    'DELETE /catalogues/{id}': 'writer',
    'POST /catalogues/{id}/restore': 'writer',
    'POST /catalogues/{id}/confirm': 'writer',
    'POST /catalogues/{id}/products': 'writer',
    'DELETE /catalogues/{id}/products': 'writer',
    'PATCH /catalogues/{id}/products/{product}': 'writer',
    'DELETE /catalogues/{id}/products/{product}': 'writer',
    'POST /catalogues/{id}/changes/{change}/undo': 'writer',
    'PUT /files/mappings/{name}': 'writer',
    'DELETE /files/mappings/{name}': 'writer',
    'GET /keys': 'admin',
    'POST /keys': 'admin',
    'PATCH /keys/{name}': 'admin',
    'POST /keys/{name}/rotate': 'admin',
    'DELETE /keys/{name}': 'admin',
    'GET /audit': 'admin',
    'GET /audit/export': 'admin',
    'GET /retention/preview': 'admin',
    'POST /retention/apply': 'admin',
    'POST /models/{version}/promote': 'admin',
    'POST /orchestrator/alerts/test': 'admin',
    'POST /orchestrator/pipelines/{name}/runs': 'admin',
    'POST /orchestrator/pipelines/{name}/pause': 'admin',
    'POST /orchestrator/pipelines/{name}/resume': 'admin',
    'POST /orchestrator/runs/{id}/retry': 'admin',
    'POST /orchestrator/runs/{id}/cancel': 'admin',
  };
  const VALUES: Readonly<Record<string, string>> = { id: randomUUID(), version: '1', name: 'ecobalyse' };
  const KEY_OF = { nobody: 'nobody-of-the-tests-0123456789', ...KEYS, admin: ADMIN };

  it('refuses every lower one, and no other', async () => {
    const all = operations();
    expect(
      Object.keys(NEEDS).filter((known) => !all.some(({ method, path }) => known === `${method} ${path}`)),
    ).toEqual([]);
    const refused: Record<string, unknown> = {};
    const expected: typeof refused = {};
    for (const { method, path } of all) {
      const route = `${method} ${path}`;
      // Refused for that by whoever asks next: what the answers would be is asked above.
      const url = `${path.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'x')}?unheard=of`;
      // Roles hold what lower ones may (access.test.ts): the needed one and the one below it tell all.
      const needed = ROLES.indexOf(NEEDS[route] ?? 'reader');
      const asked = ROLES.slice(Math.max(needed - 1, 0), needed + 1);
      const answers = await Promise.all(asked.map((role) => ask(url, method, undefined, KEY_OF[role])));
      refused[route] = answers.map(({ statusCode, headers }) => statusCode === 403 && headers['x-error-code']);
      expected[route] = asked.map((role) =>
        role === ROLES[needed] ? false : role === 'nobody' ? 'key_unknown' : 'role_needed',
      );
    }
    expect(refused).toEqual(expected);
  });
});
