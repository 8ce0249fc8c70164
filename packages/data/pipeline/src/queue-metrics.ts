import { boundedLabel, counter, histogram, JOB_SECONDS } from '@ecobalyse/telemetry';
import type { Job, Worker } from 'bullmq';
import { PIPELINES, type PipelineName } from './pipelines.js';

const waits = histogram({
  name: 'queue_job_wait_seconds',
  help: 'How long jobs waited for a worker: their first attempt, unless they had to wait for other jobs',
  labels: ['queue'],
  buckets: JOB_SECONDS,
});
const runs = histogram({
  name: 'queue_job_run_seconds',
  help: 'How long workers had jobs, by job name and outcome',
  labels: ['queue', 'job', 'outcome'],
  buckets: JOB_SECONDS,
});
const retries = counter({
  name: 'queue_job_retries_total',
  help: 'Attempts at jobs that had failed before',
  labels: ['queue', 'job'],
});
const stalls = counter({
  name: 'queue_jobs_stalled_total',
  help: 'Jobs that lost their worker and were taken over',
  labels: ['queue'],
});

/** Names of jobs are those of our code; a job that somebody else put there must not add names of its own. */
const boundedName = boundedLabel(30);

/** Whether a job could begin when it was added: a later task of a run waits for the one before it. */
function waitsForWorkerOnly(job: Job): boolean {
  const tasks: readonly string[] | undefined = PIPELINES[job.data?.pipeline as PipelineName];
  return job.attemptsStarted === 1 && (tasks === undefined || tasks[0] === job.name);
}

/** Measures every job of a worker. */
export function measureWorker(worker: Worker, queue: string): void {
  const observeRun = (job: Job, outcome: 'completed' | 'failed') => {
    const seconds = ((job.finishedOn ?? Date.now()) - (job.processedOn ?? Date.now())) / 1000;
    runs.observe({ queue, job: boundedName(job.name), outcome }, Math.max(0, seconds));
  };
  worker.on('active', (job) => {
    if (job.attemptsMade > 0) retries.inc({ queue, job: boundedName(job.name) });
    else if (waitsForWorkerOnly(job)) {
      waits.observe({ queue }, Math.max(0, ((job.processedOn ?? Date.now()) - job.timestamp - job.delay) / 1000));
    }
  });
  worker.on('completed', (job) => observeRun(job, 'completed'));
  worker.on('failed', (job) => job && observeRun(job, 'failed'));
  worker.on('stalled', () => stalls.inc({ queue }));
}
