import { randomUUID } from 'node:crypto';
import { comparisonTable } from '@ecobalyse/comparison';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, Json, Scenario } from '@ecobalyse/schema';
import { createCatalogue, insertImpacts, openStore, type Store } from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { methodVersion, simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteService } from '../testing/route-service.js';
import { comparisonRoutes } from './comparison.js';

const KEY = 'a-key-of-the-tests-0123456789';
const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });
const OWN = '0b9f3c1e-5d0a-4c7e-9f6e-2a1b3c4d5e6f';
const SHIRT = { product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], countryMaking: 'BD' };
const ecs = (query: object) => simulateTotals(query).ecs;

const stored = (query: object, scenario: Scenario | null, more: object = {}) =>
  Object.assign(
    toImpactDocument({
      query: query as Record<string, Json>,
      answer: simulateDetailed(query) as unknown as DetailedSimulation,
      ...{ source: scenario === null ? 'api' : 'extraction', scenario, methodVersion, runId: null },
    }),
    more,
  );
/** Five shirts of the grid, of which one leaves stages out and one is still to be checked; two jeans; one that somebody added. */
const GRID = [0.1, 0.2, 0.3].map((mass) => stored({ ...SHIRT, mass }, 'regular'));
const LOW = [0.25, 0.35, 0.45].map((mass) => stored({ ...SHIRT, mass, disabledSteps: ['use'] }, 'low-cost'));
const ADDED = stored({ ...SHIRT, mass: 150 }, null);
const DOUBTFUL = stored({ ...SHIRT, mass: 0.9 }, 'regular');
DOUBTFUL._platform.state = 'to-check';
const JEANS = [0.5, 0.6].map((mass) => stored({ ...SHIRT, product: 'jean', mass }, 'regular'));

/** Products of an own catalogue, by their reference. */
const product = (reference: string, query: object, more: object = {}, live = true) => ({
  ...{ _id: `id-${reference}`, catalogue: OWN, reference, live },
  content: { reference, name: null, query, product_id: 'tshirt', ecs: ecs(query), state: null, warnings: [], ...more },
});

