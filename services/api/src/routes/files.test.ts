import { randomUUID } from 'node:crypto';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createEcobalyseClient } from '@ecobalyse/ecobalyse-client';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { openProductJobQueue, type ProductJobQueue } from '@ecobalyse/pipeline';
import { createLogger } from '@ecobalyse/service-kit';
import { openStore, type Store } from '@ecobalyse/store';
import { startTestMongodb, startTestRedis, type TestMongodb, type TestRedis } from '@ecobalyse/test-servers';
import { openTracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApi } from '../app.js';
import { openModelHost } from '../model-host.js';

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
});
afterAll(async () => {
  upstream.close();
  await cache.close();
  await productJobs.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
beforeEach(async () => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  app = await buildApi({
    logger,
    store,
    cache,
    upstream,
    models: openModelHost({ tracker: openTracker(undefined, store), logger, refreshSeconds: 1 }),
    productJobs,
    productJobLimits: { maxBytes: 100_000, keepDays: 1 },
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
    cacheClearRequiresKey: false,
  });
});
afterEach(async () => {
  await app.close();
  await store.close();
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
    expect(told.body.faults[0].message).toContain('colonnes absentes : product');
    const english = await ask('POST', '/files/inspect', { body: CSV, language: 'en' });
    expect(english.body.faults[0].message).toContain('missing columns: product');
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
    expect((await ask('GET', '/files/mappings')).body).toEqual([]);
    const saved = await put('winter', { columns: { 'a.b$c': 'mass' } });
    expect(saved).toMatchObject({
      status: 200,
      body: { name: 'winter', mapping: { columns: { 'a.b$c': 'mass' }, values: {} }, updated_by: 'API_KEY' },
    });
    await put('spring', MAPPING);
    await put('winter', MAPPING);
    expect((await ask('GET', '/files/mappings')).body.map(({ name }: { name: string }) => name)).toEqual([
      'spring',
      'winter',
    ]);
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
