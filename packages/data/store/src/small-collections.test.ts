import { randomUUID } from 'node:crypto';
import { scrape } from '@ecobalyse/telemetry';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerError } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addApiKey,
  addModelChecks,
  beginSession,
  endSession,
  findSession,
  isDuplicateKey,
  isSearchTooSlow,
  isStoreFull,
  isStoreUnavailable,
  listApiKeys,
  listModelChecks,
  listReference,
  openStore,
  readTrainingRows,
  replaceReference,
  revokeApiKey,
  rotateApiKey,
  type Store,
} from './index.js';
import { completeAllDocuments } from './migrations/002-complete-documents.js';
import { boundsOf, deadlineOf } from './search-bounds.js';

let server: TestMongodb;
let store: Store;
beforeAll(async () => {
  server = await startTestMongodb();
});
afterAll(() => server.close());
beforeEach(() => {
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterEach(async () => {
  vi.useRealTimers();
  await databaseOf(store).dropDatabase();
  await store.close();
});
const T0 = Date.UTC(2026, 0, 1);

it('completing all documents lets the index of the former ranking go, where there is one', async () => {
  const { signal } = new AbortController();
  const impacts = store.collection('impacts');
  // Neither the collection nor the index is there.
  expect(await completeAllDocuments(store, signal)).toEqual({ documentsCompleted: 0 });
  await impacts.createIndex({ average_impacts: 1 }, { name: 'impacts_of_product_by_average' });
  for (let times = 0; times < 2; times++) {
    await completeAllDocuments(store, signal);
    expect((await impacts.indexes()).map(({ name }) => name)).toEqual(['_id_']);
  }
});

it('of the checks of a model the last arrivals stay, at either end of what they were added in', async () => {
  const check = (md5_id: string, day: number) => ({ md5_id, at: new Date(T0 + day * 86_400_000) }) as never;
  await addModelChecks(store, 'm:1', [check('b', 2), check('d', 4), check('a', 1)], 2);
  await addModelChecks(store, 'm:2', [check('z', 0)], 2);
  const kept = async (model: string) => (await listModelChecks(store, model)).map(({ md5_id }) => md5_id);
  expect(await kept('m:1')).toEqual(['d', 'b']);
  await addModelChecks(store, 'm:1', [check('c', 3), check('d', 9)], 2);
  expect([await kept('m:1'), await kept('m:2')]).toEqual([['d', 'c'], ['z']]);
});

it('sessions last until their very end, and those that expired are forgotten when another begins', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: T0 });
  const session = (_id: string, ms: number) => ({ _id, name: 'bot', keyHash: 'h', expiresAt: new Date(T0 + ms) });
  await beginSession(store, session('a', 1000));
  await beginSession(store, session('b', 2000));
  vi.setSystemTime(T0 + 999);
  expect(await findSession(store, 'a')).toEqual(session('a', 1000));
  vi.setSystemTime(T0 + 1000);
  expect(await findSession(store, 'a')).toBeNull();
  await beginSession(store, session('c', 2000));
  expect(await store.collection('sessions').distinct('_id')).toEqual(['b', 'c']);
  await endSession(store, 'b');
  expect([await findSession(store, 'b'), await findSession(store, 'c')]).toEqual([null, session('c', 2000)]);
});

it('keys are listed by name, expire as said last, and are out of force for good once revoked', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: T0 });
  const expires_at = new Date(T0 + 5000);
  for (const name of ['c', 'a', 'b'])
    expect(await addApiKey(store, { name, role: 'reader', hash: `of ${name}`, expires_at })).toBe(true);
  expect(await addApiKey(store, { name: 'a', role: 'admin', hash: 'other' })).toBe(false);
  vi.setSystemTime(T0 + 1);
  expect(await rotateApiKey(store, 'a', 'new a')).toBe(true);
  expect(await rotateApiKey(store, 'b', 'new b', new Date(T0 + 9000))).toBe(true);
  expect([await revokeApiKey(store, 'c'), await revokeApiKey(store, 'c'), await revokeApiKey(store, 'd')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(await rotateApiKey(store, 'c', 'new c')).toBe(false);
  const [made, now] = [new Date(T0), new Date(T0 + 1)];
  expect(await listApiKeys(store)).toEqual([
    { name: 'a', role: 'reader', hash: 'new a', created_at: now },
    { name: 'b', role: 'reader', hash: 'new b', created_at: now, expires_at: new Date(T0 + 9000) },
    { name: 'c', role: 'reader', hash: 'of c', created_at: made, expires_at, revoked_at: now },
  ]);
});

