import { randomUUID } from 'node:crypto';
import type { TaskName } from '@ecobalyse/schema';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  closeRun,
  createRun,
  explainRun,
  findRun,
  isFirstExtraction,
  listAttempts,
  listRuns,
  openRunHistory,
  openStore,
  type PipelineRun,
  pausedPipelines,
  recordSkippedRun,
  reopenRun,
  type Store,
  setPaused,
} from './index.js';

let server: TestMongodb;
let store: Store;
beforeAll(async () => {
  server = await startTestMongodb();
  store = openStore({ uri: server.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await server.close();
});
const T0 = Date.UTC(2026, 0, 1);
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: T0 }));
afterEach(async () => {
  vi.useRealTimers();
  for (const name of ['pipeline_runs', 'pipeline_states', 'task_attempts'] as const)
    await store.collection(name).deleteMany({});
});

describe('the history of runs', () => {
  const run = { _id: 'r1', pipeline: 'p', trigger: 'test', parameters: {} };
  const starter = { key: 'bot', via: 'api' } as const;
  const at = (task: TaskName, attempt = 1, retry = 0, runId = 'r1') => ({ runId, task, retry, attempt });

  it('keeps what happened to each task, and how the run ended', async () => {
    await createRun(store, run);
    await openRunHistory(store).started(at('load'));
    await openRunHistory(store).failed(at('load'), 'away', 'retry');
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'running',
      tasks: { load: { state: 'running', error: 'away' } },
    });
    await openRunHistory(store).started(at('load', 2));
    vi.setSystemTime(T0 + 9);
    await openRunHistory(store).succeeded(at('load'), { planned: 1 }, true);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'succeeded',
      finishedAt: new Date(T0 + 9),
      tasks: {
        load: {
          state: 'succeeded',
          startedAt: new Date(T0),
          finishedAt: new Date(T0 + 9),
          attempts: 2,
          error: null,
          result: { planned: 1 },
        },
      },
    });
  });

  it('keeps how far a task is', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started(at('load'));
    await history.progressed('r1', 'load', { done: 3, planned: 10 });
    expect((await findRun(store, 'r1'))?.tasks.load).toMatchObject({ progress: { done: 3, planned: 10 } });
    // What a task of a cancelled run still tells after a retry, before it has begun again, makes no half record.
    await history.progressed('r1', 'train', { done: 1, planned: 2 });
    expect((await findRun(store, 'r1'))?.tasks.train).toBeUndefined();
  });

  it('keeps each attempt with its times, its error and its log', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started(at('load'));
    vi.setSystemTime(T0 + 1);
    await history.logged(at('load'), 'one');
    await history.failed(at('load'), 'asked too often', 'later');
    vi.setSystemTime(T0 + 2);
    await history.started(at('load'));
    await history.logged(at('load'), 'two');
    await history.failed(at('load'), 'away', 'retry');
    vi.setSystemTime(T0 + 3);
    await history.started(at('load', 2));
    expect(await listAttempts(store, 'r1')).toMatchObject([{ state: 'failed' }, { state: 'running', error: null }]);
    vi.setSystemTime(T0 + 4);
    await history.succeeded(at('load', 2), {}, false);
    // Another task, and another run.
    await history.started(at('train'));
    await history.started(at('load', 1, 0, 'r2'));
    const common = { run: 'r1', task: 'load', retry: 0 };
    expect(await listAttempts(store, 'r1')).toEqual([
      {
        ...{ _id: 'r1/load/0/1', ...common, attempt: 1, state: 'failed', error: 'away' },
        ...{ startedAt: new Date(T0), finishedAt: new Date(T0 + 2) },
        log: [
          { at: new Date(T0 + 1), text: 'one' },
          { at: new Date(T0 + 2), text: 'two' },
        ],
        lines: 2,
      },
      {
        ...{ _id: 'r1/load/0/2', ...common, attempt: 2, state: 'succeeded', error: null },
        ...{ startedAt: new Date(T0 + 3), finishedAt: new Date(T0 + 4), log: [], lines: 0 },
      },
      expect.objectContaining({ task: 'train', startedAt: new Date(T0 + 4) }),
    ]);
  });

  it('keeps the last 200 lines of a log, in their order, and how many there were', async () => {
    const history = openRunHistory(store);
    await history.started(at('load'));
    for (let line = 1; line <= 200; line += 1) await history.logged(at('load'), `${line}`);
    const [full] = await listAttempts(store, 'r1');
    expect([full?.log.length, full?.log[0]?.text, full?.lines]).toEqual([200, '1', 200]);
    await history.logged(at('load'), 'last');
    const [cut] = await listAttempts(store, 'r1');
    expect(cut?.log.map(({ text }) => text)).toEqual([
      ...Array.from({ length: 199 }, (_, nth) => `${nth + 2}`),
      'last',
    ]);
    expect(cut?.lines).toBe(201);
  });

  it('shows the newest 100 attempts of a run that was retried again and again, the oldest of them first', async () => {
    const history = openRunHistory(store);
    for (let retry = 0; retry <= 100; retry += 1) {
      vi.setSystemTime(T0 + retry);
      await history.started(at('load', 1, retry));
    }
    const shown = await listAttempts(store, 'r1');
    expect([shown.length, shown[0]?.retry, shown.at(-1)?.retry]).toEqual([100, 1, 100]);
  });

  it('ends the attempts that are under way with their run, and none of another run', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started(at('reference-data'));
    await history.succeeded(at('reference-data'), {}, false);
    vi.setSystemTime(T0 + 1);
    await history.started(at('load'));
    await history.started(at('load', 1, 0, 'r2'));
    vi.setSystemTime(T0 + 5);
    await closeRun(store, 'r1', 'cancelled', 'by hand');
    vi.setSystemTime(T0 + 6);
    await history.succeeded(at('load'), {}, true);
    await history.failed(at('load'), 'late', 'end');
    await history.logged(at('load'), 'told late');
    const states = async (id: string) =>
      (await listAttempts(store, id)).map(({ state, finishedAt, error }) => [state, finishedAt, error]);
    expect(await states('r1')).toEqual([
      ['succeeded', new Date(T0), null],
      ['cancelled', new Date(T0 + 5), null],
    ]);
    expect(await states('r2')).toEqual([['running', null, null]]);
    // Closing it again changes nothing.
    await history.started(at('train'));
    await closeRun(store, 'r1', 'failed', 'again');
    expect((await states('r1')).at(-1)).toEqual(['running', null, null]);
  });

  it('tells who started a run and who retried it', async () => {
    await createRun(store, { ...run, starter: { key: null, via: 'schedule' } });
    await closeRun(store, 'r1', 'failed', null);
    vi.setSystemTime(T0 + 2);
    await reopenRun(store, (await findRun(store, 'r1')) as PipelineRun, [], starter);
    expect((await findRun(store, 'r1'))?.starts).toEqual([
      { retry: 0, at: new Date(T0), key: null, via: 'schedule' },
      { retry: 1, at: new Date(T0 + 2), key: 'bot', via: 'api' },
    ]);
    await createRun(store, { ...run, _id: 'r2', pipeline: 'q' });
    expect((await findRun(store, 'r2'))?.starts).toEqual([]);
  });

  it('lets one run of a pipeline go on at a time, whoever starts it', async () => {
    const created = await Promise.all(
      Array.from({ length: 10 }, (_, index) => createRun(store, { ...run, _id: `r${index}` })),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await store.collection('pipeline_runs').countDocuments()).toBe(1);
    const [going] = await listRuns(store, { states: ['running'] }, 10);
    expect(await createRun(store, { ...run, _id: 'later' })).toBe(false);
    expect(await createRun(store, { ...run, _id: 'other', pipeline: 'q' })).toBe(true);
    await closeRun(store, going?._id as string, 'succeeded', null);
    expect(await createRun(store, { ...run, _id: 'later' })).toBe(true);
  });

  it('leaves a claim alone for half a minute whose run is not written down yet', async () => {
    const claimedAt = new Date(T0);
    await store
      .collection('pipeline_states')
      .updateOne({ _id: 'p' }, { $set: { currentRun: 'unwritten', claimedAt } }, { upsert: true });
    vi.setSystemTime(T0 + 29_999);
    expect(await createRun(store, run)).toBe(false);
    vi.setSystemTime(T0 + 30_000);
    expect(await createRun(store, run)).toBe(true);
  });

  it('makes a failed run go on, once, and forgets the tasks that are done again', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    for (const task of ['reference-data', 'load'] as const) await history.started(at(task));
    vi.setSystemTime(T0 + 4);
    await history.failed(at('load'), 'no', 'end');
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'failed',
      finishedAt: new Date(T0 + 4),
      tasks: {
        'reference-data': { state: 'running' },
        load: { state: 'failed', error: 'no', finishedAt: new Date(T0 + 4) },
      },
    });
    const failed = (await findRun(store, 'r1')) as PipelineRun;
    const reopened = await Promise.all([
      reopenRun(store, failed, ['load'], starter),
      reopenRun(store, failed, ['load'], starter),
    ]);
    expect(reopened.filter((retries) => retries === 1)).toHaveLength(1);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'running',
      retries: 1,
      finishedAt: null,
      tasks: { 'reference-data': { attempts: 1 } },
    });
    expect((await findRun(store, 'r1'))?.tasks).not.toHaveProperty('load');
  });

  it('records what was due but did not start, and what is paused', async () => {
    await recordSkippedRun(store, run, 'still running');
    expect(await findRun(store, 'r1')).toMatchObject({ state: 'skipped', reason: 'still running' });
    await setPaused(store, 'p', true);
    await setPaused(store, 'q', true);
    expect(await pausedPipelines(store)).toEqual(new Set(['p', 'q']));
    await setPaused(store, 'p', false);
    expect(await pausedPipelines(store)).toEqual(new Set(['q']));
  });

  it('does not bring a cancelled run back to life', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started(at('load'));
    expect(await history.isOver('r1')).toBe(false);
    await store.collection('pipeline_runs').updateOne({ _id: 'r1' }, { $set: { state: 'cancelled' } });
    await history.succeeded(at('load'), {}, true);
    await history.failed(at('load'), 'late', 'end');
    expect((await findRun(store, 'r1'))?.state).toBe('cancelled');
    expect(await history.isOver('r1')).toBe(true);
  });

  it('keeps the start of an attempt that goes on', async () => {
    await createRun(store, run);
    await openRunHistory(store).started(at('load'));
    vi.setSystemTime(T0 + 1);
    const before = await findRun(store, 'r1');
    await openRunHistory(store).started(at('load'));
    expect(await findRun(store, 'r1')).toEqual(before);
    await openRunHistory(store).started(at('load', 2));
    expect((await findRun(store, 'r1'))?.tasks.load?.attempts).toBe(2);
  });

  it('is not overwritten by recording the same run again', async () => {
    await createRun(store, run);
    await openRunHistory(store).started(at('load'));
    await createRun(store, run);
    expect((await findRun(store, 'r1'))?.tasks).toHaveProperty('load');
  });

  it('lists runs newest first, of a pipeline, in some states, before a time, up to a number', async () => {
    for (const [index, [_id, pipeline, state]] of (
      [
        ['a', 'p', 'failed'],
        ['b', 'q', 'succeeded'],
        ['c', 'p', 'succeeded'],
        ['d', 'p', 'cancelled'],
        ['e', 'p', null],
      ] as const
    ).entries()) {
      vi.setSystemTime(T0 + index);
      await createRun(store, { ...run, _id, pipeline });
      if (state) await closeRun(store, _id, state, null);
    }
    vi.setSystemTime(T0 + 5);
    await recordSkippedRun(store, { ...run, _id: 'f' }, 'still running');
    const listed = async (filter: Parameters<typeof listRuns>[1], limit = 9) =>
      (await listRuns(store, filter, limit)).map(({ _id }) => _id).join('');
    expect(await listed({})).toBe('fedcba');
    expect(await listed({ pipeline: 'p' })).toBe('fedca');
    expect(await listed({ pipeline: 'p' }, 2)).toBe('fe');
    expect(await listed({ states: ['succeeded', 'failed'] })).toBe('cba');
    expect(await listed({ states: ['running'] })).toBe('e');
    expect(await listed({ states: [] })).toBe('');
    expect(await listed({ before: new Date(T0 + 3) })).toBe('cba');
    expect(await listed({ pipeline: 'p', states: ['failed', 'succeeded'], before: new Date(T0 + 2) })).toBe('a');
  });

  it('knows whether the data are being extracted for the first time', async () => {
    const extraction = { ...run, pipeline: 'ecobalyse_extract' };
    expect(await isFirstExtraction(store)).toBe(false);
    await createRun(store, { ...run, _id: 'other', pipeline: 'ecobalyse' });
    expect(await isFirstExtraction(store)).toBe(false);
    await createRun(store, extraction);
    expect(await isFirstExtraction(store)).toBe(true);
    await closeRun(store, 'r1', 'failed', null);
    await createRun(store, { ...extraction, _id: 'r2' });
    expect(await isFirstExtraction(store)).toBe(true);
    await closeRun(store, 'r2', 'succeeded', null);
    await createRun(store, { ...extraction, _id: 'r3' });
    expect(await isFirstExtraction(store)).toBe(false);
  });

  it('says how a run ended and when, once, and why it waits while it goes on', async () => {
    await createRun(store, run);
    await explainRun(store, 'r1', 'no worker');
    expect(await findRun(store, 'r1')).toMatchObject({
      reason: 'no worker',
      finishedAt: null,
      createdAt: new Date(T0),
    });
    vi.setSystemTime(T0 + 7);
    expect(await closeRun(store, 'r1', 'cancelled', 'by hand')).toBe(true);
    expect(await closeRun(store, 'r1', 'succeeded', null)).toBe(false);
    await explainRun(store, 'r1', 'late');
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'cancelled',
      reason: 'by hand',
      finishedAt: new Date(T0 + 7),
    });
    await recordSkippedRun(store, { ...run, _id: 'r2' }, 'still running');
    expect(await findRun(store, 'r2')).toMatchObject({
      createdAt: new Date(T0 + 7),
      finishedAt: new Date(T0 + 7),
      retries: 0,
    });
  });

  it.each([
    ['failed', 1],
    ['cancelled', 1],
    ['succeeded', undefined],
  ] as const)('lets a run that has %s go on by a retry: its number is %s', async (state, retries) => {
    await createRun(store, run);
    await closeRun(store, 'r1', state, 'why');
    const closed = (await findRun(store, 'r1')) as PipelineRun;
    vi.setSystemTime(T0 + 3);
    expect(await reopenRun(store, closed, [], starter)).toBe(retries);
    if (retries) expect(await findRun(store, 'r1')).toMatchObject({ resumedAt: new Date(T0 + 3), reason: null });
    else expect((await findRun(store, 'r1'))?.state).toBe(state);
  });

  it('takes an earlier start or retry of a run for over, and a run that nobody knows for going on', async () => {
    const history = openRunHistory(store);
    await createRun(store, run);
    await history.failed(at('load'), 'no', 'end');
    await reopenRun(store, (await findRun(store, 'r1')) as PipelineRun, ['load'], starter);
    expect(await Promise.all([undefined, 0, 1, 2].map((retry) => history.isOver('r1', retry)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await history.isOver('unknown')).toBe(false);
  });

  it('leaves another run alone that goes on when one is to be retried', async () => {
    await createRun(store, run);
    await closeRun(store, 'r1', 'failed', null);
    await createRun(store, { ...run, _id: 'r2' });
    expect(await reopenRun(store, (await findRun(store, 'r1')) as PipelineRun, [], starter)).toBeUndefined();
    expect((await findRun(store, 'r1'))?.state).toBe('failed');
  });
});
