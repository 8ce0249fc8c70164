import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  ExtractionScope,
  SimulationBatchPayload,
  SimulationBatchResult,
  TaskName,
  TaskProgress,
} from '@ecobalyse/schema';
import { startTestRedis, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import { type Job, type Queue, UnrecoverableError } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createBatchQueue,
  createPipelineClient,
  fanOut,
  isQueueAway,
  PIPELINES,
  type PipelineClient,
  QUEUES,
  type QueueConnection,
  type RunRecorder,
  startBatchWorker,
  startTaskWorker,
  type TaskHandler,
} from './index.js';
import { taskJobId } from './pipelines.js';
import type { WorkerLogger } from './running-worker.js';

/** Longer than any pause of a busy machine: no job is taken for one that lost its worker. */
const LOCK_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;
const TASKS = PIPELINES.ecobalyse_extract;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let server: TestRedis;
let connection: QueueConnection;
let client: PipelineClient;
let runId: string;
let closers: (() => Promise<unknown>)[];

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());
beforeEach(() => {
  connection = { redisUrl: server.url, prefix: `{test-${randomUUID()}}` };
  runId = randomUUID();
  client = createPipelineClient(connection, { retryDelayMs: 20, onError: () => undefined });
  closers = [() => client.close()];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.reverse()) await close();
});

/** A queue of the client's. */
const queueNamed = (wanted: string) => client.queues().find(({ name }) => name === wanted) as Queue;
/** The job that is put off on a queue, once there is one. */
async function putOffOn(queue: Queue): Promise<Job> {
  let found: Job | undefined;
  await waitUntil('a job is put off', async () => {
    [found] = await queue.getDelayed();
    return found !== undefined;
  });
  return found as Job;
}

const inspect = (id = runId) => client.inspect({ pipeline: 'ecobalyse_extract', runId: id, retry: 0 });

interface History extends RunRecorder {
  events: string[];
  ended: 'succeeded' | 'failed' | undefined;
  cancelled: boolean;
  progress: TaskProgress[];
  /** Retries that were asked about. */
  asked: (number | undefined)[];
  /** Of the logs, with the attempt. */
  lines: string[];
  retries: Set<number>;
}

/** Keeps what happened, in order. */
function history(): History {
  const recorder: History = {
    events: [],
    ended: undefined,
    cancelled: false,
    progress: [],
    asked: [],
    lines: [],
    retries: new Set(),
    async started({ task, retry, attempt }) {
      recorder.events.push(`${task} ${attempt}`);
      recorder.retries.add(retry);
    },
    async progressed(_runId: string, _task: TaskName, progress: TaskProgress) {
      recorder.progress.push(progress);
    },
    async logged({ task, attempt }, line) {
      recorder.lines.push(`${task} ${attempt}: ${line}`);
    },
    async isOver(_runId, retry) {
      recorder.asked.push(retry);
      return recorder.cancelled;
    },
    async succeeded({ task }, _result, last) {
      recorder.events.push(`${task} ok`);
      if (last) recorder.ended = 'succeeded';
    },
    async failed({ task }, error, then) {
      recorder.events.push(`${task} failed${{ end: ' for good', retry: '', later: ' for now' }[then]}: ${error}`);
      if (then === 'end') recorder.ended = 'failed';
    },
  };
  return recorder;
}

const LOADED = { planned: 0, products: 0, inserted: 0, updated: 0, unchanged: 0, refused: 0, refusals: [], indexes: 0 };

const RESULTS: { [Name in (typeof TASKS)[number]]: TaskHandler<Name> } = {
  'reference-data': async () => ({ countries: 1, materials: 1, products: 1, fabricProcesses: 1, garments: 1 }),
  simulations: async () => ({ planned: 0, answered: 0, refused: [] }),
  load: async () => LOADED,
  'impact-documentation': async () => ({ impacts: 21 }),
  'clear-cache': async () => ({ cleared: 0 }),
};