let mongodb: TestMongodb;
let store: Store;
let app: HttpService;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await insertImpacts(store, [...GRID, ...LOW, ADDED, DOUBTFUL, ...JEANS]);
  await createCatalogue(store, { _id: OWN, name: 'Été', created_at: new Date(), created_by: null });
  const own = [
    product('A', { ...SHIRT, mass: 0.15 }, { name: 'Col rond' }),
    product('B', { ...SHIRT, mass: 0.16 }),
    product('C', { ...SHIRT, mass: 0.4 }),
    product('D', { ...SHIRT, mass: 0.5 }, {}, false),
  ];
  await store.collection('catalogue_products').insertMany(own as never);
  app = await openRouteService(access);
  await app.register(comparisonRoutes({ store, access }));
});
afterAll(async () => {
  await app.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

const send = (method: 'GET' | 'POST', url: string, payload?: object, headers: Record<string, string> = {}) =>
  app.inject({ method, url, headers: { access_token: KEY, ...headers }, ...(payload && { payload }) });
const ask = async (...request: Parameters<typeof send>) => {
  const answer = await send(...request);
  return { status: answer.statusCode, body: answer.json() };
};
const units = (value: number) => Math.round(value * 1e6);
const md5 = (at: number) => GRID[at]?.md5_id as string;

describe('a comparison', () => {
  const items = [
    { md5_id: GRID[0]?.md5_id },
    { catalogue: OWN, product: 'id-A' },
    { name: 'Mine', query: { ...SHIRT, price: 40, materials: [{ id: 'ei-lin', share: 1 }] } },
  ];

  it('takes documents, products of catalogues and any garment, and compares them to one', async () => {
    const { status, body } = await ask('POST', '/compare', { items, base: 1 });
    expect(status).toBe(200);
    expect(
      body.products.map((one: Record<string, unknown>) => [one.name, one.md5_id, one.catalogue, one.product]),
    ).toEqual([
      [null, md5(0), null, null],
      ['Col rond', null, OWN, 'id-A'],
      ['Mine', null, null, null],
    ]);
    const costs = [{ ...SHIRT, mass: 0.1 }, { ...SHIRT, mass: 0.15 }, items[2]?.query as object].map(ecs);
    expect(body.products.map((one: { ecs: number }) => one.ecs)).toEqual(costs);
    expect(body.products.map((one: { stored_ecs: number }) => one.stored_ecs)).toEqual([costs[0], costs[1], null]);
    expect([body.base, body.method_version]).toEqual([1, methodVersion]);
    expect(
      body.fields.map(({ id, values }: { id: string; values: { value: unknown }[] }) => [
        id,
        values.map(({ value }) => value),
      ]),
    ).toEqual([
      ['mass', [0.1, 0.15, 0.17]],
      [
        'materials',
        [0, 1, 2].map((rank) => (rank === 2 ? [expect.objectContaining({ id: 'ei-lin' })] : SHIRT.materials)),
      ],
      ['price', [null, null, 40]],
    ]);
    expect(body.attributions.map((one: { product: number }) => one.product)).toEqual([0, 2]);
    for (const { product: rank, difference, effects } of body.attributions)
      for (const measure of ['item', 'per_100g', 'per_day']) {
        const told = units(body.products[rank].costs[measure]) - units(body.products[1].costs[measure]);
        const sum = effects.reduce(
          (total: number, effect: Record<string, number>) => total + units(effect[measure] as number),
          0,
        );
        expect([units(difference[measure]), sum]).toEqual([told, told]);
      }
    expect(body.attributions[1].effects.map(({ label }: { label: object }) => label)).toEqual([
      { en: 'Mass', fr: 'Masse' },
      { en: 'Materials', fr: 'Matières' },
      { en: 'Price', fr: 'Prix' },
    ]);
  });

  it('is kept by an address', async () => {
    const texts = [md5(0), `${OWN}/id-A`, JSON.stringify(items[2])];
    const query = new URLSearchParams([...texts.map((text): [string, string] => ['item', text]), ['base', '1']]);
    const [byAddress, byBody] = [
      await ask('GET', `/compare?${query}`),
      await ask('POST', '/compare', { items, base: 1 }),
    ];
    expect(byAddress).toEqual(byBody);
  });

  it('is a table for spreadsheets', async () => {
    const { body } = await ask('POST', '/compare', { items });
    const csv = await send('POST', '/compare?format=csv', { items });
    const { headers, rows } = comparisonTable(body, 'en');
    expect(csv.headers['content-disposition']).toBe('attachment; filename="comparison.csv"');
    const cells = (row: readonly unknown[] | undefined) => row?.map((cell) => String(cell ?? ''));
    expect(parse(csv.body, { bom: true })).toEqual([headers, ...(rows[0] ?? []).map(cells)]);
    const french = await send('POST', '/compare?format=csv-fr&language=fr', { items });
    expect(parse(french.body, { bom: true, delimiter: ';' })[0]?.slice(0, 2)).toEqual(['Produit comparé', 'Catégorie']);
    const workbook = await send('POST', '/compare?format=xlsx', { items });
    expect(workbook.rawPayload.subarray(0, 2).toString()).toBe('PK');
  });

  it('tells what is doubtful, in the language of the reader', async () => {
    const heavy = [{ md5_id: ADDED.md5_id }, { md5_id: md5(0) }];
    const { body } = await ask('POST', '/compare', { items: heavy }, { 'accept-language': 'fr' });
    expect(body.products[0].warnings).toMatchObject([
      { id: 'mass_out_of_range', message: expect.stringContaining('attendu') },
      {},
    ]);
    expect(body.products[1].warnings).toEqual([]);
  });

  it.each<[string, object, unknown[]]>([
    ['one product', { items: items.slice(0, 1) }, ['body', 'items']],
    ['nine', { items: Array.from({ length: 9 }, () => items[2]) }, ['body', 'items']],
    ['an item of no kind', { items: [items[0], {}] }, ['body', 'items', 1]],
    ['an item of two kinds', { items: [items[0], { ...items[0], ...items[2] }] }, ['body', 'items', 1]],
    ['half a product of a catalogue', { items: [items[0], { catalogue: OWN }] }, ['body', 'items', 1]],
    ['a base that is none of them', { items, base: 3 }, ['body', 'base']],
    ['a base between two', { items, base: 0.5 }, ['body', 'base']],
    [
      'a garment without a mass',
      { items: [items[0], { query: { ...SHIRT, mass: undefined } }] },
      ['body', 'items', 1, 'query', 'mass'],
    ],
    [
      'a garment that the method refuses',
      { items: [items[0], { query: { ...SHIRT, countryMaking: 'XX' } }] },
      ['body', 'items', 1, 'countryMaking'],
    ],
    ['a document that is gone', { items: [items[0], { md5_id: 'gone' }] }, ['body', 'items', 1]],
    ['a product that is gone', { items: [items[0], { catalogue: OWN, product: 'id-D' }] }, ['body', 'items', 1]],
    [
      'a garment too long to be worked out thousands of times',
      {
        items: [
          items[0],
          {
            query: {
              ...SHIRT,
              trims: Array.from({ length: 200 }, () => ({ id: 'd56bb0d5-7999-4b8b-b076-94d79099b56a', quantity: 1 })),
            },
          },
        ],
      },
      ['body', 'items', 1],
    ],
  ])('%s is refused, naming the place', async (_, payload, loc) => {
    const { status, body } = await ask('POST', '/compare', payload);
    expect([status, body.detail[0].loc]).toEqual([422, loc]);
  });

  it.each<[string, string, number, unknown]>([
    ['base', `item=${'x'}&item=y&base=2`, 422, ['query', 'base']],
    ['JSON', 'item=x&item=%7B', 422, ['query', 'item', 1]],
    ['parameter', 'item=x&item=y&bas=1', 422, ['query', 'bas']],
    ['number of items', 'item=x', 422, ['query', 'item']],
    ['catalogue', `item=x&item=${randomUUID()}/y`, 404, undefined],
  ])('an address with another %s is refused', async (_, query, expected, loc) => {
    const { status, body } = await ask('GET', `/compare?${query}`);
    expect([status, body.detail[0].loc]).toEqual([expected, loc]);
  });
});

describe('an explanation', () => {
  it('sets a garment beside the median of its type in the grid: what counts, of the scenario with every stage', async () => {
    const { status, body } = await ask('POST', '/explain', SHIRT);
    expect(status).toBe(200);
    expect(body.against).toMatchObject({ catalogue: 'reference-grid', count: 3, place: null });
    expect(body.against.median).toMatchObject({ md5_id: md5(1), mass: 0.2 });
    expect(body.against.effects).toMatchObject([{ id: 'mass', item: body.against.difference.item }]);
    expect(units(body.against.difference.item)).toBe(
      units(body.product.costs.item) - units(body.against.median.costs.item),
    );
    expect(body.cause).toMatchObject({ part: 'material', label: { en: 'Raw materials', fr: 'Matières premières' } });
    expect(body.levers[0]).toMatchObject({ field: 'materials', ecs: ecs({ ...SHIRT, ...body.levers[0].change }) });
    expect(body.sentence.fr).toContain('médiane des t-shirts et polos de la grille de référence');
  });

  it.each<[string, object, string | null]>([
    ['heavier than all', { ...SHIRT, mass: 0.31 }, 'dearest'],
    ['as heavy as the heaviest', { ...SHIRT, mass: 0.3 }, 'dearest'],
    ['in between', { ...SHIRT, mass: 0.29 }, null],
    ['as light as the lightest', { ...SHIRT, mass: 0.1 }, 'cheapest'],
  ])('tells whether it is at an end: %s', async (_, query, place) => {
    expect((await ask('POST', '/explain', query)).body.against.place).toBe(place);
  });

  it('stands against garments by one version of the method', async () => {
    const former = stored({ ...SHIRT, mass: 0.15 }, 'regular');
    former._platform.methodVersion = '6.0.0';
    const before = (await ask('POST', '/explain', SHIRT)).body.against;
    await insertImpacts(store, [former]);
    const after = (await ask('POST', '/explain', SHIRT)).body.against;
    await store.collection('impacts').deleteOne({ md5_id: former.md5_id });
    expect(after).toEqual(before);
  });

  it('of an own catalogue, too: the cost of one that another version scored compares with none', async () => {
    const former = product('E', { ...SHIRT, mass: 0.01 }, { method_version: '6.0.0' });
    const url = `/catalogues/${OWN}/products/id-A/explanation?against=${OWN}`;
    const before = (await ask('GET', url)).body.against;
    await store.collection('catalogue_products').insertOne(former as never);
    const after = (await ask('GET', url)).body.against;
    await store.collection('catalogue_products').deleteOne({ _id: former._id });
    expect([after, before.place]).toEqual([before, 'cheapest']);
  });

  it('of a document stands against those of its scenario', async () => {
    const { body } = await ask('GET', `/product/by-id/${LOW[0]?.md5_id}/explanation`);
    expect(body.product).toMatchObject({ md5_id: LOW[0]?.md5_id, stored_ecs: LOW[0]?.impacts.ecs });
    expect(body.against).toMatchObject({ count: 3, place: 'cheapest', median: { md5_id: LOW[1]?.md5_id } });
  });

  it('of a product of a catalogue stands against the grid, or its own catalogue', async () => {
    const url = `/catalogues/${OWN}/products/id-A/explanation`;
    expect((await ask('GET', url)).body.against.median.md5_id).toBe(md5(1));
    const { body } = await ask('GET', `${url}?against=${OWN}`);
    expect(body.against).toMatchObject({ count: 3, place: 'cheapest', median: { product: 'id-B' } });
    expect(body.sentence.en).toContain('of “Été”');
  });

  it('goes without others where the one in the middle is none that the method takes', async () => {
    const [middle, second] = [GRID[1]?.md5_id as string, GRID[1]?._platform.query];
    const set = (query: unknown) =>
      store.collection('impacts').updateOne({ md5_id: middle }, { $set: { '_platform.query': query as never } });
    await set({ ...SHIRT, price: 5000 });
    const { status, body } = await ask('POST', '/explain', SHIRT);
    await set(second);
    expect([status, body.against]).toEqual([200, null]);
  });

  it('goes without others where they are fewer than three', async () => {
    const { body } = await ask('POST', '/explain', { ...SHIRT, product: 'jean' });
    expect(body.against).toBeNull();
    expect(body.sentence.en).not.toContain('median');
  });

  it.each<[string, string, number, string]>([
    ['a document', '/product/by-id/gone/explanation', 404, 'product_not_found'],
    ['a product', `/catalogues/${OWN}/products/id-D/explanation`, 404, 'product_not_found'],
    ['a catalogue', `/catalogues/${randomUUID()}/products/x/explanation`, 404, 'catalogue_unknown'],
    [
      'a catalogue to compare with',
      `/product/by-id/${GRID[0]?.md5_id}/explanation?against=${randomUUID()}`,
      404,
      'catalogue_unknown',
    ],
  ])('of %s that is not there is none', async (_, url, status, code) => {
    const answer = await ask('GET', url);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('names the field that the method refuses', async () => {
    const { status, body } = await ask('POST', '/explain', { ...SHIRT, price: 1500 }, { 'accept-language': 'fr' });
    expect([status, body.detail[0].loc]).toEqual([422, ['body', 'price']]);
    expect(body.detail[0].msg).toContain('attendu');
  });
});

it.each(['/compare', '/explain'])('%s asks for a key', async (url) => {
  expect((await ask('POST', url, SHIRT, { access_token: 'x' })).status).toBe(403);
});
