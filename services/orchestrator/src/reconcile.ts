import { setTimeout as wait } from 'node:timers/promises';
import { PIPELINES, type PipelineName } from '@ecobalyse/pipeline';
import { closeRun, listRuns, type PipelineRun } from '@ecobalyse/store';
import type { OrchestratorDependencies } from './dependencies.js';
import { applySchedules } from './schedules.js';

/** A run that was just recorded gets this long for its jobs to be added. */
export const START_GRACE_MS = 60_000;
/** A task that no worker takes for so long fails its run. */
export const UNATTENDED_MS = 10 * 60_000;
const MAX_RUNS = 100;

/** Last time at which a run is known to have done something. */
function lastActivity(run: PipelineRun): number {
  const times = Object.values(run.tasks).flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt ?? startedAt]);
  return Math.max(run.createdAt.getTime(), ...times.map((time) => time.getTime()));
}

/** Why a run that the history takes for running does not go on; undefined when it does. */
async function whyEnded(
  { pipelines }: OrchestratorDependencies,
  run: PipelineRun,
  now: number,
): Promise<string | undefined> {
  const pipeline = run.pipeline as PipelineName;
  if (!(pipeline in PIPELINES)) return `there is no pipeline ${run.pipeline} any more`;
  const known = await pipelines.inspect({ pipeline, runId: run._id, retry: run.retries });
  const idleMs = now - lastActivity(run);
  switch (known.state) {
    case 'pending':
      return known.unattended && idleMs > UNATTENDED_MS
        ? `no worker took the task ${known.unattended} for ${Math.round(idleMs / 60_000)} minutes: is its service running?`
        : undefined;
    case 'failed':
      return `${known.task}: ${known.reason}`;
    case 'completed':
      return idleMs > START_GRACE_MS ? 'its tasks ended without telling the history' : undefined;
    case 'gone':
      return idleMs > START_GRACE_MS || Object.keys(run.tasks).length > 0
        ? 'the queue lost its tasks (was Redis flushed?): retry it'
        : undefined;
  }
}

/**
 * Makes history and queues agree: closes the runs that no longer go on, and schedules what Redis forgot. Safe to run in
 * several orchestrators at once.
 *
 * @returns the ids of the runs that were closed.
 */
export async function reconcile(dependencies: OrchestratorDependencies, now = Date.now()): Promise<string[]> {
  const { store, logger } = dependencies;
  await applySchedules(dependencies);
  const closed: string[] = [];
  for (const run of await listRuns(store, { states: ['running'] }, MAX_RUNS)) {
    const reason = await whyEnded(dependencies, run, now);
    if (reason === undefined || !(await closeRun(store, run._id, 'failed', reason))) continue;
    logger.warn({ runId: run._id, pipeline: run.pipeline, reason }, 'closed a run that does not go on');
    closed.push(run._id);
  }
  return closed;
}

/** Reconciles again and again until the signal aborts; a database or Redis that is away is tried again. */
export async function keepReconciled(
  dependencies: OrchestratorDependencies,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await reconcile(dependencies).catch((err: unknown) =>
      dependencies.logger.warn({ err }, 'could not compare history and queues: trying again'),
    );
    await wait(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
