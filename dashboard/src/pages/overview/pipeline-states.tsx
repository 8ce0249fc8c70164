import type { PipelineView } from '@ecobalyse/schema';
import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Card } from '../../ui/page.js';
import { Async } from '../../ui/states.js';
import { overviewMessages } from './overview-messages.js';

const EVERY_MS = 5000;

type State = 'running' | 'paused' | 'failed' | 'never' | 'idle';
const TAGS: Readonly<Record<State, string>> = {
  running: 'tag good',
  paused: 'tag warn',
  failed: 'tag bad',
  never: 'tag',
  idle: 'tag',
};

function stateOf({ paused, runs }: PipelineView): State {
  const last = runs[0];
  if (last?.state === 'running') return 'running';
  if (last?.state === 'failed') return 'failed';
  if (paused) return 'paused';
  return last ? 'idle' : 'never';
}

/** The pipelines in a line each. */
export function PipelineStates() {
  const { t, f, v } = useTexts(overviewMessages);
  const query = useQuery('GET /orchestrator/pipelines', {}, { every: EVERY_MS });
  return (
    <Card title={t.pipelines} hint={t.pipelinesHint} span={4}>
      <Async query={query} height={250}>
        {(pipelines) => (
          <ul class="plain-list">
            {pipelines.map((pipeline) => {
              const state = stateOf(pipeline);
              const last = pipeline.runs[0];
              return (
                <li key={pipeline.name}>
                  <div class="row-between">
                    <strong>{v.pipeline(pipeline.name)}</strong>
                    <span class={TAGS[state]}>{t[state]}</span>
                  </div>
                  <p class="soft hint">
                    {last && `${t.lastRun(f.relative(last.finishedAt ?? last.createdAt))} · `}
                    {pipeline.nextTick ? t.nextRun(f.relative(pipeline.nextTick)) : t.noSchedule}
                  </p>
                </li>
              );
            })}
          </ul>
        )}
      </Async>
    </Card>
  );
}
