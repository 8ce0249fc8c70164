import {
  type TaskName,
  type TaskPayload,
  type TaskResult,
  taskPayloadSchema,
  taskResultSchemas,
} from '@ecobalyse/schema';
import { type Job, UnrecoverableError, WaitingChildrenError, Worker } from 'bullmq';
import { type QueueConnection, workerOptions } from './connection.js';
import { PIPELINES, type PipelineName, type QueueName } from './pipelines.js';

/** What a task's handler is given. */
export interface TaskContext {
  payload: TaskPayload;
  /** The job itself, for tasks that fan out. */
  job: Job;
  token: string;
  /** Reports how far the task is. */
  progress(done: number, planned: number): Promise<void>;
  /** Results of the tasks right before this one in the chain, and of its batches, by job key. */
  childrenValues(): Promise<unknown[]>;
}

export type TaskHandler<Name extends TaskName = TaskName> = (context: TaskContext) => Promise<TaskResult<Name>>;

/** Keeps what happens to the tasks of a run. */
export interface RunRecorder {
  started(runId: string, task: TaskName, attempt: number): Promise<void>;
  succeeded(runId: string, task: TaskName, result: unknown, last: boolean): Promise<void>;
  failed(runId: string, task: TaskName, error: string, final: boolean): Promise<void>;
}

/** The few methods of a logger that workers need. */
export interface WorkerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
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

/** A job may lose its worker this often before it counts as the cause of it. */
export const MAX_STALLED_COUNT = 5;

function isLastTask(payload: TaskPayload, task: TaskName): boolean {
  const tasks: readonly string[] = PIPELINES[payload.pipeline as PipelineName] ?? [];
  return tasks.at(-1) === task;
}

function isFinalAttempt(job: Job, error: unknown): boolean {
  return error instanceof UnrecoverableError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/** Starts the worker of a service's task queue: one task at a time, each recorded in the history of its run. */
export function startTaskWorker(options: TaskWorkerOptions): Worker {
  const { connection, queue, handlers, recorder, logger, lockMs } = options;

  const worker = new Worker(
    queue,
    async (job, token = '') => {
      const task = job.name as TaskName;
      const handler = handlers[task];
      const parsed = taskPayloadSchema.safeParse(job.data);
      if (!handler) throw new UnrecoverableError(`no worker of queue ${queue} knows the task ${job.name}`);
      if (!parsed.success) throw new UnrecoverableError(`bad payload of ${job.name}: ${parsed.error.message}`);
      const payload = parsed.data;
      const fields = { runId: payload.runId, task };
      try {
        await recorder.started(payload.runId, task, job.attemptsMade + 1);
        const result = taskResultSchemas[task].parse(
          await handler({
            payload,
            job,
            token,
            progress: (done, planned) => job.updateProgress({ done, planned }),
            childrenValues: async () => Object.values(await job.getChildrenValues()),
          }),
        );
        await recorder.succeeded(payload.runId, task, result, isLastTask(payload, task));
        logger.info({ ...fields, result }, `${task} done`);
        return result;
      } catch (error) {
        if (error instanceof WaitingChildrenError) throw error;
        const final = isFinalAttempt(job, error);
        const reason = error instanceof Error ? error.message : String(error);
        logger.error({ ...fields, err: error }, final ? `${task} failed` : `${task} failed and will be tried again`);
        // The task's own error is the one to report, not that of a history which cannot be written either.
        await recorder
          .failed(payload.runId, task, reason, final)
          .catch((err: unknown) => logger.error({ ...fields, err }, 'could not record the failure'));
        throw error;
      }
    },
    {
      ...workerOptions(connection),
      concurrency: 1,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: MAX_STALLED_COUNT,
    },
  );
  worker.on('error', (err) => logger.warn({ err, queue }, 'queue connection'));
  worker.on('stalled', (jobId) => logger.warn({ queue, jobId }, 'a task lost its worker and is taken over'));
  return worker;
}
