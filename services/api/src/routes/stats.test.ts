import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openResponseCache, type ResponseCache } from '@ecobalyse/cache';
import { createHttpService, type HttpService, openAccess } from '@ecobalyse/http-kit';
import { collectColumns, type FieldColumn, FLAT_COLUMNS, toImpactDocument } from '@ecobalyse/product-documents';
import {
  COST_PARTS,
  type DetailedSimulation,
  IMPACT_CODES,
  STATISTIC_NAMES,
  STATISTICS,
  type StatisticName,
  type StatisticsSummary,
} from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { openStatisticsPublication, openStore, type Store } from '@ecobalyse/store';
import {
  databaseOf,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
  waitUntil,
} from '@ecobalyse/test-servers';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FAILURES } from '../failures.js';
import { exportRoutes } from './export.js';
import { statsRoutes } from './stats.js';

const KEY = 'a-key-of-the-tests-0123456789';

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let cache: ResponseCache;
let app: HttpService;

beforeAll(async () => {
  [mongodb, redis] = await Promise.all([startTestMongodb(), startTestRedis()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  cache = openResponseCache({ redisUrl: redis.url, ttlSeconds: 60, budgetMs: 10_000, onError: () => undefined });
  await waitUntil('the cache is connected', () => cache.ping().then(() => true));
  const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });
  const dependencies = { store, cache, access };
  app = await createHttpService({
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    title: 'test',
    description: 'test',
    access,
    failures: FAILURES,
  });
  await app.register(statsRoutes(dependencies));
  await app.register(exportRoutes(dependencies));
});
afterAll(async () => {
  await app.close();
  await cache.close();
  await store.close();
  await Promise.all([mongodb.close(), redis.close()]);
});
afterEach(async () => {
  await cache.clear();
  await databaseOf(store).dropDatabase();
});

async function get(url: string, headers: Record<string, string> = { access_token: KEY }) {
  const response = await app.inject({ method: 'GET', url, headers });
  return { status: response.statusCode, headers: response.headers, body: response.body, bytes: response.rawPayload };
}
async function json(url: string) {
  const { status, body } = await get(url);
  return { status, body: JSON.parse(body) };
}

const impact = (product_id: string, impact_type: string, mean = 2) => ({
  product_id,
  impact_type,
  Q1: 1,
  median: 2,
  Q3: 3,
  mean,
  min: 1,
  max: 3,
  seuil_min: -2,
  seuil_max: 6,
});
const outlier = (product: string, number: number, impact_type = 'ecs') => ({
  md5_id: `id-${number}`,
  impact_type,
  mass: 0.2,
  product: { id: product, name: `« ${product} », "large"` },
  materials: [{ share: 1 }],
  ...(number === 3 && { yarnSize: 40 }),
});

type Documents = Partial<Record<StatisticName, Record<string, unknown>[]>>;

/** Publishes statistics as the statistics task does. */
async function publish(documents: Documents): Promise<void> {
  const publication = await openStatisticsPublication(store);
  const columns: Record<string, FieldColumn[]> = {};
  for (const name of STATISTIC_NAMES) {
    const known = new Map<string, FieldColumn>();
    collectColumns(known, documents[name] ?? []);
    columns[STATISTICS[name].collection] = [...known.values()];
    await publication.write(name, documents[name] ?? []);
  }
  const summary: StatisticsSummary = {
    finishedAt: new Date(0).toISOString(),
    read: 3,
    documents: 3,
    duplicates: 0,
    skippedDocuments: 0,
    incompleteDocuments: 0,
    faults: [],
    coverage: {},
    collections: {},
    columns,
    milliseconds: {},
    notes: [],
  };
  await publication.publish(summary);
}

/** What DuckDB reads in a file. */
async function readTable(bytes: Buffer | string, reader: string): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-export-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await writeFile(join(folder, 'table'), bytes);
    const result = await connection.runAndReadAll(`SELECT * FROM ${reader}('${join(folder, 'table')}')`);
    return result.getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}

const CONTRACT = ['countries', 'days_of_wear', 'impacts', 'outliers', 'ranking'] as const;

