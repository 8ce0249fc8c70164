import { createApiClient } from '@ecobalyse/api-client';
import { type HeldPauses, holdPauses } from '@ecobalyse/test-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConsole } from './console.js';
import {
  analysisIsReady,
  ensureAnalysis,
  ensureExtraction,
  productTypes,
  summarise,
  watchRun,
} from './pipeline-runs.js';

const at = (minute: number) => new Date(minute * 60_000).toISOString();
const run = (state: string, more: object = {}) => ({ id: `of ${state}`, state, createdAt: at(0), tasks: [], ...more });

/** What is answered to each request: the last one again and again. */
type Answers = Record<string, unknown[]>;
let asked: string[];
beforeEach(() => {
  asked = [];
});

function api(answers: Answers) {
  const left = Object.fromEntries(Object.entries(answers).map(([name, list]) => [name, [...list]]));
  const answered = async (url: unknown, { method = 'GET', body }: RequestInit = {}) => {
    const name = `${method} ${String(url).replace('http://a', '')}`;
    asked.push(body ? `${name} ${body}` : name);
    const list = left[name];
    const answer = list && (list.length > 1 ? list.shift() : list[0]);
    const isStatus = typeof answer === 'number' || answer === undefined;
    return new Response(JSON.stringify(isStatus ? {} : answer), { status: isStatus ? (answer ?? 404) : 200 });
  };
  return createApiClient({ apiUrl: 'http://a', key: 'k', fetch: answered as typeof fetch });
}
const EXTRACTION = 'GET /orchestrator/pipelines/ecobalyse_extract';
const ANALYSIS = 'GET /orchestrator/pipelines/ecobalyse';
const START_EXTRACTION = 'POST /orchestrator/pipelines/ecobalyse_extract/runs';
const START_ANALYSIS = 'POST /orchestrator/pipelines/ecobalyse/runs';
const PRODUCTS = 'GET /product';
const pipeline = (...runs: object[]) => ({ paused: false, schedule: '@hourly', runs });

describe('the types that are stored', () => {
  it('are none when there is nothing, and unknown when nothing is answered', async () => {
    expect(await productTypes(api({ [PRODUCTS]: [['jean']] }))).toEqual(['jean']);
    expect(await productTypes(api({}))).toEqual([]);
    await expect(productTypes(api({ [PRODUCTS]: [503] }))).rejects.toThrow('HTTP 503');
  });
});

describe('an extraction', () => {
  const started = { runId: 'new', resumed: false };
  const resumed = { runId: 'of running', resumed: true };
  it.each([
    ['needed', [], [], started],
    ['needed', [], ['jean'], undefined],
    ['always', [], ['jean'], started],
    ['needed', [run('succeeded')], ['jean'], undefined],
    ['needed', [run('succeeded')], [], started],
    ['needed', [run('failed'), run('succeeded')], ['jean'], started],
    ['needed', [run('cancelled')], ['jean'], started],
    ['needed', [run('skipped'), run('failed')], ['jean'], started],
    ['needed', [run('skipped'), run('running')], ['jean'], resumed],
    ['always', [run('running')], [], resumed],
  ] as const)('that is %s, after the runs %j, with the data %j: %j', async (when, runs, types, expected) => {
    const answers = {
      [EXTRACTION]: [pipeline(...runs)],
      [PRODUCTS]: [types],
      [START_EXTRACTION]: [run('', { id: 'new' })],
    };
    expect(await ensureExtraction(api(answers), when, { limit: 3 })).toEqual(expected);
    const start = asked.filter((one) => one.startsWith('POST'));
    expect(start).toEqual(expected === started ? [`${START_EXTRACTION} {"parameters":{"limit":3}}`] : []);
  });
});

