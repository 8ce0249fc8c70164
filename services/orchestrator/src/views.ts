import { PIPELINES, type PipelineName } from '@ecobalyse/pipeline';
import type { RunView, TaskView } from '@ecobalyse/schema';
import type { PipelineRun } from '@ecobalyse/store';

/** What each pipeline is for, in a sentence. */
export const DESCRIPTIONS: Readonly<Record<PipelineName, string>> = {
  ecobalyse_extract: 'Extracts reference data and simulations from the Ecobalyse API into the database.',
  ecobalyse_training: 'Adds the products of the watched folder and trains the prediction models.',
  ecobalyse: 'Adds the products of the watched folder, computes the statistics and trains the prediction models.',
  ecobalyse_rescore:
    'Scores the products anew that are by another version of the method than the Ecobalyse API has now, and keeps both.',
};

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

function taskView(run: PipelineRun, task: string): TaskView {
  // A record may lack what has not been told yet.
  const record: Partial<PipelineRun['tasks'][string]> = run.tasks[task] ?? {};
  const { attempts = 0, startedAt = null, finishedAt = null, progress = null, result = null, error = null } = record;
  // A task that was under way when its run was closed did not end by itself.
  const { state = 'waiting', log = [] } = record;
  const shown =
    state === 'running' && run.state !== 'running' ? (run.state === 'cancelled' ? 'cancelled' : 'failed') : state;
  return {
    task,
    state: shown === 'skipped' ? 'waiting' : shown,
    attempts,
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    progress,
    result,
    error,
    log,
  };
}

/** A run as the REST shows it: its tasks in the order of the chain. */
export function runView(run: PipelineRun): RunView {
  const tasks: readonly string[] = PIPELINES[run.pipeline as PipelineName] ?? Object.keys(run.tasks);
  return {
    id: run._id,
    pipeline: run.pipeline,
    trigger: run.trigger,
    parameters: run.parameters,
    state: run.state,
    reason: run.reason,
    createdAt: run.createdAt.toISOString(),
    finishedAt: time(run.finishedAt),
    retries: run.retries,
    tasks: tasks.map((task) => taskView(run, task)),
  };
}
