import { DelayedError, type Job, type Processor, Worker } from 'bullmq';
import { type QueueConnection, workerOptions } from './connection.js';
import { measureWorker } from './queue-metrics.js';

/** The few methods of a logger that workers need. */
export interface WorkerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A worker of a queue. */
export interface RunningWorker {
  /** Whether it takes jobs: not before it has begun, nor after it broke down or was closed. */
  isRunning(): boolean;
  /** Stops taking jobs; a job under way ends, or goes back to the queue when it heeds its signal. */
  close(): Promise<void>;
}

/** A job may lose its worker this often before it counts as the cause of it. */
const MAX_STALLED_COUNT = 5;

export interface WorkerSettings {
  connection: QueueConnection;
  logger: WorkerLogger;
  /** Jobs under way at once. */
  concurrency: number;
  /** A job whose worker died is taken over after about twice this time. */
  lockMs: number;
}

/** Starts a measured BullMQ worker that waits for Redis as long as it takes. */
export function startWorker(
  queue: string,
  process: Processor,
  { connection, logger, concurrency, lockMs }: WorkerSettings,
): Worker {
  const worker = new Worker(queue, process, {
    ...workerOptions(connection),
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: MAX_STALLED_COUNT,
  });
  worker.on('error', (err) => logger.warn({ err, queue }, 'queue connection'));
  worker.on('stalled', (jobId) => logger.warn({ queue, jobId }, 'a job lost its worker and is taken over'));
  measureWorker(worker, queue);
  return worker;
}

/** A job that was added so long ago is not put off any more. */
const MAX_PATIENCE_MS = 86_400_000;

/** Whether a job's error says for how long whom it asked wants to be left alone: it is put off then, not tried again. */
export function isPutOff(job: Job, error: unknown): error is { retryAfterSeconds: number } {
  const { retryAfterSeconds = 0 } = (error ?? {}) as { retryAfterSeconds?: number };
  return retryAfterSeconds > 0 && Date.now() - job.timestamp < MAX_PATIENCE_MS;
}

/** Frees the worker from a job for a while, at the cost of no attempt. */
export async function putOff(job: Job, token: string, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms, token);
  throw new DelayedError();
}

/**
 * What a service needs of a worker.
 *
 * @param stop - told that the worker stops, before it waits for the jobs under way.
 */
export function asRunningWorker(worker: Worker, stop: () => void = () => undefined): RunningWorker {
  return {
    isRunning: () => worker.isRunning() && worker.closing === undefined,
    async close() {
      stop();
      await worker.close();
    },
  };
}
