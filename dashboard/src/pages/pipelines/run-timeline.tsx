import type { RunView, TaskView } from '@ecobalyse/schema';
import { Chart } from '../../chart/chart.js';
import { escaped } from '../../chart/escaped.js';
import type { CustomApi } from '../../chart/marks.js';
import type { ChartTheme } from '../../chart/palette.js';
import { useTexts } from '../../i18n/texts.js';
import { known, pipelinesMessages } from './pipelines-messages.js';
import { taskTookMs } from './run-state.js';

const ROW_HEIGHT = 36;
const AXIS_HEIGHT = 72;
const BAR_HEIGHT = 18;
const MIN_WIDTH = 3;
const LABEL_GAP = 6;
/** Pixels that are left free for the durations beside the bars. */
const ROOM = 96;

const colourOf = (state: TaskView['state'], theme: ChartTheme): string | undefined =>
  ({
    succeeded: theme.accent,
    running: theme.series[4],
    failed: theme.highlight,
    cancelled: theme.softText,
    waiting: theme.line,
  })[state];

/** When each attempt at the tasks of a run began and ended (Gantt chart). */
export function RunTimeline({ run, now }: { run: RunView; now: number }) {
  const { t, f } = useTexts(pipelinesMessages);
  const start = Date.parse(run.createdAt);
  const names = run.tasks.map(({ task }) => known(t, 't_', task));
  const rows = run.tasks.flatMap((task, at) =>
    (task.history?.length ? task.history : [task]).map(({ state, startedAt, finishedAt }, nth) => ({
      ...{ at, nth, state, name: names[at] ?? '' },
      from: startedAt ? Date.parse(startedAt) - start : null,
      took: taskTookMs(run, { startedAt, finishedAt }, now),
    })),
  );
  const begun = rows.flatMap((row) => (row.from === null ? [] : [{ ...row, from: row.from }]));
  const end = Math.max(1000, ...begun.map(({ from, took }) => from + took));
  return (
    <Chart
      label={t.timelineLabel(run.tasks.map(({ state }, at) => t.taskText(names[at] ?? '', t[state])).join(', '))}
      height={names.length * ROW_HEIGHT + AXIS_HEIGHT}
      option={(theme) => ({
        animation: false,
        grid: { right: ROOM },
        tooltip: {
          trigger: 'item',
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const task = begun[dataIndex];
            return task ? `<b>${escaped(task.name)}</b><br>${t[task.state]}, ${f.duration(task.took)}` : '';
          },
        },
        xAxis: {
          type: 'value',
          min: 0,
          max: end,
          name: t.sinceStart,
          axisLabel: { formatter: (value: number) => f.duration(value) },
        },
        yAxis: { type: 'category', inverse: true, data: names },
        series: [
          {
            type: 'custom',
            encode: { x: [0, 1], y: 2 },
            data: begun.map(({ from, took, at }) => [from, from + took, at]),
            renderItem: ({ dataIndex }: { dataIndex: number }, api: CustomApi) => {
              const [x, y] = api.coord([api.value(0), api.value(2)]);
              const [to] = api.coord([api.value(1), api.value(2)]);
              const task = begun[dataIndex];
              const width = Math.max(MIN_WIDTH, to - x);
              return {
                type: 'group',
                children: [
                  {
                    type: 'rect',
                    shape: { x, y: y - BAR_HEIGHT / 2, width, height: BAR_HEIGHT, r: 3 },
                    style: { fill: task && colourOf(task.state, theme) },
                  },
                  {
                    type: 'text',
                    style: {
                      x: x + width + LABEL_GAP,
                      y,
                      text: task ? f.duration(task.took) : '',
                      fill: theme.softText,
                      fontSize: 12,
                      textVerticalAlign: 'middle',
                    },
                  },
                ],
              };
            },
          },
        ],
      })}
      table={{
        columns: [
          { header: t.task, cell: ({ name }) => name },
          { header: t.attempt, figure: ({ from, nth }) => (from === null ? '–' : f.integer(nth + 1)) },
          { header: t.state, cell: ({ state }) => t[state] },
          { header: t.begin, figure: ({ from }) => (from === null ? '–' : f.duration(from)) },
          { header: t.duration, figure: ({ from, took }) => (from === null ? '–' : f.duration(took)) },
        ],
        rows,
      }}
    />
  );
}