describe('statistics before the first run', () => {
  it.each([...CONTRACT, 'stages', 'summary', 'impacts.csv', 'outliers.parquet'])(
    'answers 404 for %s and tells how to start one',
    async (name) => {
      const { status, body } = await json(`/stats/${name}`);
      expect(status).toBe(404);
      const isOwn = !(CONTRACT as readonly string[]).includes(name);
      expect(body).toEqual({
        detail: 'Document not found',
        hint: expect.stringMatching(/pipeline "ecobalyse"/),
        ...(isOwn && { code: 'statistics_missing' }),
      });
    },
  );
});

describe('statistics', () => {
  it('are the documents of their collections, in order', async () => {
    const impacts = [impact('jean', 'ecs'), impact('jean', 'etf_c'), impact('pull', 'ecs')];
    const ranking = [{ id: 'jean', name: 'Jean', ranking: 'highest_impact' }];
    await publish({ impacts, ranking });
    expect(await json('/stats/impacts')).toEqual({ status: 200, body: impacts });
    expect(await json('/stats/ranking')).toEqual({ status: 200, body: ranking });
    expect((await json('/stats/summary')).body).toMatchObject({ read: 3, finishedAt: '1970-01-01T00:00:00.000Z' });
  });

  it('find nothing of a product type that there is not', async () => {
    await publish({ impacts: [impact('jean', 'ecs')] });
    expect(await json('/stats/impacts?product_id=none')).toEqual({
      status: 404,
      body: { detail: 'Document not found' },
    });
  });

  it('answer 200 outliers unless another number is asked for', async () => {
    await publish({ outliers: Array.from({ length: 1500 }, (_, index) => outlier('jean', index + 10)) });
    expect((await json('/stats/outliers')).body).toHaveLength(200);
    expect((await json('/stats/outliers?limit=201')).body).toHaveLength(201);
    expect((await json('/stats/outliers?limit=10000')).body).toHaveLength(1500);
  });

  it.each([
    ['/stats/impacts?limit=0', 'limit'],
    ['/stats/impacts?limit=many', 'limit'],
    ['/stats/impacts?impact_type=etf-c', 'impact_type'],
    ['/stats/outliers?limit=10001', 'limit'],
  ])('refuse %s', async (url, field) => {
    await publish({ impacts: [impact('jean', 'ecs')] });
    const { status, body } = await json(url);
    expect(status).toBe(422);
    expect(body.detail[0].loc).toEqual(['query', field]);
    expect(body.detail[0].msg).toMatch(/^expected/);
  });

  it('carry a tag by which a client learns that nothing changed', async () => {
    await publish({ impacts: [impact('jean', 'ecs')] });
    const { headers } = await get('/stats/impacts');
    expect(headers['cache-control']).toBe('private, no-cache');
    const tag = String(headers.etag);
    expect(tag).toMatch(/^"[\w-]+"$/);
    for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get('/stats/impacts', { access_token: KEY, 'if-none-match': condition });
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', tag]);
    }
    await publish({ impacts: [impact('jean', 'ecs', 2.5)] });
    await cache.clear();
    const changed = await get('/stats/impacts', { access_token: KEY, 'if-none-match': tag });
    expect(changed.status).toBe(200);
    expect(changed.headers.etag).not.toBe(tag);
  });

  it('are documented, with their filters', async () => {
    const { paths } = (await json('/openapi.json')).body;
    for (const name of STATISTIC_NAMES) expect(paths, name).toHaveProperty([`/stats/${name}`]);
    const names = (path: string) => paths[path].get.parameters.map(({ name }: { name: string }) => name);
    expect(names('/stats/impacts')).toEqual(['product_id', 'impact_type', 'limit']);
    expect(names('/stats/correlations')).toEqual(['limit']);
    expect(paths).toHaveProperty(['/stats/{name}.csv']);
    expect(paths).toHaveProperty(['/export/impacts.parquet']);
  });
});

