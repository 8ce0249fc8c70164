import { setTimeout as wait } from 'node:timers/promises';
import { PIPELINES, type PipelineName, type RunInRedis, TASK_QUEUES } from '@ecobalyse/pipeline';
import { withoutSecrets } from '@ecobalyse/service-kit';
import { closeRun, explainRun, listRuns, type PipelineRun } from '@ecobalyse/store';
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
  return Math.max((run.resumedAt ?? run.createdAt).getTime(), ...times.map((time) => time.getTime()));
}

/** Why a run ended, or what it waits for; neither when it goes on. */
interface Verdict {
  ended?: string;
  waits?: string;
}

/** Why a run that the history takes for running has ended, or what it waits for, by what the queues say of it. */
export function verdictOn(run: PipelineRun, known: RunInRedis, now: number): Verdict {
  const idleMs = now - lastActivity(run);
  switch (known.state) {
    case 'pending': {
      const { unattended } = known;
      if (unattended === undefined) return {};
      return idleMs > UNATTENDED_MS
        ? {
            ended: `no worker took the task ${unattended} for ${Math.round(idleMs / 60_000)} minutes: is its service running?`,
          }
        : {
            waits: `waits for a worker of ${TASK_QUEUES[unattended]}, for the task ${unattended}: is its service running?`,
          };
    }
    case 'failed':
      return { ended: `${known.task}: ${withoutSecrets(known.reason)}` };
    case 'completed':
      return idleMs > START_GRACE_MS ? { ended: 'its tasks ended without telling the history' } : {};
    case 'gone':
      return idleMs > START_GRACE_MS || (run.retries === 0 && Object.keys(run.tasks).length > 0)
        ? { ended: 'the queue lost its tasks (was Redis flushed?): retry it' }
        : {};
  }
}

async function look({ pipelines }: OrchestratorDependencies, run: PipelineRun, now: number): Promise<Verdict> {
  const pipeline = run.pipeline as PipelineName;
  if (!(pipeline in PIPELINES)) return { ended: `there is no pipeline ${run.pipeline} any more` };
  return verdictOn(run, await pipelines.inspect({ pipeline, runId: run._id, retry: run.retries }), now);
}

/** Closes the runs that no longer go on, and says of the others what they wait for; one that cannot be looked at is left. */
async function compareRuns(dependencies: OrchestratorDependencies, now: number): Promise<string[]> {
  const { store, logger, troubles } = dependencies;
  const closed: string[] = [];
  let failed: unknown;
  try {
    for (const run of await listRuns(store, { states: ['running'] }, MAX_RUNS)) {
      try {
        const { ended, waits = null } = await look(dependencies, run, now);
        if (ended === undefined) {
          if (waits !== run.reason) await explainRun(store, run._id, waits);
        } else if (await closeRun(store, run._id, 'failed', ended)) {
          logger.warn({ runId: run._id, pipeline: run.pipeline, reason: ended }, 'closed a run that does not go on');
          closed.push(run._id);
        }
      } catch (err) {
        failed = err;
      }
    }
  } catch (err) {
    failed = err;
  }
  if (failed === undefined) troubles.delete('runs');
  else {
    logger.warn({ err: failed }, 'could not compare history and queues: trying again');
    troubles.set('runs', 'the history of runs could not be compared with the queues');
  }
  return closed;
}

/**
 * Makes history and queues agree: closes the runs that no longer go on, and schedules what Redis forgot. What fails is
 * logged, told to the readiness, and keeps nothing else from being done. Safe to run in several orchestrators at once.
 *
 * @returns the ids of the runs that were closed.
 */
export async function reconcile(dependencies: OrchestratorDependencies, now = Date.now()): Promise<string[]> {
  const [closed] = await Promise.all([compareRuns(dependencies, now), applySchedules(dependencies)]);
  return closed;
}

/** Reconciles again and again until the signal aborts; a database or Redis that is away is tried again. */
export async function keepReconciled(
  dependencies: OrchestratorDependencies,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await reconcile(dependencies);
    await wait(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
