import { createHash } from 'node:crypto';
import { flattenImpact } from '@ecobalyse/product-documents';
import { COST_PARTS, IMPACT_CODES, type ImpactDocument, type PublicImpactDocument } from '@ecobalyse/schema';
import {
  listCountries,
  listMaterialDetails,
  listProductDetails,
  listTrims,
  methodVersion,
  simulateDetailed,
} from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedApi, startFixedApi } from './testing/fixed-api.js';
import { fixedDocuments } from './testing/fixed-documents.js';
import { COMMITTED as document, openDocument } from './testing/openapi-document.js';

/**
 * A table of requests, replayed over HTTP against the built API on real servers with fixed data. Whole answers are compared:
 * status, headers and exact body, the first time and again from the cache.
 */

let api: FixedApi;
beforeAll(async () => {
  api = await startFixedApi();
}, 120_000);
afterAll(() => api.close());

const documents = fixedDocuments();
const only = (productId: string) => documents.filter(({ product_id }) => product_id === productId);
const shown = ({ _platform, ...document }: ImpactDocument): PublicImpactDocument => document;
const shownAll = (some: readonly ImpactDocument[]) => some.map(shown);
const average = ({ impacts }: ImpactDocument) =>
  IMPACT_CODES.reduce((sum, code) => sum + (impacts[code] as number), 0) / IMPACT_CODES.length;
const ranked = (some: readonly ImpactDocument[], direction: 1 | -1) =>
  [...some]
    .sort((a, b) => direction * (average(a) - average(b)))
    .map((document) => ({ inputs: document.inputs, average_impacts: average(document), covered_impacts: 2 }));
const byCost = (a: ImpactDocument, b: ImpactDocument) => a.impacts.ecs - b.impacts.ecs;
const fields = ({ impacts, md5_id, product_id }: ImpactDocument) => ({
  impacts: { ecs: impacts.ecs },
  md5_id,
  product_id,
});

/** The line of a table, from the document and the one definition of the flat row. */
function line(document: ImpactDocument) {
  const { row } = flattenImpact(document);
  return {
    md5_id: document.md5_id,
    product_id: document.product_id,
    product_name: row.product_name,
    mass: document.inputs.mass,
    materials: document.inputs.materials.map((entry) => ({
      id: entry.material.id,
      name: entry.material.name,
      share: entry.share,
      country: entry.country ?? null,
    })),
    country_spinning: document._platform.query.countrySpinning,
    country_fabric: document.inputs.countryFabric.code,
    country_dyeing: document.inputs.countryDyeing.code,
    country_making: document.inputs.countryMaking.code,
    fabric_process: document._platform.query.fabricProcess,
    scenario: document._platform.scenario,
    ecs: document.impacts.ecs,
    pef: document.impacts.pef,
    durability: document.durability,
    days_of_wear: document.daysOfWear,
    air_transport_ratio: row.air_share,
    stages: Object.fromEntries(COST_PARTS.map((part) => [part, row[`cost_${part}`]])),
    state: null,
    warnings: [],
    method_version: document._platform.methodVersion,
    created_at: document._platform.createdAt,
  };
}
const page = (items: readonly ImpactDocument[], changed: object = {}) => ({
  total: items.length,
  offset: 0,
  limit: 50,
  items: items.map(line),
  ...changed,
});

function group(key: string, name: string, some: readonly ImpactDocument[]) {
  const costs = some.map(({ impacts }) => impacts.ecs);
  return {
    key,
    name,
    method_version: methodVersion,
    count: costs.length,
    mean: costs.reduce((sum, cost) => sum + cost, 0) / costs.length,
    min: Math.min(...costs),
    max: Math.max(...costs),
  };
}

/** The two T-shirts and the jean that are made in China, cheapest first. */
const COUNTRY = (code: string) =>
  documents.filter(({ inputs, _platform }) =>
    [
      _platform.query.countrySpinning,
      inputs.countryFabric.code,
      inputs.countryDyeing.code,
      inputs.countryMaking.code,
    ].includes(code),
  );
