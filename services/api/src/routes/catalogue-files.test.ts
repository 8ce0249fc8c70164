import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Declaration, MAX_FILE_BYTES, readDeclarationTable, readRow, toDeclaration } from '@ecobalyse/declaration';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import {
  catalogueProductId,
  checkKnownProduct,
  type KnownProduct,
  toCatalogueContent,
  toImpactDocument,
} from '@ecobalyse/product-documents';
import { readProducts, TABLE_WRITERS } from '@ecobalyse/product-files';
import { type Json, RESULT_FORMATS, type TextileQuery } from '@ecobalyse/schema';
import {
  applyChange,
  createCatalogue,
  deleteCatalogue,
  ensureIndexes,
  insertImpacts,
  openStore,
  type Store,
} from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { methodVersion, simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CFB } from 'xlsx';
import { openRouteService } from '../testing/route-service.js';
import { catalogueFileRoutes } from './catalogue-files.js';

const READER = 'a-reader-of-the-tests-0123456789';
const access = openAccess({
  apiKey: 'a-key-of-the-tests-0123456789',
  apiKeyName: 'access_token',
  apiKeys: [{ name: 'reader', role: 'reader', key: READER }],
});

let mongodb: TestMongodb;
let store: Store;
let app: HttpService;

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
  app = await openRouteService(access);
  await app.register(catalogueFileRoutes({ access, store } as never));
});
afterAll(async () => {
  await app.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url: `/catalogues/${path}`, headers: { access_token: READER, ...headers } });

const scored = (query: object, scenario: 'regular' | null = null) =>
  toImpactDocument({
    query: query as Record<string, Json>,
    answer: simulateDetailed(query as TextileQuery) as never,
    source: scenario === null ? 'api' : 'extraction',
    scenario,
    methodVersion,
    runId: null,
  });

/** A catalogue with products as an upload puts them there. */
async function catalogueOf(products: readonly unknown[]): Promise<string> {
  const _id = randomUUID();
  const at = new Date();
  await createCatalogue(store, { _id, name: _id, created_at: at, created_by: null });
  const known = products.map((product) => checkKnownProduct(product) as KnownProduct);
  const simulations = new Map(known.map(({ md5_id, product }) => [md5_id, product]));
  const scores = new Map([...simulations].map(([md5Id, product]) => [md5Id, scored(product)]));
  const wanted = known.map((one, line) => ({
    id: catalogueProductId(_id, one.reference),
    reference: one.reference,
    line,
    content: toCatalogueContent(one, scores.get(one.md5_id) ?? {}),
  }));
  await applyChange(
    store,
    { _id: randomUUID(), catalogue: _id, kind: 'upload', at, by: null, file: null, job: null },
    wanted,
  );
  return _id;
}
const contentsOf = async (catalogue: string) =>
  (await store.collection('catalogue_products').find({ catalogue }).sort({ reference: 1 }).toArray()).map(
    ({ content }) => content,
  );
async function productsIn(file: Buffer): Promise<Record<string, unknown>[]> {
  const items = await Readable.from(readProducts(Readable.from([file]))).toArray();
  return items.map((item) => ('fault' in item ? item.message.en : item.product));
}

