import type { RunView } from '@ecobalyse/schema';
import { PIPELINE_NAMES } from '@ecobalyse/schema/vocabulary';
import { useQuery } from '../../api/use-query.js';
import { Beyond } from '../../chart/beyond.js';
import { Chart } from '../../chart/chart.js';
import { escaped } from '../../chart/escaped.js';
import { CHART_THEMES, type ChartTheme } from '../../chart/palette.js';
import { useTexts } from '../../i18n/texts.js';
import { useTheme } from '../../preferences.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { Card } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { known, pipelinesMessages } from './pipelines-messages.js';
import { StateTag } from './run-state.js';
import { endedRuns, type TaskDuration, type TaskTrend, taskTrends } from './task-durations.js';

const HEIGHT = 240;
const CHART_HEIGHT = 176;
const RUNS = 50;
/** Room above the longest, for its mark. */
const SPARE = 1.1;

/** Mark of a task that ended so: told by its form as well as by its colour. */
const MARKS = {
  succeeded: { symbol: 'circle', symbolSize: 7, colour: ({ accent }: ChartTheme) => accent },
  failed: { symbol: 'triangle', symbolSize: 12, colour: ({ highlight }: ChartTheme) => highlight },
  cancelled: { symbol: 'rect', symbolSize: 8, colour: ({ softText }: ChartTheme) => softText },
} as const;
const SHAPES = { succeeded: '●', failed: '▲', cancelled: '■' } as const;
const ENDS = ['succeeded', 'failed', 'cancelled'] as const;
const endOf = ({ state }: TaskDuration) => ENDS.find((end) => end === state) ?? 'failed';

/**
 * How long each task of a pipeline took in its last runs.
 *
 * @param shown - whose runs the page shows; empty for all.
 */
export function Durations({ shown }: { shown: string }) {
  const { t, v } = useTexts(pipelinesMessages);
  const [search, setSearch] = useSearchParams();
  const theme = CHART_THEMES[useTheme()];
  const pipeline = search.get('durations') || shown || PIPELINE_NAMES[0];
  const query = useQuery('GET /orchestrator/runs', { query: { pipeline, limit: RUNS } });
  return (
    <Card
      title={t.durations}
      hint={t.durationsHint}
      actions={
        <Select
          label={t.durationsOf}
          value={pipeline}
          choices={PIPELINE_NAMES.map((value) => ({ value, label: v.pipeline(value) }))}
          onChange={(durations) => setSearch({ durations })}
        />
      }
    >
      <Async
        query={query}
        height={HEIGHT}
        isEmpty={(runs) => taskTrends(endedRuns(runs)).length === 0}
        empty={<EmptyState title={t.noDurationsTitle} height={HEIGHT} hint={t.noDurations} />}
      >
        {(newestFirst) => (
          <>
            <ul class="legend">
              {ENDS.map((end) => (
                <li key={end}>
                  <span aria-hidden="true" style={{ color: MARKS[end].colour(theme) }}>
                    {SHAPES[end]}
                  </span>{' '}
                  {t[end]}
                </li>
              ))}
            </ul>
            <div class="small-charts">
              {taskTrends(endedRuns(newestFirst)).map((trend) => (
                <Trend key={trend.task} trend={trend} runs={endedRuns(newestFirst)} />
              ))}
            </div>
          </>
        )}
      </Async>
    </Card>
  );
}

function Trend({ trend, runs }: { trend: TaskTrend; runs: readonly RunView[] }) {
  const { t, f } = useTexts(pipelinesMessages);
  const { durations, end, beyond, median } = trend;
  const name = known(t, 't_', trend.task);
  const last = f.duration(durations.at(-1)?.took ?? 0);
  const failed = durations.filter(({ state }) => state === 'failed').length;
  const usual = median === null ? t.durationLast(last) : t.durationText(last, f.duration(median));
  const text = failed > 0 ? t.durationFailed(usual, f.integer(failed)) : usual;
  return (
    <div>
      <h3>{name}</h3>
      <p class="soft hint">{text}</p>
      <Chart<TaskDuration>
        label={t.taskText(name, text)}
        height={CHART_HEIGHT}
        option={(theme) => ({
          // Half of the last date.
          grid: { right: 44 },
          tooltip: {
            trigger: 'item',
            formatter: ({ value: [at] }: { value: readonly [number, number] }) => {
              const found = durations.find((duration) => duration.at === at);
              return found
                ? `<b>${escaped(f.dateTime(found.run.createdAt))}</b><br>${t[found.state]}, ${f.duration(found.took)}`
                : '';
            },
          },
          xAxis: { type: 'category', data: runs.map(({ createdAt }) => f.date(createdAt)) },
          yAxis: {
            type: 'value',
            min: 0,
            max: SPARE * Math.max(1, end),
            splitNumber: 3,
            axisLabel: { formatter: (value: number) => f.duration(value), showMaxLabel: false },
          },
          series: [
            {
              type: 'line',
              showAllSymbol: true,
              lineStyle: { color: theme.softText, width: 1, opacity: 0.5 },
              data: durations
                .filter((duration) => !beyond.includes(duration))
                .map((duration) => {
                  const { colour, ...mark } = MARKS[endOf(duration)];
                  return { value: [duration.at, duration.took], ...mark, itemStyle: { color: colour(theme) } };
                }),
            },
          ],
        })}
        table={{
          columns: [
            { header: t.when, cell: ({ run }) => f.dateTime(run.createdAt) },
            { header: t.state, cell: ({ state }) => <StateTag state={state} /> },
            { header: t.duration, figure: ({ took }) => f.duration(took) },
            { header: t.attemptsHeader, figure: ({ attempts }) => f.integer(attempts) },
          ],
          rows: durations.toReversed(),
        }}
      />
      <Beyond above={beyond.length} most={f.duration(Math.max(0, ...beyond.map(({ took }) => took)))} />
    </div>
  );
}