const withMaterial = (id: string) =>
  documents.filter(({ inputs }) => inputs.materials.some(({ material }) => material.id === id));

const first = documents[0] as ImpactDocument;
const CURL_PRODUCT =
  '{"mass": 0.17, "materials": [{"id": "ei-coton", "share": 1, "country": "FR"}], "product": "tshirt", "countrySpinning": "FR", "countryFabric": "FR", "countryDyeing": "FR", "countryMaking": "FR", "fabricProcess": "knitting-mix"}';
const CURL_IDENTITY = '15a853d8fc6bee14a946559190111f51';

const JSON_TYPE = 'application/json; charset=utf-8';
const NOT_FOUND = { detail: 'Document not found' };
const FORBIDDEN = { detail: 'Could not validate credentials' };
const fault = (loc: (string | number)[], msg: string, type: string) => ({ detail: [{ loc, msg, type }] });
const nbDoc = (type: string) => fault(['query', 'nb_doc'], 'expected an integer from 1', type);
const notAllowed = (...allowed: string[]) => ({
  status: 405,
  body: { detail: 'Method Not Allowed' },
  headers: { allow: allowed.join(', ') },
});
const unknown = (name: string, ...known: string[]) =>
  fault(
    ['query', name],
    `unknown parameter: expected ${known.length > 0 ? `one of ${known.join(', ')}` : 'none'}`,
    'unknown_parameter',
  );

interface Row {
  request: string;
  status: number;
  body: unknown;
  sent?: { method?: string; headers?: Record<string, string>; body?: string };
  headers?: Record<string, string>;
}
const get = (path: string, status: number, body: unknown, more: Partial<Row> = {}): Row => ({
  request: path,
  status,
  body,
  ...more,
});
const withoutKey = { headers: { access_token: '' } };
const post = (path: string, body: string, status: number, answer: unknown): Row => ({
  request: path,
  status,
  body: answer,
  sent: { method: 'POST', headers: { 'content-type': 'application/json' }, body },
});

const FILTERS = [
  ...['product', 'material', 'country_spinning', 'country_fabric', 'country_dyeing', 'country_making', 'country'],
  ...['process', 'scenario', 'catalogue', 'min_ecs', 'max_ecs', 'min_mass', 'max_mass', 'state', 'warning'],
  ...['method_version', 'q'],
];
const SEARCHED_BY = [...FILTERS, 'sort', 'limit', 'offset'];

