import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openStore, type Store } from '@ecobalyse/store';
import { databaseOf, type HeldPauses, holdPauses, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import fastify from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepDoing } from './keep-doing.js';
import { openKeyRecords } from './key-records.js';

let mongodb: TestMongodb;
let store: Store;
let pauses: HeldPauses;
beforeAll(async () => {
  mongodb = await startTestMongodb();
});
afterAll(() => mongodb.close());
beforeEach(() => {
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  pauses = holdPauses((ms) => ms >= 5000);
});
afterEach(async () => {
  pauses.release();
  vi.restoreAllMocks();
  vi.useRealTimers();
  await databaseOf(store).dropDatabase();
  await store.close();
});

describe('what is done again and again', () => {
  /** An application that takes hooks, and runs those of a name. */
  function hooks() {
    const all: [name: string, run: () => Promise<unknown>][] = [];
    const app = { addHook: (name: string, run: () => Promise<unknown>) => all.push([name, run]) };
    const run = async (name: string) => {
      for (const [of, hook] of all) if (of === name) await hook();
    };
    return { app: app as never, run };
  }

  it('is done while the service listens, at the pace that is asked for, and once more at its end', async () => {
    const { app, run } = hooks();
    const done: string[] = [];
    let signalled: AbortSignal | undefined;
    const task = async (signal: AbortSignal) => {
      signalled = signal;
      done.push('task');
    };
    keepDoing(app, task, 7000, async () => done.push('end'));
    await nextTurn();
    expect(done).toEqual([]);
    await run('onListen');
    expect([await pauses.next(), await pauses.next()]).toEqual([7000, 7000]);
    await pauses.begun();
    expect([done, signalled?.aborted]).toEqual([['task', 'task', 'task'], false]);
    await run('preClose');
    await run('onClose');
    expect([done, signalled?.aborted]).toEqual([['task', 'task', 'task', 'end'], true]);
  });

  it('is waited for at the end, and nothing begins after it', async () => {
    const { app, run } = hooks();
    let release: () => void = () => undefined;
    let tasks = 0;
    keepDoing(app, () => new Promise<void>((resolve) => (release = resolve)).then(() => (tasks += 1)), 7000);
    await run('onListen');
    await run('preClose');
    let isClosed = false;
    const closed = run('onClose').then(() => {
      isClosed = true;
    });
    await nextTurn();
    expect([isClosed, tasks]).toEqual([false, 0]);
    release();
    await closed;
    expect([tasks, pauses.lengths()]).toEqual([1, []]);
  });
});

