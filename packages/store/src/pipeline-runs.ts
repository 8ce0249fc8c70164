import type { ExtractionScope } from '@ecobalyse/schema';
import type { Store } from './connection.js';

export type RunState = 'running' | 'succeeded' | 'failed';

/** What happened to one task of a run. */
export interface TaskRecord {
  state: RunState;
  attempts: number;
  startedAt: Date;
  finishedAt: Date | null;
  /** Summary that the task returned. */
  result: unknown;
  error: string | null;
}

/** A run of a pipeline: the truth about it, since Redis forgets. */
export interface PipelineRun {
  _id: string;
  pipeline: string;
  trigger: string;
  scope: ExtractionScope;
  state: RunState;
  createdAt: Date;
  finishedAt: Date | null;
  tasks: Record<string, TaskRecord>;
}

/** Records a run before its jobs exist; recording it again changes nothing. */
export async function createRun(
  store: Store,
  run: Pick<PipelineRun, '_id' | 'pipeline' | 'trigger' | 'scope'>,
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

/** Records that an attempt begins; an attempt that goes on (after its batches, or on another worker) keeps its start. */
export async function recordTaskStarted(store: Store, runId: string, task: string, attempt: number): Promise<void> {
  const record: TaskRecord = {
    state: 'running',
    attempts: attempt,
    startedAt: new Date(),
    finishedAt: null,
    result: null,
    error: null,
  };
  await store
    .collection('pipeline_runs')
    .updateOne({ _id: runId, [`tasks.${task}.attempts`]: { $ne: attempt } }, { $set: { [`tasks.${task}`]: record } });
}

/** @param last - whether the run ends with this task. */
export async function recordTaskSucceeded(
  store: Store,
  runId: string,
  task: string,
  result: unknown,
  last: boolean,
): Promise<void> {
  const now = new Date();
  await store.collection('pipeline_runs').updateOne(
    { _id: runId },
    {
      $set: {
        [`tasks.${task}.state`]: 'succeeded',
        [`tasks.${task}.finishedAt`]: now,
        [`tasks.${task}.result`]: result,
        ...(last ? { state: 'succeeded', finishedAt: now } : {}),
      },
    },
  );
}

/** @param final - whether the task will not be tried again, which fails the run. */
export async function recordTaskFailed(
  store: Store,
  runId: string,
  task: string,
  error: string,
  final: boolean,
): Promise<void> {
  const now = new Date();
  await store.collection('pipeline_runs').updateOne(
    { _id: runId },
    {
      $set: {
        [`tasks.${task}.error`]: error,
        ...(final
          ? { [`tasks.${task}.state`]: 'failed', [`tasks.${task}.finishedAt`]: now, state: 'failed', finishedAt: now }
          : {}),
      },
    },
  );
}
