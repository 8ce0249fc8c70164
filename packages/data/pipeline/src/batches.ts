import {
  type ExtractionScope,
  type SimulationBatchPayload,
  type SimulationBatchResult,
  simulationBatchPayloadSchema,
  simulationBatchResultSchema,
  type TaskName,
} from '@ecobalyse/schema';
import { Job, type Queue, UnrecoverableError, WaitingChildrenError } from 'bullmq';
import { openQueue, type QueueConnection } from './connection.js';
import { BATCH_ATTEMPTS, BATCH_BACKOFF_MS, batchJobId, KEEP_JOBS, QUEUES } from './pipelines.js';
import {
  asRunningWorker,
  isPutOff,
  putOff,
  type RunningWorker,
  startWorker,
  type WorkerSettings,
} from './running-worker.js';
import { CANCELLED, GIVE_BACK_DELAY_MS, keptText, type RunRecorder, type TaskContext } from './task-worker.js';

/** Queue of the batches of simulations. */
export function createBatchQueue(connection: QueueConnection, onError: (error: Error) => void): Queue {
  return openQueue(QUEUES.simulations, connection, onError);
}

/** How a fanned-out task is split. */
export interface FanOut {
  planned: number;
  batchSize: number;
  scope: ExtractionScope;
}

function finishedBatches(values: readonly unknown[]): Map<number, SimulationBatchResult> {
  const results = values.map((value) => simulationBatchResultSchema.safeParse(value));
  return new Map(results.flatMap(({ data }) => (data ? [[data.offset, data]] : [])));
}

/**
 * Splits a task into batch jobs that any number of workers share, waits for them and returns their results.
 *
 * The first call adds the jobs and gives the worker free (by a WaitingChildrenError); BullMQ calls the task again when
 * every batch has ended. When the task is tried again only the batches without a result are added anew.
 *
 * @throws Error when batches failed for good, which fails this attempt of the task.
 */
export async function fanOut(context: TaskContext, queue: Queue, plan: FanOut): Promise<SimulationBatchResult[]> {
  const { job, token, payload } = context;
  const { planned, batchSize, scope } = plan;
  const attempt = job.attemptsMade;
  const offsets = Array.from({ length: Math.ceil(planned / batchSize) }, (_, index) => index * batchSize);
  const finished = finishedBatches(await context.childrenValues());
  const missing = offsets.filter((offset) => !finished.has(offset));

  if (missing.length > 0 && job.data.fannedOutAttempt !== attempt) {
    const done = [...finished.values()].reduce((sum, batch) => sum + batch.planned, 0);
    await context.progress(done, planned);
    await queue.addBulk(
      missing.map((offset) => ({
        name: 'batch',
        data: {
          runId: payload.runId,
          retry: payload.retry,
          attempt: attempt + 1,
          scope,
          offset,
          count: Math.min(batchSize, planned - offset),
        } satisfies SimulationBatchPayload,
        opts: {
          ...KEEP_JOBS,
          jobId: batchJobId(job.id as string, attempt, offset),
          attempts: BATCH_ATTEMPTS,
          backoff: { type: 'exponential', delay: BATCH_BACKOFF_MS, jitter: 0.5 },
          parent: { id: job.id as string, queue: job.queueQualifiedName },
          ignoreDependencyOnFailure: true,
        },
      })),
    );
    await job.updateData({ ...job.data, fannedOutAttempt: attempt });
  }
  if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();

  const results = [...finishedBatches(await context.childrenValues()).values()];
  const lost = offsets.length - results.length;
  if (lost > 0) {
    const [reason] = Object.values(await job.getIgnoredChildrenFailures());
    throw new Error(`${lost} of ${offsets.length} batches failed; one of them: ${reason}`);
  }
  await context.progress(planned, planned);
  return results;
}

