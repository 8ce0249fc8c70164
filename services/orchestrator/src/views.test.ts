import { PIPELINES } from '@ecobalyse/pipeline';
import type { RunView } from '@ecobalyse/schema';
import type { PipelineRun } from '@ecobalyse/store';
import { expect, it } from 'vitest';
import { taskToRetryFrom } from './runs.js';
import { runView } from './views.js';

const day = (date: number) => new Date(Date.UTC(2026, 0, date));
const record = {
  state: 'succeeded',
  attempts: 2,
  startedAt: day(1),
  finishedAt: day(2),
  progress: { done: 3, total: 10 },
  result: { cleared: 3 },
  error: 'once',
  log: ['line'],
};
const NEW = { attempts: 0, startedAt: null, finishedAt: null, progress: null, result: null, error: null, log: [] };
const run = (changed: object): PipelineRun =>
  ({
    _id: 'r',
    pipeline: 'ecobalyse_training',
    trigger: 'user',
    parameters: { limit: 3 },
    state: 'running',
    reason: 'why',
    createdAt: day(3),
    finishedAt: null,
    retries: 4,
    tasks: {},
    ...changed,
  }) as PipelineRun;

it('a run is shown with every task of its chain, in its order', () => {
  expect(runView(run({ tasks: { 'clear-cache': record }, finishedAt: day(4) }))).toEqual({
    id: 'r',
    pipeline: 'ecobalyse_training',
    trigger: 'user',
    parameters: { limit: 3 },
    state: 'running',
    reason: 'why',
    createdAt: '2026-01-03T00:00:00.000Z',
    finishedAt: '2026-01-04T00:00:00.000Z',
    retries: 4,
    tasks: [
      { task: 'add-products', state: 'waiting', ...NEW },
      {
        ...record,
        task: 'clear-cache',
        startedAt: '2026-01-01T00:00:00.000Z',
        finishedAt: '2026-01-02T00:00:00.000Z',
      },
      { task: 'train', state: 'waiting', ...NEW },
    ],
  });
});

it('a run of a pipeline that is no more is shown with the tasks that it had', () => {
  const { tasks } = runView(run({ pipeline: 'old', tasks: { b: { state: 'failed' }, a: {} } }));
  expect(tasks.map(({ task, state }) => [task, state])).toEqual([
    ['b', 'failed'],
    ['a', 'waiting'],
  ]);
});

it.each<[state: string, ofRun: RunView['state'], shown: string]>([
  ['running', 'running', 'running'],
  ['running', 'cancelled', 'cancelled'],
  ['running', 'failed', 'failed'],
  ['succeeded', 'cancelled', 'succeeded'],
  ['failed', 'failed', 'failed'],
  ['skipped', 'failed', 'waiting'],
])('a task that is %s in a run that is %s is shown as %s', (state, ofRun, shown) => {
  expect(runView(run({ state: ofRun, tasks: { train: { state } } })).tasks[2]?.state).toBe(shown);
});

it.each([
  [{}, 'add-products'],
  [{ 'add-products': 'failed' }, 'add-products'],
  [{ 'add-products': 'succeeded', 'clear-cache': 'failed' }, 'clear-cache'],
  [{ 'add-products': 'succeeded', 'clear-cache': 'succeeded' }, 'train'],
  [{ 'add-products': 'succeeded', train: 'succeeded' }, 'clear-cache'],
  // Its end was told by nobody: all of it again.
  [Object.fromEntries(PIPELINES.ecobalyse_training.map((task) => [task, 'succeeded'])), 'add-products'],
])('a run with the tasks %j is retried from %s', (states, from) => {
  const tasks = Object.fromEntries(Object.entries(states).map(([task, state]) => [task, { state }]));
  expect(taskToRetryFrom(run({ tasks }))).toBe(from);
});
