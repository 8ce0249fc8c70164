import type { RunView, TaskView } from '@ecobalyse/schema';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
import { known, type PipelineTexts, pipelinesMessages } from './pipelines-messages.js';

type State = RunView['state'] | TaskView['state'];

const TAGS: Readonly<Record<State, string>> = {
  running: 'tag warn',
  succeeded: 'tag good',
  failed: 'tag bad',
  cancelled: 'tag',
  skipped: 'tag',
  waiting: 'tag',
};
const MARKS: Readonly<Record<State, string>> = {
  running: '▶',
  succeeded: '✓',
  failed: '✗',
  cancelled: '■',
  skipped: '↷',
  waiting: '·',
};

/** A state in words, with a mark that tells it without colour. */
export function StateTag({ state }: { state: State }) {
  const t = useMessages(pipelinesMessages);
  return (
    <span class={TAGS[state]}>
      <span aria-hidden="true">{MARKS[state]} </span>
      {t[state]}
    </span>
  );
}

/** Who or what started a run, or a retry of it; null where nobody told. */
export function starterText({ starts, trigger }: RunView, retry: number, t: PipelineTexts): string | null {
  const start = starts.find((one) => one.retry === retry);
  if (!start) return retry > 0 ? null : trigger === 'user' ? t.user : trigger === 'schedule' ? t.scheduled : trigger;
  return start.via === 'schedule' ? t.scheduled : t[`via_${start.via}`](start.key ?? t.user);
}

/** Milliseconds that a run or task took, or has taken so far. */
export const tookMs = (startedAt: string, finishedAt: string | null, now: number): number =>
  Math.max(0, (finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt));

/** The same of a task: one that was under way when its run was closed ended with it. */
export const taskTookMs = (
  run: RunView,
  { startedAt, finishedAt }: Pick<TaskView, 'startedAt' | 'finishedAt'>,
  now: number,
): number => (startedAt === null ? 0 : tookMs(startedAt, finishedAt ?? run.finishedAt, now));

/** The tasks of a run in a bar, each as wide as it took. */
export function TaskStrip({ run, now }: { run: RunView; now: number }) {
  const t = useMessages(pipelinesMessages);
  if (run.state === 'skipped') return <span class="soft">–</span>;
  const label = run.tasks.map(({ task, state }) => t.taskText(known(t, 't_', task), t[state])).join(', ');
  return (
    <span class="task-strip" role="img" aria-label={label}>
      {run.tasks.map((task) => (
        <span
          key={task.task}
          class={`task-piece ${task.state}`}
          style={{ flexGrow: Math.max(400, taskTookMs(run, task, now)) }}
        />
      ))}
    </span>
  );
}

/** How far a task is, once it has told. */
export function TaskProgress({ task }: { task: TaskView }) {
  const { t, f } = useTexts(pipelinesMessages);
  const { progress } = task;
  if (task.state !== 'running' || !progress || progress.planned === 0) return null;
  return (
    <span class="task-progress">
      <progress
        max={progress.planned}
        value={progress.done}
        aria-label={t.taskText(known(t, 't_', task.task), t.running)}
      />
      <span class="soft hint">{t.progressOf(f.integer(progress.done), f.integer(progress.planned))}</span>
    </span>
  );
}
