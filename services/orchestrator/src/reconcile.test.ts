import { type RunInRedis, TASK_QUEUES } from '@ecobalyse/pipeline';
import type { PipelineRun } from '@ecobalyse/store';
import { expect, it } from 'vitest';
import { verdictOn } from './reconcile.js';

const CREATED = Date.UTC(2026, 0, 1);
const at = (seconds: number) => new Date(CREATED + seconds * 1000);
const task = (startedAt: number, finishedAt: number | null = null) => ({
  state: finishedAt === null ? 'running' : 'succeeded',
  attempts: 1,
  startedAt: at(startedAt),
  finishedAt: finishedAt === null ? null : at(finishedAt),
  progress: null,
  result: null,
  error: null,
});
const run = (changed: object = {}) =>
  ({ pipeline: 'ecobalyse', state: 'running', createdAt: at(0), retries: 0, tasks: {}, ...changed }) as PipelineRun;

const untaken: RunInRedis = { state: 'pending', unattended: 'train' };
const noWorker = (minutes: number) => ({
  ended: `no worker took the task train for ${minutes} minutes: is its service running?`,
});
const waits = { waits: `waits for a worker of ${TASK_QUEUES.train}, for the task train: is its service running?` };
const silent = { ended: 'its tasks ended without telling the history' };
const lost = { ended: 'the queue lost its tasks (was Redis flushed?): retry it' };
const begun = { tasks: { 'add-products': task(1) } };

/** At both sides of each time: ten minutes for a worker, a minute for a run that was just recorded. */
it.each<[what: string, run: PipelineRun, known: RunInRedis, ms: number, verdict: object]>([
  ['worked on, for days', run(), { state: 'pending' }, 9e8, {}],
  ['not taken yet', run(), untaken, 0, waits],
  ['not taken for ten minutes', run(), untaken, 600_000, waits],
  ['not taken for longer', run(), untaken, 600_001, noWorker(10)],
  ['not taken for a quarter of an hour', run(), untaken, 900_000, noWorker(15)],
  ['retried later', run({ resumedAt: at(5000) }), untaken, 5_600_000, waits],
  ['retried long ago', run({ resumedAt: at(5000) }), untaken, 5_600_001, noWorker(10)],
  ['a task begun later', run({ tasks: { a: task(100), b: task(300) } }), untaken, 900_000, waits],
  ['a task begun long ago', run({ tasks: { a: task(300), b: task(100) } }), untaken, 900_001, noWorker(10)],
  ['a task ended later', run({ tasks: { a: task(100, 400) } }), untaken, 1_000_000, waits],
  ['a task ended long ago', run({ tasks: { a: task(100, 400) } }), untaken, 1_000_001, noWorker(10)],
  ['failed', run(), { state: 'failed', task: 'train', reason: 'out of memory' }, 0, { ended: 'train: out of memory' }],
  [
    'failed with an address',
    run(),
    { state: 'failed', task: 'train', reason: 'no redis://x:pw@y/' },
    0,
    { ended: 'train: no redis://***@y/' },
  ],
  ['completed a minute ago', run(), { state: 'completed' }, 60_000, {}],
  ['completed and silent', run(), { state: 'completed' }, 60_001, silent],
  ['not in the queues yet', run(), { state: 'gone' }, 60_000, {}],
  ['never in the queues', run(), { state: 'gone' }, 60_001, lost],
  ['begun and gone', run(begun), { state: 'gone' }, 0, lost],
  ['being retried', run({ ...begun, retries: 1 }), { state: 'gone' }, 61_000, {}],
  ['retried and gone', run({ ...begun, retries: 1 }), { state: 'gone' }, 61_001, lost],
])('a run that is %s', (_what, one, known, ms, verdict) => {
  expect(verdictOn(one, known, CREATED + ms)).toEqual(verdict);
});