describe('exports of statistics', () => {
  const outliers = Array.from({ length: 250 }, (_, index) => outlier('jean', index));
  const flat = outliers.map(({ product, materials, ...rest }) => ({
    md5_id: rest.md5_id,
    impact_type: 'ecs',
    mass: 0.2,
    'product.id': product.id,
    'product.name': product.name,
    materials: JSON.stringify(materials),
    yarnSize: 'yarnSize' in rest ? 40 : null,
  }));

  it('are every document, in CSV', async () => {
    await publish({ outliers });
    const { status, headers, body } = await get('/stats/outliers.csv');
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(headers['content-disposition']).toBe('attachment; filename="stats_outliers.csv"');
    const rows = parse(body, {
      columns: true,
      cast: (value, { header }) => (header ? value : value === '' ? null : value),
    });
    expect(rows).toEqual(
      flat.map((row) => ({ ...row, mass: '0.2', yarnSize: row.yarnSize === null ? null : String(row.yarnSize) })),
    );
  });

  it('are every document, in Parquet that DuckDB reads', async () => {
    await publish({ outliers });
    expect(await readTable((await get('/stats/outliers.parquet')).bytes, 'read_parquet')).toEqual(flat);
  });

  it('refuse a statistic that does not exist, and find nothing of a product that does not', async () => {
    await publish({ outliers });
    const { status, body } = await json('/stats/nothing.csv');
    expect([status, body.detail[0].loc]).toEqual([422, ['path', 'name']]);
    expect((await get('/stats/outliers.csv?product_id=none')).status).toBe(404);
  });
});