it('reference data are told apart by all fields of their key', async () => {
  const garment = (product: string, label: string, mass: number) => ({ product, label, mass }) as never;
  await replaceReference(store, 'products_details', [garment('jean', 'b', 1), garment('jean', 'a', 2)]);
  const listed = [garment('pull', 'a', 3), garment('jean', 'b', 4), garment('jean', 'c', 5)];
  expect(await replaceReference(store, 'products_details', listed)).toBe(3);
  expect(await listReference(store, 'products_details')).toEqual([listed[1], listed[2], listed[0]]);
});

it('training reads each content once, in the order of its hash, where the cost is known and nobody has to check', async () => {
  const stored = (md5_id: string, contentHash: unknown, ecs: unknown, query: unknown = { of: md5_id }, more = {}) => ({
    md5_id,
    product_id: 'jean',
    impacts: { ecs },
    _platform: { coveredCount: 2, contentHash, query, methodVersion: '7.0.0', ...more },
  });
  await databaseOf(store)
    .collection('impacts')
    .insertMany([
      stored('d', 'h1', 4),
      stored('c', 'h2', 3),
      stored('b', 'h2', 2),
      stored('e', 'h0', 0.001),
      ...[0, -1, Number.POSITIVE_INFINITY, Number.NaN, '7', null].map((ecs, index) =>
        stored(`x${index}`, `x${index}`, ecs),
      ),
      stored('f', null, 1),
      stored('g', 'h9', 1, null),
      stored('y', 'h3', 5, undefined, { state: 'to-check' }),
      stored('z', 'h4', 6, undefined, { state: 'confirmed' }),
    ]);
  const row = (contentHash: string, of: string, ecs: number) => ({
    contentHash,
    query: { of },
    ecs,
    methodVersion: '7.0.0',
    answer: { md5_id: of },
  });
  expect(await readTrainingRows(store)).toEqual({
    rows: [row('h0', 'e', 0.001), row('h1', 'd', 4), row('h2', 'b', 2), row('h4', 'z', 6)],
    withoutQuery: 2,
  });
});

