import { randomUUID } from 'node:crypto';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  closeRun,
  createRun,
  explainRun,
  findRun,
  isFirstExtraction,
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
  for (const name of ['pipeline_runs', 'pipeline_states'] as const) await store.collection(name).deleteMany({});
});

describe('the history of runs', () => {
  const run = { _id: 'r1', pipeline: 'p', trigger: 'test', parameters: {} };

  it('keeps what happened to each task, and how the run ended', async () => {
    await createRun(store, run);
    await openRunHistory(store).started('r1', 'load', 1);
    await openRunHistory(store).failed('r1', 'load', 'away', false);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'running',
      tasks: { load: { state: 'running', error: 'away' } },
    });
    await openRunHistory(store).started('r1', 'load', 2);
    vi.setSystemTime(T0 + 9);
    await openRunHistory(store).succeeded('r1', 'load', { planned: 1 }, true);
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

  it('keeps the progress and the last lines of the log of a task', async () => {
    await createRun(store, run);
    const history = openRunHistory(store);
    await history.started('r1', 'load', 1);
    await history.progressed('r1', 'load', { done: 3, planned: 10 });
    await history.logged('r1', 'load', ['one', 'two']);
    const task = (await findRun(store, 'r1'))?.tasks.load;
    expect(task).toMatchObject({ progress: { done: 3, planned: 10 }, log: ['one', 'two'] });
    // What a task of a cancelled run still tells after a retry, before it has begun again, makes no half record.
    await history.progressed('r1', 'train', { done: 1, planned: 2 });
    await history.logged('r1', 'train', ['late']);
    expect((await findRun(store, 'r1'))?.tasks.train).toBeUndefined();
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
    for (const task of ['first', 'load']) await history.started('r1', task, 1);
    vi.setSystemTime(T0 + 4);
    await history.failed('r1', 'load', 'no', true);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'failed',
      finishedAt: new Date(T0 + 4),
      tasks: { first: { state: 'running' }, load: { state: 'failed', error: 'no', finishedAt: new Date(T0 + 4) } },
    });
    const failed = (await findRun(store, 'r1')) as PipelineRun;
    const reopened = await Promise.all([reopenRun(store, failed, ['load']), reopenRun(store, failed, ['load'])]);
    expect(reopened.filter((retries) => retries === 1)).toHaveLength(1);
    expect(await findRun(store, 'r1')).toMatchObject({
      state: 'running',
      retries: 1,
      finishedAt: null,
      tasks: { first: { attempts: 1 } },
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
    await history.started('r1', 'load', 1);
    expect(await history.isOver('r1')).toBe(false);
    await store.collection('pipeline_runs').updateOne({ _id: 'r1' }, { $set: { state: 'cancelled' } });
    await history.succeeded('r1', 'load', {}, true);
    await history.failed('r1', 'load', 'late', true);
    expect((await findRun(store, 'r1'))?.state).toBe('cancelled');
    expect(await history.isOver('r1')).toBe(true);
  });

  it('keeps the start of an attempt that goes on', async () => {
    await createRun(store, run);
    await openRunHistory(store).started('r1', 'load', 1);
    vi.setSystemTime(T0 + 1);
    const before = await findRun(store, 'r1');
    await openRunHistory(store).started('r1', 'load', 1);
    expect(await findRun(store, 'r1')).toEqual(before);
    await openRunHistory(store).started('r1', 'load', 2);
    expect((await findRun(store, 'r1'))?.tasks.load?.attempts).toBe(2);
  });

  it('is not overwritten by recording the same run again', async () => {
    await createRun(store, run);
    await openRunHistory(store).started('r1', 'load', 1);
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
    expect(await reopenRun(store, closed, [])).toBe(retries);
    if (retries) expect(await findRun(store, 'r1')).toMatchObject({ resumedAt: new Date(T0 + 3), reason: null });
    else expect((await findRun(store, 'r1'))?.state).toBe(state);
  });

  it('takes an earlier start or retry of a run for over, and a run that nobody knows for going on', async () => {
    const history = openRunHistory(store);
    await createRun(store, run);
    await history.failed('r1', 'load', 'no', true);
    await reopenRun(store, (await findRun(store, 'r1')) as PipelineRun, ['load']);
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
    expect(await reopenRun(store, (await findRun(store, 'r1')) as PipelineRun, [])).toBeUndefined();
    expect((await findRun(store, 'r1'))?.state).toBe('failed');
  });
});
