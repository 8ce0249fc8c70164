import type { RunView, TaskView } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { FAILED, PIPELINES, REFERENCE, RUN } from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';
import { endedRuns, taskTrends } from './task-durations.js';

const START = Date.UTC(2026, 10, 30);
/** A run of tasks that took so many seconds; a negative number is a failure, null one that has not begun. */
const run = (nth: number, seconds: Record<string, number | null>, state: RunView['state'] = 'succeeded'): RunView => ({
  ...RUN,
  id: `r${nth}`,
  state,
  createdAt: new Date(START + nth * 3_600_000).toISOString(),
  finishedAt: new Date(START + nth * 3_600_000 + 90_000).toISOString(),
  tasks: Object.entries(seconds).map(([task, took]): TaskView => {
    const [at, isFailure] = [START + nth * 3_600_000, took !== null && took < 0];
    return {
      ...{ task, attempts: 1, progress: null, result: null, error: null },
      state: took === null ? 'waiting' : isFailure ? 'failed' : 'succeeded',
      startedAt: took === null ? null : new Date(at).toISOString(),
      finishedAt: took === null ? null : new Date(at + Math.abs(took) * 1000).toISOString(),
    };
  }),
});

describe('durations', () => {
  it('are those of runs that ended and had tasks, the oldest first', () => {
    const states = ['running', 'skipped', 'succeeded', 'failed', 'cancelled'] as const;
    expect(endedRuns(states.map((state, nth) => run(nth, {}, state))).map(({ id }) => id)).toEqual(['r4', 'r3', 'r2']);
  });

  it('are told for each task in the order of the newest run, where it began, with the median of what succeeded', () => {
    const trends = taskTrends([run(0, { old: 1, b: 5 }), run(1, { a: 1, b: -1 }), run(2, { a: 4, b: null })]);
    expect(trends.map(({ task, median, end }) => [task, median, end])).toEqual([
      ['a', 1000, 4000],
      ['b', 5000, 5000],
      ['old', 1000, 1000],
    ]);
    expect(trends[1]?.durations.map(({ at, state, took }) => [at, state, took])).toEqual([
      [0, 'succeeded', 5000],
      [1, 'failed', 1000],
    ]);
    expect(taskTrends([run(0, { a: -3 })])[0]?.median).toBeNull();
    expect(taskTrends([run(0, { a: null })])).toEqual([]);
  });

  it('of a task that was closed with its run last until then', () => {
    const closed = run(0, { a: 5 }, 'failed');
    closed.tasks[0] = { ...(closed.tasks[0] as TaskView), state: 'failed', finishedAt: null };
    expect(taskTrends([closed])[0]?.durations[0]?.took).toBe(90_000);
  });

  it('end where ordinary ones do, so that one long run flattens nothing', () => {
    const runs = [1, 2, 3, 2, 1, 2, 3, 2, 600].map((seconds, nth) => run(nth, { a: seconds }));
    const [trend] = taskTrends(runs);
    expect([trend?.end, trend?.beyond.map(({ took }) => took)]).toEqual([3000, [600_000]]);
  });
});

describe('the card of durations', () => {
  const browser = openBrowser();
  const RUNS = [...[1, 2, 3, 2, 1, 2, 3, 2, 600].keys()].map((nth) =>
    run(nth, { load: [1, 2, -3, 2, 1, 2, 3, 2, 600][nth] ?? 0, 'clear-cache': 0 }, nth === 2 ? 'failed' : 'succeeded'),
  );
  const answers = (runs: readonly RunView[]) => ({
    ...REFERENCE,
    ...PIPELINES,
    // None of them goes on.
    'GET /orchestrator/pipelines': PIPELINES['GET /orchestrator/pipelines'].map((one) => ({ ...one, runs: [] })),
    'GET /orchestrator/runs': ({ query }: { query: URLSearchParams }) =>
      query.get('limit') === '50' ? (query.get('pipeline') === 'ecobalyse' ? [] : runs.toReversed()) : [FAILED],
  });

  it.each([
    [
      'en',
      'Load: 10 min 0 sec the last time, 2 sec usually (median); failed: 1',
      'Clear the cache: 0 sec the last time, 0 sec usually (median)',
      'Beyond the axis: 1, up to 10 min 0 sec.',
    ],
    [
      'fr',
      'Chargement : 10 min 0 s la dernière fois, 2 s d’ordinaire (médiane) ; en échec : 1',
      'Vidage du cache : 0 s la dernière fois, 0 s d’ordinaire (médiane)',
      'Au-delà de l’axe : 1, jusqu’à 10 min 0 s.',
    ],
  ] as const)(
    'tells in %s how long each task took, marks failures and says what lies beyond',
    async (language, load, cache, beyond) => {
      await browser.visit('/pipelines', answers(RUNS), { language });
      expect(browser.texts('.small-charts figcaption')).toEqual([load, cache]);
      expect(browser.text('.small-charts')).toContain(beyond);
      const [, last, ...others] = browser.table(load);
      expect([last?.slice(1), others.length]).toEqual([
        [language === 'en' ? '✓ succeeded' : '✓ réussi', expect.stringMatching(/^10 min/), '1'],
        8,
      ]);
      const { drawn } = browser.chart(load);
      expect((drawn.yAxis as unknown as { max: number }).max).toBeCloseTo(3300);
      const [{ data }] = drawn.series as unknown as [{ data: { value: [number, number]; symbol: string }[] }];
      expect(data.map(({ value, symbol }) => [...value, symbol]).slice(1, 4)).toEqual([
        [1, 2000, 'circle'],
        [2, 3000, 'triangle'],
        [3, 2000, 'circle'],
      ]);
      expect(data).toHaveLength(8);
    },
  );

  it('is about the pipeline that is chosen, which its address keeps', async () => {
    await browser.visit('/pipelines', answers(RUNS));
    await browser.choose('Durations of', 'ecobalyse');
    expect(browser.address()).toBe('/pipelines?durations=ecobalyse');
    expect(browser.text()).toContain('No run of it has ended yet');
    await browser.visit('/pipelines?pipeline=ecobalyse_training', answers(RUNS));
    expect(browser.requests).toContain('GET /orchestrator/runs?pipeline=ecobalyse_training&limit=50');
    // What is chosen for the chart goes before what the page is about.
    await browser.visit('/pipelines?pipeline=ecobalyse_training&durations=ecobalyse', answers(RUNS));
    expect(browser.value('Durations of')).toBe('ecobalyse');
    expect(browser.requests).toContain('GET /orchestrator/runs?pipeline=ecobalyse&limit=50');
    expect(browser.requests.filter((request) => request.includes('limit=50'))).toHaveLength(1);
  });
});
