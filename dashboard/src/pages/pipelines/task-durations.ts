import type { RunView, TaskView } from '@ecobalyse/schema';
import { endsOf, quartilesOf } from '@ecobalyse/schema/ends';
import { taskTookMs } from './run-state.js';

/** How long a task took in a run. */
export interface TaskDuration {
  readonly run: RunView;
  /** Place of the run, from the oldest. */
  readonly at: number;
  readonly state: TaskView['state'];
  readonly attempts: number;
  /** Of its last attempt, in milliseconds. */
  readonly took: number;
}

/** Durations of a task in the runs in which it ended, and where a drawing of them ends. */
export interface TaskTrend {
  readonly task: string;
  readonly durations: readonly TaskDuration[];
  /** Of those that succeeded, in milliseconds; null where none did. */
  readonly median: number | null;
  /** Milliseconds; what took longer would flatten the others. */
  readonly end: number;
  readonly beyond: readonly TaskDuration[];
}

const sorted = (durations: readonly TaskDuration[]) => Float64Array.from(durations, ({ took }) => took).sort();

/** Runs that ended and had tasks, the oldest first. */
export const endedRuns = (newestFirst: readonly RunView[]): readonly RunView[] =>
  newestFirst.filter(({ state }) => state !== 'running' && state !== 'skipped').reverse();

/** The trend of each task that any of the runs has, in the order of the newest run. */
export function taskTrends(runs: readonly RunView[]): readonly TaskTrend[] {
  const tasks = new Set(runs.toReversed().flatMap((run) => run.tasks.map(({ task }) => task)));
  return [...tasks].flatMap((task) => {
    const durations = runs.flatMap((run, at): TaskDuration[] => {
      const found = run.tasks.find((one) => one.task === task);
      if (!found?.startedAt) return [];
      // It has ended: the time is not asked for.
      return [{ run, at, state: found.state, attempts: found.attempts, took: taskTookMs(run, found, 0) }];
    });
    if (durations.length === 0) return [];
    const succeeded = durations.filter(({ state }) => state === 'succeeded');
    const [, end] = endsOf(sorted(durations));
    return [
      {
        ...{ task, durations, end },
        median: succeeded.length > 0 ? quartilesOf(sorted(succeeded))[1] : null,
        beyond: durations.filter(({ took }) => took > end),
      },
    ];
  });
}
