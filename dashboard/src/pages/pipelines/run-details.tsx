import type { RunView, TaskAttemptView, TaskView } from '@ecobalyse/schema';
import { ask } from '../../api/client.js';
import { useAction } from '../../api/use-query.js';
import { useMessages } from '../../i18n/messages.js';
import { reasonMessages, reasonText } from '../../i18n/reasons.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { Card } from '../../ui/page.js';
import { EmptyState, ErrorState } from '../../ui/states.js';
import { known, pipelinesMessages } from './pipelines-messages.js';
import { StateTag, starterText, TaskProgress, taskTookMs } from './run-state.js';
import { RunTimeline } from './run-timeline.js';

interface RunDetailsProps {
  readonly run: RunView;
  readonly now: number;
  readonly mayAct: boolean;
  /** The run was retried or cancelled. */
  readonly onChanged: () => void;
}

/** One run: who started it, when each task ran, what it brought or why it failed, its logs, and retry or cancel. */
export function RunDetails({ run, now, mayAct, onChanged }: RunDetailsProps) {
  const { t, f, v } = useTexts(pipelinesMessages);
  const reasons = useMessages(reasonMessages);
  const act = useAction(async (action: 'retry' | 'cancel') => {
    await ask(`POST /orchestrator/runs/{id}/${action}`, { path: { id: run.id } });
    onChanged();
  });
  const { product, limit, force, folds, methodVersion } = run.parameters;
  const parameters = [
    ...(product === undefined ? [] : [v.product(product)]),
    ...(limit === undefined ? [] : [t.limitedTo(f.integer(limit))]),
    ...(force ? [t.forced] : []),
    ...(folds === undefined ? [] : [t.foldsOf(f.integer(folds))]),
    ...(methodVersion === undefined ? [] : [t.toVersion(methodVersion)]),
  ];
  const facts = [
    t.runHint(run.id),
    t.startedBy(starterText(run, 0, t) ?? ''),
    ...(parameters.length > 0 ? [t.parameters(f.list(parameters))] : []),
    ...(run.retries > 0 ? [run.retries === 1 ? t.retriedOnce : t.retries(f.integer(run.retries))] : []),
  ];
  const canRetry = run.state === 'failed' || run.state === 'cancelled';
  return (
    <Card
      title={t.run(v.pipeline(run.pipeline), f.dateTime(run.createdAt))}
      hint={facts.join(' · ')}
      actions={
        <>
          <StateTag state={run.state} />
          {canRetry && (
            <Button icon="retry" disabled={!mayAct || act.busy} onClick={() => act.run('retry')}>
              {t.retry}
            </Button>
          )}
          {run.state === 'running' && (
            <Button kind="danger" icon="close" disabled={!mayAct || act.busy} onClick={() => act.run('cancel')}>
              {t.cancel}
            </Button>
          )}
        </>
      }
    >
      {act.error && <ErrorState error={act.error} />}
      {run.reason && (
        <p class={run.state === 'failed' ? 'notice bad' : 'notice'}>{reasonText(run.reason, reasons, f)}</p>
      )}
      {run.state === 'skipped' ? (
        <EmptyState title={t.noTasks} height={80} />
      ) : (
        <>
          <RunTimeline run={run} now={now} />
          <ol class="task-list">
            {run.tasks.map((task) => (
              <TaskItem key={task.task} run={run} task={task} now={now} />
            ))}
          </ol>
        </>
      )}
    </Card>
  );
}

function TaskItem({ run, task, now }: { run: RunView; task: TaskView; now: number }) {
  const { t, f } = useTexts(pipelinesMessages);
  const { state, startedAt, attempts, error, history = [] } = task;
  const result = useResultText(task);
  return (
    <li class="task-item">
      <div class="row-between">
        <h3>{known(t, 't_', task.task)}</h3>
        <span class="actions">
          {attempts > 1 && <span class="soft hint">{t.attempts(f.integer(attempts))}</span>}
          {startedAt && <span class="soft numeric">{f.duration(taskTookMs(run, task, now))}</span>}
          <StateTag state={state} />
        </span>
      </div>
      <TaskProgress task={task} />
      {error && <p class="notice bad">{error}</p>}
      {result !== '' && <p class="soft hint">{result}</p>}
      {history.map((attempt, at) => (
        <Attempt key={`${attempt.retry} ${attempt.attempt}`} run={run} attempt={attempt} number={at + 1} now={now} />
      ))}
    </li>
  );
}

interface AttemptProps {
  readonly run: RunView;
  readonly attempt: TaskAttemptView;
  /** From 1, over all retries of the run. */
  readonly number: number;
  readonly now: number;
}

/** One attempt at a task: when, how it ended, and its log, which grows while it goes on. */
function Attempt({ run, attempt, number, now }: AttemptProps) {
  const { t, f } = useTexts(pipelinesMessages);
  const { state, startedAt, error, log, cut } = attempt;
  const retriedBy = attempt.attempt === 1 && attempt.retry > 0 ? starterText(run, attempt.retry, t) : null;
  const facts = [f.dateTime(startedAt), f.duration(taskTookMs(run, attempt, now)), retriedBy && t.retriedBy(retriedBy)];
  return (
    <details class="more">
      <summary>
        {t.taskText(t.attemptNumber(f.integer(number)), t[state])}
        <span class="soft hint"> · {facts.filter(Boolean).join(' · ')}</span>
      </summary>
      {cut > 0 && <p class="soft hint">{cut === 1 ? t.cutOne : t.cutLines(f.integer(cut))}</p>}
      {log.length === 0 && !error && <p class="soft hint">{t.noLines}</p>}
      <ul class="task-log" lang="en">
        {log.map(({ at, text }, nth) => (
          // Lines may repeat; the count of those that were cut tells them apart.
          <li key={cut + nth}>
            {at && (
              <time class="numeric" dateTime={at} title={f.dateTime(at)}>
                {f.time(at)}{' '}
              </time>
            )}
            {text}
          </li>
        ))}
        {error && <li>{error}</li>}
      </ul>
    </details>
  );
}

/** What a task's summary says: its counts, and its reason where it gives one. */
function useResultText({ state, result }: TaskView): string {
  const { t, f } = useTexts(pipelinesMessages);
  const reasons = useMessages(reasonMessages);
  if (state !== 'succeeded' || typeof result !== 'object' || result === null) return '';
  const entries = Object.entries(result);
  const counts = entries.flatMap(([name, value]) => {
    const text = known(t, 'r_', name, '');
    if (typeof value !== 'number' || value === 0 || text === '') return [];
    return [name === 'version' ? `${text} ${f.integer(value)}` : `${f.integer(value)} ${text}`];
  });
  const reason = entries.find(([name]) => name === 'reason')?.[1];
  const parts = [...counts, ...(typeof reason === 'string' ? [reasonText(reason, reasons, f)] : [])];
  return parts.length > 0 ? parts.join(' · ') : t.nothing;
}