const READS: readonly Row[] = [
  get('/', 200, { message: 'API is working' }, { sent: withoutKey }),
  get('/', 302, '', { sent: { headers: { accept: 'text/html' } }, headers: { location: '/dashboard' } }),
  get('/nothing', 404, { detail: 'Not Found' }),
  get('/health/live', 200, { status: 'live' }, { sent: withoutKey }),
  get('/product', 200, ['jean', 'pull', 'tshirt']),
  get('/product', 403, FORBIDDEN, { sent: withoutKey }),
  get('/product', 403, FORBIDDEN, { sent: { headers: { access_token: 'a-wrong-key-of-the-tests-012345' } } }),

  get('/product/tshirt', 200, shownAll(only('tshirt'))),
  get('/product/tshirt?nb_doc=2', 200, shownAll(only('tshirt').slice(0, 2))),
  get('/product/tshirt?nb_doc=1000', 200, shownAll(only('tshirt'))),
  get('/product/tshirt?nb_doc=2&unknown=1', 200, shownAll(only('tshirt').slice(0, 2))),
  get('/product/tshirt?nb_doc=0', 422, nbDoc('too_small')),
  get('/product/tshirt?nb_doc=1001', 200, shownAll(only('tshirt')), { headers: { 'x-nb-doc-limit': '1000' } }),
  get('/product/tshirt/bad_product?nb_doc=99999999999999999999', 200, ranked(only('tshirt'), -1), {
    headers: { 'x-nb-doc-limit': '1000' },
  }),
  get('/product/tshirt?nb_doc=%2B2', 200, shownAll(only('tshirt').slice(0, 2))),
  get('/product/tshirt?nb_doc=2%20', 200, shownAll(only('tshirt').slice(0, 2))),
  get('/product/tshirt?nb_doc=-1', 422, nbDoc('too_small')),
  get('/product/tshirt?nb_doc=2.5', 422, nbDoc('invalid_type')),
  get('/product/tshirt?nb_doc=many', 422, nbDoc('invalid_type')),
  get('/product/tshirt?nb_doc=', 422, nbDoc('invalid_type')),
  get('/product/tshirt?nb_doc=1&nb_doc=2', 200, shownAll(only('tshirt').slice(0, 2))),
  get('/product/tshirt?nb_doc=1e2', 422, nbDoc('invalid_type')),
  get('/product/tshirt?nb_doc=1e400', 422, nbDoc('invalid_type')),
  get('/product/tshirt?nb_doc=2&nb_doc=0', 422, nbDoc('too_small')),
  get('/product/nothing', 404, NOT_FOUND),
  get('/product/Tshirt', 404, NOT_FOUND),
  get('/product/$ne', 404, NOT_FOUND),
  get('/product/%7B%22$ne%22:null%7D', 404, NOT_FOUND),
  get('/product/tshirt?nb_doc[$gt]=1', 200, shownAll(only('tshirt'))),
  get(
    `/product/${'x'.repeat(101)}`,
    422,
    fault(['path', 'id'], 'expected a product type, of 1 to 100 characters', 'too_big'),
  ),
  get(
    '/product/a%00b',
    422,
    fault(['path', 'id'], 'expected a product type without control characters', 'invalid_format'),
  ),

  get('/product/tshirt?offset=1', 200, shownAll(only('tshirt').slice(1))),
  get('/product/tshirt?offset=3', 404, NOT_FOUND),
  get(
    '/product/tshirt?offset=-1',
    422,
    fault(['query', 'offset'], 'expected an integer from 0 to 1000000', 'too_small'),
  ),
  get('/product/tshirt?sort=-ecs', 200, shownAll(only('tshirt').sort(byCost).reverse())),
  get('/product/tshirt?sort=mass&nb_doc=1', 200, shownAll(only('tshirt').filter(({ inputs }) => inputs.mass === 0.15))),
  get('/product/tshirt?fields=impacts.ecs', 200, only('tshirt').map(fields)),
  get('/product/tshirt?fields=impacts.ecs,impacts.ecs.x,md5_id', 200, only('tshirt').map(fields)),
  get(
    '/product/tshirt?fields=_platform',
    422,
    fault(['query', 'fields'], 'expected names of fields such as impacts.ecs, separated by commas', 'invalid_format'),
  ),
  get(
    '/product/tshirt?material=ei-pet',
    200,
    shownAll(only('tshirt').filter((one) => withMaterial('ei-pet').includes(one))),
  ),
  get(
    '/product/tshirt?process=weaving&country=BD',
    200,
    shownAll(only('tshirt').filter(({ inputs }) => inputs.mass === 0.2)),
  ),
  get('/product/tshirt?country=IN', 404, NOT_FOUND),

  get('/product/tshirt/CN', 200, shownAll(only('tshirt').filter(({ inputs }) => inputs.countryFabric.code === 'CN'))),
  get(
    '/product/tshirt/CN?material=ei-pet&fields=impacts.ecs',
    200,
    only('tshirt')
      .filter(({ inputs }) => inputs.mass === 0.2)
      .map(fields),
  ),
  get('/product/tshirt/cn', 404, NOT_FOUND),
  get('/product/tshirt/BD', 404, NOT_FOUND),
  get('/product/tshirt/good_product', 200, ranked(only('tshirt'), 1)),
  get('/product/tshirt/bad_product', 200, ranked(only('tshirt'), -1)),
  get('/product/tshirt/bad_product?nb_doc=1&offset=1', 200, ranked(only('tshirt'), -1).slice(1, 2)),
  get('/product/tshirt/good%5Fproduct?nb_doc=1', 200, ranked(only('tshirt'), 1).slice(0, 1)),
  get('/product/tshirt/good_product?process=weaving&fields=impacts.ecs', 200, [
    ...only('tshirt')
      .filter(({ inputs }) => inputs.mass === 0.2)
      .map((document) => ({ ...fields(document), average_impacts: average(document), covered_impacts: 2 })),
  ]),
  get('/product/nothing/good_product', 404, NOT_FOUND),
  get('/product/good_product', 404, NOT_FOUND),
  get('/product/bad_product', 404, NOT_FOUND),
  get('/product/good_product/good_product', 404, NOT_FOUND),
  get(`/product/by-id/${first.md5_id}`, 200, shown(first)),
  get(`/product/by-id/${first.md5_id.toUpperCase()}`, 404, NOT_FOUND),
  get('/product/', 307, '', { headers: { location: '/product' } }),
  get('/product/tshirt/CN//?nb_doc=1&x=?', 307, '', { headers: { location: '/product/tshirt/CN?nb_doc=1&x=?' } }),
  get('/product/by-id/good_product', 404, NOT_FOUND),
  get('/product/by-id/FR', 404, NOT_FOUND),
  get('/product/by-id', 404, NOT_FOUND),

  get('/impacts', 200, page(documents)),
  get(
    '/impacts?limit=2&offset=1&sort=-ecs',
    200,
    page([...documents].sort(byCost).reverse().slice(1, 3), { total: 6, offset: 1, limit: 2 }),
  ),
  get('/impacts?limit=0', 200, { total: 6, offset: 0, limit: 0, items: [] }),
  get('/impacts?product=jean,pull&sort=ecs', 200, page([...only('jean'), ...only('pull')].sort(byCost))),
  get('/impacts?product=jean&product=pull&sort=ecs', 200, page([...only('jean'), ...only('pull')].sort(byCost))),
  get('/impacts?product=,', 200, page(documents)),
  get('/impacts?material=ei-pet', 200, page(withMaterial('ei-pet'))),
  get('/impacts?country=CN', 200, page(COUNTRY('CN'))),
  get('/impacts?country_making=BD&country_fabric=CN', 200, page(documents.filter(({ inputs }) => inputs.mass === 0.2))),
  get('/impacts?country_spinning=FR&country_dyeing=FR', 200, page(COUNTRY('FR'))),
  get('/impacts?process=knitting-straight', 200, page(only('pull'))),
  get('/impacts?scenario=none', 200, page(documents.filter(({ _platform }) => _platform.scenario === null))),
  get('/impacts?scenario=low-cost', 200, page(documents.filter(({ _platform }) => _platform.scenario === 'low-cost'))),
  get(
    '/impacts?min_mass=0.17&max_mass=0.5',
    200,
    page(documents.filter(({ inputs: { mass } }) => mass >= 0.17 && mass <= 0.5)),
  ),
  get(`/impacts?min_ecs=${first.impacts.ecs}&max_ecs=${first.impacts.ecs}`, 200, page([first])),
  get(`/impacts?q=${first.md5_id.slice(0, 8)}`, 200, page([first])),
  get('/impacts?q=POLYÉSTER', 200, page(withMaterial('ei-pet'))),
  get('/impacts?q=coton%20shirt', 200, page(only('tshirt'))),
  get('/impacts?q=.*', 200, page([])),
  get('/impacts?product=nothing', 200, page([])),
  get(
    '/impacts?sort=created_at&limit=1',
    200,
    page(
      [[...documents].sort((a, b) => (a._platform.createdAt < b._platform.createdAt ? -1 : 1))[0] as ImpactDocument],
      {
        total: 6,
        limit: 1,
      },
    ),
  ),
  get('/impacts?limt=1', 422, unknown('limt', ...SEARCHED_BY)),
  // No document of these covers it.
  get('/impacts/groups?by=product&impact=cch', 200, []),
  get('/impacts/groups?by=product&imapct=cch', 422, unknown('imapct', ...FILTERS, 'by', 'impact')),
  get('/product/by-id/x?fields=a', 422, unknown('fields')),
  get('/jobs?size=1', 422, unknown('size', 'limit', 'offset')),
  get('/stats/summary?product_id=jean', 422, unknown('product_id')),
  get('/impacts?limit=1001', 422, fault(['query', 'limit'], 'expected an integer from 0 to 1000', 'too_big')),
  get('/impacts?min_ecs=', 422, fault(['query', 'min_ecs'], 'expected a cost in Pts', 'invalid_type')),
  get(
    '/impacts?q=a%00',
    422,
    fault(['query', 'q'], 'expected words to look for without control characters', 'invalid_format'),
  ),
  get(
    '/impacts?scenario=best',
    422,
    fault(['query', 'scenario'], 'expected one of regular, low-cost, none', 'invalid_value'),
  ),
  get('/impacts', 403, FORBIDDEN, { sent: withoutKey }),

  get(
    '/impacts/groups?by=product',
    200,
    [
      group('pull', 'Pull', only('pull')),
      group('jean', 'Jean', only('jean')),
      group('tshirt', 'T-shirt / Polo', only('tshirt')),
    ].sort((a, b) => b.mean - a.mean),
  ),
  get(
    '/impacts/groups?by=scenario&product=tshirt',
    200,
    ['regular', 'low-cost', null]
      .map((scenario) =>
        group(
          scenario ?? 'none',
          scenario ?? 'added by users',
          only('tshirt').filter(({ _platform }) => _platform.scenario === scenario),
        ),
      )
      .sort((a, b) => b.mean - a.mean),
  ),
  get(
    '/impacts/groups?by=material&product=jean',
    200,
    [
      group('ei-coton', 'Coton', only('jean')),
      group(
        'ei-pet',
        'Polyester',
        only('jean').filter((one) => withMaterial('ei-pet').includes(one)),
      ),
    ].sort((a, b) => b.mean - a.mean),
  ),
  get('/impacts/summary', 200, {
    documents: 6,
    products: 3,
    first_at: '2026-01-01T12:00:00.000Z',
    last_at: '2026-01-06T12:00:00.000Z',
    method_versions: [methodVersion],
    sources: { api: 1, extraction: 5 },
    to_check: 0,
  }),
  get('/impacts/distribution?impact=acd', 200, {
    impact: 'acd',
    unit: 'mol H+ eq',
    method_version: methodVersion,
    count: 0,
    min: null,
    max: null,
    mean: null,
    quartiles: null,
    bins: [],
    below: 0,
    above: 0,
  }),
  get('/impacts/distribution?product=pull', 200, {
    impact: 'ecs',
    unit: 'Pts',
    method_version: methodVersion,
    count: 1,
    ...Object.fromEntries(['min', 'max', 'mean'].map((name) => [name, only('pull')[0]?.impacts.ecs])),
    quartiles: [1, 2, 3].map(() => only('pull')[0]?.impacts.ecs),
    bins: [{ from: only('pull')[0]?.impacts.ecs, to: only('pull')[0]?.impacts.ecs, count: 1 }],
    below: 0,
    above: 0,
  }),

  get('/countries', 200, listCountries()),
  get('/materials', 200, listMaterialDetails()),
  get('/products', 200, listProductDetails()),
  get('/trims', 200, listTrims()),
  get('/stats/countries?product_id=jean', 200, [
    { product_id: 'jean', country_name: 'Bangladesh', countryFabric_count: 1, countryMaking_count: 1, count: 2 },
    { product_id: 'jean', country_name: 'Chine', countryFabric_count: 1, countryMaking_count: 1, count: 2 },
  ]),
  get('/stats/countries?product_id=nothing', 404, NOT_FOUND),
  get('/stats/impacts?limit=0', 422, fault(['query', 'limit'], 'expected an integer from 1 to 10000', 'too_small')),
  get('/export/impacts.csv?product=nothing', 404, NOT_FOUND),

  post('/simulate', '{"mass":0.17}', 422, {
    detail: [
      { loc: ['body', 'materials'], msg: 'expected a list of materials', type: 'invalid_type' },
      {
        loc: ['body', 'product'],
        msg: 'expected the id of a product (text of 1 to 100 characters)',
        type: 'invalid_type',
      },
    ],
  }),
  post('/simulate', 'mass=1', 422, fault(['body'], 'expected valid JSON', 'json_invalid')),
  post(
    '/simulate',
    CURL_PRODUCT.replace('"tshirt"', '"cape"'),
    422,
    fault(
      ['body', 'product'],
      'unknown product: "cape"; expected: chemise, jean, jupe, manteau, pantalon, pull, tshirt, chaussettes, calecon, slip, maillot-de-bain',
      'value_error',
    ),
  ),
  post('/predict', '{"ProductId":"pantalon"}', 404, { detail: 'MLFlow Models error' }),
];

