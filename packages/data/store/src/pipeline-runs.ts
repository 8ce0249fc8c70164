import type { TaskAttemptRef, TaskProgress } from '@ecobalyse/schema';
import { isDuplicateKey, type Store } from './connection.js';
import type { PipelineRun, RunStart, RunState, TaskAttempt, TaskRecord } from './stored-documents.js';

const statesOf = (store: Store) => store.collection('pipeline_states');
const runsOf = (store: Store) => store.collection('pipeline_runs');
const attemptsOf = (store: Store) => store.collection('task_attempts');
/** Last lines of an attempt's log that are kept. */
const KEPT_LINES = 200;
/** Attempts of a run that are shown, the newest ones. */
const SHOWN_ATTEMPTS = 100;
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

/** Who starts a run or a retry, and how. */
export type Starter = Pick<RunStart, 'key' | 'via'>;

export type NewRun = Pick<PipelineRun, '_id' | 'pipeline' | 'trigger' | 'parameters'> & { starter?: Starter };

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
  { _id, starter, ...run }: NewRun,
  outcome: Pick<PipelineRun, 'state' | 'reason' | 'finishedAt'>,
): Promise<void> {
  const createdAt = outcome.finishedAt ?? new Date();
  const starts = starter ? [{ retry: 0, at: createdAt, ...starter }] : [];
  await runsOf(store).updateOne(
    { _id },
    { $setOnInsert: { ...run, ...outcome, createdAt, retries: 0, starts, tasks: {} } },
    { upsert: true },
  );
}

/**
 * Makes a run that ended badly go on; the records of `tasks` are forgotten, since they are done again.
 *
 * @returns the run's new number of retries, or undefined when the run did not end badly or another one goes on.
 */
export async function reopenRun(
  store: Store,
  run: PipelineRun,
  tasks: readonly string[],
  starter: Starter,
): Promise<number | undefined> {
  if (!(await claimPipeline(store, run.pipeline, run._id))) return undefined;
  const [retry, at] = [run.retries + 1, new Date()];
  const { modifiedCount } = await runsOf(store).updateOne(
    { _id: run._id, state: { $in: ['failed', 'cancelled'] }, retries: run.retries },
    {
      $set: { state: 'running', reason: null, finishedAt: null, retries: retry, resumedAt: at },
      $push: { starts: { retry, at, ...starter } },
      $unset: Object.fromEntries(tasks.map((task) => [`tasks.${task}`, ''])),
    },
  );
  return modifiedCount === 1 ? retry : undefined;
}

/** Ends a run that goes on, with the attempts that are under way; false when it had ended already. */
export async function closeRun(
  store: Store,
  runId: string,
  state: 'failed' | 'cancelled' | 'succeeded',
  reason: string | null,
): Promise<boolean> {
  const finishedAt = new Date();
  const { modifiedCount } = await runsOf(store).updateOne(
    { _id: runId, state: 'running' },
    { $set: { state, reason, finishedAt } },
  );
  if (modifiedCount === 1) {
    await attemptsOf(store).updateMany({ run: runId, state: 'running' }, { $set: { state, finishedAt } });
  }
  return modifiedCount === 1;
}

/** Says of a run that goes on what it waits for; null when it does not wait. */
export async function explainRun(store: Store, runId: string, reason: string | null): Promise<void> {
  await runsOf(store).updateOne({ _id: runId, state: 'running' }, { $set: { reason } });
}

export async function findRun(store: Store, runId: string): Promise<PipelineRun | null> {
  return runsOf(store).findOne({ _id: runId });
}

/** The attempts at the tasks of a run with their logs, oldest first; of many, the newest. */
export async function listAttempts(store: Store, runId: string): Promise<TaskAttempt[]> {
  const found = await attemptsOf(store)
    .find({ run: runId })
    .sort({ startedAt: -1, _id: -1 })
    .limit(SHOWN_ATTEMPTS)
    .toArray();
  return found.reverse();
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
  const attempts = attemptsOf(store);
  const idOf = ({ runId, task, retry, attempt }: TaskAttemptRef) => `${runId}/${task}/${retry}/${attempt}`;
  /** One that was ended with its run stays as it is. */
  const endAttempt = (of: TaskAttemptRef, ended: Pick<TaskAttempt, 'state' | 'finishedAt' | 'error'>) =>
    attempts.updateOne({ _id: idOf(of), state: 'running' }, { $set: ended });
  /** A run that was cancelled, or closed as lost, is not brought back to life by a task that ends late. */
  const alive = (runId: string) => ({ _id: runId, state: 'running' as const });
  /** A task that was cancelled may still tell of itself when its run goes on again: only one that has begun is listened to. */
  const begun = (runId: string, task: string) => ({ ...alive(runId), [`tasks.${task}.state`]: 'running' });

  return {
    /** An attempt begins; one that goes on (after its batches, or on another worker) keeps its start. */
    async started(of: TaskAttemptRef): Promise<void> {
      const { runId, task, retry, attempt } = of;
      const begun = { state: 'running', startedAt: new Date(), finishedAt: null, error: null } as const;
      const record: TaskRecord = { ...begun, attempts: attempt, result: null, progress: null };
      await attempts.updateOne(
        { _id: idOf(of) },
        { $setOnInsert: { run: runId, task, retry, attempt, ...begun, log: [], lines: 0 } },
        { upsert: true },
      );
      await runs.updateOne(
        { ...alive(runId), [`tasks.${task}.attempts`]: { $ne: attempt } },
        { $set: { [`tasks.${task}`]: record, reason: null } },
      );
    },

    async progressed(runId: string, task: string, progress: TaskProgress): Promise<void> {
      await runs.updateOne(begun(runId, task), { $set: { [`tasks.${task}.progress`]: progress } });
    },

    /** Adds a line to the log of an attempt; the oldest of too many are cut. */
    async logged(of: TaskAttemptRef, text: string): Promise<void> {
      await attempts.updateOne(
        { _id: idOf(of) },
        { $push: { log: { $each: [{ at: new Date(), text }], $slice: -KEPT_LINES } }, $inc: { lines: 1 } },
      );
    },

    /** @param last - whether the run ends with this task. */
    async succeeded(of: TaskAttemptRef, result: unknown, last: boolean): Promise<void> {
      const { runId, task } = of;
      const now = new Date();
      await endAttempt(of, { state: 'succeeded', finishedAt: now, error: null });
      await runs.updateOne(alive(runId), {
        $set: {
          [`tasks.${task}.state`]: 'succeeded',
          [`tasks.${task}.finishedAt`]: now,
          [`tasks.${task}.result`]: result,
          ...(last && { state: 'succeeded', reason: null, finishedAt: now }),
        },
      });
    },

    /** @param then - `end`: the task will not be tried again, which fails the run; `later`: this attempt goes on then. */
    async failed(of: TaskAttemptRef, error: string, then: 'end' | 'retry' | 'later'): Promise<void> {
      const { runId, task } = of;
      const now = new Date();
      if (then !== 'later') await endAttempt(of, { state: 'failed', finishedAt: now, error });
      await runs.updateOne(alive(runId), {
        $set: {
          [`tasks.${task}.error`]: error,
          ...(then === 'end' && {
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
