import type { RunView } from '@ecobalyse/schema';
import type { Query } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { Select } from '../../ui/fields.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { pipelinesMessages } from './pipelines-messages.js';
import { StateTag, starterText, TaskStrip, tookMs } from './run-state.js';

const HEIGHT = 240;
const STATES = ['running', 'succeeded', 'failed', 'cancelled', 'skipped'] as const;

export interface RunFilter {
  readonly pipeline: string;
  readonly state: string;
}

interface RunHistoryProps {
  readonly query: Query<readonly RunView[]>;
  /** A run of the answer as it is just now. */
  readonly current: (run: RunView) => RunView;
  readonly pipelines: readonly string[];
  readonly filter: RunFilter;
  readonly limit: number;
  readonly shown: string | null;
  readonly now: number;
  readonly onFilter: (filter: Partial<RunFilter>) => void;
  readonly onShow: (id: string) => void;
  readonly onMore: () => void;
}

/** Every run, newest first, with its tasks in a bar. */
export function RunHistory({
  query,
  current,
  pipelines,
  filter,
  limit,
  shown,
  now,
  onFilter,
  onShow,
  onMore,
}: RunHistoryProps) {
  const { t, f, v } = useTexts(pipelinesMessages);
  return (
    <Card
      title={t.history}
      hint={t.historyHint}
      actions={
        <>
          <Select
            label={t.pipeline}
            value={filter.pipeline}
            choices={[{ value: '', label: t.all }, ...pipelines.map((value) => ({ value, label: v.pipeline(value) }))]}
            onChange={(pipeline) => onFilter({ pipeline })}
          />
          <Select
            label={t.state}
            value={filter.state}
            choices={[{ value: '', label: t.all }, ...STATES.map((value) => ({ value, label: t[value] }))]}
            onChange={(state) => onFilter({ state })}
          />
        </>
      }
    >
      <Async query={query} height={HEIGHT} empty={<EmptyState title={t.noRunsTitle} height={HEIGHT} hint={t.noRuns} />}>
        {(runs) => (
          <>
            <DataTable
              caption={t.historyLabel}
              rows={runs.map(current)}
              rowKey={({ id }) => id}
              columns={[
                {
                  header: t.when,
                  cell: ({ id, createdAt }) => (
                    <button type="button" class="link-button" aria-pressed={id === shown} onClick={() => onShow(id)}>
                      {f.dateTime(createdAt)}
                    </button>
                  ),
                },
                { header: t.state, cell: ({ state }) => <StateTag state={state} /> },
                { header: t.pipeline, cell: ({ pipeline }) => v.pipeline(pipeline) },
                { header: t.trigger, minor: true, cell: (run) => starterText(run, 0, t) },
                {
                  header: t.duration,
                  figure: ({ state, createdAt, finishedAt }) =>
                    state === 'skipped' ? '–' : f.duration(tookMs(createdAt, finishedAt, now)),
                },
                { header: t.tasks, minor: true, cell: (run) => <TaskStrip run={run} now={now} /> },
              ]}
            />
            {runs.length === limit && (
              <Button kind="pager" onClick={onMore}>
                {t.more}
              </Button>
            )}
          </>
        )}
      </Async>
    </Card>
  );
}
