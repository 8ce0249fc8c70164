import type { PipelineName, TaskName } from '@ecobalyse/schema';

export type { PipelineName } from '@ecobalyse/schema';

/** Queues by the service that works on them. */
export const QUEUES = {
  extraction: 'extraction',
  simulations: 'simulations',
  cache: 'cache',
  ingest: 'product-ingest',
  productJobs: 'product-jobs',
  statistics: 'stats',
  training: 'training',
} as const;
export type QueueName = (typeof QUEUES)[keyof typeof QUEUES];

/** The queue on which each task waits for its worker. */
export const TASK_QUEUES: Readonly<Record<TaskName, QueueName>> = {
  'reference-data': QUEUES.extraction,
  simulations: QUEUES.extraction,
  load: QUEUES.extraction,
  'impact-documentation': QUEUES.extraction,
  rescore: QUEUES.extraction,
  'clear-cache': QUEUES.cache,
  'add-products': QUEUES.ingest,
  statistics: QUEUES.statistics,
  train: QUEUES.training,
};

/** Tasks of each pipeline, in the order of their chain. */
export const PIPELINES = {
  ecobalyse_extract: ['reference-data', 'simulations', 'load', 'impact-documentation', 'clear-cache'],
  ecobalyse_training: ['add-products', 'clear-cache', 'train'],
  ecobalyse: ['add-products', 'clear-cache', 'statistics', 'train'],
  ecobalyse_rescore: ['rescore', 'clear-cache', 'statistics'],
} as const satisfies Record<PipelineName, readonly TaskName[]>;

/** A task is tried once more when it failed (after `TASK_RETRY_DELAY_MS`), as in the original's DAGs. */
export const TASK_ATTEMPTS = 2;

/** A batch is tried again sooner and more often, for two minutes: what fails it is the network or a restarting server. */
export const BATCH_ATTEMPTS = 8;
export const BATCH_BACKOFF_MS = 1000;

/** Finished jobs are kept for people who look at the queues; the truth about a run is in MongoDB. */
const DAY_SECONDS = 86_400;
export const KEEP_JOBS = {
  removeOnComplete: { age: 7 * DAY_SECONDS, count: 2000 },
  removeOnFail: { age: 30 * DAY_SECONDS, count: 2000 },
  keepLogs: 100,
  stackTraceLimit: 10,
  sizeLimit: 64 * 1024,
} as const;

/**
 * Id of the job of a task in a run: BullMQ refuses `:` and ids of digits only.
 *
 * @param retry - 0 for the run's start, n for its nth retry, whose jobs are new ones.
 */
export function taskJobId(pipeline: string, runId: string, task: TaskName, retry: number): string {
  return `${pipeline}-${runId}-${task}${retry > 0 ? `-retry-${retry}` : ''}`;
}

/** Id of a batch of a task's job. A batch that failed for good gets a new id when its task is tried again. */
export function batchJobId(taskJob: string, attempt: number, offset: number): string {
  return `${taskJob}-batch-${attempt}-${offset}`;
}