describe('the records of keys', () => {
  const logged: [level: string, fields: object, message: string][] = [];
  const logger = Object.fromEntries(
    ['debug', 'warn'].map((level) => [
      level,
      (fields: object, message: string) => logged.push([level, fields, message]),
    ]),
  ) as never;
  beforeEach(() => {
    logged.length = 0;
  });
  const line = (at: string, more: object = {}) => ({
    ...{ at, key: 'k', role: 'writer' as const, address: '::1', method: 'POST', route: '/product', subject: null },
    ...{ status: 200, request_id: 'r', ...more },
  });

  /** A service whose requests name the key, the status and the products that they are of. */
  async function serve(records: ReturnType<typeof openKeyRecords>, options?: { countsUse: boolean }) {
    const app = fastify();
    app.addHook('onRequest', (request, _reply, done) => {
      const { key, products } = request.query as { key?: string; products?: string };
      Object.assign(request, { caller: key && { name: key }, ...(products && { products: Number(products) }) });
      done();
    });
    app.get('/:status', async ({ params }, reply) =>
      reply.code(Number((params as { status: string }).status)).send(''),
    );
    records.follow(app, options);
    await app.listen({ port: 0, host: '127.0.0.1' });
    await pauses.begun();
    const flushed = async () => {
      expect(await pauses.next()).toBe(5000);
      await pauses.begun();
    };
    return { app, flushed };
  }
  const uses = () =>
    store
      .collection('api_key_days')
      .find({}, { projection: { _id: 0 } })
      .sort({ key: 1, day: 1 })
      .toArray();
  const lines = () => store.collection('audit_lines').find({}).sort({ _id: 1 }).toArray();

  it('count requests, refusals and products by key and day, and are written every five seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1, 23, 59, 59) });
    const { app, flushed } = await serve(openKeyRecords({ store, logger }));
    for (const url of ['/200?key=a', '/399?key=a&products=3', '/400?key=a', '/500?key=b', '/200'])
      await app.inject(url);
    expect(await uses()).toEqual([]);
    await flushed();
    vi.setSystemTime(Date.UTC(2026, 0, 2));
    await app.inject('/200?key=a&products=2');
    const last_at = new Date(Date.UTC(2026, 0, 1, 23, 59, 59));
    const first = { day: '2026-01-01', last_at };
    const written = [
      { key: 'a', ...first, requests: 3, refused: 1, products: 3 },
      { key: 'b', ...first, requests: 1, refused: 1, products: 0 },
    ];
    expect(await uses()).toEqual(written);
    // What is left is written when the service closes.
    await app.close();
    const [a, b] = written;
    const second = { day: '2026-01-02', last_at: new Date(Date.UTC(2026, 0, 2)) };
    expect(await uses()).toEqual([a, { key: 'a', ...second, requests: 1, refused: 0, products: 2 }, b]);
  });

  it('count nothing where another service has counted it', async () => {
    const { app } = await serve(openKeyRecords({ store, logger }), { countsUse: false });
    await app.inject('/200?key=a');
    await app.close();
    expect(await uses()).toEqual([]);
  });

  it('keep lines in the order in which they came, also within a millisecond', async () => {
    const records = openKeyRecords({ store, logger });
    const at = '2026-01-01T00:00:00.000Z';
    for (const subject of ['b', 'a', 'c']) records.keepAudit(line(at, { subject }));
    const { app } = await serve(records);
    await app.close();
    const kept = await lines();
    expect(kept.map(({ subject }) => subject)).toEqual(['b', 'a', 'c']);
    const { _id, ...first } = kept[0] ?? {};
    expect(first).toEqual({ ...line(at, { subject: 'b' }), at: new Date(at) });
    expect(_id).toMatch(/^2026-01-01T00:00:00\.000Z 000000000001 [0-9a-f-]{36}$/);
  });

  it('wait while the database is away, each once, and are bounded', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1, 12) });
    const records = openKeyRecords({ store, logger, auditKeepDays: null });
    const { app, flushed } = await serve(records);
    const away = vi.spyOn(store, 'collection').mockImplementation(() => {
      throw new Error('away');
    });
    await app.inject('/200?key=a&products=2');
    records.keepAudit(line('2026-01-01T00:00:00.000Z', { subject: 'first' }));
    await flushed();
    await app.inject('/400?key=a&products=1');
    for (let at = 1; at < 10_000; at++) records.keepAudit(line('2026-01-01T00:00:00.001Z'));
    for (let at = 0; at < 3; at++) records.keepAudit(line('2026-01-01T00:00:00.002Z'));
    expect(logged).toEqual([
      ['debug', { err: new Error('away') }, 'audit lines are kept later'],
      ['debug', { err: new Error('away') }, 'the use of keys is kept later'],
    ]);
    const written: object[][] = [];
    away.mockReturnValue({ bulkWrite: async (writes: object[]) => written.push(writes) } as never);
    await flushed();
    const told = 'audit lines that only the log has: the database is away for too long';
    expect(logged.slice(2)).toEqual([['warn', { dropped: 3 }, told]]);
    expect([written.length, written[0]?.length]).toEqual([2, 10_000]);
    const last_at = new Date();
    expect([written[0]?.[0], written[1]]).toMatchObject([
      { updateOne: { update: { $setOnInsert: { subject: 'first' } } } },
      [{ updateOne: { update: { $inc: { requests: 2, refused: 1, products: 3 }, $max: { last_at } } } }],
    ]);
    await flushed();
    expect([written.length, logged.length]).toEqual([2, 3]);
    await app.close();
  });

  it.each([
    [undefined, 400],
    [7, 7],
    [null, null],
  ])('of which %s days are to be kept are removed after %s, looked at once an hour', async (auditKeepDays, days) => {
    const now = Date.UTC(2026, 5, 1);
    vi.useFakeTimers({ toFake: ['Date'], now });
    const records = openKeyRecords({ store, logger, ...(auditKeepDays !== undefined && { auditKeepDays }) });
    const old = (_id: string, ms: number) =>
      store
        .collection('audit_lines')
        .insertOne({ ...line(''), _id, at: new Date(now - (days ?? 9999) * 86_400_000 + ms) });
    await old('older', -1);
    await old('just so old', 0);
    const left = async () => (await lines()).map(({ _id }) => _id);
    const { app, flushed } = await serve(records);
    const kept = days === null ? ['just so old', 'older'] : ['just so old'];
    expect(await left()).toEqual(kept);
    await old('older', -1).catch(() => undefined);
    vi.setSystemTime(now + 3_599_999);
    await flushed();
    expect(await left()).toEqual(['just so old', 'older']);
    vi.setSystemTime(now + 3_600_000);
    await flushed();
    expect(await left()).toEqual(days === null ? ['just so old', 'older'] : []);
    await app.close();
  });
});
