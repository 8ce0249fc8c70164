import { PIPELINES, type PipelineName } from '@ecobalyse/pipeline';
import type { RunView, TaskView } from '@ecobalyse/schema';
import type { PipelineRun } from '@ecobalyse/store';

/** What each pipeline is for, in a sentence. */
export const DESCRIPTIONS: Readonly<Record<PipelineName, string>> = {
  ecobalyse_extract: 'Extracts reference data and simulations from the Ecobalyse API into the database.',
  ecobalyse_training: 'Adds the products of the watched folder and trains the prediction models.',
  ecobalyse: 'Adds the products of the watched folder, computes the statistics and trains the prediction models.',
};

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

function taskView(run: PipelineRun, task: string): TaskView {
  const record = run.tasks[task];
  if (!record) {
    const nothing = { startedAt: null, finishedAt: null, progress: null, result: null, error: null, log: [] };
    return { task, state: 'waiting', attempts: 0, ...nothing };
  }
  // A task that was under way when its run was closed did not end by itself.
  const { state } = record;
  const shown =
    state === 'running' && run.state !== 'running' ? (run.state === 'cancelled' ? 'cancelled' : 'failed') : state;
  return {
    task,
    state: shown === 'skipped' ? 'waiting' : shown,
    attempts: record.attempts,
    startedAt: time(record.startedAt),
    finishedAt: time(record.finishedAt),
    progress: record.progress,
    result: record.result,
    error: record.error,
    log: record.log,
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
