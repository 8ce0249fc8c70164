import { randomUUID } from 'node:crypto';
import { type Access, type HttpService, openAccess, requireRole } from '@ecobalyse/http-kit';
import { createLogger, hashApiKey } from '@ecobalyse/service-kit';
import { openKeyRecords } from '@ecobalyse/service-parts';
import {
  addApiKey,
  addAuditLines,
  addKeyUses,
  ensureIndexes,
  listApiKeys,
  openStore,
  type Store,
} from '@ecobalyse/store';
import { emptyDatabase, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRouteService } from '../testing/route-service.js';
import { auditTable, keyRoutes } from './keys.js';

const ADMIN = 'a-key-of-the-tests-0123456789';
const READER = 'a-reader-of-the-tests-0123456789';
const DAY_MS = 86_400_000;
const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);

const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });

let mongodb: TestMongodb;
let store: Store;
let access: Access;
let app: HttpService;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
});
afterAll(async () => {
  await store.close();
  await mongodb.close();
});
beforeEach(async () => {
  await emptyDatabase(store);
  access = openAccess({
    apiKey: ADMIN,
    apiKeyName: 'access_token',
    apiKeys: [{ name: 'page', role: 'reader', key: READER }],
    keys: () => listApiKeys(store),
    // What is changed here holds at once, without waiting for that.
    refreshMs: 600_000,
  });
  const records = openKeyRecords({ store, logger });
  const protection = { limits: { perKey: 600, perAddress: 0 }, load: {}, corsOrigins: [], trustedProxies: [] };
  app = await openRouteService(access, { keepAudit: records.keepAudit });
  records.follow(app);
  await app.register(keyRoutes({ store, access, protection } as never));
  app.post('/seven', { onRequest: requireRole(access, 'reader') }, async (request, reply) => {
    await app.takeProducts(request, reply, 7);
    return {};
  });
});
afterEach(async () => {
  await app.close();
  await access.close();
});

