import type { Evaluation, FamilyReport } from '@ecobalyse/schema';
import { endsOf } from '@ecobalyse/schema/ends';
import { Beyond } from '../../chart/beyond.js';
import { Chart, type ChartTable } from '../../chart/chart.js';
import { STILL_LINE } from '../../chart/marks.js';
import { useTexts } from '../../i18n/texts.js';
import { Card } from '../../ui/page.js';
import { EmptyState } from '../../ui/states.js';
import { modelsMessages } from './models-messages.js';

const HEIGHT = 400;
/** Rows of the table behind a chart: the furthest off first. */
const TABLE_ROWS = 200;

type Point = readonly [cost: number, prediction: number];

const shortOf = (values: readonly number[]) => endsOf(Float64Array.from(values).sort());

/** Predicted against actual cost, and the errors, over the test set. */
export function PredictionCharts({ evaluation, best }: { evaluation: Evaluation; best: FamilyReport }) {
  const { t, f } = useTexts(modelsMessages);
  const { test: points = [] } = evaluation;
  if (points.length === 0)
    return (
      <Card title={t.predicted}>
        <EmptyState title={t.olderTitle} height={200} hint={t.older} />
      </Card>
    );
  const [from, to] = shortOf(points.flat());
  const differences = points.map(([cost, prediction]) => prediction - cost);
  const [least, most] = shortOf(differences);
  const beyond = points.map((point) => Math.max(...point)).filter((cost) => cost > to);
  const off = differences.filter((difference) => difference < least || difference > most);
  /** With an end where values lie beyond it, which is no round figure. */
  const axis = (name: string, nameGap: number, ends: object | false) => ({
    type: 'value',
    name,
    nameGap,
    ...(ends && { ...ends, axisLabel: { showMinLabel: false, showMaxLabel: false } }),
  });
  const costs = beyond.length > 0 && { max: to };
  const tooltip = {
    trigger: 'item',
    formatter: ({ dataIndex }: { dataIndex: number }) => {
      const [cost, prediction] = points[dataIndex] as Point;
      return [
        f.pair(t.actual, f.points(cost)),
        f.pair(t.prediction, f.points(prediction)),
        f.pair(t.difference, f.percent((prediction - cost) / cost, 2)),
      ].join('<br>');
    },
  };
  const table: ChartTable<Point> = {
    columns: [
      { header: t.actual, figure: ([cost]) => f.points(cost) },
      { header: t.prediction, figure: ([, prediction]) => f.points(prediction) },
      { header: t.difference, figure: ([cost, prediction]) => f.points(prediction - cost) },
    ],
    rows: points.toSorted((a, b) => Math.abs(b[1] - b[0]) - Math.abs(a[1] - a[0])).slice(0, TABLE_ROWS),
  };
  const count = f.integer(points.length);
  const [low, high] = [from * 0.9, to * 1.02];
  return (
    <>
      <Card title={t.predicted} hint={t.predictedHint} span={6}>
        <Chart
          label={t.predictedLabel(count, f.fit(best.metrics.r2))}
          height={HEIGHT}
          renderer="canvas"
          option={(theme) => ({
            grid: { left: 36, top: 12 },
            tooltip,
            xAxis: axis(`${t.actual} (Pts)`, 28, costs),
            yAxis: axis(`${t.prediction} (Pts)`, 60, costs),
            series: [
              {
                type: 'scatter',
                symbolSize: 5,
                itemStyle: { color: theme.accent, opacity: 0.45 },
                data: points,
                markLine: {
                  ...STILL_LINE,
                  lineStyle: { color: theme.highlight, type: 'dashed', width: 1.5 },
                  label: { show: false },
                  data: [[{ coord: [from, from] }, { coord: [to, to] }]],
                },
              },
            ],
          })}
          table={table}
        />
        <Beyond above={beyond.length} most={f.points(Math.max(...beyond))} />
      </Card>
      <Card title={t.residuals} hint={t.residualsHint} span={6}>
        <Chart
          label={t.residualsLabel(count, f.points(best.metrics.rmse))}
          height={HEIGHT}
          renderer="canvas"
          option={(theme) => {
            const half = best.intervalWidth;
            const edge = (sign: 1 | -1) => ({
              type: 'line',
              silent: true,
              symbol: 'none',
              lineStyle: { color: theme.softText, type: 'dashed', width: 1 },
              // The two halves of the band reach from its edges to 0.
              areaStyle: { color: theme.softText, opacity: 0.16, origin: 0 },
              tooltip: { show: false },
              data: [
                [low, sign * half * low],
                [high, sign * half * high],
              ],
            });
            return {
              grid: { left: 28, top: 12 },
              tooltip,
              xAxis: { ...axis(`${t.prediction} (Pts)`, 28, costs), min: 0 },
              yAxis: axis(`${t.difference} (Pts)`, 40, off.length > 0 && { min: least, max: most }),
              series: [
                ...(half > 0 ? [edge(1), edge(-1)] : []),
                {
                  type: 'scatter',
                  symbolSize: 5,
                  itemStyle: { color: theme.accent, opacity: 0.45 },
                  data: points.map(([cost, prediction]) => [prediction, prediction - cost]),
                },
              ],
            };
          }}
          table={table}
        />
        <Beyond above={off.length} most={f.points(Math.max(...off.map(Math.abs)))} />
      </Card>
    </>
  );
}
