import { randomUUID } from 'node:crypto';
import { startTestRedis, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openQueue, producerOptions } from './connection.js';
import {
  openProductJobQueue,
  openScheduler,
  type PipelineName,
  type QueueConnection,
  type Schedule,
  startProductJobWorker,
  startTickWorker,
  type Tick,
} from './index.js';
import { startWorker } from './running-worker.js';

/** Longer than any pause of a busy machine: no job is taken for one that lost its worker. */
const LOCK_MS = 60_000;
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
  vi.useRealTimers();
  for (const close of closers.reverse()) await close();
});

function closing<T extends { close(): Promise<unknown> }>(opened: T): T {
  closers.push(() => opened.close());
  return opened;
}

it('a queue is opened where its jobs are, and tells of what goes wrong', async () => {
  const told: Error[] = [];
  const own = closing(openQueue('own', connection, (error) => told.push(error)));
  const fault = new Error('Redis is away');
  own.emit('error', fault);
  expect(told).toEqual([fault]);
  await own.add('one', { a: 1 });
  const other = closing(new Queue('own', producerOptions(connection)));
  expect((await other.getJobs()).map(({ name, data }) => [name, data])).toEqual([['one', { a: 1 }]]);
});

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
    await waitUntil('the job was taken up three times', () => begun.length >= 3);
    // Whoever finds it open in the database may add it under its id again.
    await waitUntil('it may be added anew', async () => {
      await queue.add(payload('a'));
      return begun.length > 3;
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
    const closed = stopping.close();
    // The job under way has not ended yet.
    expect(stopping.isRunning()).toBe(false);
    await closed;
    expect(stopping.isRunning()).toBe(false);
    const done: string[] = [];
    work(async (id) => void done.push(id) as undefined);
    await waitUntil('another worker does it', () => done.length > 0);
  });

  it('forgets a job that failed, so that it can be added anew', async () => {
    const queue = closing(openProductJobQueue(connection, ignore));
    let begun = 0;
    work(async () => {
      begun += 1;
      throw new Error('a fault of ours');
    });
    await waitUntil('it was added and begun twice', async () => {
      await queue.add(payload('a'));
      return begun >= 2;
    });
  });

  it('tells of a job that is none, which is not tried again', async () => {
    const told: unknown[][] = [];
    let begun = 0;
    closing(
      startProductJobWorker({
        connection,
        handler: async () => {
          begun += 1;
          return undefined;
        },
        logger: { ...quiet, warn: (...line) => told.push(line) },
        concurrency: 1,
        lockMs: LOCK_MS,
      }),
    );
    const queue = closing(new Queue('product-jobs', producerOptions(connection)));
    await queue.add('product-job', { id: 7 }, { jobId: 'seven', attempts: 3 });
    await waitUntil('it has failed', () => told.length > 0);
    expect(told).toEqual([
      [
        {
          jobId: 'seven',
          err: expect.objectContaining({ message: expect.stringMatching(/^bad payload of a product/) }),
        },
        'a product job fell out of the queue',
      ],
    ]);
    expect([begun, (await queue.getJob('seven'))?.attemptsMade]).toEqual([0, 1]);
  });

  it('take over what lost its worker, up to five times, and say so', () => {
    const told: unknown[][] = [];
    const worker = startWorker('any', async () => undefined, {
      connection,
      logger: { ...quiet, warn: (...line) => told.push(line) },
      concurrency: 3,
      lockMs: 60_000,
    });
    closing(worker);
    expect(worker.opts).toMatchObject({
      concurrency: 3,
      lockDuration: 60_000,
      stalledInterval: 60_000,
      maxStalledCount: 5,
    });
    const err = new Error('away');
    worker.emit('error', err);
    worker.emit('stalled', 'a', 'active');
    expect(told).toEqual([
      [{ err, queue: 'any' }, 'queue connection'],
      [{ queue: 'any', jobId: 'a' }, 'a job lost its worker and is taken over'],
    ]);
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
    await scheduler.apply(table(['ecobalyse_extract', { pattern: '0 4 1 1 *', timeZone: 'UTC' }]));
    expect((await scheduler.nextTicks()).get('ecobalyse_extract')?.toISOString()).toMatch(/-01-01T04:00:00\.000Z$/);
  });

  it('are moved when the interval changes, or when the clock was set back far', async () => {
    const scheduler = closing(openScheduler(connection, ignore));
    const hour = 3_600_000;
    const next = async () => (await scheduler.nextTicks()).get('ecobalyse')?.getTime() as number;
    const queue = closing(new Queue('schedules', producerOptions(connection)));
    for (const everyMs of [12 * hour, 24 * hour]) {
      await scheduler.apply(table(['ecobalyse', { everyMs }]));
      expect((await queue.getJobScheduler('ecobalyse'))?.every).toBe(everyMs);
    }
    const planned = await next();
    vi.useFakeTimers({ toFake: ['Date'], now: planned - 24 * hour - 1000 });
    await scheduler.apply(table(['ecobalyse', { everyMs: 24 * hour }]));
    expect(await next()).toBe(planned);
    vi.setSystemTime(planned - 24 * hour - 1001);
    await scheduler.apply(table(['ecobalyse', { everyMs: 24 * hour }]));
    expect(await next()).toBeLessThan(planned);
  });

  it('leave the others alone when one cannot be, are handled one at a time, and ten times for two hours', async () => {
    const scheduler = closing(openScheduler(connection, ignore));
    const failures = await scheduler.apply(
      table(['ecobalyse', { pattern: 'never', timeZone: 'UTC' }], ['ecobalyse_training', { everyMs: 86_400_000 }]),
    );
    expect([...failures.keys()]).toEqual(['ecobalyse']);
    const queue = closing(new Queue('schedules', producerOptions(connection)));
    expect((await queue.getJobSchedulers()).map(({ key, every, template }) => [key, every, template])).toEqual([
      [
        'ecobalyse_training',
        86_400_000,
        {
          data: { pipeline: 'ecobalyse_training' },
          opts: expect.objectContaining({
            attempts: 10,
            backoff: { type: 'exponential', delay: 1000 },
            removeOnComplete: true,
            removeOnFail: true,
          }),
        },
      ],
    ]);
    expect(await queue.getGlobalConcurrency()).toBe(1);
  });

  it('tick, each tick under a name of its own, and once more when its handling failed', async () => {
    const ticks: Tick[] = [];
    const told: unknown[][] = [];
    closing(
      startTickWorker({
        connection,
        onTick: async (tick) => {
          ticks.push(tick);
          if (ticks.length === 1) throw new Error('the database is away');
        },
        logger: { ...quiet, error: (...line) => told.push(line) },
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
    expect(told).toEqual([
      [
        { pipeline: 'ecobalyse', err: expect.objectContaining({ message: 'the database is away' }) },
        'a scheduled start failed',
      ],
    ]);
    for (const { pipeline, id } of ticks) {
      expect(pipeline).toBe('ecobalyse');
      // BullMQ takes no colon in the id of a job, which a run is named by.
      expect(id).not.toContain(':');
    }
  });
});
