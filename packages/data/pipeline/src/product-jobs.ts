import { type ProductJobPayload, productJobPayloadSchema } from '@ecobalyse/schema';
import { UnrecoverableError } from 'bullmq';
import { openQueue, type QueueConnection } from './connection.js';
import { QUEUES } from './pipelines.js';
import { asRunningWorker, putOff, type RunningWorker, startWorker, type WorkerSettings } from './running-worker.js';
import { GIVE_BACK_DELAY_MS } from './task-worker.js';

/** The queue of the jobs of `POST /product/batch`. It holds ids only: losing it loses nothing. */
export interface ProductJobQueue {
  /** Adds a job; adding one that is there already adds nothing. */
  add(payload: ProductJobPayload): Promise<void>;
  close(): Promise<void>;
}

/** @param onError - told of connection errors; the connection is tried again by itself. */
export function openProductJobQueue(connection: QueueConnection, onError: (error: Error) => void): ProductJobQueue {
  const queue = openQueue(QUEUES.productJobs, connection, onError);
  return {
    async add(payload) {
      await queue.add('product-job', payload, {
        jobId: payload.id,
        // A job that the database still holds as open may be added again under its id.
        removeOnComplete: true,
        removeOnFail: true,
      });
    },
    close: () => queue.close(),
  };
}

export interface ProductJobWorkerOptions extends WorkerSettings {
  /**
   * Works on a job until it has ended.
   *
   * @returns milliseconds after which the job is taken up again, by any worker; undefined when it has ended.
   */
  handler: (payload: ProductJobPayload, signal: AbortSignal) => Promise<number | undefined>;
}

/** Starts a worker of the jobs of `POST /product/batch`; closing it gives the jobs under way back to the queue. */
export function startProductJobWorker(options: ProductJobWorkerOptions): RunningWorker {
  const { connection, handler, logger, concurrency, lockMs } = options;
  const stopping = new AbortController();
  const worker = startWorker(
    QUEUES.productJobs,
    async (job, token = '') => {
      const payload = productJobPayloadSchema.safeParse(job.data);
      if (!payload.success) throw new UnrecoverableError(`bad payload of a product job: ${payload.error.message}`);
      let againAfter: number | undefined;
      try {
        stopping.signal.throwIfAborted();
        againAfter = await handler(payload.data, stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted) throw error;
        againAfter = GIVE_BACK_DELAY_MS;
      }
      if (againAfter !== undefined) await putOff(job, token, againAfter);
    },
    { connection, logger, concurrency, lockMs },
  );
  worker.on('failed', (job, err) => logger.warn({ jobId: job?.id, err }, 'a product job fell out of the queue'));
  return asRunningWorker(worker, () => stopping.abort(new Error('the worker is stopping')));
}