const TSHIRT = {
  reference: 'T-1',
  gtins: ['1234567890128'],
  product: 'tshirt',
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  countryFabric: 'BD',
  countryDyeing: 'BD',
  countryMaking: 'BD',
};
const METAL = '0c903fc7-279b-4375-8cfa-ca8133b8e973';
/** All that can be told of a product. */
const FULL = {
  ...{ reference: 'J-1', name: 'Jean, « droit »', brand: 'Atelier Lin', gtins: ['12345670', '3760001000016'] },
  ...{ collection: 'Été', season: 'SS27', tags: ['a', 'b c'], link: 'https://example.org/j?a=1&b=2' },
  ...{ product: 'jean', mass: 0.4567, price: 59.9, numberOfReferences: 1234, business: 'small-business' },
  materials: [
    { id: 'ei-coton', share: 0.985, country: 'TR', spinning: 'UnconventionalSpinning' },
    { id: 'elasthane', share: 0.015 },
  ],
  ...{ countrySpinning: 'TN', countryFabric: 'TN', countryDyeing: 'TN', countryMaking: 'MA', upcycled: false },
  ...{ airTransportRatio: 0.07, fading: true, fabricProcess: 'weaving', makingComplexity: 'high', makingWaste: 0.2 },
  ...{
    makingDeadStock: 0.1,
    yarnSize: '30Nm',
    surfaceMass: 300,
    physicalDurability: 1.1,
    dyeingProcessType: 'average',
  },
  printing: { kind: 'pigment', ratio: 0.3 },
  trims: [{ id: METAL, quantity: 5 }],
};
const many = (count: number, change: (index: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({
    ...TSHIRT,
    reference: `T-${String(index).padStart(5, '0')}`,
    gtins: [],
    ...change(index),
  }));

describe('GET /catalogues/{id}/export', () => {
  it.each(RESULT_FORMATS.flatMap((format) => ['fr', 'en'].map((language) => [format, language] as const)))(
    'as %s in %s is put into another catalogue without loss',
    async (format, language) => {
      const id = await catalogueOf([FULL, { ...TSHIRT, reference: undefined }, ...many(101)]);
      const answer = await get(`${id}/export?format=${format}&language=${language}`);
      expect([answer.statusCode, answer.headers['content-language']]).toEqual([200, language]);
      expect(answer.headers['content-disposition']).toBe(`attachment; filename="${id}.${format.split('-')[0]}"`);
      const other = await catalogueOf(await productsIn(answer.rawPayload));
      expect(await contentsOf(other)).toEqual(await contentsOf(id));
    },
  );

  it('has what filters let through, by reference, with what it costs', async () => {
    const id = await catalogueOf([{ ...TSHIRT, tags: ['x'] }, FULL, { ...TSHIRT, reference: 'A-1', tags: ['x'] }]);
    const lines = (await get(`${id}/export?tag=x`)).payload.trim().split('\n');
    const read = lines.map((line) => JSON.parse(line));
    expect(read.map(({ reference }) => reference)).toEqual(['A-1', 'T-1']);
    const { md5_id } = scored(checkedQuery(TSHIRT));
    const { ecs } = simulateDetailed(TSHIRT as never).impacts;
    expect(read[1]).toMatchObject({ ecs: expect.closeTo(ecs, 9), md5_id, method_version: methodVersion });
    expect((await get(`${id}/export?format=json&tag=none`)).json()).toEqual([]);
  });

  it('as a table tells cost, percentile in the reference grid, main cause and identity, but no lines or outcomes', async () => {
    const grid = await gridOfTwo();
    const others = [0.3, 0.4, 0.5].map((mass) => scored({ ...checkedQuery(TSHIRT), mass }, 'regular'));
    for (const { _platform } of others) _platform.methodVersion = '8.5.0';
    await insertImpacts(store, others);
    const id = await catalogueOf([TSHIRT]);
    const [header, row] = (await get(`${id}/export?format=csv&language=en`)).payload.slice(1).split('\n');
    await removeImpacts([...grid, ...others]);
    const cells = Object.fromEntries(header?.split(',').map((name, at) => [name, row?.split(',')[at]]) ?? []);
    const { ecs } = simulateDetailed(TSHIRT as never).impacts;
    expect(cells).toMatchObject({
      'Internal reference': 'T-1',
      'Environmental cost (Pts)': String(ecs),
      'Cost per 100 g (Pts)': String((ecs / 0.17) * 0.1),
      'Rank within its type (%)': '50',
      'Main cause': expect.stringMatching(/^Raw materials: Cotton \(\d\d %\)$/),
      'Version of the method': methodVersion,
      Identity: scored(checkedQuery(TSHIRT)).md5_id,
    });
    expect(Object.keys(cells)).not.toEqual(expect.arrayContaining(['Outcome']));
    expect(header).not.toMatch(/Refused because|Line of the file/);
  });

  it('has the catalogues of the platform, page by page', async () => {
    const grid = await gridOfTwo();
    const all = (await get('reference-grid/export?format=json')).json();
    const inWorkbook = await productsIn((await get('reference-grid/export?format=xlsx')).rawPayload);
    await removeImpacts(grid);
    expect(all.map(({ mass }: { mass: number }) => mass).toSorted()).toEqual([0.1, 0.2]);
    expect(inWorkbook).toHaveLength(2);
  });
});

/** The reference grid, for one test. */
async function gridOfTwo() {
  const grid = [0.1, 0.2].map((mass) => scored({ ...checkedQuery(TSHIRT), mass }, 'regular'));
  await insertImpacts(store, grid);
  return grid;
}
const removeImpacts = (documents: readonly { md5_id: string }[]) =>
  store.collection('impacts').deleteMany({ md5_id: { $in: documents.map(({ md5_id }) => md5_id) } });
const checkedQuery = (product: object) => (checkKnownProduct(product) as KnownProduct).product;

/** The files of an archive, by name. */
function unzipped(bytes: Buffer): Record<string, Buffer> {
  const archive: { FullPaths: string[]; FileIndex: { content?: Uint8Array }[] } = CFB.read(bytes, { type: 'buffer' });
  const { FullPaths, FileIndex } = archive;
  const files = FullPaths.map((path, at) => [path.split('/').at(-1), FileIndex[at]?.content] as const);
  return Object.fromEntries(
    // The library adds a file of its own.
    files.flatMap(([name, content]) => (name?.includes('.') && content?.length ? [[name, Buffer.from(content)]] : [])),
  );
}
async function declared(file: Buffer, form: string): Promise<Declaration[]> {
  const table = await readDeclarationTable(file, `file.${form}`);
  return table.rows.map((row) => toDeclaration(readRow(table, row, '')));
}
const { reference: _, ...QUERY } = TSHIRT;
const asDeclared = (more: object = {}) => ({ ...QUERY, internalReference: 'T-1', ...more });

describe('GET /catalogues/{id}/declaration', () => {
  it.each([
    ['csv', 'fr', TABLE_WRITERS.csv.contentType, 'T-shirt / Polo'],
    ['csv', 'en', TABLE_WRITERS.csv.contentType, ',T-shirt,'],
    ['xlsx', 'fr', TABLE_WRITERS.xlsx.contentType, ''],
  ])('as %s in %s is one file', async (form, language, type, word) => {
    const id = await catalogueOf([TSHIRT]);
    const answer = await get(`${id}/declaration?format=${form}&language=${language}`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, type]);
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${id}-declaration.${form}"`);
    expect(await declared(answer.rawPayload, form)).toEqual([asDeclared()]);
    expect(answer.payload).toContain(word);
  });

  it('is files under the limit of the portal in an archive, and what is left out beside them', async () => {
    const material = { id: 'coton-rdpc', country: 'REO' };
    const wide = (index: number) => ({
      reference: `${String(index).padStart(4, '0')}-${'漢'.repeat(190)}`,
      materials: Array.from({ length: 16 }, () => ({ ...material, share: 0.0625 })),
    });
    const id = await catalogueOf([...many(600, wide), { ...FULL, price: 10 }]);
    const answer = await get(`${id}/declaration?language=fr`);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${id}-declaration.zip"`,
    });
    const files = unzipped(answer.rawPayload);
    expect(Object.keys(files)).toEqual(['declaration-1.csv', 'declaration-2.csv', 'left-out.csv']);
    const { 'left-out.csv': leftOut, ...parts } = files;
    for (const file of Object.values(parts)) expect(file.length).toBeLessThan(MAX_FILE_BYTES);
    const rows = (await Promise.all(Object.values(parts).map((file) => declared(file, 'csv')))).flat();
    expect(rows.map(({ internalReference }) => internalReference)).toEqual(
      many(600, wide).map(({ reference }) => reference),
    );
    expect(String(leftOut)).toMatch(/^\ufeffRéférence interne;Refusé parce que\nJ-1;"brand : le portail connaît/);
  });

  it('is only what is left out where that is all', async () => {
    const id = await catalogueOf([FULL]);
    const { rawPayload } = await get(`${id}/declaration?format=xlsx`, { 'accept-language': 'en' });
    const files = unzipped(rawPayload);
    expect(Object.keys(files)).toEqual(['left-out.csv']);
    expect(String(files['left-out.csv'])).toMatch(/^\ufeffInternal reference,Refused because\nJ-1,"brand: the portal/);
  });

  it('leaves out what is doubtful until somebody has confirmed it', async () => {
    const id = await catalogueOf([TSHIRT, { ...TSHIRT, reference: 'T-2', mass: 170, gtins: [] }]);
    const references = async () => {
      const { declarations, left_out } = (await get(`${id}/declaration?format=json&language=en`)).json();
      return [declarations.map((one: Declaration) => one.internalReference), left_out];
    };
    const left = { id: catalogueProductId(id, 'T-2'), reference: 'T-2', reason: expect.stringMatching(/^doubtful: /) };
    expect(await references()).toEqual([['T-1'], [left]]);
    const products = store.collection('catalogue_products');
    await products.updateOne({ catalogue: id, reference: 'T-2' }, { $set: { 'content.state': 'confirmed' } });
    expect(await references()).toEqual([['T-1', 'T-2'], []]);
  });

  describe('of products by several versions of the method', () => {
    /** Products by these versions: T-0, T-1 and so on. */
    async function byVersions(...versions: (string | null)[]) {
      const id = await catalogueOf(versions.map((_, at) => ({ ...TSHIRT, reference: `T-${at}`, gtins: [] })));
      const products = store.collection('catalogue_products');
      for (const [at, version] of versions.entries())
        await products.updateOne(
          { catalogue: id, reference: `T-${at}` },
          { $set: { 'content.method_version': version } },
        );
      return id;
    }
    const declaredOf = async (path: string) => {
      const { declarations, left_out } = (await get(path)).json();
      const left = left_out.map(({ reference }: { reference: string }) => reference);
      return [declarations.map((one: Declaration) => one.internalReference), left];
    };

    it.each([
      ['most are by', ['7.0.0', '8.5.0', '7.0.0', null], '', ['T-0', 'T-2', 'T-3'], ['T-1']],
      ['most are by, the later one', ['8.5.0', '7.0.0', '8.5.0'], '', ['T-0', 'T-2'], ['T-1']],
      ['is the later one of two', ['8.5.0', '8.10.0'], '', ['T-1'], ['T-0']],
      ['is asked for', ['7.0.0', '8.5.0', '7.0.0', null], '&method_version=8.5.0', ['T-1'], []],
      ['those have that a filter finds', ['7.0.0', '8.5.0', '7.0.0'], '&reference=T-1', ['T-1'], []],
      ['none tells', [null, null], '', ['T-0', 'T-1'], []],
    ])('is of the one that %s', async (_, versions, asked, declared, left) => {
      const id = await byVersions(...versions);
      expect(await declaredOf(`${id}/declaration?format=json${asked}`)).toEqual([declared, left]);
    });

    it.each([
      [
        'fr',
        'method_version : calculé par la version 8.5.0 de la méthode, et les autres par 7.0.0 : faites tout recalculer par une seule (chaîne ecobalyse_rescore), ou demandez ceux-ci par method_version=8.5.0',
      ],
      [
        'en',
        'method_version: scored by version 8.5.0 of the method, and the others by 7.0.0: have all of them scored anew by one (pipeline ecobalyse_rescore), or ask for these by method_version=8.5.0',
      ],
    ])('says in %s by which version the others are, and what to do', async (language, reason) => {
      const id = await byVersions('7.0.0', '8.5.0', '7.0.0');
      const { left_out } = (await get(`${id}/declaration?format=json&language=${language}`)).json();
      expect(left_out).toEqual([{ id: catalogueProductId(id, 'T-1'), reference: 'T-1', reason }]);
      const files = unzipped((await get(`${id}/declaration?language=${language}`)).rawPayload);
      expect(String(files['left-out.csv'])).toContain(reason);
      expect(await declared(files['declaration-1.csv'] as Buffer, 'csv')).toHaveLength(2);
    });

    it('holds for the catalogues of the platform', async () => {
      const of = (mass: number, version: string) => {
        const document = scored({ ...checkedQuery(TSHIRT), mass });
        document._platform.methodVersion = version;
        return document;
      };
      const documents = [of(0.11, '8.5.0'), of(0.12, '8.5.0'), of(0.13, '8.5.0'), of(0.14, methodVersion)];
      await insertImpacts(store, documents);
      const left = await declaredOf('api/declaration?format=json');
      const own = await declaredOf(`api/declaration?format=json&method_version=${methodVersion}`);
      await removeImpacts(documents);
      expect(left[0]).toEqual(
        documents
          .slice(0, 3)
          .map(({ md5_id }) => md5_id)
          .toSorted(),
      );
      expect([left[1], own]).toEqual([[documents[3]?.md5_id], [[documents[3]?.md5_id], []]]);
    });
  });

  it('is the header alone of an empty catalogue', async () => {
    const answer = await get(`${await catalogueOf([])}/declaration`);
    expect(answer.headers['content-type']).toBe(TABLE_WRITERS.csv.contentType);
    expect(await declared(answer.rawPayload, 'csv')).toEqual([]);
  });

  it('as JSON has bodies of the portal, and each product that is left out with the reasons', async () => {
    const id = await catalogueOf([
      ...many(101),
      ...['A', 'B'].map((reference) => ({ ...TSHIRT, reference: `X-${reference}` })),
      { ...TSHIRT, reference: 'Y', gtins: [], brand: 'Lin' },
    ]);
    const { declarations, left_out } = (await get(`${id}/declaration?format=json&language=en`)).json();
    expect(declarations).toHaveLength(101);
    expect(declarations[100]).toEqual(asDeclared({ internalReference: 'T-00100', gtins: [] }));
    expect(left_out.map(({ reference }: { reference: string }) => reference)).toEqual(['X-A', 'X-B', 'Y']);
    expect(left_out[0]).toEqual({
      id: catalogueProductId(id, 'X-A'),
      reference: 'X-A',
      reason: expect.stringMatching(/^gtins \(1234567890128\): another product/),
    });
    expect(left_out[2].reason).toMatch(/^brand: /);
    expect((await get(`${id}/declaration?format=json&reference=X-A`)).json()).toMatchObject({
      declarations: [{ internalReference: 'X-A' }],
      left_out: [],
    });
    expect((await get(`${await catalogueOf([])}/declaration?format=json`)).json()).toEqual({
      declarations: [],
      left_out: [],
    });
  });

  it('names the brand that is asked for', async () => {
    const id = await catalogueOf([{ ...TSHIRT, brand: 'Lin' }]);
    const brandFor = async (brand: string) =>
      (await get(`${id}/declaration?format=json&brand_id=${brand}`)).json().declarations[0].brandId;
    const uuid = '3f2b8a4e-0000-4000-8000-000000000001';
    expect([await brandFor(uuid.toUpperCase()), await brandFor('default')]).toEqual([uuid, undefined]);
  });
});

describe.each(['export', 'declaration'])('GET /catalogues/{id}/%s', (path) => {
  it('refuses what is no catalogue, no format, and whoever has no key', async () => {
    const id = await catalogueOf([TSHIRT]);
    const statuses = async (...paths: string[]) => Promise.all(paths.map(async (one) => (await get(one)).statusCode));
    expect(await statuses(`${randomUUID()}/${path}`, `none/${path}`)).toEqual([404, 422]);
    expect(await statuses(`${id}/${path}?format=pdf`, `${id}/declaration?brand_id=Lin`)).toEqual([422, 422]);
    expect((await get(`${id}/${path}`, { access_token: 'x' })).statusCode).toBe(403);
    await deleteCatalogue(store, id);
    expect(await statuses(`${id}/${path}`)).toEqual([404]);
  });
});