/** In this order: each depends on those before it. */
const WRITES: readonly Row[] = [
  post('/product', CURL_PRODUCT, 200, { message: `Product added ${CURL_IDENTITY}` }),
  post('/product', CURL_PRODUCT, 200, { message: 'Product already exist' }),
  {
    request: `/product?md5_id=${CURL_IDENTITY}`,
    sent: { method: 'DELETE' },
    status: 200,
    body: { message: 'Product deleted successfully' },
  },
  {
    request: `/product?md5_id=${CURL_IDENTITY}`,
    sent: { method: 'DELETE' },
    status: 404,
    body: { detail: 'Product not found' },
  },
  {
    request: '/product',
    sent: { method: 'DELETE' },
    status: 422,
    body: fault(['query', 'md5_id'], 'expected the md5_id of a product', 'invalid_type'),
  },
  { request: '/product?md5_id=', sent: { method: 'DELETE' }, status: 404, body: { detail: 'Product not found' } },
  post('/product', CURL_PRODUCT.replace('0.17', '"0.17"').replace('"share": 1', '"share": "1"'), 200, {
    message: `Product added ${CURL_IDENTITY}`,
  }),
  {
    request: `/product?md5_id=${first.md5_id}&md5_id=${CURL_IDENTITY}`,
    sent: { method: 'DELETE' },
    status: 200,
    body: { message: 'Product deleted successfully' },
  },
  post('/product', CURL_PRODUCT.replace('0.17', 'true'), 422, {
    detail: [{ loc: ['body', 'mass'], msg: 'attendu : une masse en kg (nombre) ; reçu : true', type: 'invalid_type' }],
  }),
  { request: '/product', sent: { method: 'PUT' }, ...notAllowed('DELETE', 'GET', 'HEAD', 'POST') },
  { request: '/product/tshirt', sent: { method: 'OPTIONS' }, ...notAllowed('GET', 'HEAD') },
  { request: '/predict', ...notAllowed('POST') },
  { request: '/cache/clear', sent: { method: 'POST' }, ...notAllowed('GET') },
  { request: '/cache/clear', sent: { method: 'HEAD' }, ...notAllowed('GET'), body: '' },
  post('/product', CURL_PRODUCT.replace('0.17', '-1'), 422, {
    message: 'Not possible',
    detail: { mass: 'hors limites : -1 ; attendu : une valeur strictement supérieure à 0 kg' },
  }),
  post('/product', '{"mass": "heavy"', 422, fault(['body'], 'expected valid JSON', 'json_invalid')),
  get('/cache/clear', 200, { message: 'Redis cache cleared' }, { sent: withoutKey }),
];

