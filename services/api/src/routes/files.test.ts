import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { catalogueProductId, flattenImpact } from '@ecobalyse/product-documents';
import type { JobProducts } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import {
  addProductJobChunks,
  createCatalogue,
  endProductJob,
  finishProductJobChunk,
  openStore,
  type Store,
  startProductJob,
  upsertImpacts,
} from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
} from '@ecobalyse/test-servers';
import { openTracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { read, utils, type WorkSheet } from 'xlsx';
import { buildApi } from '../app.js';
import { openModelHost } from '../model-host.js';
import { fixedDocuments } from '../testing/fixed-documents.js';

const KEY = 'a-key-of-the-tests-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const upstream = createEcobalyseClient({ baseUrl: 'http://127.0.0.1:9', concurrency: 1, timeoutMs: 1000, retries: 0 });

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let productJobs: ProductJobQueue;
let app: HttpService;

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  productJobs = openProductJobQueue({ redisUrl: redis.url, prefix: '{files}' }, () => undefined);
  cache = openResponseCache({ redisUrl: redis.url, prefix: '{files}:', ttlSeconds: 60, onError: () => undefined });
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  app = await buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 100_000 },
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
    cacheClearRequiresKey: false,
  });
});
afterAll(async () => {
  await app.close();
  await store.close();
  upstream.close();
  await cache.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
afterEach(async () => {
  await databaseOf(store).dropDatabase();
});

const FORM = 'multipart/form-data; boundary=x';
const partOf = (name: string, content: string, more = '') =>
  `--x\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
const formOf = (file: string, fields: Readonly<Record<string, string>> = {}) =>
  `${Object.entries(fields)
    .map(([name, content]) => partOf(name, content))
    .join('')}${partOf('file', file, '; filename="été.csv"')}--x--\r\n`;

async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  { body, type = 'text/csv', language = 'fr' }: { body?: string; type?: string; language?: string } = {},
) {
  const answer = await app.inject({
    method,
    url,
    headers: { access_token: KEY, 'accept-language': language, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}
const put = (name: string, mapping: unknown) =>
  ask('PUT', `/files/mappings/${name}`, { body: JSON.stringify(mapping), type: 'application/json' });

const CSV = 'Modèle;Poids;Matière 1\nJean;500;Coton bio GOTS\n';
const MAPPING = {
  columns: { Modèle: 'product' },
  values: { material: { 'Coton bio GOTS': 'ei-coton-organic' } },
  massUnit: 'g',
};

describe('POST /files/inspect', () => {
  it('tells how a body is understood, in the language of its reader, and keeps nothing', async () => {
    const told = await ask('POST', '/files/inspect', { body: CSV });
    expect(told).toMatchObject({ status: 200, body: { format: 'csv', missing: ['product'], unmapped: ['Modèle'] } });
    expect(told.headers['content-language']).toBe('fr');
    expect(told.body.columns[0]).toMatchObject({ header: 'Modèle', examples: ['Jean'], field: null });
    expect(told.body.fields).toContainEqual({ id: 'product', name: 'Catégorie' });
    expect(told.body.choices.material).toContainEqual({ id: 'ei-lin', name: 'Lin' });
    const english = await ask('POST', '/files/inspect', { body: CSV, language: 'en' });
    expect(english.body.fields).toContainEqual({ id: 'mass', name: 'Mass' });
    expect(english.body.choices).toEqual({ material: expect.arrayContaining([{ id: 'ei-lin', name: 'Linen' }]) });
    for (const name of ['product_jobs', 'product_job_chunks'] as const) {
      expect(await store.collection(name).countDocuments({})).toBe(0);
    }
  });

  it('takes the file of a form with corrections before it, and asks the method', async () => {
    const mapping = JSON.stringify({ ...MAPPING, massUnit: 'kg' });
    const { status, body } = await ask('POST', '/files/inspect', { body: formOf(CSV, { mapping }), type: FORM });
    expect([status, body.preview, body.refused]).toEqual([
      200,
      [{ product: 'jean', mass: 500, materials: [{ id: 'ei-coton-organic' }] }],
      1,
    ]);
    expect(body.faults).toMatchObject([{ line: 2, column: 3, header: 'Matière 1' }]);
  });

  it('tells what the method refuses, by the column', async () => {
    const file = 'product;mass;material1;material1Share;Made in\njean;1;ei-coton;1;XX\njean;1;Coton;1;France\n';
    const { body } = await ask('POST', '/files/inspect', { body: file });
    expect(body).toMatchObject({ rows: 2, refused: 1, checked: 1 });
    expect(body.faults).toMatchObject([{ line: 2, column: 5, header: 'Made in', value: 'XX' }]);
    const price = 'product;mass;material1;material1Share;Prix (€)\njean;1;Coton;1;5000\n';
    expect((await ask('POST', '/files/inspect', { body: price })).body.faults).toMatchObject([
      { line: 2, column: 5, value: '5000', message: expect.stringContaining('1000') },
    ]);
  });

  it('tells faults of JSON in words', async () => {
    const { body } = await ask('POST', '/files/inspect', { body: '[{"product":"jean"}]', type: 'application/json' });
    expect(body.faults.map(({ message }: { message: string }) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining('materials: attendu')]),
    );
  });

  it.each<[string, { body: string; type?: string }, string, number, string]>([
    ['a file that is too large', { body: 'x'.repeat(100_001) }, '', 413, '0.1 Mo'],
    ['nothing', { body: `${partOf('note', 'x')}--x--\r\n`, type: FORM }, '', 422, 'attendu : '],
    ['a type that is none', { body: CSV, type: 'image/png' }, '', 422, 'attendu'],
    ['a mapping that is not there', { body: CSV }, '?mapping=none', 404, 'Cette correspondance n’existe pas'],
    ['corrections that are no JSON', { body: formOf(CSV, { mapping: '{' }), type: FORM }, '', 422, 'JSON valide'],
    [
      'corrections of another form',
      { body: formOf(CSV, { mapping: '{"massUnit":"t"}' }), type: FORM },
      '',
      422,
      'attendu : kg, g ou mg',
    ],
    [
      'corrections that name no field',
      { body: formOf(CSV, { mapping: '{"columns":{"A":"colour"}}' }), type: FORM },
      '',
      422,
      'columns.A ; attendu : un champ',
    ],
    ['a parameter that is none', { body: CSV }, '?sheet=2', 422, 'paramètre inconnu'],
  ])('refuses %s', async (_, given, query, status, words) => {
    const answer = await ask('POST', `/files/inspect${query}`, given);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(words)]);
  });

  it('asks for a key', async () => {
    expect((await app.inject({ method: 'POST', url: '/files/inspect', payload: CSV })).statusCode).toBe(403);
  });
});

describe('saved mappings', () => {
  it('are saved, read, listed by name, replaced and deleted', async () => {
    expect((await ask('GET', '/files/mappings')).body).toEqual({ total: 0, offset: 0, limit: 50, items: [] });
    const saved = await put('winter', { columns: { 'a.b$c': 'mass' } });
    expect(saved).toMatchObject({
      status: 200,
      body: { name: 'winter', mapping: { columns: { 'a.b$c': 'mass' }, values: {} }, updated_by: 'API_KEY' },
    });
    await put('winter', MAPPING);
    await put('spring', MAPPING);
    const listed = async (page: string) => {
      const { total, items } = (await ask('GET', `/files/mappings${page}`)).body;
      return [total, items.map(({ name }: { name: string }) => name)];
    };
    expect(await listed('')).toEqual([2, ['spring', 'winter']]);
    expect(await listed('?limit=1')).toEqual([2, ['spring']]);
    expect(await listed('?limit=1&offset=1')).toEqual([2, ['winter']]);
    expect(await listed('?limit=2&offset=1')).toEqual([2, ['winter']]);
    expect(await listed('?limit=0')).toEqual([2, []]);
    expect((await ask('GET', '/files/mappings/winter')).body).toMatchObject({ name: 'winter', mapping: MAPPING });
    expect((await ask('DELETE', '/files/mappings/winter')).status).toBe(200);
    for (const method of ['GET', 'DELETE'] as const) {
      expect(await ask(method, '/files/mappings/winter')).toMatchObject({
        status: 404,
        body: { code: 'mapping_unknown' },
      });
    }
    expect((await ask('GET', '/files/mappings/spring')).status).toBe(200);
  });

  it('serve inspections and jobs by their names', async () => {
    await put('spring', MAPPING);
    const product = { product: 'jean', mass: 0.5, materials: [{ id: 'ei-coton-organic' }] };
    const told = await ask('POST', '/files/inspect?mapping=spring', { body: CSV });
    expect(told.body.preview).toEqual([product]);
    const chunks = async (url: string, body: string, type: string) => {
      const { status, body: job } = await ask('POST', url, { body, type });
      expect(status).toBe(202);
      const [chunk] = await store.collection('product_job_chunks').find({ job: job.id }).toArray();
      return JSON.parse(chunk?.products as string)[0].product;
    };
    expect(await chunks('/product/batch?mapping=spring', CSV, 'text/csv')).toEqual(product);
    expect(await chunks('/product/batch', formOf(CSV, { mapping: JSON.stringify(MAPPING) }), FORM)).toEqual(product);
    expect((await ask('POST', '/product/batch?mapping=none', { body: CSV })).status).toBe(404);
  });

  it('are at most 100, which may still be replaced', async () => {
    const mapping = JSON.stringify({ columns: {}, values: {} });
    await store
      .collection('file_mappings')
      .insertMany(
        Array.from({ length: 99 }, (_, n) => ({ _id: `m${n}`, mapping, updatedAt: new Date(), updatedBy: null })),
      );
    expect((await put('last', MAPPING)).status).toBe(200);
    expect(await put('more', MAPPING)).toMatchObject({ status: 409, body: { code: 'too_many_mappings' } });
    expect((await put('m5', MAPPING)).status).toBe(200);
  });

  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, 'ignore']));
  it.each<[string, unknown, number, string]>([
    ['256 columns', { columns: many(256) }, 200, 'm'],
    ['257 columns', { columns: many(257) }, 422, '256 mots au plus'],
    ['1001 values', { values: { material: many(1001) } }, 422, '1000 mots au plus'],
    ['a long header', { columns: { ['x'.repeat(201)]: 'mass' } }, 422, '256 mots au plus, de 1 à 200 caractères'],
    ['a long word', { columns: { x: 'm'.repeat(201) } }, 422, '200 caractères'],
    ['what is none of them', { colums: {} }, 422, 'colums'],
    ['a field that is none', { columns: { A: 'colour' } }, 422, 'columns.A'],
  ])('of %s', async (_, mapping, status, words) => {
    const answer = await put('m', mapping);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(words)]);
  });
});

describe('what became of the rows of a file', () => {
  const FILE = [
    'Refusé parce que;Réf;Catégorie;Nom;Poids;Matière 1;Matière 1 %;Couleur',
    ';=R1;T-shirt;Basique;0,17;Coton;100 %;rouge',
    ';R2;Chapeau;Melon;0,2;Laine;100 %;"noir; mat"',
    ';R3;Jean;Slim;;Coton;100 %;bleu',
  ].join('\r\n');

  const WARNINGS = [
    { id: 'a', severity: 'doubtful', field: null, message: { en: 'too heavy', fr: 'trop lourd' } },
    { id: 'b', severity: 'note', field: 'price', message: { en: 'too dear', fr: 'trop cher' } },
  ];

  /** A job that has ended with these outcomes of the file's rows, two in a chunk. */
  async function finished(file: string, outcomes: readonly object[]): Promise<{ id: string }> {
    const { id } = (await ask('POST', '/product/batch', { body: file, type: 'text/csv' })).body;
    const [chunk] = await store.collection('product_job_chunks').find({ job: id }).toArray();
    const rows: { line: number; index: number; product?: { reference?: string } }[] = JSON.parse(
      chunk?.products as string,
    );
    await startProductJob(store, id);
    await store.collection('product_job_chunks').deleteMany({ job: id });
    for (let n = 0; 2 * n < rows.length; n += 1) {
      const some = rows.slice(2 * n, 2 * n + 2);
      await addProductJobChunks(store, id, n, ['[]']);
      await finishProductJobChunk(store, id, n, {
        result: some
          .map(({ line, index, product }) => ({ line, index, reference: product?.reference, ...outcomes[index] }))
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
        counts: { added: 2, changed: 0, existing: 0, refused: 0, failed: 0 },
        products: JSON.stringify(some.map(({ product }) => ({ product }))),
      });
    }
    await endProductJob(store, id, 'done', null);
    return { id };
  }

  /** A job whose rows were worked off: of the file's, those with these costs are added, the others refused. */
  async function worked(file: string, type: string, identities: readonly (string | undefined)[]): Promise<string> {
    const { id } = (await ask('POST', '/product/batch', { body: file, type })).body;
    const [chunk] = await store.collection('product_job_chunks').find({ job: id }).toArray();
    const rows: { line: number; index: number; product?: { reference?: string }; cells?: unknown }[] = JSON.parse(
      chunk?.products as string,
    );
    const lines = rows.map(({ line, index, product }, at) => {
      const md5_id = identities[at];
      const facts = md5_id
        ? { status: 'added', md5_id, ecs: 1000, warnings: WARNINGS }
        : { status: 'refused', detail: { en: 'product: no such type', fr: 'product : type inconnu' } };
      return JSON.stringify({ line, index, reference: product?.reference, ...facts });
    });
    await startProductJob(store, id);
    await finishProductJobChunk(store, id, 0, {
      result: lines.map((line) => `${line}\n`).join(''),
      counts: { added: 1, existing: 0, refused: 2, failed: 0 } as never,
      products: JSON.stringify(
        rows.map(({ product, cells }, at) => (identities[at] ? { product } : { product, cells })),
      ),
    });
    await endProductJob(store, id, 'done', null);
    return id;
  }
  const get = (url: string, language = 'fr') =>
    app.inject({ method: 'GET', url, headers: { access_token: KEY, 'accept-language': language } });
  const cellsOf = (file: Buffer): unknown[][] => {
    const { Sheets, SheetNames } = read(file, { type: 'buffer' });
    return utils.sheet_to_json(Sheets[SheetNames[0] as string] as WorkSheet, { header: 1, raw: true, defval: null });
  };
  const tshirts = fixedDocuments().filter(({ product_id }) => product_id === 'tshirt');
  const [tshirt] = tshirts.filter(({ inputs }) => inputs.mass === 0.17) as [(typeof tshirts)[number]];
  beforeEach(() => upsertImpacts(store, fixedDocuments()));

  it('is a table under their own references, with the cost, where it stands and what makes it up', async () => {
    const id = await worked(FILE, 'text/csv', [tshirt.md5_id]);
    const answer = await get(`/jobs/${id}/result?format=csv-fr`);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${id}.csv"`,
      'content-language': 'fr',
    });
    const costs = Object.entries(flattenImpact({ ...tshirt }).row).filter(([name]) => name.startsWith('cost_'));
    const share = Math.round(Math.max(...costs.map(([, cost]) => Number(cost))) / 10);
    expect(answer.payload.split('\n')).toEqual([
      '\ufeffRéférence interne;Nom du produit;Résultat;Refusé parce que;Coût environnemental (Pts);Coût pour 100 g (Pts);Rang dans son type (%);Cause principale;Alertes;Catégorie;Masse (kg);Matière 1;Part matière 1;Version de la méthode;Ligne du fichier;Identité',
      // The two of the grid that are t-shirts cost less; the one that a user added does not count.
      `'=R1;Basique;ajouté;;1000;${String(1000 / 1.7).replace('.', ',')};${percentile()};${'Matières premières : Coton'} (${share} %);"trop lourd ; trop cher";T-shirt / Polo;0,17;Coton;1;7.0.0;2;${tshirt.md5_id}`,
      'R2;Melon;refusé;product : type inconnu;;;;;;Chapeau;0,2;Laine par défaut;1;;3;',
      'R3;Slim;refusé;product : type inconnu;;;;;;Jean;;Coton;1;;4;',
      '',
    ]);
    const english = await get(`/jobs/${id}/result?format=csv&language=en`, 'fr');
    expect([english.headers['content-language'], english.payload.split('\n')[0]]).toEqual([
      'en',
      expect.stringMatching(/^\ufeffInternal reference,Product name,Outcome,Refused because,/),
    ]);
    const [head, first] = cellsOf((await get(`/jobs/${id}/result?format=xlsx`)).rawPayload);
    expect([head?.slice(0, 3), first?.slice(0, 5)]).toEqual([
      ['Référence interne', 'Nom du produit', 'Résultat'],
      ['=R1', 'Basique', 'ajouté', null, 1000],
    ]);
  });
  const percentile = () => {
    const grid = tshirts.filter(({ _platform }) => _platform?.scenario !== null).map(({ impacts }) => impacts.ecs);
    return String(grid.filter((ecs) => (ecs as number) < 1000).length * (100 / grid.length)).replace('.', ',');
  };

  it('is NDJSON unless asked otherwise, and JSON', async () => {
    const id = await worked(FILE, 'text/csv', [tshirt.md5_id]);
    const ndjson = await get(`/jobs/${id}/result`, 'en');
    expect(ndjson.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = ndjson.payload.trim().split('\n');
    const warnings = WARNINGS.map(({ message, ...warning }) => ({ ...warning, message: message.en }));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { line: 2, index: 0, reference: '=R1', status: 'added', md5_id: tshirt.md5_id, ecs: 1000, warnings },
      { line: 3, index: 1, reference: 'R2', status: 'refused', detail: 'product: no such type' },
      { line: 4, index: 2, reference: 'R3', status: 'refused', detail: 'product: no such type' },
    ]);
    const json = await get(`/jobs/${id}/result?format=json`, 'en');
    expect(json.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json.json()).toEqual(lines.map((line) => JSON.parse(line)));
    const begun = (await ask('POST', '/product/batch', { body: FILE })).body.id;
    expect((await get(`/jobs/${begun}/result?format=json`)).json()).toEqual([]);
    expect((await get(`/jobs/${begun}/result?format=xls`)).statusCode).toBe(422);
    expect((await get(`/jobs/${begun}/refused?format=json`)).statusCode).toBe(422);
  });

  it('comes by pages, filtered and in order, with what the table tells', async () => {
    const [light, heavy] = ['aaaa', 'bbbb'];
    const own = { ...tshirt, _platform: { ...tshirt._platform, scenario: null } } as typeof tshirt;
    await upsertImpacts(store, [
      { ...own, md5_id: light },
      { ...own, md5_id: heavy, inputs: { ...tshirt.inputs, mass: 0.5 } },
    ]);
    const file = [
      'Réf;Catégorie;Nom;Poids;Matière 1;Matière 1 %',
      ';T-shirt;;0,17;Coton;100 %',
      'R10;T-shirt;Basique;0,17;Coton;100 %',
      'R2;T-shirt;;0,5;Coton;100 %',
      'R3;Chapeau;Melon;0,2;Laine;100 %',
    ].join('\r\n');
    const { id } = await finished(file, [
      { status: 'existing', md5_id: tshirt.md5_id, ecs: 1000 },
      { status: 'added', md5_id: light, ecs: 900 },
      { status: 'changed', md5_id: heavy, ecs: 2000, method_version: '6.0.0' },
      { status: 'refused', detail: { en: 'no such type', fr: 'type inconnu' } },
    ]);
    const page = async (query: string, language?: string) =>
      (await get(`/jobs/${id}/products?${query}`, language)).json() as JobProducts;
    const lines = async (query: string) => (await page(query)).items.map(({ line }) => line);
    const whole = await page('');
    expect([whole.total, whole.offset, whole.limit]).toEqual([4, 0, 50]);
    expect(whole.items[1]).toEqual({
      ...{ line: 3, index: 1, status: 'added', reference: 'R10', name: 'Basique', product: null, md5_id: light },
      ...{
        product_id: 'tshirt',
        mass: 0.17,
        ecs: 900,
        ecs_per_100g: 900 / 1.7,
        percentile: expect.any(Number),
        method_version: '7.0.0',
      },
      ...{ main_cause: expect.stringMatching(/^Matières premières : Coton \(\d+ %\)$/), warnings: [], detail: null },
    });
    expect(String(whole.items[0]?.percentile).replace('.', ',')).toBe(percentile());
    expect(whole.items[3]).toMatchObject({
      ...{ status: 'refused', reference: 'R3', name: 'Melon', ecs: null, percentile: null, main_cause: null },
      ...{ product_id: null, mass: null, ecs_per_100g: null, md5_id: null, detail: 'type inconnu' },
    });
    // Scored anew since: what it is made of now says nothing of what it cost then.
    expect(whole.items[2]).toMatchObject({
      ...{ method_version: '6.0.0', percentile: null, main_cause: null, product_id: 'tshirt', mass: 0.5, ecs: 2000 },
    });
    const english = await page('outcome=refused', 'en');
    expect([english.total, english.items[0]?.detail]).toEqual([1, 'no such type']);
    expect(await lines('outcome=scored')).toEqual([2, 3, 4]);
    expect(await lines('sort=-line')).toEqual([5, 4, 3, 2]);
    // R2 before R10, and what has none last, whatever the direction.
    expect(await lines('sort=reference')).toEqual([4, 5, 3, 2]);
    expect(await lines('sort=-reference')).toEqual([3, 5, 4, 2]);
    expect(await lines('sort=ecs')).toEqual([3, 2, 4, 5]);
    expect(await lines('sort=-ecs')).toEqual([4, 2, 3, 5]);
    const second = await page('sort=-ecs&offset=1&limit=2');
    expect([second.total, second.offset, second.limit, second.items.map(({ line }) => line)]).toEqual([
      4,
      1,
      2,
      [2, 3],
    ]);
    expect((await get(`/jobs/${id}/products?limit=200`)).statusCode).toBe(200);
    expect((await get(`/jobs/${id}/products?limit=201`)).statusCode).toBe(422);
    expect((await get(`/jobs/${id}/products?sort=mass`)).statusCode).toBe(422);
    expect((await get(`/jobs/${randomUUID()}/products`)).statusCode).toBe(404);
  });

  it('names the products of the catalogue that it was for', async () => {
    const catalogue = randomUUID();
    const { id } = await finished(FILE, [
      { status: 'added', md5_id: tshirt.md5_id, ecs: 1000 },
      { status: 'refused' },
      { status: 'refused' },
    ]);
    await store.collection('product_jobs').updateOne({ _id: id }, { $set: { catalogue } });
    const { items } = (await get(`/jobs/${id}/products`)).json() as JobProducts;
    expect(items.map((item) => item.product)).toEqual([catalogueProductId(catalogue, '=R1'), null, null]);
  });

  it('tells of barcode numbers that other products have, in whatever catalogue', async () => {
    const [catalogue, other] = [randomUUID(), randomUUID()];
    const [ours, theirs] = ['3760001000016', '96385074'];
    const file = [
      'Réf;Catégorie;Poids;Matière 1;Code-barres',
      `R1;T-shirt;0,17;Coton;${ours}`,
      `R2;T-shirt;0,17;Coton;${theirs}`,
    ];
    const outcome = { status: 'added', md5_id: tshirt.md5_id, ecs: 1000 } as const;
    const { id } = await finished(file.join('\n'), [outcome, outcome]);
    for (const _id of [catalogue, other])
      await createCatalogue(store, { _id, name: _id, created_at: new Date(), created_by: null });
    const product = (reference: string, where: string, gtins: string[]) => ({
      ...{ _id: randomUUID(), catalogue: where, reference, live: true, content: { gtins } },
    });
    await store
      .collection('catalogue_products')
      .insertMany([
        product('R1', catalogue, [ours]),
        product('R2', catalogue, [theirs]),
        product('R2', other, [theirs]),
      ] as never);
    const notes = async () => {
      const { items } = (await get(`/jobs/${id}/products`)).json() as JobProducts;
      return items.map(({ warnings }) =>
        warnings.map(({ id, severity, field, message }) => [id, severity, field, message]),
      );
    };
    // A job without a catalogue has none of its own.
    expect(await notes()).toEqual([[], []]);
    await store.collection('product_jobs').updateOne({ _id: id }, { $set: { catalogue } });
    expect(await notes()).toEqual([
      [],
      [['gtin_repeated', 'note', 'gtins', `${theirs} : « R2 » a le même code-barres`]],
    ]);
    const table = await get(`/jobs/${id}/result?format=csv&language=en`);
    expect(table.payload).toContain(`${theirs}: ""R2"" has the same barcode number`);
  });

  it('of refused rows is a file as they were sent, with the reason, which is read again', async () => {
    const id = await worked(FILE, 'text/csv', [tshirt.md5_id]);
    const { headers: given, payload } = await get(`/jobs/${id}/refused?format=csv-fr`);
    expect(given['content-disposition']).toBe(`attachment; filename="${id}-refused.csv"`);
    expect(payload).toBe(
      [
        '\ufeffRefusé parce que;Réf;Catégorie;Nom;Poids;Matière 1;Matière 1 %;Couleur',
        'product : type inconnu;R2;Chapeau;Melon;0,2;Laine;100 %;"noir; mat"',
        'product : type inconnu;R3;Jean;Slim;;Coton;100 %;bleu',
        '',
      ].join('\n'),
    );
    const corrected = payload.replace('Chapeau', 'Pull').replace('Slim;;', 'Slim;600 g;');
    const { body } = await ask('POST', '/files/inspect', { body: corrected });
    expect(body).toMatchObject({ rows: 2, refused: 0, unmapped: ['Couleur'] });
    expect(body.preview[1]).toMatchObject({ reference: 'R3', name: 'Slim', mass: 0.6 });
    const sheet = cellsOf((await get(`/jobs/${id}/refused`, 'en')).rawPayload);
    expect(sheet.map((row) => row.slice(0, 3))).toEqual([
      ['Refused because', 'Réf', 'Catégorie'],
      ['product: no such type', 'R2', 'Chapeau'],
      ['product: no such type', 'R3', 'Jean'],
    ]);
  });

  it('of refused JSON is a table of our own columns', async () => {
    const products = [
      { reference: 'A', product: 'tshirt', mass: 0.2, materials: [{ id: 'ei-coton', share: 1 }] },
      { reference: 'B', product: 'hat', mass: 0.2, materials: [{ id: 'ei-lin', share: 0.5, country: 'FR' }] },
    ];
    const id = await worked(JSON.stringify(products), 'application/json', [tshirt.md5_id]);
    expect((await get(`/jobs/${id}/refused?format=csv`, 'en')).payload.split('\n')).toEqual([
      '\ufeffRefused because,Internal reference,Category,Mass (kg),Material 1,Material 1 share,Material 1 country',
      'product: no such type,B,hat,0.2,Linen,0.5,France',
      '',
    ]);
  });

  it('of a job that is not there is nothing', async () => {
    for (const path of ['result?format=xlsx', 'refused']) {
      expect((await get(`/jobs/${randomUUID()}/${path}`)).json()).toMatchObject({ code: 'job_unknown' });
    }
  });
});