describe('exports of impacts', () => {
  const place = (code: string) => ({ code, name: `Pays ${code}` });

  function document(number: number) {
    const impacts = Object.fromEntries(IMPACT_CODES.map((code) => [code, code === 'ecs' ? number + 0.5 : 0]));
    const answer = {
      impacts,
      inputs: {
        mass: number / 1000,
        materials: [
          { material: { id: 'ei-coton', origin: 'NaturalFromVegetal' }, share: 0.75, country: 'TR' },
          { material: { id: 'ei-pet', origin: 'Synthetic' }, share: 0.25 },
        ],
        product: { id: number % 2 ? 'jean' : 'pull', name: 'Un "produit", ici', fabric: 'weaving' },
        countryFabric: place('CN'),
        countryDyeing: place('FR'),
        countryMaking: place('BD'),
        fabricProcess: number % 2 ? 'knitting-mix' : null,
      },
      lifeCycle: Array.from({ length: 8 }, (_, stage) => ({
        enabled: stage !== 6,
        airTransportRatio: stage === 4 ? 0.33 : 0,
        impacts: { ecs: 10 * stage },
        transport: { impacts: { ecs: 1 } },
      })),
      trimsImpacts: { ecs: 4 },
      complementsImpacts: { microfibers: 3, outOfEuropeEOL: 2 },
      transport: { air: 1, road: 2, sea: 3 },
      durability: 0.5,
      daysOfWear: 45,
      useNbCycles: 20,
    };
    const made = toImpactDocument({
      query: { product: 'x', mass: number, countrySpinning: 'MM' },
      answer: answer as unknown as DetailedSimulation,
      source: 'extraction',
      scenario: 'regular',
      methodVersion: '7.0.0',
      runId: null,
    });
    const message = { en: '', fr: '' };
    const warnings = [{ id: 'mass_out_of_range', severity: 'doubtful' as const, field: 'mass', message }];
    if (number === 3) Object.assign(made._platform, { state: 'to-check', warnings });
    return made;
  }

  const expected = (number: number) => {
    const { md5_id, _platform } = document(number);
    return {
      md5_id,
      content_hash: _platform.contentHash,
      source: 'extraction',
      scenario: 'regular',
      method_version: '7.0.0',
      product_id: number % 2 ? 'jean' : 'pull',
      product_name: 'Un "produit", ici',
      mass: number / 1000,
      material_count: 2,
      first_material: 'ei-coton',
      first_material_share: 0.75,
      first_material_country: 'TR',
      second_material: 'ei-pet',
      second_material_share: 0.25,
      second_material_country: null,
      materials: 'ei-coton:0.75;ei-pet:0.25',
      share_natural_vegetal: 0.75,
      share_natural_animal: 0,
      share_artificial_organic: 0,
      share_artificial_inorganic: 0,
      share_synthetic: 0.25,
      country_spinning: 'MM',
      country_fabric: 'CN',
      country_fabric_name: 'Pays CN',
      country_dyeing: 'FR',
      country_making: 'BD',
      country_making_name: 'Pays BD',
      fabric_process: number % 2 ? 'knitting-mix' : 'weaving',
      air_share: 0.33,
      transport_air_km: 1,
      transport_road_km: 2,
      transport_sea_km: 3,
      durability: 0.5,
      days_of_wear: 45,
      use_cycles: 20,
      ...Object.fromEntries(
        IMPACT_CODES.map((code) => [code.replace('-', '_'), { ecs: number + 0.5, pef: 0 }[code as string] ?? null]),
      ),
      ...Object.fromEntries(COST_PARTS.map((part, stage) => [`cost_${part}`, part === 'use' ? 0 : 20 * stage])),
      cost_material: 0 - 3,
      cost_eol: 20 * 7 - 2,
      cost_transport: 14,
      cost_trims: 8,
      cost_complements: 5,
      state: number === 3 ? 'to-check' : null,
      warnings: number === 3 ? 'mass_out_of_range' : null,
    };
  };
  const insert = async (count: number, name = 'Un "produit", ici') => {
    const documents = Array.from({ length: count }, (_, index) => {
      const made = document(index + 1);
      return { ...made, inputs: { ...made.inputs, product: { ...made.inputs.product, name } } };
    });
    await store.collection('impacts').insertMany(documents);
  };
  const byMass = (a: Record<string, unknown>, b: Record<string, unknown>) => Number(a.mass) - Number(b.mass);

  it('have every column in every format, with the same values', async () => {
    await insert(5);
    const rows = Array.from({ length: 5 }, (_, index) => expected(index + 1));
    const ndjson = (await get('/export/impacts.ndjson')).body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(ndjson.sort(byMass)).toEqual(rows);
    expect(Object.keys(ndjson[0])).toEqual(FLAT_COLUMNS.map(({ name }) => name));
    const parquet = await readTable((await get('/export/impacts.parquet')).bytes, 'read_parquet');
    expect(parquet.sort(byMass)).toEqual(rows);
    const csv: Record<string, string>[] = parse((await get('/export/impacts.csv')).body, { columns: true });
    expect(csv.sort(byMass)).toEqual(
      rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')]))),
    );
  });

  it('are of one product type when asked', async () => {
    await insert(5);
    const { body } = await get('/export/impacts.ndjson?product_id=pull');
    expect(
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).product_id),
    ).toEqual(['pull', 'pull']);
    expect(await json('/export/impacts.parquet?product_id=none')).toEqual({
      status: 404,
      body: { detail: 'Document not found', code: 'not_found' },
    });
  });

  it('close their cursors when clients go away, be it before the first byte', async () => {
    // More than the buffers of a socket hold, and more than the two batches that are read ahead.
    await insert(1600, 'a long name '.repeat(1000));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const ask = () => {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET /export/impacts.ndjson HTTP/1.1\r\nhost: x\r\naccess_token: ${KEY}\r\n\r\n`);
      return socket;
    };
    const open = async () => Number((await databaseOf(store).admin().serverStatus()).metrics.cursor.open.total);
    const socket = ask();
    await once(socket, 'data');
    socket.pause();
    expect(await open()).toBe(1);
    socket.destroy();
    await waitUntil('the cursor is closed', async () => (await open()) === 0);

    let asked = 0;
    app.server.on('request', () => {
      asked += 1;
    });
    const sockets = Array.from({ length: 4 }, ask);
    await waitUntil('every request has come', () => asked === sockets.length);
    for (const gone of sockets) gone.destroy();
    await waitUntil('the server has no open connection', async () => {
      const count = await new Promise<number>((resolve) => app.server.getConnections((_, found) => resolve(found)));
      return count === 0;
    });
    await waitUntil('the cursors are closed', async () => (await open()) === 0);
  });
});