async function send({ request, sent = {} }: Row) {
  const response = await fetch(api.url + request, {
    redirect: 'manual',
    method: sent.method ?? 'GET',
    headers: { access_token: api.key, ...sent.headers },
    ...(sent.body !== undefined && { body: sent.body }),
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

const isKept = ({ status, sent }: Row) => status === 200 && (sent?.method ?? 'GET') === 'GET';
const KEPT_PATHS = /^\/(product|impacts|stats|countries|materials|products|trims)\b/;

/** Routes that the original did not have: errors tell their code in the body too. */
const OWN_PATHS =
  /^\/(impacts|export|jobs|simulate|models|predict\/batch|product\/(by-id\/|batch)|stats\/(summary|stages|\w+\.))/;

async function expectAnswer(row: Row): Promise<void> {
  const { status, headers, body } = await send(row);
  const code = headers.get('x-error-code');
  expect(code !== null).toBe(status >= 400);
  const isOwn = OWN_PATHS.test(row.request) && status >= 400 && row.body !== '';
  const expected = isOwn ? { ...(row.body as object), code } : row.body;
  expect([status, body === '' ? '' : JSON.parse(body)]).toEqual([row.status, expected]);
  if (body !== '') expect(headers.get('content-type')).toBe(JSON_TYPE);
  if (row.body !== '') expect(body).toBe(JSON.stringify(expected));
  if (isKept(row) && KEPT_PATHS.test(row.request)) {
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
    expect([headers.get('etag'), headers.get('cache-control')]).toEqual([`"${hash}"`, 'private, no-cache']);
  }
  for (const [name, value] of Object.entries(row.headers ?? {})) expect(headers.get(name)).toBe(value);
}

const named = (rows: readonly Row[]) =>
  rows.map((row) => [`${row.sent?.method ?? 'GET'} ${row.request} ${row.status}`.slice(0, 110), row] as const);

// What is written is there for the rows after it.
describe('the table of requests', { shuffle: false }, () => {
  it.concurrent.each(named(READS))('%s', async (_name, row) => {
    await expectAnswer(row);
    await expectAnswer(row);
  });

  it.each(named(WRITES))('%s', async (_name, row) => expectAnswer(row));

  it('simulates exactly, stores nothing, and says whether the product is stored', async () => {
    const row = post('/simulate', CURL_PRODUCT, 200, null);
    const answer = JSON.parse((await send(row)).body);
    const exact = JSON.parse(JSON.stringify(simulateDetailed(JSON.parse(CURL_PRODUCT))));
    expect(answer).toMatchObject({
      ecs: exact.impacts.ecs,
      pef: exact.impacts.pef,
      method_version: methodVersion,
      mass: 0.17,
      product_id: 'tshirt',
      durability: exact.durability,
      days_of_wear: exact.daysOfWear,
      impacts: exact.impacts,
      md5_id: CURL_IDENTITY,
      exists: false,
      simulation: exact,
    });
    const parts = answer.stages as { stage: string; ecs: number; share: number }[];
    expect(parts.map(({ stage }) => stage)).toEqual(COST_PARTS);
    expect(parts.reduce((sum, { ecs }) => sum + ecs, 0)).toBeCloseTo(answer.ecs, 9);
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect((await send(get(`/product/by-id/${CURL_IDENTITY}`, 404, null))).status).toBe(404);
  });

  it('counts every product in a distribution, each bin as it says', async () => {
    const { body } = await send(get('/impacts/distribution?bins=7', 200, null));
    const { count, min, max, mean, quartiles, bins } = JSON.parse(body);
    const costs = documents.map(({ impacts }) => impacts.ecs).sort((a, b) => a - b);
    expect([count, min, max]).toEqual([6, costs[0], costs[5]]);
    expect(mean).toBeCloseTo(costs.reduce((sum, cost) => sum + cost) / 6, 9);
    // ceil(p n) of six: the second, the third and the fifth.
    expect(quartiles).toEqual([costs[1], costs[2], costs[4]]);
    expect(bins).toHaveLength(7);
    for (const [index, { from, to, count: inside }] of bins.entries())
      expect(inside).toBe(costs.filter((cost) => cost >= from && (cost < to || (index === 6 && cost === to))).length);
    expect([bins[0].from, bins[6].to]).toEqual([min, max]);
  });

  it('exports what the filters of a search find', async () => {
    const wanted = documents.filter((one) => one.product_id !== 'pull' && withMaterial('ei-pet').includes(one));
    const { body, headers } = await send(
      get('/export/impacts.ndjson?product=jean&product_id=tshirt&material=ei-pet', 200, null),
    );
    const rows = body
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(rows.sort((a, b) => (a.md5_id < b.md5_id ? -1 : 1))).toEqual(wanted.map((one) => flattenImpact(one).row));
  });

  it('answers 304 to a client that has the present answer, and the whole one to any other', async () => {
    for (const path of ['/product/jean', '/impacts?product=jean', '/countries', '/stats/summary', '/impacts/summary']) {
      const etag = (await send(get(path, 200, null))).headers.get('etag') as string;
      const ask = (header: string) => send(get(path, 200, null, { sent: { headers: { 'if-none-match': header } } }));
      for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const { status, body, headers } = await ask(header);
        expect([status, body, headers.get('etag')]).toEqual([304, '', etag]);
      }
      expect((await ask('"other"')).status).toBe(200);
    }
  });
});

describe('a write', () => {
  const hits = async (paths: readonly string[]) => {
    const seen: [string, string][] = [];
    for (const path of paths) seen.push([path, (await send(get(path, 200, null))).body]);
    return seen;
  };

  it('shows at once in every answer that it changes', async () => {
    const paths = ['/product/tshirt', '/impacts/summary', '/impacts?product=tshirt', '/product/tshirt/good_product'];
    const before = await hits(paths);
    await expectAnswer(WRITES[0] as Row);
    const after = await hits(paths);
    expect(after.map(([, body]) => body).filter((body, index) => body === before[index]?.[1])).toEqual([]);
    await expectAnswer(WRITES[2] as Row);
    expect(await hits(paths)).toEqual(before);
  });
});

describe('the document of the API', () => {
  it('has the requests of the contract as examples', () => {
    const example = (path: string) => document.paths[path]?.post?.requestBody?.content['application/json']?.example;
    expect(example('/product')).toEqual(JSON.parse(CURL_PRODUCT));
    expect(example('/predict')).toMatchObject({ ProductId: 'pantalon', MaterialId_1_share: 0.7, Mass: 0.2 });
    expect(example('/simulate')).toMatchObject({ product: 'tshirt' });
  });

  it('documents every status and body of the table', async () => {
    const { faultsOf, toldOf } = openDocument(document);
    const templates = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length);
    const templateOf = (path: string) =>
      templates.find((template) =>
        new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+').replace(/\./g, '\\.')}$`).test(path),
      );
    let checked = 0;
    for (const row of READS) {
      const path = decodeURIComponent(row.request.split('?')[0] as string).replace(/\//g, '/');
      const template = templateOf(path);
      const method = (row.sent?.method ?? 'GET').toLowerCase();
      const operation = template && document.paths[template]?.[method];
      if (!operation) {
        expect([404, 307]).toContain(row.status);
        continue;
      }
      const { status, body } = await send(row);
      const { told: documented, at } = toldOf(template, method, `${status}`);
      expect([row.request, status, documented !== undefined]).toEqual([row.request, status, true]);
      if (!documented?.content?.['application/json'] || body === '') continue;
      checked++;
      const faults = faultsOf(JSON.parse(body), ...at, 'content', 'application/json');
      expect([row.request, faults]).toEqual([row.request, null]);
    }
    expect(checked).toBeGreaterThan(70);
  });
});

describe('/docs', () => {
  it('is a page that has all it needs, draws the document, and keeps the key that was entered once', async () => {
    const load = async (path: string) => {
      const answer = await fetch(new URL(path, `${api.url}/docs/`));
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('content-security-policy')).toMatch(/; script-src 'self'; .*; connect-src 'self'; /);
      return answer.text();
    };
    const page = await load('/docs');
    // A script within the page would not be run.
    expect(page).not.toMatch(/<script(?![^>]* src=)/);
    const needed = [...page.matchAll(/(?:src|href)="(.+?)"/g)].map(([, path]) => path as string);
    expect(needed.join()).toMatch(/swagger-ui\.css.*swagger-ui-bundle\.js.*swagger-initializer\.js/);
    const settings = (await Promise.all(needed.map(load)))[needed.findIndex((path) => path.includes('initializer'))];
    expect(settings).toContain('"persistAuthorization":true');
    expect(settings).toContain("resolveUrl('./json')");
    expect(await load('/docs/json')).toBe(await load('/openapi.json'));
  });
});