function work(recorder: RunRecorder, changed: Partial<typeof RESULTS> = {}, logger: WorkerLogger = quiet): void {
  const handlers = { ...RESULTS, ...changed };
  const common = { connection, recorder, logger, lockMs: LOCK_MS, handlers };
  for (const queue of [QUEUES.extraction, QUEUES.cache]) {
    const worker = startTaskWorker({ ...common, queue });
    closers.push(() => worker.close());
  }
}

function workOnBatches(recorder: RunRecorder, handler: Parameters<typeof startBatchWorker>[0]['handler']) {
  const worker = startBatchWorker({ connection, handler, recorder, logger: quiet, concurrency: 2, lockMs: LOCK_MS });
  closers.push(() => worker.close());
  return worker;
}

/** A simulations task over `planned` simulations in batches of 10. */
function fanningOut(planned: number, scope: ExtractionScope = {}): TaskHandler<'simulations'> {
  const queue = createBatchQueue(connection, () => undefined);
  closers.push(() => queue.close());
  return async (context) => {
    const results = await fanOut(context, queue, { planned, batchSize: 10, scope });
    return { planned, answered: results.reduce((sum, { answered }) => sum + answered, 0), refused: [] };
  };
}

const answered = ({ offset, count }: SimulationBatchPayload): SimulationBatchResult => ({
  offset,
  planned: count,
  answered: count,
  refused: [],
});