it('commands are measured in seconds, and those that are refused counted', async () => {
  const figure = async (name: string) => {
    const lines = new RegExp(`^ecobalyse_${name}\\{command="explain",collection="[^"]*"\\} (.*)$`, 'gm');
    return [...(await scrape()).text.matchAll(lines)].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const explain = (command: object) =>
    databaseOf(store)
      .command({ explain: command })
      .catch(() => undefined);
  const [took, refused] = ['db_command_duration_seconds_sum', 'db_command_failures_total'];
  const before = [await figure(took), await figure(refused)] as const;
  const start = performance.now();
  for (let time = 0; time < 5; time += 1) await explain({ find: 'impacts' });
  expect(await figure(refused)).toBe(before[1]);
  await explain({ nonsense: 1 });
  const elapsed = (performance.now() - start) / 1000;
  const seconds = (await figure(took)) - before[0];
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(elapsed);
  expect(await figure(refused)).toBe(before[1] + 1);
});

it('a server that is away is waited for five seconds, or as long as is said, and an answer for two minutes', async () => {
  expect(databaseOf(store).client.options).toMatchObject({
    appName: 'test',
    serverSelectionTimeoutMS: 5000,
    connectTimeoutMS: 5000,
    heartbeatFrequencyMS: 5000,
    socketTimeoutMS: 120_000,
  });
  const patient = openStore({ uri: server.uri, dbName: 'x', appName: 'test', serverSelectionTimeoutMs: 700 });
  expect(databaseOf(patient).client.options).toMatchObject({
    serverSelectionTimeoutMS: 700,
    connectTimeoutMS: 700,
    heartbeatFrequencyMS: 700,
  });
  await patient.close();
});

describe('errors', () => {
  const serverError = (code: number, message = 'x') => new MongoServerError({ message, code });
  const client = (message: string) => new MongoError(message);
  const socket = (fault: object) => Object.assign(new Error('x'), fault);

  const bulk = (error: object) => new MongoBulkWriteError(error as never, {} as never);
  it.each<[string, unknown, boolean, boolean]>([
    // What, the error, whether the database is away, whether it is full.
    ...[91, 189, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436].map(
      (code) => [`code ${code}`, serverError(code), true, false] as [string, unknown, boolean, boolean],
    ),
    ['out of disk', serverError(14_031), true, true],
    ['over quota', serverError(8000, 'you are over your space quota, using 516 MB'), false, true],
    ['no space', serverError(1, 'No space left on device'), false, true],
    ['no space is', serverError(1, 'no space is left on the disk'), false, true],
    ['pool', client('the connection pool was cleared'), true, false],
    ['topology', client('Topology is closed'), true, false],
    ['not connected', client('client is not connected'), true, false],
    ['timed out', client('connection 3 timed out'), true, false],
    ['network', new MongoNetworkError('x'), true, false],
    ['network, while several are written', bulk(new MongoNetworkError('x')), true, false],
    ['a broken socket, while several are written', bulk(socket({ code: 'EPIPE' })), true, false],
    ['duplicates among several', bulk({ message: 'x', code: 11_000, writeErrors: [] }), false, false],
    ['EPIPE', socket({ code: 'EPIPE' }), true, false],
    ['reset while writing', socket({ code: 'ECONNRESET', syscall: 'write' }), true, false],
    ['reset while reading', socket({ code: 'ECONNRESET', syscall: 'read' }), true, false],
    ["a client's reset", socket({ code: 'ECONNRESET' }), false, false],
    ['duplicate', serverError(11_000), false, false],
    ['bad query', serverError(2, 'unknown operator'), false, false],
    ['timed out elsewhere', new Error('timed out'), false, false],
    ['nothing', undefined, false, false],
  ])('tell whether the database is away or full: %s', (_what, error, away, full) => {
    expect([isStoreUnavailable(error), isStoreFull(error)]).toEqual([away, full]);
  });

  it.each<[unknown, boolean, boolean]>([
    [serverError(11_000), true, false],
    [serverError(11_001), false, false],
    [serverError(50), false, true],
    [serverError(51), false, false],
    [new DOMException('late', 'TimeoutError'), false, true],
    [new DOMException('gone', 'AbortError'), false, false],
    [Object.assign(new Error('x'), { code: 11_000 }), false, false],
    [new MongoBulkWriteError({ message: 'x', code: 11_000, writeErrors: [] }, {} as never), true, false],
  ])('tell a repeated key and a slow search: %s', (error, repeated, slow) => {
    expect([isDuplicateKey(error), isSearchTooSlow(error)]).toEqual([repeated, slow]);
  });

  it('bounds are handed on as the driver names them, in its unit', () => {
    const { signal } = new AbortController();
    expect([boundsOf({}), boundsOf({ maxTimeMs: 0 }), boundsOf({ signal, maxTimeMs: 250 })]).toEqual([
      {},
      { maxTimeMS: 0 },
      { signal, maxTimeMS: 250 },
    ]);
  });

  it('a deadline is the earlier of both bounds', () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const gone = AbortSignal.abort(new Error('gone'));
    expect(deadlineOf({ signal: gone, maxTimeMs: 250 }).reason).toEqual(new Error('gone'));
    expect(timeout.mock.calls).toEqual([[250]]);
    expect(deadlineOf({}).aborted).toBe(false);
    timeout.mockRestore();
  });
});