describe('statistics and models', () => {
  let pauses: HeldPauses;
  beforeEach(() => {
    pauses = holdPauses();
  });
  afterEach(() => pauses.release());
  const extracted = { [EXTRACTION]: [pipeline(run('running'), run('succeeded', { finishedAt: at(10) }))] };
  const signal = new AbortController().signal;

  it.each([
    [[run('succeeded', { createdAt: at(10) })], true],
    [[run('failed', { createdAt: at(12) }), run('succeeded', { createdAt: at(11) })], true],
    [[run('succeeded', { createdAt: at(9) })], false],
    [[run('running', { createdAt: at(11) }), run('succeeded', { createdAt: at(11) })], false],
    [[], false],
  ])('of the runs %j are ready: %s', async (runs, isReady) => {
    expect(await analysisIsReady(api({ ...extracted, [ANALYSIS]: [pipeline(...runs)] }))).toBe(isReady);
  });

  it.each([
    ['ready', [run('succeeded', { createdAt: at(10) })], {}, 'ready'],
    ['under way', [run('running', { createdAt: at(11) })], {}, { runId: 'of running' }],
    ['too old', [run('succeeded', { createdAt: at(9) })], {}, { runId: 'new' }],
    ['none', [], {}, { runId: 'new' }],
    ['paused', [], { paused: true }, undefined],
    ['switched off', [], { schedule: 'off' }, undefined],
  ])('that are %s', async (_what, runs, more, expected) => {
    const answers = { [ANALYSIS]: [{ ...pipeline(...runs), ...more }], [START_ANALYSIS]: [run('', { id: 'new' })] };
    expect(await ensureAnalysis(api({ ...extracted, ...answers }), signal)).toEqual(expected);
    expect(asked.includes(`${START_ANALYSIS} {"parameters":{}}`)).toBe(
      (expected as { runId?: string })?.runId === 'new',
    );
  });

  it('wait for a run that began too early, and for a schedule that was quicker', async () => {
    const early = pipeline(run('running', { createdAt: at(9) }));
    const later = pipeline(run('running', { createdAt: at(11) }));
    const answers = { ...extracted, [ANALYSIS]: [early, pipeline(), later], [START_ANALYSIS]: [409] };
    const ensured = ensureAnalysis(api(answers), signal);
    expect([await pauses.next(), await pauses.next()]).toEqual([200, 200]);
    expect(await ensured).toEqual({ runId: 'of running' });
    const failing = { ...extracted, [ANALYSIS]: [pipeline()], [START_ANALYSIS]: [503] };
    await expect(ensureAnalysis(api(failing), signal)).rejects.toThrow('HTTP 503');
    await expect(ensureAnalysis(api({}), AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });

  it('are told of while their run goes on: each task, each fault and each step once', async () => {
    const task = (name: string, more: object) => ({ task: name, state: 'running', attempts: 1, ...more });
    const times = { startedAt: at(0), finishedAt: new Date(1500).toISOString() };
    const runs = [
      run('running', { tasks: [task('simulations', { progress: { done: 0, planned: 0 } }), task('load', {})] }),
      503,
      run('running', {
        tasks: [task('simulations', { progress: { done: 3, planned: 9 } }), task('load', { error: 'no' })],
      }),
      run('running', { tasks: [task('load', { error: 'no' }), task('load', { attempts: 2, error: 'no' })] }),
      run('running', {
        tasks: [task('load', { state: 'succeeded', ...times, result: { insertedRows: 2, text: 'a' } })],
      }),
      run('failed', { tasks: [task('load', { state: 'succeeded', ...times, result: {} })] }),
    ];
    const lines: string[] = [];
    const stream = { isTTY: false, write: (line: string) => lines.push(line) } as never;
    const watched = watchRun(api({ 'GET /orchestrator/runs/one': runs }), 'one', createConsole(stream), signal);
    for (let look = 0; look < 5; look++) expect(await pauses.next()).toBe(200);
    expect((await watched).state).toBe('failed');
    expect(lines).toEqual([
      '  simulations: 3 of 9 (33 %)\n',
      '  ! load: no\n',
      '  ! load: no\n',
      '  ✓ load (1.5 s): 2 inserted rows\n',
    ]);
  });
});

describe('the summary', () => {
  const counts = { indexes: 3, planned: 10, products: 8, inserted: 5, updated: 2, unchanged: 1, refused: 2 };
  const example = {
    md5_id: 'm',
    product: 'jean',
    country: 'FR',
    scenario: 'regular',
    reasons: { mass: 'too much', fabric: 'none' },
  };
  const result = { ...counts, refusals: [{ count: 2, example }] };
  const load = (more: object) => ({ task: 'load', state: 'succeeded', result: { ...result, ...more } });
  const ended = (tasks: object[], state = 'succeeded', more: object = {}) =>
    summarise({ ...run(state, { finishedAt: new Date(90_000).toISOString(), tasks, ...more }) } as never);

  it('of a run that succeeded counts what it did', () => {
    const first = '10 simulations in 90.0 s: 5 inserted, 2 updated, 1 unchanged, 2 refused.';
    expect(ended([load({})])).toEqual([
      first,
      '  They describe 8 distinct products, one document each: some garments of the grid are the same to the method.',
      '  2 refused, such as jean in FR (regular): mass: too much; fabric: none',
    ]);
    expect(ended([load({ products: 10, refusals: [] })])).toHaveLength(1);
  });

  it.each([
    [[{ task: 'load', state: 'failed', error: 'no room' }], {}, ' at "load": no room'],
    [[{ task: 'load', state: 'failed' }], { reason: 'no worker' }, ': no worker'],
    [[], {}, ''],
  ])('of a run that failed says why: %j', (tasks, more, why) => {
    expect(ended(tasks, 'failed', more)).toEqual([`The extraction failed${why}. Run npm start again to retry.`]);
  });
});

it('progress without a terminal is a line every two seconds, and one at the end', () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (line: string) => lines.push(line) } as never;
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const out = createConsole(stream);
    out.simulations(1, 1000);
    vi.advanceTimersByTime(1999);
    out.simulations(2, 1000);
    vi.advanceTimersByTime(1);
    out.simulations(2, 1000);
    out.simulations(999, 1000);
    out.simulations(1000, 1000);
    out.simulations(1000, 1000);
  } finally {
    vi.useRealTimers();
  }
  expect(lines).toEqual([
    '  simulations: 1 of 1000 (0 %)\n',
    '  simulations: 2 of 1000 (0 %)\n',
    '  simulations: 1000 of 1000 (100 %)\n',
  ]);
});