describe('a run', () => {
  it('does its tasks in the order of the chain and ends with the last', async () => {
    const recorder = history();
    work(recorder);
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(recorder.events).toEqual(TASKS.flatMap((task) => [`${task} 1`, `${task} ok`]));
    await waitUntil('the run is completed', async () => (await inspect()).state === 'completed');
  });

  it('is not doubled when it is started again', async () => {
    const recorder = history();
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    expect(await inspect()).toEqual({ state: 'pending', unattended: 'reference-data' });
    work(recorder);
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    expect(recorder.events).toHaveLength(2 * TASKS.length);
    await waitUntil('the run is completed', async () => (await inspect()).state === 'completed');
  });

  it('tells of the errors of each of its connections', async () => {
    const told: Error[] = [];
    const own = createPipelineClient(connection, { retryDelayMs: 20, onError: (error) => told.push(error) });
    closers.push(() => own.close());
    expect(own.queues().map(({ name }) => name)).toEqual(Object.values(QUEUES));
    const away = new Error('away');
    for (const queue of own.queues()) queue.emit('error', away);
    expect(told).toEqual(Object.values(QUEUES).map(() => away));
  });

  it('is started by a client until that is closed, with all of its connections', async () => {
    const own = createPipelineClient(connection, { retryDelayMs: 20, onError: () => undefined });
    await own.start('ecobalyse_extract', { runId, parameters: {} });
    await own.close();
    expect(own.queues().filter(({ closing }) => closing === undefined)).toEqual([]);
    const late = own.start('ecobalyse', { runId, parameters: {} });
    await expect(late).rejects.toSatisfy(isQueueAway, 'as if Redis were away');
  });

  it('goes on until its last task has ended, and whoever looks is told', async () => {
    let hold: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      hold = resolve;
    });
    const recorder = history();
    work(recorder, {
      'clear-cache': async () => {
        await held;
        return { cleared: 0 };
      },
    });
    expect(await inspect()).toEqual({ state: 'gone' });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the last task has begun', () => recorder.events.includes('clear-cache 1'));
    expect(await inspect()).toEqual({ state: 'pending' });
    hold();
    await waitUntil('the run is completed', async () => (await inspect()).state === 'completed');
  });

  it('tries a failed task once more and goes on', async () => {
    const recorder = history();
    let calls = 0;
    const load = async () => {
      calls += 1;
      if (calls === 1) throw new Error('database away');
      return LOADED;
    };
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(recorder.events.filter((event) => event.startsWith('load'))).toEqual([
      'load 1',
      'load failed: database away',
      'load 2',
      'load ok',
    ]);
  });

  it('puts a task off for as long as its upstream wants to be left alone, however often', async () => {
    const recorder = history();
    let begun = 0;
    const load = async () => {
      begun += 1;
      if (begun < 4) throw Object.assign(new Error('asked too often'), { retryAfterSeconds: 3600 });
      return LOADED;
    };
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    for (let time = 1; time <= 3; time += 1) {
      const job = await putOffOn(queueNamed(QUEUES.extraction));
      expect(begun).toBe(time);
      expect(job.delay).toBeGreaterThan(3_500_000);
      expect(job.delay).toBeLessThanOrEqual(3_600_000);
      await job.promote();
    }
    await waitUntil('the run has ended', () => recorder.ended !== undefined);
    expect(recorder.lines).toEqual(Array(3).fill('load 1: put off for 3600 s: asked too often'));
    expect(recorder.events.filter((event) => event.startsWith('load'))).toEqual([
      ...Array.from({ length: 3 }, () => ['load 1', 'load failed for now: asked too often']).flat(),
      'load 1',
      'load ok',
    ]);
  });

  it('lies in Redis as jobs that are tried twice, and are kept for people who look', async () => {
    await client.start('ecobalyse', { runId, parameters: {} }, { number: 2, from: 'statistics' });
    expect(await queueNamed(QUEUES.cache).getJobCounts()).toMatchObject({ waiting: 0, 'waiting-children': 0 });
    const job = (await queueNamed(QUEUES.statistics).getWaiting())[0] as Job;
    expect(job.data).toEqual({ runId, parameters: {}, pipeline: 'ecobalyse', retry: 2 });
    expect(job.opts).toMatchObject({
      jobId: `ecobalyse-${runId}-statistics-retry-2`,
      attempts: 2,
      backoff: { type: 'fixed', delay: 20 },
      failParentOnFailure: true,
      removeOnComplete: { age: 604_800, count: 2000 },
      removeOnFail: { age: 2_592_000, count: 2000 },
      keepLogs: 100,
    });
    const [last] = (await queueNamed(QUEUES.training).getWaitingChildren()) as [Job];
    expect(last.opts).not.toHaveProperty('failParentOnFailure');
    await expect(
      client.start('ecobalyse_training', { runId, parameters: {} }, { number: 1, from: 'statistics' }),
    ).rejects.toThrow(new RangeError('ecobalyse_training has no task statistics'));
  });

  it('fails by the error of its task, also when the history cannot be written or read', async () => {
    const recorder = history();
    const told: string[] = [];
    const error = ({ task, err }: { task?: string; err?: Error }, message: string) =>
      void told.push(`${task}: ${message}: ${err?.message}`);
    recorder.failed = () => Promise.reject(new Error('the database is away'));
    recorder.isOver = () => Promise.reject(new Error('the database is away'));
    work(recorder, { load: () => Promise.reject(new Error('no')) }, { ...quiet, error });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('Redis knows', async () => (await inspect()).state === 'failed');
    expect(await inspect()).toEqual({ state: 'failed', task: 'load', reason: 'no' });
    expect(told).toEqual([
      'load: load failed and will be tried again: no',
      'load: could not record the failure: the database is away',
      'load: load failed: no',
      'load: could not record the failure: the database is away',
    ]);
  });

  it('fails when a task failed twice, and does not start the later ones', async () => {
    const recorder = history();
    work(recorder, { load: () => Promise.reject(new Error('no')) });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'failed');
    await waitUntil('Redis knows', async () => (await inspect()).state === 'failed');
    expect(await inspect()).toEqual({ state: 'failed', task: 'load', reason: 'no' });
    expect(await inspect('unknown')).toEqual({ state: 'gone' });
    expect(recorder.events.at(-1)).toBe('load failed for good: no');
    expect(recorder.events.some((event) => event.startsWith('impact-documentation'))).toBe(false);
  });

  it('is not tried again where that is of no use: by its task, without a worker that knows it, without a payload', async () => {
    const recorder = history();
    const { load: _, ...others } = RESULTS;
    const handlers = { ...others, 'reference-data': () => Promise.reject(new UnrecoverableError('for ever')) };
    const worker = startTaskWorker({
      connection,
      recorder,
      logger: quiet,
      lockMs: LOCK_MS,
      queue: QUEUES.extraction,
      handlers,
    });
    closers.push(() => worker.close());
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    const queue = queueNamed(QUEUES.extraction);
    await queue.add('load', { runId, pipeline: 'ecobalyse_extract', parameters: {}, retry: 0 }, { attempts: 2 });
    await queue.add('simulations', { runId }, { attempts: 2 });
    // Beside the later tasks of the run, which fail with the first.
    const reasons = async () =>
      (await queue.getFailed())
        .map(({ failedReason }) => failedReason)
        .filter((reason) => !reason?.startsWith('child'));
    await waitUntil('all have failed', async () => (await reasons()).length === 3);
    expect(recorder.events).toEqual(['reference-data 1', 'reference-data failed for good: for ever']);
    expect((await reasons()).sort()).toEqual([
      expect.stringMatching(/^bad payload of simulations: /),
      'for ever',
      'no worker of queue extraction knows the task load',
    ]);
  });

  it('is retried from a task on, with new jobs', async () => {
    const recorder = history();
    let broken = true;
    const load = async () => {
      if (broken) throw new Error('no');
      return LOADED;
    };
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has failed', () => recorder.ended === 'failed');
    broken = false;
    expect(new Set(recorder.asked)).toEqual(new Set([0]));
    recorder.events.length = 0;
    recorder.asked.length = 0;
    await client.start('ecobalyse_extract', { runId, parameters: {} }, { number: 1, from: 'load' });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(recorder.retries).toEqual(new Set([0, 1]));
    expect(new Set(recorder.asked)).toEqual(new Set([1]));
    expect(recorder.events.filter((event) => event.endsWith('ok'))).toEqual([
      'load ok',
      'impact-documentation ok',
      'clear-cache ok',
    ]);
  });

  it('keeps the log of each attempt, in bounded lines and without secrets', async () => {
    const recorder = history();
    let calls = 0;
    const load: TaskHandler<'load'> = async ({ log }) => {
      await log('.'.repeat(501));
      calls += 1;
      if (calls === 1) throw new Error('no answer of https://me:hidden@db.test/');
      await log('asked mongodb://me:hidden@db.test/');
      return LOADED;
    };
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    const dots = '.'.repeat(500);
    expect(recorder.lines).toEqual([`load 1: ${dots}`, `load 2: ${dots}`, 'load 2: asked mongodb://***@db.test/']);
    expect(recorder.events).toContain('load failed: no answer of https://***@db.test/');
    const job = taskJobId('ecobalyse_extract', runId, 'load', 0);
    expect((await queueNamed(QUEUES.extraction).getJobLogs(job)).logs.join()).not.toContain('hidden');
  });

  it('looks every second whether it was cancelled, ends then, and is not tried again', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const recorder = history();
    let given: AbortSignal | undefined;
    const load: TaskHandler<'load'> = ({ signal }) =>
      new Promise((_resolve, reject) => {
        given = signal;
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the load has begun', () => given !== undefined);
    recorder.cancelled = true;
    vi.advanceTimersByTime(999);
    await nextTurn();
    expect(given?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await nextTurn();
    expect(given?.aborted).toBe(true);
    await waitUntil('the run has ended', async () => (await inspect()).state === 'completed');
    // Its history says so already: told late, it would fail a run that goes on by a retry.
    expect(recorder.ended).toBeUndefined();
    expect(recorder.events.at(-1)).toBe('load 1');
    for (const queue of client.queues()) expect(await queue.getFailedCount()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives its task back when a worker stops, and another one finishes it', async () => {
    const recorder = history();
    let begun = 0;
    const load: TaskHandler<'load'> = ({ signal }) =>
      new Promise((resolve, reject) => {
        begun += 1;
        if (begun > 1) resolve(LOADED);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the load has begun', () => begun === 1);
    for (const close of closers.splice(1)) await close();
    work(recorder, { load });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(recorder.events.filter((event) => event.includes('failed'))).toEqual([]);
  });

  it('goes on after Redis was killed and came back', async () => {
    const own = await startTestRedis();
    connection = { redisUrl: own.url, prefix: '{test}' };
    await client.close();
    client = createPipelineClient(connection, { retryDelayMs: 20, onError: () => undefined });
    const recorder = history();
    let begun = false;
    let release: () => void = () => undefined;
    const pause = new Promise<void>((resolve) => {
      release = resolve;
    });
    const load = async () => {
      begun = true;
      await pause;
      return LOADED;
    };
    work(recorder, { load });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the load has begun', () => begun);
    await own.kill();
    await own.restart();
    release();
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    closers.unshift(() => own.close());
  });
});

describe('a task that fans out', () => {
  it('has its batches done by all workers and sums them up', async () => {
    const recorder = history();
    const done: SimulationBatchPayload[] = [];
    work(recorder, { simulations: fanningOut(95, { product: 'jean' }) });
    for (let worker = 0; worker < 2; worker += 1) {
      workOnBatches(recorder, async (payload) => {
        done.push(payload);
        return answered(payload);
      });
    }
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(done.sort((a, b) => a.offset - b.offset)).toEqual(
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((offset) => ({
        runId,
        retry: 0,
        attempt: 1,
        scope: { product: 'jean' },
        offset,
        count: offset === 90 ? 5 : 10,
      })),
    );
    // A batch may tell of itself after the task has ended: the last progress is not the last that was told.
    expect(recorder.progress[0]).toEqual({ done: 0, planned: 95 });
    expect(recorder.progress).toContainEqual({ done: 95, planned: 95 });
    expect(new Set(recorder.progress.map(({ planned }) => planned))).toEqual(new Set([95]));
    expect(Math.max(...recorder.progress.map((progress) => progress.done))).toBe(95);
  });

  it('has no batches when nothing is planned', async () => {
    const recorder = history();
    work(recorder, { simulations: fanningOut(0) });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(await queueNamed(QUEUES.simulations).getJobCountByTypes()).toBe(0);
    expect(recorder.progress).toEqual([{ done: 0, planned: 0 }]);
  });

  it('has its batches tried eight times, ever later, and hears of those that failed', async () => {
    const recorder = history();
    work(recorder, { simulations: fanningOut(10) });
    await client.start('ecobalyse_extract', { runId, parameters: {} }, { number: 2, from: 'simulations' });
    const batches = queueNamed(QUEUES.simulations);
    await waitUntil('the batch is there', async () => (await batches.getWaitingCount()) === 1);
    const [batch] = (await batches.getWaiting()) as [Job];
    expect(batch.data).toMatchObject({ retry: 2, attempt: 1 });
    expect(batch.opts).toMatchObject({
      jobId: `ecobalyse_extract-${runId}-simulations-retry-2-batch-0-0`,
      attempts: 8,
      backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
      ignoreDependencyOnFailure: true,
      removeOnFail: { age: 2_592_000, count: 2000 },
    });
  });

  it('does only the lost batches again when it is tried again', async () => {
    const recorder = history();
    const calls = new Map<number, number>();
    work(recorder, { simulations: fanningOut(30) });
    workOnBatches(recorder, async (payload) => {
      const call = (calls.get(payload.offset) ?? 0) + 1;
      calls.set(payload.offset, call);
      // An error that BullMQ does not try again ends the batch's first job for good.
      if (payload.offset === 10 && call === 1)
        throw Object.assign(new Error('upstream away'), { name: 'UnrecoverableError' });
      return answered(payload);
    });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended !== undefined);
    expect(recorder.ended).toBe('succeeded');
    expect([...calls].sort(([a], [b]) => a - b)).toEqual([
      [0, 1],
      [10, 2],
      [20, 1],
    ]);
    expect(recorder.events.find((event) => event.startsWith('simulations failed'))).toMatch(
      /1 of 3 batches failed.*upstream away/,
    );
    await waitUntil('the log of the first attempt knows', () => recorder.lines.length > 0);
    expect(recorder.lines).toEqual(['simulations 1: simulations 11 to 20: try 1 of 8 failed: upstream away']);
  });

  it('puts a batch off at the cost of no try, and each try knows what an earlier one kept', async () => {
    const recorder = history();
    const known: unknown[] = [];
    work(recorder, { simulations: fanningOut(10) });
    workOnBatches(recorder, async (payload, _signal, { kept, keep, isLast }) => {
      known.push([kept, isLast]);
      await keep({ tries: known.length });
      // More often than a batch is tried again.
      if (known.length < 10) throw Object.assign(new Error('asked too often'), { retryAfterSeconds: 60 });
      return answered(payload);
    });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    for (let time = 1; time < 10; time += 1) {
      const job = await putOffOn(queueNamed(QUEUES.simulations));
      expect(job.delay).toBeGreaterThan(30_000);
      expect(job.delay).toBeLessThanOrEqual(60_000);
      await job.promote();
    }
    await waitUntil('the run has ended', () => recorder.ended !== undefined);
    expect(recorder.ended).toBe('succeeded');
    expect(known).toEqual(Array.from({ length: 10 }, (_, tries) => [tries === 0 ? 0 : { tries }, false]));
  });

  it('tells a batch which try is its last, and asks whether its retry of the run goes on', async () => {
    const recorder = history();
    const tries: boolean[] = [];
    const queue = createBatchQueue(connection, () => undefined);
    closers.push(() => queue.close());
    workOnBatches(recorder, async (_payload, _signal, { isLast }) => {
      tries.push(isLast);
      throw new Error('no');
    });
    const payload: SimulationBatchPayload = { runId, retry: 3, scope: {}, offset: 0, count: 1 };
    await queue.add('batch', payload, { attempts: 3 });
    await waitUntil('it has failed for good', async () => (await queue.getFailedCount()) === 1);
    expect([tries, recorder.asked]).toEqual([
      [false, false, true],
      [3, 3, 3],
    ]);
    // Batches of earlier versions do not say which attempt at their task they are of.
    await waitUntil('the log knows of each try', () => recorder.lines.length === 3);
    expect(recorder.lines.sort()).toEqual(
      [1, 2, 3].map((time) => `simulations 1: simulations 1 to 1: try ${time} of 8 failed: no`),
    );
  });

  it('does not try a batch again that is none, and tells what could not be told', async () => {
    const recorder = history();
    const told: [message: string, error: string][] = [];
    const warn = ({ err }: { err?: Error }, message: string) => void told.push([message, err?.message ?? '']);
    const away = () => Promise.reject(new Error('the database is away'));
    Object.assign(recorder, { logged: away, progressed: away });
    const queue = createBatchQueue(connection, () => undefined);
    closers.push(() => queue.close());
    const worker = startBatchWorker({
      connection,
      handler: async (payload) => {
        if (payload.offset > 0) throw new UnrecoverableError('no');
        return answered(payload);
      },
      recorder,
      logger: { ...quiet, warn },
      concurrency: 1,
      lockMs: LOCK_MS,
    });
    closers.push(() => worker.close());
    const payload: SimulationBatchPayload = { runId, scope: {}, offset: 0, count: 1 };
    await queue.add('batch', { runId }, { attempts: 3, jobId: 'none' });
    await queue.add('batch', { ...payload, offset: 1 }, { jobId: 'failing' });
    // Of a batch that no task waits for nobody is told.
    await queue.add('batch', payload, { jobId: 'alone' });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    const parent = await queueNamed(QUEUES.extraction).getJob(taskJobId('ecobalyse_extract', runId, 'simulations', 0));
    await queue.add('batch', payload, {
      jobId: 'with-parent',
      parent: { id: parent?.id as string, queue: parent?.queueQualifiedName as string },
    });
    await waitUntil('all is told', () => told.length === 4);
    expect(told.map(([message, error]) => `${message}: ${error.replace(/(?<=batch): .*/s, '')}`).sort()).toEqual([
      'batch failed: bad payload of a batch',
      'batch failed: no',
      'could not report progress: the database is away',
      'could not tell the log of the task: the database is away',
    ]);
    expect((await queue.getJob('none'))?.attemptsMade).toBe(1);
    expect(await queue.getJobCounts()).toMatchObject({ completed: 2, failed: 2 });
  });

  it('gives its batch back when a worker stops, without using up a try', async () => {
    const recorder = history();
    let begun = false;
    work(recorder, { simulations: fanningOut(10) });
    const stopping = workOnBatches(
      recorder,
      (_payload, signal) =>
        new Promise((_resolve, reject) => {
          begun = true;
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the batch has begun', () => begun);
    await stopping.close();
    expect(recorder.ended).toBeUndefined();
    workOnBatches(recorder, async (payload) => answered(payload));
    await waitUntil('the run has ended', () => recorder.ended === 'succeeded');
    expect(recorder.events.filter((event) => event.includes('failed'))).toEqual([]);
  });

  it('goes on after days without a worker, and does nothing again that was done', async () => {
    const recorder = history();
    const calls: number[] = [];
    const realNow = Date.now;
    const clock = vi.spyOn(Date, 'now');
    onTestFinished(() => clock.mockRestore());
    const today = Date.now();
    const handler: Parameters<typeof workOnBatches>[1] = async ({ offset, ...payload }, signal) => {
      if (offset >= 20 && Date.now() < today + MONTH_MS) await once(signal, 'abort');
      signal.throwIfAborted();
      calls.push(offset);
      return answered({ offset, ...payload });
    };
    work(recorder, { simulations: fanningOut(40) });
    workOnBatches(recorder, handler);
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('two batches are done', () => calls.length === 2);
    for (const close of closers.splice(1).reverse()) await close();

    // Of the machine's clock, which runs on while the machine sleeps; that of `performance` does not.
    clock.mockImplementation(() => realNow() + MONTH_MS);
    work(recorder, { simulations: fanningOut(40) });
    workOnBatches(recorder, handler);
    await waitUntil('the run has ended', () => recorder.ended !== undefined);
    expect([recorder.ended, calls.sort((a, b) => a - b)]).toEqual(['succeeded', [0, 10, 20, 30]]);
  });

  it('has no batch that counts as failed when its run is cancelled', async () => {
    const recorder = history();
    let begun = 0;
    work(recorder, { simulations: fanningOut(100) });
    workOnBatches(recorder, async (payload) => {
      begun += 1;
      recorder.cancelled = true;
      return answered(payload);
    });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', async () => (await inspect()).state === 'completed');
    expect(begun).toBeLessThanOrEqual(2);
    for (const queue of client.queues()) expect(await queue.getFailedCount()).toBe(0);
    expect(recorder.events.filter((event) => event.includes('failed'))).toEqual([]);
  });

  it('refuses a result that is not what the task promises', async () => {
    const recorder = history();
    work(recorder, { load: async () => ({ planned: 'many' }) as never });
    await client.start('ecobalyse_extract', { runId, parameters: {} });
    await waitUntil('the run has ended', () => recorder.ended === 'failed');
    expect(recorder.events.at(-1)).toMatch(/load failed for good/);
  });
});
