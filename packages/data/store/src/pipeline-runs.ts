import type { TaskProgress } from '@ecobalyse/schema';
import { isDuplicateKey, type Store } from './connection.js';
import type { PipelineRun, RunState, TaskRecord } from './stored-documents.js';

const statesOf = (store: Store) => store.collection('pipeline_states');
const runsOf = (store: Store) => store.collection('pipeline_runs');
/** A claim whose run was not written down within this time belongs to a process that died. */
const CLAIM_GRACE_MS = 30_000;

/**
 * Makes a run the one that goes on for its pipeline: of all who try, in whatever process, one succeeds.
 *
 * @returns false while another run of the pipeline goes on.
 */
async function claimPipeline(store: Store, pipeline: string, runId: string): Promise<boolean> {
  const states = statesOf(store);
  await states.updateOne({ _id: pipeline }, { $setOnInsert: { paused: false } }, { upsert: true }).catch((error) => {
    // Somebody else inserted it at the same moment.
    if (!isDuplicateKey(error)) throw error;
  });
  const state = await states.findOne({ _id: pipeline });
  const { currentRun, claimedAt } = state ?? {};
  if (currentRun === runId) return true;
  if (currentRun !== undefined) {
    const holder = await findRun(store, currentRun);
    const beingWritten = !holder && claimedAt && Date.now() - claimedAt.getTime() < CLAIM_GRACE_MS;
    if (holder?.state === 'running' || beingWritten) return false;
  }
  const { modifiedCount } = await states.updateOne(
    { _id: pipeline, currentRun: currentRun ?? { $exists: false } },
    { $set: { currentRun: runId, claimedAt: new Date() } },
  );
  return modifiedCount === 1;
}

export type NewRun = Pick<PipelineRun, '_id' | 'pipeline' | 'trigger' | 'parameters'>;

/**
 * Records a new run as the one that goes on for its pipeline. Recording the same run again changes nothing.
 *
 * @returns false when another run of the pipeline goes on, in which case nothing is recorded.
 */
export async function createRun(store: Store, run: NewRun): Promise<boolean> {
  if (!(await claimPipeline(store, run.pipeline, run._id))) return false;
  await insertRun(store, run, { state: 'running', reason: null, finishedAt: null });
  return true;
}

/** Records a run that was due but did not start. */
export async function recordSkippedRun(store: Store, run: NewRun, reason: string): Promise<void> {
  await insertRun(store, run, { state: 'skipped', reason, finishedAt: new Date() });
}

async function insertRun(
  store: Store,
  { _id, ...run }: NewRun,
  outcome: Pick<PipelineRun, 'state' | 'reason' | 'finishedAt'>,
): Promise<void> {
  await runsOf(store).updateOne(
    { _id },
    { $setOnInsert: { ...run, ...outcome, createdAt: outcome.finishedAt ?? new Date(), retries: 0, tasks: {} } },
    { upsert: true },
  );
}

/**
 * Makes a run that ended badly go on; the records of `tasks` are forgotten, since they are done again.
 *
 * @returns the run's new number of retries, or undefined when the run did not end badly or another one goes on.
 */
export async function reopenRun(store: Store, run: PipelineRun, tasks: readonly string[]): Promise<number | undefined> {
  if (!(await claimPipeline(store, run.pipeline, run._id))) return undefined;
  const { modifiedCount } = await runsOf(store).updateOne(
    { _id: run._id, state: { $in: ['failed', 'cancelled'] }, retries: run.retries },
    {
      $set: { state: 'running', reason: null, finishedAt: null, retries: run.retries + 1, resumedAt: new Date() },
      $unset: Object.fromEntries(tasks.map((task) => [`tasks.${task}`, ''])),
    },
  );
  return modifiedCount === 1 ? run.retries + 1 : undefined;
}

/** Ends a run that goes on; false when it had ended already. */
export async function closeRun(
  store: Store,
  runId: string,
  state: 'failed' | 'cancelled' | 'succeeded',
  reason: string | null,
): Promise<boolean> {
  const { modifiedCount } = await runsOf(store).updateOne(
    { _id: runId, state: 'running' },
    { $set: { state, reason, finishedAt: new Date() } },
  );
  return modifiedCount === 1;
}

