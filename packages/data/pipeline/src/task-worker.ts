import {
  type TaskAttemptRef,
  type TaskName,
  type TaskPayload,
  type TaskProgress,
  type TaskResult,
  taskPayloadSchema,
  taskResultSchemas,
} from '@ecobalyse/schema';
import { withoutSecrets } from '@ecobalyse/service-kit';
import { type Job, UnrecoverableError, WaitingChildrenError } from 'bullmq';
import type { QueueConnection } from './connection.js';
import { PIPELINES, type PipelineName, type QueueName } from './pipelines.js';
import {
  asRunningWorker,
  isPutOff,
  putOff,
  type RunningWorker,
  startWorker,
  type WorkerLogger,
} from './running-worker.js';

/** What a task's handler is given. */
export interface TaskContext {
  payload: TaskPayload;
  /** The job itself, for tasks that fan out. */
  job: Job;
  token: string;
  /** Aborted when the run is cancelled or the worker stops: hand it to whatever takes long. */
  signal: AbortSignal;
  /** Reports how far the task is. */
  progress(done: number, planned: number): Promise<void>;
  /** Adds a line to the task's log, which the history of the run shows. */
  log(line: string): Promise<void>;
  /** Results of the tasks right before this one in the chain, and of its batches. */
  childrenValues(): Promise<unknown[]>;
}

export type TaskHandler<Name extends TaskName = TaskName> = (context: TaskContext) => Promise<TaskResult<Name>>;

/** Keeps what happens to the tasks of a run. */
export interface RunRecorder {
  started(of: TaskAttemptRef): Promise<void>;
  progressed(runId: string, task: TaskName, progress: TaskProgress): Promise<void>;
  /** Adds a line to the log of an attempt. */
  logged(of: TaskAttemptRef, line: string): Promise<void>;
  succeeded(of: TaskAttemptRef, result: unknown, last: boolean): Promise<void>;
  /** @param then - `end`: the task will not be tried again; `retry`: it will; `later`: the same attempt goes on later. */
  failed(of: TaskAttemptRef, error: string, then: 'end' | 'retry' | 'later'): Promise<void>;
  /** Whether a run no longer goes on (it was cancelled, or closed), or goes on by a later retry. */
  isOver(runId: string, retry?: number): Promise<boolean>;
}

export interface TaskWorkerOptions {
  connection: QueueConnection;
  queue: QueueName;
  handlers: { [Name in TaskName]?: TaskHandler<Name> };
  recorder: RunRecorder;
  logger: WorkerLogger;
  /** A task whose worker died is taken over after about twice this time. */
  lockMs: number;
}

/** Long enough for a stopping worker not to take the same job once more. */
export const GIVE_BACK_DELAY_MS = 250;
const CANCEL_POLL_MS = 1000;
const MAX_LOG_LINE = 500;

/** What the job of a run that is over returns: it did nothing wrong, so it does not count as failed. */
export const CANCELLED = { cancelled: true } as const;

function isLastTask(payload: TaskPayload, task: TaskName): boolean {
  const tasks: readonly string[] = PIPELINES[payload.pipeline as PipelineName] ?? [];
  return tasks.at(-1) === task;
}

/** A text as it may be kept: without secrets, and not without end. */
export const keptText = (text: string): string => withoutSecrets(text).slice(0, MAX_LOG_LINE);

/** Which attempt a job is at: the same one after it was put off, or waited for its batches. */
const attemptOf = (job: Job, { runId, retry = 0 }: Pick<TaskPayload, 'runId' | 'retry'>): TaskAttemptRef => ({
  runId,
  task: job.name as TaskName,
  retry,
  attempt: job.attemptsMade + 1,
});

function isFinalAttempt(job: Job, error: unknown): boolean {
  return error instanceof UnrecoverableError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/** Starts the worker of a service's task queue: one task at a time, each recorded in the history of its run. */
export function startTaskWorker(options: TaskWorkerOptions): RunningWorker {
  const { connection, queue, handlers, recorder, logger, lockMs } = options;
  const stopping = new AbortController();

  async function perform(job: Job, token: string, payload: TaskPayload, task: TaskName): Promise<unknown> {
    const { runId, retry } = payload;
    const attempt = attemptOf(job, payload);
    const cancelled = new AbortController();
    const checkCancelled = async () => {
      // A history that cannot be read now will be read a second later.
      if (await recorder.isOver(runId, retry).catch(() => false)) cancelled.abort(new Error('the run was cancelled'));
    };
    await checkCancelled();
    const timer = setInterval(() => void checkCancelled(), CANCEL_POLL_MS);
    const signal = AbortSignal.any([cancelled.signal, stopping.signal]);
    try {
      signal.throwIfAborted();
      await recorder.started(attempt);
      const result = taskResultSchemas[task].parse(
        await handlers[task]?.({
          payload,
          job,
          token,
          signal,
          async progress(done, planned) {
            await job.updateProgress({ done, planned });
            await recorder.progressed(runId, task, { done, planned });
          },
          async log(line) {
            const kept = keptText(line);
            await job.log(kept);
            await recorder.logged(attempt, kept);
          },
          childrenValues: async () => Object.values(await job.getChildrenValues()),
        }),
      );
      await recorder.succeeded(attempt, result, isLastTask(payload, task));
      logger.info({ runId, task, result }, `${task} done`);
      return result;
    } catch (error) {
      // The run is recorded already, and may go on by a retry that this late end must not fail.
      if (cancelled.signal.aborted) return CANCELLED;
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  const worker = startWorker(
    queue,
    async (job, token = '') => {
      const task = job.name as TaskName;
      const parsed = taskPayloadSchema.safeParse(job.data);
      if (!handlers[task]) throw new UnrecoverableError(`no worker of queue ${queue} knows the task ${job.name}`);
      if (!parsed.success) throw new UnrecoverableError(`bad payload of ${job.name}: ${parsed.error.message}`);
      const { runId } = parsed.data;
      try {
        return await perform(job, token, parsed.data, task);
      } catch (error) {
        if (error instanceof WaitingChildrenError) throw error;
        if (stopping.signal.aborted) {
          // Another worker begins it anew, and no attempt is used up.
          await putOff(job, token, GIVE_BACK_DELAY_MS);
        }
        const seconds = isPutOff(job, error) ? error.retryAfterSeconds : 0;
        const then = seconds > 0 ? 'later' : isFinalAttempt(job, error) ? 'end' : 'retry';
        const reason = withoutSecrets(error instanceof Error ? error.message : String(error));
        const told = then === 'end' ? `${task} failed` : `${task} failed and will be tried again`;
        logger.error({ runId, task, err: error }, told);
        const attempt = attemptOf(job, parsed.data);
        const record = async () => {
          if (then === 'later') await recorder.logged(attempt, keptText(`put off for ${seconds} s: ${reason}`));
          await recorder.failed(attempt, reason, then);
        };
        // The task's own error is the one to report, not that of a history which cannot be written either.
        await record().catch((err: unknown) => logger.error({ runId, task, err }, 'could not record the failure'));
        if (then === 'later') await putOff(job, token, seconds * 1000);
        throw error;
      }
    },
    { connection, logger, concurrency: 1, lockMs },
  );
  return asRunningWorker(worker, () => stopping.abort(new Error('the worker is stopping')));
}
