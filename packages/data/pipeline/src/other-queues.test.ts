import { randomUUID } from 'node:crypto';
import { startTestRedis, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  isQueueAway,
  openProductJobQueue,
  openScheduler,
  type PipelineName,
  type QueueConnection,
  type Schedule,
  startProductJobWorker,
  startTickWorker,
  type Tick,
} from './index.js';

const LOCK_MS = 1000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ignore = () => undefined;

let server: TestRedis;
let connection: QueueConnection;
let closers: (() => Promise<unknown>)[];

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());
beforeEach(() => {
  connection = { redisUrl: server.url, prefix: `{test-${randomUUID()}}` };
  closers = [];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

function closing<T extends { close(): Promise<unknown> }>(opened: T): T {
  closers.push(() => opened.close());
  return opened;
}

describe('the queue of product jobs', () => {
  const payload = (id: string) => ({ id, requestId: 'r' });
  const work = (handler: (id: string, signal: AbortSignal) => Promise<number | undefined>) =>
    closing(
      startProductJobWorker({
        connection,
        handler: ({ id }, signal) => handler(id, signal),
        logger: quiet,
        concurrency: 2,
        lockMs: LOCK_MS,
      }),
    );

  it('holds a job once, takes it up again as often as asked, and forgets it when it has ended', async () => {
    const queue = closing(openProductJobQueue(connection, ignore));
    const begun: string[] = [];
    await queue.add(payload('a'));
    await queue.add(payload('a'));
    work(async (id) => {
      begun.push(id);
      return begun.length < 3 ? 1 : undefined;
    });
    await waitUntil('the job was taken up three times', () => begun.length === 3);
    // Whoever finds it open in the database may add it under its id again.
    await waitUntil('it may be added anew', async () => {
      await queue.add(payload('a'));
      return begun.length === 4;
    });
    expect(new Set(begun)).toEqual(new Set(['a']));
  });

  it('gives a job back when its worker stops', async () => {
    const queue = closing(openProductJobQueue(connection, ignore));
    await queue.add(payload('a'));
    let begun = false;
    const stopping = work(
      (_id, signal) =>
        new Promise((_resolve, reject) => {
          begun = true;
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    await waitUntil('the job has begun', () => begun);
    expect(stopping.isRunning()).toBe(true);
    await stopping.close();
    expect(stopping.isRunning()).toBe(false);
    const done: string[] = [];
    work(async (id) => void done.push(id) as undefined);
    await waitUntil('another worker does it', () => done.length === 1);
  });

  it('knows the errors of a Redis that is away from others', () => {
    expect(isQueueAway(new Error('Connection is closed.'))).toBe(true);
    expect(isQueueAway(Object.assign(new Error('x'), { name: 'MaxRetriesPerRequestError' }))).toBe(true);
    expect(isQueueAway(new Error('ERR unknown command'))).toBe(false);
  });
});

describe('the schedules', () => {
  const table = (...entries: [PipelineName, Schedule][]) => new Map(entries);

  it('are those of the last table, and what is right already is not moved', async () => {
    const scheduler = closing(openScheduler(connection, ignore));
    const yearly = { pattern: '0 3 1 1 *', timeZone: 'Europe/Paris' };
    expect(await scheduler.apply(table(['ecobalyse_extract', yearly], ['ecobalyse', { everyMs: 3_600_000 }]))).toEqual(
      new Map(),
    );
    const first = await scheduler.nextTicks();
    expect([...first.keys()].sort()).toEqual(['ecobalyse', 'ecobalyse_extract']);
    expect(first.get('ecobalyse_extract')?.toISOString()).toMatch(/-01-01T02:00:00\.000Z$/);

    await scheduler.apply(table(['ecobalyse_extract', yearly]));
    expect(await scheduler.nextTicks()).toEqual(
      new Map([['ecobalyse_extract', first.get('ecobalyse_extract') as Date]]),
    );
    await scheduler.apply(table(['ecobalyse_extract', { ...yearly, timeZone: 'UTC' }]));
    expect((await scheduler.nextTicks()).get('ecobalyse_extract')?.toISOString()).toMatch(/-01-01T03:00:00\.000Z$/);
  });

  it('tick, each tick under a name of its own, and once more when its handling failed', async () => {
    const ticks: Tick[] = [];
    closing(
      startTickWorker({
        connection,
        onTick: async (tick) => {
          ticks.push(tick);
          if (ticks.length === 1) throw new Error('the database is away');
        },
        logger: quiet,
        lockMs: LOCK_MS,
      }),
    );
    const scheduler = closing(openScheduler(connection, ignore));
    await scheduler.apply(table(['ecobalyse', { everyMs: 200 }]));
    await waitUntil('the first tick has come again', () =>
      ticks.slice(1).some(({ id }) => id === (ticks[0] as Tick).id),
    );
    await waitUntil('others have come', () => new Set(ticks.map(({ id }) => id)).size > 2);
    await scheduler.apply(new Map());
    for (const { pipeline, id } of ticks) {
      expect(pipeline).toBe('ecobalyse');
      // BullMQ takes no colon in the id of a job, which a run is named by.
      expect(id).not.toContain(':');
    }
  });
});
