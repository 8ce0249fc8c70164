import type { RunParameters, TaskProgress } from '@ecobalyse/schema';
import type { Store } from './connection.js';

export type RunState = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';

/** Last lines of a task's log that the history keeps. */
const KEPT_LOG_LINES = 50;
const MAX_LOG_LINE = 500;

/** What happened to one task of a run. */
export interface TaskRecord {
  state: RunState;
  attempts: number;
  startedAt: Date;
  finishedAt: Date | null;
  /** Summary that the task returned. */
  result: unknown;
  error: string | null;
  progress: TaskProgress | null;
  /** Last lines of its log. */
  log: string[];
}

/** A run of a pipeline: the truth about it, since Redis forgets. */
export interface PipelineRun {
  _id: string;
  pipeline: string;
  trigger: string;
  parameters: RunParameters;
  state: RunState;
  createdAt: Date;
  finishedAt: Date | null;
  tasks: Record<string, TaskRecord>;
}

/** Records a run before its jobs exist; recording it again changes nothing. */
export async function createRun(
  store: Store,
  run: Pick<PipelineRun, '_id' | 'pipeline' | 'trigger' | 'parameters'>,
): Promise<void> {
  const { _id, ...fields } = run;
  await store
    .collection('pipeline_runs')
    .updateOne(
      { _id },
      { $setOnInsert: { ...fields, state: 'running', createdAt: new Date(), finishedAt: null, tasks: {} } },
      { upsert: true },
    );
}

export async function findRun(store: Store, runId: string): Promise<PipelineRun | null> {
  return store.collection('pipeline_runs').findOne({ _id: runId });
}

/** The newest run of a pipeline. */
export async function findLastRun(store: Store, pipeline: string): Promise<PipelineRun | null> {
  return store.collection('pipeline_runs').findOne({ pipeline }, { sort: { createdAt: -1 } });
}

/** Keeps what happens to the tasks of a run, as the workers of every service tell it. */
export interface RunHistory {
  /** An attempt begins; one that goes on (after its batches, or on another worker) keeps its start. */
  started(runId: string, task: string, attempt: number): Promise<void>;
  progressed(runId: string, task: string, progress: TaskProgress): Promise<void>;
  logged(runId: string, task: string, line: string): Promise<void>;
  /** @param last - whether the run ends with this task. */
  succeeded(runId: string, task: string, result: unknown, last: boolean): Promise<void>;
  /** @param final - whether the task will not be tried again, which fails the run. */
  failed(runId: string, task: string, error: string, final: boolean): Promise<void>;
  isCancelled(runId: string): Promise<boolean>;
}

/** The history of runs in the database: the truth about a run, since Redis forgets. */
export function openRunHistory(store: Store): RunHistory {
  const runs = store.collection('pipeline_runs');
  /** A run that was cancelled, or closed as lost, is not brought back to life by a task that ends late. */
  const alive = (runId: string) => ({ _id: runId, state: 'running' as const });

  return {
    async started(runId, task, attempt) {
      const record: TaskRecord = {
        state: 'running',
        attempts: attempt,
        startedAt: new Date(),
        finishedAt: null,
        result: null,
        error: null,
        progress: null,
        log: [],
      };
      await runs.updateOne(
        { ...alive(runId), [`tasks.${task}.attempts`]: { $ne: attempt } },
        { $set: { [`tasks.${task}`]: record } },
      );
    },

    async progressed(runId, task, progress) {
      await runs.updateOne(alive(runId), { $set: { [`tasks.${task}.progress`]: progress } });
    },

    async logged(runId, task, line) {
      await runs.updateOne(alive(runId), {
        $push: { [`tasks.${task}.log`]: { $each: [line.slice(0, MAX_LOG_LINE)], $slice: -KEPT_LOG_LINES } },
      });
    },

    async succeeded(runId, task, result, last) {
      const now = new Date();
      await runs.updateOne(alive(runId), {
        $set: {
          [`tasks.${task}.state`]: 'succeeded',
          [`tasks.${task}.finishedAt`]: now,
          [`tasks.${task}.result`]: result,
          ...(last && { state: 'succeeded', finishedAt: now }),
        },
      });
    },

    async failed(runId, task, error, final) {
      const now = new Date();
      await runs.updateOne(alive(runId), {
        $set: {
          [`tasks.${task}.error`]: error,
          ...(final && {
            [`tasks.${task}.state`]: 'failed',
            [`tasks.${task}.finishedAt`]: now,
            state: 'failed',
            finishedAt: now,
          }),
        },
      });
    },

    async isCancelled(runId) {
      return (await runs.findOne({ _id: runId, state: 'cancelled' }, { projection: { _id: 1 } })) !== null;
    },
  };
}