/** What the tries of one batch tell each other, in whatever process. */
export interface BatchTries {
  /** What an earlier try kept. */
  kept: unknown;
  keep(outcomes: object): Promise<void>;
  /** Whether the batch will not be tried again. */
  isLast: boolean;
}

export interface BatchWorkerOptions extends WorkerSettings {
  handler: (payload: SimulationBatchPayload, signal: AbortSignal, tries: BatchTries) => Promise<SimulationBatchResult>;
  recorder: Pick<RunRecorder, 'progressed' | 'logged' | 'isOver'>;
}

/** Tells the task that waits for a batch, and the history of the run, how many simulations are done. */
async function reportToParent(taskQueue: Queue, job: Job, recorder: Pick<RunRecorder, 'progressed'>): Promise<void> {
  if (!job.parent?.id) return;
  const parent = await Job.fromId(taskQueue, job.parent.id);
  if (!parent) return;
  const results = [...finishedBatches(Object.values(await parent.getChildrenValues())).values()];
  const done = results.reduce((sum, { planned }) => sum + planned, 0);
  const known = (parent.progress as { planned?: number }).planned ?? done;
  const progress = { done, planned: Math.max(known, done) };
  await parent.updateProgress(progress);
  await recorder.progressed(job.data.runId, parent.name as TaskName, progress);
}

/** Tells the log of the task that waits for a batch why a try of it failed. */
async function logFailure({ data, attemptsMade }: Job, error: Error, recorder: Pick<RunRecorder, 'logged'>) {
  const payload = simulationBatchPayloadSchema.safeParse(data);
  if (!payload.success) return;
  const { runId, retry = 0, attempt = 1, offset, count } = payload.data;
  const line = `simulations ${offset + 1} to ${offset + count}: try ${attemptsMade} of ${BATCH_ATTEMPTS} failed: ${error.message}`;
  await recorder.logged({ runId, task: 'simulations', retry, attempt }, keptText(line));
}

/** Starts a worker of the batches of simulations; closing it gives the batches under way back to the queue. */
export function startBatchWorker(options: BatchWorkerOptions): RunningWorker {
  const { connection, handler, recorder, logger, concurrency, lockMs } = options;
  const stopping = new AbortController();
  const taskQueue = openQueue(QUEUES.extraction, connection, (err) => logger.warn({ err }, 'queue connection'));

  const worker = startWorker(
    QUEUES.simulations,
    async (job, token = '') => {
      const payload = simulationBatchPayloadSchema.safeParse(job.data);
      if (!payload.success) throw new UnrecoverableError(`bad payload of a batch: ${payload.error.message}`);
      try {
        stopping.signal.throwIfAborted();
        const { runId, retry } = payload.data;
        if (await recorder.isOver(runId, retry)) return CANCELLED;
        return await handler(payload.data, stopping.signal, {
          kept: job.progress,
          keep: (outcomes) => job.updateProgress(outcomes),
          isLast: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
        });
      } catch (error) {
        // Another worker goes on with it, and no attempt is used up.
        if (stopping.signal.aborted) await putOff(job, token, GIVE_BACK_DELAY_MS);
        if (isPutOff(job, error)) await putOff(job, token, error.retryAfterSeconds * 1000);
        throw error;
      }
    },
    { connection, logger, concurrency, lockMs },
  );
  worker.on('failed', (job, err) => {
    logger.warn({ runId: job?.data.runId, offset: job?.data.offset, err, attempt: job?.attemptsMade }, 'batch failed');
    if (job)
      logFailure(job, err, recorder).catch((fault: unknown) =>
        logger.warn({ err: fault }, 'could not tell the log of the task'),
      );
  });
  worker.on('completed', (job) => {
    reportToParent(taskQueue, job, recorder).catch((err: unknown) => logger.warn({ err }, 'could not report progress'));
  });

  const running = asRunningWorker(worker, () => stopping.abort(new Error('the worker is stopping')));
  return {
    ...running,
    async close() {
      await running.close();
      await taskQueue.close();
    },
  };
}
