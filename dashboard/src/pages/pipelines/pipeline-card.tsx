import type { PipelineView, RunView } from '@ecobalyse/schema';
import { ask } from '../../api/client.js';
import { useAction } from '../../api/use-query.js';
import { useMessages } from '../../i18n/messages.js';
import { reasonMessages, reasonText } from '../../i18n/reasons.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { Card } from '../../ui/page.js';
import { ErrorState } from '../../ui/states.js';
import { known, pipelinesMessages } from './pipelines-messages.js';
import { StateTag, TaskProgress, TaskStrip, tookMs } from './run-state.js';
import { scheduleText } from './schedule-text.js';

interface PipelineCardProps {
  readonly pipeline: PipelineView;
  /** The newest run, as it is just now. */
  readonly last: RunView | undefined;
  readonly now: number;
  readonly mayAct: boolean;
  readonly onRun: () => void;
  readonly onShow: (runId: string) => void;
  /** The schedule has changed. */
  readonly onChanged: () => void;
}

/** A pipeline: what it does, when it runs, how its last run went, and what can be done about it. */
export function PipelineCard({ pipeline, last, now, mayAct, onRun, onShow, onChanged }: PipelineCardProps) {
  const { t, f, v } = useTexts(pipelinesMessages);
  const reasons = useMessages(reasonMessages);
  const { name, description, paused, nextTick, schedule, timeZone } = pipeline;
  const title = v.pipeline(name);
  const isRunning = last?.state === 'running';
  const current = last?.tasks.find(({ state }) => state === 'running');
  const error = last?.tasks.find((task) => task.state === 'failed')?.error ?? last?.reason;
  const change = useAction(async () => {
    await ask(`POST /orchestrator/pipelines/{name}/${paused ? 'resume' : 'pause'}`, { path: { name } });
    onChanged();
  });
  const next = paused ? t.pausedNext : nextTick ? `${f.relative(nextTick, now)} · ${f.dateTime(nextTick)}` : t.none;
  return (
    <Card
      title={title}
      hint={known(t, 'd_', name, description)}
      span={4}
      actions={
        paused && !isRunning ? <span class="tag warn">{t.paused}</span> : last && <StateTag state={last.state} />
      }
    >
      <dl class="pairs pipeline-facts">
        <dt>{t.schedule}</dt>
        <dd>{scheduleText(schedule, timeZone, t)}</dd>
        <dt>{t.next}</dt>
        <dd>{next}</dd>
        <dt>{t.last}</dt>
        <dd>
          {last ? (
            <button type="button" class="link-button" onClick={() => onShow(last.id)}>
              {f.relative(last.createdAt, now)}
              {last.state !== 'skipped' && ` (${f.duration(tookMs(last.createdAt, last.finishedAt, now))})`}
            </button>
          ) : (
            t.never
          )}
        </dd>
      </dl>
      <div class="pipeline-progress" aria-live="polite">
        {last && <TaskStrip run={last} now={now} />}
        {current && (
          <>
            <p class="hint">{t.taskText(known(t, 't_', current.task), t.running)}</p>
            <TaskProgress task={current} />
          </>
        )}
        {last?.state === 'failed' && error && <p class="notice bad">{reasonText(error, reasons, f)}</p>}
      </div>
      {change.error && <ErrorState error={change.error} />}
      <div class="actions pipeline-actions">
        <Button
          kind="primary"
          icon="play"
          disabled={!mayAct || isRunning}
          aria-label={t.runNowOf(title)}
          onClick={onRun}
        >
          {t.runNow}
        </Button>
        <Button
          icon={paused ? 'play' : 'pause'}
          disabled={!mayAct || change.busy || schedule === 'off'}
          aria-label={paused ? t.resumeOf(title) : t.pauseOf(title)}
          onClick={() => change.run(undefined)}
        >
          {paused ? t.resume : t.pause}
        </Button>
      </div>
    </Card>
  );
}