/** Says of a run that goes on what it waits for; null when it does not wait. */
export async function explainRun(store: Store, runId: string, reason: string | null): Promise<void> {
  await runsOf(store).updateOne({ _id: runId, state: 'running' }, { $set: { reason } });
}

export async function findRun(store: Store, runId: string): Promise<PipelineRun | null> {
  return runsOf(store).findOne({ _id: runId });
}

/** Runs of a pipeline (or of all), newest first. */
export async function listRuns(
  store: Store,
  filter: { pipeline?: string; states?: readonly RunState[]; before?: Date },
  limit: number,
): Promise<PipelineRun[]> {
  return runsOf(store)
    .find({
      ...(filter.pipeline !== undefined && { pipeline: filter.pipeline }),
      ...(filter.states !== undefined && { state: { $in: [...filter.states] } }),
      ...(filter.before !== undefined && { createdAt: { $lt: filter.before } }),
    })
    .sort({ createdAt: -1 })
    .limit(limit)
    .toArray();
}

/** Whether the data are being extracted for the first time: no extraction has succeeded yet, and one goes on. */
export async function isFirstExtraction(store: Store): Promise<boolean> {
  const found = (state: RunState) => listRuns(store, { pipeline: 'ecobalyse_extract', states: [state] }, 1);
  const [[running], [succeeded]] = await Promise.all([found('running'), found('succeeded')]);
  return running !== undefined && succeeded === undefined;
}

/** Names of the pipelines that are paused. */
export async function pausedPipelines(store: Store): Promise<Set<string>> {
  const paused = await statesOf(store).find({ paused: true }).toArray();
  return new Set(paused.map(({ _id }) => _id));
}

export async function setPaused(store: Store, pipeline: string, paused: boolean): Promise<void> {
  await statesOf(store).updateOne({ _id: pipeline }, { $set: { paused } }, { upsert: true });
}

/**
 * The history of runs in the database, as the workers of every service tell it (`RunRecorder` of the queues): the truth about a
 * run, since Redis forgets.
 */
export function openRunHistory(store: Store) {
  const runs = runsOf(store);
  /** A run that was cancelled, or closed as lost, is not brought back to life by a task that ends late. */
  const alive = (runId: string) => ({ _id: runId, state: 'running' as const });
  /** A task that was cancelled may still tell of itself when its run goes on again: only one that has begun is listened to. */
  const begun = (runId: string, task: string) => ({ ...alive(runId), [`tasks.${task}.state`]: 'running' });

  return {
    /** An attempt begins; one that goes on (after its batches, or on another worker) keeps its start. */
    async started(runId: string, task: string, attempt: number): Promise<void> {
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
        { $set: { [`tasks.${task}`]: record, reason: null } },
      );
    },

    async progressed(runId: string, task: string, progress: TaskProgress): Promise<void> {
      await runs.updateOne(begun(runId, task), { $set: { [`tasks.${task}.progress`]: progress } });
    },

    async logged(runId: string, task: string, lines: readonly string[]): Promise<void> {
      await runs.updateOne(begun(runId, task), { $set: { [`tasks.${task}.log`]: [...lines] } });
    },

    /** @param last - whether the run ends with this task. */
    async succeeded(runId: string, task: string, result: unknown, last: boolean): Promise<void> {
      const now = new Date();
      await runs.updateOne(alive(runId), {
        $set: {
          [`tasks.${task}.state`]: 'succeeded',
          [`tasks.${task}.finishedAt`]: now,
          [`tasks.${task}.result`]: result,
          ...(last && { state: 'succeeded', reason: null, finishedAt: now }),
        },
      });
    },

    /** @param final - whether the task will not be tried again, which fails the run. */
    async failed(runId: string, task: string, error: string, final: boolean): Promise<void> {
      const now = new Date();
      await runs.updateOne(alive(runId), {
        $set: {
          [`tasks.${task}.error`]: error,
          ...(final && {
            [`tasks.${task}.state`]: 'failed',
            [`tasks.${task}.finishedAt`]: now,
            state: 'failed',
            reason: null,
            finishedAt: now,
          }),
        },
      });
    },

    /** Whether a run no longer goes on, or goes on by a later retry than the given one. */
    async isOver(runId: string, retry = 0): Promise<boolean> {
      const run = await runs.findOne({ _id: runId }, { projection: { state: 1, retries: 1 } });
      return run !== null && (run.state !== 'running' || run.retries > retry);
    },
  };
}