async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, key = ADMIN) {
  const answer = await app.inject({
    method,
    url,
    headers: { access_token: key, 'accept-language': 'en' },
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

describe('keys', () => {
  it('are added, rotated and revoked; each is told once and kept as a hash', async () => {
    const { status, body, headers } = await ask('POST', '/keys', { name: 'erp', role: 'writer' });
    expect([status, body, headers['cache-control']]).toEqual([
      201,
      { name: 'erp', key: expect.stringMatching(/^eco_[\w-]{43}$/) },
      'private, no-store',
    ]);
    const [kept] = await listApiKeys(store);
    expect(kept).toEqual({ name: 'erp', role: 'writer', hash: hashApiKey(body.key), created_at: expect.any(Date) });
    expect(access.find(body.key)?.name).toBe('erp');

    const expires_at = '2099-01-02T00:00:00.000Z';
    const rotated = await ask('POST', '/keys/erp/rotate', { expires_at });
    expect([rotated.status, rotated.body.name]).toEqual([200, 'erp']);
    expect(access.find(rotated.body.key)?.role).toBe('writer');
    expect(access.find(body.key)).toBeNull();
    const { body: keys } = await ask('GET', '/keys?limit=1&offset=2');
    expect(keys).toMatchObject({
      total: 3,
      offset: 2,
      limit: 1,
      items: [{ name: 'erp', state: 'in-force', expires_at }],
    });

    expect(await ask('DELETE', '/keys/erp')).toMatchObject({ status: 200, body: { message: 'Key erp revoked' } });
    expect(access.find(rotated.body.key)).toBeNull();
    expect((await ask('GET', '/keys')).body.items[2]).toMatchObject({
      state: 'revoked',
      revoked_at: expect.any(String),
    });
    for (const [method, url, payload] of [
      ['DELETE', '/keys/erp', undefined],
      ['POST', '/keys/erp/rotate', {}],
      ['DELETE', '/keys/none', undefined],
    ] as const) {
      expect(await ask(method, url, payload)).toMatchObject({ status: 404, body: { code: 'api_key_unknown' } });
    }
    expect(await ask('POST', '/keys', { name: 'erp', role: 'reader' })).toMatchObject({
      status: 409,
      body: { code: 'key_name_taken', detail: 'Another key has, or had, this name: erp' },
    });
  });

  it('of the settings are listed first and changed there only; those of the database say what they are used for', async () => {
    const past = new Date(Date.now() - 1);
    await addApiKey(store, { name: 'old', role: 'reader', hash: 'h', expires_at: past });
    await addApiKey(store, { name: 'page', role: 'admin', hash: 'i' });
    const use = (daysAgo: number, requests: number) => ({
      ...{ key: 'old', day: dayOf(daysAgo), requests, refused: 1, last_at: new Date(Date.now() - daysAgo * DAY_MS) },
    });
    await addKeyUses(store, [use(1, 5), use(29, 3), use(30, 100)]);
    await addKeyUses(store, [use(1, 2)]);
    const unlimited = { requests_per_minute: null, products_per_day: null, products_today: 0 };
    const never = { created_at: null, expires_at: null, revoked_at: null, last_used_at: null, requests_30_days: 0 };
    expect((await ask('GET', '/keys')).body.items).toEqual([
      { name: 'API_KEY', role: 'admin', source: 'settings', state: 'in-force', ...never, ...unlimited },
      { name: 'page', role: 'reader', source: 'settings', state: 'in-force', ...never, ...unlimited },
      {
        ...{ name: 'old', role: 'reader', source: 'database', state: 'expired', revoked_at: null },
        ...{ created_at: expect.any(String), expires_at: past.toISOString() },
        ...{ requests_30_days: 10, last_used_at: expect.stringContaining(dayOf(1)), ...unlimited },
      },
    ]);
    for (const [method, url, code] of [
      ['DELETE', '/keys/API_KEY', 'key_of_settings'],
      ['POST', '/keys/page/rotate', 'key_of_settings'],
      ['PATCH', '/keys/page', 'key_of_settings'],
      ['POST', '/keys', 'key_name_taken'],
    ] as const) {
      const body = { POST: url === '/keys' ? { name: 'page', role: 'reader' } : {}, PATCH: { products_per_day: 1 } };
      expect(await ask(method, url, method === 'DELETE' ? undefined : body[method])).toMatchObject({
        status: 409,
        body: { code },
      });
    }
  });

  it('have limits of their own, which stay until they are said anew or taken away', async () => {
    const limits = async () => {
      const { requests_per_minute, products_per_day } = (await ask('GET', '/keys')).body.items.at(-1);
      return [requests_per_minute, products_per_day];
    };
    const quota = { requests_per_minute: 60, products_per_day: 1000 };
    const { body } = await ask('POST', '/keys', { name: 'erp', role: 'reader', ...quota });
    expect(await limits()).toEqual([60, 1000]);
    const day = { key: 'erp', day: dayOf(0), requests: 5, refused: 0, last_at: new Date() };
    await addKeyUses(store, [
      { ...day, products: 7 },
      { ...day, day: dayOf(1), products: 30 },
    ]);
    await addKeyUses(store, [{ ...day, products: 1 }]);
    expect((await ask('GET', '/me/usage', undefined, body.key)).body).toMatchObject({
      ...{ limit_per_minute: 60, products_per_day: 1000, products_today: 8, products: 38 },
      days: [{ products: 30 }, { products: 8 }],
    });
    expect((await ask('GET', '/keys')).body.items.at(-1).products_today).toBe(8);
    await ask('POST', '/keys/erp/rotate', {});
    expect(await limits()).toEqual([60, 1000]);
    for (const [change, expected] of [
      [{ products_per_day: 5 }, [60, 5]],
      [{ requests_per_minute: null }, [null, 5]],
      [{ requests_per_minute: 2, products_per_day: null }, [2, null]],
    ] as const) {
      expect(await ask('PATCH', '/keys/erp', change)).toMatchObject({
        status: 200,
        body: { message: 'Key erp limited' },
      });
      expect(await limits()).toEqual(expected);
    }
    expect(access.named('erp')?.caller.requests_per_minute).toBe(2);
    await ask('DELETE', '/keys/erp');
    for (const name of ['erp', 'none'])
      expect((await ask('PATCH', `/keys/${name}`, quota)).body.code).toBe('api_key_unknown');
  });

  it('are not limited by what is no limit', async () => {
    for (const [payload, place] of [
      [{}, []],
      [{ requests_per_minute: 0 }, ['requests_per_minute']],
      [{ products_per_day: 1.5 }, ['products_per_day']],
      [{ products_per_day: 1_000_000_001 }, ['products_per_day']],
      [{ limit: 5 }, []],
    ] as const) {
      const { status, body } = await ask('PATCH', '/keys/erp', payload);
      expect([payload, status, body.detail[0].loc]).toEqual([payload, 422, ['body', ...place]]);
    }
  });

  it('that cannot be are refused by their field', async () => {
    for (const [payload, field] of [
      [{ name: 'a b', role: 'reader' }, 'name'],
      [{ name: 'a'.repeat(65), role: 'reader' }, 'name'],
      [{ name: 'a', role: 'owner' }, 'role'],
      [{ name: 'a', role: 'reader', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
      [{ name: 'a', role: 'reader', expires_at: '2099-01-01' }, 'expires_at'],
    ] as const) {
      const { status, body } = await ask('POST', '/keys', payload);
      expect([payload, status, body.detail[0].loc]).toEqual([payload, 422, ['body', field]]);
    }
    expect(await listApiKeys(store)).toEqual([]);
  });

  it('are for admins; the use of a key is for whoever has it', async () => {
    for (const [method, url] of [
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['POST', '/keys/a/rotate'],
      ['PATCH', '/keys/a'],
      ['DELETE', '/keys/a'],
      ['GET', '/audit'],
      ['GET', '/audit/export'],
    ] as const) {
      const answer = await ask(method, url, method === 'POST' ? { name: 'a', role: 'admin' } : undefined, READER);
      expect([url, answer.status, answer.body.code]).toEqual([url, 403, 'role_needed']);
    }
    expect((await ask('GET', '/me/usage', undefined, 'wrong')).status).toBe(403);
    const last_at = new Date();
    const uses = [2, 0].map((ago) => ({ key: 'page', day: dayOf(ago), requests: 3 + ago, refused: ago, last_at }));
    await addKeyUses(store, [...uses, { ...uses[0], key: 'other' } as never]);
    expect((await ask('GET', '/me/usage', undefined, READER)).body).toEqual({
      ...{ name: 'page', role: 'reader', limit_per_minute: 600, requests: 8, refused: 2 },
      ...{ products_per_day: null, products_today: 0, products: 0 },
      last_used_at: last_at.toISOString(),
      days: uses.map(({ day, requests, refused }) => ({ day, requests, refused, products: 0 })),
    });
  });
});

describe('the records of keys', () => {
  it('are written when the service closes: requests by key, and a line for each write and each attempt', async () => {
    await ask('POST', '/keys', { name: 'erp', role: 'writer' });
    await ask('DELETE', '/keys/none');
    await ask('GET', '/keys', undefined, READER);
    // Whoever may read leaves no line: a page that is open would fill the audit with itself.
    await ask('GET', '/audit');
    await ask('GET', '/me/usage', undefined, 'wrong');
    await ask('POST', '/seven', {}, READER);
    await ask('POST', '/seven', {}, READER);
    await app.close();
    const days = await store.collection('api_key_days').find().sort({ key: 1 }).toArray();
    const common = { day: dayOf(0), products: 0, last_at: expect.any(Date) };
    expect(days).toEqual([
      { _id: `API_KEY ${dayOf(0)}`, key: 'API_KEY', requests: 3, refused: 1, ...common },
      { _id: `page ${dayOf(0)}`, key: 'page', requests: 3, refused: 1, ...common, products: 14 },
    ]);
    const lines = await store.collection('audit_lines').find().sort({ at: 1, _id: 1 }).toArray();
    expect(lines.map(({ key, method, route, subject, status }) => [key, method, route, subject, status])).toEqual([
      ['API_KEY', 'POST', '/keys', 'erp', 201],
      ['API_KEY', 'DELETE', '/keys/:name', 'none', 404],
      ['page', 'GET', '/keys', null, 403],
    ]);
  });
});

it('lines of one millisecond are kept in the order in which they came', async () => {
  const records = openKeyRecords({ store, logger });
  const statuses = Array.from({ length: 12 }, (_, index) => 200 + index);
  const common = { at: '2026-01-01T00:00:00.000Z', key: 'erp', role: 'writer', address: '10.0.0.1' } as const;
  for (const status of statuses)
    records.keepAudit({ ...common, method: 'POST', route: '/product', subject: null, request_id: 'r', status });
  const hooks = new Map<string, () => Promise<void>>();
  records.follow({ addHook: (name: string, hook: () => Promise<void>) => hooks.set(name, hook) } as never);
  await hooks.get('onClose')?.();
  const newestFirst = (await ask('GET', '/audit')).body.items.map(({ status }: { status: number }) => status);
  expect(newestFirst).toEqual(statuses.toReversed());
});

describe('the audit', () => {
  const line = (id: number, more: object) => ({
    ...{ _id: String(id), at: new Date(Date.UTC(2026, 0, id)), key: 'erp', role: 'writer', address: '10.0.0.1' },
    ...{ method: 'POST', route: '/product', subject: null, status: 200, request_id: `r-${id}`, ...more },
  });
  beforeEach(async () => {
    const lines = [
      line(1, { subject: 'abc.def' }),
      line(2, { key: 'page', status: 403, role: 'reader' }),
      line(3, { method: 'DELETE', subject: 'abcxdef', route: '/catalogues/:id' }),
      line(4, { key: null, role: null, status: 403 }),
    ];
    await addAuditLines(store, lines as never);
    // Once more, as after an answer that was lost.
    await addAuditLines(store, lines.slice(2) as never);
  });
  const found = async (query: string) => {
    const { status, body } = await ask('GET', `/audit?${query}`);
    expect(status).toBe(200);
    return [body.total, ...body.items.map(({ request_id }: { request_id: string }) => request_id)];
  };

  const ASKED: readonly [query: string, lines: readonly unknown[]][] = [
    ['', [4, 'r-4', 'r-3', 'r-2', 'r-1']],
    ['limit=2', [4, 'r-4', 'r-3']],
    ['limit=2&offset=3', [4, 'r-1']],
    ['limit=0', [4]],
    ['key=erp', [2, 'r-3', 'r-1']],
    ['method=DELETE', [1, 'r-3']],
    ['status=403', [2, 'r-4', 'r-2']],
    ['route=CATALOGUES', [1, 'r-3']],
    ['subject=c.d', [1, 'r-1']],
    ['subject=abc', [2, 'r-3', 'r-1']],
    ['from=2026-01-03', [2, 'r-4', 'r-3']],
    ['to=2026-01-03', [2, 'r-2', 'r-1']],
    ['from=2026-01-02T00:00:00Z&to=2026-01-04T00:00:00Z&key=page', [1, 'r-2']],
  ];
  it('gives the lines that are asked for, and refuses what it does not know', async () => {
    for (const [query, lines] of ASKED) expect([query, await found(query)]).toEqual([query, lines]);
    for (const query of ['key=a%20b', 'status=99', 'status=600', 'method=HEAD', 'from=yesterday', 'limit=1001', 'x=1'])
      expect([query, (await ask('GET', `/audit?${query}`)).status]).toEqual([query, 422]);
  });

  it.each([
    ['fr', 'Moment 24, Clé 20, Rôle 10, Adresse 20, Méthode 10, Route 30, Objet 40, Statut 8, Requête 36'],
    ['en', 'Moment 24, Key 20, Role 10, Address 20, Method 10, Route 30, Subject 40, Status 8, Request 36'],
  ] as const)('has columns wide enough for what stands in them: %s', (language, columns) => {
    const { headers, widths } = auditTable(null as never, language);
    expect(headers.map((header, at) => `${header} ${widths?.[at]}`).join(', ')).toBe(columns);
  });

  it('is a table, too, in which nothing is computed', async () => {
    await addAuditLines(store, [line(5, { subject: '=1+1' })] as never);
    const { payload, headers } = await app.inject({
      method: 'GET',
      url: '/audit/export?format=csv-fr&key=erp',
      headers: { access_token: ADMIN, 'accept-language': 'fr' },
    });
    expect(headers['content-disposition']).toBe('attachment; filename="audit.csv"');
    expect(payload.split(/\r?\n/)).toEqual([
      '\ufeffMoment;Clé;Rôle;Adresse;Méthode;Route;Objet;Statut;Requête',
      `2026-01-05T00:00:00.000Z;erp;writer;10.0.0.1;POST;/product;'=1+1;200;r-5`,
      '2026-01-03T00:00:00.000Z;erp;writer;10.0.0.1;DELETE;/catalogues/:id;abcxdef;200;r-3',
      '2026-01-01T00:00:00.000Z;erp;writer;10.0.0.1;POST;/product;abc.def;200;r-1',
      '',
    ]);
  });
});
