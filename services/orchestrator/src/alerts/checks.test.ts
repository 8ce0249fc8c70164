import type { ModelWatch, PipelineRun } from '@ecobalyse/store';
import { expect, it } from 'vitest';
import { type Facts, look, type PipelineFacts } from './checks.js';
import type { UpstreamAnswers } from './upstream-answers.js';

const NOW = Date.UTC(2026, 11, 1, 12);
const HOUR_MS = 3_600_000;
const ago = (ms: number) => new Date(NOW - ms);
const run = (change: Partial<PipelineRun>): PipelineRun => ({
  ...{ _id: 'r', pipeline: 'ecobalyse', trigger: 'schedule', parameters: {}, state: 'succeeded', reason: null },
  ...{ createdAt: ago(HOUR_MS), finishedAt: null, retries: 0, tasks: {}, ...change },
});
const facts = (change: Partial<PipelineFacts>): Partial<Facts> => ({
  pipelines: [{ name: 'ecobalyse', newest: run({}), nextTick: null, ...change }],
});
const ended = { startedAt: ago(1), finishedAt: ago(0), attempts: 2, log: [] };
const told = (change: Partial<UpstreamAnswers>): Partial<Facts> => ({
  answers: { version: '7.0.0', stored: '7.0.0', asked: 10, other: 0, ...change },
});
const model = (change: Partial<ModelWatch>): Partial<Facts> => ({
  model: {
    _id: 'ecobalyse_model/3',
    version: 3,
    since: ago(0),
    level: 0.9,
    checked: 200,
    outside: 48,
    drifts: true,
    ...change,
  },
});
const failedTask = { stats: { ...ended, state: 'failed', error: 'no memory' } } as never;

it.each<[string, Partial<Facts>, string[], string?]>([
  ['all is well', { ...facts({}), upstream: true, disk: { used: 90, total: 100 }, doubtful: 0 }, []],
  ['nothing ran yet', facts({ newest: undefined }), []],
  ['a run failed', facts({ newest: run({ state: 'failed', reason: 'lost' }) }), ['run_failed:ecobalyse'], 'lost'],
  [
    'a task failed',
    facts({ newest: run({ state: 'failed', tasks: failedTask }) }),
    ['run_failed:ecobalyse'],
    'stats: no memory',
  ],
  ['a run was cancelled', facts({ newest: run({ state: 'cancelled' }) }), []],
  ['a run of six hours', facts({ newest: run({ state: 'running', createdAt: ago(6 * HOUR_MS) }) }), []],
  [
    'a longer one',
    facts({ newest: run({ state: 'running', createdAt: ago(6 * HOUR_MS + 1) }) }),
    ['run_late:ecobalyse'],
    '6 hours',
  ],
  [
    'one that was resumed',
    facts({ newest: run({ state: 'running', createdAt: ago(9 * HOUR_MS), resumedAt: ago(HOUR_MS) }) }),
    [],
  ],
  ['a long one that ended', facts({ newest: run({ createdAt: ago(9 * HOUR_MS) }) }), []],
  ['a tick of ten minutes ago', facts({ nextTick: ago(600_000) }), []],
  ['one before that', facts({ nextTick: ago(600_001) }), ['tick_late:ecobalyse'], '2026-12-01T11:49:59.999Z'],
  ['upstream away', { upstream: false }, ['upstream_away'], 'Ecobalyse API'],
  ['upstream as it was', told({}), []],
  ['upstream of another version', told({ version: '8.0.0', asked: 0 }), ['upstream_changed:8.0.0'], '8.0.0'],
  ['the version of what is stored', told({ version: '8.0.0', asked: 0 }), ['upstream_changed:8.0.0'], '7.0.0'],
  ['upstream that tells no version', told({ version: null }), []],
  ['products that tell no version', told({ stored: null }), []],
  ['another answer by the same version', told({ other: 1 }), ['upstream_changed:answers'], '1 of 10'],
  ['another answer by no version', told({ version: null, other: 10 }), ['upstream_changed:answers'], '10 of 10'],
  ['no model', { model: null }, []],
  ['a model that holds what it promises', model({ drifts: false }), []],
  ['a model that does not', model({}), ['model_drift:3'], '48'],
  ['one that does not, in percent', model({ checked: 500, outside: 73 }), ['model_drift:3'], '15'],
  ['one that promises less', model({ level: 0.8 }), ['model_drift:3'], '80'],
  ['a disk of 9.9 %', { disk: { used: 901, total: 1000 } }, ['disk_full'], '10%'],
  ['doubtful products', { doubtful: 3 }, ['doubtful_data'], '3'],
])('%s', (_, given, ids, words = '') => {
  const { found } = look({ lateAfterHours: 6, ...given }, NOW);
  expect([...found.keys()]).toEqual(ids);
  for (const { en, fr } of found.values()) {
    expect(en).toContain(words);
    expect(fr).not.toBe(en);
  }
});

it('says of what it knows nothing', () => {
  expect(look({ lateAfterHours: 6 }, NOW)).toEqual({
    found: new Map(),
    unknown: [
      ...['run_failed', 'run_late', 'tick_late', 'upstream_away', 'upstream_changed'],
      ...['model_drift', 'disk_full', 'doubtful_data'],
    ],
  });
  expect(look({ lateAfterHours: 6, doubtful: 0, upstream: false }, NOW).unknown).not.toContain('doubtful_data');
});
