import { EventEmitter } from 'node:events';
import { scrape } from '@ecobalyse/telemetry';
import type { Job, Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { producerOptions, workerOptions } from './connection.js';
import { isQueueAway, PIPELINES, QUEUES, TASK_QUEUES } from './index.js';
import { batchJobId, taskJobId } from './pipelines.js';
import { measureWorker } from './queue-metrics.js';
import { isPutOff } from './running-worker.js';

const NOW = Date.UTC(2026, 0, 1);
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }));
afterEach(() => void vi.useRealTimers());

it('knows the pipelines, and who works on their tasks', () => {
  const queuesOf = (pipeline: keyof typeof PIPELINES) =>
    PIPELINES[pipeline].map((task) => [task, TASK_QUEUES[task]] as const);
  expect(queuesOf('ecobalyse_extract')).toEqual([
    ['reference-data', 'extraction'],
    ['simulations', 'extraction'],
    ['load', 'extraction'],
    ['impact-documentation', 'extraction'],
    ['clear-cache', 'cache'],
  ]);
  expect(queuesOf('ecobalyse')).toEqual([
    ['add-products', 'product-ingest'],
    ['clear-cache', 'cache'],
    ['statistics', 'stats'],
    ['train', 'training'],
  ]);
  expect(PIPELINES.ecobalyse_training).toEqual(PIPELINES.ecobalyse.filter((task) => task !== 'statistics'));
  expect(queuesOf('ecobalyse_rescore')).toEqual([
    ['rescore', 'extraction'],
    ['clear-cache', 'cache'],
    ['statistics', 'stats'],
  ]);
  expect(new Set(Object.values(QUEUES)).size).toBe(7);
});

it('names jobs by what they are of', () => {
  expect([0, 1, 2].map((retry) => taskJobId('ecobalyse', 'r', 'train', retry))).toEqual([
    'ecobalyse-r-train',
    'ecobalyse-r-train-retry-1',
    'ecobalyse-r-train-retry-2',
  ]);
  expect(batchJobId('job', 1, 20)).toBe('job-batch-1-20');
});

it('has producers give up on Redis, and workers wait for it', () => {
  const connection = { redisUrl: 'redis://host:1/2', prefix: '{p}' };
  const common = { url: connection.redisUrl, connectTimeout: 10_000, retryStrategy: expect.any(Function) };
  expect(producerOptions(connection)).toEqual({
    prefix: '{p}',
    connection: { ...common, commandTimeout: 10_000, maxRetriesPerRequest: 3 },
  });
  expect(workerOptions(connection)).toEqual({ prefix: '{p}', connection: { ...common, maxRetriesPerRequest: null } });
  for (const options of [producerOptions, workerOptions]) {
    const { retryStrategy } = options(connection).connection as { retryStrategy(attempt: number): number };
    expect([1, 2, 5, 6, 100].map(retryStrategy)).toEqual([200, 400, 3200, 5000, 5000]);
  }
});

it.each([
  ['Connection is closed.', 'Error', true],
  ['Command timed out', 'Error', true],
  ['connect ECONNREFUSED 127.0.0.1:1', 'Error', true],
  ['read ECONNRESET', 'Error', true],
  ['reached the max retries', 'MaxRetriesPerRequestError', true],
  ['ERR Command timed out of something', 'ReplyError', false],
  ['ERR unknown command', 'ReplyError', false],
])('takes "%s" of %s for a Redis that is away: %s', (message, name, away) => {
  expect(isQueueAway(Object.assign(new Error(message), { name }))).toBe(away);
});

const DAY_MS = 86_400_000;
it.each([
  [{ retryAfterSeconds: 0.001 }, 0, true],
  [{ retryAfterSeconds: 1 }, DAY_MS - 1, true],
  [{ retryAfterSeconds: 1 }, DAY_MS, false],
  [{ retryAfterSeconds: 0 }, 0, false],
  [{}, 0, false],
  [null, 0, false],
])('puts a job off for %j when it is %d ms old: %s', (error, age, expected) => {
  expect(isPutOff({ timestamp: NOW - age } as Job, error)).toBe(expected);
});

describe('the figures of a worker', () => {
  /** Lines of the metrics about a queue, without their buckets. */
  const figuresOf = async (queue: string) =>
    (await scrape()).text
      .split('\n')
      .filter((line) => line.includes(`queue="${queue}"`) && !line.includes('_bucket'))
      .map((line) => line.replace(/^ecobalyse_|queue="[^"]*",?/g, ''));
  const measured = (queue: string) => {
    const worker = new EventEmitter();
    measureWorker(worker as Worker, queue);
    return worker;
  };
  const job = (changed: object) => ({
    name: 'tick',
    data: {},
    attemptsMade: 0,
    attemptsStarted: 1,
    delay: 0,
    ...changed,
  });

  it('tell in seconds how long jobs waited that waited for a worker only', async () => {
    const worker = measured('waits');
    const times = { timestamp: NOW - 9000, delay: 2000, processedOn: NOW - 1000 };
    for (const [name, data, attemptsStarted] of [
      ['tick', {}, 1],
      ['reference-data', { pipeline: 'ecobalyse_extract' }, 1],
      // It waited for the task before it, or came back from its batches.
      ['load', { pipeline: 'ecobalyse_extract' }, 1],
      ['simulations', {}, 2],
    ] as const)
      worker.emit('active', job({ ...times, name, data, attemptsStarted }));
    expect(await figuresOf('waits')).toEqual(['queue_job_wait_seconds_sum{} 12', 'queue_job_wait_seconds_count{} 2']);
  });

  it('tell of no time below none, nor of one that is not known', async () => {
    const worker = measured('clocks');
    // The clock was set back in between, or Redis has not told.
    worker.emit('active', job({ timestamp: NOW + 5000 }));
    worker.emit('active', job({ timestamp: NOW - 2000, processedOn: undefined }));
    worker.emit('completed', job({ processedOn: NOW + 5000, finishedOn: NOW }));
    worker.emit('completed', job({ finishedOn: NOW - 1000 }));
    expect(await figuresOf('clocks')).toEqual([
      'queue_job_wait_seconds_sum{} 2',
      'queue_job_wait_seconds_count{} 2',
      'queue_job_run_seconds_sum{job="tick",outcome="completed"} 0',
      'queue_job_run_seconds_count{job="tick",outcome="completed"} 2',
    ]);
  });

  it('tell how long jobs ran and how they ended, how often they were tried again, and lost their worker', async () => {
    const worker = measured('runs');
    worker.emit('active', job({ attemptsMade: 1 }));
    worker.emit('completed', job({ processedOn: NOW - 3000, finishedOn: NOW - 500 }));
    worker.emit('failed', job({ processedOn: NOW - 4000 }));
    // A job that BullMQ lost.
    worker.emit('failed', undefined);
    worker.emit('stalled', 'id');
    expect(await figuresOf('runs')).toEqual([
      'queue_job_run_seconds_sum{job="tick",outcome="completed"} 2.5',
      'queue_job_run_seconds_count{job="tick",outcome="completed"} 1',
      'queue_job_run_seconds_sum{job="tick",outcome="failed"} 4',
      'queue_job_run_seconds_count{job="tick",outcome="failed"} 1',
      'queue_job_retries_total{job="tick"} 1',
      'queue_jobs_stalled_total{} 1',
    ]);
  });
});
