import { PIPELINES, type PipelineName } from '@ecobalyse/pipeline';
import type { RunView, TaskAttemptView, TaskView } from '@ecobalyse/schema';
import type { PipelineRun, RunState, TaskAttempt } from '@ecobalyse/store';

/** What each pipeline is for, in a sentence. */
export const DESCRIPTIONS: Readonly<Record<PipelineName, string>> = {
  ecobalyse_extract: 'Extracts reference data and simulations from the Ecobalyse API into the database.',
  ecobalyse_training: 'Adds the products of the watched folder and trains the prediction models.',
  ecobalyse: 'Adds the products of the watched folder, computes the statistics and trains the prediction models.',
  ecobalyse_rescore:
    'Scores the products anew that are by another version of the method than the Ecobalyse API has now, and keeps both.',
};

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** What is shown of a state that was told: what was under way when its run was closed did not end by itself. */
function shownState(
  state: RunState | 'waiting',
  run: PipelineRun,
  goesOn = run.state === 'running',
): TaskView['state'] {
  if (state === 'running' && !goesOn) return run.state === 'cancelled' ? 'cancelled' : 'failed';
  return state === 'skipped' ? 'waiting' : state;
}

function attemptView(run: PipelineRun, attempt: TaskAttempt): TaskAttemptView {
  const { retry, state, startedAt, finishedAt, error, log, lines } = attempt;
  return {
    retry,
    attempt: attempt.attempt,
    state: shownState(state, run, run.state === 'running' && retry === run.retries),
    startedAt: startedAt.toISOString(),
    finishedAt: time(finishedAt),
    error,
    log: log.map(({ at, text }) => ({ at: time(at), text })),
    cut: lines - log.length,
  };
}

/** What an earlier version kept of a task: its last attempt. */
function onlyAttempt(run: PipelineRun, view: TaskView): TaskAttemptView[] {
  const { attempts: attempt, startedAt, finishedAt, state, error } = view;
  if (startedAt === null) return [];
  const log = (run.tasks[view.task]?.log ?? []).map((text) => ({ at: null, text }));
  return [{ retry: run.retries, attempt, state, startedAt, finishedAt, error, log, cut: 0 }];
}

function taskView(run: PipelineRun, task: string, attempts?: readonly TaskAttempt[]): TaskView {
  // A record may lack what has not been told yet.
  const record: Partial<PipelineRun['tasks'][string]> = run.tasks[task] ?? {};
  const { attempts: tried = 0, startedAt = null, finishedAt = null, progress = null, result = null } = record;
  const { state = 'waiting', error = null } = record;
  const view: TaskView = {
    task,
    state: shownState(state, run),
    attempts: tried,
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    progress,
    result,
    error,
  };
  if (attempts === undefined) return view;
  const own = attempts.filter((attempt) => attempt.task === task).map((attempt) => attemptView(run, attempt));
  return { ...view, history: own.length > 0 ? own : onlyAttempt(run, view) };
}

/** A run as the REST shows it: its tasks in the order of the chain, with their attempts where these are told. */
export function runView(run: PipelineRun, attempts?: readonly TaskAttempt[]): RunView {
  const tasks: readonly string[] = PIPELINES[run.pipeline as PipelineName] ?? Object.keys(run.tasks);
  return {
    id: run._id,
    pipeline: run.pipeline,
    trigger: run.trigger,
    starts: (run.starts ?? []).map(({ at, ...start }) => ({ ...start, at: at.toISOString() })),
    parameters: run.parameters,
    state: run.state,
    reason: run.reason,
    createdAt: run.createdAt.toISOString(),
    finishedAt: time(run.finishedAt),
    retries: run.retries,
    tasks: tasks.map((task) => taskView(run, task, attempts)),
  };
}
