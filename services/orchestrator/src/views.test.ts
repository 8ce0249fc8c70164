import { PIPELINES } from '@ecobalyse/pipeline';
import type { RunView } from '@ecobalyse/schema';
import type { PipelineRun, TaskAttempt } from '@ecobalyse/store';
import { expect, it } from 'vitest';
import { starterOf, taskToRetryFrom } from './runs.js';
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
};
const NEW = { attempts: 0, startedAt: null, finishedAt: null, progress: null, result: null, error: null };
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
    starts: [],
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

it('a run is shown with who started and retried it', () => {
  const start = { retry: 1, at: day(2), key: 'bot', via: 'api' } as const;
  expect(runView(run({ starts: [start] })).starts).toEqual([{ ...start, at: '2026-01-02T00:00:00.000Z' }]);
});

const attempt = (changed: Partial<TaskAttempt>): TaskAttempt => ({
  ...{ _id: 'x', run: 'r', task: 'train', retry: 4, attempt: 1, state: 'failed', error: 'no', lines: 5 },
  ...{ startedAt: day(1), finishedAt: day(2), log: [{ at: day(2), text: 'line' }] },
  ...changed,
});

it('a run is shown with the attempts at each task and their logs where these are read', () => {
  const tasks = { train: record, 'clear-cache': { ...record, log: ['of an earlier version'] } };
  const attempts = [attempt({}), attempt({ attempt: 2, finishedAt: null, error: null, log: [], lines: 0 })];
  const [first, second, third] = runView(run({ tasks }), attempts).tasks;
  const [startedAt, finishedAt] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
  expect(third?.history).toEqual([
    {
      ...{ retry: 4, attempt: 1, state: 'failed', startedAt, finishedAt, error: 'no' },
      log: [{ at: finishedAt, text: 'line' }],
      cut: 4,
    },
    { retry: 4, attempt: 2, state: 'failed', startedAt, finishedAt: null, error: null, log: [], cut: 0 },
  ]);
  // What was kept before attempts were is the last of them.
  expect(second?.history).toEqual([
    {
      ...{ retry: 4, attempt: 2, state: 'succeeded', startedAt, finishedAt, error: 'once' },
      log: [{ at: null, text: 'of an earlier version' }],
      cut: 0,
    },
  ]);
  expect(first?.history).toEqual([]);
  expect(runView(run({ tasks })).tasks[2]).not.toHaveProperty('history');
});

it.each<[retry: number, ofRun: RunView['state'], shown: string]>([
  [4, 'running', 'running'],
  [3, 'running', 'failed'],
  [4, 'failed', 'failed'],
  [4, 'cancelled', 'cancelled'],
])('an attempt that nobody ended, of retry %i in a run that is %s, is shown as %s', (retry, ofRun, shown) => {
  const open = attempt({ retry, state: 'running', finishedAt: null });
  expect(runView(run({ state: ofRun }), [open]).tasks[2]?.history?.[0]?.state).toBe(shown);
});

it.each([
  [{}, 'api'],
  [{ 'user-agent': 'curl/8' }, 'api'],
  [{ 'user-agent': 'my ecobalyse-start' }, 'api'],
  [{ 'user-agent': 'ecobalyse-start' }, 'command'],
  [{ origin: 'http://localhost:8000', 'user-agent': 'Mozilla/5.0' }, 'page'],
  [{ 'sec-fetch-site': 'same-origin' }, 'page'],
])('who starts a run with the headers %j came by: %s', (headers, via) => {
  expect(starterOf({ caller: { name: 'bot', role: 'admin' }, headers })).toEqual({ key: 'bot', via });
  expect(starterOf({ caller: null, headers })).toEqual({ key: null, via });
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
